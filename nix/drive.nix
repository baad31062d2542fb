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
      import ./drive/host.nix { inherit asked; }
    else if (asked.cabal or null) != null then
      import ./drive/cabal.nix { inherit asked; }
    else if (asked.flake or null) != null then
      import ./drive/flake.nix { inherit asked; }
    else
      import ./drive/file.nix { inherit asked sourceOf userArgs; };
  hasBase = (asked.base or null) != null;
  failing = {
    partial = [ ];
    gone = [ ];
  }
  // (asked.failing or { });
  answers = map (import ./drive/answer.nix {
    inherit hasBase failing;
    verify = asked.verify or false;
  }) packages;
  # Whether head is what it was, and nothing more.
  plainOnly = {
    packages = map (answer: { inherit (answer) plain; }) answers;
  };
  everything = {
    packages =
      answers
      ++ import ./drive/beneath.nix { inherit
          packages
          answers
          hasBase
          failing
          ;
      };
    # Each once.
    warnings = builtins.foldl' (
      known: warning: if builtins.elem warning known then known else known ++ [ warning ]
    ) [ ] (builtins.concatMap (package: package.warnings or [ ]) packages);
  };
in
if asked.plain_only or false then plainOnly else everything
