//! Warnings, without what GHC may say otherwise of the same thing.

/// How GHC begins to say where a name comes from that another module only passes on.
const ORIGIN: &str = "(and originally defined ";

/// A warning without the places in other modules where its names come from: GHC knows them only of
/// modules that it compiled in the same run, and one that was printed again has those of the older
/// build.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once(ORIGIN) {
        // In JSON the end of the line before it is written out.
        let before = before.trim_end();
        plain.push_str(before.strip_suffix("\\n").unwrap_or(before));
        // A place of several lines is `FILE:(1,2)-(3,4)`.
        let mut depth = 1;
        let end = from.find(|c| {
            match c {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        rest = end.map_or("", |end| &from[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn where_a_name_comes_from_does_not_count() {
        let warning = "A.hs:4:3: warning: [-Wname-shadowing] This binding for ‘f’ shadows the existing binding imported from ‘B’ at A.hs:2:1-8";
        for place in ["at B.hs:3:1", "at B.hs:(3,1)-(4,5)", "in ‘C’"] {
            assert_eq!(plain(&format!("{warning} (and originally defined {place})")), warning);
            assert_eq!(plain(&format!("{warning} (and originally defined {place}) more")), format!("{warning} more"));
        }
        assert_eq!(plain(r#"at A.hs:2:1-8\n  (and originally defined at B.hs:3:1)"],"#), r#"at A.hs:2:1-8"],"#);
        assert_eq!(plain("cut (and originally defined at B"), "cut");
    }

    #[test]
    fn all_else_does() {
        for text in ["", "A.hs:4:3: warning: [-Wx] (and so on)", "A.hs:4:3: warning: text\\n"] {
            assert_eq!(plain(text), text);
        }
    }
}
