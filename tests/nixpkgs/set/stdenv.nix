# A build environment with the interface of nixpkgs' stdenv: `mkDerivation` gives
# derivations that setup.sh builds in phases, and that have `overrideAttrs`.
{ system }:
let
  shell = "/bin/bash";
  initialPath = [
    tools
    "/usr"
    "/"
  ];

  # What packages find under the names that nixpkgs' programs have.
  tools = derivation {
    name = "tools";
    inherit system;
    builder = shell;
    args = [
      "-c"
      "/usr/bin/mkdir -p $out/bin && /usr/bin/ln -s /usr/bin/awk $out/bin/gawk && exit"
    ];
  };

  cc =
    derivation {
      name = "cc";
      inherit system;
      builder = shell;
      args = [
        "-c"
        ''
          /usr/bin/mkdir -p $out/nix-support
          echo 'export CC=gcc CXX=g++ LD=ld AR=ar NM=nm RANLIB=ranlib STRIP=strip' >$out/nix-support/setup-hook
        ''
      ];
    }
    // {
      isGNU = true;
      isClang = false;
      targetPrefix = "";
      bintools.targetPrefix = "";
    };

  isDependencyList = {
    depsBuildBuild = true;
    nativeBuildInputs = true;
    buildInputs = true;
    propagatedBuildInputs = true;
  };

  # The given attributes as the builder gets them.
  attributesOf =
    given:
    let
      plain = removeAttrs given [
        "env"
        "passthru"
        "meta"
        "pos"
      ];
      present = builtins.mapAttrs (
        name: value:
        if isDependencyList ? ${name} then builtins.filter (input: input != null) value else value
      ) plain;
    in
    {
      name = given.name or "${given.pname}-${given.version}";
    }
    // builtins.listToAttrs (
      builtins.filter (pair: pair.value != null) (
        map (name: {
          inherit name;
          value = present.${name};
        }) (builtins.attrNames present)
      )
    )
    // (given.env or { })
    // {
      inherit system initialPath;
      # With the lists that every package has, also where it names none.
      depsBuildBuild = present.depsBuildBuild or [ ];
      nativeBuildInputs = (present.nativeBuildInputs or [ ]) ++ [ cc ];
      buildInputs = present.buildInputs or [ ];
      propagatedBuildInputs = present.propagatedBuildInputs or [ ];
      outputs = given.outputs or [ "out" ];
      builder = shell;
      args = [
        "-e"
        ./setup.sh
      ];
      inherit stdenv;
    };

  # The environment itself is an input, as nixpkgs' is, under this name.
  stdenv =
    derivation {
      name = "stdenv";
      inherit system;
      builder = shell;
      args = [
        "-c"
        "/usr/bin/mkdir -p $out && exit"
      ];
    }
    // {
      inherit
        mkDerivation
        shell
        cc
        initialPath
        system
        ;
      hasCC = true;
      isCross = false;
      isLinux = true;
      isDarwin = false;
      hostPlatform = platform;
      buildPlatform = platform;
      targetPlatform = platform;
    };
  platform = {
    inherit system;
    isLinux = true;
    isDarwin = false;
  };

  mkDerivation =
    stated:
    let
      given = if builtins.isFunction stated then stated final else stated;
      final = given // {
        finalPackage = package;
      };
      made = derivation (attributesOf given);
      package =
        made
        // {
          inherit (made) drvPath outPath;
          meta = given.meta or { };
          passthru = given.passthru or { };
          inherit stdenv;
          nativeBuildInputs = given.nativeBuildInputs or [ ];
          buildInputs = given.buildInputs or [ ];
          propagatedBuildInputs = given.propagatedBuildInputs or [ ];
          overrideAttrs =
            change:
            mkDerivation (
              self:
              let
                old = if builtins.isFunction stated then stated self else stated;
                # One argument is the old attributes; of two the first is the result's.
                first = if builtins.isFunction change then change old else change;
              in
              old // (if builtins.isFunction first then change self old else first)
            );
        }
        // (given.passthru or { });
    in
    package;
in
stdenv
