# Options of NixOS that the module for it sets.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  strings = mkOption {
    type = types.listOf types.str;
    default = [ ];
  };
in
{
  imports = [ ./common.nix ];
  options = {
    users.users = mkOption {
      type = types.attrsOf (
        types.submodule (
          { name, ... }:
          {
            options.home = mkOption {
              type = types.str;
              default = "/home/${name}";
            };
          }
        )
      );
      default = { };
    };
    systemd.services = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            description = mkOption {
              type = types.str;
              default = "";
            };
            wantedBy = strings;
            path = mkOption {
              type = types.listOf (types.either types.package types.str);
              default = [ ];
            };
            environment = mkOption {
              type = types.attrsOf (types.nullOr types.str);
              default = { };
            };
            serviceConfig = mkOption {
              type = types.attrsOf (types.nullOr (types.either types.int types.str));
              default = { };
            };
          };
        }
      );
      default = { };
    };
  };
}
