# What tells a package from others: its derivation, before anything of ours was done to
# it (with-reuse.nix).
package: builtins.unsafeDiscardStringContext (package.hincPlain or package).drvPath
