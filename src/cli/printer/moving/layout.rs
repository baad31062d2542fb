//! What goes on as lines of a screen.
//!
//! One function from a state, a time and a size to lines, none of them wider than there is room and not more of them.
//! The width of a terminal is used but for its last column: what is written there makes some terminals begin a new line,
//! and a resize joins lines that fill the width.

use chrono::{DateTime, Utc};

use super::columns::{begin, end, even, width};
use super::line::{Line, Tone};
use super::room;
use super::state::{At, Running, State, Transfer, Way};
use super::words::{amount, short_time, store};
use crate::model::haskell::NodeKind;
use crate::model::outlook::Foretold;

/// How large a terminal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli::printer) struct Size {
    /// In columns.
    pub(in crate::cli::printer) width: usize,
    /// In lines.
    pub(in crate::cli::printer) height: usize,
}

/// From this width on, it is told how long a build will still take.
const ROOM_FOR_LEFT: usize = 56;

/// From this width on, it is told how long each build takes, and how much of a path has come. On less, what GHC compiles
/// matters more, and the last line has the time of all.
const ROOM_FOR_TIME: usize = 48;

/// Returns the lines that show a state at a time.
pub(super) fn lines(state: &State, started: DateTime<Utc>, now: DateTime<Utc>, size: Size) -> Vec<Line> {
    let columns = size.width.saturating_sub(1);
    if columns == 0 {
        return Vec::new();
    }
    let mut builds: Vec<&Running> = state.running.values().collect();
    // What was begun first goes on longest; it stays where it is.
    builds.sort_by_key(|running| (running.role != super::role::Role::Planned, running.number));
    let mut transfers: Vec<(&str, &Transfer)> =
        state.transfers.iter().map(|(path, transfer)| (path.name(), transfer)).collect();
    transfers.sort_by_key(|(_, transfer)| transfer.number);

    let shown = room::shown(builds.len(), transfers.len(), size.height);
    let (builds_left, transfers_left) = (&builds[shown.builds..], &transfers[shown.transfers..]);
    let (builds, transfers) = (&builds[..shown.builds], &transfers[..shown.transfers]);

    let names = builds.iter().map(|build| build.name.as_str()).chain(transfers.iter().map(|(name, _)| *name));
    let names = names.map(|name| width(&even(name))).max().unwrap_or(0).min(columns * 2 / 5);
    let mut lines: Vec<Line> = builds.iter().map(|build| of_build(build, now, names, columns)).collect();
    lines.extend(transfers.iter().map(|(name, transfer)| of_transfer(name, transfer, names, columns)));
    let is_all = builds_left.is_empty() && transfers_left.is_empty();
    // Beside the summary, and a line that stays free.
    if !is_all && lines.len() + 2 < size.height {
        let parts = [counted(builds_left.len(), "build"), counted(transfers_left.len(), "copy")];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        lines.push(Line::one(Tone::Dim, &begin(&format!("and {} more", parts.join(" and ")), columns)));
    }
    lines.push(summary(state, started, now, columns));
    lines
}

fn counted(count: usize, noun: &str) -> Option<String> {
    let plural = if noun == "copy" { "copies".to_owned() } else { format!("{noun}s") };
    match count {
        0 => None,
        1 => Some(format!("1 {noun}")),
        _ => Some(format!("{count} {plural}")),
    }
}

/// Name, what it does, and times at the right.
fn of_build(build: &Running, now: DateTime<Utc>, names: usize, columns: usize) -> Line {
    let passed = (now - build.since).num_milliseconds().max(0);
    let time = short_time(passed / 1000);
    let left = build.pace.left(passed).map(|seconds| format!("{time}, {} left", short_time(rounded(seconds))));
    let right = match left {
        Some(left) if columns >= ROOM_FOR_LEFT => left,
        _ if columns >= ROOM_FOR_TIME => time,
        _ => String::new(),
    };
    let room = columns.saturating_sub(names + 1 + if right.is_empty() { 0 } else { width(&right) + 1 });
    three(&build.name, names, &doing(build, room), &right, columns)
}

fn of_transfer(name: &str, transfer: &Transfer, names: usize, columns: usize) -> Line {
    let right = match transfer.expected {
        _ if columns < ROOM_FOR_TIME => String::new(),
        0 if transfer.done == 0 => String::new(),
        expected => amount(transfer.done, expected),
    };
    let place = store(&transfer.place);
    let (verb, preposition) = match transfer.way {
        Way::Fetched => ("fetched", "from"),
        Way::From => ("copied", "from"),
        Way::To => ("copied", "to"),
    };
    let room = columns.saturating_sub(names + 1 + if right.is_empty() { 0 } else { width(&right) + 1 });
    let doing =
        best([format!("{verb} {preposition} {place}"), format!("{preposition} {place}"), verb.to_owned()], room);
    three(name, names, &doing, &right, columns)
}

/// Three texts in columns: the first and the last are of one width in all lines, as far as there is room.
fn three(name: &str, names: usize, doing: &str, right: &str, columns: usize) -> Line {
    let name = even(name);
    let name = begin(&name, names);
    let mut line = Line::one(Tone::Name, &name);
    line.blanks(names - width(&name));
    let room = columns.saturating_sub(line.width() + 1);
    if room > 0 {
        line.blanks(1);
        line.add(Tone::Plain, &begin(doing, room));
    }
    if !right.is_empty() && line.width() + 1 + width(right) <= columns {
        line.blanks(columns - line.width() - width(right));
        line.add(Tone::Dim, right);
    }
    line
}

/// The longest of some texts that fits, the longest first; or what fits of the last.
fn best<const N: usize>(texts: [String; N], room: usize) -> String {
    let mut last = String::new();
    for text in texts {
        if width(&text) <= room {
            return text;
        }
        last = text;
    }
    begin(&last, room).into_owned()
}

/// What a build does, in so many columns.
fn doing(build: &Running, room: usize) -> String {
    let machine = if build.machine.is_empty() { String::new() } else { format!(" on {}", store(&build.machine)) };
    let foretold = foretold(build);
    let Some(at) = &build.at else {
        let phase = match (build.phase.as_str(), build.component.as_str()) {
            ("", _) => "begins".to_owned(),
            ("build", component) if !component.is_empty() => format!("build {component}"),
            (phase, _) => phase.to_owned(),
        };
        let phase = even(&phase).into_owned();
        let role = |words: &str| if words.is_empty() { String::new() } else { format!("; {words}") };
        let (long, short) = (role(build.role.words()), role(build.role.short()));
        return best(
            [
                format!("{phase}{machine}{long}{foretold}"),
                format!("{phase}{long}{foretold}"),
                format!("{phase}{short}{foretold}"),
                format!("{phase}{short}"),
                phase,
            ],
            room,
        );
    };
    let counter = counter(at);
    let module = even(&at.module);
    let module = match at.kind {
        // The file that is made.
        NodeKind::Link => format!("linking {}", module.rsplit('/').next().unwrap_or(&module)),
        NodeKind::Boot => format!("{module} (boot)"),
        NodeKind::Module | NodeKind::Signature | NodeKind::Instantiation => module.into_owned(),
    };
    let component = even(&build.component);
    let component = if matches!(&*component, "" | "lib") { String::new() } else { format!("{component} ") };
    let short_role = build.role.short();
    let role = if short_role.is_empty() { String::new() } else { format!("; {short_role}") };
    for text in [
        format!("{component}{counter} {module}{machine}{role}{foretold}"),
        format!("{component}{counter} {module}{role}{foretold}"),
        format!("{counter} {module}{role}{foretold}"),
        format!("{counter} {module}{role}"),
        format!("{counter} {module}"),
    ] {
        if width(&text) <= room {
            return text;
        }
    }
    let beside = room.saturating_sub(width(&counter) + 1);
    if beside < 4 {
        return begin(&counter, room).into_owned();
    }
    format!("{counter} {}", end(&module, beside))
}

/// `[ 7/10]`: GHC's place in its order of all modules, of which it may skip some.
fn counter(at: &At) -> String {
    let digits = at.total.to_string().len();
    format!("[{:>digits$}/{}]", at.index, at.total)
}

/// How many modules are compiled of those that are foretold.
fn foretold(build: &Running) -> String {
    let Some(foretold) = build.foretold else { return String::new() };
    let of = match foretold {
        Foretold { at_least, at_most: Some(at_most) } if at_least == at_most => at_least.to_string(),
        Foretold { at_least, at_most: Some(at_most) } => format!("{at_least}-{at_most}"),
        Foretold { at_least, at_most: None } => format!("{at_least} or more"),
    };
    let noun = if of == "1" { "module" } else { "modules" };
    match (build.compiled, &build.at) {
        (0, _) => format!("; {of} {noun} foretold"),
        (compiled, Some(_)) => format!("; {compiled} of {of} foretold"),
        // All that is compiled was.
        (_, None) => String::new(),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a cast of a float saturates")]
fn rounded(seconds: f64) -> i64 {
    seconds.ceil() as i64
}

/// All of it in one line, with what matters least left out where there is no room.
fn summary(state: &State, started: DateTime<Utc>, now: DateTime<Utc>, columns: usize) -> Line {
    let seconds = (now - started).num_seconds().max(0);
    let (to_build, failed) = (state.to_build(), state.failed.len());
    let first = match (state.stopping, state.planned, state.running.len(), state.transfers.len()) {
        (true, ..) => "stopping".to_owned(),
        (_, _, 0, transfers @ 1..) => counted(transfers, "copy").unwrap_or_default(),
        (_, _, running @ 1.., _) => format!("{running} building"),
        (_, false, 0, 0) => "planning".to_owned(),
        (_, true, 0, 0) => "waiting for Nix".to_owned(),
    };
    let left = left(state, now);
    // What is left out first is last. The order on the screen is another.
    let copies = counted(state.transfers.len(), "copy").filter(|_| !state.running.is_empty());
    let size = state.bytes().filter(|_| !state.transfers.is_empty()).map(|(done, of)| amount(done, of));
    let parts = [
        Part { text: Some(first), rank: 0, tone: Tone::Name },
        Part { text: (to_build > 0).then(|| format!("{to_build} to build")), rank: 2, tone: Tone::Plain },
        Part { text: (state.built > 0).then(|| format!("{} built", state.built)), rank: 6, tone: Tone::Plain },
        Part { text: (failed > 0).then(|| format!("{failed} failed")), rank: 1, tone: Tone::Bad },
        Part { text: copies, rank: 5, tone: Tone::Plain },
        Part { text: size, rank: 7, tone: Tone::Plain },
        Part { text: Some(short_time(seconds)), rank: 3, tone: Tone::Dim },
        Part { text: left.map(|left| format!("about {} left", short_time(left))), rank: 4, tone: Tone::Dim },
    ];
    let mut parts: Vec<(String, u8, Tone)> =
        parts.into_iter().filter_map(|part| Some((part.text?, part.rank, part.tone))).collect();
    let total = |parts: &[(String, u8, Tone)]| {
        parts.iter().map(|(text, ..)| width(text)).sum::<usize>() + 2 * parts.len().saturating_sub(1)
    };
    while parts.len() > 1 && total(&parts) > columns {
        let Some(worst) = parts.iter().map(|(_, rank, _)| *rank).max() else { break };
        parts.retain(|(_, rank, _)| *rank != worst);
    }
    let mut line = Line::default();
    for (index, (text, _, tone)) in parts.iter().enumerate() {
        if index > 0 {
            line.add(Tone::Dim, ", ");
        }
        let room = columns - line.width();
        line.add(*tone, &begin(text, room));
    }
    line
}

struct Part {
    text: Option<String>,
    /// The larger, the sooner it is left out.
    rank: u8,
    tone: Tone,
}

/// How many seconds all that runs will still take, where nothing comes after it and nothing is unknown.
fn left(state: &State, now: DateTime<Utc>) -> Option<i64> {
    if state.to_build() > 0 || state.running.is_empty() || state.stopping {
        return None;
    }
    let each = state.running.values().map(|build| build.pace.left((now - build.since).num_milliseconds().max(0)));
    each.collect::<Option<Vec<f64>>>().map(|all| rounded(all.into_iter().fold(0.0, f64::max)))
}

#[cfg(test)]
mod tests;
