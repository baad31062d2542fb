# shellcheck shell=bash
# Builds one package with Cabal's Setup program over the machine's GHC. Run by
# Nix with the attributes of mk-package.nix; docs/nix.md tells the steps.
set -eu -o pipefail

# shellcheck disable=SC1090,SC1091 # written by Nix
source "${NIX_ATTRS_SH_FILE:-.attrs.sh}"

# The names that the derivation gives; here for the reader and for shellcheck.
declare -A scripts toolchain switches outputs
declare -a flags configureFlags ghcOptions searchPath dependencies rewrites dependencySources
: "${source:?}" "${setup:?}" "${buildType:?}" "${previous=}" "${otherPrograms=}" "${oneByOne=}"
out=${outputs[out]}

export PATH=${toolchain[path]}
for folder in "${searchPath[@]}"; do PATH=$folder/bin:$PATH; done
for dependency in "${dependencies[@]}"; do
  if [ -d "$dependency/bin" ]; then PATH=$dependency/bin:$PATH; fi
done
# GHC prints and reads text in the locale's encoding.
export HOME=$NIX_BUILD_TOP/home LC_ALL=C.UTF-8
mkdir -p "$HOME"

# shellcheck source-path=SCRIPTDIR source=../intermediates/protocol.sh
source "${scripts[protocol]}"
# shellcheck source=../intermediates/doubtful.sh
source "${scripts[doubtful]}"
# shellcheck source=../intermediates/splices.sh
source "${scripts[splices]}"
# shellcheck source=../intermediates/warnings.sh
source "${scripts[warnings]}"
# shellcheck source=../intermediates/restore.sh
source "${scripts[restore]}"
# shellcheck source=../intermediates/save.sh
source "${scripts[save]}"
# shellcheck source=../intermediates/constant-prefix.sh
source "${scripts[constantPrefix]}"

# shellcheck source=../verify/keep.sh
source "${scripts[keep]}"

trap tell_failure EXIT

record=$NIX_BUILD_TOP/hinc-record
describe=$setup/bin/describe-package
cores=${NIX_BUILD_CORES:-1}
if [ "$cores" -eq 0 ]; then cores=$(nproc); fi
# More threads than this make GHC slower, not faster (nixpkgs' maxBuildCores).
if [ "$cores" -gt 16 ]; then cores=16; fi
if [ -n "$oneByOne" ]; then cores=1; fi

unpack() {
  announce unpackPhase configure
  cp -r --preserve=timestamps -- "$source" "$NIX_BUILD_TOP/source"
  chmod -R u+w "$NIX_BUILD_TOP/source"
  cd "$NIX_BUILD_TOP/source"
  file_contents >"$NIX_BUILD_TOP/hinc-contents"
  pragmas >"$NIX_BUILD_TOP/hinc-pragmas"
}

# ghc-pkg lies beside the compiler, under the same version suffix.
find_ghc_pkg() {
  local folder=${toolchain[ghc]%/*} program=${toolchain[ghc]##*/}
  ghc_pkg=$folder/${program/ghc/ghc-pkg}
  if [ ! -x "$ghc_pkg" ]; then
    refuse "there is no ${ghc_pkg##*/} beside ${toolchain[ghc]}"
  fi
}

set_up_compiler() {
  announce setupCompilerEnvironmentPhase configure
  local found
  if [ ! -x "${toolchain[ghc]}" ]; then
    refuse "there is no ${toolchain[ghc]} in the build sandbox; does Nix's setting sandbox-paths name its folder?"
  fi
  found=$("${toolchain[ghc]}" --numeric-version)
  if [ "$found" != "${toolchain[ghc_version]}" ]; then
    refuse "${toolchain[ghc]} is GHC $found here, but this build was made for GHC ${toolchain[ghc_version]}"
  fi

  package_databases=(--package-db=clear --package-db=global)
  if [ "${#dependencies[@]}" -gt 0 ]; then
    local database=$NIX_BUILD_TOP/package.conf.d dependency
    find_ghc_pkg
    mkdir "$database"
    for dependency in "${dependencies[@]}"; do
      if [ -d "$dependency/lib/package.conf.d" ]; then
        cp --no-preserve=mode -t "$database" -- "$dependency"/lib/package.conf.d/*.conf
      fi
    done
    "$ghc_pkg" --package-db="$database" recache
    package_databases+=("--package-db=$database")
  fi

  if [ "$buildType" != Custom ] && [ "$buildType" != Hooks ]; then
    setup_program=$setup/bin/Setup
    return 0
  fi
  local main=""
  for main in Setup.hs Setup.lhs SetupHooks.hs ""; do
    if [ -n "$main" ] && [ -e "$main" ]; then break; fi
  done
  case $main in
    "") refuse "the package has build-type $buildType, but neither Setup.hs nor Setup.lhs" ;;
    SetupHooks.hs) refuse "the package has build-type Hooks, which hinc cannot build yet" ;;
  esac
  local databases=() folder=$NIX_BUILD_TOP/custom-setup
  if [ "${#dependencies[@]}" -gt 0 ]; then
    databases=(-package-db "$NIX_BUILD_TOP/package.conf.d")
  fi
  "${toolchain[ghc]}" --make -v0 -package-env - "${databases[@]}" \
    -outputdir "$folder" -o "$folder-program" "$main"
  setup_program=$folder-program
}

switch() {
  if [ -n "${switches[$1]}" ]; then printf -- '--enable-%s' "$2"; else printf -- '--disable-%s' "$2"; fi
}

configure() {
  announce configurePhase configure
  constant_prefix "$out"
  local flag_text=${flags[*]} option ghc_options=()
  for option in "${ghcOptions[@]}"; do ghc_options+=("--ghc-option=$option"); done
  # -j and the run-time system's options are in no hash that GHC compares.
  ghc_options+=("--ghc-option=-j$cores" --ghc-option=+RTS --ghc-option=-A64M --ghc-option=-RTS)
  if [ -n "${switches[haddock]}" ]; then ghc_options+=(--ghc-option=-haddock); fi

  "$setup_program" configure \
    --prefix="$constant_prefix" \
    --with-compiler="${toolchain[ghc]}" \
    "${package_databases[@]}" \
    --flags="$flag_text" \
    "$(switch tests tests)" \
    "$(switch benchmarks benchmarks)" \
    "$(switch profiling library-profiling)" \
    "$(switch shared shared)" \
    "$(switch static library-vanilla)" \
    --disable-library-stripping \
    "${ghc_options[@]}" \
    "${configureFlags[@]}"
  mkdir -p "$record"
  describe_package dist "$describe" "$record"
}

restore() {
  announce restorePhase build
  restore_intermediates "$previous" dist "$describe" "$record"
}

# passed_on LOG COMMAND...: runs a command, its output kept as well as passed on.
# A line that it left open is closed, since hinc and Nix read whole lines.
passed_on() {
  local log=$1 status=0
  shift
  "$@" 2>&1 | tee -a "$log" || status=$?
  if [ -n "$(tail -c 1 "$log")" ]; then echo; fi
  return "$status"
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

# A package may keep GHC from saying what it compiles (-v0, -fhide-source-paths):
# then nobody knows whose the warnings are, and there is no such file.
keep_warnings() {
  local stems=$NIX_BUILD_TOP/hinc-told
  warnings "$stems" <"$record/log" >"$record/warnings"
  if [ "$(wc -l <"$stems")" -lt "$(wc -l <"$record/finished")" ]; then rm "$record/warnings"; fi
}

build() {
  announce buildPhase build
  local start status=0 stale product_names
  now
  start=$now
  passed_on "$record/log" "$setup_program" build -v1 || status=$?
  if [ -n "$previous" ] && [ "$status" -eq 0 ]; then
    stale=$(stale_stubs dist)
    if [ -n "$stale" ]; then
      # C sources were compiled with a header that a clean build would lack:
      # without it, compile them once more.
      printf '%s\n' "$stale" | xargs -d '\n' rm --
      haskell_products dist/build "$record/suffixes" | cut -f 2 | LC_ALL=C sort >"$NIX_BUILD_TOP/hinc-keep"
      product_names "$record/suffixes"
      find dist/build -type f \( "${product_names[@]}" \) -printf '%P\n' | LC_ALL=C sort |
        LC_ALL=C comm -23 - "$NIX_BUILD_TOP/hinc-keep" | (cd dist/build && xargs -r -d '\n' rm --)
      passed_on "$record/log" "$setup_program" build -v1 || status=$?
    fi
  fi
  now
  elapsed "$start" "$now"
  tell_finished
  if [ "$status" -ne 0 ]; then exit "$status"; fi
  tell_built "$start" "$elapsed"
  keep_warnings
  if [ -n "$previous" ]; then replay_warnings "$previous" "$record"; fi
}

check() {
  announce checkPhase check
  passed_on "$NIX_BUILD_TOP/hinc-check" "$setup_program" test --show-details=streaming
}

document() {
  announce haddockPhase build
  "$setup_program" haddock --html
}

install() {
  announce installPhase install
  # Setup copies to DESTDIR/PREFIX; a link there leads it into the store, which
  # saves copying every file once more.
  local destination=$NIX_BUILD_TOP/destination configuration=$NIX_BUILD_TOP/registration
  mkdir -p "$out" "$destination$NIX_STORE"
  ln -s "$out" "$destination$constant_prefix"
  local registering=""
  if [ "$setup_program" = "$setup/bin/Setup" ]; then
    # Both only read the build folder, and computing the ABI hash takes a while.
    "$setup_program" register --gen-pkg-config="$configuration" &
    registering=$!
  fi
  "$setup_program" copy --destdir="$destination"
  if [ -n "$registering" ]; then
    wait "$registering"
  else
    "$setup_program" register --gen-pkg-config="$configuration"
  fi

  # One file for a package with one library, a folder for one with sublibraries.
  local file name
  if [ -d "$configuration" ]; then
    set -- "$configuration"/*
  elif [ -e "$configuration" ]; then
    set -- "$configuration"
  else
    set --
  fi
  for file in "$@"; do
    mkdir -p "$out/lib/package.conf.d"
    name=$(sed -n 's/^id:[[:space:]]*//p' "$file")
    cp "$file" "$out/lib/package.conf.d/$name.conf"
  done

  rewrite_prefix "$out"
}

if [ -n "$previous" ]; then stage_intermediates "$previous"; fi
unpack
set_up_compiler
configure
if [ -n "$previous" ]; then restore; fi
build
# Before anything else may write to the build folder.
if [ -n "${outputs[intermediates]-}" ]; then
  announce savePhase build
  save_intermediates dist "${outputs[intermediates]}"
  keep_others dist "${outputs[intermediates]}"
fi
if [ -n "${switches[tests]}" ]; then
  check
  if [ -n "${outputs[intermediates]-}" ]; then keep_test "${outputs[intermediates]}"; fi
fi
if [ -n "${switches[haddock]}" ]; then document; fi
install
exit 0
