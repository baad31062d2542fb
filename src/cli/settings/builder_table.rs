//! One table `[builder.NAME]`.

use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::builders::{GUEST, HERE};
use crate::cli::error::Error;
use crate::error::Hint;
use crate::model::builder::{Builder, BuilderKind, GuestSettings, Image, SshMachine};
use crate::model::builder_name::BuilderName;
use crate::model::interval::Interval;
use crate::model::name::{BuilderWord, Feature, Host, HostKey, KernelParameters, SshPath, System, User};

/// What the guest of a machine without settings is started from: nixpkgs' builder, from its cache.
pub(super) const DEFAULT_IMAGE: &str = "nixpkgs#darwin.linux-builder";

/// A table `[builder.NAME]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Table {
    kind: Option<Kind>,
    systems: Vec<System>,
    features: Vec<Feature>,
    mandatory_features: Vec<Feature>,
    speed: Option<f64>,
    jobs: Option<u32>,
    trusted: Option<bool>,

    host: Option<Host>,
    user: Option<User>,
    port: Option<NonZeroU16>,
    key: Option<SshPath>,
    host_key: Option<HostKey>,

    image: Option<String>,
    disk: Option<PathBuf>,
    kernel: Option<PathBuf>,
    initrd: Option<PathBuf>,
    kernel_parameters: Option<KernelParameters>,
    system: Option<System>,
    cores: Option<u32>,
    memory: Option<String>,
    disk_size: Option<String>,
    ephemeral: Option<bool>,
    idle: Option<String>,
    emulated_systems: Vec<System>,
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

/// Reads a table by its form. What none of its values may hold is an error that names file, builder and key.
pub(super) fn read(name: &BuilderWord, table: toml::Table, file: &Path) -> Result<Table, Error> {
    serde_path_to_error::deserialize(table).map_err(|error| Error::BuilderSettings {
        name: name.to_string(),
        file: file.to_owned(),
        source: error.into(),
    })
}

/// Makes a builder of a table. `file` is where it stands.
pub(super) fn builder(name: BuilderName, table: toml::Table, file: &Path) -> Result<Builder, Error> {
    let word = name.word();
    let table = read(word, table, file)?;
    let kind = table.kind.or(match word.as_str() {
        HERE => Some(Kind::Local),
        GUEST => Some(Kind::Vm),
        _ if table.host.is_some() => Some(Kind::Ssh),
        _ => None,
    });
    let usage = |problem: String, hint: &str| Error::Usage(problem, vec![Hint::new(hint)]);
    let Some(kind) = kind else {
        return Err(usage(
            format!("[builder.{word}] does not say what it is"),
            "add `kind = \"ssh\"` with `host`, or `kind = \"vm\"`",
        ));
    };
    let speed = table.speed.unwrap_or(1.0);
    if !speed.is_finite() || speed <= 0.0 {
        return Err(usage(format!("`speed` of [builder.{word}] is not above 0"), "1.0 is the default"));
    }
    let what = match kind {
        Kind::Local => BuilderKind::Local,
        Kind::Ssh => BuilderKind::Ssh(ssh_machine(word, &table)?),
        Kind::Vm => BuilderKind::Vm(guest(word, &table)?),
    };
    Ok(Builder {
        trusted: !name.is_of_repository()
            && match kind {
                // The keys of a guest are hinc's own, so what it says is what it built.
                Kind::Local | Kind::Vm => true,
                Kind::Ssh => table.trusted.unwrap_or(true),
            },
        name,
        kind: what,
        systems: table.systems,
        features: table.features,
        mandatory_features: table.mandatory_features,
        speed,
        jobs: table.jobs,
    })
}

fn ssh_machine(name: &BuilderWord, table: &Table) -> Result<SshMachine, Error> {
    let Some(host) = &table.host else {
        let hints = vec![Hint::new("add `host = \"…\"`: a name, an address, or an alias of your ssh configuration")];
        return Err(Error::Usage(format!("[builder.{name}] has no `host`"), hints));
    };
    Ok(SshMachine {
        host: host.clone(),
        user: table.user.clone(),
        port: table.port.map(NonZeroU16::get),
        key: table.key.clone(),
        host_key: table.host_key.clone(),
        parameters: Vec::new(),
    })
}

fn guest(name: &BuilderWord, table: &Table) -> Result<GuestSettings, Error> {
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
            parameters: table.kernel_parameters.clone().unwrap_or_else(|| KernelParameters::fixed("root=/dev/vda")),
            user: table.user.clone().unwrap_or_else(|| User::fixed("root")),
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
    let system = table.system.clone().unwrap_or_else(System::of_linux_here);
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
        port: table.port.map(NonZeroU16::get),
        ephemeral: table.ephemeral.unwrap_or(false),
        idle_minutes,
        emulated_systems: table.emulated_systems.clone(),
        qemu: table.qemu.clone(),
        qemu_options: table.qemu_options.clone(),
    })
}

/// Reads a size: a number with `MiB`, `GiB` or `TiB`, of which the last two letters may be left out.
pub(in crate::cli) fn bytes(text: &str) -> Option<u64> {
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

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes("4GiB"), Some(4 << 30));
        assert_eq!(bytes(" 512 MiB"), Some(512 << 20));
        assert_eq!(bytes("1T"), Some(1 << 40));
        for wrong in ["", "4", "GiB", "4GB", "99999999999999999999G", "18446744073709551615T"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }

    // To ssh and to QEMU 0 is no port, or any.
    #[test]
    fn a_port_is_a_number_from_1_on() {
        let name: BuilderWord = "vm".parse().expect("a name");
        let of = |text: &str| read(&name, toml::from_str(text).expect("a table"), Path::new("hinc.toml"));
        assert_eq!(of("port = 65535").expect("it is one").port.map(NonZeroU16::get), Some(65535));
        for wrong in ["port = 0", "port = 65536", "port = -1", "port = \"22\""] {
            let error = of(wrong).expect_err(wrong);
            let cause = std::error::Error::source(&error).expect("a cause").to_string();
            assert!(cause.starts_with("port"), "{cause}");
        }
    }

    // Each of them ended up in a file or a command line that reads it as more than a value.
    #[test]
    fn no_value_can_be_more_than_a_value() {
        let cases = [
            ("user", r#""root\n    ProxyCommand touch /victim""#, "a user"),
            ("user", r#""-oProxyCommand=x""#, "a user"),
            ("user", r#""a@b""#, "a user"),
            ("host", r#""a\n* ssh-rsa AAAA""#, "a host"),
            ("host", r#""-oProxyCommand=x""#, "a host"),
            ("host", r#""a b""#, "a host"),
            ("host-key", r#""ssh-ed25519 AAAA\n* ssh-ed25519 BBBB""#, "a public host key"),
            ("host-key", r#""* ssh-ed25519 AAAA""#, "a public host key"),
            ("key", r#""/k\nProxyCommand x""#, "a path that ssh and Nix can be given"),
            ("key", r#""/my keys/k""#, "a path that ssh and Nix can be given"),
            ("systems", r#"["x86_64-linux;ssh://evil"]"#, "a system of Nix"),
            ("features", r#"["kvm - - ssh://evil"]"#, "a system feature of Nix"),
            ("mandatory-features", r#"["a,b"]"#, "a system feature of Nix"),
            ("emulated-systems", r#"["x\nsandbox = false"]"#, "a system of Nix"),
            ("system", r#""x86_64-linux\n""#, "a system of Nix"),
            ("kernel-parameters", r#""root=/dev/vda\ninit=/x""#, "a line of kernel parameters"),
        ];
        for (key, value, what) in cases {
            let table: toml::Table = toml::from_str(&format!("{key} = {value}")).expect("a table");
            let name: BuilderWord = "vm".parse().expect("a name");
            let error = read(&name, table, Path::new("hinc.toml")).expect_err(value);
            let cause = std::error::Error::source(&error).expect("a cause").to_string();
            assert_eq!(error.to_string(), "cannot read [builder.vm] of hinc.toml");
            assert!(cause.starts_with(key) && cause.contains(&format!("is not {what}")), "{cause}");
            assert!(!cause.trim_end().lines().next().unwrap_or_default().contains(char::is_control), "{cause:?}");
        }
    }
}
