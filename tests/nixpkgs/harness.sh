# shellcheck shell=bash
# What the checks of nix/nixpkgs share, beyond tests/nix/harness.sh.
# shellcheck disable=SC2034,SC2154 # shared with the scripts that read this file

fixtures=$repository/fixtures/projects

# project FOLDER NAME [EXPRESSION]: the fixture NAME below FOLDER, as somebody has it
# who uses nixpkgs: a default.nix, whose attribute `package` is the EXPRESSION, made of
# `package`, `lib` (haskell.lib.compose) and `pkgs`.
project() {
  rm -rf "$1"
  mkdir -p "$1"
  cp -r "$fixtures/$2" "$1/$2"
  expression "$1" "$2" "${3:-lib.dontHaddock (lib.dontCheck package)}"
}

# expression FOLDER NAME EXPRESSION
expression() {
  cat >"$1/default.nix" <<NIX
{
  pkgs ? import <nixpkgs> { },
}:
let
  lib = pkgs.haskell.lib.compose;
  package = pkgs.haskellPackages.callCabal2nix "$2" ./$2 { };
in
{
  package = $3;
}
NIX
}

# ask HEAD BASE|- [ATTRIBUTE...]: the answer for a Nix file, `package` by default.
ask() {
  local head=$1 base=$2
  shift 2
  if [ "$#" -eq 0 ]; then set -- package; fi
  request_file "$head" "$base" default.nix "$@"
}

# same_build: the incremental build of the answer's first package installs what the
# plain one does, and nothing in it leads to the base or to a path that was made up.
same_build() {
  agree || return 1
  if [ "$verdict" = failed ]; then return 0; fi
  local name plain incremental names
  mapfile -t names < <(answered '.plain.outputs | keys[]')
  for name in "${names[@]}"; do
    plain=$(answered ".plain.outputs.\"$name\"")
    incremental=$(answered ".incremental.outputs.\"$name\"")
    difference=$(diff <(contents "$plain") <(contents "$incremental")) ||
      complain "the output $name is another: ${difference:0:400}" || return 1
    difference=$(diff <(referred "$plain") <(referred "$incremental")) ||
      complain "the output $name refers to something else: $difference" || return 1
    # The letters of placeholders (intermediates/constant-prefix.sh). Of `e' alone is
    # what nixpkgs itself puts in the place of a path (remove-references-to).
    found=$(grep -roaE '[oteu]{16,}' "$incremental" | grep -vE ':e+$' || true)
    [ -z "$found" ] || complain "a placeholder is left in $found" || return 1
    if nix-store --query --requisites "$incremental" | grep -q -- '-intermediates$'; then
      complain "the output $name needs the base's intermediates" || return 1
    fi
  done
}

# contents OUTPUT: what lies in it and, of what is no code, a digest. Paths of the
# answer's outputs are replaced by their names.
contents() {
  if [ ! -d "$1" ]; then
    anonymous <"$1"
    return
  fi
  (
    cd "$1" || exit
    installed "$1"
    find . -type f \( -path '*/share/*' -o -name '*.conf' -o -path '*/nix-support/*' \) |
      LC_ALL=C sort | while IFS= read -r file; do
      case $file in
        # Haddock orders its names otherwise in each build, even in two clean ones.
        *.haddock) ;;
        # An ABI hash knows the paths that a module inlines.
        *.conf) echo "$file $(grep -v '^abi' "$file" | anonymous | sha256sum)" ;;
        *) echo "$file $(anonymous <"$file" | sha256sum)" ;;
      esac
    done
  ) | anonymous
}

# anonymous: without hashes of store paths.
anonymous() {
  LC_ALL=C sed -E "s#/nix/store/[a-z0-9]{32}-#/nix/store/-#g"
}

# referred OUTPUT: the names of the store paths that it refers to.
referred() {
  nix-store --query --references "$1" | sed -E 's#^/nix/store/[a-z0-9]{32}-##' | LC_ALL=C sort -u
}

# ran: what the programs of the answer's incremental build print.
ran() {
  local out
  out=$(answered '.incremental.outputs | (.bin // .out)')
  printed "$out"
}
