//! The lines of GHC: progress, reasons, warnings, errors.
//!
//! Source of the facts: `batchMsgWith` and `showModMsg` of `GHC/Driver/Main.hs` and
//! `GHC/Unit/Module/Graph.hs`, `RecompReason` of `GHC/Iface/Recomp.hs`, `mkLocMessage` of
//! `GHC/Types/Error.hs`; GHC 9.4 to 9.14.

use crate::model::haskell::{ModuleName, NodeKind, Progress};
use crate::model::reason::Reason;

/// Reads `[ 7 of 10] Compiling M ( … ) [reason]` and its like.
pub(super) fn progress(line: &str) -> Option<Progress> {
    let (counter, rest) = line.strip_prefix('[')?.split_once("] ")?;
    let (index, total) = counter.split_once(" of ")?;
    let (index, total) = (index.trim_start_matches(' ').parse().ok()?, total.parse().ok()?);
    let (verb, rest) = rest.split_once(' ')?;
    let node = match verb {
        "Compiling" => compiled(rest, NodeKind::Module)?,
        "Instantiating" => compiled(rest, NodeKind::Instantiation)?,
        "Linking" => {
            let (path, reason) = bracketed_end(rest.trim());
            Node { kind: NodeKind::Link, name: path, source: None, objects: Vec::new(), reason }
        }
        _ => return None,
    };
    let reason = reason_of(&node);
    Some(Progress {
        index,
        total,
        kind: node.kind,
        module: ModuleName(node.name.to_owned()),
        source: node.source.map(str::to_owned),
        objects: node.objects.into_iter().map(str::to_owned).collect(),
        reason,
        reason_text: node.reason.to_owned(),
    })
}

struct Node<'a> {
    kind: NodeKind,
    name: &'a str,
    source: Option<&'a str>,
    objects: Vec<&'a str>,
    reason: &'a str,
}

/// `M[boot]   ( source, object, … )[unit] [reason]`, of which all but the name may be absent.
fn compiled(text: &str, kind: NodeKind) -> Option<Node<'_>> {
    let text = text.trim();
    let end = text.find(' ').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let rest = rest.trim_start();
    let (name, kind) = if let Some(name) = word.strip_suffix("[boot]") {
        (name, NodeKind::Boot)
    } else if let Some(name) = word.strip_suffix("[sig]") {
        (name, NodeKind::Signature)
    } else {
        (word, kind)
    };
    if name.is_empty() {
        return None;
    }
    let Some(inside) = rest.strip_prefix("( ") else {
        // With -fhide-source-paths the reason follows at once.
        let (before, reason) = bracketed_end(rest);
        return before.is_empty().then_some(Node { kind, name, source: None, objects: Vec::new(), reason });
    };
    // A path may hold a parenthesis: the one that closes has nothing but brackets after it.
    let (files, after) =
        inside.match_indices(" )").map(|(at, _)| (&inside[..at], &inside[at + 2..])).find(|(_, after)| {
            let after = after.trim_start();
            after.is_empty() || after.starts_with('[') && after.ends_with(']')
        })?;
    let mut files = files.split(',').map(str::trim);
    let source = files.next();
    // A unit id is glued to the parenthesis, where GHC compiles several units at once.
    let after = if after.starts_with('[') { after.split_once(']')?.1 } else { after };
    Some(Node { kind, name, source, objects: files.collect(), reason: bracketed_end(after.trim()).1 })
}

/// Splits `text [inside]` into `text` and `inside`, which is empty where nothing stands in brackets.
fn bracketed_end(text: &str) -> (&str, &str) {
    let inside = text.strip_suffix(']').and_then(|rest| {
        // The inside may have brackets of its own (`M[TH] changed`), but none begins after a blank.
        if let Some(inside) = rest.strip_prefix('[') {
            Some((0, inside))
        } else {
            rest.split_once(" [").map(|(before, inside)| (before.len(), inside))
        }
    });
    match inside {
        Some((end, inside)) => (text[..end].trim_end(), inside),
        None => (text, ""),
    }
}

/// What stands in brackets, of what it is said.
fn reason_of(node: &Node<'_>) -> Reason {
    let is_filled = node.kind == NodeKind::Signature && node.objects.iter().any(|&object| object != "nothing");
    match reason(node.reason) {
        Reason::PackageChanged(_) if is_filled => Reason::SignatureFilled,
        reason => reason,
    }
}

/// Reads what stands in brackets. Letters may be of either case: older versions wrote some
/// reasons in lower case.
pub(super) fn reason(text: &str) -> Reason {
    let lower = text.to_ascii_lowercase();
    if lower.starts_with("js backend always recompiles") {
        return Reason::JavaScriptSplice;
    }
    Reason::of_words(&lower).unwrap_or_else(|| reason_with_name(text, &lower))
}

/// Reads a reason that names something. `lower` is `text` in lower-case ASCII, as long as `text`.
fn reason_with_name(text: &str, lower: &str) -> Reason {
    let before =
        |suffix: &str| lower.strip_suffix(suffix).map(|rest| &text[..rest.len()]).filter(|name| !name.is_empty());
    let module = |name: &str| ModuleName(name.to_owned());
    if let Some(artifact) = lower.strip_prefix("missing ")
        && matches!(artifact, "bytecode" | "object file" | "dynamic object file" | "dynamic interface file")
    {
        return Reason::MissingArtifact(artifact.to_owned());
    }
    if let Some(name) = before(" package changed") {
        return Reason::PackageChanged(name.to_owned());
    }
    for suffix in [" changed (raw)", " changed (interface)"] {
        if let Some(name) = before(suffix) {
            return Reason::ModuleChanged(module(name));
        }
    }
    if let Some(name) = before("[th] changed") {
        return Reason::SpliceModuleChanged(module(name));
    }
    if let Some(name) = before(" changed") {
        return if is_module_name(name) {
            Reason::ModuleChanged(module(name))
        } else {
            Reason::FileChanged(name.to_owned())
        };
    }
    if let Some(name) = before(" added")
        && is_module_name(name)
    {
        return Reason::ImportAdded(module(name));
    }
    if let Some(name) = before(" removed") {
        return if is_module_name(name) {
            Reason::ImportRemoved(module(name))
        } else {
            Reason::PackageRemoved(name.to_owned())
        };
    }
    Reason::Unknown(text.to_owned())
}

/// Whether a text has the form of a module name. A file such as `LICENSE` has it as well; GHC
/// prints both alike.
fn is_module_name(text: &str) -> bool {
    text.split('.').all(|part| {
        part.chars().next().is_some_and(char::is_uppercase)
            && part.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '\'')
    })
}

/// Returns the file of a warning's first line, `FILE:LINE:COLUMN: warning: [CODE] [FLAG]`; empty
/// where GHC has none. A C compiler's warnings have their text on the same line and are not GHC's.
pub(super) fn warning(line: &str) -> Option<&str> {
    if line.starts_with('{') {
        return in_json(line, "Warning").then(|| text_in_json(line, "\"span\":{\"file\":\""));
    }
    let (place, rest) = split_at_word(line, ": warning:")?;
    let rest = rest.trim();
    (rest.is_empty() || rest.starts_with('[')).then(|| file_of(place))
}

/// Whether a line is the first of an error, GHC's or a C compiler's: `FILE:LINE:COLUMN: error: …`.
pub fn is_error(line: &str) -> bool {
    in_json(line, "Error") || split_at_word(line, ": error:").is_some()
}

/// Returns the file of an error's first line, as the compiler prints it; empty where it has none.
pub fn error_file(line: &str) -> &str {
    if in_json(line, "Error") {
        return text_in_json(line, "\"span\":{\"file\":\"");
    }
    split_at_word(line, ": error:").map_or("", |(place, _)| file_of(place))
}

/// Where an error is, as the compiler says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorPlace<'a> {
    /// The file, relative to the folder in which the compiler ran, as a rule that of the package.
    pub file: &'a str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// Returns where an error's first line says that it is: `A.hs:3:7`, `A.hs:3:7-9`, `A.hs:(3,7)-(4,1)`, or the `span` of a
/// message as JSON. None where it has no place in a file.
pub fn error_place(line: &str) -> Option<ErrorPlace<'_>> {
    let file = Some(error_file(line)).filter(|file| !file.is_empty())?;
    let after = if in_json(line, "Error") {
        line.split_once("\"start\":")?.1
    } else {
        split_at_word(line, ": error:")?.0.strip_prefix(file)?
    };
    let mut numbers = after.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
    let mut number = || numbers.next()?.parse().ok();
    Some(ErrorPlace { file, line: number()?, column: number()? })
}

/// Whether a line is a message of `-fdiagnostics-as-json` of a severity. A quote within a text has a
/// backslash before it, so no text has this in it.
fn in_json(line: &str, severity: &str) -> bool {
    line.starts_with("{\"") && line.contains(&format!("\"severity\":\"{severity}\""))
}

/// The text after a key, as it is written.
fn text_in_json<'a>(line: &'a str, key: &str) -> &'a str {
    let text = line.split_once(key).map_or("", |(_, text)| text);
    text.split('"').next().unwrap_or("")
}

fn split_at_word<'a>(line: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    if line.starts_with([' ', '\t']) {
        return None;
    }
    // Most lines have few colons, so this is quicker than a searcher that must be set up first.
    let at = memchr::memchr_iter(b':', line.as_bytes()).find(|&at| line[at..].starts_with(word))?;
    Some((&line[..at], &line[at + word.len()..]))
}

/// `src/A.hs:3:1` and `src/A.hs:(3,1)-(4,5)` are in `src/A.hs`; `<no location info>` is nowhere.
fn file_of(place: &str) -> &str {
    if place.starts_with('<') {
        return "";
    }
    let position = |c: char| c.is_ascii_digit() || matches!(c, ':' | '-' | ',' | '(' | ')');
    place.trim_end_matches(position)
}

/// Whether a line continues an error or a warning: GHC indents the text and writes the quoted
/// source as `12 | code`.
pub fn continues(line: &str) -> bool {
    line.is_empty()
        || line.starts_with([' ', '\t'])
        || line.split_once(" |").is_some_and(|(number, _)| number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::reason::ReasonCode;
    use proptest::prelude::*;

    fn read(line: &str) -> Progress {
        progress(line).unwrap_or_else(|| panic!("not read: {line}"))
    }

    #[test]
    fn a_line_with_everything() {
        let progress = read(
            "[ 7 of 10] Compiling Data.A'b         ( src/Data/A'b.hs, dist/build/Data/A'b.o, dist/build/Data/A'b.dyn_o )[foo-0.1-inplace] [Data.C changed]",
        );
        assert_eq!((progress.index, progress.total, progress.kind), (7, 10, NodeKind::Module));
        assert_eq!(progress.module.0, "Data.A'b");
        assert_eq!(progress.source.as_deref(), Some("src/Data/A'b.hs"));
        assert_eq!(progress.objects, ["dist/build/Data/A'b.o", "dist/build/Data/A'b.dyn_o"]);
        assert_eq!(progress.reason, Reason::ModuleChanged(ModuleName("Data.C".to_owned())));
        assert_eq!(progress.reason_text, "Data.C changed");
    }

    #[test]
    fn forms_of_a_line() {
        let hidden = read("[1 of 2] Compiling A [Source file changed]");
        assert_eq!((hidden.module.0.as_str(), hidden.source, hidden.reason), ("A", None, Reason::SourceFileChanged));
        assert_eq!(read("[1 of 2] Compiling A").reason, Reason::MustCompile);
        let boot = read("[1 of 3] Compiling A[boot]          ( src/A.hs-boot, dist/build/A.o-boot )");
        assert_eq!((boot.kind, boot.module.0.as_str()), (NodeKind::Boot, "A"));
        assert_eq!(read("[1 of 3] Compiling H[sig] ( H.hsig, nothing )").kind, NodeKind::Signature);
        let filled = read("[1 of 2] Compiling H[sig] ( H.hsig, dist/build/a+1/H.o ) [Prelude package changed]");
        assert_eq!(filled.reason, Reason::SignatureFilled);
        let open = read("[1 of 2] Compiling H[sig] ( H.hsig, nothing ) [Prelude package changed]");
        assert_eq!(open.reason, Reason::PackageChanged("Prelude".to_owned()));
        let instantiation = read("[2 of 3] Instantiating indef-0.1 [Flags changed]");
        assert_eq!((instantiation.kind, instantiation.module.0.as_str()), (NodeKind::Instantiation, "indef-0.1"));
        let link = read("[2 of 2] Linking dist/build/my prog/my prog [Objects changed]");
        assert_eq!((link.kind, link.module.0.as_str()), (NodeKind::Link, "dist/build/my prog/my prog"));
        assert_eq!(link.reason, Reason::ObjectsChanged);
        assert_eq!(read("[2 of 2] Linking a").reason, Reason::MustCompile);
        let odd = read("[1 of 1] Compiling A ( my (src )/A.hs, A.o ) [A[TH] changed]");
        assert_eq!(odd.source.as_deref(), Some("my (src )/A.hs"));
        assert_eq!(odd.reason, Reason::SpliceModuleChanged(ModuleName("A".to_owned())));
    }

    #[test]
    fn what_is_no_progress() {
        for line in [
            "",
            "[",
            "[1 of 2]",
            "[1 of 2] Skipping A",
            "[a of b] Compiling A",
            "[1 of 2] Compiling ",
            "[1 of 2] Compiling A ( x",
            "[1 of 2] Compiling A is fun",
        ] {
            assert_eq!(progress(line), None, "{line}");
        }
    }

    #[test]
    fn every_reason_is_known() {
        let module = |name: &str| ModuleName(name.to_owned());
        // A signature that is filled has the words of another reason.
        let mut met = vec![Reason::SignatureFilled.code()];
        for (text, expected) in [
            ("", Reason::MustCompile),
            ("Source file changed", Reason::SourceFileChanged),
            ("Flags changed", Reason::FlagsChanged),
            ("flags changed", Reason::FlagsChanged),
            ("Optimisation flags changed", Reason::OptimisationFlagsChanged),
            ("HPC flags changed", Reason::HpcFlagsChanged),
            ("A.B changed", Reason::ModuleChanged(module("A.B"))),
            ("A.B changed (raw)", Reason::ModuleChanged(module("A.B"))),
            ("A.B changed (interface)", Reason::ModuleChanged(module("A.B"))),
            ("A.B[TH] changed", Reason::SpliceModuleChanged(module("A.B"))),
            ("data/msg.txt changed", Reason::FileChanged("data/msg.txt".to_owned())),
            ("/nix/store/x/libHSb.so changed", Reason::FileChanged("/nix/store/x/libHSb.so".to_owned())),
            ("A.B added", Reason::ImportAdded(module("A.B"))),
            ("A.B removed", Reason::ImportRemoved(module("A.B"))),
            ("H package changed", Reason::PackageChanged("H".to_owned())),
            ("bar-0.1-2xY removed", Reason::PackageRemoved("bar-0.1-2xY".to_owned())),
            ("-this-unit-id changed", Reason::UnitIdChanged),
            ("Signatures to merge in changed", Reason::SignaturesChanged),
            ("Implementing module changed", Reason::ImplementationChanged),
            ("Impure plugin forced recompilation", Reason::ImpurePlugin),
            ("Plugins changed", Reason::PluginsChanged),
            ("Plugin fingerprint changed", Reason::PluginFingerprintChanged),
            ("HIE file is missing", Reason::HieMissing),
            ("HIE file is out of date", Reason::HieOutdated),
            ("Missing bytecode", Reason::MissingArtifact("bytecode".to_owned())),
            ("Missing object file", Reason::MissingArtifact("object file".to_owned())),
            ("Missing dynamic object file", Reason::MissingArtifact("dynamic object file".to_owned())),
            ("Missing dynamic interface file", Reason::MissingArtifact("dynamic interface file".to_owned())),
            ("Mismatched dynamic interface file", Reason::MismatchedDynamicInterface),
            ("Objects changed", Reason::ObjectsChanged),
            ("Library changed", Reason::LibraryChanged),
            ("Old interface lacks recompilation info", Reason::OldInterfaceIncomplete),
            ("JS backend always recompiles modules using Template Haskell for now (#23013)", Reason::JavaScriptSplice),
            ("The moon is full", Reason::Unknown("The moon is full".to_owned())),
            (" changed", Reason::Unknown(" changed".to_owned())),
        ] {
            assert_eq!(reason(text), expected, "{text}");
            met.push(expected.code());
        }
        let missing: Vec<_> = ReasonCode::KNOWN.iter().filter(|code| !met.contains(code)).collect();
        assert!(missing.is_empty(), "without words of GHC: {missing:?}");
    }

    #[test]
    fn warnings_and_errors() {
        assert_eq!(warning("src/A.hs:3:1: warning: [GHC-40910] [-Wunused-top-binds]"), Some("src/A.hs"));
        assert_eq!(warning("src/A.hs:(3,1)-(4,5): warning: [-Wincomplete-patterns]"), Some("src/A.hs"));
        assert_eq!(warning("src/A.hs:3:1: warning:"), Some("src/A.hs"));
        assert_eq!(warning("<no location info>: warning: [GHC-32850] [-Wmissing-home-modules]"), Some(""));
        assert_eq!(warning("cbits/a.c:3:1: warning: unused variable 'x' [-Wunused-variable]"), None);
        assert_eq!(warning("    src/A.hs:3:1: warning: [-Wx]"), None);
        assert!(is_error("src/A.hs:3:7: error: [GHC-88464]"));
        let json = r#"{"version":"1.0","ghcVersion":"ghc-9.10.3","span":{"file":"src/A.hs","start":{"line":1,"column":1},"end":{"line":1,"column":2}},"severity":"Warning","code":38417,"message":["is \"severity\":\"Error\""],"hints":[]}"#;
        assert_eq!((warning(json), is_error(json)), (Some("src/A.hs"), false));
        let elsewhere = json
            .replace("Warning", "Error")
            .replace(r#"{"file":"src/A.hs","start":{"line":1,"column":1},"end":{"line":1,"column":2}}"#, "null");
        assert_eq!((warning(&elsewhere), is_error(&elsewhere)), (None, true));
        assert_eq!(warning(&elsewhere.replace("Error", "Warning")), Some(""));
        assert!(is_error("cbits/a.c:3:1: error: expected ';'"));
        assert_eq!(error_file("cbits/a.c:3:1: error: expected ';'"), "cbits/a.c");
        assert_eq!(error_file("src/A.hs:(3,7)-(4,1): error: [GHC-88464]"), "src/A.hs");
        assert_eq!([error_file(&elsewhere), error_file("<no location info>: error:"), error_file("x")], [""; 3]);
        assert_eq!(error_file(&json.replace("Warning", "Error")), "src/A.hs");
        assert!(!is_error("  as in: error: this"));
        let place = |line| error_place(line).map(|place| (place.file.to_owned(), place.line, place.column));
        let at = |file: &str, line, column| Some((file.to_owned(), line, column));
        for (line, expected) in [
            ("src/A.hs:3:7: error: [GHC-88464]", at("src/A.hs", 3, 7)),
            ("src/A.hs:3:7-9: error: [GHC-88464]", at("src/A.hs", 3, 7)),
            ("src/A.hs:(3,7)-(4,1): error: [GHC-88464]", at("src/A.hs", 3, 7)),
            ("cbits/a.c:3:1: error: expected ';'", at("cbits/a.c", 3, 1)),
            ("<no location info>: error:", None),
            ("A.hs: error: it is empty", None),
            ("A.hs:3:99999999999: error:", None),
            ("no error at all", None),
        ] {
            assert_eq!(place(line), expected, "{line}");
        }
        let error = json.replace("Warning", "Error");
        assert_eq!(place(&error), at("src/A.hs", 1, 1));
        assert_eq!(place(&elsewhere), None);
        assert!(continues("12 |   code") && continues("   |  ^^") && continues("") && !continues("Building library"));
    }

    proptest! {
        #[test]
        fn no_line_panics(line in "(\\[[ 0-9a-z]{0,6}\\] )?(Compiling|Linking|Instantiating)?[ -~ä\\]\\[()]{0,30}") {
            drop(progress(&line));
            drop(reason(&line));
            prop_assert!(warning(&line).is_none_or(|file| line.starts_with(file)));
            prop_assert!(!(is_error(&line) && line.starts_with(' ')));
        }

        #[test]
        fn a_reason_survives_its_line(name in "[A-Z][a-z.]{0,9}[a-z]", text in "[ -Z^-~]{1,30}") {
            let text = text.trim().to_owned();
            prop_assume!(!text.is_empty());
            let line = format!("[1 of 2] Compiling {name}   ( {name}.hs, {name}.o ) [{text}]");
            prop_assert_eq!(read(&line).reason_text, text);
        }
    }
}
