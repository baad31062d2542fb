# The program hinc, for nixpkgs' callPackage.
{
  lib,
  stdenv,
  buildPackages,
  rustPlatform,
  installShellFiles,
}:
let
  manifest = (fromTOML (builtins.readFile ../../Cargo.toml)).package;
  top = ../..;
in
rustPlatform.buildRustPackage {
  pname = manifest.name;
  inherit (manifest) version;

  # What Cargo and the unit tests read: these compare pages of docs/ with the program.
  # Other tests are left out, so that a changed one makes no new build.
  src = lib.fileset.toSource {
    root = top;
    fileset = lib.fileset.unions [
      (top + "/Cargo.toml")
      (top + "/Cargo.lock")
      (top + "/src")
      (top + "/nix")
      (top + "/benches")
      (top + "/fixtures")
      (top + "/docs")
    ];
  };
  cargoLock.lockFile = ../../Cargo.lock;

  # The other tests need Nix and GHC of a Debian root: `make test`.
  cargoTestFlags = [ "--lib" ];

  nativeBuildInputs = [ installShellFiles ];
  postInstall = lib.optionalString (stdenv.hostPlatform.emulatorAvailable buildPackages) (
    let
      hinc = "${stdenv.hostPlatform.emulator buildPackages} $out/bin/hinc";
    in
    ''
      for shell in bash fish zsh; do
        ${hinc} completions "$shell" >"hinc.$shell"
      done
      installShellCompletion --cmd hinc --bash hinc.bash --fish hinc.fish --zsh hinc.zsh
      ${hinc} man pages
      installManPage pages/*.1
    ''
  );

  meta = {
    inherit (manifest) description;
    license = with lib.licenses; [
      mit
      asl20
    ];
    mainProgram = "hinc";
    platforms = lib.platforms.unix;
  };
}
