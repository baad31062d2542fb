//! What a Haskell source says of itself before its first declaration: its name, and what it imports.
//!
//! [`scan`] reads the text alone. It never misses an import that GHC can see, whatever the C preprocessor is told, and
//! may name one too many: all branches of `#if` are followed. Where a text can hide an import all the same, a [`Doubt`]
//! says why.
//!
//! How it is read: [`literate`] leaves the code; [`rewritten`] has the texts that the C preprocessor can make of it, and
//! each is read; [`branches`] follows the lines of the C preprocessor ([`directives`]), and within a stretch between two
//! of them [`lexer`] gives tokens to [`parser`]. No layout is needed: `import` is a reserved word, which stands nowhere
//! else but in `foreign import`, and no module's name follows it there.
//!
//! Source of the facts: `GHC/Parser/Lexer.x`, `GHC/Parser.y`, `GHC/Parser/Header.hs`, `utils/unlit/unlit.c` of GHC 9.6
//! to 9.14; `libcpp/traditional.c` of GCC.

mod branches;
mod directives;
mod kind;
mod lexer;
mod literate;
mod parser;
mod pragmas;
mod rewritten;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::ModuleName;
use branches::{Reading, read};

pub use kind::SourceKind;

/// What a source says of itself before its first declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name; `Main` where it has none. Where branches of `#if` give several, the first.
    pub module: ModuleName,
    /// All that it may import. The implicit `Prelude` is not among them.
    pub imports: BTreeSet<Import>,
    /// Files whose text the C preprocessor puts in. Where [`Include::at_imports`] says so, they are to be scanned too.
    pub includes: BTreeSet<Include>,
    /// Names that it defines for the C preprocessor: see [`Header::names_one_of`].
    pub macros: BTreeSet<String>,
    /// A pragma of its own turns the C preprocessor on. The package can too.
    pub cpp: bool,
    /// A pragma of its own turns `TemplateHaskell` on. The package can too.
    pub template_haskell: bool,
    /// A pragma of its own turns `QuasiQuotes` on. The package can too.
    pub quasi_quotes: bool,
    /// The words that its pragmas give GHC as options, but for those that all else here is about.
    pub options: BTreeSet<String>,
    /// How code and text are told apart.
    pub literate: BTreeSet<LiterateStyle>,
    /// Why there may be imports that are not in `imports`.
    pub doubts: BTreeSet<Doubt>,
}

impl Header {
    /// Whether `imports` has all that this text can import, apart from the texts of `includes`, and from what the
    /// package's own flags make of it.
    pub fn is_certain(&self) -> bool {
        self.doubts.is_empty()
    }

    /// Whether a part of an imported module's name is one of these macros, so that the import is of another module.
    /// Asked with the macros of included files and those of the package's flags (`-D`).
    pub fn names_one_of(&self, macros: &BTreeSet<String>) -> bool {
        self.imports.iter().any(|import| import.module.0.split('.').any(|part| macros.contains(part)))
    }
}

/// One import, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// What is imported.
    pub module: ModuleName,
    /// `{-# SOURCE #-}`: its boot file.
    pub source: bool,
    /// `"package"`, as it is written between the quotes.
    pub package: Option<String>,
    /// `qualified`, before or after the name.
    pub qualified: bool,
    /// `safe`.
    pub safe: bool,
    /// For which stage, with `ExplicitLevelImports`.
    pub level: Level,
}

/// The stage that an import is for (GHC 9.14 and later).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub enum Level {
    /// `import M`.
    #[default]
    Ordinary,
    /// `import splice M`: for what runs while the module is compiled.
    Splice,
    /// `import quote M`: for code that quotes stand for.
    Quote,
}

/// A file that `#include` names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Include {
    /// As it is written, relative to the source's folder or to one of those that are searched.
    pub path: String,
    /// `<path>`: the source's own folder is not searched.
    pub angled: bool,
    /// It stands where imports can follow, so its text can have some: see [`scan_included`].
    pub at_imports: bool,
}

/// How a literate source marks its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LiterateStyle {
    /// Lines that begin with `>`.
    Bird,
    /// `\begin{code}` and `\end{code}`.
    Latex,
}

/// Why a source may import more than is seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// The name's ending is not one of a Haskell source.
    UnknownKind,
    /// It is not UTF-8.
    Encoding,
    /// A pragma has a program rewrite it: `-F`, `-pgmF`, `-pgmP`, `-pgmL`.
    Preprocessor,
    /// A pragma loads this plugin, which can add imports.
    Plugin(String),
    /// A pragma hands the C preprocessor an option of its own, such as `-include`.
    PreprocessorOption(String),
    /// The text of this macro has an import, or opens or closes a comment.
    MacroText(String),
    /// This macro, or what can only be one, stands where an import can stand, or in an import.
    MacroUse(String),
    /// `#include` of what a macro says.
    ComputedInclude,
    /// Whether something begins a comment depends on tables of Unicode.
    Symbol,
    /// Too many readings of one text.
    Tangled,
    /// A comment, or a piece of another language, does not end.
    Unterminated,
}

/// Reads a source. Its kind is told by the ending of its name; the folders before it do not matter.
pub fn scan(name: &str, bytes: &[u8]) -> Header {
    SourceKind::of(name).map_or_else(
        || {
            let mut header = counted(SourceKind::INCLUDED, bytes).0;
            header.doubts.insert(Doubt::UnknownKind);
            header
        },
        |kind| counted(kind, bytes).0,
    )
}

/// Reads a file whose text is put into a source by `#include`.
pub fn scan_included(bytes: &[u8]) -> Header {
    counted(SourceKind::INCLUDED, bytes).0
}

/// Reads a text, and counts the steps: bytes looked at, about.
fn counted(kind: SourceKind, bytes: &[u8]) -> (Header, u64) {
    let mut found = Found::default();
    if std::str::from_utf8(bytes).is_err() {
        found.doubts.insert(Doubt::Encoding);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut steps = bytes.len() as u64;
    let mut literate = BTreeSet::new();
    let code;
    let text = if kind.literate {
        (code, literate) = literate::code_of(bytes);
        &code
    } else {
        bytes
    };

    // All that can be the C preprocessor's is read as such, since the package can turn it on.
    let directives = directives::find(text, kind.language);
    let others = rewritten::others(text);
    let mut readings = Vec::new();
    if !directives.is_empty() || !others.is_empty() || !kind.language.is_plain() {
        let reading = Reading { text, directives: &directives, language: kind.language, preprocessed: true };
        readings.push(read(&reading, &mut found, &mut steps));
        if !others.is_empty() {
            // A comment of C within an import looks like a macro; a macro is one below too.
            found.doubts.retain(|doubt| !matches!(doubt, Doubt::MacroUse(_)));
        }
        for text in &others {
            let directives = directives::find(text, kind.language);
            let reading = Reading { text, directives: &directives, language: kind.language, preprocessed: true };
            readings.push(read(&reading, &mut found, &mut steps));
        }
    }
    // Nothing says that it is, so its lines with `#` can be parts of comments, or code.
    if kind.language.is_plain() && !found.pragmas.cpp {
        let preprocessed =
            memchr::memmem::find(text, b"CPP").is_some() || memchr::memmem::find(text, b"-cpp").is_some();
        let reading = Reading { text, directives: &[], language: kind.language, preprocessed };
        readings.push(read(&reading, &mut found, &mut steps));
    }
    if !readings.contains(&branches::End::Code) {
        found.doubts.insert(Doubt::Unterminated);
    }
    (found.header(literate), steps)
}

/// What has been found so far, by all readings.
#[derive(Debug, Default)]
struct Found {
    module: Option<ModuleName>,
    imports: BTreeSet<Import>,
    includes: BTreeSet<Include>,
    macros: BTreeSet<String>,
    pragmas: pragmas::Pragmas,
    doubts: BTreeSet<Doubt>,
}

impl Found {
    fn header(mut self, literate: BTreeSet<LiterateStyle>) -> Header {
        self.pragmas.tell(&mut self.macros, &mut self.doubts);
        let parts = self.imports.iter().flat_map(|import| import.module.0.split('.'));
        let used = parts.filter(|part| self.macros.contains(*part)).map(|part| Doubt::MacroUse(part.to_owned()));
        self.doubts.extend(used);
        // What is known of one reading to stand before the declarations stands there.
        let at_imports: BTreeSet<_> = self
            .includes
            .iter()
            .filter(|include| include.at_imports)
            .map(|include| (include.path.clone(), include.angled))
            .collect();
        self.includes
            .retain(|include| include.at_imports || !at_imports.contains(&(include.path.clone(), include.angled)));
        Header {
            module: self.module.unwrap_or_else(|| ModuleName("Main".to_owned())),
            imports: self.imports,
            includes: self.includes,
            macros: self.macros,
            cpp: self.pragmas.cpp,
            template_haskell: self.pragmas.template_haskell,
            quasi_quotes: self.pragmas.quasi_quotes,
            options: self.pragmas.options(),
            literate,
            doubts: self.doubts,
        }
    }
}
