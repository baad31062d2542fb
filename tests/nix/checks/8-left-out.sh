# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with harness.sh
# What the restore leaves out is told, with the cause; warnings of what is skipped
# are printed again.

# warning_package FOLDER: a library and a program whose modules give warnings.
warning_package() {
  mkdir -p "$1/src" "$1/app"
  cat >"$1/warns.cabal" <<'CABAL'
cabal-version: 2.4
name:          warns
version:       1.0
build-type:    Simple

library
  default-language: Haskell2010
  hs-source-dirs:   src
  exposed-modules:  Clean, Old, Unused, User
  build-depends:    base
  ghc-options:      -Wall

executable warns
  default-language: Haskell2010
  hs-source-dirs:   app
  main-is:          Main.hs
  build-depends:    base, warns
  ghc-options:      -Wall
CABAL
  printf 'module Clean (clean) where\n\nclean :: Int\nclean = 1\n' >"$1/src/Clean.hs"
  printf 'module Old (old, (+++)) where\n\nold :: Int\nold = 2\n\n(+++) :: Int -> Int -> Int\na +++ b = a * b\n' >"$1/src/Old.hs"
  printf 'module Unused (unused) where\n\nimport Data.List (sort)\n\nunused :: Int\nunused = 3\n' >"$1/src/Unused.hs"
  printf 'module User (user) where\n\nimport Old (old, (+++))\n\nuser :: Int\nuser = old +++ 1\n' >"$1/src/User.hs"
  printf 'module Main (main) where\n\nimport Clean\nimport Data.Char (toUpper)\nimport Unused\nimport User\n\nmain = print (clean, unused, user)\n' >"$1/app/Main.hs"
}

# warns VERDICT FUNCTION: edits a copy of that package and compares both builds.
warns() {
  local expected=$1 function=$2 status=0
  rm -rf "$work/warns" "$work/warns-edited"
  warning_package "$work/warns"
  cp -r "$work/warns" "$work/warns-edited"
  make_edit "$work/warns-edited" "$function" || return 1
  request "$work/warns-edited" "$work/warns" && agree || status=$?
  [ "$status" -eq 0 ] || return 1
  [ "$verdict" = "$expected" ] || complain "both builds $verdict: $(tail -n 3 "$work/log" | tr '\n' ' ')" || return 1
  # The program's module is compiled for the changed library in some cases and in
  # others not: only the first line of each warning is compared.
  if [ "$verdict" = built ]; then
    local plain
    plain=$(nix-store --read-log "$(answered .plain.drv)" | given)
    [ "$(given <"$work/log")" = "$plain" ] || complain "warnings differ: $(diff <(given <"$work/log") <(echo "$plain"))"
  fi
}

given() { { grep -E '^[^ ].*: warning:' || true; } | LC_ALL=C sort; }

# left_out: `MODULE CAUSE ABOUT` of what the builder left out.
left_out() {
  event left-out | jq -r '[.module, .cause, .about // "-"] | join(" ")' | tr '\n' ';'
}

edit_clean() { sed_in_place '1i -- A comment.' src/Clean.hs; }
deprecate() { sed_in_place 's/^(+++) ::/{-# DEPRECATED (+++) "gone soon" #-}\n&/' src/Old.hs; }
deprecate_module() { sed_in_place 's/^module Old/module Old {-# WARNING "old" #-}/' src/Old.hs; }
errors() { sed_in_place 's/-Wall/-Wall -Werror/' warns.cabal; }
only_library_errors() { sed_in_place '0,/-Wall/s//-Wall -Werror=deprecations/' warns.cabal; }

skipped_warnings_come_again() {
  warns built edit_clean || return 1
  expect_compiled Clean || return 1
  [ "$(given <"$work/log" | wc -l)" -eq 3 ] || complain "warnings: $(given <"$work/log")" || return 1
  sed -n '/"replayPhase"/,/"installPhase"/p' "$work/log" | grep -q 'Unused.hs:3:1: warning' ||
    complain "the warnings were not printed in a phase of their own"
}
deprecation_reaches_its_users() {
  warns built deprecate || return 1
  [ "$(left_out)" = "User deprecation +++;" ] || complain "left out: $(left_out)" || return 1
  grep -q 'User.hs.*\[-Wdeprecations\]\|User.hs.*\[GHC-68441\]' "$work/log" || complain "no warning"
}
deprecated_module_reaches_its_users() {
  warns built deprecate_module || return 1
  [ "$(left_out)" = "User deprecation Old;" ] || complain "left out: $(left_out)"
}
warnings_become_errors() {
  warns failed errors || return 1
  [ "$(left_out)" = "Main warned -;Unused warned -;" ] || complain "left out: $(left_out)"
}
others_stay_warnings() {
  warns built only_library_errors || return 1
  [ "$(left_out)" = "Unused warned -;" ] || complain "left out: $(left_out)"
}
check "warnings of skipped modules are printed again" skipped_warnings_come_again
check "a deprecation reaches those that use the name" deprecation_reaches_its_users
check "a deprecated module reaches those that import it" deprecated_module_reaches_its_users
check "with -Werror, what warned is compiled again" warnings_become_errors
check "with -Werror=deprecations, what warned of something else still builds" others_stay_warnings

new_dependency_of_the_program() { sed_in_place 's/build-depends:    base, warns/&, containers/' warns.cabal; }
dependency_under_a_condition() {
  sed_in_place '0,/build-depends:    base/s//&\n  if !os(windows)\n    build-depends: containers/' warns.cabal
}
dependency_moved() {
  sed_in_place 's/build-depends:    base, warns/&, containers/' "$work/warns/warns.cabal"
  sed_in_place '0,/build-depends:    base/s//&, containers/' warns.cabal
}

# Cabal makes the unit ids of all components of the dependencies of all of them.
units_change() {
  rm -rf "$work/warns" "$work/warns-edited"
  warning_package "$work/warns"
  cp -r "$work/warns" "$work/warns-edited"
  make_edit "$work/warns-edited" "$1" || return 1
  request "$work/warns-edited" "$work/warns" || return 1
  local expected="the package's dependencies changed (containers was added), so GHC would compile every module again"
  [ "$(answered .why_plain)" = "$expected" ] || complain "why: $(answered .why_plain)"
}
what_is_under_a_condition_is_seen_in_the_builder() {
  warns built dependency_under_a_condition || return 1
  [ "$(left_out | tr ';' '\n' | cut -d ' ' -f 2- | sort | uniq -c | tr -s ' ')" = " 5 unit containers was added" ] ||
    complain "left out: $(left_out)"
}
the_others_keep_their_units() {
  warns built dependency_moved || return 1
  [ "$(left_out)" = "" ] || complain "left out: $(left_out)"
}
check "a new dependency; a plain build is better" units_change new_dependency_of_the_program
check "a new dependency under a condition" what_is_under_a_condition_is_seen_in_the_builder
check "a dependency that moves between components changes nothing" the_others_keep_their_units
