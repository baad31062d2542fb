{-# LANGUAGE OverloadedStrings #-}

-- | What a module says that gives, or ends, warnings in other modules: @DEPRECATED@, @WARNING@
-- and @COMPLETE@, as its interface has them, wherever they came from. They are part of no
-- hash that GHC compares for an import of the same unit.
--
-- As text, between blanks: @unnamed=DIGEST@, @module=DIGEST@, @exports=DIGEST@, and
-- @name=DIGEST=NAME@ for each name that has one.
module Pragmas (Pragmas (..), noPragmas, readPragmas, writePragmas) where

import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe, listToMaybe, mapMaybe)

import Columns (Text)

data Pragmas = Pragmas
    { unnamed :: Text
    -- ^ of what concerns modules that name nothing of it: a digest of sets of patterns that
    -- are complete and of instances that give warnings (since GHC 9.10); empty without any, as
    -- the next two
    , ofModule :: Text
    -- ^ of the module as a whole
    , ofExports :: Text
    -- ^ of some of what it exports (since GHC 9.8)
    , ofNames :: Map.Map Text Text
    }
    deriving (Eq, Show)

noPragmas :: Pragmas
noPragmas = Pragmas B.empty B.empty B.empty Map.empty

writePragmas :: Pragmas -> Text
writePragmas pragmas =
    B.unwords $
        [ word <> digest
        | (word, digest) <-
            [("unnamed=", unnamed pragmas), ("module=", ofModule pragmas), ("exports=", ofExports pragmas)]
        , not (B.null digest)
        ]
            ++ ["name=" <> digest <> "=" <> name | (name, digest) <- Map.toList (ofNames pragmas)]

readPragmas :: Text -> Pragmas
readPragmas text =
    Pragmas
        { unnamed = one "unnamed="
        , ofModule = one "module="
        , ofExports = one "exports="
        , ofNames = Map.fromList (map named (after "name="))
        }
  where
    given = B.words text
    after word = mapMaybe (B.stripPrefix word) given
    one word = fromMaybe B.empty (listToMaybe (after word))
    -- An operator may have a sign of equality in its name, a digest has none.
    named both = let (digest, name) = B.break (== '=') both in (B.drop 1 name, digest)
