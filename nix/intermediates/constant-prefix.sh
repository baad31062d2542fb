# shellcheck shell=bash
# Builds under paths that are the same for every commit, and puts the real ones in
# afterwards. A package's Paths_ module holds the installation paths, and with them
# every build would compile that module and all that inline something of it.

# placeholder NAME: what stands for the hash of the output NAME, in `placeholder`.
# Of letters that Nix's base 32 does not have, so that it is no store path; not the
# "eeee" that nuke-refs writes. Each output has its own: the path of `out` is the
# beginning of those of the others.
placeholder() {
  placeholder=outeoutteuoeoutuoteutoeuotuoeute
  if [ "$1" != out ]; then
    # shellcheck disable=SC2020 # a letter for each digit
    read -r placeholder _ < <(printf 'hinc %s' "$1" | sha256sum | tr 0-9a-f otueoteuotueueto)
    placeholder=${placeholder:0:32}
  fi
}

# constant_path NAME PATH: what stands for the PATH of an output, in `constant_path`.
constant_path() {
  local name=${2#"$NIX_STORE"/} placeholder
  placeholder "$1"
  # shellcheck disable=SC2034 # the answer
  constant_path=$NIX_STORE/$placeholder${name:32}
}

# rewrite_placeholders OUTPUTS FOLDER...: replaces the placeholders in every file of
# these folders by the hashes of the outputs, and ends the build where one is left.
# OUTPUTS: a file of `NAME PATH`.
rewrite_placeholders() {
  local outputs=$1 work=$NIX_BUILD_TOP/hinc-rewrite name path placeholder half left
  local program="" halves=() names=()
  shift
  mkdir -p "$work"
  while read -r name path; do
    placeholder "$name"
    path=${path#"$NIX_STORE"/}
    program+="s/$placeholder/${path:0:32}/g;"
    # Halves are looked for: one that stands alone was cut by a program that
    # computed with the path, and cannot be replaced.
    for half in "${placeholder:0:16}" "${placeholder:16}"; do
      halves+=(-e "$half")
      names+=(-o -name "*$half*" -o -lname "*$half*")
    done
  done <"$outputs"

  { LC_ALL=C grep -rlZF "${halves[@]}" -- "$@" || [ $? -eq 1 ]; } >"$work/found"
  LC_ALL=C xargs -r -0 sed -i "$program" <"$work/found"
  {
    # grep ends with 1 where nothing is found and with 2 where it could not look; xargs would tell both by 123.
    # shellcheck disable=SC2016 # for the shell that is started
    LC_ALL=C xargs -r -0 bash -c 'grep -lF "$@" || [ $? -eq 1 ]' grep "${halves[@]}" -- <"$work/found"
    find "$@" \( -false "${names[@]}" \) -print
  } >"$work/left"
  if [ -s "$work/left" ]; then
    left=$(<"$work/left")
    refuse "the installation path was changed or shortened while building, so it cannot be put in afterwards; it is left in:
$left"
  fi
}
