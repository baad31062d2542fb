# A small package set of our own with the interface of nixpkgs, over the programs of
# the machine: what the checks build where nixpkgs is not at hand.
{
  system ? builtins.currentSystem,
  ...
}:
let
  makeOverridable = import ./overridable.nix;
  machine = import ../machine.nix { inherit system; };
  stdenv = import ./stdenv.nix { inherit system; };

  haskellPackages = import ../scope.nix {
    inherit makeOverridable;
    mkDerivation = makeOverridable (import ./haskell.nix { inherit stdenv; inherit (machine) ghc; });
    inherit (machine) ghc libraries;
    inherit pkgs;
  };

  overrideCabal =
    change: drv:
    drv.override (
      arguments:
      arguments
      // {
        mkDerivation = mine: (arguments.mkDerivation mine).override change;
      }
    );
  with' = attributes: overrideCabal (_: attributes);

  # nixpkgs' functions on packages, the package last.
  compose = {
    inherit overrideCabal;
    doCheck = with' { doCheck = true; };
    dontCheck = with' { doCheck = false; };
    doHaddock = with' { doHaddock = true; };
    dontHaddock = with' { doHaddock = false; };
    enableLibraryProfiling = with' { enableLibraryProfiling = true; };
    enableSharedExecutables = with' { enableSharedExecutables = true; };
    enableSeparateBinOutput = with' { enableSeparateBinOutput = true; };
    appendConfigureFlag =
      flag: overrideCabal (old: { configureFlags = (old.configureFlags or [ ]) ++ [ flag ]; });
    justStaticExecutables = overrideCabal (old: {
      enableSharedExecutables = false;
      isLibrary = false;
      isExecutable = true;
      doHaddock = false;
      disallowGhcReference = true;
      postFixup = (old.postFixup or "") + ''

        rm -rf $out/lib $out/nix-support $out/share/doc
      '';
    });
  };

  pkgs = {
    inherit stdenv haskellPackages;
    haskell.lib = builtins.mapAttrs (
      name: function:
      if name == "overrideCabal" || name == "appendConfigureFlag" then
        package: change: function change package
      else
        function
    ) compose // { inherit compose; };
    haskell.packages."ghc${builtins.replaceStrings [ "." ] [ "" ] (builtins.head (builtins.match "([0-9]+\\.[0-9]+).*" machine.version))}" =
      haskellPackages;
  };
in
pkgs
