//! Names of git.

use super::{Name, Rule};

/// The rule of [`Branch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchRule;

/// A branch, without `refs/heads/` and without a remote: `main`, `release/2.0`. It is part of names of references and
/// of command lines of git.
pub type Branch = Name<BranchRule>;

impl Rule for BranchRule {
    const WHAT: &'static str = "a branch";
    const ALLOWED: &'static str = "no spaces, no control characters, none of `~^:?*[\\`, and no part between slashes that is empty, begins with `.` or ends with `.lock`";

    // git-check-ref-format(1), and no `-` in front: it would be an option.
    fn holds(text: &str) -> bool {
        let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"~^:?*[\\".contains(c);
        let is_lock = |part: &str| part.strip_suffix("lock").is_some_and(|before| before.ends_with('.'));
        let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !is_lock(part);
        text.len() <= 250
            && !["@", "HEAD"].contains(&text)
            && !text.starts_with('-')
            && !text.ends_with('.')
            && !text.contains("..")
            && !text.contains("@{")
            && text.chars().all(plain)
            && text.split('/').all(is_part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_what_git_takes_for_one() {
        for good in ["main", "release/2.0", "gh-readonly-queue/main/pr-1-abc", "würze", "a@b", "@/x", "HEAD2"] {
            assert!(BranchRule::holds(good), "{good}");
        }
        let bad = [
            "",
            "-main",
            "--upload-pack=x",
            "a b",
            "a\nb",
            "a..b",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[",
            "a\\b",
            "/a",
            "a/",
            "a//b",
            ".a",
            "a/.b",
            "a.lock",
            "a.lock/b",
            "a.",
            "@",
            "HEAD",
            "a@{1}",
            "a\u{7f}",
        ];
        for bad in bad {
            assert!(!BranchRule::holds(bad), "{bad:?}");
        }
    }
}
