//! One call of ssh that runs a script on a builder.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::probe_error::Error;
use crate::clock::Clock;
use crate::model::builder::Connection;
use crate::model::name::SshWord;
use crate::model::unreachable::SshFailure;
use crate::process::{self, LastLines, Status, system};

/// What a script said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// Its standard output.
    pub(super) text: String,
    /// The last lines of its standard error, without those for hinc.
    pub(super) tail: Vec<String>,
    /// By how many seconds its clock is ahead of ours, as far as that is certain: 0 where it may be right.
    pub(super) skew: Option<i64>,
}

/// Runs a script there; an exit status other than 0 is no error, what it printed is judged by the caller.
pub(super) async fn ask(
    connection: &Connection,
    script: &str,
    arguments: &[&str],
    clock: Clock,
    cancel: &CancellationToken,
) -> Result<Said, Error> {
    let builder = || connection.name.clone();
    let mut lines = LastLines::default();
    let mut skew = None;
    let started = clock.now();
    let command = connection.script(script, arguments);
    let run = system::stream(&command, cancel, |line| {
        let seconds =
            line.trim_ascii_end().strip_prefix(b"hinc-clock ").and_then(|text| std::str::from_utf8(text).ok());
        match seconds.and_then(|seconds| seconds.parse().ok()) {
            Some(there) => {
                let now = clock.now();
                skew = Some(certain_skew(there, started.timestamp_millis(), now.timestamp_millis()));
            }
            None => lines.push(line),
        }
    });
    let finished = match run.await {
        Err(process::Error::Late { seconds, .. }) => return Err(Error::Late { builder: builder(), seconds }),
        finished => finished?,
    };
    let tail = lines.into_lines();
    let silent = !finished.status.success() && finished.stdout.is_empty();
    match SshFailure::of(finished.status, &tail).or(silent.then_some(SshFailure::Unknown)) {
        Some(failure) => Err(unreached(connection, failure, finished.status, tail)),
        None => Ok(Said { text: String::from_utf8_lossy(&finished.stdout).into_owned(), tail, skew }),
    }
}

/// The error of a call that brought no answer.
fn unreached(connection: &Connection, failure: SshFailure, status: Status, tail: Vec<String>) -> Error {
    let (builder, destination) = (connection.name.clone(), connection.destination.to_string());
    match failure {
        SshFailure::Known(why) => Error::Unreachable { builder, destination, why, tail },
        SshFailure::Unknown => Error::Ssh { builder, destination, status, tail },
    }
}

/// By how many seconds a clock is ahead that said `there`, in whole seconds, between two times of ours, in
/// milliseconds: of all that may be true the number nearest to 0.
///
/// The line was written at most a second before it came here, and not before ssh was started; what it says is up to
/// a second old.
fn certain_skew(there: i64, started: i64, came: i64) -> i64 {
    const LONGEST_WAY: i64 = 1000;
    let there = there.saturating_mul(1000);
    let written = started.max(came - LONGEST_WAY).min(came);
    let least = there.saturating_sub(came);
    let most = there.saturating_add(999).saturating_sub(written);
    let nearest = if least > 0 {
        least
    } else if most < 0 {
        most
    } else {
        0
    };
    nearest / 1000
}

/// Whether a builder answers to ssh at all, within seconds. For a watchdog: it says no more than that, and a call that
/// is cancelled has no answer.
pub async fn answers(connection: &Connection, cancel: &CancellationToken) -> bool {
    // Of an option that is given twice ssh takes the first.
    let quick = ["-oConnectTimeout=5", "-oServerAliveInterval=3", "-oServerAliveCountMax=1", "-oBatchMode=yes"];
    let mut ssh_options: Vec<SshWord> = quick.map(SshWord::fixed).to_vec();
    ssh_options.extend(connection.ssh_options.iter().cloned());
    let command = Connection { ssh_options, ..connection.clone() }.script("true", &[]);
    system::output(&command.within(Duration::from_secs(15)), cancel).await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_off_by_what_is_certain() {
        // Ours: started at 1000.0 s, the line came at 1000.4 s.
        let skew = |there| certain_skew(there, 1_000_000, 1_000_400);
        assert_eq!(skew(1000), 0);
        assert_eq!(skew(1001), 0, "the line may be written 0.4 s after the start, at 1000.999 there");
        assert_eq!(skew(999), 0);
        assert_eq!(skew(998), -1);
        assert_eq!(skew(1010), 9);
        assert_eq!(skew(400), -599);
        assert_eq!(skew(0), -999, "the clock of a machine that never was told");
        assert!(skew(i64::MAX) > 0 && skew(i64::MIN) < 0, "no number is too large");
    }

    #[test]
    fn a_slow_start_of_ssh_hides_no_skew() {
        // ssh took 30 s to get there, then the line came at once.
        assert_eq!(certain_skew(1020, 1_000_000, 1_030_000), -8);
        assert_eq!(certain_skew(1030, 1_000_000, 1_030_500), 0);
    }
}
