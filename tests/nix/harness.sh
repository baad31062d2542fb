# shellcheck shell=bash
# What the checks of nix/ share: requests to nix/drive.nix, builds, comparisons.
# Expects `repository`, `work` and `toolchain` from the script that reads this file.
# shellcheck disable=SC2034,SC2154 # shared with the scripts that read this file

passed=0
failed=0

# Why the running check failed; the first reason counts.
reason=""

# A substitution of the running check that changed nothing: the check shows nothing then.
idle=""

# complain TEXT: notes a reason and gives a status that ends the check.
complain() {
  if [ -z "$reason" ]; then reason=$1; fi
  return 1
}

# check NAME COMMAND...: runs one check in this shell and says how it went.
check() {
  local name=$1
  shift
  if [ "${#wanted[@]}" -gt 0 ]; then
    local pattern found=no
    for pattern in "${wanted[@]}"; do if [[ $name == *"$pattern"* ]]; then found=yes; fi; done
    if [ "$found" = no ]; then return 0; fi
  fi
  reason="" idle=""
  if "$@" && [ -z "$idle" ]; then
    passed=$((passed + 1))
    echo "ok $name"
  else
    failed=$((failed + 1))
    if [ -n "$idle" ]; then reason="an edit changes nothing: $idle"; fi
    reason=${reason:-the command $1 failed}
    echo "FAILED $name: ${reason:0:800}"
  fi
}

# finish: the closing line, and the status of the whole run. Nothing checked is a failure too: of a name that no check has, for one.
finish() {
  if [ "$((passed + failed))" -eq 0 ]; then
    echo "no check has one of these in its name: ${wanted[*]}" >&2
    return 2
  fi
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# make_edit FOLDER FUNCTION: runs an edit in a folder. Each of its commands counts, and
# it changes something there, unless it is `nothing`.
make_edit() {
  local folder=$1 function=$2 before
  before=$(state_of "$folder")
  # A bash of its own, since bash ignores `set -e` in whatever is part of a condition, as
  # checks are, and a subshell cannot turn it on again.
  (cd "$folder" && work=$work bash -euo pipefail -c "$(declare -f); $function") ||
    complain "the edit $function could not be made" || return 1
  [ "$function" = nothing ] || [ "$(state_of "$folder")" != "$before" ] ||
    complain "the edit $function changed nothing"
}

# sed_in_place SCRIPT FILE...: `sed -i`, after which each of the files is another.
sed_in_place() {
  local script=$1 file before
  shift
  for file in "$@"; do
    before=$(<"$file")
    sed -i "$script" "$file"
    if [ "$(<"$file")" = "$before" ]; then
      echo "sed_in_place: $script changes nothing in $file" >&2
      idle=$script
      return 1
    fi
  done
}

# state_of FOLDER: a hash of the names, kinds and contents in it.
state_of() {
  tar --create --sort=name --mtime=@0 --directory "$1" . | sha256sum
}

# toolchain: the JSON text that describes the GHC on PATH.
toolchain() {
  local ghc system
  ghc=$(command -v ghc)
  system=$(nix-instantiate --eval --expr builtins.currentSystem | tr -d '"')
  printf '{"ghc":"%s","ghc_version":"%s","system":"%s","shell":"%s","path":"%s","fingerprint":"%s"}' \
    "$ghc" "$(ghc --numeric-version)" "$system" "$(command -v bash)" "$PATH" \
    "$(ghc --info | sha256sum | cut -d ' ' -f 1)"
}

# add FOLDER: its store path, under the name that hinc gives to sources.
add() {
  local staged=$work/staged/source
  rm -rf "$work/staged"
  mkdir -p "$work/staged"
  cp -r "$1" "$staged"
  nix-store --add "$staged"
}

# field FOLDER NAME: a field of the .cabal file there.
field() {
  sed -n "s/^$2:[[:space:]]*//p" "$1"/*.cabal | head -n 1
}

# request HEAD BASE|- [OPTIONS]: the answer to a request for a Cabal project,
# one JSON text, in the variable `answer`.
request() {
  local head=$1 base=$2 options=${3:-\{\}} base_side=null before=null
  if [ "$base" != - ]; then
    base_side="{\"packages\":[$(package_of "$base" null)]}"
    before=\"$(field "$base" name)\"
  fi
  evaluate "{\"head\":{\"packages\":[$(package_of "$head" "$before")]},\"base\":$base_side,\"toolchain\":$toolchain,
    \"host\":{\"wanted\":[\"$(field "$head" name)\"],\"options\":$options},\"file\":null}"
}

# package_of FOLDER BASE: one package of a request, BASE being the JSON name of the one it is built on.
package_of() {
  printf '{"name":"%s","version":"%s","build_type":"%s","source":"%s","dependencies":%s,"base":%s}' \
    "$(field "$1" name)" "$(field "$1" version)" "$(field "$1" build-type)" "$(add "$1")" "$(dependencies_of "$1")" "$2"
}

# dependencies_of FOLDER: what a package is built with, as hinc tells it (src/model/cabal/dependencies.rs); by Cabal's
# own reading here.
dependencies_of() {
  if [ ! -x "$work/reading" ]; then
    mkdir -p "$work/reading-objects"
    ghc -v0 -O0 -package Cabal -package Cabal-syntax -outputdir "$work/reading-objects" -o "$work/reading" \
      "$repository/tests/cabal/Reading.hs" || return 1
  fi
  printf '%s\n' "$1"/*.cabal | "$work/reading" | awk -F '\t' '
    function list(text,  words, count, i, told) {
      count = split(text, words, " ")
      for (i = 1; i <= count; i++) told = told (i > 1 ? "," : "") "\"" words[i] "\""
      return "[" told "]"
    }
    function uses(first) {
      return sprintf("{\"certain\":%s,\"possible\":%s,\"tools\":%s}", list($first), list($(first + 1)), list($(first + 2)))
    }
    { printf "{\"plain\":%s,\"tests\":%s,\"benchmarks\":%s,\"setup\":%s}", uses(5), uses(8), uses(11), list($14) }'
}

# request_file HEAD BASE|- FILE ATTRIBUTE...: the same for a Nix file. `failing`, where it is set, is that of the request.
request_file() {
  local head=$1 base=$2 file=$3 base_source=null attributes
  shift 3
  attributes=$(printf '"%s",' "$@")
  if [ "$base" != - ]; then base_source="{\"source\":\"$(add "$base")\"}"; fi
  evaluate "{\"head\":{\"source\":\"$(add "$head")\"},\"base\":$base_source,\"toolchain\":$toolchain,
    \"host\":null,\"file\":{\"path\":\"$file\",\"attributes\":[${attributes%,}]}${failing:+,\"failing\":$failing}}"
}

evaluate() {
  answer=$(nix-instantiate --eval --strict --json --read-write-mode "${drive:-$repository/nix/drive.nix}" \
    --argstr request "$1" "${evaluation_options[@]}" 2>"$work/evaluation") ||
    complain "evaluation failed: $(tail -n 3 "$work/evaluation")"
}
evaluation_options=()

# answered PATH: a value of the answer's first package, by a jq path.
answered() {
  jq -r ".packages[0] | $1 // empty" <<<"$answer"
}

# build KIND: realises `plain`, `full`, `head_full` or `incremental` of the
# answer; log in $work/log.
build() {
  local drv status=0
  drv=$(answered ".$1.drv")
  if [ -z "$drv" ]; then
    complain "no $1 derivation: $(answered .why_plain)"
    return 1
  fi
  nix-store --realise "$drv" >/dev/null 2>"$work/build" || status=$?
  nix-store --read-log "$drv" >"$work/log" 2>/dev/null || : >"$work/log"
  if [ "$status" -ne 0 ]; then complain "$1 build failed: $(tail -n 4 "$work/build" | tr '\n' ' ')"; fi
  return "$status"
}

# compiled: the modules that GHC compiled according to $work/log, sorted. What
# haddock reads from GHC 9.10 on it calls `Compiling` too, to `nothing`; and a Setup
# program is none of the package.
compiled() {
  { grep -vE ', nothing \)$|Setup\.l?hs, ' "$work/log" | grep -oE '^\[ *[0-9]+ of [0-9]+\] Compiling [^ ]+' || true; } |
    sed 's/.* //' | LC_ALL=C sort -u
}

# expect_compiled MODULE...: exactly these were compiled.
expect_compiled() {
  local found wanted
  found=$(compiled | tr '\n' ' ')
  wanted=$(printf '%s\n' "$@" | LC_ALL=C sort -u | tr '\n' ' ')
  if [ "${found# }" != "${wanted# }" ]; then complain "compiled: ${found:-nothing}; expected: $wanted"; fi
}

# event NAME: the events of one kind in $work/log, one JSON object a line.
event() {
  { grep '^@hinc ' "$work/log" || true; } | sed 's/^@hinc //' | jq -c "select(.event == \"$1\")"
}

# installed OUT: names, kinds and link targets below OUT, without its own path.
installed() {
  find "$1" -printf '%P %y %l\n' | sed "s|$1|OUT|g" | LC_ALL=C sort
}

# printed OUT: what its programs print, without the hashes of store paths.
printed() {
  local program
  for program in "$1"/bin/*; do
    if [ ! -x "$program" ]; then continue; fi
    echo "${program##*/}:"
    "$program" 2>&1 || echo "status $?"
  done | sed -E "s#$1#OUT#g; s#/nix/store/[a-z0-9]{32}-#/nix/store/-#g"
}

# agree: the incremental and the plain build of the answer give the same: both
# fail, or both install the same files and their programs print the same. The
# outputs are compared one by one.
agree() {
  local plain incremental status=0 outs=() name names
  plain=$(answered .plain.drv)
  incremental=$(answered .incremental.drv)
  if [ -z "$incremental" ]; then
    complain "no incremental derivation: $(answered .why_plain)"
    return 1
  fi
  nix-store --realise --keep-going --max-jobs 2 "$plain" "$incremental" >/dev/null 2>"$work/build" || status=$?
  nix-store --read-log "$incremental" >"$work/log" 2>/dev/null || : >"$work/log"
  local kind
  for kind in plain incremental; do
    if nix-store --check-validity "$(answered ".$kind.outputs.out")" 2>/dev/null; then
      outs+=("$(answered ".$kind.outputs.out")")
    fi
  done
  case ${#outs[@]} in
    0)
      verdict=failed
      return 0
      ;;
    1)
      complain "only ${outs[0]} was built (status $status): $(tail -n 4 "$work/build" | tr '\n' ' ')"
      return 1
      ;;
  esac
  verdict=built
  mapfile -t names < <(answered '.plain.outputs | keys[]')
  for name in "${names[@]}"; do
    outs=("$(answered ".plain.outputs.\"$name\"")" "$(answered ".incremental.outputs.\"$name\"")")
    if ! difference=$(diff <(installed "${outs[0]}") <(installed "${outs[1]}")); then
      complain "other files are installed: $difference"
      return 1
    fi
    if ! difference=$(diff <(printed "${outs[0]}") <(printed "${outs[1]}")); then
      complain "the programs print something else: $difference"
      return 1
    fi
    if nix-store --query --references "${outs[1]}" | grep -q intermediates; then
      complain "the result refers to the base's intermediates"
      return 1
    fi
  done
}
