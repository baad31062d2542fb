//! Reads blobs on several threads and hands them over in order.
//!
//! Decompression is most of the work of hashing a source: SHA-256 runs at a multiple of its
//! speed. What is read ahead is bounded in bytes and in number, so memory does not grow with
//! the tree.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::objs::Kind;

use super::error::Error;
use super::object::Objects;
use super::walk;

/// How many bytes may lie ready. A blob that is larger is read when its turn comes.
const READY_BYTES: usize = 16 * 1024 * 1024;

/// How many blobs may lie ready.
const READY_BLOBS: usize = 512;

/// The largest buffer that is kept for another blob.
const LARGEST_SPARE: usize = 1024 * 1024;

/// Fewer blobs than this are not worth a thread.
const FEW: usize = 64;

/// More threads than this wait for the hash, which is computed by one.
const MOST_THREADS: usize = 4;

/// The blobs of a walk, in its order.
pub(super) trait Blobs {
    /// Puts the next one into `content`. `folder` and `name` say where it belongs, for errors.
    fn next(&mut self, content: &mut Vec<u8>, folder: &str, name: &[u8]) -> Result<(), Error>;
}

/// Calls `consume` with the blobs `ids`. It takes each of them, or fails.
pub(super) fn with_blobs<T>(
    objects: &Objects,
    ids: Vec<ObjectId>,
    consume: impl FnOnce(&mut dyn Blobs) -> Result<T, Error>,
) -> Result<T, Error> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    if ids.len() < FEW || threads == 1 {
        return consume(&mut OneByOne { objects, ids: ids.into_iter() });
    }
    let shared = Shared { ids, state: Mutex::default(), arrived: Condvar::new(), room: Condvar::new() };
    std::thread::scope(|scope| {
        // Dropped before the scope waits for its threads, so that a failing consumer ends them.
        let _stop = StopOnDrop(&shared);
        for _ in 0..threads {
            let objects = objects.clone();
            let shared = &shared;
            scope.spawn(move || shared.read_all(&objects));
        }
        consume(&mut Ahead { shared: &shared })
    })
}

/// Reads each blob when it is asked for.
struct OneByOne<'a> {
    objects: &'a Objects,
    ids: std::vec::IntoIter<ObjectId>,
}

impl Blobs for OneByOne<'_> {
    fn next(&mut self, content: &mut Vec<u8>, folder: &str, name: &[u8]) -> Result<(), Error> {
        let id = self.ids.next().ok_or_else(out_of_step)?;
        self.objects.read(id, Kind::Blob, content, || walk::join(folder, &name.to_str_lossy()))
    }
}

/// Takes what the threads have read.
struct Ahead<'a> {
    shared: &'a Shared,
}

impl Blobs for Ahead<'_> {
    fn next(&mut self, content: &mut Vec<u8>, folder: &str, name: &[u8]) -> Result<(), Error> {
        let read = self.shared.take(std::mem::take(content))?;
        *content = read.map_err(|error| at(error, walk::join(folder, &name.to_str_lossy())))?;
        Ok(())
    }
}

/// Puts the path into an error of a thread, which does not know it.
fn at(error: Error, path: String) -> Error {
    match error {
        Error::MissingObject { id, .. } => Error::MissingObject { id, path },
        Error::BadObject { id, source, .. } => Error::BadObject { id, path, source },
        other => other,
    }
}

fn out_of_step() -> Error {
    Error::Internal { source: "the walk and the reading of its blobs are out of step".into() }
}

type Read = Result<Vec<u8>, Error>;

/// What the threads share with the one that consumes.
struct Shared {
    ids: Vec<ObjectId>,
    state: Mutex<State>,
    /// The blob that the consumer waits for has come.
    arrived: Condvar,
    /// There is room for the threads to go on.
    room: Condvar,
}

#[derive(Default)]
struct State {
    /// The blob that a thread reads next. All before it are read or being read.
    next: usize,
    /// The blob that the consumer takes next.
    wanted: usize,
    ready: BTreeMap<usize, Read>,
    ready_bytes: usize,
    /// Buffers to use again.
    spare: Vec<Vec<u8>>,
    /// How many threads wait for room.
    waiting: usize,
    /// Nobody wants more, or a thread has panicked.
    stopped: bool,
}

impl State {
    /// Whether no more is to be read ahead. Never while nothing is ready, so that the wanted blob always comes.
    fn is_full(&self) -> bool {
        self.ready_bytes >= READY_BYTES || self.ready.len() >= READY_BLOBS
    }

    /// Whether waiting threads are worth waking: not for each single blob.
    fn has_room(&self) -> bool {
        self.ready_bytes <= READY_BYTES / 2 && self.ready.len() <= READY_BLOBS / 2
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What each thread does: reads the next blob that nobody reads yet, until there is none.
    fn read_all(&self, objects: &Objects) {
        let _stop = StopOnPanic(self);
        let mut state = self.lock();
        while let Some(&id) = self.ids.get(state.next) {
            if state.stopped {
                break;
            }
            if state.is_full() {
                state.waiting += 1;
                state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.waiting -= 1;
                continue;
            }
            let index = state.next;
            state.next += 1;
            let mut buffer = state.spare.pop().unwrap_or_default();
            drop(state);
            let read = objects.read(id, Kind::Blob, &mut buffer, String::new).map(|()| buffer);
            state = self.lock();
            state.ready_bytes += read.as_ref().map_or(0, Vec::len);
            state.ready.insert(index, read);
            if index == state.wanted {
                self.arrived.notify_one();
            }
        }
    }

    /// Returns the next blob and takes a buffer back.
    fn take(&self, buffer: Vec<u8>) -> Result<Read, Error> {
        let mut state = self.lock();
        if buffer.capacity() <= LARGEST_SPARE && state.spare.len() < MOST_THREADS * 2 {
            state.spare.push(buffer);
        }
        let index = state.wanted;
        loop {
            if let Some(read) = state.ready.remove(&index) {
                state.ready_bytes -= read.as_ref().map_or(0, Vec::len);
                state.wanted += 1;
                if state.waiting > 0 && state.has_room() {
                    self.room.notify_all();
                }
                return Ok(read);
            }
            if state.stopped || index >= self.ids.len() {
                return Err(out_of_step());
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn stop(&self) {
        self.lock().stopped = true;
        self.arrived.notify_all();
        self.room.notify_all();
    }
}

/// Ends the threads when the consumer is done, well or not.
struct StopOnDrop<'a>(&'a Shared);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// Ends the consumer when a thread panics. The scope then passes the panic on.
struct StopOnPanic<'a>(&'a Shared);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stop();
        }
    }
}
