# shellcheck shell=bash
# Compiles the default Setup program, and the program that describes packages.
# Run by Nix with the attributes of setup.nix in the environment.
set -eu -o pipefail
: "${searchPath:?}" "${out:?}" "${main:?}" "${describe:?}" "${ghc:?}" "${ghcVersion:?}"
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

# Nix takes the end of output for the end of the builder; coreutils programs
# close theirs before they exit, so the last command is the shell's own.
exit 0
