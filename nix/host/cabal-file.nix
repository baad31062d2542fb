# Name, version and build type as the .cabal file in `folder` states them, for a Nix file
# that does not: a derivation has its name before anything runs that could ask Cabal. hinc
# itself has them from its own reader, and Cabal reads all of it in the builder.
folder:
let
  entries = builtins.attrNames (builtins.readDir folder);
  cabalFiles = builtins.filter (entry: builtins.match ".+\\.cabal" entry != null) entries;

  file =
    if builtins.length cabalFiles == 1 then
      folder + "/${builtins.head cabalFiles}"
    else if cabalFiles != [ ] then
      throw "more than one .cabal file in ${toString folder}: ${builtins.concatStringsSep ", " cabalFiles}"
    else if builtins.elem "package.yaml" entries then
      throw "no .cabal file in ${toString folder}: make one from package.yaml with hpack"
    else
      throw "no .cabal file in ${toString folder}";

  # Cabal accepts Windows line ends.
  lines = builtins.filter builtins.isString (builtins.split "\r?\n" (builtins.readFile file));

  # Field names may be written in any case: "[nN][aA][mM][eE]".
  anyCase =
    word:
    builtins.concatStringsSep "" (
      map (
        letter: if letter == "-" then "-" else "[${letter}${upper.${letter}}]"
      ) (builtins.filter (letter: letter != "") (builtins.filter builtins.isString (builtins.split "" word)))
    );
  upper = builtins.listToAttrs (
    builtins.genList (index: {
      name = builtins.substring index 1 "abcdefghijklmnopqrstuvwxyz";
      value = builtins.substring index 1 "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    }) 26
  );

  # The value of a top-level field, on its own line or on the one below it.
  field =
    word:
    let
      pattern = "[ \t]*${anyCase word}[ \t]*:[ \t]*([^ \t]*)[ \t]*";
      search =
        rest:
        if rest == [ ] then
          null
        else
          let
            found = builtins.match pattern (builtins.head rest);
            below = builtins.match "[ \t]+([^ \t:]+)[ \t]*" (
              if builtins.tail rest == [ ] then "" else builtins.head (builtins.tail rest)
            );
          in
          if found == null then
            search (builtins.tail rest)
          else if builtins.head found != "" then
            builtins.head found
          else if below != null then
            builtins.head below
          else
            null;
    in
    search lines;

  required =
    word:
    let
      value = field word;
    in
    if value == null then throw "no field `${word}' in ${toString file}" else value;

  hasCustomSetup = builtins.any (line: builtins.match "${anyCase "custom-setup"}[ \t]*" line != null) lines;
  stated = field "build-type";
in
{
  name = required "name";
  version = required "version";
  # Without the field Cabal takes Custom where there is a custom-setup section,
  # and Simple elsewhere (from cabal-version 2.2; older files must state it).
  buildType =
    if stated != null then
      stated
    else if hasCustomSetup then
      "Custom"
    else
      "Simple";
}
