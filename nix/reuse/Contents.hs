{-# LANGUAGE OverloadedStrings #-}

-- | What the files of a package are, at the moment before anything is compiled.
--
-- As text, a line a file, sorted by path: @PATH TAB KIND TAB SIZE TAB CONTENT@. KIND is
-- @file@, @program@ (one that can be executed) or @link@; CONTENT is a digest, or what a
-- link leads to. Folders are those that files lie in: git has no other.
module Contents
    ( Contents
    , Entry (..)
    , Kind (..)
    , contents
    , entries
    , readContents
    , writeContents
    , isContentOf
    , Access (..)
    , Change (..)
    , changes
    , changeOf
    , follow
    ) where

import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map
import qualified Data.Set as Set

import Columns (Text, fromColumns, readColumns, readNumber)
import Paths (baseName, folderOf, simplified, (</>))

data Kind = File | Program | Link
    deriving (Eq, Ord, Show)

data Entry = Entry {kind :: Kind, size :: Int, content :: Text}
    deriving (Eq, Ord, Show)

data Contents = Contents
    { entries :: Map.Map Text Entry
    , folders :: Map.Map Text (Set.Set Text)
    -- ^ the names in each
    }

contents :: [(Text, Entry)] -> Contents
contents list = Contents found (Map.fromListWith Set.union (concatMap (above . fst) list))
  where
    found = Map.fromList list
    above path
        | path == "." || climbs path = []
        | otherwise = (folder, Set.singleton (baseName path)) : if folder == "." then [] else above folder
      where
        folder = folderOf path
    climbs path = all (== "..") (B.split '/' path)

readContents :: Text -> Contents
readContents text =
    contents
        [ (path, Entry (kindOf kind') (readNumber size') content')
        | [path, kind', size', content'] <- readColumns text
        ]
  where
    kindOf word = case word of
        "program" -> Program
        "link" -> Link
        _ -> File

writeContents :: [(Text, Entry)] -> Text
writeContents list = B.concat (map line list)
  where
    line (path, entry) = fromColumns [path, word (kind entry), B.pack (show (size entry)), content entry]
    word File = "file"
    word Program = "program"
    word Link = "link"

-- | Whether a file has the content of this digest.
isContentOf :: (Show digest) => Contents -> Text -> digest -> Bool
isContentOf tree path digest = case Map.lookup path (entries tree) of
    Just entry -> kind entry /= Link && content entry == B.pack (show digest)
    Nothing -> False

-- | All paths of files that differ.
changes :: Contents -> Contents -> Map.Map Text Change
changes before now =
    Map.mergeWithKey inBoth (fmap (const Removed)) (fmap (const Added)) (entries before) (entries now)
  where
    inBoth _ old new = if old == new then Nothing else Just Changed

-- | How a program looks at a path.
data Access
    = -- | its content
      ToRead
    | -- | the names in a folder
      ToList
    | -- | whether it is there, as what, and how large
      ToAsk
    | -- | the same, without the size
      ToFind
    | -- | it as a program
      ToRun
    deriving (Eq, Ord, Show)

data Change = Changed | Added | Removed
    deriving (Eq, Ord, Show)

-- | Whether what a program sees of a path by an access is another thing now.
changeOf :: Contents -> Contents -> Access -> Text -> Maybe Change
changeOf before now access path = case (seen before, seen now) of
    (old, new)
        | old == new -> Nothing
        | old == Seen [nothing] -> Just Added
        | new == Seen [nothing] -> Just Removed
    _ -> Just Changed
  where
    seen tree = look tree access path
    nothing = "nothing"

newtype Seen = Seen [Text]
    deriving (Eq)

look :: Contents -> Access -> Text -> Seen
look tree access path = case follow tree path of
    Left away -> Seen ["away", away]
    Right end -> Seen (links end ++ at end)
  where
    -- What asks may ask for the link itself.
    links _ = case Map.lookup (simplified path) (entries tree) of
        Just entry | kind entry == Link, access `elem` [ToAsk, ToFind] -> ["link", content entry]
        _ -> []
    at end
        | Just names <- Map.lookup end (folders tree) =
            "folder" : if access == ToList then concatMap (named end) (Set.toList names) else []
        | Just entry <- Map.lookup end (entries tree) = file entry
        | end == "." = ["folder"]
        | otherwise = ["nothing"]
    file entry = case access of
        ToRead -> ["file", content entry]
        ToList -> ["file"]
        ToAsk -> ["file", executable entry, B.pack (show (size entry))]
        ToFind -> ["file", executable entry]
        ToRun -> ["file", executable entry, content entry]
    executable entry = if kind entry == Program then "x" else "-"
    -- A name, and what kind of thing has it: listing tells this, too.
    named folder name =
        [ name
        , case Map.lookup (folder </> name) (entries tree) of
            Nothing -> "folder"
            Just entry -> if kind entry == Link then "link" else "file"
        ]

-- | Where a path leads by the links of a tree; 'Left' where that is outside of it. A circle
-- of links leads nowhere.
follow :: Contents -> Text -> Either Text Text
follow tree = go (40 :: Int) . simplified
  where
    go fuel path
        | fuel == 0 = Left path
        | otherwise = case firstLink path of
            Nothing -> Right path
            Just (folder, target, rest)
                | B.isPrefixOf "/" target -> Left (joined target rest)
                | otherwise -> go (fuel - 1) (simplified (joined (folder </> target) rest))
    joined start rest = if B.null rest then start else start </> rest
    firstLink path = try [] (B.split '/' path)
    try _ [] = Nothing
    try done (part : rest) =
        let here = B.intercalate "/" (reverse (part : done))
         in case Map.lookup here (entries tree) of
                Just entry | kind entry == Link -> Just (folderOf here, content entry, B.intercalate "/" rest)
                _ -> try (part : done) rest
