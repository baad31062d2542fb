//! The command lines that hinc gives to Nix, as data.
//!
//! Source of the facts: the manual pages of Nix 2.26 and 2.34. The old commands
//! (`nix-instantiate`, `nix-store`) are taken where both can: they exit with the
//! status of the failure (NixOS/nix, `status-build-failure.md`), need no experimental
//! feature, and start no evaluation cache.

use std::path::Path;

use super::request::{PinnedNixpkgs, Request};
use super::sandbox::SandboxPaths;
use crate::model::name::{OutputName, SandboxPath};
use crate::model::nix_string::nix_string;
use crate::model::plan::Step;
use crate::model::store::{NarHash, StorePath};
use crate::process::Invocation;

/// What the user wants of Nix: the options that `nix-build` has as well.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// `--option NAME VALUE`.
    pub options: Vec<(String, String)>,
    /// `-I PATH`.
    pub includes: Vec<String>,
    /// `-j`: a number or `auto`.
    pub max_jobs: Option<String>,
    /// `--cores`.
    pub cores: Option<String>,
    /// `-k`.
    pub keep_going: bool,
    /// `-K`.
    pub keep_failed: bool,
    /// `--store URI`.
    pub store: Option<String>,
    /// `--builders SPECIFICATION`.
    pub builders: Option<String>,
    /// Other arguments that both `nix-instantiate` and `nix-store --realise` know, such as `--offline`.
    pub extra: Vec<String>,
}

/// An argument for the functions of the user's Nix file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserArg {
    /// `--arg NAME EXPRESSION`.
    Expression {
        /// Its name.
        name: String,
        /// The expression.
        value: String,
    },
    /// `--argstr NAME TEXT`.
    Text {
        /// Its name.
        name: String,
        /// The text.
        value: String,
    },
}

/// Outputs of a derivation that shall be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installable {
    /// The derivation.
    pub drv: StorePath,
    /// The names of the outputs: all of them where there is none.
    pub outputs: Vec<OutputName>,
}

impl Installable {
    /// All outputs of a step of a plan.
    pub fn of(step: &Step) -> Self {
        Self { drv: step.derivation.drv.clone(), outputs: Vec::new() }
    }
}

/// What Nix's restricted mode leaves open where the user's `nix.conf` has it so. `builtins.getFlake` of the feature
/// `flakes` reads any folder and calls any address, whether the mode is on or not, and so does `fetchClosure`;
/// `builtins.exec` of native code runs programs; and addresses of `allowed-uris` were meant for other expressions.
const BESIDE_RESTRICTED: [(&str, &str); 3] =
    [("experimental-features", ""), ("allow-unsafe-native-code-during-evaluation", "false"), ("allowed-uris", "")];

/// Nix, as the user wants it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Nix {
    /// What the user wants.
    pub options: Options,
}

impl Nix {
    /// Takes the user's wishes.
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    /// Evaluates `drive.nix` of the library for a request.
    pub fn evaluation(
        &self,
        library: &Path,
        request: &Request,
        user_args: &[UserArg],
    ) -> Result<Invocation, serde_json::Error> {
        let request = serde_json::to_string(request)?;
        let mut command = program("nix-instantiate")
            .args(["--eval", "--strict", "--json", "--read-write-mode"])
            .arg(library.join("drive.nix"))
            .args(["--argstr", "request", &request]);
        if !user_args.is_empty() {
            command = command.args(["--arg", "userArgs", &attribute_set(user_args)]);
        }
        Ok(self.with_includes(self.common(command)))
    }

    /// Evaluates `drive.nix` for flakes: in pure mode, where Nix reads nothing but what is locked by a hash. The
    /// library is fetched by its hash too.
    pub(super) fn pure_evaluation(
        &self,
        library: &Path,
        hash: &NarHash,
        request: &Request,
    ) -> Result<Invocation, serde_json::Error> {
        let request = serde_json::to_string(request)?;
        let library = nix_string(&library.display().to_string());
        let hash = nix_string(&hash.sri());
        let fetched = format!("builtins.fetchTree {{ type = \"path\"; path = {library}; narHash = {hash}; }}");
        let expression = format!("import (({fetched}).outPath + \"/drive.nix\")");
        let command = program("nix-instantiate")
            .args(["--eval", "--strict", "--json", "--read-write-mode"])
            // First, for the last one counts: the user may have it otherwise.
            .args(["--option", "pure-eval", "true"])
            .args(["--option", "extra-experimental-features", "flakes"])
            .args(["--expr", &expression])
            .args(["--argstr", "request", &request]);
        Ok(self.common(command))
    }

    /// Fetches a nixpkgs, and prints its path as JSON. Nothing of it is evaluated.
    pub(super) fn fetching_archive(&self, pinned: &PinnedNixpkgs) -> Invocation {
        let expression = "{ url, sha256 }: builtins.fetchTarball { inherit url sha256; }";
        let command = program("nix-instantiate")
            .args(["--eval", "--json", "--read-write-mode", "--expr", expression])
            .args(["--argstr", "url", &pinned.url, "--argstr", "sha256", &pinned.sha256]);
        self.common(command)
    }

    /// Evaluates `drive.nix` with a nixpkgs that the repository chose. Its words are a stranger's, so Nix's restricted
    /// mode is on: what is evaluated reads the sources, hinc's functions and that nixpkgs, which stands for
    /// `<hinc-nixpkgs>`, no other file, nothing of the network, and no variable of the environment. What gets around
    /// that mode is off: [`BESIDE_RESTRICTED`].
    pub(super) fn restricted_evaluation(
        &self,
        library: &Path,
        nixpkgs: &StorePath,
        request: &Request,
    ) -> Result<Invocation, serde_json::Error> {
        let mut command = self.evaluation(library, request, &[])?;
        // What is on the search path may be read: that of this user was made for other purposes.
        command = command.env("NIX_PATH", "");
        let mut restricted = Vec::new();
        for (name, value) in [("restrict-eval", "true")].into_iter().chain(BESIDE_RESTRICTED) {
            restricted.extend(["--option", name, value].map(str::to_owned));
        }
        let mut allow = |name: &str, path: &str| restricted.extend(["-I".to_owned(), format!("{name}={path}")]);
        allow("hinc-library", &library.display().to_string());
        allow("hinc-nixpkgs", nixpkgs.as_str());
        for source in request.sources() {
            allow("hinc-source", source.as_str());
        }
        // First, for the last one counts: the user may have it otherwise.
        command.args.splice(0..0, restricted.into_iter().map(Into::into));
        Ok(command)
    }

    /// Writes the derivation of an expression to the store and prints its path.
    pub fn instantiation(&self, expression: &str, arguments: &[(&str, &str)]) -> Invocation {
        let mut command = program("nix-instantiate").args(["--no-gc-warning", "--expr", expression]);
        for (name, value) in arguments {
            command = command.args(["--argstr", name, value]);
        }
        self.with_includes(self.common(command))
    }

    /// Builds or fetches what is missing, all in one call, so that Nix orders the work.
    pub fn realisation(&self, wanted: &[Installable], sandbox: &SandboxPaths) -> Invocation {
        let mut command = program("nix-store").args(["--no-gc-warning", "--realise"]);
        for installable in wanted {
            if installable.outputs.is_empty() {
                command = command.arg(installable.drv.as_str());
            } else {
                command = command.arg(format!("{}!{}", installable.drv, installable.outputs.join(",")));
            }
        }
        command = command.args(["--log-format", "internal-json"]);
        let options = &self.options;
        if let Some(jobs) = &options.max_jobs {
            command = command.args(["--max-jobs", jobs]);
        }
        if let Some(cores) = &options.cores {
            command = command.args(["--cores", cores]);
        }
        if options.keep_going {
            command = command.arg("--keep-going");
        }
        if options.keep_failed {
            command = command.arg("--keep-failed");
        }
        if let Some(builders) = &options.builders {
            command = command.args(["--builders", builders]);
        }
        command = self.common(command);
        // Last, for the last one counts: these hold what the user's own options say.
        match sandbox {
            SandboxPaths::AsConfigured => command,
            SandboxPaths::Replaced(paths) => {
                let paths: Vec<&str> = paths.iter().map(SandboxPath::as_str).collect();
                command.args(["--option", "sandbox-paths", &paths.join(" ")])
            }
        }
    }

    /// Prints those of the paths that the store does not have.
    pub fn validity(&self, paths: &[StorePath]) -> Invocation {
        let command = program("nix-store").args(["--check-validity", "--print-invalid"]);
        self.of_store(command.args(paths.iter().map(StorePath::as_str)))
    }

    /// Prints the outputs of a derivation.
    pub fn outputs_of(&self, drv: &StorePath) -> Invocation {
        self.of_store(program("nix-store").args(["--query", "--outputs", drv.as_str()]))
    }

    /// Makes a link to a path, which also keeps it from the garbage collector.
    pub fn linking(&self, path: &StorePath, link: &Path) -> Invocation {
        let command = program("nix-store").args(["--realise", path.as_str()]).arg("--add-root").arg(link);
        self.of_store(command)
    }

    /// Copies content-addressed paths from a binary cache. They need no signature.
    pub fn copy_from_cache(&self, uri: &str, paths: &[StorePath]) -> Invocation {
        let mut command = new_program(&["copy", "--from", uri]);
        if let Some(store) = &self.options.store {
            command = command.args(["--to", store]);
        }
        command.args(paths.iter().map(StorePath::as_str))
    }

    /// Copies paths with all that they refer to into another store.
    pub fn copying_to(&self, uri: &str, paths: &[StorePath]) -> Invocation {
        let mut command = new_program(&["copy", "--to", uri]);
        if let Some(store) = &self.options.store {
            command = command.args(["--from", store]);
        }
        command.args(paths.iter().map(StorePath::as_str))
    }

    /// Prints all settings as JSON.
    pub fn settings(&self) -> Invocation {
        self.with_options(new_program(&["config", "show", "--json"]))
    }

    /// Prints all settings as JSON, by the name that this command had before Nix 2.20.
    pub fn settings_of_old(&self) -> Invocation {
        self.with_options(new_program(&["show-config", "--json"]))
    }

    /// Prints what the store says of itself, as JSON.
    pub fn store_info(&self) -> Invocation {
        self.of_store(new_program(&["store", "info", "--json"]))
    }

    /// The same, by the name that this command had before Nix 2.19 and has in Lix.
    pub fn store_info_of_old(&self) -> Invocation {
        self.of_store(new_program(&["store", "ping", "--json"]))
    }

    fn common(&self, command: Invocation) -> Invocation {
        self.with_options(self.of_store(command)).args(&self.options.extra)
    }

    fn with_includes(&self, mut command: Invocation) -> Invocation {
        for include in &self.options.includes {
            command = command.args(["-I", include]);
        }
        command
    }

    pub(super) fn of_store(&self, command: Invocation) -> Invocation {
        match &self.options.store {
            Some(store) => command.args(["--store", store]),
            None => command,
        }
    }

    pub(super) fn with_options(&self, mut command: Invocation) -> Invocation {
        for (name, value) in &self.options.options {
            command = command.args(["--option", name, value]);
        }
        command
    }
}

/// Prints the version of Nix.
pub fn version() -> Invocation {
    program("nix-instantiate").arg("--version")
}

/// A program whose messages hinc reads: they shall not be translated.
pub(super) fn program(name: &str) -> Invocation {
    Invocation::new(name).env("LC_ALL", "C.UTF-8")
}

pub(super) fn new_program(words: &[&str]) -> Invocation {
    program("nix").args(["--extra-experimental-features", "nix-command"]).args(words)
}

/// Writes arguments as an attribute set of Nix.
fn attribute_set(arguments: &[UserArg]) -> String {
    let mut text = String::from("{");
    for argument in arguments {
        let (name, value) = match argument {
            // The line end closes a comment at the end of the expression.
            UserArg::Expression { name, value } => (name, format!("({value}\n)")),
            UserArg::Text { name, value } => (name, nix_string(value)),
        };
        text.push(' ');
        text.push_str(&nix_string(name));
        text.push_str(" = ");
        text.push_str(&value);
        text.push(';');
    }
    text.push_str(" }");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRV: &str = "/nix/store/hz99d8gx12kw8cv5hlgfwjm90318wkrw-foo-1.0.drv";

    fn path() -> StorePath {
        DRV.parse().expect("a store path")
    }

    fn output(name: &str) -> OutputName {
        name.parse().expect("a name")
    }

    fn words(command: &Invocation) -> Vec<String> {
        let words = [&command.program].into_iter().chain(&command.args);
        words.map(|word| word.to_string_lossy().into_owned()).collect()
    }

    fn all_options() -> Nix {
        Nix::new(Options {
            options: vec![("timeout".into(), "5".into())],
            includes: vec!["nixpkgs=/src/nixpkgs".into()],
            max_jobs: Some("4".into()),
            cores: Some("2".into()),
            keep_going: true,
            keep_failed: true,
            store: Some("/tmp/store".into()),
            builders: Some("ssh://mac".into()),
            extra: vec!["--offline".into()],
        })
    }

    #[test]
    fn a_plain_realisation_has_no_options() {
        let wanted = [
            Installable { drv: path(), outputs: vec![output("out"), output("intermediates")] },
            Installable { drv: path(), outputs: Vec::new() },
        ];
        insta::assert_debug_snapshot!(words(&Nix::default().realisation(&wanted, &SandboxPaths::AsConfigured)));
    }

    #[test]
    fn a_realisation_has_all_options() {
        let wanted = [Installable { drv: path(), outputs: vec![output("out")] }];
        let sandbox = SandboxPaths::Replaced(["/usr", "/bin"].map(|path| path.parse().expect("a path")).to_vec());
        insta::assert_debug_snapshot!(words(&all_options().realisation(&wanted, &sandbox)));
    }

    #[test]
    fn the_other_calls() {
        let nix = all_options();
        insta::assert_debug_snapshot!([
            words(&nix.validity(&[path()])),
            words(&nix.linking(&path(), Path::new("result"))),
            words(&nix.copy_from_cache("file:///tmp/cache", &[path()])),
            words(&nix.settings()),
            words(&nix.store_info()),
            words(&nix.store_info_of_old()),
            words(&nix.instantiation("{ a }: a", &[("a", "b")])),
            words(&version()),
        ]);
    }

    #[test]
    fn messages_are_not_translated() {
        let commands = [version(), Nix::default().settings(), Nix::default().validity(&[])];
        for command in commands {
            assert_eq!(
                command.env.get(std::ffi::OsStr::new("LC_ALL")).map(|v| v.to_string_lossy()),
                Some("C.UTF-8".into())
            );
        }
    }

    #[test]
    fn arguments_become_one_attribute_set() {
        let arguments = [
            UserArg::Expression { name: "pkgs".into(), value: "import <nixpkgs> { } # all".into() },
            UserArg::Text { name: "a b".into(), value: "say \"${hello}\" \\".into() },
        ];
        assert_eq!(
            attribute_set(&arguments),
            "{ \"pkgs\" = (import <nixpkgs> { } # all\n); \"a b\" = \"say \\\"\\${hello}\\\" \\\\\"; }"
        );
    }
}
