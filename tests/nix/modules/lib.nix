# As much of the module system of nixpkgs as the modules of hinc ask for, so that they are checked on machines without
# nixpkgs as well. Written from nixpkgs' manual; where HINC_NIXPKGS names nixpkgs, the same checks run over the real one.
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatLists
    concatMap
    concatStringsSep
    elem
    filter
    foldl'
    head
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isString
    length
    listToAttrs
    mapAttrs
    match
    sort
    ;

  # Priorities: the definition with the lowest counts.
  ofOption = 1500;
  ofDefault = 1000;
  ofDefinition = 100;
  ofForce = 50;

  # Where the definitions of a list stand that say nothing about it.
  middle = 1000;

  is = type: value: isAttrs value && value._type or null == type;
  show = concatStringsSep ".";
  minimum = numbers: foldl' (least: number: if number < least then number else least) (head numbers) numbers;

  mkIf = condition: content: {
    _type = "if";
    inherit condition content;
  };
  mkMerge = contents: {
    _type = "merge";
    inherit contents;
  };
  mkOverride = priority: content: {
    _type = "override";
    inherit priority content;
  };
  mkOrder = order: content: {
    _type = "order";
    inherit order content;
  };

  # Plain sets of a definition that has mkIf, mkMerge, mkOverride or mkOrder around it. The conditions are not looked at: they
  # may depend on what is being defined.
  plainSets =
    definition:
    if is "merge" definition then
      concatMap plainSets definition.contents
    else if is "if" definition then
      map (mapAttrs (_: mkIf definition.condition)) (plainSets definition.content)
    else if is "override" definition then
      map (mapAttrs (_: mkOverride definition.priority)) (plainSets definition.content)
    else if is "order" definition then
      map (mapAttrs (_: mkOrder definition.order)) (plainSets definition.content)
    else
      [ definition ];

  # The values of a definition of one option, with their priorities and places in the order.
  values =
    definition:
    if is "merge" definition then
      concatMap values definition.contents
    else if is "if" definition then
      (if definition.condition then values definition.content else [ ])
    else if is "override" definition then
      map (value: value // { inherit (definition) priority; }) (values definition.content)
    else if is "order" definition then
      map (value: value // { inherit (definition) order; }) (values definition.content)
    else
      [
        {
          priority = ofDefinition;
          order = middle;
          value = definition;
        }
      ];

  # The values that count, in order.
  winning =
    found:
    let
      least = minimum (map (value: value.priority) found);
    in
    map (value: value.value) (
      sort (left: right: left.order < right.order) (filter (value: value.priority == least) found)
    );

  one =
    place: found:
    if all (value: value == head found) found then head found else throw "`${show place}` is defined differently";
  simple = name: check: {
    inherit name check;
    merge = one;
  };
  within = name: low: high: simple name (value: isInt value && low <= value && value <= high);
  text = simple "string" isString;

  types = {
    bool = simple "boolean" isBool;
    int = simple "integer" isInt;
    float = simple "number with a fraction" isFloat;
    str = text;
    path = simple "absolute path" (value: builtins.isPath value || isString value && match "/.*" value != null);
    package = simple "package" (value: value.type or null == "derivation");
    port = within "port" 0 65535;
    ints = {
      positive = simple "positive integer" (value: isInt value && value > 0);
      unsigned = simple "integer from 0 on" (value: isInt value && value >= 0);
    };
    numbers.positive = simple "positive number" (value: (isInt value || isFloat value) && value > 0);
    enum = choices: simple "one of ${builtins.toJSON choices}" (value: elem value choices);
    lines = text // {
      merge = _: concatStringsSep "\n";
    };
    attrs = {
      name = "set";
      check = isAttrs;
      merge = _: foldl' (all: more: all // more) { };
    };
    nullOr = inner: {
      name = "null or ${inner.name}";
      check = value: value == null || inner.check value;
      merge = place: found: if all (value: value == null) found then null else inner.merge place found;
    };
    either = left: right: {
      name = "${left.name} or ${right.name}";
      check = value: left.check value || right.check value;
      merge = place: found: (if all left.check found then left else right).merge place found;
    };
    oneOf = choices: foldl' types.either (head choices) (builtins.tail choices);
    listOf = inner: {
      name = "list of ${inner.name}";
      check = isList;
      merge = place: found: map (value: checked place inner [ value ]) (concatLists found);
    };
    attrsOf = inner: {
      name = "set of ${inner.name}";
      check = isAttrs;
      merge =
        place: found:
        let
          sets = concatMap plainSets found;
          of = name: concatMap (set: if set ? ${name} then values set.${name} else [ ]) sets;
          names = attrNames (foldl' (all: set: all // set) { } sets);
        in
        listToAttrs (
          map (name: {
            inherit name;
            value = checked (place ++ [ name ]) inner (winning (of name));
          }) (filter (name: of name != [ ]) names)
        );
    };
    submodule = module: {
      name = "submodule";
      check = value: isAttrs value || isFunction value;
      merge =
        place: found:
        (evaluate {
          inherit place;
          modules = (if isList module then module else [ module ]) ++ found;
          specialArgs.name = builtins.elemAt place (length place - 1);
        }).config;
    };
  };

  checked =
    place: type: found:
    if all type.check found then type.merge place found else throw "`${show place}` is no ${type.name}";

  # All modules, with those that they import. What is written without `config` is configuration.
  collect =
    arguments: module:
    let
      loaded = if builtins.isPath module || isString module then import module else module;
      body = if isFunction loaded then loaded arguments else loaded;
      explicit = body ? config || body ? options;
      own = {
        options = body.options or { };
        config = if explicit then body.config or { } else removeAttrs body [ "imports" ];
      };
    in
    concatMap (collect arguments) (body.imports or [ ]) ++ [ own ];

  declared =
    place: left: right:
    left
    // mapAttrs (
      name: value:
      if !left ? ${name} then
        value
      else if is "option" value || is "option" left.${name} then
        throw "`${show (place ++ [ name ])}` is declared twice"
      else
        declared (place ++ [ name ]) left.${name} value
    ) right;

  valueOf =
    place: option: definitions:
    let
      defaults =
        if option ? default then
          [
            {
              priority = ofOption;
              order = middle;
              value = option.default;
            }
          ]
        else
          [ ];
      found = concatMap values definitions ++ defaults;
      merged =
        if found == [ ] then
          throw "`${show place}` is used and not defined"
        else
          checked place option.type (winning found);
    in
    (option.apply or (value: value)) merged;

  tree =
    place: options: definitions:
    let
      sets = concatMap plainSets definitions;
      unknown = filter (name: !options ? ${name}) (concatMap attrNames sets);
    in
    if unknown != [ ] then
      throw "the option `${show (place ++ [ (head unknown) ])}` does not exist"
    else
      mapAttrs (
        name: option:
        let
          below = concatMap (set: if set ? ${name} then [ set.${name} ] else [ ]) sets;
        in
        (if is "option" option then valueOf else tree) (place ++ [ name ]) option below
      ) options;

  evaluate =
    {
      modules,
      specialArgs ? { },
      place ? [ ],
    }:
    let
      parts = concatMap (collect (specialArgs // { inherit config lib options; })) modules;
      options = foldl' (declared place) { } (map (part: part.options) parts);
      config = tree place options (map (part: part.config) parts);
    in
    {
      inherit config options;
    };

  strings = {
    inherit concatStringsSep;
    optionalString = condition: text: if condition then text else "";
    stringToCharacters =
      text: map (at: builtins.substring at 1 text) (builtins.genList (at: at) (builtins.stringLength text));
    toLower = builtins.replaceStrings (strings.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (
      strings.stringToCharacters "abcdefghijklmnopqrstuvwxyz"
    );
  };

  lib =
    strings
    // {
      inherit
        mkIf
        mkMerge
        mkOverride
        types
        ;
      inherit (builtins) attrNames attrValues mapAttrs;
      mkDefault = mkOverride ofDefault;
      mkForce = mkOverride ofForce;
      mkBefore = mkOrder 500;
      mkOption = attributes: attributes // { _type = "option"; };
      mkEnableOption =
        what:
        lib.mkOption {
          type = types.bool;
          default = false;
          description = "Whether to enable ${what}.";
        };
      evalModules =
        {
          modules,
          specialArgs ? { },
        }:
        evaluate { inherit modules specialArgs; };
      max = left: right: if left > right then left else right;
      filterAttrs = keep: set: removeAttrs set (filter (name: !keep name set.${name}) (attrNames set));
      mapAttrsToList = function: set: attrValues (mapAttrs function set);
      mapAttrs' = function: set: listToAttrs (attrValues (mapAttrs function set));
    };
in
lib
