# A package's source as a store path that depends on its content alone.
#
# A file imported from /nix/store/HASH-source that says `src = ./.;` would
# otherwise be copied again, under a name with that hash in it.
src:
let
  text = toString src;
  withinStore = builtins.match "${builtins.storeDir}/([^/]+)(/.*)?" text;
in
if builtins.isPath src then
  if withinStore != null && builtins.elemAt withinStore 1 == null then
    builtins.storePath text
  else
    builtins.path {
      path = src;
      name = "source";
    }
else
  src
