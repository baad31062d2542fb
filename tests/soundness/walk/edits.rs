//! The edits that a walk chooses from. Each can be applied to every package, in any order; where
//! what it is about is missing, it changes nothing.

use std::collections::BTreeSet;

use super::looks::{Look, TARGETS};
use super::model::{Limit, Module, Package};
use super::random::Random;

/// One edit; a number names a module, or is the new value of something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edit {
    Comment(u32, u32),
    Private(u32, u32),
    Value(u32, u32),
    Inline(u32),
    ExtraExport(u32),
    SwapFields(u32),
    Constructor(u32),
    DefaultMethod(u32, u32),
    OwnMethod(u32),
    Deprecate(u32),
    UselessImport(u32),
    MoveToOtherFolder(u32),
    RenameModule(u32),
    ToggleImport(u32, u32),
    AddModule(u32),
    DeleteModule(u32),
    TypeError(u32),
    LimitHeader(u32),
    LimitText(u32),
    LimitBecomesPlainOrGenerated,
    CFactor(u32),
    CHeader(u32),
    CFileRenamed,
    UntrackedFile(u32),
    TrackedFile(u32),
    FileOfListedFolder(u32),
    MacroOption(u32),
    MacroHeader(u32),
    MacroHeaderBefore,
    Ping(u32),
    Pong(u32),
    BootFile,
    Orphan(u32),
    Optimise,
    Warnings,
    WarningsAreErrors,
    Containers,
    DataFile(u32),
    Main(u32),
    TestSuite(Option<u32>),
    Program,
    LookAt(Place, Look),
    LookAway(Place),
    LookedAt(LookedAt, u32, u32),
    Unread(u32),
    Constant(u32),
    ConstantBefore,
    Related(u32),
    SetupWord(u32),
    ToolWord(u32),
}

/// Who looks at something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Splice,
    Second,
    More,
    Filled,
    Plugin,
    Setup,
    Tool,
    Test,
}

/// What may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookedAt {
    File,
    Folder,
    InFolder,
    Asked,
    InAsked,
    Link,
    Script,
    ScriptInput,
}

/// What an edit does to a module.
type Change = Box<dyn Fn(&mut Module)>;

/// How many modules there can be, and how many values there are to choose from.
const MODULES: u32 = 6;
const VALUES: u32 = 50;

impl Edit {
    /// Chooses an edit.
    pub(crate) fn any(random: &mut Random) -> Self {
        let module = random.below(MODULES);
        let value = random.below(VALUES);
        if random.below(2) == 0 {
            return Self::of_looks(random);
        }
        match random.below(41) {
            0 => Self::Comment(module, value),
            1 => Self::Private(module, value),
            2 => Self::Value(module, value),
            3 => Self::Inline(module),
            4 => Self::ExtraExport(module),
            5 => Self::SwapFields(module),
            6 => Self::Constructor(module),
            7 => Self::DefaultMethod(module, value),
            8 => Self::OwnMethod(module),
            9 => Self::Deprecate(module),
            10 => Self::UselessImport(module),
            11 => Self::MoveToOtherFolder(module),
            12 => Self::RenameModule(module),
            13 => Self::ToggleImport(module, random.below(MODULES)),
            14 => Self::AddModule(module),
            15 => Self::DeleteModule(module),
            16 => Self::TypeError(module),
            17 => Self::LimitHeader(value),
            18 => Self::LimitText(value),
            19 => Self::LimitBecomesPlainOrGenerated,
            20 => Self::CFactor(value),
            21 => Self::CHeader(value),
            22 => Self::CFileRenamed,
            23 => Self::UntrackedFile(value),
            24 => Self::TrackedFile(value),
            25 => Self::FileOfListedFolder(random.below(4)),
            26 => Self::MacroOption(value),
            27 => Self::MacroHeader(value),
            28 => Self::MacroHeaderBefore,
            29 => Self::Ping(value),
            30 => Self::Pong(value),
            31 => Self::BootFile,
            32 => Self::Orphan(value),
            33 => Self::Optimise,
            34 => Self::Warnings,
            35 => Self::WarningsAreErrors,
            36 => Self::Containers,
            37 => Self::DataFile(value),
            38 => Self::Main(value),
            39 => Self::TestSuite(if random.below(3) == 0 { None } else { Some(value) }),
            _ => Self::Program,
        }
    }

    /// Chooses one of who looks at what, and of what is there to be looked at.
    fn of_looks(random: &mut Random) -> Self {
        const PLACES: [Place; 8] = [
            Place::Splice,
            Place::Second,
            Place::More,
            Place::Filled,
            Place::Plugin,
            Place::Setup,
            Place::Tool,
            Place::Test,
        ];
        const LOOKED_AT: [LookedAt; 8] = [
            LookedAt::File,
            LookedAt::Folder,
            LookedAt::InFolder,
            LookedAt::Asked,
            LookedAt::InAsked,
            LookedAt::Link,
            LookedAt::Script,
            LookedAt::ScriptInput,
        ];
        let value = random.below(VALUES);
        let place = PLACES[random.below(8) as usize];
        match random.below(20) {
            0..=4 => Self::LookAt(place, Look::any(random)),
            5 => Self::LookAway(place),
            6 | 7 => Self::Unread(value),
            8 => Self::Constant(value),
            9 => Self::ConstantBefore,
            10 => Self::Related(value),
            11 => Self::SetupWord(value),
            12 => Self::ToolWord(value),
            13 | 14 => Self::LookedAt(LookedAt::File, random.below(TARGETS), value),
            _ => Self::LookedAt(LOOKED_AT[random.below(8) as usize], random.below(TARGETS), value),
        }
    }

    /// Chooses an edit that takes away what keeps the package from being built, if something does.
    pub(crate) fn that_mends(package: &Package) -> Option<Self> {
        let broken = package.modules.iter().find(|(_, module)| module.type_error);
        match broken {
            Some((number, _)) => Some(Self::TypeError(*number)),
            None if package.warnings_are_errors => Some(Self::WarningsAreErrors),
            None => None,
        }
    }

    /// Applies the edit.
    pub(crate) fn apply(&self, package: &mut Package) {
        if let Some((number, change)) = self.of_module() {
            if let Some(module) = package.modules.get_mut(&number) {
                change(module);
            }
            return;
        }
        match *self {
            Self::AddModule(m) => {
                package.modules.entry(m).or_default();
            }
            // A package of no modules is another story.
            Self::DeleteModule(m) if package.modules.len() > 2 => {
                package.modules.remove(&m);
            }
            Self::LimitHeader(value) => package.limit_header = value,
            Self::LimitText(value) => package.limit_text = value,
            Self::LimitBecomesPlainOrGenerated => {
                package.limit = if package.limit == Limit::Plain { Limit::Generated } else { Limit::Plain };
            }
            Self::CFactor(value) => package.c_factor = value,
            Self::CHeader(value) => package.c_header = value,
            Self::CFileRenamed => package.c_renamed ^= true,
            Self::UntrackedFile(value) => package.untracked = value,
            Self::TrackedFile(value) => package.tracked = value,
            Self::FileOfListedFolder(number) => toggle(&mut package.folder, number),
            Self::MacroOption(value) => package.macro_option = value,
            Self::MacroHeader(value) => package.macro_header = value,
            Self::MacroHeaderBefore => package.macro_header_before ^= true,
            Self::Ping(value) => package.ping = value,
            Self::Pong(value) => package.pong = value,
            Self::BootFile => package.boot_extra ^= true,
            Self::Orphan(value) => package.orphan = value,
            Self::Optimise => package.optimised ^= true,
            Self::Warnings => package.warnings ^= true,
            Self::WarningsAreErrors => package.warnings_are_errors ^= true,
            Self::Containers => package.containers ^= true,
            Self::DataFile(value) => package.data = value,
            Self::Main(value) => package.main = value,
            Self::TestSuite(value) => package.test_suite = value,
            Self::Program => package.program ^= true,
            Self::LookAt(place, look) => look_at(package, place, look),
            Self::LookAway(place) => look_away(package, place),
            Self::LookedAt(what, target, value) => change_looked_at(package, what, target as usize, value),
            Self::Unread(value) => package.looked_at.unread = value,
            Self::Constant(value) => package.constant = value,
            Self::ConstantBefore => package.constant_before ^= true,
            Self::Related(value) => package.related = value,
            Self::SetupWord(value) => package.looks.setup_word = value,
            Self::ToolWord(value) => package.looks.tool_word = value,
            _ => {}
        }
    }

    /// What the edit does to one module.
    fn of_module(&self) -> Option<(u32, Change)> {
        let (number, change): (u32, Change) = match *self {
            Self::Comment(m, value) => (m, Box::new(move |module| module.comment = value)),
            Self::Private(m, value) => (m, Box::new(move |module| module.private = value)),
            Self::Value(m, value) => (m, Box::new(move |module| module.value = value)),
            Self::Inline(m) => (m, Box::new(|module| module.inline ^= true)),
            Self::ExtraExport(m) => (m, Box::new(|module| module.extra ^= true)),
            Self::SwapFields(m) => (m, Box::new(|module| module.fields_swapped ^= true)),
            Self::Constructor(m) => (m, Box::new(|module| module.constructor ^= true)),
            Self::DefaultMethod(m, value) => (m, Box::new(move |module| module.default_method = value)),
            Self::OwnMethod(m) => (m, Box::new(|module| module.own_method ^= true)),
            Self::Deprecate(m) => (m, Box::new(|module| module.deprecated ^= true)),
            Self::UselessImport(m) => (m, Box::new(|module| module.warning ^= true)),
            Self::MoveToOtherFolder(m) => (m, Box::new(|module| module.elsewhere ^= true)),
            Self::RenameModule(m) => (m, Box::new(|module| module.renamed += 1)),
            Self::TypeError(m) => (m, Box::new(|module| module.type_error ^= true)),
            Self::ToggleImport(m, other) if other < m => {
                (m, Box::new(move |module| toggle(&mut module.imports, other)))
            }
            _ => return None,
        };
        Some((number, change))
    }
}

/// Takes a number out of a set, or puts it in.
fn toggle(set: &mut BTreeSet<u32>, number: u32) {
    if !set.remove(&number) {
        set.insert(number);
    }
}

/// At most this many looks of one module.
const LOOKS: usize = 3;

fn look_at(package: &mut Package, place: Place, look: Look) {
    let looks = &mut package.looks;
    let list = match place {
        Place::Splice => &mut looks.splice,
        Place::Second => &mut looks.second,
        Place::More => &mut looks.more,
        Place::Filled => return looks.filled = look,
        Place::Plugin => return looks.plugin = Some(look),
        Place::Setup => return looks.setup = Some(look),
        Place::Tool => return looks.tool = Some(look),
        Place::Test => return looks.test = look,
    };
    if list.len() == LOOKS {
        list.remove(0);
    }
    list.push(look);
}

fn look_away(package: &mut Package, place: Place) {
    let looks = &mut package.looks;
    match place {
        Place::Splice => drop(looks.splice.pop()),
        Place::Second => drop(looks.second.pop()),
        Place::More => drop(looks.more.pop()),
        Place::Plugin => looks.plugin = None,
        Place::Setup => looks.setup = None,
        Place::Tool => looks.tool = None,
        Place::Filled | Place::Test => {}
    }
}

fn change_looked_at(package: &mut Package, what: LookedAt, target: usize, value: u32) {
    let there = &mut package.looked_at;
    match what {
        LookedAt::File => there.files[target] = value,
        LookedAt::Folder => toggle(&mut there.folders[target], value % TARGETS),
        LookedAt::InFolder => there.in_folders = value,
        LookedAt::Asked => there.asked[target] ^= true,
        LookedAt::InAsked => there.in_asked = value,
        LookedAt::Link => there.links[target] = value % TARGETS,
        LookedAt::Script => there.scripts[target] = value,
        LookedAt::ScriptInput => there.script_inputs[target] = value,
    }
}
