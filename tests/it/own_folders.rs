//! hinc's own folders, where an older hinc left them open to others.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::repositories::TestRepository;

fn set_mode(path: &Path, mode: u32) {
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

fn mode(path: &Path) -> u32 {
    path.metadata().expect("it is there").permissions().mode() & 0o777
}

/// Runs hinc with a home, and returns what it said.
fn run(home: &Path, repository: &TestRepository) -> String {
    let mut hinc = Command::new(env!("CARGO_BIN_EXE_hinc"));
    // Without what a CI service says of the job that these tests run in.
    hinc.args(["base"]).current_dir(repository.folder()).env_clear().env("PATH", env!("PATH")).env("HOME", home);
    let output = hinc.output().expect("it runs");
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{said}");
    said
}

#[test]
fn folders_of_an_older_hinc_are_closed_to_others() {
    let git = TestRepository::new();
    git.write("file", "x\n");
    git.commit_all(1_700_000_000);
    let home = tempfile::tempdir().expect("a temporary folder");
    assert_eq!(run(home.path(), &git), "");
    assert_eq!(fs_err::read_dir(home.path()).expect("a folder").count(), 0, "nothing is made for it");

    let own = [".cache/hinc", ".local/state/hinc"].map(|folder| home.path().join(folder));
    for folder in &own {
        fs_err::create_dir_all(folder.join("records")).expect("a folder");
        for above in folder.ancestors().take_while(|above| *above != home.path()) {
            set_mode(above, 0o755);
        }
    }
    assert_eq!(run(home.path(), &git), "");
    for folder in &own {
        let above = folder.parent().expect("a folder");
        assert_eq!((mode(folder), mode(above)), (0o700, 0o755), "{}", folder.display());
    }

    // What is another user's stays as it is, and is told.
    set_mode(&own[0], 0o755);
    if std::os::unix::fs::chown(&own[0], Some(12345), Some(12345)).is_ok() {
        let said = run(home.path(), &git);
        assert!(said.starts_with("warning: others can look into `"), "{said}");
        assert!(said.contains(".cache/hinc`") && said.contains("it belongs to another user"), "{said}");
        assert_eq!(mode(&own[0]), 0o755);
    }
}
