//! What a guest is told at its start: the key that it lets in and the host key that it has.
//!
//! systemd (253 or later) takes the credential `tmpfiles.extra` from QEMU and writes the files that it lists, before
//! sshd starts. So nothing of this is in the guest's image or in a Nix store, and on its disk is only the name of
//! where it lies: `/run` is memory.

use data_encoding::BASE64;

use super::error::Error;
use super::folder::Folder;

/// The name of the credential, as QEMU passes it on.
pub(super) const FW_CFG: &str = "opt/io.systemd.credentials/tmpfiles.extra";

/// What sshd of the guest is told.
const SSHD: &str = "\
# Written by hinc at each start.
HostKey /run/hinc/host_key
AuthorizedKeysFile /run/hinc/authorized_keys .ssh/authorized_keys
PubkeyAuthentication yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
# A connection that is gone is noticed, and the build on it ended.
ClientAliveInterval 30
ClientAliveCountMax 4
";

/// Writes the credential.
pub(super) fn write(folder: &Folder) -> Result<(), Error> {
    let public = fs_err::read(folder.file("key.pub"))?;
    let host = fs_err::read(folder.file("host_key"))?;
    folder.write_bytes("seed", lines(&public, &host).as_bytes())
}

/// Returns the lines of `tmpfiles.d` that write the files.
fn lines(public_key: &[u8], host_key: &[u8]) -> String {
    let file =
        |path: &str, mode: &str, content: &[u8]| format!("f+~ {path} {mode} root root - {}\n", BASE64.encode(content));
    [
        "d /run/hinc 0755 root root -\n".to_owned(),
        file("/run/hinc/authorized_keys", "0644", public_key),
        file("/run/hinc/host_key", "0600", host_key),
        file("/etc/ssh/sshd_config.d/00-hinc.conf", "0644", SSHD.as_bytes()),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_write_what_sshd_reads() {
        insta::assert_snapshot!(lines(b"ssh-ed25519 AAAA hinc-vm\n", b"-----BEGIN OPENSSH PRIVATE KEY-----\n"));
    }
}
