# The program that describes a configured package, compiled by the GHC of a package of
# nixpkgs' Haskell builder, with the Cabal that comes with it.
drv:
let
  script = builtins.toFile "hinc-describe-package.sh" (builtins.readFile ./describe.sh);
in
drv.stdenv.mkDerivation {
  name = "hinc-describe-package-ghc-${drv.compiler.version}";
  nativeBuildInputs = [ drv.compiler ];
  ghc = "${drv.compiler.targetPrefix or ""}ghc";
  source = builtins.toFile "DescribePackage.hs" (builtins.readFile ../host/DescribePackage.hs);
  buildCommand = ''
    source ${script}
  '';
}
