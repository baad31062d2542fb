{-# LANGUAGE CPP #-}

-- | Describes a configured package: its components and their modules, to tell a
-- restored interface that belongs to the build from one that a deleted module
-- left behind.
--
-- Arguments: the @dist@ folder, and what is asked for.
--
-- [@modules@] Standard input: stems, one a line; a stem is the path of an
-- interface relative to @dist\/build@, without its suffix. Output: one line a
-- module, @component TAB module TAB stem TAB options TAB errors TAB sources@:
-- those that the package description names, and those of the stems that it does
-- not name but that have a source (GHC compiles what a listed module imports,
-- named or not). @options@ is a digest of the component's options for GHC, @errors@
-- is a digest of those that turn warnings into errors; what these do besides,
-- and nothing else of them, is part of @options@. @sources@ are the files that may be the module's source, one a column;
-- none where the source is generated.
--
-- [@facts@] Output: what does not concern single modules. One line a unit,
-- @component TAB component TAB unit id TAB folder TAB dependencies@: the folder
-- of its interfaces relative to @dist\/build@, and a dependency a column, as
-- @name=unit id@ (Backpack makes several units of one component); one line a pair
-- of suffixes that options for GHC set, @suffix TAB of interfaces TAB of objects@;
-- one line a place where GHC may write other files of a unit's modules,
-- @place TAB folder TAB directory TAB suffix@, the directory relative to that of the
-- package, where @.hie@ and @.gbc@ files are; one line a module that a library of the
-- package or a dependency re-exports, @reexport TAB unit id TAB name TAB unit id:module@;
-- @fields TAB digest@ of all fields whose names begin with @x-@, which Setup
-- programs may read; and @description TAB digest@ of what the package was configured as, and of which
-- kinds of its components.
--
-- Or @configure@ and what follows it for a Setup program: configures the package as a Setup
-- program does that has no code but Cabal's. What that looks at Cabal itself looks at.
module Main (main) where

import Data.Char (isUpper)
import Data.List (intercalate, isPrefixOf, sortOn, stripPrefix)
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe, mapMaybe)
import qualified Data.Set as Set
import Distribution.Compiler (CompilerFlavor (GHC))
import Distribution.InstalledPackageInfo (ExposedModule (ExposedModule), InstalledPackageInfo (exposedModules))
import qualified Distribution.ModuleName as ModuleName
import Distribution.PackageDescription hiding (exposedModules)
import qualified Distribution.PackageDescription as Description
import Distribution.Pretty (prettyShow)
import Distribution.Simple (defaultMainArgs)
import Distribution.Simple.Configure (getPersistBuildConfig)
import Distribution.Simple.LocalBuildInfo
import Distribution.Simple.PackageIndex (lookupUnitId)
import Distribution.Simple.Program (ghcProgram, lookupProgram, programOverrideArgs)
import Distribution.Types.MungedPackageId (mungedName)
import Distribution.Utils.Path (getSymbolicPath)
import GHC.Fingerprint (fingerprintString)
import GHC.IO.Encoding (setFileSystemEncoding)
import System.Directory (doesDirectoryExist, getCurrentDirectory, listDirectory)
import System.Environment (getArgs)
import System.FilePath (dropExtension, dropTrailingPathSeparator, isRelative, makeRelative, normalise, splitDirectories, takeDirectory, takeExtension, takeFileName, (<.>), (</>))
import System.IO (hSetEncoding, mkTextEncoding, stdin, stdout)
#if MIN_VERSION_Cabal(3,14,0)
import Distribution.Utils.Path (makeSymbolicPath)
#endif

-- | What one component compiles, and where its interfaces go.
data Compiled = Compiled
    { label :: String
    , folder :: FilePath
    -- ^ relative to @dist\/build@; "." for the main library
    , named :: [(FilePath, [FilePath])]
    -- ^ modules as paths without a suffix, and what their sources may be called
    , folders :: [FilePath]
    -- ^ its source folders
    , optionDigest :: String
    , errorDigest :: String
    , suffixes :: [(String, String)]
    , places :: [(FilePath, String)]
    -- ^ directories and suffixes
    , unit :: String
    , dependencies :: [(String, String)]
    -- ^ names and unit ids
    }

-- | The files of the source folders that modules may lie in.
type Files = Map.Map FilePath (Set.Set FilePath)

main :: IO ()
main = do
    given <- getArgs
    case given of
        "configure" : _ -> defaultMainArgs given
        _ -> describe

describe :: IO ()
describe = do
    -- Names of files are bytes; modules are named in UTF-8, whatever the locale is.
    encoding <- mkTextEncoding "UTF-8//ROUNDTRIP"
    setFileSystemEncoding encoding
    mapM_ (`hSetEncoding` encoding) [stdin, stdout]
    arguments <- getArgs
    case arguments of
        [dist, "modules"] -> readConfigured dist >>= compiledComponents dist >>= listModules
        [dist, "facts"] -> do
            configured <- readConfigured dist
            components <- compiledComponents dist configured
            mapM_ (putStrLn . componentLine) components
            mapM_ (putStrLn . suffixLine) (distinct (concatMap suffixes components))
            mapM_ putStrLn (distinct (concatMap placeLines components))
            mapM_ putStrLn (distinct (reexportLines configured))
            putStrLn (columns ["fields", digest (customFields (localPkgDescr configured))])
            putStrLn (columns ["description", digest (localPkgDescr configured, componentEnabledSpec configured)])
        _ -> fail "usage: describe-package DIST modules|facts, or describe-package configure ARGUMENT..."
  where
    componentLine c =
        columns ("component" : label c : unit c : folder c : [name ++ "=" ++ which | (name, which) <- dependencies c])
    suffixLine (interface, object) = columns ["suffix", interface, object]
    placeLines c = [columns ["place", folder c, directory, suffix] | (directory, suffix) <- places c]
    distinct :: Ord a => [a] -> [a]
    distinct = Set.toList . Set.fromList

columns :: [String] -> String
columns = intercalate "\t"

listModules :: [Compiled] -> IO ()
listModules components = do
    stems <- lines <$> getContents
    let listed = [(c, stemOf c m, m, names) | c <- components, (m, names) <- named c]
        listedStems = Set.fromList [stem | (_, stem, _, _) <- listed]
        others = concatMap (holding components) (filter (`Set.notMember` listedStems) stems)
    files <- readFiles (concat [[(c, m) | (c, _, m, _) <- listed], [(c, m) | found <- others, (c, _, m, _) <- found]])
    let withSources (c, stem, m, names) = (c, stem, m, sourcesOf files c names)
        unnamed = mapMaybe (firstWithSource . map withSources) others
    mapM_ (putStrLn . line) (map withSources listed ++ unnamed)
  where
    line (c, stem, path, sources) =
        columns ([label c, map dotted path, stem, optionDigest c, errorDigest c] ++ sources)
    dotted c = if c == '/' then '.' else c
    firstWithSource found = case [entry | entry@(_, _, _, sources) <- found, not (null sources)] of
        [] -> Nothing
        entry : _ -> Just entry

stemOf :: Compiled -> FilePath -> FilePath
stemOf c path = if folder c == "." then path else folder c </> path

-- | The components that a stem may belong to, the innermost first; one list or
-- none. What a component lies in is no part of a module's name.
holding :: [Compiled] -> FilePath -> [[(Compiled, FilePath, FilePath, [FilePath])]]
holding components stem = [found | not (null found)]
  where
    found = [entry | entry@(_, _, path, _) <- map snd (sortOn (negate . fst) (mapMaybe holds components)), isModule path]
    isModule path = all (isUpper . head) (filter (not . null) (splitDirectories path))
    holds c
        | folder c == "." = Just (0 :: Int, (c, stem, stem, sourceNames stem))
        | otherwise = do
            path <- stripPrefix (folder c ++ "/") stem
            pure (length (folder c), (c, stem, path, sourceNames path))

-- | The suffixes are those that Cabal has preprocessors for
-- (`knownSuffixHandlers`), and GHC's own.
sourceNames :: FilePath -> [FilePath]
sourceNames path = [path <.> suffix | suffix <- ["hs", "lhs", "hsc", "chs", "x", "y", "ly", "gc", "cpphs", "hsig", "lhsig"]]

-- | Those files that are there, in the order in which they are looked for.
sourcesOf :: Files -> Compiled -> [FilePath] -> [FilePath]
sourcesOf files c names =
    [ file
    | directory <- folders c
    , name <- names
    , let file = normalise (directory </> name)
    , takeFileName file `Set.member` Map.findWithDefault Set.empty (takeDirectory file) files
    ]

-- | Reads each folder once: asking for every file and suffix takes far longer.
readFiles :: [(Compiled, FilePath)] -> IO Files
readFiles modules = Map.fromList <$> mapM readFolder (Set.toList wanted)
  where
    wanted = Set.fromList [takeDirectory (normalise (directory </> path)) | (c, path) <- modules, directory <- folders c]
    readFolder path = do
        exists <- doesDirectoryExist path
        entries <- if exists then listDirectory path else pure []
        pure (path, Set.fromList entries)

compiledComponents :: FilePath -> LocalBuildInfo -> IO [Compiled]
compiledComponents dist configured = do
    current <- getCurrentDirectory
    pure
        [ compiled current info (getComponent (localPkgDescr configured) (componentLocalName info))
        | info <- allComponentsInBuildOrder configured
        ]
  where
    compiled current info component =
        Compiled
            { label = prettyShow (componentLocalName info)
            , folder = builtIn info component
            , named =
                [(path, sourceNames path) | path <- map ModuleName.toFilePath (modulesOf component)]
                    ++ mainOf component
            , folders = map getSymbolicPath (hsSourceDirs (componentBuildInfo component)) ++ ["."]
            , optionDigest = digestOf (componentBuildInfo component)
            , errorDigest = digest (map (filter decidesErrors) (optionsOf (componentBuildInfo component)))
            , suffixes = concatMap suffixesIn (commandLines component)
            , places = placesIn current (interfaces info component) (commandLines component)
            , unit = prettyShow (componentUnitId info)
            , dependencies = [(prettyShow (mungedName package), prettyShow which) | (which, package) <- componentPackageDeps info]
            }
    -- Cabal compiles what is linked into a program beside it, in NAME-tmp
    -- (Distribution/Simple/GHC*.hs).
    within component path = case component of
        CExe exe -> path </> (prettyShow (exeName exe) ++ "-tmp")
        CFLib library -> path </> (prettyShow (foreignLibName library) ++ "-tmp")
        CTest suite -> case testInterface suite of
            TestSuiteExeV10 _ _ -> path </> (prettyShow (testName suite) ++ "-tmp")
            _ -> path
        CBench bench -> path </> (prettyShow (benchmarkName bench) ++ "-tmp")
        CLib _ -> path
    builtIn info component =
        within component (normalise (makeRelative (normalise (dist </> "build")) (normalise (buildFolder configured info))))
    interfaces info component = dist </> "build" </> builtIn info component
    -- What GHC is called with in each way: options from outside of the package come last.
    commandLines component = case optionsOf (componentBuildInfo component) of
        always : ofWays -> map (\way -> always ++ way ++ fromOutside) ([] : ofWays)
        [] -> []
    fromOutside = maybe [] programOverrideArgs (lookupProgram ghcProgram (withPrograms configured))

-- | What names of modules lead to other ones, in the libraries that components depend
-- on. GHC compares the packages that a module uses, and not which of their modules a
-- name in an import leads to.
reexportLines :: LocalBuildInfo -> [String]
reexportLines configured =
    [ columns ["reexport", prettyShow which, prettyShow name, prettyShow target]
    | (which, exposed) <- own ++ others
    , ExposedModule name (Just target) <- exposed
    ]
  where
    infos = allComponentsInBuildOrder configured
    own = [(componentUnitId info, exposed) | info@LibComponentLocalBuildInfo{componentExposedModules = exposed} <- infos]
    others =
        [ (which, exposedModules installed)
        | info <- infos
        , (which, _) <- componentPackageDeps info
        , Just installed <- [lookupUnitId (installedPkgs configured) which]
        ]

-- | The fields of a package and of its components that Cabal itself ignores.
customFields :: PackageDescription -> ([(String, String)], [(String, [(String, String)])])
customFields package =
    ( customFieldsPD package
    , [ (prettyShow (componentName component), fields)
      | component <- pkgComponents package
      , let fields = customFieldsBI (componentBuildInfo component)
      , not (null fields)
      ]
    )

optionsOf :: BuildInfo -> [[String]]
optionsOf info = [hcOptions GHC info, hcProfOptions GHC info, hcSharedOptions GHC info]

digest :: Show a => a -> String
digest = show . fingerprintString . show

-- | GHC compares those options alone that it thinks of as deciding what it
-- makes: neither @-Wall@ nor @-mavx@ nor @-haddock@ is among them
-- (GHC/Iface/Recomp/Flags.hs), nor the new names of modules that Cabal makes of
-- mixins.
digestOf :: BuildInfo -> String
digestOf info = digest (map withoutErrors [common, common ++ profiling, common ++ shared], map prettyShow (mixins info))
  where
    common = hcOptions GHC info
    profiling = hcProfOptions GHC info
    shared = hcSharedOptions GHC info

-- | Whether an option says which warnings are errors.
decidesErrors :: String -> Bool
decidesErrors option = any (`isPrefixOf` option) ["-Werror", "-Wwarn", "-Wno-error"]

-- | Options without what they say of warnings that are errors: what GHC makes of
-- a module without warnings is the same with and without it. But @-Werror=NAME@
-- switches the warning on as well, where it is not on already.
withoutErrors :: [String] -> [String]
withoutErrors = go defaultWarnings
  where
    go _ [] = []
    go on (option : rest)
        | Just name <- stripPrefix "-Werror=" option =
            if name `Set.member` on then go on rest else ("-W" ++ name) : go (Set.insert name on) rest
        | decidesErrors option = go on rest
        | otherwise = option : go (after option on) rest

-- | The warnings that are surely on after an option, of those that were before it.
after :: String -> Set.Set String -> Set.Set String
after option on
    | option `elem` ["-W", "-Wextra"] = Set.union extraWarnings on
    | option `elem` ["-Wall", "-Weverything"] = Set.union allWarnings on
    | Just name <- stripPrefix "-Wno-" option =
        if name `Set.member` allWarnings then Set.delete name on else Set.empty
    | any (`isPrefixOf` option) ["-w", "-fno-warn-"] = Set.empty
    | Just name <- stripPrefix "-W" option = Set.insert name on
    | otherwise = on

-- | Warnings that are on by themselves, with @-Wextra@ and with @-Wall@, in GHC 9.4
-- and all later ones (GHC/Driver/Flags.hs). One that is missing here costs a
-- component that is compiled, and one too many would hide an error.
defaultWarnings, extraWarnings, allWarnings :: Set.Set String
defaultWarnings =
    Set.fromList
        [ "deprecated-flags"
        , "deprecations"
        , "duplicate-exports"
        , "empty-enumerations"
        , "inaccessible-code"
        , "missing-fields"
        , "missing-methods"
        , "overflowed-literals"
        , "overlapping-patterns"
        , "tabs"
        , "typed-holes"
        , "unrecognised-pragmas"
        , "wrong-do-bind"
        ]
extraWarnings =
    Set.union defaultWarnings . Set.fromList $
        [ "dodgy-exports"
        , "dodgy-imports"
        , "incomplete-patterns"
        , "unused-foralls"
        , "unused-imports"
        , "unused-local-binds"
        , "unused-matches"
        , "unused-pattern-binds"
        , "unused-top-binds"
        ]
allWarnings =
    Set.union extraWarnings . Set.fromList $
        [ "incomplete-uni-patterns"
        , "missing-pattern-synonym-signatures"
        , "missing-signatures"
        , "name-shadowing"
        , "orphans"
        , "type-defaults"
        , "unused-do-bind"
        ]

-- | Pairs of suffixes that options set: @-hisuf@ and @-osuf@ by themselves or
-- with the other's default, and the same for the dynamic way.
suffixesIn :: [String] -> [(String, String)]
suffixesIn options = concat [pair "-hisuf" "hi" "-osuf" "o", pair "-dynhisuf" "dyn_hi" "-dynosuf" "dyn_o"]
  where
    pair interface defaultInterface object defaultObject = case (given [interface] options, given [object] options) of
        (Nothing, Nothing) -> []
        (i, o) -> [(fromMaybe defaultInterface i, fromMaybe defaultObject o)]

-- | Where @.hie@ and @.gbc@ files of a component may lie, whose interfaces are in
-- the given folder. Cabal has a folder for the former since 3.12. What lies outside
-- of the package is not looked for, so that GHC writes it anew.
placesIn :: FilePath -> FilePath -> [[String]] -> [(FilePath, String)]
placesIn package interfaces commands =
    [ (place, suffix)
    | options <- commands
    , (directories, suffix) <-
        [ (chosen "-hiedir" options [interfaces </> "extra-compilation-artifacts" </> "hie", interfaces], suffixOf "-hiesuf" options "hie")
        , (chosen "-gbcdir" options [interfaces], suffixOf "-gbcsuf" options "gbc")
        ]
    , directory <- directories
    , let place = dropTrailingPathSeparator (normalise (makeRelative package directory))
    , isRelative place
    , take 1 (splitDirectories place) /= [".."]
    ]
  where
    chosen name options defaults = maybe defaults pure (given [name, "-outputdir"] options)
    suffixOf name options suffix = fromMaybe suffix (given [name] options)

-- | The value of the last of some options; it stands in the next word or in the
-- same.
given :: [String] -> [String] -> Maybe String
given names options = case concat (zipWith value options (drop 1 options ++ [""])) of
    [] -> Nothing
    found -> Just (last found)
  where
    value word next
        | word `elem` names = [next]
        | otherwise = take 1 (mapMaybe (valueIn word) names)
    valueIn word name = case stripPrefix name word of
        Just ('=' : text) -> Just text
        Just text@(_ : _) -> Just text
        _ -> Nothing

modulesOf :: Component -> [ModuleName.ModuleName]
modulesOf component = case component of
    CLib library -> Description.exposedModules library ++ signatures library ++ otherModules (libBuildInfo library)
    CFLib library -> foreignLibModules library
    CExe exe -> exeModules exe
    CTest suite -> testModules suite
    CBench bench -> benchmarkModules bench

-- The main module is called Main unless -main-is says otherwise; then its file
-- has its name. Both are listed, as only interfaces that exist are looked at.
mainOf :: Component -> [(FilePath, [FilePath])]
mainOf component = case component of
    CExe exe -> candidates (mainPath exe)
    CTest suite -> case testInterface suite of
        TestSuiteExeV10 _ path -> candidates (textOf path)
        _ -> []
    CBench bench -> case benchmarkInterface bench of
        BenchmarkExeV10 _ path -> candidates (textOf path)
        _ -> []
    _ -> []
  where
    mainPath = textOf . modulePath
    candidates path
        | takeExtension path `elem` [".hs", ".lhs"] =
            [(name, [path]) | name <- if dropExtension path == "Main" then ["Main"] else ["Main", dropExtension path]]
        | otherwise = []

#if MIN_VERSION_Cabal(3,14,0)
readConfigured :: FilePath -> IO LocalBuildInfo
readConfigured = getPersistBuildConfig Nothing . makeSymbolicPath

buildFolder :: LocalBuildInfo -> ComponentLocalBuildInfo -> FilePath
buildFolder configured info = getSymbolicPath (componentBuildDir configured info)

textOf = getSymbolicPath
#else
readConfigured :: FilePath -> IO LocalBuildInfo
readConfigured = getPersistBuildConfig

buildFolder :: LocalBuildInfo -> ComponentLocalBuildInfo -> FilePath
buildFolder = componentBuildDir

textOf :: FilePath -> FilePath
textOf = id
#endif
