//! What became of each package.

use maud::{Markup, html};

use super::summary::tone;
use super::text::{name, sentence};
use crate::model::record::Outcome;
use crate::report::content::{Content, Subject};
use crate::report::words::counted;

/// How many packages are told of which something was done, and how many of the others.
const PACKAGES: usize = 500;

/// Each package with what is worth knowing of it; those with nothing to do are folded.
pub(super) fn section(content: &Content<'_>) -> Markup {
    let worked = |subject: &&Subject<'_>| matches!(subject.build.outcome, Outcome::Built | Outcome::Failed);
    let (worked, rest): (Vec<_>, Vec<_>) = content.subjects.iter().partition(worked);
    if content.subjects.is_empty() {
        return Markup::default();
    }
    html! {
        section #packages aria-labelledby="packages-title" {
            h2 #packages-title { "Packages" }
            @for subject in worked.iter().take(PACKAGES) { (one(subject)) }
            @if worked.len() > PACKAGES {
                p.note { "and " (counted((worked.len() - PACKAGES) as u64, "package")) " more, which the record has" }
            }
            @if !rest.is_empty() && worked.is_empty() { @for subject in rest.iter().take(PACKAGES) { (one(subject)) } }
            @else if !rest.is_empty() {
                details {
                    summary { (counted(rest.len() as u64, "package")) " not built now" }
                    @for subject in rest.iter().take(PACKAGES) { (one(subject)) }
                }
            }
        }
    }
}

fn one(subject: &Subject<'_>) -> Markup {
    let headline = &subject.headline;
    let (mark, class) = tone(headline.tone);
    html! {
        article.package {
            h3 { (name(&headline.name)) }
            p {
                span class=(class) { span.glyph aria-hidden="true" { (mark) } " " (sentence(&headline.told)) }
                (sentence(&headline.after))
            }
            @if let Some(why) = subject.plainly { p.note { "built plainly: " (name(why)) } }
            @if let Some(nothing) = &subject.nothing_reused {
                p.notable {
                    "nothing of the base could be reused"
                    @if let Some(why) = &nothing.why { ": " (sentence(why)) }
                }
                @if let (true, Some(explanation)) = (nothing.says_all, &nothing.explanation) {
                    p.note { (sentence(explanation)) }
                }
            }
            @if !subject.remarks.is_empty() {
                ul {
                    @for remark in &subject.remarks {
                        li.unexpected[remark.unexpected] {
                            @if remark.unexpected { span.mark { "unexpected" } " " }
                            (sentence(&remark.text))
                        }
                    }
                }
            }
        }
    }
}
