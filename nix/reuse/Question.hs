{-# LANGUAGE OverloadedStrings #-}

-- | All that "Rule" has to know to decide.
module Question (Question (..), ForeignNow, isEdited, changedFiles) where

import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map

import Columns (Text)
import Contents (Access (..), Change (..), Contents, changeOf, changes)
import Facts (Facts, Stem)
import Modules (Module (..))
import Observed (Observed)
import Paths (simplified)

-- | Digests that the files of other packages have now; 'Nothing' for one that is not there.
type ForeignNow = Map.Map (Access, Text) (Maybe Text)

data Question = Question
    { before :: Contents
    , now :: Contents
    , modulesBefore :: Map.Map Stem Module
    , modulesNow :: Map.Map Stem Module
    -- ^ those that the base has products of, and that head has too
    , facts :: Maybe (Map.Map Stem Facts)
    , observed :: Either Text Observed
    -- ^ or why nothing was
    , foreignNow :: ForeignNow
    , unitsChanged :: Map.Map Stem Text
    -- ^ modules whose unit ids are others, and what changed
    , namesMoved :: Map.Map Stem [(Text, Text)]
    -- ^ names that a module can import and that lead to other modules now, with the units that
    -- they led to
    , setupChanged :: Bool
    , surroundings :: [Text]
    -- ^ what changed that any program can see: variables, programs on the PATH
    , dependenciesChanged :: Bool
    , dependencyFamilies :: Maybe Text
    -- ^ modules of other packages whose family instances this GHC does not see change
    , dependencyPragmas :: Maybe Text
    -- ^ modules of other packages of which a pragma changed that concerns whoever imports them
    }

-- | Whether the source of a module was edited: GHC compiles it by itself, and has the better
-- reason. Of a source that is no Haskell it sees what was made of it.
isEdited :: Question -> Stem -> Bool
isEdited question stem = case sources <$> Map.lookup stem (modulesNow question) of
    Just found@(_ : _) -> all (\path -> isHaskell path && isChanged path) found
    _ -> False
  where
    isHaskell path = any (`B.isSuffixOf` path) [".hs", ".lhs"]
    isChanged path = changeOf (before question) (now question) ToRead (simplified path) == Just Changed

-- | All files of the package that differ.
changedFiles :: Question -> [Text]
changedFiles question = Map.keys (changes (before question) (now question))
