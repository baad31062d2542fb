{-# LANGUAGE OverloadedStrings #-}

-- | From what processes did, what the modules of a build depend on beside what GHC watches.
--
-- GHC compiles a component in one process, and code of the package (splices, plugins) runs
-- in that same process. So of what it looks at, what GHC itself wants has to be told from
-- what such code wants: see "GhcReads". What GHC starts belongs to one module where it was
-- started for one (a preprocessor, a C compiler), and to the code otherwise: see "Jobs".
--
-- What Setup does is done anew by every build. So it matters only where Setup is a program
-- of the package, which can give GHC other options; or where something reads what it made:
-- see "Makers".
module Follow (follow) where

import qualified Data.ByteString.Char8 as B
import qualified Data.IntMap.Strict as IntMap
import Data.List (sort)
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe)
import qualified Data.Set as Set

import Build
import CabalReads (isBuilt, isCabalsQuestion)
import Columns (Text)
import Contents (Access (..))
import FileKinds (isConfiguration, isHaskell, isLibraryFile, isProduct)
import GhcReads (Windows, compiledMeanwhile, isCompilersOwn, linesShown, opensOf, windowsOf)
import Jobs (Purpose (..))
import Leaves (leavesOf)
import Log (Operation (..), Process (..), Processes)
import Makers (madeByOthers, madeOfAll, ownMaker)
import Observed
import Paths (Place (..), Roots (..), placeOf, (</>))
import Roles (Role (..))
import Stems (sourceStem)
import Surroundings
import Tools (isCompilersTool, isGhc)

follow :: Surroundings -> Processes -> Observed
follow around processes =
    Observed
        { groups = Map.filter (/= mempty) (Map.fromListWith (<>) (lostPrograms build ++ leavesOf build ++ seen))
        , makers = madeOfAll build (Set.toList wanted)
        , compiled = Set.fromList [label component | Compiler component <- map role (everyone build)]
        }
  where
    build = buildOf around processes
    seen = looks build
    wanted =
        Set.fromList
            [ maker
            | (_, group) <- seen
            , Generated _ maker <- map source (Set.toList (inputs group))
            ]

-- | Who depends on what a process looks at, and as what it looks.
dependant :: Build -> Actor -> Maybe (Who, Reader)
dependant build actor = case role actor of
    Compiler component -> Just (OfCode (label component), Code)
    Job component _ job -> case IntMap.lookup job (purposes build) of
        Just (ForModule stem by) -> Just (OfModule (label component) stem, by)
        Just ForSomeModule -> Just (OfComponent (label component), CCompiler)
        Just ForLinking -> Nothing
        _ -> Just (OfCode (label component), Code)
    Setup | hasOwnSetup build -> Just (OfSetup, SetupProgram)
    Tool _ | isPartOfSetup build actor -> Just (OfSetup, SetupProgram)
    _ -> Nothing

-- | Programs that were not followed, by who depends on what they look at.
lostPrograms :: Build -> [(Who, Group)]
lostPrograms build =
    [lose OfSetup SetupProgram "Setup" | hasOwnSetup build, not setupWasCompiled]
        ++ [ lose who by (lostName actor what)
           | actor <- everyone build
           , what <- unfollowed (process actor)
           , Just (who, by) <- [dependant build actor]
           ]
  where
    lose who by what = (who, mempty{lost = Set.singleton (by, what)})
    -- A Setup program that was compiled unseen can be of any sources.
    setupWasCompiled = or [readsSetup one | Actor one Setup <- everyone build, isGhc (program one)]
    readsSetup one = any (\path -> Map.member (Read, path) (touched one)) setupSources
    setupSources = map (package (roots (surroundings build)) </>) ["Setup.hs", "Setup.lhs"]

-- | What processes looked at, each by itself, by who depends on it.
looks :: Build -> [(Who, Group)]
looks build =
    [ (whose, group)
    | (number, actor) <- IntMap.toList (actors build)
    , Just (who, by) <- [dependant build actor]
    , let nearer = modulesAt build actor
          options = optionsRead actor
          cabals = IntMap.findWithDefault Set.empty number (cabalsLooks build)
    , (look, count) <- Map.toList (looked actor)
    , Set.notMember look cabals
    , let isOption = Set.member look options
    , Just group <- [groupOf build actor who (if isOption then Ghc else by) look count]
    , whose <- if isOption then [OfComponent (componentOf who)] else fromMaybe [who] (nearer look)
    ]
  where
    componentOf who = case who of
        OfModule component _ -> component
        OfCode component -> component
        OfComponent component -> component
        OfSetup -> B.empty

-- | What GHC read before it opened the first source: options that it was given in a file
-- (@\@FILE@). They count for each module.
optionsRead :: Actor -> Set.Set (Operation, Text)
optionsRead actor = case role actor of
    Compiler _ -> Set.fromList [look | (look@(Read, _), at) <- seen, minimum at < begins]
    _ -> Set.empty
  where
    seen = Map.toList (touched (process actor))
    begins = minimum (maxBound : concat [at | ((Read, path), at) <- seen, isHaskell path])

-- | A source that somebody opened while GHC compiled: only the modules that it was at then
-- can be behind that. Code often reads the source that it stands in (QuickCheck's
-- `quickCheckAll` does). 'Nothing' where that is not known.
modulesAt :: Build -> Actor -> (Operation, Text) -> Maybe [Who]
modulesAt build actor = case role actor of
    Compiler component -> modulesOf component (windowsOf around component (process actor))
    _ -> const Nothing
  where
    around = surroundings build
    modulesOf :: Component -> Windows -> (Operation, Text) -> Maybe [Who]
    modulesOf component windows (operation, path)
        | operation == Read
        , Just inside <- relative around path
        , Map.member inside (sources component) =
            let opened = sort (Map.findWithDefault [] (Read, path) (touched (process actor)))
                later = drop (opensOf (isPreprocessed build component) path) opened
             in map (OfModule (label component)) <$> compiledMeanwhile component windows later
        | otherwise = Nothing

-- | What is to be noted of a look of a process; 'Nothing' where nobody depends on it.
groupOf :: Build -> Actor -> Who -> Reader -> (Operation, Text) -> Int -> Maybe Group
groupOf build actor who by (operation, path) count
    | operation == Write = Nothing
    | isGhcsOwn = Nothing
    | opened <= 0 = Nothing
    | OfModule component stem <- who, operation == Read, isSourceOf around component stem path = Nothing
    | who == OfSetup, isSetupsOwn = Nothing
    | operation == Run, isFromElsewhere around path =
        if isCompilersTool path then Nothing else Just mempty{runsOthers = True}
    | null from = Nothing
    | otherwise = Just mempty{inputs = Set.fromList (map input from)}
  where
    around = surroundings build
    from = sourcesFor build who operation path
    input source' =
        let times' = if isCompiler actor then opened else 0
         in Input source' (accessFor around who operation path) by (nameOf build actor) times'
    opened
        -- GHC opens a source once more for each message that shows a line of it. Any code can print what looks
        -- like such a message, so this is said of nothing but sources.
        | operation == Read && isCompiler actor && isShown = count - linesShown around (process actor) path
        | otherwise = count
    isShown = isHaskell path || maybe False isSource (relative around path)
    isSource inside = any (Map.member inside . sources) (components around)
    isGhcsOwn = case role actor of
        Compiler component ->
            let replaced = isPreprocessed build component
             in isCompilersOwn around component replaced (process actor) operation path count
        _ -> False
    isSetupsOwn =
        isCabalsQuestion around operation path
            || (isSetup actor && operation == List && isBuilt around path)

-- | Whether a path is the source of a module of a component.
isSourceOf :: Surroundings -> Text -> Text -> Text -> Bool
isSourceOf around component stem path = case relative around path of
    Just inside -> or [sourceStem c inside == Just stem | c <- components around, label c == component]
    Nothing -> False

-- | Whether a program is neither the package's nor another package's that is an input.
isFromElsewhere :: Surroundings -> Text -> Bool
isFromElsewhere around path
    -- A name that was looked for on the PATH and whose program was not followed.
    | not (B.elem '/' path) = True
    | Outside outside <- placeOf (roots around) path = not (isOfOthers around outside)
    | otherwise = False

accessFor :: Surroundings -> Who -> Operation -> Text -> Access
accessFor around who operation path = case operation of
    Read -> ToRead
    List -> ToList
    Run -> ToRun
    _ | who == OfSetup || isModule -> ToFind
    _ -> ToAsk
  where
    -- The size of a module's source is nothing that programs which list modules want to know.
    isModule = isHaskell path && maybe False isSource (relative around path)
    isSource inside = any (Map.member inside . sources) (components around)

-- | Where an input is from; nothing where it is none. Of what several made, each counts.
sourcesFor :: Build -> Who -> Operation -> Text -> [Source]
sourcesFor build who operation path = case placeOf (roots around) path of
    Inside inside
        | null makers' || operation `notElem` [Read, List, Run] -> [Original inside]
        | otherwise -> generated inside
    Built inside
        | isProduct around inside || isConfiguration inside ->
            if operation == Run then generated inside else []
        | operation == Absent -> []
        | operation == Ask && (Set.member path (madeFolders build) || isHaskell inside) -> []
        | not (null makers') -> generated inside
        | isOwn -> []
        | otherwise -> [Generated inside MakerSetup]
    Outside outside -> [Foreign outside B.empty | isOfOthers around outside, not (isLibraryFile outside)]
  where
    around = surroundings build
    makers' = madeByOthers build (ownMaker who) path
    generated inside = map (Generated inside) makers'
    isOwn = maybe False (Set.member (ownMaker who)) (Map.lookup path (writers build))
