//! `hinc base`.

use std::path::{Path, PathBuf};

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::args::HistoryArgs;
use super::context::Context;
use super::failure::Failure;
use super::settings::HincToml;
use crate::exit::Exit;
use crate::files::{self, Readers};
use crate::model::base_lock::BaseLock;
use crate::model::revision::{Base, Head};
use crate::pipeline::Project;
use crate::report;

/// Print the commit that would be the base of a build.
///
/// The base is the newest commit at or before the boundary: the committer time of the commit that is
/// built, rounded down to a multiple of the interval, in UTC. No clock plays a part unless
/// `--as-of now` asks for it, so everybody who builds a commit of the same day gets the same base.
#[derive(Debug, Args)]
pub(super) struct BaseArgs {
    #[command(flatten)]
    history: HistoryArgs,
    /// Write the base to FILE, for Nix code that is evaluated where hinc cannot run: `lib.baseSource` reads it.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// Prints the base.
pub(super) async fn run(args: BaseArgs, context: &Context, cancel: CancellationToken) -> Result<Exit, Failure> {
    let project = Project::open(&context.folder, args.history.rev.as_deref())?;
    let settings =
        HincToml::fetched(&project, args.history.rev.as_deref(), args.history.history, context, &cancel).await?;
    let project = project.with_source_options(settings.source_options());
    let options = settings.base_options(&args.history, &context.environment)?;
    let bases = project.bases(&options, &|text| context.printer.note(text), &cancel).await?;
    let base = bases.first;
    for older in &bases.older {
        let place = report::base::place(older, project.head().committer_time);
        let commit = &older.commit;
        context
            .printer
            .note(&format!("a build takes {commit} instead, {place}, if its full build is at hand and no newer one"));
    }
    if let Some(file) = &args.write {
        let source = project.source(&base.tree, "", context.environment.cache.as_deref())?;
        write(file, &BaseLock::of(&base, &source))?;
    }
    let text = if args.json { json(&base)? } else { text(&base, project.head()) };
    Ok(if args.json { context.printer.json(&text) } else { context.printer.answer(&text) })
}

fn write(file: &Path, lock: &BaseLock) -> Result<(), super::error::Error> {
    let failed = |source: std::io::Error| super::error::Error::Output {
        what: format!("the base to `{}`", file.display()),
        source,
    };
    let text = serde_json::to_string_pretty(lock).map_err(|error| failed(error.into()))?;
    // Whoever only asks again has nothing to commit.
    let text = format!("{text}\n");
    if fs_err::read_to_string(file).is_ok_and(|old| old == text) {
        return Ok(());
    }
    files::replace(file, text.as_bytes(), Readers::AsUsual).map_err(failed)
}

fn json(base: &Base) -> Result<String, super::error::Error> {
    let text = serde_json::to_string_pretty(base);
    let text = text
        .map_err(|source| super::error::Error::Output { what: "the base as JSON".to_owned(), source: source.into() })?;
    Ok(format!("{text}\n"))
}

fn text(base: &Base, head: &Head) -> String {
    let dirty = if head.dirty { ", with uncommitted changes" } else { "" };
    let auto = base.interval_choice.as_ref().map(|choice| format!("auto  {}\n", choice.why)).unwrap_or_default();
    format!(
        "base  {}\ntime  {}, {}\nwhy   {} (interval {})\n{auto}head  {}{dirty}\n",
        base.commit,
        time(base.committer_time),
        report::base::place(base, head.committer_time),
        report::base::why(base),
        base.interval_seconds,
        base.head,
    )
}

fn time(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| format!("@{seconds}"), |time| time.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::revision::BaseReason;

    fn head(dirty: bool, committer_time: i64) -> Head {
        let name = "c".repeat(40);
        Head { commit: name.parse().expect("a name"), tree: name.parse().expect("a name"), dirty, committer_time }
    }

    #[test]
    fn the_text_says_which_how_old_how_far_and_why() {
        insta::assert_snapshot!(text(&Base::example(BaseReason::BeforeBoundary { boundary: 1_769_817_600 }, 3), &head(true, 1_769_851_300)), @r"
        base  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        time  2026-01-30 23:21:40 UTC, 10 h and 3 commits before head
        why   the newest commit up to 2026-01-31 00:00 UTC (interval 1d)
        head  cccccccccccccccccccccccccccccccccccccccc, with uncommitted changes
        ");
    }

    #[test]
    fn json_is_what_the_design_promises() {
        let value: serde_json::Value =
            serde_json::from_str(&json(&Base::example(BaseReason::Root { boundary: 1_769_817_600 }, 0)).expect("JSON"))
                .expect("JSON");
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
