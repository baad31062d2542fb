//! The process groups of the programs that run, so that they can be ended by another thread than the one that waits for
//! them.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// How long it takes until groups are looked at again that were asked to end.
const LOOK: Duration = Duration::from_millis(20);

/// Groups that run.
#[derive(Debug)]
pub(super) struct Groups {
    known: Mutex<Known>,
}

#[derive(Debug)]
struct Known {
    running: BTreeSet<i32>,
    /// Whether all were ended: then none begins.
    closed: bool,
}

impl Groups {
    /// Makes a set of none.
    pub(super) const fn new() -> Self {
        Self { known: Mutex::new(Known { running: BTreeSet::new(), closed: false }) }
    }

    /// Begins one by `start`, whose group `id` tells. Returns none where all were ended for good.
    pub(super) fn begin<C, E>(
        &self,
        start: impl FnOnce() -> Result<C, E>,
        id: impl FnOnce(&C) -> Option<u32>,
    ) -> Option<Result<C, E>> {
        // Held meanwhile, so that nothing begins that is not known.
        let mut known = self.known();
        if known.closed {
            return None;
        }
        let started = start();
        if let Ok(child) = &started {
            known.running.extend(id(child).and_then(|id| i32::try_from(id).ok()));
        }
        Some(started)
    }

    /// Forgets one that has ended.
    pub(super) fn forget(&self, id: u32) {
        if let Ok(id) = i32::try_from(id) {
            self.known().running.remove(&id);
        }
    }

    /// Ends all for good: asks them to end, and kills those that have not done so in time. None begins after that.
    pub(super) fn end(&self, patience: Duration) {
        let groups: Vec<Pid> = {
            let mut known = self.known();
            known.closed = true;
            known.running.iter().filter_map(|&id| Pid::from_raw(id)).collect()
        };
        // One that is gone already is what was wanted.
        let signal = |signal| {
            for &group in &groups {
                kill_process_group(group, signal).ok();
            }
        };
        signal(Signal::TERM);
        let until = Instant::now() + patience;
        while Instant::now() < until && groups.iter().any(|&group| test_kill_process_group(group).is_ok()) {
            std::thread::sleep(LOOK);
        }
        signal(Signal::KILL);
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
