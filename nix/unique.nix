# The names of a list, each once, in order.
names:
builtins.attrNames (
  builtins.listToAttrs (
    map (name: {
      inherit name;
      value = null;
    }) names
  )
)
