{-# OPTIONS_GHC -O1 #-}
{-# LANGUAGE OverloadedStrings #-}

-- | Programs that are known by their names: GHC, and what GHC and Cabal run by themselves.
module Tools (isGhc, isCabalsTool, isCompilersTool, isInterpreter, optionValue) where

import qualified Data.ByteString.Char8 as B
import Data.Char (isDigit)
import Data.Maybe (listToMaybe)

import Columns (Text)
import Paths (baseName)

isGhc :: Text -> Bool
isGhc file = name == "ghc" || B.isSuffixOf "-ghc" name
  where
    name = withoutVersion (baseName file)

-- | Programs that Cabal runs by itself and whose answers it does not look at, under any
-- prefix and version: what they make is made anew in every build.
isCabalsTool :: Text -> Bool
isCabalsTool =
    isOneOf . B.words $
        "alex ar c2hs cpphs ghc ghc-pkg greencard haddock happy hpc HsColour hsc2hs ld ld.bfd ld.gold ld.lld"
            <> " nm ranlib strip"

-- | Programs that GHC runs by itself, which are as little an input as GHC.
isCompilersTool :: Text -> Bool
isCompilersTool file =
    isCabalsTool file
        || isOneOf (B.words "as c++ cc cc1 cc1plus clang clang++ collect2 g++ gcc llc lto-wrapper") file
        || isOneOf (B.words "opt touch touchy unlit") file

-- | Programs of which the script that they run says more.
isInterpreter :: Text -> Bool
isInterpreter file = baseName file `elem` ["sh", "dash", "bash", "perl", "python3", "env"]

isOneOf :: [Text] -> Text -> Bool
isOneOf tools file = any matches tools
  where
    name = withoutVersion (baseName file)
    matches tool =
        name == tool
            || maybe False isTriple (B.stripSuffix ("-" <> tool) name)
            || B.isPrefixOf (tool <> "-ghc") name

-- | Whether a text is the name of a platform, as before the name of a cross compiler's tool.
isTriple :: Text -> Bool
isTriple text = B.elem '-' text && any (`B.isPrefixOf` text) processors
  where
    processors =
        B.words "aarch64 arm i386 i486 i586 i686 javascript loongarch mips powerpc riscv s390 wasm32 x86_64"

-- | @ghc-9.6.6@ as @ghc@.
withoutVersion :: Text -> Text
withoutVersion name = case B.breakEnd (== '-') name of
    (before, version)
        | not (B.null before), not (B.null version), B.all isOfVersion version -> B.init before
    _ -> name
  where
    isOfVersion c = isDigit c || c == '.'

-- | What an option is given the last time among the arguments of a program.
optionValue :: Text -> [Text] -> Maybe Text
optionValue option given =
    listToMaybe (reverse [value | (word, value) <- zip given (drop 1 given), word == option])
