//! Time that no module took, in words.

use crate::model::record::{Beside, Build, Part};
use crate::report::sentence::{Sentence, name, said, sentence};
use crate::report::words::duration;

/// From how many seconds on, and from which share of the compilation, it is worth a line.
const LEAST: f64 = 1.0;
const LEAST_SHARE: f64 = 0.1;

/// How many components are named.
const COMPONENTS: usize = 3;

/// One sentence where much of the time went into something else than modules.
pub(super) fn sentence_of(build: &Build) -> Option<Sentence> {
    let all: f64 = build.beside_modules.iter().map(|beside| beside.seconds).sum();
    if all < LEAST || all < LEAST_SHARE * build.compile_seconds.unwrap_or(0.0) {
        return None;
    }
    let parts = [(Part::Other, "C sources, preprocessing and archives"), (Part::Linking, "linking programs")];
    let parts = parts.iter().filter_map(|&(part, words)| told(build, part, words));
    Some(sentence!["beside modules: ", Sentence::joined(parts, ", ")])
}

/// `38 s for linking (exe:a 30 s, exe:b 8.0 s)`; nothing where it took none of the time that is shown.
fn told(build: &Build, part: Part, words: &'static str) -> Option<Sentence> {
    let mut own: Vec<&Beside> = build.beside_modules.iter().filter(|beside| beside.part == part).collect();
    own.sort_by(|one, other| other.seconds.total_cmp(&one.seconds));
    let sum: f64 = own.iter().map(|beside| beside.seconds).sum();
    if sum < LEAST_SHARE {
        return None;
    }
    let place = match own.as_slice() {
        [only] => name(&only.component.0),
        [first, ..] => {
            let named = own.iter().take(COMPONENTS).filter(|beside| beside.seconds >= first.seconds / 100.0);
            let named = named
                .map(|beside| sentence![name(&beside.component.0), said(format!(" {}", duration(beside.seconds)))]);
            Sentence::joined(named, ", ")
        }
        [] => return None,
    };
    Some(sentence![said(format!("{} for ", duration(sum))), words, " (", place, ")"])
}
