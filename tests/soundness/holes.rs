//! Instances of families: what GHC's own check for recompilation misses in some of its versions,
//! by its tickets 26183 and 26705, and what comes close to that. Where a GHC sees the edit itself,
//! the case holds all the same.

use serde_json::json;

use super::case::Case;
use super::tree::Tree;

const FAMILY: &str = "src/Family.hs";
const USE: &str = "src/Use.hs";
const MAIN: &str = "app/Main.hs";

/// A library that defines families and uses them in another module, and a program that prints
/// what comes of it. The texts are what follows the first line and the imports.
fn with_family(family: &str, used: &str) -> Tree {
    Tree::of(&[
        (
            "holes.cabal",
            "\
cabal-version:      2.4
name:               holes
version:            0.1
build-type:         Simple

library
  hs-source-dirs:   src
  exposed-modules:  Family, Use, Beside
  build-depends:    base
  default-language: Haskell2010

executable holes
  hs-source-dirs:   app
  main-is:          Main.hs
  build-depends:    base, holes
  default-language: Haskell2010
",
        ),
        (
            FAMILY,
            &format!(
                "{{-# LANGUAGE FlexibleContexts, TypeFamilies #-}}\nmodule Family where\n\nimport Data.Proxy\n{family}\n"
            ),
        ),
        (
            USE,
            &format!(
                "{{-# LANGUAGE FlexibleContexts, TypeFamilies #-}}\nmodule Use (text) where\n\nimport Data.Proxy\nimport Family\n\n{used}\n"
            ),
        ),
        ("src/Beside.hs", "module Beside (beside) where\n\nbeside :: Int\nbeside = 1\n"),
        (
            MAIN,
            "module Main (main) where\n\nimport Beside\nimport Use\n\nmain :: IO ()\nmain = putStrLn text >> print beside\n",
        ),
    ])
}

/// A class whose type is that of an instance.
const ASSOCIATED: &str = "class C a where type AT a\ninstance C () where type AT () = Bool\n\nclass Named a where name :: Proxy a -> String\ninstance Named Bool where name _ = \"Bool\"\ninstance Named Int where name _ = \"Int\"\n\nclass Told a where told :: a -> String\ninstance Told Bool where told _ = \"Bool\"\ninstance Told Int where told _ = \"Int\"";

/// What it is shows in how a value is shown.
const SHOWING: &str = "text :: String\ntext = show y\n\ny :: AT ()\ny = toEnum 1";

fn associated(used: &str) -> Case {
    Case::of(with_family(ASSOCIATED, used)).edit(|tree| tree.replace(FAMILY, "AT () = Bool", "AT () = Int"))
}

#[test]
fn an_associated_type_that_a_value_no_longer_has() {
    associated("text :: String\ntext = show x\n\nx :: AT ()\nx = True").fails("src/Use.hs");
}

#[test]
fn an_associated_type_whose_instance_is_found_by_a_proxy() {
    associated("text :: String\ntext = name (Proxy :: Proxy (AT ()))").prints_otherwise();
}

#[test]
fn an_associated_type_that_is_shown() {
    associated(SHOWING)
        .leaves_out(json!({ "module": "Use", "cause": "ghc-bug", "about": "Family", "ticket": 26183 }))
        .prints_otherwise();
}

#[test]
fn an_associated_type_whose_instance_a_value_finds() {
    associated("text :: String\ntext = told y\n\ny :: AT ()\ny = toEnum 1").prints_otherwise();
}

#[test]
fn an_associated_type_without_optimisation() {
    Case::of(with_family(ASSOCIATED, SHOWING))
        .with(|tree| {
            tree.replace(
                "holes.cabal",
                "  hs-source-dirs:   src\n",
                "  hs-source-dirs:   src\n  ghc-options:      -O0\n",
            );
        })
        .edit(|tree| tree.replace(FAMILY, "AT () = Bool", "AT () = Int"))
        .prints_otherwise();
}

/// Neither the class nor the family is in the module that is between.
#[test]
fn an_associated_type_behind_another_module() {
    Case::of(with_family(ASSOCIATED, SHOWING))
        .with(|tree| {
            tree.write(
                "src/Between.hs",
                "module Between (module Family, between) where\n\nimport Family\n\nbetween :: Int\nbetween = 1\n",
            );
            tree.replace("holes.cabal", "Family, Use", "Between, Family, Use");
            tree.replace(USE, "import Family\n", "import Between\n");
        })
        .edit(|tree| tree.replace(FAMILY, "AT () = Bool", "AT () = Int"))
        .leaves_out(json!({ "module": "Use", "cause": "ghc-bug", "about": "Family" }))
        .prints_otherwise();
}

/// The instance is named nowhere in between: a function has the type.
#[test]
fn an_associated_type_in_the_type_of_a_function() {
    Case::of(with_family(ASSOCIATED, "text :: String\ntext = show (toEnum (fromEnum (first 1)) `asTypeOf` first 0)"))
        .with(|tree| {
            tree.write("src/Between.hs", "{-# LANGUAGE TypeFamilies #-}\nmodule Between (first) where\n\nimport Family\n\nfirst :: Int -> AT ()\nfirst = toEnum\n{-# NOINLINE first #-}\n");
            tree.replace("holes.cabal", "Family, Use", "Between, Family, Use");
            tree.replace(USE, "import Family\n", "import Between\n");
        })
        .edit(|tree| tree.replace(FAMILY, "AT () = Bool", "AT () = Int"))
        .prints_otherwise();
}

/// The module that uses it is one of a program, and of another component.
#[test]
fn an_associated_type_that_a_program_uses() {
    Case::of(with_family(ASSOCIATED, "text :: String\ntext = \"text\""))
        .with(|tree| {
            tree.prepend(MAIN, "{-# LANGUAGE TypeFamilies #-}\n");
            tree.replace(MAIN, "import Use\n", "import Family\nimport Use\n");
            tree.append(MAIN, "  >> print y\n\ny :: AT ()\ny = toEnum 1\n");
        })
        .edit(|tree| tree.replace(FAMILY, "AT () = Bool", "AT () = Int"))
        .prints_otherwise();
}

/// By way of a module of the library that has nothing of the family.
#[test]
fn an_associated_type_that_a_module_of_a_program_uses() {
    Case::of(with_family(ASSOCIATED, "text :: String\ntext = \"text\""))
        .with(|tree| {
            tree.write("app/Deep.hs", "{-# LANGUAGE TypeFamilies #-}\nmodule Deep (deep) where\n\nimport Reexporting\n\ndeep :: String\ndeep = show y\n\ny :: AT ()\ny = toEnum 1\n");
            tree.write("src/Reexporting.hs", "module Reexporting (C (..)) where\n\nimport Family\n");
            tree.replace("holes.cabal", "Family, Use", "Family, Reexporting, Use");
            tree.replace("holes.cabal", "  main-is:          Main.hs\n", "  main-is:          Main.hs\n  other-modules:    Deep\n");
            tree.replace(MAIN, "import Use\n", "import Deep\nimport Use\n");
            tree.append(MAIN, "  >> putStrLn deep\n");
        })
        .edit(|tree| tree.replace(FAMILY, "AT () = Bool", "AT () = Int"))
        .prints_otherwise();
}

/// The class is elsewhere, and the instance beside a type of its own.
#[test]
fn an_associated_type_beside_a_type() {
    Case::of(with_family(
        "import Classes\n\ndata T = T\ninstance C T where type AT T = Bool",
        "text :: String\ntext = show y\n\ny :: AT T\ny = toEnum 1",
    ))
    .with(|tree| {
        tree.write(
            "src/Classes.hs",
            "{-# LANGUAGE TypeFamilies #-}\nmodule Classes (C (..)) where\n\nclass C a where type AT a\n",
        );
        tree.replace("holes.cabal", "Family, Use", "Classes, Family, Use");
        tree.replace(USE, "import Family\n", "import Classes\nimport Family\n");
    })
    .edit(|tree| tree.replace(FAMILY, "AT T = Bool", "AT T = Int"))
    .prints_otherwise();
}

/// An instance of a class that is elsewhere, for a type that is elsewhere.
#[test]
fn an_associated_type_of_an_orphan_instance() {
    Case::of(with_family("import Classes\n\ninstance C () where type AT () = Bool", SHOWING))
        .with(|tree| {
            tree.write(
                "src/Classes.hs",
                "{-# LANGUAGE TypeFamilies #-}\nmodule Classes (C (..)) where\n\nclass C a where type AT a\n",
            );
            tree.replace("holes.cabal", "Family, Use", "Classes, Family, Use");
            tree.replace(USE, "import Family\n", "import Classes\nimport Family\n");
        })
        .edit(|tree| tree.replace(FAMILY, "AT () = Bool", "AT () = Int"))
        .prints_otherwise();
}

#[test]
fn the_default_of_an_associated_type() {
    Case::of(with_family("class C a where\n  type AT a\n  type AT a = Bool\ninstance C ()", SHOWING))
        .edit(|tree| tree.replace(FAMILY, "type AT a = Bool", "type AT a = Int"))
        .prints_otherwise();
}

#[test]
fn a_top_level_instance_of_a_type_family() {
    Case::of(with_family("type family AT a\ntype instance AT () = Bool", SHOWING))
        .edit(|tree| tree.replace(FAMILY, "AT () = Bool", "AT () = Int"))
        .prints_otherwise();
}

#[test]
fn a_closed_type_family() {
    Case::of(with_family("type family AT a where\n  AT () = Bool\n  AT a = Int", SHOWING))
        .edit(|tree| tree.replace(FAMILY, "AT () = Bool", "AT () = Int"))
        .prints_otherwise();
}

/// The instance is gone, and with it the type.
#[test]
fn an_instance_with_an_associated_type_removed() {
    Case::of(with_family(ASSOCIATED, SHOWING))
        .edit(|tree| tree.replace(FAMILY, "instance C () where type AT () = Bool\n", ""))
        .fails("src/Use.hs");
}

/// What decides is a second instance, which was not there.
#[test]
fn an_instance_with_an_associated_type_moved_to_another_module() {
    Case::of(with_family("import Classes\n\ninstance C () where type AT () = Bool", SHOWING))
        .with(|tree| {
            tree.write(
                "src/Classes.hs",
                "{-# LANGUAGE TypeFamilies #-}\nmodule Classes (C (..)) where\n\nclass C a where type AT a\n",
            );
            tree.replace("holes.cabal", "Family, Use", "Classes, Family, Use");
            tree.replace(USE, "import Family\n", "import Classes\nimport Family\n");
        })
        .edit(|tree| {
            tree.replace(FAMILY, "instance C () where type AT () = Bool\n", "");
            tree.append("src/Classes.hs", "instance C () where type AT () = Int\n");
        })
        .prints_otherwise();
}

const DATA: &str = "data family TD a\ndata instance TD () = TDI deriving Show";
const SHOWN: &str =
    "text :: String\ntext = f undefined\n\nf :: TD () -> String\nf x = if False then show x else \"no\"";

#[test]
fn an_instance_for_a_data_family_instance_removed() {
    Case::of(with_family(DATA, SHOWN))
        .edit(|tree| tree.replace(FAMILY, " deriving Show", ""))
        .leaves_out(json!({ "module": "Use", "cause": "ghc-bug", "about": "Family", "ticket": 26705 }))
        .fails("src/Use.hs");
}

#[test]
fn an_instance_for_a_data_family_instance_removed_behind_another_module() {
    Case::of(with_family(DATA, SHOWN))
        .with(|tree| {
            tree.write("src/Between.hs", "module Between (module Family) where\n\nimport Family\n");
            tree.replace("holes.cabal", "Family, Use", "Between, Family, Use");
            tree.replace(USE, "import Family\n", "import Between\n");
        })
        .edit(|tree| tree.replace(FAMILY, " deriving Show", ""))
        .fails("src/Use.hs");
}

#[test]
fn an_instance_for_a_data_family_instance_that_a_program_uses_removed() {
    Case::of(with_family(DATA, "text :: String\ntext = \"text\""))
        .with(|tree| {
            tree.prepend(MAIN, "{-# LANGUAGE TypeFamilies #-}\n");
            tree.replace(MAIN, "import Use\n", "import Family\nimport Use\n");
            tree.append(
                MAIN,
                "  >> putStrLn (f undefined)\n\nf :: TD () -> String\nf x = if False then show x else \"no\"\n",
            );
        })
        .edit(|tree| tree.replace(FAMILY, " deriving Show", ""))
        .fails("app/Main.hs");
}

#[test]
fn an_instance_for_a_newtype_instance_removed() {
    Case::of(with_family("data family TD a\nnewtype instance TD () = TDI Int deriving (Eq, Show)", SHOWN))
        .edit(|tree| tree.replace(FAMILY, "(Eq, Show)", "Eq"))
        .fails("src/Use.hs");
}

#[test]
fn an_instance_for_an_associated_data_type_removed() {
    Case::of(with_family("class C a where data TD a\ninstance C () where data TD () = TDI deriving Show", SHOWN))
        .edit(|tree| tree.replace(FAMILY, " deriving Show", ""))
        .fails("src/Use.hs");
}

#[test]
fn an_instance_for_a_data_family_instance_derived_otherwise() {
    Case::of(with_family("data family TD a\ndata instance TD () = TDI Int\nderiving instance Show (TD ())", SHOWN))
        .with(|tree| tree.prepend(FAMILY, "{-# LANGUAGE StandaloneDeriving, FlexibleInstances #-}\n"))
        .edit(|tree| tree.replace(FAMILY, "deriving instance Show (TD ())\n", ""))
        .fails("src/Use.hs");
}

/// An instance takes the place of another one that was found before it.
#[test]
fn an_instance_for_a_data_family_instance_added() {
    Case::of(with_family(
        "data family TD a\ndata instance TD () = TDI\n\nclass Named a where name :: a -> String\ninstance {-# OVERLAPPABLE #-} Named a where name _ = \"any\"",
        "text :: String\ntext = f undefined\n\nf :: TD () -> String\nf = name",
    ))
    .with(|tree| tree.prepend(FAMILY, "{-# LANGUAGE FlexibleInstances #-}\n"))
    .edit(|tree| tree.append(FAMILY, "instance Named (TD ()) where name _ = \"this\"\n"))
    .prints_otherwise();
}

#[test]
fn an_instance_for_a_data_family_instance_with_another_body() {
    Case::of(with_family(
        "data family TD a\ndata instance TD () = TDI\ninstance Show (TD ()) where show _ = \"before\"",
        "text :: String\ntext = show TDI",
    ))
    .with(|tree| tree.prepend(FAMILY, "{-# LANGUAGE FlexibleInstances #-}\n"))
    .edit(|tree| tree.replace(FAMILY, "before", "after"))
    .prints_otherwise();
}

#[test]
fn the_constructors_of_a_data_family_instance() {
    Case::of(with_family(
        "data family TD a\ndata instance TD () = First | Second deriving (Enum, Show)",
        "text :: String\ntext = show (toEnum 1 :: TD ())",
    ))
    .edit(|tree| tree.replace(FAMILY, "First | Second", "First | Between | Second"))
    .prints_otherwise();
}

/// A splice asks for the instances.
#[test]
fn an_associated_type_that_a_splice_looks_up() {
    Case::of(with_family(ASSOCIATED, "text :: String\ntext = $(reifyInstances ''AT [TupleT 0] >>= stringE . pprint)"))
        .with(|tree| {
            tree.prepend(USE, "{-# LANGUAGE TemplateHaskell #-}\n");
            tree.replace(USE, "import Family\n", "import Family\nimport Language.Haskell.TH\n");
            tree.replace("holes.cabal", "  build-depends:    base\n", "  build-depends:    base, template-haskell\n");
        })
        .edit(|tree| tree.replace(FAMILY, "AT () = Bool", "AT () = Int"))
        .prints_otherwise();
}

/// A module without a family changes, above one with families that does not.
#[test]
fn a_module_beside_families() {
    Case::of(with_family(ASSOCIATED, SHOWING))
        .with(|tree| tree.replace(USE, "import Family\n", "import Beside\nimport Family\n"))
        .with(|tree| tree.append("src/Beside.hs", "{-# NOINLINE beside #-}\n"))
        .edit(|tree| tree.replace("src/Beside.hs", "beside = 1", "beside = 2"))
        .compiles(&["Beside"])
        .prints_otherwise();
}

/// The module of the families is another one to others, and the families are the same.
#[test]
fn a_function_beside_families() {
    for family in [ASSOCIATED, &format!("{DATA}\n{ASSOCIATED}")] {
        Case::of(with_family(&format!("{family}\n\nabove :: Int\nabove = 1"), SHOWING))
            .with(|tree| tree.replace(USE, "import Family\n", "import Family (C (..))\n"))
            .with(|tree| tree.replace(MAIN, "import Use\n", "import Family (above)\nimport Use\n"))
            .with(|tree| tree.append(MAIN, "  >> print above\n"))
            .edit(|tree| tree.replace(FAMILY, "above = 1", "above = 2"))
            .compiles(&["Family", "Main"])
            .prints_otherwise();
    }
}

/// GHC's ticket 12723: the module of an instance gets another name, and what is above the module
/// that imports it is not compiled again.
#[test]
fn a_module_with_an_instance_of_a_type_family_renamed() {
    Case::of(with_family("type family AT a", "text :: String\ntext = between"))
        .with(|tree| {
            tree.write("src/Instance.hs", "{-# LANGUAGE TypeFamilies #-}\nmodule Instance () where\n\nimport Family\n\ntype instance AT () = Bool\n");
            tree.write("src/Between.hs", "{-# LANGUAGE TypeFamilies #-}\nmodule Between (between) where\n\nimport Family\nimport Instance ()\n\nbetween :: String\nbetween = show (toEnum 1 :: AT ())\n{-# NOINLINE between #-}\n");
            tree.replace("holes.cabal", "Family, Use", "Between, Family, Instance, Use");
            tree.replace(USE, "import Family\n", "import Between\n");
        })
        .edit(|tree| {
            tree.rename("src/Instance.hs", "src/Renamed.hs");
            tree.replace("src/Renamed.hs", "module Instance", "module Renamed");
            tree.replace("src/Between.hs", "import Instance ()", "import Renamed ()");
            tree.replace("holes.cabal", "Instance, Use", "Renamed, Use");
        })
        .prints_the_same();
}

/// GHC's ticket 13099: two modules have instances that contradict one another, and the one that
/// sees both is not compiled again.
#[test]
fn instances_of_a_type_family_that_contradict_one_another_far_below() {
    Case::of(with_family("type family AT a", "text :: String\ntext = left ++ right"))
        .with(|tree| {
            tree.write("src/One.hs", "{-# LANGUAGE TypeFamilies #-}\nmodule One () where\n\nimport Family\n\ntype instance AT () = Bool\n");
            tree.write("src/Other.hs", "{-# LANGUAGE TypeFamilies #-}\nmodule Other () where\n\nimport Family\n\ntype instance AT Bool = Bool\n");
            tree.write("src/Left.hs", "module Left (left) where\n\nimport One ()\n\nleft :: String\nleft = \"left\"\n{-# NOINLINE left #-}\n");
            tree.write("src/Right.hs", "module Right (right) where\n\nimport Other ()\n\nright :: String\nright = \"right\"\n{-# NOINLINE right #-}\n");
            tree.replace("holes.cabal", "Family, Use", "Family, Left, One, Other, Right, Use");
            tree.replace(USE, "import Family\n", "import Left\nimport Right\n");
        })
        .edit(|tree| tree.append("src/Other.hs", "type instance AT () = Int\n"))
        .fails("onflicting family instance");
}

/// The same with an instance that has moved from a module to a third one.
#[test]
fn an_instance_of_a_type_family_moved_far_below() {
    Case::of(with_family("type family AT a", "text :: String\ntext = left ++ show (toEnum 1 :: AT ())"))
        .with(|tree| {
            tree.write("src/One.hs", "{-# LANGUAGE TypeFamilies #-}\nmodule One () where\n\nimport Family\n\ntype instance AT () = Bool\n");
            tree.write("src/Other.hs", "{-# LANGUAGE TypeFamilies #-}\nmodule Other () where\n\nimport Family\n");
            tree.write("src/Left.hs", "module Left (left) where\n\nimport One ()\nimport Other ()\n\nleft :: String\nleft = \"left\"\n{-# NOINLINE left #-}\n");
            tree.replace("holes.cabal", "Family, Use", "Family, Left, One, Other, Use");
            tree.replace(USE, "import Family\n", "import Family\nimport Left\n");
        })
        .edit(|tree| {
            tree.replace("src/One.hs", "\ntype instance AT () = Bool\n", "");
            tree.append("src/Other.hs", "\ntype instance AT () = Int\n");
        })
        .prints_otherwise();
}

/// The family is in a package below.
#[test]
fn an_associated_type_of_a_local_dependency() {
    let mut tree = Tree::of(&[
        (
            "default.nix",
            "{ hinc }:\nrec {\n  lower = hinc.host.mkPackage { src = ./lower; shared = false; };\n  holes = hinc.host.mkPackage { src = ./upper; shared = false; dependencies = [ lower ]; };\n}\n",
        ),
        (
            "lower/lower.cabal",
            "cabal-version:      2.4\nname:               lower\nversion:            0.1\nbuild-type:         Simple\n\nlibrary\n  exposed-modules:  Family\n  build-depends:    base\n  default-language: Haskell2010\n",
        ),
    ]);
    let mut upper = with_family(ASSOCIATED, SHOWING);
    let family = upper.entries.remove(FAMILY).expect("a module");
    tree.entries.insert("lower/Family.hs".to_owned(), family);
    upper.replace("holes.cabal", "Family, Use", "Use");
    upper.replace("holes.cabal", "  build-depends:    base\n", "  build-depends:    base, lower\n");
    tree.entries.extend(upper.below("upper").entries);
    Case::of(tree)
        .attribute("holes")
        .edit(|tree| tree.replace("lower/Family.hs", "AT () = Bool", "AT () = Int"))
        .prints_otherwise();
}
