system:
let
  made =
    name: attributes:
    derivation (
      attributes
      // {
        inherit name system;
        builder = "/bin/sh";
      }
    );
  program = name: made name { };
  packages = {
    callPackage =
      file: arguments:
      let
        function = import file;
      in
      function (builtins.intersectAttrs (builtins.functionArgs function) packages // arguments);
    lib = {
      optionalString = condition: text: if condition then text else "";
      fileset = {
        # A folder that is named and is missing shall be noticed.
        unions = map (path: if builtins.pathExists path then path else throw "there is no ${toString path}");
        toSource = { root, fileset }: builtins.deepSeq fileset "${root}";
      };
      licenses = {
        mit = "MIT";
        asl20 = "Apache-2.0";
      };
      platforms.unix = [ ];
    };
    stdenv.hostPlatform = {
      inherit system;
      emulatorAvailable = _: true;
      emulator = _: "";
    };
    buildPackages = packages;
    rustPlatform.buildRustPackage =
      arguments:
      made "${arguments.pname}-${arguments.version}" {
        inherit (arguments) src postInstall;
        lock = "${arguments.cargoLock.lockFile}";
      }
      // {
        inherit (arguments) version meta;
      };
    installShellFiles = program "install-shell-files";
    mkShell = arguments: made "shell" arguments;
    nixfmt-rfc-style = program "nixfmt";
  }
  // builtins.listToAttrs (
    map
      (name: {
        inherit name;
        value = program name;
      })
      [
        "cargo"
        "clippy"
        "rustc"
        "rustfmt"
        "shellcheck"
        "ghc"
        "git"
        "jq"
      ]
  );
in
packages
