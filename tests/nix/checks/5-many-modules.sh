# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with harness.sh
# A library of 300 modules that uses Paths_, static and shared, against GHC in a
# warm work tree.

base=$work/mono-base
edited=$work/mono-edited
warm=$work/mono-warm

# The Setup program that the derivations use, with the same flags as theirs.
warm_setup() {
  local program
  program=$(nix-store --query --requisites "$(answered .head_full.drv)" | grep -E 'hinc-setup-Simple.*\.drv$')
  program=$(nix-store --realise "$program" 2>/dev/null)/bin/Setup
  case $1 in
    configure)
      set -- configure --with-compiler="$(command -v ghc)" --package-db=clear --package-db=global \
        --prefix="$work/prefix" --enable-shared --enable-library-vanilla --disable-library-stripping \
        --disable-library-profiling --disable-tests --disable-benchmarks --ghc-option=-j2
      ;;
  esac
  (cd "$warm" && "$program" "$@")
}

# Made once, by the first of these checks that runs.
prepared=no
prepare() {
  if [ "$prepared" = yes ]; then return 0; fi
  prepared=yes
  "$repository/tests/nix/generate-package" "$base" 300
  cp -r "$base" "$warm"
  request "$base" - && build head_full || return 1
  [ "$(event built | jq -c '[.modules, .compiled]')" = "[302,302]" ] || complain "$(event built)" || return 1
  # Which module waited for which, and on what all of this ran.
  [ "$(event imports | wc -l)" = 302 ] || complain "imports: $(event imports | head -n 3)" || return 1
  [ "$(event imports | jq -c 'select(.module == "Mono/M5").of | sort')" = '["Mono/M1","Mono/M2"]' ] || complain "imports: $(event imports | grep -F '"Mono/M5"')" || return 1
  [ "$(event machine | jq -c '.cores > 0 and .jobs > 0')" = true ] || complain "machine: $(event machine)" || return 1
  { warm_setup configure && warm_setup build; } >"$work/warm-log" 2>&1 || complain "$(tail -n 3 "$work/warm-log")"
}
check "many modules: full build" prepare

# same_as_warm FUNCTION [MODULE...]: GHC compiles the same modules as in a warm
# work tree; and where modules are given, these.
same_as_warm() {
  local function=$1 here there
  shift
  prepare || return 1
  rm -rf "$edited"
  cp -r "$base" "$edited"
  make_edit "$edited" "$function" || return 1
  make_edit "$warm" "$function" || return 1
  request "$edited" "$base" && build incremental || return 1
  here=$(compiled)
  cp "$work/log" "$work/told"
  warm_setup build >"$work/log" 2>&1 || complain "$(tail -n 3 "$work/log")" || return 1
  there=$(compiled)
  # The next edit starts from the base again.
  (cd "$base" && find . -type f -exec cmp -s {} "$warm/{}" \; -o -type f -exec cp {} "$warm/{}" \;)
  warm_setup build >"$work/again" 2>&1 || complain "$(tail -n 3 "$work/again")" || return 1
  [ "$here" = "$there" ] || complain "compiled: ${here//$'\n'/ }; in a warm tree: ${there//$'\n'/ }" || return 1
  [ "$#" -eq 0 ] || expect_compiled "$@"
}
many_comment() { echo "-- A comment." >>src/Mono/M2.hs; }
many_private() { printf '\nunused :: Int\nunused = 3\n' >>src/Mono/M15.hs; }
many_export() {
  sed_in_place 's/(value2, /(value2, extra2, /' src/Mono/M2.hs
  printf '\nextra2 :: Int\nextra2 = 2\n' >>src/Mono/M2.hs
}
many_value() { sed_in_place 's/1000003/1000033/' src/Mono/M40.hs; }

nothing_compiled() {
  prepare && request "$base" "$base" && build incremental && expect_compiled
}
check "many modules: no edit compiles nothing" nothing_compiled
check "many modules: a comment compiles its module alone" same_as_warm many_comment Mono.M2
check "many modules: a private function" same_as_warm many_private
# changed_for MODULE BY: what changed of BY for MODULE.
changed_for() {
  event declarations-changed | jq -c "select(.module == \"$1\" and .by == \"$2\") | [.names, .exports]"
}
export_is_told() {
  same_as_warm many_export || return 1
  cp "$work/told" "$work/log"
  [ "$(changed_for Mono/M4 Mono.M2)" = '[[],true]' ] || complain "$(event declarations-changed | head -n 3)"
}
value_is_told() {
  same_as_warm many_value || return 1
  cp "$work/told" "$work/log"
  [ "$(changed_for Mono/M80 Mono.M40)" = '[["value40"],false]' ] || complain "$(event declarations-changed | head -n 3)" || return 1
  # Only what was compiled waits, and only for what was.
  [ "$(event imports | jq -c 'select(.module == "Mono/M80").of')" = '["Mono/M40"]' ] || complain "$(event imports | head -n 3)"
}
check "many modules: an added export compiles what a warm tree compiles" export_is_told
check "many modules: a changed value compiles what a warm tree compiles" value_is_told
