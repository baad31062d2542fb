# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with harness.sh
# An incremental build gives what a clean one gives. These are edits of one package with
# everything in it; tests/soundness has each kind of edit.

# edit NAME VERDICT FUNCTION [OPTIONS]: applies the function to a copy of the
# fixture `parts`, and compares both builds. VERDICT: built or failed.
edit() {
  local expected=$1 function=$2 options=${3:-\{\}} status=0
  rm -rf "$work/edited"
  cp -r "$parts" "$work/edited"
  make_edit "$work/edited" "$function" || return 1
  request "$work/edited" "$parts" "$options" && agree || status=$?
  [ "$status" -eq 0 ] || return 1
  [ "$verdict" = "$expected" ] || complain "both builds $verdict: $(tail -n 3 "$work/log" | tr '\n' ' ')"
}

# edit_compiles FUNCTION [MODULE...]: the same, and GHC compiles these alone.
edit_compiles() {
  local function=$1
  shift
  edit built "$function" && expect_compiled "$@"
}

check "edit: nothing; nothing is compiled" edit_compiles nothing
check "edit: a comment; its module alone is compiled" edit_compiles comment Parts.Calculator
check "edit: data file; nothing is compiled" edit_compiles data_file
check "edit: header of a C file and of an .hsc file" edit built header
check "edit: test suite that fails" edit failed test_fails '{"tests":true}'

restored_modules_are_counted() {
  edit built module_renamed || return 1
  [ "$(event restored | jq -c '[.modules, .full_modules]')" = "[11,12]" ] || complain "$(event restored)" || return 1
  [ "$(event built | jq -c .modules)" = 12 ] || complain "$(event built)"
}
check "a renamed module leaves nothing behind" restored_modules_are_counted
