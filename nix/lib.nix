# For users who choose the base themselves: in a Nix file, an overlay or a flake.
#
# package: one made by nixpkgs' Haskell builder, or by hinc's own. base: the same
# package at another commit.
let
  hincOf = import ./hinc-of.nix;

  # The package with an output `intermediates`, for later builds to start from.
  full =
    package:
    let
      hinc = hincOf package;
    in
    if hinc == null || hinc.cannot or null != null then package else hinc.full;

  # The package on the modules of the base. Where nothing can be reused it is the
  # package itself, and Nix prints why.
  incremental =
    { base }:
    package:
    let
      head = hincOf package;
      old = hincOf base;
      why = import ./why-plain.nix {
        inherit head;
        base = old;
        title = package.name;
      };
    in
    if why == null then
      head.onto old
    else
      builtins.trace "hinc: ${package.name} is built from nothing: ${why}" package;

  # The source of the base that `hinc base --write LOCK` noted; `url` says where the repository
  # is. Pure evaluation allows it, and nothing is fetched where the store has it.
  baseSource =
    { lock, url }:
    let
      noted = builtins.fromJSON (builtins.readFile lock);
      # What git archives leave out is part of hinc's sources. Not every Nix has `fetchTree`.
      source =
        if builtins ? fetchTree then
          builtins.fetchTree {
            type = "git";
            inherit url;
            inherit (noted) rev narHash;
          }
        else
          builtins.fetchGit {
            inherit url;
            inherit (noted) rev;
            allRefs = true;
            exportIgnore = false;
          };
    in
    if noted.version != 1 then
      throw "hinc: ${toString lock} is of version ${toString noted.version}, which these functions do not know: take those of the hinc that wrote it"
    else if source.narHash != noted.narHash then
      throw "hinc: the commit ${noted.rev} of ${url} has other files than ${toString lock} says: write it anew by `hinc base --write`"
    else
      source;
in
{
  inherit full incremental baseSource;

  # An overlay for a Haskell package set: the named packages are built on those of the
  # older set `base`. A package that the older set lacks stays what it is.
  overlay =
    { base, packages }:
    final: previous:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value =
          if base ? ${name} then
            incremental { base = base.${name}; } previous.${name}
          else
            previous.${name};
      }) packages
    );

  # The overlay of the full builds: what makes a package set that others build on.
  fullOverlay =
    packages: final: previous:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = full previous.${name};
      }) packages
    );
}
