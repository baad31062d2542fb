//! Whether a builder is one for a derivation, and whether it has the room.

use super::facts::Facts;
use super::probe_error::Error;
use crate::model::builder::Builder;
use crate::model::name::Feature;

/// Below this much room nothing is built: a store that runs full in the middle of a build loses it.
const LEAST_ROOM: u64 = 1 << 30;

/// Below this much room there is a warning: a full build of a large package takes more.
const LITTLE_ROOM: u64 = 5 << 30;

/// Whether a builder can make a derivation of a system that wants these features; where not, the words for why: what
/// goes after "the builder NAME". As Nix has it, a mandatory feature is one that must be wanted.
///
/// A setting can take systems and features away, not give any: the Nix there would refuse the derivation.
pub fn serves(builder: &Builder, facts: &Facts, system: &str, wanted: &[String]) -> Result<(), String> {
    let settings_allow = builder.systems.is_empty() || builder.systems.iter().any(|allowed| *allowed == system);
    if !settings_allow {
        return Err(format!("is for {} by its settings, and this is for {system}", list(&builder.systems)));
    }
    // What a builtin builder fetches is the same everywhere.
    if system != "builtin" && !facts.systems.iter().any(|own| own == system) {
        return Err(format!("builds for {}, and this is for {system}", list(&facts.systems)));
    }
    let has = |feature: &&String| {
        facts.features.contains(feature)
            && (builder.features.is_empty()
                || builder.features.iter().chain(&builder.mandatory_features).any(|own| own == *feature))
    };
    let missing: Vec<String> = wanted.iter().filter(|feature| !has(feature)).cloned().collect();
    if !missing.is_empty() {
        return Err(format!("lacks the system feature {}", list(&missing)));
    }
    let is_wanted = |feature: &&Feature| wanted.iter().any(|wanted| *feature == wanted);
    let unwanted: Vec<&Feature> = builder.mandatory_features.iter().filter(|feature| !is_wanted(feature)).collect();
    if !unwanted.is_empty() {
        return Err(format!("is kept for what wants the system feature {}", list(&unwanted)));
    }
    Ok(())
}

fn list<T: AsRef<str>>(words: &[T]) -> String {
    words.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", ")
}

/// How much room there is for a build.
#[derive(Debug)]
pub enum Room {
    /// Enough, or nobody knows.
    Enough,
    /// Little: what to warn of, a sentence without a full stop.
    Little(String),
    /// Too little to start.
    TooLittle(Error),
}

/// Judges the room of a builder's store.
pub fn room(builder: &str, facts: &Facts) -> Room {
    match facts.free_bytes {
        Some(free) if free < LEAST_ROOM => {
            Room::TooLittle(Error::NoRoom { builder: builder.to_owned(), free_mib: free >> 20 })
        }
        Some(free) if free < LITTLE_ROOM => Room::Little(format!(
            "the builder `{builder}` has {} left for its store: `hinc builder gc {builder}` makes room",
            gib(free)
        )),
        _ => Room::Enough,
    }
}

/// Writes a number of bytes as GiB with one digit.
pub fn gib(bytes: u64) -> String {
    format!("{}.{} GiB", bytes >> 30, ((bytes % (1 << 30)) * 10) >> 30)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::facts::tests::debian;
    use crate::error::Diagnose;
    use crate::model::builder::BuilderKind;
    use crate::model::name::{Name, Rule};

    fn builder() -> Builder {
        Builder::example("far", BuilderKind::Local)
    }

    fn names<R: Rule>(names: &[&str]) -> Vec<Name<R>> {
        names.iter().map(|name| name.parse().expect("a name")).collect()
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_builder_serves_what_it_is() {
        let facts = debian();
        assert_eq!(serves(&builder(), &facts, "x86_64-linux", &[]), Ok(()));
        assert_eq!(serves(&builder(), &facts, "builtin", &[]), Ok(()));
        assert_eq!(serves(&builder(), &facts, "i686-linux", &words(&["benchmark", "big-parallel"])), Ok(()));
        let why_not = serves(&builder(), &facts, "aarch64-linux", &[]).expect_err("it is no such machine");
        assert!(why_not.ends_with("and this is for aarch64-linux"), "{why_not}");
        let why_not = serves(&builder(), &facts, "x86_64-linux", &words(&["recursive-nix", "benchmark"]));
        assert_eq!(why_not, Err("lacks the system feature recursive-nix".to_owned()));
    }

    #[test]
    fn settings_take_away_and_do_not_give() {
        let facts = debian();
        let narrow = Builder { systems: names(&["i686-linux"]), ..builder() };
        let why_not = serves(&narrow, &facts, "x86_64-linux", &[]);
        assert_eq!(why_not, Err("is for i686-linux by its settings, and this is for x86_64-linux".to_owned()));
        let hopeful = Builder { systems: names(&["riscv64-linux"]), features: names(&["gccarch-znver5"]), ..builder() };
        assert!(serves(&hopeful, &facts, "riscv64-linux", &[]).is_err());
        let hopeful = Builder { systems: Vec::new(), ..hopeful };
        assert!(serves(&hopeful, &facts, "x86_64-linux", &words(&["gccarch-znver5"])).is_err());
        assert!(serves(&hopeful, &facts, "x86_64-linux", &words(&["benchmark"])).is_err(), "it is not in the settings");
    }

    #[test]
    fn a_mandatory_feature_must_be_wanted() {
        let facts = debian();
        let kept = Builder { mandatory_features: names(&["benchmark"]), ..builder() };
        let why_not = serves(&kept, &facts, "x86_64-linux", &[]);
        assert_eq!(why_not, Err("is kept for what wants the system feature benchmark".to_owned()));
        assert_eq!(serves(&kept, &facts, "x86_64-linux", &words(&["benchmark"])), Ok(()));
    }

    #[test]
    fn room_is_judged_in_three_steps() {
        let with = |free_bytes| room("far", &Facts { free_bytes, ..debian() });
        assert!(matches!(with(None), Room::Enough));
        assert!(matches!(with(Some(5 << 30)), Room::Enough));
        let Room::Little(warning) = with(Some((5 << 30) - 1)) else { panic!("a warning") };
        assert_eq!(warning, "the builder `far` has 4.9 GiB left for its store: `hinc builder gc far` makes room");
        assert!(matches!(with(Some(1 << 30)), Room::Little(_)));
        let Room::TooLittle(error) = with(Some(700 << 20)) else { panic!("an error") };
        assert_eq!(error.to_string(), "the builder `far` has 700 MiB left for its store");
        assert!(error.hints()[1].as_str().contains("hinc builder resize far"));
    }
}
