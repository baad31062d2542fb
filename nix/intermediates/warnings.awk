# GHC's warnings in the log of `Setup build`, and the modules that they belong to.
#
# Prints `STEM TAB LINE` for the first line of a warning and `TAB LINE` for its others,
# as they were printed. The STEM is that of the module, with `-boot` for its boot file;
# `-` where GHC gives the warning in every run, whatever it compiles; `?` where nobody
# knows. Of one module each warning stands once, however many ways it was compiled in.
#
# What GHC prints between two of its lines `Compiling` belongs to the first module,
# also where it compiles several at once (GHC/Driver/Pipeline/LogQueue.hs). What it
# says before the first of them (of options, of the pragmas at the head of a file, of
# modules that are not listed) it says in every run, as it looks at all modules again.
# A second run of a component, in another way, begins without any line of its own: so
# what names another module's source after the last `Compiling` belongs to that one.
#
# Where GHC is told to print no such lines (-v0), the source that a warning names says
# whose it is: that of a module, also where it is generated from it, by LINE pragmas.
#
# Arguments: what known_modules prints; `TIME TAB INTERFACE` of what was compiled; and
# the log.
BEGIN { escape = sprintf("%c", 27); bell = sprintf("%c", 7) }

# A line without colours and links.
function plain(line) {
  if (index(line, escape)) {
    gsub(escape "\\][^" escape bell "]*(" bell "|" escape "\\\\)", "", line)
    gsub(escape "\\[[0-?]*[ -/]*[@-~]", "", line)
  }
  sub(/\r$/, "", line)
  return line
}

# A path as it is spelt among the sources.
function normal(path) {
  while (sub(/^\.\/+/, "", path)) { }
  gsub(/\/(\.?\/)+/, "/", path)
  return path
}

# The text that stands in JSON after a key. Quotes in a text are escaped, so that no
# text has a key in it.
function text_at(line, key, start, rest) {
  start = index(line, key)
  if (!start) return ""
  rest = substr(line, start + length(key))
  match(rest, /^([^"\\]|\\.)*/)
  return substr(rest, 1, RLENGTH)
}

# `executable 'foo' for bar-0.1..` -> `exe:foo`
function component_named(words, name) {
  if (words ~ /^library /) {
    if (!match(words, /^library '[^']*'/)) return "lib"
  } else if (!match(words, /^[a-z ]+ '[^']*'/)) return ""
  name = substr(words, 1, RLENGTH - 1)
  sub(/^.* '/, "", name)
  if (words ~ /^library/) return "lib:" name
  if (words ~ /^foreign library/) return "flib:" name
  if (words ~ /^executable/) return "exe:" name
  if (words ~ /^test suite/) return "test:" name
  return "bench:" name
}

# Whether a line is the first of a warning; the file that it names is in `named`, and
# empty where it names none. Of a C compiler's the text stands on the same line.
function begins_warning(line, at, rest) {
  at = line ~ /^[ \t]/ ? 0 : index(line, ": warning:")
  if (!at) return 0
  named = substr(line, 1, at - 1)
  rest = substr(line, at + 10)
  if (named ~ /^(<|on the commandline)/) named = ""
  sub(/:(\([0-9]+,[0-9]+\)-\([0-9]+,[0-9]+\)|[0-9]+(:[0-9]+(-[0-9]+)?)?)$/, "", named)
  named = normal(named)
  return rest ~ /^ *(\[.*)?$/ || named == "" || (named in known)
}

# The stems of the modules of a component that have a source, each after a tab. What is
# written while building lies beside what GHC makes of it, or in a folder for such files.
function owners(of, file, boot, found, list, i) {
  if (sub(/^dist\/build\//, "", file)) {
    sub(/\.l?hs$/, "", file)
    if (file in component_of) return "\t" file
    sub(/^(.*\/)?autogen\//, "", file)
    gsub(/\//, ".", file)
    return (of, file) in stem_of ? "\t" stem_of[of, file] : ""
  }
  boot = sub(/-boot$/, "", file) ? "-boot" : ""
  found = split(of in labels ? owner[of, file] : anywhere[file], list, "\t")
  file = ""
  for (i = 2; i <= found; i++) file = file "\t" list[i] boot
  return file
}

function give(stem, text, lines, line, i) {
  if ((stem, text) in given) return
  given[stem, text] = 1
  lines = split(text, line, "\n")
  print stem "\t" line[1]
  for (i = 2; i <= lines; i++) print "\t" line[i]
}

# A warning waits until the next line of GHC or Cabal tells whose it is.
function wait(text, file) {
  waiting++
  waiting_text[waiting] = text
  waiting_file[waiting] = file
}

function give_in_every_run(text, file, i, found, list) {
  found = split(owners(component, file), list, "\t")
  for (i = 2; i <= found; i++) give("-" list[i], text)
  if (found < 2) give("-", text)
}

# In no module's turn: GHC says it in every run.
function give_waiting_in_every_run(i) {
  for (i = 1; i <= waiting; i++) {
    in_every_run[component, waiting_text[i]] = 1
    give_in_every_run(waiting_text[i], waiting_file[i])
  }
  waiting = 0
}

# By their sources alone. `otherwise` is whose those are that name none.
function give_waiting_by_source(otherwise, i, j, found, list) {
  for (i = 1; i <= waiting; i++) {
    found = split(owners(component, waiting_file[i]), list, "\t")
    for (j = 2; j <= found; j++) give(list[j], waiting_text[i])
    if (found < 2) give(is_of_all(waiting_text[i]) ? "-" : otherwise, waiting_text[i])
  }
  waiting = 0
}

# Whether a warning that names no source is one that GHC gives of its options or of all
# modules together.
function is_of_all(text) {
  text = plain(text)
  sub(/\n.*/, "", text)
  return text ~ /^on the commandline:|\[-W(missing-home-modules|unused-packages|inconsistent-flags)\]|"code":(32850|42258|53692|74335),/
}

function place(text, file, list) {
  if (!running || !in_turn) return wait(text, file)
  if ((component, text) in in_every_run) return give_in_every_run(text, file)
  list = owners(turn_component, file) "\t"
  if (file == turn_source || index(list, "\t" turn "\t") || list == "\t") return give(turn == "" ? "?" : turn, text)
  wait(text, file)
}

# Ends a warning. Its lines reach to the end of the quoted source, or where there is
# none to the first line that is empty or not indented.
function close_warning(text, i) {
  if (!open) return
  open = 0
  text = line_of[1]
  for (i = 2; i <= kept; i++) text = text "\n" line_of[i]
  place(text, named_here)
}

function open_warning(file) {
  close_warning()
  open = kept = lines = 1
  quoted = ended = 0
  named_here = file
  line_of[1] = $0
}

function continue_warning(line) {
  line_of[++lines] = $0
  if (line ~ /^ *[0-9]* \|/) {
    quoted = 1
    kept = lines
  } else if (quoted || line ~ /^[^ \t].*: (error|note|warning):/) {
    close_warning()
  } else if (line ~ /^[ \t]/ && ended < 2) {
    ended = 0
    kept = lines
  } else if (line == "" && ended < 2) {
    ended = 1
  } else {
    ended = 2
  }
}

# GHC says what it works on: `[INDEX of TOTAL] Compiling NAME ( SOURCE, OBJECT... )`.
function progress(line, at, index_now, total_now, name, boot, files, object) {
  close_warning()
  index_now = line
  sub(/^\[ */, "", index_now)
  total_now = index_now
  sub(/^[0-9]+ of /, "", total_now)
  index_now += 0
  total_now += 0
  if (in_turn && running && total_now == total && index_now > at_index) {
    # In the middle of a run: it was that module's own, which includes the other's source.
    for (at = 1; at <= waiting; at++) give(turn == "" ? "?" : turn, waiting_text[at])
    waiting = 0
  } else if (in_turn) {
    give_waiting_by_source(turn == "" ? "?" : turn)
  } else {
    give_waiting_in_every_run()
  }
  running = talks[component] = 1
  at_index = index_now
  total = total_now
  in_turn = 0
  turn = turn_source = ""
  turn_component = component
  sub(/^\[ *[0-9]+ of [0-9]+\] */, "", line)
  if (line ~ /^Linking /) running = 0
  if (!sub(/^Compiling +/, "", line)) return

  in_turn = 1
  name = line
  sub(/ .*/, "", name)
  boot = sub(/\[boot\]$/, "", name) ? "-boot" : ""
  sub(/\[sig\]$/, "", name)
  if (match(line, / \( /)) {
    files = substr(line, RSTART + 3)
    turn_source = files
    sub(/,? .*/, "", turn_source)
    if (match(files, /, (\.\/)?dist\/build\//)) {
      turn_source = substr(files, 1, RSTART - 1)
      object = substr(files, RSTART + RLENGTH)
      sub(/(,| \)).*/, "", object)
      gsub(/\/\.\//, "/", object)
      sub(/\.[^.\/]*$/, "", object)
      if (object in component_of) turn_component = component_of[object]
    }
    turn_source = normal(turn_source)
  }
  # Where it names no object, or one with a suffix of the package's own.
  if (!(object in component_of) && (component, name) in stem_of) object = stem_of[component, name]
  if (object != "") turn = object boot
}

# Ends what was said of a component.
function leave(silent) {
  close_warning()
  silent = !talks[component] && (compiled[component] || compiled[""] || component == "" && anything)
  if (in_turn) give_waiting_by_source(turn == "" ? "?" : turn)
  else if (silent) give_waiting_by_source("?")
  else give_waiting_in_every_run()
  running = in_turn = 0
}

FILENAME == ARGV[1] {
  fields = split($0, field, "\t")
  if (field[1] != "") labels[field[1]] = 1
  component_of[field[3]] = field[1]
  stem_of[field[1], field[2]] = field[3]
  for (i = 6; i <= fields; i++) {
    path = normal(field[i])
    known[path] = known[path "-boot"] = 1
    owner[field[1], path] = owner[field[1], path] "\t" field[3]
    anywhere[path] = anywhere[path] "\t" field[3]
  }
  next
}
FILENAME == ARGV[2] {
  sub(/^[^\t]*\t/, "")
  sub(/\.[^.\/]*$/, "")
  compiled[$0 in component_of ? component_of[$0] : ""] = anything = 1
  next
}
{
  line = plain($0)
  if (line ~ /^[{]"/) {
    if (index(line, "\"severity\":\"Warning\"") || index(line, "\"messageClass\":\"MCDiagnostic SevWarning")) {
      open_warning(normal(text_at(line, "\"span\":{\"file\":\"")))
      close_warning()
      next
    }
    # -ddump-json has all that GHC says in it.
    if (index(line, "\"messageClass\":\"MCOutput\"")) line = text_at(line, "\"doc\":\"")
  }
  if (line ~ /^\[ *[0-9]+ of [0-9]+\] /) { progress(line); next }
  if (line ~ /^(Preprocessing|Building) / && (name = component_named(substr(line, index(line, " ") + 1))) != "") {
    leave()
    component = name
    next
  }
  if (begins_warning(line)) { open_warning(named); next }
  if (open) continue_warning(line)
}
END { leave() }
