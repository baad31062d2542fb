-- | Who imports whom, by what the interfaces say.
module Importers (Importers, importersIn, importersOf, reached) where

import qualified Data.Map.Strict as Map
import Data.Maybe (mapMaybe)
import qualified Data.Set as Set

import Facts

-- | Of each module those that import it.
type Importers = Map.Map Stem (Set.Set Stem)

-- | Of several builds: a module that was skipped has the imports of the base. Whoever uses
-- another unit counts as importing all of it.
importersIn :: [Map.Map Stem Facts] -> Importers
importersIn builds =
    sets
        [ (imported, stem)
        | (stem, facts) <- everyone
        , imported <- Set.toList (importedBy facts)
        , imported /= stem
        ]
  where
    everyone = concatMap Map.toList builds
    named = sets [((unit facts, moduleName facts), stem) | (stem, facts) <- everyone]
    ofUnit = sets [(unit facts, stem) | (stem, facts) <- everyone]
    importedBy facts =
        Set.unions $
            mapMaybe (\name -> Map.lookup (unit facts, name) named) (imports facts)
                ++ mapMaybe (`Map.lookup` ofUnit) (units facts)
    sets list = Map.fromListWith Set.union [(key, Set.singleton stem) | (key, stem) <- list]

importersOf :: Importers -> Stem -> Set.Set Stem
importersOf importers stem = Map.findWithDefault Set.empty stem importers

-- | The modules that import one of these, also through others, each with what is known of the
-- one that it was reached from. Those that were given are among them.
reached :: Importers -> [(Stem, a)] -> Map.Map Stem a
reached importers = go Map.empty
  where
    go done [] = done
    go done ((stem, why) : rest) =
        let new = [(importer, why) | importer <- Set.toList (importersOf importers stem), not (Map.member importer done)]
         in go (foldr (uncurry Map.insert) done new) (new ++ rest)
