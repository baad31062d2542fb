//! The port of this machine's loopback that leads to a guest, and who else sits on it.

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::error::Error;
use crate::process::{Invocation, system};

/// Who listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Its process id, where this user may know it.
    pub pid: Option<u32>,
    /// The name of its program, or what is known in its place.
    pub program: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "{} (process {pid})", self.program),
            None => write!(f, "{}", self.program),
        }
    }
}

/// Whether nobody listens on a port of the loopback.
pub(super) fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Returns a port that is free now.
pub(super) fn free() -> Result<u16, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// Says who listens on a port; none where the system does not tell.
pub(super) async fn holder(port: u16, cancel: &CancellationToken) -> Option<Holder> {
    if Path::new("/proc/net/tcp").exists() {
        return holder_by_proc(port);
    }
    let lsof = Invocation::new("lsof").args(["-nP", "-F", "pc", "-sTCP:LISTEN"]).arg(format!("-iTCP:{port}"));
    let output = system::output(&lsof, cancel).await.ok()?;
    holder_by_lsof(&String::from_utf8_lossy(&output.stdout))
}

/// Reads the first holder out of what `lsof -F pc` prints: lines `pPID` and `cNAME`.
pub(super) fn holder_by_lsof(text: &str) -> Option<Holder> {
    let field = |mark: char| text.lines().find_map(|line| line.strip_prefix(mark));
    Some(Holder { pid: field('p')?.parse().ok(), program: field('c')?.to_owned() })
}

fn holder_by_proc(port: u16) -> Option<Holder> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"].iter().find_map(|table| {
        let table = fs_err::read_to_string(table).ok()?;
        listening_inode(&table, port)
    })?;
    let target = format!("socket:[{inode}]");
    let unknown = || Holder { pid: None, program: "a program of another user".to_owned() };
    let processes = fs_err::read_dir("/proc").ok()?;
    for process in processes.flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(files) = fs_err::read_dir(process.path().join("fd")) else { continue };
        let mut links = files.flatten().filter_map(|file| fs_err::read_link(file.path()).ok());
        if links.any(|link| link.as_os_str() == target.as_str()) {
            let name = fs_err::read_to_string(process.path().join("comm")).unwrap_or_default();
            return Some(Holder { pid: Some(pid), program: name.trim_end().to_owned() });
        }
    }
    Some(unknown())
}

/// Finds the socket that listens on a port in the kernel's table: the state is `0A`, the local port hexadecimal.
pub(super) fn listening_inode(table: &str, port: u16) -> Option<String> {
    let end = format!(":{port:04X}");
    table.lines().skip(1).find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let listens = words.get(3) == Some(&"0A") && words.get(1)?.ends_with(&end);
        listens.then(|| words.get(9).map(ToString::to_string)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_holder_of_a_port_is_found() {
        let port = free().expect("a free port");
        assert!(is_free(port));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("it is free");
        assert!(!is_free(port));
        let holder = holder(port, &CancellationToken::new()).await.expect("it is this process");
        assert_eq!(holder.pid, Some(std::process::id()));
        drop(listener);
    }

    #[test]
    fn tables_are_read() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
            0: 0100007F:792E 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0\n   \
            1: 0100007F:792F 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0\n";
        assert_eq!(listening_inode(table, 31022), Some("4711".to_owned()));
        assert_eq!(listening_inode(table, 31023), None);
        let holder = holder_by_lsof("p812\ncqemu-system-aarch64\nf13\n").expect("a holder");
        assert_eq!(holder.to_string(), "qemu-system-aarch64 (process 812)");
        assert_eq!(holder_by_lsof(""), None);
    }
}
