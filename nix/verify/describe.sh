# shellcheck shell=bash
# Writes the description of a build. Run by Nix with the attributes of
# describe.nix in the environment.
set -eu -o pipefail
: "${searchPath:?}" "${out:?}" "${program:?}" "${intermediates:?}" "${installed:?}" "${witness=}" "${paths=}"
export PATH=$searchPath HOME=$NIX_BUILD_TOP LC_ALL=C.UTF-8

read -r library <"$program/library"
printf '%s' "$paths" | "$program/bin/describe" "$library" "$intermediates" "$installed" "$witness" >"$out"
exit 0
