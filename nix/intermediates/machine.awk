# Whether a build's log says that the machine failed and not the package: a compiler, a
# linker or a command was ended from outside or refused memory, or there was no room on the disk. Prints the
# first such line.
#
# These are the words that src/log/failure.rs knows (says_killed, says_no_room); a test
# holds both against the same lines.

# Whether a number of the signals by which others end a program follows a text.
function by_signal(line, before, at, rest) {
  at = index(line, before)
  if (!at) return 0
  rest = substr(line, at + length(before))
  return match(rest, /^[0-9]+/) && (substr(rest, 1, RLENGTH) + 0) in from_outside
}

function ends_with(text, end) {
  return length(text) >= length(end) && substr(text, length(text) - length(end) + 1) == end
}

function says_killed(line, at, before, after) {
  for (at = 1; at <= words; at++) if (index(line, refused[at])) return 1
  if (by_signal(line, " terminated with signal ")) return 1
  if (index(line, "failed in phase `") && by_signal(line, "(Exit code: -")) return 1
  at = index(line, "Killed")
  if (!at) return 0
  before = substr(line, 1, at - 1)
  after = substr(line, at + length("Killed"))
  if (index(after, " signal terminated program ") == 1) return 1
  if (ends_with(before, "internal compiler error: ") && index(after, " (program ") == 1) return 1
  if (ends_with(before, "unable to execute command: ")) return 1
  if (before ~ /[0-9][[:space:]]*$/ && index(before, ": line ")) return 1
  if (before == "" && (after ~ /^[[:space:]]*$/ || index(after, ": ") == 1)) return 1
  return index(before, "ghc: ") == 1 && after ~ /^[[:space:]]*$/
}

BEGIN {
  count = split("1 2 9 15 24", signals, " ")
  for (i = 1; i <= count; i++) from_outside[signals[i]] = 1
  words = split(": out of memory|LLVM ERROR: out of memory|virtual memory exhausted|: memory exhausted|" \
    "std::bad_alloc|Cannot allocate memory|Resource temporarily unavailable|resource exhausted (|" \
    "Input/output error|Too many open files in system|Read-only file system", refused, "|")
}

/No space left on device|Disk quota exceeded/ || says_killed($0) { print; exit }
