# shellcheck shell=sh
# The GHC of a builder, and digests of all that decides what it makes. Runs there,
# over ssh, as `sh -s -- TOOLS C_LIBRARY`, both lists of words: see remote.rs, which
# reads the lines `NAME VALUE` that it prints between its first and its last line.
#
# What is looked up is what toolchain.rs looks up on this machine, in the same
# order. POSIX and no more, for Linux and macOS.
LC_ALL=C
export LC_ALL
unset CDPATH GHC_ENVIRONMENT GHC_PACKAGE_PATH

newline='
'

# say NAME WORD...: one line, whatever is in the words.
say() {
  name=$1
  shift
  case $* in
    *"$newline"*) printf '%s %s\n' "$name" "$(printf '%s' "$*" | tr '\n' ' ')" ;;
    *) printf '%s %s\n' "$name" "$*" ;;
  esac
}

# fail WHAT WORD...: the answer ends here.
fail() {
  say fail "$@"
  echo 'hinc-toolchain end'
  exit 0
}

# lookup PATH NAME: the first program of that name. A name with a slash is a path.
lookup() {
  case $2 in
    */*)
      [ -f "$2" ] && [ -x "$2" ] && printf '%s\n' "$2"
      return
      ;;
  esac
  rest=$1:
  while [ "$rest" ]; do
    folder=${rest%%:*}
    rest=${rest#*:}
    case $folder in
      /*)
        if [ -f "$folder/$2" ] && [ -x "$folder/$2" ]; then
          printf '%s\n' "$folder/$2"
          return
        fi
        ;;
    esac
  done
  return 1
}

# real PATH: the file that links lead to, in a folder without links.
real() {
  path=$1 left=40
  while [ -L "$path" ] && [ "$left" -gt 0 ]; do
    target=$(readlink "$path") || return
    case $target in
      /*) path=$target ;;
      *) path=$(dirname "$path")/$target ;;
    esac
    left=$((left - 1))
  done
  folder=$(cd -P "$(dirname "$path")" && pwd -P) || return
  printf '%s/%s\n' "${folder%/}" "$(basename "$path")"
}

# of_info NAME: a value of `ghc --info`, which prints each pair on a line.
of_info() { printf '%s\n' "$info" | sed -n 's/^.*("'"$1"'","\(.*\)").*$/\1/p' | head -n 1; }

# digests FILE...: one line each.
digests() {
  if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}

# sizes FILE...: sizes and names, one line each.
sizes() {
  if stat -c %s / >/dev/null 2>&1; then stat -c '%s %n' "$@"; else stat -f '%z %N' "$@"; fi
}

describe() {
  echo 'hinc-toolchain 1'
  say path "$PATH"
  command -v sha256sum >/dev/null || command -v shasum >/dev/null || fail no-digest

  ghc=$(lookup "$PATH" ghc) || fail no-ghc
  real_ghc=$(real "$ghc") || fail broken "$ghc" 'leads nowhere'
  say ghc "$ghc"
  say real-ghc "$real_ghc"
  info=$("$ghc" --info 2>/dev/null) || fail broken "$ghc --info" "$("$ghc" --info 2>&1)"
  printf '%s\n' "$info" | sed 's/^/info /'
  version=$(of_info 'Project version')
  libraries=$(of_info LibDir)
  database=$(of_info 'Global Package DB')
  if ! [ "$libraries" ] || ! [ "$database" ]; then
    fail odd 'ghc --info' 'there is no library folder or no package database in it'
  fi
  database=$(cd -P "$database" && pwd -P) || fail missing "the package database $(of_info 'Global Package DB')"
  say libraries "$libraries"
  say database "$database"

  cc_name=$(of_info 'C compiler command')
  cc_name=${cc_name:-gcc}
  cc=$(lookup "$PATH" "$cc_name") || fail missing "the C compiler \`$cc_name\`"
  shell=$(lookup "$PATH" /bin/bash || lookup "$PATH" /usr/bin/bash || lookup "$PATH" bash) || fail missing bash
  # A folder of links such as ~/.ghcup/bin may have no `ghc-pkg` that belongs to this GHC.
  [ -e "$(dirname "$ghc")/ghc-pkg" ] || ghc=$real_ghc
  say used-ghc "$ghc"
  say cc "$cc"
  say shell "$shell"
  cc_version=$("$cc" --version 2>/dev/null) || fail broken "$cc --version" "$("$cc" --version 2>&1)"
  printf '%s\n' "$cc_version" | sed 's/^/cc-version /'

  # The search path of the build: where the compilers are, and the usual folders.
  build_path=''
  for folder in "$(dirname "$ghc")" "$(dirname "$cc")" /usr/bin /bin; do
    case :$build_path: in
      *":$folder:"*) ;;
      *) build_path=${build_path:+$build_path:}$folder ;;
    esac
  done
  say build-path "$build_path"

  # What is hashed: its part on one line, its path as an argument.
  tools=$1 c_library=$2
  set -- "$ghc" "$real_ghc" "$cc" "$shell"
  for part in ghc real-ghc cc shell; do
    say part "$part"
  done
  for file in "$libraries/../bin/ghc-$version" "$libraries/bin/ghc-$version" "$libraries/settings" "$libraries/../settings"; do
    if [ -f "$file" ]; then
      say part "${file#"$libraries"/}"
      set -- "$@" "$file"
    fi
  done
  for name in $c_library; do
    file=$("$cc" "-print-file-name=$name" 2>/dev/null)
    # A compiler that does not know the file repeats its name.
    case $file in
      /*)
        if [ -f "$file" ]; then
          say part "$name"
          set -- "$@" "$file"
        fi
        ;;
    esac
  done
  for tool in $tools; do
    if file=$(lookup "$build_path" "$tool"); then
      say part "$tool"
      set -- "$@" "$file"
    else
      say absent "$tool"
    fi
  done
  for file in "$database"/*.conf; do
    if [ -f "$file" ]; then
      say part "${file##*/}"
      set -- "$@" "$file"
    fi
  done
  digests "$@" | sed 's/^\\\{0,1\}\([0-9a-f]\{64\}\).*/digest \1/'

  # The libraries themselves by their sizes: one can be built anew with the same description.
  folders=$(cat "$database"/*.conf 2>/dev/null | awk '
    /^[^ \t]/ {
      inside = /^(library-dirs|library-dirs-static|dynamic-library-dirs):/
      sub(/^[^:]*:/, "")
    }
    inside { for (n = 1; n <= NF; n++) { gsub(/^"|"$/, "", $n); print $n } }
  ' | sort -u)
  set --
  while IFS= read -r folder; do
    # shellcheck disable=SC2016 # It stands in the description as it is.
    case $folder in
      '${pkgroot}'*) folder=$(dirname "$database")${folder#'${pkgroot}'} ;;
    esac
    for file in "$folder"/libHS*; do
      [ -e "$file" ] && set -- "$@" "$file"
    done
  done <<FOLDERS
$folders
FOLDERS
  [ "$#" = 0 ] || sizes "$@" | sed 's/^/library /'

  for folder in /bin /usr /lib /lib64 /etc/alternatives /var/lib/ghc; do
    [ -e "$folder" ] && say exists "$folder"
  done
  for file in "$libraries"/base-*/Prelude.p_hi "$libraries"/*/base-*/Prelude.p_hi; do
    if [ -f "$file" ]; then
      say profiling yes
      break
    fi
  done
  echo 'hinc-toolchain end'
}

describe "$1" "$2" </dev/null
