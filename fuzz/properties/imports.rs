//! Haskell sources, which a repository has.

use std::collections::BTreeSet;

use hinc::model::haskell::header::{Header, scan, scan_included};

pub(super) fn hold(bytes: &[u8]) {
    for name in ["M.hs", "M.lhs", "M.hsc", "M.chs", "M.x", "M.ly", "M.hsig", "M"] {
        let header = scan(name, bytes);
        for import in &header.imports {
            let name = &import.module.0;
            assert!(
                !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || "(){};,\"".contains(c)),
                "{name:?}"
            );
        }
        assert!(std::str::from_utf8(bytes).is_ok() || !header.is_certain());
        // The folders before its name do not matter.
        assert_eq!(scan(&format!("folder/{name}"), bytes), header);
    }
    // What is in another one's branch is found too.
    let alone = scan("M.hs", bytes);
    let text = [b"#if X\n", bytes, b"\n#endif\nimport Behind\n"].concat();
    let within = scan("M.hs", &text);
    let names = |header: &Header| header.imports.iter().map(|import| import.module.0.clone()).collect::<BTreeSet<_>>();
    // Its own lines may end that branch, or be none; without any, all is as it was.
    if !bytes.contains(&b'#') && !bytes.contains(&b'\\') && !bytes.starts_with(b"\xef\xbb\xbf") {
        assert!(names(&within).is_superset(&names(&alone)), "{alone:?}, and {within:?}");
        assert!(names(&within).contains("Behind"), "{within:?}");
    }
    drop(scan_included(bytes));
}
