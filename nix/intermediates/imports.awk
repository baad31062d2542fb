# From what GHC wrote down of modules (InterfaceFacts.hs), says which modules each of those that this
# build compiled waits for: as events for hinc, one for each of them, and one for each module that was
# not compiled and lies between two that were.
#
# Arguments: the list `finished` of this build; the facts of the base, or /dev/null; the facts of what
# this build compiled.
BEGIN { FS = "\t" }

FILENAME == ARGV[1] {
  stem = $2
  sub(/\.[^.\/]*$/, "", stem)
  compiled[stem] = 1
  order[++count] = stem
  next
}

# Of a compiled module the base may have had other imports.
FILENAME == ARGV[2] && ($1 in compiled) { next }

{
  path = $3
  gsub(/\./, "/", path)
  at = length($1) - length(path)
  if (at < 0 || substr($1, at + 1) != path) next
  # A component's modules lie in one folder, and a module of it has that before its name.
  folder[$1] = substr($1, 1, at)
  imports[$1] = $7
  if (!($1 in compiled)) others[++number] = $1
}

# resolve STEM: the modules of its component that it imports, in `found`; returns how many there are.
function resolve(stem, words, total, i, path, size) {
  total = split(imports[stem], words, " ")
  size = 0
  for (i = 1; i <= total; i++) {
    if (words[i] ~ /:$/) continue
    path = words[i]
    gsub(/\./, "/", path)
    path = folder[stem] path
    if (path in compiled || path in imports) found[++size] = path
  }
  return size
}

function told(stem, size, i, text) {
  size = resolve(stem)
  text = ""
  for (i = 1; i <= size; i++) {
    if (found[i] in compiled || found[i] in between) text = text (text == "" ? "" : ",") "\"" found[i] "\""
  }
  printf "@hinc {\"event\":\"imports\",\"module\":\"%s\",\"of\":[%s]}\n", stem, text
}

END {
  # Who imports each of them, of those that were not compiled.
  for (n = 1; n <= number; n++) {
    size = resolve(others[n])
    for (i = 1; i <= size; i++) importers[found[i], ++times[found[i]]] = others[n]
  }
  for (n = 1; n <= count; n++) queue[++last] = order[n]
  for (n = 1; n <= last; n++) {
    for (i = 1; i <= times[queue[n]]; i++) {
      above = importers[queue[n], i]
      if (above in between) continue
      between[above] = 1
      queue[++last] = above
    }
  }
  # What nobody knows of is not told.
  for (n = 1; n <= last; n++) if (queue[n] in imports) told(queue[n])
}
