{
  description = "Incremental Haskell builds on Nix";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.11";

  outputs = { self, nixpkgs }: import ./nix/packaging/outputs.nix { inherit self nixpkgs; };
}
