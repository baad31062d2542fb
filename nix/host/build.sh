# shellcheck shell=bash
# Builds one package with Cabal's Setup program over the machine's GHC. Run by
# Nix with the attributes of mk-package.nix; docs/nix.md tells the steps.
set -eu -o pipefail

# shellcheck disable=SC1090,SC1091 # written by Nix
source "${NIX_ATTRS_SH_FILE:-.attrs.sh}"

# The names that the derivation gives; here for the reader and for shellcheck.
declare -A scripts toolchain switches outputs
declare -a flags configureFlags ghcOptions searchPath dependencies rewrites
: "${source:?}" "${setup:?}" "${reuse:?}" "${buildType:?}" "${previous=}" "${otherPrograms=}" "${oneByOne=}" "${partial=}"
# A partial build installs nothing, and is configured as if it did.
out=${outputs[out]-${outputs[intermediates]%-intermediates}}

export PATH=${toolchain[path]}
for folder in "${searchPath[@]}"; do PATH=$folder/bin:$PATH; done
for dependency in "${dependencies[@]}"; do
  if [ -d "$dependency/bin" ]; then PATH=$dependency/bin:$PATH; fi
done
# Names of files are bytes, which need not be text in any encoding.
export HOME=$NIX_BUILD_TOP/home LC_ALL=C
mkdir -p "$HOME"

# in_locale COMMAND...: runs GHC or a Setup program, which print and read text in the
# locale's encoding.
in_locale() {
  LC_ALL=C.UTF-8 "$@"
}

# shellcheck source-path=SCRIPTDIR source=../intermediates/parts.sh
source "${scripts[parts]}"

trap tell_failure EXIT

record=$NIX_BUILD_TOP/hinc-record
describe=$setup/bin/describe-package
# shellcheck disable=SC2034 # for observed.sh
local_packages=("${dependencies[@]}")
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
  age_build dist
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
  found=$(in_locale "${toolchain[ghc]}" --numeric-version)
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
    in_locale "$ghc_pkg" --package-db="$database" recache
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
  in_locale observed "${toolchain[ghc]}" --make -v0 -package-env - "${databases[@]}" \
    -outputdir "$folder" -o "$folder-program" "$main"
  setup_program=$folder-program
}

switch() {
  if [ -n "${switches[$1]}" ]; then printf -- '--enable-%s' "$2"; else printf -- '--disable-%s' "$2"; fi
}

configure() {
  announce configurePhase configure
  constant_path out "$out"
  local flag_text=${flags[*]} option ghc_options=()
  for option in "${ghcOptions[@]}"; do ghc_options+=("--ghc-option=$option"); done
  # -j and the run-time system's options are in no hash that GHC compares.
  ghc_options+=("--ghc-option=-j$cores" --ghc-option=+RTS --ghc-option=-A64M --ghc-option=-RTS)
  if [ -n "${switches[haddock]}" ]; then ghc_options+=(--ghc-option=-haddock); fi

  # What Cabal's own Setup reads to configure, it reads for every build.
  local configuring=in_locale
  if own_setup "$buildType"; then configuring=configured_by_its_own; fi
  # The last option wins, also over the package's own: GHC says which files it compiles,
  # which it keeps to itself from GHC 10 on.
  "$configuring" "$setup_program" configure \
    --prefix="$constant_path" \
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
    "${configureFlags[@]}" \
    --ghc-option=-fno-hide-source-paths
  mkdir -p "$record"
  describe_package dist "$describe" "$record"
  drop_aged_products dist "$record"
}

restore() {
  announce restorePhase build
  await_intermediates
  restore_intermediates "$previous" dist "$describe" "$record"
}

build() {
  announce buildPhase build
  now
  local start=$now
  tell_machine "${NIX_BUILD_CORES:-1}" "$cores"
  compile in_locale observed "$setup_program" build -v1 ${partial:+"$keep_going_option"}
  if [ -n "$partial" ]; then drop_incomplete dist; fi
  local stale=""
  if [ -n "$previous" ]; then stale=$(stale_stubs dist); fi
  if [ -n "$stale" ]; then
    drop_stale_stubs dist "$stale"
    compile in_locale "$setup_program" build -v1
  fi
  now
  conclude "$start" "$now"
  if [ -n "$partial" ]; then conclude_partial dist; fi
}

check() {
  announce checkPhase check
  # A suite may run the package's own programs, which `build-tool-depends` names. cabal-install puts
  # those on the PATH; all of them do no harm behind what is there.
  local program
  for program in dist/build/*/*; do
    if [ "${program%/*}" = "dist/build/${program##*/}" ] && [ -f "$program" ] && [ -x "$program" ]; then
      PATH=$PATH:$PWD/${program%/*}
    fi
  done
  passed_on "$NIX_BUILD_TOP/hinc-check" in_locale "$setup_program" test --show-details=streaming
}

document() {
  announce haddockPhase build
  in_locale "$setup_program" haddock --html
}

install() {
  announce installPhase install
  # Setup copies to DESTDIR/PREFIX; a link there leads it into the store, which
  # saves copying every file once more.
  local destination=$NIX_BUILD_TOP/destination configuration=$NIX_BUILD_TOP/registration
  mkdir -p "$out" "$destination$NIX_STORE"
  ln -s "$out" "$destination$constant_path"
  local registering=""
  if [ "$setup_program" = "$setup/bin/Setup" ]; then
    # Both only read the build folder, and computing the ABI hash takes a while.
    in_locale "$setup_program" register --gen-pkg-config="$configuration" &
    registering=$!
  fi
  in_locale "$setup_program" copy --destdir="$destination"
  if [ -n "$registering" ]; then
    wait "$registering"
  else
    in_locale "$setup_program" register --gen-pkg-config="$configuration"
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

  echo "out $out" >"$NIX_BUILD_TOP/hinc-outputs"
  rewrite_placeholders "$NIX_BUILD_TOP/hinc-outputs" "$out"
}

observing=
if [ -n "$previous" ]; then stage_intermediates "$previous"; fi
unpack
if [ -n "${outputs[intermediates]-}" ] && [ -z "$previous" ]; then begin_observing "${dependencies[@]}" "${searchPath[@]}"; fi
set_up_compiler
configure
if [ -n "${outputs[intermediates]-}$previous" ]; then take_contents; fi
if [ -n "$previous" ]; then restore; fi
build
# Before anything else may write to the build folder.
if [ -n "${outputs[intermediates]-}" ]; then
  announce savePhase build
  save_intermediates dist "${outputs[intermediates]}"
  keep_others dist "${outputs[intermediates]}"
fi
if [ -n "$partial" ]; then exit 0; fi
if [ -n "${switches[tests]}" ]; then
  check
  if [ -n "${outputs[intermediates]-}" ]; then keep_test "${outputs[intermediates]}"; fi
fi
if [ -n "${switches[haddock]}" ]; then document; fi
install
exit 0
