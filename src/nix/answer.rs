//! What `drive.nix` answers.
//!
//! Its form has a place for each derivation that there may be. What is read of it cannot be a mixture that makes no
//! sense: such an answer is an error.

use serde::{Deserialize, Serialize};

use crate::model::name::PackageName;
use crate::model::plan::{Candidate, Comparison, Derivation, Proof, Reuse, Start};

/// What `drive.nix` answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Answer", into = "Answer")]
pub struct Evaluation {
    /// One entry for each package that was asked for, and for those that these are built with.
    pub packages: Vec<Candidate>,
    /// What hinc's own functions have to say of the project.
    pub warnings: Vec<String>,
    /// What Nix said while it evaluated and succeeded: warnings, and what `builtins.trace` prints.
    pub messages: Vec<String>,
}

/// The answer as it is written.
#[derive(Serialize, Deserialize)]
struct Answer {
    packages: Vec<Package>,
    #[serde(default)]
    warnings: Vec<String>,
}

/// One package of it.
#[derive(Serialize, Deserialize)]
struct Package {
    attribute: String,
    name: PackageName,
    version: String,
    plain: Derivation,
    full: Option<Derivation>,
    #[serde(default)]
    partial: Option<Derivation>,
    /// Whether `full` is a partial build.
    #[serde(default)]
    is_partial: bool,
    incremental: Option<Derivation>,
    head_full: Option<Derivation>,
    incremental_kept: Option<Derivation>,
    compared: Option<Comparison>,
    why_plain: Option<String>,
    over: Option<Derivation>,
    #[serde(default = "asked_for")]
    wanted: bool,
}

const fn asked_for() -> bool {
    true
}

/// Why an answer makes no sense.
#[derive(Debug, thiserror::Error)]
enum Contradiction {
    /// The base's full build is there, and nothing to make of it.
    #[error("{0} has a full build of the base, but no build that starts from it")]
    OnlyTheBase(PackageName),
    /// Nobody knows what to build on where the full build fails.
    #[error("{0} has a full build of the base, but no partial one")]
    NoPartial(PackageName),
    /// A build that starts from nothing.
    #[error("{0} has an incremental build, but no full build of the base")]
    NoBase(PackageName),
}

impl TryFrom<Answer> for Evaluation {
    type Error = Contradiction;

    fn try_from(answer: Answer) -> Result<Self, Contradiction> {
        let packages = answer.packages.into_iter().map(Candidate::try_from).collect::<Result<_, _>>()?;
        Ok(Self { packages, warnings: answer.warnings, messages: Vec::new() })
    }
}

impl From<Evaluation> for Answer {
    fn from(evaluation: Evaluation) -> Self {
        let packages = evaluation.packages.into_iter().map(Package::from).collect();
        Self { packages, warnings: evaluation.warnings }
    }
}

impl TryFrom<Package> for Candidate {
    type Error = Contradiction;

    fn try_from(package: Package) -> Result<Self, Contradiction> {
        let reuse = match (package.full, package.head_full, package.incremental) {
            (Some(full), Some(clean), _) if full == clean => Reuse::Unchanged { full },
            (Some(full), Some(clean), Some(incremental)) => {
                let start = match (package.is_partial, package.partial) {
                    (true, _) => Start::Partial(full),
                    (false, Some(partial)) => Start::Full { full, partial: Box::new(partial) },
                    (false, None) => return Err(Contradiction::NoPartial(package.name)),
                };
                let both = package.incremental_kept.zip(package.compared);
                let proof = both.map(|(kept, comparison)| Box::new(Proof { kept, comparison }));
                Reuse::OnBase { start, incremental, clean, proof }
            }
            (Some(_), _, _) => return Err(Contradiction::OnlyTheBase(package.name)),
            (None, _, Some(_)) => return Err(Contradiction::NoBase(package.name)),
            (None, _, None) => Reuse::Nothing { why: package.why_plain, over: package.over },
        };
        Ok(Self {
            attribute: package.attribute,
            name: package.name,
            version: package.version,
            plain: package.plain,
            reuse,
            wanted: package.wanted,
        })
    }
}

impl From<Candidate> for Package {
    fn from(candidate: Candidate) -> Self {
        let package = Self {
            attribute: candidate.attribute,
            name: candidate.name,
            version: candidate.version,
            plain: candidate.plain,
            full: None,
            partial: None,
            is_partial: false,
            incremental: None,
            head_full: None,
            incremental_kept: None,
            compared: None,
            why_plain: None,
            over: None,
            wanted: candidate.wanted,
        };
        match candidate.reuse {
            Reuse::Unchanged { full } => Self { head_full: Some(full.clone()), full: Some(full), ..package },
            Reuse::OnBase { start, incremental, clean, proof } => {
                let (kept, comparison) = proof.map(|proof| (proof.kept, proof.comparison)).unzip();
                let (full, partial, is_partial) = match start {
                    Start::Full { full, partial } => (full, Some(*partial), false),
                    Start::Partial(partial) => (partial, None, true),
                };
                Self {
                    full: Some(full),
                    partial,
                    is_partial,
                    incremental: Some(incremental),
                    head_full: Some(clean),
                    incremental_kept: kept,
                    compared: comparison,
                    ..package
                }
            }
            Reuse::Nothing { why, over } => Self { why_plain: why, over, ..package },
        }
    }
}

/// What `drive.nix` answers to the question for head's own builds alone.
#[derive(Debug, Deserialize)]
pub(super) struct PlainBuilds {
    packages: Vec<PlainBuild>,
}

#[derive(Debug, Deserialize)]
struct PlainBuild {
    plain: Derivation,
}

impl PlainBuilds {
    /// Returns them in the order in which they were asked for.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Derivation> {
        self.packages.iter().map(|package| &package.plain)
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use serde_json::{Value, json};

    use super::*;
    use crate::nix::evaluate::read_json;

    #[test]
    fn an_answer_that_is_not_understood_names_the_place() {
        let answer =
            br#"{"packages":[{"attribute":"","name":"x","version":"1","plain":{"drv":"/1abc","outputs":{}}}]}"#;
        let error = read_json::<Evaluation>("nix-instantiate", answer).expect_err("no store path");
        assert!(error.to_string().contains("packages[0].plain.drv"), "{error}");
    }

    // Both became paths here and on builders.
    #[test]
    fn a_name_that_would_lead_elsewhere_is_refused() {
        let drv = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-x.drv";
        let path = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-x";
        let evaluation = |name: &str, output: &str| {
            let answer = serde_json::json!({ "packages": [{
                "attribute": "", "name": name, "version": "1", "plain": { "drv": drv, "outputs": { output: path } },
            }] });
            read_json::<Evaluation>("nix-instantiate", answer.to_string().as_bytes())
        };
        evaluation("victim", "out").expect("both are names");
        for (name, output, part) in [
            ("../../../victim", "out", "`../../../victim` is not a name of a package: it has ASCII letters"),
            ("a/../../b", "out", "packages[0].name"),
            ("$(touch victim)", "out", "packages[0].name"),
            ("-rf", "out", "packages[0].name"),
            ("victim", "/../../x", "`/../../x` is not a name of an output"),
            ("victim", "out,dev", "packages[0].plain.outputs"),
        ] {
            let error = evaluation(name, output).expect_err(part).to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    fn derivation(letter: &str) -> Value {
        let path = |name: &str| format!("/nix/store/{}-{name}", letter.repeat(32));
        json!({"drv": path("x.drv"), "outputs": {"out": path("x")}, "system": "", "features": []})
    }

    /// An answer of one package with some of its derivations.
    fn answer(given: &[(&str, Value)]) -> Value {
        let mut package =
            json!({"attribute": "", "name": "x", "version": "1", "plain": derivation("a"), "wanted": true});
        package["is_partial"] = json!(false);
        for key in ["full", "partial", "incremental", "head_full", "incremental_kept", "compared", "why_plain", "over"]
        {
            package[key] = Value::Null;
        }
        for (key, value) in given {
            package[*key] = value.clone();
        }
        json!({"packages": [package], "warnings": ["w"]})
    }

    #[test]
    fn what_can_be_reused_is_one_of_three_and_is_kept_in_the_same_form() {
        let d = derivation;
        let compared = json!({"again": d("f"), "described_incremental": d("g"), "described_clean": d("h"), "described_again": d("i")});
        let on_base = [("full", d("b")), ("partial", d("l")), ("incremental", d("c")), ("head_full", d("d"))];
        let on_partial =
            [("full", d("l")), ("is_partial", json!(true)), ("incremental", d("c")), ("head_full", d("d"))];
        let verified = [on_base.to_vec(), vec![("incremental_kept", d("j")), ("compared", compared)]].concat();
        for (given, kind) in [
            (vec![("full", d("b")), ("head_full", d("b"))], "unchanged"),
            (on_base.to_vec(), "on base"),
            (on_partial.to_vec(), "on a partial base"),
            (verified, "compared"),
            (vec![("why_plain", json!("GHC changed"))], "GHC changed"),
            (vec![("why_plain", json!("GHC changed")), ("over", d("k"))], "over"),
            (vec![], "nothing"),
        ] {
            let json = answer(&given);
            let evaluation: Evaluation = serde_json::from_value(json.clone()).expect("an answer");
            let read = match &evaluation.packages[0].reuse {
                Reuse::Unchanged { .. } => "unchanged",
                Reuse::OnBase { start: Start::Partial(_), .. } => "on a partial base",
                Reuse::OnBase { proof: None, .. } => "on base",
                Reuse::OnBase { .. } => "compared",
                Reuse::Nothing { over: Some(_), .. } => "over",
                Reuse::Nothing { why, .. } => why.as_deref().unwrap_or("nothing"),
            };
            assert_eq!(read, kind);
            assert_eq!(serde_json::to_value(&evaluation).expect("JSON"), json);
        }
    }

    #[test]
    fn a_contradiction_is_an_error_that_names_the_package() {
        for (given, problem) in [
            (vec![("full", derivation("b"))], "x has a full build of the base, but no build"),
            (
                vec![("full", derivation("b")), ("head_full", derivation("c"))],
                "x has a full build of the base, but no build",
            ),
            (
                vec![("full", derivation("b")), ("head_full", derivation("c")), ("incremental", derivation("d"))],
                "x has a full build of the base, but no partial",
            ),
            (vec![("incremental", derivation("b"))], "x has an incremental build, but no full build"),
        ] {
            let text = answer(&given).to_string();
            let error = read_json::<Evaluation>("nix-instantiate", text.as_bytes()).expect_err(problem).to_string();
            assert!(error.contains(problem), "{error}");
        }
    }
}
