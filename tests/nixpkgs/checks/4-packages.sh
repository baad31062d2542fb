# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the harness
# Local packages upon one another, and attributes that are no packages or not in both
# commits. `far' stands upon `middle' and that upon `near'; two more stand apart.

five() {
  rm -rf "$work/base" "$work/edited"
  cp -r "$fixtures/five" "$work/base"
  cp -r "$fixtures/five" "$work/edited"
}

# told_by PACKAGE: puts the log of the incremental build of a package in $work/log:
# of the one asked for, or of a dependency of it.
log_of() {
  local drv
  drv=$(nix-store --query --requisites "$(answered .incremental.drv)" |
    while IFS= read -r drv; do
      if [[ $drv =~ ^/nix/store/[a-z0-9]{32}-$1-0.1\.drv$ ]] && nix-store --query --binding hincWrapPhase "$drv" >/dev/null 2>&1 &&
        ! nix-store --query --binding intermediates "$drv" >/dev/null 2>&1; then echo "$drv"; fi
    done)
  if [ -z "$drv" ] || [ "$(wc -l <<<"$drv")" -ne 1 ]; then
    complain "$1 has these incremental builds: ${drv:-none}"
    return 1
  fi
  nix-store --read-log "$drv" >"$work/log" || complain "no log of $drv"
}

same_interface() {
  five
  echo "-- A comment." >>"$work/edited/near/src/Near/Level.hs"
  ask "$work/edited" "$work/base" far && same_build || return 1
  expect_compiled || return 1
  log_of middle && expect_compiled || return 1
  log_of near && expect_compiled Near.Level
}
check "$packages: an edit that keeps the interface compiles in its package alone" same_interface

other_interface() {
  five
  sed_in_place 's/^level = 1/level = 4/' "$work/edited/near/src/Near/Level.hs"
  ask "$work/edited" "$work/base" far && same_build || return 1
  [[ $(ran) == *50* ]] || complain "it prints: $(ran)" || return 1
  expect_compiled Far.Top Main || return 1
  log_of middle && expect_compiled Middle.Height || return 1
  log_of near && expect_compiled Near.Level
}
check "$packages: an edit that changes the interface compiles what uses it" other_interface

all_five() {
  five
  sed_in_place 's/^level = 1/level = 4/' "$work/edited/near/src/Near/Level.hs"
  ask "$work/edited" "$work/base" near middle far apart alone || return 1
  [ "$(jq '[.packages[] | select(.incremental != null)] | length' <<<"$answer")" -eq 5 ] ||
    complain "$(jq -r '.packages[].why_plain // empty' <<<"$answer")" || return 1
  # Of the two apart nothing changed.
  [ "$(jq -r '[.packages[] | select(.full.drv == .head_full.drv) | .name] | join(" ")' <<<"$answer")" = "apart alone" ] ||
    complain "unchanged: $(jq -r '.packages[] | select(.full.drv == .head_full.drv) | .name' <<<"$answer")" || return 1
  # One build of each package, whichever asks for it.
  local drvs
  mapfile -t drvs < <(jq -r '.packages[].incremental.drv' <<<"$answer")
  local built
  built=$(nix-store --query --requisites "${drvs[@]}" | grep -cE -- '-(near|middle|far)-0.1\.drv$')
  # In full and on that, each of the three.
  [ "$built" -eq 6 ] || complain "there are $built builds of the three packages"
}
check "$packages: five packages at once" all_five

no_haskell() {
  five
  ask "$work/edited" "$work/base" text || return 1
  [ -z "$(answered .incremental)" ] && [ -z "$(answered .head_full)" ] || complain "$answer" || return 1
  [ -n "$(answered .why_plain)" ] || complain "no sentence" || return 1
  build plain
}
check "$packages: what is no Haskell package is built plainly" no_haskell

only_in_head() {
  five
  sed_in_place '/^    alone$/d' "$work/base/default.nix"
  ask "$work/edited" "$work/base" alone far || return 1
  [[ $(answered .why_plain) == *"no derivation at attribute alone"* ]] || complain "the sentence is: $(answered .why_plain)" || return 1
  [ "$(jq -r '.packages[1].incremental != null' <<<"$answer")" = true ] || complain "the other one is not incremental" || return 1
  build plain
}
check "$packages: a package that is only in head" only_in_head

fails_in_base() {
  five
  echo '{ ... }: throw "not yet"' >"$work/base/default.nix"
  ask "$work/edited" "$work/base" far || return 1
  [ -z "$(answered .incremental)" ] && [ -n "$(answered .why_plain)" ] || complain "$answer" || return 1
  # The package of the base alone cannot be evaluated.
  five
  sed_in_place 's/final.callCabal2nix name/(if name == "far" then throw "not yet" else final.callCabal2nix) name/' "$work/base/default.nix"
  ask "$work/edited" "$work/base" far near || return 1
  [ -z "$(answered .incremental)" ] && [ -n "$(answered .why_plain)" ] || complain "$answer" || return 1
  [ "$(jq -r '.packages[1].incremental != null' <<<"$answer")" = true ] || complain "near is not incremental"
}
check "$packages: an expression that fails in the base alone" fails_in_base

# `far' upon another build of `near' than that which `middle' stands upon: not clear
# which of the base's builds either takes the place of.
two_builds_of_one() {
  five
  local folder
  for folder in base edited; do
    sed_in_place 's/^  packages = .*/  packages = pkgs.haskellPackages.extend (final: previous: local final previous \/\/ { far = (local final previous).far.override { near = pkgs.haskell.lib.compose.appendConfigureFlag "--ghc-option=-O0" final.near; }; });/' "$work/$folder/default.nix"
    sed_in_place 's/base, middle$/base, middle, near/' "$work/$folder/far/far.cabal"
  done
  echo "-- A comment." >>"$work/edited/near/src/Near/Level.hs"
  ask "$work/edited" "$work/base" far || return 1
  [ -z "$(answered .incremental)" ] || complain "an incremental derivation all the same" || return 1
  [[ $(answered .why_plain) == *"several builds of near"* ]] || complain "the sentence is: $(answered .why_plain)" || return 1
  # Nothing of such a base is built on, beneath the package either.
  only_this() { [ "$(jq '[.packages[] | .incremental, .over] | map(select(. != null)) | length' <<<"$answer")" -eq 0 ]; }
  only_this || complain "something is built on the base: $answer" || return 1
  cp "$fixtures/five/default.nix" "$work/edited/default.nix"
  ask "$work/edited" "$work/base" far || return 1
  [[ $(answered .why_plain) == *"in the base,"*"several builds of near"* ]] || complain "the sentence is: $(answered .why_plain)" || return 1
  only_this || complain "something is built on the ambiguous base: $answer"
}
check "$packages: two builds of one local package" two_builds_of_one

# A dependency under the base's name that is none of ours any more.
dependency_added() {
  five
  sed_in_place 's/build-depends:    base, near/build-depends:    base, near, apart/' "$work/edited/middle/middle.cabal"
  sed_in_place 's/^import Near.Other (other)/&\nimport Apart (apart)/; s/"own and "/show apart/' "$work/edited/middle/src/Middle/Own.hs"
  ask "$work/edited" "$work/base" far || return 1
  if [ -n "$(answered .incremental)" ]; then
    same_build || return 1
    [[ $(ran) == *7other* ]] || complain "it prints: $(ran)"
  else
    [[ $(answered .why_plain) == *dependencies* ]] || complain "the sentence is: $(answered .why_plain)"
  fi
}
check "$packages: a dependency gets a dependency" dependency_added

failing_base() {
  five
  local folder
  for folder in base edited; do
    sed_in_place 's/Near.Level/Near.Level Near.More/' "$work/$folder/near/near.cabal"
    printf 'module Near.More where\n\nmore :: Int\nmore = 1\n' >"$work/$folder/near/src/Near/More.hs"
  done
  echo 'more = "no number"' >>"$work/base/near/src/Near/More.hs"
  local failing='{"partial":["near"],"gone":[]}'
  ask "$work/edited" "$work/base" near middle far apart alone || return 1
  [ "$(jq -c '[.packages[] | select(.wanted) | .is_partial]' <<<"$answer")" = '[true,false,false,false,false]' ] ||
    complain "partial: $(jq -c '[.packages[] | .is_partial]' <<<"$answer")" || return 1
  [ "$(answered '.full.outputs | keys | join(" ")')" = intermediates ] || complain "$(answered .full.outputs)" || return 1
  # What is built with it has no base; the two apart are as ever.
  [ "$(jq -r '[.packages[] | select(.why_plain // "" | contains("is built with failed")) | .name] | join(" ")' <<<"$answer")" = "middle far" ] ||
    complain "$(jq -c '[.packages[] | [.name, .why_plain]]' <<<"$answer")" || return 1
  [ "$(jq -r '[.packages[] | select(.full.drv == .head_full.drv) | .name] | join(" ")' <<<"$answer")" = "apart alone" ] ||
    complain "$(jq -c '[.packages[] | [.name, .full.drv]]' <<<"$answer")" || return 1
  same_build && expect_compiled Near.More || return 1
  # Where nothing is left of it, it has none either.
  failing='{"partial":[],"gone":["near"]}'
  ask "$work/edited" "$work/base" near middle || return 1
  [ "$(jq -r '[.packages[] | select(.why_plain != null) | .name] | join(" ")' <<<"$answer")" = "near middle" ] ||
    complain "$(jq -c '[.packages[] | [.name, .why_plain]]' <<<"$answer")" || return 1
  # A package that stands on it when its base is the result of its own full build.
  failing='{"partial":["near"],"gone":[]}'
  ask "$work/edited" "$work/base" far || return 1
  [[ $(answered .why_plain) == *"far is built with failed"* ]] || complain "$(answered .why_plain)"
}
check "$packages: a base that fails gives what compiles, and what is built with it has none" failing_base
