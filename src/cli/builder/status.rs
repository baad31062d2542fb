//! `hinc builder status`.

use std::fmt::Write as _;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::NameArgs;
use crate::builder::guest::{State, Status};
use crate::cli::context::Context;
use crate::cli::error::Error;
use crate::cli::failure::Failure;
use crate::exit::Exit;

/// Say how the guest is: whether it runs, since when, where, what it has and what it uses.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    #[command(flatten)]
    name: NameArgs,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Prints how the guest is.
pub(super) async fn run(args: &StatusArgs, context: &Context, cancel: &CancellationToken) -> Result<Exit, Failure> {
    let guest = super::guest(&args.name, context)?;
    let status = guest.status(cancel).await?;
    let text = if args.json {
        let text = serde_json::to_string_pretty(&status)
            .map_err(|error| Error::Output { what: "the status as JSON".to_owned(), source: error.into() })?;
        format!("{text}\n")
    } else {
        text(&status)
    };
    Ok(if args.json { context.printer.json(&text) } else { context.printer.answer(&text) })
}

fn text(status: &Status) -> String {
    let mut lines: Vec<(&str, String)> = Vec::new();
    let state = match status.state {
        State::Stopped => "stopped",
        State::Starting => "starting",
        State::Running => "running",
        State::Stopping => "stopping",
        State::Unreachable => "unreachable",
    };
    let since = status.since.map(|since| format!(" since {}", since.format("%Y-%m-%d %H:%M:%S UTC")));
    lines.push((&status.name, format!("{state}{}", since.unwrap_or_default())));
    if let Some(port) = status.port {
        lines.push(("ssh", format!("127.0.0.1 port {port}")));
    }
    if let Some(pid) = status.pid {
        let supervisor = status.supervisor.map(|pid| format!(", supervisor {pid}")).unwrap_or_default();
        lines.push(("process", format!("QEMU {pid}{supervisor}")));
    }
    let accelerator = status.accelerator.map(|accelerator| format!(" by {accelerator}")).unwrap_or_default();
    let cores = if status.cores == 1 { "1 core".to_owned() } else { format!("{} cores", status.cores) };
    lines.push(("machine", format!("{}{accelerator}, {cores}, {} MiB of memory", status.system, status.memory_mib)));
    if let Some(disk) = status.disk {
        let inside = match (disk.used, disk.free) {
            (Some(used), Some(free)) => format!("; in the guest {} used, {} free", size(used), size(free)),
            _ => String::new(),
        };
        let forgotten = if status.ephemeral { "; forgotten at the end" } else { "" };
        lines.push((
            "disk",
            format!("{}, of which {} taken here{inside}{forgotten}", size(disk.size), size(disk.allocated)),
        ));
    }
    if let Some(version) = &status.nix_version {
        lines.push(("nix", version.clone()));
    }
    for (name, words) in [("systems", &status.systems), ("features", &status.features)] {
        if !words.is_empty() {
            lines.push((name, words.join(" ")));
        }
    }
    for note in &status.notes {
        lines.push(("note", note.clone()));
    }
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in lines {
        writeln!(text, "{name:<width$}  {value}").ok();
    }
    text
}

/// Writes a size with one digit after the point.
pub(super) fn size(bytes: u64) -> String {
    let tenths = |unit: u64| (u128::from(bytes) * 10 + u128::from(unit) / 2) / u128::from(unit);
    let (unit, name) = if bytes >= 1 << 30 { (1 << 30, "GiB") } else { (1 << 20, "MiB") };
    let tenths = tenths(unit);
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::guest::{Accelerator, Disk};

    #[test]
    fn a_status_is_a_table() {
        let mut status = Status {
            schema_version: 1,
            name: "vm".to_owned(),
            state: State::Running,
            since: chrono::DateTime::from_timestamp(1_790_000_000, 0),
            port: Some(40022),
            pid: Some(4711),
            supervisor: Some(4710),
            accelerator: Some(Accelerator::Tcg),
            memory_mib: 6144,
            cores: 2,
            system: "x86_64-linux".to_owned(),
            ephemeral: false,
            disk: Some(Disk { size: 100 << 30, allocated: 312 << 20, used: Some(3 << 29), free: Some(97 << 30) }),
            nix_version: Some("Nix 2.26.3".to_owned()),
            systems: vec!["x86_64-linux".to_owned(), "i686-linux".to_owned()],
            features: vec!["benchmark".to_owned(), "big-parallel".to_owned()],
            notes: vec!["kvm does not work here: QEMU was ended by signal 6".to_owned()],
        };
        insta::assert_snapshot!(text(&status), @r"
        vm        running since 2026-09-21 14:13:20 UTC
        ssh       127.0.0.1 port 40022
        process   QEMU 4711, supervisor 4710
        machine   x86_64-linux by tcg, 2 cores, 6144 MiB of memory
        disk      100.0 GiB, of which 312.0 MiB taken here; in the guest 1.5 GiB used, 97.0 GiB free
        nix       Nix 2.26.3
        systems   x86_64-linux i686-linux
        features  benchmark big-parallel
        note      kvm does not work here: QEMU was ended by signal 6
        ");
        let stopped = Status { state: State::Stopped, since: None, pid: None, accelerator: None, disk: None, ..status };
        let stopped = Status { systems: Vec::new(), features: Vec::new(), ..stopped };
        status = Status { nix_version: None, notes: Vec::new(), ephemeral: true, cores: 1, ..stopped };
        insta::assert_snapshot!(text(&status), @r"
        vm       stopped
        ssh      127.0.0.1 port 40022
        machine  x86_64-linux, 1 core, 6144 MiB of memory
        ");
    }
}
