# The shell scripts of the builder, each as a store path.
#
# `toFile` and not `./file`: the store path must not change with the file's
# permissions, as the folder may have been written out by a program.
let
  script = name: file: builtins.toFile name (builtins.readFile file);
in
{
  build = script "hinc-build.sh" ./host/build.sh;
  setup = script "hinc-setup.sh" ./host/setup.sh;
  setupNixpkgs = script "hinc-setup-nixpkgs.sh" ./nixpkgs/setup.sh;
  parts = script "hinc-parts.sh" ./intermediates/parts.sh;
  protocol = script "hinc-protocol.sh" ./intermediates/protocol.sh;
  observed = script "hinc-observed.sh" ./intermediates/observed.sh;
  warnings = script "hinc-warnings.sh" ./intermediates/warnings.sh;
  warningsOf = script "hinc-warnings.awk" ./intermediates/warnings.awk;
  restore = script "hinc-restore.sh" ./intermediates/restore.sh;
  companions = script "hinc-companions.sh" ./intermediates/companions.sh;
  compile = script "hinc-compile.sh" ./intermediates/compile.sh;
  partial = script "hinc-partial.sh" ./intermediates/partial.sh;
  machine = script "hinc-machine.awk" ./intermediates/machine.awk;
  save = script "hinc-save.sh" ./intermediates/save.sh;
  select = script "hinc-select.awk" ./intermediates/select.awk;
  finished = script "hinc-finished.awk" ./intermediates/finished.awk;
  imports = script "hinc-imports.awk" ./intermediates/imports.awk;
  hardware = script "hinc-hardware.sh" ./intermediates/hardware.sh;
  keep = script "hinc-keep.sh" ./verify/keep.sh;
  constantPrefix = script "hinc-constant-prefix.sh" ./intermediates/constant-prefix.sh;
}
