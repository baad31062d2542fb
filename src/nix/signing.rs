//! Signatures for what a builder made, for users whom Nix's daemon here does not trust.
//!
//! The daemon of this machine takes a path without a signature from root and trusted users alone. On a Mac that is not
//! even the owner (`trusted-users = root`). So what comes back is signed with a key of hinc's own, one for each builder,
//! and an administrator says once that it is believed.

use std::fmt;
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::Error;
use super::command::new_program;
use crate::files::{self, Readers};
use crate::model::builder_name::BuilderName;
use crate::process::system;

/// A key that signs what one builder made.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// What signs. It is a secret.
    pub(super) secret: String,
    /// What goes into `trusted-public-keys`.
    pub public: String,
}

/// Without the secret, wherever it is printed.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Returns the key of a builder, which is kept as `signing_key` in its folder below hinc's state folder, for its
    /// owner alone. It is made where there is none.
    pub async fn of(folder: &Path, builder: &BuilderName, cancel: &CancellationToken) -> Result<Self, Error> {
        let file = folder.join("signing_key");
        let secret = match fs_err::read_to_string(&file) {
            Ok(secret) => secret,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let name = builder.alias();
                let command = new_program(&["key", "generate-secret", "--key-name", &name]);
                let output = system::output(&command, cancel).await.map_err(Error::of_nix)?;
                let secret = String::from_utf8_lossy(&output.stdout).into_owned();
                write(folder, &file, &secret).map_err(|source| Error::State { source })?;
                secret
            }
            Err(source) => return Err(Error::State { source }),
        };
        let mut command = new_program(&["key", "convert-secret-to-public"]);
        command.stdin = secret.trim().as_bytes().to_vec();
        let output = system::output(&command, cancel).await.map_err(Error::of_nix)?;
        let public = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        Ok(Self { secret: secret.trim().to_owned(), public })
    }
}

fn write(folder: &Path, file: &Path, secret: &str) -> std::io::Result<()> {
    files::private_folder(folder)?;
    files::replace(file, secret.as_bytes(), Readers::Owner)
}

/// Returns the script that signs `$1` and the following paths with all that they refer to. The key goes along in the
/// script and not in its arguments, which all users of that machine can see, and reaches Nix through a pipe: it is never
/// on the disk there, so no end of the script can leave it behind.
pub(super) fn script(key: &SigningKey) -> String {
    let secret = crate::model::builder::single_quoted(&key.secret);
    // The shell's own `printf`: a program's arguments would be seen.
    format!(
        "set -eu\nprintf %s {secret} |\n\
         nix --extra-experimental-features nix-command store sign --recursive --key-file /dev/stdin \"$@\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let key = SigningKey { secret: "hinc-vm:c2VjcmV0".to_owned(), public: "hinc-vm:cHVi".to_owned() };
        assert_eq!(format!("{key:?}"), "SigningKey { public: \"hinc-vm:cHVi\", .. }");
    }

    #[test]
    fn a_secret_is_no_argument() {
        let key = SigningKey { secret: "hinc-vm:c2VjcmV0".to_owned(), public: String::new() };
        let script = script(&key);
        assert!(script.contains("printf %s 'hinc-vm:c2VjcmV0' |\nnix "));
        assert!(!script.contains("mktemp") && !script.contains('>'), "it is written nowhere");
    }

    // A stand-in for Nix says what it was given. Whatever ends it, nothing is left.
    #[tokio::test]
    async fn a_secret_is_on_no_disk_while_nix_signs_and_after() {
        use crate::process::Invocation;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let nix = folder.path().join("nix");
        let text = "#!/bin/sh\nwhile [ \"$1\" != --key-file ]; do shift; done\ncat \"$2\"; find \"$TMPDIR\" -type f >&2\nkill -9 $$\n";
        fs_err::write(&nix, text).expect("a program");
        fs_err::set_permissions(&nix, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it runs");
        let temporary = folder.path().join("tmp");
        fs_err::create_dir(&temporary).expect("a folder");
        let key = SigningKey { secret: "hinc-vm:c2VjcmV0".to_owned(), public: String::new() };
        let mut command = Invocation::new("sh")
            .args(["-s", "--", "/nix/store/x"])
            .env("PATH", format!("{}:/usr/bin:/bin", folder.path().display()))
            .env("TMPDIR", temporary.as_os_str());
        command.stdin = script(&key).into_bytes();
        let mut said = Vec::new();
        let ran = system::stream(&command, &CancellationToken::new(), |line| said.push(line.to_vec())).await;
        assert_eq!(ran.expect("sh runs").stdout, b"hinc-vm:c2VjcmV0");
        let text = String::from_utf8_lossy(&said.concat()).into_owned();
        assert!(!text.contains(&temporary.display().to_string()), "{text}");
        assert_eq!(fs_err::read_dir(&temporary).expect("the folder").count(), 0);
    }
}
