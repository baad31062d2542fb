# The GHC of a package of nixpkgs' Haskell builder, in the form of
# ../host/toolchain.nix, for programs that read what it wrote.
drv:
let
  inherit (drv) stdenv compiler;
  folder = package: "${package}/bin";
  tools = stdenv.initialPath ++ (if stdenv ? cc then [ stdenv.cc ] else [ ]);
in
{
  ghc = "${compiler}/bin/${compiler.targetPrefix or ""}ghc";
  ghc_version = compiler.version;
  inherit (drv) system;
  shell = stdenv.shell;
  path = builtins.concatStringsSep ":" (map folder tools);
  # Not the path itself: intermediates would refer to the compiler.
  fingerprint = builtins.hashString "sha256" (builtins.unsafeDiscardStringContext compiler.outPath);
}
