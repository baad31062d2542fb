//! Talks to QEMU over its machine protocol. QEMU serves one connection at a time, so each is short.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::error::Error;

/// How long QEMU may take for an answer.
const PATIENCE: Duration = Duration::from_secs(8);

/// A connection to QEMU.
#[derive(Debug)]
pub(super) struct Qmp {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
}

impl Qmp {
    /// Connects, and is greeted. A QEMU that is stopped (SIGSTOP) or serves somebody else greets late or never.
    pub(super) async fn connect(socket: &Path) -> Result<Self, Error> {
        in_time(async {
            let stream = UnixStream::connect(socket).await.map_err(|error| problem(&error))?;
            let (reader, writer) = stream.into_split();
            let mut qmp = Self { reader: BufReader::new(reader), writer };
            let greeting = qmp.line().await?;
            if greeting.get("QMP").is_none() {
                return Err(problem(&"it is not QEMU that greets"));
            }
            qmp.ask("qmp_capabilities", &Value::Null).await?;
            Ok(qmp)
        })
        .await
    }

    /// Runs a command and returns what it returned.
    pub(super) async fn execute(&mut self, command: &str, arguments: Value) -> Result<Value, Error> {
        in_time(self.ask(command, &arguments)).await
    }

    /// Returns what QEMU does: `running`, `shutdown` (the guest has switched itself off), `internal-error`.
    pub(super) async fn status(&mut self) -> Result<String, Error> {
        let answer = self.execute("query-status", Value::Null).await?;
        Ok(answer["status"].as_str().unwrap_or_default().to_owned())
    }

    /// Returns how many connections from this machine to the guest's ssh there are.
    pub(super) async fn connections(&mut self) -> Result<usize, Error> {
        let answer = self.execute("human-monitor-command", json!({ "command-line": "info usernet" })).await?;
        Ok(connections(answer.as_str().unwrap_or_default()))
    }

    /// Whether the guest has its network card up; none where this QEMU or this card does not tell. Linux takes a
    /// card up with the groups of multicast that every host is in.
    pub(super) async fn network_is_up(&mut self) -> Option<bool> {
        let cards = self.execute("query-rx-filter", Value::Null).await.ok()?;
        let card = cards.get(0)?;
        let table = card["multicast-table"].as_array()?;
        let up = !table.is_empty() || card["multicast-overflow"] == true;
        Some(up && card["promiscuous"] == false)
    }

    async fn ask(&mut self, command: &str, arguments: &Value) -> Result<Value, Error> {
        let mut request = json!({ "execute": command });
        if !arguments.is_null() {
            request["arguments"] = arguments.clone();
        }
        self.writer.write_all(format!("{request}\n").as_bytes()).await.map_err(|error| problem(&error))?;
        loop {
            let mut answer = self.line().await?;
            if let Some(error) = answer.get("error") {
                return Err(problem(&format!("{command}: {}", error["desc"].as_str().unwrap_or("no reason"))));
            }
            // Events come in between.
            if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            }
        }
    }

    async fn line(&mut self) -> Result<Value, Error> {
        let mut line = String::new();
        match (&mut self.reader).take(LONGEST_LINE).read_line(&mut line).await {
            Ok(0) => Err(problem(&"it closed the connection")),
            Ok(_) => serde_json::from_str(&line).map_err(|error| problem(&error)),
            Err(error) => Err(problem(&error)),
        }
    }
}

/// How long an answer of QEMU may be, in bytes.
const LONGEST_LINE: u64 = 1 << 20;

async fn in_time<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(problem(&format!("nothing came within {} s", PATIENCE.as_secs()))))
}

fn problem(problem: &dyn std::fmt::Display) -> Error {
    Error::Qmp { problem: problem.to_string() }
}

/// Counts the connections to the guest's ssh in what `info usernet` prints.
pub(super) fn connections(table: &str) -> usize {
    let to_ssh = |line: &&str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        // Protocol[State], file descriptor, source address and port, destination address and port.
        words.first().is_some_and(|state| state.starts_with("TCP[") && !state.contains("HOST_FORWARD"))
            && words.first() == Some(&"TCP[ESTABLISHED]")
            && words.get(2) != words.get(4)
            && words.get(5) == Some(&"22")
    };
    table.lines().filter(to_ssh).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_from_here_are_counted() {
        let table = "Hub -1 (net):\r\n  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ\r\n  \
            TCP[ESTABLISHED]   22       127.0.0.1 40022       10.0.2.15    22     0     0\r\n  \
            TCP[ESTABLISHED]   23       10.0.2.15 40022     151.101.2.1   443     0     0\r\n  \
            TCP[FIN_WAIT_2]    24       127.0.0.1 40023       10.0.2.15    22     0     0\r\n  \
            TCP[HOST_FORWARD]  13       127.0.0.1 31022       10.0.2.15    22     0     0\r\n";
        assert_eq!(connections(table), 1);
        assert_eq!(connections(""), 0);
    }

    #[tokio::test]
    async fn answers_are_told_from_events() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let socket = folder.path().join("qmp.sock");
        let listener = tokio::net::UnixListener::bind(&socket).expect("a socket");
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.expect("a connection");
            let (reader, mut writer) = stream.into_split();
            let mut lines = BufReader::new(reader).lines();
            writer.write_all(b"{\"QMP\": {}}\n").await.expect("a greeting");
            let mut seen = Vec::new();
            for answer in [
                "{\"return\": {}}",
                "{\"event\": \"STOP\"}\n{\"return\": {\"status\": \"running\"}}",
                "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}}",
            ] {
                seen.push(lines.next_line().await.expect("a line").expect("a request"));
                writer.write_all(format!("{answer}\n").as_bytes()).await.expect("an answer");
            }
            seen
        });
        let mut qmp = Qmp::connect(&socket).await.expect("it answers");
        assert_eq!(qmp.status().await.expect("an answer"), "running");
        let error = qmp.execute("block_resize", json!({"size": 1})).await.expect_err("it is refused");
        assert_eq!(error.to_string(), "QEMU does not answer: block_resize: no");
        let seen = server.await.expect("the server");
        assert_eq!(seen[2], "{\"arguments\":{\"size\":1},\"execute\":\"block_resize\"}");
        assert!(Qmp::connect(&folder.path().join("none")).await.is_err());
    }
}
