{-# OPTIONS_GHC -O1 #-}
{-# LANGUAGE OverloadedStrings #-}

-- | Paths as they are written in a log, made into paths of the package.
module Paths
    ( Roots (..)
    , Place (..)
    , placeOf
    , simplified
    , isBelow
    , (</>)
    , baseName
    , folderOf
    , suffixOf
    , withoutSuffix
    , replaceSuffix
    ) where

import qualified Data.ByteString.Char8 as B

import Columns (Text)

-- | Where a build takes place: absolute paths.
data Roots = Roots
    { package :: Text
    -- ^ the folder of the @.cabal@ file
    , unpacked :: Text
    -- ^ the top folder of what was unpacked, which may be larger
    }

-- | What an absolute path is to a package.
data Place
    = -- | A file of the package, relative to its folder; of what lies beside it with @..\/@.
      Inside Text
    | -- | Below Cabal's folder @dist@: made by this build.
      Built Text
    | -- | Elsewhere: absolute.
      Outside Text
    deriving (Eq, Ord, Show)

placeOf :: Roots -> Text -> Place
placeOf roots path
    | clean == package roots = Inside "."
    | Just below <- beneath (package roots) = if isBelow "dist" below then Built below else Inside below
    | clean == unpacked roots = Inside (B.init climbing)
    | Just below <- beneath (unpacked roots) = Inside (climbing <> below)
    | otherwise = Outside clean
  where
    clean = simplified path
    beneath folder = B.stripPrefix (folder `B.snoc` '/') clean
    -- `../` for each folder between the top and the package.
    climbing = B.concat (replicate (B.count '/' between + 1) "../")
    between = maybe B.empty id (B.stripPrefix (unpacked roots `B.snoc` '/') (package roots))

-- | Without empty parts, @.@ and what @..@ takes back. What is behind a link to a folder is
-- looked up by "Contents", which knows links; a @..@ after such a link is not, and there are
-- programs that write it: the path without it is in the log as well, since they enter the
-- folder before.
simplified :: Text -> Text
simplified path
    | needsNothing = path
    | B.isPrefixOf "/" path = B.cons '/' joined
    | B.null joined = "."
    | otherwise = joined
  where
    needsNothing =
        not (any (`B.isInfixOf` path) ["//", "/./", "/../"])
            && not (any (`B.isSuffixOf` path) ["/", "/.", "/.."])
            && not (B.isPrefixOf "./" path)
    joined = B.intercalate "/" (reverse (foldl part [] (B.split '/' path)))
    part done name
        | B.null name || name == "." = done
        | name == "..", (top : rest) <- done, top /= ".." = rest
        | name == "..", B.isPrefixOf "/" path = done
        | otherwise = name : done

isBelow :: Text -> Text -> Bool
isBelow folder path = path == folder || B.isPrefixOf (folder `B.snoc` '/') path

baseName :: Text -> Text
baseName = snd . B.breakEnd (== '/')

folderOf :: Text -> Text
folderOf path = case B.breakEnd (== '/') path of
    (folder, _)
        | B.null folder -> "."
        | B.length folder == 1 -> folder
        | otherwise -> B.init folder

-- | What follows the last dot of the name; empty where there is none.
suffixOf :: Text -> Text
suffixOf path = case B.breakEnd (== '.') (baseName path) of
    (before, suffix) | B.null before -> B.empty | otherwise -> suffix

-- | Without the last dot and what follows it. Only of a path that has a suffix.
withoutSuffix :: Text -> Text
withoutSuffix path = B.take (B.length path - B.length (suffixOf path) - 1) path

replaceSuffix :: Text -> Text -> Text
replaceSuffix path suffix = withoutSuffix path <> "." <> suffix

(</>) :: Text -> Text -> Text
folder </> name
    | folder == "." = name
    | otherwise = folder <> B.cons '/' name
