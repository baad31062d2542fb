# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the harness
# shellcheck disable=SC2016 # Nix expressions
# What users ask of nixpkgs' builder goes on working: tests, documentation, outputs,
# hooks, `overrideAttrs`.

# shaped FIXTURE EXPRESSION: a comment is added to one module, under the expression in
# both commits; that module alone is compiled.
shaped() {
  local fixture=$1 file=src/Kinds/Plain.hs module=Kinds.Plain
  if [ "$fixture" = parts ]; then file=src/Parts/Calculator.hs module=Parts.Calculator; fi
  project "$work/base" "$fixture" "$2"
  project "$work/edited" "$fixture" "$2"
  echo "-- A comment." >>"$work/edited/$fixture/$file"
  ask "$work/edited" "$work/base" && same_build || return 1
  [ "$verdict" = built ] || complain "both builds failed: $(tail -n 5 "$work/log" | tr '\n' ' ')" || return 1
  expect_compiled "$module"
}

tests_run() {
  shaped kinds 'lib.dontHaddock package' || return 1
  grep -q '1 of 1 test suites' "$work/log" || complain "no test was run"
}
check "$packages: with test suites" tests_run

failing_test_suite() {
  project "$work/base" kinds 'lib.dontHaddock package'
  project "$work/edited" kinds 'lib.dontHaddock package'
  echo lost >"$work/edited/kinds/data/word.txt"
  ask "$work/edited" "$work/base" && same_build || return 1
  [ "$verdict" = failed ] || complain "it was built all the same" || return 1
  grep -q '0 of 1 test suites' "$work/log" || complain "it failed elsewhere: $(tail -n 3 "$work/log")" || return 1
  [ "$(event failed | jq -r .phase)" = check ] || complain "told: $(event failed)"
}
check "$packages: a test suite that fails" failing_test_suite

documentation() {
  shaped parts 'lib.dontCheck package' || return 1
  local doc
  doc=$(answered .incremental.outputs.doc)
  find "$doc" -name Parts-Calculator.html | grep -q . || complain "no documentation is installed in $doc"
}
check "$packages: with documentation, in an output of its own" documentation

# From no documentation to documentation: interfaces without comments are of no use.
documentation_begins() {
  project "$work/base" parts 'lib.dontHaddock (lib.dontCheck package)'
  project "$work/edited" parts 'lib.dontCheck package'
  ask "$work/edited" "$work/base" || return 1
  [ -z "$(answered .incremental)" ] || complain "an incremental derivation all the same" || return 1
  [ -n "$(answered .why_plain)" ] || complain "no sentence"
}
check "$packages: documentation in head alone is built plainly" documentation_begins

profiling() {
  shaped kinds 'lib.enableLibraryProfiling (lib.dontHaddock (lib.dontCheck package))' || return 1
  find "$(answered .incremental.outputs.out)" -name 'Plain.p_hi' | grep -q . || complain "no profiling interfaces are installed"
}
if find "$(ghc --print-libdir)/.." -name 'Prelude.p_hi' | grep -q .; then
  check "$packages: with profiling libraries" profiling
else
  echo "note: this GHC has no profiling libraries; the check \"$packages: with profiling libraries\" cannot run"
fi

separate_outputs() {
  shaped kinds 'lib.overrideCabal (_: {
    enableSeparateDataOutput = true;
    enableSeparateBinOutput = true;
  }) (lib.dontCheck package)' || return 1
  [ "$(answered '.incremental.outputs | keys | join(" ")')" = "bin data doc out" ] || complain "$(answered .incremental.outputs)" || return 1
  local bin data
  bin=$(answered .incremental.outputs.bin)
  data=$(answered .incremental.outputs.data)
  "$bin/bin/kinds" >"$work/printed" || complain "it fails: $(<"$work/printed")" || return 1
  grep -qx found "$work/printed" || complain "the data file is not found: $(<"$work/printed")" || return 1
  grep -qx "$bin/bin" "$work/printed" || complain "it knows another folder: $(<"$work/printed")" || return 1
  grep -q "^$data/share/" "$work/printed" || complain "it knows another folder: $(<"$work/printed")"
}
check "$packages: separate outputs for data, documentation and programs" separate_outputs

static_executables() {
  shaped kinds 'lib.justStaticExecutables (lib.dontCheck package)' || return 1
  [ ! -e "$(answered .incremental.outputs.out)/lib" ] || complain "there is a library"
}
check "$packages: justStaticExecutables" static_executables

shared_executables() {
  shaped kinds 'lib.enableSharedExecutables (lib.dontHaddock (lib.dontCheck package))' || return 1
  readelf -d "$(answered .incremental.outputs.out)/bin/kinds" | grep -q 'NEEDED.*libHSkinds' || complain "the program is static"
}
check "$packages: programs that are linked dynamically" shared_executables

one_target() {
  shaped kinds 'lib.overrideCabal (_: {
    buildTarget = "lib:kinds";
  }) (lib.dontHaddock (lib.dontCheck package))' || return 1
  [ ! -e "$(answered .incremental.outputs.out)/bin" ] || complain "the program was built"
}
check "$packages: one build target" one_target

# Only a program: `Setup install', and nothing is registered.
program_only() {
  local commit
  for commit in base edited; do
    rm -rf "${work:?}/$commit"
    mkdir -p "$work/$commit/sole/app"
    cat >"$work/$commit/sole/sole.cabal" <<'CABAL'
cabal-version: 2.4
name:          sole
version:       1
build-type:    Simple
data-files:    word.txt

executable sole
  default-language: Haskell2010
  hs-source-dirs:   app
  main-is:          Main.hs
  other-modules:    Paths_sole, Word
  autogen-modules:  Paths_sole
  build-depends:    base
CABAL
    printf 'module Word (word) where\n\nword :: Int\nword = 1\n' >"$work/$commit/sole/app/Word.hs"
    printf 'module Main (main) where\n\nimport Paths_sole\nimport Word\n\nmain :: IO ()\nmain = getDataFileName "word.txt" >>= readFile >>= putStr >> print word\n' \
      >"$work/$commit/sole/app/Main.hs"
    echo sole >"$work/$commit/sole/word.txt"
    expression "$work/$commit" sole package
  done
  sed_in_place 's/word = 1/word = 2/' "$work/edited/sole/app/Word.hs"
  ask "$work/edited" "$work/base" && same_build || return 1
  [[ $(ran) == *$'sole\n2'* ]] || complain "it prints: $(ran)" || return 1
  expect_compiled Word Main
}
check "$packages: a package of a program alone" program_only

# The user's hooks see the real paths and programs that run.
hooks_run() {
  shaped kinds 'lib.overrideCabal (_: {
    preConfigure = "echo made by a hook >untracked.txt";
    preBuild = "echo \"word\" >>data/word.txt";
    postInstall = "$out/bin/kinds >$out/told";
  }) (lib.dontHaddock (lib.dontCheck package))' || return 1
  local out
  out=$(answered .incremental.outputs.out)
  grep -qx "$out/bin" "$out/told" && grep -qx found "$out/told" || complain "the hook was told: $(<"$out/told")" || return 1
  grep -q 'made by a hook' "$out/told" || complain "the hook was told: $(<"$out/told")"
}
check "$packages: hooks of the user, before and after the build" hooks_run

# A module that a hook writes, from a file that changes.
generating_hook='lib.overrideCabal (old: {
  preBuild = '"''"'
    { cat src/Kinds/Plain.hs; echo; echo "-- $(cat tracked.txt)"; } >Plain.hs
    sed -i "s/\"plain\"/\"$(cat data/word.txt)\"/" Plain.hs
    mv Plain.hs src/Kinds/Plain.hs
  '"''"';
}) (lib.dontHaddock (lib.dontCheck package))'
hook_generates() {
  project "$work/base" kinds "$generating_hook"
  project "$work/edited" kinds "$generating_hook"
  echo generated >"$work/edited/kinds/data/word.txt"
  ask "$work/edited" "$work/base" && same_build || return 1
  [ "$verdict" = built ] || complain "both builds failed: $(tail -n 5 "$work/log")" || return 1
  [[ $(ran) == *'("generated",'* ]] || complain "it prints: $(ran)"
}
check "$packages: a hook that writes a module" hook_generates

# Another text of a hook: whatever it does is done, and seen.
hook_changes() {
  local hook='lib.overrideCabal (_: { preBuild = "sed -i s/plain/WORD/ src/Kinds/Plain.hs"; }) (lib.dontHaddock (lib.dontCheck package))'
  project "$work/base" kinds "${hook/WORD/once}"
  project "$work/edited" kinds "${hook/WORD/twice}"
  ask "$work/edited" "$work/base" || return 1
  if [ -n "$(answered .incremental)" ]; then
    same_build
  else
    [ -n "$(answered .why_plain)" ] || complain "no sentence" || return 1
    build plain
  fi
}
check "$packages: a hook changes" hook_changes

# GHC does not compare -Werror, so that it would skip the module that warns.
hook_configures() {
  local hook='lib.overrideCabal (_: { preConfigure = "configureFlags=\"$configureFlags FLAGS\""; }) (lib.dontHaddock (lib.dontCheck package))'
  project "$work/base" kinds "${hook/FLAGS/--ghc-option=-Wall}"
  project "$work/edited" kinds "${hook/FLAGS/--ghc-option=-Wall --ghc-option=-Werror}"
  ask "$work/edited" "$work/base" || return 1
  agree || return 1
  [ "$verdict" = failed ] || complain "both builds succeed: the warning is no error" || return 1
  grep -q 'Kinds.Warned\|Kinds/Warned' "$work/log" || complain "it failed for another reason: $(tail -n 5 "$work/log")"
}
check "$packages: a hook that configures" hook_configures

attributes_overridden() {
  shaped kinds '(lib.dontHaddock (lib.dontCheck package)).overrideAttrs (old: {
    outputs = old.outputs ++ [ "extra" ];
    postInstall = (old.postInstall or "") + "$out/bin/kinds >$extra";
    preFixupPhases = (old.preFixupPhases or [ ]) ++ [ "tellPhase" ];
    tellPhase = "echo told >>$extra";
  })' || return 1
  local extra out
  extra=$(answered .incremental.outputs.extra)
  out=$(answered .incremental.outputs.out)
  grep -qx "$out/bin" "$extra" || complain "the output has: $(<"$extra")" || return 1
  grep -qx told "$extra" || complain "the output has: $(<"$extra")"
}
check "$packages: attributes that the user overrides" attributes_overridden

# Overridden again after hinc's own hand was in it: `override` and `overrideAttrs` stay.
setup_of_its_own() {
  local commit
  for commit in base edited; do
    project "$work/$commit" custom 'lib.dontHaddock (lib.dontCheck package)'
  done
  echo "fast and loose" >"$work/edited/custom/motto.txt"
  ask "$work/edited" "$work/base" && same_build || return 1
  [ "$verdict" = built ] || complain "both builds failed: $(tail -n 5 "$work/log")" || return 1
  [[ $(ran) == *"fast and loose"* ]] || complain "it prints: $(ran)"
}
check "$packages: a Setup program of the package's own" setup_of_its_own
