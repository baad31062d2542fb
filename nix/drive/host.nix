# The packages of a Cabal project with no Nix file, over the GHC of the machine. Which
# of them depend on which hinc has read from their .cabal files.
{ asked }:
let
  hinc = import ../default.nix { inherit (asked) toolchain; };
  byName =
    list:
    builtins.listToAttrs (
      map (package: {
        inherit (package) name;
        value = package;
      }) list
    );
  optional =
    options: from: to:
    if options ? ${from} then { ${to} = options.${from}; } else { };

  # Each package of one commit, once, as mkPackage makes it.
  project =
    side:
    let
      listed = builtins.mapAttrs (
        _: package:
        package
        // {
          source = builtins.storePath package.source;
          options = (asked.host.options or { }) // (asked.host.package_options.${package.name} or { });
        }
      ) (byName side.packages);
      edges = import ../host/project.nix (
        builtins.mapAttrs (_: package: {
          uses = package.dependencies;
          tests = package.options.tests or false;
          benchmarks = package.options.benchmarks or false;
        }) listed
      );
      made = builtins.mapAttrs (
        name: package:
        let
          edge = edges.${name};
          inherit (package) options;
        in
        hinc.host.mkPackage (
          {
            src = package.source;
            inherit (package) name version;
            buildType = package.build_type;
            inherit (edge) tests benchmarks;
            dependencies = map (other: made.${other}) edge.dependencies;
            path = map (other: made.${other}) edge.tools;
            inherit (edge) depends;
          }
          // optional options "profiling" "profiling"
          // optional options "shared" "shared"
          // optional options "static" "static"
          // optional options "haddock" "haddock"
          // optional options "flags" "flags"
          // {
            # GHC's database may have a newer package of the same name.
            configureFlags =
              (options.configure_flags or [ ])
              ++ map (other: "--constraint=${other} ==${listed.${other}.version}") edge.dependencies;
          }
          // optional options "ghc_options" "ghcOptions"
        )
      ) listed;
    in
    {
      inherit listed made;
      # Of a package and all that it is built with.
      warningsOf =
        name:
        builtins.concatMap (entry: edges.${entry.key}.warnings) (
          builtins.genericClosure {
            startSet = [ { key = name; } ];
            operator =
              { key }: map (key: { inherit key; }) (edges.${key}.dependencies ++ edges.${key}.tools);
          }
        );
    };
in
import ./cabal-project.nix {
  inherit asked project;
  inherit (asked.host) wanted;
  more = _head: base: _name: {
    # A package that cannot be reused still stands on those that can.
    bases = if base == null then { } else builtins.mapAttrs (_: made: made.hinc) base.made;
  };
}
