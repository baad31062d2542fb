# Evaluates the modules of nix/builder with a configuration, for tests/nix/checks/11-builder-modules.sh.
{
  # The library: nixpkgs' own, or the small one beside this file.
  lib,
  # `nixos`, `darwin` or `guest`.
  which,
  # What a user writes: a module.
  user,
  system ? "x86_64-linux",
}:
let
  program =
    name:
    derivation {
      inherit name system;
      builder = "/bin/sh";
    };
  self.packages.${system}.hinc = program "hinc";
  pkgs = {
    stdenv.hostPlatform = { inherit system; };
    openssh = program "openssh";
    qemu = program "qemu";
  };
  ours = {
    nixos = [
      ./nixos.nix
      (import ../../../nix/builder/nixos.nix self)
      { nix.package = program "nix"; }
    ];
    darwin = [
      ./darwin.nix
      (import ../../../nix/builder/darwin.nix self)
    ];
    guest = [ ../../../nix/builder/guest.nix ];
  };
  inherit
    (lib.evalModules {
      modules = ours.${which} ++ [ user ];
      specialArgs = {
        inherit pkgs;
        # Where our guest looks for nixpkgs' profile.
        modulesPath = toString ./.;
      };
    })
    config
    ;
  told =
    let
      wrong = builtins.filter (claim: !claim.assertion) config.assertions;
    in
    if wrong == [ ] then config else throw (builtins.concatStringsSep "" (map (claim: claim.message) wrong));
in
if which == "guest" then
  {
    inherit (config)
      boot
      services
      users
      virtualisation
      ;
    inherit (config.nix) settings;
    etc = builtins.mapAttrs (_: file: file.enable) config.environment.etc;
  }
else
  {
    settings = fromTOML told.environment.etc."xdg/hinc/config.toml".text;
    text = told.environment.etc."xdg/hinc/config.toml".text;
    ssh = told.programs.ssh.extraConfig;
    known = told.programs.ssh.knownHosts;
    nix = removeAttrs told.nix [ "package" ];
    installed = map (package: package.name) told.environment.systemPackages;
    services = if which == "nixos" then told.systemd.services else told.launchd.daemons;
  }
