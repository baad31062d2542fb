//! What `hinc doctor` says of a repository.

use super::scene::{HOUR, MIDNIGHT, Scene};

#[test]
fn the_base_is_the_one_that_a_build_takes() {
    let scene = Scene::new();
    scene.write("a.txt", "1");
    let first = scene.commit_at(MIDNIGHT - HOUR, "Begin");
    scene.write("hinc.toml", "interval = \"1h\"\n");
    let second = scene.commit_at(MIDNIGHT + HOUR, "Say how often");
    scene.write("a.txt", "2");
    scene.commit_at(MIDNIGHT + 2 * HOUR + 60, "Change");
    let doctor = |change: &dyn Fn(&mut std::process::Command)| {
        let ran = scene.hinc_with(&["doctor"], change);
        let line = ran.stdout.lines().find(|line| line.starts_with("ok      base")).map(str::to_owned);
        line.unwrap_or_else(|| panic!("no base:\n{}", ran.stdout))
    };
    let base = scene.hinc(&["base", "--json"]).status(0).json();
    assert_eq!(base["commit"], second.as_str());
    let told = doctor(&|_| {});
    assert!(told.ends_with(&format!("{}, 1 h and 1 commit before head", &second[..10])), "{told}");
    // The environment counts for both.
    let told = doctor(&|command| _ = command.env("HINC_INTERVAL", "1d"));
    assert!(told.contains(&first[..10]), "{told}");
}
