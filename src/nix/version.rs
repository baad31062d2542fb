//! Which Nix is installed.

use tokio_util::sync::CancellationToken;

use super::{Error, command};
use crate::model::nix_version::{NixVersion, Standing};
use crate::process::system;

/// Asks Nix for its version, and refuses one that is too old.
pub async fn version(cancel: &CancellationToken) -> Result<NixVersion, Error> {
    let output = system::output(&command::version(), cancel).await.map_err(Error::of_nix)?;
    read(&String::from_utf8_lossy(&output.stdout))
}

/// Reads what `nix --version` printed.
pub(super) fn read(text: &str) -> Result<NixVersion, Error> {
    let version = NixVersion::parse(text).ok_or_else(|| Error::NoVersion { text: text.trim().to_owned() })?;
    match version.standing() {
        Standing::TooOld { lacks, since } => Err(Error::TooOld { found: version.to_string(), lacks, since }),
        Standing::Untried { .. } | Standing::Tried => Ok(version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Diagnose;

    #[test]
    fn an_old_one_is_refused_for_what_it_lacks() {
        let error = read("nix (Nix) 2.3.16").expect_err("too old");
        assert_eq!(
            error.to_string(),
            "Nix 2.3.16 lacks `--extra-experimental-features` and the attribute file of structured builds, \
             which came with Nix 2.4"
        );
        assert_eq!(error.exit().code(), 3);
        assert!(read("nix (Nix) 2.18.1").is_ok());
        assert_eq!(read("bash 5.2").expect_err("no Nix").exit().code(), 5);
    }
}
