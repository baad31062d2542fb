# shellcheck shell=bash
# The parts of the builder, for hinc's own and for nixpkgs'. Expects `scripts`, the array of
# their store paths that nix/scripts.nix gives.
# shellcheck disable=SC2154 # scripts

# shellcheck source-path=SCRIPTDIR source=../intermediates/protocol.sh
source "${scripts[protocol]}"
# shellcheck source=../intermediates/hardware.sh
source "${scripts[hardware]}"
# shellcheck source=../intermediates/observed.sh
source "${scripts[observed]}"
# shellcheck source=../intermediates/warnings.sh
source "${scripts[warnings]}"
# shellcheck source=../intermediates/restore.sh
source "${scripts[restore]}"
# shellcheck source=../intermediates/companions.sh
source "${scripts[companions]}"
# shellcheck source=../intermediates/compile.sh
source "${scripts[compile]}"
# shellcheck source=../intermediates/partial.sh
source "${scripts[partial]}"
# shellcheck source=../intermediates/save.sh
source "${scripts[save]}"
# shellcheck source=../intermediates/constant-prefix.sh
source "${scripts[constantPrefix]}"
# shellcheck source=../verify/keep.sh
source "${scripts[keep]}"
