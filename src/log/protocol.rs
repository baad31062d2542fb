//! What hinc's own builder says: lines `@hinc {"event": …}`.
//!
//! `nix/intermediates/protocol.sh` writes them; `docs/nix.md` lists them.

use serde::Deserialize;
use serde_json::Value;

use crate::foreign;
use crate::model::event::What;
use crate::model::haskell::{ComponentName, ModuleName};
use crate::model::precaution::LeftOut;
use crate::model::record::ChangedDeclarations;

/// What every such line begins with.
const PREFIX: &str = "@hinc ";

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Said {
    LeftOut {
        component: ComponentName,
        module: ModuleName,
        #[serde(flatten)]
        why: LeftOut,
    },
    Restored {
        modules: u32,
        #[serde(default)]
        files: u32,
        full_seconds: f64,
        #[serde(default)]
        full_modules: u32,
    },
    Finished {
        interface: String,
        time: f64,
    },
    Machine {
        #[serde(default)]
        cores: u32,
        #[serde(default)]
        jobs: u32,
        #[serde(default)]
        memory_kib: u64,
        #[serde(default)]
        processor: String,
    },
    Imports {
        module: String,
        of: Vec<String>,
    },
    DeclarationsChanged {
        module: String,
        by: ModuleName,
        #[serde(flatten)]
        changed: ChangedDeclarations,
    },
    Built {
        modules: u32,
        compiled: u32,
        seconds: f64,
        start: f64,
    },
    Failed {
        phase: String,
        status: i32,
    },
}

/// Reads a line of the protocol; none where it is not one, or one of a newer builder.
pub(super) fn said(line: &str) -> Option<What> {
    let json = line.strip_prefix(PREFIX)?;
    // Only what is written with a backslash can hold something else than the line itself.
    let said = if json.contains('\\') {
        serde_json::from_value(harmless(serde_json::from_str(json).ok()?)).ok()?
    } else {
        serde_json::from_str(json).ok()?
    };
    Some(match said {
        Said::LeftOut { component, module, why } => What::LeftOut { component, module, why },
        Said::Restored { modules, files, full_seconds, full_modules } => {
            What::Restored { modules, files, full_seconds, full_modules }
        }
        Said::Finished { interface, time } => What::Finished { interface, time },
        Said::Machine { cores, jobs, memory_kib, processor } => What::Machine { cores, jobs, memory_kib, processor },
        Said::Imports { module, of } => What::Imports { module, of },
        Said::DeclarationsChanged { module, by, changed } => What::DeclarationsChanged { module, by, changed },
        Said::Built { modules, compiled, seconds, start } => What::Built { modules, compiled, start, seconds },
        Said::Failed { phase, status } => What::StepFailed { phase, status },
    })
}

/// Makes each text in a value one line that nothing obeys.
fn harmless(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(foreign::line(&text).into_owned()),
        Value::Array(values) => Value::Array(values.into_iter().map(harmless).collect()),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, harmless(value))).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::input::{Access, Change, ChangedFiles, ObservedInput, Reader, UnfollowedProgram};
    use crate::model::precaution::Cause;

    #[test]
    fn events_are_read_and_new_fields_tolerated() {
        let line =
            r#"@hinc {"event":"restored","modules":9,"files":36,"full_seconds":4.25,"full_modules":10,"new":[1]}"#;
        assert_eq!(said(line), Some(What::Restored { modules: 9, files: 36, full_seconds: 4.25, full_modules: 10 }));
        let line = r#"@hinc {"event":"machine","cores":4,"jobs":2,"processor":"a\u001bb"}"#;
        let processor = "a".to_owned();
        assert_eq!(said(line), Some(What::Machine { cores: 4, jobs: 2, memory_kib: 0, processor }));
        let line = r#"@hinc {"event":"imports","module":"A/B","of":["A/C"]}"#;
        assert_eq!(said(line), Some(What::Imports { module: "A/B".to_owned(), of: vec!["A/C".to_owned()] }));
        let line =
            r#"@hinc {"event":"declarations-changed","module":"A/B","by":"A.C","names":["f","\\/"],"exports":true}"#;
        let names = vec!["f".to_owned(), "\\/".to_owned()];
        let changed = ChangedDeclarations { names, more: 0, others: false, exports: true };
        let by = ModuleName("A.C".to_owned());
        assert_eq!(said(line), Some(What::DeclarationsChanged { module: "A/B".to_owned(), by, changed }));
        let line = r#"@hinc {"event":"failed","phase":"build","status":1}"#;
        assert_eq!(said(line), Some(What::StepFailed { phase: "build".to_owned(), status: 1 }));
        let line = r#"@hinc {"event":"failed","phase":"a\u001b[2Jb\nhint: c","status":1}"#;
        assert_eq!(said(line), Some(What::StepFailed { phase: "ab hint: c".to_owned(), status: 1 }));
        assert_eq!(said(r#"@hinc {"event":"dance"}"#), None);
        assert_eq!(said("@hinc"), None);
        assert_eq!(said("@hinc {"), None);
    }

    #[test]
    fn what_was_left_out_is_read_with_all_that_is_said_of_it() {
        let input = |access, change, reader, program: Option<&str>, more| {
            let (path, program) = ("data/t.txt".to_owned(), program.map(str::to_owned));
            Cause::Input(ObservedInput { path, access, change, reader, program, more })
        };
        let files = |more| ChangedFiles { path: "README.md".to_owned(), more };
        let unknown = |cause: &str| Cause::Unknown { cause: cause.to_owned() };
        let unfollowed = UnfollowedProgram { program: "gen".to_owned(), reader: Reader::Setup, files: files(0) };
        for (fields, cause, about) in [
            (
                r#""input","input":"data/t.txt","access":"read","change":"changed","reader":"code""#,
                input(Access::Read, Change::Changed, Reader::Code, None, 0),
                None,
            ),
            (
                r#""input","input":"data/t.txt","access":"asked","change":"added","reader":"preprocessor","program":"pre","more":3"#,
                input(Access::Asked, Change::Added, Reader::Preprocessor, Some("pre"), 3),
                None,
            ),
            (
                r#""input","input":"data/t.txt","access":"ran","change":"generated","reader":"full-moon""#,
                input(Access::Ran, Change::Generated, Reader::Unknown("full-moon".to_owned()), None, 0),
                None,
            ),
            (
                r#""unfollowed","program":"gen","reader":"setup","input":"README.md""#,
                Cause::Unfollowed(unfollowed),
                None,
            ),
            (r#""unobserved","about":"why","input":"README.md","more":2"#, Cause::Unobserved(files(2)), Some("why")),
            (r#""ghc-bug","about":"A.Family","ticket":26705"#, Cause::GhcBug { ticket: 26705 }, Some("A.Family")),
            (r#""environment","about":"PATH""#, Cause::Environment, Some("PATH")),
            (r#""unit","about":"x was added","new":[1]"#, Cause::Unit, Some("x was added")),
            // Of an older and of a newer builder.
            (r#""splice","about":"data/x""#, unknown("splice"), Some("data/x")),
            (r#""full-moon","more":"many""#, unknown("full-moon"), None),
        ] {
            let line = format!(r#"@hinc {{"event":"left-out","component":"lib","module":"A.B","cause":{fields}}}"#);
            let left_out = What::LeftOut {
                component: ComponentName("lib".to_owned()),
                module: ModuleName("A.B".to_owned()),
                why: LeftOut { cause, about: about.map(str::to_owned) },
            };
            assert_eq!(said(&line), Some(left_out), "{line}");
        }
    }
}
