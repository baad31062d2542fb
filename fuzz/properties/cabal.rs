//! Package descriptions and `cabal.project`, which a repository has.

use hinc::source::package::fuzzed;

pub(super) fn hold(bytes: &[u8]) {
    match fuzzed::description(bytes) {
        Ok((name, version)) => {
            // It becomes a name of store paths and of folders.
            let plain = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
            assert!(!name.is_empty() && name.chars().all(plain) && !name.starts_with(['-', '.']), "{name:?}");
            assert!(name.parse::<hinc::model::name::PackageName>().is_ok(), "{name:?}");
            assert!(version.chars().all(|c: char| c.is_ascii_digit() || c == '.'), "{version:?}");
        }
        Err((line, _)) => {
            let lines = String::from_utf8_lossy(bytes).lines().count();
            assert!(line.is_none_or(|line| (1..=lines.max(1)).contains(&line)), "line {line:?} of {lines}");
        }
    }
    let text = String::from_utf8_lossy(bytes);
    let Some((patterns, settings)) = fuzzed::project(&text) else { return };
    let lines = text.lines().count();
    assert!(settings.unread.iter().all(|unread| unread.line.is_none_or(|line| (1..=lines).contains(&line))));
    for pattern in patterns.iter().take(20) {
        // It stands for itself, and a star for anything.
        assert!(fuzzed::matches(pattern, pattern), "{pattern:?}");
        assert!(fuzzed::matches(&format!("*{pattern}"), &format!("x{pattern}")), "{pattern:?}");
    }
}
