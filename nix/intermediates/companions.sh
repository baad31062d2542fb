# shellcheck shell=bash
# Companions: what GHC writes of a module beside its interface and object, and asks
# for before it skips the module. These are .hie files (-fwrite-ide-info) and .gbc
# files (-fwrite-byte-code, from GHC 10 on). Options name their folders and suffixes,
# so that they may lie anywhere in the package.

# companions RECORD: `STEM TAB PATH` of those that are there, PATH being relative to
# the package's folder, which is the current one. RECORD has `modules`, and `places`
# (FOLDER TAB DIRECTORY TAB SUFFIX, see DescribePackage.hs).
companions() {
  local record=$1 suffix root roots=() names=()
  while IFS= read -r suffix; do
    names+=(-o -name "*.$suffix" -o -name "*.$suffix-boot")
  done < <(cut -f 3 "$record/places" | LC_ALL=C sort -u)
  while IFS= read -r root; do
    if [ -d "./$root" ]; then roots+=("./$root"); fi
  done < <(cut -f 2 "$record/places" | LC_ALL=C sort -u | LC_ALL=C awk '
    { path = $0; while (sub(/\/?[^\/]*$/, "", path) && path != "") if (path in found) next; found[$0] = 1; print }
  ')
  if [ "${#roots[@]}" -eq 0 ]; then return 0; fi
  find "${roots[@]}" -type f \( -false "${names[@]}" \) -printf '%p\n' | LC_ALL=C awk -F '\t' '
    FILENAME == ARGV[1] { places[$1] = places[$1] "\n" $2 "\t" $3; next }
    FILENAME == ARGV[2] {
      module = $2
      gsub(/\./, "/", module)
      folder = substr($3, 1, length($3) - length(module) - 1)
      count = split(places[folder == "" ? "." : folder], place, "\n")
      for (i = 2; i <= count; i++) {
        split(place[i], part, "\t")
        path = (part[1] == "." ? "" : part[1] "/") module "." part[2]
        stems[path] = stems[path] "\n" $3
      }
      next
    }
    {
      path = $0
      while (sub(/^\.\//, "", path)) {}
      written = path
      sub(/-boot$/, "", written)
      if (!(written in stems)) next
      count = split(stems[written], stem, "\n")
      for (i = 2; i <= count; i++) print stem[i] "\t" path
    }
  ' "$record/places" "$record/modules" -
}

# save_companions RECORD TO: keeps them in the output TO.
save_companions() {
  local record=$1 to=$2
  companions "$record" >"$to/hinc/companions"
  mkdir -p "$to/companions"
  cut -f 2 "$to/hinc/companions" | LC_ALL=C sort -u | copy_listed . "$to/companions"
}

# stage_companions PREVIOUS STAGED: part of stage_intermediates.
stage_companions() {
  local previous=$1 staged=$2
  # Most packages have none.
  if [ ! -s "$previous/hinc/companions" ]; then return 0; fi
  mkdir -p "$staged/companions"
  cut -f 2 "$previous/hinc/companions" | LC_ALL=C sort -u >"$staged/companion-files"
  copy_listed "$previous/companions" "$staged/companions" <"$staged/companion-files"
  rewrite_restored "$staged/companions" "$staged/companion-files"
  restored_time "$staged/companions" <"$staged/companion-files"
}

# restore_companions PREVIOUS STAGED DIST RECORD: puts those into the package whose
# modules have been restored.
restore_companions() {
  local previous=$1 staged=$2 dist=$3 record=$4
  if [ ! -s "$previous/hinc/companions" ]; then return 0; fi
  haskell_products "$dist/build" "$record/suffixes" >"$staged/restored"
  LC_ALL=C awk -F '\t' '
    function boot(path) { return path ~ /-boot$/ ? "-boot" : "" }
    FILENAME == ARGV[1] { there[$1, boot($2)] = 1; next }
    ($1, boot($2)) in there { kept[$2] = 1 }
    { all[$2] = 1 }
    END { for (path in all) if (!(path in kept)) print path }
  ' "$staged/restored" "$previous/hinc/companions" | (cd "$staged/companions" && xargs -r -d '\n' rm --)
  merge_folder "$staged/companions" .
}
