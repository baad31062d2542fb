# shellcheck shell=bash
# shellcheck disable=SC2154 # from tests/nix/harness.sh
# The flake of hinc itself. nixpkgs cannot be had everywhere, so a stub stands for it.

flake() {
  # The stub's flake lies in this repository, which Nix would copy whole.
  cp -r "$repository/tests/nix/stub-nixpkgs" "$work/stub-nixpkgs" 2>/dev/null || true
  nix --extra-experimental-features 'nix-command flakes' "$1" --offline --no-write-lock-file \
    --override-input nixpkgs "path:$work/stub-nixpkgs" "git+file://$repository$2" "${@:3}" 2>"$work/flake-errors" ||
    complain "$(grep -a error: "$work/flake-errors")"
}

the_flake_evaluates() {
  local version found system
  version=$(sed -n 's/^version = "\(.*\)"/\1/p' "$repository/Cargo.toml" | head -n 1)
  for system in x86_64-linux aarch64-darwin; do
    found=$(flake eval "#packages.$system.default.name" --raw) || return 1
    [ "$found" = "hinc-$version" ] || complain "the package for $system is called $found" || return 1
    flake eval "#devShells.$system.default.drvPath" --raw >/dev/null || return 1
  done
  found=$(flake eval '#lib' --apply builtins.attrNames --json) || return 1
  [ "$found" = '["baseSource","full","fullOverlay","incremental","overlay"]' ] || complain "lib has $found" || return 1
  found=$(flake eval '#nixosModules' --apply builtins.attrNames --json) || return 1
  [ "$found" = '["builder","default","guest"]' ] || complain "the modules for NixOS are $found" || return 1
  found=$(flake eval '#darwinModules' --apply builtins.attrNames --json) || return 1
  [ "$found" = '["builder","default"]' ] || complain "the modules for nix-darwin are $found" || return 1
  found=$(flake eval '#overlays.default' --apply 'overlay: builtins.attrNames (overlay { } { })' --json) || return 1
  [ "$found" = '["hinc"]' ] || complain "the overlay has $found"
}
check 'the flake evaluates' the_flake_evaluates

the_lock_names_a_release() {
  local ref rev
  ref=$(jq -r '.nodes.nixpkgs.original.ref' "$repository/flake.lock")
  rev=$(jq -r '.nodes.nixpkgs.locked | .rev + " " + .narHash' "$repository/flake.lock")
  grep -qF "nixpkgs/$ref\"" "$repository/flake.nix" || complain "flake.nix asks for another branch than $ref" || return 1
  [[ $ref =~ ^nixos-[0-9]{2}\.[0-9]{2}$ && $rev =~ ^[0-9a-f]{40}\ sha256- ]] || complain "not locked: $ref $rev"
}
check 'the lock names a release of nixpkgs' the_lock_names_a_release
