//! A daemon whose sandbox does not show the machine's GHC.

#[test]
fn what_the_daemon_needs_is_said_before_anything_is_built() {
    let scene = super::package();
    let line = "sandbox-paths = ";

    let doctor = scene.hinc(&["doctor"]).status(3);
    assert!(doctor.stdout.contains("failed"), "{}", doctor.stdout);
    assert!(doctor.stdout.contains(line) && doctor.stdout.contains("nix.conf"), "{}", doctor.stdout);

    let build = scene.hinc(&["build"]).status(3);
    assert_eq!(build.stdout, "");
    assert!(build.stderr.contains(line) && build.stderr.contains("nix.conf"), "{}", build.stderr);
    assert_eq!(build.stderr.matches("error: ").count(), 1, "{}", build.stderr);
    assert!(!build.stderr.contains("Compiling"), "{}", build.stderr);
}
