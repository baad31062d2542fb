# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the harness
# nix/lib.nix: the base is chosen by who writes the Nix file. Without the program hinc.

# by_hand NAME EXPRESSION: instantiates an expression of `lib` (of hinc), `old` and
# `new` (the values of the files base and edited), and `pkgs`, into the variable NAME.
by_hand() {
  local -n derivation=$1
  derivation=$(nix-instantiate "${evaluation_options[@]}" --expr "
    let
      lib = (import $repository/nix { }).lib;
      pkgs = import <nixpkgs> { };
      old = import $work/base { inherit pkgs; };
      new = import $work/edited { inherit pkgs; };
    in $2" 2>"$work/messages") || complain "it cannot be evaluated: $(grep -a error: "$work/messages")"
}

# realised DRV: builds it, its log in $work/log.
realised() {
  nix-store --realise "$1" >/dev/null 2>"$work/build" || complain "it fails: $(tail -n 4 "$work/build" | tr '\n' ' ')" || return 1
  nix-store --read-log "$1" >"$work/log"
}

package_by_hand() {
  local asked found
  five
  echo "-- By hand." >>"$work/edited/near/src/Near/Level.hs"
  by_hand found 'lib.incremental { base = old.far; } new.far' || return 1
  # hinc makes the same of it, so that nothing is built twice.
  ask "$work/edited" "$work/base" far || return 1
  by_hand asked "lib.incremental { base = (import $(add "$work/base") { inherit pkgs; }).far; } (import $(add "$work/edited") { inherit pkgs; }).far" || return 1
  [ "$asked" = "$(answered .incremental.drv)" ] || complain "hinc has $(answered .incremental.drv), the function $asked" || return 1
  realised "$found" && expect_compiled || return 1
  by_hand found 'lib.full old.far' && realised "$found" || return 1
  grep -q '"event":"built"' "$work/log" || complain "the full build tells nothing"
}
check "$packages: by hand: one package" package_by_hand

overlay_by_hand() {
  local all separately
  five
  sed_in_place 's/^level = 1/level = 6/' "$work/edited/near/src/Near/Level.hs"
  local overlay='{ base = old.haskellPackages; packages = [ "near" "middle" "far" ]; }'
  by_hand all "(new.haskellPackages.extend (lib.overlay $overlay)).far" || return 1
  by_hand separately 'lib.incremental { base = old.far; } new.far' || return 1
  [ "$all" = "$separately" ] || complain "in the overlay it is another derivation" || return 1
  realised "$all" && expect_compiled Far.Top Main || return 1
  # The plain package of the overlay's set is what hinc itself starts from.
  by_hand all "(lib.full (new.haskellPackages.extend (lib.overlay $overlay)).far)" || return 1
  by_hand separately 'lib.full new.far' || return 1
  [ "$all" = "$separately" ] || complain "a package of the overlay has another full build"
}
check "$packages: by hand: an overlay" overlay_by_hand

nothing_to_reuse_by_hand() {
  local found plain
  five
  sed_in_place 's/^version: .*/version: 0.2/' "$work/edited/far/far.cabal"
  by_hand plain 'new.far' || return 1
  by_hand found 'lib.incremental { base = old.far; } new.far' || return 1
  grep -q 'hinc: far-0.2 is built from nothing: .*version' "$work/messages" || complain "it says: $(<"$work/messages")" || return 1
  [ "$found" = "$plain" ] || complain "it is not the package itself"
}
check "$packages: by hand: nothing to reuse" nothing_to_reuse_by_hand
