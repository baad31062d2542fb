#!/usr/bin/env bash
# Stands for the program ./Setup of a package of nixpkgs' Haskell builder: configures it
# under constant paths, restores modules before the first build, keeps them after the
# last, and puts the real paths in before anything is installed.
#
# usage: setup.sh STATE wrap SHELL SCRIPT DESCRIBE   puts itself in the place of ./Setup
#        setup.sh STATE rewrite                      puts the real paths into all outputs
#        setup.sh STATE finish                       ends a partial build, which nothing is installed of
#        setup.sh STATE save TO                      fills the output `intermediates`
#        setup.sh STATE setup COMMAND ARGUMENT...    what ./Setup is called with
#
# STATE: a folder with the files `settings` (shell variables, by with-reuse.nix) and
# `outputs` (NAME PATH). The current folder is that of the package.
set -eu -o pipefail
state=$1
request=$2
shift 2

declare -A scripts toolchain
declare -a rewrites local_packages

# in_locale COMMAND...: runs a Setup program in the locale that the package is built in.
if [ -v LC_ALL ]; then package_locale=$LC_ALL; fi
in_locale() {
  if [ -v package_locale ]; then
    LC_ALL=$package_locale "$@"
  else
    (unset LC_ALL && "$@")
  fi
}
# Names of files are bytes, which need not be text in any encoding.
export LC_ALL=C

# shellcheck disable=SC1091 # written by Nix
source "$state/settings"
: "${reuse:?}" "${saves=}" "${previous=}" "${otherPrograms=}" "${changedVariables=}" "${oneByOne=}" "${partial=}"

# shellcheck source-path=SCRIPTDIR source=../intermediates/parts.sh
source "${scripts[parts]}"

record=$NIX_BUILD_TOP/hinc-record
kept=$state/kept
# shellcheck disable=SC2034 # for observed.sh
setupArguments=$state/setup-arguments

# wrap SHELL SCRIPT DESCRIBE
wrap() {
  if [ ! -e Setup ]; then
    echo "hinc: there is no program ./Setup, so nothing is kept and nothing is reused"
    return 0
  fi
  age_build dist
  mv Setup "$state/Setup"
  printf '%s\n' "$3" >"$state/describe"
  {
    printf '#!%s\n' "$1"
    printf 'exec %q %q %q setup "$@"\n' "$1" "$2" "$state"
  } >"$state/wrapper"
  chmod +x "$state/wrapper"
  # A link: the same for every build, and no file of the package.
  ln -s "$state/wrapper" Setup
}

# build_type: that of the package, in `buildType`. nixpkgs compiles Setup.hs whatever the
# build type says, so a package with such a file is taken for one with a program of its own.
build_type() {
  buildType=$(sed -n 's/^[Bb][Uu][Ii][Ll][Dd]-[Tt][Yy][Pp][Ee]:[[:space:]]*\([A-Za-z]*\).*/\1/p' ./*.cabal | head -n 1)
  if [ -e Setup.hs ] || [ -e Setup.lhs ]; then
    if [ "${buildType:-Simple}" = Simple ]; then buildType=Custom; fi
  fi
  buildType=${buildType:-Simple}
}

configure() {
  local name path constant_path argument arguments=()
  for argument in "$@"; do
    while read -r name path; do
      constant_path "$name" "$path"
      argument=${argument//"$path"/"$constant_path"}
    done <"$state/outputs"
    if [ -n "$oneByOne" ] && [[ $argument == --ghc-option=-j* ]]; then argument=--ghc-option=-j1; fi
    arguments+=("$argument")
  done
  # GHC says which files it compiles, which it keeps to itself from GHC 10 on. The last
  # option wins.
  arguments+=(--ghc-option=-fno-hide-source-paths)
  printf '%s\n' "${arguments[@]}" >"$state/arguments"
  # Less what differs from build to build and decides nothing about a module: folders of
  # dependencies, whose contents GHC compares, and how many cores there are.
  { grep -vE -e '^--(package-db|extra-(include|lib|framework)-dirs)=' -e '^--ghc-option=-j' "$state/arguments" || true; } >"$setupArguments"
  # Takes as long as Cabal takes to configure.
  if [ -n "$previous" ]; then stage_intermediates "$previous"; fi
  build_type
  # What Cabal's own Setup reads to configure, it reads for every build.
  if own_setup "$buildType"; then
    observe
    configured_by_its_own "$state/Setup" configure "${arguments[@]}"
  else
    in_locale "$state/Setup" configure "${arguments[@]}"
  fi
  if [ -n "$previous" ]; then await_intermediates; fi
  mkdir -p "$record"
  describe_package dist "$describe" "$record"
  drop_aged_products dist "$record"
}

# What is kept for later builds is observed.
observe() {
  if [ -n "$saves" ] && [ -z "$previous" ]; then begin_observing "${local_packages[@]}"; fi
}

restore() {
  # The user's hooks have made their files by now.
  take_contents
  if [ -z "$previous" ]; then return 0; fi
  announce restorePhase build
  build_type
  restore_intermediates "$previous" dist "$describe" "$record"
  announce buildPhase build
}

# May be called several times, for one component after another.
build() {
  local start
  if [ ! -e "$state/start" ]; then
    restore
    now
    echo "$now" >"$state/start"
    tell_machine "${NIX_BUILD_CORES:-1}" "$(sed -n 's/^--ghc-option=-j\([0-9][0-9]*\)$/\1/p' "$state/arguments" | tail -n 1)"
  fi
  printf '%q ' "$@" >>"$state/builds"
  echo >>"$state/builds"
  observe
  compile in_locale observed "$state/Setup" build "$@" ${partial:+"$keep_going_option"}
  now
  echo "$now" >"$state/end"
}

# finish_partial: what the first command after the build does otherwise.
finish_partial() {
  if [ ! -e "$state/end" ]; then refuse "the package was not built by ./Setup, so there is nothing to keep"; fi
  describe=$(<"$state/describe")
  trap tell_failure EXIT
  drop_incomplete dist
  finish savePhase build
}

# finish PHASE STEP: after the last build, and before anything else may write to the
# build folder. What goes on is PHASE.
finish() {
  local stale="" arguments start end
  if [ ! -e "$state/end" ] || [ -e "$state/finished" ]; then return 0; fi
  : >"$state/finished"
  announce buildPhase build
  build_type
  if [ -n "$previous" ]; then stale=$(stale_stubs dist); fi
  if [ -n "$stale" ]; then
    drop_stale_stubs dist "$stale"
    while read -r arguments; do
      eval "compile in_locale \"\$state/Setup\" build $arguments"
    done <"$state/builds"
    now
    echo "$now" >"$state/end"
  fi
  read -r start <"$state/start"
  read -r end <"$state/end"
  conclude "$start" "$end"
  if [ -n "$partial" ]; then conclude_partial dist; fi
  if [ -n "$saves" ]; then
    announce savePhase build
    save_intermediates dist "$kept"
    keep_others dist "$kept"
  fi
  announce "$1" "$2"
}

# Puts the real paths into the configuration, which Setup installs by. They have the
# length of those that they replace, and Cabal keeps a path as plain bytes.
configure_real_paths() {
  rewrite_placeholders "$state/outputs" dist/setup-config
}

# rewrite: puts the real paths into what is installed.
rewrite() {
  local name path folders=()
  while read -r name path; do
    if [ -e "$path" ]; then folders+=("$path"); fi
  done <"$state/outputs"
  if [ "${#folders[@]}" -gt 0 ]; then rewrite_placeholders "$state/outputs" "${folders[@]}"; fi
}

save() {
  local to=$1
  mkdir -p "$to"
  if [ ! -d "$kept" ]; then return 0; fi
  if [ -e "$NIX_BUILD_TOP/hinc-check" ]; then keep_test "$kept"; fi
  mv -t "$to" -- "$kept"/*
}

# setup COMMAND ARGUMENT...
setup() {
  local command=${1-}
  describe=$(<"$state/describe")
  trap tell_failure EXIT
  case $command in
    configure)
      shift
      hinc_step=configure
      configure "$@"
      ;;
    build)
      shift
      hinc_step=build
      build "$@"
      ;;
    test)
      shift
      finish checkPhase check
      hinc_step=check
      passed_on "$NIX_BUILD_TOP/hinc-check" in_locale "$state/Setup" test "$@"
      ;;
    copy | install | register)
      finish installPhase install
      hinc_step=install
      configure_real_paths
      in_locale "$state/Setup" "$@"
      rewrite
      ;;
    haddock)
      finish haddockPhase build
      hinc_step=build
      in_locale "$state/Setup" "$@"
      ;;
    *)
      hinc_step=build
      in_locale "$state/Setup" "$@"
      ;;
  esac
}

if [ "$request" = finish ]; then request=finish_partial; fi
"$request" "$@"
