{-# LANGUAGE OverloadedStrings #-}

-- | What GHC prints of a file, in the log of a build.
module Diagnostics (diagnosticsShown) where

import qualified Data.ByteString.Char8 as B
import Data.Char (isDigit)
import qualified Data.Map.Strict as Map
import Data.Maybe (listToMaybe, mapMaybe)
import qualified Data.Set as Set

import Columns (Text)
import Paths (simplified)

-- | How many diagnostics GHC shows of each file, as it names it. The same one that is printed
-- once a way counts once.
diagnosticsShown :: Text -> Map.Map Text Int
diagnosticsShown logged = Map.fromListWith (+) [(path, 1) | (path, _) <- Set.toList distinct]
  where
    distinct = Set.fromList (mapMaybe place (B.lines logged))
    place coloured = do
        let line = withoutColours coloured
        said <- listToMaybe (mapMaybe (`before` line) [": warning:", ": error:"])
        path <- fileOf said
        Just (simplified path, line)
    before word line = case B.breakSubstring word line of
        (text, after) | B.null after -> Nothing | otherwise -> Just text
    -- `A.hs:3:1`, `A.hs:3:1-5`, `A.hs:(3,1)-(4,2)`
    fileOf text = case [B.take at text | at <- B.elemIndices ':' text, isPlace (B.drop (at + 1) text)] of
        path : _ | not (B.null path) -> Just path
        _ -> Nothing
    isPlace text = case B.uncons text of
        Just (c, _) | isDigit c -> B.all (\d -> isDigit d || d == ':' || d == '-') text && B.elem ':' text
        Just ('(', _) -> B.all (\d -> isDigit d || B.elem d "(),-") text
        _ -> False

-- | Without what sets colours: `ESC [ ... m`.
withoutColours :: Text -> Text
withoutColours text = case B.breakSubstring "\ESC[" text of
    (before, rest)
        | B.null rest -> text
        | otherwise -> before <> withoutColours (B.drop 1 (B.dropWhile (/= 'm') rest))
