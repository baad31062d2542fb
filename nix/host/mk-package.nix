# A package built by Cabal's Setup program over the GHC of `toolchain`.
#
# The result is the plain derivation. Its attribute `hinc` holds what is needed
# to build it incrementally; every front of hinc gives its packages the same:
#
#   facts    what has to be equal in base and head (see ../reuse.nix)
#   plain    the derivation without any trace of hinc's reuse
#   full     the derivation with an output `intermediates` as well
#   partial  where `full` fails: an output `intermediates` of what compiles, and no other
#   failing  how it stands as a base where the full builds of packages fail: { partial, gone }, names
#            of packages of which the partial build is taken and of which there is nothing;
#            -> the attribute `hinc` to build on, or null
#   onto     base -> the derivation on `base.full`'s intermediates, where `base`
#            is the attribute `hinc` of the same package at another commit
#   ontoKept base -> the same with an output `intermediates`, to be looked at and
#            never to be built on
{ toolchain }:
{
  src,
  # Name, version and build type are read from the .cabal file where they are
  # not given, which needs a source that exists at evaluation.
  name ? null,
  version ? null,
  buildType ? null,
  # Packages made by mkPackage; those that they depend on come along.
  dependencies ? [ ],
  tests ? false,
  benchmarks ? false,
  profiling ? false,
  shared ? true,
  static ? true,
  haddock ? false,
  # Cabal flags: "foo" switches one on, "-foo" off.
  flags ? [ ],
  configureFlags ? [ ],
  ghcOptions ? [ ],
  # Further folders of programs that the build runs.
  path ? [ ],
  # The names of the packages that what is built uses in any case, from hinc's reading of the
  # .cabal file; null where that is seen in the builder.
  depends ? null,
}:
let
  reuse = import ../reuse.nix;
  scripts = import ../scripts.nix;

  source = import ./source.nix src;
  stated = import ./cabal-file.nix source;
  package = {
    name = if name != null then name else stated.name;
    version = if version != null then version else stated.version;
    buildType = if buildType != null then buildType else stated.buildType;
  };
  title = "${package.name}-${package.version}";

  # Custom brings its own program; it is compiled in the builder.
  setupKind =
    if package.buildType == "Simple" || package.buildType == "Configure" then
      package.buildType
    else if package.buildType == "Custom" || package.buildType == "Hooks" then
      "Simple"
    else
      throw "${title} has build-type ${package.buildType}, which hinc cannot build: it knows Simple, Configure and Custom";

  unique = import ../unique.nix;

  directDependencies = map (
    dependency: dependency.hinc or (throw "a dependency of ${title} was not made by mkPackage")
  ) dependencies;

  # previous: null, or what is to be known of the base: { intermediates, rewrites,
  # stale, programs, oneByOne }
  build =
    {
      saves,
      # which form of each dependency: hinc -> derivation
      choose,
      previous ? null,
      # whether it is to end with what compiles
      partial ? false,
    }:
    derivation (
      {
        # The same in all forms, as it is part of the installation path.
        name = title;
        inherit (toolchain) system;
        builder = toolchain.shell;
        args = [ scripts.build ];
        __structuredAttrs = true;
        # Nix is not to send it to another machine: the GHC there is not the one that is described here.
        preferLocalBuild = true;
        outputs =
          (if partial then [ ] else [ "out" ]) ++ (if saves then [ "intermediates" ] else [ ]);
        inherit source scripts toolchain;
        inherit (package) buildType;
        setup = import ./setup.nix {
          inherit toolchain;
          kind = setupKind;
        };
        reuse = import ../reuse/program.nix { inherit toolchain; };
        # One table of switches, as the shell reads a nested set of plain values.
        switches = {
          inherit
            tests
            benchmarks
            profiling
            shared
            static
            haddock
            ;
        };
        inherit flags configureFlags ghcOptions;
        searchPath = path;
        dependencies = map (dependency: "${(choose dependency).outPath}") (closure directDependencies);
        previous = if previous == null then "" else previous.intermediates;
        rewrites = if previous == null then [ ] else previous.rewrites;
        oneByOne = previous != null && previous.oneByOne;
        otherPrograms = previous != null && previous.programs != map toString path;
      }
      # Left out where it is off: the full build is the derivation that it was.
      // (if partial then { inherit partial; } else { })
      // (
        if previous == null then
          { }
        else
          {
            # A result that needed the base would keep it alive, and would show
            # that something of it was copied in.
            outputChecks.out.disallowedReferences = [ previous.intermediates ] ++ previous.stale;
          }
      )
    );

  # A list of `hinc` attributes and all that they depend on, each once.
  closure =
    list:
    map (entry: entry.hinc) (
      builtins.genericClosure {
        startSet = map keyed list;
        operator = entry: map keyed entry.hinc.dependencies;
      }
    );
  keyed = hinc: {
    key = hinc.plain.drvPath;
    inherit hinc;
  };

  hinc = {
    front = "host";
    inherit toolchain;
    facts = {
      inherit (package) name version;
      compiler = toolchain.ghc_version;
      inherit (toolchain) fingerprint;
      inherit flags;
      inherit depends;
      # GHC compares only some of its options, and -haddock is not among them.
      options = {
        inherit configureFlags ghcOptions haddock;
      };
      dependencies = builtins.listToAttrs (
        map (dependency: {
          inherit (dependency.facts) name;
          value = builtins.concatStringsSep " " (
            [ dependency.facts.version ]
            ++ dependency.facts.flags
            ++ builtins.attrNames dependency.facts.dependencies
          );
        }) (closure directDependencies)
      );
    };
    dependencies = directDependencies;
    inherit source;
    programs = map (folder: builtins.unsafeDiscardStringContext (toString folder)) path;

    plain = build {
      saves = false;
      choose = dependency: dependency.plain;
    };

    full = build {
      saves = true;
      choose = dependency: dependency.full;
    };

    partial = build {
      saves = true;
      partial = true;
      choose = dependency: dependency.full;
    };

    failing =
      { partial, gone }:
      let
        isIn = names: other: builtins.elem other.facts.name names;
      in
      # What it is built with is not there.
      if isIn gone hinc || builtins.any (isIn (partial ++ gone)) (closure directDependencies) then
        null
      else if isIn partial hinc then
        hinc
        // {
          full = hinc.partial;
          hasResult = false;
        }
      else
        hinc;
    # Whether `full` has a result that others can be built with.
    hasResult = true;

    # From scratch, upon the given forms of the dependencies.
    over =
      choose:
      build {
        saves = false;
        inherit choose;
      };

    # What it depends on, by name.
    named = byName (closure directDependencies);

    # From scratch, upon what an incremental build would stand on. bases: the packages
    # of the base by name, as their attributes `hinc`.
    overBases = { bases, ... }: hinc.over (chooseAmong bases);

    # What it depends on, in the forms that a build among these bases stands on.
    beneath =
      { bases, ... }:
      map (
        dependency:
        let
          old = bases.${dependency.facts.name} or null;
          isReused = old != null && reuse old.facts dependency.facts == null;
        in
        {
          inherit (dependency.facts) name version;
          inherit (dependency) plain full;
          previous = if isReused then old.full else null;
          previousPartial = if isReused && old.hasResult then old.partial else null;
          chosen = chooseAmong bases dependency;
          why = if old == null then null else reuse old.facts dependency.facts;
        }
      ) (closure directDependencies);

    onto = incremental { saves = false; };
    ontoKept = incremental { saves = true; };
  };

  byName =
    list:
    builtins.listToAttrs (
      map (dependency: {
        inherit (dependency.facts) name;
        value = dependency;
      }) list
    );

  # The form of a dependency that stands beside packages of the base, which are
  # given by name. It is itself built on the base's, where that can help. One
  # that is not must use the same builds of its own dependencies as this
  # package: of two builds of one library the paths differ.
  chooseAmong =
    bases: dependency:
    let
      old = bases.${dependency.facts.name} or null;
    in
    if old == null || reuse old.facts dependency.facts != null then
      dependency.over (chooseAmong bases)
    else if old.plain.drvPath == dependency.plain.drvPath then
      # It fails as it did in the base.
      if old.hasResult then old.full else dependency.full
    else
      dependency.onto old;

  incremental =
    { saves }:
    base:
    let
      before = byName (closure base.dependencies);
      choose = chooseAmong before;
      # The base's modules name the dependencies' old store paths (strings
      # inlined from Paths_ modules, libraries loaded for Template Haskell).
      # GHC sees no difference between old and new, since the interfaces are
      # compiled under a constant prefix; so the restore puts the new ones in.
      moved = builtins.filter (pair: pair.old != pair.new) (
        builtins.concatMap (
          dependency:
          let
            old = before.${dependency.facts.name} or null;
          in
          if old == null then
            [ ]
          else
            [
              {
                old = builtins.unsafeDiscardStringContext old.full.outPath;
                new = (choose dependency).outPath;
              }
            ]
        ) (closure directDependencies)
      );
    in
    build {
      inherit saves choose;
      previous = {
        intermediates = base.full.intermediates.outPath;
        rewrites = map (pair: "${pair.old} ${pair.new}") (
          builtins.filter (
            pair: builtins.stringLength pair.old == builtins.stringLength pair.new
          ) moved
        );
        stale = map (pair: pair.old) moved;
        # What GHC makes of a module can depend on which others it compiles at the
        # same time (docs/soundness.md): what is looked at is compiled one by one.
        oneByOne = saves;
        inherit (base) programs;
      };
    };
in
hinc.plain
// {
  inherit hinc;
  inherit (package) name version;
  pname = package.name;
}
