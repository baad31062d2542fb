-- | What GHC knows of a module: the facts that its interface holds.
--
-- What another build may rightly have otherwise is left out: the hash of the
-- interface as a whole and the usages, since a module that GHC skips keeps what it
-- knew of modules that changed in what it does not use.
--
-- Beside the hash of each declaration stands a digest of what it is without what GHC
-- wrote of its body for others to inline: its type and kind, the right side of a
-- synonym, constructors, methods, equations, pragmas. The hash of a function may differ
-- from one clean build to the next in the wording of its body; this may not.
module Interfaces (Reader, withReader, factsOf, unreadableFact, forEditorsMagic) where

import Control.Concurrent.MVar (readMVar, swapMVar)
import Control.Exception (SomeException, evaluate, finally, try)
import Control.Monad (void)
import Control.Monad.IO.Class (liftIO)
import qualified Data.ByteString as B
import qualified Data.ByteString.Char8 as C
import Data.List (sort)
import Data.Traversable (for)
import GHC (getSession, getSessionDynFlags, runGhc)
import GHC.Driver.Env (hsc_NC)
import GHC.Driver.Ppr (showPpr)
import GHC.Driver.Session (DynFlags, targetProfile)
import GHC.Fingerprint (fingerprintString)
import GHC.Iface.Binary (CheckHiWay (..), TraceBinIFace (..), readBinIface)
import GHC.Iface.Ext.Types (hieVersion)
import GHC.Iface.Recomp.Binary (computeFingerprint, putNameLiterally)
import GHC.Iface.Syntax (IfaceDecl (..), IfaceExpr (..), IfaceInfoItem (..), IfaceRule (..), ifName)
import GHC.Settings.Config (cProjectVersion)
import GHC.Types.Name (nameOccName)
import GHC.Types.Name.Cache (NameCache (..))
import GHC.Types.Name.Occurrence (occNameString)
import GHC.Unit.Module (moduleName, moduleNameString)
import GHC.Unit.Module.Deps
import GHC.Unit.Module.ModIface
import GHC.Utils.Binary (Binary)
import GHC.Utils.Outputable (Outputable)

-- | Reads an interface of any way.
type Reader = FilePath -> IO ModIface

-- | Runs an action with GHC's library folder.
withReader :: FilePath -> ((FilePath -> IO [(String, String)]) -> IO a) -> IO a
withReader folder action = runGhc (Just folder) $ do
    flags <- getSessionDynFlags
    names <- hsc_NC <$> getSession
    known <- liftIO (readMVar (nsNames names))
    -- GHC keeps all names that it ever read of, which a package of many modules has many of.
    let afresh found = found `finally` void (swapMVar (nsNames names) known)
        reader = readBinIface (targetProfile flags) names IgnoreHiWay QuietBinIFace
    liftIO (action (afresh . factsOf flags reader))

-- | The facts of an interface by their names. A hash of a declaration is called
-- @declaration NAME@. One that cannot be read has the fact @unreadable@ and no other.
factsOf :: DynFlags -> Reader -> FilePath -> IO [(String, String)]
factsOf flags readInterface path = do
    -- Much of an interface is read only when it is wanted.
    found <- try (readInterface path >>= facts flags >>= \all_ -> evaluate (length (show all_)) >> pure all_)
    pure (either unreadable id found)
  where
    unreadable problem = const [(unreadableFact, "")] (problem :: SomeException)

unreadableFact :: String
unreadableFact = "unreadable"

-- | How a @.hie@ file of this GHC begins.
forEditorsMagic :: B.ByteString
forEditorsMagic = C.pack ("HIE" ++ show hieVersion ++ "\n" ++ cProjectVersion ++ "\n")

facts :: DynFlags -> ModIface -> IO [(String, String)]
facts flags interface = do
    types <- for (mi_decls interface) $ \(_, declaration) -> (,) ("type " ++ nameOf declaration) <$> written (withoutBody declaration)
    rules <- for (mi_rules interface) $ \rule -> written (withoutWording rule)
    classInstances <- mapM written (mi_insts interface)
    familyInstances <- mapM written (mi_fam_insts interface)
    complete <- mapM written (mi_complete_matches interface)
    warnings <- written (mi_warns interface)
    pure $
        [ ("module", moduleNameString (moduleName (mi_module interface)))
        , ("abi", show (mi_mod_hash backend))
        , ("exports", show (mi_exp_hash backend))
        , ("orphans", show (mi_orphan_hash backend))
        , ("flags", show (mi_flag_hash backend))
        , ("optimisation", show (mi_opt_hash backend))
        , ("coverage", show (mi_hpc_hash backend))
        , ("source", show (mi_src_hash interface))
        , ("exported", shown (mi_exports interface))
        , ("fixities", digest (mi_fixities interface))
        , ("annotations", digest (mi_anns interface))
        , ("instances", shown (length (mi_insts interface), length (mi_fam_insts interface), length (mi_rules interface)))
        , ("instances of classes", set classInstances)
        , ("instances of families", set familyInstances)
        , ("rules", set rules)
        , ("complete patterns", set complete)
        , ("deprecations", warnings)
        , ("documentation", digest (mi_docs interface))
        , ("modules", shown (dep_direct_mods dependencies))
        , ("packages", shown (dep_direct_pkgs dependencies))
        ]
            ++ sort types
            ++ sort [("declaration " ++ nameOf declaration, show hash) | (hash, declaration) <- mi_decls interface]
  where
    backend = mi_final_exts interface
    dependencies = mi_deps interface
    nameOf = occNameString . nameOccName . ifName
    -- The digest that GHC itself would take, with names as text and not as hashes of what
    -- they name: nothing is left out as it may be of what is printed.
    written :: Binary a => a -> IO String
    written = fmap show . computeFingerprint putNameLiterally
    set = show . fingerprintString . unwords . sort
    shown :: Outputable a => a -> String
    shown = unwords . words . showPpr flags
    digest :: Outputable a => a -> String
    digest = show . fingerprintString . shown

-- | A declaration without the unfolding of a function. All others have no body.
withoutBody :: IfaceDecl -> IfaceDecl
withoutBody declaration@IfaceId{ifIdInfo = info} = declaration{ifIdInfo = filter (not . isUnfolding) info}
  where
    isUnfolding item = case item of
        HsUnfold{} -> True
        _ -> False
withoutBody declaration = declaration

-- | A rule that GHC made of a specialisation, without its two sides, which are like a
-- body. Of one that somebody wrote everything counts.
withoutWording :: IfaceRule -> IfaceRule
withoutWording rule
    | ifRuleAuto rule = rule{ifRuleBndrs = [], ifRuleArgs = [], ifRuleRhs = IfaceExt (ifRuleHead rule)}
    | otherwise = rule
