{-# LANGUAGE OverloadedStrings #-}

-- | Which modules of an older build cannot be taken over, and why.
--
-- GHC compares the source, the options that it thinks matter, the interfaces and the files
-- that it watches. This is the rule for all else. It is one function over plain values; its
-- table of cases is tests/nix/rule/Cases.hs.
module Rule (Cause (..), decide) where

import qualified Data.ByteString.Char8 as B
import Data.List (sortOn)
import qualified Data.Map.Strict as Map
import Data.Maybe (isJust, listToMaybe, mapMaybe)
import qualified Data.Set as Set

import Columns (Text)
import Contents (Access (..), Change)
import Differences (Difference (..), differenceOf)
import Facts (Stem, ranCode, watched)
import qualified Facts
import Modules (Module (..))
import Observed
import Question

-- | Why a module is not taken over.
data Cause
    = Unit Text
    | SetupDiffers
    | MovedSource
    | OptionsDiffer
    | MovedImport Text
    | -- | An input, what became of it, and how many others differ.
      InputDiffers Input Change Int
    | -- | By what made it.
      InputMadeAnew Input Int
    | Unfollowed Reader Text (Maybe Text) Int
    | Unobserved Text (Maybe Text) Int
    | EnvironmentDiffers Text
    | -- | A file that is made while it is compiled, and how many others.
      Leaves Text Int
    | -- | GHC's own check misses it: the module that changed, GHC's ticket. Most are found when
      -- GHC has run: see "GhcBugs".
      Missed Text Int
    | -- | A pragma of another module that gives warnings in this one: see "Warned". Of which
      -- names, or of which module.
      Pragma Text
    deriving (Eq, Show)

-- | The modules that are compiled again, each for the first cause that there is.
decide :: Question -> Map.Map Stem Cause
decide question = Map.filterWithKey counts (Map.unions steps)
  where
    counts stem cause = isUnit cause || not (isEdited question stem)
    isUnit cause = case cause of Unit _ -> True; _ -> False
    steps = [units, setup, described, imported, families, pragmas, inputsDiffer, environment]
    modules = modulesNow question
    whole cause = Map.map (const cause) modules

    -- What is known without looking at what was observed.
    units = Map.map Unit (Map.intersection (unitsChanged question) modules)
    setup = if setupChanged question then whole SetupDiffers else Map.empty
    described = Map.mapMaybeWithKey describedAs modules
    describedAs stem m = case Map.lookup stem (modulesBefore question) of
        Just old
            | options old /= options m -> Just OptionsDiffer
            | sources old == sources m -> Nothing
        -- Call stacks show the path of a source.
        _ -> Just MovedSource
    imported = Map.mapMaybeWithKey importedBy (Map.intersection (namesMoved question) modules)
    importedBy stem = listToMaybe . map (MovedImport . fst) . filter (uses stem . snd)
    -- Who imported a name uses the unit that it led to. Of GHC's own an interface has no version.
    uses stem there = maybe True (any (isUnitOf there) . Facts.units) (factsOf stem)
    isUnitOf there used = used == there || B.isPrefixOf (used `B.snoc` '-') there
    families = maybe Map.empty (\about -> whole (Missed about 26183)) (dependencyFamilies question)
    pragmas = maybe Map.empty (whole . Pragma) (dependencyPragmas question)

    -- Whatever is not followed may have seen any of these.
    anything = changedFiles question
    somethingChanged =
        not (null anything) || dependenciesChanged question || not (null (surroundings question))
    -- The first of them, and how many more there are.
    (example, moreOfThem) = (listToMaybe anything, max 0 (length anything - 1))

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

    -- Inputs, and programs of which nobody knows what they read.
    inputsDiffer = case observed question of
        Left why
            | somethingChanged -> whole (Unobserved why example moreOfThem)
            | otherwise -> Map.empty
        Right found ->
            Map.unionsWith better (unseen found : concatMap (ofGroup found) (Map.toList (groups found)))
    better one other = if rank one <= rank other then one else other
    rank cause = case cause of InputDiffers{} -> 0 :: Int; InputMadeAnew{} -> 1; Unfollowed{} -> 2; _ -> 3

    unseen found
        | somethingChanged = Map.map (const notSeen) (Map.filter (not . isCompiledIn found) modules)
        | otherwise = Map.empty
    notSeen = Unobserved "its compiler was not seen" example moreOfThem
    isCompiledIn found m = Set.member (component m) (compiled found)

    ofGroup found (who, group) =
        [ Map.fromList [(stem, cause) | stem <- targets, Just cause <- [causeOf found who group stem]]
        , Map.fromList
            [ (stem, Unfollowed by what example moreOfThem)
            | (by, what) <- take 1 (Set.toList (lost group))
            , somethingChanged
            , stem <- targets
            ]
        , Map.fromList [(stem, cause) | Just cause <- [leavesCause], stem <- targets]
        ]
      where
        leavesCause = case Set.toList (leaves group) of
            path : more -> Just (Leaves path (length more))
            [] -> Nothing
        targets = case who of
            OfModule _ stem -> [stem | Map.member stem modules]
            OfCode label -> withCode label
            OfComponent label -> ofComponent label
            OfSetup -> Map.keys modules

    causeOf found who group stem = case sortOn preferred (mapMaybe differing relevant) of
        [] -> Nothing
        (input, Just change) : rest -> Just (InputDiffers input change (others input rest))
        (input, Nothing) : rest -> Just (InputMadeAnew input (others input rest))
      where
        relevant = filter (\input -> not (isWatched input) && isFor input) (Set.toList (inputs group))
        -- A module was among those that GHC compiled then, with and without code.
        isFor input = case who of
            OfModule _ _ | reader input == Code -> maybe True ranCode (factsOf stem)
            _ -> True
        isWatched input = watches (pathOf input) stem || isExplained input
        isExplained input = case who of
            OfCode label -> isOfWatching label input
            _ -> False
        differing input = case differenceOf question somethingChanged found (source input) (access input) of
            Same -> Nothing
            ByContent change -> Just (input, Just change)
            ByMaker -> Just (input, Nothing)
        preferred (input, change) = (not (isJust change), pathOf input)
        others input rest = Set.size (Set.delete (pathOf input) (Set.fromList (map (pathOf . fst) rest)))

    -- Whether GHC opened a file no more often than for the hashes of those modules that it
    -- watches it for, and for their splices. A module that watches a file is compiled by
    -- GHC; one that reads it without that has to be compiled by us.
    isOfWatching label input = case filter (watches (pathOf input)) (ofComponent label) of
        [] -> False
        watching -> B.null (readBy input) && times input <= sum (map (expected (pathOf input)) watching)
    expected path stem = if maybe False ranCode (factsOf stem) && not (isIncludedBy path stem) then 2 else 1
    isIncludedBy path stem = Set.member (stem, path) included
    included = case observed question of
        Right found ->
            Set.fromList
                [ (stem, pathOf input)
                | (OfModule _ stem, group) <- Map.toList (groups found)
                , input <- Set.toList (inputs group)
                ]
        Left _ -> Set.empty

    pathOf input = case source input of
        Original path -> path
        Foreign path _ -> path
        Generated path _ -> path

    -- What any program can see.
    environment = case observed question of
        Right found
            | not (null (surroundings question)) ->
                let touched = concatMap touchedBy (Map.toList (groups found)) ++ codeEverywhere
                 in Map.fromList [(stem, EnvironmentDiffers whatChanged) | stem <- touched]
        _ -> Map.empty
    whatChanged = B.intercalate ", " (surroundings question)
    codeEverywhere = [stem | stem <- Map.keys modules, maybe True ranCode (factsOf stem)]
    touchedBy (who, group) = case who of
        OfModule _ stem | runsOthers group || runsAny group, Map.member stem modules -> [stem]
        OfCode label | runsOthers group -> withCode label
        OfComponent label -> ofComponent label
        OfSetup -> Map.keys modules
        _ -> []
    runsAny group = any ((== ToRun) . access) (Set.toList (inputs group))
