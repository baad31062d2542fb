# What cabal2nix prints for a package, as a value: a function of `mkDerivation`
# and of the packages that the .cabal file names.
{ name, src }:
let
  stated = import ../../nix/host/cabal-file.nix src;
  files = builtins.filter (entry: builtins.match ".+\\.cabal" entry != null) (
    builtins.attrNames (builtins.readDir src)
  );
  lines = builtins.split "\r?\n" (builtins.readFile (src + "/${builtins.head files}"));
  dependsOf = import ./depends.nix (builtins.filter builtins.isString lines);
  components = builtins.attrNames dependsOf;
  # Names of sublibraries of the package itself stand before a colon or alone.
  own =
    [ stated.name ]
    ++ builtins.concatMap (
      component:
      let
        found = builtins.match "library (.+)" component;
      in
      if found == null then [ ] else found
    ) components;
  unique = import ../../nix/unique.nix;
  of =
    kind:
    unique (
      builtins.filter (name: !(builtins.elem name own)) (
        builtins.concatMap (component: dependsOf.${component}) (
          builtins.filter (component: builtins.match "${kind}( .*)?" component != null) components
        )
      )
    );
  has = kind: builtins.any (component: builtins.match "${kind}( .*)?" component != null) components;

  libraryNames = of "library";
  executableNames = of "executable";
  testNames = of "test-suite";
  arguments = [ "mkDerivation" ] ++ libraryNames ++ executableNames ++ testNames;
in
assert stated.name == name;
{
  __functionArgs = builtins.listToAttrs (
    map (name: {
      inherit name;
      value = false;
    }) arguments
  );
  __functor =
    _: given:
    let
      take =
        map (
          package:
          given.${package}
            or (throw "callCabal2nix: ${name} depends on ${package}, which the package set lacks")
        );
    in
    given.mkDerivation {
      pname = stated.name;
      inherit (stated) version;
      inherit src;
      isLibrary = has "library";
      isExecutable = has "executable";
      libraryHaskellDepends = take libraryNames;
      executableHaskellDepends = take executableNames;
      testHaskellDepends = take testNames;
      license = "none";
    };
}
