# One package as hinc reads it: its derivations, and why it is built plainly
# where nothing can be reused.
#
# hasBase: whether the request named a base at all. verify: whether the builds are
# to be compared, which needs more derivations. The second argument is what
# the files beside this one give: { attribute, head, base, absent }, with `base`
# null, and `absent` saying why, where the base has no such package; and where it
# knows them `bases`, all packages of the base by name.
{
  hasBase,
  verify,
}:
{
  attribute,
  head,
  base,
  absent,
  bases ? { },
  ...
}:
let
  described = import ./described.nix;
  hincOf = import ../hinc-of.nix;
  headHinc = hincOf head;
  baseHinc = if base == null then null else hincOf base;
  parsed = builtins.parseDrvName head.name;
  name = head.pname or parsed.name;
  title = if attribute == "" then name else attribute;

  why =
    if hasBase && base == null && keeps then
      absent
    else if hasBase || !keeps then
      import ../why-plain.nix {
        head = headHinc;
        base = baseHinc;
        inherit title;
      }
    else
      null;
  known =
    if bases != { } then
      bases
    else if baseHinc == null || baseHinc.front != headHinc.front || baseHinc.cannot or null != null then
      { }
    else
      baseHinc.named or { };
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
  # From scratch, but upon packages that are built incrementally.
  over =
    if keeps && why != null && known != { } && headHinc ? overBases then
      described (
        headHinc.overBases {
          bases = known;
          base = baseHinc;
        }
      )
    else
      null;
  wanted = true;
}
