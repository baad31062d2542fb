# In the place of nixpkgs' module of this name: the options of it, and of what it imports, that our guest sets, with
# the definitions of its own that ours have to get along with.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  integer =
    default:
    mkOption {
      type = types.int;
      inherit default;
    };
  strings = mkOption {
    type = types.listOf types.str;
    default = [ ];
  };
  text =
    default:
    mkOption {
      type = types.str;
      inherit default;
    };
  builder = config.virtualisation.darwin-builder;
in
{
  imports = [ ../common.nix ];
  options = {
    virtualisation = {
      darwin-builder = {
        diskSize = integer 20480;
        memorySize = integer 3072;
        min-free = integer 1073741824;
        max-free = integer 3221225472;
        hostPort = integer 31022;
      };
      cores = mkOption {
        type = types.ints.positive;
        default = 1;
      };
      memorySize = mkOption { type = types.ints.positive; };
      diskSize = mkOption { type = types.ints.positive; };
      qemu.options = strings;
      forwardPorts = mkOption {
        type = types.listOf (
          types.submodule {
            options = {
              from = mkOption {
                type = types.enum [
                  "host"
                  "guest"
                ];
                default = "host";
              };
              host.address = text "";
              host.port = mkOption { type = types.port; };
              guest.port = mkOption { type = types.port; };
            };
          }
        );
        default = [ ];
      };
    };
    boot.binfmt.emulatedSystems = strings;
    boot.initrd.kernelModules = strings;
    services.openssh = {
      enable = mkOption {
        type = types.bool;
        default = false;
      };
      authorizedKeysFiles = strings;
      hostKeys = mkOption {
        type = types.listOf types.attrs;
        default = [ { path = "/etc/ssh/ssh_host_rsa_key"; } ];
      };
      settings = mkOption {
        type = types.attrsOf (types.either types.bool types.int);
        default = { };
      };
    };
    users.users = mkOption {
      type = types.attrsOf (types.submodule { options.openssh.authorizedKeys.keys = strings; });
      default = { };
    };
  };

  config = {
    virtualisation = {
      inherit (builder) diskSize memorySize;
      forwardPorts = [
        {
          from = "host";
          guest.port = 22;
          host.port = builder.hostPort;
        }
      ];
    };
    environment.etc."ssh/ssh_host_ed25519_key".text = "known to everybody";
    environment.etc."ssh/ssh_host_ed25519_key.pub".text = "known to everybody";
    services.openssh.enable = true;
    services.openssh.authorizedKeysFiles = [ "/var/keys/%u_ed25519.pub" ];
  };
}
