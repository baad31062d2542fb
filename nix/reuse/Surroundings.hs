{-# OPTIONS_GHC -O1 #-}
{-# LANGUAGE OverloadedStrings #-}

-- | What is known of a package beside the log of its build.
module Surroundings
    ( Surroundings (..)
    , Component (..)
    , Looks
    , componentsOf
    , relative
    , absolute
    , isOfOthers
    ) where

import qualified Data.ByteString.Char8 as B
import qualified Data.Map.Strict as Map
import qualified Data.Set as Set

import Columns (Text)
import Facts (Stem)
import Log (Operation)
import Modules (Module)
import qualified Modules
import Paths (Place (..), Roots (..), isBelow, placeOf, simplified, (</>))
import Units (Unit, place, unitOf)

data Component = Component
    { label :: Text
    , output :: Text
    -- ^ the folder that its interfaces go to, relative to the package
    , sources :: Map.Map Text Stem
    -- ^ stems of its modules by their sources
    }

-- | How often a program did what with a path. Setup itself has no name.
type Looks = Map.Map (Text, Operation, Text) Int

data Surroundings = Surroundings
    { roots :: Roots
    , components :: [Component]
    , uncompiled :: Set.Set Stem
    -- ^ modules that GHC found and did not compile to the end: they or what they import have errors
    , others :: [Text]
    -- ^ folders of other packages, which are inputs too
    , productSuffixes :: Set.Set Text
    -- ^ those that the package's own options give to interfaces and objects
    , ownSetup :: Maybe Looks
    -- ^ where Setup is a program of the package: what Cabal itself looks at to configure it
    , shownDiagnostics :: Map.Map Text Int
    -- ^ how many of them GHC has shown of a file, with the lines that they are about
    }

-- | A component for each unit that a package is compiled as, with the modules that are in it.
componentsOf :: [Unit] -> Map.Map Stem Module -> [Component]
componentsOf units modules = map (componentAt . place) units
  where
    componentAt (of_, folder) =
        let mine = Map.findWithDefault Map.empty (of_, folder) byPlace
         in Component
                { label = of_
                , output = if folder == "." then "dist/build" else "dist/build/" <> folder
                , sources = Map.fromList (concatMap sourcesOf (Map.toList mine))
                }
    sourcesOf (stem, m) = [(simplified path, stem) | path <- Modules.sources m]
    byPlace =
        Map.fromListWith
            Map.union
            [ (at, Map.singleton stem m)
            | (stem, m) <- Map.toList modules
            , Just at <- [unitOf units (Modules.component m) stem]
            ]

-- | An absolute path as one below the package's folder; 'Nothing' where it is elsewhere.
relative :: Surroundings -> Text -> Maybe Text
relative around path = case placeOf (roots around) path of
    Inside inside -> Just inside
    Built inside -> Just inside
    Outside _ -> Nothing

-- | A path as it is meant by a program that runs in the package's folder.
absolute :: Surroundings -> Text -> Text
absolute around path
    | B.isPrefixOf "/" path = path
    | otherwise = package (roots around) </> path

-- | Whether a path is below a folder of another package that is an input.
isOfOthers :: Surroundings -> Text -> Bool
isOfOthers around path = any (`isBelow` path) (others around)
