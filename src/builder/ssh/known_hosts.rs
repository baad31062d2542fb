//! The one writer of known hosts.

use crate::model::name::{Host, HostKey};

/// Returns the line that says which key a host has, with a newline at its end.
pub(in crate::builder) fn line(host: &Host, key: &HostKey) -> String {
    format!("{host} {key}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_a_host_and_a_key_and_no_comment() {
        let host: Host = "hinc-vm".parse().expect("a host");
        let key: HostKey = "ssh-ed25519 AAAA hinc-vm-host\n".parse().expect("a key");
        assert_eq!(line(&host, &key), "hinc-vm ssh-ed25519 AAAA\n");
    }
}
