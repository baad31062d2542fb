{-# LANGUAGE OverloadedStrings #-}

-- | What GHC prints of a file, in the log of a build.
module Diagnostics (diagnosticsShown) where

import qualified Data.ByteString.Char8 as B
import Data.Char (isDigit)
import Data.List (tails)
import qualified Data.Map.Strict as Map
import Data.Maybe (listToMaybe, mapMaybe)
import qualified Data.Set as Set

import Columns (Text)
import Paths (simplified)

-- | How many diagnostics GHC shows of each file, as it names it: those beneath which it draws a line of
-- the file. What code prints that only begins like one is none. The same one that is printed once a way
-- counts once.
diagnosticsShown :: Text -> Map.Map Text Int
diagnosticsShown logged = Map.fromListWith (+) [(path, 1) | (path, _) <- Set.toList distinct]
  where
    distinct = Set.fromList (mapMaybe place (tails (map withoutColours (B.lines logged))))
    place [] = Nothing
    place (line : below) = do
        said <- listToMaybe (mapMaybe (`before` line) [": warning:", ": error:"])
        path <- fileOf said
        if any isFrame (takeWhile belongs below) then Just (simplified path, line) else Nothing
    -- The text of a message is indented, and so is the frame around the line, but for its number.
    belongs text = B.null text || B.head text == ' ' || isNumbered text
    isFrame text = B.isPrefixOf "|" (B.dropWhile (== ' ') text)
    isNumbered text = case B.span isDigit text of
        (number, rest) -> not (B.null number) && B.isPrefixOf " |" rest
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
