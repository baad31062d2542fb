# What the modules for NixOS and nix-darwin ask: the builders of this machine, and what is done with each.
#
# Each option of a builder is the key of `[builder.NAME]` in hinc's settings, with `diskSize` for `disk-size`.
{ self }:
{ lib, pkgs, ... }:
let
  inherit (lib)
    mkDefault
    mkEnableOption
    mkIf
    mkOption
    types
    ;

  optional =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  names =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  builder =
    { config, ... }:
    {
      # Nix cannot start a guest: one that it builds on is there from the start, and does not go by itself.
      config = mkIf (config.distribute && config.kind == "vm") {
        start = mkDefault true;
        idle = mkDefault "never";
      };
      options = {
        kind = mkOption {
          type = types.enum [
            "local"
            "ssh"
            "vm"
          ];
          default = "vm";
          description = "This machine, another one that answers to ssh, or a guest that hinc runs.";
        };
        systems = names "The systems that it builds for; none where it is to be asked.";
        features = names "Its system features; none where it is to be asked.";
        mandatoryFeatures = names "The features that a derivation must want to be built on it.";
        speed = mkOption {
          type = types.either types.int types.float;
          default = 1;
          description = "How fast it is beside others.";
        };
        jobs = optional types.ints.positive "How many derivations it builds at once.";
        trusted = optional types.bool "Whether what it built is taken without a signature.";

        host = optional types.str "The host, for the kind `ssh`.";
        user = optional types.str "Who builds there.";
        port = optional types.port "The port of ssh: of the host, or of this machine's loopback for a guest.";
        key = optional types.str "The path of the private key. It must not be in the store.";
        hostKey = optional types.str "The public host key, such as `ssh-ed25519 AAAA...`.";

        image = optional types.str "What a guest is made from: an installable of Nix.";
        disk = optional types.str "The disk of a guest, in the place of an image.";
        kernel = optional types.str "The kernel of a guest with a disk.";
        initrd = optional types.str "The first file system of that kernel.";
        kernelParameters = optional types.str "The parameters of that kernel.";
        system = optional types.str "The system of a guest, such as `aarch64-linux`.";
        cores = optional types.ints.positive "How many processors a guest has.";
        memory = optional types.str "How much memory a guest has, such as `8GiB`.";
        diskSize = optional types.str "How large the disk of a guest is, such as `100GiB`.";
        ephemeral = optional types.bool "Whether a guest forgets everything when it stops.";
        idle = optional types.str "After how long without a connection a guest is shut down, such as `15m`.";
        emulatedSystems = names "Systems of other processors that a guest builds for by emulation.";
        qemu = optional types.str "The QEMU program.";
        qemuOptions = names "More arguments for QEMU.";

        start = flag false ''
          Whether the guest is started with the machine. Without this, `hinc build` starts it when it is needed.
        '';
        distribute = flag false ''
          Whether Nix itself, too, builds on it, for every user of this machine. Nix takes what a builder built
          without a signature, and the keys of a guest are those of `services.hinc.user`: so this makes that user as
          powerful as one in `trusted-users`.
        '';
      };
    };
in
{
  options.services.hinc = {
    enable = mkEnableOption "hinc with builders for all users of this machine";
    package = mkOption {
      type = types.package;
      default = self.packages.${pkgs.stdenv.hostPlatform.system}.hinc;
      defaultText = "hinc.packages.\${system}.hinc";
      description = "The package of hinc.";
    };
    user = optional types.str "Whose guests are started with the machine: their keys and disks are in this user's home.";
    home = optional types.str "The home of that user, where it is not the usual one.";
    defaultBuilder = optional types.str "The builder that is taken where none is named.";
    builders = mkOption {
      type = types.attrsOf (types.submodule builder);
      default = { };
      example = {
        vm = {
          cores = 8;
          memory = "16GiB";
        };
      };
      description = "The builders, by name.";
    };
  };
}
