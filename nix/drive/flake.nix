# Packages that a flake of the user provides, looked up in head and in base.
#
# Both are locked by their NAR hash, so that this evaluates in pure mode: what comes
# out follows from the request alone.
{ asked }:
let
  inherit (asked) flake;
  isDerivation = value: builtins.isAttrs value && (value.type or null) == "derivation";

  # The flake of a folder of the source. What nix knows of a git commit it takes
  # here from the reference: `self.rev`, `self.revCount`, `self.lastModified`.
  locked =
    side: facts: dir:
    let
      given =
        name: value:
        if value == null || value == "" then "" else "&${name}=${toString value}";
      hash = builtins.replaceStrings [ "+" "/" "=" ] [ "%2B" "%2F" "%3D" ] facts.nar_hash;
    in
    builtins.getFlake (
      "path:${side.source}?narHash=${hash}"
      + given "rev" (facts.rev or null)
      + given "revCount" (facts.rev_count or null)
      + given "lastModified" (facts.last_modified or null)
      + given "dir" dir
    );
  # Each flake once, however many of its packages are asked for.
  flakesOf =
    side: facts: attributes:
    builtins.listToAttrs (
      map (attribute: {
        name = attribute.dir;
        value = locked side facts attribute.dir;
      }) attributes
    );
  headFlakes = flakesOf asked.head flake.head flake.attributes;
  baseFlakes =
    if (asked.base or null) == null then
      { }
    else
      flakesOf asked.base flake.base (builtins.filter (attribute: attribute.in_base) flake.attributes);

  # { value }, or null where a step of the path is missing.
  select =
    value: path:
    if path == [ ] then
      { inherit value; }
    else if builtins.isAttrs value && value ? ${builtins.head path} then
      select value.${builtins.head path} (builtins.tail path)
    else
      null;
  # The first of the places where `nix build` looks that is there.
  firstOf =
    flake: paths:
    if paths == [ ] then
      null
    else
      let
        here = select flake (builtins.head paths);
      in
      if here == null then firstOf flake (builtins.tail paths) else here;

  shown =
    path:
    builtins.concatStringsSep "." (
      map (step: if builtins.match "[A-Za-z_][A-Za-z0-9_'-]*" step == null then "\"${step}\"" else step) path
    );
  listed =
    texts:
    let
      rest = builtins.tail texts;
    in
    if rest == [ ] then
      builtins.head texts
    else if builtins.length rest == 1 then
      "${builtins.head texts} or ${builtins.head rest}"
    else
      "${builtins.head texts}, ${listed rest}";
  place = attribute: if attribute.folder == "" then "the flake" else "the flake in ${attribute.folder}";
  # What could have been meant: the names beside the first place.
  beside =
    flake: path:
    let
      above = builtins.genList (builtins.elemAt path) (builtins.length path - 1);
      found = select flake above;
      names = if found != null && builtins.isAttrs found.value then builtins.attrNames found.value else [ ];
    in
    if above == [ ] || names == [ ] || builtins.length names > 20 then
      ""
    else
      "; ${shown above} has ${builtins.concatStringsSep ", " names}";
in
map (attribute: {
  attribute = attribute.name;
  head =
    let
      headFlake = headFlakes.${attribute.dir};
      found = firstOf headFlake attribute.paths;
    in
    if found == null then
      throw "${place attribute} provides no attribute ${
        listed (map (path: "'${shown path}'") attribute.paths)
      }${beside headFlake (builtins.head attribute.paths)}"
    else if isDerivation found.value then
      found.value
    else
      throw "attribute '${attribute.name}' of ${place attribute} is not a derivation";
  base =
    if !(baseFlakes ? ${attribute.dir}) then
      null
    else
      let
        # An error in the base is no reason to fail: head can be built plainly.
        tried = builtins.tryEval (
          let
            found = firstOf baseFlakes.${attribute.dir} attribute.paths;
          in
          if found != null && isDerivation found.value then found.value else null
        );
      in
      if tried.success then tried.value else null;
  absent =
    if !attribute.in_base then
      "the base has no ${if attribute.folder == "" then "" else "${attribute.folder}/"}flake.nix"
    else
      "${place attribute} provides no derivation ${
        if attribute.name == "" then "by default" else "at attribute ${attribute.name}"
      } in the base";
}) flake.attributes
