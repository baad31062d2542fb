//! Words for what hinc's builder kept from GHC, so that it was compiled again.

use crate::model::haskell::ComponentName;
use crate::model::precaution::{Cause, LeftOut};

/// What set it off: `compiled as a precaution, since data/msg.txt changed`.
pub(super) fn title(left_out: &LeftOut, component: Option<&ComponentName>) -> String {
    let since = since(left_out, component);
    match left_out.cause {
        // No precaution: GHC would do so by itself, or nothing is known of it.
        Cause::Unit | Cause::Unknown(_) => since,
        _ => format!("compiled as a precaution, since {since}"),
    }
}

/// What is so: `data/msg.txt changed`.
pub(super) fn since(left_out: &LeftOut, component: Option<&ComponentName>) -> String {
    let about = left_out.about.as_deref();
    let in_brackets = about.map(|about| format!(" ({about})")).unwrap_or_default();
    let of = match component.map(|component| component.0.as_str()) {
        None | Some("") => "the package",
        Some(name) => name,
    };
    match &left_out.cause {
        Cause::Unit => format!("the dependencies of {of} changed{in_brackets}"),
        Cause::Options => format!("the options of {of} changed{in_brackets}"),
        Cause::Preprocessor => "a program preprocesses the source".to_owned(),
        Cause::Capi => "capi imports read C headers".to_owned(),
        Cause::MovedSource => "sources moved".to_owned(),
        Cause::Setup => "the build type, the Setup program or a .buildinfo file changed".to_owned(),
        Cause::Splice => format!("{} changed", about.unwrap_or("files that are not Haskell")),
        Cause::AddedFile => format!("the package gained {}", about.unwrap_or("a file")),
        Cause::Warned => "warnings are errors now".to_owned(),
        Cause::Deprecation => format!("a DEPRECATED or WARNING pragma changed{in_brackets}"),
        Cause::Unknown(code) => match about {
            Some(about) => format!("the builder says `{code}: {about}`"),
            None => format!("the builder says `{code}`"),
        },
    }
}

/// What is so where several components have one cause.
pub(super) fn since_in_all(cause: &Cause) -> Option<&'static str> {
    match cause {
        Cause::Unit => Some("the dependencies of all components changed"),
        Cause::Options => Some("the options of all components changed"),
        _ => None,
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
        Cause::Deprecation => "What uses it gets other warnings now, and GHC would have skipped it.",
        Cause::Unit => "Cabal makes the unit id of the dependencies, and GHC reads no interface of another one.",
        Cause::Unknown(_) => return None,
    })
}
