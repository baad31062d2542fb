{-# OPTIONS_GHC -O1 #-}
{-# LANGUAGE OverloadedStrings #-}

-- | Texts of columns between tabs, a line each.
--
-- A path may be any bytes. So a tab, a line end and a backslash in a column have a
-- backslash before them (`\t`, `\n`, `\\`), as in the log of observe.c. Texts are bytes
-- throughout; a character stands for one.
module Columns (Text, readColumns, fromColumns, readNumber) where

import qualified Data.ByteString.Char8 as B

type Text = B.ByteString

-- | The columns of every line.
readColumns :: Text -> [[Text]]
readColumns = map (map unescaped . B.split '\t') . B.lines

-- | One line, with its end.
fromColumns :: [Text] -> Text
fromColumns columns = B.intercalate "\t" (map escaped columns) `B.snoc` '\n'

-- | A number that a column begins with, or 0.
readNumber :: Text -> Int
readNumber = maybe 0 fst . B.readInt

escaped :: Text -> Text
escaped text
    | B.any (`B.elem` "\t\n\\") text = B.concatMap replaced text
    | otherwise = text
  where
    replaced '\t' = "\\t"
    replaced '\n' = "\\n"
    replaced '\\' = "\\\\"
    replaced c = B.singleton c

unescaped :: Text -> Text
unescaped text
    | B.elem '\\' text = B.pack (go (B.unpack text))
    | otherwise = text
  where
    go ('\\' : 't' : rest) = '\t' : go rest
    go ('\\' : 'n' : rest) = '\n' : go rest
    go ('\\' : c : rest) = c : go rest
    go (c : rest) = c : go rest
    go [] = []
