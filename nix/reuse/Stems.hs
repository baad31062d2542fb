{-# OPTIONS_GHC -O1 #-}
{-# LANGUAGE OverloadedStrings #-}

-- | Which module of a component a file belongs to.
module Stems (stemOf, sourceStem) where

import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe)

import Columns (Text)
import Facts (Stem)
import FileKinds (finalName, isHaskell)
import Paths (isBelow, withoutSuffix)
import Surroundings

-- | The module that an interface or object below the folder of a component is of.
stemOf :: Component -> Text -> Maybe Stem
stemOf component inside = do
    below <- B.stripPrefix (output component `B.snoc` '/') inside
    Just (stemPrefix component <> withoutSuffix (finalName below))

-- | The module that a file is the source of. Of one that was generated the place tells.
sourceStem :: Component -> Text -> Maybe Stem
sourceStem component inside = case Map.lookup inside (sources component) of
    Just stem -> Just stem
    Nothing
        | not (isHaskell inside && isBelow "dist" inside) -> Nothing
        | not (B.null autogen) ->
            Just (stemPrefix component <> withoutSuffix (B.drop (B.length folder) autogen))
        | otherwise -> stemOf component inside
  where
    folder = "autogen/"
    (_, autogen) = B.breakSubstring folder inside

-- | Stems are below @dist\/build@, and the folder of a component can be below that.
stemPrefix :: Component -> Text
stemPrefix component = fromMaybe B.empty (B.stripPrefix "dist/build/" (output component `B.snoc` '/'))
