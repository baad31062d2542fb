//! Writes a git tree as a NAR and hashes it on the way.
//!
//! The format: `doc/manual/source/protocols/nix-archive.md` in NixOS/nix. The writer is our own,
//! because `nix_nar::Encoder` takes UTF-8 names only, has room for names and link targets of some
//! 900 bytes, asks for each file's size before its content (two look-ups in the object database),
//! and gives errors as text alone. The tests hold the two against each other, and both against
//! real Nix.
//!
//! One thread does it all: reading ahead on others was tried and gave nothing on two cores, as
//! SHA-256 costs a fraction of the decompression and the whole of git's own tree takes 0.17 s.

use std::io::Write;

use gix::ObjectId;
use gix::bstr::ByteSlice;
use gix::objs::Kind;
use sha2::{Digest, Sha256};

use super::error::Error;
use super::lfs;
use super::object::Objects;
use super::walk::{self, Step};
use super::{LfsPointers, Options};
use crate::model::store::NarHash;

/// How much is collected before it is hashed and handed on.
const BUFFER: usize = 64 * 1024;

/// The longest link target that Linux takes (`PATH_MAX` with its NUL).
const LONGEST_TARGET: usize = 4095;

/// Writes what a walk through the folder at `path` met, and returns the hash and the size of its NAR.
pub(super) fn write(
    objects: &Objects,
    steps: &[Step],
    path: &str,
    options: Options,
    out: &mut dyn Write,
) -> Result<(NarHash, u64), Error> {
    let mut nar = Nar { sink: Sink::new(out), objects, options, folder: path.to_owned(), content: Vec::new() };
    nar.archive(steps)?;
    nar.sink.finish()
}

/// A NAR in the making.
struct Nar<'a> {
    sink: Sink<'a>,
    objects: &'a Objects,
    options: Options,
    /// The folder whose entries are written, for errors.
    folder: String,
    /// The file that is written: never more than one is in memory.
    content: Vec<u8>,
}

impl Nar<'_> {
    fn archive(&mut self, steps: &[Step]) -> Result<(), Error> {
        self.sink.string(b"nix-archive-1")?;
        self.sink.strings(&[b"(", b"type", b"directory"])?;
        for step in steps {
            self.step(step)?;
        }
        self.sink.string(b")")
    }

    fn step(&mut self, step: &Step) -> Result<(), Error> {
        match step {
            Step::Enter(name) => {
                self.entry(name)?;
                self.sink.strings(&[b"type", b"directory"])?;
                self.folder = self.path(name);
                Ok(())
            }
            Step::Leave => {
                let above = self.folder.rfind('/').unwrap_or(0);
                self.folder.truncate(above);
                self.sink.strings(&[b")", b")"])
            }
            Step::EmptyFolder(name) => {
                self.entry(name)?;
                self.sink.strings(&[b"type", b"directory", b")", b")"])
            }
            Step::File { name, executable, id } => {
                self.read(*id, name)?;
                if self.options.lfs == LfsPointers::Refuse && lfs::is_pointer(&self.content) {
                    return Err(Error::LfsPointer { path: self.path(name) });
                }
                self.entry(name)?;
                self.sink.strings(&[b"type", b"regular"])?;
                if *executable {
                    self.sink.strings(&[b"executable", b""])?;
                }
                self.sink.string(b"contents")?;
                self.sink.string(&self.content)?;
                self.sink.strings(&[b")", b")"])
            }
            Step::Link { name, id } => {
                self.read(*id, name)?;
                let problem = if self.content.is_empty() {
                    Some("it is a link with an empty target")
                } else if self.content.contains(&0) {
                    Some("it is a link whose target holds a NUL")
                } else if self.content.len() > LONGEST_TARGET {
                    Some("it is a link whose target is longer than 4095 bytes")
                } else {
                    None
                };
                if let Some(problem) = problem {
                    return Err(Error::Unstorable { path: self.path(name), problem });
                }
                self.entry(name)?;
                self.sink.strings(&[b"type", b"symlink", b"target"])?;
                self.sink.string(&self.content)?;
                self.sink.strings(&[b")", b")"])
            }
        }
    }

    fn entry(&mut self, name: &[u8]) -> Result<(), Error> {
        self.sink.strings(&[b"entry", b"(", b"name", name, b"node", b"("])
    }

    fn read(&mut self, id: ObjectId, name: &[u8]) -> Result<(), Error> {
        let folder = &self.folder;
        self.objects.read(id, Kind::Blob, &mut self.content, || walk::join(folder, &name.to_str_lossy()))
    }

    fn path(&self, name: &[u8]) -> String {
        walk::join(&self.folder, &name.to_str_lossy())
    }
}

/// Hashes what passes through, counts it, and hands it on in large pieces.
struct Sink<'a> {
    out: &'a mut dyn Write,
    buffer: Vec<u8>,
    hasher: Sha256,
    size: u64,
}

impl<'a> Sink<'a> {
    fn new(out: &'a mut dyn Write) -> Self {
        Self { out, buffer: Vec::with_capacity(BUFFER), hasher: Sha256::new(), size: 0 }
    }

    fn strings(&mut self, strings: &[&[u8]]) -> Result<(), Error> {
        strings.iter().try_for_each(|string| self.string(string))
    }

    /// Writes a string: its length in 8 bytes, the bytes, NULs up to a multiple of 8.
    fn string(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.bytes(&(bytes.len() as u64).to_le_bytes())?;
        self.bytes(bytes)?;
        let padding = bytes.len().wrapping_neg() % 8;
        self.bytes([0; 8].get(..padding).unwrap_or_default())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        if self.buffer.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        if bytes.len() >= BUFFER {
            return self.pass(bytes);
        }
        self.buffer.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.pass(&buffer);
        buffer.clear();
        self.buffer = buffer;
        result
    }

    fn pass(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        self.out.write_all(bytes).map_err(|source| Error::Write { source })
    }

    fn finish(mut self) -> Result<(NarHash, u64), Error> {
        self.flush()?;
        self.out.flush().map_err(|source| Error::Write { source })?;
        Ok((NarHash::new(self.hasher.finalize().into()), self.size))
    }
}
