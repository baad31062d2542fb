# shellcheck shell=bash
# shellcheck disable=SC2016,SC2034,SC2154 # jq and Nix expand; some names are from and for tests/nix/harness.sh
# The modules of nix/builder evaluate, with the declarations of tests/nix/modules in the place of NixOS and nix-darwin:
# over a small module system of our own, and over nixpkgs' where HINC_NIXPKGS names it.

# evaluated WHICH SYSTEM MODULE: the configuration as JSON; Nix's words are in $work/module-errors.
evaluated() {
  nix-instantiate --eval --strict --json --expr "import $repository/tests/nix/modules {
    lib = import $library;
    which = \"$1\";
    system = \"$2\";
    user = $3;
  }" 2>"$work/module-errors" || complain "$(grep -a error: "$work/module-errors" | tail -n 1)"
}

# holds JSON NAME=VALUE...: each jq expression gives the JSON.
holds() {
  local json=$1 claim found
  shift
  for claim in "$@"; do
    found=$(jq -c "${claim%%=*}" <<<"$json") || complain "jq does not take ${claim%%=*}" || return 1
    [ "$found" = "${claim#*=}" ] || complain "${claim%%=*} is $found" || return 1
  done
}

guest='port = 31322; cores = 8; memory = "8GiB"; diskSize = "200GiB"; qemuOptions = [ "-device" "a \"b\" \\ c" ];'
other='kind = "ssh"; host = "big.example.org"; user = "nix"; port = 2222; speed = 2.5; mandatoryFeatures = [ "big" ];'

# What both systems make of the same options.
both() {
  holds "$1" \
    '.installed=["hinc"]' \
    '.settings["default-builder"]="vm"' \
    '.settings.builder.vm={"cores":8,"disk-size":"200GiB","emulated-systems":["i686-linux"],"idle":"never","kind":"vm","memory":"8GiB","port":31322,"qemu-options":["-device","a \"b\" \\ c"],"speed":1}' \
    '.settings.builder.big={"host":"big.example.org","host-key":"ssh-ed25519 AAAA","kind":"ssh","mandatory-features":["big"],"port":2222,"speed":2.5,"systems":["x86_64-linux"],"user":"nix"}' \
    '.nix.distributedBuilds=true' \
    '.nix.settings["builders-use-substitutes"]=true' \
    '.nix.buildMachines | map(.hostName)=["hinc-big","hinc-vm"]' \
    '.nix.buildMachines[0] | [.protocol, .systems, .speedFactor, .mandatoryFeatures]=["ssh-ng",["x86_64-linux"],2,["big"]]' \
    '.known={"hinc-big":{"publicKey":"ssh-ed25519 AAAA"}}'
}

settings_of() {
  echo "{ services.hinc = { enable = true; user = \"ann\"; defaultBuilder = \"vm\"; builders = {
    vm = { $guest distribute = true; emulatedSystems = [ \"i686-linux\" ]; };
    big = { $other distribute = true; systems = [ \"x86_64-linux\" ]; hostKey = \"ssh-ed25519 AAAA\"; };
    plain = { };
  }; }; programs.ssh.extraConfig = \"User somebody\"; }"
}

nixos_evaluates() {
  local json
  json=$(evaluated nixos x86_64-linux "$(settings_of)") || return 1
  both "$json" || return 1
  holds "$json" \
    '.services | keys=["hinc-builder-vm"]' \
    '.services[].serviceConfig.ExecStart | sub(".*/bin/"; "")="hinc builder up --foreground vm"' \
    '.services[] | [.serviceConfig.User, .environment.HOME, .wantedBy]=["ann","/home/ann",["multi-user.target"]]' \
    '.nix.buildMachines[1].systems=["x86_64-linux","i686-linux"]'
}

darwin_evaluates() {
  local json
  json=$(evaluated darwin aarch64-darwin "$(settings_of)") || return 1
  both "$json" || return 1
  holds "$json" \
    '.services | keys=["hinc-builder-vm"]' \
    '.services[].serviceConfig.ProgramArguments[4:]=["builder","up","--foreground","vm"]' \
    '.services[] | [.serviceConfig.UserName, .environment.HOME]=["ann","/Users/ann"]' \
    '.services[].serviceConfig.KeepAlive={"SuccessfulExit":false}' \
    '.nix.buildMachines[1].systems=["aarch64-linux","i686-linux"]'
}

# ssh itself takes it as it is meant, and what others say for all hosts is still for all.
ssh_takes_it() {
  local json shown
  json=$(evaluated darwin aarch64-darwin "$(settings_of)") || return 1
  jq -r .ssh <<<"$json" >"$work/ssh_config"
  shown=$(ssh -T -G -F "$work/ssh_config" hinc-vm) || complain "ssh does not take it" || return 1
  for line in 'hostname 127.0.0.1' 'port 31322' 'user builder' 'stricthostkeychecking true' \
    'identityfile /Users/ann/.local/state/hinc/builders/vm/key'; do
    grep -qxF "$line" <<<"$shown" || complain "no line: $line" || return 1
  done
  shown=$(ssh -T -G -F "$work/ssh_config" hinc-big) || return 1
  grep -qxF 'hostname big.example.org' <<<"$shown" || complain "$shown" || return 1
  ssh -T -G -F "$work/ssh_config" elsewhere | grep -qxF 'user somebody' || complain "what is said for all hosts is lost"
}

guest_evaluates() {
  local json
  json=$(evaluated guest aarch64-linux '{
    hinc.guest = { port = 40022; cores = 6; memory = 8192; emulatedSystems = [ "x86_64-linux" ]; qemuOptions = [ "-foo" ]; };
    virtualisation.cores = 7;
    boot.initrd.kernelModules = [ "mine" ];
  }') || return 1
  holds "$json" \
    '.virtualisation | [.cores, .memorySize, .diskSize]=[7,8192,102400]' \
    '.virtualisation.forwardPorts=[{"from":"host","guest":{"port":22},"host":{"address":"127.0.0.1","port":40022}}]' \
    '.virtualisation.qemu.options=["-foo"]' \
    '.boot.binfmt.emulatedSystems=["x86_64-linux"]' \
    '.boot.initrd.kernelModules | sort=["mine","qemu_fw_cfg"]' \
    '.services.openssh.hostKeys=[{"path":"/run/hinc/host_key","type":"ed25519"}]' \
    '.services.openssh.authorizedKeysFiles | sort=["/run/hinc/authorized_keys","/var/keys/%u_ed25519.pub"]' \
    '.etc={"hinc/guest":true,"ssh/ssh_host_ed25519_key":false,"ssh/ssh_host_ed25519_key.pub":false}'
}

# refused MODULE WORDS: NixOS does not take the module, and says so.
refused() {
  if evaluated nixos x86_64-linux "{ services.hinc = { enable = true; user = \"ann\"; } // $1; }" >/dev/null 2>&1; then
    complain "it takes $1" || return 1
  fi
  reason=""
  grep -qaF "$2" "$work/module-errors" || complain "$1 is refused with: $(tail -n 3 "$work/module-errors")"
}

what_cannot_be_is_refused() {
  refused '{ builders.vm.distribute = true; }' 'needs a fixed `port`' || return 1
  refused '{ builders."a b" = { }; }' '`a b` is no name of a builder' || return 1
  refused '{ builders.x.kind = "ssh"; }' 'needs `host`' || return 1
  refused '{ builders.x = { kind = "ssh"; host = "h"; distribute = true; }; }' 'needs `systems`' || return 1
  refused '{ builders.x = { kind = "ssh"; host = "h"; start = true; }; }' 'only a guest' || return 1
  refused '{ builders.x = { kind = "local"; distribute = true; }; }' 'does not need to distribute' || return 1
  refused '{ user = null; builders.vm.start = true; }' 'say whose guest `vm` is' || return 1
  refused '{ builders.vm.port = 65536; }' 'builders.vm.port' || return 1
  refused '{ builders.vm.core = 4; }' 'builders.vm.core'
}

checked_over() {
  check "the NixOS module evaluates over $1" nixos_evaluates
  check "the nix-darwin module evaluates over $1" darwin_evaluates
  check "ssh takes the configuration of the modules over $1" ssh_takes_it
  check "the module of the guest evaluates over $1" guest_evaluates
  check "what the modules cannot do is refused over $1" what_cannot_be_is_refused
}

library=$repository/tests/nix/modules/lib.nix
checked_over 'the small module system'
if [ "${HINC_NIXPKGS-}" ]; then
  library=$HINC_NIXPKGS/lib
  checked_over "nixpkgs' module system"
else
  echo "not checked: the modules over nixpkgs' own module system, since HINC_NIXPKGS names no nixpkgs"
fi
