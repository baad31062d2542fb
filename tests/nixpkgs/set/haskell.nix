# A builder for Haskell packages with the interface of nixpkgs': the same arguments,
# phases and attributes of the result, as far as the checks use them.
{ stdenv, ghc }:
{
  pname,
  version,
  src,
  configureFlags ? [ ],
  buildFlags ? [ ],
  haddockFlags ? [ ],
  buildTarget ? "",
  testTarget ? "",
  buildDepends ? [ ],
  libraryHaskellDepends ? [ ],
  executableHaskellDepends ? [ ],
  testHaskellDepends ? [ ],
  setupHaskellDepends ? [ ],
  extraLibraries ? [ ],
  librarySystemDepends ? [ ],
  executableSystemDepends ? [ ],
  testSystemDepends ? [ ],
  buildTools ? [ ],
  libraryToolDepends ? [ ],
  executableToolDepends ? [ ],
  testToolDepends ? [ ],
  isExecutable ? false,
  isLibrary ? !isExecutable,
  doCheck ? true,
  doHaddock ? true,
  doHaddockInterfaces ? doHaddock,
  enableLibraryProfiling ? false,
  enableExecutableProfiling ? false,
  enableSharedLibraries ? ghc.enableShared,
  enableSharedExecutables ? false,
  enableStaticLibraries ? true,
  enableSeparateBinOutput ? false,
  enableSeparateDataOutput ? false,
  enableSeparateDocOutput ? doHaddock,
  env ? { },
  passthru ? { },
  patches ? [ ],
  disallowGhcReference ? false,
  ...
}@given:
let
  list = builtins.concatStringsSep " ";
  when = condition: text: if condition then text else "";
  switch = name: on: "--${if on then "enable" else "disable"}-${name}";
  present = builtins.filter (package: package != null);

  libdir = "lib/${ghc.haskellCompilerName}";
  docdir = "$doc/share/doc/${pname}-${version}";

  haskellDepends = present (buildDepends ++ libraryHaskellDepends ++ executableHaskellDepends);
  checked = if doCheck then testHaskellDepends ++ testSystemDepends else [ ];

  # Flags in shell words: the variables are those of the builder. Of `\$` Cabal gets
  # the dollar.
  flags = [
    "--prefix=$out"
    "--libdir=\\$prefix/lib/\\$compiler"
    "--libsubdir=\\$abi/\\$libname"
    (when enableSeparateDataOutput "--datadir=$data/share/${ghc.haskellCompilerName}")
    (when enableSeparateDocOutput "--docdir=${docdir}")
    (when enableSeparateBinOutput "--bindir=$bin/bin")
    "--with-gcc=$CC"
    "--package-db=$packageConfDir"
    "--ghc-option=-j$NIX_BUILD_CORES"
    (switch "library-profiling" enableLibraryProfiling)
    (switch "profiling" enableExecutableProfiling)
    (switch "shared" enableSharedLibraries)
    (switch "static" enableStaticLibraries)
    (switch "executable-dynamic" enableSharedExecutables)
    (switch "tests" doCheck)
    # Else programs have all paths of Paths_ modules in them, and outputs form cycles.
    "--enable-split-sections"
    "--enable-library-vanilla"
    "--disable-library-for-ghci"
    (when (doHaddockInterfaces && isLibrary) "--ghc-option=-haddock")
  ];

  setupMain = builtins.toFile "Setup.hs" ''
    import Distribution.Simple
    main = defaultMain
  '';

  # What the user gave of hooks and switches goes to the derivation as it is.
  passedOn = builtins.intersectAttrs (builtins.listToAttrs (
    map
      (name: {
        inherit name;
        value = null;
      })
      [
        "sourceRoot"
        "setSourceRoot"
        "preUnpack"
        "postUnpack"
        "prePatch"
        "postPatch"
        "preCompileBuildDriver"
        "postCompileBuildDriver"
        "preConfigure"
        "postConfigure"
        "preBuild"
        "postBuild"
        "preCheck"
        "postCheck"
        "checkPhase"
        "preHaddock"
        "postHaddock"
        "preInstall"
        "postInstall"
        "installPhase"
        "preFixup"
        "postFixup"
        "dontStrip"
      ]
  )) given;
in
stdenv.mkDerivation (
  {
    inherit
      pname
      version
      src
      patches
      doCheck
      configureFlags
      buildFlags
      ;
    outputs = [
      "out"
    ]
    ++ (if enableSeparateDataOutput then [ "data" ] else [ ])
    ++ (if enableSeparateDocOutput then [ "doc" ] else [ ])
    ++ (if enableSeparateBinOutput then [ "bin" ] else [ ]);

    prePhases = [ "setupCompilerEnvironmentPhase" ];
    preConfigurePhases = [ "compileBuildDriverPhase" ];
    preInstallPhases = [ "haddockPhase" ];

    depsBuildBuild = [ ghc ];
    nativeBuildInputs = [
      ghc
    ]
    ++ setupHaskellDepends
    ++ buildTools
    ++ libraryToolDepends
    ++ executableToolDepends
    ++ (if doCheck then testToolDepends else [ ]);
    buildInputs =
      extraLibraries
      ++ librarySystemDepends
      ++ executableSystemDepends
      ++ checked
      ++ (if isLibrary then [ ] else haskellDepends);
    propagatedBuildInputs = if isLibrary then haskellDepends else [ ];

    env = {
      LANG = "C.UTF-8";
    }
    // env;

    setupCompilerEnvironmentPhase = ''
      runHook preSetupCompilerEnvironment
      builddir=$(mktemp -d)
      packageConfDir=$builddir/package.conf.d
      mkdir "$packageConfDir"
      for package in "''${pkgsHostTarget[@]}"; do
        if [ -d "$package/${libdir}/package.conf.d" ]; then
          cp -f "$package/${libdir}/package.conf.d/"*.conf "$packageConfDir/"
        else
          if [ -d "$package/include" ]; then appendToVar configureFlags "--extra-include-dirs=$package/include"; fi
          if [ -d "$package/lib" ]; then appendToVar configureFlags "--extra-lib-dirs=$package/lib"; fi
        fi
      done
      ghc-pkg --package-db="$packageConfDir" recache
      configureFlags="${list flags} $configureFlags"
      runHook postSetupCompilerEnvironment
    '';

    compileBuildDriverPhase = ''
      runHook preCompileBuildDriver
      for setupSource in Setup.hs Setup.lhs ${setupMain}; do
        if [ -e "$setupSource" ]; then break; fi
      done
      ghc -package-db="$packageConfDir" -threaded --make -o Setup -outputdir "$builddir" "$setupSource"
      runHook postCompileBuildDriver
    '';

    configurePhase = ''
      runHook preConfigure
      ./Setup configure $configureFlags
      runHook postConfigure
    '';

    buildPhase = ''
      runHook preBuild
      ./Setup build ${buildTarget} $buildFlags
      runHook postBuild
    '';

    checkPhase = ''
      runHook preCheck
      ./Setup test ${testTarget} --show-details=streaming $checkFlags
      runHook postCheck
    '';

    haddockPhase = ''
      runHook preHaddock
      ${when (doHaddock && isLibrary) "./Setup haddock --html ${list haddockFlags}"}
      runHook postHaddock
    '';

    # A program alone is installed, of a library the registration is kept.
    installPhase = ''
      runHook preInstall
      ${
        if isLibrary then
          ''
            ./Setup copy ${buildTarget}
            registration=$(mktemp -d)
            ./Setup register --gen-pkg-config="$registration/one"
            if [ -d "$registration/one" ]; then
              mv "$registration/one/"* "$registration/"
              rmdir "$registration/one"
            fi
            for file in "$registration/"*; do
              if [ -f "$file" ]; then
                mkdir -p "$out/${libdir}/package.conf.d"
                mv "$file" "$out/${libdir}/package.conf.d/$(sed -n 's/^id: *//p' "$file").conf"
              fi
            done
          ''
        else if buildTarget != "" then
          "./Setup copy ${buildTarget}"
        else
          "./Setup install"
      }
      ${when enableSeparateDocOutput "mkdir -p $doc"}
      ${when enableSeparateDataOutput "mkdir -p $data"}
      runHook postInstall
    '';

    passthru = passthru // {
      inherit pname version disallowGhcReference;
      compiler = ghc;
      isHaskellLibrary = isLibrary;
      getCabalDeps = {
        inherit
          buildDepends
          libraryHaskellDepends
          executableHaskellDepends
          setupHaskellDepends
          extraLibraries
          librarySystemDepends
          executableSystemDepends
          buildTools
          libraryToolDepends
          executableToolDepends
          ;
      }
      // (
        if doCheck then
          {
            inherit testHaskellDepends testSystemDepends testToolDepends;
          }
        else
          { }
      );
    };
  }
  // passedOn
  // (if disallowGhcReference then { disallowedRequisites = [ ghc ]; } else { })
)
