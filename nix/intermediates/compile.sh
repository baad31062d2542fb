# shellcheck shell=bash
# Runs `Setup build`, and tells what it compiled.
#
# Expects the package's folder as the current one, `record`, `describe` and
# `previous` as variables, and `scripts` from the derivation.
# shellcheck disable=SC2154 # these

# passed_on LOG COMMAND...: runs a command, its output kept as well as passed on.
# A line that it left open is closed, since hinc and Nix read whole lines.
passed_on() {
  local log=$1 status=0
  shift
  "$@" 2>&1 | tee -a "$log" || status=$?
  if [ -n "$(tail -c 1 "$log")" ]; then echo; fi
  return "$status"
}

# compile COMMAND...: runs one `Setup build`, and again as long as GHC has skipped modules
# that it should not have. Where it fails, what it compiled is told all the same, and the
# build ends as it did; a partial one goes on with what compiled (partial.sh).
compile() {
  local status=0
  passed_on "$record/log" "$@" || status=$?
  while take_out_missed; do
    status=0
    passed_on "$record/log" "$@" || status=$?
  done
  if [ "$status" -eq 0 ]; then return 0; fi
  if [ -n "${partial-}" ]; then
    build_other_components "$status" "$@"
    return 0
  fi
  tell_finished
  exit "$status"
}

# take_out_missed: removes the modules that GHC has wrongly skipped (GhcBugs.hs, Warned.hs).
# False where there are none.
take_out_missed() {
  local work=$NIX_BUILD_TOP/hinc-missed
  if [ -z "$previous" ] || [ ! -x "$reuse/bin/interface-facts" ]; then return 1; fi
  mkdir -p "$work"
  haskell_products dist/build "$record/suffixes" -newermt @1 >"$work/compiled"
  if [ ! -s "$work/compiled" ]; then return 1; fi
  "$reuse/bin/interface-facts" "$(<"$reuse/library")" dist/build <"$work/compiled" >"$work/facts"
  haskell_products dist/build "$record/suffixes" >"$work/products"
  known_modules dist "$describe" <"$work/products" >"$work/modules" || return 1
  # Those that could not be compiled have nothing that was wrongly kept.
  LC_ALL=C awk -F '\t' 'FILENAME == ARGV[1] { there[$1] = 1; next } $3 in there' "$work/products" "$work/modules" >"$work/there"
  "$reuse/bin/reuse" warnings "$previous/hinc" "$work/facts" >"$work/names"
  : >"$work/uses"
  if [ -s "$work/names" ]; then
    "$reuse/bin/interface-facts" "$(<"$reuse/library")" dist/build "$work/names" <"$work/products" >"$work/uses"
  fi
  "$reuse/bin/reuse" missed "${toolchain[ghc_version]}" "$previous/hinc" "$work/facts" "$work/there" "$work/uses" >"$work/stems"
  LC_ALL=C awk -F '\t' 'FILENAME == ARGV[1] { out[$1] = 1; next } $1 in out { print $2 }' "$work/stems" "$work/products" >"$work/out"
  if [ ! -s "$work/out" ]; then return 1; fi
  (cd dist/build && xargs -d '\n' rm -f -- <"$work/out")
}

# drop_stale_stubs DIST STUBS: removes C stubs that their modules no longer have
# (stale_stubs), and with them all that does not stem from Haskell: C sources were
# compiled with a header that a clean build would lack. Compile once more then.
drop_stale_stubs() {
  local dist=$1 product_names
  printf '%s\n' "$2" | xargs -d '\n' rm --
  haskell_products "$dist/build" "$record/suffixes" | cut -f 2 | LC_ALL=C sort >"$NIX_BUILD_TOP/hinc-keep"
  product_names "$record/suffixes"
  find "$dist/build" -type f \( "${product_names[@]}" \) -printf '%P\n' | LC_ALL=C sort |
    LC_ALL=C comm -23 - "$NIX_BUILD_TOP/hinc-keep" | (cd "$dist/build" && xargs -r -d '\n' rm --)
}

# conclude START END: tells what was compiled between these times, and repeats the
# warnings of what was not.
conclude() {
  elapsed "$1" "$2"
  tell_finished
  tell_built "$1" "$elapsed"
  if [ -n "$previous" ]; then
    tell_imports "$NIX_BUILD_TOP/hinc-missed/facts" "$previous/hinc/facts"
    tell_declarations
  fi
  keep_warnings
  if [ -n "$previous" ]; then replay_warnings "$previous" "$record"; fi
}

# What this build compiled, told even where it failed half-way.
tell_finished() {
  local product_names
  product_names "$record/suffixes"
  find dist/build -type f -newermt @1 \( "${product_names[@]}" \) -printf '%T@\t%P\n' |
    LC_ALL=C awk -f "${scripts[finished]}" "$record/suffixes" - | LC_ALL=C sort >"$record/finished"
  LC_ALL=C awk -F '\t' '{
    printf "@hinc {\"event\":\"finished\",\"interface\":\"%s\",\"time\":%s}\n", $2, $1
  }' "$record/finished" >&2
}

# tell_imports FACTS [FACTS-OF-BASE]: which modules each of those that were compiled waited for.
# Where GHC has no library `ghc` nobody knows.
tell_imports() {
  local base=${2:-/dev/null}
  if [ ! -s "$1" ]; then return 0; fi
  if [ ! -e "$base" ]; then base=/dev/null; fi
  LC_ALL=C awk -f "${scripts[imports]}" "$record/finished" "$base" "$1" >&2
}

# tell_declarations: which declarations changed of modules that were compiled, for others that were.
tell_declarations() {
  local compiled=$NIX_BUILD_TOP/hinc-missed/compiled
  if [ ! -s "$compiled" ] || [ ! -x "$reuse/bin/interface-facts" ]; then return 0; fi
  # What cannot be told is no reason for a build to fail.
  "$reuse/bin/interface-facts" "$(<"$reuse/library")" dist/build changed "$previous/build" <"$compiled" >&2 ||
    echo "hinc: it cannot be told which declarations changed"
}

tell_built() {
  local start=$1 seconds=$2 total compiled
  haskell_products dist/build "$record/suffixes" >"$NIX_BUILD_TOP/hinc-products"
  if known_modules dist "$describe" <"$NIX_BUILD_TOP/hinc-products" >"$NIX_BUILD_TOP/hinc-known"; then
    # Of the modules that are listed, those that are there: the description also
    # names candidates for main modules.
    LC_ALL=C awk -F '\t' 'NR == FNR { there[$1] = 1; next } $3 in there' \
      "$NIX_BUILD_TOP/hinc-products" "$NIX_BUILD_TOP/hinc-known" >"$record/modules"
  else
    echo "hinc: the list of modules could not be read; it is taken from the interfaces"
    cut -f 1 "$NIX_BUILD_TOP/hinc-products" | LC_ALL=C sort -u |
      LC_ALL=C awk '{ module = $0; gsub("/", ".", module); print "\t" module "\t" $0 }' >"$record/modules"
  fi
  total=$(wc -l <"$record/modules")
  compiled=$(wc -l <"$record/finished")
  echo "$seconds" >"$record/seconds"
  echo "$total" >"$record/count"
  tell "{\"event\":\"built\",\"modules\":$total,\"compiled\":$compiled,\"seconds\":$seconds,\"start\":$start}"
}

# GHC's warnings, by the modules that they belong to.
keep_warnings() {
  LC_ALL=C awk -f "${scripts[warningsOf]}" "$record/modules" "$record/finished" "$record/log" >"$record/warnings"
}
