# The attribute `hinc` of a package made by nixpkgs' Haskell builder: what
# ../host/mk-package.nix gives its own packages. Nothing of the user's expression has
# to know of hinc.
#
# Local packages among the dependencies are built incrementally as well. Of two builds
# of one library the paths differ, so whatever stands between them and this package is
# built with the same builds of them.
drv:
let
  reuse = import ../reuse.nix;
  replaceDependencies = import ./replace-dependencies.nix;
  withReuse = import ./with-reuse.nix;

  nodes = import ./graph.nix drv;
  keyOf = import ./key.nix;
  own = nodes.${keyOf drv};
  factsOf = builtins.mapAttrs (_: node: import ./facts.nix nodes node) nodes;

  # The names that several touched packages share, as a package with and without its tests.
  ambiguous =
    let
      touched = builtins.groupBy (node: node.name) (
        builtins.filter (node: node.isTouched) (builtins.attrValues nodes)
      );
    in
    builtins.filter (name: builtins.length touched.${name} > 1) (builtins.attrNames touched);

  # A node upon the builds of its dependencies that `built` has: { KEY = derivation; }.
  upon =
    built: node:
    if builtins.any (key: nodes.${key}.isTouched) node.dependencies then
      replaceDependencies (
        dependency:
        if builtins.isAttrs dependency && dependency ? drvPath then
          built.${keyOf dependency} or dependency
        else
          dependency
      ) node.drv
    else
      node.drv;

  # All nodes in the form that the full build of a package stands on.
  full = builtins.mapAttrs (
    _: node:
    if node.isLocal then
      fullOf node
    else if node.isTouched then
      upon full node
    else
      node.drv
  ) nodes;
  fullOf =
    node:
    withReuse {
      drv = upon full node;
      saves = true;
      folders = pathsOf full node;
    };
  # The same where that fails: what compiles of it.
  partialOf =
    node:
    withReuse {
      drv = upon full node;
      saves = true;
      partial = true;
      folders = pathsOf full node;
    };

  # Why a local node is not built on the modules of `base`, or null.
  whyOver =
    base: node:
    let
      old = base.named.${node.name} or null;
    in
    if old == null || !old.isLocal then
      "the base does not have the package ${node.name} yet, so there is nothing to start from"
    else if base.isLost old then
      "the base of ${node.name} does not build, or what it is built with does not"
    else
      reuse base.factsOf.${old.key} factsOf.${node.key};

  # All nodes in the form that an incremental build on `base`, the attribute `hinc` of
  # the same package at another commit, stands on.
  ontoNodes =
    base:
    let
      built = builtins.mapAttrs (
        key: node:
        let
          old = base.named.${node.name} or null;
        in
        if !node.isTouched then
          node.drv
        else if !node.isLocal then
          upon built node
        else if whyOver base node != null then
          upon built node
        else if old.key == key then
          base.builtInFull.${key}
        else
          ontoOf base built node old { saves = false; }
      ) nodes;
    in
    built;

  # The paths of the touched dependencies of a node, in an order that all forms share.
  pathsOf =
    built: node:
    map (key: built.${key}.outPath) (builtins.filter (key: nodes.${key}.isTouched) (closureOf node));
  closureOf =
    node:
    map (entry: entry.key) (
      builtins.genericClosure {
        startSet = map (key: { inherit key; }) node.dependencies;
        operator = { key }: map (key: { inherit key; }) nodes.${key}.dependencies;
      }
    );

  # One node on the intermediates of `old`, a node of `base`.
  ontoOf =
    base: built: node: old:
    { saves }:
    let
      oldFull = base.fullOf old;
      before = base.factsOf.${old.key}.surroundings;
      now = factsOf.${node.key}.surroundings;
      # The dependencies that are built anew, with the build that the base's stood on.
      pairs = builtins.filter (pair: pair.old != pair.new.outPath) (
        builtins.concatMap (
          key:
          let
            dependency = nodes.${key};
            old = base.named.${dependency.name} or null;
          in
          if !dependency.isTouched || old == null then
            [ ]
          else
            [
              {
                old = builtins.unsafeDiscardStringContext base.builtInFull.${old.key}.outPath;
                new = built.${key};
              }
            ]
        ) (closureOf node)
      );
      changedVariables = builtins.filter (
        name: (before.variables.${name} or null) != (now.variables.${name} or null)
      ) (builtins.attrNames (before.variables // now.variables));
    in
    withReuse {
      drv = upon built node;
      inherit saves;
      folders = pathsOf built node;
      previous = {
        intermediates = oldFull.intermediates;
        rewrites = builtins.filter (
          pair: builtins.stringLength pair.old == builtins.stringLength pair.new.outPath
        ) pairs;
        stale = map (pair: pair.old) pairs;
        otherPrograms = before.programs != now.programs;
        inherit changedVariables;
        oneByOne = saves;
      };
    }
    // {
      dependencies = pathsOf built node;
    };

  hinc = {
    front = "nixpkgs";
    facts = factsOf.${own.key};
    # Why nothing of this package can be kept, or null.
    cannot =
      let
        why = import ./cannot.nix drv;
      in
      if why != null then
        why
      else if ambiguous != [ ] then
        "${own.name} is made with several builds of ${builtins.concatStringsSep ", " ambiguous}, of which it is not clear which one takes the place of which in the base"
      else
        null;
    toolchain = import ./toolchain.nix drv;
    source = drv.src or null;
    plain = drv;
    full = fullOf own // {
      dependencies = pathsOf full own;
    };
    partial = partialOf own // {
      dependencies = pathsOf full own;
    };
    hasResult = true;
    failing =
      { partial, gone }:
      let
        isIn = names: node: node.isLocal && builtins.elem node.name names;
        isLost =
          node: isIn gone node || builtins.any (key: isIn (partial ++ gone) nodes.${key}) (closureOf node);
        isPartial = isIn partial;
      in
      if isLost own then
        null
      else
        hinc
        // {
          inherit isLost isPartial;
          fullOf = node: if isPartial node then partialOf node else fullOf node;
        }
        // (
          if isPartial own then
            {
              full = hinc.partial;
              hasResult = false;
            }
          else
            { }
        );
    onto = base: ontoOf base (ontoNodes base) own base.own { saves = false; };
    ontoKept = base: ontoOf base (ontoNodes base) own base.own { saves = true; };

    # Without modules of its own to reuse, upon what an incremental build would stand on.
    overBases =
      { base, ... }:
      if base == null then drv else upon (ontoNodes base) own;

    # The local packages among its dependencies, in the forms that such a build stands on.
    beneath =
      { base, ... }:
      if base == null then
        [ ]
      else
        let
          built = ontoNodes base;
        in
        map (
          key:
          let
            node = nodes.${key};
            old = base.named.${node.name} or null;
            why = whyOver base node;
          in
          {
            inherit (node) name;
            version = node.drv.version or "";
            plain = node.drv;
            full = fullOf node;
            previous = if why == null then base.fullOf old else null;
            previousPartial = if why == null && !base.isPartial old then base.partialOf old else null;
            chosen = built.${key};
            inherit why;
          }
        ) (builtins.filter (key: nodes.${key}.isLocal) (closureOf own));

    # For the same package at another commit.
    isLost = _node: false;
    isPartial = _node: false;
    inherit
      own
      factsOf
      fullOf
      partialOf
      ;
    builtInFull = full;
    named = builtins.listToAttrs (
      map (node: {
        inherit (node) name;
        value = node;
      }) (builtins.attrValues nodes)
    );
  };
in
hinc
