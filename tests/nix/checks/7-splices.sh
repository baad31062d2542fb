# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with harness.sh
# Template Haskell that reads files and does not tell GHC: see splicing_modules
# in intermediates/doubtful.sh.

# splices FUNCTION OUTPUT [MODULE...]: an edit of the fixture `splices`. Both
# builds agree, the program prints OUTPUT, and GHC compiles these modules.
splices() {
  local function=$1 output=$2 printed
  shift 2
  other splices "$function" || return 1
  printed=$(printed "$(answered .incremental.outputs.out)")
  [[ $printed == *"$output"* ]] || complain "it prints: $printed" || return 1
  expect_compiled "$@"
}

splices_comment() { echo "-- A comment." >>src/Splices/Alone.hs; }
splices_text() { echo loud >text.txt; }
splices_file_added() { echo 2 >texts/two.txt; }
splices_file_replaced() { mv texts/one.txt texts/zero.txt; }
splices_link() { ln -s nowhere texts/link; }

check "splices: a Haskell edit alone compiles no splice again" splices splices_comment '["one.txt"]' Splices.Alone
check "splices: a file that a splice reads" splices splices_text 'loud' Splices.Folder Splices.Text Main
check "splices: a file added to a folder that a splice lists" splices splices_file_added '["one.txt","two.txt"]' \
  Splices.Folder Splices.Text Main
check "splices: a file replaced in such a folder" splices splices_file_replaced '["zero.txt"]' \
  Splices.Folder Splices.Text Main
check "splices: a link added to such a folder" splices splices_link '["link","one.txt"]' \
  Splices.Folder Splices.Text Main

# The extension may be named for the whole component, and in no module.
splices_by_component() {
  rm -rf "$work/older" "$work/edited"
  cp -r "$projects/splices" "$work/older"
  (
    cd "$work/older" || exit
    sed -i 's/hs-source-dirs:   src/&\n  default-extensions: TemplateHaskell/' splices.cabal
    sed -i '/LANGUAGE/d' src/Splices/*.hs
  )
  cp -r "$work/older" "$work/edited"
  echo loud >"$work/edited/text.txt"
  request "$work/edited" "$work/older" && agree || return 1
  [[ $(printed "$(answered .incremental.outputs.out)") == *loud* ]] || complain "the old text is printed"
}
check "splices: the extension is named in the .cabal file" splices_by_component

# A Setup program may write a module with splices before the build: nobody can look
# at it when the modules of the base are put in place.
splices_written_by_setup() {
  rm -rf "$work/older" "$work/edited"
  cp -r "$projects/custom" "$work/older"
  (
    cd "$work/older" || exit
    cat >template.in <<'HASKELL'
{-# LANGUAGE TemplateHaskell #-}
module Custom.Generated (motto) where
import Language.Haskell.TH
motto :: String
motto = $(runIO (readFile "motto.txt") >>= stringE)
HASKELL
    sed -i 's/build-depends:    base$/&, template-haskell/' custom.cabal
    sed -i 's/readFile "motto.txt"/readFile "template.in"/; s/(generated motto)/motto/; /generated motto =/,$d' Setup.hs
  )
  cp -r "$work/older" "$work/edited"
  echo "faster" >"$work/edited/motto.txt"
  request "$work/edited" "$work/older" && agree || return 1
  [[ $(printed "$(answered .incremental.outputs.out)") == *faster* ]] || complain "the old text is printed"
  [ "$(event left-out | jq -r '[.module, .cause] | join(" ")')" = "Custom.Generated splice" ] ||
    complain "left out: $(event left-out)"
}
check "splices: a Setup program writes the module" splices_written_by_setup
