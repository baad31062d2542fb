{-# LANGUAGE OverloadedStrings #-}

-- | The processes of a build, each with what it is to the build, and the files that they wrote.
module Build
    ( Build (..)
    , Actor (..)
    , buildOf
    , everyone
    , isCompiler
    , isSetup
    , isPartOfSetup
    , hasOwnSetup
    , isPreprocessed
    , makerOf
    , looked
    , nameOf
    , lostName
    ) where

import qualified Data.ByteString.Char8 as B
import qualified Data.IntMap.Strict as IntMap
import qualified Data.IntSet as IntSet
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe, isJust, isNothing)
import qualified Data.Set as Set

import CabalReads (cabalsOwn)
import Columns (Text)
import Jobs (Purpose (..), purposesOf)
import Log (Operation (..), Process (..), Processes)
import Observed (Maker (..), Reader (..))
import Paths (baseName, folderOf)
import Roles (Role (..), roleOf)
import Surroundings
import Tools (isCabalsTool, isInterpreter)

-- | A process, and what it is to the build.
data Actor = Actor
    { process :: Process
    , role :: Role
    }

data Build = Build
    { surroundings :: Surroundings
    , actors :: IntMap.IntMap Actor
    -- ^ by their numbers
    , purposes :: IntMap.IntMap Purpose
    -- ^ of the jobs, by the numbers of the processes that GHC began
    , partsOfSetup :: IntSet.IntSet
    -- ^ numbers of those that Setup began and that are as good as itself
    , writers :: Map.Map Text (Set.Set Maker)
    -- ^ of each path
    , madeFolders :: Set.Set Text
    -- ^ folders that something was written into: they are asked for by whoever makes them
    , preprocessed :: Set.Set (Text, Text)
    -- ^ what preprocessors read: components and paths
    , cabalsLooks :: IntMap.IntMap (Set.Set (Operation, Text))
    -- ^ beside a Setup program of the package, by numbers of processes: what Cabal itself
    -- looked at in them
    }

-- | Each field is worked out of those above it.
buildOf :: Surroundings -> Processes -> Build
buildOf around processes = build
  where
    build =
        Build
            { surroundings = around
            , actors = IntMap.mapWithKey (\number one -> Actor one (roleOf around processes number)) processes
            , purposes = purposesOf around processes (IntMap.map role (actors build))
            , partsOfSetup = partsOfSetupIn build
            , writers = writersIn build
            , madeFolders = Set.fromList (concatMap foldersAbove (Map.keys (writers build)))
            , preprocessed = preprocessedIn build
            , cabalsLooks = maybe IntMap.empty (`cabalsOwn` processes) (ownSetup around)
            }
    foldersAbove = takeWhile ((> 1) . B.length) . iterate folderOf . folderOf

-- | In the order in which they began.
everyone :: Build -> [Actor]
everyone = IntMap.elems . actors

isCompiler :: Actor -> Bool
isCompiler actor = case role actor of Compiler _ -> True; _ -> False

isSetup :: Actor -> Bool
isSetup actor = case role actor of Setup -> True; _ -> False

-- | Whether it was begun by Setup and is as good as itself.
isPartOfSetup :: Build -> Actor -> Bool
isPartOfSetup build actor = case role actor of
    Tool tool -> IntSet.member tool (partsOfSetup build)
    _ -> False

-- | Whether Setup is a program of the package.
hasOwnSetup :: Build -> Bool
hasOwnSetup = isJust . ownSetup . surroundings

-- | Whether a preprocessor read a source in the place of the GHC that compiles a component.
isPreprocessed :: Build -> Component -> Text -> Bool
isPreprocessed build component path = Set.member (label component, path) (preprocessed build)

-- | With a Setup program of the package, what it runs beside the programs that Cabal
-- knows is as good as itself.
partsOfSetupIn :: Build -> IntSet.IntSet
partsOfSetupIn build
    | hasOwnSetup build = IntSet.filter (not . any isCabals . programsOf) tools
    | otherwise = IntSet.empty
  where
    isCabals file = isCabalsTool file && isNothing (relative (surroundings build) file)
    tools = IntSet.fromList [tool | Tool tool <- map role (everyone build)]
    -- What a process began in its own place: the fork of Setup, the program.
    programsOf number = case process <$> IntMap.lookup number (actors build) of
        Just one | not (B.null (program one)) -> [effectiveProgram (surroundings build) one]
        _ -> concatMap programsOf (IntMap.findWithDefault [] number children)
    children =
        IntMap.fromListWith
            (++)
            [ (above, [number])
            | (number, actor) <- IntMap.toList (actors build)
            , Just above <- [parent (process actor)]
            ]

writersIn :: Build -> Map.Map Text (Set.Set Maker)
writersIn build =
    Map.fromListWith
        Set.union
        [ (path, Set.singleton (makerOf build actor))
        | actor <- everyone build
        , (Write, path) <- Map.keys (touched (process actor))
        ]

preprocessedIn :: Build -> Set.Set (Text, Text)
preprocessedIn build =
    Set.fromList
        [ (label component, path)
        | Actor one (Job component _ job) <- everyone build
        , Just (ForModule _ Preprocessor) <- [IntMap.lookup job (purposes build)]
        , (Read, path) <- Map.keys (touched one)
        ]

-- | What a process makes files as.
makerOf :: Build -> Actor -> Maker
makerOf build actor = case role actor of
    Compiler component -> MakerComponent (label component)
    Job component _ _ -> MakerComponent (label component)
    Setup -> MakerSetup
    Tool tool
        | isPartOfSetup build actor -> MakerSetup
        | otherwise -> MakerProcess tool

-- | How often a process did what. A program is an input of whoever runs it; Setup is made of
-- inputs itself.
looked :: Actor -> Map.Map (Operation, Text) Int
looked actor
    | B.null file || isSetup actor = inLog
    | otherwise = Map.union inLog (Map.singleton (Run, file) 1)
  where
    inLog = Map.map length (touched (process actor))
    file = program (process actor)

-- | What a program is called in reports; empty for GHC and Setup themselves.
nameOf :: Build -> Actor -> Text
nameOf build actor
    | isCompiler actor || isSetup actor = B.empty
    -- A fork is as good as what it is a fork of.
    | B.null (program (process actor)) = maybe B.empty (nameOf build) above
    | otherwise = fromMaybe (baseName file) (relative (surroundings build) file)
  where
    above = parent (process actor) >>= (`IntMap.lookup` actors build)
    file = effectiveProgram (surroundings build) (process actor)

-- | What is said of what could not be followed: a program, or one with the function that it used.
lostName :: Actor -> Text -> Text
lostName actor what
    | what == program (process actor) = baseName what
    | otherwise = baseName (program (process actor)) <> " (" <> what <> ")"

-- | Of an interpreter, the script says more.
effectiveProgram :: Surroundings -> Process -> Text
effectiveProgram around one = case drop 1 (arguments one) of
    script : _ | B.elem '/' script, isInterpreter (program one) -> absolute around script
    _ -> program one
