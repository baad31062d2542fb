# shellcheck shell=bash
# Puts the modules of an earlier build into a configured build folder.
#
# Only Haskell interfaces and objects are taken, whatever lies in the earlier
# build; the whole folder would bring stale generated sources, C objects and
# libraries along, which nothing checks. All get one equal time: GHC takes an
# object that is older than its interface for missing (GHC/Driver/Main.hs,
# checkObjects). One second after the epoch is what the store uses anyway, and
# tells restored files from those that this build writes.

# haskell_products FOLDER: `STEM TAB PATH` of what select.awk picks there.
haskell_products() {
  # shellcheck disable=SC2154 # from the derivation
  find "$1" -type f \( \
    -name '*.hi' -o -name '*.o' -o -name '*_hi' -o -name '*_o' \
    -o -name '*.hi-boot' -o -name '*.o-boot' -o -name '*_hi-boot' -o -name '*_o-boot' \
    -o -name '*_stub.h' \) -printf '%P\n' |
    LC_ALL=C awk -f "${scripts[select]}"
}

# known_modules DIST LISTER: reads `STEM TAB PATH`, prints `COMPONENT TAB MODULE
# TAB STEM TAB OPTIONS TAB SOURCES` of those modules that belong to the configured
# package (see ListModules.hs).
known_modules() {
  cut -f 1 | LC_ALL=C sort -u | "$2" "$1"
}

# stage_intermediates PREVIOUS: copies everything that could be restored beside
# the build, in the background, since the package has to be unpacked and
# configured before it is known what belongs to it. Takes as long as these do.
#
# PREVIOUS: the output `intermediates` of the base. A folder of another layout
# is left alone, since a build from nothing is always right.
stage_intermediates() {
  local previous=$1
  staged=$NIX_BUILD_TOP/hinc-restore
  staging=""
  local format=""
  if [ -r "$previous/hinc/format" ]; then read -r format <"$previous/hinc/format" || true; fi
  if [ "$format" != 2 ] || [ ! -d "$previous/build" ]; then
    echo "hinc: the base's intermediates have a layout that is not known here; every module is compiled"
    return 0
  fi
  mkdir -p "$staged/build"
  (
    haskell_products "$previous/build" >"$staged/found"
    cut -f 2 "$staged/found" >"$staged/files"
    copy_listed "$previous/build" "$staged/build" <"$staged/files"
    modules_with_c_wrappers "$staged/build" "$staged/found" >"$staged/wrappers"
    rewrite_restored "$staged/build" "$staged/files"
    cd "$staged/build" || exit
    xargs -r -d '\n' touch -h -d @1 -- <"$staged/files"
  ) &
  staging=$!
}

# restore_intermediates PREVIOUS DIST LISTER: moves what belongs to the
# configured package from the staging folder into the build folder.
restore_intermediates() {
  local previous=$1 dist=$2 lister=$3
  if [ -z "$staging" ]; then return 0; fi
  wait "$staging"

  local full_seconds=0 full_modules=0 modules files doubtful
  read -r full_seconds <"$previous/hinc/seconds" || full_seconds=0
  read -r full_modules <"$previous/hinc/count" || full_modules=0

  # A module that was deleted, renamed or moved leaves nothing behind.
  if ! known_modules "$dist" "$lister" <"$staged/found" >"$staged/modules"; then
    echo "hinc: the list of modules could not be read; every module is compiled"
    return 0
  fi
  doubtful_modules "$previous" "$staged" >"$staged/doubtful"
  LC_ALL=C awk -F '\t' -v counts="$staged/counts" -v compiled="$staged/compiled" '
    FILENAME == ARGV[1] { doubtful[$1] = 1; next }
    FILENAME == ARGV[2] { known[$3] = $2; next }
    !($1 in known) { print $2; next }
    $1 in doubtful { print $2; if (!($1 in told)) { told[$1] = 1; print known[$1] >compiled }; next }
    { files++; if (!($1 in seen)) { seen[$1] = 1; modules++ } }
    END { print modules + 0, files + 0 >counts }
  ' "$staged/doubtful" "$staged/modules" "$staged/found" >"$staged/strays"
  if [ -s "$staged/compiled" ]; then
    doubtful=$(LC_ALL=C sort -u "$staged/compiled" | LC_ALL=C awk '
      NR <= 20 { printf "%s%s", NR == 1 ? "" : ", ", $0 }
      END { if (NR > 20) printf " and %d more", NR - 20 }')
    echo "hinc: compiled again, since something that GHC does not compare has changed or may have: $doubtful"
  fi
  (
    cd "$staged/build" || exit
    xargs -r -d '\n' rm -f -- <"$staged/strays"
  )
  merge_folder "$staged/build" "$dist/build"

  read -r modules files <"$staged/counts"
  tell "{\"event\":\"restored\",\"modules\":$modules,\"files\":$files,\"full_seconds\":$full_seconds,\"full_modules\":$full_modules}"
}

# merge_folder FROM TO: moves what is in FROM into TO, which may have folders of
# the same names, as a configure script puts its results there.
merge_folder() {
  local from=$1 to=$2 entry moved=()
  mkdir -p "$to"
  for entry in "$from"/*; do
    if [ ! -e "$entry" ]; then continue; fi
    if [ -e "$to/${entry##*/}" ]; then
      # Links: nothing is copied, and nobody uses FROM again.
      cp -al -t "$to" -- "$entry"
    else
      moved+=("$entry")
    fi
  done
  if [ "${#moved[@]}" -gt 0 ]; then mv -t "$to" -- "${moved[@]}"; fi
}

# copy_listed FROM TO: copies the relative paths on standard input, writable.
copy_listed() {
  local from=$1 to=$2
  to=$(cd "$to" && pwd)
  (cd "$from" && xargs -r -d '\n' cp --parents --no-preserve=mode,ownership,timestamps -t "$to" --)
}

# rewrite_restored FOLDER LIST: replaces the store paths of the base's
# dependencies by those of head's in the listed files. Both have one length.
rewrite_restored() {
  local folder=$1 list=$2 pair program="" patterns=()
  # shellcheck disable=SC2154 # from the derivation
  for pair in "${rewrites[@]}"; do
    program+="s|${pair% *}|${pair#* }|g;"
    patterns+=(-e "${pair% *}")
  done
  if [ -z "$program" ]; then return 0; fi
  (
    cd "$folder" || exit
    # grep ends with 1 where nothing is found, which xargs turns into 123.
    { LC_ALL=C xargs -r -d '\n' grep -lZF "${patterns[@]}" -- <"$list" || [ $? -eq 123 ]; } |
      LC_ALL=C xargs -r -0 sed -i "$program"
  )
}

# stale_stubs DIST: C headers of restored modules that this build compiled again
# without writing the header, because the module exports nothing to C any more.
# A clean build would not have them.
stale_stubs() {
  local dist=$1
  find "$dist/build" -name '*_stub.h' ! -newermt @1 -printf '%p\n' |
    while IFS= read -r stub; do
      local stem=${stub%_stub.h} interface
      for interface in "$stem".hi "$stem".*_hi; do
        if [ -e "$interface" ] && [ -n "$(find "$interface" -newermt @1)" ]; then
          printf '%s\n' "$stub"
          break
        fi
      done
    done
}
