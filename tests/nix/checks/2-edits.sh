# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with harness.sh
# An incremental build gives what a clean one gives, edit by edit.

# edit NAME VERDICT FUNCTION [OPTIONS]: applies the function to a copy of the
# fixture `parts`, and compares both builds. VERDICT: built or failed.
edit() {
  local expected=$1 function=$2 options=${3:-\{\}} status=0
  rm -rf "$work/edited"
  cp -r "$parts" "$work/edited"
  (cd "$work/edited" && set -e && "$function") || complain "the edit could not be made" || return 1
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

nothing() { :; }
comment() { sed -i '1i -- A comment.' src/Parts/Calculator.hs; }
exported_value() { sed -i 's/" i"/"I"/; s/ping 0 = "."/ping 0 = "!"/' src/Parts/Ping.hs; }
new_export() {
  sed -i 's/(limit)/(limit, twice)/' src/Parts/Limit.hsc
  printf 'twice :: Int\ntwice = 2 * limit\n' >>src/Parts/Limit.hsc
  sed -i 's/import Parts.Limit (limit)/import Parts.Limit (limit, twice)/; s/print limit/print (limit, twice)/' app/Report.hs
}
hsc_replaced() {
  rm src/Parts/Limit.hsc
  printf 'module Parts.Limit (limit) where\n\nlimit :: Int\nlimit = 7\n' >src/Parts/Limit.hs
}
hsc_deleted() { rm src/Parts/Limit.hsc; }
c_file() { sed -i 's/n \* 2 >/n * 4 >/' cbits/double.c; }
header() { sed -i 's/100/50/' include/limit.h; }
stub_gone() { sed -i '/foreign export/d' src/Parts/Foreign.hs; }
lexer() { sed -i 's/Number . read/Number . (* 2) . read/' src/Parts/Lexer.x; }
parser_replaced() {
  rm src/Parts/Parser.y
  cat >src/Parts/Parser.hs <<'HASKELL'
module Parts.Parser (total) where

import Parts.Lexer (Token (..))

total :: [Token] -> Int
total found = sum [n | Number n <- found] + 1000
HASKELL
}
module_deleted() {
  rm src/Parts/Ping.hs src/Parts/Pong.hs src/Parts/Pong.hs-boot
  sed -i '/Parts.Ping/d; /Parts.Pong/d' parts.cabal
  sed -i '/import Parts.Ping/d; s/= ping/= show/' src/Parts.hs
}
module_deleted_still_imported() {
  rm src/Parts/Lexer.x
  sed -i '/Parts.Lexer/d' parts.cabal
}
module_renamed() {
  mv src/Parts/Calculator.hs src/Parts/Adder.hs
  sed -i 's/Parts.Calculator/Parts.Adder/' parts.cabal src/Parts/Adder.hs app/Report.hs tests/Check.hs
}
module_moved() {
  mv app/Report.hs src/Report.hs
  sed -i '/other-modules:    Report/d; s/^    Parts$/    Parts\n    Report/' parts.cabal
}
boot_file() {
  sed -i 's/(pong)/(pong, Pong (..))/; $a data Pong = Pong' src/Parts/Pong.hs-boot src/Parts/Pong.hs
}
data_file() { echo "good night" >data/greeting.txt; }
sublibrary() { sed -i 's/toUpper/toLower/g' inner/Inner/Text.hs; }
option() { sed -i 's/^  hs-source-dirs:   src/&\n  cpp-options:      -DUNUSED/' parts.cabal; }
test_fails() { sed -i 's/== 42/== 43/' tests/Check.hs; }
type_error() { echo 'wrong :: Int; wrong = "text"' >>src/Parts/Calculator.hs; }

check "edit: nothing; nothing is compiled" edit_compiles nothing
check "edit: a comment; its module alone is compiled" edit_compiles comment Parts.Calculator
check "edit: an exported function" edit built exported_value
check "edit: an export added" edit built new_export
check "edit: .hsc replaced by .hs" edit built hsc_replaced
check "edit: .hsc deleted, module still listed" edit failed hsc_deleted
check "edit: C file" edit built c_file
check "edit: header of a C file and of an .hsc file" edit built header
check "edit: foreign export removed, its C header still included" edit failed stub_gone
check "edit: alex file" edit built lexer
check "edit: happy file replaced by .hs" edit built parser_replaced
check "edit: module deleted" edit built module_deleted
check "edit: module deleted that is still imported" edit failed module_deleted_still_imported
check "edit: module renamed" edit built module_renamed
check "edit: module moved to another component" edit built module_moved
check "edit: boot file" edit built boot_file
check "edit: data file; nothing is compiled" edit_compiles data_file
check "edit: sublibrary" edit built sublibrary
check "edit: option in the .cabal file" edit built option
check "edit: test suite that fails" edit failed test_fails '{"tests":true}'
check "edit: type error" edit failed type_error

restored_modules_are_counted() {
  edit built module_renamed || return 1
  [ "$(event restored | jq -c '[.modules, .full_modules]')" = "[11,12]" ] || complain "$(event restored)" || return 1
  [ "$(event built | jq -c .modules)" = 12 ] || complain "$(event built)"
}
check "a renamed module leaves nothing behind" restored_modules_are_counted
