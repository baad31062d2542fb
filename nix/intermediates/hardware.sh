# shellcheck shell=bash
# What a build runs on, so that its times can be set beside those of another one.

# tell_machine CORES JOBS: the cores that Nix gives the build (0: all of them), and how many
# modules GHC compiles at once (empty: it was not told, so one).
tell_machine() {
  local cores=$1 jobs=${2:-1} memory="" processor=""
  if [ "$cores" -eq 0 ]; then cores=$(nproc); fi
  # Linux has both. A text keeps nothing that could end a text of JSON.
  if [ -r /proc/meminfo ]; then memory=$(LC_ALL=C awk '/^MemTotal:/ { print $2; exit }' /proc/meminfo); fi
  if [ -r /proc/cpuinfo ]; then
    processor=$(LC_ALL=C awk 'sub(/^model name[ \t]*:[ \t]*/, "") { gsub(/[^A-Za-z0-9 ()@.,:_+\/-]/, ""); print; exit }' /proc/cpuinfo)
  fi
  tell "{\"event\":\"machine\",\"cores\":$cores,\"jobs\":$jobs,\"memory_kib\":${memory:-0},\"processor\":\"$processor\"}"
}
