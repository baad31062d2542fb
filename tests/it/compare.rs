//! Descriptions of builds are read side by side: memory does not grow with what they describe.

use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use hinc::compare::{Description, Installed, compare};

/// Names the folder of the descriptions to the process that compares them.
const FOLDER: &str = "HINC_TEST_DESCRIPTIONS";

/// How many modules, and facts of each: 40 MB of text, which take some 100 MB as maps.
const MODULES: usize = 800;
const FACTS: usize = 150;

/// How much memory that process may have, in KiB.
const ENOUGH: usize = 24 * 1024;

fn write(path: &Path, kinds: &[&str]) -> std::io::Result<()> {
    let mut file = BufWriter::new(fs_err::File::create(path)?);
    writeln!(file, "all\t\tlines\t{}", kinds.len() * MODULES * FACTS)?;
    for kind in kinds {
        for module in 0..MODULES {
            for fact in 0..FACTS {
                writeln!(file, "{kind}\tSome/Folder/M{module:05}.hi\tdeclaration f{fact}\t{module:032x}")?;
            }
        }
    }
    file.into_inner()?.sync_all()
}

/// Compares what another process wrote, where that asks for it.
#[test]
fn descriptions_of_many_modules_take_little_memory() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        let folder = Path::new(&folder);
        let description = |name: &str| Description::at(&folder.join(name));
        let installed = Installed { incremental: folder.join("one"), clean: folder.join("two") };
        let outcome = compare(&description("incremental"), &description("clean"), &installed).expect("a comparison");
        assert_eq!(outcome.found, []);
        assert_eq!(outcome.compared.interfaces, u32::try_from(MODULES).expect("few"));
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder.path().join("incremental"), &["file", "interface", "witness"]).expect("a description");
    write(&folder.path().join("clean"), &["file", "interface"]).expect("a description");
    let mut limited = Command::new("bash");
    limited.args(["-c", &format!("ulimit -d {ENOUGH} && exec \"$@\""), "bash"]);
    limited.arg(std::env::current_exe().expect("this program"));
    limited.args(["--exact", "compare::descriptions_of_many_modules_take_little_memory", "--test-threads", "1"]);
    let ran = limited.env(FOLDER, folder.path()).output().expect("bash runs");
    let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && said.contains("1 passed"), "{said}");
}
