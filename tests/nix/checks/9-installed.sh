# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # shared with harness.sh
# What an incremental build installs has the real path in it: for its own programs,
# and for clients that are linked with it statically and dynamically.

# placed FOLDER: a library and a program that find a data file.
placed() {
  mkdir -p "$1/src/Placed" "$1/data"
  cat >"$1/placed.cabal" <<'CABAL'
cabal-version: 2.4
name:          placed
version:       1.0
build-type:    Simple
data-dir:      data
data-files:    word.txt

library
  default-language: Haskell2010
  hs-source-dirs:   src
  exposed-modules:  Placed, Placed.Other
  autogen-modules:  Paths_placed
  other-modules:    Paths_placed
  build-depends:    base

executable placed
  default-language: Haskell2010
  main-is:          Main.hs
  build-depends:    base, placed
CABAL
  cat >"$1/src/Placed.hs" <<'HASKELL'
module Placed (word, folders) where

import Paths_placed

{-# INLINE word #-}
word :: IO String
word = getDataFileName "word.txt" >>= readFile

folders :: IO [FilePath]
folders = sequence [getBinDir, getLibDir, getDynLibDir, getDataDir, getLibexecDir, getSysconfDir]
HASKELL
  printf 'module Placed.Other (other) where\n\nother :: Int\nother = 1\n' >"$1/src/Placed/Other.hs"
  cat >"$1/Main.hs" <<'HASKELL'
module Main (main) where

import Placed
import Placed.Other

main :: IO ()
main = do
  word >>= putStr
  folders >>= mapM_ putStrLn
  print other
HASKELL
  echo "in its place" >"$1/data/word.txt"
}

installed_path_is_right() {
  local out folders folder option
  rm -rf "$work/placed" "$work/placed-edited"
  placed "$work/placed"
  cp -r "$work/placed" "$work/placed-edited"
  sed_in_place 's/= 1/= 2/' "$work/placed-edited/src/Placed/Other.hs"
  request "$work/placed-edited" "$work/placed" && agree || return 1
  out=$(answered .incremental.outputs.out)

  # The folders: all below $out, of which those that a build fills exist.
  folders=$("$out/bin/placed" | sed -n '2,7p')
  [ "$(grep -c "^$out/" <<<"$folders")" -eq 6 ] || complain "the program knows other folders: $folders" || return 1
  while IFS= read -r folder; do
    [ -d "$folder" ] || complain "there is no $folder" || return 1
  done < <(sed -n '1p;2p;4p' <<<"$folders")
  ! grep -rqF outeoutteuoeoutuo "$out" || complain "the placeholder is left in $(grep -rlF outeoutteuoeoutuo "$out")" || return 1
  grep -q "$out/lib" "$out"/lib/package.conf.d/*.conf || complain "the registration names another folder" || return 1
  # Clients, linked statically and dynamically.
  rm -rf "$work/client"
  mkdir -p "$work/client/db"
  cp "$out"/lib/package.conf.d/*.conf "$work/client/db/"
  ghc-pkg --package-db "$work/client/db" recache
  cp "$work/placed-edited/Main.hs" "$work/client/"
  for option in -static -dynamic; do
    (cd "$work/client" && ghc -v0 "$option" -package-env - -package-db db -outputdir "o$option" -o "client$option" Main.hs) ||
      complain "a client could not be linked ($option)" || return 1
    diff <("$work/client/client$option") <("$out/bin/placed") >/dev/null ||
      complain "a client prints something else ($option): $("$work/client/client$option" 2>&1 | head -n 3)" || return 1
  done
  [ "$("$work/client/client-static" | head -n 1)" = "in its place" ] || complain "the data file was not found"
}

run_path_is_right() {
  local out
  rm -rf "$work/placed" "$work/placed-edited"
  placed "$work/placed"
  cp -r "$work/placed" "$work/placed-edited"
  sed_in_place 's/= 1/= 3/' "$work/placed-edited/src/Placed/Other.hs"
  request "$work/placed-edited" "$work/placed" '{"configure_flags":["--enable-executable-dynamic"]}' && agree || return 1
  out=$(answered .incremental.outputs.out)
  readelf -d "$out/bin/placed" | grep -E 'R(UN)?PATH' | grep -qF "$out/lib" || complain "the run path does not lead to the library" || return 1
  "$out/bin/placed" | grep -qx 3 || complain "it does not run: $("$out/bin/placed" 2>&1 | head -n 2)"
}
check "a program that is linked dynamically finds its library" run_path_is_right
check "what is installed knows its place, and so do its clients" installed_path_is_right
