# The description of a build: a text that can be compared with that of another.
#
# name           of the package
# intermediates  an output of that name
# installed      the same build, whose other outputs are described
# witness        where `installed` is another build, which should be the same one:
#                the build that left the intermediates
# dependencies   the builds of dependencies that it used: { path, name }, where the
#                name is that of the same dependency in the other description
{ toolchain }:
{
  name,
  intermediates,
  installed,
  witness ? null,
  dependencies,
}:
let
  file = name: path: builtins.toFile name (builtins.readFile path);
  outputs =
    build:
    builtins.concatStringsSep ":" (
      map (output: "${output}=${build.${output}.outPath}") (
        builtins.filter (output: output != "intermediates") (build.outputs or [ "out" ])
      )
    );
in
derivation {
  # Nix is not to send it to another machine: the GHC there is not the one that is described here.
  preferLocalBuild = true;
  name = "${name}-description";
  inherit (toolchain) system;
  builder = toolchain.shell;
  args = [ (file "hinc-describe.sh" ./describe.sh) ];
  searchPath = toolchain.path;
  program = import ./program.nix { inherit toolchain; };
  inherit intermediates;
  installed = outputs installed;
  witness = if witness == null then "" else outputs witness;
  # They are looked for as text: what does not refer to them does not need them.
  paths = builtins.concatStringsSep "" (
    map (
      dependency: "${builtins.unsafeDiscardStringContext dependency.path}\t${dependency.name}\n"
    ) dependencies
  );
}
