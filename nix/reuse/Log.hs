{-# OPTIONS_GHC -O1 #-}
{-# LANGUAGE OverloadedStrings #-}

-- | The log of observe.c, and the processes that it is of.
module Log (Operation (..), Process (..), Processes, readLog, ancestors) where

import qualified Data.ByteString.Char8 as B
import qualified Data.IntMap.Strict as IntMap
import qualified Data.List as List
import qualified Data.Map.Strict as Map

import Columns (Text, readColumns, readNumber)

-- | What a process does with a path.
data Operation
    = -- | It opens a file to read it.
      Read
    | -- | It opens a folder.
      List
    | -- | It asks about what is there: whether, of which kind, how large.
      Ask
    | -- | It wants what is not there.
      Absent
    | -- | It makes, changes or removes something.
      Write
    | -- | It is a program: not in the log, where programs begin.
      Run
    deriving (Eq, Ord, Show)

-- | A program that ran, from its beginning to its end or to the program that the same process
-- began in its place; or a fork of one that began no other program.
data Process = Process
    { parent :: Maybe Int
    , replaces :: Bool
    -- ^ whether it began in the place of its parent, as the same process
    , program :: Text
    -- ^ its file; empty for a fork
    , arguments :: [Text]
    , touched :: Map.Map (Operation, Text) [Int]
    -- ^ in which lines of the log, the last one first; questions are noted twice at most, but for
    -- those of a Setup program that configures
    , unfollowed :: [Text]
    -- ^ itself, where it was begun and never appeared, and ways around the library
    }

-- | By numbers that follow the order of their beginnings; process ids can come again.
type Processes = IntMap.IntMap Process

data State = State
    { line :: !Int
    , known :: !Processes
    , current :: !(IntMap.IntMap Int)
    -- ^ process id -> number
    , pending :: !(IntMap.IntMap (Text, [Text]))
    -- ^ numbers of those that have tried to run a program
    , spawned :: [(Int, Int, Int, (Text, [Text]))]
    -- ^ number and process id of who began it, its process id, the program
    , began :: !(Map.Map (Int, Int) Int)
    -- ^ process ids of programs that appeared, and of their parents; the number of the first
    , sought :: [((Int, Int), (Operation, Text), Int)]
    -- ^ what somebody asked for so that a program could begin: both process ids, the line
    }

-- | The function says of a path and of where it led whether that is known without the log. What
-- is elsewhere was looked at as well.
readLog :: (Text -> Text -> Bool) -> Text -> Processes
readLog isKnown text = List.foldl' searches (List.foldl' spawnedUnseen withPending (spawned end)) (sought end)
  where
    withPending = List.foldl' neverSeen (known end) (IntMap.toList (pending end))
    end = List.foldl' (step isKnown) start (readColumns text)
    start = State 0 IntMap.empty IntMap.empty IntMap.empty [] Map.empty []
    neverSeen processes (number, (path, given)) =
        let made = Process (Just number) False path given Map.empty [path]
         in IntMap.insert (IntMap.size processes) made processes
    spawnedUnseen processes (number, starter, child, what)
        | Map.member (child, starter) (began end) = processes
        | otherwise = neverSeen processes (number, what)

    -- One that never appeared has a reader by itself that nobody knows of.
    searches processes (both, look, at) = case Map.lookup both (began end) of
        Just number -> IntMap.adjust (\process -> process{touched = Map.insertWith (++) look [at] (touched process)}) number processes
        Nothing -> processes

step :: (Text -> Text -> Bool) -> State -> [Text] -> State
step isKnown before columns = afterLine isKnown before{line = line before + 1} columns

afterLine :: (Text -> Text -> Bool) -> State -> [Text] -> State
afterLine isKnown state (pidText : operation : rest) = case (operation, rest) of
    ("run", parentPid : file : given) -> begin (readNumber parentPid) file given
    ("fork", parentPid : _) -> fork (readNumber parentPid)
    ("exec", _ : path : given) ->
        withNumber (\number s -> s{pending = IntMap.insert number (path, given) (pending s)})
    ("failed", _) ->
        withNumber (\number s -> s{pending = IntMap.delete number (pending s)})
    ("spawn", child : path : given) ->
        withNumber (\number s -> s{spawned = (number, pid, readNumber child, (path, given)) : spawned s})
    ("sought", child : asked : path : _)
        | Just known_ <- operationOf asked ->
            state{sought = ((readNumber child, pid), (known_, path), line state) : sought state}
    ("unfollowed", what : _) ->
        ofProcess (\process -> process{unfollowed = what : unfollowed process})
    (_, path : ledTo)
        | Just known_ <- operationOf operation ->
            let places = path : filter (not . isKnown path) (take 1 ledTo)
             in ofProcess (\process -> process{touched = foldr (touch . (,) known_) (touched process) places})
    _ -> state
  where
    pid = readNumber pidText
    touch key = Map.insertWith (++) key [line state]
    ofProcess change = withNumber (\number s -> s{known = IntMap.adjust change number (known s)})
    withNumber change = case IntMap.lookup pid (current state) of
        Just number -> change number state
        -- The log has its beginning elsewhere.
        Nothing ->
            let made = newProcess False Nothing B.empty [] state
             in maybe made (`change` made) (IntMap.lookup pid (current made))
    newProcess inPlace from file given s =
        let number = IntMap.size (known s)
         in s
                { known = IntMap.insert number (Process from inPlace file given Map.empty []) (known s)
                , current = IntMap.insert pid number (current s)
                }
    numberOf parentPid = IntMap.lookup parentPid (current state)
    fork parentPid = case IntMap.lookup pid (current state) of
        -- A process that shares its memory with what it forked says so of itself, too.
        Just number | (IntMap.lookup number (known state) >>= parent) == numberOf parentPid -> state
        _ -> newProcess False (numberOf parentPid) B.empty [] state
    begin parentPid file given = case IntMap.lookup pid (current state) of
        Just number
            | IntMap.member number (pending state) ->
                newProcess True (Just number) file given seen{pending = IntMap.delete number (pending seen)}
        _ -> newProcess False (numberOf parentPid) file given seen
      where
        seen = state{began = Map.insertWith (\_ first -> first) (pid, parentPid) (IntMap.size (known state)) (began state)}
afterLine _ state _ = state

operationOf :: Text -> Maybe Operation
operationOf word = case word of
    "read" -> Just Read
    "list" -> Just List
    "ask" -> Just Ask
    "absent" -> Just Absent
    "write" -> Just Write
    _ -> Nothing

-- | A process and those above it, the nearest first. A parent begins before its child, so
-- this ends whatever the log says.
ancestors :: Processes -> Int -> [(Int, Process)]
ancestors processes number = case IntMap.lookup number processes of
    Nothing -> []
    Just process -> (number, process) : maybe [] above (parent process)
  where
    above next = if next < number then ancestors processes next else []
