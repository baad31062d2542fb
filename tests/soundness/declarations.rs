//! Edits of what a module declares: values, types, classes, pragmas.

use super::case::Case;
use super::packages::small;

const WORDS: &str = "src/Small/Words.hs";
const SHAPES: &str = "src/Small/Shapes.hs";
const SIZES: &str = "src/Small/Sizes.hs";

#[test]
fn a_comment_compiles_its_module_alone() {
    Case::of(small()).edit(|tree| tree.append(WORDS, "-- A comment.\n")).compiles(&["Small.Words"]).prints_the_same();
}

#[test]
fn a_private_function_compiles_its_module_alone() {
    Case::of(small())
        .edit(|tree| tree.replace(WORDS, "product [1 .. n]", "sum [1 .. n]"))
        .compiles(&["Small.Words"])
        .prints_otherwise();
}

#[test]
fn a_private_function_that_is_inlined_compiles_its_users() {
    Case::of(small())
        .with(|tree| tree.replace(WORDS, "{-# NOINLINE hidden #-}", "{-# INLINE hidden #-}"))
        .edit(|tree| tree.replace(WORDS, "product [1 .. n]", "sum [1 .. n]"))
        .prints_otherwise();
}

#[test]
fn an_exported_function() {
    Case::of(small()).edit(|tree| tree.replace(WORDS, "\"hello\"", "\"goodbye\"")).prints_otherwise();
}

#[test]
fn the_type_of_an_exported_function() {
    Case::of(small())
        .edit(|tree| {
            tree.replace(WORDS, "secret :: Int -> Int", "secret :: Integral a => a -> Int");
            tree.replace(WORDS, "secret n = hidden n + 1", "secret n = hidden (fromIntegral n) + 2");
        })
        .prints_otherwise();
}

#[test]
fn a_type_that_no_longer_fits_fails() {
    Case::of(small())
        .edit(|tree| tree.replace(WORDS, "secret :: Int -> Int\nsecret n", "secret :: String -> Int\nsecret n' = let n = length n' in secret' n\n\nsecret' :: Int -> Int\nsecret' n"))
        .fails("src/Small/Sizes.hs");
}

#[test]
fn a_type_error() {
    Case::of(small()).edit(|tree| tree.append(SIZES, "wrong :: Int\nwrong = \"text\"\n")).fails("src/Small/Sizes.hs");
}

#[test]
fn an_error_in_a_module_that_nothing_uses() {
    Case::of(small()).edit(|tree| tree.replace("src/Small/Alone.hs", "n + 1", "n +")).fails("src/Small/Alone.hs");
}

#[test]
fn an_export_that_clashes_with_a_name_of_an_importer_fails() {
    Case::of(small())
        .edit(|tree| {
            tree.replace(WORDS, "(greeting, secret)", "(greeting, origin, secret)");
            tree.append(WORDS, "\norigin :: Int\norigin = 1\n");
        })
        .fails("src/Small/Sizes.hs");
}

#[test]
fn an_export_removed() {
    Case::of(small()).edit(|tree| tree.replace(WORDS, "(greeting, secret)", "(secret)")).fails("src/Small/Shapes.hs");
}

#[test]
fn a_reexport_changed() {
    Case::of(small())
        .edit(|tree| {
            tree.replace(SIZES, "module Small.Words", "module Small.Other");
            tree.replace(SIZES, "import Small.Words", "import Small.Other (greeting)\nimport Small.Words (secret)");
            tree.write(
                "src/Small/Other.hs",
                "module Small.Other (greeting) where\n\ngreeting :: String\ngreeting = \"other\"\n",
            );
            tree.replace("small.cabal", "    Small.Words", "    Small.Other\n    Small.Words");
        })
        .prints_otherwise();
}

#[test]
fn a_reexport_removed_fails_far_away() {
    Case::of(small()).edit(|tree| tree.replace(SIZES, ", module Small.Words", "")).fails("app/Main.hs");
}

#[test]
fn an_instance_added() {
    Case::of(small())
        .edit(|tree| {
            tree.append(WORDS, "\nclass Loud a where loud :: a -> String\ninstance Loud Int where loud = show\n");
            tree.replace(WORDS, "(greeting, secret)", "(greeting, secret, Loud (..))");
            tree.append("app/Main.hs", "  putStrLn (loud (1 :: Int))\n");
            tree.replace("app/Main.hs", "(greeting, origin, report)", "(Loud (..), greeting, origin, report)");
        })
        .prints_otherwise();
}

/// The instance that is chosen changes, while the text of the module that uses it does not.
#[test]
fn a_more_special_instance_added() {
    let overlapping = |special: bool| {
        let more = if special { "instance {-# OVERLAPPING #-} Loud [Char] where loud = map succ\n" } else { "" };
        format!(
            "module Small.Alone (Loud (..), alone) where\n\nclass Loud a where loud :: a -> String\n\
             instance Loud a => Loud [a] where loud = concatMap loud\ninstance Loud Char where loud = pure\n{more}\n\
             alone :: Int -> Int\nalone n = n + 1\n"
        )
    };
    Case::of(small())
        .with(|tree| {
            tree.write("src/Small/Alone.hs", &format!("{{-# LANGUAGE FlexibleInstances #-}}\n{}", overlapping(false)));
            tree.replace(SIZES, "import Small.Words", "import Small.Words\nimport Small.Alone (loud)");
            tree.replace(SIZES, "show origin]", "show origin, loud \"abc\"]");
        })
        .edit(|tree| {
            tree.write("src/Small/Alone.hs", &format!("{{-# LANGUAGE FlexibleInstances #-}}\n{}", overlapping(true)));
        })
        .prints_otherwise();
}

#[test]
fn an_instance_removed_fails_where_it_is_used() {
    Case::of(small()).edit(|tree| tree.replace(SHAPES, "instance Sized Point\n", "")).fails("src/Small/Sizes.hs");
}

#[test]
fn a_derived_instance_removed_fails_where_it_is_used() {
    Case::of(small())
        .edit(|tree| {
            tree.replace(
                SHAPES,
                "data Point = Point { left :: Int, right :: Int }\n  deriving Show",
                "data Point = Point { left :: Int, right :: Int }",
            );
        })
        .fails("src/Small/Sizes.hs");
}

/// An orphan instance in a module far below: nothing imports its names.
fn with_orphan(tree: &mut super::tree::Tree) {
    tree.write(
        "src/Small/Orphan.hs",
        "module Small.Orphan () where\n\nimport Small.Shapes\n\ninstance Semigroup Shape where\n  a <> _ = a\n",
    );
    tree.replace("small.cabal", "    Small.Shapes", "    Small.Orphan\n    Small.Shapes");
    tree.replace(SIZES, "import Small.Shapes\n", "import Small.Shapes\nimport Small.Orphan ()\n");
    tree.replace("app/Main.hs", "import Small.Sizes", "import Small.Shapes\nimport Small.Sizes");
    tree.append("app/Main.hs", "  print (Square 1 <> Round 2)\n");
}

#[test]
fn an_orphan_instance_changed() {
    Case::of(small())
        .with(with_orphan)
        .edit(|tree| tree.replace("src/Small/Orphan.hs", "a <> _ = a", "_ <> b = b"))
        .prints_otherwise();
}

#[test]
fn an_orphan_instance_moved_to_the_module_of_its_type() {
    Case::of(small())
        .with(with_orphan)
        .edit(|tree| {
            tree.replace("src/Small/Orphan.hs", "\ninstance Semigroup Shape where\n  a <> _ = a\n", "");
            tree.append(SHAPES, "\ninstance Semigroup Shape where\n  _ <> b = b\n");
        })
        .prints_otherwise();
}

#[test]
fn an_orphan_instance_removed_fails_far_away() {
    Case::of(small())
        .with(with_orphan)
        .edit(|tree| tree.replace("src/Small/Orphan.hs", "instance Semigroup Shape where\n  a <> _ = a\n", ""))
        .fails("app/Main.hs");
}

#[test]
fn an_orphan_instance_added_twice_fails_where_it_is_used() {
    Case::of(small())
        .with(with_orphan)
        .edit(|tree| tree.append(SHAPES, "\ninstance Semigroup Shape where\n  _ <> b = b\n"))
        .fails("src/Small/Orphan.hs");
}

fn with_family(tree: &mut super::tree::Tree) {
    tree.prepend(SHAPES, "{-# LANGUAGE TypeFamilies, FlexibleContexts #-}\n");
    tree.replace(SHAPES, "describe) where", "describe, Unit, Measured (..), Other) where");
    tree.append(
        SHAPES,
        "
type family Unit a
type instance Unit Shape = Int
data Other = Other

class Measured a where
  measured :: a -> Unit a
instance Measured Shape where
  measured _ = 7
",
    );
    tree.replace(SIZES, "show origin]", "show origin, show (measured (Square 1))]");
}

#[test]
fn a_type_family_instance_added() {
    Case::of(small())
        .with(with_family)
        .edit(|tree| {
            tree.append(
                SHAPES,
                "type instance Unit Other = String\ninstance Measured Other where measured _ = \"m\"\n",
            );
            tree.replace(SIZES, "(Square 1))]", "(Square 1)), measured Other]");
            tree.replace(SHAPES, "Other) where", "Other (..)) where");
        })
        .prints_otherwise();
}

#[test]
fn a_type_family_instance_changed() {
    Case::of(small())
        .with(with_family)
        .edit(|tree| {
            tree.replace(SHAPES, "Unit Shape = Int", "Unit Shape = Double");
        })
        .prints_otherwise();
}

#[test]
fn a_type_family_instance_that_conflicts_fails() {
    Case::of(small())
        .with(with_family)
        .edit(|tree| {
            tree.prepend("app/Main.hs", "{-# LANGUAGE TypeFamilies #-}\n");
            tree.replace("app/Main.hs", "import Small.Sizes", "import Small.Shapes (Shape, Unit)\nimport Small.Sizes");
            tree.append("app/Main.hs", "\ntype instance Unit Shape = Bool\n");
        })
        .fails("onflicting family instance");
}

#[test]
fn an_inline_pragma_added() {
    Case::of(small())
        .edit(|tree| tree.replace(WORDS, "secret :: Int -> Int\n", "secret :: Int -> Int\n{-# INLINE secret #-}\n"))
        .prints_the_same();
}

#[test]
fn an_inline_pragma_removed() {
    Case::of(small()).edit(|tree| tree.replace(WORDS, "{-# NOINLINE hidden #-}\n", "")).prints_the_same();
}

/// A rewrite rule changes what a module far away is compiled to.
#[test]
fn a_rewrite_rule_added() {
    Case::of(small())
        .with(|tree| tree.append(WORDS, "{-# NOINLINE secret #-}\n"))
        .edit(|tree| tree.append(WORDS, "{-# RULES \"secret\" forall n. secret n = 1000 + n #-}\n"))
        .prints_otherwise();
}

#[test]
fn an_orphan_rewrite_rule_changed() {
    Case::of(small())
        .with(|tree| {
            tree.append(WORDS, "{-# NOINLINE secret #-}\n");
            tree.append(SHAPES, "{-# RULES \"secret\" forall n. secret n = 1000 + n #-}\n");
            tree.replace(SHAPES, "import Small.Words (greeting)", "import Small.Words (greeting, secret)");
        })
        .edit(|tree| tree.replace(SHAPES, "1000 + n", "2000 + n"))
        .prints_otherwise();
}

#[test]
fn a_specialisation_added() {
    Case::of(small())
        .with(|tree| {
            tree.replace(WORDS, "secret :: Int -> Int", "secret :: (Enum a, Num a) => a -> a");
            tree.replace(WORDS, "hidden :: Int -> Int", "hidden :: (Enum a, Num a) => a -> a");
        })
        .edit(|tree| tree.append(WORDS, "{-# SPECIALISE secret :: Int -> Int #-}\n"))
        .prints_the_same();
}

#[test]
fn a_default_method_changed() {
    Case::of(small()).edit(|tree| tree.replace(SHAPES, "size _ = 1", "size _ = 2")).prints_otherwise();
}

#[test]
fn a_default_method_removed_warns_elsewhere() {
    Case::of(small())
        .with(|tree| {
            // The instance is in another module than the class.
            tree.replace(SHAPES, "instance Sized Point\n\n", "");
            tree.append(SIZES, "\ninstance Sized Point where\n  name _ = \"point\"\n");
            tree.prepend("app/Main.hs", "-- The size is never asked for.\n");
            tree.replace(SIZES, "describe origin", "name origin");
        })
        .edit(|tree| tree.replace(SHAPES, "  size _ = 1\n", ""))
        .warns("src/Small/Sizes.hs");
}

#[test]
fn a_method_added_to_a_class() {
    Case::of(small())
        .edit(|tree| {
            tree.replace(
                SHAPES,
                "  size :: a -> Int\n",
                "  twice :: a -> Int\n  twice a = 2 * size a\n  size :: a -> Int\n",
            );
            tree.replace(SHAPES, "show (size thing)", "show (twice thing)");
        })
        .prints_otherwise();
}

#[test]
fn a_superclass_added() {
    Case::of(small())
        .edit(|tree| {
            tree.replace(SHAPES, "class Sized a where", "class Show a => Sized a where");
            tree.replace(SHAPES, "name thing ++", "show thing ++");
        })
        .prints_otherwise();
}

#[test]
fn the_order_of_record_fields() {
    Case::of(small())
        .edit(|tree| tree.replace(SHAPES, "left :: Int, right :: Int", "right :: Int, left :: Int"))
        .prints_otherwise();
}

#[test]
fn a_strict_field() {
    Case::of(small()).edit(|tree| tree.replace(SHAPES, "left :: Int,", "left :: !Int,")).prints_the_same();
}

#[test]
fn a_constructor_added() {
    Case::of(small())
        .edit(|tree| {
            tree.replace(SHAPES, "data Shape = Square Int", "data Shape = Empty | Square Int");
            tree.replace(SHAPES, "  size (Square", "  size Empty = 0\n  size (Square");
            tree.replace(SIZES, "[describe (Square 2)", "[show Empty, describe (Square 2)");
        })
        .prints_otherwise();
}

#[test]
fn a_constructor_added_makes_a_match_incomplete_elsewhere() {
    Case::of(small())
        .with(|tree| {
            tree.append(SIZES, "\ncorners :: Shape -> Int\ncorners (Square _) = 4\ncorners (Round _) = 0\n");
            tree.replace(SIZES, "(report,", "(corners, report,");
            tree.prepend(SIZES, "{-# OPTIONS_GHC -Wincomplete-patterns #-}\n");
        })
        .edit(|tree| {
            tree.replace(SHAPES, "data Shape = Square Int", "data Shape = Empty | Square Int");
        })
        .warns("src/Small/Sizes.hs");
}

#[test]
fn the_order_of_constructors() {
    Case::of(small())
        .with(|tree| {
            tree.replace(SHAPES, "deriving (Show, Eq)", "deriving (Show, Eq, Ord)");
            tree.replace(SIZES, "show origin]", "show origin, show (Square 1 < Round 1)]");
        })
        .edit(|tree| tree.replace(SHAPES, "Square Int | Round Int", "Round Int | Square Int"))
        .prints_otherwise();
}

#[test]
fn the_fixity_of_an_operator() {
    Case::of(small())
        .with(|tree| {
            tree.replace(WORDS, "(greeting, secret)", "(greeting, secret, (|-|))");
            tree.append(WORDS, "\ninfixl 6 |-|\n(|-|) :: Int -> Int -> Int\n(|-|) = (-)\n");
            tree.replace(SIZES, "show origin]", "show origin, show (9 |-| 3 |-| 2)]");
        })
        .edit(|tree| tree.replace(WORDS, "infixl", "infixr"))
        .prints_otherwise();
}

#[test]
fn a_type_synonym() {
    Case::of(small())
        .with(|tree| {
            tree.replace(WORDS, "(greeting, secret)", "(Number, greeting, secret)");
            tree.append(WORDS, "\ntype Number = Int\n");
            tree.append(SIZES, "\nlast' :: Number\nlast' = 7\n");
            tree.replace(SIZES, "show origin]", "show origin, show last']");
        })
        .edit(|tree| tree.replace(WORDS, "type Number = Int", "type Number = Double"))
        .prints_otherwise();
}

#[test]
fn a_pattern_synonym() {
    Case::of(small())
        .with(|tree| {
            tree.prepend(SHAPES, "{-# LANGUAGE PatternSynonyms #-}\n");
            tree.replace(SHAPES, "(Shape (..),", "(Shape (..), pattern Disc,");
            tree.append(SHAPES, "\npattern Disc :: Shape\npattern Disc = Round 1\n");
            tree.prepend(SIZES, "{-# LANGUAGE PatternSynonyms #-}\n");
            tree.replace(SIZES, "show origin]", "show origin, show Disc]");
        })
        .edit(|tree| tree.replace(SHAPES, "pattern Disc = Round 1", "pattern Disc = Round 2"))
        .prints_otherwise();
}

/// Without the pragma, a match elsewhere is incomplete.
#[test]
fn a_complete_pragma_removed() {
    Case::of(small())
        .with(|tree| {
            tree.prepend(SHAPES, "{-# LANGUAGE PatternSynonyms, ViewPatterns #-}\n");
            tree.replace(SHAPES, "(Shape (..),", "(Shape (..), pattern Any,");
            tree.append(SHAPES, "\npattern Any :: Shape\npattern Any <- (const () -> ())\n{-# COMPLETE Any #-}\n");
            tree.prepend(
                SIZES,
                "{-# LANGUAGE PatternSynonyms #-}\n{-# OPTIONS_GHC -Wincomplete-patterns -Werror #-}\n",
            );
            tree.append(SIZES, "\nanything :: Shape -> Int\nanything Any = 1\n");
            tree.replace(SIZES, "(report,", "(anything, report,");
        })
        .edit(|tree| tree.replace(SHAPES, "{-# COMPLETE Any #-}\n", ""))
        .fails("src/Small/Sizes.hs");
}

#[test]
fn a_role_annotation() {
    Case::of(small())
        .with(|tree| {
            tree.prepend(SHAPES, "{-# LANGUAGE RoleAnnotations #-}\n");
            tree.replace(SHAPES, "(Shape (..),", "(Shape (..), Tagged (..),");
            tree.append(SHAPES, "\ntype role Tagged representational\ndata Tagged a = Tagged Int deriving Show\n");
            tree.prepend(SIZES, "{-# LANGUAGE TypeApplications #-}\n");
            tree.replace(
                SIZES,
                "import Small.Words",
                "import Small.Words\nimport Data.Coerce (coerce)\nimport Data.Monoid (Sum (..))",
            );
            tree.append(SIZES, "\ntagged :: Tagged (Sum Int)\ntagged = coerce (Tagged 1 :: Tagged Int)\n");
            tree.replace(SIZES, "show origin]", "show origin, show tagged]");
        })
        .edit(|tree| tree.replace(SHAPES, "Tagged representational", "Tagged nominal"))
        .fails("src/Small/Sizes.hs");
}

#[test]
fn a_function_that_others_specialise() {
    Case::of(small())
        .with(|tree| {
            tree.replace(WORDS, "secret :: Int -> Int", "secret :: (Enum a, Num a) => a -> a");
            tree.replace(WORDS, "hidden :: Int -> Int", "hidden :: (Enum a, Num a) => a -> a");
            tree.replace(WORDS, "{-# NOINLINE hidden #-}", "{-# INLINABLE hidden #-}\n{-# INLINABLE secret #-}");
        })
        .edit(|tree| tree.replace(WORDS, "product [1 .. n]", "sum [1 .. n]"))
        .prints_otherwise();
}

#[test]
fn a_default_signature() {
    Case::of(small())
        .with(|tree| {
            tree.prepend(SHAPES, "{-# LANGUAGE DefaultSignatures #-}\n");
            tree.replace(SHAPES, "  name _ = greeting", "  default name :: Show a => a -> String\n  name = show");
            tree.replace(SHAPES, "instance Sized Point\n", "");
            tree.append(SIZES, "\ninstance Sized Point\n");
        })
        .edit(|tree| tree.replace(SHAPES, "name = show", "name = reverse . show"))
        .prints_otherwise();
}

/// `coerce` looks through a constructor that the text does not name.
#[test]
fn the_type_inside_a_newtype() {
    Case::of(small())
        .with(|tree| {
            tree.replace(SHAPES, "(Shape (..),", "(Shape (..), Age (..),");
            tree.append(SHAPES, "\nnewtype Age = Age Int\n");
            tree.replace(SIZES, "import Small.Words", "import Small.Words\nimport Data.Coerce");
            tree.append(SIZES, "\nold :: Int -> Age\nold = coerce\n");
        })
        .edit(|tree| tree.replace(SHAPES, "newtype Age = Age Int", "newtype Age = Age Word"))
        .fails("src/Small/Sizes.hs");
}

/// The line of a call shows far away.
#[test]
fn a_call_moved_to_another_line() {
    Case::of(small())
        .with(|tree| {
            tree.replace(WORDS, "(greeting, secret) where", "(greeting, secret) where\n\nimport GHC.Stack");
            tree.replace(WORDS, "secret :: Int -> Int", "secret :: HasCallStack => Int -> Int");
            tree.replace(
                WORDS,
                "secret n = hidden n + 1",
                "secret n = hidden n + sum (map (srcLocStartLine . snd) (getCallStack callStack))",
            );
        })
        .edit(|tree| tree.replace(SIZES, "report ::", "\n\n-- Lower down.\nreport ::"))
        .prints_otherwise();
}

/// What a module without the change was allowed to import.
#[test]
fn a_module_declared_safe() {
    Case::of(small())
        .with(|tree| {
            tree.replace(WORDS, "where\n", "where\n\nimport System.IO.Unsafe\n");
            tree.replace(WORDS, "\"hello\"", "unsafePerformIO (return \"hello\")");
        })
        .edit(|tree| tree.prepend(WORDS, "{-# LANGUAGE Safe #-}\n"))
        .fails("src/Small/Words.hs");
}

#[test]
fn a_module_that_a_safe_one_imports_is_no_longer_safe() {
    Case::of(small())
        .with(|tree| tree.prepend(SHAPES, "{-# LANGUAGE Safe #-}\n"))
        .edit(|tree| {
            tree.replace(WORDS, "where\n", "where\n\nimport System.IO.Unsafe\n");
            tree.replace(WORDS, "\"hello\"", "unsafePerformIO (return \"hello\")");
        })
        .fails("src/Small/Shapes.hs");
}
