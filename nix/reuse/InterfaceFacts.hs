{-# LANGUAGE OverloadedStrings #-}
{-# LANGUAGE CPP #-}
{-# LANGUAGE FlexibleInstances #-}
{-# LANGUAGE TypeFamilies #-}

-- | Reads the interfaces of a build with GHC's own reader: see "Facts" for what it prints.
--
-- Arguments: GHC's library folder, the folder that the interfaces lie in, and perhaps a file of
-- names ("Warned"): then who uses which of them is printed, a line each with its stem before,
-- and nothing else. Standard input: @STEM TAB PATH@, a line an interface or another product;
-- of several of a module the first that can be read counts, since what is asked for is the
-- same in every way.
--
-- With @changed BASE@ in place of a file of names: tells hinc of each of these modules which
-- declarations that it uses changed, of others of these ("Declarations"). BASE is the folder
-- of the base's interfaces.
module Main (main) where

import Control.Exception (SomeException, evaluate, try)
import Control.Monad.IO.Class (liftIO)
import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map
import Data.Maybe (catMaybes, fromMaybe)
import qualified Data.Set as Set
import GHC (getSession, getSessionDynFlags, runGhc)
import GHC.Data.FastString (FastString, bytesFS, unpackFS)
import GHC.Driver.Env (hsc_NC)
import GHC.Driver.Ppr (showPpr)
import GHC.Driver.Session (DynFlags, targetProfile)
import GHC.Fingerprint (fingerprintString)
import GHC.IO.Encoding (char8, setFileSystemEncoding)
import GHC.Iface.Binary (CheckHiWay (..), TraceBinIFace (..), readBinIface)
import GHC.Iface.Syntax
import GHC.Types.Avail
import GHC.Types.Name (Name, nameOccName, occNameString)
import GHC.Unit.Module (moduleNameFS, moduleNameString, moduleUnit)
import qualified GHC.Unit.Module
import GHC.Unit.Module.Deps
import GHC.Unit.Module.ModIface
#if !MIN_VERSION_ghc(9,9,0)
import GHC.Unit.Module.Warnings (WarningTxt (..), Warnings (..))
#endif
import GHC.Unit.Types (gwib_mod, unitIdString, unitString)
import System.Directory (getCurrentDirectory)
import System.Environment (getArgs)
import System.IO (BufferMode (..), hSetBinaryMode, hSetBuffering, stdin, stdout)

import Columns (Text, readColumns)
import Declarations (changedFor, declarationsChanged, declarationsOf)
import Facts (Facts (..), Flag (..), Stem, writeFacts)
import Paths (simplified, suffixOf)
import Pragmas (Pragmas (..))
import Warned (Use (..), readUses, writeUse)

main :: IO ()
main = do
    -- A path is any bytes.
    setFileSystemEncoding char8
    mapM_ (`hSetBinaryMode` True) [stdin, stdout]
    hSetBuffering stdout (BlockBuffering Nothing)
    library : folder : more <- getArgs
    case more of
        ["changed", base] -> changes library folder base
        _ -> facts library folder more

-- | Runs with what reads interfaces.
withReader :: FilePath -> (DynFlags -> (FilePath -> IO ModIface) -> IO ()) -> IO ()
withReader library run = runGhc (Just library) $ do
    dynamicFlags <- getSessionDynFlags
    names <- hsc_NC <$> getSession
    liftIO (run dynamicFlags (readBinIface (targetProfile dynamicFlags) names IgnoreHiWay QuietBinIFace))

-- | Tells of each module which declarations that it uses changed.
changes :: FilePath -> FilePath -> FilePath -> IO ()
changes library folder base = do
    products <- B.getContents
    withReader library $ \_ reader -> do
        let readIn place paths = firstOf [reader (place ++ "/" ++ path) | path <- paths]
            firstOf [] = pure Nothing
            firstOf (action : rest) = try action >>= either (orElse rest) (pure . Just)
            orElse rest problem = const (firstOf rest) (problem :: SomeException)
            both paths = (,) <$> readIn base paths <*> readIn folder paths
            -- A component's modules lie in one folder, and have that before their names.
            placeOf stem name = B.take (B.length stem - B.length name) stem
            nameOf = bytesFS . moduleNameFS . GHC.Unit.Module.moduleName . mi_module
        read' <- Map.toList <$> traverse both (interfaces products)
        let known = Map.fromList [((placeOf stem name, name), (declarationsOf <$> before, declarationsOf now)) | (stem, (before, Just now)) <- read', let name = nameOf now]
        B.putStr $
            B.concat
                [ declarationsChanged stem changed
                | (stem, (Just before, Just now)) <- read'
                , let place = placeOf stem (nameOf now)
                , changed <- changedFor (\name -> Map.lookup (place, name) known) before
                ]

facts :: FilePath -> FilePath -> [FilePath] -> IO ()
facts library folder namesFile = do
    wanted <- mapM B.readFile namesFile
    products <- B.getContents
    package <- B.pack <$> getCurrentDirectory
    withReader library $ \dynamicFlags reader -> do
        let written stem interface = case wanted of
                [] -> writeFacts stem (factsOf package dynamicFlags interface)
                _ -> writeUses stem (readUses (B.concat wanted)) interface
        mapM_ (tell written reader folder) (Map.toList (interfaces products))

-- | The interfaces of each module; not those of @-boot@ files.
interfaces :: Text -> Map.Map Stem [FilePath]
interfaces text =
    Map.fromListWith
        (flip (++))
        [(stem, [B.unpack path]) | [stem, path] <- readColumns text, not (isObject (suffixOf path))]
  where
    isObject suffix = any (`B.isSuffixOf` suffix) ["o", "-boot", "h", "hie", "gbc"]

tell :: (Stem -> ModIface -> Text) -> (FilePath -> IO ModIface) -> FilePath -> (Stem, [FilePath]) -> IO ()
tell lineOf reader folder (stem, paths) = go paths
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
        let written = lineOf stem interface
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
        , pragmas = pragmasOf dynamicFlags interface
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
    ranSplices = mi_used_th interface
    files = [pathText (usg_file_path usage) | usage@UsageFile{} <- usagesOf interface]
    -- GHC watches what the code of a plugin was loaded from; that of a splice as well.
    loadsCode = any isCode files
    isCode path = suffix `elem` ["o", "so", "dylib"] || B.isSuffixOf "_o" suffix
      where
        suffix = suffixOf (B.pack path)

-- | Whom it uses of the names that were asked for. Of what another unit has, GHC notes no
-- names, but it compares the whole module there.
writeUses :: Stem -> Set.Set Use -> ModIface -> Text
writeUses stem wanted interface =
    B.concat [stem <> "\t" <> writeUse use | (module', names) <- used, use <- matching module' names]
  where
    own = B.pack (unitString (moduleUnit (mi_module interface)))
    used =
        [ (B.pack (moduleNameString (usg_mod_name usage)), map (B.pack . occNameString . fst) (usg_entities usage))
        | usage@UsageHomeModule{} <- usagesOf interface
        ]
    matching module' names =
        [ Use own module' name
        | Use _ _ name <- Set.toList (Set.filter (\use -> ofUnit use == own && ofModuleNamed use == module') wanted)
        , if B.null name then not (null names) else any (isCalled name) names
        ]
    -- A field that shares its name with others is a selector of its own before GHC 9.8.
    isCalled name used' = used' == name || B.isPrefixOf ("$sel:" <> name <> ":") used'

usagesOf :: ModIface -> [Usage]
#if MIN_VERSION_ghc(9,13,0)
usagesOf = maybe [] mi_sr_usages . mi_self_recomp_info
#else
usagesOf = mi_usages
#endif

pragmasOf :: DynFlags -> ModIface -> Pragmas
pragmasOf dynamicFlags interface =
    Pragmas
        { unnamed = digestOf ([showPpr dynamicFlags set | set <- mi_complete_matches interface] ++ instances)
        , ofModule = digestOf whole
        , ofExports = digestOf exported
        , ofNames = Map.fromList [(name, digestOf [text]) | (warnedName, text) <- single, name <- warnedName : belowOf warnedName]
        }
  where
    digestOf texts = if null texts then B.empty else B.pack (show (fingerprintString (unlines texts)))
    -- A pragma of a type or class is one of all that is exported with it.
    belowOf name = Map.findWithDefault [] name below
    below =
        Map.fromList
            [(nameText (availName it), map nameText (namesOfAvail it)) | it@AvailTC{} <- mi_exports interface]
    nameText = B.pack . occNameString . nameOccName
    occText = B.pack . occNameString
#if MIN_VERSION_ghc(9,9,0)
    instances = [showPpr dynamicFlags (ifDFun one) ++ shown text | one <- mi_insts interface, Just text <- [ifInstWarn one]]
    (whole, exported, single) = case mi_warns interface of
        IfWarnAll text -> ([shown text], [], [])
        IfWarnSome names exports ->
            ([], [showPpr dynamicFlags name ++ shown text | (name, text) <- exports], [(occText name, shown text) | (name, text) <- names])
    shown text = case text of
        IfWarningTxt one other _ -> "WARNING" ++ showPpr dynamicFlags (one, other) ++ showPpr dynamicFlags text
        IfDeprecatedTxt{} -> "DEPRECATED" ++ showPpr dynamicFlags text
#else
    instances = []
    shown text = case text of
        WarningTxt{} -> "WARNING" ++ showPpr dynamicFlags text
        DeprecatedTxt{} -> "DEPRECATED" ++ showPpr dynamicFlags text
#if MIN_VERSION_ghc(9,7,0)
    (whole, exported, single) = case mi_warns interface of
        WarnAll text -> ([shown text], [], [])
        WarnSome names exports ->
            ([], [showPpr dynamicFlags name ++ shown text | (name, text) <- exports], [(occText name, shown text) | (name, text) <- names])
#else
    exported = []
    (whole, single) = case mi_warns interface of
        NoWarnings -> ([], [])
        WarnAll text -> ([shown text], [])
        WarnSome names -> ([], [(occText name, shown text) | (name, text) <- names])
#endif
#endif

-- | With those of fields that share their names with others.
namesOfAvail :: AvailInfo -> [Name]
#if MIN_VERSION_ghc(9,7,0)
namesOfAvail = availNames
#else
namesOfAvail = availNamesWithSelectors
#endif

-- | GHC has paths as lists of characters in some versions and in a type of its own in others.
class PathText a where
    pathText :: a -> String

instance c ~ Char => PathText [c] where
    pathText = id

instance PathText FastString where
    pathText = unpackFS
