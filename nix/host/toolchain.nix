# The description of a GHC that lies on the machine, checked and completed.
#
# ghc          absolute path of the compiler; its ghc-pkg lies beside it
# ghc_version  what `ghc --numeric-version` prints; the builder compares
# system       Nix's name of the platform
# shell        absolute path of bash, version 5 or later
# path         PATH of the builder: coreutils, findutils, grep, sed, awk, a C compiler
# fingerprint  any text that changes with the compiler or its package database
{
  ghc,
  ghc_version,
  system ? "x86_64-linux",
  shell ? "/bin/bash",
  path ? "/usr/bin:/bin",
  fingerprint ? "",
}:
# Before 9.4 GHC compared the times of source files, not their hashes, so that
# nothing could be reused in a store where all times are equal.
if builtins.compareVersions ghc_version "9.4" < 0 then
  throw "GHC ${ghc_version} is too old: hinc needs 9.4 or later"
else
  {
    inherit
      ghc
      ghc_version
      system
      shell
      path
      fingerprint
      ;
  }
