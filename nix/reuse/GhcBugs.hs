{-# LANGUAGE OverloadedStrings #-}

-- | Changes that GHC's own check misses, by version, and the modules that it wrongly skips.
--
-- An instance of an associated type or of a data family is not among what GHC notes of a
-- module that uses it (tickets 26183 and 26705). So where a module that was compiled has, or
-- had, such an instance and is another one to others now, all modules that import it, also
-- through others, have to be compiled. Other holes of the check are closed before: what
-- "Rule" compares leaves their modules out.
module GhcBugs (bugs, Bug (..), versionOf, missed) where

import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map
import Data.Maybe (listToMaybe, mapMaybe)
import qualified Data.Set as Set

import Columns (Text, readNumber)
import Facts
import Importers (importersIn, reached)

data Bug = Bug
    { ticket :: Int
    , isIn :: [Int] -> Bool
    -- ^ of which versions
    , concerns :: Facts -> Bool
    }

-- | The release notes of 9.12.4 and 10.0.1 name both.
bugs :: [Bug]
bugs =
    [ Bug 26705 untilMended (Set.member DataInstances . flags)
    , Bug 26183 untilMended (const True)
    ]
  where
    untilMended version = version < [9, 12, 4] || (version >= [9, 13] && version < [10])

-- | Of a version as GHC writes it: @9.6.6@.
versionOf :: String -> [Int]
versionOf = map readNumber . B.words . B.map (\c -> if c == '.' then ' ' else c) . B.pack

-- | The modules that GHC skipped and should not have, each with one that it imports which
-- is another one now, and GHC's ticket. Given: GHC's version, the facts of the base, those
-- of the modules that were compiled, and all modules of head.
missed :: [Int] -> Map.Map Stem Facts -> Map.Map Stem Facts -> Set.Set Stem -> Map.Map Stem (Text, Int)
missed version before now there =
    Map.filterWithKey isSkipped (reached (importersIn [before, now]) (mapMaybe start (Set.toList changed)))
  where
    isSkipped stem _ = Set.member stem there && not (Map.member stem now)
    familiesOf facts stem = maybe B.empty families (Map.lookup stem facts)
    -- One that is gone had some; one that is new has some.
    changed = Set.filter differs (Set.union (Map.keysSet now) (Set.difference (Map.keysSet before) there))
    differs stem = familiesOf before stem /= familiesOf now stem
    start stem = do
        let known = mapMaybe (Map.lookup stem) [now, before]
        facts <- listToMaybe known
        bug <- listToMaybe [bug | bug <- bugs, isIn bug version, any (concerns bug) known]
        Just (stem, (moduleName facts, ticket bug))
