{-# LANGUAGE OverloadedStrings #-}
{-# LANGUAGE CPP #-}
{-# LANGUAGE FlexibleInstances #-}
{-# LANGUAGE TypeFamilies #-}

-- | Reads the interfaces of a build with GHC's own reader: see "Facts" for what it prints.
--
-- Arguments: GHC's library folder, the folder that the interfaces lie in. Standard input:
-- @STEM TAB PATH@, a line an interface or another product; of several of a module the first
-- that can be read counts, since what is asked for is the same in every way.
module Main (main) where

import Control.Exception (SomeException, evaluate, try)
import Control.Monad.IO.Class (liftIO)
import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map
import Data.Maybe (catMaybes, fromMaybe)
import qualified Data.Set as Set
import GHC (getSession, getSessionDynFlags, runGhc)
import GHC.Data.FastString (FastString, unpackFS)
import GHC.Driver.Env (hsc_NC)
import GHC.Driver.Ppr (showPpr)
import GHC.Driver.Session (DynFlags, targetProfile)
import GHC.Fingerprint (fingerprintString)
import GHC.IO.Encoding (char8, setFileSystemEncoding)
import GHC.Iface.Binary (CheckHiWay (..), TraceBinIFace (..), readBinIface)
import GHC.Iface.Syntax (IfaceClsInst (..), IfaceDecl (..), IfaceFamInst (..), IfaceTyConParent (..))
import GHC.Iface.Type (ifaceTyConName)
import GHC.Unit.Module (moduleNameString, moduleUnit)
import qualified GHC.Unit.Module
import GHC.Unit.Module.Deps
import GHC.Unit.Module.ModIface
import GHC.Unit.Types (gwib_mod, unitIdString, unitString)
import System.Directory (getCurrentDirectory)
import System.Environment (getArgs)
import System.IO (BufferMode (..), hSetBinaryMode, hSetBuffering, stdin, stdout)

import Columns (Text, readColumns)
import Facts (Facts (..), Flag (..), Stem, writeFacts)
import Paths (simplified, suffixOf)

main :: IO ()
main = do
    -- A path is any bytes.
    setFileSystemEncoding char8
    mapM_ (`hSetBinaryMode` True) [stdin, stdout]
    hSetBuffering stdout (BlockBuffering Nothing)
    [library, folder] <- getArgs
    products <- B.getContents
    package <- B.pack <$> getCurrentDirectory
    runGhc (Just library) $ do
        dynamicFlags <- getSessionDynFlags
        names <- hsc_NC <$> getSession
        let reader = readBinIface (targetProfile dynamicFlags) names IgnoreHiWay QuietBinIFace
        liftIO (mapM_ (tell (factsOf package dynamicFlags) reader folder) (Map.toList (interfaces products)))

-- | The interfaces of each module; not those of @-boot@ files.
interfaces :: Text -> Map.Map Stem [FilePath]
interfaces text =
    Map.fromListWith
        (flip (++))
        [(stem, [B.unpack path]) | [stem, path] <- readColumns text, not (isObject (suffixOf path))]
  where
    isObject suffix = any (`B.isSuffixOf` suffix) ["o", "-boot", "h", "hie", "gbc"]

tell :: (ModIface -> Facts) -> (FilePath -> IO ModIface) -> FilePath -> (Stem, [FilePath]) -> IO ()
tell facts reader folder (stem, paths) = go paths
  where
    -- What cannot be read is not known; whoever reads the answer takes the worst of it.
    go [] = pure ()
    go (path : rest) = do
        found <- try (factsIn path)
        case found of
            Right line -> B.putStr line
            Left problem -> const (go rest) (problem :: SomeException)
    factsIn path = do
        interface <- reader (folder ++ "/" ++ path)
        let written = writeFacts stem (facts interface)
        -- Much of an interface is read only when it is wanted.
        _ <- evaluate (B.length written)
        pure written

-- | Of a package in this folder.
factsOf :: Text -> DynFlags -> ModIface -> Facts
factsOf package dynamicFlags interface =
    Facts
        { flags =
            Set.fromList $
                [Splices | ranSplices]
                    ++ [Plugins | not (Set.null (dep_plugin_pkgs dependencies)) || loadsCode]
                    ++ [Annotations | not (null (mi_anns interface))]
                    ++ [DataInstances | any (isDataInstance . snd) (mi_decls interface)]
        , Facts.moduleName = nameText (GHC.Unit.Module.moduleName (mi_module interface))
        , unit = B.pack (unitString (moduleUnit (mi_module interface)))
        , families = if null (mi_fam_insts interface) then B.empty else familyDigest
        , imports = [nameText (gwib_mod name) | (_, name) <- Set.toList (dep_direct_mods dependencies)]
        , units = map (B.pack . unitIdString) (Set.toList (dep_direct_pkgs dependencies))
        , watched = Set.fromList (map (inPackage . simplified . B.pack) (filter (not . isCode) files))
        }
  where
    dependencies = mi_deps interface
    -- Splices often name a file by its absolute path (makeRelativeToProject of file-embed).
    inPackage path = fromMaybe path (B.stripPrefix (package <> "/") path)
    nameText = B.pack . moduleNameString
    familyDigest = B.pack (show (fingerprintString (showPpr dynamicFlags named ++ show hashes)))
    named = (instances, mi_fam_insts interface)
    -- GHC's hash of a declaration has in it what the names in it stand for.
    hashes = [hash | (hash, declaration) <- mi_decls interface, isOfFamily declaration]
    isOfFamily declaration = case declaration of
        IfaceAxiom{} -> True
        IfaceId{} -> ifName declaration `elem` map ifDFun instances
        _ -> isDataInstance declaration
    -- Class instances for data instances: no hash of another declaration has them in it.
    instances = [instance_ | instance_ <- mi_insts interface, any isFamily (catMaybes (ifInstTys instance_))]
    isFamily tyCon = ifaceTyConName tyCon `elem` map ifFamInstFam (mi_fam_insts interface)
    isDataInstance declaration = case declaration of
        IfaceData{ifParent = IfDataInstance{}} -> True
        _ -> False
#if MIN_VERSION_ghc(9,13,0)
    usages = maybe [] mi_sr_usages (mi_self_recomp_info interface)
    ranSplices = mi_used_th interface
#else
    usages = mi_usages interface
    ranSplices = mi_used_th interface
#endif
    files = [pathText (usg_file_path usage) | usage@UsageFile{} <- usages]
    -- GHC watches what the code of a plugin was loaded from; that of a splice as well.
    loadsCode = any isCode files
    isCode path = suffix `elem` ["o", "so", "dylib"] || B.isSuffixOf "_o" suffix
      where
        suffix = suffixOf (B.pack path)

-- | GHC has paths as lists of characters in some versions and in a type of its own in others.
class PathText a where
    pathText :: a -> String

instance c ~ Char => PathText [c] where
    pathText = id

instance PathText FastString where
    pathText = unpackFS
