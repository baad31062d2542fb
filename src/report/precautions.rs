//! Words for what hinc's builder kept from GHC, so that it was compiled again.

use std::collections::BTreeSet;

use super::cascade::Edit;
use crate::model::precaution::{Cause, LeftOut};

/// What set it off: `compiled as a precaution, since data/msg.txt changed`.
pub(super) fn title(left_out: &LeftOut, edit: &Edit<'_>) -> String {
    let since = since(left_out, edit);
    match left_out.cause {
        // No precaution: GHC would do so by itself, or nothing is known of it.
        Cause::Unit | Cause::Unknown(_) => since,
        _ => format!("compiled as a precaution, since {since}"),
    }
}

/// What is so: `data/msg.txt changed`.
pub(super) fn since(left_out: &LeftOut, edit: &Edit<'_>) -> String {
    let about = left_out.about.as_deref();
    let in_brackets = about.map(|about| format!(" ({about})")).unwrap_or_default();
    match &left_out.cause {
        Cause::Unit => format!("the dependencies of {} changed{in_brackets}", components(edit)),
        Cause::Options => format!("the options of {} changed{in_brackets}", components(edit)),
        Cause::Preprocessor => "a program preprocesses the source".to_owned(),
        Cause::Capi => "capi imports read C headers".to_owned(),
        Cause::MovedSource => "sources moved".to_owned(),
        Cause::Setup => "the build type, the Setup program or a .buildinfo file changed".to_owned(),
        Cause::Splice => format!("{} changed", about.unwrap_or("files that are not Haskell")),
        Cause::AddedFile => format!("the package gained {}", about.unwrap_or("a file")),
        Cause::Warned => "warnings are errors now".to_owned(),
        Cause::Deprecation => format!("pragmas that give warnings to others changed{in_brackets}"),
        Cause::Unknown(code) => match about {
            Some(about) => format!("the builder says `{code}: {about}`"),
            None => format!("the builder says `{code}`"),
        },
    }
}

/// The components that it is about: `lib`, `lib and exe:tree`.
fn components(edit: &Edit<'_>) -> String {
    let left_out = edit.modules.iter().filter(|module| module.left_out.is_some());
    let names: BTreeSet<&str> = left_out.map(|module| module.component.0.as_str()).collect();
    match Vec::from_iter(names).as_slice() {
        [one] if !one.is_empty() => (*one).to_owned(),
        [one, two] => format!("{one} and {two}"),
        _ => "the package".to_owned(),
    }
}

/// What to know of it.
pub(super) const fn explanation(cause: &Cause) -> Option<&'static str> {
    Some(match cause {
        Cause::MovedSource => "Call stacks show the path of a source, and GHC does not compare it.",
        Cause::Options => "GHC compares only some of its options.",
        Cause::Setup => "Each of these can give options that GHC does not compare.",
        Cause::Preprocessor => "Such a program may read any file, so that each build compiles what needs it.",
        Cause::Splice => "Template Haskell may read any file without telling GHC. --trust-th turns this off.",
        Cause::Capi => "GHC does not know of these headers, so that each build compiles what needs them.",
        Cause::AddedFile => "What includes or embeds a file of this name may now find the new one.",
        Cause::Warned => "GHC would have skipped modules that gave warnings, and with them the errors.",
        Cause::Deprecation => "GHC compares no DEPRECATED, WARNING or COMPLETE pragma of what a module uses.",
        Cause::Unit => "Cabal makes the unit id of the dependencies, and GHC reads no interface of another one.",
        Cause::Unknown(_) => return None,
    })
}
