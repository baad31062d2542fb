//! Why something cannot be declared.

use crate::error::{Diagnose, Hint};
use crate::exit::Exit;

/// Why a builder cannot be declared in a format.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing to reach or to start.
    #[error("the builder `{name}` is this machine: nothing has to be declared for it")]
    ThisMachine {
        /// The builder.
        name: String,
    },
    /// A service would have nothing to run.
    #[error("the builder `{name}` is no guest of hinc's, so no service runs it")]
    NoGuest {
        /// The builder.
        name: String,
    },
    /// The guest's port is not known.
    #[error("the guest `{name}` has no port yet")]
    NoPort {
        /// The guest.
        name: String,
    },
    /// The systems are not known.
    #[error("the settings do not say for which systems `{name}` builds, and Nix would take this machine's own")]
    NoSystems {
        /// The builder.
        name: String,
    },
    /// Another format cannot hold a value.
    #[error("{format} cannot hold `{}`", text.escape_debug())]
    Character {
        /// The format.
        format: &'static str,
        /// The text.
        text: String,
    },
}

impl Diagnose for Error {
    fn exit(&self) -> Exit {
        Exit::Usage
    }

    fn hints(&self) -> Vec<Hint> {
        vec![match self {
            Self::ThisMachine { .. } => Hint::new("name a builder with `kind = \"ssh\"` or `kind = \"vm\"`"),
            Self::NoGuest { .. } => Hint::new("a machine of the kind `ssh` has to be there by itself"),
            Self::NoPort { name } => {
                Hint::new(format!("run `hinc builder up {name}` once, or set `port` in [builder.{name}]"))
            }
            Self::NoSystems { name } => {
                Hint::new(format!("add `systems = [\"x86_64-linux\"]`, or what it is, to [builder.{name}]"))
            }
            Self::Character { .. } => Hint::new("change it in the settings of the builder"),
        }]
    }
}
