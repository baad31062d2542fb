# Whether the modules of one build can be of use to another.
#
# Takes the `facts` of the base's and of head's package; gives null, or one
# sentence that says why not. Name, version, flags and dependencies go into the
# unit id that Cabal gives a package (computeComponentId hashes them), and GHC
# reads no interface of another unit id or of another GHC.
base: head:
let
  always = "GHC would compile every module again";
  names = builtins.attrNames (base.dependencies // head.dependencies);
  changed = builtins.filter (
    name: (base.dependencies.${name} or null) != (head.dependencies.${name} or null)
  ) names;
  list = words: if words == [ ] then "none" else builtins.concatStringsSep " " words;

  # Cabal makes the unit ids of a package of the dependencies of all of its
  # components together (computeComponentId).
  known = base.depends != null && head.depends != null;
  without = names: builtins.filter (name: !(builtins.elem name names));
  added = if known then without base.depends head.depends else [ ];
  removed = if known then without head.depends base.depends else [ ];
  # Of nixpkgs' packages: what compilers read of the environment.
  variables = {
    base = base.options.variables or { };
    head = head.options.variables or { };
  };
  changedVariables = builtins.filter (
    name: (variables.base.${name} or null) != (variables.head.${name} or null)
  ) (builtins.attrNames (variables.base // variables.head));

  told =
    names: what:
    if names == [ ] then
      [ ]
    else
      [ "${builtins.concatStringsSep ", " names} ${if builtins.length names == 1 then "was" else "were"} ${what}" ];
in
if base.name != head.name then
  "the package was called ${base.name} in the base and is called ${head.name} now, so ${always}"
else if base.version != head.version then
  "the package's version changed from ${base.version} to ${head.version}, so ${always}"
else if base.compiler != head.compiler then
  "the compiler changed from GHC ${base.compiler} to GHC ${head.compiler}, so ${always}"
else if base.fingerprint != head.fingerprint then
  "the compiler or its package database changed, so ${always}"
else if base.flags != head.flags then
  "the package's flags changed from ${list base.flags} to ${list head.flags}, so ${always}"
else if changed != [ ] then
  "dependencies were added, removed or changed in version, flags or dependencies (${builtins.concatStringsSep ", " changed}), so ${always}"
else if added != [ ] || removed != [ ] then
  "the package's dependencies changed (${
    builtins.concatStringsSep "; " (told added "added" ++ told removed "removed")
  }), so ${always}"
else if changedVariables != [ ] then
  "variables of the build changed that compilers read (${builtins.concatStringsSep ", " changedVariables}), and GHC does not compare them"
else if base.options != head.options then
  "the options of the package changed (configureFlags, ghcOptions, haddock and the like), and GHC does not compare all of them"
else if
  builtins.any (flag: builtins.match "--enable-(library-|program-)?coverage(=.*)?" (toString flag) != null) head.options.configureFlags
then
  "coverage needs what GHC writes beside the modules while it compiles them, which is not kept"
else
  null
