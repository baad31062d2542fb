# shellcheck shell=bash
# Keeps what `hinc verify` compares beside the modules. Later builds never read it.

# keep_others DIST TO: hashes of what the build folder holds beside what GHC writes of
# modules: objects of C, generated sources, cabal_macros.h. What was linked is left out;
# it is compared where it is installed.
keep_others() {
  local dist=$1 to=$2 record=$NIX_BUILD_TOP/hinc-record work=$NIX_BUILD_TOP/hinc-keep-others
  mkdir -p "$work"
  {
    haskell_products "$dist/build" "$record/suffixes" | cut -f 2
    companions "$record" | sed -n "s|^[^\t]*\t$dist/build/||p"
  } | LC_ALL=C sort -u >"$work/modules"
  find "$dist/build" -type f ! -perm -u+x ! -name '*.a' ! -name '*.so' -printf '%P\n' |
    LC_ALL=C sort | LC_ALL=C comm -23 - "$work/modules" |
    (cd "$dist/build" && xargs -r -d '\n' sha256sum --) >"$to/hinc/others"
}

# keep_test TO: what the test suites printed.
keep_test() {
  cp "$NIX_BUILD_TOP/hinc-check" "$1/hinc/test"
}
