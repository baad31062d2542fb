# A package's source as a store path that depends on its content alone.
#
# A file imported from /nix/store/HASH-source that says `src = ./.;` would
# otherwise be copied again, under a name with that hash in it. Pure evaluation has
# no `storePath`, but a context can be given there as well.
let
  ofPath =
    path:
    let
      text = toString path;
      withinStore = builtins.match "${builtins.storeDir}/([^/]+)(/.*)?" text;
    in
    if withinStore != null && builtins.elemAt withinStore 1 == null then
      builtins.appendContext text { ${text}.path = true; }
    else
      builtins.path {
        inherit path;
        name = "source";
      };
in
src:
if builtins.isPath src then
  ofPath src
else if builtins.isAttrs src && src ? narHash then
  # A flake, such as `self`, or an input that is none.
  ofPath (/. + builtins.unsafeDiscardStringContext src.outPath)
else
  src
