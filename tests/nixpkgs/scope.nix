# A Haskell package set with the interface of nixpkgs' `haskellPackages`: over a
# `mkDerivation` that is overridable, `callPackage`, `callCabal2nix`, `extend`,
# `override { overrides = ...; }`.
#
# pkgs: what packages may ask for beside Haskell packages. libraries: the packages
# of the compiler itself, all null.
{
  makeOverridable,
  mkDerivation,
  ghc,
  libraries,
  pkgs,
}:
let
  functionArgs =
    function:
    if builtins.isFunction function then builtins.functionArgs function else function.__functionArgs;

  overrideCabal =
    change: drv:
    drv.override (
      arguments:
      arguments
      // {
        mkDerivation = mine: (arguments.mkDerivation mine).override change;
      }
    )
    // {
      overrideScope = overlay: overrideCabal change (drv.overrideScope overlay);
    };

  callPackageIn =
    scope: given: arguments:
    let
      function = if builtins.isPath given || builtins.isString given then import given else given;
      found = builtins.intersectAttrs (functionArgs function) (pkgs // scope);
    in
    makeOverridable (
      all:
      function all
      // {
        inherit scope;
        overrideScope = overlay: callPackageIn (scope.extend overlay) function arguments;
      }
    ) (found // arguments);

  base =
    self:
    libraries
    // {
      inherit mkDerivation ghc;
      callPackage = callPackageIn self;
      buildHaskellPackages = self;

      callCabal2nix =
        name: src: arguments:
        self.callCabal2nixWithOptions name src "" arguments;
      # As nixpkgs has it: the expression is called first, then gets its source.
      callCabal2nixWithOptions =
        name: src: _options: arguments:
        overrideCabal (_: { inherit src; }) (
          self.callPackage (import ./cabal2nix.nix { inherit name src; }) arguments
        );
    };

  fixed =
    function:
    let
      self = function self // {
        __unfix__ = function;
        extend =
          overlay:
          fixed (
            final:
            let
              previous = function final;
            in
            previous // overlay final previous
          );
        override =
          change:
          self.extend (
            (if builtins.isFunction change then change { overrides = _: _: { }; } else change).overrides
          );
      };
    in
    self;
in
fixed base
