# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with harness.sh
# What decides how a module is compiled, and is not compared by GHC: see
# intermediates/doubtful.sh.

# hidden FUNCTION OUTPUT [MODULE...]: an edit of the fixture `hidden`. Both builds
# agree, the program prints OUTPUT somewhere, and GHC compiles these modules.
hidden() {
  local function=$1 output=$2 printed
  shift 2
  other hidden "$function" || return 1
  printed=$(printed "$(answered .incremental.outputs.out)")
  [[ $printed == *"$output"* ]] || complain "it prints: $printed" || return 1
  expect_compiled "$@"
}

hidden_header() { sed -i 's/100/50/' far/limit.h; }
hidden_word() { echo loud >tools/word.txt; }
hidden_header_before() { echo '#define SETTING 2' >near/setting.h; }
hidden_folder() {
  mv src library
  sed -i 's/hs-source-dirs:   src/hs-source-dirs:   library/' hidden.cabal
}

hidden_option() { sed -i 's/hs-source-dirs:   src/&\n  ghc-options: -Wmissing-export-lists/' hidden.cabal; }

# Hidden.Foreign and Hidden.Word each time: what they read is not known.
check "hidden: nothing" hidden nothing "(1,100,1)" Hidden.Foreign Hidden.Word
check "hidden: header that a capi import reads" hidden hidden_header "(1,50,1)" Hidden.Foreign Hidden.Word
check "hidden: file that a preprocessor reads" hidden hidden_word loud Hidden.Foreign Hidden.Word Main
check "hidden: header in a folder that is searched before" hidden hidden_header_before "(1,100,2)" \
  Hidden.Foreign Hidden.Included Hidden.Word Main
check "hidden: source folder renamed" hidden hidden_folder "library/Hidden/Place.hs" \
  Hidden.Alone Hidden.Foreign Hidden.Included Hidden.Place Hidden.Word
check "hidden: option of a component that GHC does not compare" hidden hidden_option "(1,100,1)" \
  Hidden.Alone Hidden.Foreign Hidden.Included Hidden.Place Hidden.Word

# Names that a script may trip over, of files that no module has anything to do with.
hidden_names() {
  : >./-rf
  : >./-e.h
  : >$'two\nlines.h'
  : >$'end\n'
  : >'blank and [ü].h'
}
check "hidden: files with odd names" hidden hidden_names "(1,100,1)" Hidden.Foreign Hidden.Word

hidden_folder_with_blank() {
  mv src "my src"
  sed -i 's/hs-source-dirs:   src/hs-source-dirs:   "my src"/' hidden.cabal
}
check "hidden: source folder with a blank" hidden hidden_folder_with_blank "my src/Hidden/Place.hs" \
  Hidden.Alone Hidden.Foreign Hidden.Included Hidden.Place Hidden.Word

setup_changed() { echo "-- Another program." >>Setup.hs; }
setup_program_changes() {
  other custom setup_changed || return 1
  [ "$(event restored | jq .modules)" = 0 ] || complain "$(event restored)"
}
check "another Setup program may give other options" setup_program_changes

# GHC's own check would pass: -Werror is no option that it compares.
werror() {
  rm -rf "$work/older" "$work/edited"
  cp -r "$projects/hidden" "$work/older"
  (cd "$work/older" && sed -i 's/where$/where\nimport Data.List (sort)/' src/Hidden/Alone.hs)
  cp -r "$work/older" "$work/edited"
  sed -i 's/hs-source-dirs:   src/&\n  ghc-options: -Wall -Werror/' "$work/edited/hidden.cabal"
  request "$work/edited" "$work/older" && agree || return 1
  [ "$verdict" = failed ] || complain "both builds $verdict"
}
check "hidden: -Werror finds what the base only warned of" werror
