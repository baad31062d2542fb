//! What the pragmas of a source turn on.

use std::collections::BTreeSet;

use memchr::memmem;

use super::Doubt;

/// What pragmas turn on.
#[derive(Debug, Default)]
pub(super) struct Pragmas {
    /// The C preprocessor.
    pub(super) cpp: bool,
    /// `TemplateHaskell`.
    pub(super) template_haskell: bool,
    /// `QuasiQuotes`.
    pub(super) quasi_quotes: bool,
    /// Names that `-D` defines.
    macros: BTreeSet<String>,
    /// Options that are nothing to imports.
    options: BTreeSet<String>,
    doubts: BTreeSet<Doubt>,
}

impl Pragmas {
    /// Reads the pragma of this name that begins at `at`; its contents begin at `from`.
    pub(super) fn read(&mut self, name: &str, text: &[u8], from: usize) -> usize {
        let wanted =
            ["LANGUAGE", "OPTIONS_GHC", "OPTIONS"].into_iter().find(|wanted| name.eq_ignore_ascii_case(wanted));
        let Some(wanted) = wanted else { return 0 };
        // A pragma within a pragma is none, but where the first is none itself.
        let rest = &text[from..];
        let rest = &rest[..memmem::find(rest, b"{-#").unwrap_or(rest.len())];
        let rest = &rest[..memmem::find(rest, b"#-}").unwrap_or(rest.len())];
        let words = rest.split(|byte| byte.is_ascii_whitespace() || *byte == b',').filter(|word| !word.is_empty());
        let words: Vec<_> = words.map(String::from_utf8_lossy).collect();
        if wanted == "LANGUAGE" {
            for word in &words {
                self.extension(word);
            }
        } else {
            let mut words = words.iter();
            while let Some(word) = words.next() {
                let word = word.trim_matches('"');
                self.option(word, &mut || words.next().map(ToString::to_string).unwrap_or_default());
            }
        }
        rest.len()
    }

    fn extension(&mut self, name: &str) {
        match name {
            "CPP" => self.cpp = true,
            "TemplateHaskell" => self.template_haskell = true,
            "QuasiQuotes" => self.quasi_quotes = true,
            _ => {}
        }
    }

    fn option(&mut self, option: &str, next: &mut dyn FnMut() -> String) {
        // `-f x`, `-fx` and `-f=x` are one.
        let value = |rest: &str, next: &mut dyn FnMut() -> String| match rest.strip_prefix('=').unwrap_or(rest) {
            "" => next(),
            rest => rest.to_owned(),
        };
        if option == "-cpp" {
            self.cpp = true;
        } else if let Some(name) = option.strip_prefix("-X") {
            self.extension(name);
        } else if option == "-F" || ["-pgmF", "-pgmP", "-pgmL"].iter().any(|program| option.starts_with(program)) {
            self.doubts.insert(Doubt::Preprocessor);
        } else if let Some(rest) = option.strip_prefix("-fplugin-opt") {
            value(rest, next);
        } else if let Some(rest) =
            option.strip_prefix("-fplugin").filter(|rest| rest.is_empty() || rest.starts_with('='))
        {
            self.doubts.insert(Doubt::Plugin(value(rest, next)));
        } else if let Some(rest) = option.strip_prefix("-optP") {
            let value = value(rest, next);
            if !value.starts_with("-D")
                && !value.starts_with("-U")
                && !value.starts_with("-I")
                && !value.starts_with("-W")
            {
                self.doubts.insert(Doubt::PreprocessorOption(value));
            } else if let Some(defined) = value.strip_prefix("-D") {
                self.define(defined);
            }
        } else if let Some(rest) = option.strip_prefix("-D") {
            let defined = value(rest, next);
            self.define(&defined);
        } else {
            self.options.insert(option.to_owned());
        }
    }

    fn define(&mut self, defined: &str) {
        let name = defined.split('=').next().unwrap_or_default();
        self.macros.insert(name.to_owned());
        if defined.contains("import") {
            self.doubts.insert(Doubt::MacroText(name.to_owned()));
        }
    }

    /// Says all that matters for imports.
    pub(super) fn tell(&mut self, macros: &mut BTreeSet<String>, doubts: &mut BTreeSet<Doubt>) {
        macros.append(&mut self.macros);
        doubts.append(&mut self.doubts);
    }

    /// Returns all other options.
    pub(super) fn options(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.options)
    }
}
