//! What tokens say of a module: its name and its imports.

use super::lexer::Token;
use super::{Doubt, Found, Import, Level};
use crate::model::haskell::ModuleName;

/// Where in a module a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum At {
    /// Between imports, or before all of them.
    Imports,
    /// Behind `module` or `signature`.
    Name,
    /// Behind the module's name, before `where`.
    Exports,
    /// Behind `import`, before the name.
    Import(Begun),
    /// Behind the name.
    Imported {
        begun: Begun,
        /// Where the name stands.
        name: (usize, usize),
        /// Right behind `as`.
        alias: bool,
    },
    /// In the list of what is imported, with so many brackets open.
    List(u32),
    /// In what seems to be a declaration.
    Declaration {
        /// Right behind a name that can have a type.
        named: bool,
    },
}

/// What stands in an import beside the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Begun {
    source: bool,
    package: Option<(usize, usize)>,
    qualified: bool,
    safe: bool,
    level: Level,
}

/// Whether imports can follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    Go(At),
    /// The first declaration has begun.
    Ended,
}

/// How a text is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner<'a> {
    pub(super) text: &'a [u8],
    /// Macros may be expanded in it, so only what no macro is called ends the imports.
    pub(super) macros: bool,
    /// It is put into another text: nothing ends the imports.
    pub(super) included: bool,
}

/// Words that begin a declaration and nothing else.
const DECLARATIONS: [&[u8]; 11] = [
    b"data",
    b"type",
    b"newtype",
    b"class",
    b"instance",
    b"deriving",
    b"infix",
    b"infixl",
    b"infixr",
    b"foreign",
    b"default",
];

/// What follows `foreign import`.
const CALLS: [&[u8]; 5] = [b"ccall", b"capi", b"prim", b"stdcall", b"javascript"];

impl Manner<'_> {
    /// Goes on by one token.
    pub(super) fn step(self, at: At, token: Token, found: &mut Found) -> Next {
        let text = self.text;
        // It is a reserved word: whatever seemed to be here, this is an import, or `foreign import`, or no code.
        if let Token::Small(from, to) = token
            && &text[from..to] == b"import"
        {
            self.leave(at, found);
            return Next::Go(At::Import(Begun::default()));
        }
        match at {
            At::Imports => self.between(token, found),
            At::Name => Next::Go(match token {
                Token::Capital(from, to) => {
                    found.module.get_or_insert_with(|| ModuleName(self.words(from, to)));
                    At::Exports
                }
                _ => At::Exports,
            }),
            At::Exports => match token {
                Token::Small(from, to) if &text[from..to] == b"where" => Next::Go(At::Imports),
                _ => Next::Go(At::Exports),
            },
            At::Import(begun) => self.import(begun, token, found),
            At::Imported { begun, name, alias } => self.imported(begun, name, alias, token, found),
            At::List(depth) => Next::Go(match token {
                Token::Open => At::List(depth.saturating_add(1)),
                Token::Close if depth <= 1 => At::Imports,
                Token::Close => At::List(depth - 1),
                _ => at,
            }),
            At::Declaration { named } => match token {
                Token::Small(from, to) if DECLARATIONS.contains(&&text[from..to]) => self.ended(),
                Token::Small(..) => Next::Go(At::Declaration { named: true }),
                Token::HasType if named => self.ended(),
                _ => Next::Go(At::Declaration { named: false }),
            },
        }
    }

    /// The text ends here, or goes on as a declaration: what was begun is an import.
    pub(super) fn leave(self, at: At, found: &mut Found) {
        if let At::Imported { begun, name, .. } = at {
            found.imports.insert(Import {
                module: ModuleName(self.words(name.0, name.1)),
                source: begun.source,
                package: begun.package.map(|(from, to)| self.words(from, to)),
                qualified: begun.qualified,
                safe: begun.safe,
                level: begun.level,
            });
        }
    }

    fn between(self, token: Token, found: &mut Found) -> Next {
        let text = self.text;
        match token {
            Token::Small(from, to) => match &text[from..to] {
                b"module" | b"signature" => Next::Go(At::Name),
                word if DECLARATIONS.contains(&word) => self.ended(),
                _ if self.macros => {
                    let name = self.words(from, to);
                    if found.macros.contains(&name) {
                        found.doubts.insert(Doubt::MacroUse(name));
                    }
                    Next::Go(At::Declaration { named: true })
                }
                _ => self.ended(),
            },
            // No declaration but a pattern begins so; a macro can.
            Token::Capital(from, to) => {
                if self.macros && !self.included {
                    found.doubts.insert(Doubt::MacroUse(self.words(from, to)));
                }
                Next::Go(At::Imports)
            }
            Token::Separator | Token::Source | Token::Stray => Next::Go(At::Imports),
            // A macro's arguments, where there are macros, or an operator that is declared.
            Token::Open if self.macros => Next::Go(At::List(1)),
            Token::Close | Token::Text(..) if self.macros => Next::Go(At::Imports),
            Token::Other if self.macros => Next::Go(At::Declaration { named: false }),
            _ => self.ended(),
        }
    }

    fn import(self, mut begun: Begun, token: Token, found: &mut Found) -> Next {
        match token {
            Token::Capital(from, to) => {
                return Next::Go(At::Imported { begun, name: (from, to), alias: false });
            }
            Token::Source => begun.source = true,
            Token::Text(from, to) => begun.package = Some((from, to)),
            Token::Small(from, to) => match &self.text[from..to] {
                b"safe" => begun.safe = true,
                b"qualified" => begun.qualified = true,
                b"splice" => begun.level = Level::Splice,
                b"quote" => begun.level = Level::Quote,
                // `foreign import ccall`, or a macro, which can be called anything.
                word => {
                    if self.macros && !CALLS.contains(&word) {
                        found.doubts.insert(Doubt::MacroUse(self.words(from, to)));
                    }
                    return Next::Go(At::Declaration { named: false });
                }
            },
            Token::Stray => {}
            _ => {
                if self.macros {
                    found.doubts.insert(Doubt::MacroUse("import".to_owned()));
                }
                return Next::Go(At::Imports);
            }
        }
        Next::Go(At::Import(begun))
    }

    fn imported(self, mut begun: Begun, name: (usize, usize), alias: bool, token: Token, found: &mut Found) -> Next {
        let at = At::Imported { begun, name, alias: false };
        match token {
            Token::Capital(..) if alias => return Next::Go(at),
            // `import M N`: what seemed to be the name is a macro, such as one that stands for `qualified`.
            Token::Capital(from, to) if self.macros && !self.begins_line(from) => {
                self.leave(at, found);
                found.doubts.insert(Doubt::MacroUse(self.words(name.0, name.1)));
                return Next::Go(At::Imported { begun, name: (from, to), alias: false });
            }
            Token::Small(from, to) => {
                // It can be the name of a declaration, which only layout tells; then this is the import.
                if self.begins_line(from) {
                    self.leave(at, found);
                }
                match &self.text[from..to] {
                    b"qualified" => begun.qualified = true,
                    b"splice" => begun.level = Level::Splice,
                    b"quote" => begun.level = Level::Quote,
                    b"as" => return Next::Go(At::Imported { begun, name, alias: true }),
                    b"hiding" => {}
                    _ => {
                        self.leave(at, found);
                        return self.between(token, found);
                    }
                }
            }
            Token::Open => {
                self.leave(at, found);
                return Next::Go(At::List(1));
            }
            Token::Stray => {}
            _ => {
                self.leave(at, found);
                return self.between(token, found);
            }
        }
        Next::Go(At::Imported { begun, name, alias: false })
    }

    /// Whether a token stands at the very beginning of a line.
    fn begins_line(self, from: usize) -> bool {
        from == 0 || self.text[from - 1] == b'\n'
    }

    const fn ended(self) -> Next {
        if self.included { Next::Go(At::Imports) } else { Next::Ended }
    }

    fn words(self, from: usize, to: usize) -> String {
        String::from_utf8_lossy(&self.text[from..to]).into_owned()
    }
}
