# The programs that keep what a later build can reuse, and that decide what this one takes:
# compiled once a toolchain, over the GHC that builds.
{ toolchain }:
let
  file = name: path: builtins.toFile name (builtins.readFile path);
  modules = [
    "Build"
    "CabalReads"
    "Columns"
    "Contents"
    "Declarations"
    "Diagnostics"
    "Differences"
    "Events"
    "Facts"
    "FileKinds"
    "Follow"
    "ForeignFiles"
    "GhcBugs"
    "GhcReads"
    "Importers"
    "InterfaceFacts"
    "Jobs"
    "Json"
    "Leaves"
    "Links"
    "Log"
    "Makers"
    "Modules"
    "Observed"
    "PackageFiles"
    "Paths"
    "Pragmas"
    "Question"
    "Request"
    "Reuse"
    "Roles"
    "Rule"
    "Stems"
    "Surroundings"
    "Tools"
    "Units"
    "Warned"
  ];
in
derivation {
  # Nix is not to send it to another machine: the GHC there is not the one that is described here.
  preferLocalBuild = true;
  name = "hinc-reuse-ghc-${toolchain.ghc_version}";
  inherit (toolchain) system;
  builder = toolchain.shell;
  args = [ (file "hinc-reuse-program.sh" ./program.sh) ];
  inherit (toolchain) ghc fingerprint;
  searchPath = toolchain.path;
  observe = file "observe.c" ../observe/observe.c;
  sources = map (name: "${name}=${file "${name}.hs" (./. + "/${name}.hs")}") modules;
}
