{-# LANGUAGE OverloadedStrings #-}

-- | Tables of cases for the pure parts of nix/reuse: what a log comes to, and which modules
-- are compiled again for what has changed. Prints what is wrong, and how many cases passed.
module Main (main) where

import Control.Monad (unless)
import qualified Data.ByteString.Char8 as B
import Data.List (intercalate)
import qualified Data.Map.Strict as Map
import qualified Data.Set as Set
import System.Exit (exitFailure)

import CabalReads
import Columns
import Contents hiding (follow)
import Diagnostics
import Facts
import Follow (follow)
import GhcBugs
import Links
import Log
import Modules
import Observed
import Paths (Roots (..))
import Pragmas
import Question
import Rule
import Surroundings (Component (Component), Surroundings (Surroundings))
import qualified Surroundings
import Warned

main :: IO ()
main = do
    let said (title, found, wanted) = title ++ ": " ++ found ++ " and not " ++ wanted
        wrong = [said case_ | case_@(_, found, wanted) <- cases, found /= wanted]
    mapM_ putStrLn wrong
    putStrLn (show (length cases - length wrong) ++ " passed, " ++ show (length wrong) ++ " failed")
    unless (null wrong) exitFailure

-- | What it is about, what comes of it, what should.
type Case = (String, String, String)

cases :: [Case]
cases = concat [columns, changesOfFiles, rule, versions, holes, warnings, logs, diagnostics]

columns :: [Case]
columns =
    [ ( "a column is any bytes"
      , show (readColumns (fromColumns ["a\tb", "c\nd", "e\\t", "\xff"]))
      , show [["a\tb", "c\nd", "e\\t", "\xff" :: Text]]
      )
    ]

file, program_, link :: Text -> Entry
file text = Entry File (B.length text) text
program_ text = Entry Program (B.length text) text
link target = Entry Link (B.length target) target

changesOfFiles :: [Case]
changesOfFiles =
    [ (title, show (changeOf (contents before') (contents now') access' path), show wanted)
    | (title, before', now', access', path, wanted) <-
        [ ("another content is read", [("a", file "1")], [("a", file "2")], ToRead, "a", Just Changed)
        , ( "and nothing to one who asks whether it is there"
          , [("a", file "1")], [("a", file "2")], ToAsk, "a", Nothing
          )
        , ("another size is", [("a", file "1")], [("a", file "22")], ToAsk, "a", Just Changed)
        , ("but for the source of a module", [("a", file "1")], [("a", file "22")], ToFind, "a", Nothing)
        , ("a file came", [], [("a", file "1")], ToAsk, "a", Just Added)
        , ("a file went", [("a", file "1")], [], ToFind, "a", Just Removed)
        , ( "a name in a folder"
          , [("d/a", file "1")], [("d/a", file "1"), ("d/b", file "1")], ToList, "d", Just Changed
          )
        , ("a content in a folder", [("d/a", file "1")], [("d/a", file "2")], ToList, "d", Nothing)
        , ("a folder that came", [], [("d/e/a", file "1")], ToAsk, "d", Just Added)
        , ("a file that became a folder", [("a", file "1")], [("a/b", file "1")], ToRead, "a", Just Changed)
        , ("the bit of a program", [("a", file "1")], [("a", program_ "1")], ToAsk, "a", Just Changed)
        , ("is nothing to who reads it", [("a", file "1")], [("a", program_ "1")], ToRead, "a", Nothing)
        , ( "a file behind a link"
          , [("l", link "d/a"), ("d/a", file "1")]
          , [("l", link "d/a"), ("d/a", file "2")]
          , ToRead
          , "l"
          , Just Changed
          )
        , ( "a folder behind a link"
          , [("l", link "d"), ("d/a", file "1")]
          , [("l", link "d"), ("d/a", file "2")]
          , ToRead
          , "l/a"
          , Just Changed
          )
        , ( "where a link leads"
          , [("l", link "a"), ("a", file "1"), ("b", file "1")]
          , [("l", link "b"), ("a", file "1"), ("b", file "1")]
          , ToAsk
          , "l"
          , Just Changed
          )
        , ( "is nothing to who reads the same through it"
          , [("l", link "a"), ("a", file "1"), ("b", file "1")]
          , [("l", link "b"), ("a", file "1"), ("b", file "1")]
          , ToRead
          , "l"
          , Nothing
          )
        , ("a circle of links", [("l", link "l")], [("l", link "l")], ToRead, "l", Nothing)
        , ( "the package's folder"
          , [("a", file "1")], [("a", file "1"), ("b", file "")], ToList, ".", Just Changed
          )
        , ( "a path that goes up and down"
          , [("d/a", file "1")], [("d/a", file "2")], ToRead, "e/../d/./a", Just Changed
          )
        , ( "what lies beside the package"
          , [("../b/a", file "1")], [("../b/a", file "2")], ToRead, "../b/a", Just Changed
          )
        ]
    ]

-- | Three modules of a library and one of a program: `A` runs splices, `B` is preprocessed,
-- `C` is neither, `M` is the program's.
question :: Question
question =
    Question
        { before = contents files
        , now = contents files
        , modulesBefore = modules
        , modulesNow = modules
        , facts = Just known
        , observed = Right nothing
        , foreignNow = Map.empty
        , unitsChanged = Map.empty
        , namesMoved = Map.empty
        , setupChanged = False
        , surroundings = []
        , dependenciesChanged = False
        , dependencyFamilies = Nothing
        , dependencyPragmas = Nothing
        }
  where
    files =
        [ ("src/A.hs", file "a")
        , ("src/B.hs", file "b")
        , ("src/C.hs", file "c")
        , ("app/M.hs", file "m")
        , ("data/x", file "x")
        , ("README", file "r")
        ]
    modules =
        Map.fromList
            [ module_ "lib" "A" "src/A.hs"
            , module_ "lib" "B" "src/B.hs"
            , module_ "lib" "C" "src/C.hs"
            , module_ "exe" "M" "app/M.hs"
            ]
    module_ of_ stem path = (stem, Module of_ stem "options" [path])

known :: Map.Map Stem Facts
known = Map.fromList [fact "A" [Splices] [], fact "B" [] [], fact "C" [] [], fact "M" [] []]

fact :: Stem -> [Flag] -> [Text] -> (Stem, Facts)
fact stem with watching = (stem, Facts (Set.fromList with) stem "u" B.empty noPragmas [] [] (Set.fromList watching))

nothing :: Observed
nothing = Observed Map.empty Map.empty (Set.fromList ["lib", "exe"])

saw :: Who -> [Input] -> Observed
saw who list = nothing{groups = Map.singleton who mempty{inputs = Set.fromList list}}

read_, list_ :: Text -> Input
read_ path = Input (Original path) ToRead Code B.empty 1
list_ path = Input (Original path) ToList Code B.empty 1

lostIn :: Who -> Observed
lostIn who = nothing{groups = Map.singleton who mempty{lost = Set.singleton (Code, "static")}}

edit :: Text -> Text -> Question -> Question
edit path text q = q{now = contents (Map.toList (Map.insert path (file text) (entries (now q))))}

rule :: [Case]
rule =
    [ (title, compiled_ (decide (change question)), wanted)
    | (title, change, wanted) <-
        [ ("nothing changed", id, "")
        , ("nobody read what changed", editOther . codeReads, "")
        , ("a splice read it", editX . codeReads, "A")
        , ("a splice listed the folder", edit "data/y" "new" . seen (saw (OfCode "lib") [list_ "data"]), "A")
        , ( "no module of the component ran code, so it was for any"
          , editX . seen (saw (OfCode "exe") [read_ "data/x"]), "M"
          )
        , ("nobody can say which modules ran code", editX . codeReads . (\q -> q{facts = Nothing}), "A B C")
        , ( "a preprocessor of one module read it"
          , editX . seen (saw (OfModule "lib" "B") [preprocessorReads]), "B"
          )
        , ( "code read it while a module was compiled that ran none"
          , editX . seen (saw (OfModule "lib" "C") [read_ "data/x"]), ""
          )
        , ("and while one was that did", editX . seen (saw (OfModule "lib" "A") [read_ "data/x"]), "A")
        , ( "GHC watches what a preprocessor read"
          , editX . watching "B" "data/x" . seen (saw (OfModule "lib" "B") [preprocessorReads]), ""
          )
        , ( "nobody knows which module C was of"
          , editX . seen (saw (OfComponent "lib") [(read_ "data/x"){reader = CCompiler}]), "A B C"
          )
        , ( "a Setup program read it"
          , editX . seen (saw OfSetup [(read_ "data/x"){reader = SetupProgram}]), "A B C M"
          )
        , ("GHC compiles an edited module by itself", editX . edit "src/A.hs" "other" . codeReads, "")
        , ( "the module itself watches the file"
          , editX . watching "A" "data/x" . seen (saw (OfCode "lib") [(read_ "data/x"){times = 2}]), ""
          )
        , ( "somebody else read it as well"
          , editX . watching "B" "data/x" . seen (saw (OfCode "lib") [(read_ "data/x"){times = 2}]), "A"
          )
        , ( "a program that a splice ran read what another watches"
          , editX
                . watching "B" "data/x"
                . seen (saw (OfCode "lib") [(read_ "data/x"){readBy = "cat", times = 0}])
          , "A"
          )
        , ("a program that was not followed, and nothing changed", seen (lostIn (OfCode "lib")), "")
        , ("a program that was not followed", editOther . seen (lostIn (OfCode "lib")), "A")
        , ( "a file is left, and nothing changed"
          , seen nothing{groups = Map.singleton (OfModule "lib" "B") mempty{leaves = Set.singleton "made"}}, "B"
          )
        , ("a compiler that was not seen", editOther . seen nothing{compiled = Set.singleton "exe"}, "A B C")
        , ("nothing was observed", editOther . (\q -> q{observed = Left "why"}), "A B C M")
        , ("nothing was observed, and nothing changed", \q -> q{observed = Left "why"}, "")
        , ("what generated it read what changed", editX . seen (generated ofX), "A")
        , ("what generated it read nothing that changed", editOther . seen (generated ofX), "")
        , ("nobody knows what generated it", seen (generated Set.empty){makers = Map.empty}, "A")
        , ("what generated it was not followed", editOther . seen unfollowedMaker, "A")
        , ( "it was generated before the restore, and is the same"
          , editX . edit "gen" "same" . (\q -> q{before = now (edit "gen" "same" q)}) . seen (generated ofX)
          , ""
          )
        , ("Setup asked for a program that was made of what changed", editX . ofProgram . seen (program ToFind), "")
        , ("Setup ran it", editX . ofProgram . seen (program ToRun), "A B C M")
        , ("Setup asked for a program that head does not have", editX . seen (program ToFind), "A B C M")
        , ( "makers that made for one another"
          , seen (generated (Set.singleton (ToRead, Generated "gen" (MakerProcess 1)))), ""
          )
        , ( "another package's file is the same"
          , seen (saw (OfCode "lib") [foreign_]) . foreignIs (Just "1"), ""
          )
        , ("another package's file differs", seen (saw (OfCode "lib") [foreign_]) . foreignIs (Just "2"), "A")
        , ("another package's file is gone", seen (saw (OfCode "lib") [foreign_]) . foreignIs Nothing, "A")
        , ("a variable changed", \q -> q{surroundings = ["variables"]}, "A")
        , ( "a program on the PATH changed, and a preprocessor runs some"
          , seen nothing{groups = Map.singleton (OfModule "lib" "B") mempty{runsOthers = True}}
                . (\q -> q{surroundings = ["PATH"]})
          , "A B"
          )
        , ( "the unit id differs, also of an edited module"
          , edit "src/A.hs" "other" . (\q -> q{unitsChanged = Map.singleton "A" "base was added"}), "A"
          )
        , ("a name leads to another module than in the base", namesMove . using "C" "v", "C")
        , ("nobody uses the unit that it led to", namesMove . using "C" "w", "")
        , ( "GHC's own units have no version in interfaces"
          , (\q -> q{namesMoved = Map.singleton "C" [("N", "v-4.18")]}) . using "C" "v", "C"
          )
        , ("nobody can say who uses the unit that it led to", namesMove . (\q -> q{facts = Nothing}), "B C")
        , ( "options differ"
          , \q -> q{modulesNow = Map.adjust (\m -> m{options = "others"}) "C" (modulesNow q)}, "C"
          )
        , ( "a source moved"
          , \q -> q{modulesNow = Map.adjust (\m -> m{sources = ["other/C.hs"]}) "C" (modulesNow q)}, "C"
          )
        , ( "family instances of another package, which GHC does not see"
          , \q -> q{dependencyFamilies = Just "F"}, "A B C M"
          )
        , ("COMPLETE pragmas of another package", \q -> q{dependencyPragmas = Just "F"}, "A B C M")
        , ("Setup differs", \q -> q{setupChanged = True}, "A B C M")
        ]
    ]
  where
    compiled_ = unwords . map B.unpack . Map.keys
    editX = edit "data/x" "other"
    editOther = edit "README" "other"
    codeReads = seen (saw (OfCode "lib") [read_ "data/x"])
    preprocessorReads = (read_ "data/x"){reader = Preprocessor}
    ofX = Set.singleton (ToRead, Original "data/x")
    foreignIs digest q = q{foreignNow = Map.singleton (ToRead, "/d/f") digest}
    seen found q = q{observed = Right found}
    watching stem path = withFacts stem (\f -> f{watched = Set.insert path (watched f)})
    generated from =
        (saw (OfCode "lib") [(read_ "gen"){source = Generated "gen" (MakerProcess 1)}])
            { makers = Map.singleton (MakerProcess 1) (Made from Set.empty)
            }
    program looked =
        ( saw
            OfSetup
            [(read_ ""){source = Generated "dist/build/m/m" (MakerComponent "exe:m"), access = looked, reader = SetupProgram}]
        )
            { makers = Map.singleton (MakerComponent "exe:m") (Made ofX Set.empty)
            , compiled = Set.fromList ["lib", "exe:m"]
            }
    ofProgram q =
        let own = Map.adjust (\m -> m{component = "exe:m"}) "M"
         in q{modulesBefore = own (modulesBefore q), modulesNow = own (modulesNow q)}
    unfollowedMaker =
        (generated Set.empty)
            { makers = Map.singleton (MakerProcess 1) (Made Set.empty (Set.singleton "static"))
            }
    namesMove q = q{namesMoved = Map.fromList [(stem, [("N", "v")]) | stem <- ["B", "C"]]}
    using stem unit' = withFacts stem (\f -> f{units = [unit']})
    withFacts stem change q = q{facts = Map.adjust change stem <$> facts q}
    foreign_ = (read_ ""){source = Foreign "/d/f" "1"}

versions :: [Case]
versions =
    [ (show version, show (any (`isIn` version) bugs), show wanted)
    | (version, wanted) <-
        [ ([9, 4, 8], True)
        , ([9, 6, 6], True)
        , ([9, 10, 3], True)
        , ([9, 12, 3], True)
        , ([9, 12, 4], False)
        , ([9, 12, 5], False)
        , ([9, 14, 1], True)
        , ([9, 14, 2], True)
        , ([10, 0, 1], False)
        ]
    ]

-- | `F` has a family instance, `U` imports it, `V` imports `U`, `W` neither.
holes :: [Case]
holes =
    [ (title, unwords (map B.unpack (Map.keys (missed version old new there))), wanted)
    | (title, version, new, wanted) <-
        [ ("its instance is another one", [9, 6, 6], Map.fromList [family "F" "2"], "U V")
        , ("in a version in which this is mended", [9, 12, 4], Map.fromList [family "F" "2"], "")
        , ("its instance is the same", [9, 6, 6], Map.fromList [family "F" "1"], "")
        , ( "an importer was compiled as well"
          , [9, 6, 6], Map.fromList [family "F" "2", importing "U" ["F"]], "V"
          )
        , ( "another module has one now, by an import that is new"
          , [9, 6, 6], Map.fromList [family "W" "1", importing "U" ["F", "W"]], "V"
          )
        ]
    ]
  where
    there = Set.fromList (B.words "F U V W")
    old = Map.fromList [family "F" "1", importing "U" ["F"], importing "V" ["U"], importing "W" []]
    family stem digest = (\(s, f) -> (s, f{families = digest})) (fact stem [] [])
    importing stem from = (\(s, f) -> (s, f{imports = from})) (fact stem [] [])

-- | `D` has pragmas, `U` imports it, `V` imports `U`, `O` is of another unit that is built
-- with this one, `W` none of them.
warnings :: [Case]
warnings =
    [("pragmas as text", show (readPragmas (writePragmas all_)), show all_)]
        ++ [ ("looked for: " ++ title, show [(ofModuleNamed use, used use) | use <- toLookFor old (compiled new)], show sought)
           | (title, new, sought, _) <- pragmaEdits
           ]
        ++ [ (title, unwords (map B.unpack (Map.keys (warned old (compiled new) there users))), wanted)
           | (title, new, sought, wanted) <- pragmaEdits
           , let users = if null sought then Map.empty else Map.fromList [("V", [Use "u" "D" "f"])]
           ]
  where
    all_ = Pragmas "1" "2" "3" (Map.fromList [("==", "4"), ("f", "5")])
    pragmaEdits =
        [ ("nothing of it", base, [], "")
        , ("a name", base{ofNames = Map.fromList [("f", "2"), ("g", "1")]}, [("D" :: Text, "f" :: Text)], "V")
        , ("a name that had none", base{ofNames = Map.fromList [("==", "1"), ("f", "1"), ("g", "1")]}, [("D", "==")], "V")
        , ("names that have none any more", base{ofNames = Map.empty}, [("D", "f"), ("D", "g")], "V")
        , ("the module", base{ofModule = "2"}, [("D", "")], "U V")
        , ("what it exports", base{ofExports = "2"}, [], "U")
        , ("what is complete", base{unnamed = "2"}, [], "O U V")
        ]
    base = Pragmas "1" "1" "1" (Map.fromList [("f", "1"), ("g", "1")])
    there = Set.fromList (B.words "D U V W O")
    compiled new = Map.fromList [(\(s, f) -> (s, f{pragmas = new})) (fact "D" [] [])]
    old =
        Map.fromList
            [ (\(s, f) -> (s, f{pragmas = base})) (fact "D" [] [])
            , importing "U" ["D"]
            , importing "V" ["U"]
            , importing "W" []
            , (\(s, f) -> (s, f{unit = "exe", units = ["u"]})) (fact "O" [] [])
            ]
    importing stem from = (\(s, f) -> (s, f{imports = from})) (fact stem [] [])

diagnostics :: [Case]
diagnostics =
    [ ( "places of diagnostics"
      , show (Map.toList (diagnosticsShown (B.unlines printed)))
      , show [("a: b.hs" :: Text, 1 :: Int), ("src/A.hs", 3), ("src/B.hs", 1)]
      )
    ]
  where
    printed =
        concat
            [ framed "src/A.hs:3:1: warning: [-Wunused-imports]"
            , framed "src/A.hs:3:1: warning: [-Wunused-imports]"
            , framed "./src/A.hs:(3,1)-(4,2): warning: x"
            , coloured "\ESC[;1msrc/A.hs:3:1-9: \ESC[;1m\ESC[35mwarning:\ESC[0m y"
            , framed "src/B.hs:3:1: error: z"
            , framed "a: b.hs:3:1: warning: z"
            , framed "    warning: no place"
            , framed "<no location info>: warning: z"
            , -- What code prints, with another message beneath it.
              ["src/C.hs:3:1: warning: not GHC's", "src/C.hs:4:1: warning: nor this", "    indented"]
            , ["src/D.hs:3:1: warning: not GHC's", "[2 of 3] Compiling D", "  |", "3 | d"]
            ]
    framed said = [said, "    the text of it", "", "  |", "3 | source", "  | ^^^"]
    coloured said = [said, "    the text of it", "\ESC[;1m\ESC[34m  |\ESC[0m", "\ESC[34m3 |\ESC[0m source"]

-- | What a log of a few lines comes to: the groups and their inputs in short.
logs :: [Case]
logs =
    [ (title, shown (follow (around [] setup) (processesIn lines_)), wanted)
    | (title, setup, lines_, wanted) <-
        [ ("a splice reads a file", Nothing, [ghc, ["2\tread\t/b/p/data/x"]], "code lib: read data/x")
        , ( "GHC reads options from a file"
          , Nothing, [begun, ["2\tread\t/b/p/options"], drop 1 ghc], "component lib: read options"
          )
        , ( "a link of the package leads elsewhere"
          , Nothing, [ghc, ["2\tread\t/b/p/links/x\t/b/p/data/x"]], "code lib: read links/x"
          )
        , ( "a link of the build does"
          , Nothing, [ghc, ["2\tread\t/b/p/made\t/b/p/data/x"]], "code lib: read data/x, read made"
          )
        , ( "a path is written in a longer way"
          , Nothing, [ghc, ["2\tread\t/b/p/src/../data//x\t/b/p/data/x"]], "code lib: read data/x"
          )
        , ( "a module leaves a file, and another looks at it"
          , Nothing
          , [ ghc
            , compiling "A" ["2\twrite\t/b/p/made"]
            , compiling "C" ["2\task\t/b/p/made"]
            ]
          , "module A: leaves made; module C: leaves made; code lib: asked made"
          )
        , ( "a process of which one above it did nothing but fork"
          , Nothing
          , [ghc, ["3\tfork\t2", "4\tfork\t3", "5\tfork\t4", "5\trun\t4\t/usr/bin/cat\tcat", "5\tread\t/b/p/data/x"]]
          , "code lib: read data/x by cat; runs others"
          )
        , ("GHC reads a source", Nothing, [ghc, replicate 3 "2\tread\t/b/p/src/A.hs"], "")
        , ( "somebody reads it once more"
          , Nothing, [ghc, replicate 4 "2\tread\t/b/p/src/A.hs"], "code lib: read src/A.hs"
          )
        , ( "or GHC less often than ever seen"
          , Nothing, [ghc, replicate 2 "2\tread\t/b/p/src/A.hs"], "code lib: read src/A.hs"
          )
        , ("GHC shows two lines of a source", Nothing, [ghc, replicate 5 "2\tread\t/b/p/src/C.hs"], "")
        , ( "and somebody reads it"
          , Nothing, [ghc, replicate 6 "2\tread\t/b/p/src/C.hs"], "code lib: read src/C.hs"
          )
        , ( "somebody opens a source while one module is compiled"
          , Nothing
          , [ ghc
            , replicate 3 "2\tread\t/b/p/src/A.hs"
            , [ "2\tabsent\t/b/p/dist/build/C.hi"
              , "2\twrite\t/b/p/dist/build/C.hi"
              , "2\tabsent\t/b/p/dist/build/A.hi"
              , "2\tread\t/b/p/src/A.hs"
              , "2\twrite\t/b/p/dist/build/A.hi"
              ]
            ]
          , "module A: read src/A.hs"
          )
        , ( "while two are"
          , Nothing
          , [ ghc
            , replicate 3 "2\tread\t/b/p/src/A.hs"
            , [ "2\tabsent\t/b/p/dist/build/C.hi"
              , "2\tabsent\t/b/p/dist/build/A.hi"
              , "2\tread\t/b/p/src/A.hs"
              , "2\twrite\t/b/p/dist/build/C.hi"
              , "2\twrite\t/b/p/dist/build/A.hi"
              ]
            ]
          , "module A: read src/A.hs; module C: read src/A.hs"
          )
        , ( "while another one is"
          , Nothing
          , [ ghc
            , replicate 3 "2\tread\t/b/p/src/A.hs"
            , [ "2\tabsent\t/b/p/dist/build/A.hi"
              , "2\twrite\t/b/p/dist/build/A.hi"
              , "2\tabsent\t/b/p/dist/build/C.hi"
              , "2\tread\t/b/p/src/A.hs"
              , "2\twrite\t/b/p/dist/build/C.hi"
              ]
            ]
          , "module C: read src/A.hs"
          )
        , ( "GHC looks for a module"
          , Nothing
          , [ghc, ["2\tabsent\t/b/p/src/X." <> suffix | suffix <- ["hs", "lhs", "hsig", "lhsig"]]]
          , ""
          )
        , ( "a splice asks for a file of such a name"
          , Nothing, [ghc, ["2\tabsent\t/b/p/src/X.hs"]], "code lib: asked src/X.hs"
          )
        , ( "a splice runs a program"
          , Nothing
          , [ghc, ["3\trun\t2\t/usr/bin/cat\tcat\tdata/x", "3\tread\t/b/p/data/x"]]
          , "code lib: read data/x by cat; runs others"
          )
        , ( "a preprocessor is looked for on the PATH: only its module depends on that"
          , Nothing
          , [ ghc
            , [ "3\trun\t2\t/bin/sh\t/bin/sh\t/b/p/pp\tsrc/A.hs\tsrc/A.hs\t/b/ghc2_0/ghc_1.hspp"
              , "3\twrite\t/b/ghc2_0/ghc_1.hspp"
              , "2\tspawn\t3\tpp\tpp"
              , "2\tsought\t3\tabsent\t/b/p/first/pp"
              , "2\tsought\t3\task\t/b/p/pp"
              ]
            ]
          , "module A: asked first/pp by pp, asked pp by pp; runs others"
          )
        , ( "a program that does not appear"
          , Nothing, [ghc, ["2\tspawn\t3\t/b/p/tool\ttool"]], "code lib: ran tool by tool, lost tool"
          )
        , ( "a program that cannot be run"
          , Nothing, [ghc, ["2\texec\t2\t/b/p/tool\ttool", "2\tfailed\t2\t/b/p/tool"]], ""
          )
        , ( "a preprocessor"
          , Nothing
          , [ ghc
            , [ "3\trun\t2\t/b/p/pp\tpp\tsrc/A.hs\tsrc/A.hs\t/b/ghc2_0/ghc_1.hspp"
              , "3\tread\t/b/p/data/x"
              , "3\tread\t/b/p/src/A.hs"
              , "3\twrite\t/b/ghc2_0/ghc_1.hspp"
              ]
            , replicate 2 "2\tread\t/b/p/src/A.hs"
            ]
          , "module A: read data/x by pp, ran pp by pp"
          )
        , ( "a program that is told of a source and writes nothing of GHC's"
          , Nothing
          , [ghc, ["3\trun\t2\t/usr/bin/wc\twc\tsrc/A.hs", "3\tread\t/b/p/src/A.hs"]]
          , "code lib: read src/A.hs by wc; runs others"
          )
        , ( "C that goes into the object of a module"
          , Nothing
          , [ ghc
            , [ "3\trun\t2\t/usr/bin/gcc\tgcc\t-c\t/b/ghc2_0/ghc_1.c"
              , "3\tread\t/b/ghc2_0/ghc_1.c"
              , "3\tread\t/b/p/include/c.h"
              , "3\twrite\t/b/ghc2_0/ghc_2.o.tmp"
              , "4\trun\t2\t/usr/bin/ld\tld\t-r"
              , "4\tread\t/b/ghc2_0/ghc_2.o"
              , "4\twrite\t/b/p/dist/build/A.o"
              ]
            ]
          , "module A: read include/c.h by gcc"
          )
        , ( "C of nobody knows what"
          , Nothing
          , [ ghc
            , [ "3\trun\t2\t/usr/bin/gcc\tgcc\t-c\t/b/ghc2_0/ghc_1.c"
              , "3\tread\t/b/ghc2_0/ghc_1.c"
              , "3\tread\t/b/p/include/c.h"
              ]
            ]
          , "component lib: read include/c.h by gcc"
          )
        , ( "Cabal's own Setup reads what it wants"
          , Nothing, [["1\trun\t0\t/s/Setup\tSetup\tbuild", "1\tread\t/b/p/data/x"]], ""
          )
        , ( "a Setup program of the package reads a file"
          , sampled []
          , [compiledSetup, ["1\trun\t0\t/s/Setup\tSetup\tbuild", "1\tread\t/b/p/data/x"]]
          , "setup: read Setup.hs, read data/x"
          )
        , ( "and was compiled unseen"
          , sampled []
          , [["1\trun\t0\t/s/Setup\tSetup\tbuild", "1\tread\t/b/p/data/x"]]
          , "setup: read data/x, lost Setup"
          )
        , ( "it looks at what Cabal does, as often"
          , sampled (begunSetup ++ cabals)
          , [compiledSetup, begunSetup, cabals]
          , "setup: read Setup.hs"
          )
        , ( "it opens the description once more"
          , sampled (begunSetup ++ cabals)
          , [compiledSetup, begunSetup, cabals, ["1\tread\t/b/p/p.cabal"]]
          , "setup: read Setup.hs, read p.cabal"
          )
        , ( "it lists a folder once more that several components name"
          , sampled (begunSetup ++ cabals)
          , [compiledSetup, begunSetup, cabals, ["1\tlist\t/b/p/include"]]
          , "setup: read Setup.hs, listed include"
          )
        , ( "it asks once more for a folder that is not there"
          , sampled (begunSetup ++ cabals)
          , [compiledSetup, begunSetup, cabals, ["1\tabsent\t/b/p/early"]]
          , "setup: read Setup.hs, asked early"
          )
        , ( "a fork of it does"
          , sampled (begunSetup ++ cabals)
          , [compiledSetup, begunSetup, cabals, ["8\tfork\t1", "8\tlist\t/b/p/include"]]
          , "setup: read Setup.hs, listed include"
          )
        , ( "it asks less often than Cabal does by itself"
          , sampled (begunSetup ++ cabals)
          , [compiledSetup, begunSetup, take 1 cabals]
          , "setup: read Setup.hs, read p.cabal"
          )
        , ( "it asks for it in another way"
          , sampled (begunSetup ++ cabals)
          , [compiledSetup, begunSetup, cabals, ["1\task\t/b/p/early"]]
          , "setup: read Setup.hs, asked early"
          )
        , ( "it does the same while it builds"
          , sampled (begunSetup ++ cabals)
          , [compiledSetup, begunSetup, cabals, ["7\trun\t0\t/s/Setup\tSetup\tbuild", "7\tlist\t/b/p/include"]]
          , "setup: read Setup.hs, listed include"
          )
        , ( "it configures twice"
          , sampled (begunSetup ++ cabals)
          , [compiledSetup, begunSetup, cabals, begunSetup, take 1 cabals]
          , "setup: read Setup.hs, read p.cabal"
          )
        , ( "Cabal has a compiler of C try headers"
          , sampled (begunSetup ++ triesHeaders)
          , [compiledSetup, begunSetup, triesHeaders]
          , "setup: read Setup.hs"
          )
        , ( "the program does, too"
          , sampled (begunSetup ++ triesHeaders)
          , [compiledSetup, begunSetup, triesHeaders, triesHeaders]
          , "setup: read Setup.hs, read include/a.h by gcc"
          )
        , ( "it reads itself what the compiler of C does"
          , sampled (begunSetup ++ triesHeaders)
          , [compiledSetup, begunSetup, triesHeaders, ["1\tread\t/b/p/include/a.h"]]
          , "setup: read Setup.hs, read include/a.h"
          )
        , ( "another program reads as often as Cabal does"
          , sampled (begunSetup ++ cabals)
          , [compiledSetup, begunSetup, ["5\trun\t1\t/usr/bin/sed\tsed"], map (B.cons '5' . B.drop 1) cabals]
          , "setup: listed . by sed, read Setup.hs, asked early by sed, listed include by sed, read p.cabal by sed; runs others"
          )
        , ( "Cabal looks for a program among those of another package"
          , sampled (begunSetup ++ ["1\task\t/d/bin/alex"])
          , [compiledSetup, begunSetup, ["1\task\t/d/bin/alex"]]
          , "setup: read Setup.hs, asked /d/bin/alex"
          )
        , ( "it makes another description"
          , whateverItDescribes places <$> sampled (begunSetup ++ cabals)
          , [compiledSetup, begunSetup, cabals]
          , "setup: read Setup.hs, asked early, listed include"
          )
        , ( "there is no sample"
          , sampled []
          , [compiledSetup, begunSetup, take 1 cabals]
          , "setup: read Setup.hs, read p.cabal"
          )
        , ( "it lists what was built, as Cabal does"
          , sampled []
          , [ compiledSetup
            , ["1\trun\t0\t/s/Setup\tSetup\tbuild", "1\tlist\t/b/p/dist/build/A"]
            , ghc
            , ["2\twrite\t/b/p/dist/build/A", "2\twrite\t/b/p/dist/build/A/B.hi"]
            ]
          , "setup: read Setup.hs"
          )
        , ( "and another folder"
          , sampled []
          , [compiledSetup, ["1\trun\t0\t/s/Setup\tSetup\tbuild", "1\tlist\t/b/p/data"]]
          , "setup: read Setup.hs, listed data"
          )
        , ( "a preprocessor of Cabal's is no part of it"
          , sampled []
          , [ compiledSetup
            , [ "1\trun\t0\t/s/Setup\tSetup\tbuild"
              , "5\trun\t1\t/usr/bin/alex\talex\tsrc/L.x"
              , "5\tread\t/b/p/src/L.x"
              ]
            ]
          , "setup: read Setup.hs"
          )
        , ( "another program is"
          , sampled []
          , [ compiledSetup
            , [ "1\trun\t0\t/s/Setup\tSetup\tbuild"
              , "5\trun\t1\t/usr/bin/git\tgit\tlog"
              , "5\tread\t/b/p/VERSION"
              ]
            ]
          , "setup: read Setup.hs, read VERSION by git; runs others"
          )
        , ( "a program of the package is, whatever its name"
          , sampled []
          , [ compiledSetup
            , [ "1\trun\t0\t/s/Setup\tSetup\tbuild"
              , "5\trun\t1\t/b/p/tools/happy\thappy"
              , "5\tread\t/b/p/VERSION"
              ]
            ]
          , "setup: read Setup.hs, read VERSION by tools/happy, ran tools/happy by tools/happy"
          )
        , ( "and one whose name ends as a tool's does"
          , sampled []
          , [ compiledSetup
            , [ "1\trun\t0\t/s/Setup\tSetup\tbuild"
              , "5\trun\t1\t/opt/gen-ar\tgen-ar"
              , "5\tread\t/b/p/VERSION"
              ]
            ]
          , "setup: read Setup.hs, read VERSION by gen-ar; runs others"
          )
        , ( "the tool of a cross compiler is none"
          , sampled []
          , [ compiledSetup
            , [ "1\trun\t0\t/s/Setup\tSetup\tbuild"
              , "5\trun\t1\t/opt/aarch64-linux-gnu-ar\tar"
              , "5\tread\t/b/p/VERSION"
              ]
            ]
          , "setup: read Setup.hs"
          )
        , ( "what a compiler of C says Setup may have asked for"
          , sampled []
          , [ compiledSetup
            , [ "1\trun\t0\t/s/Setup\tSetup\tbuild"
              , "5\trun\t1\t/usr/bin/gcc\tgcc\t-E"
              , "5\tread\t/b/p/VERSION"
              ]
            ]
          , "setup: read Setup.hs, read VERSION by gcc"
          )
        , ( "a splice reads what two programs wrote to"
          , Nothing
          , [ [ "1\trun\t0\t/s/Setup\tSetup\tbuild"
              , "5\trun\t1\t/usr/bin/alex\talex\tsrc/L.x"
              , "5\twrite\t/b/p/dist/build/L.txt"
              , "6\trun\t1\t/usr/bin/sed\tsed\tx"
              , "6\tread\t/b/p/x"
              , "6\twrite\t/b/p/dist/build/L.txt"
              ]
            , ghc
            , ["2\tread\t/b/p/dist/build/L.txt"]
            ]
          , "code lib: read dist/build/L.txt made process 1, read dist/build/L.txt made process 2"
          )
        , ( "a splice reads what a program of Setup's wrote"
          , Nothing
          , [ [ "1\trun\t0\t/s/Setup\tSetup\tbuild"
              , "5\trun\t1\t/usr/bin/alex\talex\tsrc/L.x"
              , "5\tread\t/b/p/src/L.x"
              , "5\twrite\t/b/p/dist/build/L.txt"
              ]
            , ghc
            , ["2\tread\t/b/p/dist/build/L.txt"]
            ]
          , "code lib: read dist/build/L.txt made process 1"
          )
        , ( "a process that was forked and began nothing"
          , Nothing, [ghc, ["6\tfork\t2", "6\tread\t/b/p/data/x"]], "code lib: read data/x"
          )
        , ( "a process id that comes again"
          , Nothing
          , [ ghc
            , [ "3\trun\t2\t/usr/bin/cat\tcat"
              , "3\tread\t/b/p/data/x"
              , "3\trun\t0\t/s/Setup\tSetup\tbuild"
              , "3\tread\t/b/p/data/y"
              ]
            ]
          , "code lib: read data/x by cat; runs others"
          )
        , ( "interfaces and libraries are GHC's"
          , Nothing
          , [ ghc
            , [ "2\tread\t/b/p/dist/build/A.hi"
              , "2\tread\t/d/lib/libx.so"
              , "2\tread\t/b/p/dist/package.conf.inplace/package.cache"
              ]
            ]
          , ""
          )
        , ("a file of another package", Nothing, [ghc, ["2\tread\t/d/share/x"]], "code lib: read /d/share/x")
        , ("a file of the machine", Nothing, [ghc, ["2\tread\t/etc/x"]], "")
        , ("a library that a program brings", Nothing, [ghc, ["2\tunfollowed\tglob"]], "code lib: lost ghc-9.6.6 (glob)")
        , ("lines that nobody understands", Nothing, [["", "x", "1", "1\tsmelled\t/b/p/x"], ghc], "")
        ]
    ]
        ++ [ (title, shown (follow (around [("src/D.hs", "D")] Nothing) (processesIn lines_)), wanted)
           | (title, lines_, wanted) <- inPartial
           ]
  where
    processesIn = readLog (leadsTo places linked) . B.unlines . concat
    -- Where a module has errors.
    inPartial =
        [ ("GHC found a module that it did not compile", [ghc, replicate 3 "2\tread\t/b/p/src/D.hs"], "")
        , ( "and somebody reads it"
          , [ghc, replicate 4 "2\tread\t/b/p/src/D.hs"], "code lib: read src/D.hs"
          )
        , ( "and somebody reads it where compiled ones are opened once more"
          , [forEditors, replicate 4 "2\tread\t/b/p/src/D.hs"], "code lib: read src/D.hs"
          )
        , ("as a compiled one is then", [forEditors, replicate 4 "2\tread\t/b/p/src/A.hs"], "")
        ]
    around more setup =
        Surroundings
            { Surroundings.roots = places
            , Surroundings.components = [library{Surroundings.sources = Map.union (Surroundings.sources library) (Map.fromList more)}]
            , Surroundings.others = ["/d"]
            , Surroundings.productSuffixes = Set.empty
            , Surroundings.ownSetup = setup
            , Surroundings.uncompiled = Set.fromList (map snd more)
            , Surroundings.shownDiagnostics = Map.fromList [("src/C.hs", 2)]
            }
    library =
        Component
            { Surroundings.label = "lib"
            , Surroundings.output = "dist/build"
            , Surroundings.sources = Map.fromList [("src/A.hs", "A"), ("src/C.hs", "C")]
            }
    ghc = begun ++ replicate 3 "2\tread\t/b/p/dist/build/autogen/Paths_p.hs"
    begun = ["2\trun\t0\t/usr/bin/ghc-9.6.6\tghc\t--make\t-odir\tdist/build\tA\tC"]
    forEditors = ["2\trun\t0\t/usr/bin/ghc-9.6.6\tghc\t--make\t-odir\tdist/build\t-fwrite-ide-info\tA\tC\tD"]
    places = Roots "/b/p" "/b/p"
    linked = contents [("links/x", Entry Link 9 "../data/x"), ("data/x", file "x")]
    compiling stem during =
        ["2\tabsent\t/b/p/dist/build/" <> stem <> ".hi"] ++ during ++ ["2\twrite\t/b/p/dist/build/" <> stem <> ".hi"]
    -- How Cabal itself configures a package, after it began.
    sampled lines_ = Just (sampleOf places (processesIn [lines_]))
    begunSetup = ["1\trun\t0\t/s/Setup\tSetup\tconfigure"]
    cabals =
        ["1\tread\t/b/p/p.cabal", "1\tread\t/b/p/p.cabal", "1\tlist\t/b/p"]
            ++ replicate 3 "1\tabsent\t/b/p/early"
            ++ replicate 2 "1\tlist\t/b/p/include"
    triesHeaders = ["6\trun\t1\t/usr/bin/gcc\tgcc", "6\tread\t/b/p/include/a.h"]
    compiledSetup = ["9\trun\t0\t/usr/bin/ghc-9.6.6\tghc\t--make\tSetup.hs", "9\tread\t/b/p/Setup.hs"]
    shown found = intercalate "; " (map ofGroup (filter (isNoted . snd) (Map.toList (groups found))))
    isNoted group = group{runsOthers = False} /= mempty || runsOthers group
    ofGroup (who, group) = name_ who ++ ": " ++ intercalate ", " (read' ++ lost' ++ left') ++ others'
      where
        read' = map input (Set.toList (inputs group))
        lost' = ["lost " ++ B.unpack what | (_, what) <- Set.toList (lost group)]
        left' = ["leaves " ++ B.unpack path | path <- Set.toList (leaves group)]
        others' = if runsOthers group then "; runs others" else ""
    name_ who = case who of
        OfModule _ stem -> "module " ++ B.unpack stem
        OfCode label' -> "code " ++ B.unpack label'
        OfComponent label' -> "component " ++ B.unpack label'
        OfSetup -> "setup"
    input i = access' ++ " " ++ from (source i) ++ by
      where
        access' = if access i == ToFind then "asked" else B.unpack (accessWord (access i))
        by = if B.null (readBy i) then "" else " by " ++ B.unpack (readBy i)
    from s = case s of
        Original path -> B.unpack path
        Foreign path _ -> B.unpack path
        Generated path maker -> B.unpack path ++ " made " ++ made maker
    made maker = case maker of
        MakerProcess n -> "process " ++ show n
        MakerSetup -> "setup"
        MakerComponent c -> "component " ++ B.unpack c
