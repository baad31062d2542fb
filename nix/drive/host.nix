# A Cabal project with no Nix file: one package, described by the request.
{ asked, sourceOf }:
let
  hinc = import ../default.nix {
    inherit (asked) toolchain;
    trustTemplateHaskell = asked.trust_th or false;
  };
  options = asked.host.options or { };
  optional = from: to: if options ? ${from} then { ${to} = options.${from}; } else { };
  package =
    side: description:
    hinc.host.mkPackage (
      {
        src = sourceOf side;
        inherit (description) name version;
        buildType = description.build_type;
      }
      // optional "tests" "tests"
      // optional "benchmarks" "benchmarks"
      // optional "profiling" "profiling"
      // optional "shared" "shared"
      // optional "static" "static"
      // optional "haddock" "haddock"
      // optional "flags" "flags"
      // optional "configure_flags" "configureFlags"
      // optional "ghc_options" "ghcOptions"
      // optional "trust_th" "trustTemplateHaskell"
    );
in
[
  {
    attribute = "";
    head = package asked.head asked.host.package;
    base =
      if (asked.base or null) == null || (asked.host.base_package or null) == null then
        null
      else
        package asked.base asked.host.base_package;
    absent = "the base has no package description that can be read";
  }
]
