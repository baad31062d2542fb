# Whether a value is a package made by nixpkgs' Haskell builder (generic-builder.nix),
# or by one with the same interface.
value:
builtins.isAttrs value
&& (value.type or null) == "derivation"
&& value ? isHaskellLibrary
&& value ? getCabalDeps
&& value ? compiler
&& value ? override
&& value ? overrideAttrs
