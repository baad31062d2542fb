# The program that describes a build, over the GHC that builds: compiled once a
# toolchain.
{ toolchain }:
let
  file = name: path: builtins.toFile name (builtins.readFile path);
in
derivation {
  # Nix is not to send it to another machine: the GHC there is not the one that is described here.
  preferLocalBuild = true;
  name = "hinc-describe-ghc-${toolchain.ghc_version}";
  inherit (toolchain) system;
  builder = toolchain.shell;
  args = [ (file "hinc-program.sh" ./program.sh) ];
  inherit (toolchain) ghc fingerprint;
  searchPath = toolchain.path;
  describe = file "Describe.hs" ./Describe.hs;
  interfaces = file "Interfaces.hs" ./Interfaces.hs;
  elf = file "Elf.hs" ./Elf.hs;
}
