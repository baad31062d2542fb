# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with the harness
# shellcheck disable=SC2016 # Nix expressions
# What is restored beside interfaces and objects, and what is not taken over although it
# lies where these do.

# The flags are known to the configured package alone.
hie_files() {
  shaped kinds 'lib.overrideCabal (_: { postInstall = "cp -r .hie $out/hie"; })
    (lib.appendConfigureFlag "--ghc-option=-hiedir=.hie" (lib.appendConfigureFlag "--ghc-option=-fwrite-ide-info"
      (lib.dontHaddock (lib.dontCheck package))))' || return 1
  find "$(answered .incremental.outputs.out)/hie" -name Plain.hie | grep -q . || complain "no .hie files are installed"
}
check "$packages: with .hie files" hie_files

# stale_dist FOLDER: a build folder that somebody committed.
stale_dist() {
  mkdir -p "$1/dist/build/Kinds" "$1/dist/build/kinds" "$1/dist/build/autogen" "$1/dist/package.conf.inplace"
  local file
  for file in setup-config build/Kinds/{Plain,Place}.{hi,o} build/autogen/{Paths_kinds.hs,cabal_macros.h} package.conf.inplace/package.cache; do
    echo stale >"$1/dist/$file"
  done
  printf '#!/bin/sh\necho stale\n' >"$1/dist/build/kinds/kinds"
  chmod +x "$1/dist/build/kinds/kinds"
}

committed_dist() {
  local commit
  for commit in base edited; do
    project "$work/$commit" kinds
    stale_dist "$work/$commit/kinds"
  done
  echo "-- A comment." >>"$work/edited/kinds/src/Kinds/Plain.hs"
  ask "$work/edited" "$work/base" && same_build && expect_compiled Kinds.Plain || return 1
  [[ $(ran) != *stale* ]] || complain "it prints: $(ran)"
}
check "$packages: a build folder that was committed" committed_dist

# Latin 1, which find and sed take for no text where the locale is another one.
names_of_bytes() {
  local commit name=$'caf\xe9.txt'
  for commit in base edited; do
    project "$work/$commit" kinds
    sed_in_place 's|^data-files: .*|data-files: data/*.txt|' "$work/$commit/kinds/kinds.cabal"
    echo "$commit" >"$work/$commit/kinds/data/$name"
  done
  ask "$work/edited" "$work/base" && same_build || return 1
  find "$(answered .incremental.outputs.out)" -name '*.txt' -exec grep -qx edited {} + || complain "the file is another one"
}
check "$packages: a file with a name that is no text" names_of_bytes
