# shellcheck shell=bash
# shellcheck disable=SC2016,SC2154 # jq and systemd expand; from tests/nix/harness.sh and 11-builder-modules.sh
# What `hinc builder config` prints, read by those that it is for.

# config_printed NAME FORMAT: with settings that need quoting.
config_printed() {
  mkdir -p "$work/config/hinc" "$work/state/hinc/builders/vm"
  cat >"$work/config/hinc/config.toml" <<'TOML'
[builder.vm]
cores = 3
memory = "5GiB"
port = 31322
qemu-options = ["-device", "a \"b\" \\ ${c}"]
emulated-systems = ["i686-linux"]

[builder.farm]
kind = "ssh"
host = "farm.example.org"
user = "nix"
port = 2222
key = "/keys-of-ann/#1/farm"
host-key = "ssh-ed25519 AAAA"
systems = ["x86_64-linux", "i686-linux"]
speed = 2.5
jobs = 16
TOML
  echo 'hinc-vm ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJBWcxb/Blaqt1auOtE+F8QUWrUotiC5qBJ+UuEWdVCb' \
    >"$work/state/hinc/builders/vm/known_hosts"
  (cd "$work" && XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/state USER=ann \
    hinc builder config "$1" --format "$2" 2>"$work/config-errors") || complain "$(cat "$work/config-errors")"
}

modules_take_what_is_printed() {
  local json
  library=$repository/tests/nix/modules/lib.nix
  config_printed vm nixos >"$work/vm.nix" || return 1
  json=$(evaluated nixos x86_64-linux "$work/vm.nix") || return 1
  holds "$json" \
    '.settings.builder.vm | [.cores, .memory, .port, .["disk-size"], .idle]=[3,"5GiB",31322,"100GiB","15m"]' \
    '.settings.builder.vm["qemu-options"]=["-device","a \"b\" \\ ${c}"]' \
    '.services[].serviceConfig.User="ann"' || return 1
  config_printed farm nix-darwin >"$work/farm.nix" || return 1
  json=$(evaluated darwin aarch64-darwin "$work/farm.nix") || return 1
  holds "$json" \
    '.settings.builder.farm={"host":"farm.example.org","host-key":"ssh-ed25519 AAAA","jobs":16,"key":"/keys-of-ann/#1/farm","kind":"ssh","port":2222,"speed":2.5,"systems":["x86_64-linux","i686-linux"],"trusted":true,"user":"nix"}' ||
    return 1
  # And hinc reads what the module writes from it.
  mkdir -p "$work/xdg/hinc"
  nix-instantiate --eval --strict --json --expr "(import $repository/tests/nix/modules {
    lib = import $library; which = \"nixos\"; user = $work/vm.nix; }).text" | jq -r . >"$work/xdg/hinc/config.toml" || return 1
  (cd "$work" && XDG_CONFIG_HOME=$work/none XDG_CONFIG_DIRS=$work/xdg XDG_STATE_HOME=$work/state USER=ann \
    hinc builder config vm --format nixos) >"$work/again.nix" || complain "hinc does not read what the module writes" || return 1
  cmp -s "$work/vm.nix" "$work/again.nix" || complain "$(diff "$work/vm.nix" "$work/again.nix")"
}

# Where no machine has the system that is wanted, Nix prints what it has read of its machines.
nix_takes_the_line() {
  local lines said machine
  lines=$(config_printed vm machines && config_printed farm machines) || return 1
  said=$(nix-build --no-out-link --builders "$lines" --max-jobs 0 -E 'derivation {
    name = "nowhere"; system = "none-none"; builder = "/bin/sh"; }' 2>&1)
  for machine in '([i686-linux, x86_64-linux], 1, [], [])' '([i686-linux, x86_64-linux], 16, [], [])'; do
    grep -qF "$machine" <<<"$said" || complain "Nix does not read $machine: $said" || return 1
  done
}

ssh_takes_the_block() {
  local shown line
  { config_printed vm ssh && config_printed farm ssh; } >"$work/ssh_blocks" || return 1
  shown=$(ssh -T -G -F "$work/ssh_blocks" hinc-vm && ssh -T -G -F "$work/ssh_blocks" hinc-farm) || complain 'ssh does not take it' || return 1
  for line in 'hostname 127.0.0.1' 'port 31322' 'user builder' 'hostkeyalias hinc-vm' \
    "identityfile $work/state/hinc/builders/vm/key" 'hostname farm.example.org' 'identityfile /keys-of-ann/#1/farm' 'user nix'; do
    grep -qxF "$line" <<<"$shown" || complain "no line: $line" || return 1
  done
}

systemd_takes_the_unit() {
  config_printed vm systemd >"$work/hinc-builder-vm.service" || return 1
  local said
  said=$(systemd-analyze verify --man=no "$work/hinc-builder-vm.service" 2>&1) || complain "$said" || return 1
  if grep -F hinc-builder-vm <<<"$said"; then complain "$said"; fi
}

launchd_could_read_the_list() {
  config_printed vm launchd >"$work/vm.plist" || return 1
  python3 - "$work/vm.plist" >"$work/plist.json" <<'PYTHON' || complain 'Python reads no property list in it'
import json, plistlib, sys
with open(sys.argv[1], "rb") as file:
    print(json.dumps(plistlib.load(file)))
PYTHON
  holds "$(cat "$work/plist.json")" \
    '.ProgramArguments[:3]=["/bin/sh","-c","/bin/wait4path /nix/store && exec \"$0\" \"$@\""]' \
    '.ProgramArguments[4:]=["builder","up","--foreground","vm"]' \
    '[.Label, .RunAtLoad, .KeepAlive.SuccessfulExit, .ExitTimeOut]=["hinc.builder.vm",true,false,120]'
}

check 'the modules take what hinc builder config prints' modules_take_what_is_printed
check 'Nix takes the machines line of hinc builder config' nix_takes_the_line
check 'ssh takes the block of hinc builder config' ssh_takes_the_block
check 'systemd takes the unit of hinc builder config' systemd_takes_the_unit
check 'the property list of hinc builder config is one' launchd_could_read_the_list
