{-# LANGUAGE OverloadedStrings #-}

-- | From what processes did, what the modules of a build depend on beside what GHC watches.
--
-- GHC compiles a component in one process, and code of the package (splices, plugins) runs
-- in that same process. So of what it looks at, what GHC itself wants has to be told from
-- what such code wants: see 'isCompilersOwn'. What GHC starts belongs to one module where
-- it was started for one (a preprocessor, a C compiler), and to the code otherwise.
--
-- What Setup does is done anew by every build. So it matters only where Setup is a program
-- of the package, which can give GHC other options; or where something reads what it made.
module Follow (Surroundings (..), Component (..), follow) where

import qualified Data.ByteString.Char8 as B
import Data.Char (isAlphaNum, isDigit)
import qualified Data.IntMap.Strict as IntMap
import Data.List (sort)
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe, isJust, listToMaybe, mapMaybe)
import qualified Data.Set as Set

import Columns (Text)
import Contents (Access (..))
import Log (Operation (..), Process (..), Processes, ancestors)
import Observed
import Paths

data Component = Component
    { label :: Text
    , output :: Text
    -- ^ the folder that its interfaces go to, relative to the package
    , sources :: Map.Map Text Text
    -- ^ stems of its modules by their sources
    , names :: Set.Set Text
    -- ^ of its modules, as @A.B@
    }

data Surroundings = Surroundings
    { roots :: Roots
    , components :: [Component]
    , others :: [Text]
    -- ^ folders of other packages, which are inputs too
    , productSuffixes :: Set.Set Text
    -- ^ those that the package's own options give to interfaces and objects
    , ownSetup :: Maybe (Int, Int)
    -- ^ where Setup is a program of the package: how often Cabal itself opens the package's
    -- description and lists its folder to configure it
    , shownDiagnostics :: Map.Map Text Int
    -- ^ how many of them GHC has shown of a file, with the lines that they are about
    }

-- | What a process is to the build.
data Role
    = -- | GHC, compiling a component
      Compiler Component
    | -- | begun by GHC, or by what was: the component, and the process that GHC began
      Job Component Int Int
    | -- | Setup itself, or the compiler of its program
      Setup
    | -- | begun by Setup: the process that it began
      Tool Int

-- | A process that GHC began, with all below it.
data JobFacts = JobFacts
    { jobArguments :: Set.Set Text
    , jobReads :: Set.Set Text
    , jobWrites :: Set.Set Text
    }

instance Semigroup JobFacts where
    JobFacts a b c <> JobFacts a' b' c' = JobFacts (a <> a') (b <> b') (c <> c')

-- | What a job was begun for.
data Purpose
    = ForModule Text Reader
    | -- | Nothing that counts: it links.
      ForLinking
    | -- | C, of nobody knows which module.
      ForSomeModule
    | -- | By code of the package.
      ForCode
    deriving (Eq)

follow :: Surroundings -> Processes -> Observed
follow around processes =
    Observed
        { groups = Map.filter (not . isEmpty) (Map.fromListWith join (lostPrograms ++ looks))
        , makers = madeAll Map.empty (Set.toList (Set.fromList [maker | (_, group) <- looks, Generated _ maker <- map source (Set.toList (inputs group))]))
        , compiled = Set.fromList [label component | Compiler component <- IntMap.elems roles]
        }
  where
    isEmpty group = Set.null (inputs group) && Set.null (lost group) && not (runsOthers group)
    join (Group a b c) (Group a' b' c') = Group (a <> a') (b <> b') (c || c')

    roles = IntMap.mapWithKey (\number _ -> roleOf around processes number) processes
    jobs = IntMap.fromListWith (<>) [(job, jobFacts process) | (number, process) <- IntMap.toList processes, Just (Job _ _ job) <- [IntMap.lookup number roles]]
    purposes = purposesOf around roles processes jobs
    writers = Map.fromListWith Set.union [(path, Set.singleton maker) | (number, process) <- IntMap.toList processes, (Write, path) <- Map.keys (touched process), Just maker <- [makerOfProcess number]]
    -- Folders that something was written into: they are asked for by whoever makes them.
    madeFolders = Set.fromList (concatMap (takeWhile ((> 1) . B.length) . iterate folderOf . folderOf) (Map.keys writers))
    preprocessed = Set.fromList [(label component, path) | (number, process) <- IntMap.toList processes, Just (Job component _ job) <- [IntMap.lookup number roles], Just (ForModule _ Preprocessor) <- [IntMap.lookup job purposes], (Read, path) <- Map.keys (touched process)]

    makerOfProcess number = case IntMap.lookup number roles of
        Just (Compiler component) -> Just (MakerComponent (label component))
        Just (Job component _ _) -> Just (MakerComponent (label component))
        Just Setup -> Just MakerSetup
        Just (Tool tool) -> Just (if IntMap.findWithDefault False tool isPartOfSetup then MakerSetup else MakerProcess tool)
        Nothing -> Nothing

    hasOwnSetup = isJust (ownSetup around)
    -- With a Setup program of the package, what it runs beside the programs that Cabal
    -- knows is as good as itself.
    isPartOfSetup = IntMap.fromList [(tool, hasOwnSetup && not (any isCabalsTool (programsOf tool))) | Tool tool <- IntMap.elems roles]
    -- What a process began in its own place: the fork of Setup, the program.
    programsOf number = [effective process | process <- maybe [] pure (IntMap.lookup number processes), not (B.null (program process))] ++ concatMap programsOf (if maybe True (B.null . program) (IntMap.lookup number processes) then IntMap.findWithDefault [] number children else [])
    children = IntMap.fromListWith (flip (++)) [(above, [number]) | (number, process) <- IntMap.toList processes, Just above <- [parent process]]

    -- Who depends on what a process looks at, and as what it looks.
    dependant number = case IntMap.lookup number roles of
        Just (Compiler component) -> Just (OfCode (label component), Code)
        Just (Job component _ job) -> case IntMap.lookup job purposes of
            Just (ForModule stem by) -> Just (OfModule (label component) stem, by)
            Just ForSomeModule -> Just (OfComponent (label component), CCompiler)
            Just ForLinking -> Nothing
            _ -> Just (OfCode (label component), Code)
        Just Setup | hasOwnSetup -> Just (OfSetup, SetupProgram)
        Just (Tool tool) | IntMap.findWithDefault False tool isPartOfSetup -> Just (OfSetup, SetupProgram)
        _ -> Nothing

    lostPrograms = [(OfSetup, Group Set.empty (Set.singleton (SetupProgram, "Setup")) False) | hasOwnSetup, not setupWasCompiled] ++ [(who, Group Set.empty (Set.singleton (by, baseName what)) False) | (number, process) <- IntMap.toList processes, what <- unfollowed process, Just (who, by) <- [dependant number]]
    -- A Setup program that was compiled unseen can be of any sources.
    setupWasCompiled = or [Map.member (Read, package (roots around) </> file) (touched process) | (number, process) <- IntMap.toList processes, isGhc (program process), Just Setup <- [IntMap.lookup number roles], file <- ["Setup.hs", "Setup.lhs"]]
    looks = [(whose, group) | (number, process) <- IntMap.toList processes, Just (who, by) <- [dependant number], look <- Map.toList (looked number process), Just group <- [lookOf number process who by look], whose <- fromMaybe [who] (forWhom number process (fst look))]
    -- A source that somebody opened while GHC compiled: only the modules that it was at then
    -- can be behind that. Code often reads the source that it stands in (QuickCheck's
    -- `quickCheckAll` does).
    forWhom number process (operation, path) = case IntMap.lookup number roles of
        Just (Compiler component) | operation == Read, Just inside <- relative around path, Map.member inside (sources component) -> map (OfModule (label component)) <$> compiledMeanwhile around component process (drop (opensOf (isPreprocessed component) path) (sort (Map.findWithDefault [] (Read, path) (touched process))))
        _ -> Nothing
    -- A program is an input of whoever runs it. Setup is made of inputs itself.
    looked number process = Map.union (Map.map length (touched process)) (if B.null (program process) || isSetup number then Map.empty else Map.singleton (Run, program process) 1)
    isSetup number = case IntMap.lookup number roles of Just Setup -> True; _ -> False

    lookOf number process who by ((operation, path), count)
        | operation == Write = Nothing
        | Just (Compiler component) <- IntMap.lookup number roles, isCompilersOwn around component (isPreprocessed component) process operation path count (count - opened) = Nothing
        | opened <= 0 = Nothing
        | OfModule component stem <- who, operation == Read, isSourceOf component stem path = Nothing
        | who == OfSetup, isCabalsOwn process operation path count || (isSetup number && operation == List && isBuilt path) = Nothing
        | operation == Run, isFromElsewhere path = if isCompilersTool path then Nothing else Just (Group Set.empty Set.empty True)
        | otherwise = do
            from <- sourceFor who operation path
            Just (Group (Set.singleton (Input from (accessFor who operation path) by (nameOf number process) (if isCompiler number then opened else 0))) Set.empty False)
      where
        opened = if operation == Read && isCompiler number then count - shownOf process path else count
    -- GHC opens a file once for each line that it shows of it.
    shownOf process path
        | any (`elem` arguments process) ["-fno-diagnostics-show-caret", "-fdiagnostics-as-json"] = 0
        | otherwise = fromMaybe 0 (relative around path >>= (`Map.lookup` shownDiagnostics around))
    isFromElsewhere path = case placeOf (roots around) path of
        -- A name that was looked for on the PATH and whose program was not followed.
        _ | not (B.elem '/' path) -> True
        Outside outside -> not (any (`isBelow` outside) (others around))
        _ -> False
    isCompiler number = case IntMap.lookup number roles of Just (Compiler _) -> True; _ -> False
    isPreprocessed component path = Set.member (label component, path) preprocessed
    isSourceOf component stem path = or [sourceStem c inside == Just stem | c <- components around, label c == component, Just inside <- [relative around path]]

    nameOf number process
        | isCompiler number = B.empty
        | isSetup number = B.empty
        -- A fork is as good as what it is a fork of.
        | B.null (program process) = maybe B.empty (\above -> maybe B.empty (nameOf above) (IntMap.lookup above processes)) (parent process)
        | otherwise = maybe (baseName (effective process)) id (relative around (effective process))
    -- Of an interpreter, the script says more.
    effective process = case drop 1 (arguments process) of
        script : _ | B.elem '/' script, baseName (program process) `elem` ["sh", "dash", "bash", "perl", "python3", "env"] -> if B.isPrefixOf "/" script then script else package (roots around) </> script
        _ -> program process

    accessFor who operation path = case operation of
        Read -> ToRead
        List -> ToList
        Run -> ToRun
        _ | who == OfSetup || isModule path -> ToFind
        _ -> ToAsk
    -- The size of a module's source is nothing that programs which list modules want to know.
    isModule path = isHaskell path && maybe False (\inside -> any (Map.member inside . sources) (components around)) (relative around path)

    -- 'Nothing' where it is no input.
    sourceFor who operation path = case placeOf (roots around) path of
        Inside inside
            | Just maker <- madeBy who path, operation `elem` [Read, List, Run] -> Just (Generated inside maker)
            | otherwise -> Just (Original inside)
        Built inside
            | isProduct around inside || isConfiguration inside -> if operation == Run then Generated inside <$> madeBy who path else Nothing
            | operation == Absent -> Nothing
            | operation == Ask && (Set.member path madeFolders || isHaskell inside) -> Nothing
            | Just maker <- madeBy who path -> Just (Generated inside maker)
            | otherwise -> if isOwn who path then Nothing else Just (Generated inside MakerSetup)
        Outside outside
            | any (`isBelow` outside) (others around), not (isLibraryFile outside) -> Just (Foreign outside B.empty)
            | otherwise -> Nothing
    isOwn who path = case (who, Map.lookup path writers) of
        (OfSetup, Just these) -> Set.member MakerSetup these
        (OfModule component _, Just these) -> Set.member (MakerComponent component) these
        (OfCode component, Just these) -> Set.member (MakerComponent component) these
        (OfComponent component, Just these) -> Set.member (MakerComponent component) these
        _ -> False
    -- What made a path, unless it is who wants it.
    madeBy who path = do
        these <- Map.lookup path writers
        listToMaybe (Set.toList (Set.filter (not . isSelf who) these))
    isSelf who maker = case (who, maker) of
        (OfSetup, MakerSetup) -> True
        (OfModule component _, MakerComponent other) -> component == other
        (OfCode component, MakerComponent other) -> component == other
        (OfComponent component, MakerComponent other) -> component == other
        _ -> False

    isCabalsOwn process operation path count = case relative around path of
        Just inside
            | operation `elem` [Ask, Absent] -> isHaskell inside || suffixOf inside `elem` ["hsc", "chs", "x", "y", "ly", "gc", "cpphs"]
            | "configure" `elem` take 2 (arguments process), Just (opened, listed) <- ownSetup around -> (operation == Read && isDescription inside && count == opened) || (operation == List && inside == "." && count == listed)
        _ -> False
    -- Cabal lists all that was built before it builds a component.
    isBuilt path = case placeOf (roots around) path of
        Built inside -> isBelow "dist/build" inside || inside == "dist/build"
        _ -> False
    isDescription inside = suffixOf inside == "cabal" && not (B.elem '/' inside)

    madeAll done [] = done
    madeAll done (maker : rest)
        | Map.member maker done = madeAll done rest
        | otherwise =
            let entry = made maker
             in madeAll (Map.insert maker entry done) ([next | (_, Generated _ next) <- Set.toList (madeOf entry)] ++ rest)
    made maker =
        Made
            (Set.fromList [(accessOf operation, from) | (number, process) <- mine, (operation, path) <- Map.keys (looked number process), operation `elem` (if maker == MakerSetup then [Read, Run] else [Read, List, Run, Absent]), not (operation == Absent && isHaskell path), Just from <- [ofMaker maker path]])
            (Set.fromList [baseName what | (_, process) <- mine, what <- unfollowed process])
      where
        mine = [(number, process) | (number, process) <- IntMap.toList processes, makerOfProcess number == Just maker]
        accessOf operation = case operation of Read -> ToRead; List -> ToList; Run -> ToRun; _ -> ToFind
    ofMaker maker path = case placeOf (roots around) path of
        Inside inside -> case Set.toList . Set.delete maker <$> Map.lookup path writers of
            Just (other : _) -> Just (Generated inside other)
            _ -> Just (Original inside)
        Built inside -> case Set.toList . Set.delete maker <$> Map.lookup path writers of
            Just (other : _) -> Just (Generated inside other)
            _ -> Nothing
        Outside outside
            | any (`isBelow` outside) (others around), not (isLibraryFile outside) -> Just (Foreign outside B.empty)
            | otherwise -> Nothing

relative :: Surroundings -> Text -> Maybe Text
relative around path = case placeOf (roots around) path of
    Inside inside -> Just inside
    Built inside -> Just inside
    Outside _ -> Nothing

-- | Whether GHC itself looked at a path, in the process in which code of the package runs.
--
-- It opens each source of its modules three times: for a hash, for the options that it
-- begins with, and to read it. Where a preprocessor reads it in its place, the third one is
-- that program's; a literate source is only hashed by GHC. It opens it once more for an
-- @.hie@ file, and for each line that it shows of it; neither where it skips the module. It
-- asks for each file that a module could have once. (Seen in 9.6 and 9.10; a
-- GHC that does otherwise makes modules with splices be compiled too often, and never too
-- seldom.)
isCompilersOwn :: Surroundings -> Component -> (Text -> Bool) -> Process -> Operation -> Text -> Int -> Int -> Bool
isCompilersOwn around component isPreprocessed process operation path count shown = case placeOf (roots around) path of
    Built inside
        | isProduct around inside || isConfiguration inside -> True
        | isHaskell inside -> operation /= Read || count <= 4 + shown
        | otherwise -> False
    Inside inside
        | not (isHaskell inside) -> False
        | otherwise -> case operation of
            Read -> isSource inside && count `elem` [opens inside + more + other | more <- [0, shown], other <- 0 : [1 | "-fwrite-ide-info" `elem` arguments process]]
            Ask -> isSource inside && count <= 1
            -- The last one that it asks for where it finds none.
            Absent -> count <= 1 && (isBoot inside || isTarget inside || Map.member (Absent, replaceSuffix path "lhsig") (touched process) || (isSource (replaceSuffix inside "hs") || isSource (replaceSuffix inside "lhs")))
            _ -> False
    Outside outside -> isLibraryFile outside
  where
    isSource inside = Map.member (withoutBoot inside) (sources component) || Map.member inside (sources component)
    opens _ = opensOf isPreprocessed path
    withoutBoot inside = fromMaybe inside (B.stripSuffix "-boot" inside)
    isBoot inside = B.isSuffixOf "-boot" inside && (isSource inside || isSource (replaceSuffix inside "hs"))
    -- A module that Cabal names could be a file of that name.
    isTarget inside = not (B.elem '/' inside) && Set.member (withoutSuffix inside) (names component)

-- | How often GHC opens a source before it compiles anything.
opensOf :: (Text -> Bool) -> Text -> Int
opensOf isPreprocessed path
    | B.isPrefixOf "lhs" (suffixOf path) = 1
    | isPreprocessed path = 2
    | otherwise = 3

-- | The modules that GHC compiled at some lines of the log: from where it looked for the
-- interface of a module to where it wrote it. 'Nothing' where that is not known of all, or
-- where it was at none.
compiledMeanwhile :: Surroundings -> Component -> Process -> [Int] -> Maybe [Text]
compiledMeanwhile around component process at
    | null at || any (`Map.notMember` windows) (Map.elems (sources component)) || any null found = Nothing
    | otherwise = Just (Set.toList (Set.fromList (concat found)))
  where
    found = [[stem | (stem, (start, end)) <- Map.toList windows, start < line_, line_ < end] | line_ <- at]
    windows = Map.fromListWith (\(start, end) (start', end') -> (min start start', max end end')) [(stem, (lastBefore path (minimum lines_), maximum lines_)) | ((Write, path), lines_) <- Map.toList (touched process), Just inside <- [relative around path], isInterface (suffixOf inside), Just stem <- [stemOf component inside]]
    lastBefore path first = maximum (0 : [line_ | operation <- [Absent, Ask, Read], line_ <- Map.findWithDefault [] (operation, path) (touched process), line_ < first])
    isInterface suffix = suffix == "hi" || B.isSuffixOf "_hi" suffix

isHaskell :: Text -> Bool
isHaskell path = suffixOf path `elem` ["hs", "lhs", "hsig", "lhsig", "hs-boot", "lhs-boot"]

-- | What GHC and Cabal write below @dist@ for themselves, and GHC has the hashes of.
isProduct :: Surroundings -> Text -> Bool
isProduct around path = isOne (suffixOf whole) || B.isInfixOf ".so." (baseName path)
  where
    whole = fromMaybe path (B.stripSuffix ".tmp" path)
    isOne suffix =
        let plain = fromMaybe suffix (B.stripSuffix "-boot" suffix)
         in plain `elem` ["hi", "o", "a", "so", "dylib", "hie", "gbc", "rsp"] || any (`B.isSuffixOf` plain) ["_hi", "_o", "_a"] || Set.member plain (productSuffixes around)

isConfiguration :: Text -> Bool
isConfiguration path = isBelow "dist/package.conf.inplace" path || path == "dist/build/autogen/cabal_macros.h" || (baseName path == "cabal_macros.h")

-- | What GHC reads of other packages by itself.
isLibraryFile :: Text -> Bool
isLibraryFile path = suffix `elem` ["hi", "o", "a", "so", "dylib", "conf", "cache"] || any (`B.isSuffixOf` suffix) ["_hi", "_o", "_a"]
  where
    suffix = suffixOf path

roleOf :: Surroundings -> Processes -> Int -> Role
roleOf around processes number = case chain of
    (_, Just component) : _ -> Compiler component
    _ -> case [(compiler, component) | (compiler, Just component) <- chain] of
        (compiler, component) : _ -> Job component compiler (lastOf number (map fst (takeWhile ((/= compiler) . fst) chain)))
        -- A script that begins Setup, or GHC, in its own place is no more than that.
        [] -> case dropWhile (maybe False replaces . (`IntMap.lookup` processes)) (drop 1 (reverse (map fst chain))) of
            tool : _ -> Tool tool
            [] -> Setup
  where
    chain = [(n, componentOf around process) | (n, process) <- ancestors processes number]
    lastOf = foldl (\_ next -> next)

-- | The component that a process compiles, if it is GHC.
componentOf :: Surroundings -> Process -> Maybe Component
componentOf around process
    | not (isGhc (program process)) || "--make" `notElem` arguments process = Nothing
    | otherwise = do
        folder <- lastAfter "-odir" (arguments process)
        inside <- relative around (if B.isPrefixOf "/" folder then folder else package (roots around) </> folder)
        listToMaybe ([component | component <- components around, output component == inside] ++ [component | component <- components around, isBelow "dist" inside, isBelow (output component) inside, output component /= "dist/build"])

isGhc :: Text -> Bool
isGhc file = name == "ghc" || B.isSuffixOf "-ghc" name
  where
    name = withoutVersion (baseName file)

withoutVersion :: Text -> Text
withoutVersion name = case B.breakEnd (== '-') name of
    (before, version) | not (B.null before), not (B.null version), B.all (\c -> isDigit c || c == '.') version -> B.init before
    _ -> name

lastAfter :: Text -> [Text] -> Maybe Text
lastAfter option given = listToMaybe (reverse [value | (word, value) <- zip given (drop 1 given), word == option])

-- | Programs that Cabal runs by itself, under any prefix and version: what they make is
-- made anew in every build.
isCabalsTool :: Text -> Bool
isCabalsTool = isOneOf "alex ar c++ c2hs cc clang clang++ cpphs g++ gcc ghc ghc-pkg greencard haddock happy hpc HsColour hsc2hs ld ld.bfd ld.gold ld.lld nm pkg-config pkgconf ranlib runghc strip tar"

-- | Programs that GHC runs by itself, which are as little an input as GHC.
isCompilersTool :: Text -> Bool
isCompilersTool file = isCabalsTool file || isOneOf "as cc1 cc1plus collect2 unlit touch touchy opt llc lto-wrapper" file

isOneOf :: Text -> Text -> Bool
isOneOf tools file = any matches (B.words tools)
  where
    name = withoutVersion (baseName file)
    matches tool = name == tool || B.isSuffixOf ("-" <> tool) name || B.isPrefixOf (tool <> "-ghc") name

jobFacts :: Process -> JobFacts
jobFacts process = JobFacts (Set.fromList (arguments process)) (of_ Read) (of_ Write)
  where
    of_ operation = Set.fromList [path | (found, path) <- Map.keys (touched process), found == operation]

-- | What GHC began each job for. A preprocessor is given the source, and writes a temporary
-- file of GHC's; a compiler of C writes one that goes into the object of a module. Jobs that
-- hand such files on to one another are for the same module.
purposesOf :: Surroundings -> IntMap.IntMap Role -> Processes -> IntMap.IntMap JobFacts -> IntMap.IntMap Purpose
purposesOf around roles processes jobs = IntMap.mapWithKey purpose jobs
  where
    placed = IntMap.fromList [(job, (component, compiler)) | Job component compiler job <- IntMap.elems roles]
    -- Modules that are known of a job by itself.
    direct = IntMap.mapWithKey (\job facts -> Set.union (bySource job facts) (byObject job facts)) jobs
    bySource job facts = case IntMap.lookup job placed of
        Just (component, _) | usesTemporary facts -> Set.fromList (mapMaybe (\argument -> relative around (absolute argument) >>= sourceStem component) (Set.toList (jobArguments facts)))
        _ -> Set.empty
    byObject job facts = case IntMap.lookup job placed of
        Just (component, _) -> Set.fromList [stem | path <- Set.toList (jobWrites facts), Just inside <- [relative around path], isProduct around inside, Just stem <- [stemOf component inside]]
        Nothing -> Set.empty
    absolute argument = if B.isPrefixOf "/" argument then argument else package (roots around) </> argument
    usesTemporary facts = any isTemporary (Set.toList (jobWrites facts) ++ Set.toList (jobArguments facts))

    -- GHC has what it can be stopped at written under another name first.
    final path = fromMaybe path (B.stripSuffix ".tmp" path)
    writersOfTemporary = Map.fromListWith (++) [(final path, [job]) | (job, facts) <- IntMap.toList jobs, path <- Set.toList (jobWrites facts), isTemporary path]
    -- From a job to those that read what it wrote, and back.
    neighbours = IntMap.fromListWith Set.union (concat [[(job, Set.singleton other), (other, Set.singleton job)] | (job, facts) <- IntMap.toList jobs, path <- Set.toList (jobReads facts), isTemporary path, other <- fromMaybe [] (Map.lookup (final path) writersOfTemporary), other /= job])
    modulesOf job = go (Set.singleton job) [job]
      where
        go seen [] = Set.unions [IntMap.findWithDefault Set.empty one direct | one <- Set.toList seen]
        go seen (one : rest) =
            let new = Set.difference (IntMap.findWithDefault Set.empty one neighbours) seen
             in go (Set.union seen new) (Set.toList new ++ rest)

    purpose job facts
        | links job facts = ForLinking
        | [stem] <- Set.toList found = ForModule stem (if compilesC facts then CCompiler else Preprocessor)
        | compilesC facts = ForSomeModule
        | otherwise = ForCode
      where
        found = modulesOf job
    compilesC facts = any (\path -> isTemporary path && suffixOf path `elem` ["c", "cc", "cpp", "cxx", "m", "mm", "S", "s"]) (Set.toList (jobReads facts))
    links job facts = case IntMap.lookup job placed >>= \(_, compiler) -> IntMap.lookup compiler processes >>= lastAfter "-o" . arguments of
        Just target -> Set.member (simplified (absolute target)) (Set.map simplified (jobWrites facts))
        Nothing -> False

-- | The module that an interface or object below the folder of a component is of.
stemOf :: Component -> Text -> Maybe Text
stemOf component inside = do
    below <- B.stripPrefix (output component `B.snoc` '/') inside
    Just (stemPrefix component <> withoutSuffix (fromMaybe below (B.stripSuffix ".tmp" below)))

stemPrefix :: Component -> Text
stemPrefix component = fromMaybe B.empty (B.stripPrefix "dist/build/" (output component `B.snoc` '/'))

-- | The module that a file is the source of. Of one that was generated the place tells.
sourceStem :: Component -> Text -> Maybe Text
sourceStem component inside = case Map.lookup inside (sources component) of
    Just stem -> Just stem
    Nothing
        | not (isHaskell inside && isBelow "dist" inside) -> Nothing
        | (_, after) <- B.breakSubstring "autogen/" inside, not (B.null after) -> Just (stemPrefix component <> withoutSuffix (B.drop 8 after))
        | otherwise -> stemOf component inside

-- | GHC's folder for temporary files: @ghc123_0@.
isTemporary :: Text -> Bool
isTemporary path = any isName (B.split '/' path)
  where
    isName part = case B.stripPrefix "ghc" part of
        Just rest | (digits, more) <- B.span isDigit rest, not (B.null digits), Just ('_', end) <- B.uncons more -> B.all isAlphaNum end && not (B.null end)
        _ -> False
