//! A daemon whose sandbox shows the machine's GHC.

#[test]
fn the_main_job_needs_no_trust() {
    let scene = super::package();
    let doctor = scene.hinc(&["doctor", "--json"]).status(0).json();
    let states = doctor["checks"].as_array().expect("checks");
    assert!(states.iter().all(|check| check["state"] != "failed"), "{doctor:#}");

    let record = scene.hinc(&["build", "--json"]).status(0).json();
    assert_eq!(record["mode"], "incremental");
    let builds = record["builds"].as_array().expect("builds");
    let outcomes: Vec<_> =
        builds.iter().map(|build| (&build["kind"], &build["outcome"], &build["modules_rebuilt"])).collect();
    let (built, full, incremental) = ("built".into(), "full".into(), "incremental".into());
    assert_eq!(outcomes, [(&full, &built, &2.into()), (&incremental, &built, &1.into())], "{record:#}");
    assert_eq!(builds[1]["modules"][0]["module"], "First");

    // The links are roots of the daemon's garbage collector.
    let roots = scene.run("nix-store", &["--query", "--roots", "result"]).status(0).stdout;
    assert!(roots.contains("project/result"), "{roots}");
    let again = scene.hinc(&["build", "--json"]).status(0).json();
    assert_eq!(again["builds"][1]["outcome"], "cached");
}

#[test]
fn a_build_that_fails_is_one_through_a_daemon_as_well() {
    let scene = super::package();
    scene.replace("Second.hs", "first + 1", "first + True");
    let ran = scene.hinc(&["build"]).status(100);
    assert!(ran.stderr.contains("Second.hs:6:"), "{}", ran.stderr);
}
