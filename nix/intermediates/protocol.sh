# shellcheck shell=bash
# What a builder says to hinc and to Nix. Lines for hinc start with "@hinc " and
# hold one JSON object; docs/nix.md lists them.

# The step that a failure is charged to: configure, build, check or install.
hinc_step=configure

# announce PHASE STEP: tells Nix's progress display what runs now.
announce() {
  printf '@nix { "action": "setPhase", "phase": "%s" }\n' "$1" >&2
  hinc_step=$2
}

# tell JSON
tell() {
  printf '@hinc %s\n' "$1" >&2
}

# refuse MESSAGE: ends the build with a reason that a person can act on.
refuse() {
  printf 'hinc: %s\n' "$1" >&2
  exit 1
}

# The last thing a builder does, whatever its end was. It uses the shell's own
# commands alone: programs of coreutils close their output before they exit, Nix
# takes a closed output for the end of the builder and may kill what still runs.
tell_failure() {
  local status=$?
  if [ "$status" -ne 0 ]; then
    tell "{\"event\":\"failed\",\"phase\":\"$hinc_step\",\"status\":$status}"
  fi
  exit "$status"
}

# now: seconds since the epoch with six decimals, in the variable `now`.
now() {
  # shellcheck disable=SC2034 # the answer
  now=$EPOCHREALTIME
}

# elapsed FROM TO: the difference of two such times, in the variable `elapsed`.
elapsed() {
  local from=${1/./} to=${2/./}
  local difference=$((10#$to - 10#$from))
  # A clock that was set back during the build must not give a broken number.
  if [ "$difference" -lt 0 ]; then difference=0; fi
  # shellcheck disable=SC2034 # the answer
  printf -v elapsed '%d.%06d' $((difference / 1000000)) $((difference % 1000000))
}
