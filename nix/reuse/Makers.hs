-- | What made the files of a build, and of what: what changes that changes them.
module Makers (ownMaker, madeByOthers, madeOfAll) where

import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map
import qualified Data.Set as Set

import Build
import Columns (Text)
import Contents (Access (..))
import FileKinds (isBeingArchived, isHaskell, isLibraryFile)
import Log (Operation (..), Process (..))
import Observed
import Paths (Place (..), placeOf)
import Surroundings

-- | What the processes make files as that somebody depends on.
ownMaker :: Who -> Maker
ownMaker who = case who of
    OfModule component _ -> MakerComponent component
    OfCode component -> MakerComponent component
    OfComponent component -> MakerComponent component
    OfSetup -> MakerSetup

-- | What made a path, beside who wants it.
madeByOthers :: Build -> Maker -> Text -> [Maker]
madeByOthers build own path = maybe [] (Set.toList . Set.delete own) (Map.lookup path (writers build))

-- | What some makers looked at, and those that made that for them.
madeOfAll :: Build -> [Maker] -> Map.Map Maker Made
madeOfAll build = go Map.empty
  where
    go done [] = done
    go done (maker : rest)
        | Map.member maker done = go done rest
        | otherwise =
            let made = madeBy build maker (Map.findWithDefault [] maker byMaker)
                next = [other | (_, Generated _ other) <- Set.toList (madeOf made)]
             in go (Map.insert maker made done) (next ++ rest)
    byMaker = Map.fromListWith (++) [(makerOf build actor, [actor]) | actor <- everyone build]

madeBy :: Build -> Maker -> [Actor] -> Made
madeBy build maker parts = Made (Set.fromList looks) (Set.fromList unseen)
  where
    looks =
        [ (accessOf operation, from)
        | actor <- parts
        , (operation, path) <- Map.keys (looked actor)
        , operation `elem` counting
        , not (operation == Absent && isHaskell path)
        , from <- sourcesFor build maker path
        ]
    unseen = [lostName actor what | actor <- parts, what <- unfollowed (process actor)]
    counting = if maker == MakerSetup then [Read, Run] else [Read, List, Run, Absent]
    accessOf operation = case operation of
        Read -> ToRead
        List -> ToList
        Run -> ToRun
        _ -> ToFind

-- | Where an input is from; nothing where it is none.
sourcesFor :: Build -> Maker -> Text -> [Source]
sourcesFor build maker path = case placeOf (roots around) path of
    Inside inside
        | null others' -> [Original inside]
        | otherwise -> map (Generated inside) others'
    Built inside
        | maker == MakerSetup && isBeingArchived inside -> []
        | otherwise -> map (Generated inside) others'
    Outside outside -> [Foreign outside B.empty | isOfOthers around outside, not (isLibraryFile outside)]
  where
    around = surroundings build
    others' = madeByOthers build maker path
