//! What hinc's own builder says: lines `@hinc {"event": …}`.
//!
//! `nix/intermediates/protocol.sh` writes them; `docs/nix.md` lists them.

use serde::Deserialize;

use crate::model::event::What;

/// What every such line begins with.
const PREFIX: &str = "@hinc ";

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Said {
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
    WarningReplayed {
        file: String,
        text: String,
    },
}

/// Reads a line of the protocol; none where it is not one, or one of a newer builder.
pub(super) fn said(line: &str) -> Option<What> {
    let said = serde_json::from_str(line.strip_prefix(PREFIX)?).ok()?;
    Some(match said {
        Said::Restored { modules, files, full_seconds, full_modules } => {
            What::Restored { modules, files, full_seconds, full_modules }
        }
        Said::Finished { interface, time } => What::Finished { interface, time },
        Said::Built { modules, compiled, seconds, start } => What::Built { modules, compiled, start, seconds },
        Said::Failed { phase, status } => What::StepFailed { phase, status },
        Said::WarningReplayed { file, text } => What::Warning { file, text, replayed: true },
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
        assert_eq!(said(r#"@hinc {"event":"dance"}"#), None);
        assert_eq!(said("@hinc"), None);
        assert_eq!(said("@hinc {"), None);
    }
}
