//! What there is to see of a build: whether it succeeded, what it installed, what its programs
//! print, what its interfaces say.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use walkdir::WalkDir;

use super::log::Log;
use super::nix::{self, Drv, without_hashes};

/// One build, looked at.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Where its log can be asked for.
    pub(crate) drv: String,
    pub(crate) built: bool,
    pub(crate) log: Log,
    /// The end of the log as it is, for messages.
    pub(crate) tail: String,
    /// Kind, executable bit and link target of everything installed, by path.
    pub(crate) files: BTreeMap<String, String>,
    /// Installed files that are no machine code and no interface.
    pub(crate) texts: BTreeMap<String, Vec<u8>>,
    /// What each installed program prints, and how it ends.
    pub(crate) printed: BTreeMap<String, String>,
    /// The names of the store paths that it refers to.
    pub(crate) references: Vec<String>,
    /// The interfaces of every way that the build left, by path, and their bytes.
    pub(crate) interfaces: BTreeMap<String, (PathBuf, Vec<u8>)>,
    /// What else GHC writes of modules, by path in the package.
    pub(crate) companions: BTreeMap<String, Vec<u8>>,
}

impl Seen {
    /// Looks at a build that was tried.
    pub(crate) fn of(drv: &Drv) -> Self {
        let log = nix::log_of(drv);
        let lines: Vec<_> = log.lines().collect();
        let mut seen = Self {
            drv: drv.drv.clone(),
            // A partial build has no result.
            built: drv.outputs.contains_key("out") && nix::is_valid(drv.output("out")),
            log: Log::read(&log),
            tail: lines[lines.len().saturating_sub(25)..].join("\n"),
            files: BTreeMap::new(),
            texts: BTreeMap::new(),
            printed: BTreeMap::new(),
            references: Vec::new(),
            interfaces: BTreeMap::new(),
            companions: BTreeMap::new(),
        };
        if seen.built {
            let out = drv.output("out");
            seen.read_files(out);
            seen.run_programs(out);
            seen.references = nix::references(out);
            seen.read_interfaces(&drv.output("intermediates").join("build"));
            seen.read_companions(&drv.output("intermediates").join("companions"));
        }
        seen
    }

    fn read_files(&mut self, out: &Path) {
        for entry in WalkDir::new(out).min_depth(1) {
            let entry = entry.expect("the output can be read");
            let name = relative(entry.path(), out);
            let kind = entry.file_type();
            if kind.is_symlink() {
                let target = fs_err::read_link(entry.path()).expect("a link");
                let target = without_hashes(target.as_os_str().as_encoded_bytes());
                self.files.insert(name, format!("link to {}", String::from_utf8_lossy(&target)));
            } else if kind.is_dir() {
                self.files.insert(name, "folder".to_owned());
            } else {
                let mode = entry.metadata().expect("a file").permissions().mode();
                let kind = if mode & 0o111 == 0 { "file" } else { "program" };
                let bytes = fs_err::read(entry.path()).expect("a file");
                if !is_machine_code(&bytes) && !is_interface(&name) && !is_for_editors(&bytes) {
                    self.texts.insert(name.clone(), without_hashes(&bytes));
                }
                self.files.insert(name, kind.to_owned());
            }
        }
    }

    fn run_programs(&mut self, out: &Path) {
        let Ok(programs) = fs_err::read_dir(out.join("bin")) else { return };
        for program in programs {
            let program = program.expect("an entry").path();
            let output = Command::new(&program).stdin(Stdio::null()).output().expect("an installed program runs");
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&without_hashes(&text)).into_owned();
            self.printed.insert(relative(&program, out), format!("{text}({})", output.status));
        }
    }

    fn read_interfaces(&mut self, folder: &Path) {
        for entry in WalkDir::new(folder) {
            let path = entry.expect("the intermediates can be read").into_path();
            let name = relative(&path, folder);
            if is_interface(&name) {
                let bytes = without_hashes(&fs_err::read(&path).expect("an interface"));
                self.interfaces.insert(name, (path, bytes));
            }
        }
    }

    fn read_companions(&mut self, folder: &Path) {
        for entry in WalkDir::new(folder).into_iter().flatten() {
            if entry.file_type().is_file() {
                let bytes = fs_err::read(entry.path()).expect("a file");
                self.companions.insert(relative(entry.path(), folder), bytes);
            }
        }
    }

    /// What differs between this clean build and an incremental one of the same sources, one
    /// entry a difference. None is what hinc promises.
    pub(crate) fn differences(&self, incremental: &Self) -> Vec<String> {
        let mut told = Vec::new();
        if self.built != incremental.built {
            let (failed, who) = if self.built { (incremental, "incremental") } else { (self, "clean") };
            told.push(format!("only the {who} build fails: {:?}\n{}", failed.log.errors, failed.tail));
            return told;
        }
        compare("error", &self.log.errors, &incremental.log.errors, &mut told);
        if self.log.tests != incremental.log.tests {
            told.push(format!(
                "the test suites print something else:\n  clean: {}\n  incremental: {}",
                self.log.tests.join("\n    "),
                incremental.log.tests.join("\n    ")
            ));
        }
        if self.built {
            let plain = |warnings: &BTreeSet<String>| -> BTreeSet<String> {
                warnings.iter().map(|one| without_places(one)).collect()
            };
            compare("warning", &plain(&self.log.warnings), &plain(&incremental.log.warnings), &mut told);
            compare_maps("installed file", &self.files, &incremental.files, &mut told);
            compare_maps("output of", &self.printed, &incremental.printed, &mut told);
            let text = |texts: &BTreeMap<String, Vec<u8>>| -> BTreeMap<String, String> {
                texts.iter().map(|(path, text)| (path.clone(), String::from_utf8_lossy(text).into_owned())).collect()
            };
            compare_maps("content of", &text(&self.texts), &text(&incremental.texts), &mut told);
            compare("reference", &self.references, &incremental.references, &mut told);
            self.compare_interfaces(incremental, &mut told);
            compare("file beside interfaces", self.companions.keys(), incremental.companions.keys(), &mut told);
        }
        told
    }

    fn compare_interfaces(&self, incremental: &Self, told: &mut Vec<String>) {
        // Those of a way that head is not built in any more are left where they are: nothing reads
        // or installs them.
        let suffix = |name: &str| name.rsplit('.').next().unwrap_or("").to_owned();
        let suffixes: BTreeSet<_> = self.interfaces.keys().map(|name| suffix(name)).collect();
        let left = incremental.interfaces.keys().filter(|name| suffixes.contains(&suffix(name)));
        compare("interface", self.interfaces.keys(), left, told);
        for (name, (clean_file, clean)) in &self.interfaces {
            if let Some((file, bytes)) = incremental.interfaces.get(name)
                && clean != bytes
            {
                let (before, after) = (self.shown(name, clean_file), incremental.shown(name, file));
                if before != after {
                    told.push(format!("the interface {name} differs:\n{}", first_differences(&before, &after)));
                }
            }
        }
    }

    /// An interface as GHC shows it, with all its hashes but these: those of store paths and of
    /// files in the store, which may name their own path; those of objects, in which local names
    /// depend on what GHC did before; and what GHC notes of a whole module of the same component. GHC does not compile a module again where only things that it does not
    /// use have changed in another, and keeps the old note.
    fn shown(&self, name: &str, file: &Path) -> String {
        let output = nix::run("ghc", &["--show-iface", &file.display().to_string()]);
        assert!(output.status.success(), "{}: {}", file.display(), String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&without_hashes(&output.stdout)).into_owned();
        let (stem, suffix) = name.rsplit_once('.').expect("a suffix");
        let module = text.lines().find_map(|line| line.strip_prefix("interface ")?.split(' ').next()).unwrap_or("");
        let component = stem.strip_suffix(&module.replace('.', "/")).unwrap_or("");
        let suffix = suffix.trim_end_matches("-boot");
        let is_of_component = |module: &str| {
            let path = module.rsplit(':').next().unwrap_or(module).replace('.', "/");
            self.interfaces.contains_key(&format!("{component}{path}.{suffix}"))
        };
        let line = |line: &str| {
            let words: Vec<_> = line.split_whitespace().collect();
            match words[..] {
                ["interface", "hash:", _] => String::new(),
                ["addDependentFile", file, _] if file.starts_with("\"/nix/store/") || is_object(file) => {
                    file.to_owned()
                }
                ["import", flag, module, _] if is_of_component(module) => format!("import {flag} {module}"),
                _ => line.to_owned(),
            }
        };
        text.lines().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Whether the interfaces say the same as those of another build.
    pub(crate) fn has_interfaces_of(&self, other: &Self) -> bool {
        let bytes = |seen: &Self| -> Vec<(String, Vec<u8>)> {
            seen.interfaces.iter().map(|(name, (_, bytes))| (name.clone(), bytes.clone())).collect()
        };
        bytes(self) == bytes(other)
    }
}

fn relative(path: &Path, folder: &Path) -> String {
    path.strip_prefix(folder).expect("a path below").display().to_string()
}

/// `.hi`, `.dyn_hi`, `.p_hi`, a suffix that the package chose, and their `-boot` forms.
fn is_interface(name: &str) -> bool {
    let name = name.strip_suffix("-boot").unwrap_or(name);
    let suffix = name.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map_or("", |(_, suffix)| suffix);
    suffix == "hi" || suffix.ends_with("_hi")
}

/// A warning without the place in another module where an instance is defined, which GHC knows only
/// where it compiled that module in the same run, and breaks lines by (docs/soundness.md).
fn without_places(warning: &str) -> String {
    if !warning.contains(" -- Defined ") {
        return warning.to_owned();
    }
    let words: Vec<_> = warning.split_whitespace().collect();
    let mut plain = Vec::new();
    let mut rest = &words[..];
    while let Some((word, after)) = rest.split_first() {
        if let ["--", "Defined", "at" | "in", _, more @ ..] = rest {
            rest = more;
        } else {
            plain.push(*word);
            rest = after;
        }
    }
    plain.join(" ")
}

/// A `.hie` file. It has the lines at which names of other modules are defined, where GHC compiled these in the
/// same run.
fn is_for_editors(bytes: &[u8]) -> bool {
    bytes.starts_with(b"HIE")
}

/// `"dist/build/A.dyn_o"`
fn is_object(quoted: &str) -> bool {
    quoted.starts_with("\"dist/build/") && (quoted.ends_with(".o\"") || quoted.ends_with("_o\""))
}

fn is_machine_code(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x7fELF") || bytes.starts_with(b"!<arch>")
}

/// The lines in which two texts differ, the first few of them.
fn first_differences(clean: &str, incremental: &str) -> String {
    let mut told = Vec::new();
    let (mut left, mut right) = (clean.lines(), incremental.lines());
    loop {
        match (left.next(), right.next()) {
            (None, None) => break,
            (one, other) if one == other => {}
            (one, other) => {
                told.push(format!("  clean:       {}\n  incremental: {}", one.unwrap_or(""), other.unwrap_or("")));
            }
        }
        if told.len() == 6 {
            break;
        }
    }
    told.join("\n")
}

fn compare<T: Ord + std::fmt::Display>(
    what: &str,
    clean: impl IntoIterator<Item = T>,
    incremental: impl IntoIterator<Item = T>,
    told: &mut Vec<String>,
) {
    let clean: BTreeSet<T> = clean.into_iter().collect();
    let incremental: BTreeSet<T> = incremental.into_iter().collect();
    told.extend(clean.difference(&incremental).map(|entry| format!("{what} of the clean build alone: {entry}")));
    told.extend(incremental.difference(&clean).map(|entry| format!("{what} of the incremental build alone: {entry}")));
}

fn compare_maps(
    what: &str,
    clean: &BTreeMap<String, String>,
    incremental: &BTreeMap<String, String>,
    told: &mut Vec<String>,
) {
    let names: BTreeSet<_> = clean.keys().chain(incremental.keys()).collect();
    for name in names {
        let (one, other) = (clean.get(name), incremental.get(name));
        if one != other {
            let text = |value: Option<&String>| value.map_or_else(|| "none".to_owned(), |text| format!("{text:?}"));
            told.push(format!("{what} {name}:\n  clean:       {}\n  incremental: {}", text(one), text(other)));
        }
    }
}
