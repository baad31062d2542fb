# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with harness.sh
# Builds that fail, and intermediates that are of no use.

changed() {
  rm -rf "$work/edited"
  cp -r "$parts" "$work/edited"
  make_edit "$work/edited" "$1"
}

# fails: the plain build of the answer fails; its log is in $work/log.
fails() {
  if build plain; then
    complain "it was built"
    return 1
  fi
  reason=""
}

failed_half_way() {
  changed type_error && request "$work/edited" - && fails || return 1
  grep -q "Couldn't match " "$work/log" || complain "GHC's message is not in the log" || return 1
  [ "$(event failed)" = '{"event":"failed","phase":"build","status":1}' ] || complain "$(event failed)" || return 1
  [[ $(event finished) == *Parts/Lexer.hi* ]] || complain "what was built before is not told: $(event finished)"
}
check "a compile error leaves a record of what was built" failed_half_way

no_such_dependency() { sed_in_place 's/array, base/array, base, no-such-package/' parts.cabal; }
missing_dependency() {
  changed no_such_dependency && request "$work/edited" - && fails || return 1
  grep -q no-such-package "$work/log" || complain "$(tail -n 3 "$work/log")" || return 1
  [ "$(event failed | jq -r .phase)" = configure ] || complain "$(event failed)"
}
check "a missing dependency is named" missing_dependency

failing_test() {
  changed test_fails && request "$work/edited" - '{"tests":true}' && fails || return 1
  [ "$(event failed | jq -r .phase)" = check ] || complain "$(event failed)"
}
check "a failing test suite fails the check phase" failing_test

another_compiler() {
  local before=$toolchain
  toolchain=$(jq -c '.ghc_version = "9.99.1"' <<<"$toolchain")
  request "$parts" - && fails
  local status=$?
  toolchain=$before
  [ "$status" -eq 0 ] || return 1
  # The Setup program is built first, and refuses first.
  [[ $(<"$work/build") == *"this build was made for GHC 9.99.1"* ]] || complain "$(tail -n 3 "$work/build")"
}
check "another GHC than the one that was described is refused" another_compiler

# The events agree with what GHC printed.
events() {
  changed comment && request "$work/edited" "$parts" && build incremental || return 1
  [ "$(event finished | jq -r .interface)" = Parts/Calculator.hi ] || complain "$(event finished)" || return 1
  [ "$(event built | jq -c '[.modules, .compiled]')" = "[12,1]" ] || complain "$(event built)" || return 1
  [ "$(event restored | jq -c '[.modules, .full_modules]')" = "[12,12]" ] || complain "$(event restored)" || return 1
  local when start
  when=$(event finished | jq .time)
  start=$(event built | jq .start)
  [ "$(jq -n "$when >= $start - 1 and $when <= $start + 3600")" = true ] || complain "finished at $when, started at $start"
}
check "events say what GHC did" events

# What is kept: interfaces and objects of Haskell modules, nothing else.
kept() {
  request "$parts" - && build head_full || return 1
  local kept
  kept=$(answered .head_full.outputs.intermediates)
  find "$kept/build" -type f | grep -vE '\.(dyn_|p_)?(hi|o)(-boot)?$|_stub\.h$' >"$work/strange"
  [ ! -s "$work/strange" ] || complain "kept: $(tr '\n' ' ' <"$work/strange")" || return 1
  [ ! -e "$kept/build/cbits/double.o" ] || complain "a C object is kept" || return 1
  [ -e "$kept/build/Parts/Pong.o-boot" ] || complain "boot files are not kept" || return 1
  [ -z "$(nix-store --query --references "$kept")" ] || complain "the intermediates refer to a store path"
}
check "intermediates hold Haskell interfaces and objects alone" kept

# restored FOLDER: a build on a folder that somebody else made.
on_foreign_intermediates() {
  local folder=$1 path
  path=$(nix-store --add "$folder")
  cat >"$work/foreign.nix" <<NIX
let
  hinc = (import $repository/nix { toolchain = builtins.fromJSON ''$toolchain''; });
  package = hinc.host.mkPackage { src = builtins.storePath $(add "$parts"); };
in
package.hinc.onto (
  package.hinc
  // {
    full = {
      outPath = "";
      intermediates.outPath = builtins.storePath $path;
    };
  }
)
NIX
  # The log is Nix's own: what an earlier run has built prints nothing.
  local drv
  drv=$(nix-instantiate "$work/foreign.nix" 2>"$work/build") || complain "$(tail -n 3 "$work/build")" || return 1
  nix-store --realise "$drv" >"$work/out" 2>"$work/build" ||
    complain "it failed: $(tail -n 3 "$work/build" | tr '\n' ' ')" || return 1
  nix-store --read-log "$drv" >"$work/log"
}
empty_intermediates() {
  mkdir -p "$work/empty"
  on_foreign_intermediates "$work/empty" || return 1
  grep -q "a layout that is not known" "$work/log" || complain "nothing is said of it"
}
check "intermediates of another layout do not fail the build" empty_intermediates

# A whole dist/build, as a careless hand would make it, with a stale source.
careless_intermediates() {
  rm -rf "$work/careless"
  mkdir -p "$work/careless/build/Parts" "$work/careless/build/cbits" "$work/careless/hinc"
  # What it says of the modules is right, so that nothing is left out for that.
  request "$parts" - && build head_full || return 1
  cp "$(answered .head_full.outputs.intermediates)"/hinc/* "$work/careless/hinc/"
  echo "module Parts.Limit (limit) where { limit :: Int; limit = 0 }" >"$work/careless/build/Parts/Limit.hs"
  echo "broken" >"$work/careless/build/Parts/Limit.hi"
  echo "broken" >"$work/careless/build/cbits/double.o"
  echo "broken" >"$work/careless/build/libHSparts.a"
  on_foreign_intermediates "$work/careless" || return 1
  [[ $("$(<"$work/out")/bin/parts") == *100 ]] || complain "a stale source was used"
}
check "stale sources, C objects and broken interfaces are not used" careless_intermediates

# A program that computes with its installation path while it is compiled.
cut_path() {
  sed_in_place 's/getDataFileName)/getDataDir, getDataFileName)/; s/^greeting = do/greeting = do\n  _ <- getDataDir/' src/Parts.hs
  printf 'half :: String\nhalf = "%s"\n' "outeoutteuoeoutu" >>src/Parts/Calculator.hs
  sed_in_place 's/(calculate)/(calculate, half)/' src/Parts/Calculator.hs
}
placeholder_left() {
  changed cut_path && request "$work/edited" - && fails || return 1
  grep -q "installation path was changed or shortened" "$work/log" || complain "$(tail -n 3 "$work/log")"
}
check "a placeholder that cannot be replaced fails the build" placeholder_left

words_of_the_machine() {
  local sign line told count=0
  while IFS=$'\t' read -r sign line; do
    told=-
    if [ -n "$(printf '%s\n' "$line" | LC_ALL=C awk -f "$repository/nix/intermediates/machine.awk")" ]; then told=+; fi
    [ "$told" = "$sign" ] || complain "$told $line" || return 1
    count=$((count + 1))
  done <"$repository/fixtures/machine-words.txt"
  [ "$count" -gt 20 ] || complain "$count lines"
}
check "the builder tells a machine's failure by the words that hinc knows" words_of_the_machine
