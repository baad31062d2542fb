//! A QEMU that has ended by itself, and what comes after it while its guest has not answered yet.

use rustix::process::Signal;

use crate::process::Status;

/// The signals with which a program ends itself: it asserted something that is not so, or did what the processor
/// does not allow. QEMU 10.0 does that now and then while a guest of several processors sets up its PCI devices under
/// `tcg` (`iotlb_to_section: Assertion 'section_index < d->map.sections_nb'`), and not at the next start.
const OF_ITSELF: [Signal; 5] = [Signal::ABORT, Signal::SEGV, Signal::BUS, Signal::ILL, Signal::FPE];

/// How a QEMU came to its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Death {
    /// What is told of it.
    pub(super) problem: String,
    /// Whether it was a fault of QEMU's own that ended it.
    crashed: bool,
}

/// What comes after a QEMU that ended before its guest answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    /// It is started with the next accelerator.
    Other,
    /// It is started once more as it was.
    Again,
    /// Nothing: it is told.
    End,
}

impl Death {
    /// Returns the end of a QEMU with the status it left, none where nobody could ask for it.
    pub(super) fn of(status: Option<Status>) -> Self {
        let problem = status.map_or_else(|| "QEMU has ended".to_owned(), |status| format!("QEMU {status}"));
        let crashed =
            matches!(status, Some(Status::Signal(signal)) if OF_ITSELF.iter().any(|own| own.as_raw() == signal));
        Self { problem, crashed }
    }

    /// Returns the end of a QEMU that hinc ended, and why.
    pub(super) const fn because(problem: String) -> Self {
        Self { problem, crashed: false }
    }

    /// Returns what comes after it. `other`: whether there is another accelerator, and this one has never worked.
    /// `repeated`: whether it has been started a second time already.
    pub(super) const fn after(&self, other: bool, repeated: bool) -> After {
        if other {
            After::Other
        } else if self.crashed && !repeated {
            After::Again
        } else {
            After::End
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_crashes_by_itself_is_started_once_more() {
        let signal = |signal| Death::of(Some(Status::Signal(signal)));
        let silent = Death::because("the guest's console has been silent for 45 s".to_owned());
        let table = [
            // (the end, another accelerator, repeated, what comes after it)
            (signal(6), true, false, After::Other),
            (signal(6), false, false, After::Again),
            (signal(11), false, false, After::Again),
            (signal(6), false, true, After::End),
            // Somebody, or the kernel for want of memory.
            (signal(9), false, false, After::End),
            (signal(15), false, false, After::End),
            (Death::of(Some(Status::Code(1))), false, false, After::End),
            (Death::of(Some(Status::Code(1))), true, false, After::Other),
            (Death::of(None), false, false, After::End),
            (silent, false, false, After::End),
        ];
        for (death, other, repeated, after) in table {
            assert_eq!(death.after(other, repeated), after, "{death:?}, {other}, {repeated}");
        }
    }
}
