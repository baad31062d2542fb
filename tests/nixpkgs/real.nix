# nixpkgs' own stdenv and Haskell builder over the programs of the machine.
#
# folder: nixpkgs, or the part of it that docs/environments.md names. The value has
# the shape of `import <nixpkgs> { }` as far as Haskell packages need it.
{
  folder ? builtins.getEnv "HINC_NIXPKGS",
  system ? builtins.currentSystem,
  ...
}:
let
  nixpkgs = if folder == "" then throw "HINC_NIXPKGS names no folder" else /. + folder;
  modules = nixpkgs + "/pkgs/development/haskell-modules";
  lib = import (nixpkgs + "/lib");

  # Since the compiler has it, libraries are installed as nixpkgs' own are.
  machine = import ./machine.nix {
    inherit system;
    extra = {
      hadrian = null;
      meta = { };
    };
  };

  platform = lib.systems.elaborate system;
  stdenv = import (nixpkgs + "/pkgs/stdenv/generic") {
    name = "stdenv-machine";
    initialPath = [
      gawk
      "/"
      "/usr"
    ];
    shell = "/bin/bash";
    inherit cc;
    buildPlatform = platform;
    hostPlatform = platform;
    targetPlatform = platform;
    fetchurlBoot = throw "there is no network here";
    # It asks patchelf, which the machine lacks.
    preHook = "export noAuditTmpdir=1";
    config = {
      allowUnfree = false;
      allowBroken = false;
      allowUnsupportedSystem = false;
      allowAliases = false;
      checkMeta = false;
      configurePlatformsByDefault = false;
      contentAddressedByDefault = false;
      enableParallelBuildingByDefault = false;
      strictDepsByDefault = false;
      structuredAttrsByDefault = false;
      doCheckByDefault = false;
      showDerivationWarnings = [ ];
      problems = { };
    };
  };

  # The part of nixpkgs' compiler wrapper that builds look at.
  cc =
    derivation {
      name = "cc-machine";
      inherit system;
      builder = "/bin/bash";
      args = [
        "-c"
        ''
          PATH=/usr/bin:/bin
          mkdir -p $out/nix-support
          for pair in CC=gcc CXX=g++ LD=ld AR=ar AS=as NM=nm RANLIB=ranlib STRIP=strip \
            OBJCOPY=objcopy OBJDUMP=objdump READELF=readelf STRINGS=strings SIZE=size; do
            echo "export $pair"
          done >$out/nix-support/setup-hook
        ''
      ];
    }
    // {
      isGNU = true;
      isClang = false;
      targetPrefix = "";
      bintools = {
        targetPrefix = "";
        isGNU = true;
      };
    };

  # The builder calls awk by the name of nixpkgs' own.
  gawk = derivation {
    name = "gawk-machine";
    inherit system;
    builder = "/bin/bash";
    args = [
      "-c"
      "/usr/bin/mkdir -p $out/bin && /usr/bin/ln -s /usr/bin/awk $out/bin/gawk && exit"
    ];
  };

  script =
    name: text:
    derivation {
      inherit name system text;
      passAsFile = [ "text" ];
      builder = "/bin/bash";
      args = [
        "-c"
        ''{ echo '#!/bin/bash'; /usr/bin/cat "$textPath"; } >$out && /usr/bin/chmod +x $out && exit''
      ];
    };

  pkgs = {
    inherit
      lib
      stdenv
      haskell
      haskellPackages
      ;
    coreutils = "/usr";
    glibcLocales = "/usr";
    pkg-config = null;
    emscripten = null;
    fetchurl = throw "there is no network here";
    writeShellScript = script;
    removeReferencesTo = import (nixpkgs + "/pkgs/build-support/remove-references-to") {
      inherit lib;
      stdenvNoCC = stdenv;
      # Of Darwin.
      signingUtils = null;
    };
    runCommandCC =
      name: attributes: buildCommand:
      stdenv.mkDerivation ({ inherit name buildCommand; } // attributes);
  };

  haskellLib = import (modules + "/lib/compose.nix") { inherit pkgs lib; };

  builder = import (modules + "/generic-builder.nix") {
    inherit lib stdenv haskellLib;
    buildPackages = pkgs;
    buildHaskellPackages = haskellPackages;
    inherit (machine) ghc;
    inherit (pkgs) runCommandCC;
    # Its folder goes in front of the PATH, and the machine has the program.
    hscolour = "/usr";
    jailbreak-cabal = null;
    cpphs = "/usr";
    ghcWithHoogle = throw "there is no ghcWithHoogle here";
    ghcWithPackages = throw "there is no ghcWithPackages here";
    iserv-proxy = null;
    nodejs = null;
    windows = null;
    writeShellScriptBin = null;
  };

  haskellPackages = import ./scope.nix {
    inherit (lib) makeOverridable;
    # Debian's libraries come without profiling, which nixpkgs builds by default.
    mkDerivation = lib.makeOverridable (
      arguments: builder ({ enableLibraryProfiling = false; } // arguments)
    );
    inherit (machine) ghc libraries;
    inherit pkgs;
  };

  haskell = {
    lib =
      import (modules + "/lib") { inherit pkgs lib; }
      // {
        compose = haskellLib;
      };
    packages.${"ghc" + lib.replaceStrings [ "." ] [ "" ] (lib.versions.majorMinor machine.version)} =
      haskellPackages;
  };
in
pkgs
