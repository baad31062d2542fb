//! What changed, and what each change set off.

use std::collections::{BTreeMap, BTreeSet};

use super::{NothingReused, Subject, shortened};
use crate::model::haskell::NodeKind;
use crate::model::name::PackageName;
use crate::model::reason::ReasonCode;
use crate::model::record::{Build, ChangedDeclarations, Module, Outcome};
use crate::report::cascade::{self, Causes, Edit, Nature};
use crate::report::precautions;
use crate::report::sentence::{Piece, Sentence, name, quoted, said, sentence};
use crate::report::words::grouped;

/// Something that changed, with all that GHC compiled because of it.
#[derive(Debug, Clone)]
pub struct Change<'a> {
    /// What changed.
    pub title: Sentence,
    /// The same with the package, where changes of several packages would be called alike.
    pub distinct_title: Sentence,
    /// Whether nobody edited anything that would explain it.
    pub unexpected: bool,
    /// How many modules were compiled for it; boot files are not counted.
    pub count: usize,
    /// Their shares of the wall clock, in seconds.
    pub seconds: f64,
    /// What to know of it.
    pub explanation: Option<Sentence>,
    /// What was compiled for it, in GHC's order.
    pub modules: Vec<&'a Module>,
    /// Whether the list says more than the title does.
    pub lists: bool,
}

/// Returns the changes of an incremental build, and whether nothing could be reused for them.
pub(in crate::report) fn changes<'a>(
    causes: &Causes<'a>,
    build: &'a Build,
) -> (Option<NothingReused>, Vec<Change<'a>>) {
    let edits = causes.edits(build);
    let is_all = build.outcome == Outcome::Built && cascade::nothing_reused(build);
    let nothing_reused = is_all.then(|| nothing_reused(build, &edits));
    let (mut unexpected, expected): (Vec<_>, Vec<_>) = edits.into_iter().partition(|edit| edit.nature.is_unexpected());
    unexpected.sort_by_key(|edit| !edit.nature.is_of_what_was_not_seen());
    let edits = unexpected.into_iter().chain(expected);
    (nothing_reused, edits.map(|edit| change(build, edit)).collect())
}

fn change<'a>(build: &Build, edit: Edit<'a>) -> Change<'a> {
    // The edited module alone needs no list.
    let is_alone = matches!(edit.modules.as_slice(), [only] if only.kind == NodeKind::Module)
        && matches!(edit.nature, Nature::Source | Nature::New);
    let title = title(build, &edit);
    Change {
        distinct_title: title.clone(),
        title,
        unexpected: edit.nature.is_unexpected(),
        count: edit.count(),
        seconds: edit.seconds,
        explanation: explanation(&edit),
        lists: !is_alone,
        modules: edit.modules,
    }
}

fn nothing_reused(build: &Build, edits: &[Edit<'_>]) -> NothingReused {
    let [only] = edits else { return NothingReused { why: None, explanation: None, says_all: false } };
    let why = match only.nature {
        Nature::Precaution(left_out) => Some(precautions::since(left_out, only)),
        // That GHC gave no reason is none.
        Nature::ManyNew => None,
        _ => Some(title(build, only)),
    };
    // Nothing set off anything else: a list would be one of all modules.
    let says_all =
        matches!(only.nature, Nature::Precaution(_)) && build.modules.iter().all(|module| module.left_out.is_some());
    NothingReused { why, explanation: explanation(only), says_all }
}

/// Names the package in the titles that changes of several packages have alike. Twice, as a module of one package can have
/// set off something in several.
pub(super) fn tell_apart(subjects: &mut [Subject<'_>]) {
    for pass in [of_package, for_package] {
        let mut owners: BTreeMap<String, BTreeSet<&PackageName>> = BTreeMap::new();
        for subject in subjects.iter() {
            for change in &subject.changes {
                owners.entry(change.distinct_title.to_string()).or_default().insert(&subject.build.package);
            }
        }
        owners.retain(|_, packages| packages.len() > 1);
        for subject in subjects.iter_mut() {
            let package = &subject.build.package;
            for change in &mut subject.changes {
                if owners.contains_key(&change.distinct_title.to_string()) {
                    change.distinct_title = pass(&change.distinct_title, package);
                }
            }
        }
    }
}

/// `` `Types` of `app` was edited ``: of a title that begins with a module of its own package.
fn of_package(title: &Sentence, package: &PackageName) -> Sentence {
    match title.pieces() {
        [Piece::Name(root), Piece::Said(words)] if words.starts_with(" was ") || words.starts_with(" is ") => {
            sentence![name(root), " of ", name(package.as_str()), said(words.to_string())]
        }
        _ => title.clone(),
    }
}

/// ``flags changed, for `app` ``.
fn for_package(title: &Sentence, package: &PackageName) -> Sentence {
    sentence![title.clone(), ", for ", name(package.as_str())]
}

/// What changed, in words.
pub(super) fn title(build: &Build, edit: &Edit<'_>) -> Sentence {
    let root = edit.root;
    let told = shortened(root.name);
    let told = match root.component.map(|component| component.0.as_str()) {
        None | Some("" | "lib") => told.to_owned(),
        Some(component) => format!("{told} ({component})"),
    };
    let root = match root.package {
        Some(package) if *package != build.package => sentence![name(&told), " of ", name(package.as_str())],
        _ => name(&told),
    };
    match edit.nature {
        Nature::Precaution(left_out) => precautions::title(left_out, edit),
        Nature::Source => sentence![root, " was edited"],
        Nature::New => sentence![root, " is new, or compiled each time"],
        Nature::ManyNew => "GHC gave no reason".into(),
        Nature::OtherPackage => sentence![root, ", of another package, changed"],
        Nature::Packages if edit.root.component.is_some() => sentence!["another unit: ", root],
        Nature::Packages => sentence!["another package: ", root],
        Nature::Imports => sentence![root, " was added or removed"],
        Nature::Artifacts => root,
        Nature::Unknown => quoted(root.to_string()),
        Nature::Interface | Nature::File | Nature::Paths | Nature::Flags | Nature::Plugins => {
            sentence![root, " changed"]
        }
    }
}

/// Why a module was compiled, in GHC's words where it gave any.
pub fn reason(module: &Module) -> Sentence {
    match (&module.left_out, module.reason_text.as_str()) {
        (Some(left_out), _) => name(left_out.cause.words()),
        (None, "") => "no reason given".into(),
        // GHC's own words are not true then.
        (None, _) if module.reason == ReasonCode::SignatureFilled => "filled, and compiled each time".into(),
        (None, text) => name(shortened(text)),
    }
}

/// What to know of a change that nobody made in a module.
fn explanation(edit: &Edit<'_>) -> Option<Sentence> {
    let text = match edit.nature {
        Nature::Precaution(left_out) => return precautions::explanation(&left_out.cause),
        Nature::Source | Nature::File | Nature::New | Nature::OtherPackage | Nature::Interface | Nature::Unknown => {
            return None;
        }
        Nature::ManyNew => {
            "They are new, or GHC could not use the base's interfaces: those of another version, \
             of other flags or of other versions of dependencies have another unit id."
        }
        Nature::Paths => {
            "Cabal writes this module anew for each build, with the version and the folders of the package: \
             one of them differs from the base's."
        }
        Nature::Imports => {
            "GHC found another set of imported modules than in the base, though the importing one is the same."
        }
        Nature::Flags => {
            "GHC was called with other flags than for the base: options or extensions in the description of the \
             package, or folders of included files."
        }
        Nature::Packages if edit.root.component.is_some() => {
            "The modules use a component of their package that has another unit id than in the base."
        }
        Nature::Packages => "The modules now use another package than in the base.",
        Nature::Plugins => "GHC compiles what uses a plugin anew when the plugin changed, or says that it must.",
        Nature::Artifacts => "Files of the base were missing or did not fit together.",
    };
    Some(text.into())
}

/// What of the module that a reason names changed for a module: `` `insert`, `Tree` and 3 more ``. None where that is not
/// known.
pub(in crate::report) fn declarations(module: &Module) -> Option<Sentence> {
    let ChangedDeclarations { names, more, others, exports } = module.changed_declarations.as_ref()?;
    let mut told: Vec<Sentence> = names.iter().map(quoted).collect();
    if *more > 0 {
        told.push(said(format!("{} more", grouped((*more).into()))));
    }
    if *others {
        told.push(
            if told.is_empty() { "an instance, or what GHC inlines of it" } else { "instances, or what GHC inlines" }
                .into(),
        );
    }
    if *exports {
        told.push("which names it exports".into());
    }
    (!told.is_empty()).then(|| Sentence::joined(told, ", "))
}
