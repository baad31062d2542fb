# The packages of a Cabal project with no Nix file, made by nixpkgs' Haskell package set:
# `callCabal2nix` for each of them, once over the sources of the base and once over
# those of head. It is import-from-derivation: Nix builds cabal2nix's output while it
# evaluates.
{ asked }:
let
  inherit (asked.cabal) ghc;
  pinned = asked.cabal.nixpkgs or null;
  found = builtins.tryEval <nixpkgs>;
  nixpkgs =
    if pinned != null then
      # hinc has fetched it, and evaluates in restricted mode: whoever chose it may read it and no more.
      <hinc-nixpkgs>
    else if found.success then
      found.value
    else
      throw "there is no nixpkgs on Nix's search path: add it with `-I nixpkgs=PATH` or in NIX_PATH, or name one by `url` and `sha256` under [nixpkgs] in hinc.toml; the GHC of the machine needs none (`--toolchain host`)";
  pkgs = import nixpkgs { };
  sets = pkgs.haskell.packages;
  set =
    if ghc == null then
      pkgs.haskellPackages
    else
      sets.${ghc} or (throw "this nixpkgs has no Haskell package set `${ghc}`: it has ${
        builtins.concatStringsSep ", " (
          builtins.filter (name: builtins.match "ghc[0-9].*" name != null) (builtins.attrNames sets)
        )
      }");

  project =
    side:
    let
      listed = builtins.listToAttrs (
        map (package: {
          inherit (package) name;
          value = package // {
            source = builtins.storePath package.source;
          };
        }) side.packages
      );
      edges = import ../host/project.nix (
        builtins.mapAttrs (_: package: {
          uses = package.dependencies;
          # As callCabal2nix has it.
          tests = true;
          benchmarks = false;
        }) listed
      );
      # What cabal2nix reads, by its content alone: it runs again where that changes.
      description =
        package:
        builtins.path {
          path = package.source;
          name = "cabal-${package.name}";
          filter = path: type: type != "directory" && builtins.match ".*\\.cabal" path != null;
        };
      extended = set.extend (
        self: _:
        builtins.mapAttrs (
          name: package:
          let
            made = pkgs.haskell.lib.overrideCabal (self.callCabal2nix name (description package) { }) (_: {
              src = package.source;
            });
          in
          if edges.${name}.tests then made else pkgs.haskell.lib.dontCheck made
        ) listed
      );
    in
    {
      inherit listed;
      made = extended;
      warningsOf = name: edges.${name}.warnings;
    };
in
import ./cabal-project.nix {
  inherit asked project;
  inherit (asked.cabal) wanted;
}
