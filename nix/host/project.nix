# Which packages of a project each of its packages is built with.
#
# packages: { NAME = { uses, tests, benchmarks }; }, `uses` being what the .cabal file says: of
# `plain` components, `tests` and `benchmarks` which packages of the project they use, `certain`
# ones, `possible` ones (under a condition or not) and `tools`; and those of `setup`. What is
# empty may be left out. Gives { NAME = { dependencies, tools, depends, tests, benchmarks, warnings }; },
# the first three being names: of packages of the project, and of all that what is built uses in
# any case.
#
# A package is built whole, all components in one go. Where test suites or benchmarks
# close a circle (those of `a` use `b`, and `b` uses the library of `a`), they are left
# out, with a warning. What stands under a condition counts as a dependency, since it
# is not known here which conditions hold; it does not where it would close a circle.
packages:
let
  unique = import ../unique.nix;
  # The packages of the project that components of a kind name, less their own.
  named =
    name: kind: relation:
    builtins.filter (other: other != name && packages ? ${other}) (kind.${relation} or [ ]);

  edges = builtins.mapAttrs (
    name:
    { uses, ... }@package:
    let
      of = kind: {
        libraries = named name kind "possible";
        tools = named name kind "tools";
      };
      # Its Setup program comes before all of it.
      setup = named name uses "setup";
      sure = unique (named name (uses.plain or { }) "certain" ++ setup);
      plain =
        let
          stated = of (uses.plain or { });
        in
        stated // { libraries = unique (stated.libraries ++ setup); };
      tests = if package.tests then of (uses.tests or { }) else none;
      benchmarks = if package.benchmarks then of (uses.benchmarks or { }) else none;
      none = {
        libraries = [ ];
        tools = [ ];
      };
    in
    {
      inherit
        sure
        plain
        tests
        benchmarks
        ;
      # Which test suites and benchmarks can stay depends on all that the libraries and
      # programs say; of the rest, every circle is cut wherever it can be.
      remaining =
        plain.libraries
        ++ plain.tools
        ++ builtins.concatMap targetsOf (
          builtins.filter (kind: circleOf (other: plainlyReached.${other}) name sure kind == [ ]) [
            tests
            benchmarks
          ]
        );
    }
  ) packages;
  targetsOf = kind: kind.libraries ++ kind.tools;

  # Those of the packages that a kind of component needs from which the way leads back.
  circleOf =
    reachedFrom: name: sure: kind:
    unique (
      builtins.filter (other: (reachedFrom other) ? ${name} && !(builtins.elem other sure)) (
        targetsOf kind
      )
    );

  # What can be reached from each package, itself included: { FROM.TO = null; }.
  reachedBy =
    next:
    builtins.mapAttrs (
      name: _:
      builtins.listToAttrs (
        map
          (found: {
            name = found.key;
            value = null;
          })
          (
            builtins.genericClosure {
              startSet = [ { key = name; } ];
              operator = { key }: map (key: { inherit key; }) (next edges.${key});
            }
          )
      )
    ) edges;
  reached = reachedBy (edge: edge.remaining);
  plainlyReached = reachedBy (edge: targetsOf edge.plain);
  surelyReached = reachedBy (edge: edge.sure);

  list = builtins.concatStringsSep ", ";
in
builtins.mapAttrs (
  name: edge:
  let
    closesCircle = other: reached.${other} ? ${name};
    circle = builtins.filter (other: surelyReached.${other} ? ${name}) (
      builtins.attrNames surelyReached.${name}
    );
    # What was taken out already is in a circle as well.
    inCircle =
      kind:
      let
        plainly = circleOf (other: plainlyReached.${other}) name edge.sure kind;
      in
      if plainly != [ ] then plainly else circleOf (other: reached.${other}) name edge.sure kind;
    isBuilt = kind: inCircle kind == [ ];
    kinds =
      [ edge.plain ]
      ++ builtins.filter isBuilt [
        edge.tests
        edge.benchmarks
      ];
    isKept = other: builtins.elem other edge.sure || !closesCircle other;
    left =
      what: kind:
      if isBuilt kind then
        [ ]
      else
        [
          "the ${what} of ${name} are left out: they use ${list (inCircle kind)}, which in turn is built with ${name}, and hinc builds a package whole"
        ];
  in
  if builtins.length circle > 1 then
    throw "the packages ${list circle} depend on each other; hinc builds a package whole, all of its components in one go, so that none of them can be the first: move the component that closes the circle into a package of its own"
  else
    {
      dependencies = builtins.filter isKept (unique (builtins.concatMap (kind: kind.libraries) kinds));
      tools = builtins.filter isKept (unique (builtins.concatMap (kind: kind.tools) kinds));
      depends = builtins.filter (other: other != name) (
        unique (
          builtins.concatMap (kind: packages.${name}.uses.${kind}.certain or [ ]) (
            [ "plain" ]
            ++ (if packages.${name}.tests && isBuilt edge.tests then [ "tests" ] else [ ])
            ++ (if packages.${name}.benchmarks && isBuilt edge.benchmarks then [ "benchmarks" ] else [ ])
          )
        )
      );
      tests = packages.${name}.tests && isBuilt edge.tests;
      benchmarks = packages.${name}.benchmarks && isBuilt edge.benchmarks;
      warnings = left "test suites" edge.tests ++ left "benchmarks" edge.benchmarks;
    }
) edges
