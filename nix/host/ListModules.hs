{-# LANGUAGE CPP #-}

-- | Lists the modules of a configured package, to tell a restored interface
-- that belongs to the build from one that a deleted module left behind.
--
-- Argument: the @dist@ folder. Standard input: stems, one a line; a stem is the
-- path of an interface relative to @dist\/build@, without its suffix. Output:
-- one line a module, @component TAB module TAB stem@: those that the package
-- description names, and those of the stems that it does not name but that have
-- a source (GHC compiles what a listed module imports, named or not).
module Main (main) where

import Control.Monad (filterM)
import Data.List (sortOn, stripPrefix)
import Data.Maybe (mapMaybe)
import qualified Data.Set as Set
import qualified Distribution.ModuleName as ModuleName
import Distribution.PackageDescription
import Distribution.Pretty (prettyShow)
import Distribution.Simple.Configure (getPersistBuildConfig)
import Distribution.Simple.LocalBuildInfo
import Distribution.Utils.Path (getSymbolicPath)
import System.Directory (doesFileExist)
import System.Environment (getArgs)
import System.FilePath (dropExtension, makeRelative, normalise, takeExtension, (<.>), (</>))
#if MIN_VERSION_Cabal(3,14,0)
import Distribution.Utils.Path (makeSymbolicPath)
#endif

-- | What one component compiles, and where its interfaces go.
data Compiled = Compiled
    { label :: String
    , folder :: FilePath
    -- ^ relative to @dist\/build@; "." for the main library
    , named :: [FilePath]
    -- ^ modules as paths without a suffix
    , sources :: [FilePath]
    -- ^ its source folders
    }

main :: IO ()
main = do
    arguments <- getArgs
    let dist = case arguments of
            [argument] -> argument
            _ -> "dist"
    stems <- lines <$> getContents
    components <- compiledComponents dist
    let listed = [(label c, m, stemOf c m) | c <- components, m <- named c]
        listedStems = Set.fromList [stem | (_, _, stem) <- listed]
        others = filter (`Set.notMember` listedStems) stems
    unnamed <- concat <$> mapM (withSource components) others
    mapM_ (putStrLn . line) (listed ++ unnamed)
  where
    line (component, path, stem) = component ++ "\t" ++ map dotted path ++ "\t" ++ stem
    dotted c = if c == '/' then '.' else c

stemOf :: Compiled -> FilePath -> FilePath
stemOf c path = if folder c == "." then path else folder c </> path

-- | The innermost component that has a source for a stem, if there is one.
withSource :: [Compiled] -> FilePath -> IO [(String, FilePath, FilePath)]
withSource components stem = do
    found <- filterM (\(_, c, path) -> hasSource c path) (mapMaybe holds components)
    pure $ case sortOn (\(depth, _, _) -> negate depth) found of
        [] -> []
        (_, c, path) : _ -> [(label c, path, stem)]
  where
    holds c
        | folder c == "." = Just (0 :: Int, c, stem)
        | otherwise = do
            path <- stripPrefix (folder c ++ "/") stem
            pure (length (folder c), c, path)

-- The suffixes are those that Cabal has preprocessors for
-- (`knownSuffixHandlers`), and GHC's own two.
hasSource :: Compiled -> FilePath -> IO Bool
hasSource c path =
    or
        <$> mapM
            doesFileExist
            [ directory </> path <.> suffix
            | directory <- sources c
            , suffix <- ["hs", "lhs", "hsc", "chs", "x", "y", "ly", "gc", "cpphs"]
            ]

compiledComponents :: FilePath -> IO [Compiled]
compiledComponents dist = do
    configured <- readConfigured dist
    pure
        [ compiled configured info (getComponent (localPkgDescr configured) (componentLocalName info))
        | info <- allComponentsInBuildOrder configured
        ]
  where
    compiled configured info component =
        Compiled
            { label = prettyShow (componentLocalName info)
            , folder = within component (builtIn configured info)
            , named = map ModuleName.toFilePath (modulesOf component) ++ mainOf component
            , sources = "." : map getSymbolicPath (hsSourceDirs (componentBuildInfo component))
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
    builtIn configured info =
        normalise (makeRelative (normalise (dist </> "build")) (normalise (buildFolder configured info)))

modulesOf :: Component -> [ModuleName.ModuleName]
modulesOf component = case component of
    CLib library -> exposedModules library ++ signatures library ++ otherModules (libBuildInfo library)
    CFLib library -> foreignLibModules library
    CExe exe -> exeModules exe
    CTest suite -> testModules suite
    CBench bench -> benchmarkModules bench

-- The main module is called Main unless -main-is says otherwise; then its file
-- has its name. Both are listed, as only interfaces that exist are looked at.
mainOf :: Component -> [FilePath]
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
            if dropExtension path == "Main" then ["Main"] else ["Main", dropExtension path]
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
