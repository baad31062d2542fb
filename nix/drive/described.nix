# A derivation as hinc reads it.
drv: {
  drv = drv.drvPath;
  outputs = builtins.listToAttrs (
    map (name: {
      inherit name;
      value = drv.${name}.outPath;
    }) (drv.outputs or [ "out" ])
  );
}
