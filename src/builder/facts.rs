//! What a builder is, as it said itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ask::Said;
use super::probe_error::Error;
use crate::model::name::SshPath;
use crate::model::nix_version::NixVersion;

/// The version of the script's answer that is read here.
const FIRST_LINE: &str = "hinc-probe 1";
const LAST_LINE: &str = "hinc-probe end";

/// What a builder is. All of it was seen there; what could not be seen is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Its Nix.
    pub nix: NixVersion,
    /// The folder of Nix's programs, where a shell that no one types at does not find them: then the store's address
    /// needs `remote-program`.
    pub nix_folder: Option<SshPath>,
    /// Its own system, such as `aarch64-linux`.
    pub system: String,
    /// All systems that it builds for, its own first.
    pub systems: Vec<String>,
    /// Those of them that are of another processor, which the kernel imitates.
    pub emulated_systems: Vec<String>,
    /// Its system features.
    pub features: Vec<String>,
    /// Whether builders run in a sandbox: `true`, `false` or `relaxed`.
    pub sandbox: Option<String>,
    /// What the sandbox shows of the machine.
    pub sandbox_paths: Vec<String>,
    /// The user that ssh comes in as.
    pub user: String,
    /// Whether that is root.
    pub root: bool,
    /// How that user gets to the store: `daemon`, or `local` where it is the user's own.
    pub store: Option<String>,
    /// Whether the store trusts that user.
    pub trusted: Option<bool>,
    /// Whether what is built there is signed.
    pub signs: bool,
    /// By how many seconds its clock is ahead of ours, as far as that is certain; behind where negative.
    pub clock_skew_seconds: Option<i64>,
    /// What is free of the store's file system.
    pub free_bytes: Option<u64>,
    /// The size of the store's file system.
    pub total_bytes: Option<u64>,
    /// Its memory.
    pub memory_bytes: Option<u64>,
    /// What of the memory programs can still have.
    pub memory_free_bytes: Option<u64>,
    /// Its processors.
    pub cores: Option<u32>,
    /// How many derivations it builds at once.
    pub jobs: Option<u32>,
    /// What it runs on, such as `Linux 6.12.9 x86_64`.
    pub platform: String,
    /// What was left out, and why: sentences without a full stop.
    pub notes: Vec<String>,
}

impl Facts {
    /// Reads what the script said.
    pub(super) fn read(builder: &str, said: &Said) -> Result<Self, Error> {
        let answer = Answer::of(builder, said)?;
        let odd = |problem: &str| Error::Answer {
            builder: builder.to_owned(),
            problem: problem.to_owned(),
            tail: said.tail.clone(),
        };
        let version: Vec<&str> = answer.all("version").collect();
        let Some(first) = version.first() else {
            return Err(Error::NoNix {
                builder: builder.to_owned(),
                path: answer.first("path").unwrap_or_default().to_owned(),
            });
        };
        // Nix looks at its store even for that.
        if let Some(error) = version.iter().position(|line| line.starts_with("error:")) {
            let tail = version[error..].iter().map(|line| (*line).to_owned()).chain(said.tail.clone()).collect();
            return Err(Error::Store { builder: builder.to_owned(), tail });
        }
        let nix =
            NixVersion::parse(&version.join("\n")).ok_or_else(|| odd(&format!("`{first}` is no version of Nix")))?;
        answer.check_store(builder, said)?;

        let mut notes = Vec::new();
        let system = match answer.setting("system") {
            Some(system) => system.to_owned(),
            // Without `nix config show` there is still what the kernel says.
            None => answer.system_of_kernel().ok_or_else(|| odd("it does not say for which system it builds"))?,
        };
        let (systems, emulated_systems) = answer.systems(&system, &mut notes);
        let features = answer.features(&mut notes);
        // It becomes a word of the store's address, which Nix splits at white space.
        let nix_folder: Option<SshPath> = match answer.first("folder") {
            Some(folder) => match folder.parse() {
                Ok(path) if folder.starts_with('/') => Some(path),
                _ => return Err(odd(&format!("`{}` is no folder of Nix's programs", folder.escape_debug()))),
            },
            None => None,
        };
        if let Some(folder) = &nix_folder {
            notes.push(format!("`nix-store` is not on the search path of ssh there, but in {folder}"));
        } else if !answer.all("on-path").any(|program| program == "nix-daemon") {
            notes.push("`nix-daemon` is not on the search path of ssh there".to_owned());
        }
        let info: Value =
            answer.first("store-info").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let (total_bytes, free_bytes) = answer.first("df").and_then(room).unzip();
        let number = |name| answer.first(name).and_then(|text| text.trim().parse().ok());
        Ok(Self {
            nix,
            nix_folder,
            system,
            systems,
            emulated_systems,
            features,
            sandbox: answer.setting("sandbox").map(str::to_owned),
            sandbox_paths: answer.words_of("sandbox-paths"),
            user: answer.first("user").unwrap_or_default().to_owned(),
            root: answer.first("uid") == Some("0"),
            store: info["url"].as_str().map(|url| url.split(['?', ':']).next().unwrap_or(url).to_owned()),
            trusted: truth(&info["trusted"]),
            signs: answer.setting("secret-key-files").is_some(),
            clock_skew_seconds: said.skew,
            free_bytes,
            total_bytes,
            memory_bytes: answer.first("memory").and_then(bytes),
            memory_free_bytes: answer.first("memory-free").and_then(bytes),
            cores: number("cores"),
            jobs: answer.setting("max-jobs").and_then(|text| text.parse().ok()),
            platform: answer.platform(),
            notes,
        })
    }
}

/// Nix 2.26 says 1 and 0, later ones true and false.
fn truth(value: &Value) -> Option<bool> {
    value.as_bool().or_else(|| value.as_u64().map(|number| number != 0))
}

/// Reads `24684084kB`, or a number of bytes.
fn bytes(text: &str) -> Option<u64> {
    match text.strip_suffix("kB") {
        Some(number) => number.trim().parse::<u64>().ok()?.checked_mul(1024),
        None => text.trim().parse().ok(),
    }
}

/// Reads the size and what is free, both in bytes, from a line of `df -Pk`: the three numbers before the percentage.
/// Names on both sides of them may have spaces.
fn room(line: &str) -> Option<(u64, u64)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let numbers = words.windows(4).find_map(|four| {
        let [total, used, free, share] = four else { return None };
        let is_share = share.strip_suffix('%').is_some_and(|share| share.parse::<u64>().is_ok());
        // What is taken is not asked for, but has to be a number too.
        let _: u64 = used.parse().ok()?;
        is_share.then_some((total.parse::<u64>().ok()?, free.parse::<u64>().ok()?))
    })?;
    Some((numbers.0.checked_mul(1024)?, numbers.1.checked_mul(1024)?))
}

/// The lines of an answer.
struct Answer<'a> {
    lines: BTreeMap<&'a str, Vec<&'a str>>,
    settings: BTreeMap<&'a str, &'a str>,
}

impl<'a> Answer<'a> {
    fn of(builder: &str, said: &'a Said) -> Result<Self, Error> {
        let odd = |problem: &str| Error::Answer {
            builder: builder.to_owned(),
            problem: problem.to_owned(),
            tail: said.tail.clone(),
        };
        let all: Vec<&str> = said.text.lines().map(str::trim_end).collect();
        let first = all.iter().position(|line| *line == FIRST_LINE).ok_or_else(|| odd("it is no answer"))?;
        if let Some(text) = all[..first].iter().find(|line| !line.trim().is_empty()) {
            return Err(Error::Greeting { builder: builder.to_owned(), text: text.chars().take(60).collect() });
        }
        let last = all.iter().position(|line| *line == LAST_LINE).filter(|last| *last > first);
        let last = last.ok_or_else(|| odd("it ends in the middle"))?;
        let mut lines: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut settings = BTreeMap::new();
        for line in &all[first + 1..last] {
            let (name, value) = line.split_once(' ').unwrap_or((line, ""));
            if name == "setting" {
                let (name, value) = value.split_once('=').unwrap_or((value, ""));
                settings.insert(name.trim(), value.trim());
            } else if !value.trim().is_empty() {
                lines.entry(name).or_default().push(value.trim());
            }
        }
        Ok(Self { lines, settings })
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &'a str> + '_ {
        self.lines.get(name).into_iter().flatten().copied()
    }

    fn first(&self, name: &str) -> Option<&'a str> {
        self.all(name).next()
    }

    fn setting(&self, name: &str) -> Option<&'a str> {
        self.settings.get(name).copied().filter(|value| !value.is_empty())
    }

    fn words_of(&self, setting: &str) -> Vec<String> {
        self.setting(setting).unwrap_or_default().split_whitespace().map(str::to_owned).collect()
    }

    /// The store was asked for a path that it cannot have.
    fn check_store(&self, builder: &str, said: &Said) -> Result<(), Error> {
        let answer = self.first("store-answer").unwrap_or_default();
        if self.first("store-status") == Some("0") && answer.ends_with("-hinc-probe") {
            return Ok(());
        }
        let words =
            if self.first("store-status") == Some("124") { "it said nothing within 30 seconds" } else { answer };
        let tail =
            std::iter::once(words.to_owned()).filter(|words| !words.is_empty()).chain(said.tail.clone()).collect();
        Err(Error::Store { builder: builder.to_owned(), tail })
    }

    /// All systems with its own first, and those of another processor among them.
    ///
    /// Nix believes its `extra-platforms`. One that the kernel cannot run would fail at its first program.
    fn systems(&self, own: &str, notes: &mut Vec<String>) -> (Vec<String>, Vec<String>) {
        let registered: Vec<String> = self.all("binfmt").filter_map(imitated_processor).collect();
        let (own_processor, own_kernel) = own.rsplit_once('-').unwrap_or((own, ""));
        let (mut systems, mut emulated) = (vec![own.to_owned()], Vec::new());
        for system in self.words_of("extra-platforms") {
            let (processor, kernel) = system.rsplit_once('-').unwrap_or((system.as_str(), ""));
            let runs = if runs_itself(own_processor, processor) && kernel == own_kernel {
                true
            } else if kernel == "darwin" {
                processor == "x86_64" && self.first("rosetta") == Some("yes")
            } else {
                let registered = registered.iter().any(|name| name == processor);
                if registered {
                    emulated.push(system.clone());
                }
                registered
            };
            if !runs {
                notes.push(format!(
                    "`extra-platforms` there names {system}, but its kernel has nothing that runs such programs"
                ));
            } else if !systems.contains(&system) {
                systems.push(system);
            }
        }
        (systems, emulated)
    }

    fn features(&self, notes: &mut Vec<String>) -> Vec<String> {
        let mut features = self.words_of("system-features");
        let why_not = match self.first("kvm") {
            Some("opens") => return features,
            Some("imitated") => "its processor is imitated by QEMU, and so is `/dev/kvm`",
            Some(_) => "`/dev/kvm` does not open for this user",
            None => "there is no `/dev/kvm`",
        };
        let before = features.len();
        features.retain(|feature| feature != "kvm");
        if features.len() < before {
            notes.push(format!("`system-features` there names kvm, but {why_not}"));
        }
        features
    }

    fn system_of_kernel(&self) -> Option<String> {
        let machine = match self.first("machine")? {
            "arm64" => "aarch64",
            "i386" | "i486" | "i586" => "i686",
            machine => machine,
        };
        Some(format!("{machine}-{}", self.first("os")?.to_lowercase()))
    }

    fn platform(&self) -> String {
        let words: Vec<&str> = ["os", "kernel", "machine"].into_iter().filter_map(|name| self.first(name)).collect();
        words.join(" ")
    }
}

/// Whether a processor runs the programs of another one by itself. Those of 32 bits are believed to be served, as they
/// are by most.
fn runs_itself(own: &str, other: &str) -> bool {
    own == other
        || match own {
            "x86_64" => other.starts_with("x86_64-v") || matches!(other, "x86_64" | "i686" | "i386"),
            "aarch64" => other.starts_with("armv"),
            _ => false,
        }
}

/// The processor of an entry of `binfmt_misc`: NixOS names them `aarch64-linux`, others `qemu-aarch64`, and Apple's
/// is `rosetta`.
fn imitated_processor(entry: &str) -> Option<String> {
    let name = entry.strip_prefix("qemu-").unwrap_or(entry);
    if name == "rosetta" {
        return Some("x86_64".to_owned());
    }
    let processor = name.strip_suffix("-linux").unwrap_or(name);
    match processor {
        "i386" => Some("i686".to_owned()),
        "arm" => Some("armv7l".to_owned()),
        "ppc64le" => Some("powerpc64le".to_owned()),
        _ => {
            let known = ["aarch64", "x86_64", "i686", "armv", "riscv", "powerpc", "s390x", "mips", "loongarch64"];
            known.iter().any(|prefix| processor.starts_with(prefix)).then(|| processor.to_owned())
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
