//! What terminals and the runners of CI services would obey, or people take for hinc's own words.

use super::scene::Ran;

/// Asserts that nothing of what hinc printed is obeyed by a terminal or a runner, or taken for hinc's words.
#[track_caller]
pub(crate) fn is_harmless(ran: &Ran, colour: bool) {
    for text in [&ran.stdout, &ran.stderr] {
        for line in text.lines() {
            let mut plain = line.to_owned();
            while let (true, Some(start)) = (colour, plain.find("\x1b[")) {
                let length = plain[start + 2..].find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(0);
                assert_eq!(&plain[start + 2 + length..][..1], "m", "{line:?}");
                plain.replace_range(start..=start + 2 + length, "");
            }
            assert!(!plain.contains(|c: char| c.is_control() && c != '\t'), "{line:?}");
            for command in ["##[", "##vso[", "##teamcity[", "section_start:", "section_end:"] {
                assert!(!plain.contains(command), "{line:?}");
            }
            for command in ["::", "---", "+++"] {
                assert!(!plain.trim_start().starts_with(command), "{line:?}");
            }
            assert!(!plain.starts_with("hint: owned") && !plain.starts_with("error: timed out"), "{line:?}");
        }
    }
}
