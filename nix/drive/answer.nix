# One package as hinc reads it: its derivations, and why it is built plainly
# where nothing can be reused.
#
# hasBase: whether the request named a base at all. verify: whether the builds are
# to be compared, which needs more derivations. failing: { partial, gone }, the names of
# packages whose full builds of the base are known to fail, as mk-package.nix takes them. The second argument is what
# the files beside this one give: { attribute, head, base, absent }, with `base`
# null, and `absent` saying why, where the base has no such package; and where it
# knows them `bases`, all packages of the base by name.
{
  hasBase,
  verify,
  failing,
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
  standing = import ./standing.nix failing;
  headHinc = hincOf head;
  builtBase = if base == null then null else hincOf base;
  baseHinc = standing.of builtBase;
  isLost = builtBase != null && baseHinc == null;
  parsed = builtins.parseDrvName head.name;
  name = head.pname or parsed.name;
  title = if attribute == "" then name else attribute;

  why =
    if hasBase && base == null && keeps then
      absent
    else if isLost && keeps then
      if builtins.elem builtBase.facts.name failing.gone then
        "the full build of the base failed, so there is nothing to start from"
      else
        "the full build of something that ${title} is built with failed in the base, so there is nothing to start from"
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
      standing.among bases
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
  # What can be taken in its place, where it fails; it may be that already.
  partial = if incremental && baseHinc.hasResult then described baseHinc.partial else null;
  is_partial = incremental && !baseHinc.hasResult;
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
