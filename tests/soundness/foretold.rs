//! What is foretold of an edit, by the files of both commits.

use std::path::Path;

use hinc::model::prediction::Prediction;
use hinc::predict::{self, Base, Configuration, Entry, Question, Recorded, Side};

use super::nix::Drv;
use super::tree::{self, Tree};

fn files(tree: &Tree) -> predict::Tree {
    let entry = |entry: &tree::Entry| match entry {
        tree::Entry::Text(text) => Entry::File { content: text.as_str().into(), executable: false },
        tree::Entry::Bytes(bytes) => Entry::File { content: bytes.as_slice().into(), executable: false },
        tree::Entry::Program(text) => Entry::File { content: text.as_str().into(), executable: true },
        tree::Entry::Link(target) => Entry::Link { target: target.as_str().into() },
    };
    tree.entries.iter().map(|(path, found)| (path.as_str().into(), entry(found))).collect()
}

fn text(tree: &Tree, path: &str) -> Option<Vec<u8>> {
    match tree.entries.get(path)? {
        tree::Entry::Text(text) | tree::Entry::Program(text) => Some(text.clone().into_bytes()),
        tree::Entry::Bytes(bytes) => Some(bytes.clone()),
        tree::Entry::Link(_) => None,
    }
}

/// What is foretold by what the base noted, and by its sources alone.
pub(crate) fn foretold(base: &Tree, head: &Tree, full: &Drv, configuration: &Configuration) -> [Prediction; 2] {
    let folder = full.output("intermediates").join("hinc");
    let recorded = Recorded::read(&|name| fs_err::read(folder.join(name)).ok()).expect("the base noted it");
    let is_description = |path: &&String| Path::new(path).extension().is_some_and(|extension| extension == "cabal");
    let description = base.entries.keys().find(is_description).expect("a description");
    let (before, now) = (files(base), files(head));
    let read = |side, path: &gix::bstr::BStr| text(if side == Side::Base { base } else { head }, &path.to_string());
    [Base::Noted(&recorded), Base::Sources(configuration)].map(|base| {
        let description = description.as_str().into();
        predict::predict(&Question { before: &before, now: &now, base, description, read: &read })
    })
}
