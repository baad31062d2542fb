//! The report for a pull request and for the summary of a job.
//!
//! What is seen at once is short enough for a phone; all else is folded. GitHub refuses a longer comment whole, so the
//! text ends where there is no room any more, and says what it leaves out.

mod escape;
mod sheet;

use self::escape::{code, fenced, html, inline};
use self::sheet::Sheet;
use super::base;
use super::base_failures::base_failure;
use super::cascade::is_counted;
use super::content::{self, Change, Content, Subject};
use super::failure::words_of;
use super::page::width;
use super::sentence::{Sentence, name, said, sentence};
use super::words::{counted, duration, grouped, moment};
use crate::model::plan::Mode;
use crate::model::record::{Build, Failure, Module, Outcome, Record};

/// How many characters there are at most. GitHub refuses more than 65,536, of which a marker and a line of who posts it
/// need some.
pub const LIMIT: usize = 65_000;
/// How many columns a line has that is not folded: a phone shows about so many.
const COLUMNS: usize = 60;
/// How many changes are seen at once.
const CHANGES: usize = 3;
/// Of one change, how many modules are listed.
const MODULES: usize = 50;
/// How many characters what is seen at once has, errors have, and what is known of how it was built.
const AT_ONCE: usize = 4_000;
const ERRORS: usize = 20_000;
const HOW: usize = 10_000;

/// Returns the report in Markdown as GitHub reads it, at most [`LIMIT`] characters. The words of others in it are code,
/// of which nothing is made.
pub fn markdown(record: &Record) -> String {
    let content = content::content(record);
    let mut first = Sheet::with_room(AT_ONCE);
    at_once(&mut first, record, &content);
    let mut errors = Sheet::with_room(ERRORS);
    errors_of(&mut errors, record);
    let mut how = Sheet::with_room(HOW);
    how_of(&mut how, record, &content);
    let end = last_line(record);
    let mut parts = [first.into_text(), errors.into_text(), String::new(), how.into_text(), end];
    let taken: usize = parts.iter().map(|part| part.chars().count()).sum();
    let mut compiled = Sheet::with_room(LIMIT.saturating_sub(taken));
    compiled_of(&mut compiled, &content);
    parts[2] = compiled.into_text();
    parts.concat()
}

fn at_once(sheet: &mut Sheet, record: &Record, content: &Content<'_>) {
    sheet.add(&format!("### {}\n\n", inline(&content.verdict.sentence.fitted(COLUMNS))));
    let mut line = |told: &Sentence, after: &str| {
        let room = COLUMNS.saturating_sub(width(after));
        sheet.add(&format!("- {}{after}\n", inline(&told.fitted(room))));
    };
    if record.mode == Mode::Incremental
        && let Some(base) = &record.base
    {
        let place = base::place(base, record.head.committer_time);
        line(&sentence!["base ", name(base.commit.short()), said(format!(", {place}"))], "");
        line(&base::why(base), "");
    }
    if let Some(saved) = saved(record) {
        line(&said(saved), "");
    }
    if let (Some(failure), Some(base)) = (record.base_failures.first(), &record.base) {
        line(&base_failure(failure, &base.commit), "");
    }
    let changes = || content.subjects.iter().flat_map(|subject| &subject.changes);
    let mut order: Vec<&Change<'_>> = changes().collect();
    order.sort_by(|a, b| b.unexpected.cmp(&a.unexpected).then_with(|| b.seconds.total_cmp(&a.seconds)));
    let (shown, hidden) = order.split_at(order.len().min(CHANGES));
    for change in shown {
        line(&change.distinct_title, &measure(change));
    }
    if !hidden.is_empty() {
        let modules: usize = hidden.iter().map(|change| change.count).sum();
        let told =
            format!("and {} more: {}", counted(hidden.len() as u64, "change"), counted(modules as u64, "module"));
        line(&said(told), "");
    }
    let remarks = content.subjects.iter().flat_map(|subject| &subject.remarks);
    if let Some(remark) = remarks.into_iter().find(|remark| remark.unexpected) {
        line(&remark.text, "");
    }
    let is_unchanged = |build: &&Build| build.wanted && matches!(build.outcome, Outcome::Cached | Outcome::Substituted);
    let unchanged = record.builds.iter().filter(is_unchanged).count();
    if unchanged > 0 && unchanged < record.builds.iter().filter(|build| build.wanted).count() {
        line(&said(format!("nothing to do for {}", counted(unchanged as u64, "package"))), "");
    }
    sheet.add("\n");
}

/// `: 23 modules, 8.8 s`.
fn measure(change: &Change<'_>) -> String {
    let time = if change.seconds > 0.0 { format!(", {}", duration(change.seconds)) } else { String::new() };
    format!(": {}{time}", counted(change.count as u64, "module"))
}

/// `full builds 4 min 12 s: 3 min 58 s saved`, of all packages whose full build's time is known.
fn saved(record: &Record) -> Option<String> {
    let times = content::time_saved(record)?;
    let noun = if times.packages == 1 { "full build" } else { "full builds" };
    let saved = times.seconds().map_or("no time saved".to_owned(), |saved| format!("{} saved", duration(saved)));
    Some(format!("{noun} {}: {saved}", duration(times.full)))
}

fn folded(sheet: &mut Sheet, summary: &Sentence, fill: impl FnOnce(&mut Sheet)) {
    sheet.folded(&format!("<details><summary>{}</summary>\n\n", html(summary)), "\n</details>\n\n", fill);
}

fn errors_of(sheet: &mut Sheet, record: &Record) {
    let builds = record.builds.iter().filter(|build| build.failed_by_itself());
    let builds = builds.filter_map(|build| Some((build.package.as_str(), build.failure.as_ref()?)));
    let dependencies = record.failed_dependencies.iter().map(|failed| (failed.name.as_str(), &failed.failure));
    let failures: Vec<(&str, &Failure)> = builds.chain(dependencies).collect();
    let summary = match failures.as_slice() {
        [] => return,
        [(what, failure)] => {
            let (lines, told) = words_of(failure);
            sentence![name(*what), told, said(format!(" ({})", counted(lines.len() as u64, "line")))]
        }
        _ => said(format!("What was said of {} failures", failures.len())),
    };
    folded(sheet, &summary, |sheet| {
        for (what, failure) in &failures {
            let (lines, told) = words_of(failure);
            if failures.len() > 1 && !sheet.add(&format!("{}{told}:\n\n", code(what))) {
                return;
            }
            let mut shown = lines.len();
            // Each time half of them: a fence is whole or not there.
            while shown > 0 && !sheet.add(&fenced(lines.iter().copied().take(shown))) {
                shown /= 2;
            }
            if shown < lines.len() {
                sheet.add(&left_out(lines.len() - shown, "line"));
            }
            sheet.add("\n");
        }
    });
}

fn left_out(count: usize, noun: &str) -> String {
    let what = counted(count as u64, noun);
    let verb = if count == 1 { "does" } else { "do" };
    format!("\n{what} more {verb} not fit here: the record has all.\n")
}

fn compiled_of(sheet: &mut Sheet, content: &Content<'_>) {
    let with_changes: Vec<&Subject<'_>> =
        content.subjects.iter().filter(|subject| !subject.changes.is_empty()).collect();
    let all: usize = with_changes.iter().flat_map(|subject| &subject.changes).map(|change| change.count).sum();
    if with_changes.is_empty() {
        return;
    }
    let summary = said(format!("What was compiled, and why: {}", counted(all as u64, "module")));
    folded(sheet, &summary, |sheet| {
        // For the line that says what is left out.
        let kept = sheet.keep(100);
        let mut told = 0;
        'all: for subject in with_changes {
            if content.subjects.len() > 1 && !sheet.add(&format!("#### {}\n\n", code(&subject.headline.name))) {
                break;
            }
            for change in &subject.changes {
                if !one_change(sheet, change) {
                    break 'all;
                }
                told += change.count;
            }
        }
        sheet.give_back(kept);
        if told < all {
            sheet.add(&left_out(all - told, "module"));
        }
    });
}

/// One change with its modules, whole; false where there is no room for it.
fn one_change(sheet: &mut Sheet, change: &Change<'_>) -> bool {
    let mut lines = vec![format!("**{}**{}", inline(&change.title), measure(change)), String::new()];
    if let Some(explanation) = &change.explanation {
        lines.extend([inline(explanation), String::new()]);
    }
    if change.lists {
        let mut shown: Vec<&&Module> = change.modules.iter().collect();
        if shown.len() > MODULES {
            shown.sort_by(|a, b| b.seconds.unwrap_or(0.0).total_cmp(&a.seconds.unwrap_or(0.0)));
            shown.truncate(MODULES);
        }
        lines.extend(["| module | time | why |".to_owned(), "| --- | ---: | --- |".to_owned()]);
        for module in &shown {
            let time = module.seconds.map(duration).unwrap_or_default();
            let (label, why) = (inline(&content::label(module)), inline(&content::reason(module)));
            lines.push(format!("| {label} | {time} | {why} |"));
        }
        let hidden = change.count.saturating_sub(shown.iter().filter(|module| is_counted(module)).count());
        if hidden > 0 {
            lines.extend([String::new(), format!("and {} more, each of which took less time", grouped(hidden as u64))]);
        }
        lines.push(String::new());
    }
    lines.push(String::new());
    sheet.add(&lines.join("\n"))
}

fn how_of(sheet: &mut Sheet, record: &Record, content: &Content<'_>) {
    folded(sheet, &"How it was built".into(), |sheet| {
        let mut hidden = 0;
        let mut line = |sheet: &mut Sheet, text: String| {
            if !sheet.add(&text) {
                hidden += 1;
            }
        };
        let kept = sheet.keep(100);
        for subject in &content.subjects {
            let headline = &subject.headline;
            let (told, after) = (inline(&headline.told), inline(&headline.after));
            line(sheet, format!("- {}: {told}{after}\n", code(&headline.name)));
            if let Some(why) = subject.plainly {
                line(sheet, format!("  - built plainly: {}\n", code(why)));
            }
            for remark in &subject.remarks {
                line(sheet, format!("  - {}\n", inline(&remark.text)));
            }
        }
        for told in content.how.iter().chain(&content.transfers) {
            line(sheet, format!("- {}\n", inline(told)));
        }
        let all = format!("- the whole command took {}\n", duration(record.seconds));
        line(sheet, all);
        sheet.give_back(kept);
        if hidden > 0 {
            sheet.add(&left_out(hidden, "line"));
        }
    });
}

/// Of which commit it is, and of when.
fn last_line(record: &Record) -> String {
    let edits = if record.head.dirty { " with edits that are not committed" } else { "" };
    let head = code(record.head.commit.short());
    format!(
        "<sub>head {head}{edits}, built {}, by hinc {}</sub>\n",
        moment(record.started.timestamp()),
        html(&name(&record.hinc))
    )
}
