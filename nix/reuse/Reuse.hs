{-# LANGUAGE OverloadedStrings #-}

-- | What is kept of a full build beside its modules, and what an incremental build takes of it.
--
-- Arguments: what to do, and where.
--
-- [@contents UNPACKED PACKAGE@] Prints what the files of a package are: see "Contents".
--
-- [@observed RECORD LOG CONTENTS UNPACKED PACKAGE SETUP OTHER...@] Prints what a log of
-- observe.c comes to: see "Observed". RECORD has the files @modules@, @components@,
-- @suffixes@ and @places@ of DescribePackage.hs, and the @log@ of what GHC printed. CONTENTS is
-- what the package was before. SETUP is @own@ where Setup is a program of the package. With
-- @same LOG@ behind it there is a sample of how Cabal itself configures the same description,
-- with @other LOG@ of how it configures what the program made another one of.
-- OTHERs are folders of packages that this one is built with.
--
-- [@decide BASE STAGED CONTENTS RECORD SETUP@] Prints the stems of the modules that cannot
-- be taken over, a line each, and tells hinc why. BASE is the folder @hinc@ of the older
-- intermediates, STAGED has the files @modules@ and @found@ (what the base has of them),
-- CONTENTS is that of head, SETUP is @changed@ where what configures the package did.
-- Standard input: see "Request".
--
-- [@bugs VERSION@] Prints GHC's tickets about changes that GHC of that version does not see.
--
-- [@warnings BASE FACTS@] Prints the names whose pragmas changed ("Warned"), for who uses them
-- to be found. FACTS is the file of what was compiled.
--
-- [@missed VERSION BASE FACTS MODULES USES@] Prints the stems of the modules that GHC wrongly
-- skipped, and tells hinc. MODULES is the file of head's modules; USES has, with a stem
-- before each, those of the names that @warnings@ gave.
module Main (main) where

import Control.Monad (filterM)
import qualified Data.ByteString.Char8 as B
import Data.List (sort)
import qualified Data.Map.Strict as Map
import Data.Maybe (mapMaybe)
import qualified Data.Set as Set
import GHC.Fingerprint (getFileHash)
import GHC.IO.Encoding (char8, setFileSystemEncoding)
import System.Directory (doesFileExist, doesPathExist, pathIsSymbolicLink)
import System.Environment (getArgs)
import System.IO (BufferMode (..), hSetBinaryMode, hSetBuffering, stderr, stdin, stdout)

import CabalReads (sampleOf, whateverItDescribes)
import Columns (Text, readColumns)
import Contents (isContentOf, readContents, writeContents)
import Diagnostics (diagnosticsShown)
import Events (leftOut)
import Facts (Facts, Stem, factsOfAll)
import Follow (follow)
import ForeignFiles (digestOf, foreignFiles, withDigests)
import GhcBugs (Bug (..), bugs, missed, versionOf)
import Links (leadsTo)
import Log (readLog)
import Modules (modulesOf)
import Observed
import PackageFiles (filesOf)
import Paths (Roots (..))
import Request
import Question
import Rule
import Surroundings (Surroundings (..), componentsOf)
import Units (changedUnits, movedNames, namesOf, ofModules, unitsOf)
import Warned (Use (..), toLookFor, warned, writeUse)

main :: IO ()
main = do
    -- A path is any bytes.
    setFileSystemEncoding char8
    mapM_ (`hSetBinaryMode` True) [stdin, stdout, stderr]
    mapM_ (`hSetBuffering` BlockBuffering Nothing) [stdout, stderr]
    arguments <- getArgs
    case arguments of
        ["contents", unpackedFolder, packageFolder] ->
            filesOf unpackedFolder packageFolder >>= B.putStr . writeContents
        "observed" : record : logFile : contentsFile : unpackedFolder : packageFolder : setup : others' ->
            let places = Roots (B.pack packageFolder) (B.pack unpackedFolder)
             in observe record logFile contentsFile places setup others'
        ["decide", base, staged, contentsFile, record, setup] ->
            choose base staged contentsFile record (setup == "changed")
        ["bugs", version] -> mapM_ (print . ticket) [bug | bug <- bugs, isIn bug (versionOf version)]
        ["warnings", base, factsFile] -> tellNames base factsFile
        ["missed", version, base, factsFile, modulesFile, usesFile] ->
            tellMissed (versionOf version) base factsFile modulesFile usesFile
        _ -> fail "usage: see Reuse.hs"

observe :: FilePath -> FilePath -> FilePath -> Roots -> String -> [FilePath] -> IO ()
observe record logFile contentsFile places setup otherFolders = do
    kept <- modulesOf <$> B.readFile (record ++ "/modules")
    missing <- maybe Map.empty modulesOf <$> readIfThere (record ++ "/uncompiled")
    let modules = Map.union kept missing
    units <- maybe [] unitsOf <$> readIfThere (record ++ "/components")
    suffixes <- maybe [] readColumns <$> readIfThere (record ++ "/suffixes")
    companions <- maybe [] readColumns <$> readIfThere (record ++ "/places")
    files <- readContents <$> B.readFile contentsFile
    let processesIn = fmap (readLog (leadsTo places files)) . B.readFile
    processes <- processesIn logFile
    ownSetup' <- case words setup of
        ["own", "same", sample] -> Just . sampleOf places <$> processesIn sample
        ["own", "other", sample] -> Just . whateverItDescribes places . sampleOf places <$> processesIn sample
        "own" : _ -> pure (Just Map.empty)
        _ -> pure Nothing
    shown <- maybe Map.empty diagnosticsShown <$> readIfThere (record ++ "/log")
    let around =
            Surroundings
                { roots = places
                , components = componentsOf units modules
                , uncompiled = Map.keysSet (Map.difference missing kept)
                , others = map B.pack otherFolders
                , productSuffixes = Set.fromList (concat suffixes ++ concatMap (drop 2) companions)
                , ownSetup = ownSetup'
                , shownDiagnostics = shown
                }
    withDigests (follow around processes) >>= withFilesThatAreThere files >>= B.putStr . writeObserved
  where
    -- What was made and removed again nobody misses, nor what is as it was. Of folders what is
    -- in them counts.
    withFilesThatAreThere files found = do
        groups' <- mapM (inGroup files) (groups found)
        pure found{groups = groups'}
    inGroup files group = do
        there <- filterM (isThere files) (Set.toList (leaves group))
        pure group{leaves = Set.fromDistinctAscList there}
    isThere files path = do
        let file = B.unpack (package places) ++ "/" ++ B.unpack path
        isFile <- doesFileExist file
        isOther <- doesPathExist file
        case () of
            _ | isFile -> not . isContentOf files path <$> getFileHash file
            _ | isOther -> pathIsSymbolicLink file
            _ -> pure False

choose :: FilePath -> FilePath -> FilePath -> FilePath -> Bool -> IO ()
choose base staged contentsFile record setup = do
    request <- requestOf <$> B.getContents
    before' <- readContents <$> B.readFile (base ++ "/contents")
    now' <- readContents <$> B.readFile contentsFile
    modulesBefore' <- modulesOf <$> B.readFile (base ++ "/modules")
    there <- Set.fromList . concatMap (take 1) . readColumns <$> B.readFile (staged ++ "/found")
    modulesNow' <- (`Map.restrictKeys` there) . modulesOf <$> B.readFile (staged ++ "/modules")
    facts' <- fmap factsOfAll <$> readIfThere (base ++ "/facts")
    observed' <- observedIn base
    unitsBefore <- unitsOf <$> B.readFile (base ++ "/components")
    unitsNow <- unitsOf <$> B.readFile (record ++ "/components")
    namesBefore <- namesOf <$> B.readFile (base ++ "/reexports")
    namesNow <- namesOf <$> B.readFile (record ++ "/reexports")
    let lookedAt = either (const []) foreignFiles observed'
    foreignNow' <- mapM (\(how, path) -> digestOf how (moved request path)) lookedAt
    let question =
            Question
                { before = before'
                , now = now'
                , modulesBefore = modulesBefore'
                , modulesNow = modulesNow'
                , facts = facts'
                , observed = observed'
                , foreignNow = Map.fromList (zip lookedAt foreignNow')
                , unitsChanged = ofModules unitsNow (changedUnits unitsBefore unitsNow) modulesNow'
                , namesMoved = ofModules unitsNow (movedNames namesBefore namesNow unitsNow) modulesNow'
                , setupChanged = setup
                , surroundings = environment request
                , dependenciesChanged = not (null (rewrites request))
                , dependencyFamilies = families request
                , dependencyPragmas = unnamedPragmas request
                }
        decided = decide question
        found = Map.filterWithKey (\stem _ -> not (isEdited question stem)) (causes request)
        event (stem, m) = leftOut m (Map.lookup stem decided) (Map.lookup stem found)
    putLines (Set.toList (Set.union (Map.keysSet decided) (Map.keysSet found)))
    mapM_ (B.hPutStr stderr) (sort (mapMaybe event (Map.toList modulesNow')))

tellNames :: FilePath -> FilePath -> IO ()
tellNames base factsFile = do
    before' <- factsIn (base ++ "/facts")
    now' <- factsIn factsFile
    mapM_ (B.putStr . writeUse) (toLookFor before' now')

tellMissed :: [Int] -> FilePath -> FilePath -> FilePath -> FilePath -> IO ()
tellMissed version base factsFile modulesFile usesFile = do
    before' <- factsIn (base ++ "/facts")
    now' <- factsIn factsFile
    modules <- modulesOf <$> B.readFile modulesFile
    uses <- readColumns <$> B.readFile usesFile
    let there = Map.keysSet modules
        users = Map.fromListWith (++) [(stem, [Use unit' module' name']) | [stem, unit', module', name'] <- uses]
        byGhc = Map.map (uncurry Missed) (missed version before' now' there)
        found = Map.union byGhc (Map.map Pragma (warned before' now' there users))
        event (stem, cause) = do
            m <- Map.lookup stem modules
            leftOut m (Just cause) Nothing
    putLines (Map.keys found)
    mapM_ (B.hPutStr stderr) (mapMaybe event (Map.toList found))

-- | Nothing is known where there is no file.
factsIn :: FilePath -> IO (Map.Map Stem Facts)
factsIn file = maybe Map.empty factsOfAll <$> readIfThere file

putLines :: [Text] -> IO ()
putLines = mapM_ (B.putStr . (`B.snoc` '\n'))

readIfThere :: FilePath -> IO (Maybe Text)
readIfThere file = do
    exists <- doesFileExist file
    if exists then Just <$> B.readFile file else pure Nothing

-- | What the base's build looked at, or why nobody knows.
observedIn :: FilePath -> IO (Either Text Observed)
observedIn base = do
    found <- readIfThere (base ++ "/observed")
    why <- readIfThere (base ++ "/unobserved")
    pure $ case (found >>= readObserved, why) of
        (Just it, _) -> Right it
        (Nothing, Just text) -> Left (B.takeWhile (/= '\n') text)
        (Nothing, Nothing) -> Left "nothing was noted"
