# shellcheck shell=bash
# Compiles the default Setup program, and the program that describes packages.
# Run by Nix with the attributes of setup.nix in the environment.
set -eu -o pipefail
: "${searchPath:?}" "${reuse:?}" "${out:?}" "${main:?}" "${describe:?}" "${ghc:?}" "${ghcVersion:?}"
export PATH=$searchPath HOME=$NIX_BUILD_TOP LC_ALL=C.UTF-8
cd "$NIX_BUILD_TOP"

# The compiler is no input that Nix knows: it may be another one on the machine
# that builds than on the one that evaluated.
if [ ! -x "$ghc" ]; then
  echo "hinc: there is no $ghc in the build sandbox; does Nix's setting sandbox-paths name its folder?" >&2
  exit 1
fi
found=$("$ghc" --numeric-version)
if [ "$found" != "$ghcVersion" ]; then
  echo "hinc: $ghc is GHC $found here, but this build was made for GHC $ghcVersion" >&2
  exit 1
fi

mkdir -p "$out/bin"

cp "$main" Setup.hs
cp "$describe" DescribePackage.hs
"$ghc" --make -v0 -package-env - -outputdir setup -o "$out/bin/Setup" Setup.hs
"$ghc" --make -v0 -package-env - -outputdir describe -o "$out/bin/describe-package" DescribePackage.hs

# How often Cabal itself opens the description of a package and lists its folder: a Setup
# program of a package that does so more often looks for something of its own.
if [ -e "$reuse/lib/libobserve.so" ]; then
  mkdir sample
  (
    cd sample
    printf 'cabal-version: 2.4\nname: sample\nversion: 1\nbuild-type: Simple\nlibrary\n  default-language: Haskell2010\n' >sample.cabal
    LD_PRELOAD=$reuse/lib/libobserve.so HINC_OBSERVE_LOG=$NIX_BUILD_TOP/observed HINC_OBSERVE_ROOTS=$PWD "$out/bin/Setup" configure -v0 --with-compiler="$ghc" || true
  ) >>"$NIX_BUILD_TOP/observed"
  awk -F '\t' 'NR == 1 { setup = $1 } $1 != setup { next } $2 == "read" && $3 ~ /\/sample\.cabal$/ { opened++ } $2 == "list" && $3 ~ /\/sample$/ { listed++ } END { print opened + 0, listed + 0 }' \
    observed >"$out/looks"
fi

# Nix takes the end of output for the end of the builder; coreutils programs
# close theirs before they exit, so the last command is the shell's own.
exit 0
