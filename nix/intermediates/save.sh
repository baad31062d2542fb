# shellcheck shell=bash
# Keeps what a later build can use of a finished one.

# save_intermediates DIST TO: fills the output `intermediates`.
#
# Expects to be run in the package's folder, and in $NIX_BUILD_TOP/hinc-record what
# the build phase wrote: log, finished, modules, components, suffixes, places,
# reexports, fields, seconds, count.
save_intermediates() {
  local dist=$1 to=$2 work=$NIX_BUILD_TOP/hinc-save
  mkdir -p "$to/build" "$to/hinc" "$work"
  haskell_products "$dist/build" "$NIX_BUILD_TOP/hinc-record/suffixes" | cut -f 2 >"$work/files"
  copy_listed "$dist/build" "$to/build" <"$work/files"
  cp "$NIX_BUILD_TOP"/hinc-record/* "$to/hinc/"
  save_companions "$NIX_BUILD_TOP/hinc-record" "$to"
  # shellcheck disable=SC2154 # from the derivation
  setup_files "$buildType" >"$to/hinc/setup"
  keep_observed "$buildType" "$to/hinc"
  if [ -z "$previous" ]; then tell_imports "$to/hinc/facts"; fi
  echo 5 >"$to/hinc/format"
  # shellcheck disable=SC2154 # from the derivation
  printf '%s\n' "${toolchain[fingerprint]}" >"$to/hinc/fingerprint"
}
