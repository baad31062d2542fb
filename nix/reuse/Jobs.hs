{-# LANGUAGE OverloadedStrings #-}

-- | What GHC began other processes for while it compiled a component: preprocessors, C
-- compilers and linkers by itself, all else since code of the package wanted it.
module Jobs (Purpose (..), purposesOf) where

import qualified Data.IntMap.Strict as IntMap
import qualified Data.Map.Strict as Map
import Data.Maybe (mapMaybe)
import qualified Data.Set as Set

import Columns (Text)
import Facts (Stem)
import FileKinds (finalName, isProduct, isTemporary)
import Log (Operation (..), Process (..), Processes)
import Observed (Reader (..))
import Paths (simplified, suffixOf)
import Roles (Role (..))
import Stems (sourceStem, stemOf)
import Surroundings
import Tools (optionValue)

-- | What a job was begun for.
data Purpose
    = ForModule Stem Reader
    | -- | Nothing that counts: it links.
      ForLinking
    | -- | C, of nobody knows which module.
      ForSomeModule
    | -- | By code of the package.
      ForCode
    deriving (Eq)

-- | A process that GHC began, with all below it.
data JobFacts = JobFacts
    { jobComponent :: Component
    , jobCompiler :: Int
    -- ^ the process of GHC
    , jobArguments :: Set.Set Text
    , jobReads :: Set.Set Text
    , jobWrites :: Set.Set Text
    }

instance Semigroup JobFacts where
    JobFacts component compiler a b c <> JobFacts _ _ a' b' c' =
        JobFacts component compiler (a <> a') (b <> b') (c <> c')

-- | By the numbers of the processes that GHC began.
jobsOf :: Processes -> IntMap.IntMap Role -> IntMap.IntMap JobFacts
jobsOf processes roles =
    IntMap.fromListWith
        (<>)
        [ (job, factsOf component compiler process)
        | (process, Job component compiler job) <- IntMap.elems (IntMap.intersectionWith (,) processes roles)
        ]
  where
    factsOf component compiler process =
        JobFacts
            { jobComponent = component
            , jobCompiler = compiler
            , jobArguments = Set.fromList (arguments process)
            , jobReads = paths Read process
            , jobWrites = paths Write process
            }
    paths operation process =
        Set.fromList [path | (found, path) <- Map.keys (touched process), found == operation]

-- | What GHC began each job for. A preprocessor is given the source, and writes a temporary
-- file of GHC's; a compiler of C writes one that goes into the object of a module. Jobs that
-- hand such files on to one another are for the same module.
purposesOf :: Surroundings -> Processes -> IntMap.IntMap Role -> IntMap.IntMap Purpose
purposesOf around processes roles = IntMap.mapWithKey purpose jobs
  where
    jobs = jobsOf processes roles
    purpose number job
        | links around processes job = ForLinking
        | [stem] <- Set.toList (modulesOf number) =
            ForModule stem (if compilesC job then CCompiler else Preprocessor)
        | compilesC job = ForSomeModule
        | otherwise = ForCode

    -- Of a job and of all that it is connected with by temporary files.
    modulesOf number = go (Set.singleton number) [number]
      where
        go seen [] = Set.unions [IntMap.findWithDefault Set.empty one direct | one <- Set.toList seen]
        go seen (one : rest) =
            let new = Set.difference (IntMap.findWithDefault Set.empty one neighbours) seen
             in go (Set.union seen new) (Set.toList new ++ rest)
    direct = IntMap.map (modulesByItself around) jobs

    -- From a job to those that read what it wrote, and back.
    neighbours = IntMap.fromListWith Set.union (concatMap bothWays handedOn)
    bothWays (one, other) = [(one, Set.singleton other), (other, Set.singleton one)]
    handedOn =
        [ (job, writer)
        | (job, facts) <- IntMap.toList jobs
        , path <- Set.toList (jobReads facts)
        , isTemporary path
        , writer <- Map.findWithDefault [] (finalName path) writersOfTemporary
        , writer /= job
        ]
    writersOfTemporary =
        Map.fromListWith
            (++)
            [ (finalName path, [job])
            | (job, facts) <- IntMap.toList jobs
            , path <- Set.toList (jobWrites facts)
            , isTemporary path
            ]

-- | Modules that are known of a job by itself: it is given the source of one and a temporary
-- file, or writes the object of one.
modulesByItself :: Surroundings -> JobFacts -> Set.Set Stem
modulesByItself around job = Set.fromList (bySource ++ byObject)
  where
    bySource
        | usesTemporary = mapMaybe ofSource (Set.toList (jobArguments job))
        | otherwise = []
    ofSource argument = relative around (absolute around argument) >>= sourceStem (jobComponent job)
    usesTemporary = any (any isTemporary) [jobWrites job, jobArguments job]
    byObject = mapMaybe ofObject (Set.toList (jobWrites job))
    ofObject path = do
        inside <- relative around path
        if isProduct around inside then stemOf (jobComponent job) inside else Nothing

-- | Whether it is a compiler of C: it reads C among GHC's temporary files.
compilesC :: JobFacts -> Bool
compilesC = any (\path -> isTemporary path && isC (suffixOf path)) . jobReads
  where
    isC suffix = suffix `elem` ["c", "cc", "cpp", "cxx", "m", "mm", "S", "s"]

-- | Whether it writes what GHC is to make in the end.
links :: Surroundings -> Processes -> JobFacts -> Bool
links around processes job =
    case IntMap.lookup (jobCompiler job) processes >>= optionValue "-o" . arguments of
        Just target -> Set.member (simplified (absolute around target)) (Set.map simplified (jobWrites job))
        Nothing -> False
