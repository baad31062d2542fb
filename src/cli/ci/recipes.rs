//! Holds the pipelines of `docs/ci` against what the services document, and against hinc's own command line.

use std::collections::BTreeSet;

use clap::Parser as _;
use serde_json::Value;

use crate::cli::args::Cli;

/// No file is as long as this.
const TOO_LONG: usize = 30;

/// The actions, with their inputs: `action.yml` in the commit that is named.
const ACTIONS: [(&str, &[&str]); 5] = [
    (
        "actions/upload-artifact@330a01c490aca151604b8cf639adc76d48f6c5d4",
        &[
            "name",
            "path",
            "if-no-files-found",
            "retention-days",
            "compression-level",
            "overwrite",
            "include-hidden-files",
        ],
    ),
    (
        "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1",
        &[
            "repository",
            "ref",
            "token",
            "ssh-key",
            "ssh-known-hosts",
            "ssh-strict",
            "ssh-user",
            "persist-credentials",
            "path",
            "clean",
            "filter",
            "sparse-checkout",
            "sparse-checkout-cone-mode",
            "fetch-depth",
            "fetch-tags",
            "show-progress",
            "lfs",
            "submodules",
            "set-safe-directory",
            "github-server-url",
            "allow-unsafe-pr-checkout",
        ],
    ),
    (
        "cachix/install-nix-action@630ae543ea3a38a9a4166f03376c02c50f408342",
        &[
            "extra_nix_config",
            "github_access_token",
            "install_url",
            "install_options",
            "nix_path",
            "enable_kvm",
            "set_as_trusted_user",
        ],
    ),
    (
        "cachix/cachix-action@1eb2ef646ac0255473d23a5907ad7b04ce94065c",
        &[
            "name",
            "extraPullNames",
            "authToken",
            "signingKey",
            "skipPush",
            "useDaemon",
            "pathsToPush",
            "pushFilter",
            "skipAddingSubstituter",
            "cachixArgs",
            "cachixBin",
            "installCommand",
        ],
    ),
    (
        "nix-community/cache-nix-action@7df957e333c1e5da7721f60227dbba6d06080569",
        &[
            "primary-key",
            "restore-prefixes-first-match",
            "restore-prefixes-all-matches",
            "lookup-only",
            "fail-on",
            "nix",
            "save",
            "paths",
            "paths-macos",
            "paths-linux",
            "backend",
            "gc-max-store-size",
            "gc-max-store-size-macos",
            "gc-max-store-size-linux",
            "purge",
            "purge-primary-key",
            "purge-prefixes",
            "purge-last-accessed",
            "purge-created",
            "upload-chunk-size",
            "token",
        ],
    ),
];

/// The action of this repository. Its inputs are read from its own `action.yml`.
const OWN_ACTION: &str = "example/hinc@0000000000000000000000000000000000000000";

/// <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>, as far as it is used here.
const WORKFLOW: [&str; 9] =
    ["name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs", "description"];
const EVENTS: [&str; 6] = ["pull_request", "push", "merge_group", "schedule", "workflow_dispatch", "workflow_run"];
const JOB: [&str; 12] = [
    "name",
    "permissions",
    "needs",
    "if",
    "runs-on",
    "environment",
    "concurrency",
    "outputs",
    "env",
    "defaults",
    "steps",
    "timeout-minutes",
];
const STEP: [&str; 10] =
    ["id", "if", "name", "uses", "run", "working-directory", "shell", "with", "env", "timeout-minutes"];
const PERMISSIONS: [&str; 5] = ["contents", "actions", "checks", "id-token", "pull-requests"];

/// What stands in `${{ }}` and in `if`, beside secrets and words in quotes.
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/contexts>
const CONTEXTS: [&str; 11] = [
    "failure()",
    "github.event.workflow_run.event",
    "github.event.workflow_run.id",
    "github.event_name",
    "github.ref",
    "github.repository",
    "github.run_id",
    "github.sha",
    "github.token",
    "steps.hinc.outputs.reports",
    "success()",
];

/// <https://docs.gitlab.com/ci/yaml/>, as far as it is used here.
const GITLAB_GLOBAL: [&str; 5] = ["default", "include", "stages", "variables", "workflow"];
const GITLAB_DEFAULT: [&str; 9] =
    ["after_script", "artifacts", "before_script", "cache", "image", "interruptible", "retry", "services", "tags"];
const GITLAB_JOB: [&str; 12] = [
    "after_script",
    "artifacts",
    "before_script",
    "cache",
    "image",
    "interruptible",
    "resource_group",
    "rules",
    "script",
    "stage",
    "timeout",
    "variables",
];
const GITLAB_RULE: [&str; 5] = ["if", "changes", "exists", "variables", "when"];

/// Variables that the services, Nix, or the settings of the project have, beside those that a file sets.
const VARIABLES: [&str; 12] = [
    // GitHub.
    "GITHUB_ACTOR",
    // GitLab.
    "CI_PIPELINE_SOURCE",
    "CI_COMMIT_BRANCH",
    "CI_DEFAULT_BRANCH",
    "GIT_DEPTH",
    // Buildkite.
    "BUILDKITE_LABEL",
    "BUILDKITE_PULL_REQUEST",
    // Of the file that a token is sent from.
    "GITLAB_TOKEN",
    // Nix.
    "NIX_CONFIG",
    // What the file says is a variable of the project.
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "NIX_SIGNING_KEY",
];

/// <https://docs.gitlab.com/ci/jobs/job_rules/#ci_pipeline_source-predefined-variable>
const GITLAB_SOURCES: [&str; 4] = ["schedule", "merge_request_event", "push", "web"];

/// <https://buildkite.com/docs/pipelines/configure/step-types/command-step>, as far as it is used here.
const BUILDKITE_STEP: [&str; 6] = ["artifact_paths", "commands", "if", "label", "plugins", "timeout_in_minutes"];
/// <https://buildkite.com/docs/pipelines/configure/conditionals>
const BUILDKITE_SOURCES: [&str; 5] = ["api", "schedule", "trigger_job", "ui", "webhook"];

/// What is wrong with a file.
#[derive(Default)]
struct Faults {
    found: Vec<String>,
    scripts: Vec<String>,
    /// Variables that the file sets.
    set: BTreeSet<String>,
}

impl Faults {
    fn of(text: &str) -> Self {
        let mut faults = Self::default();
        let lines = text.lines().count();
        faults.expect(lines < TOO_LONG, || format!("{lines} lines"));
        // Read once more as it is: a key that stands there twice is an error there alone.
        let twice = serde_norway::from_str::<serde_norway::Value>(text).err();
        match (twice, serde_norway::from_str::<Value>(text)) {
            (None, Ok(file)) if file.get("jobs").is_some() => faults.workflow(&file, text),
            (None, Ok(file)) if file.get("steps").is_some() => faults.buildkite(&file),
            (None, Ok(file)) => faults.gitlab(&file),
            (Some(error), _) | (_, Err(error)) => faults.found.push(format!("not YAML: {error}")),
        }
        faults.set.extend(VARIABLES.map(str::to_owned));
        for script in std::mem::take(&mut faults.scripts) {
            faults.script(&script);
        }
        faults
    }

    fn expect(&mut self, holds: bool, otherwise: impl FnOnce() -> String) {
        if !holds {
            self.found.push(otherwise());
        }
    }

    fn keys<'a>(&mut self, of: &'a Value, known: &[&str], what: &str) -> Vec<(&'a String, &'a Value)> {
        let Some(object) = of.as_object() else {
            self.found.push(format!("{what} is no table: {of}"));
            return Vec::new();
        };
        for key in object.keys() {
            self.expect(known.contains(&key.as_str()), || format!("{what} has no `{key}`"));
        }
        object.iter().collect()
    }

    fn set(&mut self, of: &Value) {
        self.set.extend(of.as_object().into_iter().flat_map(|table| table.keys().cloned()));
        for value in of.as_object().into_iter().flat_map(|table| table.values()) {
            self.expect(value.is_string(), || format!("the variable {value} is no text"));
            self.contexts(value.as_str().unwrap_or_default());
        }
    }

    fn workflow(&mut self, file: &Value, text: &str) {
        self.keys(file, &WORKFLOW, "a workflow");
        self.keys(&file["on"], &EVENTS, "`on`");
        if let Some(schedule) = file["on"].get("schedule") {
            // The seed job names UTC, and runs after midnight.
            let times = schedule.as_array().map_or(&[][..], Vec::as_slice);
            let names_utc = |time: &Value| time["timezone"] == "UTC" && time["cron"] == "5 0 * * *";
            self.expect(!times.is_empty() && times.iter().all(names_utc), || format!("the schedule is {schedule}"));
            for time in times {
                self.keys(time, &["cron", "timezone"], "a time of `schedule`");
            }
        }
        self.expect(file["permissions"].is_object(), || "no permissions".to_owned());
        self.keys(&file["permissions"], &PERMISSIONS, "`permissions`");
        self.contexts(&file["concurrency"].to_string());
        self.set(file.get("env").unwrap_or(&Value::Object(serde_json::Map::new())));
        for (_, job) in file["jobs"].as_object().into_iter().flatten() {
            self.keys(job, &JOB, "a job");
            self.condition(job);
            self.expect(job["runs-on"].is_string(), || "a job runs on nothing".to_owned());
            if let Some(permissions) = job.get("permissions") {
                self.keys(permissions, &PERMISSIONS, "`permissions`");
            }
            let steps = job["steps"].as_array().map_or(&[][..], Vec::as_slice);
            self.expect(!steps.is_empty(), || "a job has no steps".to_owned());
            for step in steps {
                self.step(step, text);
            }
        }
    }

    fn step(&mut self, step: &Value, text: &str) {
        self.keys(step, &STEP, "a step");
        self.condition(step);
        self.set(step.get("env").unwrap_or(&Value::Object(serde_json::Map::new())));
        match (step["uses"].as_str(), step["run"].as_str()) {
            (Some(uses), None) => {
                let others = ACTIONS.iter().find(|(action, _)| *action == uses).map(|(_, inputs)| inputs.to_vec());
                let own = own_action();
                let own = || own["inputs"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
                let inputs: Option<Vec<&str>> = others.or_else(|| (uses == OWN_ACTION).then(own));
                self.expect(inputs.is_some(), || format!("`{uses}` is not known"));
                // A commit says nothing to a reader.
                let version = format!("{uses} # v");
                self.expect(text.contains(&version), || format!("`{uses}` without its version"));
                if let Some(with) = step.get("with") {
                    for (_, value) in self.keys(with, &inputs.unwrap_or_default(), uses) {
                        self.contexts(value.as_str().unwrap_or_default());
                    }
                    if uses == OWN_ACTION {
                        self.call(&call_of_own_action(with));
                    }
                }
            }
            (None, Some(run)) => {
                // A text of others would be run.
                self.expect(!run.contains("${{"), || format!("an expression in a script: {run}"));
                self.scripts.push(run.to_owned());
            }
            _ => self.found.push("a step both uses and runs something, or does neither".to_owned()),
        }
    }

    /// Checks for what a job or a step is run.
    fn condition(&mut self, of: &Value) {
        self.contexts(&format!("${{{{ {} }}}}", of["if"].as_str().unwrap_or_default()));
    }

    /// Checks what stands in `${{ }}`.
    fn contexts(&mut self, text: &str) {
        for expression in text.split("${{").skip(1) {
            let Some((expression, _)) = expression.split_once("}}") else {
                self.found.push(format!("no end of an expression in {text}"));
                continue;
            };
            for word in expression.split_whitespace() {
                let known = ["==", "!=", "&&", "||"].contains(&word)
                    || (word.starts_with('\'') && EVENTS.contains(&word.trim_matches('\'')))
                    || CONTEXTS.contains(&word)
                    || word.strip_prefix("secrets.").is_some_and(|name| name.to_uppercase() == name);
                self.expect(known, || format!("`{word}` is not known"));
            }
        }
    }

    fn gitlab(&mut self, file: &Value) {
        let Some(jobs) = file.as_object() else { return self.found.push("no pipeline".to_owned()) };
        self.set(&file["variables"]);
        self.keys(&file["default"], &GITLAB_DEFAULT, "`default`");
        self.lines_of(&file["default"]["before_script"]);
        let mut scheduled = false;
        for (name, job) in jobs.iter().filter(|(name, _)| !GITLAB_GLOBAL.contains(&name.as_str())) {
            self.keys(job, &GITLAB_JOB, name);
            let rules = job["rules"].as_array().map_or(&[][..], Vec::as_slice);
            self.expect(!rules.is_empty(), || format!("{name} runs always"));
            for rule in rules {
                self.keys(rule, &GITLAB_RULE, "a rule");
                let text = rule["if"].as_str().unwrap_or_default().to_owned();
                scheduled |= text.contains("\"schedule\"");
                for word in text.split('"').skip(1).step_by(2) {
                    self.expect(GITLAB_SOURCES.contains(&word), || format!("no pipeline comes from `{word}`"));
                }
                self.variables(&text);
            }
            self.expect(job["script"].is_array(), || format!("{name} has no script"));
            self.lines_of(&job["script"]);
            self.lines_of(&job["after_script"]);
        }
        self.expect(scheduled, || "no job is for a schedule".to_owned());
    }

    fn buildkite(&mut self, file: &Value) {
        self.keys(file, &["env", "steps"], "a pipeline");
        self.set(&file["env"]);
        let mut scheduled = false;
        for step in file["steps"].as_array().into_iter().flatten() {
            self.keys(step, &BUILDKITE_STEP, "a step");
            let condition = step["if"].as_str().unwrap_or_default();
            self.expect(condition.starts_with("build.source "), || format!("the condition `{condition}`"));
            for word in condition.split('"').skip(1).step_by(2) {
                self.expect(BUILDKITE_SOURCES.contains(&word), || format!("no build comes from `{word}`"));
            }
            scheduled |= condition.contains("== \"schedule\"");
            self.expect(step["commands"].is_array(), || "a step has no commands".to_owned());
            let commands = step["commands"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let script = commands.collect::<Vec<_>>().join("\n");
            // What is not doubled is replaced when the pipeline is uploaded.
            let single = script.replace("$$", "").replace("$(", "");
            self.expect(!single.contains('$'), || format!("a variable of the upload: {script}"));
            self.scripts.push(script.replace("$$", "$"));
        }
        self.expect(scheduled, || "no step is for a schedule".to_owned());
    }

    fn lines_of(&mut self, script: &Value) {
        let lines = script.as_array().into_iter().flatten();
        self.scripts.push(lines.filter_map(Value::as_str).collect::<Vec<_>>().join("\n"));
    }

    fn script(&mut self, script: &str) {
        for line in script.lines() {
            if let Some((name, _)) = line.split_once('=')
                && name.bytes().all(|byte| byte.is_ascii_lowercase())
            {
                self.set.insert(name.to_owned());
            }
            self.variables(line);
            for command in line.split("&&").flat_map(|part| part.split("||")).flat_map(|part| part.split(" | ")) {
                let command = command.trim();
                if let Some(call) = call_of_hinc(command) {
                    self.call(call);
                }
            }
        }
    }

    fn variables(&mut self, text: &str) {
        for part in text.split('$').skip(1) {
            let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let known = part.starts_with(['(', '?']) || self.set.contains(&name) || VARIABLES.contains(&name.as_str());
            self.expect(known, || format!("`${name}` is not known"));
        }
    }

    fn call(&mut self, call: &str) {
        // The one variable that has to be a number.
        let call = &call.replace("$BUILDKITE_PULL_REQUEST", "7");
        let Some(words) = shlex::split(call) else { return self.found.push(format!("no words of a shell: {call}")) };
        if let Err(error) = Cli::try_parse_from(words) {
            self.found.push(format!("`{call}`: {}", error.to_string().lines().next().unwrap_or_default()));
        }
    }
}

fn own_action() -> Value {
    let file = format!("{}/action.yml", env!("CARGO_MANIFEST_DIR"));
    serde_norway::from_str(&fs_err::read_to_string(file).expect("action.yml")).expect("YAML")
}

/// The call of hinc that the action makes of its inputs.
fn call_of_own_action(with: &Value) -> String {
    let args = with["args"].as_str().unwrap_or_default();
    let value = |option: &str| with[option].as_str().map(|value| format!("--{option} '{value}'"));
    let options = ["push", "push-with", "wait"].into_iter().filter_map(value);
    let words: Vec<String> = ["hinc build".to_owned(), args.to_owned()].into_iter().chain(options).collect();
    words.join(" ")
}

/// The call of hinc that a command is, from `hinc` on.
fn call_of_hinc(command: &str) -> Option<&str> {
    let call = command.strip_prefix("exec ").unwrap_or(command);
    call.starts_with("hinc ").then_some(call)
}

fn read(path: &str) -> String {
    fs_err::read_to_string(format!("{}/docs/{path}", env!("CARGO_MANIFEST_DIR"))).expect("a page")
}

fn pipelines() -> Vec<(String, String)> {
    let folder = format!("{}/docs/ci", env!("CARGO_MANIFEST_DIR"));
    let names = fs_err::read_dir(folder).expect("docs/ci").map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.into_string().expect("a plain name"));
    names.filter(|name| name != "flake.nix").map(|name| (name.clone(), read(&format!("ci/{name}")))).collect()
}

#[test]
fn every_pipeline_is_as_its_service_wants_it() {
    let pipelines = pipelines();
    assert_eq!(pipelines.len(), 7);
    for (name, text) in pipelines {
        let faults = Faults::of(&text);
        assert!(faults.found.is_empty(), "docs/ci/{name}: {:#?}", faults.found);
        // The action makes the base by itself in jobs on a schedule; what posts reports builds nothing.
        if text.contains(OWN_ACTION) || text.contains("workflow_run:") {
            assert!(text.contains("schedule: [{") || text.contains("workflow_run:"), "{name} makes no base");
            continue;
        }
        // The base of the day that begins, and not whatever was committed since midnight.
        let makes = ["hinc build --full-only --as-of now", "hinc base --as-of now"];
        assert!(makes.iter().any(|call| text.contains(call)), "{name} makes no base");
    }
    let lines = read("ci/flake.nix").lines().count();
    assert!(lines < TOO_LONG, "docs/ci/flake.nix has {lines} lines");
}

#[test]
fn what_is_wrong_is_found() {
    let [attic, cachix, forks] = ["attic", "cachix", "forks"].map(|name| read(&format!("ci/github-{name}.yml")));
    let buildkite = read("ci/buildkite.yml");
    let gitlab = read("ci/gitlab-s3.yml");
    let spoilt = [
        (&attic, "fetch-depth", "fetch-dept", "has no `fetch-dept`"),
        (&attic, "# v7.0.1", "", "without its version"),
        (&attic, "@3d3c42e5aac5ba805825da76410c181273ba90b1", "@v7", "`actions/checkout@v7` is not known"),
        (&attic, "timezone: UTC", "timezone: Europe/Berlin", "the schedule is"),
        (&attic, "  merge_group:\n", "  merge_queue:\n", "`on` has no `merge_queue`"),
        (&attic, "--full-only", "--full", "unexpected argument '--full'"),
        (&attic, "exec hinc build --push-with", "exec hinc built --push-with", "unrecognized subcommand 'built'"),
        (&attic, "\"$HINC\"", "\"$HINK\"", "`$HINK` is not known"),
        (&attic, "\"$HINC\"", "\"${{ github.sha }}\"", "an expression in a script"),
        (&attic, "secrets.ATTIC", "secret.ATTIC", "`secret.ATTIC_TOKEN` is not known"),
        (&attic, "github.event_name == 'schedule'", "github.event == 'schedule'", "`github.event` is not known"),
        (&attic, "runs-on", "run-on", "a job has no `run-on`"),
        (&attic, "permissions: { contents: read }\n", "", "no permissions"),
        (&attic, "jobs:\n", "jobs:\njobs:\n", "not YAML"),
        (&attic, "on:\n", "#\n#\n#\n#\n#\non:\n", "30 lines"),
        (&gitlab, "default:\n  image", "default:\n  images", "`default` has no `images`"),
        (&gitlab, "  script:\n", "  scripts:\n", "has no `scripts`"),
        (&gitlab, "merge_request_event", "merge_request", "no pipeline comes from `merge_request`"),
        (&gitlab, "$CI_DEFAULT_BRANCH", "$CI_MAIN_BRANCH", "`$CI_MAIN_BRANCH` is not known"),
        (&gitlab, "--push \"", "--push-to \"", "unexpected argument '--push-to'"),
        (&gitlab, "GIT_DEPTH: \"0\"", "GIT_DEPTH: 0", "is no text"),
        (&cachix, "push-with: cachix", "push_with: cachix", "has no `push_with`"),
        (&cachix, "push-with: cachix push mycache", "wait: soon", "invalid value 'soon' for '--wait"),
        (&cachix, "steps.hinc.outputs.reports", "steps.hinc.outputs.report", "is not known"),
        (&cachix, "pull-requests: write", "pull-request: write", "`permissions` has no `pull-request`"),
        (&forks, "hinc report post fork", "hinc report send fork", "cannot be used with"),
        (&forks, "workflow_run.event ==", "workflow_run.name ==", "`github.event.workflow_run.name` is not known"),
        (&forks, "workflow_run:", "workflow_runs:", "`on` has no `workflow_runs`"),
        (&buildkite, "$$CACHE", "$CACHE", "a variable of the upload"),
        (&buildkite, "== \"schedule\"", "== \"scheduled\"", "no build comes from `scheduled`"),
        (&buildkite, "--format markdown", "--format md", "invalid value 'md'"),
        (&buildkite, "artifact_paths", "artifacts", "a step has no `artifacts`"),
        (
            &gitlab,
            "after_script: [hinc report post]",
            "after_script: [hinc report post --all]",
            "unexpected argument '--all'",
        ),
    ];
    for (text, old, new, told) in spoilt {
        assert!(text.contains(old), "{old}");
        let found = Faults::of(&text.replace(old, new)).found;
        assert!(found.iter().any(|fault| fault.contains(told)), "{old} -> {new}: {found:#?}");
    }
}

/// Also the calls in the words of the page are calls of hinc, and the page names every file.
#[test]
fn the_page_about_ci_is_true() {
    let page = read("ci.md");
    let mut calls = 0;
    for span in page.split('`').skip(1).step_by(2) {
        if let Some(call) = call_of_hinc(span) {
            calls += 1;
            let mut faults = Faults::default();
            faults.call(call);
            assert!(faults.found.is_empty(), "{:?}", faults.found);
        }
    }
    assert!(calls > 5, "only {calls} calls were found: the test no longer sees them");
    // The steps that the page shows are steps.
    let shown: Vec<&str> = page.split("```yaml\n").skip(1).filter_map(|block| block.split("```").next()).collect();
    assert!(!shown.is_empty(), "docs/ci.md shows no steps");
    for block in shown {
        let steps: Vec<Value> = serde_norway::from_str(block).expect("a list of steps");
        let mut faults = Faults::default();
        for step in &steps {
            faults.step(step, block);
        }
        assert!(faults.found.is_empty(), "{:?}", faults.found);
    }
    for (name, _) in pipelines() {
        assert!(page.contains(&format!("(ci/{name})")), "docs/ci.md does not name {name}");
    }
}
