# What the flake gives. Everything in it is usable without flakes as well.
{ self, nixpkgs }:
let
  systems = [
    "x86_64-linux"
    "aarch64-linux"
    "x86_64-darwin"
    "aarch64-darwin"
  ];
  eachSystem =
    give:
    builtins.listToAttrs (
      map (system: {
        name = system;
        value = give nixpkgs.legacyPackages.${system};
      }) systems
    );
in
{
  # For Nix files of projects: full and incremental builds with a base that is passed in.
  lib = import ../lib.nix;

  packages = eachSystem (pkgs: rec {
    hinc = pkgs.callPackage ./package.nix { };
    default = hinc;
  });

  overlays.default = final: _previous: { hinc = final.callPackage ./package.nix { }; };

  # The program for all users of a machine. Both systems read the same options.
  nixosModules.default = import ./module.nix self;
  darwinModules.default = import ./module.nix self;

  # Builders: what the host does for them, and a guest of one's own.
  nixosModules.builder = import ../builder/nixos.nix self;
  darwinModules.builder = import ../builder/darwin.nix self;
  nixosModules.guest = ../builder/guest.nix;

  checks = eachSystem (pkgs: {
    hinc = self.packages.${pkgs.stdenv.hostPlatform.system}.hinc;
  });

  devShells = eachSystem (pkgs: {
    default = pkgs.callPackage ./shell.nix { };
  });

  formatter = eachSystem (pkgs: pkgs.nixfmt-rfc-style);
}
