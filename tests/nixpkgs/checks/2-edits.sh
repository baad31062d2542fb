# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the harness
# An incremental build gives what a clean one gives, edit by edit: the same files, the
# same text printed. tests/soundness has many more edits, over hinc's own builder.

# edited FIXTURE VERDICT FUNCTION: an edit of a fixture. VERDICT: built or failed.
edited() {
  local fixture=$1 expected=$2 function=$3
  project "$work/base" "$fixture"
  project "$work/edited" "$fixture"
  make_edit "$work/edited/$fixture" "$function" || return 1
  ask "$work/edited" "$work/base" && same_build || return 1
  [ "$verdict" = "$expected" ] || complain "both builds $verdict: $(tail -n 3 "$work/log" | tr '\n' ' ')"
}

# kinds_edited FUNCTION TEXT [MODULE...]: an edit of `kinds` after which its program
# prints TEXT and these modules were compiled.
kinds_edited() {
  local function=$1 text=$2
  shift 2
  edited kinds built "$function" || return 1
  [[ $(ran) == *"$text"* ]] || complain "it prints: $(ran)" || return 1
  expect_compiled "$@"
}

kinds_data() { echo lost >data/word.txt; }
kinds_included() { sed_in_place 's/1/2/' include/number.h; }
kinds_tracked() { echo followed >tracked.txt; }
kinds_untracked() { echo unseen >untracked.txt; }
kinds_extension() {
  sed_in_place '1i {-# LANGUAGE OverloadedStrings #-}' src/Kinds/Plain.hs
}
kinds_flag_default() { sed_in_place 's/default: False/default: True/' kinds.cabal; }
kinds_cpp_option() { sed_in_place 's/^  include-dirs: .*/&\n  cpp-options:      -DLOUD/' kinds.cabal; }
kinds_warnings_are_errors() {
  sed_in_place 's/^  include-dirs: .*/&\n  ghc-options:      -Wunused-imports -Werror/' kinds.cabal
}

check "$packages: a data file" kinds_edited kinds_data lost
check "$packages: a file that CPP includes" kinds_edited kinds_included '(2,"quiet")' \
  Kinds.Included Main
check "$packages: a file that a splice tells GHC of" kinds_edited kinds_tracked '"followed\n"' \
  Kinds.Tracked Main
check "$packages: a file that a splice reads without telling GHC" kinds_edited kinds_untracked '"unseen\n"' \
  Kinds.Tracked Kinds.Untracked Kinds.Variable Main
check "$packages: an extension is added" edited kinds built kinds_extension
check "$packages: a flag has another default" edited kinds built kinds_flag_default
check "$packages: an option for CPP" edited kinds built kinds_cpp_option
check "$packages: warnings become errors" edited kinds failed kinds_warnings_are_errors

# kinds_told OPTION: whatever GHC is told to print, the warning of a module that is
# skipped is printed again, and is an error with -Werror.
kinds_told() {
  local folder told
  for folder in base edited; do
    project "$work/$folder" kinds
    sed_in_place "s/^  include-dirs: .*/&\n  ghc-options:      -Wunused-imports $1/" "$work/$folder/kinds/kinds.cabal"
  done
  sed_in_place '1i -- A comment.' "$work/edited/kinds/src/Kinds/Plain.hs"
  ask "$work/edited" "$work/base" && same_build || return 1
  [ "$verdict" = built ] || complain "both builds failed: $(tail -n 3 "$work/log" | tr '\n' ' ')" || return 1
  told=$(grep -c 'Kinds/Warned.hs:.*warning' "$work/log" || true)
  [ "$told" = 1 ] || complain "the warning stands $told times in the log" || return 1
  ! grep -q 'Compiling Kinds.Warned' "$work/log" || complain "Kinds.Warned was compiled" || return 1

  sed_in_place 's/-Wunused-imports/& -Werror/' "$work/edited/kinds/kinds.cabal"
  ask "$work/edited" "$work/base" && same_build || return 1
  [ "$verdict" = failed ] || complain "the warning is no error"
}
for option in -fdiagnostics-color=always -fhide-source-paths -v0; do
  check "$packages: a warning is known with $option" kinds_told "$option"
done

check "$packages: an export added, of an .hsc module" edited parts built new_export
check "$packages: an .hsc file replaced by an .hs file" edited parts built hsc_replaced
check "$packages: a C file" edited parts built c_file
check "$packages: a header of C and of an .hsc file" edited parts built header
check "$packages: a foreign export is removed, its C header still included" edited parts failed stub_gone
check "$packages: a module is deleted" edited parts built module_deleted
check "$packages: a module is renamed" edited parts built module_renamed
check "$packages: a boot file" edited parts built boot_file
check "$packages: a sublibrary" edited parts built sublibrary
check "$packages: a type error" edited parts failed type_error

flag_given() {
  project "$work/base" kinds
  project "$work/edited" kinds 'lib.appendConfigureFlag "-floud" (lib.dontHaddock (lib.dontCheck package))'
  ask "$work/edited" "$work/base" || return 1
  [ -z "$(answered .incremental)" ] || complain "an incremental derivation all the same" || return 1
  [[ $(answered .why_plain) == *"options of the package changed"* ]] || complain "the sentence is: $(answered .why_plain)" || return 1
  build plain || return 1
  [[ $(printed "$(answered .plain.outputs.out)") == *loud* ]] || complain "it is not loud"
}
check "$packages: a flag in the Nix file is built plainly" flag_given

# variable EXPRESSION EXPRESSION TEXT: the same sources under two expressions.
variable() {
  project "$work/base" kinds "$1"
  project "$work/edited" kinds "$2"
  ask "$work/edited" "$work/base" || return 1
  if [ -z "$(answered .incremental)" ]; then
    complain "no incremental derivation: $(answered .why_plain)" || return 1
  fi
  same_build || return 1
  [[ $(ran) == *"$3"* ]] || complain "it prints: $(ran)" || return 1
  expect_compiled Kinds.Tracked Kinds.Untracked Kinds.Variable Main
}
quick='lib.dontHaddock (lib.dontCheck package)'
spoken="lib.overrideCabal (_: { env.KINDS_WORD = \"spoken\"; }) ($quick)"
check "$packages: a variable that a splice reads is set" variable "$quick" "$spoken" 'Just "spoken"'
check "$packages: such a variable changes" variable "$spoken" "${spoken/spoken/shouted}" 'Just "shouted"'
check "$packages: such a variable, by overrideAttrs" variable "$quick" \
  "($quick).overrideAttrs (_: { KINDS_WORD = \"attribute\"; })" 'Just "attribute"'

# As `callCabal2nixWithOptions ... "--subpath kinds"` has it: the source is a whole
# repository, and a splice reads what lies beside the package.
beside_the_package() {
  local folder
  for folder in base edited; do
    # shellcheck disable=SC2016 # the builder's variable
    project "$work/$folder" kinds 'lib.overrideCabal (_: { src = ./.; postUnpack = "sourceRoot=$sourceRoot/kinds"; }) (lib.dontHaddock (lib.dontCheck package))'
    sed_in_place 's|"untracked.txt"|"../beside.txt"|' "$work/$folder/kinds/src/Kinds/Untracked.hs"
    echo "in $folder" >"$work/$folder/beside.txt"
  done
  ask "$work/edited" "$work/base" && same_build || return 1
  [ "$verdict" = built ] || complain "both builds failed: $(tail -n 3 "$work/log" | tr '\n' ' ')" || return 1
  [[ $(ran) == *"in edited"* ]] || complain "it prints: $(ran)"
}
check "$packages: a file beside the package that a splice reads" beside_the_package
