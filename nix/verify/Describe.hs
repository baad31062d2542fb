{-# LANGUAGE OverloadedStrings #-}

-- | Describes a build, so that it can be compared with another one by text.
--
-- Arguments: GHC's library folder, an output @intermediates@, the other outputs of
-- the same build, and, where these are of two builds that should be one, those of
-- the former. Outputs are written @NAME=PATH:NAME=PATH@. Standard input: store paths
-- that other builds have under other hashes, @PATH TAB NAME@; each counts as its name.
--
-- Output: lines of four columns, @KIND TAB PATH TAB FACT TAB VALUE@. The kinds:
--
-- [@module@] a stem of @build@: component and name of the module
-- [@interface@] below @build@: see "Interfaces"
-- [@object@] below @build@: see "Elf"; the fact @bytes@ is a digest of all of it
-- [@other@] what was in the build folder and is not kept: a digest
-- [@test@] what the test suites printed, a line each
-- [@warning@] a stem of @build@, or nothing: the fact is what GHC warned of there, in one
-- line
-- [@file@] below @out@, or @NAME:@ and the path below another output: its kind, its
-- bits, its parts
-- [@witness@] the same of the other outputs
module Main (main) where

import Control.Monad (forM_, unless, when)
import qualified Data.ByteString as B
import qualified Data.ByteString.Builder as Builder
import qualified Data.ByteString.Char8 as C
import qualified Data.ByteString.Lazy as Lazy
import Data.Char (isAscii, isLetter)
import Data.List (isSuffixOf, sort)
import qualified Data.Map.Strict as Map
import Elf (digestOf, partsOf)
import Interfaces (withReader)
import System.Directory (doesDirectoryExist, doesFileExist, executable, getPermissions, getSymbolicLinkTarget, listDirectory, pathIsSymbolicLink)
import System.Environment (getArgs)
import System.FilePath ((</>))
import System.IO (BufferMode (..), IOMode (..), hGetContents, hSetBuffering, hSetEncoding, mkTextEncoding, stdout, withFile)

-- | What stands for the hashes of store paths.
type Paths = Map.Map B.ByteString B.ByteString

main :: IO ()
main = do
    -- A name of a file is any bytes.
    mkTextEncoding "UTF-8//ROUNDTRIP" >>= hSetEncoding stdout
    hSetBuffering stdout (BlockBuffering Nothing)
    arguments <- getArgs
    paths <- pathsOf <$> B.getContents
    case arguments of
        ghc : intermediates : installed : witness -> withReader ghc $ \facts -> do
            describeRecord (intermediates </> "hinc")
            describeFolder "build" facts paths "" (intermediates </> "build")
            describeOutputs "file" facts paths (outputsOf installed)
            forM_ (filter (not . null) witness) (describeOutputs "witness" facts paths . outputsOf)
        _ -> error "describe: GHC-FOLDER INTERMEDIATES OUTPUTS [OUTPUTS]"
  where
    describeOutputs kind facts paths outputs =
        forM_ outputs $ \(name, folder) ->
            describeFolder kind facts (foldr own paths outputs) (if name == "out" then "" else name ++ ":") folder
    outputsOf text = case break (== ':') text of
        (entry, rest) | (name, _ : path) <- break (== '=') entry -> (name, path) : outputsOf (drop 1 rest)
        _ -> []
    pathsOf text = Map.fromList [(hashOf path, token (B.drop 1 name)) | line <- C.lines text, let (path, name) = C.break (== '\t') line]
    own (name, path) = Map.insert (hashOf (C.pack path)) (token (C.pack name))
    hashOf = B.take 32 . B.drop 11
    -- As long as a hash, so that nothing moves.
    token name = B.take 32 ("=" <> name <> C.replicate 32 '=')

tell :: String -> FilePath -> String -> String -> IO ()
tell kind path fact value = putStrLn (concatMap ((++ "\t") . clean) [kind, path, fact] ++ clean value)
  where
    clean = map (\c -> if c `elem` ("\t\n\r" :: String) then ' ' else c)

-- | What the builder wrote beside the modules.
describeRecord :: FilePath -> IO ()
describeRecord folder = do
    modules <- linesOf (folder </> "modules")
    forM_ modules $ \line -> case splitTabs line of
        component : name : stem : _ -> tell "module" stem component name
        _ -> pure ()
    others <- linesOf (folder </> "others")
    forM_ others $ \line -> let (hash, path) = break (== ' ') line in tell "other" (drop 2 path) "content" hash
    printed <- linesOf (folder </> "test")
    forM_ printed (tell "test" "" "line")
    warnings <- linesOf (folder </> "warnings")
    forM_ (paragraphs warnings) $ \(stem, text) -> tell "warning" stem text ""
  where
    -- A line with nothing before its tab goes on with the warning above it. Which of
    -- GHC's runs gave a warning says nothing about it.
    paragraphs rows = case map (break (== '\t')) rows of
        [] -> []
        (stem, line) : below ->
            let (more, rest) = span (null . fst) below
             in (filter (/= '?') (dropWhile (== '-') stem), told (line : map snd more)) : paragraphs (map (uncurry (++)) rest)
    -- Without the source that GHC quotes, and without colours.
    told = unwords . concatMap words . filter (not . isQuote) . map (withoutEscapes . drop 1)
    isQuote line = case dropWhile (`elem` (" 0123456789" :: String)) line of
        '|' : _ -> True
        _ -> False
    withoutEscapes text = case break (== '\ESC') text of
        (before, '\ESC' : '[' : rest) -> before ++ withoutEscapes (drop 1 (dropWhile (not . isLetter) rest))
        (before, '\ESC' : ']' : rest) -> before ++ withoutEscapes (drop 2 (dropWhile (/= '\ESC') rest))
        (before, rest) -> before ++ drop 1 rest
    linesOf path = do
        exists <- doesFileExist path
        if exists then withFile path ReadMode allLines else pure []
    -- A program may print what is no text.
    allLines handle = do
        mkTextEncoding "UTF-8//ROUNDTRIP" >>= hSetEncoding handle
        text <- hGetContents handle
        length text `seq` pure (lines text)
    splitTabs line = case break (== '\t') line of
        (column, _ : rest) -> column : splitTabs rest
        (column, []) -> [column]

-- | Describes what is below a folder; the paths get a prefix.
describeFolder :: String -> (FilePath -> IO [(String, String)]) -> Paths -> String -> FilePath -> IO ()
describeFolder kind facts paths prefix top = go ""
  where
    go below = do
        entries <- sort <$> listDirectory (top </> below)
        mapM_ (entry . (below </>)) entries
    entry path = do
        let full = top </> path
        isLink <- pathIsSymbolicLink full
        isFolder <- if isLink then pure False else doesDirectoryExist full
        if isLink
            then getSymbolicLinkTarget full >>= told path "link" . targetOf
            else
                if isFolder
                    then unless (kind == "build") (told path "folder" "") >> go path
                    else regular path full
    regular path full
        | isInterface path = do
            unless (kind == "build") (told path "interface" "")
            found <- facts full
            forM_ found (uncurry (tell (if kind == "build" then "interface" else kind) (prefix ++ path)))
        | otherwise = do
            bits <- getPermissions full
            unless (kind == "build") (told path "file" (if executable bits then "executable" else ""))
            bytes <- replacePaths paths <$> B.readFile full
            let parts = partsOf bytes
            forM_ parts $ \(part, digest) -> told path part (show digest)
            when (map fst parts /= ["content"]) (told path "bytes" (show (digestOf bytes)))
    -- Store paths are ASCII; of other targets no byte may be lost.
    targetOf target = if all isAscii target then C.unpack (replacePaths paths (C.pack target)) else target
    told = tell (if kind == "build" then "object" else kind) . (prefix ++)
    isInterface path = any (`isSuffixOf` path) [".hi", "_hi", ".hi-boot", "_hi-boot"]

-- | Replaces the hashes of the known store paths.
replacePaths :: Paths -> B.ByteString -> B.ByteString
replacePaths paths bytes
    | Map.null paths = bytes
    | otherwise = case go bytes of
        [_] -> bytes
        pieces -> Lazy.toStrict (Builder.toLazyByteString (foldMap Builder.byteString pieces))
  where
    go rest =
        let (before, found) = B.breakSubstring "/nix/store/" rest
            hash = B.take 32 (B.drop 11 found)
         in if B.null found
                then [before]
                else case Map.lookup hash paths of
                    Just name -> before : "/nix/store/" : name : go (B.drop 43 found)
                    Nothing -> before : "/nix/store/" : go (B.drop 11 found)
