use super::*;

/// As it would be written, with the doubts behind: `safe qualified "p" M | source N ? preprocessor`.
fn told(header: &Header) -> String {
    let import = |import: &Import| {
        let word = |flag: bool, word: &'static str| if flag { word } else { "" };
        let level = match import.level {
            Level::Ordinary => "",
            Level::Splice => "splice ",
            Level::Quote => "quote ",
        };
        let package = import.package.as_ref().map(|package| format!("\"{package}\" ")).unwrap_or_default();
        let (source, safe, qualified) =
            (word(import.source, "source "), word(import.safe, "safe "), word(import.qualified, "qualified "));
        format!("{source}{level}{safe}{qualified}{package}{}", import.module)
    };
    let mut imports: Vec<_> = header.imports.iter().map(import).collect();
    imports.sort();
    let doubts: String = header.doubts.iter().flat_map(|doubt| [" ? ".to_owned(), format!("{doubt:?}")]).collect();
    imports.join(" | ") + &doubts
}

#[track_caller]
fn holds(name: &str, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let header = scan(name, text.as_bytes());
        assert_eq!(told(&header), *expected, "{text}");
        // The ends of lines do not matter, and neither does a mark of the order of bytes.
        let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        assert_eq!(told(&scan(name, windows.as_bytes())), *expected, "with CRLF: {text}");
    }
}

#[test]
fn forms_of_imports() {
    holds(
        "M.hs",
        &[
            ("module M where\nimport A\nimport B.C (x, (+), T(..))\nimport D hiding (y)\nx = 1\n", "A | B.C | D"),
            ("import A\nmain = pure ()\n", "A"),
            ("main = pure ()\n", ""),
            ("", ""),
            ("module M (module A, x, type (+), pattern P) where { import A; import B }", "A | B"),
            ("module M where { import A; x = 1 }\n", "A"),
            ("{ import A; import B; main = x }\n", "A | B"),
            ("{;; import A;; ; import B;; main = x }\n", "A | B"),
            ("module M where import A\n               import B\n               x = 1\n", "A | B"),
            ("module M where\n\timport A\n\timport\tB\n", "A | B"),
            (
                "import qualified A\nimport B qualified as C\nimport D as E hiding (x)\n",
                "D | qualified A | qualified B",
            ),
            ("import safe A\nimport safe qualified \"p\" B as C (x)\n", "safe A | safe qualified \"p\" B"),
            ("import \"p-q\" A\nimport\"r\"B\n", "\"p-q\" A | \"r\" B"),
            (
                "import {-# SOURCE #-} A\nimport{-#source#-}B\nimport {-# SOURCE\n #-} safe qualified \"p\" C\n",
                "source A | source B | source safe qualified \"p\" C",
            ),
            (
                "import splice A\nimport B quote qualified\nimport quote qualified C\n",
                "quote qualified B | quote qualified C | splice A",
            ),
            ("import\n  A\n  (\n    x\n  )\nimport\n  qualified\n    B\n  as\n    C\n", "A | qualified B"),
            ("import A (import_, import', ximport)\nx = 1\n", "A"),
            ("import A as Import\nimport B.Import\nimport Import\n", "A | B.Import | Import"),
            // Names that are no reserved words begin declarations too.
            ("import A\nquote = 1\nimport B\n", "A | quote A"),
            ("import A\nas, hiding, qualified, safe :: Int\n", "A"),
            ("module M where\nforeign import ccall safe \"x\" x :: Int\n", ""),
            ("import A\nforeign import ccall \"x\" x :: Int\nforeign import prim \"Y\" y :: Int\n", "A"),
        ],
    );
}

#[test]
fn names() {
    for (name, text, module) in [
        ("M.hs", "module A.B_c'.D2 (x) where\n", "A.B_c'.D2"),
        ("M.hs", "{-# LANGUAGE X #-}\n-- | module No\nmodule {- module Neither -} A where", "A"),
        ("M.hs", "module A {-# DEPRECATED \"module B where {- \" #-} where", "A"),
        ("M.hsig", "signature S where", "S"),
        ("M.hs", "main = pure ()", "Main"),
        ("M.hs", "module Ünï.Čode where", "Ünï.Čode"),
        ("M.hs", "#if X\nmodule A where\n#else\nmodule B where\n#endif\n", "A"),
    ] {
        assert_eq!(scan(name, text.as_bytes()).module.0, module, "{text}");
    }
}

#[test]
fn comments_strings_and_operators() {
    holds(
        "M.hs",
        &[
            ("import{- -}A\nimport--\n B\nimport {- {- -} import No -} C{--}\nimport D-- import No\n", "A | B | C | D"),
            ("{- import No\n{- -} import No -}import A\n", "A"),
            ("{-- import No --}import A\n", "A"),
            ("{-}import No -}import A\n", "A"),
            ("{---}import A\n{----}import B\n", "A | B"),
            ("-- {-\nimport A\n--- {-\nimport B\n--{-\nimport C\n", "A | B | C"),
            ("-- | import No\n-- ^ {-\n{- | \" -}\nimport A -- ^ {- \"\n", "A"),
            // Operators that look like comments.
            ("import A ((-->), (|--), (--|), (-->--)) -- {-\nimport B\n", "A | B"),
            ("module M ((-->), (|--),\n  (--|)) where\nimport A\n", "A"),
            ("import A\n(--|) = {- import No\n-} x\nimport B\n", "A"),
            // Strings of pragmas.
            ("module M {-# DEPRECATED \"-} {- --\" #-} where\nimport A\n", "A"),
            ("module M {-# warning [\"{-\", -- {- \" #-}\n \"x\\\n  \\{-\"] #-} where\nimport A\n", "A"),
            (
                "module M {-# WARNING in \"x-y\" \"\"\"\n  {- \" import No #-} \n \\\"\"\" \"\"\" #-} where\nimport A\n",
                "A",
            ),
            // A pragma that is not known is a comment.
            ("{-# UNKNOWN \" {- -} #-}\nimport A\n", "A"),
            ("{-# LANGUAGE Arrows,\n  GADTs #-}\n{-# OPTIONS_HUGS \" #-}\nimport A\n", "A"),
            ("{-#-}\nimport A\n", "A"),
            ("import A{-# UNKNOWN #-}\nimport {-# UNKNOWN #-} B\n", "A | B"),
            // What is no code ends nothing.
            ("\u{a0}import\u{3000}A\u{2003}\nimport B\n", "A | B"),
            ("import Ä.Öü\nimport 数.A\nimport A\u{301}b\n", "A\u{301}b | Ä.Öü | 数.A"),
        ],
    );
}

#[test]
fn where_imports_end() {
    holds(
        "M.hs",
        &[
            ("import A\nx = [js| import B |]\nimport C\n", "A"),
            ("import A\n(x, y) = z\nimport B\n", "A"),
            ("import A\n[d| import B |]\nimport C\n", "A"),
            ("import A\n$(splice)\nimport B\n", "A"),
            ("import A\ndata X\nimport B\n", "A"),
            // No declaration begins so, so it is not known what this is.
            ("import A\nMACRO\nimport B\n", "A | B"),
        ],
    );
}

#[test]
fn the_preprocessor() {
    holds(
        "M.hs",
        &[
            (
                "{-# LANGUAGE CPP #-}\n#if X\nimport A\n#elif Y\nimport B\n#else\nimport C\n#endif\nimport D\n",
                "A | B | C | D",
            ),
            ("#ifdef X\nmodule M where\n#else\nmodule M (x) where\n#endif\nimport A\n", "A"),
            // One branch has its first declaration.
            ("#if X\nimport A\nx :: Int\nx = 1\n#else\nimport B\n#endif\nimport C\n", "A | B | C"),
            ("x :: Int\n#if X\nimport A\n#endif\n", ""),
            // One branch begins what another one does not.
            ("#if X\n{-\n#else\nimport A\n#endif\n-}\nimport B\n", "A | B"),
            ("import\n#if X\n  A\n#else\n  qualified B\n#endif\nimport C\n", "A | C | qualified B"),
            ("import A (x\n#if X\n  , y)\n#else\n  )\n#endif\nimport B\n", "A | B"),
            ("import A\n#if X\n  qualified\n#endif\nimport B\n", "A | B | qualified A"),
            ("#if X\n{- #else\n#else\nimport A\n#endif\n", "A"),
            ("# if X\nimport A\n  #else\nimport B\n#  endif\n", "A | B"),
            ("#if X && \\\n  import No\nimport A\n#endif\n", "A"),
            ("#endif\nimport A\n#else\nimport B\n", "A | B"),
            ("#if X\n#if Y\nimport A\n#else\nimport B\n#endif\n#else\nimport C\n#endif\n", "A | B | C"),
            ("{-# LANGUAGE CPP\n#if X\n  , GADTs\n#endif\n  #-}\nimport A\n", "A"),
            ("module M {-# WARNING \"x\\\n#if X\n\\{-\"\n#else\n\\\"\n#endif\n #-} where\nimport A\n", "A"),
            // Nothing says that it is one: then such lines are text.
            ("{-\n#if x -}\nimport A\n{-\n#endif -}\nimport B\n", "A | B"),
            ("import \\\n  A\n#line 3 \"x\"\n# 4 \"x\"\nimport B\n#!x\n#\nimport C\n", "A | B | C"),
            // Lines are joined, so a comment goes on, and does not begin.
            ("{-# LANGUAGE CPP #-}\n-- x \\\n{-\nimport A\n-}\n-- y \\ \nimport B\n", "A | B"),
            ("imp\\\nort A\nimport B\\\n.C\n", "A | B | B.C"),
            // Comments of C.
            ("{-# LANGUAGE CPP #-}\n/* {- */\nimport A\n", "A"),
            ("{-# LANGUAGE CPP #-}\nimport /* x\n*/A\nimport B /* \" */\n", "A | B"),
            ("{-# LANGUAGE CPP #-}\n-- don't /* {-\n/* x */\nimport A\n", "A"),
            ("{-# LANGUAGE CPP #-}\n#if X /* {-\n   */\nimport A\n#endif\n", "A"),
            ("-- src/*\nimport A\n-- x*/y\nimport B\n", "A | B"),
            ("{-# LANGUAGE CPP #-}\nimport A\nimp/* */ort B\nimport C/* */.D\n", "A | B | C | C.D"),
        ],
    );
}

#[test]
fn macros() {
    holds(
        "M.hs",
        &[
            ("{-# LANGUAGE CPP #-}\n#define X import A\n#define Y(x) x\nimport B\n", "A | B ? MacroText(\"X\")"),
            ("#define X(m) import m\nimport B\nX(C)\n", "B ? MacroText(\"X\") ? MacroUse(\"X\")"),
            ("#define X \\\n  import A;\\\n  import B\nimport C\n", "A | B | C ? MacroText(\"X\")"),
            ("#define X {-\nimport C\n", "C ? MacroText(\"X\")"),
            ("#define M A.B\nimport M\nimport C.M\nimport D\n", "C.M | D | M ? MacroUse(\"M\")"),
            ("{-# LANGUAGE CPP #-}\nimport A\nIMPORTS\nimport B\n", "A | B ? MacroUse(\"IMPORTS\")"),
            ("{-# LANGUAGE CPP #-}\nimport QUALIFIED A\nimport B\n", "A | B | QUALIFIED ? MacroUse(\"QUALIFIED\")"),
            ("{-# LANGUAGE CPP #-}\nimport m\nimport B\n", "B ? MacroUse(\"m\")"),
            ("{-# LANGUAGE CPP #-}\nimport (m)\nimport B\n", "B ? MacroUse(\"import\")"),
            ("#define m\nimport A\nm\nimport B\n", "A | B ? MacroUse(\"m\")"),
            ("{-# LANGUAGE CPP #-}\nimport A\n(+++) :: Functor f => f a\nimport B\n", "A"),
            ("{-# LANGUAGE CPP #-}\nimport A\n(+++) = Just\nimport B\n", "A | B"),
            // Of no consequence.
            ("#define X 1\n#define Y \"import\"\n#define Z -- import N\n#undef X\n#if X\nimport A\n#endif\n", "A"),
            ("{-# LANGUAGE CPP #-}\nimport A\nx, y :: INT\nx = X\nimport B\n", "A"),
            ("{-# LANGUAGE CPP #-}\nimport A\ninstance X\nimport B\n", "A"),
        ],
    );
    let header =
        scan("M.hs", b"{-# OPTIONS_GHC -cpp -DA=1 -optP-DB -D C #-}\n#define D(x) x\n#define E'\nimport X.A\n");
    let macros: Vec<_> = header.macros.iter().map(String::as_str).collect();
    assert_eq!(macros, ["A", "B", "C", "D", "E'"]);
    assert_eq!(told(&header), "X.A ? MacroUse(\"A\")");
    let header = scan("M.hs", b"import A.B\nimport C\n");
    let named = |names: &[&str]| header.names_one_of(&names.iter().map(ToString::to_string).collect());
    assert!(named(&["B"]) && named(&["X", "C"]) && !named(&["A.B", "X"]));
}

#[test]
fn what_pragmas_say() {
    let flags = |text: &str| {
        let header = scan("M.hs", text.as_bytes());
        (header.cpp, header.template_haskell, header.quasi_quotes)
    };
    for (text, expected) in [
        ("{-# LANGUAGE CPP, TemplateHaskell #-}\n{-#language QuasiQuotes#-}", (true, true, true)),
        ("{-# OPTIONS_GHC -Wall -XTemplateHaskell -cpp #-}", (true, true, false)),
        ("{-# OPTIONS -XCPP #-}", (true, false, false)),
        ("{-# LANGUAGE TemplateHaskellQuotes, NoCPP #-}", (false, false, false)),
        ("-- {-# LANGUAGE CPP #-}\n{- {-# LANGUAGE CPP #-} -}", (false, false, false)),
        ("{-# LANGUAGE GADTs\n#if X\n  , TemplateHaskell\n#endif\n  #-}", (false, true, false)),
        ("x :: Int\n{-# LANGUAGE CPP #-}", (false, false, false)),
    ] {
        assert_eq!(flags(text), expected, "{text}");
    }
    holds(
        "M.hs",
        &[
            ("{-# OPTIONS_GHC -F -pgmF hspec-discover -optF --module-name=X #-}\nimport A\n", "A ? Preprocessor"),
            ("{-# OPTIONS_GHC -pgmP=cpphs #-}\nimport A\n", "A ? Preprocessor"),
            ("{-# OPTIONS_GHC -fplugin=P.Q -fplugin-opt=P.Q:-F #-}\nimport A\n", "A ? Plugin(\"P.Q\")"),
            ("{-# OPTIONS_GHC -fplugin P -fplugin-opt -F #-}\n", " ? Plugin(\"P\")"),
            (
                "{-# OPTIONS_GHC -optP-include -optPx.h -optP -Ifolder #-}\n",
                " ? PreprocessorOption(\"-include\") ? PreprocessorOption(\"x.h\")",
            ),
            ("{-# OPTIONS_GHC -Wall -fno-warn-orphans -O2 -fobject-code #-}\nimport A\n", "A"),
        ],
    );
}

#[test]
fn included_files() {
    let text = "{-# LANGUAGE CPP #-}\n#include \"a.h\"\nimport A\n#if X\n#  include <b.h>\n#endif\nx :: Int\n#include \"c.h\"\n";
    let header = scan("M.hs", text.as_bytes());
    let includes: Vec<_> =
        header.includes.iter().map(|include| (include.path.as_str(), include.angled, include.at_imports)).collect();
    assert_eq!(includes, [("a.h", false, true), ("b.h", true, true), ("c.h", false, false)]);
    assert_eq!(told(&header), "A");
    holds("M.hs", &[("#include FILE\nimport A\n", "A ? ComputedInclude"), ("x :: Int\n#include FILE\n", "")]);
    // Nothing ends its imports, since it may be put in twice, and what is C in it is skipped by the preprocessor.
    let text =
        "#ifndef X\nimport A\ndata X\n#endif\nint f(void);\nforeign import ccall f :: Int\n#define Y 1\nimport B\n";
    assert_eq!(told(&scan_included(text.as_bytes())), "A | B");
}

#[test]
fn literate_sources() {
    holds(
        "M.lhs",
        &[
            ("import No\n\n> module M where\n> import A\n>\n> import B\n\nimport No\n\n> import C\n", "A | B | C"),
            (
                "\\begin{code}\nmodule M where\nimport A\n\\end{code}\nimport No {-\n  \\begin{code}  \nimport B\n\\end{code} x\n",
                "A | B",
            ),
            ("> import A\n\n\\begin{code}\n> import A\nimport No\n", "A"),
            ("> {-# LANGUAGE CPP #-}\n#if X\n> import A\n#else\n\n> import B\n\n#endif\n", "A | B"),
            ("\\begin{spec}\nimport No\n\\end{spec}\n>import A\n", "A"),
        ],
    );
    let styles = |text: &str| scan("a/M.lhs-boot", text.as_bytes()).literate.into_iter().collect::<Vec<_>>();
    assert_eq!(styles("> x\n"), [LiterateStyle::Bird]);
    assert_eq!(styles("\\begin{code}\n> x\n\\end{code}\n"), [LiterateStyle::Latex]);
    assert_eq!(styles("> x\n\n\\begin{code}\n\\end{code}\n"), [LiterateStyle::Bird, LiterateStyle::Latex]);
    assert_eq!(scan("M.hs", b"> import A\n").literate.len(), 0);
}

#[test]
fn sources_of_other_programs() {
    holds(
        "M.x",
        &[
            (
                "-- a lexer\n{\n{-# LANGUAGE CPP #-}\nmodule L (x) where\nimport A\n#if X\nimport B\n#endif\n}\n%wrapper \"monad\"\n$x = [a-z \\\"]\n:-\n  $x { import No }\n",
                "A | B",
            ),
            ("%wrapper \"basic\"\n:-\n  \"{-\" { x }\n{\nx = 1\n}\n", ""),
        ],
    );
    holds("M.y", &[("{ module P where { import A; x :: Int }\n}\n%name p\n%%\nX : y { import No }\n", "A")]);
    holds("M.ly", &[("text\n> {\n> module P where\n> import A\n> }\n> %name p\n", "A")]);
    holds(
        "M.hsc",
        &[
            (
                "#include <a.h>\n#define X import No\n#let a = \"%d\", {\n}\nmodule M where\nimport A\n#ifdef X\nimport B\n#endif\n#{def int f() { return '\"'; }\nint import; }\nimport C\nx = #const X\n",
                "A | B | C",
            ),
            (
                "#def int f() {\n  import No\n}\nimport A\n##if X\nimport B\n##endif\ndata X = #{type int}\nimport No\n",
                "A | B",
            ),
            ("#{def {\nimport A\n#{x\nimport B\n", "A | B ? Unterminated"),
        ],
    );
    assert_eq!(scan("M.hsc", b"#include \"a.h\"\n##include \"b.h\"\n").includes.len(), 1);
    holds(
        "M.chs",
        &[
            (
                "module M where\n{#import A#}\n{# import qualified B.C as D #}\n#include <a.h>\n#c\nint import No;\n\"\n#endc\n{#context lib=\"x\"#}\nimport E\n{#enum X {} deriving (Eq)#}\n{#importer No#}\nx :: Int\nimport No\n",
                "A | E | qualified B.C",
            ),
            ("{#import A#}{#import B#}\n#c\nimport C\n", "A | B | C"),
        ],
    );
    holds("M.pl", &[("import A\nx :: Int\nimport B\n", "A | B ? UnknownKind")]);
}

#[test]
fn what_cannot_be_known() {
    assert_eq!(told(&scan("M.hs", b"import A -- \xff\n")), "A ? Encoding");
    assert_eq!(told(&scan("M.hs", b"\xff\xfei\0m\0p\0o\0r\0t\0 \0A\0")), " ? Encoding");
    holds(
        "M.hs",
        &[
            ("import A\n{- import B", "A ? Unterminated"),
            ("#if X\n{-\n#else\nimport A\n#endif\n", "A"),
            // An operator to GHC, which a text about it need not know.
            ("import A\n--\u{2192} import B\n--\u{201c} {-\nimport C\n", "A | B | C ? Symbol"),
        ],
    );
    let deep = format!("{}import A\n{}", "#if X\n".repeat(1000), "#endif\n".repeat(1000));
    assert_eq!(told(&scan("M.hs", deep.as_bytes())), "A ? Tangled");
    let ways: String =
        (1..40).flat_map(|depth| ["#if X\n".to_owned(), "{-".repeat(depth), "\n#endif\n".to_owned()]).collect();
    assert!(scan("M.hs", ways.as_bytes()).doubts.contains(&Doubt::Tangled));
}

/// Each text is read in steps that grow as it does: four times the text, not sixteen times the steps.
#[test]
fn no_text_takes_more_than_linear_time() {
    let pieces = [
        "{-",
        "{-#",
        "{-# LANGUAGE CPP ",
        "{-# SOURCE",
        "-}",
        "{",
        "-",
        "--",
        "\"",
        "\"\"\"",
        "\"\\\n",
        "\\",
        "'",
        "'\\",
        "#",
        "#\n",
        "\n#",
        "#if\n",
        "#if\n{-\n",
        "#else\n",
        "#endif\n",
        "#if\n#else\n",
        "#define X \"\"\"\n",
        "#define X {-#\n",
        "#define \\\n",
        "#x \\\n",
        "#include \"\n",
        "/*",
        "/**/",
        "/* */\"",
        "*/",
        "/*\n#if\n",
        "#{",
        "#{\n",
        "#def {\n",
        "#let x = (",
        "#c\n",
        "{#",
        "{#import ",
        "import ",
        "import A\n",
        "import A (",
        "module ",
        "A.",
        "\u{2192}--",
        "\u{2192}--\"",
        "\u{301}",
        "\t",
        "x",
        "\\begin{code}\n",
        "> {-\n",
    ];
    let names = ["M.hs", "M.lhs", "M.hsc", "M.chs", "M.x", "M.unknown"];
    for piece in pieces {
        for (before, after) in
            [("", ""), ("#if\n", "\n#endif\n"), ("{-# LANGUAGE CPP #-}\n", "*/ #-} \"\"\" #} -}\n#endc")]
        {
            for name in names {
                let steps = |size: usize| {
                    let text = format!("{before}{}{after}", piece.repeat(size / piece.len()));
                    (counted_as(name, text.as_bytes()), text.len() as u64)
                };
                let ((small, _), (large, length)) = (steps(4 << 10), steps(16 << 10));
                assert!(large <= 5 * small + 1000, "{name}, {piece:?} in {before:?}, {after:?}: {small}, then {large}");
                assert!(large <= 120 * length, "{name}, {piece:?}: {large} steps for {length} bytes");
            }
        }
    }
}

#[test]
fn a_megabyte_of_anything_is_read() {
    let nested = format!("{}{}import A\n", "{-".repeat(1 << 18), "-}".repeat(1 << 18));
    assert_eq!(told(&scan("M.hs", nested.as_bytes())), "A");
    assert!(counted_as("M.hs", nested.as_bytes()) < 8 << 20);
    let strings = format!("module M {{-# WARNING {} #-}} where\nimport A\n", "\"{-\\\"\"\n".repeat(1 << 17));
    assert_eq!(told(&scan("M.hs", strings.as_bytes())), "A");
    assert!(counted_as("M.hs", strings.as_bytes()) < 16 << 20);
}

fn counted_as(name: &str, bytes: &[u8]) -> u64 {
    counted(SourceKind::of(name).unwrap_or(SourceKind::INCLUDED), bytes).1
}
