# shellcheck shell=bash
# A partial build: what compiles of a package that does not, kept for later builds. hinc
# makes it only where the full build is known to fail. It does not test, document or
# install.
#
# Expects `record` and `describe` as variables, the package's folder as the current one, and
# `scripts` from the derivation.
# shellcheck disable=SC2154 # these

# GHC goes on with the modules that do not need those that fail. It is in no hash that GHC
# compares.
# shellcheck disable=SC2034 # for the builders
keep_going_option=--ghc-option=-fkeep-going

# assert_own_failure STATUS: ends the build where the machine, and not the package, may be
# what failed: what is left then depends on chance, and a file may have been cut off.
assert_own_failure() {
  local said
  # GHC ends with 1 where a module is wrong, and Cabal passes that on.
  if [ "$1" -ne 1 ]; then
    tell_finished
    echo "hinc: nothing is kept, since the compilation ended with status $1 and not as with an error of the package"
    exit "$1"
  fi
  said=$(LC_ALL=C awk -f "${scripts[machine]}" "$record/log")
  if [ -n "$said" ]; then
    tell_finished
    printf '%s\n' "hinc: nothing is kept, since it may be the machine that failed: $said"
    exit 1
  fi
}

# lacks_modules COMPONENT: whether there is no product of some module of a component.
lacks_modules() {
  haskell_products dist/build "$record/suffixes" >"$NIX_BUILD_TOP/hinc-products"
  known_modules dist "$describe" <"$NIX_BUILD_TOP/hinc-products" >"$NIX_BUILD_TOP/hinc-known" || return 0
  LC_ALL=C awk -F '\t' -v component="$1" '
    FILENAME == ARGV[1] { if ($2 !~ /-boot$/) there[$1] = 1; next }
    $1 == component && !($3 in there) { lacking = 1 }
    END { exit !lacking }
  ' "$NIX_BUILD_TOP/hinc-products" "$NIX_BUILD_TOP/hinc-known"
}

# build_other_components STATUS COMMAND...: after COMMAND, one `Setup build`, ended with
# STATUS: builds the components that do not need one that fails. Cabal stops at the first.
build_other_components() {
  local status=$1 argument component unit _ dependencies failed=" " wanted
  shift
  assert_own_failure "$status"
  # Of a call that names its targets, the next one is the caller's. Nor is there another
  # component beside a single one.
  for argument in "$@"; do
    case $argument in lib:* | exe:* | test:* | bench:* | flib:*) return 0 ;; esac
  done
  if [ ! -e "$record/components" ] || [ "$(wc -l <"$record/components")" -lt 2 ]; then return 0; fi
  while IFS=$'\t' read -r component unit _ dependencies; do
    for wanted in ${dependencies//$'\t'/ }; do
      if [[ $failed == *" ${wanted#*=} "* ]]; then failed+="$unit "; fi
    done
    # Backpack's instances have no name of their own.
    if [[ $failed == *" $unit "* || $unit == *+* ]]; then continue; fi
    # The main library comes first, and was tried.
    if [ "$component" = lib ]; then
      if lacks_modules "$component"; then failed+="$unit "; fi
      continue
    fi
    status=0
    passed_on "$record/log" "$@" "$component" </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
      assert_own_failure "$status"
      failed+="$unit "
    fi
  done <"$record/components"
}

# drop_incomplete DIST: removes the products of modules that lack one: GHC writes an
# interface before the object, and what is half made is of no use. An object without anything
# in it is none; those of .hs-boot files are so. A module of which only the .hs-boot file
# compiles is not there.
drop_incomplete() {
  local dist=$1 work=$NIX_BUILD_TOP/hinc-partial
  mkdir -p "$work"
  haskell_products "$dist/build" "$record/suffixes" >"$work/products"
  (cd "$dist/build" && find . -type f -empty ! -name '*-boot' -printf '%P\n') >"$work/empty"
  LC_ALL=C awk -F '\t' '
    FILENAME == ARGV[1] { object_of[$1] = $2; interface_of[$2] = $1; next }
    FILENAME == ARGV[2] { empty[$1] = 1; next }
    {
      path = $2
      boot = sub(/-boot$/, "", path) ? "-boot" : ""
      suffix = path
      sub(/^.*\./, "", suffix)
      stem = substr(path, 1, length(path) - length(suffix))
      paths[++count] = $2
      if (!($2 in empty)) there[$2] = 1
      if (suffix in object_of) other[$2] = stem object_of[suffix] boot
      else if (suffix in interface_of) other[$2] = stem interface_of[suffix] boot
      else if (suffix == "hi") other[$2] = stem "o" boot
      else if (suffix == "o") other[$2] = stem "hi" boot
      else if (suffix ~ /_hi$/) { sub(/hi$/, "o", suffix); other[$2] = stem suffix boot }
      else if (suffix ~ /_o$/) { sub(/o$/, "hi", suffix); other[$2] = stem suffix boot }
    }
    END {
      for (i = 1; i <= count; i++) if (!(paths[i] in there) || (paths[i] in other && !(other[paths[i]] in there))) gone[paths[i]] = 1
      for (i = 1; i <= count; i++) {
        own = paths[i]
        sub(/-boot$/, "", own)
        if (paths[i] in gone || own in gone || !(own in there)) print paths[i]
      }
    }
  ' "$record/suffixes" "$work/empty" "$work/products" >"$work/incomplete"
  (cd "$dist/build" && xargs -r -d '\n' rm -f -- <"$work/incomplete")
}

# conclude_partial DIST: notes which modules are missing; ends the build where all are. To be
# called after `conclude`.
conclude_partial() {
  if [ "$(<"$record/count")" -eq 0 ]; then refuse "no module of the package compiles, so there is nothing to keep"; fi
  uncompiled_modules "$1" >"$record/uncompiled"
  # For who builds on it: how many there are to compile, and that nobody knows how long all take.
  echo "$(($(<"$record/count") + $(wc -l <"$record/uncompiled")))" >"$record/count"
  echo 0 >"$record/seconds"
}

# uncompiled_modules DIST: the lines of the modules that the package has and that there are no
# products of, as known_modules gives them. A source that is that of a module which was
# compiled belongs to that one: the description names several candidates for a main module.
uncompiled_modules() {
  haskell_products "$1/build" "$record/suffixes" | known_modules "$1" "$describe" | LC_ALL=C awk -F '\t' '
    FILENAME == ARGV[1] { there[$3] = 1; for (i = 6; i <= NF; i++) taken[$1, $i] = 1; next }
    $3 in there || NF < 6 { next }
    { for (i = 6; i <= NF; i++) if (($1, $i) in taken) next; print }
  ' "$record/modules" -
}
