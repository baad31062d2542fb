# hinc's settings as TOML, from the options of the modules. What is null or empty is left to hinc.
{ lib, settings }:
let
  inherit (lib) concatStringsSep filterAttrs mapAttrsToList;

  key = name: builtins.replaceStrings capitals kebab name;
  capitals = lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  kebab = map (capital: "-" + lib.toLower capital) capitals;

  # What only the modules know.
  ours = [
    "start"
    "distribute"
  ];
  said = name: value: value != null && value != [ ] && !builtins.elem name ours;
  # A string, a number, a truth value or a list of strings is in JSON what it is in TOML.
  line = name: value: "${key name} = ${builtins.toJSON value}\n";
  table =
    name: builder: "\n[builder.${name}]\n" + concatStringsSep "" (mapAttrsToList line (filterAttrs said builder));
in
"# Written by the module of hinc.\n"
+ lib.optionalString (settings.defaultBuilder != null) (line "defaultBuilder" settings.defaultBuilder)
+ concatStringsSep "" (mapAttrsToList table settings.builders)
