-- | What GHC knows of a module: the facts that its interface holds.
--
-- What another build may rightly have otherwise is left out: the hash of the
-- interface as a whole and the usages, since a module that GHC skips keeps what it
-- knew of modules that changed in what it does not use.
module Interfaces (Reader, withReader, factsOf, unreadableFact) where

import Control.Concurrent.MVar (readMVar, swapMVar)
import Control.Exception (SomeException, evaluate, finally, try)
import Control.Monad (void)
import Control.Monad.IO.Class (liftIO)
import Data.List (sort)
import GHC (getSession, getSessionDynFlags, runGhc)
import GHC.Driver.Env (hsc_NC)
import GHC.Driver.Ppr (showPpr)
import GHC.Driver.Session (DynFlags, targetProfile)
import GHC.Fingerprint (fingerprintString)
import GHC.Iface.Binary (CheckHiWay (..), TraceBinIFace (..), readBinIface)
import GHC.Iface.Syntax (ifName)
import GHC.Types.Name (nameOccName)
import GHC.Types.Name.Cache (NameCache (..))
import GHC.Types.Name.Occurrence (occNameString)
import GHC.Unit.Module (moduleName, moduleNameString)
import GHC.Unit.Module.Deps
import GHC.Unit.Module.ModIface
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
    found <- try (readInterface path >>= \interface -> let all_ = facts flags interface in evaluate (length (show all_)) >> pure all_)
    pure (either unreadable id found)
  where
    unreadable problem = const [(unreadableFact, "")] (problem :: SomeException)

unreadableFact :: String
unreadableFact = "unreadable"

facts :: DynFlags -> ModIface -> [(String, String)]
facts flags interface =
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
    , ("documentation", digest (mi_docs interface))
    , ("modules", shown (dep_direct_mods dependencies))
    , ("packages", shown (dep_direct_pkgs dependencies))
    ]
        ++ sort [("declaration " ++ nameOf declaration, show hash) | (hash, declaration) <- mi_decls interface]
  where
    backend = mi_final_exts interface
    dependencies = mi_deps interface
    nameOf = occNameString . nameOccName . ifName
    shown :: Outputable a => a -> String
    shown = unwords . words . showPpr flags
    digest :: Outputable a => a -> String
    digest = show . fingerprintString . shown
