{-# LANGUAGE OverloadedStrings #-}

-- | What GHC wrote down of the modules of a build.
--
-- As text, a line a module: @STEM TAB FLAGS TAB MODULE TAB UNIT TAB FAMILIES TAB PRAGMAS TAB
-- IMPORTS TAB WATCHED...@. FLAGS, between commas: @splices@ (it ran some), @plugins@, @annotations@
-- (which are run as well), @data@ (it has instances of data families). FAMILIES is a digest
-- of what such and those of type families can be to others; empty without any. PRAGMAS
-- are as "Pragmas" writes them. IMPORTS are those of the same unit and, as @UNIT:@, the units that it uses, between blanks. WATCHED
-- are the files whose hashes GHC compares by itself.
module Facts (Facts (..), Flag (..), Stem, factsOfAll, writeFacts, ranCode) where

import qualified Data.ByteString.Char8 as B
import Data.List (partition)
import qualified Data.Map.Strict as Map
import Data.Maybe (mapMaybe)
import qualified Data.Set as Set

import Columns (Text, fromColumns, readColumns)
import Pragmas (Pragmas, readPragmas, writePragmas)

-- | The path of an interface below @dist\/build@, without its suffix.
type Stem = Text

data Flag = Splices | Plugins | Annotations | DataInstances
    deriving (Eq, Ord, Show, Enum, Bounded)

data Facts = Facts
    { flags :: Set.Set Flag
    , moduleName :: Text
    , unit :: Text
    , families :: Text
    , pragmas :: Pragmas
    , imports :: [Text]
    , units :: [Text]
    , watched :: Set.Set Text
    }

word :: Flag -> Text
word flag = case flag of
    Splices -> "splices"
    Plugins -> "plugins"
    Annotations -> "annotations"
    DataInstances -> "data"

factsOfAll :: Text -> Map.Map Stem Facts
factsOfAll text = Map.fromList (mapMaybe line (readColumns text))
  where
    line (stem : flags' : name : unit' : families' : pragmas' : used : watched') =
        let (units', modules) = partition (B.isSuffixOf ":") (B.words used)
         in Just
                ( stem
                , Facts
                    { flags = Set.fromList [flag | flag <- [minBound ..], word flag `elem` B.split ',' flags']
                    , moduleName = name
                    , unit = unit'
                    , families = families'
                    , pragmas = readPragmas pragmas'
                    , imports = modules
                    , units = map B.init units'
                    , watched = Set.fromList watched'
                    }
                )
    line _ = Nothing

writeFacts :: Stem -> Facts -> Text
writeFacts stem facts =
    fromColumns $
        [stem, flagged, moduleName facts, unit facts, families facts, writePragmas (pragmas facts), used] ++ Set.toList (watched facts)
  where
    flagged = B.intercalate "," (map word (Set.toList (flags facts)))
    used = B.unwords (imports facts ++ map (`B.snoc` ':') (units facts))

-- | Whether code of the package ran in the compiler while the module was compiled.
ranCode :: Facts -> Bool
ranCode facts = any (`Set.member` flags facts) [Splices, Plugins, Annotations]
