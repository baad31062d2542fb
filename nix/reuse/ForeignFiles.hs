{-# LANGUAGE OverloadedStrings #-}

-- | Files of other packages that a build looked at. They are no part of what "Contents"
-- compares, so what each was is kept beside its path, as a digest.
module ForeignFiles (withDigests, foreignFiles, digestOf) where

import qualified Data.ByteString.Char8 as B
import Data.List (sort)
import qualified Data.Map.Strict as Map
import Data.Maybe (fromMaybe)
import qualified Data.Set as Set
import GHC.Fingerprint (fingerprintString, getFileHash)
import System.Directory (doesDirectoryExist, doesFileExist, listDirectory)
import System.Posix.Files (fileSize, getFileStatus)

import Columns (Text)
import Contents (Access (..))
import Observed

-- | Fills in what the files are now.
withDigests :: Observed -> IO Observed
withDigests found = do
    groups' <- mapM ofGroup (groups found)
    makers' <- mapM ofMaker (makers found)
    pure found{groups = groups', makers = makers'}
  where
    ofGroup group = do
        list <- mapM ofInput (Set.toList (inputs group))
        pure group{inputs = Set.fromList list}
    ofInput input = do
        from <- digested (access input) (source input)
        pure input{source = from}
    ofMaker made = do
        list <- mapM (\(how, from) -> (,) how <$> digested how from) (Set.toList (madeOf made))
        pure made{madeOf = Set.fromList list}
    digested how (Foreign path _) = Foreign path . fromMaybe B.empty <$> digestOf how path
    digested _ other = pure other

-- | All that was looked at, and how.
foreignFiles :: Observed -> [(Access, Text)]
foreignFiles found = Set.toList (Set.fromList [(how, path) | (how, Foreign path _) <- ofGroups ++ ofMakers])
  where
    ofGroups = map seen (concatMap (Set.toList . inputs) (Map.elems (groups found)))
    seen input = (access input, source input)
    ofMakers = concatMap (Set.toList . madeOf) (Map.elems (makers found))

-- | What a program sees of a file by an access; 'Nothing' where there is none.
digestOf :: Access -> Text -> IO (Maybe Text)
digestOf how path = do
    isFile <- doesFileExist file
    isFolder <- doesDirectoryExist file
    if isFile then Just <$> ofFile else if isFolder then Just <$> ofFolder else pure Nothing
  where
    file = B.unpack path
    ofFile
        | how `elem` [ToRead, ToRun] = B.pack . show <$> getFileHash file
        | how == ToAsk = (\status -> B.pack ("file " ++ show (fileSize status))) <$> getFileStatus file
        | otherwise = pure "file "
    ofFolder
        | how == ToList = B.pack . show . fingerprintString . show . sort <$> listDirectory file
        | otherwise = pure "folder"
