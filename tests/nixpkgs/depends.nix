# The packages that each component of a .cabal file depends on, by name, whatever the
# conditions: enough for the packages of these tests, which cabal2nix.nix describes.
#
# lines: of the file. Gives { COMPONENT = [ NAME... ]; }, COMPONENT being "library", "library inner",
# "executable app", "test-suite spec" and the like.
lines:
let
  lower = builtins.replaceStrings upperLetters lowerLetters;
  upperLetters = split "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  lowerLetters = split "abcdefghijklmnopqrstuvwxyz";
  split = text: builtins.genList (index: builtins.substring index 1 text) (builtins.stringLength text);

  sections = "(common|library|foreign-library|executable|test-suite|benchmark|flag|source-repository|custom-setup)";
  words = text: builtins.filter (word: builtins.isString word && word != "") (builtins.split "[ \t]+" text);

  # One line after another: the section that it is in, and the field that goes on.
  step =
    state: line:
    let
      indented = builtins.match "([ \t]*)(.*)" line;
      indent = builtins.stringLength (builtins.head indented);
      text = builtins.elemAt indented 1;
      section = if indent == 0 then builtins.match "${sections}([ \t].*)?" (lower text) else null;
      field = builtins.match "([A-Za-z-]+)[ \t]*:(.*)" text;
      goesOn = state.field != null && indent > state.fieldIndent;
      add = name: value: state.found ++ [ { inherit (state) section; inherit name value; } ];
    in
    if text == "" || builtins.match "--.*" text != null then
      state
    else if section != null then
      let
        named = builtins.concatStringsSep " " (words (lower text));
      in
      state
      // {
        section = named;
        field = null;
        found = state.found ++ [
          {
            section = named;
            name = "";
            value = "";
          }
        ];
      }
    else if goesOn then
      state // { found = add state.field text; }
    else if field != null then
      let
        name = lower (builtins.head field);
      in
      state
      // {
        field = name;
        fieldIndent = indent;
        found = add name (builtins.elemAt field 1);
      }
    else
      state;

  found =
    (builtins.foldl' step {
      section = "";
      field = null;
      fieldIndent = 0;
      found = [ ];
    } lines).found;

  bySection = builtins.groupBy (entry: entry.section) found;
  values = section: name: map (entry: entry.value) (builtins.filter (entry: entry.name == name) (bySection.${section} or [ ]));

  # "base >=4 && <5, text" -> [ "base" "text" ]
  names =
    text:
    builtins.concatMap (
      part:
      let
        name = if builtins.isString part then builtins.match "[ \t]*([A-Za-z0-9-]+).*" part else null;
      in
      if name == null then [ ] else name
    ) (builtins.split "," text);

  # A component's own and those of the common stanzas that it imports.
  closure =
    section:
    builtins.genericClosure {
      startSet = [ { key = section; } ];
      operator =
        { key }:
        map (name: { key = "common ${lower name}"; }) (
          builtins.filter (name: name != "") (builtins.concatMap names (values key "import"))
        );
    };
  depends =
    section: builtins.concatMap (entry: builtins.concatMap names (values entry.key "build-depends")) (closure section);
  isComponent = section: builtins.match "(library|foreign-library|executable|test-suite|benchmark)( .*)?" section != null;
in
builtins.listToAttrs (
  map (section: {
    name = section;
    value = depends section;
  }) (builtins.filter isComponent (builtins.attrNames bySection))
)
