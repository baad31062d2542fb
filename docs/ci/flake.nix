# What Hydra, buildbot-nix or Hercules evaluate. `package.nix` is what `cabal2nix . > package.nix` writes.
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";
  inputs.hinc.url = "git+https://example.org/hinc";
  outputs =
    { nixpkgs, hinc, ... }:
    let
      inherit (nixpkgs.legacyPackages.x86_64-linux) haskellPackages;
      package = source: haskellPackages.callPackage (source + "/package.nix") { };
      base = package (
        hinc.lib.baseSource {
          lock = ./hinc.lock;
          url = "https://example.org/project.git";
        }
      );
      jobs.app.x86_64-linux = hinc.lib.incremental { inherit base; } (package ./.);
      jobs.base.x86_64-linux = hinc.lib.full base;
    in
    {
      packages.x86_64-linux.default = jobs.app.x86_64-linux;
      checks.x86_64-linux = builtins.mapAttrs (_: job: job.x86_64-linux) jobs; # buildbot-nix
      hydraJobs = jobs; # Hydra
    };
}
