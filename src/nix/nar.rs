//! The NAR hash of a small folder: hinc's own functions, which a pure evaluation takes by their hash.
//!
//! The format: `doc/manual/source/protocols/nix-archive.md` in NixOS/nix.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::model::store::NarHash;

/// Returns the hash of the NAR that a folder, a file or a link is.
pub(super) fn hash(path: &Path) -> io::Result<NarHash> {
    let mut nar = Nar(Sha256::new());
    nar.string(b"nix-archive-1");
    nar.node(path)?;
    Ok(NarHash::new(nar.0.finalize().into()))
}

struct Nar(Sha256);

impl Nar {
    fn node(&mut self, path: &Path) -> io::Result<()> {
        let metadata = fs_err::symlink_metadata(path)?;
        self.strings(&[b"(", b"type"]);
        if metadata.is_dir() {
            self.string(b"directory");
            let mut names = Vec::new();
            for entry in fs_err::read_dir(path)? {
                names.push(entry?.file_name());
            }
            names.sort();
            for name in names {
                self.strings(&[b"entry", b"(", b"name", name.as_bytes(), b"node"]);
                self.node(&path.join(&name))?;
                self.string(b")");
            }
        } else if metadata.is_symlink() {
            self.strings(&[b"symlink", b"target", fs_err::read_link(path)?.as_os_str().as_bytes()]);
        } else {
            self.string(b"regular");
            // Nix looks at the owner's bit alone.
            if metadata.permissions().mode() & 0o100 != 0 {
                self.strings(&[b"executable", b""]);
            }
            self.strings(&[b"contents", &fs_err::read(path)?]);
        }
        self.string(b")");
        Ok(())
    }

    fn strings(&mut self, texts: &[&[u8]]) {
        for text in texts {
            self.string(text);
        }
    }

    /// Adds a text: its length, itself, and zeros up to a multiple of eight.
    fn string(&mut self, text: &[u8]) {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text);
        self.0.update(&[0; 7][..text.len().next_multiple_of(8) - text.len()]);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn it_is_the_hash_of_what_another_encoder_writes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let top = folder.path().join("top");
        fs_err::create_dir_all(top.join("b/empty")).expect("a folder");
        for (name, text) in [("a", ""), ("b.x", "12345678"), ("b/c", "123456789"), ("B", "#!/bin/sh\n")] {
            fs_err::write(top.join(name), text).expect("a file");
        }
        fs_err::set_permissions(top.join("B"), PermissionsExt::from_mode(0o755)).expect("it may be run");
        symlink("../a", top.join("b/link")).expect("a link");
        let mut other = Sha256::new();
        let mut encoder = nix_nar::Encoder::new(&top).expect("an encoder");
        let mut text = Vec::new();
        io::Read::read_to_end(&mut encoder, &mut text).expect("a NAR");
        other.update(&text);
        assert_eq!(hash(&top).expect("a hash"), NarHash::new(other.finalize().into()));
        assert!(hash(&top.join("nothing")).is_err());
    }
}
