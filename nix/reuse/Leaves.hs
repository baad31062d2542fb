-- | What the compilation of modules leaves in the package's folder.
--
-- Splices write files, GHC writes what it is told to dump. Nobody keeps these for a later
-- build: another module may read them, a test suite, or the installation. So the modules are
-- compiled every time, and so is whoever looked at such a file, since a module may have been
-- edited that makes it.
module Leaves (leavesOf) where

import qualified Data.IntMap.Strict as IntMap
import qualified Data.Map.Strict as Map
import qualified Data.Set as Set

import Build
import Columns (Text)
import FileKinds (isProduct, isTemporary)
import GhcReads (compiledMeanwhile, windowsOf)
import Log (Operation (..), Process (..))
import Observed
import Paths (Place (..), placeOf)
import Roles (Role (..))
import Surroundings

-- | By those that are compiled every time for it; also what is gone at the end of the build.
leavesOf :: Build -> [(Who, Group)]
leavesOf build =
    [ (who, mempty{leaves = Set.singleton inside})
    | (compiler, (component, everyLook)) <- IntMap.toList byCompiler
    , let windows = maybe Map.empty (windowsIn component) (IntMap.lookup compiler (actors build))
    , (path, (isWritten, at)) <- Map.toList everyLook
    , isWritten
    , Inside inside <- [placeOf (roots around) path]
    , not (isProduct around inside || isTemporary path)
    , who <- whose component (compiledMeanwhile component windows at)
    ]
  where
    around = surroundings build
    windowsIn component = windowsOf around component . process
    whose component found = case found of
        Just stems -> map (OfModule (label component)) stems
        Nothing -> [OfComponent (label component)]
    byCompiler =
        IntMap.fromListWith
            (\(component, these) (_, those) -> (component, Map.unionWith both these those))
            [ (compiler, (component, looksOf (process actor)))
            | (number, actor) <- IntMap.toList (actors build)
            , Just (component, compiler) <- [compilerOf number (role actor)]
            ]
    compilerOf number role' = case role' of
        Compiler component -> Just (component, number)
        Job component compiler _ -> Just (component, compiler)
        _ -> Nothing

-- | Of each path whether a process wrote it, and the lines at which it looked at it.
looksOf :: Process -> Map.Map Text (Bool, [Int])
looksOf one =
    Map.fromListWith
        both
        [(path, (operation == Write, at)) | ((operation, path), at) <- Map.toList (touched one)]

both :: (Bool, [Int]) -> (Bool, [Int]) -> (Bool, [Int])
both (one, at) (other, at') = (one || other, at ++ at')
