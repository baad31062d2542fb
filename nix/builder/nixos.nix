# Builders of hinc on a machine with NixOS.
self:
{
  config,
  lib,
  pkgs,
  ...
}:
let
  settings = config.services.hinc;
  home =
    if settings.home != null then
      settings.home
    else if settings.user != null then
      config.users.users.${settings.user}.home or "/home/${settings.user}"
    else
      "/root";
  started = lib.filterAttrs (_: builder: builder.start) settings.builders;
in
{
  imports = [
    (import ./options.nix { inherit self; })
    (import ./host.nix {
      inherit home;
      guestSystem = pkgs.stdenv.hostPlatform.system;
    })
  ];

  config = lib.mkIf settings.enable {
    systemd.services = lib.mapAttrs' (name: _: {
      name = "hinc-builder-${name}";
      value = {
        description = "the builder ${name} of hinc";
        wantedBy = [ "multi-user.target" ];
        path = [
          config.nix.package
          pkgs.openssh
          pkgs.qemu
        ];
        environment.HOME = home;
        serviceConfig = {
          User = settings.user;
          # The name has no character that systemd would take for its own.
          ExecStart = "${settings.package}/bin/hinc builder up --foreground ${name}";
          # An end with 0 is one that was wished for: idle, or `hinc builder down`.
          Restart = "on-failure";
          RestartSec = 30;
          # hinc shuts the guest down; QEMU itself is to get no signal before.
          KillMode = "mixed";
          TimeoutStopSec = 120;
        };
      };
    }) started;
  };
}
