# shellcheck shell=bash
# Compiles the program that describes a build. Run by Nix with the attributes of
# program.nix in the environment.
set -eu -o pipefail
: "${searchPath:?}" "${out:?}" "${describe:?}" "${interfaces:?}" "${elf:?}" "${ghc:?}"
export PATH=$searchPath HOME=$NIX_BUILD_TOP LC_ALL=C.UTF-8
cd "$NIX_BUILD_TOP"

# Interfaces can be read by the very GHC that wrote them and by no other.
ghc_pkg=${ghc%/*}/ghc-pkg${ghc##*/ghc}
library=$("$ghc" --print-libdir)
if ! "$ghc_pkg" --global --simple-output list ghc 2>/dev/null | grep -q .; then
  echo "hinc: this GHC has no package \`ghc\`, without which interfaces cannot be read and nothing can be verified" >&2
  exit 1
fi
# Linking the compiler in would take a second longer and 100 MB.
linking=()
if find "$library/.." -name 'libHSghc-[0-9]*.so' -print -quit | grep -q .; then linking=(-dynamic); fi

mkdir -p "$out/bin"
cp "$describe" Describe.hs
cp "$interfaces" Interfaces.hs
cp "$elf" Elf.hs
"$ghc" --make -v0 -O1 "${linking[@]}" -package ghc -package-env - -outputdir objects -o "$out/bin/describe" Describe.hs
printf '%s\n' "$library" >"$out/library"
exit 0
