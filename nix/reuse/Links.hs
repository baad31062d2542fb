-- | Where paths of a log lead.
module Links (leadsTo) where

import Columns (Text)
import Contents (Contents)
import qualified Contents
import Paths (Place (..), Roots, placeOf, simplified)

-- | Whether a path leads to a place by the links of the package alone. Then whoever has the
-- package knows it, and the place is no look of its own.
leadsTo :: Roots -> Contents -> Text -> Text -> Bool
leadsTo roots files path place
    | simplified path == simplified place = True
    | otherwise = case (placeOf roots path, placeOf roots place) of
        (Inside from, Inside to) -> Contents.follow files from == Right to
        _ -> False
