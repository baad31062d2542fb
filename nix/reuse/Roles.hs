{-# OPTIONS_GHC -O1 #-}
{-# LANGUAGE OverloadedStrings #-}

-- | What each process is to the build: GHC, begun by GHC, Setup, or begun by Setup.
module Roles (Role (..), roleOf) where

import qualified Data.IntMap.Strict as IntMap
import Data.Maybe (isJust, listToMaybe)

import Log (Process (..), Processes, ancestors)
import Paths (isBelow)
import Surroundings
import Tools (isGhc, optionValue)

-- | What a process is to the build.
data Role
    = -- | GHC, compiling a component
      Compiler Component
    | -- | begun by GHC, or by what was: the component, GHC, and the process that GHC began
      Job Component Int Int
    | -- | Setup itself, or the compiler of its program
      Setup
    | -- | begun by Setup: the process that it began
      Tool Int

roleOf :: Surroundings -> Processes -> Int -> Role
roleOf around processes number = case break (isJust . snd) chain of
    ([], (_, Just component) : _) -> Compiler component
    (below, (compiler, Just component) : _) -> Job component compiler (fst (last below))
    -- A script that begins Setup, or GHC, in its own place is no more than that.
    _ -> case dropWhile isReplacement (drop 1 (reverse (map fst chain))) of
        tool : _ -> Tool tool
        [] -> Setup
  where
    chain = [(n, componentOf around process) | (n, process) <- ancestors processes number]
    isReplacement n = maybe False replaces (IntMap.lookup n processes)

-- | The component that a process compiles, if it is GHC.
componentOf :: Surroundings -> Process -> Maybe Component
componentOf around process
    | not (isGhc (program process)) || "--make" `notElem` arguments process = Nothing
    | otherwise = do
        folder <- optionValue "-odir" (arguments process)
        inside <- relative around (absolute around folder)
        listToMaybe (filter (isOf inside) (components around) ++ filter (isAround inside) (components around))
  where
    isOf inside component = output component == inside
    isAround inside component =
        isBelow "dist" inside && isBelow (output component) inside && output component /= "dist/build"
