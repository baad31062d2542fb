# The Haskell packages that a package of nixpkgs' builder is made of, itself included.
#
# Gives { DERIVATION-PATH = node; }, a node being { key (that path), drv, name,
# dependencies (keys), given (paths of the outputs by which it knows them), isLocal,
# isTouched }. Local is a package whose source lies in a folder
# and is not fetched: it changes from commit to commit. Touched is a package that is
# local or depends on one: it is built anew with the builds that hinc makes.
drv:
let
  isHaskell = import ./is-haskell.nix;
  keyOf = import ./key.nix;
  haskellOf =
    drv:
    builtins.filter isHaskell (
      builtins.concatLists (
        builtins.filter builtins.isList (builtins.attrValues drv.getCabalDeps)
      )
    );

  liesInFolder =
    drv:
    let
      src = drv.src or null;
      # What is fetched is an output of a derivation.
      isFetched =
        value:
        builtins.any (context: context ? outputs) (builtins.attrValues (builtins.getContext "${value}"));
    in
    builtins.isPath src
    || (builtins.isString src && !isFetched src)
    || (builtins.isAttrs src && !(src ? drvPath) && src ? outPath && !isFetched src.outPath);

  # ../lib.nix may have made something of it already.
  entry = drv: {
    key = keyOf drv;
    drv = drv.hincPlain or drv;
  };
  entries = builtins.genericClosure {
    startSet = [ (entry drv) ];
    operator = { drv, ... }: map entry (haskellOf drv);
  };
  nodes = builtins.listToAttrs (
    map (found: {
      name = found.key;
      value = rec {
        inherit (found) drv;
        key = found.key;
        name = drv.pname or drv.name;
        dependencies = map keyOf (haskellOf drv);
        given = map (dependency: {
          key = keyOf dependency;
          path = builtins.unsafeDiscardStringContext dependency.outPath;
        }) (haskellOf drv);
        isLocal = liesInFolder drv;
        isTouched = isLocal || builtins.any (key: nodes.${key}.isTouched) dependencies;
      };
    }) entries
  );
in
nodes
