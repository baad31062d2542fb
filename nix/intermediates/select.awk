# From the files of a build folder, one path a line, picks what GHC made of
# Haskell modules: interfaces, objects, their -boot forms, C stubs. Prints
# `STEM TAB PATH`, the stem being the path without the suffix of its way.
#
# An object without an interface beside it comes from C, C++ or assembly; it
# must be made anew, as nobody checks whether its source or a header changed.
# Generated sources are never picked: a stale one would shadow a new one
# (Cabal up to 3.10 puts the build folder before hs-source-dirs).
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
  if (suffix == "hi" || suffix ~ /_hi$/) {
    way = substr(suffix, 1, length(suffix) - 2)
    interface[stem "\t" way boot] = 1
    any[stem] = 1
    print stem "\t" path
  } else if (suffix == "o" || suffix ~ /_o$/) {
    way = substr(suffix, 1, length(suffix) - 1)
    object[path] = stem "\t" way boot
  }
}
END {
  for (path in object)
    if (object[path] in interface) {
      stem = object[path]
      sub(/\t.*/, "", stem)
      print stem "\t" path
    }
  # Written when GHC compiles a module with foreign exports, and not again when
  # it skips it; C sources of the package may include it.
  for (stem in stubs)
    if (stem in any) print stem "\t" stubs[stem]
}
