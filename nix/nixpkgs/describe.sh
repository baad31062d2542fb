# shellcheck shell=bash
# Compiles DescribePackage.hs. Where that fails there is no program, and nothing is
# reused: no reason for a package not to be built.
: "${out:?}" "${ghc:?}" "${source:?}"
mkdir -p "$out/bin" objects
cp "$source" DescribePackage.hs
"$ghc" --make -v0 -package-env - -outputdir objects -o "$out/bin/describe-package" DescribePackage.hs || {
  echo "hinc: the program that describes packages cannot be compiled with this GHC, so nothing is reused"
  rm -f "$out/bin/describe-package"
}
