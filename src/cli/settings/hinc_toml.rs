//! `hinc.toml`, and how it is joined with flags and the environment.
//!
//! The file is read from the tree that is built, not from the work tree: the same commit
//! has the same settings for everybody.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use tokio_util::sync::CancellationToken;

use super::overrides::Override;
use super::thresholds::{Comment, ThresholdArgs};
use crate::cli::args::{Histories, HistoryArgs};
use crate::cli::context::Context;
use crate::cli::env::Environment;
use crate::cli::error::Error;
use crate::cli::failure::Failure;
use crate::cli::toolchain::Toolchain;
use crate::error::Hint;
use crate::history::{Against, BasePolicy, Circumstances};
use crate::model::interval::Interval;
use crate::model::interval_choice::IntervalSetting;
use crate::model::name::{Branch, BuilderWord, Url};
use crate::pipeline::{HostOptions, PinnedNixpkgs, Project};
use crate::{history, report, source};

/// The name of the file at the top of the repository.
pub(in crate::cli) const FILE_NAME: &str = "hinc.toml";

/// What `hinc.toml` may hold. An unknown key is an error: a misspelt one would be ignored.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(in crate::cli) struct HincToml {
    /// The interval: `"1d"`, or `"auto"`.
    interval: Option<String>,
    /// Whether the base is looked for along all parents.
    all_parents: bool,
    /// How the base is chosen: `"auto"`.
    base_policy: Option<String>,
    /// The branch that is the main line.
    against: Option<Branch>,
    /// The folder of the package that is built where none is named, relative to the top.
    package: Option<String>,
    /// The folders of the packages that belong together, relative to the top, with `*` for any characters.
    packages: Vec<String>,
    /// What builds Cabal packages.
    toolchain: Toolchain,
    /// How a tree becomes a source.
    source: Source,
    /// How the host toolchain builds a package.
    host: Host,
    /// Which packages the toolchain `nixpkgs` takes.
    nixpkgs: Nixpkgs,
    /// From when on a build is worth a comment.
    comment: Comment,
    /// The builder that is taken where none is named.
    default_builder: Option<String>,
    /// Builders by name, as `settings::builders` reads them.
    builder: BTreeMap<BuilderWord, toml::Table>,
}

/// The table `[nixpkgs]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Nixpkgs {
    ghc: Option<String>,
    url: Option<Url>,
    sha256: Option<String>,
}

/// The table `[source]`: what becomes of what is not in the repository.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Source {
    submodules: Submodules,
    lfs_pointers: LfsPointers,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Submodules {
    #[default]
    Refuse,
    Empty,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum LfsPointers {
    #[default]
    Refuse,
    Keep,
}

/// The table `[host]`: what `Setup configure` is told. What is absent is left to the builder.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Host {
    tests: Option<bool>,
    benchmarks: Option<bool>,
    profiling: Option<bool>,
    shared: Option<bool>,
    r#static: Option<bool>,
    haddock: Option<bool>,
    flags: Vec<String>,
    configure_flags: Vec<String>,
    ghc_options: Vec<String>,
    /// Whoever still has the key learns what became of it.
    #[serde(deserialize_with = "trust_th_is_gone")]
    trust_th: (),
}

fn trust_th_is_gone<'de, D: Deserializer<'de>>(_: D) -> Result<(), D::Error> {
    Err(D::Error::custom(
        "`trust-th` is gone: what Template Haskell reads is now observed, and a module is compiled again for that alone. \
         Take the line out, there is nothing to put in its place",
    ))
}

impl HincToml {
    /// Reads the file of the tree that is built. One that lies in the work tree and is not tracked is not
    /// read, which is said: whoever wrote it wonders otherwise.
    pub(in crate::cli) fn of(project: &Project, rev: Option<&str>, context: &Context) -> Result<Self, Failure> {
        let text = project.file(FILE_NAME)?;
        if text.is_none() && rev.is_none() && project.top().is_ok_and(|top| top.join(FILE_NAME).exists()) {
            context
                .printer
                .warning(&format!("{FILE_NAME} is not read, since git does not track it: `git add {FILE_NAME}`"));
        }
        Ok(Self::parse(text.as_deref())?.with(text.as_deref(), &context.overrides)?)
    }

    /// Takes what was said on the command line for what the file says, which has been read without it.
    fn with(self, text: Option<&str>, overrides: &[Override]) -> Result<Self, Error> {
        let mut table: toml::Table = match (overrides, text) {
            ([], _) => return Ok(self),
            (_, None) => toml::Table::new(),
            (_, Some(text)) => {
                text.parse().map_err(|error: toml::de::Error| Error::Settings { source: error.into() })?
            }
        };
        for told in overrides {
            told.apply(&mut table);
        }
        // The file is right by itself, so what is wrong now was told.
        serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|error| {
            let told = overrides.iter().map(|told| format!("--config {}", told.text())).collect::<Vec<_>>().join(" ");
            let hints = vec![Hint::new("docs/settings.md lists what hinc.toml may hold")];
            Error::Usage(format!("cannot take `{told}` for what hinc.toml says: {error}"), hints)
        })
    }

    /// Reads the file as [`Self::of`] does. The files of head come first, where a partial clone left them out and they may
    /// be fetched: hinc reads this one, and others, before it knows the base.
    pub(in crate::cli) async fn fetched(
        project: &Project,
        rev: Option<&str>,
        histories: Histories,
        context: &Context,
        cancel: &CancellationToken,
    ) -> Result<Self, Failure> {
        let tell = |text: &str| context.printer.note(text);
        project.complete_head(histories.fetching(&context.environment), &tell, cancel).await?;
        Self::of(project, rev, context)
    }

    /// Reads the text of the file; an absent file holds nothing.
    pub(super) fn parse(text: Option<&str>) -> Result<Self, Error> {
        let Some(text) = text else { return Ok(Self::default()) };
        let read = || {
            let deserializer =
                toml::Deserializer::parse(text).map_err(|error| Error::Settings { source: error.into() })?;
            serde_path_to_error::deserialize(deserializer).map_err(|error| Error::Settings { source: error.into() })
        };
        read()
    }

    /// Returns the package's folder, where the file names one.
    pub(in crate::cli) fn package(&self) -> Option<&str> {
        self.package.as_deref()
    }

    /// Returns the patterns of the packages that belong together; none where it does not say.
    pub(in crate::cli) fn packages(&self) -> &[String] {
        &self.packages
    }

    /// Returns what builds Cabal packages.
    pub(in crate::cli) fn toolchain(&self) -> Toolchain {
        self.toolchain
    }

    /// Returns the Haskell package set of nixpkgs; none for its default.
    pub(in crate::cli) fn ghc(&self) -> Option<&str> {
        self.nixpkgs.ghc.as_deref()
    }

    /// Returns the nixpkgs that it names.
    pub(in crate::cli) fn nixpkgs(&self) -> Result<Option<PinnedNixpkgs>, Error> {
        match (&self.nixpkgs.url, &self.nixpkgs.sha256) {
            (Some(url), Some(sha256)) => Ok(Some(PinnedNixpkgs { url: url.clone(), sha256: sha256.clone() })),
            (None, None) => Ok(None),
            _ => {
                let hints =
                    vec![Hint::new("`nix-prefetch-url --unpack URL` prints the hash of an archive for `sha256`")];
                Err(Error::Usage("[nixpkgs] in hinc.toml needs both `url` and `sha256`, or neither".to_owned(), hints))
            }
        }
    }

    /// Returns from when on a build is worth a comment, by options and the file.
    pub(in crate::cli) fn thresholds(&self, args: &ThresholdArgs) -> report::Thresholds {
        self.comment.thresholds(args)
    }

    /// Returns the builder that is taken where none is named.
    pub(in crate::cli) fn default_builder(&self) -> Option<&str> {
        self.default_builder.as_deref()
    }

    /// Returns the tables of its builders.
    pub(in crate::cli) fn builders(&self) -> &BTreeMap<BuilderWord, toml::Table> {
        &self.builder
    }

    /// Returns how a tree becomes a source.
    pub(in crate::cli) fn source_options(&self) -> source::Options {
        source::Options {
            submodules: match self.source.submodules {
                Submodules::Refuse => source::Submodules::Refuse,
                Submodules::Empty => source::Submodules::Empty,
            },
            lfs: match self.source.lfs_pointers {
                LfsPointers::Refuse => source::LfsPointers::Refuse,
                LfsPointers::Keep => source::LfsPointers::Keep,
            },
        }
    }

    /// Returns how the host toolchain builds.
    pub(in crate::cli) fn host_options(&self) -> HostOptions {
        HostOptions {
            tests: self.host.tests,
            benchmarks: self.host.benchmarks,
            profiling: self.host.profiling,
            shared: self.host.shared,
            static_libraries: self.host.r#static,
            haddock: self.host.haddock,
            flags: self.host.flags.clone(),
            configure_flags: self.host.configure_flags.clone(),
            ghc_options: self.host.ghc_options.clone(),
        }
    }

    /// Joins flags, environment and file, in this order of precedence, into how the base is chosen.
    pub(in crate::cli) fn base_options(
        &self,
        args: &HistoryArgs,
        environment: &Environment,
    ) -> Result<history::Options, Error> {
        let interval = first([
            ("--interval", args.interval.as_ref()),
            ("HINC_INTERVAL", environment.interval.as_ref()),
            (FILE_NAME, self.interval.as_ref()),
        ]);
        let interval = match interval {
            Some((origin, text)) => text.parse().map_err(|source| Error::Interval { origin, source })?,
            None => IntervalSetting::Fixed(Interval::DAY),
        };
        let walk =
            if args.all_parents || self.all_parents { history::Walk::AllParents } else { history::Walk::FirstParent };
        let policy = first([
            ("--base-policy", args.base_policy.as_ref()),
            // Who names a main line wants it to be looked along.
            ("--against", args.against.as_ref().map(|_| "mainline".to_owned()).as_ref()),
            ("HINC_BASE_POLICY", environment.base_policy.as_ref()),
            (FILE_NAME, self.base_policy.as_ref()),
        ]);
        let policy = match policy {
            Some((origin, text)) => text.parse().map_err(|source| Error::BasePolicy { origin, source })?,
            None => BasePolicy::default(),
        };
        if let (Some(revision), false) = (&args.against, policy.has_main_line()) {
            let hints = vec![Hint::new("leave `--base-policy` out, or say `--base-policy mainline`")];
            return Err(Error::Usage(
                format!("`--against {revision}` says nothing with the base policy `{policy}`"),
                hints,
            ));
        }
        let against = match (&args.against, &self.against) {
            (Some(revision), _) => Some(Against::Revision(revision.clone())),
            // Of a pull request it is known better.
            (None, Some(branch)) if environment.pull_request.is_none() => Some(Against::Branch(branch.clone())),
            (None, _) => None,
        };
        let circumstances = Circumstances { against, pull_request: environment.pull_request.clone() };
        let fetching = args.history.fetching(environment);
        let as_of = args.as_of.map(|time| time.seconds(environment.clock()));
        let pinned = args.base.clone();
        Ok(history::Options { interval, walk, policy, circumstances, fetching, as_of, pinned })
    }
}

/// Returns the first that says something, with where it is from.
fn first<const N: usize>(sources: [(&'static str, Option<&String>); N]) -> Option<(&'static str, String)> {
    sources.into_iter().find_map(|(origin, text)| text.map(|text| (origin, text.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::PullRequest;

    #[test]
    fn precedence_is_flag_environment_file() {
        let file = HincToml::parse(Some("interval = \"1w\"")).expect("it parses");
        let args = HistoryArgs { interval: Some("30m".to_owned()), ..HistoryArgs::default() };
        let environment = Environment { interval: Some("1h".to_owned()), ..Environment::default() };
        let set = |args: &HistoryArgs, environment: &Environment| {
            file.base_options(args, environment).expect("it is right").interval.to_string()
        };
        assert_eq!(set(&args, &environment), "30m");
        assert_eq!(set(&HistoryArgs::default(), &environment), "1h");
        assert_eq!(set(&HistoryArgs::default(), &Environment::default()), "1w");
        let auto = Environment { interval: Some("auto".to_owned()), ..Environment::default() };
        assert_eq!(set(&HistoryArgs::default(), &auto), "auto");
        let empty =
            HincToml::default().base_options(&HistoryArgs::default(), &Environment::default()).expect("it is right");
        assert_eq!(empty.interval, IntervalSetting::Fixed(Interval::DAY));
    }

    #[test]
    fn who_names_a_main_line_has_it_looked_along() {
        let parsed = |text| HincToml::parse(Some(text)).expect("it parses");
        let args = |policy: Option<&str>, against: Option<&str>| HistoryArgs {
            base_policy: policy.map(str::to_owned),
            against: against.map(str::to_owned),
            ..HistoryArgs::default()
        };
        let branch = |name: &str| Some(Against::Branch(name.parse().expect("a branch")));
        let revision = |name: &str| Some(Against::Revision(name.to_owned()));
        let in_environment =
            |policy: &str| Environment { base_policy: Some(policy.to_owned()), ..Environment::default() };
        let of_request = Environment {
            pull_request: Some(PullRequest { target: "main".parse().expect("a branch"), merge: None }),
            ..Environment::default()
        };
        let nothing = Environment::default();
        for (file, args, environment, policy, against) in [
            ("", args(None, None), &nothing, BasePolicy::Auto, None),
            ("", args(None, Some("v1")), &nothing, BasePolicy::Mainline, revision("v1")),
            ("", args(Some("auto"), Some("v1")), &nothing, BasePolicy::Auto, revision("v1")),
            ("", args(None, Some("v1")), &in_environment("branch"), BasePolicy::Mainline, revision("v1")),
            ("base-policy = \"mainline\"", args(None, None), &in_environment("branch"), BasePolicy::Branch, None),
            ("base-policy = \"mainline\"", args(None, None), &nothing, BasePolicy::Mainline, None),
            ("against = \"develop\"", args(None, None), &nothing, BasePolicy::Auto, branch("develop")),
            ("against = \"develop\"", args(None, Some("v1")), &nothing, BasePolicy::Mainline, revision("v1")),
            // What a pull request goes to is known better.
            ("against = \"develop\"", args(None, None), &of_request, BasePolicy::Auto, None),
        ] {
            let options = parsed(file).base_options(&args, environment).expect("it is right");
            assert_eq!((options.policy, options.circumstances.against), (policy, against), "{file}, {args:?}");
        }
        let error = parsed("").base_options(&args(Some("branch"), Some("v1")), &nothing).expect_err("no use");
        assert_eq!(error.to_string(), "`--against v1` says nothing with the base policy `branch`");
        for (file, args, environment, origin) in [
            ("", args(Some("main"), None), &nothing, "--base-policy"),
            ("", args(None, None), &in_environment("main"), "HINC_BASE_POLICY"),
            ("base-policy = \"main\"", args(None, None), &nothing, "hinc.toml"),
        ] {
            let error = parsed(file).base_options(&args, environment).expect_err("no policy of this name");
            assert_eq!(error.to_string(), format!("the base policy of {origin} is wrong"));
        }
    }

    #[test]
    fn an_error_names_the_key() {
        for (text, part) in [
            ("intervall = \"1d\"", "intervall"),
            ("[host]\ntests = \"yes\"", "host.tests"),
            ("interval = ", "interval"),
            ("against = \"--upload-pack=x\"", "is not a branch"),
            ("[nixpkgs]\nurl = \"https://x --option restrict-eval false\"", "nixpkgs.url"),
            ("[nixpkgs]\nurl = \"/etc\"", "is not an address"),
            ("[host]\ntests = true\ntrust-th = true", "host.trust-th"),
            ("[host]\ntests = true\ntrust-th = true", "line 3"),
            ("[host]\ntrust-th = \"no\"", "`trust-th` is gone"),
            ("[host]\ntrust-th = false", "Take the line out"),
        ] {
            let error = HincToml::parse(Some(text)).expect_err(text);
            let cause = std::error::Error::source(&error).expect("a cause").to_string();
            assert!(cause.contains(part), "{cause}");
        }
    }

    #[test]
    fn a_full_file_is_read() {
        let text = "interval = \"1d\"\nall-parents = true\npackage = \"lib\"\npackages = [\"lib\", \"apps/*\"]\ntoolchain = \"nixpkgs\"\n\
             [nixpkgs]\nghc = \"ghc98\"\nurl = \"https://example.org/x.tar.gz\"\nsha256 = \"abc\"\n[host]\ntests = true\nflags = [\"dev\"]\n\
             [source]\nsubmodules = \"empty\"\nlfs-pointers = \"keep\"\n";
        let file = HincToml::parse(Some(text)).expect("it parses");
        assert_eq!(file.package(), Some("lib"));
        assert_eq!(file.packages(), ["lib", "apps/*"]);
        assert_eq!((file.toolchain(), file.ghc()), (Toolchain::Nixpkgs, Some("ghc98")));
        assert_eq!(file.nixpkgs().expect("both").map(|pinned| pinned.sha256), Some("abc".to_owned()));
        assert!(HincToml::parse(Some("[nixpkgs]\nurl = \"https://x\"")).expect("it parses").nixpkgs().is_err());
        let host = file.host_options();
        assert_eq!((host.tests, host.shared), (Some(true), None));
        assert_eq!(host.flags, ["dev"]);
        let wanted = source::Options { submodules: source::Submodules::Empty, lfs: source::LfsPointers::Keep };
        assert_eq!(file.source_options(), wanted);
        assert_eq!(HincToml::default().source_options(), source::Options::default());
    }

    // What is written there as the default is what an absent file gives, and every key is one.
    #[test]
    fn the_page_about_settings_is_true() {
        let page = include_str!("../../../docs/settings.md");
        let (_, example) = page.split_once("```toml\n").expect("an example");
        let (example, _) = example.split_once("```").expect("its end");
        let file = HincToml::parse(Some(example)).expect("every key is known");
        assert_eq!(
            file.base_options(&HistoryArgs::default(), &Environment::default()).expect("right").interval,
            IntervalSetting::Fixed(Interval::DAY)
        );
        assert_eq!(file.source_options(), source::Options::default());
        assert_eq!(file.toolchain(), Toolchain::default());
        assert!(!file.packages().is_empty() && file.ghc().is_some(), "a key is missing in docs/settings.md");
        assert_eq!(file.default_builder(), Some("local"));
        assert!(file.builders().contains_key("farm"), "[builder.NAME] is missing in docs/settings.md");
        assert!(file.nixpkgs().expect("both or none").is_some(), "a key of [nixpkgs] is missing in docs/settings.md");
        let host = file.host_options();
        let switches = [host.tests, host.benchmarks, host.profiling, host.shared, host.static_libraries, host.haddock];
        assert!(switches.iter().all(Option::is_some), "a key of [host] is missing in docs/settings.md: {switches:?}");
    }
}
