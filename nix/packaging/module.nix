# hinc on a machine with NixOS or nix-darwin.
self:
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkEnableOption mkIf mkOption types;
  settings = config.programs.hinc;
in
{
  options.programs.hinc = {
    enable = mkEnableOption "hinc, incremental Haskell builds on Nix";
    package = mkOption {
      type = types.package;
      default = self.packages.${pkgs.stdenv.hostPlatform.system}.hinc;
      defaultText = "hinc.packages.\${system}.hinc";
      description = "The package of hinc.";
    };
  };

  config = mkIf settings.enable {
    environment.systemPackages = [ settings.package ];
  };
}
