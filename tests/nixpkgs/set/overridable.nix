# makeOverridable: the result of a function with `override`, which calls the function
# again with changed arguments. What `overrideAttrs` changed stays changed then.
let
  makeOverridable =
    function: arguments:
    let
      result = function arguments;
      changed = change: arguments // (if builtins.isFunction change then change arguments else change);
    in
    if builtins.isAttrs result then
      result
      // {
        override = change: makeOverridable function (changed change);
      }
      // (
        if result ? overrideAttrs then
          {
            overrideAttrs =
              change: makeOverridable (again: (function again).overrideAttrs change) arguments;
          }
        else
          { }
      )
    else
      result;
in
makeOverridable
