-- | Reads what the files of a package are: see "Contents".
module PackageFiles (filesOf) where

import qualified Data.ByteString.Char8 as B
import Data.List (sortOn)
import Data.Maybe (maybeToList)
import GHC.Fingerprint (getFileHash)
import System.Directory (listDirectory)
import System.Posix.Files

import Columns (Text)
import Contents (Entry (..), Kind (..))

-- | Of the top folder that was unpacked and the package's folder in it, sorted by path: all
-- files but those that a build puts among them before it compiles. These are what is new in
-- Cabal's folder, the program in the place of Setup, and what a configure script notes. What
-- came with the source into Cabal's folder has the time 0 (age_build in restore.sh).
filesOf :: FilePath -> FilePath -> IO [(Text, Entry)]
filesOf top package
    | top == package = sortOn fst <$> inside
    | otherwise = sortOn fst <$> ((++) <$> inside <*> beside)
  where
    inside = walk package "" (\path isFolder -> path `elem` ours && not isFolder)
    -- The folders from the top to the package, and `../` for each.
    between = drop 1 (drop (length top) package)
    climbing = concat (replicate (length (filter (== '/') between) + 1) "../")
    beside = walk top climbing (\path _ -> path == between)
    ours = ["Setup", "config.log", "config.status"]

-- | All files below a folder, with a prefix before their paths. Left out are paths for which
-- it is so, given whether they are folders.
walk :: FilePath -> String -> (FilePath -> Bool -> Bool) -> IO [(Text, Entry)]
walk root prefix isLeftOut = inFolder ""
  where
    inFolder below = do
        found <- listDirectory (root ++ "/" ++ below)
        concat <$> mapM (at . (below ++)) found
    at path = do
        let file = root ++ "/" ++ path
            named = (,) (B.pack (prefix ++ path))
        status <- getSymbolicLinkStatus file
        if isLeftOut path (isDirectory status)
            then pure []
            else
                if isDirectory status
                    then inFolder (path ++ "/")
                    else map named . maybeToList <$> entryOf file (isNew path status) status
    isNew path status = take 5 path == "dist/" && modificationTime status /= 0

-- | 'Nothing' for what git has not either.
entryOf :: FilePath -> Bool -> FileStatus -> IO (Maybe Entry)
entryOf file isNew status
    | isNew = pure Nothing
    | isSymbolicLink status = do
        target <- readSymbolicLink file
        pure (Just (Entry Link (length target) (B.pack target)))
    | isRegularFile status = do
        hash <- getFileHash file
        let runs = fileMode status `intersectFileModes` ownerExecuteMode /= nullFileMode
            kind' = if runs then Program else File
        pure (Just (Entry kind' (fromIntegral (fileSize status)) (B.pack (show hash))))
    | otherwise = pure Nothing
