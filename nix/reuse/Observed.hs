{-# LANGUAGE OverloadedStrings #-}

-- | What the processes of a build looked at, by those whose modules depend on it.
--
-- "Follow" makes it of a log, "Rule" holds it against the files of another commit. As text,
-- a line an entry; docs/observed.md describes it.
module Observed
    ( Observed (..)
    , Group (..)
    , Who (..)
    , Input (..)
    , Reader (..)
    , Source (..)
    , Maker (..)
    , Made (..)
    , writeObserved
    , readObserved
    , readerWord
    , accessWord
    ) where

import qualified Data.ByteString.Char8 as B
import qualified Data.List as List
import qualified Data.Map.Strict as Map
import qualified Data.Set as Set

import Columns (Text, fromColumns, readColumns, readNumber)
import Contents (Access (..))

-- | What depends on the inputs of a group.
data Who
    = -- | One module: it was preprocessed, or C of it compiled. Component and stem.
      OfModule Text Text
    | -- | The modules of a component for which code ran in the compiler.
      OfCode Text
    | -- | All modules of a component: it is not known which.
      OfComponent Text
    | -- | The whole package: what its Setup program looked at.
      OfSetup
    deriving (Eq, Ord, Show)

-- | What kind of process looked.
data Reader = Code | Preprocessor | CCompiler | SetupProgram | Ghc
    deriving (Eq, Ord, Show, Enum, Bounded)

-- | Where an input is from.
data Source
    = -- | A file of the package, by its path.
      Original Text
    | -- | A file of another package, and a digest of it.
      Foreign Text Text
    | -- | A file that the build made, and what made it.
      Generated Text Maker
    deriving (Eq, Ord, Show)

-- | What makes files: the compilation of a component, Setup, or another process.
data Maker = MakerComponent Text | MakerSetup | MakerProcess Int
    deriving (Eq, Ord, Show)

data Input = Input
    { source :: Source
    , access :: Access
    , reader :: Reader
    , readBy :: Text
    -- ^ the name of the program; empty for GHC and Setup themselves
    , times :: Int
    -- ^ how often GHC itself opened it, in one run
    }
    deriving (Eq, Ord, Show)

data Group = Group
    { inputs :: Set.Set Input
    , lost :: Set.Set (Reader, Text)
    -- ^ programs that were not followed: they may have read anything
    , runsOthers :: Bool
    -- ^ whether programs ran that are neither the compiler's nor the package's
    , leaves :: Set.Set Text
    -- ^ files in the package's folder that are made while these modules are compiled, or that
    -- are looked at then and made with others
    }
    deriving (Eq)

instance Semigroup Group where
    Group a b c d <> Group a' b' c' d' = Group (a <> a') (b <> b') (c || c') (d <> d')

instance Monoid Group where
    mempty = Group Set.empty Set.empty False Set.empty

-- | What a maker looked at in turn.
data Made = Made {madeOf :: Set.Set (Access, Source), madeLost :: Set.Set Text}

data Observed = Observed
    { groups :: Map.Map Who Group
    , makers :: Map.Map Maker Made
    , compiled :: Set.Set Text
    -- ^ the components whose compiler was seen
    }

writeObserved :: Observed -> Text
writeObserved observed =
    B.concat $
        [fromColumns ["observed", "1"]]
            ++ [fromColumns ["compiled", component] | component <- Set.toList (compiled observed)]
            ++ concat [group who entry | (who, entry) <- Map.toList (groups observed)]
            ++ concat [made maker entry | (maker, entry) <- Map.toList (makers observed)]
  where
    group who entry =
        fromColumns ("group" : whoColumns who ++ [if runsOthers entry then "runs" else "-"])
            : [fromColumns ["lost", readerWord by, name] | (by, name) <- Set.toList (lost entry)]
            ++ [fromColumns ["leaves", path] | path <- Set.toList (leaves entry)]
            ++ map input (Set.toList (inputs entry))
    input i =
        let count = B.pack (show (times i))
         in fromColumns $
                ["input", accessWord (access i), readerWord (reader i), readBy i, count]
                    ++ sourceColumns (source i)
    made maker entry =
        fromColumns ["maker", makerText maker]
            : [fromColumns ["lost", B.empty, name] | name <- Set.toList (madeLost entry)]
            ++ map lookedAt (Set.toList (madeOf entry))
    lookedAt (how, from) = fromColumns (["of", accessWord how] ++ sourceColumns from)

-- | 'Nothing' where it is of another version.
readObserved :: Text -> Maybe Observed
readObserved text = case readColumns text of
    ["observed", "1"] : rest -> Just (fst (List.foldl' readLine (nothing, Neither) rest))
    _ -> Nothing
  where
    nothing = Observed Map.empty Map.empty Set.empty

-- | What the lines belong to that follow.
data At = Neither | At Who | Making Maker

-- | Lines that nobody understands are passed over.
readLine :: (Observed, At) -> [Text] -> (Observed, At)
readLine (observed, at) columns = case columns of
    ["compiled", component] -> (observed{compiled = Set.insert component (compiled observed)}, at)
    ["group", kind, component, stem, runs]
        | Just who <- whoOf kind component stem ->
            (observed{groups = Map.insert who mempty{runsOthers = runs == "runs"} (groups observed)}, At who)
    ["leaves", path]
        | At who <- at -> inGroup who (\g -> g{leaves = Set.insert path (leaves g)})
    ["lost", by, name] -> case at of
        At who | Just by' <- readerOf by -> inGroup who (\g -> g{lost = Set.insert (by', name) (lost g)})
        Making maker -> inMaker maker (\m -> m{madeLost = Set.insert name (madeLost m)})
        _ -> (observed, at)
    "input" : how : by : name : count : from
        | At who <- at
        , Just how' <- accessOf how
        , Just by' <- readerOf by
        , Just from' <- sourceOf from ->
            let input = Input from' how' by' name (readNumber count)
             in inGroup who (\g -> g{inputs = Set.insert input (inputs g)})
    ["maker", name]
        | Just maker <- makerOf name ->
            (observed{makers = Map.insert maker (Made Set.empty Set.empty) (makers observed)}, Making maker)
    "of" : how : from
        | Making maker <- at
        , Just how' <- accessOf how
        , Just from' <- sourceOf from ->
            inMaker maker (\m -> m{madeOf = Set.insert (how', from') (madeOf m)})
    _ -> (observed, at)
  where
    inGroup who change = (observed{groups = Map.adjust change who (groups observed)}, at)
    inMaker maker change = (observed{makers = Map.adjust change maker (makers observed)}, at)

whoColumns :: Who -> [Text]
whoColumns (OfModule component stem) = ["module", component, stem]
whoColumns (OfCode component) = ["code", component, B.empty]
whoColumns (OfComponent component) = ["component", component, B.empty]
whoColumns OfSetup = ["setup", B.empty, B.empty]

whoOf :: Text -> Text -> Text -> Maybe Who
whoOf kind component stem = case kind of
    "module" -> Just (OfModule component stem)
    "code" -> Just (OfCode component)
    "component" -> Just (OfComponent component)
    "setup" -> Just OfSetup
    _ -> Nothing

sourceColumns :: Source -> [Text]
sourceColumns (Original path) = [path]
sourceColumns (Foreign path digest) = [path, "foreign", digest]
sourceColumns (Generated path maker) = [path, "made", makerText maker]

sourceOf :: [Text] -> Maybe Source
sourceOf columns = case columns of
    [path] -> Just (Original path)
    [path, "foreign", digest] -> Just (Foreign path digest)
    [path, "made", maker] -> Generated path <$> makerOf maker
    _ -> Nothing

makerText :: Maker -> Text
makerText (MakerComponent name) = "component " <> name
makerText MakerSetup = "setup"
makerText (MakerProcess number) = B.pack ("process " ++ show number)

makerOf :: Text -> Maybe Maker
makerOf text
    | text == "setup" = Just MakerSetup
    | Just name <- B.stripPrefix "component " text = Just (MakerComponent name)
    | Just number <- B.stripPrefix "process " text = Just (MakerProcess (readNumber number))
    | otherwise = Nothing

-- | The words of the events: see docs/nix.md.
readerWord :: Reader -> Text
readerWord by = case by of
    Code -> "code"
    Preprocessor -> "preprocessor"
    CCompiler -> "c-compiler"
    SetupProgram -> "setup"
    Ghc -> "compiler"

readerOf :: Text -> Maybe Reader
readerOf text = lookup text [(readerWord by, by) | by <- [minBound ..]]

accessWord :: Access -> Text
accessWord how = case how of
    ToRead -> "read"
    ToList -> "listed"
    ToAsk -> "asked"
    ToFind -> "asked-for"
    ToRun -> "ran"

accessOf :: Text -> Maybe Access
accessOf text = lookup text [(accessWord how, how) | how <- [ToRead, ToList, ToAsk, ToFind, ToRun]]
