-- | Whether what somebody looked at is another thing now.
module Differences (Difference (..), differenceOf) where

import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe)
import qualified Data.Set as Set

import Contents (Access (..), Change (..), changeOf, entries)
import Modules (Module (..))
import Observed
import Question

data Difference
    = Same
    | ByContent Change
    | -- | What it was made of is another thing.
      ByMaker
    deriving (Eq)

-- | Given: whether anything at all has changed, since a program that was not followed may
-- have read it; what was observed; an input and how it was looked at.
differenceOf :: Question -> Bool -> Observed -> Source -> Access -> Difference
differenceOf question somethingChanged found = differs
  where
    differs from how = case from of
        Original path -> byContent how path
        Foreign path digest -> case fromMaybe Nothing (Map.lookup (how, path) (foreignNow question)) of
            Just new | new == digest -> Same
            Just _ -> ByContent (if B.null digest then Added else Changed)
            Nothing -> if B.null digest then Same else ByContent Removed
        Generated path maker
            -- Made before the modules are restored, as by a configure script: it can be compared.
            | isThere path -> byContent how path
            | how == ToFind, isProgramOf maker path -> if isStill maker then Same else ByMaker
            | makerDiffers Set.empty maker -> ByMaker
            | otherwise -> Same
    byContent how path = maybe Same ByContent (changeOf (before question) (now question) how path)
    -- Whether a program is there does not depend on what it is made of. Cabal asks for the programs
    -- that other components use while they are built ("addInternalBuildTools" in
    -- Distribution.Simple.Build), and where Setup is the package's own, nobody can tell it from that.
    isProgramOf maker path = case maker of
        MakerComponent label
            | Just name <- B.stripPrefix (B.pack "exe:") label ->
                path == B.concat [B.pack "dist/build/", name, B.pack "/", name]
        _ -> False
    isStill maker = case maker of
        MakerComponent label -> any ((== label) . component) (modulesNow question)
        _ -> False
    isThere path = any (Map.member path . entries) [before question, now question]

    -- Whether anything that a maker looked at differs, also what was made for it in turn.
    makerDiffers seen maker
        | Set.member maker seen = False
        | otherwise = case Map.lookup maker (makers found) of
            -- What made it cannot be followed.
            Nothing -> True
            Just made ->
                (not (Set.null (madeLost made)) && somethingChanged)
                    || byDescription maker
                    || any (inputDiffers (Set.insert maker seen)) (Set.toList (madeOf made))
    inputDiffers seen (how, from) = case from of
        Generated _ next -> makerDiffers seen next
        _ -> differs from how /= Same
    byDescription maker = case maker of
        MakerComponent label ->
            dependenciesChanged question
                || optionsOf label (modulesBefore question) /= optionsOf label (modulesNow question)
        MakerProcess _ -> dependenciesChanged question
        MakerSetup -> setupChanged question
    optionsOf label list = Set.fromList [options m | m <- Map.elems list, component m == label]
