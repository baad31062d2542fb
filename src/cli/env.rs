//! Every environment variable that hinc reads, in one place.

use std::ffi::OsString;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::ci;
use crate::clock::Clock;
use crate::history::PullRequest;

/// What the environment says. Empty variables count as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Environment {
    /// `HINC_INTERVAL`: the default of `--interval`.
    pub(super) interval: Option<String>,
    /// `HINC_BASE_POLICY`: the default of `--base-policy`.
    pub(super) base_policy: Option<String>,
    /// The pull request that a CI service says this job checks.
    pub(super) pull_request: Option<PullRequest>,
    /// What a CI service says of this job, where its reports can be posted: the token of `GITHUB_TOKEN`, `GH_TOKEN` or
    /// `GITLAB_TOKEN` among it.
    pub(super) job: Option<ci::Job>,
    /// `HINC_COMMENT`: the default of `--always` and `--never`.
    pub(super) comment: Option<String>,
    /// The files of the summary of this step, unless `HINC_STEP_SUMMARY` is `off`.
    pub(super) summaries: Vec<PathBuf>,
    /// The file of the outputs of this step, unless `HINC_OUTPUTS` is `off`.
    pub(super) outputs: Option<PathBuf>,
    /// The service whose runner folds parts of this log, unless `HINC_GROUPS` is `off`.
    pub(super) groups: Option<ci::Runner>,
    /// The service whose runner makes annotations of lines of this log, unless `HINC_ANNOTATIONS` is `off`.
    pub(super) annotations: Option<ci::Runner>,
    /// `HINC_BUILDER`: the default of `--builder`.
    pub(super) builder: Option<String>,
    /// `HINC_CLOCK`: a time in RFC 3339 at which the clock stands still. For tests.
    pub(super) clock: Option<String>,
    /// `HINC_NIX_FUNCTIONS`: a folder to take in place of hinc's own Nix functions. For work on these.
    pub(super) functions: Option<PathBuf>,
    /// `NO_COLOR`: no colours (<https://no-color.org>).
    pub(super) no_color: bool,
    /// `CI`: plain lines in place of a moving display, as on every CI service.
    pub(super) ci: bool,
    /// `TERM`: `dumb`, or none, means plain lines.
    pub(super) term: Option<String>,
    /// `COLUMNS`: how wide a report is, whatever the terminal says.
    pub(super) columns: Option<usize>,
    /// `PATH`: where GHC is looked for.
    pub(super) path: OsString,
    /// `USER`: who runs hinc, for what it prints of services.
    pub(super) user: Option<String>,
    /// `XDG_STATE_HOME` or its default: records and GC roots are below `hinc/`.
    pub(super) state: Option<PathBuf>,
    /// `XDG_CONFIG_HOME` or its default: the user's settings are below `hinc/`.
    pub(super) config: Option<PathBuf>,
    /// `XDG_CONFIG_DIRS` or its default: the administrator's settings are below `hinc/`, the most important folder first.
    pub(super) system_config: Vec<PathBuf>,
    /// `XDG_CACHE_HOME` or its default: what can be made again is below `hinc/`.
    pub(super) cache: Option<PathBuf>,
}

impl Environment {
    /// Reads the environment of this process.
    pub(super) fn read() -> Self {
        let home = variable("HOME").map(PathBuf::from);
        let folder = |name: &str, default: &str| {
            variable(name)
                .map(PathBuf::from)
                // The XDG specification: a path that is not absolute is ignored.
                .filter(|path| path.is_absolute())
                .or_else(|| home.as_ref().map(|home| home.join(default)))
                .map(|path| path.join("hinc"))
        };
        Self {
            interval: text("HINC_INTERVAL"),
            base_policy: text("HINC_BASE_POLICY"),
            pull_request: ci::pull_request(&text),
            job: ci::job(&text),
            comment: text("HINC_COMMENT"),
            summaries: ci::summaries(&text),
            outputs: ci::output_file(&text),
            groups: ci::groups(&text),
            annotations: ci::annotations(&text),
            builder: text("HINC_BUILDER"),
            clock: text("HINC_CLOCK"),
            functions: variable("HINC_NIX_FUNCTIONS").map(PathBuf::from),
            no_color: variable("NO_COLOR").is_some(),
            ci: text("CI").is_some_and(|value| value != "false" && value != "0"),
            term: text("TERM"),
            columns: text("COLUMNS").and_then(|value| value.parse().ok()),
            path: variable("PATH").unwrap_or_default(),
            user: text("USER"),
            state: folder("XDG_STATE_HOME", ".local/state"),
            config: folder("XDG_CONFIG_HOME", ".config"),
            system_config: std::env::split_paths(&variable("XDG_CONFIG_DIRS").unwrap_or_else(|| "/etc/xdg".into()))
                .filter(|path| path.is_absolute())
                .map(|path| path.join("hinc"))
                .collect(),
            cache: folder("XDG_CACHE_HOME", ".cache"),
        }
    }

    /// Returns the clock: the system's, unless a test has stopped it.
    pub(super) fn clock(&self) -> Clock {
        self.clock
            .as_deref()
            .and_then(|text| DateTime::parse_from_rfc3339(text).ok())
            .map_or(Clock::System, |time| Clock::Fixed(time.with_timezone(&Utc)))
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the module that the ban points to")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn text(name: &str) -> Option<String> {
    variable(name).and_then(|value| value.into_string().ok())
}
