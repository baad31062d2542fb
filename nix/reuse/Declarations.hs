{-# LANGUAGE CPP #-}
{-# LANGUAGE OverloadedStrings #-}

-- | Which declarations of a module that was compiled changed for a module that uses it.
--
-- An interface has, of each module of its unit that it imports, what GHC saw of that: the
-- names that it uses, each with a hash, and a hash of what is exported. GHC compiles a module because one of them is another one now (GHC.Iface.Recomp,
-- checkModUsage). It says which module; this says which names.
module Declarations (Declarations, declarationsOf, changedFor, declarationsChanged) where

import qualified Data.ByteString.Char8 as B
import Data.List (sort)
import qualified Data.Map.Strict as Map
import qualified Data.Set as Set
import GHC.Data.FastString (bytesFS)
import GHC.Fingerprint (Fingerprint)
import GHC.Iface.Syntax
import GHC.Types.Avail
import GHC.Types.Name (nameOccName)
import GHC.Types.Name.Occurrence (OccName, occNameFS)
import GHC.Unit.Module (moduleNameFS)
import GHC.Unit.Module.Deps
import GHC.Unit.Module.ModIface

import Columns (Text)
import Json (flag, number, text, texts)

-- | What others see of a module.
data Declarations = Declarations
    { hashes :: Map.Map Text Fingerprint
    , exported :: Set.Set Text
    , ofExports :: Maybe Fingerprint
    }

-- | What is another thing now of a module.
data Changed = Changed
    { by :: Text
    -- ^ The name of that module.
    , names :: [Text]
    -- ^ Names that it exports, or did.
    , others :: Bool
    -- ^ Whether there are names that nobody wrote, or that are exported by no name: instances,
    -- and what GHC inlines.
    , exportList :: Bool
    -- ^ Whether it exports other names.
    }

declarationsOf :: ModIface -> Declarations
declarationsOf interface =
    Declarations
        { hashes = Map.fromList [(nameText name, hash') | (hash, it) <- mi_decls interface, (name, hash') <- ifaceDeclFingerprints hash it]
        , exported = Set.fromList (map (nameText . nameOccName) (concatMap namesOf (mi_exports interface)))
        , ofExports = exportHash
        }
  where
#if MIN_VERSION_ghc(9,13,0)
    exportHash = Nothing
#else
    exportHash = Just (mi_exp_hash (mi_final_exts interface))
#endif
#if MIN_VERSION_ghc(9,7,0)
    namesOf = availNames
#else
    namesOf = availNamesWithSelectors
#endif

-- | Given what modules are now and were in the base, by name, and the interface that the
-- base has of one that uses them.
changedFor :: (Text -> Maybe (Maybe Declarations, Declarations)) -> ModIface -> [Changed]
changedFor known interface =
    [ Changed{by = module', names = shown, others = length shown < length different, exportList = otherExports usage now}
    | usage@UsageHomeModule{} <- usages
    , let module' = bytesFS (moduleNameFS (usg_mod_name usage))
    , Just (before, now) <- [known module']
    , let different = sort [nameText name | (name, hash) <- usg_entities usage, Map.lookup (nameText name) (hashes now) /= Just hash]
          shown = filter (`Set.member` Set.union (exported now) (maybe Set.empty exported before)) different
    , not (null different) || otherExports usage now
    ]
  where
#if MIN_VERSION_ghc(9,13,0)
    usages = maybe [] mi_sr_usages (mi_self_recomp_info interface)
    otherExports _ _ = False
#else
    usages = mi_usages interface
    otherExports usage now = maybe False ((/= ofExports now) . Just) (usg_exports usage)
#endif

-- | The event of a module, by its stem, that uses declarations of another one which changed.
declarationsChanged :: Text -> Changed -> Text
declarationsChanged stem changed = "@hinc {\"event\":\"declarations-changed\"," <> B.intercalate "," list <> "}\n"
  where
    list =
        [ text "module" stem
        , text "by" (by changed)
        , texts "names" (take most (names changed))
        , number "more" (max 0 (length (names changed) - most))
        , flag "others" (others changed)
        , flag "exports" (exportList changed)
        ]
    most = 5

nameText :: OccName -> Text
nameText = bytesFS . occNameFS
