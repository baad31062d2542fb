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
  trustTemplateHaskell,
}:
{
  attribute,
  head,
  base,
  absent,
}:
let
  reuse = import ../reuse.nix;
  # The attribute `hinc` of a package; null where it is not known how it is built.
  hincOf =
    package:
    if package ? hinc then
      package.hinc
    else if import ../nixpkgs/is-haskell.nix package then
      import ../nixpkgs/package.nix { inherit trustTemplateHaskell; } package
    else
      null;
  headHinc = hincOf head;
  baseHinc = if base == null then null else hincOf base;
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
    if headHinc == null then
      "${title} was not made by a builder that hinc knows (its own, or that of nixpkgs' haskellPackages), so its modules cannot be kept"
    else if (headHinc.cannot or null) != null then
      headHinc.cannot
    else if !hasBase then
      null
    else if base == null then
      absent
    else if baseHinc == null then
      "${title} was not made by a builder that hinc knows in the base, so its modules were not kept"
    else if (baseHinc.cannot or null) != null then
      "in the base, ${baseHinc.cannot}"
    else if baseHinc.front != headHinc.front then
      "${title} was built by another builder in the base (${baseHinc.front}, now ${headHinc.front})"
    else
      reuse baseHinc.facts headHinc.facts;
  keeps = headHinc != null && (headHinc.cannot or null) == null;
  incremental = keeps && hasBase && why == null;
  compared = import ../verify/compared.nix { inherit (headHinc) toolchain; } {
    inherit name;
    head = headHinc;
    base = baseHinc;
  };
in
{
  inherit attribute name;
  version = head.version or parsed.version;
  plain = described (if headHinc == null then head else headHinc.plain);
  head_full = if keeps then described headHinc.full else null;
  full = if incremental then described baseHinc.full else null;
  incremental = if incremental then described (headHinc.onto baseHinc) else null;
  incremental_kept =
    if incremental && verify then described (headHinc.ontoKept baseHinc) else null;
  compared = if incremental && verify then builtins.mapAttrs (_: described) compared else null;
  why_plain = why;
}
