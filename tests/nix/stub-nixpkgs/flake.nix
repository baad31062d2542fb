# As much of nixpkgs as the packaging of hinc asks for, to see that it evaluates.
{
  outputs = _: {
    legacyPackages = builtins.listToAttrs (
      map
        (system: {
          name = system;
          value = import ./packages.nix system;
        })
        [
          "x86_64-linux"
          "aarch64-linux"
          "x86_64-darwin"
          "aarch64-darwin"
        ]
    );
  };
}
