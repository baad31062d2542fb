//! `--interval auto` over made-up histories: the same interval, and so the same base, for everybody who builds a commit
//! of the same piece of time.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use hinc::history::{Options, Walk, bases, head};
use hinc::model::interval::Interval;
use hinc::model::interval_choice::IntervalSetting;
use hinc::model::record::Record;
use hinc::model::revision::Base;
use hinc::pipeline::Records;

use crate::history_oracle::made_up;
use crate::repositories::{Commit, Random, TestRepository};

/// 2026-01-29 00:00 UTC, a Thursday, when a week begins.
const THURSDAY: i64 = 1_769_644_800;
const HOUR: i64 = 3600;
const WEEK: i64 = 7 * 24 * HOUR;

fn auto() -> Options {
    Options { interval: IntervalSetting::Auto, ..Options::default() }
}

fn base_of(repository: &hinc::history::Repository, revision: &str, options: &Options) -> Base {
    let head = head(repository, Some(revision)).expect("a head");
    bases(repository, &head, options).expect("a base").first
}

/// Ten weeks on one line, each with as many commits as chance wants: none, few, or hundreds.
fn ten_weeks(random: &mut Random) -> Vec<Commit> {
    let mut commits = Vec::new();
    for week in -8..2 {
        let count = [0, 1, 3, 12, 40, 150][random.below(6)];
        let within = [WEEK, 30 * HOUR, HOUR][random.below(3)];
        let mut times: Vec<i64> = (0..count)
            .map(|_| i64::try_from(random.below(usize::try_from(within).expect("small"))).expect("small"))
            .collect();
        times.sort_unstable();
        for time in times {
            let parents = commits.len().checked_sub(1).into_iter().collect();
            commits.push(Commit { seconds: THURSDAY + week * WEEK + time, parents });
        }
    }
    if commits.is_empty() { vec![Commit { seconds: THURSDAY, parents: Vec::new() }] } else { commits }
}

#[test]
fn commits_of_one_piece_of_time_have_one_base() {
    let mut chosen: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 0..12 {
        let mut random = Random(seed ^ 0xa070);
        let commits = ten_weeks(&mut random);
        let git = TestRepository::new();
        let names = git.import(&commits);
        let repository = git.open();
        let options = Options { walk: [Walk::FirstParent, Walk::AllParents][random.below(2)], ..auto() };
        let mut of_week: BTreeMap<i64, Interval> = BTreeMap::new();
        let mut of_piece = BTreeMap::new();
        for (commit, name) in commits.iter().zip(&names).rev().take(48) {
            let base = base_of(&repository, name, &options);
            let interval = base.interval_seconds;
            assert_eq!(base.interval_choice.as_ref().map(|choice| choice.interval_seconds), Some(interval));
            let week = Interval::WEEK.boundary(commit.seconds);
            assert_eq!(*of_week.entry(week).or_insert(interval), interval, "seed {seed}, {name}");
            // A commit at a boundary is its own base, and older ones have another: it is a piece by itself.
            let boundary = interval.boundary(commit.seconds);
            let own = (commit.seconds == boundary).then_some(name);
            let base_of_piece = of_piece.entry((boundary, own)).or_insert_with(|| base.commit.clone());
            assert_eq!(*base_of_piece, base.commit, "seed {seed}, {name}");
            // It is the base that this interval gives where it is named.
            if random.chance(10) {
                let named = Options { interval: IntervalSetting::Fixed(interval), ..options.clone() };
                assert_eq!(base_of(&repository, name, &named).commit, base.commit, "seed {seed}, {name}");
            }
        }
        for interval in of_week.values() {
            *chosen.entry(interval.to_string()).or_default() += 1;
        }
    }
    for interval in ["1w", "1d", "1h"] {
        assert!(chosen.get(interval).is_some_and(|weeks| *weeks > 2), "{interval} is hardly ever chosen: {chosen:?}");
    }
}

/// With merges, several roots and wrong clocks: whose ways back meet at the beginning of a week have one interval.
#[test]
fn whose_ways_back_meet_have_one_interval() {
    let mut shared = 0;
    for seed in 0..12 {
        let mut random = Random(seed ^ 0x1d3a);
        let mut commits = made_up(&mut random);
        for commit in &mut commits {
            commit.seconds = THURSDAY + (commit.seconds - 1_600_000_000) * 50;
        }
        let git = TestRepository::new();
        let names = git.import(&commits);
        let repository = git.open();
        let week = Options { interval: IntervalSetting::Fixed(Interval::WEEK), ..Options::default() };
        let mut met = BTreeMap::new();
        for name in names.iter().rev().take(40) {
            let choice = base_of(&repository, name, &auto()).interval_choice.expect("it chose");
            let way = base_of(&repository, name, &week);
            let key = (way.reason.boundary(), way.commit);
            let first = met.entry(key).or_insert_with(|| choice.clone());
            // Where no commit is old enough, the way may have ended at one root or another: nothing is known there.
            assert_eq!(*first, choice, "seed {seed}, {name}");
            shared += 1;
        }
        shared -= met.len();
    }
    assert!(shared > 150, "only {shared} ways met another");
}

#[test]
fn what_comes_later_changes_nothing() {
    let mut random = Random(7);
    let mut commits = ten_weeks(&mut random);
    let git = TestRepository::new();
    let names = git.import(&commits);
    let last = names.last().expect("a commit");
    let before = base_of(&git.open(), last, &auto());
    for hours in 1..300 {
        commits.push(Commit { seconds: THURSDAY + 3 * WEEK + hours * HOUR / 9, parents: vec![commits.len() - 1] });
    }
    let again = TestRepository::new();
    let names = again.import(&commits);
    assert_eq!(base_of(&again.open(), &names[names.len() - 300], &auto()), before);
}

/// A thousand commits count at most: a busy week is not walked back for a month.
#[test]
fn a_busy_history_is_looked_at_for_a_part() {
    let seconds = |number: i64| if number < 1500 { THURSDAY - (1500 - number) * 600 } else { THURSDAY + 60 };
    let commits: Vec<Commit> = (0..=1500_i64)
        .map(|number| Commit {
            seconds: seconds(number),
            parents: usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).into_iter().collect(),
        })
        .collect();
    let git = TestRepository::new();
    let names = git.import(&commits);
    let repository = git.open();
    let choice = base_of(&repository, &names[1499], &auto()).interval_choice.expect("it chose");
    // 2026-01-22 is the week before; what is older than that is looked at.
    assert_eq!((choice.commits, choice.until), (493, THURSDAY - WEEK));
    let choice = base_of(&repository, &names[1500], &auto()).interval_choice.expect("it chose");
    assert_eq!((choice.commits, choice.until, choice.interval_seconds), (1000, THURSDAY, Interval::HOUR));
}

/// Runs hinc in a repository, with records of its own, and returns its exit code, stdout and stderr.
fn hinc(git: &TestRepository, state: &Path, args: &[&str]) -> (Option<i32>, String, String) {
    let mut hinc = Command::new(env!("CARGO_BIN_EXE_hinc"));
    hinc.args(args).current_dir(git.folder()).env_clear().env("PATH", std::env!("PATH"));
    let output = hinc.env("HOME", state).env("XDG_STATE_HOME", state).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// Four weeks with some commits a day, all at the same distance, and the first one after them.
fn four_weeks(a_day: i64) -> (TestRepository, tempfile::TempDir) {
    let commits: Vec<Commit> = (0..=28 * a_day)
        .map(|number| Commit {
            seconds: THURSDAY - 28 * 24 * HOUR + number * (24 / a_day) * HOUR + 60,
            parents: usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).into_iter().collect(),
        })
        .collect();
    let git = TestRepository::new();
    let names = git.import(&commits);
    git.git(["reset", "--quiet", "--hard", names.last().expect("a commit")]);
    (git, tempfile::tempdir().expect("a folder"))
}

#[test]
fn it_is_said_what_was_chosen_and_why() {
    let (git, state) = four_weeks(2);
    let (code, text, said) = hinc(&git, state.path(), &["base", "--interval", "auto"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        text.contains("(interval 1w)\nauto  1w is the cheapest for the 56 commits up to 2026-01-29 00:00 UTC: "),
        "{text}"
    );
    let (_, json, _) = hinc(&git, state.path(), &["base", "--interval", "auto", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["interval_seconds"], &json["interval_choice"]["commits"]), (&604_800.into(), &56.into()));
    assert_eq!(json["interval_choice"]["candidates"].as_array().map(Vec::len), Some(3));
    // Named, it is not chosen.
    let (_, json, _) = hinc(&git, state.path(), &["base", "--interval", "1w", "--json"]);
    assert!(!json.contains("interval_choice"), "{json}");
}

#[test]
fn every_way_to_say_auto_is_heard() {
    let (git, state) = four_weeks(2);
    git.write("hinc.toml", "interval = \"auto\"\n");
    git.commit_all(THURSDAY + 60 * 60);
    let (code, text, said) = hinc(&git, state.path(), &["base"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(text.contains("(interval 1w)\nauto  "), "{text}");
    let (code, _, said) = hinc(&git, state.path(), &["base", "--interval", "automatic"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`auto` lets hinc choose"), "{said}");
}

/// The records of this machine count for `suggest` and not for `auto`.
#[test]
fn what_was_measured_here_is_suggested_and_written() {
    let (git, state) = four_weeks(6);
    git.write("hinc.toml", "# ours\ninterval = \"1h\" # for now\n\n[host]\ntests = true\n");
    git.commit_all(THURSDAY + HOUR + 60);
    let (code, text, said) = hinc(&git, state.path(), &["interval", "suggest"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(text.starts_with("interval  1d\nwhy       1d is the cheapest"), "{text}");
    assert!(text.contains("a full build as 40 commits, as is usual"), "{text}");

    // A commit compiles a thousandth of the modules again: a base far away is as good.
    let name = "a".repeat(40);
    let build = serde_json::json!({
        "package": "p", "version": "1", "kind": "incremental", "wanted": true, "outcome": "built",
        "drv": "/nix/store/00000000000000000000000000000000-p.drv", "outputs": {}, "builder": "", "seconds": 5.0,
        "compile_seconds": null, "full_compile_seconds": null, "modules_total": 1000, "modules_rebuilt": 1, "modules": [],
        "warnings": 0, "warnings_replayed": 0, "failure": null,
    });
    let mut full = build.clone();
    full["kind"] = "full".into();
    full["seconds"] = 60.into();
    let record: Record = serde_json::from_value(serde_json::json!({
        "schema_version": 1, "hinc": "0.1.0", "started": "2026-01-31T09:12:44Z", "seconds": 6.2,
        "head": {"commit": name, "tree": name, "dirty": false, "committer_time": 5},
        "base": {
            "schema_version": 2, "commit": name, "tree": name, "committer_time": 5, "interval_seconds": 86_400,
            "head": name, "distance": 1, "reason": "pinned",
        },
        "mode": "incremental", "why": "because", "builds": [full, build.clone(), build.clone(), build], "out_paths": [],
    }))
    .expect("a record");
    Records::below(&state.path().join("hinc")).write(git.folder(), &record).expect("it is kept");
    let (code, text, said) = hinc(&git, state.path(), &["interval", "suggest", "--write"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(text.starts_with("interval  1w\n"), "{text}");
    assert!(
        text.contains("a full build as 1,000 commits, as 3 incremental builds here compiled again 0.1 %"),
        "{text}"
    );
    assert!(said.contains("wrote `interval = \"1w\"` to hinc.toml"), "{said}");
    let written = fs_err::read_to_string(git.path("hinc.toml")).expect("the file");
    assert_eq!(written, "# ours\ninterval = \"1w\" # for now\n\n[host]\ntests = true\n");
    let (_, text, _) = hinc(&git, state.path(), &["base", "--interval", "auto"]);
    assert!(text.contains("(interval 1d)"), "{text}");

    let (code, json, said) = hinc(&git, state.path(), &["interval", "suggest", "--write", "--json"]);
    assert!(said.contains("hinc.toml says `1w` already"), "{said}");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((code, &json["interval_choice"]["interval_seconds"]), (Some(0), &604_800.into()));
    assert_eq!(json["build_cost"]["full_build_seconds"], 60.0);
    assert_eq!(json["distances"], serde_json::json!([2, 2, 1]));
}

#[test]
fn a_link_in_place_of_the_settings_is_not_followed() {
    let (git, state) = four_weeks(2);
    let elsewhere = state.path().join("elsewhere");
    fs_err::write(&elsewhere, "").expect("a file");
    std::os::unix::fs::symlink(&elsewhere, git.path("hinc.toml")).expect("a link");
    let (code, _, said) = hinc(&git, state.path(), &["interval", "suggest", "--write"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is no file of its own") && said.contains("set `interval = \"1w\"` by hand"), "{said}");
    assert_eq!(fs_err::read_to_string(&elsewhere).expect("the file"), "");
    assert!(git.path("hinc.toml").is_symlink());

    fs_err::remove_file(git.path("hinc.toml")).expect("it is there");
    let (code, _, said) = hinc(&git, state.path(), &["interval", "suggest", "--write"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("`git add hinc.toml`"), "{said}");
    assert_eq!(fs_err::read_to_string(git.path("hinc.toml")).expect("the file"), "interval = \"1w\"\n");
}

/// What a shallow clone cannot answer is no guess.
#[test]
fn a_shallow_clone_is_refused_where_nothing_may_be_fetched() {
    let (git, state) = four_weeks(2);
    let clone = git.cloned(&["--depth=9"]);
    let (code, text, said) = hinc(&clone, state.path(), &["base"]);
    assert_eq!(code, Some(0), "a day is near enough: {text}{said}");
    for args in [&["base", "--interval", "auto"][..], &["interval", "suggest"]] {
        let (code, _, said) = hinc(&clone, state.path(), args);
        assert_eq!(code, Some(4), "{said}");
        assert!(said.contains("the clone is too shallow") && said.contains("--history deepen"), "{said}");
        let mut args = args.to_vec();
        args.extend(["--history", "deepen"]);
        let deepened = git.cloned(&["--depth=9"]);
        let (code, text, said) = hinc(&deepened, state.path(), &args);
        assert_eq!(code, Some(0), "{said}");
        assert!(text.contains("1w is the cheapest for the 56 commits"), "{text}");
        assert!(said.contains("fetching 32 more commits"), "{said}");
    }
}
