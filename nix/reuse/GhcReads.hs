{-# OPTIONS_GHC -O1 #-}
{-# LANGUAGE OverloadedStrings #-}

-- | What GHC itself looks at, in the process in which code of the package runs too.
--
-- (Seen in 9.6 and 9.10; a GHC that does otherwise makes modules with splices be compiled
-- too often, and never too seldom.)
module GhcReads (isCompilersOwn, linesShown, opensOf, Windows, windowsOf, compiledMeanwhile) where

import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe, mapMaybe)
import qualified Data.Set as Set

import Columns (Text)
import Facts (Stem)
import FileKinds (isConfiguration, isHaskell, isInterface, isLibraryFile, isProduct)
import Log (Operation (..), Process (..))
import Paths (Place (..), placeOf, replaceSuffix, suffixOf, withoutSuffix)
import Stems (stemOf)
import Surroundings

-- | Whether GHC itself looked at a path, so often and in this way, and code did not.
--
-- It opens each source of its modules three times: for a hash, for the options that it
-- begins with, and to read it. Where a preprocessor reads it in its place, the third one is
-- that program's; a literate source is only hashed by GHC. It opens it once more for an
-- @.hie@ file, and for each line that it shows of it; neither where it skips the module. It
-- asks for each file that a module could have once.
isCompilersOwn :: Surroundings -> Component -> (Text -> Bool) -> Process -> Operation -> Text -> Int -> Bool
isCompilersOwn around component isPreprocessed process operation path count =
    case placeOf (roots around) path of
        Built inside
            | isProduct around inside || isConfiguration inside -> True
            | isHaskell inside -> operation /= Read || count `elem` expected
            | otherwise -> False
        Inside inside
            | not (isHaskell inside) -> False
            | otherwise -> case operation of
                Read -> isSource inside && count `elem` expected
                Ask -> isSource inside && count <= 1
                Absent -> count <= 1 && (isBoot inside || isTarget inside || isLookedFor inside)
                _ -> False
        Outside outside -> isLibraryFile outside
  where
    shown = linesShown around process path
    expected = [opensOf isPreprocessed path + lines_ + hie | lines_ <- [0, shown], hie <- forHie]
    forHie = if "-fwrite-ide-info" `elem` arguments process && not isUncompiled then [0, 1] else [0]
    isUncompiled = case relative around path >>= (`Map.lookup` sources component) of
        Just stem -> Set.member stem (uncompiled around)
        Nothing -> False
    isSource inside =
        any (`Map.member` sources component) [inside, fromMaybe inside (B.stripSuffix "-boot" inside)]
    isBoot inside = B.isSuffixOf "-boot" inside && (isSource inside || isSource (replaceSuffix inside "hs"))
    -- A module that Cabal names could be a file of that name.
    isTarget inside = not (B.elem '/' inside) && withoutSuffix inside `elem` arguments process
    -- It looks for one after the other, and ends with the first that it finds.
    isLookedFor inside =
        (isAbsent "lhsig" || any (isSource . replaceSuffix inside) ["hs", "lhs"])
            && maybe True isAbsent (lookup (suffixOf inside) [("lhs", "hs"), ("hsig", "lhs"), ("lhsig", "hsig")])
    isAbsent suffix = Map.member (Absent, replaceSuffix path suffix) (touched process)

-- | GHC opens a file once for each line that it shows of it.
linesShown :: Surroundings -> Process -> Text -> Int
linesShown around process path
    | any (`elem` arguments process) ["-fno-diagnostics-show-caret", "-fdiagnostics-as-json"] = 0
    | otherwise = fromMaybe 0 (relative around path >>= (`Map.lookup` shownDiagnostics around))

-- | How often GHC opens a source before it compiles anything.
opensOf :: (Text -> Bool) -> Text -> Int
opensOf isPreprocessed path
    | B.isPrefixOf "lhs" (suffixOf path) = 1
    | isPreprocessed path = 2
    | otherwise = 3

-- | Between which lines of the log GHC compiled each module: from where it looked for its
-- interface to where it wrote it.
type Windows = Map.Map Stem (Int, Int)

windowsOf :: Surroundings -> Component -> Process -> Windows
windowsOf around component process =
    Map.fromListWith widest
        [ (stem, (lastBefore path (minimum written), maximum written))
        | ((Write, path), written) <- Map.toList (touched process)
        , Just inside <- [relative around path]
        , isInterface inside
        , Just stem <- [stemOf component inside]
        ]
  where
    widest (start, end) (start', end') = (min start start', max end end')
    lastBefore path first =
        maximum (0 : filter (< first) (concatMap (linesOf path) [Absent, Ask, Read]))
    linesOf path operation = Map.findWithDefault [] (operation, path) (touched process)

-- | The modules that GHC compiled at some lines of the log. 'Nothing' where that is not
-- known of all, or where it was at none.
compiledMeanwhile :: Component -> Windows -> [Int] -> Maybe [Stem]
compiledMeanwhile component windows at
    | null at || any (`Map.notMember` windows) (Map.elems (sources component)) || any null found = Nothing
    | otherwise = Just (Set.toList (Set.fromList (concat found)))
  where
    found = map compiledAt at
    compiledAt line = mapMaybe (holding line) (Map.toList windows)
    holding line (stem, (start, end)) = if start < line && line < end then Just stem else Nothing
