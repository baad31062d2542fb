{-# LANGUAGE OverloadedStrings #-}

-- | What hinc is told: see "The log protocol" in docs/nix.md.
module Events (leftOut) where

import qualified Data.ByteString.Char8 as B
import Data.Maybe (fromMaybe)

import Columns (Text)
import Contents (Access (..), Change (..))
import Json (number, text)
import Modules (Module (..))
import Observed
import Rule (Cause (..))

-- | The event of a module that is left out; 'Nothing' for one that is not. Of a cause of
-- the rule and one that others have found the first counts.
leftOut :: Module -> Maybe Cause -> Maybe (Text, Text) -> Maybe Text
leftOut of_ decided other = event <$> fieldsOf
  where
    fieldsOf = case (decided, other) of
        (Just cause, _) -> Just (fields cause)
        (Nothing, Just (cause, said)) -> Just (text "cause" cause : [text "about" said | not (B.null said)])
        (Nothing, Nothing) -> Nothing
    event list = "@hinc {\"event\":\"left-out\"," <> B.intercalate "," (about of_ ++ list) <> "}\n"
    about m = [text "component" (component m), text "module" (name m)]

fields :: Cause -> [Text]
fields cause = case cause of
    Unit about -> [code "unit", text "about" about]
    SetupDiffers -> [code "setup"]
    MovedSource -> [code "moved-source"]
    OptionsDiffer -> [code "options"]
    Leaves path count -> [code "leaves", text "about" path] ++ more count
    MovedImport name' -> [code "moved-import", text "about" name']
    InputDiffers input change count -> code "input" : described input (changeWord change) ++ more count
    InputMadeAnew input count -> code "input" : described input "generated" ++ more count
    Unfollowed by program path count ->
        [code "unfollowed", text "program" program, text "reader" (readerWord by)] ++ at path ++ more count
    Unobserved why path count -> [code "unobserved", text "about" why] ++ at path ++ more count
    Missed about ticket -> [code "ghc-bug", text "about" about, number "ticket" ticket]
    Pragma about -> [code "deprecation", text "about" about]
    EnvironmentDiffers what -> [code "environment", text "about" what]
  where
    code = text "cause"
    at path = [text "input" (fromMaybe "a package that it is built with" path)]
    more count = [number "more" count | count > 0]
    described input change =
        [ text "input" (pathOf (source input))
        , text "access" (if access input == ToFind then "asked" else accessWord (access input))
        , text "change" change
        , text "reader" (readerWord (reader input))
        ]
            ++ [text "program" (readBy input) | not (B.null (readBy input))]
    pathOf from = case from of
        Original path -> path
        Generated path _ -> path
        Foreign path _ -> shortened path
    changeWord change = case change of
        Changed -> "changed"
        Added -> "added"
        Removed -> "removed"

-- | Of a store path its name, without the hash: @lower-0.1:share/x@.
shortened :: Text -> Text
shortened path = case B.stripPrefix "/nix/store/" path of
    Nothing -> path
    Just rest
        | B.null below -> entry
        | otherwise -> entry <> B.cons ':' (B.drop 1 below)
      where
        (entry, below) = B.break (== '/') (B.drop 33 rest)
