//! What a builder answers over ssh.

use hinc::builder::{fuzzed, guest};
use hinc::nix;

use super::is_told_harmlessly;

pub(super) fn hold(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match fuzzed::facts(&text) {
        Ok(facts) => {
            // It becomes a word of an address and of a script.
            if let Some(folder) = &facts.nix_folder {
                assert!(folder.starts_with('/') && !folder.contains(|c: char| c.is_whitespace() || c.is_control()));
            }
            // What is kept of it is what was read.
            let json = serde_json::to_string(&facts).expect("JSON");
            assert_eq!(serde_json::from_str::<hinc::builder::Facts>(&json).expect("the same"), facts);
            drop(hinc::builder::room("farm", &facts));
        }
        Err(error) => is_told_harmlessly(&error),
    }
    match nix::fuzzed::toolchain(&text) {
        Ok(found) => {
            let paths = [&found.toolchain.ghc, &found.toolchain.shell].into_iter();
            for path in paths.chain(&found.folders).map(String::as_str).chain(found.toolchain.path.split(':')) {
                assert!(
                    path.starts_with('/') && !path.contains(|c: char| c.is_whitespace() || c.is_control()),
                    "{path:?}"
                );
            }
        }
        Err(error) => is_told_harmlessly(&error),
    }
    for path in guest::fuzzed::answers(&text) {
        assert_eq!(path.as_str().parse(), Ok(path.clone()));
    }
}
