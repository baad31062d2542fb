//! Which modules may look at files while they are compiled, by what their sources say.
//!
//! What no build has noted has to be said by the source: code that runs in the compiler and programs that the compiler
//! starts look at what they like. So whatever can switch one of these on counts, and so does what is not understood.

use gix::bstr::{BStr, ByteSlice as _};
use memchr::memmem::{find, find_iter};

use crate::model::haskell::header::Header;

/// What options and extensions switch on for all sources of a component.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Switches {
    /// The C preprocessor.
    pub(super) cpp: bool,
    /// Anything else that looks at files, or something that is not understood.
    pub(super) looks: bool,
}

/// Extensions with which code runs in the compiler.
const RUN_CODE: [&str; 2] = ["TemplateHaskell", "QuasiQuotes"];

/// Options that only say how something is linked or run.
const NOT_FOR_COMPILATION: [&str; 14] = [
    "-threaded",
    "-rtsopts",
    "-with-rtsopts",
    "-eventlog",
    "-debug",
    "-static",
    "-dynamic",
    "-dynamic-too",
    "-pie",
    "-j",
    "-v",
    "-optl",
    "-split-sections",
    "-haddock",
];

/// Directives of the C preprocessor that look at no file.
const WITHOUT_FILES: [&[u8]; 12] =
    [b"if", b"ifdef", b"ifndef", b"elif", b"else", b"endif", b"define", b"undef", b"error", b"warning", b"line", b""];

impl Switches {
    /// Reads options, and the names of extensions among them.
    pub(super) fn of<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut switches = Self::default();
        let mut quote = None;
        let mut to_runtime = false;
        let mut is_value = false;
        for word in words {
            // A part of an argument in quotes is none by itself.
            if let Some(open) = quote {
                if word.ends_with(open) {
                    quote = None;
                }
                continue;
            }
            let text = word.trim_matches(['"', '\'', ',']);
            if let Some(open) = word.chars().next().filter(|first| matches!(first, '"' | '\''))
                && !word.trim_end_matches(',').ends_with(open)
            {
                quote = Some(open);
            }
            match text {
                "" => {}
                "+RTS" => to_runtime = true,
                "-RTS" => to_runtime = false,
                _ if to_runtime => {}
                _ if std::mem::take(&mut is_value) => {}
                "-main-is" => is_value = true,
                "-cpp" => switches.cpp = true,
                _ => match text.strip_prefix("-X").unwrap_or(text) {
                    "CPP" => switches.cpp = true,
                    name if RUN_CODE.contains(&name) => switches.looks = true,
                    // The name of another extension.
                    name if name.starts_with(char::is_alphabetic) => {}
                    option => switches.looks |= !is_harmless(option),
                },
            }
        }
        switches
    }

    /// Both.
    pub(super) const fn and(self, other: Self) -> Self {
        Self { cpp: self.cpp || other.cpp, looks: self.looks || other.looks }
    }
}

/// Whether an option has nobody look at files.
fn is_harmless(option: &str) -> bool {
    let is =
        |name: &&str| option.strip_prefix(*name).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphabetic()));
    NOT_FOR_COMPILATION.iter().any(is)
        || option == "-w"
        || ["-W", "-O", "-D", "-U", "-I", "-l", "-L"].iter().any(|start| option.starts_with(start))
        || option.starts_with("-f") && !option.starts_with("-fplugin") && !option.starts_with("-frontend")
}

/// Whether a module with this source may look at files. Nothing else can keep it from that: not what they are, nor where.
pub(super) fn may_look(path: &BStr, text: &[u8], header: &Header, switches: Switches) -> bool {
    let is_plain = [".hs", ".lhs", ".hs-boot", ".lhs-boot"].iter().any(|suffix| path.ends_with(suffix.as_bytes()));
    switches.looks
        || !header.is_certain()
        || header.template_haskell
        || header.quasi_quotes
        || !header.options.iter().all(|option| option.starts_with('-') && is_harmless(option))
        || (header.cpp || switches.cpp || !is_plain) && includes(text)
        || has_annotations(text)
        || makes_c(text)
}

/// Whether the C preprocessor may be told to look at a file.
fn includes(text: &[u8]) -> bool {
    let is_directive = |line: &[u8]| {
        let line = line.trim_ascii_start();
        let line = line.strip_prefix(b">").unwrap_or(line).trim_ascii_start();
        let Some(rest) = line.strip_prefix(b"#").or_else(|| line.strip_prefix(b"%:")) else { return false };
        let rest = rest.trim_ascii_start();
        let word = &rest[..rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()];
        // A comment of C, or the end of the line, can stand before the word.
        !WITHOUT_FILES.contains(&word) || word.is_empty() && rest.starts_with(b"/*") || rest.starts_with(b"\\")
    };
    find(text, b"__has_").is_some() || text.lines().any(is_directive)
}

/// Whether there may be annotations, whose expressions run in the compiler.
fn has_annotations(text: &[u8]) -> bool {
    find_iter(text, b"{-#").any(|at| {
        let word = text[at + 3..].trim_ascii_start();
        word.get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"ann"))
    })
}

/// Whether there may be foreign declarations for which GHC writes C, which includes headers.
fn makes_c(text: &[u8]) -> bool {
    let has = |word: &str| find(text, word.as_bytes()).is_some();
    has("foreign") && ["capi", "export", "wrapper", "prim", "javascript"].iter().any(|word| has(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::haskell::header::scan;

    #[test]
    fn what_a_component_switches_on() {
        let (nothing, cpp, looks) =
            (Switches::default(), Switches { cpp: true, looks: false }, Switches { cpp: false, looks: true });
        let cases = [
            ("-Wall -O2 -fno-warn-orphans -w GADTs -XLambdaCase", nothing),
            ("-threaded -rtsopts -with-rtsopts=-N -j4 -j -static -main-is Foo", nothing),
            (r#""-with-rtsopts=-N -T" '-with-rtsopts=-A64M' -Wall"#, nothing),
            ("+RTS -A64M -F -RTS -Wall", nothing),
            ("CPP", cpp),
            ("-XCPP", cpp),
            ("-cpp -DX=1", cpp),
            ("TemplateHaskell", looks),
            ("-XQuasiQuotes,", looks),
            ("-fplugin=P", looks),
            ("-F", looks),
            ("-pgmF", looks),
            ("-optP-include", looks),
            ("-dumpdir", looks),
            ("-jsmod", looks),
            ("@options", looks),
        ];
        for (words, expected) in cases {
            assert_eq!(Switches::of(words.split(' ')), expected, "{words}");
        }
    }

    #[test]
    fn what_a_source_says() {
        let plain = Switches::default();
        let cpp = Switches { cpp: true, looks: false };
        let cases = [
            ("module M where\nimport A\nx = 1 -- include\n", plain, false),
            ("module M where\n", Switches { cpp: false, looks: true }, true),
            ("{-# LANGUAGE TemplateHaskell #-}\n", plain, true),
            ("{-# language QuasiQuotes #-}\n", plain, true),
            ("{-# OPTIONS_GHC -Wno-orphans -O0 #-}\n", plain, false),
            ("{-# OPTIONS_GHC -dumpdir x #-}\n", plain, true),
            ("{-# OPTIONS_GHC -fplugin=P #-}\n", plain, true),
            ("{-# OPTIONS_GHC -F -pgmF x #-}\n", plain, true),
            ("{-# LANGUAGE CPP #-}\n#if X\n#endif\n#define Y 1\n", plain, false),
            ("{-# LANGUAGE CPP #-}\nx = 1\n  # include Y\n", plain, true),
            ("{-# LANGUAGE CPP #-}\n#inc\\\nlude \"x\"\n", plain, true),
            ("{-# LANGUAGE CPP #-}\n#/**/include \"x\"\n", plain, true),
            ("{-# LANGUAGE CPP #-}\n#if __has_include(\"x\")\n#endif\n", plain, true),
            ("#include \"x\"\n", plain, false),
            ("#include \"x\"\n", cpp, true),
            ("x = 1\n{-# ANN x \"y\" #-}\n", plain, true),
            ("foreign import ccall \"sin\" c_sin :: Double -> Double\n", plain, false),
            ("foreign import capi \"x.h f\" f :: Int\n", plain, true),
            ("foreign export ccall f :: Int\n", plain, true),
            ("import\nN\\\n", plain, false),
            ("\u{ab}\n", plain, false),
        ];
        for (text, switches, expected) in cases {
            let header = scan("M.hs", text.as_bytes());
            assert_eq!(may_look("M.hs".into(), text.as_bytes(), &header, switches), expected, "{text}");
        }
        let text = b"\xff\n".as_slice();
        assert!(may_look("M.hs".into(), text, &scan("M.hs", text), plain));
        // What is made of it has its directives.
        let text = b"#include <x.h>\n".as_slice();
        assert!(may_look("M.hsc".into(), text, &scan("M.hsc", text), plain));
    }
}
