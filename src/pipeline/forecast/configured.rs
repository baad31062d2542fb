//! How the full build of a package is configured, by the variables of its derivation.

use std::collections::BTreeMap;

use crate::predict::Configuration;

/// Systems whose builds are observed (`nix/observe`): what is not observed may have looked at anything.
const OBSERVED: [&str; 5] =
    ["x86_64-linux", "aarch64-linux", "riscv64-linux", "powerpc64le-linux", "loongarch64-linux"];

/// What nixpkgs' builder has done with a package's files before it is compiled, if somebody says so.
const CHANGES_FILES: [&str; 11] = [
    "patches",
    "unpackPhase",
    "preUnpack",
    "postUnpack",
    "patchPhase",
    "prePatch",
    "postPatch",
    "preConfigure",
    "postConfigure",
    "preCompileBuildDriver",
    "preBuild",
];

/// The phases that nixpkgs' Haskell builder adds by itself.
const OWN_PHASES: [&str; 2] = ["setupCompilerEnvironmentPhase", "compileBuildDriverPhase"];

/// Reads them; says why, where the sources of the package are not all that counts.
pub(super) fn configuration(system: &str, variables: &BTreeMap<String, String>) -> Result<Configuration, String> {
    if !OBSERVED.contains(&system) {
        return Err(format!("what builds look at cannot be observed on {system}"));
    }
    let of = |name: &str| variables.get(name).map(String::as_str).unwrap_or_default();
    if let Some(name) = CHANGES_FILES.into_iter().find(|name| !of(name).trim().is_empty()) {
        return Err(format!("its {name} can change files before they are compiled"));
    }
    let phases =
        ["prePhases", "preConfigurePhases", "preBuildPhases"].into_iter().flat_map(|name| of(name).split_whitespace());
    if let Some(phase) = phases.into_iter().find(|phase| !OWN_PHASES.contains(phase)) {
        return Err(format!("its {phase} can change files before they are compiled"));
    }
    let flags: Vec<&str> = of("configureFlags").split_whitespace().collect();
    let has = |flag: &str| flags.contains(&flag);
    // What follows `--ghc-options` may stand by itself. Of Cabal's own, `-fname` looks like one of GHC's that does no harm.
    let to_ghc = flags.iter().filter_map(|flag| match flag.split_once('=') {
        Some(("--ghc-option" | "--ghc-options", option)) => Some(option),
        _ if flag.starts_with("--") => None,
        _ => Some(*flag),
    });
    let options = of("ghcOptions").split_whitespace().chain(to_ghc);
    Ok(Configuration {
        options: options.map(str::to_owned).collect(),
        tests: has("--enable-tests") || !of("switches.tests").is_empty(),
        benchmarks: has("--enable-benchmarks") || !of("switches.benchmarks").is_empty(),
        all: of("buildTarget").trim().is_empty() && of("buildFlags").trim().is_empty(),
    })
}

/// Whether modules are compiled for profiling as well.
pub(super) fn profiles(variables: &BTreeMap<String, String>) -> bool {
    let of = |name: &str| variables.get(name).map(String::as_str).unwrap_or_default();
    let is_for_it = |flag: &str| flag.starts_with("--enable-") && flag.contains("profiling");
    !of("switches.profiling").is_empty() || of("configureFlags").split_whitespace().any(is_for_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_derivation_says_is_understood() {
        let read = |system: &str, text: &str| {
            let pairs = text.split(';').filter_map(|pair| pair.split_once('='));
            let variables = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            configuration(system, &variables)
        };
        let linux = |text: &str| read("x86_64-linux", text);
        let usual = Configuration { all: true, ..Configuration::default() };
        assert_eq!(linux("patches=;preConfigurePhases=compileBuildDriverPhase"), Ok(usual.clone()));
        let flags =
            "configureFlags=--enable-tests --ghc-option=-j4 --ghc-options -Wall --ghc-options=-F;ghcOptions=-O0";
        let options = ["-O0", "-j4", "-Wall", "-F"].map(str::to_owned).to_vec();
        assert_eq!(linux(flags), Ok(Configuration { options, tests: true, ..usual.clone() }));
        let switches = "switches.tests=1;switches.benchmarks=1;buildTarget=exe:x";
        assert_eq!(
            linux(switches),
            Ok(Configuration { tests: true, benchmarks: true, all: false, ..Configuration::default() })
        );
        let profiling = |name: &str, value: &str| profiles(&[(name.to_owned(), value.to_owned())].into());
        assert!(profiling("switches.profiling", "1") && profiling("configureFlags", "-x --enable-library-profiling"));
        assert!(!profiling("switches.profiling", "") && !profiling("configureFlags", "--disable-library-profiling"));
        for (system, text, why) in [
            ("x86_64-darwin", "", "what builds look at cannot be observed on x86_64-darwin"),
            ("x86_64-linux", "postPatch=hpack", "its postPatch can change files before they are compiled"),
            ("x86_64-linux", "preBuildPhases=mine", "its mine can change files before they are compiled"),
        ] {
            assert_eq!(read(system, text), Err(why.to_owned()), "{text}");
        }
    }
}
