# What hinc evaluates: one request in, the derivations to build out.
#
# request: JSON text, see docs/nix.md. userArgs: arguments for the functions in
# the user's Nix file, as `--arg` gives them to nix-build.
{
  request,
  userArgs ? { },
}:
let
  asked = builtins.fromJSON request;
  sourceOf = side: builtins.storePath side.source;
  packages =
    if (asked.host or null) != null then
      import ./drive/host.nix { inherit asked sourceOf; }
    else if (asked.flake or null) != null then
      import ./drive/flake.nix { inherit asked; }
    else
      import ./drive/file.nix { inherit asked sourceOf userArgs; };
in
{
  packages = map (import ./drive/answer.nix {
    hasBase = (asked.base or null) != null;
    verify = asked.verify or false;
    inherit (asked) toolchain;
  }) packages;
}
