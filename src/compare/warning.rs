//! Warnings, without what GHC may say otherwise of the same thing.

/// How GHC begins to say where a name comes from that another module only passes on.
const ORIGIN: &str = "(and originally defined ";

/// How GHC begins to say where an instance is defined, of which a pragma warns (since GHC 9.10).
const INSTANCE: &str = " -- Defined ";

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
    without_instance(&plain)
}

/// A warning without `-- Defined at PLACE` or `-- Defined in ‘MODULE’`.
fn without_instance(text: &str) -> String {
    let mut pieces = text.split(INSTANCE);
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        // `at` or `in`, and a word: what else follows stays.
        let place = piece.strip_prefix("at ").or_else(|| piece.strip_prefix("in "));
        match place.map(|place| place.find(' ').map_or("", |end| &place[end..])) {
            Some(rest) => plain.push_str(rest),
            None => plain.extend([INSTANCE, piece]),
        }
    }
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
    fn where_an_instance_is_defined_does_not_count() {
        let told =
            |place| format!("A.hs:4:3: warning: In the use of instance C T{place} arising from a use of ‘f’ \"old\"");
        for place in [" -- Defined at src/B.hs:19:36", " -- Defined at B.hs:(3,1)-(4,5)", " -- Defined in ‘B’"] {
            assert_eq!(plain(&told(place)), told(""));
        }
        assert_ne!(plain(&told(" -- Defined by hand")), told(""));
    }

    #[test]
    fn all_else_does() {
        for text in ["", "A.hs:4:3: warning: [-Wx] (and so on)", "A.hs:4:3: warning: text\\n"] {
            assert_eq!(plain(text), text);
        }
    }
}
