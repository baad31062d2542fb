# The Setup program of every package that does not bring its own, and the
# program that describes a configured package. Compiled once a toolchain.
#
# kind: "Simple" or "Configure", a build type of Cabal.
{ toolchain, kind }:
derivation {
  # Nix is not to send it to another machine: the GHC there is not the one that is described here.
  preferLocalBuild = true;
  name = "hinc-setup-${kind}-ghc-${toolchain.ghc_version}";
  inherit (toolchain) system;
  builder = toolchain.shell;
  args = [ (import ../scripts.nix).setup ];
  inherit (toolchain) ghc fingerprint;
  ghcVersion = toolchain.ghc_version;
  searchPath = toolchain.path;
  main = builtins.toFile "Setup.hs" (
    builtins.readFile (if kind == "Configure" then ./SetupConfigure.hs else ./SetupSimple.hs)
  );
  describe = builtins.toFile "DescribePackage.hs" (builtins.readFile ./DescribePackage.hs);
}
