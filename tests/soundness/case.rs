//! One case of the catalogue: a package, an edit, and what is to come of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hinc::predict::Configuration;
use serde_json::{Value, json};

use super::foretold::foretold;
use super::nix::{self, Drv, Request};
use super::seen::Seen;
use super::tree::Tree;

/// A package at two commits, and how it is built.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    base: Tree,
    head: Tree,
    options: Value,
    attribute: Option<String>,
    nixpkgs: Option<PathBuf>,
    functions: PathBuf,
    compiled: Option<BTreeSet<String>>,
    left_out: Vec<Value>,
    interfaces_count: bool,
    on_partial: Option<String>,
}

/// Both builds of head, and that of the base.
pub(crate) struct Compared {
    pub(crate) base: Seen,
    pub(crate) clean: Seen,
    pub(crate) incremental: Seen,
}

impl Case {
    /// A case upon a package, which is also its base. Only static libraries are built, as this
    /// is faster.
    pub(crate) fn of(base: Tree) -> Self {
        Self {
            head: base.clone(),
            base,
            options: json!({ "shared": false }),
            attribute: None,
            nixpkgs: None,
            functions: nix::functions(),
            compiled: None,
            left_out: Vec::new(),
            interfaces_count: true,
            on_partial: None,
        }
    }

    /// Changes the base, and with it head.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Tree)) -> Self {
        change(&mut self.base);
        self.head = self.base.clone();
        self
    }

    /// Applies the edit that the case is about.
    #[track_caller]
    pub(crate) fn edit(mut self, change: impl FnOnce(&mut Tree)) -> Self {
        let before = self.head.clone();
        change(&mut self.head);
        assert!(self.head != before, "the edit changes nothing");
        self
    }

    /// Exchanges base and head. Both are built cleanly for the case itself already.
    pub(crate) fn backwards(mut self) -> Self {
        std::mem::swap(&mut self.base, &mut self.head);
        self
    }

    /// Sets one of the options that a request takes, for base and head.
    pub(crate) fn option(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.options[name] = value.into();
        self
    }

    /// Builds an attribute of the package's `default.nix`.
    pub(crate) fn attribute(mut self, attribute: &str) -> Self {
        self.attribute = Some(attribute.to_owned());
        self
    }

    /// Builds the package as one of nixpkgs' Haskell builder, over the small set of `tests/nixpkgs`.
    pub(crate) fn of_nixpkgs(mut self) -> Self {
        let name = self.head.field("name").expect("a name");
        let nix = format!(
            "{{ pkgs ? import <nixpkgs> {{ }} }}:\nlet\n  inherit (pkgs.haskell.lib.compose) dontCheck dontHaddock;\nin\n{{\n  package = dontHaddock (dontCheck (pkgs.haskellPackages.callCabal2nix \"{name}\" ./package {{ }}));\n}}\n"
        );
        for side in [&mut self.base, &mut self.head] {
            *side = std::mem::take(side).below("package");
            side.write("default.nix", &nix);
        }
        self.nixpkgs = Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/nixpkgs/set"));
        self.attribute("package")
    }

    /// Takes other Nix functions than those of the checkout.
    pub(crate) fn with_functions(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.functions);
        self
    }

    /// Lets the interfaces differ, for a reason that the case gives.
    pub(crate) fn whatever_the_interfaces_say(mut self) -> Self {
        self.interfaces_count = false;
        self
    }

    /// Says which modules the incremental build compiles: these and no others.
    pub(crate) fn compiles(mut self, modules: &[&str]) -> Self {
        self.compiled = Some(modules.iter().map(|&module| module.to_owned()).collect());
        self
    }

    /// Says that a module is left out of the restore, and what is told of it: a field each.
    pub(crate) fn leaves_out(mut self, told: Value) -> Self {
        self.left_out.push(told);
        self
    }

    /// Says that the base does not build, and that head is built on what compiles of it.
    pub(crate) fn on_partial(mut self) -> Self {
        self.on_partial = Some(self.head.field("name").expect("a name"));
        self
    }

    fn request(&self) -> Request<'_> {
        Request {
            functions: &self.functions,
            base: Some(&self.base),
            head: &self.head,
            options: &self.options,
            attribute: self.attribute.as_deref(),
            nixpkgs: self.nixpkgs.as_deref(),
            on_partial: self.on_partial.as_deref(),
        }
    }

    /// Asserts that the full build of the base fails.
    #[track_caller]
    fn assert_base_fails(&self) {
        let answer = nix::evaluate(&Request { on_partial: None, ..self.request() });
        let full = answer.full.expect("a full build");
        let _taken = nix::take(&[&full]);
        nix::realise(&[&full], "1");
        assert!(!nix::is_valid(full.output("out")), "the base builds");
        let partial = answer.partial.expect("a partial build");
        assert_eq!(partial.outputs.keys().collect::<Vec<_>>(), ["intermediates"]);
    }

    /// What compiles of the base is not kept; the end of the log has this in it.
    #[track_caller]
    pub(crate) fn keeps_nothing(&self, expected: &str) {
        self.assert_base_fails();
        let (partial, ..) = self.derivations();
        let _taken = nix::take(&[&partial]);
        nix::realise(&[&partial], "1");
        let log = nix::log_of(&partial);
        assert!(!nix::is_valid(partial.output("intermediates")), "something is kept:\n{log}");
        assert!(log.contains(expected), "no `{expected}` in:\n{log}");
    }

    /// The derivations of the base's full build, of a clean one of head, and of the incremental one.
    #[track_caller]
    fn derivations(&self) -> (Drv, Drv, Drv) {
        let answer = nix::evaluate(&self.request());
        let (Some(full), Some(kept)) = (answer.full, answer.incremental_kept) else {
            panic!("it would be built plainly: {:?}", answer.why_plain);
        };
        assert_ne!(full.drv, answer.head_full.drv, "base and head are the same to Nix");
        (full, answer.head_full, kept)
    }

    /// Builds base and head, head both ways.
    #[track_caller]
    pub(crate) fn build(&self) -> Compared {
        let (full, clean, kept) = self.derivations();
        let _taken = nix::take(&[&clean, &kept]);
        if self.on_partial.is_some() {
            self.assert_base_fails();
            let messages = nix::realise(&[&clean, &kept], "1");
            assert!(nix::is_valid(full.output("intermediates")), "nothing is kept: {messages}\n{}", nix::log_of(&full));
            let compared = Compared { base: Seen::of(&full), clean: Seen::of(&clean), incremental: Seen::of(&kept) };
            self.check_foretold(&full, &compared.incremental);
            return compared;
        }
        let messages = nix::realise(&[&clean, &kept], "1");
        let base = Seen::of(&full);
        assert!(base.built, "the base does not build: {}\n{}", base.tail, messages.lines().last().unwrap_or(""));
        let compared = Compared { base, clean: Seen::of(&clean), incremental: Seen::of(&kept) };
        self.check_foretold(&full, &compared.incremental);
        compared
    }

    /// Asserts that no module was compiled beside those that are foretold: by what the base noted, and by its sources.
    #[track_caller]
    fn check_foretold(&self, full: &Drv, incremental: &Seen) {
        if self.nixpkgs.is_some() || self.attribute.is_some() {
            return;
        }
        let is_on = |name: &str| self.options[name].as_bool().unwrap_or(false);
        let options = ["ghcOptions", "configureFlags"].into_iter().filter_map(|name| self.options[name].as_array());
        let options = options
            .flatten()
            .filter_map(Value::as_str)
            .map(|option| option.trim_start_matches("--ghc-options=").trim_start_matches("--ghc-option=").to_owned());
        let configuration = Configuration {
            options: options.collect(),
            tests: is_on("tests"),
            benchmarks: is_on("benchmarks"),
            all: true,
        };
        let [noted, sources] = foretold(&self.base, &self.head, full, &configuration);
        // What compiles of a base is not in its sources, nor is it known whether it was compiled for profiling, too.
        let is_unclear = self.on_partial.is_some() && is_on("profiling");
        let predictions = [Some(noted).filter(|_| !is_unclear), Some(sources).filter(|_| self.on_partial.is_none())];
        for prediction in predictions.iter().flatten().filter(|prediction| prediction.everything.is_none()) {
            let names: BTreeSet<String> = prediction.at_most.iter().map(|id| id.module.0.clone()).collect();
            let missed: Vec<&String> = incremental.log.compiled.difference(&names).collect();
            assert!(missed.is_empty(), "not foretold by {:?}: {missed:?}; {prediction:#?}", prediction.known);
        }
    }

    /// Builds, and stops where the builds of head do not agree.
    #[track_caller]
    fn agree(&self) -> Compared {
        let compared = self.build();
        self.check(&compared.clean, &compared.incremental);
        compared
    }

    /// Holds the incremental build against a clean one, and what it compiled against what the case says.
    #[track_caller]
    fn check(&self, clean: &Seen, incremental: &Seen) {
        let mut differences = clean.differences(incremental);
        if !self.interfaces_count {
            // The registration has a hash of all interfaces in it.
            let is_interface = |told: &String| told.starts_with("the interface") || told.contains("package.conf.d");
            differences.retain(|told| !is_interface(told));
        }
        assert!(
            differences.is_empty(),
            "the incremental build {} differs from the clean one {}:\n{}",
            incremental.drv,
            clean.drv,
            differences.join("\n")
        );
        if let Some(expected) = &self.compiled {
            let log = &incremental.log;
            assert_eq!(&log.compiled, expected, "modules compiled; left out: {:#?}", log.left_out);
        }
        for event in &incremental.log.left_out {
            let module = event["module"].as_str().unwrap_or("");
            // With `-v0` GHC does not say what it compiles.
            let is_silent = !clean.log.compiled.contains(module);
            let is_compiled = !incremental.built || is_silent || incremental.log.compiled.contains(module);
            assert!(is_compiled, "told of as left out, and not compiled: {event}");
        }
        for expected in &self.left_out {
            let left_out = &incremental.log.left_out;
            assert!(left_out.iter().any(|event| says(event, expected)), "no {expected} among {left_out:#?}");
        }
    }

    #[track_caller]
    fn agree_and_are_built(&self) -> Compared {
        let compared = self.agree();
        assert!(compared.clean.built, "head does not build: {}", compared.clean.tail);
        compared
    }

    /// Both builds agree, and the programs print something else than in the base.
    #[track_caller]
    pub(crate) fn prints_otherwise(&self) {
        let compared = self.agree_and_are_built();
        assert!(!compared.base.printed.is_empty(), "no program is installed");
        assert_ne!(compared.base.printed, compared.clean.printed, "the edit cannot be seen");
    }

    /// Both builds agree, and a program prints this among other things.
    #[track_caller]
    pub(crate) fn prints(&self, expected: &str) {
        let compared = self.agree_and_are_built();
        let printed = &compared.clean.printed;
        assert!(printed.values().any(|text| text.contains(expected)), "no `{expected}` in {printed:#?}");
    }

    /// Both builds agree, and each line that the programs print is another one than in the base.
    #[track_caller]
    pub(crate) fn all_print_otherwise(&self) {
        let compared = self.agree_and_are_built();
        assert!(!compared.base.printed.is_empty(), "no program is installed");
        for (program, printed) in &compared.base.printed {
            // How it ends is told in the last line.
            let lines =
                |printed: &str| printed.lines().map(str::to_owned).take_while(|line| !line.starts_with('(')).collect();
            let (before, now): (Vec<_>, Vec<_>) = (lines(printed), lines(&compared.clean.printed[program]));
            for (before, now) in before.iter().zip(&now) {
                assert_ne!(before, now, "the edit cannot be seen in {program}");
            }
        }
    }

    /// Both builds agree, the programs print the same as in the base, and the interfaces or what
    /// is installed are not the same.
    #[track_caller]
    pub(crate) fn prints_the_same(&self) {
        let compared = self.agree_and_are_built();
        assert_eq!(compared.base.printed, compared.clean.printed, "the edit can be seen");
        let same = compared.base.texts == compared.clean.texts
            && compared.base.files == compared.clean.files
            && compared.base.has_interfaces_of(&compared.clean);
        assert!(!same, "nothing at all has changed");
    }

    /// Both builds agree, and a clean build of head is a clean build of the base.
    #[track_caller]
    pub(crate) fn changes_nothing(&self) {
        let compared = self.agree_and_are_built();
        let differences = compared.base.differences(&compared.clean);
        assert!(differences.is_empty(), "the edit changes something: {}", differences.join("\n"));
    }

    /// The edit touches nothing that anybody reads: the incremental build is what the base's is,
    /// which takes the place of a clean one, and compiles nothing.
    #[track_caller]
    pub(crate) fn compiles_nothing(self) {
        let case = self.compiles(&[]);
        let (full, _, kept) = case.derivations();
        let _taken = nix::take(&[&kept]);
        nix::realise(&[&kept], "1");
        let base = Seen::of(&full);
        assert!(base.built, "the base does not build: {}", base.tail);
        case.check(&base, &Seen::of(&kept));
    }

    /// Both builds agree, the log has a warning with this in it, and none is printed again for a
    /// module that GHC compiled.
    #[track_caller]
    pub(crate) fn warns(&self, expected: &str) {
        let compared = self.agree_and_are_built();
        assert!(compared.incremental.log.twice.is_empty(), "twice: {:#?}", compared.incremental.log.twice);
        let warnings = &compared.clean.log.warnings;
        assert!(warnings.iter().any(|warning| warning.contains(expected)), "no `{expected}` among {warnings:#?}");
    }

    /// Both builds agree, and the test suites say something else than in the base.
    #[track_caller]
    pub(crate) fn tests_otherwise(&self) {
        let compared = self.agree_and_are_built();
        assert_ne!(compared.base.log.tests, compared.clean.log.tests, "the edit cannot be seen");
    }

    /// Both builds fail, and the end of the log has this in it.
    #[track_caller]
    pub(crate) fn fails(&self, expected: &str) {
        let compared = self.agree();
        assert!(!compared.clean.built, "head is built");
        assert!(compared.clean.tail.contains(expected), "no `{expected}` in:\n{}", compared.clean.tail);
    }

    /// Both builds fail. Their messages differ, which the test's comment explains.
    #[track_caller]
    pub(crate) fn fails_in_its_own_words(&self) {
        let compared = self.build();
        assert!(!compared.clean.built, "head is built");
        assert!(!compared.incremental.built, "the incremental build alone succeeds");
    }

    /// Nothing of the base can be of use, and a sentence with this in it says why.
    #[track_caller]
    pub(crate) fn is_built_plainly(&self, expected: &str) {
        let answer = nix::evaluate(&self.request());
        assert!(answer.incremental_kept.is_none(), "an incremental build all the same");
        let why = answer.why_plain.unwrap_or_default();
        assert!(why.contains(expected), "the sentence is: {why}");
        nix::realise(&[&answer.head_full], "1");
        assert!(nix::is_valid(answer.head_full.output("out")), "{}", nix::log_of(&answer.head_full));
    }

    /// The incremental build succeeds and differs from the clean one: what a recipe that is not sound does.
    #[track_caller]
    pub(crate) fn differs(&self) {
        let compared = self.build();
        assert!(compared.incremental.built, "the incremental build fails:\n{}", compared.incremental.tail);
        let differences = compared.clean.differences(&compared.incremental);
        assert!(!differences.is_empty(), "the builds agree");
    }
}

/// Whether an event has all these fields.
fn says(event: &Value, fields: &Value) -> bool {
    fields.as_object().expect("fields").iter().all(|(name, value)| event[name] == *value)
}
