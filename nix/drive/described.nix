# A derivation as hinc reads it. One with results that are of no use says by `hincOutputs` which others it has.
# Where it can be built is for hinc to know before it is.
drv: {
  drv = drv.drvPath;
  outputs = builtins.listToAttrs (
    map (name: {
      inherit name;
      value = drv.${name}.outPath;
    }) (drv.hincOutputs or drv.outputs or [ "out" ])
  );
  inherit (drv) system;
  features = drv.requiredSystemFeatures or [ ];
}
