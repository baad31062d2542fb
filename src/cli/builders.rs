//! The builders of the settings: `[builder.NAME]` of `hinc.toml` and of the user's own file.
//!
//! A repository may describe builders, but not make this machine run or read something: a tree that is built
//! is not more trusted than its source. So what names a program, a file or a key, and whether results are taken
//! without a signature, is said in the user's file alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::Error;
use super::settings::File;
use super::{Context, Failure};
use crate::error::Hint;
use crate::model::builder::{Builder, BuilderKind, GuestSettings, Image, SshMachine};
use crate::model::interval::Interval;
use crate::pipeline::BuilderOptions;

/// The builder that exists without any settings.
const GUEST: &str = "vm";

/// The name by which this machine is asked for.
const HERE: &str = "local";

/// The name that stands for all.
const ANY: &str = "any";

/// What the guest of a machine without settings is started from: nixpkgs' builder, from its cache.
const DEFAULT_IMAGE: &str = "nixpkgs#darwin.linux-builder";

/// The user's file, below the configuration folder.
const USER_FILE: &str = "config.toml";

/// Keys that only the user's own file may have: they name files and programs of this machine, or say what is trusted.
const OWN_KEYS: [&str; 9] =
    ["trusted", "key", "image", "disk", "kernel", "initrd", "kernel-parameters", "qemu", "qemu-options"];

/// What the user's own file may hold, and the administrator's of the same form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct UserFile {
    default_builder: Option<String>,
    builder: BTreeMap<String, toml::Table>,
}

impl UserFile {
    /// Adds what a less important file says.
    fn add(&mut self, other: Self) {
        self.default_builder = self.default_builder.take().or(other.default_builder);
        for (name, table) in other.builder {
            let own = self.builder.entry(name).or_default();
            for (key, value) in table {
                own.entry(key).or_insert(value);
            }
        }
    }
}

/// A table `[builder.NAME]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Table {
    kind: Option<Kind>,
    systems: Vec<String>,
    features: Vec<String>,
    mandatory_features: Vec<String>,
    speed: Option<f64>,
    jobs: Option<u32>,
    trusted: Option<bool>,

    host: Option<String>,
    user: Option<String>,
    port: Option<u16>,
    key: Option<PathBuf>,
    host_key: Option<String>,

    image: Option<String>,
    disk: Option<PathBuf>,
    kernel: Option<PathBuf>,
    initrd: Option<PathBuf>,
    kernel_parameters: Option<String>,
    system: Option<String>,
    cores: Option<u32>,
    memory: Option<String>,
    disk_size: Option<String>,
    ephemeral: Option<bool>,
    idle: Option<String>,
    emulated_systems: Vec<String>,
    qemu: Option<PathBuf>,
    qemu_options: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Local,
    Ssh,
    Vm,
}

/// The builders that the settings know, and the one that is taken by default.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Builders {
    /// All, by name: `local` and `vm` are always among them.
    known: BTreeMap<String, Builder>,
    /// Those that flag, environment or settings name.
    chosen: Vec<String>,
}

impl Builders {
    /// Reads the user's file and the administrator's, and joins them with that of the repository, where there is one.
    /// What the user's says of a builder counts before the others, key by key.
    pub(super) fn read(context: &Context, repository: Option<&File>, flag: Option<&str>) -> Result<Self, Failure> {
        let environment = &context.environment;
        let mut user = UserFile::default();
        // The most important first: what it says of a builder counts.
        for folder in environment.config.iter().chain(&environment.system_config) {
            let path = folder.join(USER_FILE);
            match fs_err::read_to_string(&path) {
                Ok(text) => user.add(parse_user(&text, &path)?),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(Error::Input { path, source }.into()),
            }
        }
        let empty = BTreeMap::new();
        let tables = repository.map_or(&empty, File::builders);
        let default = repository.and_then(File::default_builder);
        let chosen = flag.or(environment.builder.as_deref()).or(user.default_builder.as_deref()).or(default);
        Ok(Self::join(tables, &user.builder, chosen)?)
    }

    fn join(
        repository: &BTreeMap<String, toml::Table>,
        user: &BTreeMap<String, toml::Table>,
        chosen: Option<&str>,
    ) -> Result<Self, Error> {
        let mut tables: BTreeMap<String, toml::Table> = BTreeMap::new();
        for (name, table) in repository {
            check_name(name)?;
            if let Some(key) = OWN_KEYS.iter().find(|key| table.contains_key(**key)) {
                let hint = format!("move it to [builder.{name}] of ~/.config/hinc/{USER_FILE}");
                let why = "names what a repository may not choose for the machine that builds it";
                return Err(Error::Usage(
                    format!("`{key}` of [builder.{name}] in hinc.toml {why}"),
                    vec![Hint::new(hint)],
                ));
            }
            read_table(name, table.clone(), Path::new("hinc.toml"))?;
            tables.insert(name.clone(), table.clone());
        }
        for (name, table) in user {
            check_name(name)?;
            tables.entry(name.clone()).or_default().extend(table.clone());
        }
        for name in [HERE, GUEST] {
            tables.entry(name.to_owned()).or_default();
        }
        let mut known = BTreeMap::new();
        for (name, table) in tables {
            let own = user.contains_key(&name) && !repository.contains_key(&name);
            known.insert(name.clone(), builder(&name, table, own)?);
        }
        let chosen: Vec<String> = match chosen {
            None => Vec::new(),
            // The guest that nobody described is not taken for one of a farm.
            Some(ANY) => {
                let described = |name: &&String| user.contains_key(*name) || repository.contains_key(*name);
                let all: Vec<String> = known.keys().filter(described).cloned().collect();
                if all.is_empty() { vec![GUEST.to_owned()] } else { all }
            }
            Some(names) => names.split(',').map(|name| name.trim().to_owned()).collect(),
        };
        if let Some(name) = chosen.iter().find(|name| !known.contains_key(*name)) {
            return Err(unknown(name, known.keys()));
        }
        Ok(Self { known, chosen })
    }

    /// Returns those that flag, environment or settings name; none where they name none.
    pub(super) fn chosen(&self) -> impl Iterator<Item = &Builder> {
        self.chosen.iter().filter_map(|name| self.known.get(name))
    }

    /// Returns all, by name.
    pub(super) fn all(&self) -> impl Iterator<Item = &Builder> {
        self.known.values()
    }

    /// Whether another machine than this one was asked for.
    pub(super) fn build_elsewhere(&self) -> bool {
        self.chosen().any(|builder| builder.kind != BuilderKind::Local)
    }

    /// Returns a builder by its name; the chosen one, or else `vm`, where none is named. For `hinc builder`.
    pub(super) fn named(&self, name: Option<&str>) -> Result<&Builder, Error> {
        let chosen = || self.chosen.first().map(String::as_str).filter(|name| *name != HERE);
        let name = name.or_else(chosen).unwrap_or(GUEST);
        self.known.get(name).ok_or_else(|| unknown(name, self.known.keys()))
    }

    /// Returns what a build is told.
    pub(super) fn options(&self) -> Result<BuilderOptions, Error> {
        let hinc = std::env::current_exe()
            .map_err(|source| Error::Output { what: "the path of hinc itself".to_owned(), source })?;
        Ok(BuilderOptions { wanted: self.chosen().cloned().collect(), known: self.all().cloned().collect(), hinc })
    }
}

fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Error {
    let known: Vec<&str> = known.map(String::as_str).collect();
    let hints = vec![Hint::new(format!(
        "known are {}; another one is described by a table [builder.{name}] of hinc.toml or ~/.config/hinc/{USER_FILE}",
        known.join(", ")
    ))];
    Error::Usage(format!("there is no builder `{name}`"), hints)
}

/// A builder's name is part of file names, of a host's alias and of command lines.
fn check_name(name: &str) -> Result<(), Error> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.len() <= 40 && name.chars().all(good) && !name.starts_with('-') {
        return Ok(());
    }
    let hints = vec![Hint::new("a name has letters, digits, `-` and `_`, and at most 40 of them")];
    Err(Error::Usage(format!("`{name}` is no name for a builder"), hints))
}

fn parse_user(text: &str, path: &Path) -> Result<UserFile, Error> {
    let file = path.to_owned();
    let wrong = |source: Box<dyn std::error::Error + Send + Sync>| Error::UserSettings { file: file.clone(), source };
    let deserializer = toml::Deserializer::parse(text).map_err(|error| wrong(error.into()))?;
    let user: UserFile = serde_path_to_error::deserialize(deserializer).map_err(|error| wrong(error.into()))?;
    // Before the files are joined, so that an error names its file.
    for (name, table) in &user.builder {
        read_table(name, table.clone(), path)?;
    }
    Ok(user)
}

fn read_table(name: &str, table: toml::Table, file: &Path) -> Result<Table, Error> {
    serde_path_to_error::deserialize(table).map_err(|error| Error::BuilderSettings {
        name: name.to_owned(),
        file: file.to_owned(),
        source: error.into(),
    })
}

/// Reads one table. `own` is whether it is the user's alone.
fn builder(name: &str, table: toml::Table, own: bool) -> Result<Builder, Error> {
    // Of two files together it says nothing that one of them does not.
    let table = read_table(name, table, Path::new(USER_FILE))?;
    let kind = table.kind.or(match name {
        HERE => Some(Kind::Local),
        GUEST => Some(Kind::Vm),
        _ if table.host.is_some() => Some(Kind::Ssh),
        _ => None,
    });
    let usage = |problem: String, hint: &str| Error::Usage(problem, vec![Hint::new(hint)]);
    let Some(kind) = kind else {
        return Err(usage(
            format!("[builder.{name}] does not say what it is"),
            "add `kind = \"ssh\"` with `host`, or `kind = \"vm\"`",
        ));
    };
    let speed = table.speed.unwrap_or(1.0);
    if !speed.is_finite() || speed <= 0.0 {
        return Err(usage(format!("`speed` of [builder.{name}] is not above 0"), "1.0 is the default"));
    }
    let what = match kind {
        Kind::Local => BuilderKind::Local,
        Kind::Ssh => BuilderKind::Ssh(ssh_machine(name, &table)?),
        Kind::Vm => BuilderKind::Vm(guest(name, &table)?),
    };
    Ok(Builder {
        name: name.to_owned(),
        // The keys of a guest are hinc's own, so what it says is what it built.
        trusted: match kind {
            Kind::Local | Kind::Vm => true,
            Kind::Ssh => table.trusted.unwrap_or(own),
        },
        kind: what,
        systems: table.systems,
        features: table.features,
        mandatory_features: table.mandatory_features,
        speed,
        jobs: table.jobs,
    })
}

fn ssh_machine(name: &str, table: &Table) -> Result<SshMachine, Error> {
    let Some(host) = &table.host else {
        let hints = vec![Hint::new("add `host = \"…\"`: a name, an address, or an alias of your ssh configuration")];
        return Err(Error::Usage(format!("[builder.{name}] has no `host`"), hints));
    };
    for (key, word) in [("host", Some(host)), ("user", table.user.as_ref())] {
        let odd = |word: &String| word.is_empty() || word.starts_with('-') || word.contains([' ', '\t', '/', '?', '@']);
        if word.is_some_and(odd) {
            let hints = vec![Hint::new("user and port have keys of their own: `user`, `port`")];
            return Err(Error::Usage(format!("`{key}` of [builder.{name}] is not a plain name"), hints));
        }
    }
    Ok(SshMachine {
        host: host.clone(),
        user: table.user.clone(),
        port: table.port,
        key: table.key.clone(),
        host_key: table.host_key.clone(),
        parameters: Vec::new(),
    })
}

fn guest(name: &str, table: &Table) -> Result<GuestSettings, Error> {
    let usage = |problem: String, hint: &str| Error::Usage(problem, vec![Hint::new(hint)]);
    let image = match (&table.image, &table.disk, &table.kernel) {
        (Some(_), Some(_), _) => {
            return Err(usage(
                format!("[builder.{name}] has both `image` and `disk`"),
                "`image` is a package of nixpkgs' builder, `disk` a disk image: keep one",
            ));
        }
        (_, Some(disk), Some(kernel)) => Image::Disk {
            disk: disk.clone(),
            kernel: kernel.clone(),
            initrd: table.initrd.clone(),
            parameters: table.kernel_parameters.clone().unwrap_or_else(|| "root=/dev/vda".to_owned()),
            user: table.user.clone().unwrap_or_else(|| "root".to_owned()),
        },
        (_, Some(_), None) | (_, None, Some(_)) => {
            return Err(usage(
                format!("[builder.{name}] needs both `disk` and `kernel`"),
                "the kernel, and where it needs one the `initrd`, are started directly",
            ));
        }
        (installable, None, None) => {
            Image::Profile { installable: installable.clone().unwrap_or_else(|| DEFAULT_IMAGE.to_owned()) }
        }
    };
    let system = table.system.clone().unwrap_or_else(|| format!("{}-linux", std::env::consts::ARCH));
    if !matches!(system.as_str(), "x86_64-linux" | "aarch64-linux") {
        return Err(usage(
            format!("a guest of the system `{system}` is not known"),
            "`x86_64-linux` or `aarch64-linux`",
        ));
    }
    let size = |key: &str, text: &Option<String>, default: u32, unit: u64| match text {
        None => Ok(default),
        Some(text) => bytes(text)
            .map(|bytes| bytes / unit)
            .and_then(|units| u32::try_from(units).ok())
            .filter(|units| *units > 0)
            .ok_or_else(|| {
                usage(format!("`{key}` of [builder.{name}] is not a size: `{text}`"), "write it as `4GiB` or `512MiB`")
            }),
    };
    let idle_minutes = match table.idle.as_deref() {
        None => 15,
        Some("never") => 0,
        Some(text) => {
            let interval: Interval = text.parse().map_err(|error| {
                usage(format!("`idle` of [builder.{name}] is wrong: {error}"), "write it as `15m`, `2h` or `never`")
            })?;
            interval.seconds().div_ceil(60)
        }
    };
    let processors = std::thread::available_parallelism().map_or(2, |count| u32::try_from(count.get()).unwrap_or(8));
    let cores = table.cores.unwrap_or(processors.min(8));
    if cores == 0 {
        return Err(usage(format!("`cores` of [builder.{name}] is 0"), "a guest has at least one"));
    }
    Ok(GuestSettings {
        image,
        system,
        cores,
        memory_mib: size("memory", &table.memory, 6 << 10, 1 << 20)?,
        disk_gib: size("disk-size", &table.disk_size, 100, 1 << 30)?,
        port: table.port,
        ephemeral: table.ephemeral.unwrap_or(false),
        idle_minutes,
        emulated_systems: table.emulated_systems.clone(),
        qemu: table.qemu.clone(),
        qemu_options: table.qemu_options.clone(),
    })
}

/// Reads a size: a number with `MiB`, `GiB` or `TiB`, of which the last two letters may be left out.
pub(super) fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim() {
        "M" | "MiB" => 1 << 20,
        "G" | "GiB" => 1 << 30,
        "T" | "TiB" => 1 << 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables(text: &str) -> BTreeMap<String, toml::Table> {
        let file: UserFile = toml::from_str(text).expect("settings");
        file.builder
    }

    fn join(repository: &str, user: &str, chosen: Option<&str>) -> Result<Builders, Error> {
        Builders::join(&tables(repository), &tables(user), chosen)
    }

    fn guest_of<'a>(builders: &'a Builders, name: &str) -> &'a GuestSettings {
        let BuilderKind::Vm(guest) = &builders.named(Some(name)).expect("it is known").kind else {
            panic!("{name} is a guest")
        };
        guest
    }

    #[test]
    fn without_settings_there_is_this_machine_and_a_guest() {
        let builders = join("", "", None).expect("right");
        let names: Vec<&str> = builders.all().map(|builder| builder.name.as_str()).collect();
        assert_eq!(names, ["local", "vm"]);
        assert_eq!(builders.chosen().count(), 0);
        let guest = guest_of(&builders, "vm");
        assert_eq!(guest.image, Image::Profile { installable: DEFAULT_IMAGE.to_owned() });
        assert_eq!((guest.disk_gib, guest.memory_mib, guest.idle_minutes), (100, 6144, 15));
        assert_eq!(builders.named(None).expect("the guest").name, "vm");
    }

    #[test]
    fn the_user_says_more_of_a_builder_than_the_repository() {
        let repository =
            "[builder.vm]\ncores = 2\nmemory = \"8GiB\"\n[builder.farm]\nkind = \"ssh\"\nhost = \"farm\"\n";
        let user = "[builder.vm]\ncores = 4\ndisk = \"/d\"\nkernel = \"/k\"\nidle = \"never\"\n[builder.own]\nhost = \"own\"\n";
        let builders = join(repository, user, Some("farm")).expect("right");
        let guest = guest_of(&builders, "vm");
        assert_eq!((guest.cores, guest.memory_mib, guest.idle_minutes), (4, 8192, 0));
        assert!(
            matches!(&guest.image, Image::Disk { user, parameters, .. } if user == "root" && parameters == "root=/dev/vda")
        );
        let farm = builders.chosen().next().expect("it was chosen");
        assert!(!farm.trusted, "a repository cannot make its machine a trusted one");
        assert!(builders.named(Some("own")).expect("known").trusted);
        let trusted = join(repository, "[builder.farm]\ntrusted = true\n", None).expect("right");
        assert!(trusted.named(Some("farm")).expect("known").trusted);
    }

    #[test]
    fn the_administrator_says_what_the_user_does_not() {
        let parse = |text: &str| parse_user(text, Path::new("config.toml")).expect("settings");
        let mut user = parse("[builder.vm]\ncores = 3\n");
        user.add(parse(
            "default-builder = \"vm\"\n[builder.vm]\ncores = 8\nport = 31022\n[builder.farm]\nhost = \"farm\"\n",
        ));
        let builders = Builders::join(&BTreeMap::new(), &user.builder, user.default_builder.as_deref()).expect("right");
        let guest = guest_of(&builders, "vm");
        assert_eq!((guest.cores, guest.port), (3, Some(31022)));
        assert!(builders.build_elsewhere() && builders.named(Some("farm")).expect("known").trusted);
    }

    #[test]
    fn several_may_be_named() {
        let user = "[builder.a]\nhost = \"a\"\n[builder.b]\nhost = \"b\"\n";
        let names = |chosen: &str| {
            let builders = join("", user, Some(chosen)).expect("right");
            builders.chosen().map(|builder| builder.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names("b, a"), ["b", "a"]);
        assert_eq!(names("any"), ["a", "b"]);
        assert_eq!(names("local"), ["local"]);
        assert!(!join("", user, Some("local")).expect("right").build_elsewhere());
        assert!(join("", user, Some("local,a")).expect("right").build_elsewhere());
        let guest_alone = join("", "", Some("any")).expect("right");
        assert_eq!(guest_alone.chosen().map(|builder| builder.name.as_str()).collect::<Vec<_>>(), ["vm"]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases = [
            ("[builder.x]\nqemu = \"/bin/sh\"\n", "", None, "`qemu` of [builder.x] in hinc.toml"),
            ("[builder.x]\nhost = \"x\"\ntrusted = true\n", "", None, "`trusted` of [builder.x] in hinc.toml"),
            ("", "[builder.x]\n", None, "does not say what it is"),
            ("", "[builder.x]\nkind = \"ssh\"\n", None, "has no `host`"),
            ("", "[builder.x]\nhost = \"a@b\"\n", None, "not a plain name"),
            ("", "[builder.x]\nhost = \"-oProxyCommand=x\"\n", None, "not a plain name"),
            ("", "[builder.vm]\ndisk = \"/d\"\n", None, "needs both `disk` and `kernel`"),
            ("", "[builder.vm]\nmemory = \"4\"\n", None, "`memory` of [builder.vm] is not a size"),
            ("", "[builder.vm]\nidle = \"soon\"\n", None, "`idle` of [builder.vm] is wrong"),
            ("", "[builder.vm]\nspeed = 0.0\n", None, "`speed` of [builder.vm]"),
            ("", "[builder.\"a b\"]\nhost = \"x\"\n", None, "no name for a builder"),
            ("", "", Some("farm"), "there is no builder `farm`"),
            ("", "[builder.vm]\ncore = 4\n", None, "cannot read [builder.vm] of"),
        ];
        for (repository, user, chosen, part) in cases {
            let error = join(repository, user, chosen).expect_err(part).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("4GiB"), Some(4 << 30));
        assert_eq!(bytes(" 512 MiB"), Some(512 << 20));
        assert_eq!(bytes("1T"), Some(1 << 40));
        for wrong in ["", "4", "GiB", "4GB", "99999999999999999999G", "18446744073709551615T"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
