//! What derivations are called where a report of any form has one line for each.

use crate::model::plan::Kind;
use crate::model::record::Build;

/// Says what a derivation is for, in words that are the same whether it was built in full or not where head is meant:
/// viewers compare by name.
pub(super) fn purpose(build: &Build) -> &'static str {
    match build.kind {
        Kind::Partial => "what compiles of the base",
        _ if build.is_helper() => "full build of the base",
        _ => "build",
    }
}

/// `app 1.2, incremental build`.
pub(super) fn of_build(build: &Build) -> String {
    let what = match build.kind {
        Kind::Full | Kind::Partial if build.is_helper() => purpose(build),
        Kind::Full => "full build",
        Kind::Partial => purpose(build),
        Kind::Incremental => "incremental build",
        Kind::Plain | Kind::Kept | Kind::Clean | Kind::Description => "plain build",
    };
    let package = format!("{} {}", build.package, build.version);
    format!("{}, {what}", package.trim_end())
}
