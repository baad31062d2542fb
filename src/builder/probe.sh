# shellcheck shell=sh
# What a builder is. Runs there, over ssh, as `sh -s`: see probe.rs, which reads
# the lines `NAME VALUE` that it prints between its first and its last line.
#
# POSIX and no more: the shell may be dash, busybox, bash 3.2 or zsh's sh, the
# programs those of GNU, busybox or macOS. What is missing there is not printed.
LC_ALL=C
export LC_ALL
unset CDPATH

# say NAME WORD...: one line, whatever is in the words.
say() {
  name=$1
  shift
  printf '%s %s\n' "$name" "$(printf '%s' "$*" | tr '\n\r' '  ')"
}

# has PROGRAM: whether a shell that nobody types at finds it.
has() { command -v "$1" >/dev/null 2>&1; }

# soon COMMAND...: runs it, but not for ever where that can be had.
soon() {
  if has timeout; then timeout 30 "$@"; else "$@"; fi
}

# All in a function, so that the shell has read it before any program that it
# starts could.
probe() {
  # First of all and by itself on standard error, where each line is seen as it
  # comes: what the clock says.
  echo "hinc-clock $(date +%s)" >&2
  # Shells greet, also where nobody reads it. What counts starts here.
  echo 'hinc-probe 1'

  say user "$(id -un 2>/dev/null)"
  say uid "$(id -u)"
  say os "$(uname -s)"
  say machine "$(uname -m)"
  say kernel "$(uname -r)"

  # Nix: on the search path, or where its installers put it.
  nix_folder=''
  if has nix-store; then
    say on-path nix-store
  else
    for folder in /nix/var/nix/profiles/default/bin /run/current-system/sw/bin "$HOME/.nix-profile/bin" \
      "$HOME/.local/state/nix/profile/bin" "/etc/profiles/per-user/$(id -un)/bin" /usr/local/bin /opt/nix/bin; do
      if [ -x "$folder/nix-store" ]; then
        nix_folder=$folder
        say folder "$folder"
        break
      fi
    done
  fi
  if has nix-daemon; then
    say on-path nix-daemon
  fi
  say path "$PATH"
  prefix=${nix_folder:+$nix_folder/}

  if [ "$nix_folder" ] || has nix-store; then
    # Beside the version there can be warnings, as of settings that this Nix does not know, and Lix's details.
    "${prefix}nix-store" --version 2>&1 | head -n 30 | while IFS= read -r line; do
      say version "$line"
    done

    wanted='^(system|extra-platforms|system-features|sandbox|sandbox-paths|max-jobs|cores|store|secret-key-files|substituters|min-free) = '
    {
      "${prefix}nix" --extra-experimental-features nix-command config show 2>/dev/null ||
        "${prefix}nix" --extra-experimental-features nix-command show-config 2>/dev/null
    } | grep -E "$wanted" | while IFS= read -r line; do
      say setting "$line"
    done

    # The path is nobody's: a store that answers says that it does not have it.
    none=/nix/store/00000000000000000000000000000000-hinc-probe
    answer=$(soon "${prefix}nix-store" --check-validity --print-invalid "$none" 2>&1)
    status=$?
    say store-status "$status"
    say store-answer "$answer"

    info=$(soon "${prefix}nix" --extra-experimental-features nix-command store info --json 2>/dev/null) ||
      info=$(soon "${prefix}nix" --extra-experimental-features nix-command store ping --json 2>/dev/null)
    say store-info "$info"
  fi

  # Room: of the store's file system, or of that which the store would be in.
  for folder in /nix/store /nix /; do
    if [ -d "$folder" ]; then
      df -Pk "$folder" 2>/dev/null | tail -n 1 | while IFS= read -r line; do
        say df "$line"
      done
      break
    fi
  done

  # Processors of other kinds, by the kernel's hands.
  for entry in /proc/sys/fs/binfmt_misc/*; do
    case ${entry##*/} in
      register | status | '*') continue ;;
    esac
    if { read -r state <"$entry"; } 2>/dev/null && [ "$state" = enabled ]; then
      say binfmt "${entry##*/}"
    fi
  done
  if [ "$(uname -s)" = Darwin ] && arch -x86_64 /usr/bin/true 2>/dev/null; then
    say rosetta yes
  fi

  if [ -e /dev/kvm ]; then
    # To be there is not enough: it must open for reading and writing.
    # A processor that QEMU imitates has one too, which makes nothing faster.
    if grep -q 'QEMU TCG' /proc/cpuinfo 2>/dev/null; then
      say kvm imitated
    elif (: <>/dev/kvm) 2>/dev/null; then
      say kvm opens
    else
      say kvm closed
    fi
  fi

  if [ -r /proc/meminfo ]; then
    while read -r key value unit; do
      case $key in
        MemTotal:) say memory "$value$unit" ;;
        MemAvailable:) say memory-free "$value$unit" ;;
      esac
    done </proc/meminfo
  elif has sysctl; then
    say memory "$(sysctl -n hw.memsize 2>/dev/null)"
  fi
  cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null)
  say cores "$cores"
  echo 'hinc-probe end'
}

probe </dev/null
