# A package of nixpkgs' Haskell builder with one argument of the builder more, where the
# builder knows it.
{ name, value }:
drv:
drv.override (
  args:
  let
    given = { ${name} = value; };
  in
  if args ? mkDerivation then
    args // { mkDerivation = arguments: (args.mkDerivation arguments).override (old: old // given); }
  else
    args // given
)
