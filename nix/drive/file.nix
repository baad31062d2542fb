# Packages defined in a Nix file of the user, looked up in head and in base.
{
  asked,
  sourceOf,
  userArgs,
}:
let
  hinc = import ../default.nix { inherit (asked) toolchain; };
  isDerivation = value: builtins.isAttrs value && (value.type or null) == "derivation";

  # What nix-build does to a function on its way to an attribute: it is called
  # with those of the given arguments that it names.
  called =
    value:
    if builtins.isFunction value then
      let
        wanted = builtins.functionArgs value;
      in
      if wanted == { } then value else value (builtins.intersectAttrs wanted ({ inherit hinc; } // userArgs))
    else
      value;

  # `a."b.c".d` -> [ "a" "b.c" "d" ]
  steps =
    attribute:
    map (found: builtins.head (builtins.filter (part: part != null) found)) (
      builtins.filter builtins.isList (builtins.split "\"([^\"]*)\"|([^\".]+)" attribute)
    );

  # The value at an attribute path, or null where a step is missing.
  select =
    value: path:
    let
      here = called value;
    in
    if path == [ ] then
      here
    else if builtins.isAttrs here && here ? ${builtins.head path} then
      select here.${builtins.head path} (builtins.tail path)
    else
      null;

  fileOf = side: sourceOf side + "/${asked.file.path}";
  # Each file is called once, however many attributes are asked for.
  top = called (import (fileOf asked.head));
  baseHasFile = (asked.base or null) != null && builtins.pathExists (fileOf asked.base);
  baseTop = called (import (fileOf asked.base));

  # Without attributes nix-build takes the value itself, or all derivations in it.
  attributes =
    if asked.file.attributes != [ ] then
      asked.file.attributes
    else if isDerivation top then
      [ "" ]
    else if builtins.isAttrs top then
      builtins.filter (name: isDerivation (called top.${name})) (builtins.attrNames top)
    else
      throw "${asked.file.path} is neither a derivation nor a set of them";

  inBase =
    attribute:
    let
      value = if baseHasFile then select baseTop (steps attribute) else null;
      # An error in the base is no reason to fail: head can be built plainly.
      tried = builtins.tryEval (isDerivation value);
    in
    if tried.success && tried.value then value else null;
in
map (attribute: {
  inherit attribute;
  head =
    let
      value = select top (steps attribute);
    in
    if value == null then
      throw "attribute '${attribute}' is missing in ${asked.file.path}"
    else if isDerivation value then
      value
    else
      throw "attribute '${attribute}' of ${asked.file.path} is not a derivation";
  base = inBase attribute;
  absent =
    if !baseHasFile then
      "the base has no file ${asked.file.path}"
    else if attribute == "" then
      "${asked.file.path} gives no derivation in the base"
    else
      "the base has no derivation at attribute ${attribute}";
}) attributes
