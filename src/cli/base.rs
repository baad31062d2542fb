//! `hinc base`.

use clap::Args;

use super::args::HistoryArgs;
use super::context::Context;
use super::failure::Failure;
use super::settings::HincToml;
use crate::exit::Exit;
use crate::model::revision::{Base, BaseReason};
use crate::pipeline::Project;

/// Print the commit that would be the base of a build.
///
/// The base is the newest commit at or before the boundary: the committer time of the commit that is
/// built, rounded down to a multiple of the interval, in UTC. It depends on nothing else, so everybody
/// who builds a commit of the same day gets the same base.
#[derive(Debug, Args)]
pub(super) struct BaseArgs {
    #[command(flatten)]
    history: HistoryArgs,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Prints the base.
pub(super) fn run(args: &BaseArgs, context: &Context) -> Result<Exit, Failure> {
    let project = Project::open(&context.folder, args.history.rev.as_deref())?;
    let file = HincToml::of(&project, args.history.rev.as_deref(), &context.printer)?;
    let base = project.base(&file.base_options(&args.history, &context.environment)?)?;
    let text =
        if args.json { json(&base)? } else { text(&base, project.head().dirty, context.clock.now().timestamp()) };
    Ok(if args.json { context.printer.json(&text) } else { context.printer.answer(&text) })
}

fn json(base: &Base) -> Result<String, super::error::Error> {
    let text = serde_json::to_string_pretty(base);
    let text = text
        .map_err(|source| super::error::Error::Output { what: "the base as JSON".to_owned(), source: source.into() })?;
    Ok(format!("{text}\n"))
}

fn text(base: &Base, dirty: bool, now: i64) -> String {
    let back = match base.distance {
        0 => "the commit itself".to_owned(),
        1 => "1 commit back".to_owned(),
        n => format!("{n} commits back"),
    };
    let boundary = time(base.boundary);
    let why = match base.reason {
        BaseReason::BeforeBoundary => {
            format!("the newest commit at or before {boundary} (interval {})", base.interval_seconds)
        }
        BaseReason::Root => {
            format!("no commit is as old as {boundary} (interval {}): the root of the history", base.interval_seconds)
        }
        BaseReason::Pinned => "named by --base".to_owned(),
        BaseReason::MergeBase => "where the branch begins".to_owned(),
        BaseReason::Available => "the newest one whose full build is at hand".to_owned(),
    };
    let dirty = if dirty { ", with uncommitted changes" } else { "" };
    format!(
        "base  {}\ntime  {}, {} old, {back}\nwhy   {why}\nhead  {}{dirty}\n",
        base.commit,
        time(base.committer_time),
        age(now.saturating_sub(base.committer_time)),
        base.head,
    )
}

fn time(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| format!("@{seconds}"), |time| time.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// A length of time in its largest unit.
fn age(seconds: i64) -> String {
    let (number, unit) = match seconds {
        ..60 => (seconds.max(0), "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        86_400.. => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(reason: BaseReason, distance: u64) -> Base {
        Base {
            schema_version: 1,
            commit: "a".repeat(40).parse().expect("a name"),
            tree: "b".repeat(40).parse().expect("a name"),
            committer_time: 1_769_815_300,
            boundary: 1_769_817_600,
            interval_seconds: crate::model::interval::Interval::DAY,
            head: "c".repeat(40).parse().expect("a name"),
            distance,
            reason,
        }
    }

    #[test]
    fn the_text_says_which_how_old_how_far_and_why() {
        insta::assert_snapshot!(text(&base(BaseReason::BeforeBoundary, 3), true, 1_769_851_300), @r"
        base  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        time  2026-01-30 23:21:40 UTC, 10 hours old, 3 commits back
        why   the newest commit at or before 2026-01-31 00:00:00 UTC (interval 1d)
        head  cccccccccccccccccccccccccccccccccccccccc, with uncommitted changes
        ");
    }

    #[test]
    fn json_is_what_the_design_promises() {
        let value: serde_json::Value =
            serde_json::from_str(&json(&base(BaseReason::Root, 0)).expect("JSON")).expect("JSON");
        let keys: Vec<&str> = value.as_object().expect("an object").keys().map(String::as_str).collect();
        let mut expected = vec![
            "schema_version",
            "commit",
            "tree",
            "committer_time",
            "boundary",
            "interval_seconds",
            "head",
            "distance",
            "reason",
        ];
        expected.sort_unstable();
        assert_eq!(keys, expected);
        assert_eq!((value["reason"].as_str(), value["interval_seconds"].as_u64()), (Some("root"), Some(86_400)));
    }
}
