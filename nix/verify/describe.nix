# The description of a build: a text that can be compared with that of another.
#
# name           of the package
# intermediates  an output of that name
# installed      the output `out` of the same build
# witness        where `installed` is that of another build, which should be the
#                same one: the `out` of the build that left the intermediates
# dependencies   the builds of dependencies that it used: { path, name }, where the
#                name is that of the same dependency in the other description
{ toolchain }:
{
  name,
  intermediates,
  installed,
  witness ? "",
  dependencies,
}:
let
  file = name: path: builtins.toFile name (builtins.readFile path);
in
derivation {
  name = "${name}-description";
  inherit (toolchain) system;
  builder = toolchain.shell;
  args = [ (file "hinc-describe.sh" ./describe.sh) ];
  searchPath = toolchain.path;
  program = import ./program.nix { inherit toolchain; };
  inherit intermediates installed witness;
  # They are looked for as text: what does not refer to them does not need them.
  paths = builtins.concatStringsSep "" (
    map (
      dependency: "${builtins.unsafeDiscardStringContext dependency.path}\t${dependency.name}\n"
    ) dependencies
  );
}
