//! What people read after a build.

use std::borrow::Cow;

use super::base;
use super::base_failures::base_failure;
use super::beside;
use super::cascade::{self, Edit, Nature};
use super::failure;
use super::foretold;
use super::page::{Page, width};
use super::precautions;
use super::style::Paint;
use super::transfers;
use super::words::{counted, duration, grouped};
use crate::model::haskell::NodeKind;
use crate::model::plan::{Kind, Mode};
use crate::model::reason::ReasonCode;
use crate::model::record::{Build, Failure, Module, Outcome, Record};
use crate::model::revision::Base;

/// How many modules of one edit are listed.
const MODULES_OF_AN_EDIT: usize = 8;
/// How many edits are listed with their modules, of those that somebody made and of the others.
const EDITS: usize = 5;
/// From how many compiled modules on the slowest are worth a line.
const MANY_MODULES: u32 = 10;
/// How many of the slowest and of the most contagious are named.
const TOP: usize = 3;

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
    let failed = record.builds.iter().any(|build| build.outcome == Outcome::Failed);
    let mut how_is_told = false;
    for build in &record.builds {
        let worked = matches!(build.outcome, Outcome::Built | Outcome::Failed);
        let helper = build.is_helper();
        // What helps another is worth a line where something was done for it.
        if !build.wanted && !worked && (helper || record.builds.iter().any(|other| other.wanted)) {
            continue;
        }
        headline(&mut page, record, build, helper, failed);
        let own_way = record.mode == Mode::Incremental && build.kind == Kind::Plain;
        if own_way {
            if let Some(why) = &build.why {
                page.sentence(2, &format!("built plainly: {why}"));
            }
        } else if !helper && !how_is_told {
            how_lines(&mut page, record);
            how_is_told = true;
        }
        if worked && build.kind == Kind::Incremental {
            edit_lines(&mut page, record, build);
        }
        if worked {
            notes(&mut page, build);
        }
        if let Some(failure) = &build.failure {
            failure_lines(&mut page, build, failure);
        }
    }
    if !how_is_told {
        how_lines(&mut page, record);
    }
    failure::dependencies(&mut page, record);
    transfers::lines(&mut page, record);
    page.text
}

fn headline(page: &mut Page, record: &Record, build: &Build, helper: bool, failed: bool) {
    let paint = page.paint;
    let name = paint.title(format!("{} {}", build.package, build.version).trim_end());
    let time = build.compile_seconds.unwrap_or(build.seconds);
    let place = failure::place(&build.builder);
    let told = match build.outcome {
        Outcome::Built if build.kind == Kind::Incremental => {
            let saved = build.full_compile_seconds.map(|full| saved(full, time)).unwrap_or_default();
            let told = format!("{} in {}", rebuilt(build), duration(time));
            let told = if cascade::nothing_reused(build) { paint.notable(&told) } else { paint.good(&told) };
            format!("{told}{place}{saved}")
        }
        Outcome::Built => {
            let what = match (build.kind, &record.base) {
                (Kind::Full, Some(base)) if helper => format!("full build of the base {}", base.commit.short()),
                (Kind::Full, _) if is_unchanged(record, build) => {
                    "full build, as nothing of it changed since the base".to_owned()
                }
                (Kind::Full, _) => "full build".to_owned(),
                (Kind::Partial, Some(base)) => format!("what compiles of the base {}", base.commit.short()),
                _ => "plain build".to_owned(),
            };
            let modules = build.modules_total.unwrap_or(build.modules_rebuilt);
            let modules = if modules > 0 { format!("{} in ", counted(modules, "module")) } else { String::new() };
            format!("{}{place}", paint.good(&format!("{what}: {modules}{}", duration(time))))
        }
        Outcome::Cached if is_unchanged(record, build) => {
            paint.good("nothing of it changed since the base, the store has it")
        }
        Outcome::Cached => paint.good("nothing to do, the store has it"),
        Outcome::Substituted => paint.good("fetched from a substituter"),
        Outcome::Failed => {
            let what = match build.kind {
                Kind::Partial => "what compiles of the base: ",
                _ if helper => "full build of the base ",
                _ => "",
            };
            let how = build.failure.as_ref().map_or("failed", |failure| failure.kind.words());
            let after = failure::after(build.seconds);
            paint.bad(&format!("{what}{how}{after}{place}"))
        }
        Outcome::Skipped if failed => paint.notable("not built: another build failed"),
        Outcome::Skipped if !record.failed_dependencies.is_empty() => paint.notable("not built: a dependency failed"),
        Outcome::Skipped => paint.notable("not built"),
    };
    page.line(&format!("{name}: {told}"));
}

/// Whether the full build of the base is itself what was asked for, though other packages changed.
fn is_unchanged(record: &Record, build: &Build) -> bool {
    build.kind == Kind::Full && build.wanted && record.mode == Mode::Incremental
}

/// `1 of 34 modules rebuilt`.
fn rebuilt(build: &Build) -> String {
    match build.modules_total {
        Some(total) if cascade::nothing_reused(build) => format!("all {} modules rebuilt", grouped(total.into())),
        Some(total) if total >= build.modules_rebuilt => {
            let noun = if total == 1 { "module" } else { "modules" };
            format!("{} of {} {noun} rebuilt", grouped(build.modules_rebuilt.into()), grouped(total.into()))
        }
        _ => format!("{} rebuilt", counted(build.modules_rebuilt, "module")),
    }
}

fn saved(full: f64, time: f64) -> String {
    if full > time {
        format!(" (full build {}: {} saved)", duration(full), duration(full - time))
    } else {
        format!(" (full build {}: no time saved)", duration(full))
    }
}

/// On what, or why in another way.
fn how_lines(page: &mut Page, record: &Record) {
    how_line(page, record);
    for failure in record.base.iter().flat_map(|base| record.base_failures.iter().map(move |failure| (failure, base))) {
        let (failure, base) = failure;
        page.sentence(2, &base_failure(failure, &base.commit));
    }
}

fn how_line(page: &mut Page, record: &Record) {
    match (record.mode, &record.base) {
        (Mode::Incremental, Some(base)) => base_line(page, base, record.head.committer_time),
        (Mode::Incremental, None) => {}
        (Mode::Full, _) => page.sentence(2, &format!("built in full: {}", record.why)),
        (Mode::Plain, _) => page.sentence(2, &format!("built plainly: {}", record.why)),
    }
}

fn base_line(page: &mut Page, base: &Base, head: i64) {
    let (place, why) = (base::place(base, head), base::why(base));
    page.sentence(2, &format!("base {}, {place}: {why}", base.commit.short()));
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

fn edit_lines(page: &mut Page, record: &Record, build: &Build) {
    let edits = cascade::edits(record, build);
    if build.outcome == Outcome::Built && cascade::nothing_reused(build) {
        let only = nothing_reused_line(page, build, &edits);
        // Nothing set off anything else: a list would be one of all modules.
        if let Some(Nature::Precaution(left_out)) = only
            && build.modules.iter().all(|module| module.left_out.is_some())
        {
            if let Some(explanation) = precautions::explanation(&left_out.cause) {
                page.sentence(4, &explanation);
            }
            return;
        }
    }
    let (mut unexpected, expected): (Vec<_>, Vec<_>) = edits.into_iter().partition(|edit| edit.nature.is_unexpected());
    unexpected.sort_by_key(|edit| !edit.nature.is_of_what_was_not_seen());
    // Of each group those that cost most time: what nobody expected hides no edit, and no edit hides it.
    let mut hidden = Vec::new();
    for group in [&unexpected, &expected] {
        let (shown, rest) = group.split_at(group.len().min(EDITS));
        for edit in shown {
            one_edit(page, build, edit);
        }
        hidden.extend(rest);
    }
    if !hidden.is_empty() {
        let modules: usize = hidden.iter().map(|edit| edit.count()).sum();
        let text =
            format!("and {} more: {}", counted(hidden.len() as u64, "change"), counted(modules as u64, "module"));
        page.sentence(2, &text);
    }
}

/// Says that all was compiled, and why where one cause covers it, which is then returned.
fn nothing_reused_line<'a>(page: &mut Page, build: &Build, edits: &[Edit<'a>]) -> Option<Nature<'a>> {
    let only = if let [only] = edits { Some(only) } else { None };
    let why = only.and_then(|edit| match edit.nature {
        Nature::Precaution(left_out) => Some(precautions::since(left_out, edit)),
        // That GHC gave no reason is none.
        Nature::ManyNew => None,
        _ => Some(title(build, edit)),
    });
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    let line = page.paint.notable(&format!("nothing of the base could be reused{why}"));
    page.line(&format!("  {line}"));
    only.map(|edit| edit.nature)
}

/// What changed, in words.
fn title(build: &Build, edit: &Edit<'_>) -> String {
    let root = edit.root;
    let name = shortened(root.name);
    let name = match root.component.map(|component| component.0.as_str()) {
        None | Some("" | "lib") => name,
        Some(component) => format!("{name} ({component})"),
    };
    let root = match root.package {
        Some(package) if *package != build.package => format!("{name} of {package}"),
        _ => name,
    };
    match edit.nature {
        Nature::Precaution(left_out) => precautions::title(left_out, edit),
        Nature::Source => format!("{root} was edited"),
        Nature::New => format!("{root} is new, or compiled each time"),
        Nature::ManyNew => "GHC gave no reason".to_owned(),
        Nature::OtherPackage => format!("{root}, of another package, changed"),
        Nature::Packages if edit.root.component.is_some() => format!("another unit: {root}"),
        Nature::Packages => format!("another package: {root}"),
        Nature::Imports => format!("{root} was added or removed"),
        Nature::Artifacts => root,
        Nature::Unknown => format!("`{root}`"),
        Nature::Interface | Nature::File | Nature::Paths | Nature::Flags | Nature::Plugins => format!("{root} changed"),
    }
}

fn one_edit(page: &mut Page, build: &Build, edit: &Edit<'_>) {
    let paint = page.paint;
    let title = title(build, edit);
    let title = if edit.nature.is_unexpected() { paint.notable(&title) } else { paint.title(&title) };
    let time = if edit.seconds > 0.0 { format!(", {}", duration(edit.seconds)) } else { String::new() };
    page.line(&format!("  {title}: {}{time}", counted(edit.count() as u64, "module")));
    if let Some(explanation) = explanation(edit) {
        page.sentence(4, &explanation);
    }
    // The edited module alone needs no list.
    if let [only] = edit.modules.as_slice()
        && matches!(edit.nature, Nature::Source | Nature::New)
        && only.kind == NodeKind::Module
    {
        return;
    }
    let shown = shown(edit);
    let names: Vec<String> = shown.iter().map(|module| label(module)).collect();
    let longest = names.iter().map(|name| width(name)).max().unwrap_or(0).min(page.width / 2);
    for (module, name) in shown.iter().zip(&names) {
        let time = module.seconds.map(duration).unwrap_or_default();
        let reason = match (&module.left_out, module.reason_text.as_str()) {
            (Some(left_out), _) => left_out.cause.words(),
            (None, "") => "no reason given",
            // GHC's own words are not true then.
            (None, _) if module.reason == ReasonCode::SignatureFilled => "filled, and compiled each time",
            (None, text) => text,
        };
        let left = format!("    {name:longest$}  {time:>8}  ");
        let room = page.width.saturating_sub(width(&left));
        let line = format!("{left}{}", paint.faint(&cut(&shortened(reason), room)));
        page.line(&line);
    }
    // Boot files are not counted here either.
    let hidden = edit.count() - shown.iter().filter(|module| cascade::is_counted(module)).count();
    if hidden > 0 {
        page.line(&format!("    and {} more", grouped(hidden as u64)));
    }
}

/// The modules of an edit that are listed, in GHC's order: all of few; of many the first, which is the edited one where
/// there is one, and those that took longest.
fn shown<'a>(edit: &Edit<'a>) -> Vec<&'a Module> {
    if edit.modules.len() <= MODULES_OF_AN_EDIT + 1 {
        return edit.modules.clone();
    }
    let mut order: Vec<usize> = (1..edit.modules.len()).collect();
    let seconds = |index: &usize| edit.modules[*index].seconds.unwrap_or(0.0);
    order.sort_by(|a, b| seconds(b).total_cmp(&seconds(a)));
    order.truncate(MODULES_OF_AN_EDIT - 1);
    order.push(0);
    order.sort_unstable();
    order.into_iter().map(|index| edit.modules[index]).collect()
}

/// What a module is called in a list: with its component where that is not the main library.
fn label(module: &Module) -> String {
    let kind = match module.kind {
        NodeKind::Boot => "[boot]",
        NodeKind::Signature => "[sig]",
        NodeKind::Module | NodeKind::Instantiation | NodeKind::Link => "",
    };
    match module.component.0.as_str() {
        "" | "lib" => format!("{}{kind}", module.module),
        component => format!("{}{kind} ({component})", module.module),
    }
}

/// What to know of a change that nobody made in a module.
fn explanation(edit: &Edit<'_>) -> Option<Cow<'static, str>> {
    let text = match edit.nature {
        Nature::Precaution(left_out) => return precautions::explanation(&left_out.cause),
        Nature::Source | Nature::File | Nature::New | Nature::OtherPackage | Nature::Interface | Nature::Unknown => {
            return None;
        }
        Nature::ManyNew => {
            "They are new, or GHC could not use the base's interfaces: those of another version, \
             of other flags or of other versions of dependencies have another unit id."
        }
        Nature::Paths => {
            "Cabal writes this module anew for each build, with the version and the folders of the package: \
             one of them differs from the base's."
        }
        Nature::Imports => {
            "GHC found another set of imported modules than in the base, though the importing one is the same."
        }
        Nature::Flags => {
            "GHC was called with other flags than for the base: options or extensions in the description of the \
             package, or folders of included files."
        }
        Nature::Packages if edit.root.component.is_some() => {
            "The modules use a component of their package that has another unit id than in the base."
        }
        Nature::Packages => "The modules now use another package than in the base.",
        Nature::Plugins => "GHC compiles what uses a plugin anew when the plugin changed, or says that it must.",
        Nature::Artifacts => "Files of the base were missing or did not fit together.",
    };
    Some(Cow::Borrowed(text))
}

fn notes(page: &mut Page, build: &Build) {
    if build.modules_rebuilt > MANY_MODULES {
        let slow = cascade::slowest(build, TOP);
        if !slow.is_empty() {
            let list: Vec<_> =
                slow.iter().map(|(module, time)| format!("{} {}", label(module), duration(*time))).collect();
            page.sentence(2, &format!("slowest: {}", list.join(", ")));
        }
        let contagious = cascade::contagious(build, TOP);
        if build.kind == Kind::Incremental && !contagious.is_empty() {
            let list: Vec<_> = contagious
                .iter()
                .map(|(name, count)| format!("{} ({})", shortened(name), grouped(*count as u64)))
                .collect();
            page.sentence(2, &format!("most often the reason: {}", list.join(", ")));
        }
    }
    beside::line(page, build);
    foretold::line(page, build);
    match (build.warnings, build.warnings_replayed) {
        (0, 0) => {}
        (new, 0) => page.sentence(2, &counted(new, "warning")),
        (0, old) => page.sentence(2, &format!("{} of modules not rebuilt", counted(old, "warning"))),
        (new, old) => page
            .sentence(2, &format!("{}, and {} of modules not rebuilt", counted(new, "warning"), grouped(old.into()))),
    }
}

/// Takes the hash out of store paths: `/nix/store/HASH-foo-1.0/lib/x` is `foo-1.0/lib/x`.
fn shortened(text: &str) -> String {
    let after_hash = text.strip_prefix("/nix/store/").and_then(|rest| rest.get(33..));
    after_hash.unwrap_or(text).to_owned()
}

/// Cuts a text to a number of columns.
fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let kept: String = text.chars().take(columns.saturating_sub(1)).collect();
    format!("{kept}…")
}
