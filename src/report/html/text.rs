//! Words of others on the page: text alone, each in a direction of its own.

use maud::{Markup, html};

use crate::foreign;
use crate::report::sentence::{Piece, Sentence};

/// A sentence, in which what others gave is set apart (HTML, 4.5.25: `bdi` keeps a name that is read from right to left
/// from turning what is around it).
pub(super) fn sentence(told: &Sentence) -> Markup {
    html! {
        @for piece in told.pieces() {
            @match piece {
                Piece::Said(text) => (text),
                Piece::Name(text) => bdi { (foreign::line(text)) },
                Piece::Quoted(text) => code { bdi { (foreign::line(text)) } },
            }
        }
    }
}

/// A sentence as one text, in which nothing sets names off.
pub(super) fn plain(told: &Sentence) -> String {
    told.pieces().iter().map(Piece::text).collect()
}

/// A name.
pub(super) fn name(text: &str) -> Markup {
    html! { bdi { (foreign::line(text)) } }
}

/// A commit, short to see and whole to copy.
pub(super) fn commit(short: &str, whole: &str) -> Markup {
    html! { code title=(foreign::line(whole)) { (foreign::line(short)) } }
}

/// Lines of a program, as it wrote them.
pub(super) fn lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Markup {
    html! {
        // It scrolls by itself, so that the keyboard must reach it.
        pre tabindex="0" { @for line in lines { (foreign::line(line)) "\n" } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sentence::{name as named, quoted, sentence as parts};

    #[test]
    fn nothing_is_made_of_words() {
        let told = parts![named("</script><img onerror=x>\u{202e}a\x1b[2Jb"), " & ", quoted("\"<b>")];
        assert_eq!(
            sentence(&told).into_string(),
            "<bdi>&lt;/script&gt;&lt;img onerror=x&gt;ab</bdi> &amp; <code><bdi>&quot;&lt;b&gt;</bdi></code>"
        );
        assert_eq!(lines(["a\n<b", "c"]).into_string(), "<pre tabindex=\"0\">a &lt;b\nc\n</pre>");
    }
}
