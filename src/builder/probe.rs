//! Asks a builder what it is, in one call of ssh.

use tokio_util::sync::CancellationToken;

use super::ask::ask;
use super::facts::Facts;
use super::probe_error::Error;
use crate::clock::Clock;
use crate::model::builder::Connection;

const SCRIPT: &str = include_str!("probe.sh");

/// Asks a builder for its Nix, systems, features, store, room, memory and clock. Its clock is held against `clock`.
pub async fn probe(connection: &Connection, clock: Clock, cancel: &CancellationToken) -> Result<Facts, Error> {
    let said = ask(connection, SCRIPT, &[], clock, cancel).await?;
    Facts::read(&connection.name, &said)
}
