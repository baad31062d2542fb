# shellcheck shell=bash
# Writes the description of a build. Run by Nix with the attributes of
# describe.nix in the environment.
set -eu -o pipefail
: "${searchPath:?}" "${out:?}" "${program:?}" "${intermediates:?}" "${installed:?}" "${witness=}" "${paths=}"
export PATH=$searchPath HOME=$NIX_BUILD_TOP LC_ALL=C.UTF-8

# Sorted by kind and path, so that two descriptions can be read side by side, and none
# has to be in memory. Lines of one thing stay in their order.
sorted=$NIX_BUILD_TOP/sorted
read -r library <"$program/library"
printf '%s' "$paths" | "$program/bin/describe" "$library" "$intermediates" "$installed" "$witness" |
  LC_ALL=C sort -s -t $'\t' -k 1,1 -k 2,2 -S 64M -T "$NIX_BUILD_TOP" >"$sorted"
# The first line says how many follow: half of a description proves nothing.
lines=$(wc -l <"$sorted")
{
  printf 'all\t\tlines\t%d\n' "$lines"
  cat "$sorted"
} >"$out"
exit 0
