# Builders of hinc on a Mac with nix-darwin.
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
      "/Users/${settings.user}"
    else
      "/var/root";
  started = lib.filterAttrs (_: builder: builder.start) settings.builders;
in
{
  imports = [
    (import ./options.nix { inherit self; })
    (import ./host.nix {
      inherit home;
      guestSystem = builtins.replaceStrings [ "darwin" ] [ "linux" ] pkgs.stdenv.hostPlatform.system;
    })
  ];

  config = lib.mkIf settings.enable {
    # A daemon and not an agent: the guest is there before anybody has logged in, and runs as its user all the same.
    launchd.daemons = lib.mapAttrs' (name: _: {
      name = "hinc-builder-${name}";
      value = {
        environment.HOME = home;
        # The system's own ssh comes first: since macOS 15 others may be kept from the network.
        path = [
          "/usr/bin"
          "/bin"
          "/usr/sbin"
          "/sbin"
          "/run/current-system/sw/bin"
          "/nix/var/nix/profiles/default/bin"
        ];
        serviceConfig = {
          # The store may be mounted later than launchd starts this.
          ProgramArguments = [
            "/bin/sh"
            "-c"
            ''/bin/wait4path /nix/store && exec "$0" "$@"''
            "${settings.package}/bin/hinc"
            "builder"
            "up"
            "--foreground"
            name
          ];
          UserName = settings.user;
          RunAtLoad = true;
          # An end with 0 is one that was wished for: idle, or `hinc builder down`.
          KeepAlive.SuccessfulExit = false;
          ThrottleInterval = 30;
          # The guest is shut down in this time; launchd's own 20 seconds can be too few.
          ExitTimeOut = 120;
        };
      };
    }) started;
  };
}
