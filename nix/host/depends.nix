# The packages that each component of a .cabal file depends on, by name.
#
# conditional: whether to take what stands under a condition, too. It is not known
# here which conditions hold: without it the file says all names outright, with it
# some may be of no use. field: "build-depends" or "build-tool-depends". lines: of the
# file. Gives { COMPONENT = [ NAME... ]; }, COMPONENT being "library", "library inner",
# "executable app", "test-suite spec" and the like.
{
  conditional ? false,
  field ? "build-depends",
}:
lines:
let
  wantedField = field;
  everywhere = conditional;
  lower = builtins.replaceStrings upperLetters lowerLetters;
  upperLetters = split "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  lowerLetters = split "abcdefghijklmnopqrstuvwxyz";
  split = text: builtins.genList (index: builtins.substring index 1 text) (builtins.stringLength text);

  sections = "(common|library|foreign-library|executable|test-suite|benchmark|flag|source-repository|custom-setup)";
  words = text: builtins.filter (word: builtins.isString word && word != "") (builtins.split "[ \t]+" text);

  # One line after another: the section that it is in, how deep the condition is
  # that it stands under, and the field that goes on.
  step =
    state: line:
    let
      indented = builtins.match "([ \t]*)(.*)" line;
      indent = builtins.stringLength (builtins.head indented);
      text = builtins.elemAt indented 1;
      section = if indent == 0 then builtins.match "${sections}([ \t].*)?" (lower text) else null;
      conditional = builtins.match "(if|elif|else)([^a-z:-].*)?" (lower text) != null;
      field = builtins.match "([A-Za-z-]+)[ \t]*:(.*)" text;
      outside = state.condition == null || indent <= state.condition;
      goesOn = state.field != null && indent > state.fieldIndent;
      add = name: value: state.found ++ [ { inherit (state) section; inherit name value; } ];
    in
    if text == "" || builtins.match "--.*" text != null then
      state
    else if section != null then
      state
      // {
        section = builtins.concatStringsSep " " (words (lower text));
        condition = null;
        field = null;
        found = state.found ++ [
          {
            section = builtins.concatStringsSep " " (words (lower text));
            name = "";
            value = "";
          }
        ];
      }
    else if goesOn then
      if state.kept then state // { found = add state.field text; } else state
    else if conditional then
      state
      // {
        condition = if outside then indent else state.condition;
        field = null;
      }
    else if field != null then
      let
        name = lower (builtins.head field);
        kept = (outside || everywhere) && (name == wantedField || name == "import");
      in
      state
      // {
        condition = if outside then null else state.condition;
        field = name;
        fieldIndent = indent;
        inherit kept;
        found = if kept then add name (builtins.elemAt field 1) else state.found;
      }
    else
      state;

  found =
    (builtins.foldl' step {
      section = "";
      condition = null;
      field = null;
      fieldIndent = 0;
      kept = false;
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
    section: builtins.concatMap (entry: builtins.concatMap names (values entry.key wantedField)) (closure section);
  isComponent = section: builtins.match "(library|foreign-library|executable|test-suite|benchmark)( .*)?" section != null;
in
builtins.listToAttrs (
  map (section: {
    name = section;
    value = depends section;
  }) (builtins.filter isComponent (builtins.attrNames bySection))
)
