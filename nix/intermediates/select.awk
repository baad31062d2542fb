# From the files of a build folder, one path a line, picks what GHC made of
# Haskell modules: interfaces, objects, their -boot forms, C stubs. Prints
# `STEM TAB PATH`, the stem being the path without the suffix of its way.
#
# An object without an interface beside it comes from C, C++ or assembly; it
# must be made anew, as nobody checks whether its source or a header changed.
# Generated sources are never picked: a stale one would shadow a new one
# (Cabal up to 3.10 puts the build folder before hs-source-dirs).
#
# Arguments: a file of suffixes that the package sets itself, `HI TAB O`, one pair
# a line; and the list.
function default_interface(suffix) { return suffix == "o" || suffix ~ /_o$/ ? substr(suffix, 1, length(suffix) - 1) "hi" : "" }
function is_interface(suffix) { return suffix == "hi" || suffix ~ /_hi$/ || suffix in own_interface }
FILENAME == ARGV[1] {
  split($0, pair, "\t")
  own_interface[pair[1]] = 1
  own_object[pair[2]] = own_object[pair[2]] "\t" pair[1]
  next
}
{
  path = $0
  if (path ~ /_stub\.h$/) {
    stubs[substr(path, 1, length(path) - 7)] = path
    next
  }
  if (!match(path, /\.[^.\/]*$/)) next
  stem = substr(path, 1, RSTART - 1)
  suffix = substr(path, RSTART + 1)
  boot = ""
  if (suffix ~ /-boot$/) {
    boot = "-boot"
    suffix = substr(suffix, 1, length(suffix) - 5)
  }
  if (is_interface(suffix)) {
    interface[stem "\t" suffix boot] = 1
    any[stem] = 1
    print stem "\t" path
  } else if (default_interface(suffix) != "" || suffix in own_object) {
    # The suffixes of the interfaces that such an object has beside it.
    object[path] = boot "\t" stem "\t" default_interface(suffix) own_object[suffix]
  }
}
END {
  for (path in object) {
    fields = split(object[path], field, "\t")
    for (i = 3; i <= fields; i++)
      if ((field[2] "\t" field[i] field[1]) in interface) {
        print field[2] "\t" path
        break
      }
  }
  # Written when GHC compiles a module with foreign exports, and not again when
  # it skips it; C sources of the package may include it.
  for (stem in stubs)
    if (stem in any) print stem "\t" stubs[stem]
}
