# Options that NixOS and nix-darwin both have, of the types that they have there.
{ lib, ... }:
let
  inherit (lib) mkOption types;
  optional =
    type:
    mkOption {
      type = types.nullOr type;
      default = null;
    };
  strings = mkOption {
    type = types.listOf types.str;
    default = [ ];
  };
in
{
  options = {
    assertions = mkOption {
      type = types.listOf types.attrs;
      default = [ ];
    };
    environment.systemPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
    };
    environment.etc = mkOption {
      type = types.attrsOf (
        types.submodule {
          options = {
            enable = mkOption {
              type = types.bool;
              default = true;
            };
            text = optional types.lines;
          };
        }
      );
      default = { };
    };
    programs.ssh.extraConfig = mkOption {
      type = types.lines;
      default = "";
    };
    programs.ssh.knownHosts = mkOption {
      type = types.attrsOf (types.submodule { options.publicKey = optional types.str; });
      default = { };
    };
    nix = {
      package = mkOption { type = types.package; };
      distributedBuilds = mkOption {
        type = types.bool;
        default = false;
      };
      settings = mkOption {
        type = types.attrsOf (types.either types.bool (types.listOf types.str));
        default = { };
      };
      buildMachines = mkOption {
        type = types.listOf (
          types.submodule {
            options = {
              hostName = mkOption { type = types.str; };
              protocol = mkOption {
                type = types.enum [
                  null
                  "ssh"
                  "ssh-ng"
                ];
                default = "ssh";
              };
              systems = strings;
              sshUser = optional types.str;
              sshKey = optional types.str;
              maxJobs = mkOption {
                type = types.int;
                default = 1;
              };
              # A positive number in newer releases of NixOS, and an integer in the others.
              speedFactor = mkOption {
                type = types.int;
                default = 1;
              };
              mandatoryFeatures = strings;
              supportedFeatures = strings;
              publicHostKey = optional types.str;
            };
          }
        );
        default = [ ];
      };
    };
  };
}
