//! What Nix answers where others wrote a part of it.

use hinc::nix::fuzzed;

use super::is_told_harmlessly;

pub(super) fn hold(bytes: &[u8]) {
    match fuzzed::evaluation(bytes) {
        Ok(evaluation) => {
            for package in &evaluation.packages {
                // Both become parts of paths.
                let outputs = package.plain.outputs.keys().map(hinc::model::name::Name::as_str);
                for name in outputs.chain([package.name.as_str()]) {
                    let plain = |c: char| c.is_ascii_alphanumeric() || "+-._?=".contains(c);
                    assert!(!name.is_empty() && name.chars().all(plain) && !name.starts_with(['-', '.']), "{name:?}");
                }
            }
            let json = serde_json::to_vec(&evaluation).expect("JSON");
            assert_eq!(fuzzed::evaluation(&json).expect("the same"), evaluation);
        }
        Err(error) => is_told_harmlessly(&error),
    }
    for error in fuzzed::others(bytes) {
        is_told_harmlessly(&error);
    }
}
