//! Notices that a builder is gone although nothing says so.
//!
//! A connection whose other end lost its power or its network stays open without a word. ssh's own keepalives end it
//! after 45 seconds where they work; a build that is silent for hours is as silent. So after a while without a line the
//! builder is asked, by a connection of its own, whether it still answers.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::builder;
use crate::model::builder::Connection;

/// How long a builder may be silent before it is asked.
const SILENCE: Duration = Duration::from_secs(30);

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(15);

/// How many questions in a row stay without an answer before a builder counts as gone.
const QUESTIONS: u32 = 2;

/// When a builder was last heard of.
pub(super) struct Heard {
    last: watch::Sender<Instant>,
}

impl Heard {
    /// Begins to listen.
    pub(super) fn now() -> Self {
        Self { last: watch::Sender::new(Instant::now()) }
    }

    /// Takes note of a word.
    pub(super) fn again(&self) {
        self.last.send_replace(Instant::now());
    }

    /// Ends when the builder no longer answers, and never else.
    pub(super) async fn until_gone(&self, connection: &Connection, cancel: &CancellationToken) {
        let mut unanswered = 0;
        loop {
            let since = self.last.borrow().elapsed();
            if since < SILENCE {
                unanswered = 0;
                sleep(SILENCE.saturating_sub(since)).await;
                continue;
            }
            match timeout(ANSWER, builder::answers(connection, cancel)).await {
                Ok(true) => {
                    unanswered = 0;
                    self.again();
                }
                // Whoever was told to stop asks nobody: what it stops ends by itself.
                Ok(false) | Err(_) if cancel.is_cancelled() => return std::future::pending().await,
                Ok(false) | Err(_) => unanswered += 1,
            }
            if unanswered >= QUESTIONS {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::builder::Destination;

    // Ctrl-C during a silent build: the question was stopped as well, and the builder seemed lost.
    #[tokio::test]
    async fn a_builder_that_hinc_lets_go_of_is_not_lost() {
        let connection = Connection {
            name: "far".to_owned(),
            ssh_options: Vec::new(),
            destination: Destination { user: None, host: "far".parse().expect("a host") },
            parameters: Vec::new(),
        };
        let cancel = CancellationToken::new();
        cancel.cancel();
        let long_ago = Instant::now().checked_sub(SILENCE).expect("a time after the machine was started");
        let heard = Heard { last: watch::Sender::new(long_ago) };
        let gone = timeout(Duration::from_millis(300), heard.until_gone(&connection, &cancel)).await;
        assert!(gone.is_err(), "it counts as lost");
    }
}
