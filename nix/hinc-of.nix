# The attribute `hinc` of a package, whichever builder it was made by; null where that is
# none that hinc knows.
package:
let
  # What ./lib.nix made of a package is built on by what the package was.
  plain = package.hincPlain or package;
in
if plain ? hinc then
  plain.hinc
else if import ./nixpkgs/is-haskell.nix plain then
  import ./nixpkgs/package.nix plain
else
  null
