# A guest of hinc's own, on top of nixpkgs' builder (`nixos/modules/profiles/nix-builder-vm.nix`).
#
# hinc starts nixpkgs' builder as it is, which Nix fetches from its cache, and gives size, port and keys from outside.
# This module is for those who want more in their guest: other systems by emulation, another limit for the garbage
# collector, modules of their own. Nothing secret is in it: the key that it lets in and its host key come with each
# start, by a credential of systemd, and lie in memory.
{
  config,
  lib,
  modulesPath,
  ...
}:
let
  inherit (lib)
    mkDefault
    mkForce
    mkOption
    types
    ;
  guest = config.hinc.guest;
  positive =
    default: description:
    mkOption {
      type = types.ints.positive;
      inherit default description;
    };
  strings =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };
  # Where hinc's credential puts what a guest is told.
  told = "/run/hinc";
  gibibyte = 1024 * 1024 * 1024;
in
{
  imports = [ "${modulesPath}/profiles/nix-builder-vm.nix" ];

  options.hinc.guest = {
    port = mkOption {
      type = types.port;
      default = 31322;
      description = "The port of the host's loopback that leads to its ssh, where hinc does not choose one.";
    };
    cores = positive 4 "How many processors it has, where hinc does not say.";
    memory = positive 4096 "How much memory it has, in MiB, where hinc does not say.";
    diskSize = positive 102400 "How large its disk is, in MiB. It takes only the room that is used.";
    minFree = positive (5 * gibibyte) "The free room, in bytes, below which Nix collects garbage during a build.";
    maxFree = positive (15 * gibibyte) "The free room, in bytes, at which Nix stops collecting.";
    emulatedSystems = strings "Systems of other processors that it builds for by emulation.";
    extraPlatforms = strings "Further systems that its processor builds for by itself, such as `i686-linux`.";
    qemuOptions = strings "More arguments for QEMU.";
    authorizedKeys = strings "More public keys that it lets in. hinc's own does not belong here.";
  };

  config = {
    virtualisation = {
      darwin-builder = {
        hostPort = guest.port;
        memorySize = guest.memory;
        inherit (guest) diskSize;
        min-free = guest.minFree;
        max-free = guest.maxFree;
      };
      cores = mkDefault guest.cores;
      # The profile listens on every address of the host.
      forwardPorts = mkForce [
        {
          from = "host";
          host.address = "127.0.0.1";
          host.port = guest.port;
          guest.port = 22;
        }
      ];
      qemu.options = guest.qemuOptions;
    };

    boot.binfmt.emulatedSystems = guest.emulatedSystems;
    # systemd reads QEMU's credentials when it starts, and so this has to be there by then.
    boot.initrd.kernelModules = [ "qemu_fw_cfg" ];
    nix.settings.extra-platforms = guest.extraPlatforms;

    # The profile's host key is known to everybody. Where hinc has given none, sshd makes one at each start.
    environment.etc."ssh/ssh_host_ed25519_key".enable = mkForce false;
    environment.etc."ssh/ssh_host_ed25519_key.pub".enable = mkForce false;
    # By this, hinc sees that the system takes a key from it.
    environment.etc."hinc/guest".text = "";
    services.openssh = {
      hostKeys = mkForce [
        {
          type = "ed25519";
          path = "${told}/host_key";
        }
      ];
      authorizedKeysFiles = [ "${told}/authorized_keys" ];
      settings = {
        PasswordAuthentication = false;
        KbdInteractiveAuthentication = false;
        # A connection that is gone is noticed, and the build on it ended.
        ClientAliveInterval = 30;
        ClientAliveCountMax = 4;
      };
    };
    users.users.builder.openssh.authorizedKeys.keys = guest.authorizedKeys;
  };
}
