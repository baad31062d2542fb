-- | The modules of a package, as its description has them.
module Modules (Module (..), modulesOf) where

import qualified Data.Map.Strict as Map

import Columns (Text, readColumns)
import Facts (Stem)

data Module = Module
    { component :: Text
    , name :: Text
    , options :: Text
    -- ^ a digest of those that the package gives to GHC
    , sources :: [Text]
    -- ^ as GHC names them: below a folder of the package's description
    }
    deriving (Eq)

-- | Of the lines of DescribePackage.hs.
modulesOf :: Text -> Map.Map Stem Module
modulesOf text =
    Map.fromList
        [ (stem, Module of_ called given files)
        | of_ : called : stem : given : _ : files <- readColumns text
        ]
