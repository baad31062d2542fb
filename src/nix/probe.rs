//! Tries whether builders can use the GHC of the machine.

use tokio_util::sync::CancellationToken;

use super::Error;
use super::command::{Installable, Nix};
use super::realise::Realised;
use super::sandbox::SandboxPaths;
use super::toolchain::HostToolchain;
use crate::clock::Clock;
use crate::foreign;
use crate::model::event::{Event, What};
use crate::process::system;

/// What came of the trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// A program was compiled, linked and run.
    Works,
    /// It was not.
    Fails {
        /// The last line that the builder or Nix printed.
        reason: String,
    },
}

const EXPRESSION: &str = include_str!("probe.nix");

impl Nix {
    /// Compiles and runs a program of one line in a build, each time anew: what worked before
    /// says nothing of the settings that the daemon has now. It takes a second.
    pub async fn probe(
        &self,
        host: &HostToolchain,
        sandbox: &SandboxPaths,
        cancel: &CancellationToken,
    ) -> Result<Probe, Error> {
        let stamp = Clock::System.now().timestamp_micros().to_string();
        let toolchain = &host.toolchain;
        let arguments = [
            ("ghc", toolchain.ghc.as_str()),
            ("shell", &toolchain.shell),
            ("path", &toolchain.path),
            ("system", &toolchain.system),
            ("fingerprint", &toolchain.fingerprint),
            ("stamp", &stamp),
        ];
        let output =
            system::output(&self.instantiation(EXPRESSION, &arguments), cancel).await.map_err(Error::of_nix)?;
        let text = String::from_utf8_lossy(&output.stdout);
        let drv = text
            .trim()
            .parse()
            .map_err(|error| Error::Answer { program: "nix-instantiate", problem: format!("{error}") })?;
        let wanted = [Installable { drv, outputs: Vec::new() }];
        let mut said = String::new();
        let on_events = |events: &[Event]| events.iter().for_each(|event| keep_builders_words(event, &mut said));
        let realised = self.realise(&wanted, sandbox, on_events, Clock::System, cancel).await;
        match realised {
            Ok(Realised::Built) => Ok(Probe::Works),
            Ok(Realised::Failed(failure)) if said.is_empty() => {
                Ok(Probe::Fails { reason: failure.tail.last().cloned().unwrap_or_default() })
            }
            Ok(Realised::Failed(_)) => Ok(Probe::Fails { reason: said }),
            // A sandbox that cannot be set up is just what the trial is for.
            Err(Error::Trouble { trouble: super::failure::Trouble::Sandbox, tail }) => {
                Ok(Probe::Fails { reason: tail.last().map(|line| line.trim().to_owned()).unwrap_or_default() })
            }
            Err(error) => Err(error),
        }
    }
}

/// Keeps what the builder said last.
fn keep_builders_words(event: &Event, said: &mut String) {
    let What::Line { text } = &event.what else { return };
    let text = foreign::line(text);
    if event.drv.is_some() && !text.trim().is_empty() {
        text.trim().clone_into(said);
    }
}
