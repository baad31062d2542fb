-- | Says how Cabal reads package descriptions: for each file named on standard input a line of fields between tabs, the
-- first of which is the file. A file that Cabal does not read has no other.
module Main (main) where

import qualified Data.ByteString as B
import Data.List (intercalate, nub, sort)
import Distribution.PackageDescription
import Distribution.PackageDescription.Parsec
import Distribution.Pretty (prettyShow)
import Distribution.Types.CondTree
import System.IO

main :: IO ()
main = do
    hSetEncoding stdout utf8
    hSetEncoding stdin utf8
    getContents >>= mapM_ describe . lines

describe :: FilePath -> IO ()
describe file = do
    content <- B.readFile file
    putStrLn . intercalate "\t" . (file :) $ case parseGenericPackageDescriptionMaybe content of
        Nothing -> []
        Just found -> fieldsOf found

fieldsOf :: GenericPackageDescription -> [String]
fieldsOf found =
    [name, prettyShow (pkgVersion (package description)), maybe "" prettyShow (buildTypeRaw description)]
        ++ kind plain
        ++ kind (map (fmap testBuildInfo . snd) (condTestSuites found))
        ++ kind (map (fmap benchmarkBuildInfo . snd) (condBenchmarks found))
        ++ [texts (maybe [] (map nameOf . setupDepends) (setupBuildInfo description))]
  where
    description = packageDescription found
    name = prettyShow (pkgName (package description))
    nameOf (Dependency of_ _ _) = prettyShow of_
    plain =
        map (fmap libBuildInfo) (maybe id (:) (condLibrary found) (map snd (condSubLibraries found)))
            ++ map (fmap foreignLibBuildInfo . snd) (condForeignLibs found)
            ++ map (fmap buildInfo . snd) (condExecutables found)
    kind trees =
        [ texts (concatMap (map nameOf . targetBuildDepends . condTreeData) trees)
        , texts (concatMap (foldMap (map nameOf . targetBuildDepends)) trees)
        , texts (concatMap (foldMap toolsOf) trees)
        ]
    toolsOf info =
        [prettyShow of_ | ExeDependency of_ _ _ <- buildToolDepends info]
            ++ [tool | LegacyExeDependency tool _ <- buildTools info, tool `elem` knownTools]
    -- A package by itself is no dependency.
    texts = unwords . filter (/= name) . nub . sort
    -- desugarBuildToolSimple in Distribution.Simple.BuildToolDepends
    knownTools = words "hscolour haddock happy alex hsc2hs c2hs cpphs greencard hspec-discover"
