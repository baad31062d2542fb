//! The catalogue can tell a sound restore from one that is not.
//!
//! nixpkgs keeps the whole build folder and puts it back with all times at the epoch. The same
//! builder with that restore in place of hinc's has to fail in the cases that are known to go
//! wrong with it. Each of them passes with hinc's, as its own test says.

use std::path::Path;

use tempfile::TempDir;
use walkdir::WalkDir;

use super::case::Case;
use super::{c, nix, preprocessors, splices, warnings};

/// A copy of the Nix functions with nixpkgs' way to save and restore, and what is restored at a
/// time in seconds since 1970.
pub(crate) fn nixpkgs_recipe(time: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let from = nix::functions();
    for entry in WalkDir::new(&from) {
        let entry = entry.expect("an entry");
        let to = folder.path().join(entry.path().strip_prefix(&from).expect("below it"));
        if entry.file_type().is_dir() {
            fs_err::create_dir_all(to).expect("a folder");
        } else {
            fs_err::copy(entry.path(), to).expect("a copy");
        }
    }
    let recipe = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/soundness/nixpkgs-recipe");
    for script in ["restore.sh", "save.sh"] {
        let ours = folder.path().join("intermediates").join(script);
        let theirs = fs_err::read_to_string(recipe.join(script)).expect("a script");
        let text = fs_err::read_to_string(&ours).expect("a script");
        fs_err::write(ours, text + "\n" + &theirs.replace("TIME", time)).expect("a script");
    }
    folder
}

#[track_caller]
fn differs_with_nixpkgs_recipe(case: Case) {
    let functions = nixpkgs_recipe("0");
    case.with_functions(functions.path()).differs();
}

#[track_caller]
fn agrees_with_nixpkgs_recipe(case: Case) {
    let functions = nixpkgs_recipe("0");
    case.with_functions(functions.path()).prints_otherwise();
}

/// Cabal up to 3.10 finds what was generated before it finds the new source.
#[test]
fn nixpkgs_recipe_keeps_what_an_hsc_file_gave() {
    if nix::ghc_is_at_least(9, 10) {
        agrees_with_nixpkgs_recipe(preprocessors::hsc_replaced());
    } else {
        differs_with_nixpkgs_recipe(preprocessors::hsc_replaced());
    }
}

#[test]
fn nixpkgs_recipe_builds_without_a_deleted_hsc_file() {
    differs_with_nixpkgs_recipe(preprocessors::hsc_deleted());
}

#[test]
fn nixpkgs_recipe_keeps_what_a_splice_read() {
    differs_with_nixpkgs_recipe(splices::untracked_file_changed());
}

#[test]
fn nixpkgs_recipe_overlooks_warnings_that_are_errors() {
    differs_with_nixpkgs_recipe(warnings::werror_added());
}

#[test]
fn nixpkgs_recipe_loses_warnings() {
    differs_with_nixpkgs_recipe(warnings::warning_of_a_skipped_module());
}

/// It is right here, so that the failures above are not for some other reason.
#[test]
fn nixpkgs_recipe_sees_a_changed_c_file() {
    agrees_with_nixpkgs_recipe(c::c_file_changed());
}

#[test]
fn nixpkgs_recipe_sees_a_changed_header() {
    agrees_with_nixpkgs_recipe(preprocessors::hsc_header_changed());
}

/// The times carry that recipe: at the time that the store gives to files it sees neither C files
/// nor headers change.
#[test]
fn a_recipe_that_leaves_the_times_of_the_store_overlooks_c_files_and_headers() {
    let functions = nixpkgs_recipe("1");
    for case in
        [c::c_file_changed(), c::header_changed(), preprocessors::hsc_changed(), preprocessors::hsc_header_changed()]
    {
        case.with_functions(functions.path()).differs();
    }
}
