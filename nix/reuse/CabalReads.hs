{-# LANGUAGE OverloadedStrings #-}

-- | What Cabal itself looks at in the process of Setup, where that is a program of the
-- package, whose own code runs there too.
--
-- As it configures a package, Cabal looks at much that depends on the description: the folders
-- that each component names, again for each of them (`checkLocalPathsExist` and
-- `checkDuplicateHeaders` in Cabal 3.10's Distribution/PackageDescription/Check.hs and
-- Distribution/Simple/Configure.hs), those that patterns of files are about, licences, folders of
-- version control, and whatever the compiler of C opens that it tries headers with. Each version
-- does it in other ways. So the builder has Cabal configure the package once more, without the
-- package's own program, and this is the sample that is held against what that program did: where
-- it looked exactly as often, it was Cabal alone.
module CabalReads (sampleOf, whateverItDescribes, cabalsOwn, isCabalsQuestion, isBuilt) where

import qualified Data.ByteString.Char8 as B
import qualified Data.IntMap.Strict as IntMap
import qualified Data.Map.Strict as Map
import qualified Data.Set as Set

import Columns (Text)
import FileKinds (isHaskell)
import Log (Operation (..), Process (..), Processes, ancestors)
import Paths (Place (..), Roots, isBelow, placeOf, suffixOf)
import Surroundings

-- | What Cabal looked at when it configured a package by itself. What Setup's own process looks for
-- outside of the package are programs: which of them are there the package's program learns of
-- Cabal, so it is as good as if it had looked itself. Of all else it learns whether it is wrong.
sampleOf :: Roots -> Processes -> Looks
sampleOf places = Map.filterWithKey isOfPackage . looksWhileConfiguring
  where
    isOfPackage (name, _, path) _ = not (B.null name && isOutside (placeOf places path))
    isOutside (Outside _) = True
    isOutside _ = False

-- | How often the processes that configured a package looked at what.
looksWhileConfiguring :: Processes -> Looks
looksWhileConfiguring processes =
    Map.fromListWith
        (+)
        [ ((name, operation, path), length at)
        | (name, one) <- IntMap.elems (configuring processes)
        , ((operation, path), at) <- Map.toList (touched one)
        ]

-- | The processes that configure a package, and their programs: nothing for Setup itself.
configuring :: Processes -> IntMap.IntMap (Text, Process)
configuring processes = IntMap.mapMaybeWithKey found processes
  where
    found number one = case reverse (ancestors processes number) of
        (top, setup) : below
            | "configure" `elem` take 2 (arguments setup) -> Just (nameOf top (reverse below), one)
        _ -> Nothing
    -- A fork is as good as what it is a fork of.
    nameOf top above = case filter (not . B.null . program . snd) above of
        (number, nearest) : _ | number /= top -> program nearest
        _ -> B.empty

-- | Those looks of Cabal that do not depend on what a description says: at it, and for it.
whateverItDescribes :: Roots -> Looks -> Looks
whateverItDescribes places = Map.filterWithKey (\(name, operation, path) _ -> B.null name && isForIt operation path)
  where
    isForIt operation path = case placeOf places path of
        Inside inside ->
            (operation == Read && isDescription inside) || (operation == List && inside == ".")
        _ -> False
    isDescription inside = suffixOf inside == "cabal" && not (B.elem '/' inside)

-- | Of the processes that configure a package, by their numbers, what Cabal itself looked at in
-- them, given a sample: where they looked once more, one of the looks was somebody else's, and
-- nobody knows which.
cabalsOwn :: Looks -> Processes -> IntMap.IntMap (Set.Set (Operation, Text))
cabalsOwn sample processes = IntMap.map own (configuring processes)
  where
    own (name, one) = Set.filter (\(operation, path) -> Set.member (name, operation, path) same) (Map.keysSet (touched one))
    same = Map.keysSet (Map.filterWithKey (\look count -> Map.lookup look sample == Just count) (looksWhileConfiguring processes))

-- | Whether it is Cabal that asks for a path: it looks for sources of modules, and for what they
-- may be made of.
isCabalsQuestion :: Surroundings -> Operation -> Text -> Bool
isCabalsQuestion around operation path = case relative around path of
    Just inside -> operation `elem` [Ask, Absent] && (isHaskell inside || isPreprocessors inside)
    Nothing -> False
  where
    isPreprocessors inside = suffixOf inside `elem` ["hsc", "chs", "x", "y", "ly", "gc", "cpphs"]

-- | Whether a path is among what was built: Cabal lists all of it before it builds a component.
isBuilt :: Surroundings -> Text -> Bool
isBuilt around path = case placeOf (roots around) path of
    Built inside -> isBelow "dist/build" inside
    _ -> False
