//! Nix's settings, and what its store says of itself.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Error;
use super::command::Nix;
use super::evaluate::read_json;
use super::renamed::by_either_name;

/// Those of Nix's settings that hinc looks at, as this user's Nix reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether builders run in a sandbox.
    pub sandbox: bool,
    /// What the sandbox shows of the machine: `TARGET`, or `TARGET=SOURCE`, with a `?` at
    /// the end where it may be missing.
    pub sandbox_paths: Vec<String>,
    /// The experimental features that are switched on.
    pub experimental_features: Vec<String>,
    /// The URIs of the caches that Nix looks in.
    pub substituters: Vec<String>,
    /// Whether it looks there.
    pub substitute: bool,
    /// The store: `auto`, `daemon`, `local`, or a URI.
    pub store: String,
    /// The system of this machine, and further ones that it builds for, by itself or by a program that Nix calls.
    pub systems: Vec<String>,
    /// The machines that Nix may build on, as its setting says it: `@/etc/nix/machines`.
    pub builders: String,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    value: Value,
}

impl Settings {
    pub(super) fn parse(json: &[u8]) -> Result<Self, Error> {
        let entries: BTreeMap<String, Entry> = read_json("nix", json)?;
        let value = |name: &str| entries.get(name).map_or(&Value::Null, |entry| &entry.value);
        let sandbox = match value("sandbox") {
            Value::Bool(on) => *on,
            // Before 2.33 "relaxed" is a text; a setting that is missing counts as the safe case.
            other => other.as_str() != Some("false"),
        };
        let experimental_features = texts(value("experimental-features"));
        let calls_builders = experimental_features.iter().any(|feature| feature == "external-builders");
        Ok(Self {
            sandbox,
            sandbox_paths: sandbox_paths(value("sandbox-paths")),
            experimental_features,
            substitute: value("substitute").as_bool() != Some(false),
            substituters: texts(value("substituters")),
            store: value("store").as_str().unwrap_or("auto").to_owned(),
            systems: value("system")
                .as_str()
                .map(str::to_owned)
                .into_iter()
                .chain(texts(value("extra-platforms")))
                .chain(if calls_builders { externally_built(value("external-builders")) } else { Vec::new() })
                .collect(),
            builders: value("builders").as_str().unwrap_or_default().to_owned(),
        })
    }

    /// Whether this machine builds for a system.
    pub fn builds(&self, system: &str) -> bool {
        system == "builtin" || self.systems.iter().any(|own| own == system)
    }
}

/// The systems of `external-builders` (`external-derivation-builder.cc` of Nix 2.32): programs on this machine that Nix
/// calls to build for another system, as Determinate Nix has one for Linux on a Mac. Where the experimental feature of
/// that name is off, Nix has the setting all the same and fails such builds.
fn externally_built(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().flat_map(|builder| texts(&builder["systems"])).collect()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// Nix 2.26 prints `["/bin/sh=/usr/bin/bash"]`, 2.34 `{"/bin/sh": {"source": …, "optional": …}}`.
fn sandbox_paths(value: &Value) -> Vec<String> {
    let Some(entries) = value.as_object() else { return texts(value) };
    let entry = |(target, entry): (&String, &Value)| {
        let source = entry["source"].as_str().filter(|source| source != target);
        let source = source.map_or(String::new(), |source| format!("={source}"));
        let optional = if entry["optional"].as_bool() == Some(true) { "?" } else { "" };
        format!("{target}{source}{optional}")
    };
    entries.iter().map(entry).collect()
}

/// What a store says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoreInfo {
    /// Its address: `daemon`, `local`, `ssh-ng://…`.
    pub url: String,
    /// The version of the Nix that answers for it.
    #[serde(default)]
    pub version: Option<String>,
    /// Whether it takes restricted settings and unsigned paths from this user.
    #[serde(default, deserialize_with = "number_or_bool")]
    pub trusted: Option<bool>,
}

/// Nix 2.26 prints 0 or 1, 2.34 a boolean.
fn number_or_bool<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(trusted) => Some(trusted),
        Value::Number(number) => number.as_u64().map(|number| number != 0),
        _ => None,
    })
}

impl Nix {
    /// Reads Nix's settings.
    pub async fn read_settings(&self, cancel: &CancellationToken) -> Result<Settings, Error> {
        let output = by_either_name(&self.settings(), &self.settings_of_old(), cancel).await;
        Settings::parse(&output.map_err(Error::of_nix)?.stdout)
    }

    /// Asks the store what it is.
    pub async fn read_store_info(&self, cancel: &CancellationToken) -> Result<StoreInfo, Error> {
        let output = by_either_name(&self.store_info(), &self.store_info_of_old(), cancel).await;
        read_json("nix", &output.map_err(Error::of_nix)?.stdout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Both as printed by `nix config show --json`, shortened to what is read.
    #[test]
    fn settings_of_both_versions_are_read() {
        let old = br#"{"sandbox":{"value":true},"sandbox-paths":{"value":["/bin/sh=/usr/bin/bash-static","/usr?"]},
            "experimental-features":{"value":["flakes","nix-command"]},"store":{"value":"auto"},
            "system":{"value":"x86_64-linux"},"extra-platforms":{"value":["i686-linux"]},"builders":{"value":"@/etc/nix/machines"}}"#;
        let new = br#"{"sandbox":{"value":true},"sandbox-paths":{"value":{"/bin/sh":{"optional":false,"source":"/usr/bin/bash-static"},
            "/usr":{"optional":true,"source":"/usr"}}},
            "experimental-features":{"value":["flakes","nix-command"]},"store":{"value":"auto"},
            "system":{"value":"x86_64-linux"},"extra-platforms":{"value":["i686-linux"]},"builders":{"value":"@/etc/nix/machines"}}"#;
        let settings = Settings::parse(old).expect("settings");
        assert_eq!(settings.sandbox_paths, ["/bin/sh=/usr/bin/bash-static", "/usr?"]);
        assert!(settings.sandbox);
        assert!(settings.builds("i686-linux") && !settings.builds("aarch64-linux"));
        assert_eq!(settings.builders, "@/etc/nix/machines");
        assert_eq!(Settings::parse(new).expect("settings"), settings);
    }

    // The form is that of the manual of Nix 2.32.
    #[test]
    fn what_a_program_on_this_machine_builds_is_built_here() {
        let builds = |features: &str| {
            let json = format!(
                r#"{{"experimental-features":{{"value":{features}}},"system":{{"value":"aarch64-darwin"}},
                "external-builders":{{"value":[{{"systems":["aarch64-linux","x86_64-linux"],"program":"/usr/bin/vm","args":[]}}]}}}}"#
            );
            let settings = Settings::parse(json.as_bytes()).expect("settings");
            ["aarch64-darwin", "aarch64-linux", "x86_64-linux", "i686-linux"].map(|system| settings.builds(system))
        };
        assert_eq!(builds(r#"["nix-command", "external-builders"]"#), [true, true, true, false]);
        assert_eq!(builds(r#"["nix-command"]"#), [true, false, false, false]);
    }

    #[test]
    fn trust_is_a_number_or_a_boolean() {
        let read = |text: &str| serde_json::from_str::<StoreInfo>(text).expect("an answer").trusted;
        assert_eq!(read(r#"{"trusted":1,"url":"local","version":"2.26.3"}"#), Some(true));
        assert_eq!(read(r#"{"trusted":false,"url":"daemon","version":"2.34.8"}"#), Some(false));
        assert_eq!(read(r#"{"url":"daemon"}"#), None);
    }
}
