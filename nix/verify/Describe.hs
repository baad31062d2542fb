{-# LANGUAGE BangPatterns #-}
{-# LANGUAGE OverloadedStrings #-}

-- | Describes a build, so that it can be compared with another one by text.
--
-- Arguments: GHC's library folder, an output @intermediates@, the other outputs of
-- the same build, and, where these are of two builds that should be one, those of
-- the former. Outputs are written @NAME=PATH:NAME=PATH@. Standard input: store paths
-- that other builds have under other hashes, @PATH TAB NAME@; each counts as its name.
--
-- Output: lines of four columns, @KIND TAB PATH TAB FACT TAB VALUE@, in no order but that
-- what the test suites printed is as they printed it. The kinds:
--
-- [@compiled@] a stem of @build@: component and name of the module
-- [@interface@] below @build@: see "Interfaces"; of one that cannot be read its content
-- [@object@] below @build@: see "Elf"; the fact @bytes@ is a digest of all of it
-- [@other@] what was in the build folder and is not kept: a digest
-- [@test@] what the test suites printed, a line each
-- [@warning@] a stem of @build@, or nothing: the fact is what GHC warned of there, in one
-- line
-- [@file@] below @out@, or @NAME:@ and the path below another output: its kind, its
-- bits, its parts
-- [@witness@] the same of the other outputs
--
-- Nothing is kept in memory but the file that is being described.
module Main (main) where

import Control.Monad (forM_, unless, when)
import qualified Data.ByteString as B
import qualified Data.ByteString.Char8 as C
import Data.ByteString.Unsafe (unsafeUseAsCString)
import Data.Char (isAscii, isLetter)
import Data.List (isSuffixOf, sort)
import qualified Data.Map.Strict as Map
import Elf (digestOf, readParts)
import Foreign.Marshal.Utils (copyBytes)
import Foreign.Ptr (plusPtr)
import Interfaces (forEditorsMagic, unreadableFact, withReader)
import System.Directory (doesDirectoryExist, doesFileExist, executable, getPermissions, getSymbolicLinkTarget, listDirectory, pathIsSymbolicLink)
import System.Environment (getArgs)
import System.FilePath ((</>))
import System.IO (BufferMode (..), IOMode (..), hIsEOF, hSetBuffering, hSetEncoding, mkTextEncoding, stdout, withBinaryFile, withFile)

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
    hashOf = B.take hashLength . B.drop (B.length "/nix/store/")
    -- As long as a hash, so that nothing moves.
    token name = B.take hashLength ("=" <> name <> C.replicate hashLength '=')

tell :: String -> FilePath -> String -> String -> IO ()
tell kind path fact value = putStrLn (concatMap ((++ "\t") . clean) [kind, path, fact] ++ clean value)
  where
    clean = map (\c -> if c `elem` ("\t\n\r" :: String) then ' ' else c)

-- | The same of bytes of a program or of GHC, which may be no text.
tellBytes :: B.ByteString -> B.ByteString -> B.ByteString -> B.ByteString -> IO ()
tellBytes kind path fact value = C.hPutStrLn stdout (B.intercalate "\t" [kind, clean path, clean (bounded fact), clean (bounded value)])
  where
    clean = C.map (\c -> if c `elem` ("\t\n\r" :: String) then ' ' else c)

-- | Of a text of any length, such as a line of a test suite, so much as fits into memory many times
-- over: its beginning, and what tells the whole from others.
bounded :: B.ByteString -> B.ByteString
bounded text
    | B.length text <= longest = text
    | otherwise = B.take longest text <> C.pack (" ... of " ++ show (B.length text) ++ " bytes, " ++ show (digestOf text))
  where
    longest = 65536

-- | What the builder wrote beside the modules.
describeRecord :: FilePath -> IO ()
describeRecord folder = do
    eachLine (folder </> "modules") () $ \_ line -> case C.split '\t' line of
        component : name : stem : _ -> tellBytes "compiled" stem component name
        _ -> pure ()
    eachLine (folder </> "others") () $ \_ line -> let (hash, path) = C.break (== ' ') line in tellBytes "other" (B.drop 2 path) "content" hash
    eachLine (folder </> "test") () $ \_ line -> tellBytes "test" "" "line" line
    -- A line with nothing before its tab goes on with the warning above it. Which of
    -- GHC's runs gave a warning says nothing about it.
    eachLine (folder </> "warnings") Nothing warning >>= mapM_ tellWarning
  where
    warning open line = case (C.break (== '\t') line, open) of
        (("", more), Just (stem, text)) -> pure (Just (stem, more : text))
        ((stem, text), _) -> Just (stem, [text]) <$ mapM_ tellWarning open
    tellWarning (stem, text) = tellBytes "warning" (C.filter (/= '?') (C.dropWhile (== '-') stem)) (told (reverse text)) ""
    -- Without the source that GHC quotes, and without colours.
    told = C.unwords . concatMap wordsOf . filter (not . isQuote) . map (withoutEscapes . B.drop 1)
    isQuote line = "|" `B.isPrefixOf` C.dropWhile (`elem` (" 0123456789" :: String)) line
    withoutEscapes text = case C.break (== '\ESC') text of
        (before, escape)
            | B.null escape -> before
            | Just rest <- B.stripPrefix "\ESC[" escape -> before <> withoutEscapes (B.drop 1 (C.dropWhile (not . isAsciiLetter) rest))
            | Just rest <- B.stripPrefix "\ESC]" escape -> before <> withoutEscapes (B.drop 2 (C.dropWhile (/= '\ESC') rest))
            | otherwise -> before <> withoutEscapes (B.drop 1 escape)
    -- White space of ASCII alone: other bytes are parts of letters.
    wordsOf = filter (not . B.null) . C.splitWith (`elem` (" \t\r\v\f" :: String))
    isAsciiLetter c = isAscii c && isLetter c

-- | Goes through the lines of a file, which need not be there.
eachLine :: FilePath -> a -> (a -> B.ByteString -> IO a) -> IO a
eachLine path start act = do
    exists <- doesFileExist path
    if exists then withFile path ReadMode (`go` start) else pure start
  where
    go handle !state = do
        done <- hIsEOF handle
        if done then pure state else C.hGetLine handle >>= act state >>= go handle

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
            then getSymbolicLinkTarget full >>= targetOf >>= told path "link"
            else
                if isFolder
                    then unless (kind == "build") (told path "folder" "") >> go path
                    else regular path full
    regular path full
        | isInterface path = do
            unless (kind == "build") (told path "interface" "")
            found <- facts full
            let tellFact = tell (if kind == "build" then "interface" else kind) (prefix ++ path)
            forM_ found (uncurry tellFact)
            -- Whatever it is, it is compared.
            when (map fst found == [unreadableFact]) (readParts (replacePaths paths) full >>= tellFact "content" . show . snd)
        | otherwise = do
            bits <- getPermissions full
            unless (kind == "build") (told path "file" (if executable bits then "executable" else ""))
            forEditors <- isForEditors full
            unless forEditors $ do
                (parts, digest) <- readParts (replacePaths paths) full
                forM_ parts $ \(part, found) -> told path part (show found)
                when (map fst parts /= ["content"]) (told path "bytes" (show digest))
    -- Store paths are ASCII; of other targets no byte may be lost.
    targetOf target
        | all isAscii target = do
            let bytes = C.pack target
            replacePaths paths bytes
            pure (C.unpack bytes)
        | otherwise = pure target
    told = tell (if kind == "build" then "object" else kind) . (prefix ++)
    isInterface path = any (`isSuffixOf` path) [".hi", "_hi", ".hi-boot", "_hi-boot"]

-- | A @.hie@ file of this GHC. It has the lines at which names of other modules are
-- defined where GHC compiled these in the same run, and none where it read their
-- interfaces. Whatever has only its name or its first letters is compared.
isForEditors :: FilePath -> IO Bool
isForEditors path
    | ".hie" `isSuffixOf` path = (== forEditorsMagic) <$> withBinaryFile path ReadMode (`B.hGet` B.length forEditorsMagic)
    | otherwise = pure False

-- | Replaces the hashes of the known store paths, in the very bytes: what stands for a
-- hash is as long, and nobody else has them.
replacePaths :: Paths -> B.ByteString -> IO ()
replacePaths paths bytes
    | Map.null paths = pure ()
    | otherwise = go 0
  where
    go at = case B.breakSubstring "/nix/store/" (B.drop at bytes) of
        (before, found)
            | B.null found -> pure ()
            | otherwise -> do
                let start = at + B.length before + B.length "/nix/store/"
                    name = Map.lookup (B.take hashLength (B.drop start bytes)) paths
                forM_ name $ \hash -> unsafeUseAsCString bytes $ \place ->
                    unsafeUseAsCString hash $ \from -> copyBytes (place `plusPtr` start) from hashLength
                go start

hashLength :: Int
hashLength = 32
