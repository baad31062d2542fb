//! The form of Lix 2.95 and later: TOML, a table for each machine (`lix-rs/src/machines.rs` of Lix).
//!
//! ```toml
//! version = 1
//!
//! [machines.farm]
//! uri = "ssh-ng://nix@build.example.org"
//! system-types = ["aarch64-linux"]
//! ```
//!
//! Lix takes a text for TOML if it is that, and for columns otherwise; so does this.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use toml::{Spanned, Value};

use super::entry::{Entry, HostKeyText, Word, name_of};
use super::error::Fault;
use crate::model::builder::Builder;

/// The version of the form that is read here, and which is meant where none is named.
const VERSION: i64 = 1;

#[derive(Deserialize)]
struct Text {
    version: Option<Spanned<i64>>,
    machines: BTreeMap<Spanned<String>, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Machine {
    uri: Option<String>,
    #[serde(default)]
    system_types: Vec<String>,
    ssh_key: Option<String>,
    jobs: Option<u32>,
    speed_factor: Option<f64>,
    #[serde(default)]
    supported_features: Vec<String>,
    #[serde(default)]
    mandatory_features: Vec<String>,
    ssh_public_host_key: Option<String>,
    #[serde(alias = "enable")]
    enabled: Option<bool>,
}

/// Reads a text in this form: a builder or a fault for each machine in the order of the text, a fault with the number
/// of the byte where it stands. None where the text is none of this form.
pub(super) fn read(text: &str) -> Option<Vec<Result<Builder, (usize, Fault)>>> {
    let read: Text = match toml::from_str(text) {
        Ok(read) => read,
        Err(error) => {
            let meant = text.lines().any(is_toml);
            let at = error.span().map_or(0, |span: Range<usize>| span.start);
            return meant.then(|| vec![Err((at, Fault::Toml(error.message().to_owned())))]);
        }
    };
    if let Some(version) = read.version.filter(|version| *version.get_ref() != VERSION) {
        return Some(vec![Err((version.span().start, Fault::Version(*version.get_ref())))]);
    }
    let mut machines: Vec<_> = read.machines.into_iter().collect();
    machines.sort_by_key(|(name, _)| name.span().start);
    Some(
        machines
            .into_iter()
            .filter_map(|(name, value)| {
                let at = name.span().start;
                builder(name.get_ref(), value).map(|read| read.map_err(|fault| (at, fault)))
            })
            .collect(),
    )
}

/// Whether a line is nothing that columns could be: no system is called `=`, and what is in brackets is a number of IPv6.
fn is_toml(line: &str) -> bool {
    let line = line.split_once('#').map_or(line, |(before, _)| before);
    let of_machines = |rest: &str| rest.trim_start_matches(['[', ' ', '\t']).starts_with("machines");
    line.split_whitespace().nth(1) == Some("=") || line.trim_start().strip_prefix('[').is_some_and(of_machines)
}

/// Makes a builder of a machine's table; none of one that is switched off.
fn builder(name: &str, table: Value) -> Option<Result<Builder, Fault>> {
    let of_machine = |fault: Fault| Fault::Machine { name: name.to_owned(), fault: Box::new(fault) };
    let machine: Machine = match table.try_into() {
        Ok(machine) => machine,
        Err(error) => return Some(Err(of_machine(Fault::Toml(error.message().to_owned())))),
    };
    if machine.enabled == Some(false) {
        return None;
    }
    let words = |texts: Vec<String>| texts.into_iter().map(word).collect();
    let entry = Entry {
        name: Some(name_of(name)),
        address: machine.uri.filter(|uri| !uri.is_empty()).map(word),
        systems: words(machine.system_types),
        key: machine.ssh_key.filter(|key| !key.is_empty()).map(word),
        jobs: machine.jobs.map(|jobs| word(jobs.to_string())),
        speed: machine.speed_factor.map(|speed| word(speed.to_string())),
        features: words(machine.supported_features),
        mandatory_features: words(machine.mandatory_features),
        host_key: machine.ssh_public_host_key.filter(|key| !key.is_empty()).map(|key| HostKeyText::Plain(word(key))),
    };
    Some(entry.builder((0, Fault::NoUri)).map_err(|(_, fault)| of_machine(fault)))
}

fn word(text: String) -> Word<'static> {
    (0, text.into())
}
