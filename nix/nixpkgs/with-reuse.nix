# A package of nixpkgs' Haskell builder that keeps what a later build can reuse, or
# reuses what an earlier one kept.
#
# drv       the package
# saves     whether it has an output `intermediates`
# partial   whether it is to end with what compiles, and to install nothing
# folders   the local packages among its dependencies, which it can look into
# previous  null, or what is to be known of the base: { intermediates, rewrites,
#           stale, otherPrograms, changedVariables, oneByOne }
#
# Everything goes through ./Setup, which a phase of ours replaces (./setup.sh): so the
# user's hooks and phases stay what they are, and nixpkgs' own arguments for
# intermediates, which differ from release to release, are not used.
{
  drv,
  saves,
  partial ? false,
  folders ? [ ],
  previous ? null,
}:
let
  scripts = import ../scripts.nix;
  isDarwin = drv.stdenv.hostPlatform.isDarwin or false;
  quoted = text: "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] text}'";
  lines = builtins.concatStringsSep "\n";
  # What is of no use without a base has its default, so that the full build of a commit
  # is one derivation, whoever asks for it.
  given =
    if previous == null then
      {
        intermediates = "";
        rewrites = [ ];
        stale = [ ];
        otherPrograms = false;
        changedVariables = [ ];
        oneByOne = false;
      }
    else
      previous;
  setupDepends = builtins.filter (dependency: dependency != null) (
    drv.getCabalDeps.setupHaskellDepends or [ ]
  );

  reuse = import ../reuse/program.nix { toolchain = import ./toolchain.nix drv; };
  describeSource = builtins.toFile "DescribePackage.hs" (
    builtins.readFile ../host/DescribePackage.hs
  );
  forbidden = [ given.intermediates ] ++ given.stale;

  settings = ''
    saves=${if saves then "1" else ""}${if partial then "\n    partial=1" else ""}
    declare -A scripts=(${
      lines (builtins.attrValues (builtins.mapAttrs (name: path: "[${name}]=${path}") scripts))
    })
    declare -A toolchain=([fingerprint]=${quoted (import ./toolchain.nix drv).fingerprint} [ghc_version]=${drv.compiler.version})
    reuse=${reuse}
    local_packages=(${lines folders})
    previous=${given.intermediates}
    rewrites=(${lines (map (pair: quoted "${pair.old} ${pair.new}") given.rewrites)})
    otherPrograms=${if given.otherPrograms then "1" else ""}
    changedVariables=${quoted (builtins.concatStringsSep ", " given.changedVariables)}
    oneByOne=${if given.oneByOne then "1" else ""}
  '';

  # nixpkgs links every dependency's libraries into `$out/lib/links` on Darwin, which
  # makes Template Haskell see other files in each build, unless this is set.
  prepared =
    if isDarwin then
      import ./with-argument.nix {
        name = "enableSeparateIntermediatesOutput";
        value = true;
      } drv
    else
      drv;

  listOf = value: if builtins.isList value then value else builtins.filter builtins.isString (builtins.split " +" value);
  # What a partial build does not come to, or could not do.
  nothingAfterTheBuild = {
    postBuild = "";
    # Switched off they would take programs off the PATH.
    checkPhase = ":";
    installCheckPhase = ":";
    doDist = false;
    dontInstall = true;
    dontFixup = true;
    preInstallPhases = [ ];
    preFixupPhases = [ ];
    preDistPhases = [ ];
  };
  outputsOf = old: builtins.filter (name: name != "intermediates") (old.outputs or [ "out" ]);
in
prepared.overrideAttrs (
  old:
  {
    outputs = outputsOf old ++ (if saves || builtins.elem "intermediates" (old.outputs or [ ]) then [ "intermediates" ] else [ ]);

    # For whoever builds on this, and for hinc itself.
    passthru = (old.passthru or { }) // {
      hincPlain = drv;
    }
    // (if partial then { hincOutputs = [ "intermediates" ]; } else { });

    # After ./Setup was compiled, and before it is called.
    preConfigurePhases = listOf (old.preConfigurePhases or [ ]) ++ [ "hincWrapPhase" ];
    hincWrapPhase = ''
      mkdir "$NIX_BUILD_TOP/hinc-state"
      cat >"$NIX_BUILD_TOP/hinc-state/settings" <<'HINC_END'
      ${settings}
      HINC_END
      cat >"$NIX_BUILD_TOP/hinc-state/outputs" <<HINC_END
      ${lines (map (name: "${name} \$${name}") (outputsOf old))}
      HINC_END
      ${
        if setupDepends == [ ] then
          "hincDescribe=${import ./describe.nix drv}/bin/describe-package"
        else
          # A program of the package's own may be made with another Cabal, and what it
          # writes is read by that Cabal alone.
          ''
            mkdir "$NIX_BUILD_TOP/hinc-state/describe"
            cp ${describeSource} "$NIX_BUILD_TOP/hinc-state/describe/DescribePackage.hs"
            hincDescribe=$NIX_BUILD_TOP/hinc-state/describe/describe-package
            ghc $setupCompileFlags --make -v0 -outputdir "$NIX_BUILD_TOP/hinc-state/describe" -o "$hincDescribe" "$NIX_BUILD_TOP/hinc-state/describe/DescribePackage.hs" ||
              echo "hinc: the program that describes the package cannot be compiled with its Cabal, so nothing is reused"
          ''
      }
      ${drv.stdenv.shell} ${scripts.setupNixpkgs} "$NIX_BUILD_TOP/hinc-state" wrap ${drv.stdenv.shell} ${scripts.setupNixpkgs} "$hincDescribe"
      ${if given.oneByOne then "export NIX_BUILD_CORES=1" else ""}
    '';

    # What the user's own hooks installed from the build folder.
    preFixupPhases = listOf (old.preFixupPhases or [ ]) ++ [ "hincRewritePhase" ];
    hincRewritePhase = ''
      ${drv.stdenv.shell} ${scripts.setupNixpkgs} "$NIX_BUILD_TOP/hinc-state" rewrite
    '';
  }
  // (
    # The program Setup is compiled before there is a wrapper for it.
    if saves && previous == null then
      {
        preCompileBuildDriver = ''
          if [ -e ${reuse}/lib/libobserve.so ]; then
            : >"$NIX_BUILD_TOP/hinc-observed"
            export LD_PRELOAD=${reuse}/lib/libobserve.so HINC_OBSERVE_LOG=$NIX_BUILD_TOP/hinc-observed HINC_OBSERVE_ROOTS=$NIX_BUILD_TOP
          fi
          ${old.preCompileBuildDriver or ""}
        '';
        postCompileBuildDriver = ''
          unset LD_PRELOAD HINC_OBSERVE_LOG HINC_OBSERVE_ROOTS
          ${old.postCompileBuildDriver or ""}
        '';
      }
    else
      { }
  )
  // (
    if partial then
      {
        postPhases = [ "hincSavePhase" ];
        # The results have to be there for Nix, and are empty.
        hincSavePhase = ''
          ${drv.stdenv.shell} ${scripts.setupNixpkgs} "$NIX_BUILD_TOP/hinc-state" finish
          ${drv.stdenv.shell} ${scripts.setupNixpkgs} "$NIX_BUILD_TOP/hinc-state" save "$intermediates"
          mkdir -p ${lines (map (name: "\"\$${name}\"") (outputsOf old))}
        '';
      }
      // nothingAfterTheBuild
    else if saves then
      {
        # After fixup, which would strip it.
        postPhases = listOf (old.postPhases or [ ]) ++ [ "hincSavePhase" ];
        hincSavePhase = ''
          ${drv.stdenv.shell} ${scripts.setupNixpkgs} "$NIX_BUILD_TOP/hinc-state" save "$intermediates"
        '';
      }
    else if isDarwin then
      {
        postPhases = listOf (old.postPhases or [ ]) ++ [ "hincSavePhase" ];
        hincSavePhase = ''mkdir -p "$intermediates"'';
      }
    else
      { }
  )
  // (
    # A result that needed the base would keep it alive, and would show that something
    # of it was copied in.
    if previous == null then
      { }
    else if old.__structuredAttrs or false then
      {
        outputChecks = builtins.listToAttrs (
          map (name: {
            inherit name;
            value =
              let
                checks = (old.outputChecks or { }).${name} or { };
              in
              checks
              // {
                disallowedReferences = (checks.disallowedReferences or [ ]) ++ forbidden;
              };
          }) (outputsOf old)
        );
      }
    else
      { disallowedReferences = (old.disallowedReferences or [ ]) ++ forbidden; }
  )
)
