//! Files that a runner gives a step to add to: its summary, and its outputs.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::io::{Read as _, Write as _};
use std::path::Path;

/// How large the summary of a step may be, in bytes: of a larger one nothing is shown.
pub(in crate::cli) const LARGEST_SUMMARY: u64 = 1 << 20;

/// What is added where a report does not fit any more.
const NO_ROOM: &str = "\n\nThe report of hinc is left out: with it, this summary would be larger than 1 MiB.\n";

/// Returns what is added to a summary that has some bytes already; none where even that it is left out has no room.
fn addition(there: u64, text: &str) -> Option<String> {
    let gap = if there == 0 { "" } else { "\n\n" };
    let whole = format!("{gap}{}\n", text.trim_end());
    let fits = |text: &str| there.saturating_add(text.len() as u64) < LARGEST_SUMMARY;
    if fits(&whole) { Some(whole) } else { Some(NO_ROOM.to_owned()).filter(|text| fits(text)) }
}

/// Adds a report to the summary of a step. Returns whether it had room.
pub(in crate::cli) fn summary(file: &Path, text: &str) -> std::io::Result<bool> {
    let there = match file.metadata() {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    let Some(addition) = addition(there, text) else { return Ok(false) };
    append(file, &addition)?;
    Ok(addition != NO_ROOM)
}

/// Adds outputs to the file of a step's outputs, with an end that nobody can guess, so that no value ends another.
pub(in crate::cli) fn outputs(file: &Path, values: &[(&str, String)]) -> std::io::Result<()> {
    let mut random = [0; 16];
    fs_err::File::open("/dev/urandom")?.read_exact(&mut random)?;
    append(file, &written(values, &data_encoding::HEXLOWER.encode(&random)))
}

fn written(values: &[(&str, String)], random: &str) -> String {
    let end = format!("hinc_{random}");
    let lines = values.iter().flat_map(|(name, value)| [name, "<<", &end, "\n", value, "\n", &end, "\n"]);
    lines.collect()
}

fn append(file: &Path, text: &str) -> std::io::Result<()> {
    fs_err::OpenOptions::new().create(true).append(true).open(file)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_never_becomes_too_large() {
        for (there, text, expected) in [
            (0, "report", Some("report\n")),
            (10, "report\n", Some("\n\nreport\n")),
            (LARGEST_SUMMARY - 10, "report", Some("\n\nreport\n")),
            (LARGEST_SUMMARY - 9, "report", None),
            (LARGEST_SUMMARY + 5, "report", None),
            (u64::MAX, "report", None),
        ] {
            assert_eq!(addition(there, text).as_deref(), expected, "{there}");
        }
        let large = "x".repeat(1 << 20);
        assert_eq!(addition(0, &large).as_deref(), Some(NO_ROOM));
        let just = addition(0, &large[..large.len() - 2]).expect("it fits");
        assert_eq!(just.len() as u64, LARGEST_SUMMARY - 1);
    }

    #[test]
    fn no_value_is_more_than_a_value() {
        let values = [("out-path", "/nix/store/x\nevil<<EOF".to_owned()), ("seconds", "6.2".to_owned())];
        let text = written(&values, "7f");
        assert_eq!(text, "out-path<<hinc_7f\n/nix/store/x\nevil<<EOF\nhinc_7f\nseconds<<hinc_7f\n6.2\nhinc_7f\n");
    }

    #[test]
    fn what_is_there_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("outputs");
        fs_err::write(&file, "a=b\n").expect("a file");
        outputs(&file, &[("c", "d".to_owned())]).expect("it is written");
        outputs(&file, &[("c", "d".to_owned())]).expect("it is written");
        let text = fs_err::read_to_string(&file).expect("the file");
        assert!(text.starts_with("a=b\nc<<hinc_") && text.lines().count() == 7, "{text}");
        let ends: Vec<&str> = text.lines().filter(|line| line.starts_with("hinc_")).collect();
        assert!(ends[0].len() == 37 && ends[0] != ends[1], "{text}");
    }
}
