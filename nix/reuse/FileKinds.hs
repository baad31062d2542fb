{-# OPTIONS_GHC -O1 #-}
{-# LANGUAGE OverloadedStrings #-}

-- | What kind of file a path is to GHC and Cabal, as its name tells.
module FileKinds
    ( isHaskell
    , isInterface
    , isProduct
    , isLibraryFile
    , isConfiguration
    , isBeingArchived
    , isTemporary
    , finalName
    ) where

import qualified Data.ByteString.Char8 as B
import Data.Char (isAlphaNum, isDigit)
import Data.Maybe (fromMaybe)
import qualified Data.Set as Set

import Columns (Text)
import Paths (baseName, folderOf, isBelow, suffixOf)
import Surroundings

-- | The source of a module.
isHaskell :: Text -> Bool
isHaskell path = suffixOf path `elem` ["hs", "lhs", "hsig", "lhsig", "hs-boot", "lhs-boot"]

-- | An interface of any way, under the names that GHC itself gives.
isInterface :: Text -> Bool
isInterface path = suffix == "hi" || B.isSuffixOf "_hi" suffix
  where
    suffix = suffixOf path

-- | What GHC and Cabal write below @dist@ for themselves, and GHC has the hashes of.
isProduct :: Surroundings -> Text -> Bool
isProduct around path = isOne (suffixOf (finalName path)) || B.isInfixOf ".so." (baseName path)
  where
    isOne suffix =
        let plain = fromMaybe suffix (B.stripSuffix "-boot" suffix)
         in isOfAnyWay plain
                || plain `elem` ["hie", "gbc", "rsp"]
                || Set.member plain (productSuffixes around)

-- | What GHC reads of other packages by itself.
isLibraryFile :: Text -> Bool
isLibraryFile path = isOfAnyWay suffix || (suffix `elem` ["conf", "cache"] && isDatabase)
  where
    isDatabase = B.isSuffixOf ".conf.d" folder || folder == "package.conf.inplace"
    folder = baseName (folderOf path)
    suffix = suffixOf path

-- | Whether a suffix is that of an interface, an object or a library, of any way.
isOfAnyWay :: Text -> Bool
isOfAnyWay suffix =
    suffix `elem` ["hi", "o", "a", "so", "dylib"] || any (`B.isSuffixOf` suffix) ["_hi", "_o", "_a"]

-- | What Cabal writes for GHC: the database of the package's own libraries, and its macros.
isConfiguration :: Text -> Bool
isConfiguration path = isBelow "dist/package.conf.inplace" path || baseName path == "cabal_macros.h"

-- | Whether it is an archive that Cabal is making of a library's objects, which it reads to blank times and
-- owners ("createArLibArchive" in Distribution.Simple.Program.Ar). It is elsewhere before any
-- other code can read it.
isBeingArchived :: Text -> Bool
isBeingArchived path = suffixOf path == "a" && isObjs (baseName (folderOf path))
  where
    isObjs folder = maybe False isNumber (B.stripPrefix "objs-" folder)
    isNumber text = not (B.null text) && B.all isDigit text

-- | Whether it lies in GHC's folder for temporary files: @ghc123_0@.
isTemporary :: Text -> Bool
isTemporary path = any isName (B.split '/' path)
  where
    isName part = case B.span isDigit <$> B.stripPrefix "ghc" part of
        Just (digits, more)
            | not (B.null digits), Just ('_', end) <- B.uncons more ->
                not (B.null end) && B.all isAlphaNum end
        _ -> False

-- | GHC writes what it can be stopped at under another name first.
finalName :: Text -> Text
finalName path = fromMaybe path (B.stripSuffix ".tmp" path)
