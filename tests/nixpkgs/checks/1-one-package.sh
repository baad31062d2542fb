# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the harness
# A package that knows nothing of hinc, built in full and incrementally.

project "$work/base" kinds
project "$work/head" kinds

all_modules=(
  Kinds.Included Kinds.Place Kinds.Plain Kinds.Tracked Kinds.Untracked Kinds.Variable Kinds.Warned
  Main Paths_kinds
)

full_build() {
  ask "$work/head" "$work/base" && build full || return 1
  expect_compiled "${all_modules[@]}" || return 1
  [ "$(event built | jq -c '[.modules, .compiled]')" = "[9,9]" ] || complain "told: $(event built)" || return 1
  local out
  out=$(answered .full.outputs.out)
  diff <(printed "$out") <(build plain && printed "$(answered .plain.outputs.out)") >"$work/difference" ||
    complain "the full build prints something else than the plain one: $(<"$work/difference")" || return 1
  [ "$(nix-store --query --references "$(answered .full.outputs.intermediates)" | wc -l)" -eq 0 ] ||
    complain "intermediates refer to $(nix-store --query --references "$(answered .full.outputs.intermediates)")"
}
check "$packages: a full build keeps its modules" full_build

plain_is_untouched() {
  ask "$work/head" - || return 1
  local drv
  drv=$(nix-instantiate "${evaluation_options[@]}" "$(add "$work/head")" -A package 2>/dev/null)
  [ "$(answered .plain.drv)" = "$drv" ] || complain "plain is $(answered .plain.drv), not the user's $drv"
}
check "$packages: the plain build is the user's own" plain_is_untouched

nothing_edited() {
  ask "$work/head" "$work/base" || return 1
  [ "$(answered .full.drv)" = "$(answered .head_full.drv)" ] || complain "two full builds of one source" || return 1
  same_build && expect_compiled || return 1
  [ "$(event restored | jq .modules)" = 9 ] || complain "restored: $(event restored); left out: $(event left-out)"
}
check "$packages: without an edit nothing is compiled" nothing_edited

one_edit() {
  project "$work/edited" kinds
  sed_in_place 's/^plain = .*/plain = "edited"/' "$work/edited/kinds/src/Kinds/Plain.hs"
  ask "$work/edited" "$work/base" && same_build || return 1
  [[ $(ran) == *'"edited"'* ]] || complain "it prints: $(ran)" || return 1
  # Main inlines the text.
  expect_compiled Kinds.Plain Main
}
check "$packages: one edit compiles its module and its users" one_edit

one_comment() {
  project "$work/edited" kinds
  echo "-- A comment." >>"$work/edited/kinds/src/Kinds/Plain.hs"
  ask "$work/edited" "$work/base" && same_build && expect_compiled Kinds.Plain
}
check "$packages: a comment compiles one module, and not the users of Paths_" one_comment

# What the program finds is where it was installed.
knows_its_place() {
  project "$work/edited" kinds
  echo "-- Another comment." >>"$work/edited/kinds/src/Kinds/Plain.hs"
  ask "$work/edited" "$work/base" && build incremental || return 1
  local out
  out=$(answered .incremental.outputs.out)
  "$out/bin/kinds" >"$work/printed" || complain "it fails: $(<"$work/printed")" || return 1
  grep -qx "$out/bin" "$work/printed" && grep -qx found "$work/printed" || complain "it prints: $(<"$work/printed")" || return 1
  grep -q "^$out/share/.*kinds-0.1$" "$work/printed" || complain "it prints: $(<"$work/printed")"
}
check "$packages: the program knows where it was installed" knows_its_place

version_bump() {
  project "$work/edited" kinds
  sed_in_place 's/^version: .*/version: 0.2/' "$work/edited/kinds/kinds.cabal"
  ask "$work/edited" "$work/base" || return 1
  [ -z "$(answered .incremental)" ] || complain "an incremental derivation all the same" || return 1
  [[ $(answered .why_plain) == *"version changed from 0.1 to 0.2"* ]] || complain "the sentence is: $(answered .why_plain)" || return 1
  build plain
}
check "$packages: a version bump is built plainly" version_bump
