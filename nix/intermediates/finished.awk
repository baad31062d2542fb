# From `TIME TAB PATH` of interfaces and objects written by this build, makes
# one event a module, in order of time. A module's time is that of the last file
# of its first way; the vanilla way stands for the others where it is there.
#
# Arguments: a file of suffixes that the package sets itself, `HI TAB O`, one pair a
# line; and the list.
BEGIN { FS = "\t" }
FILENAME == ARGV[1] { own_interface[$1] = 1; own_object[$2] = $1; next }
{
  path = $2
  if (!match(path, /\.[^.\/]*$/)) next
  stem = substr(path, 1, RSTART - 1)
  suffix = substr(path, RSTART + 1)
  if (suffix == "hi" || suffix ~ /_hi$/ || suffix in own_interface) {
    way = suffix == "hi" || suffix ~ /_hi$/ ? substr(suffix, 1, length(suffix) - 2) : "=" suffix
    rank = way == "" ? 1 : way == "dyn_" ? 3 : way ~ /^=/ ? 2 : 4
    if (!(stem in best) || rank < best[stem]) {
      best[stem] = rank
      chosen[stem] = way
      interface[stem] = path
      time[stem] = $1
    }
  } else {
    if (suffix in own_object) object[stem "\t=" own_object[suffix]] = $1
    way = substr(suffix, 1, length(suffix) - 1)
    object[stem "\t" way] = $1
  }
}
END {
  for (stem in best) {
    finished = time[stem]
    key = stem "\t" chosen[stem]
    # As text: the fields have one width, and a number would lose digits.
    if (key in object && object[key] "" > finished "") finished = object[key]
    sub(/\.[0-9]*/, substr(finished, index(finished, "."), 7), finished)
    print finished "\t" interface[stem]
  }
}
