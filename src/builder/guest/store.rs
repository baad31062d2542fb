//! The store of a guest that was cut off: what was built just before may not be whole, and Nix does not know.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::Guest;
use super::error::Error;
use super::wait;
use crate::model::builder::Connection;
use crate::model::store::StorePath;
use crate::process;

/// How far the guest's clock may have been behind when it registered a path, in hours.
const LATE_HOURS: i64 = 26;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checked {
    /// How many paths were read.
    paths: usize,
    /// Those that were not whole, with what was built on them. They are gone.
    removed: Vec<StorePath>,
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} paths of its store were read", self.paths)?;
        match self.removed.len() {
            0 => f.write_str(", and all are whole"),
            1 => write!(f, ", and 1 that was not whole was removed: {}", self.removed[0]),
            more => write!(f, ", and {more} that were not whole or built on such were removed"),
        }
    }
}

/// All of `nix path-info --all --json` that is read.
#[derive(Debug, Deserialize)]
struct PathInfo {
    #[serde(rename = "registrationTime")]
    registration_time: Option<i64>,
}

/// The same in the list that Nix before 2.19 and Lix print.
#[derive(Deserialize)]
struct ListedPathInfo {
    path: StorePath,
    #[serde(flatten)]
    info: PathInfo,
}

/// Nix 2.33 wants to be told the form, which older ones and Lix do not know.
const LIST: &str = r"
nix --extra-experimental-features nix-command path-info --all --json --json-format 1 2>/dev/null ||
  nix --extra-experimental-features nix-command path-info --all --json
";

/// How many paths one call of `nix-store` reads.
const BATCH: usize = 100;

/// Verifies the paths on the standard input of `while`, each line by one call and path by path where one of them is
/// not whole. Removes those that are not whole together with what refers
/// to them, and prints what it removed. hinc's own roots on them go first: what they keep is not there any more.
const VERIFY: &str = r#"
broken=
while read -r paths; do
  nix-store --verify-path $paths >&2 && continue
  for path in $paths; do
    nix-store --verify-path "$path" >&2 || broken="$broken $path"
  done
done <<PATHS
PATHS-HERE
PATHS
[ -n "$broken" ] || exit 0
# Nobody else can have laid anything in its place.
removed=$(mktemp) || exit 68
trap 'rm -f "$removed"' EXIT
for path in $(nix-store --query --referrers-closure $broken | sort -u); do
  for roots in "$HOME/.local/state/hinc/roots" /nix/var/nix/gcroots/hinc; do
    [ -d "$roots" ] || continue
    find "$roots" -type l -lname "$path" -exec rm -f {} +
  done
  echo "$path"
done >"$removed"
nix-store --delete --ignore-liveness $(cat "$removed") >&2 || nix-store --delete $(cat "$removed") >&2 || exit 68
cat "$removed"
"#;

/// Looks through the store of a guest that was cut off: everything that was registered since a time.
pub(super) async fn check(guest: &Guest, since: DateTime<Utc>, cancel: &CancellationToken) -> Result<Checked, Error> {
    // Root can remove what the builder's user cannot.
    let connection = guest.root_connection().map_or_else(|| guest.connection(), Ok)?;
    let listed = ask(guest, &connection, LIST, cancel).await?;
    let since = since - TimeDelta::hours(LATE_HOURS);
    let paths = registered_since(&listed, since.timestamp())
        .map_err(|source| Error::Content { path: "nix path-info --all --json".into(), source })?;
    let removed = if paths.is_empty() {
        Vec::new()
    } else {
        let script = verification(&paths);
        let removed = ask(guest, &connection, &script, cancel).await?;
        removed.lines().filter_map(|path| path.parse().ok()).collect()
    };
    Ok(Checked { paths: paths.len(), removed })
}

/// Returns the script that verifies paths. No store path has a character that a shell reads as more than itself.
fn verification(paths: &[StorePath]) -> String {
    let line = |paths: &[StorePath]| paths.iter().map(StorePath::as_str).collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = paths.chunks(BATCH).map(line).collect();
    VERIFY.replace("PATHS-HERE", &lines.join("\n"))
}

/// Takes out of the guest's store what its image had and does not have any more: where the image is a layer of the
/// store, the database on the disk still names the paths of the old one.
pub(super) async fn forget_missing(guest: &Guest, cancel: &CancellationToken) -> Result<(), Error> {
    let connection = guest.root_connection().map_or_else(|| guest.connection(), Ok)?;
    ask(guest, &connection, "nix-store --verify", cancel).await.map(drop)
}

async fn ask(
    guest: &Guest,
    connection: &Connection,
    script: &str,
    cancel: &CancellationToken,
) -> Result<String, Error> {
    match wait::run(connection, script, &[], cancel).await {
        Ok(output) => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        Err(process::Error::Failed { tail, .. }) => Err(Error::Store { name: guest.name.to_string(), tail }),
        Err(process::Error::Cancelled { .. }) => Err(Error::Cancelled { left: String::new() }),
        Err(error) => Err(error.into()),
    }
}

/// Reads which paths were registered at a time or later. A path without a time counts. The guest says so, and what it
/// says is not believed to be paths before it has been looked at: they go into a script.
pub(super) fn registered_since(json: &str, since: i64) -> Result<Vec<StorePath>, serde_json::Error> {
    let infos: BTreeMap<StorePath, Option<PathInfo>> = if json.trim_start().starts_with('[') {
        let listed: Vec<ListedPathInfo> = serde_json::from_str(json)?;
        listed.into_iter().map(|listed| (listed.path, Some(listed.info))).collect()
    } else {
        serde_json::from_str(json)?
    };
    let late = |info: &PathInfo| info.registration_time.is_none_or(|time| time >= since);
    let infos = infos.into_iter().filter(|(_, info)| info.as_ref().is_some_and(late));
    Ok(infos.map(|(path, _)| path).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_late_paths_are_read() {
        let path = |name: &str| -> StorePath { StorePath::from_parts(&"0".repeat(32), name).expect("a path") };
        let json = format!(
            r#"{{"{}": {{"registrationTime": 100}}, "{}": {{"registrationTime": 200, "ca": null}}, "{}": {{}}, "{}": null}}"#,
            path("x"),
            path("y"),
            path("z"),
            path("absent")
        );
        assert_eq!(registered_since(&json, 150).expect("it is read"), [path("y"), path("z")]);
        let listed = format!(
            r#"[{{"path": "{}", "registrationTime": 100}}, {{"path": "{}", "registrationTime": 200}}, {{"path": "{}"}}]"#,
            path("x"),
            path("y"),
            path("z"),
        );
        assert_eq!(registered_since(&listed, 150).expect("it is read"), [path("y"), path("z")]);
        assert!(registered_since("[1]", 0).is_err());
    }

    // The here-document of the script is expanded by the guest's shell, where hinc is root.
    #[test]
    fn what_is_no_path_never_reaches_the_script() {
        let hash = "0".repeat(32);
        for name in ["x$(touch /victim)", "x`id`", "x\nPATHS\nid", "x y", "../../victim"] {
            let json = serde_json::json!({ format!("/nix/store/{hash}-{name}"): {} });
            let error = registered_since(&json.to_string(), 0).expect_err(name).to_string();
            assert!(error.contains("is not a store path"), "{error}");
        }
        let json = format!(r#"{{"/nix/store/{hash}-x": {{}}}}"#);
        let script = verification(&registered_since(&json, 0).expect("it is read"));
        assert!(script.contains(&format!("<<PATHS\n/nix/store/{hash}-x\nPATHS\n")), "{script}");
    }

    // A stand-in for Nix whose paths are not whole. What is removed is kept for a moment in a file, which nobody else
    // can know beforehand, and which is gone in the end, however that is.
    #[tokio::test]
    async fn what_is_not_whole_is_removed_and_nothing_is_left() {
        use crate::process::{Invocation, system};
        let folder = tempfile::tempdir().expect("a folder");
        let (nix, temporary) = (folder.path().join("nix-store"), folder.path().join("tmp"));
        fs_err::create_dir(&temporary).expect("a folder");
        let path: StorePath = StorePath::from_parts(&"0".repeat(32), "x").expect("a path");
        for (delete, expected) in [("exit 0", Some(format!("{path}\n{path}-user\n"))), ("exit 1", None)] {
            let text = format!(
                "#!/bin/sh\ncase $1 in\n--verify-path) exit 1 ;;\n--query) shift 2; for p; do echo \"$p-user\"; echo \"$p\"; done ;;\n--delete) ls \"$TMPDIR\" >\"{}\"; {delete} ;;\nesac\n",
                folder.path().join("meanwhile").display()
            );
            fs_err::write(&nix, text).expect("a program");
            fs_err::set_permissions(&nix, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it runs");
            let mut command = Invocation::new("sh")
                .arg("-s")
                .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
                .env("HOME", folder.path().as_os_str())
                .env("TMPDIR", temporary.as_os_str());
            command.stdin = verification(std::slice::from_ref(&path)).into_bytes();
            let said = system::output(&command, &CancellationToken::new()).await;
            assert_eq!(said.ok().map(|output| String::from_utf8_lossy(&output.stdout).into_owned()), expected);
            let meanwhile = fs_err::read_to_string(folder.path().join("meanwhile")).expect("a list");
            assert!(meanwhile.lines().count() == 1 && !meanwhile.contains("hinc-broken"), "{meanwhile}");
            assert_eq!(fs_err::read_dir(&temporary).expect("the folder").count(), 0);
        }
    }

    #[test]
    fn what_was_found_is_said() {
        let checked = |removed: &[&str]| Checked {
            paths: 3,
            removed: removed.iter().map(|path| path.parse().expect("a path")).collect(),
        };
        assert_eq!(checked(&[]).to_string(), "3 paths of its store were read, and all are whole");
        assert_eq!(
            checked(&["/nix/store/00000000000000000000000000000000-a"]).to_string(),
            "3 paths of its store were read, and 1 that was not whole was removed: /nix/store/00000000000000000000000000000000-a"
        );
    }
}
