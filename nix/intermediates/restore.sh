# shellcheck shell=bash
# Puts the modules of an earlier build into a configured build folder.
#
# Only Haskell interfaces and objects are taken, whatever lies in the earlier
# build; the whole folder would bring stale generated sources, C objects and
# libraries along, which nothing checks. All get one equal time: GHC takes an
# object that is older than its interface for missing (GHC/Driver/Main.hs,
# checkObjects). One second after the epoch is what the store uses anyway, and
# tells restored files from those that this build writes.

# product_names SUFFIXES: what `find` needs to find interfaces and objects, in
# `product_names`. SUFFIXES: a file of pairs that the package sets itself, `HI TAB O`.
product_names() {
  local interface object
  product_names=(-name '*.hi' -o -name '*.o' -o -name '*_hi' -o -name '*_o')
  while IFS=$'\t' read -r interface object; do
    product_names+=(-o -name "*.$interface" -o -name "*.$interface-boot" -o -name "*.$object" -o -name "*.$object-boot")
  done <"$1"
}

# And what else GHC writes for a module: the -boot forms, and headers of C stubs.
other_product_names=(-o -name '*.hi-boot' -o -name '*.o-boot' -o -name '*_hi-boot' -o -name '*_o-boot' -o -name '*_stub.h')

# age_build DIST: makes everything in a build folder that came with the source older than
# any source. To be called before the package is configured. It is of another build, and
# where Cabal and GHC go by times (generated sources, objects of C, programs), they would
# take it for current: in the store all files of a source have one time.
age_build() {
  if [ -d "$1" ]; then find "$1" -exec touch -h -d @0 -- {} +; fi
}

# drop_aged_products DIST RECORD: removes interfaces and objects that came with the source.
# To be called when the package is configured, and describe_package was. GHC goes by hashes
# there, and takes any object for that of the interface beside it.
drop_aged_products() {
  local product_names
  if [ ! -d "$1/build" ]; then return 0; fi
  product_names "$2/suffixes"
  find "$1/build" -type f ! -newermt @0 \( "${product_names[@]}" "${other_product_names[@]}" \) -delete
}

# haskell_products FOLDER SUFFIXES [TEST...]: `STEM TAB PATH` of what select.awk picks there,
# of files for which the tests of `find` hold.
haskell_products() {
  local folder=$1 suffixes=$2 product_names
  shift 2
  product_names "$suffixes"
  # shellcheck disable=SC2154 # from the derivation
  find "$folder" -type f "$@" \( "${product_names[@]}" "${other_product_names[@]}" \) -printf '%P\n' |
    LC_ALL=C awk -f "${scripts[select]}" "$suffixes" -
}

# describe_package DIST PROGRAM TO: puts what is to be known of the configured
# package beside its modules into the files `components`, `suffixes`, `places`,
# `reexports` and `fields` of the folder TO. Where the configuration cannot be read there are no `components`.
# PROGRAM is that of DescribePackage.hs.
describe_package() {
  local facts
  : >"$3/suffixes"
  : >"$3/places"
  if ! facts=$("$2" "$1" facts); then
    echo "hinc: the package's configuration could not be read"
    return 0
  fi
  sed -n 's/^component\t//p' <<<"$facts" >"$3/components"
  sed -n 's/^suffix\t//p' <<<"$facts" >"$3/suffixes"
  sed -n 's/^place\t//p' <<<"$facts" >"$3/places"
  sed -n 's/^reexport\t//p' <<<"$facts" >"$3/reexports"
  sed -n 's/^fields\t//p' <<<"$facts" >"$3/fields"
}

# known_modules DIST PROGRAM: reads `STEM TAB PATH`, prints `COMPONENT TAB MODULE
# TAB STEM TAB OPTIONS TAB ERRORS TAB SOURCES` of those modules that belong to the
# configured package (see DescribePackage.hs).
known_modules() {
  cut -f 1 | LC_ALL=C sort -u | "$2" "$1" modules
}

# stage_intermediates PREVIOUS: copies everything that could be restored beside
# the build, in the background, since the package has to be unpacked and
# configured before it is known what belongs to it. Takes as long as these do.
#
# PREVIOUS: the output `intermediates` of the base. A folder of another layout
# is left alone, since a build from nothing is always right.
stage_intermediates() {
  local previous=$1 staged=$NIX_BUILD_TOP/hinc-restore format=""
  staging=""
  if [ -r "$previous/hinc/format" ]; then read -r format <"$previous/hinc/format" || true; fi
  if [ "$format" != 5 ] || [ ! -d "$previous/build" ]; then
    echo "hinc: the base's intermediates have a layout that is not known here; every module is compiled"
    return 0
  fi
  mkdir -p "$staged/build"
  (
    haskell_products "$previous/build" "$previous/hinc/suffixes" >"$staged/found"
    cut -f 2 "$staged/found" >"$staged/files"
    copy_listed "$previous/build" "$staged/build" <"$staged/files"
    rewrite_restored "$staged/build" "$staged/files"
    restored_time "$staged/build" <"$staged/files"
    stage_companions "$previous" "$staged"
  ) &
  staging=$!
}

# restored_time FOLDER: gives the files on standard input, relative to FOLDER, the time
# of what is restored.
restored_time() {
  (cd "$1" && xargs -r -d '\n' touch -h -d @1 --)
}

# await_intermediates: waits for stage_intermediates.
await_intermediates() {
  if [ -n "$staging" ]; then wait "$staging"; fi
}

# restore_intermediates PREVIOUS DIST PROGRAM RECORD: moves what belongs to the
# configured package, and depends on nothing that changed without GHC's seeing it, from
# the staging folder into the build folder. RECORD is where describe_package put its files.
restore_intermediates() {
  local previous=$1 dist=$2 program=$3 record=$4 staged=$NIX_BUILD_TOP/hinc-restore
  if [ ! -d "$staged/build" ]; then return 0; fi

  local full_seconds=0 full_modules=0 modules files
  read -r full_seconds <"$previous/hinc/seconds" || full_seconds=0
  read -r full_modules <"$previous/hinc/count" || full_modules=0

  # A module that was deleted, renamed or moved leaves nothing behind.
  # shellcheck disable=SC2154 # of the builder
  if [ ! -e "$record/components" ] || [ ! -x "$reuse/bin/reuse" ] || ! known_modules "$dist" "$program" <"$staged/found" >"$staged/modules"; then
    echo "hinc: every module is compiled, since it is not known which of them belong to the package"
    return 0
  fi
  LC_ALL=C awk -F '\t' '{ for (i = 6; i <= NF; i++) print $3 "\t" $i }' "$staged/modules" >"$staged/sources"
  # shellcheck disable=SC2154 # of the builder
  cannot_be_taken "$buildType" "$staged" >"$staged/left-out"
  LC_ALL=C awk -F '\t' -v counts="$staged/counts" '
    FILENAME == ARGV[1] { out[$1] = 1; next }
    FILENAME == ARGV[2] { if ($1 ~ /\.l?hs-boot$/) { sub(/\.l?hs-boot$/, "", $1); boot[$1] = 1 }; next }
    FILENAME == ARGV[3] {
      known[$3] = 1
      for (i = 6; i <= NF; i++) { source = $i; sub(/\.[^.\/]*$/, "", source); if (source in boot) booted[$3] = 1 }
      next
    }
    !($1 in known) || ($1 in out) || ($2 ~ /-boot$/ && !($1 in booted)) { print $2; next }
    { files++; if (!($1 in seen)) { seen[$1] = 1; modules++ } }
    END { print modules + 0, files + 0 >counts }
  ' "$staged/left-out" "$NIX_BUILD_TOP/hinc-contents" "$staged/modules" "$staged/found" >"$staged/strays"
  (
    cd "$staged/build" || exit
    xargs -r -d '\n' rm -f -- <"$staged/strays"
  )
  merge_folder "$staged/build" "$dist/build"
  restore_companions "$previous" "$staged" "$dist" "$record"

  read -r modules files <"$staged/counts"
  tell "{\"event\":\"restored\",\"modules\":$modules,\"files\":$files,\"full_seconds\":$full_seconds,\"full_modules\":$full_modules}"
}

# merge_folder FROM TO: moves what is in FROM into TO, which may have folders of
# the same names, as a configure script puts its results there. What has the name of a
# file in FROM is replaced.
merge_folder() {
  local from=$1 to=$2 entry moved=()
  mkdir -p "$to"
  for entry in "$from"/* "$from"/.[!.]*; do
    if [ ! -e "$entry" ]; then continue; fi
    if [ -e "$to/${entry##*/}" ]; then
      # Links: nothing is copied, and nobody uses FROM again.
      cp -alf -t "$to" -- "$entry"
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
    # grep ends with 1 where nothing is found and with 2 where it could not look; xargs would tell both by 123.
    # shellcheck disable=SC2016 # for the shell that is started
    LC_ALL=C xargs -r -d '\n' bash -c 'grep -lZF "$@" || [ $? -eq 1 ]' grep "${patterns[@]}" -- <"$list" |
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
      local stem=${stub%_stub.h} product
      for product in "$stem".*; do
        if [ -n "$(find "$product" -newermt @1)" ]; then
          printf '%s\n' "$stub"
          break
        fi
      done
    done
}
