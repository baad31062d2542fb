{-# LANGUAGE OverloadedStrings #-}

-- | What an incremental build says of itself beside its files, on standard input of @decide@.
--
-- [@rewrite TAB OLD TAB NEW@] A folder of another package then and now.
--
-- [@environment TAB TEXT@] What changed that any program can see.
--
-- [@families TAB MODULES@] Modules of other packages whose family instances GHC does not see
-- change.
--
-- [@unnamed TAB MODULES@] Modules of other packages of which a pragma changed that concerns
-- whoever imports them ("Pragmas").
--
-- [@module TAB STEM TAB CAUSE TAB TEXT@] Causes that others have found.
module Request (Request (..), requestOf, moved) where

import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe, listToMaybe)

import Columns (Text, readColumns)
import Facts (Stem)
import Paths (isBelow)

data Request = Request
    { rewrites :: [(Text, Text)]
    , environment :: [Text]
    , families :: Maybe Text
    , unnamedPragmas :: Maybe Text
    , causes :: Map.Map Stem (Text, Text)
    -- ^ the first one of each module
    }

requestOf :: Text -> Request
requestOf text =
    Request
        { rewrites = [(old, new) | ["rewrite", old, new] <- given]
        , environment = [what | ["environment", what] <- given]
        , families = listToMaybe [about | ["families", about] <- given]
        , unnamedPragmas = listToMaybe [about | ["unnamed", about] <- given]
        , causes = Map.fromList [(stem, (cause, about)) | ["module", stem, cause, about] <- reverse given]
        }
  where
    given = readColumns text

-- | Where a file of another package is now.
moved :: Request -> Text -> Text
moved request path = fromMaybe path (listToMaybe elsewhere)
  where
    elsewhere = [new <> B.drop (B.length old) path | (old, new) <- rewrites request, isBelow old path]
