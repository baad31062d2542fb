{-# LANGUAGE OverloadedStrings #-}

-- | What Cabal itself looks at in the process of Setup, where that is a program of the
-- package, whose own code runs there too.
module CabalReads (isCabalsOwn, isBuilt) where

import qualified Data.ByteString.Char8 as B

import Columns (Text)
import FileKinds (isHaskell)
import Log (Operation (..), Process (..))
import Paths (Place (..), isBelow, placeOf, suffixOf)
import Surroundings

-- | Whether Cabal itself looked at a path, so often and in this way.
isCabalsOwn :: Surroundings -> Process -> Operation -> Text -> Int -> Bool
isCabalsOwn around process operation path count = case relative around path of
    Just inside
        | operation `elem` [Ask, Absent] -> isHaskell inside || isPreprocessors inside
        | "configure" `elem` take 2 (arguments process), Just (opened, listed) <- ownSetup around ->
            (operation == Read && isDescription inside && count == opened)
                || (operation == List && inside == "." && count == listed)
    _ -> False
  where
    isPreprocessors inside = suffixOf inside `elem` ["hsc", "chs", "x", "y", "ly", "gc", "cpphs"]
    isDescription inside = suffixOf inside == "cabal" && not (B.elem '/' inside)

-- | Whether a path is among what was built: Cabal lists all of it before it builds a component.
isBuilt :: Surroundings -> Text -> Bool
isBuilt around path = case placeOf (roots around) path of
    Built inside -> isBelow "dist/build" inside
    _ -> False
