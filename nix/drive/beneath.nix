# The packages that those of the request are built with and that hinc builds as well:
# nobody asked for them, but what is compiled of them belongs to the report.
#
# packages: what the front gave. answers: what answer.nix made of them. failing: as of it.
{
  packages,
  answers,
  hasBase,
  failing,
}:
let
  described = import ./described.nix;
  hincOf = import ../hinc-of.nix;
  standing = import ./standing.nix failing;
  keyOf = derivation: builtins.unsafeDiscardStringContext derivation.drv;

  # A front's attribute `hinc` tells of them by `beneath`; one that does not has none.
  below =
    package:
    let
      head = hincOf package.head;
      built = if !hasBase || package.base == null then null else hincOf package.base;
      base = standing.of built;
      bases =
        if package ? bases then
          standing.among package.bases
        else if base == null then
          { }
        else
          base.named or { };
    in
    if
      head == null
      || !(head ? beneath)
      || head.cannot or null != null
      || (base != null && (base.front != head.front || base.cannot or null != null))
    then
      [ ]
    else
      head.beneath { inherit base bases; };

  answerOf =
    found:
    let
      isReused = found.previous != null;
      plain = described found.plain;
    in
    {
      attribute = "";
      inherit (found) name version;
      inherit plain;
      head_full = described found.full;
      full = if isReused then described found.previous else null;
      partial =
        if isReused && found.previousPartial != null then described found.previousPartial else null;
      is_partial = isReused && found.previousPartial == null;
      incremental =
        if isReused && found.previous.drvPath != found.full.drvPath then described found.chosen else null;
      over = if isReused then null else described found.chosen;
      incremental_kept = null;
      compared = null;
      why_plain = found.why;
      wanted = false;
    };

  asked = builtins.listToAttrs (
    map (answer: {
      name = keyOf answer.plain;
      value = null;
    }) answers
  );
  # Each once; what comes last in a closure is what others stand on.
  all = builtins.foldl' (
    known: found:
    let
      key = keyOf found.plain;
    in
    if asked ? ${key} || known.met ? ${key} then
      known
    else
      {
        met = known.met // {
          ${key} = null;
        };
        list = [ found ] ++ known.list;
      }
  ) {
    met = { };
    list = [ ];
  } (map answerOf (builtins.concatMap below packages));
in
all.list
