{-# LANGUAGE OverloadedStrings #-}

-- | The units that a package is compiled as: one of each component, or several where
-- Backpack fills its signatures.
module Units (Unit, Place, place, unitsOf, unitOf, ofModules, changedUnits, Names, namesOf, movedNames) where

import qualified Data.ByteString.Char8 as B
import Data.List (sortOn)
import qualified Data.Map.Strict as Map
import Data.Maybe (listToMaybe, mapMaybe)
import qualified Data.Set as Set

import Columns (Text, readColumns)
import Facts (Stem)
import Modules (Module (component))
import Paths (isBelow)

data Unit = Unit
    { place :: Place
    , identifier :: Text
    , dependencies :: [Text]
    -- ^ @NAME=UNIT@
    }

-- | A component, and the folder of the unit's interfaces below @dist\/build@.
type Place = (Text, Text)

-- | Of the lines @COMPONENT TAB UNIT TAB FOLDER TAB DEPENDENCY...@.
unitsOf :: Text -> [Unit]
unitsOf text = [Unit (label, folder) unit needs | label : unit : folder : needs <- readColumns text]

-- | The unit that a module of a component belongs to: the innermost folder that holds it.
unitOf :: [Unit] -> Text -> Stem -> Maybe Place
unitOf units of_ stem = listToMaybe (sortOn (negate . B.length . snd) holding)
  where
    holding = [(label, folder) | (label, folder) <- map place units, label == of_, holds folder]
    holds folder = folder == "." || isBelow folder stem

-- | What is known of some units, of the modules that belong to them.
ofModules :: [Unit] -> Map.Map Place a -> Map.Map Stem Module -> Map.Map Stem a
ofModules units known =
    Map.mapMaybeWithKey (\stem m -> unitOf units (component m) stem >>= (`Map.lookup` known))

-- | Units whose ids are others, and what became of the dependencies, since Cabal makes an id
-- of those of all components together (computeComponentId in Distribution/Backpack/Id.hs).
-- GHC reads no interface of another unit.
changedUnits :: [Unit] -> [Unit] -> Map.Map Place Text
changedUnits before now =
    Map.map (const about) (Map.filter id (Map.intersectionWith (/=) (ids before) (ids now)))
  where
    ids units = Map.fromList [(place unit, identifier unit) | unit <- units]
    own = Set.fromList (map identifier (before ++ now))
    -- Those on libraries of the package say nothing new.
    outside units =
        Map.fromList
            [ (dependency, B.takeWhile (/= '=') dependency)
            | unit <- units
            , dependency <- dependencies unit
            , not (Set.member (identifierIn dependency) own)
            ]
    gone = Set.fromList (Map.elems (Map.difference (outside before) (outside now)))
    new = Set.fromList (Map.elems (Map.difference (outside now) (outside before)))
    about = B.intercalate ", " [named <> became named | named <- Set.toList (Set.union gone new)]
    became named
        | not (Set.member named gone) = " was added"
        | not (Set.member named new) = " was removed"
        | otherwise = " changed"

-- | What names of modules lead to in the libraries that re-export them under these names:
-- of a unit and a name the unit and the module.
type Names = Map.Map (Text, Text) (Text, Text)

-- | Of the lines @UNIT TAB NAME TAB UNIT:MODULE@.
namesOf :: Text -> Names
namesOf text =
    Map.fromList
        [ ((unit, name), (B.dropEnd 1 there, called))
        | [unit, name, target] <- readColumns text
        , let (there, called) = B.breakEnd (== ':') target
        ]

-- | Names that lead to another module than before, for the units that depend on the library,
-- and the unit that each led to. GHC compares the units of the modules that one imports, and
-- not which of their modules a name leads to.
movedNames :: Names -> Names -> [Unit] -> Map.Map Place [(Text, Text)]
movedNames before now units =
    Map.filter (not . null) (Map.fromList [(place unit, movedFor unit) | unit <- units])
  where
    movedFor unit = concat (mapMaybe ((`Map.lookup` moved) . identifierIn) (dependencies unit))
    moved =
        Map.fromListWith
            (++)
            [ (unit, [(name, fst old)])
            | ((unit, name), new) <- Map.toList now
            , Just old <- [Map.lookup (unit, name) before]
            , old /= new
            ]

-- | Of a dependency @NAME=UNIT@ the unit.
identifierIn :: Text -> Text
identifierIn = B.drop 1 . B.dropWhile (/= '=')
