# Why modules of a package of nixpkgs' Haskell builder cannot be kept and restored: one
# sentence, or null.
drv:
let
  title = drv.pname or drv.name;
  stdenv = drv.stdenv;
in
if builtins.compareVersions drv.compiler.version "9.4" < 0 then
  "${title} is built by GHC ${drv.compiler.version}, which compares times and not contents: reuse needs 9.4 or later"
else if drv.compiler.isGhcjs or false then
  "${title} is built by GHCJS, of which nothing can be reused yet"
else if (stdenv.buildPlatform.config or "") != (stdenv.hostPlatform.config or "") then
  "${title} is compiled for another platform than it is built on, of which nothing can be reused yet"
else if drv ? phases then
  "${title} sets its build phases itself, so its modules cannot be kept"
else
  null
