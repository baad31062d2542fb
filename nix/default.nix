# What a Nix file of a user gets under the name `hinc`.
#
# `toolchain` describes a GHC that lies on the machine, which `host` needs; see
# host/toolchain.nix for its fields. Nothing here needs nixpkgs, and nothing depends
# on the folder that this file lies in.
{
  toolchain ? null,
}:
{
  host = {
    mkPackage = import ./host/mk-package.nix {
      toolchain =
        if toolchain == null then
          throw "hinc's own builder needs the description of a GHC: `toolchain`"
        else
          import ./host/toolchain.nix toolchain;
    };
  };

  # For packages of nixpkgs' haskellPackages.
  lib = import ./lib.nix;
}
