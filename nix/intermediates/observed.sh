# shellcheck shell=bash
# What the files of a package are, and what a build looks at: a full build notes it, an
# incremental one takes only what depends on nothing that has changed. The programs are
# those of ../reuse.
#
# Expects `reuse`, `record`, `describe`, `previous` and `local_packages` (the folders of those
# that this one is built with) as variables, the package's folder as the current one,
# `scripts` from the derivation, and `in_locale` of the front.
# shellcheck disable=SC2154 # these

# unpacked_folder: the top folder of what was unpacked, in `unpacked`; the package may be a
# folder of it.
unpacked_folder() {
  local top
  top=$(cd "$NIX_BUILD_TOP" && pwd -P)
  unpacked=$(pwd -P)
  unpacked=${unpacked#"$top"/}
  unpacked=$top/${unpacked%%/*}
}

# take_contents: notes what the files are, before anything is compiled and after a configure
# script has made its own.
take_contents() {
  local unpacked
  unpacked_folder
  if [ -x "$reuse/bin/reuse" ]; then "$reuse/bin/reuse" contents "$unpacked" "$(pwd -P)" >"$NIX_BUILD_TOP/hinc-contents"; fi
}

# own_setup BUILD-TYPE: whether Setup is a program of the package. One that does what
# Cabal's own does is none, under whatever build type.
own_setup() {
  local file program
  case $1 in Simple | Configure) return 1 ;; esac
  for file in Setup.hs Setup.lhs; do
    if [ -f "$file" ]; then
      program=$(LC_ALL=C sed -e 's/--.*//' -e '/^#/d' "$file" | LC_ALL=C tr -s ' \t\n' ' ')
      if [[ $program =~ ^\ ?(module\ Main\ ?(\(\ ?main\ ?\))?\ where\ )?import\ Distribution\.Simple\ ?(\(\ ?defaultMain\ ?\)\ )?(main\ ?::\ ?IO\ ?\(\)\ )?main\ ?=\ ?defaultMain\ ?$ ]]; then return 1; fi
      return 0
    fi
  done
  return 0
}

# observed COMMAND...: runs a command, and notes what it and all that it starts look at,
# where the build keeps something for later ones. Whatever cannot be observed is found by
# what is missing in the log.
observed() {
  noted hinc-observed "$@"
}

# noted LOG COMMAND...: the same, and in which file.
noted() {
  local log=$1 roots top
  shift
  if [ -z "${observing-}" ] || [ ! -e "$reuse/lib/libobserve.so" ]; then
    "$@"
    return
  fi
  top=$(cd "$NIX_BUILD_TOP" && pwd -P)
  roots=$(IFS=: && printf '%s' "$top${looked_into:+:}${looked_into[*]}")
  LD_PRELOAD=$reuse/lib/libobserve.so${LD_PRELOAD:+:$LD_PRELOAD} \
    HINC_OBSERVE_LOG=$top/$log HINC_OBSERVE_ROOTS=$roots "$@"
}

# begin_observing FOLDER...: from now on `observed` notes. The folders are those beside the
# build's own that it can look into: local packages, and what brings programs.
begin_observing() {
  observing=yes
  looked_into=("$@")
  : >>"$NIX_BUILD_TOP/hinc-observed"
}

# description_of DIST: a digest of all that the package is configured as there.
description_of() {
  "$describe" "$1" facts 2>/dev/null | sed -n 's/^description\t//p'
}

# configured_by_its_own PROGRAM configure ARGUMENT...: configures with a Setup program of the
# package; and once more with Cabal alone, elsewhere, as a sample of what Cabal itself looks at.
# That comes second, when the files are there that the program made for Cabal, and it may fail.
# A program that makes another description of the package lets Cabal look at something else.
configured_by_its_own() {
  local program=$1 sample of=other description
  shift
  HINC_OBSERVE_EVERY_QUESTION=yes in_locale observed "$program" "$@"
  if [ -z "${observing-}" ] || [ ! -x "$describe" ]; then return 0; fi
  sample=$NIX_BUILD_TOP/hinc-sample
  : >>"$sample"
  HINC_OBSERVE_EVERY_QUESTION=yes in_locale noted hinc-sample "$describe" "$@" "--builddir=$sample-dist" >/dev/null 2>&1 || true
  description=$(description_of dist) || true
  if [ -n "$description" ] && [ "$(description_of "$sample-dist")" = "$description" ]; then of=same; fi
  echo "$of" >>"$sample-of"
}

# setup_with_sample: what `reuse observed` is told of a Setup program of the package.
setup_with_sample() {
  local sample=$NIX_BUILD_TOP/hinc-sample of=same
  if [ ! -s "$sample" ]; then
    echo own
    return
  fi
  if grep -q other "$sample-of"; then of=other; fi
  echo "own $of $sample"
}

# keep_observed BUILD-TYPE TO: what was noted, and what the interfaces say, for a later
# build.
keep_observed() {
  local to=$2 unpacked setup=simple
  if own_setup "$1"; then setup=$(setup_with_sample); fi
  cp "$NIX_BUILD_TOP/hinc-contents" "$to/contents"
  if [ ! -x "$reuse/bin/interface-facts" ]; then
    echo "this GHC has no library \`ghc\`, so nobody knows which modules ran code" >"$to/unobserved"
  elif [ ! -s "$NIX_BUILD_TOP/hinc-observed" ]; then
    echo "processes cannot be observed on this system" >"$to/unobserved"
  else
    unpacked_folder
    "$reuse/bin/reuse" observed "$record" "$NIX_BUILD_TOP/hinc-observed" "$NIX_BUILD_TOP/hinc-contents" \
      "$unpacked" "$(pwd -P)" "$setup" "${looked_into[@]}" >"$to/observed"
  fi
  if [ -x "$reuse/bin/interface-facts" ]; then
    haskell_products dist/build "$record/suffixes" | "$reuse/bin/interface-facts" "$(<"$reuse/library")" dist/build >"$to/facts"
    unhashed_of "${local_packages[@]}" >"$to/unhashed"
  fi
}

# unhashed_of FOLDER...: `KIND UNIT MODULE DIGEST` of what modules of installed packages have
# and GHC does not look at: `families` (instances of those, GhcBugs.hs) and `unnamed`
# (pragmas, Pragmas.hs).
unhashed_of() {
  if [ "$#" -eq 0 ] || [ ! -x "$reuse/bin/interface-facts" ]; then return 0; fi
  find "$@" -type f -name '*.hi' | LC_ALL=C awk '{ print $0 "\t" substr($0, 2) }' |
    "$reuse/bin/interface-facts" "$(<"$reuse/library")" / | LC_ALL=C awk -F '\t' '
      $5 != "" { print "families " $4 " " $3 " " $5 }
      { count = split($6, pragmas, " "); for (i = 1; i <= count; i++) if (sub(/^unnamed=/, "", pragmas[i])) print "unnamed " $4 " " $3 " " pragmas[i] }
    ' | LC_ALL=C sort -u
}

# changed_unhashed: `KIND TAB MODULES` of what local packages have otherwise than in the base's
# build; without what this GHC sees by itself.
changed_unhashed() {
  local kind changed
  if [ "${#rewrites[@]}" -eq 0 ] || [ ! -e "$previous/hinc/unhashed" ]; then return 0; fi
  changed=$(LC_ALL=C comm -3 "$previous/hinc/unhashed" <(unhashed_of "${local_packages[@]}") | sed 's/^\t//')
  for kind in families unnamed; do
    if [ "$kind" = families ] && [ -z "$("$reuse/bin/reuse" bugs "${toolchain[ghc_version]}")" ]; then continue; fi
    LC_ALL=C awk -v kind="$kind" '$1 == kind && !($3 in seen) { seen[$3] = 1; list = list (list == "" ? "" : ",") $3 } END { if (list != "") print kind "\t" list }' <<<"$changed"
  done
}

# setup_files BUILD-TYPE: what gives GHC options that the configured package does not show,
# and is no input that is observed: what a configure script writes for the hook that Cabal
# brings, arguments that hooks of the user add, and fields that a Setup program may read.
setup_files() {
  local file
  echo "$1"
  # A file of what Setup was configured with, where the user's own code decides that.
  if [ -n "${setupArguments-}" ]; then cat -- "$setupArguments"; fi
  if [ "$1" = Simple ]; then return 0; fi
  for file in *.buildinfo; do
    if [ -f "$file" ]; then cat -- "$file"; fi
  done
  if own_setup "$1"; then cat -- "$record/fields"; fi
}

# cannot_be_taken BUILD-TYPE STAGED: the stems of the modules that have to be compiled
# again; hinc is told why.
cannot_be_taken() {
  local staged=$2 setup=same pair
  if ! setup_files "$1" | cmp -s - "$previous/hinc/setup"; then setup=changed; fi
  {
    changed_unhashed
    for pair in "${rewrites[@]}"; do printf 'rewrite\t%s\t%s\n' "${pair% *}" "${pair#* }"; done
    if [ -n "$otherPrograms" ]; then printf 'environment\tprograms on the PATH\n'; fi
    # The host builder has no variables of the user's.
    if [ -n "${changedVariables-}" ]; then printf 'environment\tvariables of the build (%s)\n' "$changedVariables"; fi
    doubtful_warnings "$previous" "$staged" | LC_ALL=C awk -F '\t' -v OFS='\t' '{ print "module", $1, $2, $3 }'
  } | "$reuse/bin/reuse" decide "$previous/hinc" "$staged" "$NIX_BUILD_TOP/hinc-contents" "$record" "$setup"
}
