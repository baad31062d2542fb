# shellcheck shell=bash
# Finds modules whose Template Haskell may give something else now. A splice may
# read any file, and only one that is read through addDependentFile is known to
# GHC.

# file_contents: hashes, targets and modes of all files of the package, to be
# compared between base and head: `KIND TAB PATH TAB CONTENT`, KIND being `haskell`
# or `other`. Of a mode the store keeps whether it can be executed. To be called
# before anything is generated.
file_contents() {
  {
    find . -type f -print0 | xargs -0 -r sha256sum --
    find . -type l -printf '-> %l  %p\n'
    find . -type f -perm /100 -printf 'executable  %p\n'
  } | LC_ALL=C awk '{
    place = index($0, "  ")
    path = substr($0, place + 4)
    # GHC has a hash of the content of a source, and of nothing else.
    kind = path ~ /\.l?hs(-boot)?$/ && $0 !~ /^(-> |executable )/ ? "haskell" : "other"
    print kind "\t" path "\t" substr($0, 1, place - 1)
  }' | LC_ALL=C sort
}

# changed_files KIND BEFORE NOW: the paths of that kind whose content differs.
changed_files() {
  LC_ALL=C comm -3 "$2" "$3" | sed -n "s/^\t*$1\t\([^\t]*\)\t.*/\1/p" | LC_ALL=C sort -u
}

# splicing_modules STAGED: `STEM TAB PATH` of the modules that may run Template
# Haskell, and their sources where these can be looked at. A splice needs one of
# two extensions, named in the module or for a component. A Setup program of the
# package can name them too, and write modules that cannot be looked at before
# the build.
splicing_modules() {
  local staged=$1 extensions=(-e TemplateHaskell -e QuasiQuotes) named
  named=$(find . -maxdepth 1 -type f \( -name '*.cabal' -o -name '*.buildinfo' -o -name 'Setup.*hs' \) | with_any -lF "${extensions[@]}")
  # shellcheck disable=SC2154 # from the derivation
  named+=$(printf '%s\n' "${ghcOptions[@]}" "${configureFlags[@]}" | grep -F "${extensions[@]}" || true)
  if [ -n "$named" ]; then
    cat "$staged/sources"
    cut -f 1 "$staged/found" | sed 's/$/\t/'
  else
    cut -f 2 "$staged/sources" | with_any -lF "${extensions[@]}" | entries_of "$staged/sources"
    # shellcheck disable=SC2154 # from the derivation
    if [ "$buildType" != Simple ]; then LC_ALL=C awk -F '\t' 'NF < 6 { print $3 "\t" }' "$staged/modules"; fi
  fi
}

# changed_programs: which programs on the PATH of the builder are others than in the
# base's build: a splice may run them. What it reads of a package that it uses, it
# finds by a path in that package's library, and GHC compares the library.
changed_programs() {
  local pair
  # shellcheck disable=SC2154 # from the derivation
  if [ -n "$otherPrograms" ]; then echo "programs on the PATH"; fi
  # The host builder has no variables of the user's.
  if [ -n "${changedVariables-}" ]; then echo "variables of the build ($changedVariables)"; fi
  # shellcheck disable=SC2154 # from the derivation
  for pair in "${rewrites[@]}"; do
    if [ -d "${pair#* }/bin" ]; then
      echo "programs of a dependency"
      break
    fi
  done
}

# doubtful_splices PREVIOUS STAGED: `STEM TAB splice TAB FILES` of the modules
# that may run Template Haskell and may have read what has changed.
doubtful_splices() {
  local previous=$1 staged=$2
  {
    changed_files other "$previous/hinc/contents" "$NIX_BUILD_TOP/hinc-contents"
    changed_programs
  } >"$staged/changed"
  if [ -s "$staged/changed" ]; then
    splicing_modules "$staged" | cut -f 1 | with_cause splice "$(listed "$staged/changed")"
    return 0
  fi
  # Every edit changes a Haskell source. Of the modules with splices those alone
  # are compiled again for it that name such a file, or a folder of such files.
  changed_files haskell "$previous/hinc/contents" "$NIX_BUILD_TOP/hinc-contents" >"$staged/changed"
  if [ ! -s "$staged/changed" ]; then return 0; fi
  {
    printf '%s\n' '.hs"' '.lhs"' '.hs-boot"'
    # "src", "src/...", "./src": all folders on the way to a source.
    LC_ALL=C awk -F / '{ path = ""; for (i = 1; i < NF; i++) { path = path $i; print path; path = path "/" } }' "$staged/changed" |
      LC_ALL=C sort -u | sed 's|.*|"&"\n"&/\n"./&|'
  } >"$staged/names"
  splicing_modules "$staged" | LC_ALL=C awk -F '\t' '$2 != ""' >"$staged/splicing"
  cut -f 2 "$staged/splicing" | with_any -lF -f "$staged/names" | stems_of "$staged/splicing" |
    with_cause splice "$(listed "$staged/changed")"
}

# listed FILE: its lines in one, at most three of them.
listed() {
  LC_ALL=C awk '
    NR <= 3 { text = text (NR == 1 ? "" : ", ") $0 }
    END { printf "%s%s", text, (NR > 3 ? " and " (NR - 3) " more" : "") }
  ' "$1"
}
