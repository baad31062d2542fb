{-# LANGUAGE OverloadedStrings #-}

-- | The modules that GHC skipped although a pragma of another module ("Pragmas") would give
-- them other warnings now, or errors.
module Warned (Use (..), toLookFor, readUses, writeUse, warned) where

import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map
import qualified Data.Set as Set

import Columns (Text, fromColumns, readColumns)
import Facts
import Importers (importersIn, importersOf, reached)
import Pragmas

-- | A module of a unit and a name of it, as the interfaces of its users have them; an empty
-- name stands for any.
data Use = Use
    { ofUnit :: Text
    , ofModuleNamed :: Text
    , used :: Text
    }
    deriving (Eq, Ord, Show)

-- | @UNIT TAB MODULE TAB NAME@.
writeUse :: Use -> Text
writeUse use = fromColumns [ofUnit use, ofModuleNamed use, used use]

readUses :: Text -> Set.Set Use
readUses text = Set.fromList [Use unit' module' name | [unit', module', name] <- readColumns text]

-- | Modules that were compiled and whose pragmas are others than in the base.
changed :: Map.Map Stem Facts -> Map.Map Stem Facts -> [(Stem, Facts, Pragmas)]
changed before now =
    [(stem, facts, old) | (stem, facts) <- Map.toList now, let old = inBase stem, old /= pragmas facts]
  where
    inBase stem = maybe noPragmas pragmas (Map.lookup stem before)

-- | Names whose users are to be looked for: given the facts of the base, and those of the
-- modules that were compiled.
toLookFor :: Map.Map Stem Facts -> Map.Map Stem Facts -> [Use]
toLookFor before now = [Use (unit facts) (moduleName facts) name | (_, facts, old) <- changed before now, name <- names old facts]
  where
    names old facts
        -- It counts for all that the module defines, by whatever way it is imported.
        | ofModule old /= ofModule (pragmas facts) = [B.empty]
        | otherwise = differing (ofNames old) (ofNames (pragmas facts))

differing :: Map.Map Text Text -> Map.Map Text Text -> [Text]
differing old new = [name | name <- Map.keys (Map.union old new), Map.lookup name old /= Map.lookup name new]

-- | Each with the names, or the module, that it is about. Given: the facts of the base, those
-- of the modules that were compiled, all modules of head, and who uses what was looked for.
warned :: Map.Map Stem Facts -> Map.Map Stem Facts -> Set.Set Stem -> Map.Map Stem [Use] -> Map.Map Stem Text
warned before now there users = Map.filterWithKey isSkipped (Map.unions [byName, byImport, everywhere])
  where
    isSkipped stem _ = Set.member stem there && not (Map.member stem now)
    importers = importersIn [before, now]
    changes = changed before now
    byName = Map.map (listed . map named) (Map.filter (not . null) users)
    named use = if B.null (used use) then ofModuleNamed use else used use
    -- What an import itself gives a warning for, and what only the module that is imported
    -- from says, not the one that defines it.
    byImport =
        Map.fromList
            [ (importer, moduleName facts)
            | (stem, facts, old) <- changes
            , let new = pragmas facts
            , ofModule old /= ofModule new || ofExports old /= ofExports new
            , importer <- Set.toList (importersOf importers stem)
            , isOfUnit (unit facts) importer
            ]
    -- For whoever is of another unit GHC compares all of the module.
    isOfUnit wanted importer = any ((== wanted) . unit) (Map.lookup importer before)
    -- Whoever looks at a value of the type sees it, whatever it is that it names.
    everywhere =
        reached importers [(stem, moduleName facts) | (stem, facts, old) <- changes, unnamed old /= unnamed (pragmas facts)]
    listed list = case Set.toList (Set.fromList list) of
        several | length several > 3 -> B.intercalate ", " (take 3 several) <> " and " <> B.pack (show (length several - 3)) <> " more"
        few -> B.intercalate ", " few
