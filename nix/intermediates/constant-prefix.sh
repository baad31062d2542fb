# shellcheck shell=bash
# Builds under a prefix that is the same for every commit, and puts the real one
# in afterwards. A package's Paths_ module holds the prefix, and with it every
# build would compile that module and all that inline something of it.

# What stands for the hash of $out. Letters that Nix's base 32 does not have, so
# that it is no store path; not the "eeee" that nuke-refs writes.
placeholder=outeoutteuoeoutuoteutoeuotuoeute

# constant_prefix OUT: the prefix to configure with, in `constant_prefix`.
constant_prefix() {
  local name=${1#"$NIX_STORE"/}
  # shellcheck disable=SC2034 # the answer
  constant_prefix=$NIX_STORE/$placeholder${name:32}
}

# rewrite_prefix OUT: replaces the placeholder in every file below OUT by OUT's
# own hash, and ends the build where one is left.
rewrite_prefix() {
  local out=$1 name=${1#"$NIX_STORE"/} work=$NIX_BUILD_TOP/hinc-rewrite left
  local hash=${name:0:32} half=${placeholder:0:16} other=${placeholder:16}
  mkdir -p "$work"

  # Halves are looked for: one that stands alone was cut by a program that
  # computed with the path, and cannot be replaced.
  { LC_ALL=C grep -rlZF -e "$half" -e "$other" -- "$out" || [ $? -eq 1 ]; } >"$work/found"
  LC_ALL=C xargs -r -0 sed -i "s/$placeholder/$hash/g" <"$work/found"
  {
    # 123 is what xargs gives where grep found nothing.
    LC_ALL=C xargs -r -0 grep -lF -e "$half" -e "$other" -- <"$work/found" || [ $? -eq 123 ]
    find "$out" \( -name "*$half*" -o -name "*$other*" -o -lname "*$half*" -o -lname "*$other*" \) -print
  } >"$work/left"
  if [ -s "$work/left" ]; then
    left=$(<"$work/left")
    refuse "the installation path was changed or shortened while building, so it cannot be put in afterwards; it is left in:
$left"
  fi
}
