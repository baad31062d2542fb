# shellcheck shell=bash
# Finds modules that GHC would skip although a clean build may compile them to
# something else, as it compares source, flags and interfaces, and not
#
#   - the place of a source, which a call stack shows;
#   - options that it takes for harmless, such as -Werror, and where they are from;
#   - what a preprocessor (-F -pgmF) reads;
#   - what a Template Haskell splice reads without telling GHC;
#   - the C headers that a capi import is compiled with;
#   - a new header that an #include finds before the one that it found.
#
# Such modules are left out of the restore. What uses them is compiled again only
# if they come out differently, so that a module too many costs little.

# source_files: the files of the package, relative to its folder, which is the
# current one; sorted.
source_files() {
  find . -path ./dist -prune -o ! -type d -printf '%P\n' | LC_ALL=C sort
}

# file_contents: hashes and targets of all files of the package that are not
# Haskell, to be compared between base and head. To be called before anything
# is generated.
file_contents() {
  find . -type f ! -name '*.hs' ! -name '*.lhs' ! -name '*.hs-boot' ! -name '*.lhs-boot' -print0 |
    LC_ALL=C sort -z | xargs -0 -r sha256sum --
  find . -type l -printf '%p -> %l\n' | LC_ALL=C sort
}

# splicing_modules STAGED: stems of the modules that may run Template Haskell. A
# splice needs one of two extensions, named in the module or for a component. A
# Setup program of the package can name them too, and write modules that cannot
# be looked at before the build.
splicing_modules() {
  local staged=$1 extensions=(-e TemplateHaskell -e QuasiQuotes) named
  named=$(find . -maxdepth 1 -type f \( -name '*.cabal' -o -name '*.buildinfo' -o -name 'Setup.*hs' \) | with_any -lF "${extensions[@]}")
  # shellcheck disable=SC2154 # from the derivation
  named+=$(printf '%s\n' "${ghcOptions[@]}" "${configureFlags[@]}" | grep -F "${extensions[@]}" || true)
  if [ -n "$named" ]; then
    cut -f 1 "$staged/found"
  else
    cut -f 2 "$staged/sources" | with_any -lF "${extensions[@]}" | stems_of "$staged/sources"
    # shellcheck disable=SC2154 # from the derivation
    if [ "$buildType" != Simple ]; then LC_ALL=C awk -F '\t' 'NF < 5 { print $3 }' "$staged/modules"; fi
  fi
}

# setup_files BUILD-TYPE: what gives GHC options that the configured package does
# not show: hooks of a Setup program of the package, and what a configure script
# writes for the hook that Cabal brings.
setup_files() {
  local file
  echo "$1"
  if [ "$1" = Simple ]; then return 0; fi
  for file in Setup.hs Setup.lhs *.buildinfo; do
    if [ -f "$file" ]; then cat -- "$file"; fi
  done
}

# modules_with_c_wrappers FOLDER FOUND: stems of the modules below FOLDER that
# have C code of their own, which GHC writes for capi imports and compiles with
# whatever headers are there. Its functions have the module in their names, Z
# encoded (mkWrapperName in GHC/HsToCore/Utils.hs); that of another module shows
# that an import of it was inlined. FOUND: `STEM TAB PATH` of what is there.
modules_with_c_wrappers() {
  (
    cd "$1" || exit
    cut -f 2 "$2" | with_any -oaHE -e 'ghczuwrapperZC[0-9]+ZC[0-9A-Za-z]+'
  ) | LC_ALL=C awk -F '\t' '
    function encoded(text) {
      gsub(/z/, "zz", text); gsub(/Z/, "ZZ", text)
      gsub(/\//, "zi", text); gsub(/_/, "zu", text); gsub(/\047/, "zq", text); gsub(/-/, "zm", text)
      return text
    }
    FILENAME == ARGV[1] { stem[$2] = $1; next }
    {
      colon = match($0, /:[^:]*$/)
      path = substr($0, 1, colon - 1)
      name = substr($0, colon + 1)
      if (!(path in stem)) next
      module = stem[path]
      if (module ~ /[^0-9A-Za-z_\047\/-]/) { print module; next }
      do {
        if (index(name, "ZC" encoded(module) "ZC")) { print stem[path]; next }
      } while (sub(/^[^\/]*\//, "", module))
    }
  ' "$2" - | LC_ALL=C sort -u
}

# doubtful_modules PREVIOUS STAGED: stems of the modules that have to be compiled
# again. STAGED has `found` (`STEM TAB PATH`), `modules` (what the lister says of
# head), `wrappers`, and the base's files in `build`.
doubtful_modules() {
  local previous=$1 staged=$2
  cat "$staged/wrappers"
  # shellcheck disable=SC2154 # from the derivation
  if ! setup_files "$buildType" | cmp -s - "$previous/hinc/setup"; then cut -f 1 "$staged/found"; fi
  LC_ALL=C awk -F '\t' '
    { rest = $0; for (i = 1; i <= 3; i++) sub(/^[^\t]*\t/, "", rest) }
    FILENAME == ARGV[1] { before[$3] = rest; next }
    $4 == "never" || !($3 in before) || before[$3] != rest { print $3 }
  ' "$previous/hinc/modules" "$staged/modules"
  LC_ALL=C awk -F '\t' '{ for (i = 5; i <= NF; i++) print $3 "\t" $i }' "$staged/modules" >"$staged/sources"
  cut -f 2 "$staged/sources" | with_any -lF -e -pgmF -e -pgmL | stems_of "$staged/sources"

  if ! cmp -s "$NIX_BUILD_TOP/hinc-contents" "$previous/hinc/contents"; then splicing_modules "$staged"; fi

  source_files | LC_ALL=C comm -13 "$previous/hinc/files" - |
    sed -E '/\.(l?hs(-boot)?|l?hsig)$/d; s|.*/||; /^$/d' >"$staged/added"
  if [ -s "$staged/added" ]; then
    # An interface names the files that were included.
    (
      cd "$staged/build" || exit
      cut -f 2 "$staged/found" | { grep -E 'hi(-boot)?$' || true; } | with_any -lF -f "$staged/added"
    ) | stems_of "$staged/found"
    cut -f 2 "$staged/sources" | with_any -lF -f "$staged/added" | stems_of "$staged/sources"
  fi
}

# with_any OPTION...: grep over the files on standard input, of which none needs
# to match.
with_any() {
  # grep ends with 1 where nothing is found, which xargs turns into 123.
  LC_ALL=C xargs -r -d '\n' grep "$@" -- || [ $? -eq 123 ]
}

# stems_of LIST: the stems that LIST, of `STEM TAB PATH`, has for the paths on
# standard input.
stems_of() {
  LC_ALL=C awk -F '\t' '
    FILENAME == ARGV[1] { stem[$2] = stem[$2] "\n" $1; next }
    $1 in stem { print substr(stem[$1], 2) }
  ' "$1" -
}
