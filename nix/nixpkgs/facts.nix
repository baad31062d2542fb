# What has to be equal in base and head for modules to be reused (see ../reuse.nix),
# of a package made by nixpkgs' Haskell builder.
#
# node: of graph.nix, in `nodes`.
nodes: node:
let
  inherit (node) drv;
  plainText = value: builtins.unsafeDiscardStringContext (toString value);
  attributes = drv.drvAttrs // (if builtins.isAttrs (drv.drvAttrs.env or null) then drv.drvAttrs.env else { });
  matching =
    pattern: builtins.filter (name: builtins.match pattern name != null) (builtins.attrNames attributes);
  texts =
    names:
    builtins.listToAttrs (
      map (name: {
        inherit name;
        value = textOf attributes.${name};
      }) names
    );
  textOf =
    value:
    if builtins.isAttrs value && !(value ? outPath) then
      builtins.mapAttrs (_: textOf) value
    else if builtins.isList value then
      map textOf value
    else if builtins.isPath value then
      # Its place in the source has the source's hash in it.
      baseNameOf value
    else
      plainText value;

  # What GHC's preprocessors and the C compiler are told through the environment;
  # GHC knows nothing of it.
  compilerVariables = matching "NIX_.*|.*_INCLUDE_PATH|CPATH|GHC.*|GCC.*|.*FLAGS|hardening.*|SOURCE_DATE_EPOCH";

  # What else the builder is told, less what is compared elsewhere: sources and patches
  # (by content, in the builder), dependencies, and what only concerns the result.
  inputs = ".*[iI]nputs|deps[A-Z].*|.*Depends";
  elsewhere = "${inputs}|env|src|srcs|sourceRoot|setSourceRoot|patches|name|pname|version|outputs|args|builder|system|stdenv|pos|passthru|meta|outputCheck.*|(dis)?allowed.*|__structuredAttrs|hinc.*|configurePhase|checkPhase|haddockPhase|installPhase|fixupPhase|(pre|post)(Check|Haddock|Install|Fixup)|do(Install)?Check";
  others = builtins.filter (
    name: builtins.match elsewhere name == null && !(builtins.elem name compilerVariables)
  ) (builtins.attrNames attributes);

  dependency =
    key:
    let
      found = nodes.${key};
    in
    {
      inherit (found) name;
      value =
        if !found.isTouched then
          # By content: another build of it may have other modules under the same names.
          key
        else
          builtins.concatStringsSep " " (
            [ (found.drv.version or "") ]
            ++ map plainText (flagsOf found.drv)
            ++ (if found.isLocal then [ ] else [ (plainText (found.drv.src or "")) ])
            ++ map (key: nodes.${key}.name) found.dependencies
          );
    };
  flagsOf =
    drv:
    let
      flags = drv.configureFlags or [ ];
    in
    if builtins.isList flags then flags else [ flags ];

  # Their paths change with every commit; what they are is among the dependencies.
  touched = builtins.listToAttrs (
    map (given: {
      name = given.path;
      value = null;
    }) (builtins.filter (given: nodes.${given.key}.isTouched) node.given)
  );

  closure = builtins.genericClosure {
    startSet = map (key: { inherit key; }) node.dependencies;
    operator = { key }: map (key: { inherit key; }) nodes.${key}.dependencies;
  };
in
{
  name = node.name;
  version = drv.version or "";
  compiler = drv.compiler.version;
  fingerprint = builtins.concatStringsSep " " [
    (plainText drv.compiler.outPath)
    (plainText (drv.stdenv.cc or ""))
  ];
  # Among the options.
  flags = [ ];
  # What the package depends on, and under which conditions, is seen in the builder.
  depends = null;
  options = {
    configureFlags = map plainText (flagsOf drv);
    # Hold the flags that the builder gives by itself, and what is built.
    builder = map plainText [
      (drv.setupCompilerEnvironmentPhase or "")
      (drv.buildPhase or "")
      (drv.buildFlags or "")
    ];
    variables = texts compilerVariables;
    # What a Setup program of the package's own is made of decides what it does.
    setup = map (import ./key.nix) (
      builtins.filter (dependency: dependency != null) (drv.getCabalDeps.setupHaskellDepends or [ ])
    );
  };
  # Several of one name, as with and without tests, count together.
  dependencies = builtins.mapAttrs (_: found: builtins.sort (a: b: a < b) (map (entry: entry.value) found)) (
    builtins.groupBy (entry: entry.name) (map (entry: dependency entry.key) closure)
  );

  # Not compared by ../reuse.nix: what a Template Haskell splice may look at.
  surroundings = {
    variables = texts others;
    programs = builtins.filter (path: !(touched ? ${path})) (
      map plainText (
        builtins.concatMap (
          name:
          let
            value = attributes.${name};
          in
          if builtins.isList value then value else [ value ]
        ) (matching inputs)
      )
    );
  };
}
