# What work on hinc needs, for nixpkgs' callPackage. `make test` brings its own Nix and
# GHC, in a Debian root.
{
  mkShell,
  cargo,
  clippy,
  rustc,
  rustfmt,
  shellcheck,
  nixfmt-rfc-style,
  ghc,
  git,
  jq,
}:
mkShell {
  packages = [
    cargo
    clippy
    rustc
    rustfmt
    shellcheck
    nixfmt-rfc-style
    ghc
    git
    jq
  ];
}
