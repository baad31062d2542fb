# The wanted packages of a Cabal project with no Nix file, as answer.nix takes them.
#
# project: what a front makes of one side of the request, { listed, made, warningsOf }:
# the packages as they were asked for and as derivations, by name, and a function from a
# name to warnings. more: what else belongs to a package, from both sides and its name.
{
  asked,
  wanted,
  project,
  more ? _head: _base: _name: { },
}:
let
  head = project asked.head;
  base = if (asked.base or null) == null then null else project asked.base;
in
map (
  name:
  let
    package = head.listed.${name};
    before = package.base or null;
  in
  {
    attribute = "";
    head = head.made.${name};
    base = if base == null || before == null then null else base.made.${before};
    absent =
      if (package.absent or null) != null then
        package.absent
      else
        "the base does not have the package ${name} yet, so there is nothing to start from";
    warnings = head.warningsOf name;
  }
  // more head base name
) wanted
