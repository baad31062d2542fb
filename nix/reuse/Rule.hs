{-# LANGUAGE OverloadedStrings #-}

-- | Which modules of an older build cannot be taken over, and why.
--
-- GHC compares the source, the options that it thinks matter, the interfaces and the files
-- that it watches. This is the rule for all else. It is one function over plain values; its
-- table of cases is tests/nix/rule/Cases.hs.
module Rule (Question (..), Cause (..), ForeignNow, decide, isEdited) where

import qualified Data.ByteString.Char8 as B
import Data.List (sortOn)
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe, isJust, listToMaybe, mapMaybe)
import qualified Data.Set as Set

import Columns (Text)
import Contents (Access (..), Change (..), Contents, changeOf, changes, entries)
import Facts hiding (units)
import qualified Facts
import Modules (Module (..))
import Observed
import Paths (simplified)

-- | Digests that the files of other packages have now; 'Nothing' for one that is not there.
type ForeignNow = Map.Map (Access, Text) (Maybe Text)

data Question = Question
    { before :: Contents
    , now :: Contents
    , modulesBefore :: Map.Map Stem Module
    , modulesNow :: Map.Map Stem Module
    -- ^ those that the base has products of, and that head has too
    , facts :: Maybe (Map.Map Stem Facts)
    , observed :: Either Text Observed
    -- ^ or why nothing was
    , foreignNow :: ForeignNow
    , unitsChanged :: Map.Map Stem Text
    -- ^ modules whose unit ids are others, and what changed
    , namesMoved :: Map.Map Stem [(Text, Text)]
    -- ^ names that a module can import and that lead to other modules now, with the units that
    -- they led to
    , setupChanged :: Bool
    , surroundings :: [Text]
    -- ^ what changed that any program can see: variables, programs on the PATH
    , dependenciesChanged :: Bool
    , dependencyFamilies :: Maybe Text
    -- ^ modules of other packages whose family instances this GHC does not see change
    }

-- | Why a module is not taken over.
data Cause
    = Unit Text
    | SetupDiffers
    | MovedSource
    | OptionsDiffer
    | MovedImport Text
    | InputDiffers Input Change Int
    | -- | By what made it.
      InputMadeAnew Input Int
    | Unfollowed Reader Text (Maybe Text) Int
    | Unobserved Text (Maybe Text) Int
    | EnvironmentDiffers Text
    | -- | GHC's own check misses it: the module that changed, GHC's ticket. Most are found when
      -- GHC has run: see "GhcBugs".
      Missed Text Int
    deriving (Eq, Show)

-- | Whether the source of a module was edited: GHC compiles it by itself, and has the better
-- reason. Of a source that is no Haskell it sees what was made of it.
isEdited :: Question -> Stem -> Bool
isEdited question stem = case sources <$> Map.lookup stem (modulesNow question) of
    Just found@(_ : _) -> all (\path -> isHaskell path && changeOf (before question) (now question) ToRead (simplified path) == Just Changed) found
    _ -> False
  where
    isHaskell path = any (`B.isSuffixOf` path) [".hs", ".lhs"]

-- | The modules that are compiled again, each for the first cause that there is.
decide :: Question -> Map.Map Stem Cause
decide question = Map.filterWithKey (\stem cause -> isUnit cause || not (isEdited question stem)) (foldr Map.union Map.empty steps)
  where
    isUnit cause = case cause of Unit _ -> True; _ -> False
    steps = [units, setup, described, imported, maybe Map.empty (\about -> whole (Missed about 26183)) (dependencyFamilies question), observedOnes, environment]
    modules = modulesNow question
    whole cause = Map.map (const cause) modules

    units = Map.map Unit (Map.intersection (unitsChanged question) modules)
    imported = Map.mapMaybeWithKey (\stem -> listToMaybe . mapMaybe (importedBy stem)) (Map.intersection (namesMoved question) modules)
    -- Who imported a name uses the unit that it led to. Of GHC's own an interface has no version.
    importedBy stem (called, there)
        | maybe True (any (\used -> used == there || B.isPrefixOf (used `B.snoc` '-') there) . Facts.units) (factsOf stem) = Just (MovedImport called)
        | otherwise = Nothing
    setup = if setupChanged question then whole SetupDiffers else Map.empty
    described = Map.mapMaybeWithKey describedAs modules
    describedAs stem m = case Map.lookup stem (modulesBefore question) of
        Just old
            | options old /= options m -> Just OptionsDiffer
            | sources old == sources m -> Nothing
        -- Call stacks show the path of a source.
        _ -> Just MovedSource

    changed = changes (before question) (now question)
    -- Whatever is not followed may have seen any of these.
    anything = Map.keys changed
    somethingChanged = not (null anything) || dependenciesChanged question || not (null (surroundings question))
    first list = (case list of one : _ -> Just one; [] -> Nothing, max 0 (length list - 1))

    ofComponent label = Map.keys (Map.filter ((== label) . component) modules)
    -- Those that code ran for; where there are none, it is not known for whom it was, and
    -- where nobody can say, it may have been for any.
    withCode label = case facts question of
        Nothing -> ofComponent label
        Just known -> case filter (maybe True ranCode . (`Map.lookup` known)) (ofComponent label) of
            [] -> ofComponent label
            some -> some
    factsOf stem = facts question >>= Map.lookup stem
    watches path stem = maybe False (Set.member path . watched) (factsOf stem)

    observedOnes = case observed question of
        Left why
            | somethingChanged -> let (path, more) = first anything in whole (Unobserved why path more)
            | otherwise -> Map.empty
        Right found -> Map.unionsWith better (unseen found : concat [ofGroup found who group | (who, group) <- Map.toList (groups found)])
    better one other = if rank one <= rank other then one else other
    rank cause = case cause of InputDiffers{} -> 0 :: Int; InputMadeAnew{} -> 1; Unfollowed{} -> 2; _ -> 3

    unseen found
        | somethingChanged = let (path, more) = first anything in Map.map (const (Unobserved "its compiler was not seen" path more)) (Map.filter (\m -> not (Set.member (component m) (compiled found))) modules)
        | otherwise = Map.empty

    ofGroup found who group =
        [ Map.fromList (mapMaybe (\stem -> (,) stem <$> causeOf found who group stem) targets)
        , Map.fromList [(stem, Unfollowed by what path more) | (by, what) <- take 1 (Set.toList (lost group)), somethingChanged, let (path, more) = first anything, stem <- targets]
        ]
      where
        targets = case who of
            OfModule _ stem -> [stem | Map.member stem modules]
            OfCode label -> withCode label
            OfComponent label -> ofComponent label
            OfSetup -> Map.keys modules

    causeOf found who group stem = case sortOn preferred (mapMaybe differing relevant) of
        [] -> Nothing
        (input, Just change) : rest -> Just (InputDiffers input change (more input rest))
        (input, Nothing) : rest -> Just (InputMadeAnew input (more input rest))
      where
        relevant = filter (\input -> not (isWatched input) && (not (isCodeOfModule who input) || maybe True ranCode (factsOf stem))) (Set.toList (inputs group))
        -- It was among those that GHC compiled then, with and without code.
        isCodeOfModule whose input = reader input == Code && (case whose of OfModule _ _ -> True; _ -> False)
        isWatched input = case pathOf input of
            path -> watches path stem || (who == OfCode (labelOf who) && isExplained who group path input)
        differing input = case isDifferent found (source input) (access input) of
            Same -> Nothing
            ByContent change -> Just (input, Just change)
            ByMaker -> Just (input, Nothing)
        preferred (input, change) = (not (isJust change), pathOf input)
        more input rest = Set.size (Set.delete (pathOf input) (Set.fromList (map (pathOf . fst) rest)))
    labelOf who = case who of OfCode label -> label; OfModule label _ -> label; OfComponent label -> label; OfSetup -> B.empty

    -- Whether GHC opened a file no more often than for the hashes of those modules that it
    -- watches it for, and for their splices. A module that watches a file is compiled by
    -- GHC; one that reads it without that has to be compiled by us.
    isExplained who _ path input = case filter (watches path) (ofComponent (labelOf who)) of
        [] -> False
        watching -> B.null (readBy input) && times input <= sum (map (expected path) watching)
    expected path stem = if maybe False ranCode (factsOf stem) && not (isIncludedBy path stem) then 2 else 1
    isIncludedBy path stem = case observed question of
        Right found -> or [any ((== path) . pathOf) (Set.toList (inputs group)) | (OfModule _ other, group) <- Map.toList (groups found), other == stem]
        Left _ -> False

    pathOf input = case source input of Original path -> path; Foreign path _ -> path; Generated path _ -> path

    isDifferent found from how = case from of
        Original path -> maybe Same ByContent (changeOf (before question) (now question) how path)
        Foreign path digest -> case fromMaybe Nothing (Map.lookup (how, path) (foreignNow question)) of
            Just new | new == digest -> Same
            Just _ -> if B.null digest then ByContent Added else ByContent Changed
            Nothing -> if B.null digest then Same else ByContent Removed
        Generated path maker
            -- Made before the modules are restored, as by a configure script: it can be compared.
            | isThere path -> maybe Same ByContent (changeOf (before question) (now question) how path)
            | makerDiffers found Set.empty maker -> ByMaker
            | otherwise -> Same
    isThere path = any (\tree -> isJust (lookupEntry path tree)) [before question, now question]
    lookupEntry path tree = Map.lookup path (entries tree)

    -- Whether anything that a maker looked at differs, also what was made for it in turn.
    makerDiffers found seen maker
        | Set.member maker seen = False
        | otherwise = case Map.lookup maker (makers found) of
            -- What made it cannot be followed.
            Nothing -> True
            Just made ->
                (not (Set.null (madeLost made)) && somethingChanged)
                    || byDescription maker
                    || any (\(how, from) -> case from of Generated _ next -> makerDiffers found (Set.insert maker seen) next; _ -> isDifferent found from how /= Same) (Set.toList (madeOf made))
    byDescription maker = case maker of
        MakerComponent label -> dependenciesChanged question || optionsOf label (modulesBefore question) /= optionsOf label (modulesNow question)
        MakerProcess _ -> dependenciesChanged question
        MakerSetup -> setupChanged question
    optionsOf label list = Set.fromList [options m | m <- Map.elems list, component m == label]

    environment = case (surroundings question, observed question) of
        ([], _) -> Map.empty
        (_, Left _) -> Map.empty
        (what, Right found) -> Map.fromList [(stem, EnvironmentDiffers (B.intercalate ", " what)) | stem <- concatMap (touchedBy found) (Map.toList (groups found)) ++ codeEverywhere]
    codeEverywhere = [stem | stem <- Map.keys modules, maybe True ranCode (factsOf stem)]
    touchedBy _ (who, group) = case who of
        OfModule _ stem | runsOthers group || isProgram group, Map.member stem modules -> [stem]
        OfCode label | runsOthers group -> withCode label
        OfComponent label -> ofComponent label
        OfSetup -> Map.keys modules
        _ -> []
    isProgram group = any ((== ToRun) . access) (Set.toList (inputs group))

data Difference = Same | ByContent Change | ByMaker
    deriving (Eq)
