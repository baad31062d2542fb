-- | The units that a package is compiled as: one of each component, or several where
-- Backpack fills its signatures.
module Units (Unit, Place, place, unitsOf, unitOf, changedUnits) where

import qualified Data.ByteString.Char8 as B
import Data.List (sortOn)
import qualified Data.Map.Strict as Map
import Data.Maybe (listToMaybe)
import qualified Data.Set as Set

import Columns (Text, readColumns)
import Facts (Stem)
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
unitsOf text = [Unit (component, folder) unit needs | component : unit : folder : needs <- readColumns text]

-- | The unit that a module of a component belongs to: the innermost folder that holds it.
unitOf :: [Unit] -> Text -> Stem -> Maybe Place
unitOf units component stem = listToMaybe (sortOn (negate . B.length . snd) [place unit | unit <- units, fst (place unit) == component, holds (snd (place unit))])
  where
    holds folder = folder == B.pack "." || isBelow folder stem

-- | Units whose ids are others, and what became of the dependencies, since Cabal makes an id
-- of those of all components together (computeComponentId in Distribution/Backpack/Id.hs).
-- GHC reads no interface of another unit.
changedUnits :: [Unit] -> [Unit] -> Map.Map Place Text
changedUnits before now = Map.fromList [(at, about) | (at, unit) <- Map.toList (ids now), Just old <- [Map.lookup at (ids before)], old /= unit]
  where
    ids units = Map.fromList [(place unit, identifier unit) | unit <- units]
    own = Set.fromList (map identifier (before ++ now))
    -- Those on libraries of the package say nothing new.
    outside units = Map.fromList [(dependency, B.takeWhile (/= '=') dependency) | unit <- units, dependency <- dependencies unit, not (Set.member (B.drop 1 (B.dropWhile (/= '=') dependency)) own)]
    gone = Set.fromList (Map.elems (Map.difference (outside before) (outside now)))
    new = Set.fromList (Map.elems (Map.difference (outside now) (outside before)))
    about = B.intercalate (B.pack ", ") [named <> B.pack (became named) | named <- Set.toList (Set.union gone new)]
    became named
        | not (Set.member named gone) = " was added"
        | not (Set.member named new) = " was removed"
        | otherwise = " changed"
