//! Runs the steps of a composite action as GitHub's runner does: expressions, the environment, the files of a step, the
//! shell, outputs, and what the runner obeys in the log.
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax#runs-for-composite-actions>

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Yaml;

use super::expression::{Value, evaluate, filled_in};

/// What a job runs an action with.
pub(super) struct Job<'a> {
    /// The checkout of the action.
    pub(super) action: &'a Path,
    /// Where the job works.
    pub(super) workspace: PathBuf,
    /// A folder of the runner for this job alone.
    pub(super) temp: PathBuf,
    pub(super) inputs: BTreeMap<&'a str, String>,
    /// What the runner sets beside the files, and the job's own variables.
    pub(super) variables: BTreeMap<&'a str, String>,
    /// `github.token`.
    pub(super) token: &'a str,
}

/// A step that was run.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: String,
    /// The shell that the runner started, and would tell to end where the job is cancelled.
    pub(super) shell: u32,
    pub(super) status: i32,
    pub(super) log: String,
    pub(super) summary: String,
}

/// What a job is left with.
#[derive(Debug)]
pub(super) struct Done {
    /// Those that were run; a step whose condition does not hold is not among them.
    pub(super) steps: Vec<Step>,
    pub(super) succeeded: bool,
    pub(super) outputs: BTreeMap<String, String>,
}

impl Done {
    #[track_caller]
    pub(super) fn step(&self, name: &str) -> &Step {
        self.steps.iter().find(|step| step.name == name).unwrap_or_else(|| panic!("no step `{name}`: {self:#?}"))
    }
}

/// Reads a description, whose keys have to be those that the runner knows, as far as the action uses them.
pub(super) fn description(action: &Path) -> Yaml {
    let text = fs_err::read_to_string(action.join("action.yml")).expect("action.yml");
    let description: Yaml = serde_norway::from_str(&text).expect("YAML");
    only(&description, &["name", "description", "inputs", "outputs", "runs"]);
    for input in description["inputs"].as_object().expect("inputs").values() {
        only(input, &["description", "default"]);
    }
    for output in description["outputs"].as_object().expect("outputs").values() {
        only(output, &["description", "value"]);
    }
    only(&description["runs"], &["using", "steps"]);
    assert_eq!(description["runs"]["using"], "composite");
    for step in description["runs"]["steps"].as_array().expect("steps") {
        only(step, &["name", "id", "if", "run", "shell", "working-directory", "env"]);
        assert_eq!(step["shell"], "bash");
        let run = step["run"].as_str().expect("a script");
        assert!(!run.contains("${{"), "an expression in a script: {run}");
    }
    description
}

fn only(of: &Yaml, known: &[&str]) {
    for key in of.as_object().unwrap_or_else(|| panic!("no table: {of}")).keys() {
        assert!(known.contains(&key.as_str()), "`{key}` is not known");
    }
}

impl Job<'_> {
    /// Runs all steps.
    pub(super) fn run(&self) -> Done {
        let description = description(self.action);
        let inputs = self.inputs_of(&description);
        let mut done = Done { steps: Vec::new(), succeeded: true, outputs: BTreeMap::new() };
        let mut of_steps: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let mut variables = BTreeMap::new();
        let usual = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let mut path = vec![self.variables.get("PATH").cloned().unwrap_or_else(|| usual.to_owned())];
        for step in description["runs"]["steps"].as_array().expect("steps") {
            let succeeded = done.succeeded;
            let lookup = |name: &str| match name {
                "success()" => Some(Value::Bool(succeeded)),
                "failure()" => Some(Value::Bool(!succeeded)),
                name => self.text(name, &inputs, &of_steps).map(Value::Text),
            };
            let fill = |text: &str| filled_in(text, &lookup).unwrap_or_else(|error| panic!("{error}"));
            let condition = step["if"].as_str().unwrap_or("success()");
            // The runner adds `success()` where a condition asks for no state.
            let asks = ["success()", "failure()"].iter().any(|state| condition.contains(state));
            let holds = evaluate(condition, &lookup).unwrap_or_else(|error| panic!("{error}")).is_true();
            if !(holds && (asks || succeeded)) {
                continue;
            }
            let own = step["env"].as_object().into_iter().flatten();
            let own = own.map(|(name, value)| (name.clone(), fill(value.as_str().expect("a text"))));
            let own: Vec<(String, String)> = own.collect();
            let folder = fill(step["working-directory"].as_str().unwrap_or("."));
            let files = Files::new(&self.temp, done.steps.len());
            let script = files.write("script.sh", step["run"].as_str().expect("a script"));
            // <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell>
            let mut shell = Command::new("bash");
            shell.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(&script).stdin(Stdio::null());
            shell.current_dir(self.workspace.join(folder)).env_clear();
            shell.envs(self.variables.iter()).envs(&variables).envs(own).env("PATH", path.join(":"));
            shell.env("GITHUB_ACTION_PATH", self.action).env("GITHUB_WORKSPACE", &self.workspace);
            shell.env("RUNNER_TEMP", &self.temp).env("CI", "true").env("GITHUB_ACTIONS", "true");
            for (variable, name) in FILES {
                shell.env(variable, files.folder.join(name));
            }
            // Both streams are one log, in which a line of one may follow a line of the other.
            let log = fs_err::File::create(files.folder.join("log")).expect("a file");
            let log = log.into_parts().0;
            shell.stdout(log.try_clone().expect("the file")).stderr(log);
            let mut running = shell.spawn().expect("bash runs");
            let shell = running.id();
            let status = running.wait().expect("it ends").code().unwrap_or(-1);
            let log = files.read("log");
            assert_obeyed(&log);
            done.succeeded &= status == 0;
            let outputs = pairs(&files.read("output"));
            variables.extend(pairs(&files.read("env")));
            path.splice(0..0, files.read("path").lines().rev().map(str::to_owned));
            of_steps.insert(step["id"].as_str().unwrap_or_default().to_owned(), outputs);
            let name = step["name"].as_str().unwrap_or_default().to_owned();
            done.steps.push(Step { name, shell, status, log, summary: files.read("summary") });
        }
        for (name, output) in description["outputs"].as_object().expect("outputs") {
            let lookup = |name: &str| self.text(name, &inputs, &of_steps).map(Value::Text);
            let value = filled_in(output["value"].as_str().expect("a text"), &lookup);
            done.outputs.insert(name.clone(), value.unwrap_or_else(|error| panic!("{error}")));
        }
        done
    }

    fn inputs_of(&self, description: &Yaml) -> BTreeMap<String, String> {
        let known = description["inputs"].as_object().expect("inputs");
        for name in self.inputs.keys() {
            assert!(known.contains_key(*name), "there is no input `{name}`");
        }
        let lookup = |name: &str| (name == "github.token").then(|| Value::Text(self.token.to_owned()));
        let default = |input: &Yaml| {
            let text = input["default"].as_str().expect("a default");
            filled_in(text, &lookup).unwrap_or_else(|error| panic!("{error}"))
        };
        let value = |name: &str, input: &Yaml| self.inputs.get(name).cloned().unwrap_or_else(|| default(input));
        known.iter().map(|(name, input)| (name.clone(), value(name, input))).collect()
    }

    /// What a name of a context stands for. An output that no step has set is empty, and so are those of a step that
    /// was not run.
    fn text(
        &self,
        name: &str,
        inputs: &BTreeMap<String, String>,
        steps: &BTreeMap<String, BTreeMap<String, String>>,
    ) -> Option<String> {
        if name == "github.token" {
            return Some(self.token.to_owned());
        }
        if let Some(input) = name.strip_prefix("inputs.") {
            return inputs.get(input).cloned();
        }
        let (id, output) = name.strip_prefix("steps.")?.split_once(".outputs.")?;
        Some(steps.get(id).and_then(|outputs| outputs.get(output)).cloned().unwrap_or_default())
    }
}

/// The files that a step adds to, by the variables that name them.
const FILES: [(&str, &str); 4] =
    [("GITHUB_ENV", "env"), ("GITHUB_OUTPUT", "output"), ("GITHUB_PATH", "path"), ("GITHUB_STEP_SUMMARY", "summary")];

struct Files {
    folder: PathBuf,
}

impl Files {
    fn new(temp: &Path, step: usize) -> Self {
        let folder = temp.join(format!("_step_{step}"));
        fs_err::create_dir_all(&folder).expect("a folder");
        let files = Self { folder };
        for (_, name) in FILES {
            files.write(name, "");
        }
        files
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let file = self.folder.join(name);
        fs_err::write(&file, text).expect("a file");
        file
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs_err::read(self.folder.join(name)).expect("a file")).into_owned()
    }
}

/// The pairs of a file: `NAME=VALUE`, or `NAME<<END` and lines up to that end.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let mut pairs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let at = line.find(['=', '<']).unwrap_or_else(|| panic!("no pair: {line}"));
        let (name, rest) = line.split_at(at);
        let value = match rest.strip_prefix("<<") {
            Some(end) => lines.by_ref().take_while(|line| *line != end).collect::<Vec<_>>().join("\n"),
            None => rest[1..].to_owned(),
        };
        assert!(pairs.insert(name.to_owned(), value).is_none(), "{name} is there twice");
    }
    pairs
}

/// The commands of a log: each by its name, with all that follows it.
/// <https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs>
pub(super) fn commands(log: &str) -> Vec<(&str, &str)> {
    let mut commands = Vec::new();
    for line in log.split(['\n', '\r']) {
        assert!(!line.contains("##["), "a command of the older form: {line:?}");
        if let Some(rest) = line.trim_start().strip_prefix("::") {
            let (command, _) = rest.split_once("::").unwrap_or_else(|| panic!("half a command: {line:?}"));
            let name = command.split(' ').next().unwrap_or_default();
            commands.push((name, &rest[name.len()..]));
        }
    }
    commands
}

/// Holds a log against what a runner obeys: no command but those that show something, and groups that end.
#[track_caller]
fn assert_obeyed(log: &str) {
    let mut is_open = false;
    for (name, rest) in commands(log) {
        match name {
            "group" => assert!(!std::mem::replace(&mut is_open, true), "a group in a group:\n{log}"),
            "endgroup" => assert!(std::mem::replace(&mut is_open, false), "the end of no group:\n{log}"),
            "error" | "warning" | "notice" => {}
            _ => panic!("the command `{name}{rest}`:\n{log}"),
        }
    }
    assert!(!is_open, "a group without an end:\n{log}");
}
