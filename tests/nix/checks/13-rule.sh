# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with harness.sh
# The pure parts of nix/reuse by their tables of cases.

# rule_cases: compiles and runs them.
rule_cases() {
  local told
  mkdir -p "$work/rule"
  "$(command -v ghc)" --make -v0 -O0 -i"$repository/nix/reuse" -outputdir "$work/rule" -o "$work/rule/cases" "$repository/tests/nix/rule/Cases.hs" ||
    complain "the cases cannot be compiled" || return 1
  told=$("$work/rule/cases") || complain "$told" || return 1
  [[ $told == *" passed, 0 failed" ]] || complain "it says: $told"
}

check "rule: what a log comes to, and what is compiled again" rule_cases
