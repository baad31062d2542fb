# shellcheck shell=bash
# Finds modules that GHC would skip although a clean build may compile them to
# something else, as it compares source, flags and interfaces, and not
#
#   - the place of a source, which a call stack shows;
#   - options that it takes for harmless, such as -mavx, and where they are from;
#   - what a preprocessor (-F -pgmF) reads;
#   - what a Template Haskell splice reads without telling GHC (splices.sh);
#   - the C headers that a capi import is compiled with;
#   - a new header that an #include finds before the one that it found;
#   - what makes a module's own warnings others, or errors (warnings.sh).
#
# Such modules are left out of the restore. What uses them is compiled again only
# if they come out differently, so that a module too many costs little. The
# causes are those of docs/nix.md.

# source_files: the files of the package, relative to its folder, which is the
# current one; sorted.
source_files() {
  find . -path ./dist -prune -o ! -type d -printf '%P\n' | LC_ALL=C sort
}

# setup_files BUILD-TYPE: what gives GHC options that the configured package does
# not show: hooks of a Setup program of the package, what a configure script
# writes for the hook that Cabal brings, and arguments that hooks of the user add.
setup_files() {
  local file
  echo "$1"
  # A file of what Setup was configured with, where the user's own code decides that.
  if [ -n "${setupArguments-}" ]; then cat -- "$setupArguments"; fi
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

# doubtful_units PREVIOUS STAGED RECORD: `STEM TAB CAUSE TAB ABOUT` of the modules of
# units whose id differs from the base's, since GHC reads no interface of another
# (`unit`), and of those that depend on a library which re-exports another module under
# a name, since GHC compares only the packages of modules (`moved-import`). Cabal makes a
# unit id of the dependencies of all components together, among others
# (computeComponentId in Distribution/Backpack/Id.hs).
doubtful_units() {
  local previous=$1 staged=$2 record=$3
  LC_ALL=C awk -F '\t' '
    FILENAME == ARGV[1] { unit[$1, $3] = $2; for (i = 4; i <= NF; i++) before[$i] = 1; own[$2] = 1; next }
    FILENAME == ARGV[2] { target[$1, $2] = $3; next }
    FILENAME == ARGV[3] { if ((($1, $2) in target) && target[$1, $2] != $3 && !($1 in moved)) moved[$1] = $2; next }
    FILENAME == ARGV[4] {
      head[$1, $3] = 1
      if ((($1, $3) in unit) && unit[$1, $3] != $2) other[$1, $3] = 1
      for (i = 4; i <= NF; i++) {
        now[$i] = 1
        which = $i
        sub(/[^=]*=/, "", which)
        if ((which in moved) && !(($1, $3) in leads)) leads[$1, $3] = moved[which]
      }
      own[$2] = 1
      next
    }
    FNR == 1 { about = difference() }
    { place = folder($1, $3) }
    ($1, place) in other { print $3 "\tunit\t" about; next }
    ($1, place) in leads { print $3 "\tmoved-import\t" leads[$1, place] }

    # That of the unit which a module belongs to: of a component that Backpack fills
    # several times each unit has its own.
    function folder(component, stem) {
      while (sub(/\/?[^\/]*$/, "", stem)) {
        if (stem == "") return "."
        if ((component, stem) in head) return stem
      }
    }

    # Dependencies are NAME=UNIT; those on libraries of the package say nothing new.
    function name(dependency) { sub(/=.*/, "", dependency); return dependency }
    function outside(dependency) { sub(/[^=]*=/, "", dependency); return !(dependency in own) }
    function difference(entry, old, new, names, text) {
      for (entry in before) if (outside(entry) && !(entry in now)) { old[name(entry)] = 1; names[name(entry)] = 1 }
      for (entry in now) if (outside(entry) && !(entry in before)) { new[name(entry)] = 1; names[name(entry)] = 1 }
      for (entry in names)
        text = text ", " entry (!(entry in old) ? " was added" : !(entry in new) ? " was removed" : " changed")
      return substr(text, 3)
    }
  ' "$previous/hinc/components" "$previous/hinc/reexports" "$record/reexports" "$record/components" "$staged/modules"
}

# doubtful_modules PREVIOUS STAGED RECORD: the modules that have to be compiled
# again, `STEM TAB CAUSE TAB ABOUT`; of several causes of one the first counts.
# STAGED has `found` (`STEM TAB PATH`), `modules` (what DescribePackage.hs says of
# head), `sources` (`STEM TAB PATH` of these), `wrappers`, and the base's files in
# `build`.
doubtful_modules() {
  local previous=$1 staged=$2 record=$3 added
  doubtful_units "$previous" "$staged" "$record"
  # shellcheck disable=SC2154 # from the derivation
  if ! setup_files "$buildType" | cmp -s - "$previous/hinc/setup"; then cut -f 1 "$staged/found" | with_cause setup; fi
  LC_ALL=C awk -F '\t' '
    { sources = $0; for (i = 1; i <= 5; i++) sub(/^[^\t]*\t?/, "", sources) }
    FILENAME == ARGV[1] { options[$3] = $4; paths[$3] = sources; next }
    $4 == "never" { print $3 "\tpreprocessor\t"; next }
    ($3 in options) && options[$3] != $4 { print $3 "\toptions\t"; next }
    !($3 in paths) || paths[$3] != sources { print $3 "\tmoved-source\t" }
  ' "$previous/hinc/modules" "$staged/modules"
  cut -f 2 "$staged/sources" | with_any -lF -e -pgmF -e -pgmL | stems_of "$staged/sources" | with_cause preprocessor
  with_cause capi <"$staged/wrappers"
  # shellcheck disable=SC2154 # from the derivation
  if [ -z "${switches[trustTH]-}" ]; then doubtful_splices "$previous" "$staged"; fi

  source_files | LC_ALL=C comm -13 "$previous/hinc/files" - |
    sed -E '/\.(l?hs(-boot)?|l?hsig)$/d; s|.*/||; /^$/d' | LC_ALL=C sort -u >"$staged/added"
  if [ -s "$staged/added" ]; then
    added=$(listed "$staged/added")
    # An interface names the files that were included.
    (
      cd "$staged/build" || exit
      cut -f 2 "$staged/found" | { grep -E 'hi(-boot)?$' || true; } | with_any -lF -f "$staged/added"
    ) | stems_of "$staged/found" | with_cause added-file "$added"
    cut -f 2 "$staged/sources" | with_any -lF -f "$staged/added" | stems_of "$staged/sources" | with_cause added-file "$added"
  fi
  doubtful_warnings "$previous" "$staged"
}

# without_edited PREVIOUS STAGED: takes the modules whose source was edited out of
# what doubtful_modules says. GHC compiles them again by itself, and gives the
# better reason.
without_edited() {
  LC_ALL=C awk -F '\t' '
    FILENAME == ARGV[1] { if ($1 == "haskell") before[$2] = $3; next }
    FILENAME == ARGV[2] { if ($1 == "haskell" && ($2 in before) && before[$2] != $3) edited[$2] = 1; next }
    FILENAME == ARGV[3] { if (!($1 in sources)) sources[$1] = 0; if (!($2 in edited)) sources[$1]++; next }
    $2 == "unit" || !($1 in sources) || sources[$1] > 0
  ' "$1/hinc/contents" "$NIX_BUILD_TOP/hinc-contents" "$2/sources" -
}

# with_any OPTION...: grep over the files on standard input, of which none needs
# to match.
with_any() {
  # grep ends with 1 where nothing is found, which xargs turns into 123.
  LC_ALL=C xargs -r -d '\n' grep "$@" -- || [ $? -eq 123 ]
}

# entries_of LIST: the entries of LIST, of `STEM TAB PATH`, for the paths on
# standard input.
entries_of() {
  LC_ALL=C awk -F '\t' '
    FILENAME == ARGV[1] { entries[$2] = entries[$2] "\n" $0; next }
    $1 in entries { print substr(entries[$1], 2) }
  ' "$1" -
}

# stems_of LIST: the same, and the stems alone.
stems_of() {
  entries_of "$1" | cut -f 1
}

# with_cause CAUSE [ABOUT]: adds both to the stems on standard input.
with_cause() {
  CAUSE=$1 ABOUT=${2-} LC_ALL=C awk '{ print $0 "\t" ENVIRON["CAUSE"] "\t" ENVIRON["ABOUT"] }'
}
