# shellcheck shell=bash
# Compiles the default Setup program and the module lister. Run by Nix with the
# attributes of setup.nix in the environment.
set -eu -o pipefail
: "${searchPath:?}" "${out:?}" "${main:?}" "${modules:?}" "${ghc:?}"
export PATH=$searchPath HOME=$NIX_BUILD_TOP LC_ALL=C.UTF-8
cd "$NIX_BUILD_TOP"
mkdir -p "$out/bin"

cp "$main" Setup.hs
cp "$modules" ListModules.hs
"$ghc" --make -v0 -package-env - -outputdir setup -o "$out/bin/Setup" Setup.hs
"$ghc" --make -v0 -package-env - -outputdir modules -o "$out/bin/list-modules" ListModules.hs

# Nix takes the end of output for the end of the builder; coreutils programs
# close theirs before they exit, so the last command is the shell's own.
exit 0
