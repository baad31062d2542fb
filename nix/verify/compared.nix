# What `hinc verify` needs beside an incremental and a clean build of a package: a
# second clean build, and descriptions of all three.
#
# head, base: the attributes `hinc` of a package. The second clean build is there to
# see in what a clean build differs from itself, and is realised only if needed.
{ toolchain }:
{
  name,
  head,
  base,
}:
let
  describe = import ./describe.nix { inherit toolchain; };
  incremental = head.onto base;
  kept = head.ontoKept base;
  clean = head.full;
  again = derivation (clean.drvAttrs // { attempt = "2"; });

  # The builds of one dependency stand at one place of these lists.
  dependenciesOf =
    build:
    let
      list = build.dependencies or [ ];
    in
    builtins.genList (index: {
      path = builtins.elemAt list index;
      name = "dependency${toString index}";
    }) (builtins.length list);
in
{
  inherit again;
  described_incremental = describe {
    inherit name;
    intermediates = kept.intermediates.outPath;
    installed = incremental;
    witness = kept;
    dependencies = dependenciesOf incremental;
  };
  described_clean = describe {
    inherit name;
    intermediates = clean.intermediates.outPath;
    installed = clean;
    dependencies = dependenciesOf clean;
  };
  described_again = describe {
    inherit name;
    intermediates = again.intermediates.outPath;
    installed = again;
    dependencies = dependenciesOf clean;
  };
}
