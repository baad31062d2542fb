# The GHC of the machine as a nixpkgs compiler: a folder of links to its programs,
# with the attributes that nixpkgs' Haskell builder and its users read.
#
# extra: further attributes of the compiler.
{
  system ? builtins.currentSystem,
  extra ? { },
}:
let
  names = builtins.attrNames (builtins.readDir "/usr/bin");
  versions = builtins.concatMap (
    name:
    let
      found = builtins.match "ghc-([0-9]+\\.[0-9]+\\.[0-9]+)" name;
    in
    if found == null then [ ] else found
  ) names;
  version = if versions == [ ] then throw "/usr/bin has no GHC" else builtins.head versions;

  # Both are asked of the machine, so a new compiler or library makes new derivations.
  registered =
    folder: if builtins.pathExists folder then builtins.attrNames (builtins.readDir folder) else [ ];
  database = registered "/var/lib/ghc/package.conf.d";
  fingerprint = builtins.hashString "sha256" (builtins.concatStringsSep " " ([ version ] ++ database));

  programs = [
    "ghc"
    "ghc-pkg"
    "ghci"
    "haddock"
    "hsc2hs"
    "hpc"
    "runghc"
  ];
in
{
  inherit version;

  ghc =
    derivation {
      name = "ghc-${version}";
      inherit system fingerprint;
      builder = "/bin/bash";
      args = [
        "-c"
        ''
          PATH=/usr/bin:/bin
          mkdir -p $out/bin
          for program in ${builtins.concatStringsSep " " programs}; do
            ln -s /usr/bin/$program $out/bin/$program
          done
        ''
      ];
    }
    // {
      pname = "ghc";
      inherit version;
      targetPrefix = "";
      haskellCompilerName = "ghc-${version}";
      enableShared = true;
    }
    // extra;

  # The libraries in its database stand for nixpkgs' core packages: null in the set.
  libraries = builtins.listToAttrs (
    builtins.concatMap (
      entry:
      let
        found = builtins.match "([A-Za-z0-9-]*[A-Za-z0-9])-[0-9.]+(-[A-Za-z0-9]+)?\\.conf" entry;
      in
      if found == null then
        [ ]
      else
        [
          {
            name = builtins.head found;
            value = null;
          }
        ]
    ) database
  );
}
