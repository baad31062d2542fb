//! Subcommands of `nix` that have another name in older versions, or in Lix.

use tokio_util::sync::CancellationToken;

use crate::process::{self, Invocation, Output, system};

/// What `nix` says of a subcommand that it does not have (`libutil/args.cc`; the same in Lix).
const UNKNOWN_COMMAND: &str = "is not a recognised command";

/// Runs a subcommand by its new name, and by its old one where this Nix does not know the new. Where it knows neither,
/// the error is that of the old name, which is what all have.
pub(super) async fn by_either_name(
    new: &Invocation,
    old: &Invocation,
    cancel: &CancellationToken,
) -> Result<Output, process::Error> {
    match system::output(new, cancel).await {
        Err(error) if is_unknown(&error) => system::output(old, cancel).await,
        result => result,
    }
}

fn is_unknown(error: &process::Error) -> bool {
    matches!(error, process::Error::Failed { tail, .. } if tail.iter().any(|line| line.contains(UNKNOWN_COMMAND)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::nix::Nix;
    use crate::nix::evaluate::read_json;
    use crate::nix::{Error, StoreInfo};

    /// Asks a stand-in for `nix` what its store is. `case` are the branches of a shell's `case` over the words that it
    /// was given.
    async fn asked(branches: &str) -> Result<StoreInfo, Error> {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("nix");
        let unknown = "*' '*) echo \"error: '$4' is not a recognised command\" >&2; echo \"Try 'nix --help' for more information.\" >&2; exit 1 ;;";
        let script =
            format!("#!/bin/sh\nshift 2\ncase \"$1 $2 $3\" in\n{branches}\n{unknown}\nesac\n").replace("$4", "$2");
        fs_err::write(&program, script).expect("a program");
        fs_err::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("it runs");
        let reached = |command: Invocation| command.env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()));
        let nix = Nix::default();
        let (new, old) = (reached(nix.store_info()), reached(nix.store_info_of_old()));
        let output = by_either_name(&new, &old, &CancellationToken::new()).await.map_err(Error::of_nix)?;
        read_json("nix", &output.stdout)
    }

    // The answers are those of Lix 2.95.3, Nix 2.18 and Nix 2.34.
    #[tokio::test]
    async fn a_store_says_what_it_is_by_the_name_that_its_nix_knows() {
        let lix = r#"'store ping --json') echo '{"trusted":true,"url":"local","version":"2.95.3"}' ;;"#;
        let old = r#"'store ping --json') echo '{"trusted":0,"url":"daemon","version":"2.18.9"}' ;;"#;
        let new = r#"'store info --json') echo '{"trusted":true,"url":"local","version":"2.34.8"}' ;;"#;
        for (branches, version, trusted) in [(lix, "2.95.3", true), (old, "2.18.9", false), (new, "2.34.8", true)] {
            let info = asked(branches).await.expect("an answer");
            assert_eq!((info.version.as_deref(), info.trusted), (Some(version), Some(trusted)));
        }
    }

    #[tokio::test]
    async fn an_error_is_that_of_the_name_that_nix_knows() {
        let fails = |name: &str| format!("'store {name} --json') echo 'error: the {name} of it' >&2; exit 1 ;;");
        for (branches, expected) in [
            (fails("ping"), "error: the ping of it"),
            (fails("info"), "error: the info of it"),
            // Nix 2.19 to 2.34 have both.
            (format!("{}\n{}", fails("info"), fails("ping")), "error: the info of it"),
        ] {
            let error = asked(&branches).await.expect_err("no answer");
            let Error::Failed { tail, .. } = error else { panic!("{error:?}") };
            assert_eq!(tail, [expected]);
        }
    }
}
