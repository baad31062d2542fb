# Why a package is not built on the base: one sentence, or null.
#
# head, base: the attributes `hinc` of the package at both commits, null where it was
# made by a builder that hinc does not know.
{
  head,
  base,
  title,
}:
if head == null then
  "${title} was not made by a builder that hinc knows (its own, or that of nixpkgs' haskellPackages), so its modules cannot be kept"
else if (head.cannot or null) != null then
  head.cannot
else if base == null then
  "${title} was not made by a builder that hinc knows in the base, so its modules were not kept"
else if (base.cannot or null) != null then
  "in the base, ${base.cannot}"
else if base.front != head.front then
  "${title} was built by another builder in the base (${base.front}, now ${head.front})"
else
  import ./reuse.nix base.facts head.facts
