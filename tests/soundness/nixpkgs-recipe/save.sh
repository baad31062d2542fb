# shellcheck shell=bash
# Put after intermediates/save.sh by the test `recipes`: keeps what nixpkgs'
# generic-builder.nix keeps (installIntermediatesPhase), the whole build folder.

save_intermediates() {
  local dist=$1 to=$2
  mkdir -p "$to/hinc"
  cp -r "$dist/build" "$to/build"
}
