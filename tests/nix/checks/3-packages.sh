# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with harness.sh
# What is built of a package, packages defined in a Nix file, and packages upon packages.

projects=$repository/fixtures/projects
chain=$projects/chain

# other FIXTURE FUNCTION [OPTIONS]: an edit of another fixture, both builds agree.
other() {
  local fixture=$projects/$1 function=$2 options=${3:-\{\}}
  rm -rf "$work/edited"
  cp -r "$fixture" "$work/edited"
  make_edit "$work/edited" "$function" || return 1
  request "$work/edited" "$fixture" "$options" && agree || return 1
  [ "$verdict" = built ] || complain "both builds failed: $(tail -n 3 "$work/log" | tr '\n' ' ')"
}

with_tests() {
  other parts nothing '{"profiling":false,"shared":true,"static":true,"tests":true}'
}
check "with test suites" with_tests

static_alone() {
  request "$parts" "$parts" '{"shared":false}' && build incremental || return 1
  expect_compiled || return 1
  if find "$(answered .incremental.outputs.out)" -name '*.so' -o -name '*.dyn_hi' | grep -q .; then
    complain "shared files were installed"
  fi
}
check "without shared libraries" static_alone

has_profiling_libraries() {
  find "$(ghc --print-libdir)/.." -name 'Prelude.p_hi' | grep -q .
}
profiling() {
  request "$parts" "$parts" '{"profiling":true}' && build incremental || return 1
  expect_compiled || return 1
  find "$(answered .incremental.outputs.out)" -name 'Parts.p_hi' | grep -q . || complain "no profiling interfaces were installed"
}
if has_profiling_libraries; then
  check "with profiling" profiling
else
  echo "note: this GHC has no profiling libraries; the check \"with profiling\" cannot run"
fi

documentation() {
  request "$parts" "$parts" '{"haddock":true}' && build incremental || return 1
  expect_compiled || return 1
  find "$(answered .incremental.outputs.out)" -name 'Parts-Calculator.html' | grep -q . || complain "no documentation was installed"
}
if [ -n "$(command -v haddock)" ]; then
  check "with documentation" documentation
else
  echo "note: there is no haddock on PATH; the check \"with documentation\" cannot run"
fi

file_package() {
  request_file "$chain" "$chain" default.nix upper || return 1
  [ "$(answered .name) $(answered .version)" = "upper 0.1" ] || complain "$answer" || return 1
  build full && build incremental || return 1
  expect_compiled || return 1
  [ "$("$(answered .incremental.outputs.out)/bin/upper")" = "2
from below" ] || complain "it prints: $("$(answered .incremental.outputs.out)/bin/upper" 2>&1)"
}
check "a Nix file with two packages" file_package

nested_attribute() {
  request_file "$chain" - default.nix 'nested.\"a.b\"' || return 1
  [ "$(answered .name)" = upper ] || complain "$answer"
}
check "an attribute with a dot in its name" nested_attribute

arguments_are_passed() {
  request_file "$chain" - default.nix upper || return 1
  local without=$answer
  evaluation_options=(--arg userArgs '{ shouting = true; unknown = 1; }')
  request_file "$chain" - default.nix upper
  local status=$?
  evaluation_options=()
  [ "$status" -eq 0 ] || return 1
  [ "$without" != "$answer" ] || complain "the argument changed nothing"
}
check "arguments of the user reach the file" arguments_are_passed

not_ours() {
  request_file "$chain" "$chain" default.nix plain || return 1
  [ -z "$(answered .incremental)" ] || complain "$answer" || return 1
  [[ $(answered .why_plain) == *"not made by a builder that hinc knows"* ]] || complain "$(answered .why_plain)" || return 1
  build plain
}
check "an attribute that is no package of hinc is built plainly" not_ours

missing_in_base() {
  rm -rf "$work/older"
  cp -r "$chain" "$work/older"
  sed_in_place 's/upper = /before = /; s/nested.*//' "$work/older/default.nix"
  request_file "$chain" "$work/older" default.nix upper || return 1
  [[ $(answered .why_plain) == *"no derivation at attribute upper"* ]] || complain "$(answered .why_plain)" || return 1
  rm "$work/older/default.nix"
  request_file "$chain" "$work/older" default.nix upper || return 1
  [[ $(answered .why_plain) == *"no file default.nix"* ]] || complain "$(answered .why_plain)"
}
check "an attribute or file that the base lacks" missing_in_base

throws_in_base() {
  rm -rf "$work/older"
  cp -r "$chain" "$work/older"
  echo '{ hinc }: { upper = throw "not yet"; }' >"$work/older/default.nix"
  request_file "$chain" "$work/older" default.nix upper || return 1
  [ "$(answered '.plain.drv != "" and .incremental == null')" = true ] || complain "$answer"
}
check "an attribute that fails in the base" throws_in_base

several_attributes() {
  request_file "$chain" "$chain" default.nix upper lower || return 1
  [ "$(jq -r '[.packages[].attribute] | join(" ")' <<<"$answer")" = "upper lower" ] || complain "$answer" || return 1
  evaluate "$(jq -nc --arg s "$(add "$chain")" --argjson t "$toolchain" \
    '{head: {source: $s}, base: null, toolchain: $t, host: null, file: {path: "default.nix", attributes: []}}')" || return 1
  [ "$(jq -r '[.packages[].attribute] | join(" ")' <<<"$answer")" = "lower plain upper" ] || complain "$answer"
}
check "several attributes, and none" several_attributes

# The same file without the command, as docs/nix.md shows it.
used_by_itself() {
  cat >"$work/alone.nix" <<NIX
let
  hinc = import $repository/nix { toolchain = builtins.fromJSON ''$toolchain''; };
  old = import $chain/default.nix { inherit hinc; };
  new = import $chain/default.nix { inherit hinc; };
in
new // { incremental = new.upper.hinc.onto old.upper.hinc; }
NIX
  local out
  for attribute in upper incremental; do
    out=$(nix-build --no-out-link "$work/alone.nix" -A "$attribute" 2>"$work/log") ||
      complain "$attribute: $(tail -n 3 "$work/log")" || return 1
    [[ $("$out/bin/upper") == *"from below"* ]] || complain "$attribute prints $("$out/bin/upper")" || return 1
  done
}
check "nix/ is of use by itself" used_by_itself

# plainly WORDS: the answer has no incremental derivation, and says why.
plainly() {
  [ -z "$(answered .incremental)" ] || complain "an incremental derivation all the same" || return 1
  [[ $(answered .why_plain) == *"$1"* ]] || complain "the sentence is: $(answered .why_plain)"
}

options_change() {
  rm -rf "$work/edited"
  cp -r "$chain" "$work/edited"
  sed_in_place 's/\[ lower \];/& ghcOptions = [ "-Werror" ];/' "$work/edited/default.nix"
  request_file "$work/edited" "$chain" default.nix upper && plainly "the options of the package changed"
}
check "options in a Nix file that GHC does not compare" options_change

coverage() {
  request "$parts" "$parts" '{"tests":true,"configure_flags":["--enable-coverage"]}' && plainly "coverage needs"
}
check "coverage is built plainly" coverage

# A package in the middle that has to be built anew, while the one below it is
# built on its base: the one on top must not get the lowest one in two builds.
diamond() {
  local side
  for side in diamond edited; do
    rm -rf "${work:?}/$side"
    cp -r "$chain" "$work/$side"
    mkdir -p "$work/$side/middle/src"
    sed 's/lower/middle/; s/Upper.Motto//; s/Upper/Middle/; /^executable/,$d; s/base, middle/base, lower/' \
      "$chain/upper/upper.cabal" | sed 's/^name: .*/name: middle/; s/, upper/, lower/' >"$work/$side/middle/middle.cabal"
    cat >"$work/$side/middle/src/Middle.hs" <<'HASKELL'
module Middle (middle) where

import Lower.Place (place)

middle :: IO FilePath
middle = place
HASKELL
    sed_in_place 's/base, lower/base, lower, middle/' "$work/$side/upper/upper.cabal"
    sed_in_place 's/import Lower.Place (place)/import Middle (middle)/; s/place >>=/middle >>=/' "$work/$side/upper/src/Upper/Motto.hs"
    sed_in_place 's|^  upper = |  middle = hinc.host.mkPackage { src = ./middle; dependencies = [ lower ]; };\n&|; s/\[ lower \];$/[ lower middle ];/' \
      "$work/$side/default.nix"
  done
  sed_in_place 's/dependencies = \[ lower \]; };/dependencies = [ lower ]; ghcOptions = [ "-DCHANGED" ]; };/' "$work/edited/default.nix"
  sed_in_place 's/level = 1$/level = 5/' "$work/edited/lower/src/Lower.hs"
  echo "from further below" >"$work/edited/lower/motto.txt"
  request_file "$work/edited" "$work/diamond" default.nix upper && agree || return 1
  [ "$verdict" = built ] || complain "both builds failed: $(tail -n 3 "$work/log")" || return 1
  local builds
  builds=$(nix-store --query --requisites "$(answered .incremental.outputs.out)" | grep -c -e '-lower-0.1$')
  [ "$builds" = 1 ] || complain "it refers to $builds builds of the lowest package"
}
check "one build of each dependency, whichever way it was made" diamond
