//! The commands of pipelines under `docs/ci`, run by a shell with programs that only note how they are called.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

/// The commands of a step, as Buildkite gives them to a shell after the upload.
fn buildkite_step(label: &str) -> String {
    let pipeline: serde_json::Value =
        serde_norway::from_str(include_str!("../../docs/ci/buildkite.yml")).expect("a pipeline");
    let steps = pipeline["steps"].as_array().expect("steps");
    let step = steps.iter().find(|step| step["label"] == label).expect("the step");
    let commands = step["commands"].as_array().expect("commands").iter();
    let commands: Vec<&str> = commands.map(|command| command.as_str().expect("a text")).collect();
    commands.join("\n").replace("$$", "$")
}

fn program(folder: &Path, name: &str, script: &str) {
    let file = folder.join(name);
    fs_err::write(&file, format!("#!/bin/sh\n{script}\n")).expect("a program");
    fs_err::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("it may run");
}

#[test]
fn buildkite_posts_for_pull_requests_alone_and_fails_as_the_build_does() {
    let script = buildkite_step("build");
    for (pull_request, build, post) in [("false", 0, 0), ("false", 100, 0), ("7", 0, 0), ("7", 100, 0), ("7", 0, 2)] {
        let folder = tempfile::tempdir().expect("a folder");
        let calls = folder.path().join("calls");
        program(
            folder.path(),
            "hinc",
            &format!(
                "echo \"hinc $*\" >> '{}'; case \"$1 $2\" in build*) exit {build};; *post) exit {post};; esac",
                calls.display()
            ),
        );
        program(folder.path(), "buildkite-agent", "exec cat");
        let path = format!("{}:{}", folder.path().display(), env!("PATH"));
        let mut shell = Command::new("/bin/sh");
        shell.args(["-e", "-c", &script]).current_dir(folder.path()).env_clear().env("PATH", path);
        shell.envs([("CACHE", "s3://c"), ("BUILDKITE_PULL_REQUEST", pull_request), ("BUILDKITE_LABEL", "a job")]);
        let status = shell.status().expect("it runs");
        assert_eq!(status.code(), Some(build), "{pull_request} {build} {post}");
        let calls = fs_err::read_to_string(calls).expect("calls");
        let posts: Vec<&str> = calls.lines().filter(|call| call.starts_with("hinc report post")).collect();
        match pull_request {
            "false" => assert_eq!(posts, [""; 0]),
            _ => assert_eq!(posts, ["hinc report post record.json --pull-request 7 --job a job"]),
        }
    }
}
