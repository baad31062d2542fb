# One package as hinc reads it: its derivations, and why it is built plainly
# where nothing can be reused.
#
# hasBase: whether the request named a base at all. verify: whether the builds are
# to be compared, which needs more derivations. The second argument is what
# the files beside this one give: { attribute, head, base, absent }, with `base`
# null, and `absent` saying why, where the base has no such package.
{
  hasBase,
  verify,
  toolchain,
}:
{
  attribute,
  head,
  base,
  absent,
}:
let
  reuse = import ../reuse.nix;
  described = drv: {
    drv = drv.drvPath;
    outputs = builtins.listToAttrs (
      map (name: {
        inherit name;
        value = drv.${name}.outPath;
      }) (drv.outputs or [ "out" ])
    );
  };
  parsed = builtins.parseDrvName head.name;
  name = head.pname or parsed.name;
  title = if attribute == "" then name else attribute;

  why =
    if !(head ? hinc) then
      "${title} was not made through hinc, so its modules cannot be kept"
    else if !hasBase then
      null
    else if base == null then
      absent
    else if !(base ? hinc) then
      "${title} was not made through hinc in the base, so its modules were not kept"
    else if base.hinc.front != head.hinc.front then
      "${title} was built by another builder in the base (${base.hinc.front}, now ${head.hinc.front})"
    else
      reuse base.hinc.facts head.hinc.facts;
  incremental = head ? hinc && hasBase && why == null;
  compared = import ../verify/compared.nix { toolchain = import ../host/toolchain.nix toolchain; } {
    inherit name;
    head = head.hinc;
    base = base.hinc;
  };
in
{
  inherit attribute name;
  version = head.version or parsed.version;
  plain = described (if head ? hinc then head.hinc.plain else head);
  head_full = if head ? hinc then described head.hinc.full else null;
  full = if incremental then described base.hinc.full else null;
  incremental = if incremental then described (head.hinc.onto base.hinc) else null;
  incremental_kept = if incremental && verify then described (head.hinc.ontoKept base.hinc) else null;
  compared = if incremental && verify then builtins.mapAttrs (_: described) compared else null;
  why_plain = why;
}
