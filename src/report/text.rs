//! What people read after a build.

use super::cascade::is_counted;
use super::content::{self, Change, Subject, Tone};
use super::failure;
use super::page::{Page, cut, padded, width};
use super::style::Paint;
use super::words::{counted, duration, grouped};
use crate::model::record::{Build, Failure, Module, Record};

/// How many modules of one change are listed.
const MODULES_OF_A_CHANGE: usize = 8;
/// How many changes are listed with their modules, of those that somebody made and of the others.
const CHANGES: usize = 5;

/// How the text is laid out.
#[derive(Debug, Clone, Copy)]
pub struct TextOptions {
    /// Whether to use colours.
    pub colour: bool,
    /// How many columns the reader has; lists are cut to it, programs' own words never.
    pub width: usize,
}

/// Returns the report for people: lines, each with its end.
///
/// What went wrong comes last, where the reader of a terminal or of a CI log looks first.
pub fn text(record: &Record, options: &TextOptions) -> String {
    let mut page = Page { text: String::new(), paint: Paint { colour: options.colour }, width: options.width.max(40) };
    let content = content::content(record);
    let how_lines = |page: &mut Page| content.how.iter().for_each(|told| page.sentence(2, &told.to_string()));
    for subject in &content.subjects {
        headline(&mut page, subject);
        if let Some(why) = subject.plainly {
            page.sentence(2, &format!("built plainly: {why}"));
        }
        if subject.tells_how {
            how_lines(&mut page);
        }
        change_lines(&mut page, subject);
        for remark in &subject.remarks {
            if remark.unexpected {
                let text = page.paint.notable(&remark.text.to_string());
                page.indented(2, &text);
            } else {
                page.sentence(2, &remark.text.to_string());
            }
        }
        if let Some(failure) = &subject.build.failure {
            failure_lines(&mut page, subject.build, failure);
        }
    }
    if !content.subjects.iter().any(|subject| subject.tells_how) {
        how_lines(&mut page);
    }
    failure::dependencies(&mut page, record);
    for told in &content.transfers {
        page.sentence(2, &told.to_string());
    }
    page.text
}

fn headline(page: &mut Page, subject: &Subject<'_>) {
    let (paint, headline) = (page.paint, &subject.headline);
    let told = headline.told.to_string();
    let told = match headline.tone {
        Tone::Good => paint.good(&told),
        Tone::Notable => paint.notable(&told),
        Tone::Bad => paint.bad(&told),
    };
    page.line(&format!("{}: {told}{}", paint.title(&headline.name), headline.after));
}

fn failure_lines(page: &mut Page, build: &Build, failure: &Failure) {
    if build.modules_rebuilt > 0 && failure.phase.as_deref() == Some("build") {
        let told = match build.modules_total {
            Some(total) => format!("{} of {} modules", grouped(build.modules_rebuilt.into()), grouped(total.into())),
            None => counted(build.modules_rebuilt, "module"),
        };
        let line = format!("  {told} compiled before it failed");
        page.line(&line);
    }
    failure::lines(page, failure, &build.drv, &build.builder, build.seconds);
}

fn change_lines(page: &mut Page, subject: &Subject<'_>) {
    if let Some(nothing) = &subject.nothing_reused {
        let why = nothing.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
        let line = page.paint.notable(&format!("nothing of the base could be reused{why}"));
        page.line(&format!("  {line}"));
        if nothing.says_all {
            if let Some(explanation) = &nothing.explanation {
                page.sentence(4, &explanation.to_string());
            }
            return;
        }
    }
    let (unexpected, expected): (Vec<_>, Vec<_>) = subject.changes.iter().partition(|change| change.unexpected);
    // Of each group those that cost most time: what nobody expected hides no edit, and no edit hides it.
    let mut hidden: Vec<&Change<'_>> = Vec::new();
    for group in [&unexpected, &expected] {
        let (shown, rest) = group.split_at(group.len().min(CHANGES));
        for change in shown {
            one_change(page, change);
        }
        hidden.extend(rest);
    }
    if !hidden.is_empty() {
        let modules: usize = hidden.iter().map(|change| change.count).sum();
        let text =
            format!("and {} more: {}", counted(hidden.len() as u64, "change"), counted(modules as u64, "module"));
        page.sentence(2, &text);
    }
}

fn one_change(page: &mut Page, change: &Change<'_>) {
    let paint = page.paint;
    let title = change.title.to_string();
    let title = if change.unexpected { paint.notable(&title) } else { paint.title(&title) };
    let time = if change.seconds > 0.0 { format!(", {}", duration(change.seconds)) } else { String::new() };
    page.line(&format!("  {title}: {}{time}", counted(change.count as u64, "module")));
    if let Some(explanation) = &change.explanation {
        page.sentence(4, &explanation.to_string());
    }
    if !change.lists {
        return;
    }
    let shown = shown(change);
    let names: Vec<String> = shown.iter().map(|module| content::label(module).to_string()).collect();
    let longest = names.iter().map(|name| width(name)).max().unwrap_or(0).min(page.width / 2);
    for (module, name) in shown.iter().zip(&names) {
        let time = module.seconds.map(duration).unwrap_or_default();
        let left = format!("    {}  {time:>8}  ", padded(name, longest));
        let room = page.width.saturating_sub(width(&left));
        let line = format!("{left}{}", paint.faint(&cut(&content::reason(module).to_string(), room)));
        page.line(&line);
    }
    // Boot files are not counted here either.
    let hidden = change.count - shown.iter().filter(|module| is_counted(module)).count();
    if hidden > 0 {
        page.line(&format!("    and {} more", grouped(hidden as u64)));
    }
}

/// The modules of a change that are listed, in GHC's order: all of few; of many the first, which is the edited one where
/// there is one, and those that took longest.
fn shown<'a>(change: &Change<'a>) -> Vec<&'a Module> {
    if change.modules.len() <= MODULES_OF_A_CHANGE + 1 {
        return change.modules.clone();
    }
    let mut order: Vec<usize> = (1..change.modules.len()).collect();
    let seconds = |index: &usize| change.modules[*index].seconds.unwrap_or(0.0);
    order.sort_by(|a, b| seconds(b).total_cmp(&seconds(a)));
    order.truncate(MODULES_OF_A_CHANGE - 1);
    order.push(0);
    order.sort_unstable();
    order.into_iter().map(|index| change.modules[index]).collect()
}
