{-# LANGUAGE LambdaCase #-}

-- | What GHC itself says that sources import: `Oracle LIBDIR`.
--
-- Reads lines `FILE<tab>FLAG<tab>...`. Says, for each, `ok<tab>NAME<tab>IMPORT<tab>...`, an import as `[source ]["package" ]MODULE`,
-- or `error<tab>WHY`. GHC runs what it would run before it reads a module: unlit, the C preprocessor, `-F`.
module Main (main) where

import Control.Exception (SomeException, try)
import Control.Monad.IO.Class (liftIO)
import Data.List (intercalate)
import GHC
import GHC.Data.FastString (unpackFS)
import GHC.Data.StringBuffer (hGetStringBuffer)
import GHC.Driver.Config.Parser (initParserOpts)
import GHC.Driver.Env (hscSetFlags)
import GHC.Driver.Monad (getSession)
import GHC.Driver.Pipeline (preprocess)
import GHC.Driver.Session (parseDynamicFlagsCmdLine)
import GHC.Parser.Header (getImports)
import GHC.Types.PkgQual (RawPkgQual (..))
import GHC.Types.SourceText (StringLiteral (..))

import GHC.Utils.Outputable (defaultSDocContext, ppr, renderWithContext)
import System.Environment (getArgs)
import System.IO

main :: IO ()
main = do
  [libdir] <- getArgs
  hSetBuffering stdout LineBuffering
  hSetEncoding stdin utf8
  hSetEncoding stdout utf8
  requests <- lines <$> getContents
  runGhc (Just libdir) $ do
    flags <- getSessionDynFlags
    _ <- setSessionDynFlags flags { ghcLink = NoLink }
    environment <- getSession
    base <- getSessionDynFlags
    liftIO $ mapM_ (\request -> answer environment base (split request) >>= putStrLn) requests
 where
  answer environment base (file : arguments) =
    try (asked environment base file arguments) >>= \case
      Left failure -> pure (wrong (show (failure :: SomeException)))
      Right said -> pure said
  answer _ _ [] = pure (wrong "nothing was asked")

  asked environment base file arguments = do
    (flags, _, _) <- parseDynamicFlagsCmdLine base (map noLoc arguments)
    preprocess (setFlags flags environment) file Nothing Nothing >>= \case
      Left messages -> pure (wrong (shown messages))
      Right (ours, made) -> do
        buffer <- hGetStringBuffer made
        getImports (initParserOpts ours) False buffer made file >>= \case
          Left messages -> pure (wrong (shown messages))
          Right (sources, others, _, name) ->
            pure (intercalate "\t" ("ok" : moduleNameString (unLoc name) : map (import_ "source ") sources <> map (import_ "") others))

  setFlags flags environment = hscSetFlags flags environment

  import_ before (package, name) = before <> qualifier package <> moduleNameString (unLoc name)

  qualifier = \case
    NoRawPkgQual -> ""
    RawPkgQual literal -> show (unpackFS (sl_fs literal)) <> " "

  shown messages = renderWithContext defaultSDocContext (ppr messages)

  wrong why = "error\t" <> map (\letter -> if letter `elem` "\n\t" then ' ' else letter) why

  split text = case break (== '\t') text of
    (first, _ : rest) -> first : split rest
    (first, []) -> [first]
