{-# LANGUAGE OverloadedStrings #-}

-- | What is kept of a full build beside its modules, and what an incremental build takes of it.
--
-- Arguments: what to do, and where.
--
-- [@contents UNPACKED PACKAGE@] Prints what the files of a package are: see "Contents".
--
-- [@observed RECORD LOG UNPACKED PACKAGE SETUP OTHER...@] Prints what a log of observe.c
-- comes to: see "Observed". RECORD has the files @modules@, @components@ and @suffixes@ of
-- DescribePackage.hs, and the @log@ of what GHC printed. SETUP is @own OPENED LISTED@ where Setup is a program of the package:
-- how often Cabal itself opens the package's description, and lists its folder. OTHERs are
-- folders of packages that this one is built with.
--
-- [@decide BASE STAGED CONTENTS RECORD SETUP@] Prints the stems of the modules that cannot
-- be taken over, a line each, and tells hinc why. BASE is the folder @hinc@ of the older
-- intermediates, STAGED has the files @modules@ and @found@ (what the base has of them), CONTENTS is that of head, SETUP is
-- @changed@ where what configures the package did. Standard input: lines @rewrite TAB OLD
-- TAB NEW@ (folders of other packages then and now), @environment TAB TEXT@ (what changed
-- that any program can see), @families TAB MODULES@ (of other packages, whose family instances
-- GHC does not see change), and @module TAB STEM TAB CAUSE TAB TEXT@ (causes that others
-- have found).
--
-- [@bugs VERSION@] Prints GHC's tickets about changes that GHC of that version does not see.
--
-- [@suspects VERSION BASE DIST@] Of the interfaces on standard input, which this build has
-- written (@STEM TAB PATH@, below DIST), prints the stems of those that GHC, of that version,
-- may not have told all importers of.
--
-- [@missed VERSION BASE FACTS MODULES@] Prints the stems of the modules that GHC wrongly
-- skipped, and tells hinc. FACTS is the file of what was compiled, MODULES that of head's
-- modules.
module Main (main) where

import qualified Data.ByteString.Char8 as B
import Data.List (sort, sortOn)
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe, listToMaybe, mapMaybe)
import qualified Data.Set as Set
import GHC.Fingerprint (fingerprintString, getFileHash)
import GHC.IO.Encoding (char8, setFileSystemEncoding)
import System.Directory (doesDirectoryExist, doesFileExist, listDirectory)
import System.Environment (getArgs)
import System.IO (BufferMode (..), hSetBinaryMode, hSetBuffering, stderr, stdin, stdout)
import System.Posix.Files

import Columns (Text, readColumns, readNumber)
import Contents (Access (..), Entry (..), Kind (..), readContents, writeContents)
import Diagnostics (diagnosticsShown)
import Events (leftOut)
import Facts (factsOfAll)
import Follow (follow)
import GhcBugs (Bug (..), bugs, missed, suspects)
import Log (readLog)
import Observed
import Paths (Roots (..), isBelow, simplified)
import Rule
import Surroundings (Component (Component), Surroundings (Surroundings))
import Units

main :: IO ()
main = do
    -- A path is any bytes.
    setFileSystemEncoding char8
    mapM_ (`hSetBinaryMode` True) [stdin, stdout, stderr]
    mapM_ (`hSetBuffering` BlockBuffering Nothing) [stdout, stderr]
    arguments <- getArgs
    case arguments of
        ["contents", unpackedFolder, packageFolder] -> do
            found <- filesOf unpackedFolder packageFolder
            B.putStr (writeContents (sortOn fst found))
        "observed" : record : logFile : unpackedFolder : packageFolder : setup : otherFolders -> observe record logFile unpackedFolder packageFolder (ownSetupOf (words setup)) otherFolders
        ["decide", base, staged, contentsFile, record, setup] -> choose base staged contentsFile record (setup == "changed")
        ["bugs", version] -> mapM_ (print . ticket) [bug | bug <- bugs, isIn bug (versionOf version)]
        ["suspects", version, base, dist] -> suspect (versionOf version) base dist
        ["missed", version, base, factsFile, modulesFile] -> tellMissed (versionOf version) base factsFile modulesFile
        _ -> fail "usage: see Reuse.hs"

ownSetupOf :: [String] -> Maybe (Int, Int)
ownSetupOf given = case given of
    ["own", opened, listed] -> Just (readNumber (B.pack opened), readNumber (B.pack listed))
    _ -> Nothing

-- | All files but those that a build puts among them before it compiles: what is new in
-- Cabal's folder, the program in the place of Setup, and what a configure script notes. What
-- came with the source into Cabal's folder has the time 0 (age_build in restore.sh).
filesOf :: FilePath -> FilePath -> IO [(Text, Entry)]
filesOf top package_
    | top == package_ = go ""
    | otherwise = (++) <$> go "" <*> besides
  where
    go below = concat <$> (listDirectory (package_ ++ "/" ++ below) >>= mapM (entry go package_ below "" . (below ++)) . filter (not . isOurs below))
    besides = do
        -- The folders from the top to the package, and `../` for each.
        let between = drop 1 (drop (length top) package_)
            depth = length (filter (== '/') between) + 1
        beside (concat (replicate depth "../")) between ""
    beside climb between below = concat <$> (listDirectory (top ++ "/" ++ below) >>= mapM (entry (beside climb between) top below climb . (below ++)) . filter (\name -> (below ++ name) /= between))
    entry deeper root _ prefix path = do
        status <- getSymbolicLinkStatus (root ++ "/" ++ path)
        let named found = pure [(B.pack (prefix ++ path), found)]
        if isSymbolicLink status && not (isNew path status)
            then readSymbolicLink (root ++ "/" ++ path) >>= \target -> named (Entry Link (length target) (B.pack target))
            else
                if isDirectory status
                    then deeper (path ++ "/")
                    else
                        if isRegularFile status && not (isNew path status)
                            then do
                                hash <- getFileHash (root ++ "/" ++ path)
                                let runs = fileMode status `intersectFileModes` ownerExecuteMode /= nullFileMode
                                named (Entry (if runs then Program else File) (fromIntegral (fileSize status)) (B.pack (show hash)))
                            else pure []
    isNew path status = take 5 path == "dist/" && modificationTime status /= 0
    isOurs below name = (null below && name == "Setup") || name `elem` ["config.log", "config.status"]

readIfThere :: FilePath -> IO (Maybe Text)
readIfThere file = do
    exists <- doesFileExist file
    if exists then Just <$> B.readFile file else pure Nothing

observe :: FilePath -> FilePath -> FilePath -> FilePath -> Maybe (Int, Int) -> [FilePath] -> IO ()
observe record logFile unpackedFolder packageFolder setup otherFolders = do
    modules <- modulesOf <$> B.readFile (record ++ "/modules")
    units <- maybe [] unitsOf <$> readIfThere (record ++ "/components")
    suffixes <- maybe [] readColumns <$> readIfThere (record ++ "/suffixes")
    processes <- readLog <$> B.readFile logFile
    shown <- maybe Map.empty diagnosticsShown <$> readIfThere (record ++ "/log")
    let components = [componentOf unit (Map.filterWithKey (\stem m -> unitOf units (component m) stem == Just (place unit)) modules) | unit <- units]
        around = Surroundings (Roots (B.pack packageFolder) (B.pack unpackedFolder)) components (map B.pack otherFolders) (Set.fromList (concat suffixes)) setup shown
    found <- withDigests pure (follow around processes)
    B.putStr (writeObserved found)
  where
    componentOf unit mine =
        Component
            (fst (place unit))
            (if snd (place unit) == "." then "dist/build" else "dist/build/" <> snd (place unit))
            (Map.fromList [(simplified source_, stem) | (stem, m) <- Map.toList mine, source_ <- sources m])
            (Set.fromList (map name (Map.elems mine)))

-- | Fills in what the files of other packages are.
withDigests :: (Text -> IO Text) -> Observed -> IO Observed
withDigests place found = do
    groups' <- mapM (\group -> (\list -> group{inputs = Set.fromList list}) <$> mapM input (Set.toList (inputs group))) (groups found)
    makers' <- mapM (\made -> (\list -> made{madeOf = Set.fromList list}) <$> mapM of_ (Set.toList (madeOf made))) (makers found)
    pure found{groups = groups', makers = makers'}
  where
    input i = (\from -> i{source = from}) <$> digested (access i) (source i)
    of_ (how, from) = (,) how <$> digested how from
    digested how (Foreign path _) = place path >>= \now' -> Foreign path . fromMaybe B.empty <$> digestOf how now'
    digested _ other = pure other

digestOf :: Access -> Text -> IO (Maybe Text)
digestOf how path = do
    let file = B.unpack path
    isFile <- doesFileExist file
    isFolder <- doesDirectoryExist file
    case () of
        _ | isFile, how `elem` [ToRead, ToRun] -> Just . B.pack . show <$> getFileHash file
        _ | isFile -> (\status -> Just (B.pack ("file " ++ if how == ToAsk then show (fileSize status) else ""))) <$> getFileStatus file
        _ | isFolder, how == ToList -> (\names -> Just (B.pack (show (fingerprintString (show (sortOn id names)))))) <$> listDirectory file
        _ | isFolder -> pure (Just "folder")
        _ -> pure Nothing

choose :: FilePath -> FilePath -> FilePath -> FilePath -> Bool -> IO ()
choose base staged contentsFile record setup = do
    given <- readColumns <$> B.getContents
    before' <- readContents <$> B.readFile (base ++ "/contents")
    now' <- readContents <$> B.readFile contentsFile
    modulesBefore' <- modulesOf <$> B.readFile (base ++ "/modules")
    there <- Set.fromList . map (take 1) . readColumns <$> B.readFile (staged ++ "/found")
    modulesNow' <- Map.filterWithKey (\stem _ -> Set.member [stem] there) . modulesOf <$> B.readFile (staged ++ "/modules")
    facts' <- fmap factsOfAll <$> readIfThere (base ++ "/facts")
    observed' <- observedIn base
    unitsBefore <- unitsOf <$> B.readFile (base ++ "/components")
    unitsNow <- unitsOf <$> B.readFile (record ++ "/components")
    namesBefore <- namesOf <$> B.readFile (base ++ "/reexports")
    namesNow <- namesOf <$> B.readFile (record ++ "/reexports")
    let rewrites = [(old, new) | [word, old, new] <- given, word == "rewrite"]
        moved path = case [new <> B.drop (B.length old) path | (old, new) <- rewrites, isBelow old path] of
            elsewhere : _ -> elsewhere
            [] -> path
        foreignPaths = either (const []) foreigns observed'
    foreign_ <- mapM (\(how, path) -> (,) (how, path) <$> digestOf how (moved path)) foreignPaths
    let question =
            Question
                { before = before'
                , now = now'
                , modulesBefore = modulesBefore'
                , modulesNow = modulesNow'
                , facts = facts'
                , observed = observed'
                , foreignNow = Map.fromList foreign_
                , unitsChanged = Map.mapMaybeWithKey (\stem m -> unitOf unitsNow (component m) stem >>= (`Map.lookup` changed)) modulesNow'
                , namesMoved = Map.mapMaybeWithKey (\stem m -> unitOf unitsNow (component m) stem >>= (`Map.lookup` moved_)) modulesNow'
                , setupChanged = setup
                , surroundings = [text | [word, text] <- given, word == "environment"]
                , dependenciesChanged = not (null rewrites)
                , dependencyFamilies = listToMaybe [about | [word, about] <- given, word == "families"]
                }
        changed = changedUnits unitsBefore unitsNow
        moved_ = movedNames namesBefore namesNow unitsNow
        others_ = Map.filterWithKey (\stem _ -> not (isEdited question stem)) (Map.fromList [(stem, (cause, about)) | [word, stem, cause, about] <- reverse given, word == "module"])
        decided = decide question
    mapM_ (B.putStr . (`B.snoc` '\n')) (Set.toList (Set.union (Map.keysSet decided) (Map.keysSet others_)))
    mapM_ (B.hPutStr stderr) (sort (mapMaybe (\(stem, m) -> leftOut m (Map.lookup stem decided) (Map.lookup stem others_)) (Map.toList modulesNow')))

versionOf :: String -> [Int]
versionOf = map (readNumber . B.pack) . words . map (\c -> if c == '.' then ' ' else c)

suspect :: [Int] -> FilePath -> FilePath -> IO ()
suspect version base dist = do
    written <- readColumns <$> B.getContents
    known <- maybe Map.empty factsOfAll <$> readIfThere (base ++ "/facts")
    if any (`isIn` version) bugs
        then do
            read_ <- mapM (\(stem, path) -> (,) stem <$> B.readFile (dist ++ "/" ++ B.unpack path)) [(stem, path) | [stem, path] <- written]
            mapM_ (B.putStr . (`B.snoc` '\n')) (suspects known read_)
        else pure ()

tellMissed :: [Int] -> FilePath -> FilePath -> FilePath -> IO ()
tellMissed version base factsFile modulesFile = do
    before' <- maybe Map.empty factsOfAll <$> readIfThere (base ++ "/facts")
    now' <- factsOfAll <$> B.readFile factsFile
    modules <- modulesOf <$> B.readFile modulesFile
    let found = missed version before' now' (Map.keysSet modules)
    mapM_ (B.putStr . (`B.snoc` '\n')) (Map.keys found)
    mapM_ (B.hPutStr stderr) (mapMaybe (\(stem, (about, number)) -> Map.lookup stem modules >>= \m -> leftOut m (Just (Missed about number)) Nothing) (Map.toList found))

observedIn :: FilePath -> IO (Either Text Observed)
observedIn base = do
    found <- readIfThere (base ++ "/observed")
    why <- readIfThere (base ++ "/unobserved")
    pure $ case (found >>= readObserved, why) of
        (Just it, _) -> Right it
        (Nothing, Just text) -> Left (B.takeWhile (/= '\n') text)
        (Nothing, Nothing) -> Left "nothing was noted"

foreigns :: Observed -> [(Access, Text)]
foreigns found =
    Set.toList . Set.fromList $
        [(access i, path) | group <- Map.elems (groups found), i <- Set.toList (inputs group), Foreign path _ <- [source i]]
            ++ [(how, path) | made <- Map.elems (makers found), (how, Foreign path _) <- Set.toList (madeOf made)]
