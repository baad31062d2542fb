//! Time that no module takes: C sources and linking.

use super::scene::{HOUR, MIDNIGHT, Scene};

/// A C source that takes the C compiler seconds, whatever the machine is.
fn slow_c() -> String {
    let part = |number: u32| {
        format!(
            "double part{number}(double x) {{ double y = x; for (int i = 0; i < {number}; i++) y += sin(y) * cos(x + i) / (1.0 + y * y); return y; }}\n"
        )
    };
    std::iter::once("#include <math.h>\n".to_owned()).chain((0..60).map(part)).collect()
}

#[test]
fn time_in_c_sources_and_in_linking_is_told() {
    let scene = Scene::new();
    scene.write(
        "slow.cabal",
        "cabal-version: 2.4\nname: slow\nversion: 1\nbuild-type: Simple\nextra-source-files: unique.txt\n\n\
         library\n  exposed-modules: Slow\n  build-depends: base\n  default-language: Haskell2010\n  c-sources: slow.c\n  cc-options: -O2\n\n\
         executable slow\n  main-is: Main.hs\n  build-depends: base, slow\n  default-language: Haskell2010\n",
    );
    scene.write("Slow.hs", "module Slow where\n\nslow :: Int\nslow = 1\n");
    scene.write("Main.hs", "module Main (main) where\n\nimport Slow (slow)\n\nmain :: IO ()\nmain = print slow\n");
    scene.write("slow.c", &slow_c());
    scene.write("unique.txt", &scene.unique());
    scene.commit_at(MIDNIGHT + HOUR, "Begin");
    let ran = scene.hinc(&["build", "--json", "--no-out-link"]).status(0);
    let record = ran.json();
    let build = &record["builds"][0];
    let beside = build["beside_modules"].as_array().expect("a list");
    let seconds = |component: &str, part: &str| {
        let found = beside.iter().find(|beside| beside["component"] == component && beside["part"] == part);
        found.and_then(|beside| beside["seconds"].as_f64()).unwrap_or(0.0)
    };
    let number = |value: &serde_json::Value| value.as_f64().unwrap_or(0.0);
    let modules: f64 =
        build["modules"].as_array().expect("a list").iter().map(|module| number(&module["seconds"])).sum();
    let all: f64 = beside.iter().map(|beside| number(&beside["seconds"])).sum();
    let compilation = number(&build["compile_seconds"]);
    // How long it took is no matter; whose it was is.
    assert!(seconds("lib", "other") > modules, "{build:#}");
    assert!(seconds("exe:slow", "linking") > 0.0, "{build:#}");
    assert!(all + modules <= compilation + 0.5, "{all} and {modules} of {compilation}: {build:#}");
    assert!(all + modules >= compilation * 0.8, "{all} and {modules} of {compilation}: {build:#}");
    assert!(ran.stderr.contains("for C sources, preprocessing and archives (lib"), "{}", ran.stderr);
}
