//! Reads what the processes of a full build looked at: `hinc/observed` of its intermediates, in the form of
//! `docs/observed.md`. Lines that this version does not know make it unreadable: what they say could count.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::columns::columns;
use super::tree::Access;

/// Who depends on the inputs of a group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// One module, by its stem.
    Module(BString),
    /// The modules of a component for which code ran in the compiler.
    Code(BString),
    /// All modules of a component.
    Component(BString),
    /// The whole package.
    Setup,
}

/// Where an input is from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// A file of the package.
    Original(BString),
    /// A file of another package.
    Foreign(BString),
    /// A file that the build made, and what made it.
    Generated(BString, Maker),
}

impl Source {
    pub(super) fn path(&self) -> &BStr {
        match self {
            Self::Original(path) | Self::Foreign(path) | Self::Generated(path, _) => path.as_ref(),
        }
    }
}

/// What makes files: the compilation of a component, Setup, or another process.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Maker {
    Component(BString),
    Setup,
    Process(BString),
}

/// What somebody looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) source: Source,
    pub(super) access: Access,
    /// Whether code of the package looked, and not a preprocessor, a compiler of C, Setup or GHC itself.
    pub(super) by_code: bool,
    /// The name of the program; empty for GHC and Setup themselves.
    pub(super) program: BString,
    /// How often GHC itself opened it.
    pub(super) times: u32,
}

/// What those looked at that are for the same modules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) inputs: Vec<Input>,
    /// The programs that could not be followed: they may have read anything.
    pub(super) lost: Vec<BString>,
    /// Files that are made in the package's folder while these modules are compiled.
    pub(super) leaves: Vec<BString>,
}

/// What a maker looked at in turn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) of: Vec<(Access, Source)>,
    pub(super) lost: bool,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Observed {
    pub(super) groups: BTreeMap<Who, Group>,
    pub(super) makers: BTreeMap<Maker, Made>,
    /// The components whose compiler was seen.
    pub(super) compiled: BTreeSet<BString>,
}

/// What the lines belong to that follow.
enum At {
    Neither,
    Group(Who),
    Maker(Maker),
}

/// Reads it; none where it is of another form.
pub(super) fn parse(text: &[u8]) -> Option<Observed> {
    let mut lines = columns(text);
    if lines.next()? != ["observed", "1"] {
        return None;
    }
    let mut observed = Observed::default();
    let mut at = At::Neither;
    for line in lines {
        let line: Vec<&BStr> = line.iter().map(AsRef::as_ref).collect();
        let (word, rest) = line.split_first()?;
        match (word.to_str().ok()?, rest, &at) {
            ("compiled", [component], _) => {
                observed.compiled.insert((*component).to_owned());
            }
            ("group", [kind, component, stem, _], _) => {
                let who = who(kind, component, stem)?;
                observed.groups.entry(who.clone()).or_default();
                at = At::Group(who);
            }
            ("leaves", [path], At::Group(who)) => observed.groups.get_mut(who)?.leaves.push((*path).to_owned()),
            ("lost", [_, name], At::Group(who)) => observed.groups.get_mut(who)?.lost.push((*name).to_owned()),
            ("lost", [_, _], At::Maker(maker)) => observed.makers.get_mut(maker)?.lost = true,
            ("input", [how, by, name, count, from @ ..], At::Group(who)) => {
                let input = Input {
                    source: source(from)?,
                    access: access(how)?,
                    by_code: by_code(by)?,
                    program: (*name).to_owned(),
                    times: count.to_str().ok()?.parse().ok()?,
                };
                observed.groups.get_mut(who)?.inputs.push(input);
            }
            ("maker", [name], _) => {
                let maker = maker(name)?;
                observed.makers.entry(maker.clone()).or_default();
                at = At::Maker(maker);
            }
            ("of", [how, from @ ..], At::Maker(maker)) => {
                let looked = (access(how)?, source(from)?);
                observed.makers.get_mut(maker)?.of.push(looked);
            }
            _ => return None,
        }
    }
    Some(observed)
}

fn who(kind: &BStr, component: &BStr, stem: &BStr) -> Option<Who> {
    Some(match kind.as_bytes() {
        b"module" => Who::Module(stem.to_owned()),
        b"code" => Who::Code(component.to_owned()),
        b"component" => Who::Component(component.to_owned()),
        b"setup" => Who::Setup,
        _ => return None,
    })
}

fn access(word: &BStr) -> Option<Access> {
    Some(match word.as_bytes() {
        b"read" => Access::Read,
        b"listed" => Access::List,
        b"asked" => Access::Ask,
        b"asked-for" => Access::Find,
        b"ran" => Access::Run,
        _ => return None,
    })
}

fn by_code(reader: &BStr) -> Option<bool> {
    match reader.as_bytes() {
        b"code" => Some(true),
        b"preprocessor" | b"c-compiler" | b"setup" | b"compiler" => Some(false),
        _ => None,
    }
}

fn source(columns: &[&BStr]) -> Option<Source> {
    match columns {
        [path] => Some(Source::Original((*path).to_owned())),
        [path, how, _] if *how == "foreign" => Some(Source::Foreign((*path).to_owned())),
        [path, how, by] if *how == "made" => Some(Source::Generated((*path).to_owned(), maker(by)?)),
        _ => None,
    }
}

fn maker(text: &BStr) -> Option<Maker> {
    if text == "setup" {
        return Some(Maker::Setup);
    }
    let component = text.strip_prefix(b"component ").map(|name| Maker::Component(name.into()));
    component.or_else(|| text.strip_prefix(b"process ").map(|number| Maker::Process(number.into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_build_noted_is_read() {
        let text = b"observed\t1\ncompiled\tlib\ngroup\tmodule\tlib\tA/B\t-\nlost\tcode\tgo\nleaves\tx\n\
            input\tread\tcode\t\t2\tdata.txt\ninput\tlisted\tpreprocessor\tcpp\t0\t/p\tforeign\tabc\n\
            group\tcode\tlib\t\truns\ngroup\tsetup\t\t\t-\nmaker\tprocess 7\nlost\t\tx\nof\tasked-for\tg\tmade\tcomponent exe:t\n";
        let observed = parse(text).expect("it is of this form");
        assert_eq!(observed.groups.len(), 3);
        let group = &observed.groups[&Who::Module("A/B".into())];
        assert_eq!((group.lost.len(), group.leaves.len(), group.inputs.len()), (1, 1, 2));
        assert_eq!((group.inputs[0].times, group.inputs[0].by_code), (2, true));
        assert_eq!(group.inputs[1].source, Source::Foreign("/p".into()));
        let made = &observed.makers[&Maker::Process("7".into())];
        assert!(made.lost);
        assert_eq!(made.of, [(Access::Find, Source::Generated("g".into(), Maker::Component("exe:t".into())))]);
    }

    #[test]
    fn what_is_not_known_is_not_passed_over() {
        for text in ["", "observed\t2\n", "observed\t1\nnew\tthing\n", "observed\t1\nlost\tcode\tx\n"] {
            assert_eq!(parse(text.as_bytes()), None, "{text:?}");
        }
    }
}
