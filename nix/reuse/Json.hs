{-# LANGUAGE OverloadedStrings #-}

-- | Fields of JSON objects.
module Json (flag, number, text, texts) where

import qualified Data.ByteString.Char8 as B
import Data.Char (ord)
import Numeric (showHex)

import Columns (Text)

flag :: Text -> Bool -> Text
flag field value = "\"" <> field <> "\":" <> (if value then "true" else "false")

texts :: Text -> [Text] -> Text
texts field values = "\"" <> field <> "\":[" <> B.intercalate "," (map quoted values) <> "]"

number :: Text -> Int -> Text
number field value = "\"" <> field <> "\":" <> B.pack (show value)

text :: Text -> Text -> Text
text field value = "\"" <> field <> "\":" <> quoted value

quoted :: Text -> Text
quoted value = "\"" <> B.concatMap escaped (inUtf8 value) <> "\""
  where
    escaped '"' = "\\\""
    escaped '\\' = "\\\\"
    escaped c
        | ord c < 32 = "\\u" <> B.replicate (4 - B.length (hex c)) '0' <> hex c
        | otherwise = B.singleton c
    hex c = B.pack (showHex (ord c) "")

-- | With a question mark for each byte that is no part of a character: JSON is text.
inUtf8 :: Text -> Text
inUtf8 bytes = case B.uncons bytes of
    Nothing -> B.empty
    Just (c, _)
        | size > 0, B.length taken == size, B.all isFollowing (B.drop 1 taken) ->
            taken <> inUtf8 (B.drop size bytes)
        | otherwise -> B.cons '?' (inUtf8 (B.drop 1 bytes))
      where
        taken = B.take size bytes
        size
            | c < '\x80' = 1
            | c >= '\xc2' && c < '\xe0' = 2
            | c >= '\xe0' && c < '\xf0' = 3
            | c >= '\xf0' && c < '\xf5' = 4
            | otherwise = 0
  where
    isFollowing c = c >= '\x80' && c < '\xc0'
