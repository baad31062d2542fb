# shellcheck shell=bash
# Edits of the fixture `parts`, each a function that is run in the package's folder.

nothing() { :; }
comment() { sed_in_place '1i -- A comment.' src/Parts/Calculator.hs; }
new_export() {
  sed_in_place 's/(limit)/(limit, twice)/' src/Parts/Limit.hsc
  printf 'twice :: Int\ntwice = 2 * limit\n' >>src/Parts/Limit.hsc
  sed_in_place 's/import Parts.Limit (limit)/import Parts.Limit (limit, twice)/; s/print limit/print (limit, twice)/' app/Report.hs
}
hsc_replaced() {
  rm src/Parts/Limit.hsc
  printf 'module Parts.Limit (limit) where\n\nlimit :: Int\nlimit = 7\n' >src/Parts/Limit.hs
}
c_file() { sed_in_place 's/n \* 2 >/n * 4 >/' cbits/double.c; }
header() { sed_in_place 's/100/50/' include/limit.h; }
stub_gone() { sed_in_place '/foreign export/d' src/Parts/Foreign.hs; }
module_deleted() {
  rm src/Parts/Ping.hs src/Parts/Pong.hs src/Parts/Pong.hs-boot
  sed_in_place '/Parts.Ping/d; /Parts.Pong/d' parts.cabal
  sed_in_place '/import Parts.Ping/d; s/= ping/= show/' src/Parts.hs
}
module_renamed() {
  mv src/Parts/Calculator.hs src/Parts/Adder.hs
  sed_in_place 's/Parts.Calculator/Parts.Adder/' parts.cabal src/Parts/Adder.hs app/Report.hs tests/Check.hs
}
boot_file() {
  # shellcheck disable=SC2016 # a script of sed
  sed_in_place 's/(pong)/(pong, Pong (..))/; $a data Pong = Pong' src/Parts/Pong.hs-boot src/Parts/Pong.hs
}
data_file() { echo "good night" >data/greeting.txt; }
sublibrary() { sed_in_place 's/toUpper/toLower/g' inner/Inner/Text.hs; }
test_fails() { sed_in_place 's/== 42/== 43/' tests/Check.hs; }
type_error() { echo 'wrong :: Int; wrong = "text"' >>src/Parts/Calculator.hs; }
