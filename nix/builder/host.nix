# What NixOS and nix-darwin have in common: the program, its settings, and Nix's own distribution of builds.
{ home, guestSystem }:
{ config, lib, ... }:
let
  inherit (lib)
    concatStringsSep
    filterAttrs
    mapAttrs'
    mapAttrsToList
    mkIf
    optionalString
    ;
  settings = config.services.hinc;
  distributed = filterAttrs (_: builder: builder.distribute) settings.builders;
  alias = name: "hinc-${name}";
  # Where hinc keeps a guest's keys.
  kept = name: "${home}/.local/state/hinc/builders/${name}";

  machine = name: builder: {
    hostName = alias name;
    protocol = "ssh-ng";
    systems =
      if builder.systems != [ ] then
        builder.systems
      else
        [ (if builder.system != null then builder.system else guestSystem) ] ++ builder.emulatedSystems;
    # Not every release of the two systems takes a number with a fraction.
    speedFactor = if builtins.isInt builder.speed then builder.speed else lib.max 1 (builtins.floor builder.speed);
    maxJobs = if builder.jobs != null then builder.jobs else 1;
    supportedFeatures = builder.features;
    inherit (builder) mandatoryFeatures;
  };

  line = name: value: optionalString (value != null) "  ${name} ${toString value}\n";
  quoted = path: if path == null then null else ''"${path}"'';

  # For root's ssh, which Nix's daemon calls. Nothing of a user's configuration is read in: ssh refuses to run where
  # a file of somebody else is.
  block =
    name: builder:
    let
      guest = builder.kind == "vm";
    in
    ''
      Host ${alias name}
        HostName ${if guest then "127.0.0.1" else toString builder.host}
        HostKeyAlias ${alias name}
        User ${if builder.user != null then builder.user else if guest then "builder" else "root"}
    ''
    + line "Port" builder.port
    + line "IdentityFile" (quoted (if guest then "${kept name}/key" else builder.key))
    + line "UserKnownHostsFile" (quoted (if guest then "${kept name}/known_hosts" else null))
    + ''
      # The rest keeps a connection from hanging, and the configuration of users out.
        IdentitiesOnly yes
        BatchMode yes
        StrictHostKeyChecking yes
        ConnectTimeout 10
        ServerAliveInterval 15
        ServerAliveCountMax 3
    '';

  claim = assertion: message: { inherit assertion message; };
  claims = name: builder: [
    (claim (builtins.match "[A-Za-z0-9_][A-Za-z0-9_-]*" name != null) ''
      services.hinc.builders: `${name}` is no name of a builder: letters, digits, `-` and `_`.
    '')
    (claim (builder.kind != "ssh" || builder.host != null) ''
      services.hinc.builders.${name}: a builder of the kind `ssh` needs `host`.
    '')
    (claim (builder.kind == "vm" || !builder.start) ''
      services.hinc.builders.${name}: only a guest (kind `vm`) can be started.
    '')
    (claim (builder.kind != "local" || !builder.distribute) ''
      services.hinc.builders.${name}: Nix does not need to distribute builds to this machine itself.
    '')
    (claim (!builder.distribute || builder.kind != "vm" || builder.port != null) ''
      services.hinc.builders.${name}: `distribute` needs a fixed `port`, such as 31322, since Nix has to know it.
    '')
    (claim (!builder.distribute || builder.kind != "ssh" || builder.systems != [ ]) ''
      services.hinc.builders.${name}: `distribute` needs `systems`, since Nix does not ask another machine for them.
    '')
    (claim (!(builder.start || builder.distribute && builder.kind == "vm") || settings.user != null) ''
      services.hinc.user: say whose guest `${name}` is.
    '')
  ];
in
{
  config = mkIf settings.enable {
    assertions = builtins.concatLists (mapAttrsToList claims settings.builders);

    environment.systemPackages = [ settings.package ];
    environment.etc."xdg/hinc/config.toml".text = import ./settings.nix { inherit lib settings; };

    # The first word counts for ssh, so this comes first, and what others say after it is for all hosts again.
    programs.ssh.extraConfig = mkIf (distributed != { }) (
      lib.mkBefore (concatStringsSep "" (mapAttrsToList block distributed) + "Host *\n")
    );
    programs.ssh.knownHosts = mapAttrs' (name: builder: {
      name = alias name;
      value.publicKey = builder.hostKey;
    }) (filterAttrs (_: builder: builder.kind == "ssh" && builder.hostKey != null) distributed);

    nix = mkIf (distributed != { }) {
      distributedBuilds = true;
      buildMachines = mapAttrsToList machine distributed;
      settings.builders-use-substitutes = true;
    };
  };
}
