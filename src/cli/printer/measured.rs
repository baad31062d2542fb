//! What showing events costs, for `benches/log.rs` alone. Nothing is written.

use std::fmt;

use super::{moving, plain};
use crate::clock::Clock;
use crate::model::event::Event;

/// A display without a terminal.
pub struct Measured(Kind);

enum Kind {
    Plain(Box<plain::Plain>),
    Moving(Box<moving::Moving>),
}

impl fmt::Debug for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Measured")
    }
}

impl Measured {
    /// The one for pipes.
    pub fn plain() -> Self {
        Self(Kind::Plain(Box::new(plain::Plain::new(Clock::System, false))))
    }

    /// The one for terminals.
    pub fn moving() -> Self {
        Self(Kind::Moving(Box::new(moving::Moving::new(Clock::System, true, false))))
    }

    /// Takes an event in. Returns how many bytes are to be written for it at once.
    pub fn event(&mut self, event: &Event) -> usize {
        match &mut self.0 {
            Kind::Plain(plain) => plain.event(event).iter().map(String::len).sum(),
            Kind::Moving(moving) => {
                moving.event(event);
                0
            }
        }
    }

    /// Lays out what a terminal shows some times a second. Returns how many bytes that is.
    pub fn drawing(&self) -> usize {
        match &self.0 {
            Kind::Plain(_) => 0,
            Kind::Moving(moving) => moving.drawing(moving::Size { width: 80, height: 24 }).len(),
        }
    }
}
