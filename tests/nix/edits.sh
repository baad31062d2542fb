# shellcheck shell=bash
# Edits of the fixture `parts`, each a function that is run in the package's folder.

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
