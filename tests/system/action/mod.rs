//! `action.yml`, as a job of GitHub Actions runs it: its own steps, with a real hinc, Nix and GHC, for each kind of event.

mod expression;
mod runner;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::forge_server::{BOT, Fault, Server, State};
use crate::scene::{HOUR, MIDNIGHT, Scene};
use runner::{Done, Job, Step, commands, description};

const TOKEN: &str = "ghs_4rThISisAsEcReT";

const HINC: &str = env!("CARGO_BIN_EXE_hinc");

/// A repository with a package of two modules, the forge that it lies on, and a runner.
struct Place {
    scene: Scene,
    server: Server,
    runs: std::cell::Cell<u32>,
}

impl Place {
    fn new() -> Self {
        let scene = Scene::of_two_modules();
        let server = Server::start(State { app: Some(BOT.to_owned()), ..State::default() });
        Self { scene, server, runs: std::cell::Cell::new(0) }
    }

    /// Runs the action in the work tree as it is.
    fn run(
        &self,
        event: &str,
        payload: &Value,
        variables: &[(&'static str, &str)],
        inputs: &[(&'static str, &str)],
    ) -> Done {
        self.run_from(Path::new(env!("CARGO_MANIFEST_DIR")), event, payload, variables, inputs)
    }

    fn run_from(
        &self,
        action: &Path,
        event: &str,
        payload: &Value,
        variables: &[(&'static str, &str)],
        inputs: &[(&'static str, &str)],
    ) -> Done {
        self.runs.set(self.runs.get() + 1);
        let temp = self.scene.home().join(format!("runner-{}", self.runs.get()));
        fs_err::create_dir(&temp).expect("a folder");
        let file = temp.join("event.json");
        fs_err::write(&file, payload.to_string()).expect("an event");
        let head = self.scene.git(&["rev-parse", "HEAD"]).trim().to_owned();
        let text = |path: &Path| path.to_str().expect("text").to_owned();
        let mut all: BTreeMap<&str, String> = BTreeMap::from([
            ("HOME", text(&self.scene.home())),
            ("LANG", "C.UTF-8".to_owned()),
            ("GITHUB_API_URL", self.server.address()),
            ("GITHUB_REPOSITORY", "o/r".to_owned()),
            ("GITHUB_WORKFLOW", "build".to_owned()),
            ("GITHUB_JOB", "linux".to_owned()),
            ("GITHUB_RUN_NUMBER", self.runs.get().to_string()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_REF", "refs/heads/main".to_owned()),
            ("GITHUB_SHA", head),
            ("GITHUB_EVENT_NAME", event.to_owned()),
            ("GITHUB_EVENT_PATH", text(&file)),
        ]);
        all.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
        // Only a step that installs hinc from the action's flake is given none.
        let given = inputs.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let inputs: BTreeMap<&str, String> = [("hinc", HINC.to_owned())].into_iter().chain(given).collect();
        let job = Job { action, workspace: self.scene.project(), temp, inputs, variables: all, token: TOKEN };
        let done = job.run();
        for step in &done.steps {
            assert!(!step.log.contains(TOKEN), "the token is shown: {}", step.log);
        }
        done
    }

    /// Checks the merge of a branch into `main` out, as GitHub makes it, and returns the branch's head.
    fn merge(&self, branch: &str) -> String {
        let head = self.scene.git(&["rev-parse", branch]).trim().to_owned();
        self.scene.git(&["checkout", "--quiet", "--detach", "main"]);
        self.scene.git(&["merge", "--quiet", "--no-ff", "--no-commit", branch]);
        self.scene.commit_at(MIDNIGHT + 3 * HOUR, "Merge");
        self.server.state().head.clone_from(&head);
        head
    }
}

/// The variables of a pull request to `main`.
const REQUEST: [(&str, &str); 2] = [("GITHUB_REF", "refs/pull/7/merge"), ("GITHUB_BASE_REF", "main")];

fn request(head: &str) -> Value {
    json!({"pull_request": {"number": 7, "head": {"sha": head}}})
}

#[track_caller]
fn succeeded(done: &Done) {
    assert!(done.succeeded, "{done:#?}");
}

/// Of the groups those of the package `small`: its Setup program has one too where no other test built it before.
fn titles(step: &Step) -> Vec<&str> {
    let groups = commands(&step.log).into_iter().filter(|(name, _)| *name == "group").map(|(_, rest)| &rest[2..]);
    groups.filter(|title| title.starts_with("building small-1")).collect()
}

#[test]
fn a_push_and_then_pull_requests_are_built_and_told() {
    let place = Place::new();
    let scene = &place.scene;
    let base = scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.replace("One.hs", "one = 1", "one = 1 + 0");
    let tip = scene.commit_at(MIDNIGHT + HOUR, "Edit");

    let done = place.run("push", &json!({"ref": "refs/heads/main", "after": tip}), &[], &[]);
    succeeded(&done);
    let build = done.step("Build");
    assert_eq!(titles(build), ["building small-1 (full)", "building small-1"]);
    let (folded, open) = build.log.rsplit_once("::endgroup::").expect("a group");
    assert!(folded.contains("Compiling One") && open.contains("small 1: 1 of 2 modules rebuilt"), "{}", build.log);
    assert!(build.summary.contains("1 of 2 modules rebuilt"), "{}", build.summary);
    let output = |name: &str| done.outputs[name].as_str();
    assert!(output("out-path").starts_with("/nix/store/") && Path::new(output("out-path")).exists(), "{done:#?}");
    assert_eq!((output("full-build-rev"), output("full-build-cached")), (base.as_str(), "false"));
    assert_eq!((output("modules-rebuilt"), output("modules-total")), ("1", "2"));
    assert!(output("seconds").parse::<f64>().expect("a number") > 0.0 && Path::new(output("report-json")).exists());
    let mut reports: Vec<String> = fs_err::read_dir(output("reports"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    reports.sort_unstable();
    // One of each form.
    assert_eq!(reports.len(), hinc::report::Format::ALL.len());
    let expected =
        ["junit.xml", "metrics.txt", "record.json", "report.html", "report.md", "report.trace.json", "report.txt"];
    assert_eq!(reports, expected);
    let post = done.step("Post the report");
    assert!(post.log.contains("nothing is posted: this job is not about a pull request"), "{}", post.log);
    assert_eq!(place.server.writes(), [""; 0]);

    // A pull request: the base is that of the main line, and the comment is made because it is wanted always.
    scene.git(&["checkout", "--quiet", "-b", "topic"]);
    scene.replace("Two.hs", "two = 2", "two = 1 + 1");
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Topic");
    let head = place.merge("topic");
    let wanted = [("comment", "always"), ("job", "linux-9.6"), ("check-run", "hinc"), ("args", "'.'  --cores 1")];
    let done = place.run("pull_request", &request(&head), &REQUEST, &wanted);
    succeeded(&done);
    assert_eq!(
        (done.outputs["full-build-rev"].as_str(), done.outputs["full-build-cached"].as_str()),
        (base.as_str(), "true")
    );
    assert_eq!(done.outputs["modules-rebuilt"], "2");
    let comments = place.server.state().comments.clone();
    assert_eq!(comments.len(), 1, "{done:#?}");
    assert!(comments[0].body.contains("2 of 2 modules rebuilt") || comments[0].body.contains("all 2 modules rebuilt"));
    assert!(comments[0].body.contains("build/linux%2D9.6/small"), "{}", comments[0].body);
    assert_eq!(place.server.state().checks.len(), 1);

    // Where it is to be off, the step is not run at all.
    let done = place.run("pull_request", &request(&head), &REQUEST, &[("comment", "off")]);
    succeeded(&done);
    assert_eq!(done.steps.len(), 2, "{done:#?}");

    // The token of a fork may only read.
    place.server.state().comments.clear();
    place.server.state().faults.push(("POST /repos/o/r/issues", VecDeque::from([Fault::status(403)])));
    let done = place.run("pull_request", &request(&head), &REQUEST, &[("comment", "always")]);
    succeeded(&done);
    let post = done.step("Post the report");
    assert!(post.status == 0 && post.log.contains("warning: the report is not posted: "), "{post:#?}");
    let shown = commands(&post.log);
    assert!(shown.len() == 1 && shown[0].0 == "notice" && shown[0].1.contains("the report is not posted"), "{shown:?}");
    assert!(place.server.state().comments.is_empty());
    // Or there is none.
    let done = place.run("pull_request", &request(&head), &REQUEST, &[("comment", "always"), ("token", "")]);
    succeeded(&done);
    assert!(done.step("Post the report").log.contains("there is no token"), "{done:#?}");
}

#[test]
fn a_build_that_fails_is_told_beside_the_code_and_its_log_commands_nobody() {
    let place = Place::new();
    let scene = &place.scene;
    scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.git(&["checkout", "--quiet", "-b", "topic"]);
    let modules = "build-depends: base, template-haskell\n  hs-source-dirs: ., lib/../lib";
    scene.replace("small.cabal", "build-depends: base", modules);
    let lines = [
        "::error file=x::owned",
        "\\r::add-mask::owned",
        "\\ESC[1m::stop-commands::x",
        "##[error]owned",
        "::endgroup::",
    ];
    let lines: Vec<String> = lines.iter().map(|line| format!("\"{line}\"")).collect();
    scene.git(&["rm", "--quiet", "Two.hs"]);
    scene.write(
        "lib/Two.hs",
        &format!(
            "{{-# LANGUAGE TemplateHaskell #-}}\nmodule Two where\n\nimport Language.Haskell.TH\nimport System.IO\n\n\
             $(runIO (mapM_ (hPutStrLn stderr) [{}]) >> pure [])\n\ntwo :: Int\ntwo = True\n",
            lines.join(", ")
        ),
    );
    scene.commit_at(MIDNIGHT + 2 * HOUR, "Topic");
    let head = place.merge("topic");
    let done = place.run("pull_request", &request(&head), &REQUEST, &[("comment", "always"), ("args", "-v")]);
    assert!(!done.succeeded);
    let build = done.step("Build");
    assert_eq!(build.status, 100, "{}", build.log);
    assert!(build.log.contains("owned"), "the lines are not shown: {}", build.log);
    let shown: Vec<(&str, &str)> =
        commands(&build.log).into_iter().filter(|(name, _)| !name.ends_with("group")).collect();
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert!(shown[0].0 == "error" && shown[0].1.starts_with(" file=lib/Two.hs,line=10,col=7,"), "{shown:?}");
    assert_eq!(done.outputs["out-path"], "");
    // The report is posted all the same.
    assert_eq!(done.step("Post the report").status, 0);
    assert!(place.server.state().comments[0].body.contains("`small` failed"), "{:?}", place.server.state().comments);
}

/// An action whose flake gives the hinc of this test, without nixpkgs.
fn action_with_a_flake(folder: &Path) -> PathBuf {
    let action = folder.join("action-checkout");
    fs_err::create_dir_all(action.join("action")).expect("a folder");
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["action.yml", "action/inputs", "action/install", "action/build", "action/post"] {
        fs_err::copy(checkout.join(name), action.join(name)).expect("a file");
    }
    let script =
        format!("mkdir -p $out/bin; printf '#!/bin/sh\\nexec {HINC} \"$@\"\\n' >$out/bin/hinc; chmod +x $out/bin/hinc");
    let system = format!("{}-linux", std::env::consts::ARCH);
    let flake = format!(
        "{{ outputs = _: {{ packages.{system}.hinc = derivation {{\n  \
         name = \"hinc\"; system = \"{system}\"; builder = \"/bin/sh\"; PATH = \"/usr/bin:/bin\";\n  \
         args = [ \"-c\" ''{script}'' ]; }}; }}; }}\n"
    );
    fs_err::write(action.join("flake.nix"), flake).expect("a file");
    action
}

#[test]
fn a_schedule_makes_the_full_build_of_the_day_and_sends_it_with_hinc_itself() {
    let place = Place::new();
    let scene = &place.scene;
    let base = scene.commit_at(MIDNIGHT - HOUR, "Begin");
    // Of the day that begins, whenever that is: it stands on the commit before it.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time after 1970");
    let tomorrow = i64::try_from(now.as_secs()).expect("a time") + 24 * HOUR;
    scene.replace("Two.hs", "two = 2", "two = 3");
    scene.commit_at(tomorrow, "Edit");
    let action = action_with_a_flake(&scene.home());
    let cache = scene.home().join("cache");
    let store = format!("  file://{}?compression=none\n\n", cache.display());
    let list = scene.home().join("list");
    let command = format!("cat >>{}", list.display());
    let inputs = [("hinc", ""), ("push", store.as_str()), ("push-with", command.as_str()), ("comment", "always")];
    let done = place.run_from(&action, "schedule", &json!({"schedule": "5 0 * * *"}), &[], &inputs);
    succeeded(&done);
    assert_eq!(done.outputs["full-build-rev"], base);
    assert_eq!(done.outputs["full-build-cached"], "false");
    let build = done.step("Build");
    assert_eq!(titles(build), ["building small-1 (full)"]);
    assert_eq!(place.server.writes(), [""; 0]);
    let names: Vec<String> = fs_err::read_dir(&cache)
        .expect("a cache")
        .filter_map(|entry| {
            entry.expect("an entry").path().extension().map(|suffix| suffix.to_string_lossy().into_owned())
        })
        .collect();
    assert!(names.iter().filter(|name| *name == "narinfo").count() >= 3, "{names:?}");
    let sent = fs_err::read_to_string(&list).expect("a list");
    assert!(sent.lines().any(|line| line.ends_with("-hinc")), "{sent}");
    assert!(sent.lines().any(|line| line.ends_with("-intermediates")), "{sent}");

    // What a clone lacks of the history is fetched.
    let project = scene.project();
    let shallow = scene.home().join("shallow");
    let uri = format!("file://{}", project.display());
    scene.git(&["clone", "--quiet", "--depth", "1", &uri, shallow.to_str().expect("text")]);
    let folder = [("working-directory", shallow.to_str().expect("text"))];
    let done = place.run("schedule", &json!({}), &[], &folder);
    succeeded(&done);
    assert_eq!(done.outputs["full-build-rev"], base);

    let home = scene.home();
    let done = place.run("schedule", &json!({}), &[], &[("working-directory", home.to_str().expect("text"))]);
    let build = done.step("Build");
    assert!(!done.succeeded && build.status == 4, "{build:#?}");
    assert!(build.log.contains("is not in a git repository"), "{}", build.log);
    // Nothing was built, and so nothing is posted.
    assert_eq!(done.step("Post the report").log, "");
}

#[test]
fn what_is_wrong_is_said_before_anything_is_built() {
    let place = Place::new();
    place.scene.commit_at(MIDNIGHT - HOUR, "Begin");
    let push = |variables: &[(&'static str, &str)], inputs: &[(&'static str, &str)]| {
        place.run("push", &json!({}), variables, inputs)
    };
    let empty = place.scene.home().join("bin");
    fs_err::create_dir(&empty).expect("a folder");
    for program in ["bash", "env", "mktemp", "sed", "tr"] {
        let link = std::os::unix::fs::symlink(format!("/usr/bin/{program}"), empty.join(program));
        link.expect("a link");
    }
    let nowhere = empty.display().to_string();
    for (variables, inputs, status, told) in [
        (&[][..], &[("comment", "sometimes")][..], 2, "the input comment is none of "),
        (&[], &[("seed", "yes")], 2, "the input seed is none of "),
        (&[], &[("hinc", "no/such/program")], 2, "the input hinc names no program"),
        (&[("PATH", nowhere.as_str())], &[("hinc", "")], 3, "there is no Nix in this job"),
    ] {
        let done = push(variables, inputs);
        assert_eq!(done.steps.len(), 1, "{done:#?}");
        let step = done.step("Install hinc");
        assert_eq!(step.status, status, "{step:#?}");
        let shown = commands(&step.log);
        assert!(shown.len() == 1 && shown[0].0 == "error" && shown[0].1.contains(told), "{shown:?}");
    }
    let done = push(&[], &[("args", "--attr 'half")]);
    let step = done.step("Build");
    assert!(step.status == 2 && step.log.contains("the quotes of the input args do not match"), "{step:#?}");
}

// What a build of the seed job starts from is what later builds ask for, whatever says how long the interval is.
#[test]
fn a_schedule_takes_the_interval_of_its_arguments() {
    const YEAR: i64 = 52 * 7 * 24 * HOUR;
    let place = Place::new();
    let scene = &place.scene;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a time after 1970");
    let now = i64::try_from(now.as_secs()).expect("a time");
    let boundary = now / YEAR * YEAR;
    let base = scene.commit_at(boundary, "Begin");
    scene.replace("Two.hs", "two = 2", "two = 3");
    scene.commit_at(boundary + 1, "Edit");
    let done = place.run("schedule", &json!({}), &[], &[("args", "--interval 52w")]);
    succeeded(&done);
    assert_eq!(done.outputs["full-build-rev"], base);
    let done = place.run("schedule", &json!({}), &[], &[("args", "--interval soon")]);
    assert_eq!(done.step("Build").status, 2);
    assert!(done.step("Build").log.contains("--interval"), "{done:#?}");
}

/// A runner that cancels a job tells the first program of a step and no other.
#[test]
fn the_step_that_builds_becomes_hinc() {
    let place = Place::new();
    place.scene.commit_at(MIDNIGHT - HOUR, "Begin");
    let program = place.scene.home().join("program");
    fs_err::write(&program, "#!/bin/sh\necho \"pid $$\"; printf '<%s>' \"$@\"\necho \"$NIX_CONFIG\"\n")
        .expect("a file");
    place.scene.run("chmod", &["+x", program.to_str().expect("text")]).status(0);
    let inputs = [
        ("hinc", program.to_str().expect("text")),
        ("args", ".#app  'a b' \"c'd\" e\\ f $HOME '' *\n  --argstr \"x\\y\" \"\""),
        ("push", "file:///x\n\n  s3://y?a=b&c=d  "),
        ("push-with", "cachix push 'x y'"),
        ("wait", "20m"),
        ("substituters", "https://a.example\nhttps://b.example"),
    ];
    let done = place.run("push", &json!({}), &[], &inputs);
    succeeded(&done);
    let build = done.step("Build");
    let (pid, words) = build.log.split_once('\n').expect("a line");
    assert_eq!(pid, format!("pid {}", build.shell));
    // What the inputs say, each word as it is.
    let expected = "<--push><file:///x><--push><s3://y?a=b&c=d><--push-with><cachix push 'x y'><--wait><20m>\
                    <.#app><a b><c'd><e f><$HOME><><*><--argstr><x\\y><>";
    let (words, settings) = words.split_once('\n').expect("settings of Nix");
    assert!(words.starts_with("<build><--report>") && words.ends_with(expected), "{words}");
    assert!(settings.contains("extra-substituters = https://a.example https://b.example \n"), "{settings}");
    // Nothing was built.
    assert_eq!(done.step("Post the report").log, "");
}

#[test]
fn each_input_is_used_and_described() {
    let checkout = Path::new(env!("CARGO_MANIFEST_DIR"));
    let description = description(checkout);
    let steps = description["runs"]["steps"].to_string();
    let page = fs_err::read_to_string(checkout.join("docs/ci.md")).expect("a page");
    for name in description["inputs"].as_object().expect("inputs").keys() {
        assert!(steps.contains(&format!("inputs.{name} ")), "{name} is not used");
        assert!(page.contains(&format!("`{name}`")), "docs/ci.md does not describe `{name}`");
    }
    for name in description["outputs"].as_object().expect("outputs").keys() {
        assert!(page.contains(&format!("`{name}`")), "docs/ci.md does not describe `{name}`");
    }
}
