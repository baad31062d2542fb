# A package of nixpkgs' Haskell builder with other builds of its dependencies.
#
# replace: derivation -> derivation. `overrideAttrs` would come too late: the builder
# computes flags and phases from the lists of dependencies.
replace: drv:
let
  isList = name: builtins.match ".*Depends|buildTools|extraLibraries" name != null;
  replaced =
    args:
    builtins.mapAttrs (
      name: value: if isList name && builtins.isList value then map replace value else value
    ) args;
in
drv.override (
  args:
  # The arguments of a file for callPackage, or those of mkDerivation itself.
  if args ? mkDerivation then
    args // { mkDerivation = arguments: (args.mkDerivation arguments).override replaced; }
  else
    replaced args
)
