# Options of nix-darwin that the module for it sets.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  optional =
    type:
    mkOption {
      type = types.nullOr type;
      default = null;
    };
in
{
  imports = [ ./common.nix ];
  options.launchd.daemons = mkOption {
    type = types.attrsOf (
      types.submodule {
        options = {
          environment = mkOption {
            type = types.attrsOf (types.either types.str (types.listOf types.str));
            default = { };
          };
          path = mkOption {
            type = types.listOf (types.either types.path types.str);
            default = [ ];
            apply = builtins.concatStringsSep ":";
          };
          serviceConfig = mkOption {
            type = types.submodule {
              options = {
                ProgramArguments = optional (types.listOf types.str);
                UserName = optional types.str;
                RunAtLoad = optional types.bool;
                KeepAlive = optional (
                  types.either types.bool (types.submodule { options.SuccessfulExit = optional types.bool; })
                );
                ThrottleInterval = optional types.int;
                ExitTimeOut = optional types.int;
              };
            };
            default = { };
          };
        };
      }
    );
    default = { };
  };
}
