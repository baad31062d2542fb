//! Signatures for what a builder made, for users whom Nix's daemon here does not trust.
//!
//! The daemon of this machine takes a path without a signature from root and trusted users alone. On a Mac that is not
//! even the owner (`trusted-users = root`). So what comes back is signed with a key of hinc's own, one for each builder,
//! and an administrator says once that it is believed.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::Error;
use super::command::new_program;
use crate::model::builder_name::BuilderName;
use crate::process::system;

/// A key that signs what one builder made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// What signs. It is a secret.
    pub(super) secret: String,
    /// What goes into `trusted-public-keys`.
    pub public: String,
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
    use std::io::Write as _;
    fs_err::create_dir_all(folder)?;
    // Temporary files are for their owner alone from the beginning.
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(secret.as_bytes())?;
    temporary.persist(file).map(drop).map_err(|error| error.error)
}

/// Returns the script that signs `$1` and the following paths with all that they refer to. The key goes along in the
/// script and not in its arguments, which all users of that machine can see.
pub(super) fn script(key: &SigningKey) -> String {
    let secret = crate::model::builder::single_quoted(&key.secret);
    format!(
        "set -eu\numask 077\nkey=$(mktemp)\ntrap 'rm -f \"$key\"' EXIT\nprintf %s {secret} >\"$key\"\n\
         nix --extra-experimental-features nix-command store sign --recursive --key-file \"$key\" \"$@\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_no_argument() {
        let key = SigningKey { secret: "hinc-vm:c2VjcmV0".to_owned(), public: String::new() };
        assert!(script(&key).contains("printf %s 'hinc-vm:c2VjcmV0' >\"$key\""));
    }
}
