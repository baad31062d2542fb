//! Packages that several cases start from.

use super::tree::Tree;

/// A library of four modules in a chain beside one that stands alone, and a program.
pub(crate) fn small() -> Tree {
    Tree::of(&[
        (
            "small.cabal",
            "\
cabal-version:      2.4
name:               small
version:            0.1
build-type:         Simple

library
  hs-source-dirs:   src
  exposed-modules:
    Small.Alone
    Small.Shapes
    Small.Sizes
    Small.Words
  build-depends:    base
  default-language: Haskell2010

executable small
  hs-source-dirs:   app
  main-is:          Main.hs
  build-depends:    base, small
  default-language: Haskell2010
",
        ),
        (
            "src/Small/Words.hs",
            "\
module Small.Words (greeting, secret) where

greeting :: String
greeting = \"hello\"

secret :: Int -> Int
secret n = hidden n + 1

hidden :: Int -> Int
hidden n = product [1 .. n]
{-# NOINLINE hidden #-}
",
        ),
        (
            "src/Small/Shapes.hs",
            "\
module Small.Shapes (Shape (..), Point (..), Sized (..), describe) where

import Small.Words (greeting)

data Shape = Square Int | Round Int
  deriving (Show, Eq)

data Point = Point { left :: Int, right :: Int }
  deriving Show

class Sized a where
  size :: a -> Int
  size _ = 1
  name :: a -> String
  name _ = greeting

instance Sized Shape where
  size (Square n) = n * n
  size (Round n) = 3 * n * n

instance Sized Point

describe :: Sized a => a -> String
describe thing = name thing ++ \" of \" ++ show (size thing)
",
        ),
        (
            "src/Small/Sizes.hs",
            "\
module Small.Sizes (report, origin, module Small.Words) where

import Small.Shapes
import Small.Words

report :: [String]
report = [describe (Square 2), describe (Round 3), describe origin, show (Round (secret 4)), show origin]

origin :: Point
origin = Point 1 2
",
        ),
        (
            "src/Small/Alone.hs",
            "\
module Small.Alone (alone) where

alone :: Int -> Int
alone n = n + 1
",
        ),
        (
            "app/Main.hs",
            "\
module Main (main) where

import Small.Alone (alone)
import Small.Sizes (greeting, origin, report)

main :: IO ()
main = do
  mapM_ putStrLn report
  putStrLn greeting
  print (alone 1, origin)
",
        ),
    ])
}
