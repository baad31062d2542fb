# How packages of the base stand where the full builds of some fail.
#
# failing: { partial, gone }, as mk-package.nix takes it.
failing:
let
  # The attribute `hinc` to build on; null where there is nothing to build on.
  of =
    hinc:
    if (failing.partial == [ ] && failing.gone == [ ]) || !(hinc ? failing) then
      hinc
    else
      hinc.failing failing;
in
{
  inherit of;

  # All packages of the base that can be built on, by name.
  among =
    bases:
    builtins.listToAttrs (
      builtins.filter (entry: entry.value != null) (
        map (name: {
          inherit name;
          value = of bases.${name};
        }) (builtins.attrNames bases)
      )
    );
}
