# shellcheck shell=bash
# shellcheck disable=SC2154 # the attributes of the derivation
# shellcheck disable=SC2034,SC2317 # for and by the texts of hooks and phases
# Builds a derivation of stdenv.nix: the phases and hooks of nixpkgs' stdenv by
# their names.
set -e -o pipefail

path=
for folder in $initialPath; do
  if [ "$folder" = / ]; then folder=; fi
  path+=${path:+:}$folder/bin
done
export PATH=$path
export HOME=/homeless-shelter TMPDIR=$NIX_BUILD_TOP
export NIX_BUILD_CORES=${NIX_BUILD_CORES:-1}
if [ "$NIX_BUILD_CORES" -le 0 ]; then NIX_BUILD_CORES=$(nproc); fi
declare -a preHooks=() fixupOutputHooks=(stripOutput)

# runHook NAME: the functions in the array `NAMEs`, then the text or the function
# NAME itself.
runHook() {
  local name=$1 hook
  local -n hooks=${name%Hook}Hooks
  for hook in "${hooks[@]}"; do eval "$hook"; done
  unset -n hooks
  if declare -F "$name" >/dev/null; then
    "$name"
  elif [ -n "${!name-}" ]; then
    eval "${!name}"
  fi
}

exitHandler() {
  local status=$?
  set +e
  if [ "$status" -ne 0 ]; then
    runHook failureHook
  else
    runHook exitHook
  fi
  exit "$status"
}
trap exitHandler EXIT

# appendToVar NAME WORD...: one word more in a list.
appendToVar() {
  local -n list=$1
  shift
  list="${list-} $*"
}
prependToVar() {
  local -n list=$1
  shift
  list="$* ${list-}"
}

# A dependency and those that it propagates, once each.
declare -A known=()
declare -a pkgsBuildBuild=() pkgsBuildHost=() pkgsBuildTarget=() pkgsHostHost=() pkgsHostTarget=()
takeDependencies() {
  local kind=$1 package
  local -n packages=$1
  shift
  for package; do
    if [ -n "${known[$kind $package]-}" ]; then continue; fi
    known[$kind $package]=yes
    packages+=("$package")
    if [ -e "$package/nix-support/propagated-build-inputs" ]; then
      # shellcheck disable=SC2046 # one path a word
      takeDependencies pkgsHostTarget $(<"$package/nix-support/propagated-build-inputs")
    fi
  done
}
# shellcheck disable=SC2086 # one path a word
{
  takeDependencies pkgsBuildBuild $depsBuildBuild
  takeDependencies pkgsBuildHost $nativeBuildInputs
  takeDependencies pkgsHostTarget $buildInputs $propagatedBuildInputs
}
for package in "${pkgsBuildBuild[@]}" "${pkgsBuildHost[@]}"; do
  if [ -d "$package/bin" ]; then PATH=$package/bin:$PATH; fi
done
for package in "${pkgsBuildBuild[@]}" "${pkgsBuildHost[@]}" "${pkgsHostTarget[@]}"; do
  if [ -f "$package/nix-support/setup-hook" ]; then
    # shellcheck source=/dev/null
    source "$package/nix-support/setup-hook"
  fi
done

getAllOutputNames() { echo "$outputs"; }

unpackPhase() {
  runHook preUnpack
  if [ -d "$src" ]; then
    sourceRoot=${sourceRoot:-$(basename "$src" | sed -E 's/^[a-z0-9]{32}-//')}
    cp -r --preserve=timestamps -- "$src" "$sourceRoot"
    chmod -R u+w -- "$sourceRoot"
  else
    tar xf "$src"
    sourceRoot=${sourceRoot:-$(find . -mindepth 1 -maxdepth 1 -type d -not -name env-vars -printf '%P\n' | head -n 1)}
  fi
  if [ -n "${setSourceRoot-}" ]; then runHook setSourceRoot; fi
  runHook postUnpack
}

patchPhase() {
  runHook prePatch
  local file
  for file in ${patches-}; do patch -p1 <"$file"; done
  runHook postPatch
}

configurePhase() {
  runHook preConfigure
  # shellcheck disable=SC2086 # a list of flags
  if [ -x ./configure ]; then ./configure --prefix="$out" ${configureFlags-}; fi
  runHook postConfigure
}

buildPhase() {
  runHook preBuild
  if [ -e Makefile ]; then make; fi
  runHook postBuild
}

checkPhase() {
  runHook preCheck
  runHook postCheck
}

installPhase() {
  runHook preInstall
  if [ -e Makefile ]; then make install; fi
  runHook postInstall
}

stripOutput() {
  if [ -n "${dontStrip-}" ]; then return 0; fi
  local folder file
  for folder in lib lib64 libexec bin sbin; do
    if [ ! -d "$prefix/$folder" ]; then continue; fi
    while IFS= read -r -d '' file; do
      # Of what is no object strip says so.
      "${STRIP:-strip}" -S -p "$file" 2>/dev/null || true
    done < <(find "$prefix/$folder" -type f -print0)
  done
}

fixupPhase() {
  local name hook
  for name in $outputs; do
    if [ -e "${!name}" ]; then chmod -R u+w,u-s,g-s "${!name}"; fi
  done
  runHook preFixup
  for name in $outputs; do
    prefix=${!name}
    for hook in "${fixupOutputHooks[@]}"; do
      if [ -e "$prefix" ]; then eval "$hook"; fi
    done
  done
  if [ -n "$propagatedBuildInputs" ]; then
    mkdir -p "$out/nix-support"
    echo "$propagatedBuildInputs" >"$out/nix-support/propagated-build-inputs"
  fi
  runHook postFixup
}

installCheckPhase() {
  runHook preInstallCheck
  runHook postInstallCheck
}

# runPhase NAME: the text of the derivation's attribute, or the function here.
runPhase() {
  local curPhase=$1
  case $curPhase in
    unpackPhase) if [ -n "${dontUnpack-}" ]; then return; fi ;;
    patchPhase) if [ -n "${dontPatch-}" ]; then return; fi ;;
    configurePhase) if [ -n "${dontConfigure-}" ]; then return; fi ;;
    buildPhase) if [ -n "${dontBuild-}" ]; then return; fi ;;
    checkPhase) if [ -z "${doCheck-}" ]; then return; fi ;;
    installPhase) if [ -n "${dontInstall-}" ]; then return; fi ;;
    fixupPhase) if [ -n "${dontFixup-}" ]; then return; fi ;;
    installCheckPhase) if [ -z "${doInstallCheck-}" ]; then return; fi ;;
  esac
  if [ -n "${NIX_LOG_FD-}" ]; then
    echo "@nix {\"action\":\"setPhase\",\"phase\":\"$curPhase\"}" >&"$NIX_LOG_FD"
  fi
  echo "Running phase: $curPhase"
  eval "${!curPhase:-$curPhase}"
  if [ "$curPhase" = unpackPhase ]; then cd -- "${sourceRoot:-.}"; fi
}

cd "$NIX_BUILD_TOP"
runHook preHook
if [ -z "${phases-}" ]; then
  phases="${prePhases-} unpackPhase patchPhase ${preConfigurePhases-} configurePhase"
  phases+=" ${preBuildPhases-} buildPhase checkPhase ${preInstallPhases-} installPhase"
  phases+=" ${preFixupPhases-} fixupPhase installCheckPhase ${preDistPhases-} ${postPhases-}"
fi
if [ -n "${buildCommand-}" ]; then
  eval "$buildCommand"
else
  for curPhase in $phases; do runPhase "$curPhase"; done
fi
exit 0
