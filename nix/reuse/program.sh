# shellcheck shell=bash
# Compiles the programs of nix/reuse, and the library of nix/observe. Run by Nix with the
# attributes of program.nix in the environment.
#
# Not every GHC and not every system can have all of them. What is missing is missing in
# the output, and whoever wants it does without: no reason for a package not to be built.
set -eu -o pipefail
: "${searchPath:?}" "${out:?}" "${sources:?}" "${observe:?}" "${ghc:?}"
export PATH=$searchPath HOME=$NIX_BUILD_TOP LC_ALL=C.UTF-8
cd "$NIX_BUILD_TOP"
mkdir -p "$out/bin" "$out/lib"

for pair in $sources; do cp "${pair#*=}" "${pair%%=*}.hs"; done
# Optimising everything takes three times as long, on each machine that builds, and most of all on one that is
# emulated. What works through every line of a build's log asks for it in its own file.
"$ghc" --make -v0 -O0 -package-env - -outputdir objects -o "$out/bin/reuse" Reuse.hs || {
  echo "hinc: the program that decides what is reused cannot be compiled with this GHC, so nothing is reused"
  rm -f "$out/bin/reuse"
}

# Interfaces can be read by the very GHC that wrote them and by no other. Linking the
# compiler in would take a second longer and 100 MB.
library=$("$ghc" --print-libdir)
linking=()
if find "$library/.." -name 'libHSghc-[0-9]*.so' -print -quit | grep -q .; then linking=(-dynamic); fi
if "$ghc" --make -v0 -O0 "${linking[@]}" -package ghc -package-env - -outputdir interfaces -o "$out/bin/interface-facts" InterfaceFacts.hs; then
  printf '%s\n' "$library" >"$out/library"
else
  echo "hinc: interfaces cannot be read with this GHC (has it the package \`ghc\`?), so it is not known which modules ran code while they were compiled"
  rm -f "$out/bin/interface-facts"
fi

# The C compiler that GHC itself uses.
compiler=$("$ghc" --info | sed -n 's/.*("C compiler command","\([^"]*\)").*/\1/p')
if ! "${compiler:-cc}" -O2 -fPIC -shared -nostdlib -fno-stack-protector -fno-builtin -fvisibility=hidden -o "$out/lib/libobserve.so" "$observe"; then
  echo "hinc: processes cannot be observed on this system, so what they read is not known"
  rm -f "$out/lib/libobserve.so"
fi
exit 0
