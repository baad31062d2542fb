//! Words for what hinc's builder kept from GHC, so that it was compiled again.

use std::collections::{BTreeMap, BTreeSet};

use super::cascade::Edit;
use super::sentence::{Sentence, name, quoted, said, sentence};
use super::words::grouped;
use crate::model::haskell::{ComponentName, ModuleName};
use crate::model::input::{Access, Change, Reader};
use crate::model::precaution::{Cause, LeftOut};

/// How many readers of one input are named.
const READERS: usize = 2;

/// What set it off: `data/msg.txt changed, which a splice of this component read`.
pub(super) fn title(left_out: &LeftOut, edit: &Edit<'_>) -> Sentence {
    let since = since(left_out, edit);
    match left_out.cause {
        // No precaution: it is known who read it, or GHC would do so by itself, or nothing is known of it.
        Cause::Input(_) | Cause::Unit | Cause::Unknown { .. } => since,
        _ => sentence!["compiled as a precaution, since ", since],
    }
}

/// What is so: `sources moved`.
pub(super) fn since(left_out: &LeftOut, edit: &Edit<'_>) -> Sentence {
    let about = left_out.about.as_deref();
    let in_brackets = || about.map(|about| sentence![" (", name(about), ")"]).unwrap_or_default();
    let about_or = |otherwise: &'static str| about.map_or(Sentence::from(otherwise), name);
    match &left_out.cause {
        Cause::Input(input) => {
            let more = if input.more > 0 {
                said(format!(" (and {} more)", grouped(input.more.into())))
            } else {
                Sentence::default()
            };
            let change = match &input.change {
                Change::Unknown(word) => name(word),
                known => said(known.words().to_owned()),
            };
            sentence![name(input.place()), " ", change, ", which ", read_by(edit, left_out), more]
        }
        Cause::Unfollowed(unfollowed) => {
            sentence![name(unfollowed.files.names()), " changed, which ", read_by(edit, left_out)]
        }
        Cause::Unobserved(files) => {
            sentence![name(files.names()), " changed, and the build of the base was not observed", in_brackets()]
        }
        Cause::Environment => sentence!["the environment of the build changed", in_brackets()],
        Cause::Setup => {
            sentence!["the build type, a .buildinfo file or the arguments of Setup configure changed", in_brackets()]
        }
        Cause::GhcBug { ticket } => sentence![
            about_or("a module"),
            said(format!(" changed, which has or had family instances (GHC's ticket {ticket})"))
        ],
        Cause::Unit => sentence!["the dependencies of ", components(edit), " changed", in_brackets()],
        Cause::MovedImport => sentence![about_or("the name of an import"), " leads to another module"],
        Cause::Leaves => {
            sentence![about_or("a file in the package's folder"), " is made while modules are compiled"]
        }
        Cause::Options => sentence!["the options of ", components(edit), " changed", in_brackets()],
        Cause::MovedSource => "sources moved".into(),
        Cause::Warned => "warnings are errors now".into(),
        Cause::Deprecation => sentence!["pragmas that give warnings to others changed", in_brackets()],
        Cause::Unknown { cause } => {
            let told = about.map_or_else(|| cause.clone(), |about| format!("{cause}: {about}"));
            sentence!["the builder says ", quoted(told)]
        }
    }
}

/// Who read what an edit is about, or may have, for which of its modules: `a splice of this component read`.
///
/// `left_out` is one of them, for an edit whose modules were all compiled because of another package's.
fn read_by(edit: &Edit<'_>, left_out: &LeftOut) -> Sentence {
    let mut known: BTreeMap<Reading<'_>, Affected<'_>> = BTreeMap::new();
    for module in &edit.modules {
        if let Some(reading) = module.left_out.as_ref().and_then(Reading::of) {
            let affected = known.entry(reading).or_default();
            affected.modules.insert((&module.component, &module.module));
            affected.components.insert(&module.component);
        }
    }
    if known.is_empty() {
        known.extend(Reading::of(left_out).map(|reading| (reading, Affected::default())));
    }
    let told = known.iter().take(READERS).map(|(reading, affected)| reading.words(affected));
    let others = (known.len() > READERS).then(|| Sentence::from("others"));
    Sentence::joined(told.chain(others), " and ")
}

/// How something was read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Reading<'a> {
    reader: &'a Reader,
    program: Option<&'a str>,
    verb: Verb<'a>,
}

/// For what it was read.
#[derive(Default)]
struct Affected<'a> {
    modules: BTreeSet<(&'a ComponentName, &'a ModuleName)>,
    components: BTreeSet<&'a ComponentName>,
}

impl<'a> Reading<'a> {
    fn of(left_out: &'a LeftOut) -> Option<Self> {
        match &left_out.cause {
            Cause::Input(input) => {
                let verb = match &input.access {
                    Access::Read => Verb::Known("read"),
                    Access::Listed => Verb::Known("listed"),
                    Access::Asked => Verb::Known("looked up"),
                    Access::Ran => Verb::Known("ran"),
                    Access::Unknown(word) => Verb::Unknown(word),
                };
                let program = match input.reader {
                    // The names of its parts tell nobody more.
                    Reader::CCompiler => None,
                    _ => input.program.as_deref(),
                };
                Some(Self { reader: &input.reader, program, verb })
            }
            Cause::Unfollowed(unfollowed) => {
                let program = Some(unfollowed.program.as_str());
                Some(Self { reader: &unfollowed.reader, program, verb: Verb::Known("may have read") })
            }
            _ => None,
        }
    }

    /// `a splice of this component read`, `sed read for a splice of this component`.
    fn words(&self, affected: &Affected<'_>) -> Sentence {
        let one_of = |count, none, one, many| match count {
            0 => none,
            1 => one,
            _ => many,
        };
        let modules = one_of(affected.modules.len(), "a module of another package", "this module", "these modules");
        let components = one_of(
            affected.components.len(),
            "a splice of another package",
            "a splice of this component",
            "splices of these components",
        );
        let program = self.program.map(name);
        let verb = || match self.verb {
            Verb::Known(verb) => Sentence::from(verb),
            Verb::Unknown(word) => name(word),
        };
        let made_for = |maker: &'static str| sentence![maker, " ", verb(), " for ", modules];
        let asker = match self.reader {
            Reader::Preprocessor | Reader::CCompiler => {
                let usual = match self.reader {
                    Reader::CCompiler => "the C compiler",
                    _ => "a preprocessor",
                };
                return match program {
                    Some(program) => sentence![program, " ", verb(), " for ", modules],
                    None => made_for(usual),
                };
            }
            Reader::Code => components.into(),
            Reader::Setup => "the Setup program".into(),
            Reader::Compiler => "GHC".into(),
            Reader::Unknown(word) => name(word),
        };
        match program {
            Some(program) => sentence![program, " ", verb(), " for ", asker],
            None => sentence![asker, " ", verb()],
        }
    }
}

/// What was done with an input.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verb<'a> {
    Known(&'static str),
    Unknown(&'a str),
}

/// The components that it is about: `lib`, `lib and exe:tree`.
fn components(edit: &Edit<'_>) -> Sentence {
    let left_out = edit.modules.iter().filter(|module| module.left_out.is_some());
    let names: BTreeSet<&str> = left_out.map(|module| module.component.0.as_str()).collect();
    match Vec::from_iter(names).as_slice() {
        [one] if !one.is_empty() => name(*one),
        [one, two] => sentence![name(*one), " and ", name(*two)],
        _ => "the package".into(),
    }
}

/// What to know of it, and what to do where something can be done.
pub(super) fn explanation(cause: &Cause) -> Option<Sentence> {
    let text = match cause {
        Cause::Input(input) => return of_reader(&input.reader).map(Sentence::from),
        Cause::Unfollowed(unfollowed) => {
            return Some(sentence![
                name(&unfollowed.program),
                " was not followed: it is linked statically, calls the system by itself, or does what hinc does not see \
                 into. So it counts as having read every file."
            ]);
        }
        Cause::Unobserved(_) => {
            "So each file counts as read by whatever runs while compiling. Builds are observed on 64-bit Linux, \
             where there are a C compiler and GHC's own library `ghc`: with these, what nobody reads makes nothing \
             compile."
        }
        Cause::Environment => "Code that runs while compiling may use any program and any variable of the build.",
        Cause::Setup => "Each of these can give options that GHC does not compare.",
        Cause::GhcBug { .. } => {
            "This GHC does not always see such a change itself. One in which the ticket is fixed needs no precaution."
        }
        Cause::MovedSource => "Call stacks show the path of a source, and GHC does not compare it.",
        Cause::Options => "GHC compares only some of its options.",
        Cause::Warned => "GHC would have skipped modules that gave warnings, and with them the errors.",
        Cause::Deprecation => "GHC compares no DEPRECATED, WARNING or COMPLETE pragma of what a module uses.",
        Cause::MovedImport => {
            "A library re-exports another module under this name. GHC compares the packages that a module imports from, \
             and not which of their modules a name leads to."
        }
        Cause::Leaves => {
            "Files that the compilation leaves in the package's folder are not kept, and tests, the installation or other \
             modules may want them: what makes them is compiled every time."
        }
        Cause::Unit => "Cabal makes the unit id of the dependencies, and GHC reads no interface of another one.",
        Cause::Unknown { .. } => return None,
    };
    Some(text.into())
}

/// Why modules are compiled for what was read.
const fn of_reader(reader: &Reader) -> Option<&'static str> {
    Some(match reader {
        Reader::Code => {
            "GHC does not watch it, so all modules of the component that run code while compiling are compiled. Where \
             a splice names a file by addDependentFile, GHC compiles its module alone."
        }
        Reader::Preprocessor => "GHC does not know what a preprocessor reads.",
        Reader::CCompiler => "GHC does not know which headers are read for C code of a module.",
        Reader::Setup => "The Setup program may have given other options or sources to any module.",
        Reader::Compiler => {
            "GHC read it before any module, as it reads options: all modules of the component are compiled."
        }
        Reader::Unknown(_) => return None,
    })
}
