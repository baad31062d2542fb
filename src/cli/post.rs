//! `hinc report post`.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueHint};
use tokio_util::sync::CancellationToken;

use super::ci::{self, Checks, Job, Subject, Upstream};
use super::context::Context;
use super::diagnostic::render_hint;
use super::error::Error;
use super::failure::Failure;
use super::settings::{FILE_NAME, HincToml, ThresholdArgs};
use super::{report, step};
use crate::error::{Diagnose, Hint, in_one_line};
use crate::exit::Exit;
use crate::foreign;
use crate::forge::{self, Check, Checked, Commented, Kept, Key, Limits, Place, Post, Posted, Site, Wish, Worth};
use crate::model::record::Record;
use crate::model::revision::CommitId;
use crate::pipeline::{self, Project};
use crate::report::content::verdict;
use crate::report::{Annotation, Thresholds};

/// How large a record or an event may be that is posted: others may have written it. A record of 10,000 modules has 5 MB.
const LARGEST_INPUT: u64 = 64 << 20;

/// How long the title of a check may be.
const LONGEST_TITLE: usize = 200;

/// Post the report of a build to the pull request that it is of.
///
/// One comment for each workflow and job is kept up to date. A new one mails people, so it is made only where a reader
/// should act; to write it anew mails nobody. What cannot be posted is told, and the exit code is 0 all the same: no
/// report makes a good build fail.
///
/// On GitHub it takes the token of `GITHUB_TOKEN` or `GH_TOKEN`, and needs `permissions: pull-requests: write`; on GitLab
/// that of `GITLAB_TOKEN`, with the scope `api`. docs/report.md has the way for pull requests of forks.
#[derive(Debug, Args)]
pub(super) struct PostArgs {
    /// A record's file, or `latest`: the last build of this repository.
    #[arg(value_name = "RECORD", default_value = "latest", value_hint = ValueHint::FilePath)]
    record: PathBuf,
    /// Make a comment where there is none, also where nobody has to act.
    ///
    /// Default: `HINC_COMMENT`, which is `auto`, `always` or `never`.
    #[arg(long, conflicts_with = "never")]
    always: bool,
    /// Make no comment. One that is there is kept up to date.
    #[arg(long)]
    never: bool,
    #[command(flatten)]
    thresholds: ThresholdArgs,
    /// The number of the pull request. Default: the one that began this job.
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pull_request: Option<u64>,
    /// The commit of the pull request that was built. Default: what the service says of this job, else what the record
    /// says.
    #[arg(long, value_name = "COMMIT")]
    head: Option<CommitId>,
    /// The name of the job, which tells its comment from those of others: jobs of a matrix need one each. Default: what
    /// the service calls it.
    #[arg(long, value_name = "NAME")]
    job: Option<String>,
    /// Also write a check of this name (GitHub alone): neutral where a reader should act, else a success. Needs
    /// `permissions: checks: write`.
    #[arg(long, value_name = "NAME")]
    check_run: Option<String>,
    /// How long all of it may take.
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = humantime::parse_duration)]
    timeout: Duration,
}

/// Why there is nothing to post to.
enum Nowhere {
    /// All is well: there is no pull request.
    NoRequest,
    /// Something is missing or wrong.
    Problem(String, Hint),
}

/// Posts a report, and says what became of it.
pub(super) async fn run(args: PostArgs, context: &Context, cancel: CancellationToken) -> Result<Exit, Failure> {
    let wish = wish(&args, context);
    let file = report::file(&args.record, context)?;
    let bytes = bounded(&file).map_err(|source| Error::Input { path: file.clone(), source })?;
    let record = crate::report::read(&bytes).map_err(|source| Error::Record { path: file, source })?;
    let text = step::markdown(&record, context)?;
    let (site, post) = match prepared(&args, &record, text, wish, context) {
        Ok(prepared) => prepared,
        Err(Nowhere::NoRequest) => {
            context.printer.note("nothing is posted: this job is not about a pull request");
            return Ok(Exit::Success);
        }
        Err(Nowhere::Problem(problem, hint)) => {
            not_done("the report is not posted", &problem, [hint], context);
            return Ok(Exit::Success);
        }
    };
    let stop = cancel.clone();
    let limits = Limits { time: args.timeout, clock: context.clock, stopped: Arc::new(move || stop.is_cancelled()) };
    let where_to = format!("{} of {}", site.project, site.kind.name());
    let text = post.text.clone();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    // No task of the runtime, which would wait for its end: a forge that does not answer keeps nobody from ending hinc.
    std::thread::spawn(move || sender.send(forge::post(&site, &post, &limits)).ok());
    let posted = tokio::select! {
        posted = receiver => posted.map_err(|_| Error::Usage("the report was not posted: a bug of hinc's".to_owned(), Vec::new()))?,
        () = cancel.cancelled() => return Ok(Exit::Interrupted),
    };
    let failed = told(&posted, &where_to, context);
    if failed && is_of_another_job(context) {
        // The job that built has the report in its own summary.
        step::summary(&text, context);
    }
    Ok(Exit::Success)
}

/// When a comment is made. What is wrong in the environment is told, and does not count: no report makes a good build fail.
fn wish(args: &PostArgs, context: &Context) -> Wish {
    let said = match (args.always, args.never) {
        (true, _) => Some("always"),
        (_, true) => Some("never"),
        _ => context.environment.comment.as_deref(),
    };
    match said {
        None | Some("auto") => Wish::WhereWorth,
        Some("always") => Wish::Always,
        // Other variables of hinc switch things off by this word.
        Some("never" | "off") => Wish::Never,
        Some(other) => {
            context.printer.warning(&format!("HINC_COMMENT is `{other}`, which says nothing: `auto` counts"));
            advise(&Hint::new("set it to `auto`, `always` or `never`"), context);
            Wish::WhereWorth
        }
    }
}

/// From when on a build is worth a comment. Where there is no repository, as in a second workflow, options alone say it;
/// where the file says it wrongly that is told, as no report makes a good build fail.
fn thresholds(args: &PostArgs, context: &Context) -> Thresholds {
    let file = pipeline::project_folder(&context.folder)
        .and_then(|folder| Project::open(&folder, None).ok())
        .map(|project| HincToml::of(&project, None, context))
        .transpose();
    let file = file.unwrap_or_else(|failure| {
        context.printer.warning(&format!("{FILE_NAME} does not count for the comment: {}", in_one_line(&*failure.0)));
        None
    });
    file.unwrap_or_default().thresholds(&args.thresholds)
}

/// Reads a file that others may have written.
fn bounded(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs_err::File::open(file)?.take(LARGEST_INPUT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_INPUT {
        return Err(std::io::Error::other(format!("it is larger than {} MiB", LARGEST_INPUT >> 20)));
    }
    Ok(bytes)
}

/// Finds out where to post and as who.
fn prepared(
    args: &PostArgs,
    record: &Record,
    text: String,
    wish: Wish,
    context: &Context,
) -> Result<(Site, Post), Nowhere> {
    let problem = |text: String, hint: &str| Nowhere::Problem(text, Hint::new(hint));
    let Some(job) = &context.environment.job else {
        let hint = "set GITHUB_REPOSITORY to `owner/name`, and GITHUB_TOKEN to a token that may write comments";
        return Err(problem("no project on a forge is known".to_owned(), hint));
    };
    // There, a number or a commit comes from a fork as a rule, which would name somebody else's pull request.
    if is_of_another_job(context) && (args.pull_request.is_some() || args.head.is_some()) {
        let text = "`--pull-request` and `--head` say nothing in a job that another workflow began";
        return Err(problem(text.to_owned(), "leave them out: the pull request is found by the run that built"));
    }
    let subject = subject(job)?;
    if subject.is_none() && args.pull_request.is_none() && args.check_run.is_none() {
        return Err(Nowhere::NoRequest);
    }
    let names = job.token_variables.join(" or ");
    let token = match &job.token {
        Some(Ok(token)) => token.clone(),
        Some(Err(error)) => {
            return Err(problem(format!("the token is none: {error}"), "set it without anything around it"));
        }
        None => {
            return Err(problem(format!("there is no token in {names}"), "docs/report.md says which token it takes"));
        }
    };
    let address = job.address.parse().map_err(|error| {
        let text = format!("`{}` is no address of an API: {error}", job.address);
        problem(text, "set GITHUB_API_URL, or CI_API_V4_URL on GitLab, to the base address of the API")
    })?;
    let site = Site { kind: job.kind, address, token, project: job.project.clone() };
    let worth = step::worth(record, &thresholds(args, context));
    let post = posted(args, record, text, (wish, worth), job, subject);
    Ok((site, post))
}

/// What is posted.
fn posted(
    args: &PostArgs,
    record: &Record,
    text: String,
    (wish, worth): (Wish, Worth),
    job: &Job,
    subject: Option<(Subject, Option<String>)>,
) -> Post {
    let built = record.head.commit.to_string();
    let (subject, merge) = subject.unzip();
    let merge = merge.flatten();
    let place = args.pull_request.map(Place::Request);
    // Of another pull request than that of the job, the job says nothing. Where it only says of which branch it is, it is
    // one of that branch.
    let is_it = |subject: &Subject| matches!(subject.place, Place::From(_)) || place.as_ref() == Some(&subject.place);
    let subject = subject.filter(|subject| place.is_none() || is_it(subject));
    let head = args.head.as_ref().map(ToString::to_string);
    let head = head.or_else(|| subject.as_ref().map(|subject| subject.head.clone())).unwrap_or_else(|| built.clone());
    let upstream = subject.as_ref().and_then(|subject| subject.upstream.clone());
    let (workflow, run) = match upstream {
        Some(Upstream { workflow, run }) => (workflow, Some(run)),
        None => (job.workflow.clone(), job.run),
    };
    let name = args.job.as_ref().unwrap_or(&job.name);
    let check = args.check_run.as_ref().map(|check| Check { name: check.clone(), title: title(record) });
    Post {
        place: place.or(subject.map(|subject| subject.place)),
        built,
        head,
        merge,
        key: Key::new(&workflow, name, &target(record)),
        at: record.started.timestamp(),
        run,
        text,
        worth,
        wish,
        check,
    }
}

/// What a job checks, and the merge that was built for it; none where that is no pull request.
fn subject(job: &Job) -> Result<Option<(Subject, Option<String>)>, Nowhere> {
    match &job.checks {
        Checks::Nothing => Ok(None),
        Checks::Request { number, head, merge } => {
            let subject = Subject { place: Place::Request(*number), head: head.clone(), upstream: None };
            Ok(Some((subject, merge.clone())))
        }
        Checks::Event { name, file, merge } => {
            let problem = |error: &dyn std::error::Error| {
                let text = format!("the event of this job, {}, cannot be read: {error}", file.display());
                Nowhere::Problem(text, Hint::new("GITHUB_EVENT_PATH has to name the file that the service wrote"))
            };
            let bytes = bounded(file).map_err(|error| problem(&error))?;
            let subject = ci::subject(name, &bytes).map_err(|error| problem(&error))?;
            Ok(subject.map(|subject| (subject, merge.clone())))
        }
    }
}

/// Whether another job built what this one posts.
fn is_of_another_job(context: &Context) -> bool {
    let checks = context.environment.job.as_ref().map(|job| &job.checks);
    matches!(checks, Some(Checks::Event { name, .. }) if name == "workflow_run")
}

/// The package that was asked for, so that jobs that build several in turn have a comment for each.
fn target(record: &Record) -> String {
    let mut names: Vec<&str> =
        record.builds.iter().filter(|build| build.wanted).map(|build| build.package.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    match names[..] {
        [] => String::new(),
        [name] => name.to_owned(),
        _ => "all".to_owned(),
    }
}

/// What a report says in one sentence.
fn title(record: &Record) -> String {
    let sentence = verdict(record).sentence.to_string();
    foreign::line(&sentence).chars().take(LONGEST_TITLE).collect()
}

/// Says what became of it. Returns whether something could not be posted.
fn told(posted: &Posted, project: &str, context: &Context) -> bool {
    let mut failed = false;
    let mut problem = |what: &str, error: &forge::Error| {
        failed = true;
        not_done(what, &in_one_line(error), error.hints(), context);
    };
    match &posted.comment {
        Some(Ok(commented)) => context.printer.note(&words(*commented, project)),
        Some(Err(error)) => problem("the report is not posted", error),
        None => {}
    }
    match &posted.check {
        Some(Ok(Checked::Written)) => context.printer.note(&format!("the check is written to {project}")),
        Some(Ok(Checked::NotHere)) => context.printer.warning(&format!("no check is written: {project} has none")),
        Some(Err(error)) => problem("the check is not written", error),
        None => {}
    }
    failed
}

/// Says what could not be done, and what helps; on the page of the job as well, where the service has room for that.
fn not_done(what: &str, why: &str, hints: impl IntoIterator<Item = Hint>, context: &Context) {
    context.printer.warning(&format!("{what}: {why}"));
    for hint in hints {
        advise(&hint, context);
    }
    context.printer.annotate(|| vec![Annotation::notice(what, why)]);
}

/// Says what helps, beside a warning: where that is not shown, neither is this.
fn advise(hint: &Hint, context: &Context) {
    context.printer.report(&render_hint(hint));
}

fn words(commented: Commented, project: &str) -> String {
    let (request, text) = match commented {
        Commented::Created(request) => (request, "the report is posted, as a new comment"),
        Commented::Updated(request) => (request, "the report is posted, in the comment that was there"),
        Commented::Kept(request, kept) => (
            request,
            match kept {
                Kept::Unchanged => "nothing is posted: the comment says the same already",
                Kept::NotWorth => "nothing is posted: nobody has to act (`--always` makes a comment all the same)",
                Kept::Never => "nothing is posted: there is no comment, and none is to be made",
                Kept::Superseded => "nothing is posted: the pull request has a newer commit",
                Kept::NewerCommit => "nothing is posted: the comment is of a newer commit",
                Kept::LaterRun => "nothing is posted: the comment is of a later run",
                Kept::NewerForm => "nothing is posted: a newer hinc wrote the comment",
            },
        ),
    };
    format!("{text} (#{request} in {project})")
}
