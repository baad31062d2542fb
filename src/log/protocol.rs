//! What hinc's own builder says: lines `@hinc {"event": …}`.
//!
//! `nix/intermediates/protocol.sh` writes them; `docs/nix.md` lists them.

use serde::Deserialize;

use crate::model::event::What;
use crate::model::haskell::{ComponentName, ModuleName};
use crate::model::precaution::{Cause, LeftOut};

/// What every such line begins with.
const PREFIX: &str = "@hinc ";

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Said {
    LeftOut {
        component: ComponentName,
        module: ModuleName,
        cause: Cause,
        about: Option<String>,
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
    let said = serde_json::from_str(line.strip_prefix(PREFIX)?).ok()?;
    Some(match said {
        Said::LeftOut { component, module, cause, about } => {
            let about = about.filter(|about| !about.is_empty());
            What::LeftOut { component, module, why: LeftOut { cause, about } }
        }
        Said::Restored { modules, files, full_seconds, full_modules } => {
            What::Restored { modules, files, full_seconds, full_modules }
        }
        Said::Finished { interface, time } => What::Finished { interface, time },
        Said::Built { modules, compiled, seconds, start } => What::Built { modules, compiled, start, seconds },
        Said::Failed { phase, status } => What::StepFailed { phase, status },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_and_new_fields_tolerated() {
        let line =
            r#"@hinc {"event":"restored","modules":9,"files":36,"full_seconds":4.25,"full_modules":10,"new":[1]}"#;
        assert_eq!(said(line), Some(What::Restored { modules: 9, files: 36, full_seconds: 4.25, full_modules: 10 }));
        let line = r#"@hinc {"event":"failed","phase":"build","status":1}"#;
        assert_eq!(said(line), Some(What::StepFailed { phase: "build".to_owned(), status: 1 }));
        let line = r#"@hinc {"event":"left-out","component":"lib","module":"A.B","cause":"splice","about":"data/x"}"#;
        let left_out = |cause, about: Option<&str>| What::LeftOut {
            component: ComponentName("lib".to_owned()),
            module: ModuleName("A.B".to_owned()),
            why: LeftOut { cause, about: about.map(str::to_owned) },
        };
        assert_eq!(said(line), Some(left_out(Cause::Splice, Some("data/x"))));
        let line = r#"@hinc {"event":"left-out","component":"lib","module":"A.B","cause":"full-moon"}"#;
        assert_eq!(said(line), Some(left_out(Cause::Unknown("full-moon".to_owned()), None)));
        assert_eq!(said(r#"@hinc {"event":"dance"}"#), None);
        assert_eq!(said("@hinc"), None);
        assert_eq!(said("@hinc {"), None);
    }
}
