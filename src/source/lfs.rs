//! Tells a pointer of Git LFS from a file.

/// A pointer is shorter than this (`docs/spec.md` in git-lfs/git-lfs).
const LONGEST_POINTER: usize = 1024;

/// The first lines that pointers have: today's, and those that git-lfs still reads (`lfs/pointer.go`).
const FIRST_LINES: [&[u8]; 3] = [
    b"version https://git-lfs.github.com/spec/v1\n",
    b"version http://git-media.io/v/2\n",
    b"version https://hawser.github.com/spec/v1\n",
];

/// Whether a file's content is a pointer: the version first, then keys, with an `oid` and a `size` among them.
pub(super) fn is_pointer(content: &[u8]) -> bool {
    if content.len() >= LONGEST_POINTER {
        return false;
    }
    let Some(rest) = FIRST_LINES.iter().find_map(|first| content.strip_prefix(*first)) else {
        return false;
    };
    let has = |key: &[u8]| rest.split(|byte| *byte == b'\n').any(|line| line.starts_with(key));
    has(b"oid sha256:") && has(b"size ")
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of git-lfs's own specification.
    const POINTER: &str = "version https://git-lfs.github.com/spec/v1\n\
        oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

    #[test]
    fn a_pointer_is_known() {
        assert!(is_pointer(POINTER.as_bytes()));
        assert!(is_pointer(POINTER.replace("git-lfs.github", "hawser.github").as_bytes()));
        assert!(is_pointer(POINTER.replace("oid", "ext-0-foo sha256:0000\noid").as_bytes()));
    }

    #[test]
    fn a_text_about_pointers_is_none() {
        assert!(!is_pointer(b""));
        assert!(!is_pointer(b"version https://git-lfs.github.com/spec/v1\n"));
        assert!(!is_pointer(format!("# {POINTER}").as_bytes()));
        assert!(!is_pointer(format!("{POINTER}{}", "x".repeat(1024)).as_bytes()));
    }
}
