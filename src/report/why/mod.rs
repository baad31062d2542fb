//! Why one module was compiled, or was not: what `hinc why` prints.

mod not_compiled;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::TextOptions;
use super::cascade::{self, Causes, Root};
use super::content::{self, Change};
use super::failure::{files_with_errors, is_source_of};
use super::page::{Page, padded, width};
use super::style::Paint;
use super::words::{counted, duration};
use crate::model::haskell::{ComponentName, ModuleName};
use crate::model::name::PackageName;
use crate::model::plan::Kind;
use crate::model::record::{Build, Module, Outcome, Record};

/// Which module is asked for.
#[derive(Debug, Clone)]
pub struct Question {
    /// Its name, or the end of it after a full stop.
    pub module: String,
    /// Only of this package.
    pub package: Option<PackageName>,
    /// Only of this component.
    pub component: Option<ComponentName>,
}

impl Question {
    /// Whether it asks for modules of that name, or whose name ends so.
    fn names(&self, module: &ModuleName) -> bool {
        self.is_whole_name(module) || self.is_end_of(module)
    }

    fn is_of(&self, package: &PackageName, component: &ComponentName) -> bool {
        self.package.as_ref().is_none_or(|wanted| wanted == package)
            && self.component.as_ref().is_none_or(|wanted| wanted == component)
    }

    fn is_whole_name(&self, module: &ModuleName) -> bool {
        module.0 == self.module
    }

    fn is_end_of(&self, module: &ModuleName) -> bool {
        module.0.strip_suffix(&self.module).is_some_and(|rest| rest.ends_with('.'))
    }
}

/// Of how many modules of one name the chain is told.
const TOLD: usize = 10;

/// An entry of a record.
#[derive(Clone, Copy)]
struct Entry<'a> {
    build: &'a Build,
    /// Its place among those of its build, in GHC's order.
    place: usize,
    module: &'a Module,
}

/// Returns the answer: for each module of that name the chain from it to what changed, or why it was not compiled.
pub fn why_text(record: &Record, question: &Question, options: &TextOptions) -> String {
    let mut page = Page { text: String::new(), paint: Paint { colour: options.colour }, width: options.width.max(40) };
    let found = found(record, question);
    let mut told = Told::new(record);
    for entry in found.iter().take(TOLD) {
        compiled(&mut page, &mut told, *entry);
    }
    if let Some(hidden) = found.len().checked_sub(TOLD).filter(|hidden| *hidden > 0) {
        page.line(&format!("and {} of that name", counted(hidden as u64, "more module")));
    }
    if found.is_empty() {
        not_compiled::tell(&mut page, record, question);
    } else if found.iter().any(|entry| entry.build.kind == Kind::Incremental) {
        page.sentence(0, "GHC says the first reason that it finds; a module may have others.");
    }
    page.text
}

fn entries(record: &Record) -> impl Iterator<Item = Entry<'_>> {
    record
        .builds
        .iter()
        .flat_map(|build| build.modules.iter().enumerate().map(move |(place, module)| Entry { build, place, module }))
}

/// The modules of the name that is asked for that were compiled for head; where there is none, those whose name ends so.
fn found<'a>(record: &'a Record, question: &Question) -> Vec<Entry<'a>> {
    let of_head: Vec<Entry<'a>> = entries(record)
        .filter(|entry| !entry.build.is_helper() && question.is_of(&entry.build.package, &entry.module.component))
        .collect();
    named(&of_head, question)
}

fn named<'a>(entries: &[Entry<'a>], question: &Question) -> Vec<Entry<'a>> {
    let of_name = |is_named: &dyn Fn(&ModuleName) -> bool| -> Vec<Entry<'a>> {
        entries.iter().copied().filter(|entry| is_named(&entry.module.module)).collect()
    };
    let whole = of_name(&|name| question.is_whole_name(name));
    if whole.is_empty() { of_name(&|name| question.is_end_of(name)) } else { whole }
}

/// What is looked up for each module that is told: a record may have many thousands, and as many may be told.
struct Told<'a> {
    causes: Causes<'a>,
    /// The entries by the names of their modules.
    by_name: BTreeMap<&'a str, Vec<Entry<'a>>>,
    /// The changes of builds, and which of them a module was compiled for, both by where they are in memory.
    changes: BTreeMap<*const Build, (Vec<Change<'a>>, BTreeMap<*const Module, usize>)>,
}

impl<'a> Told<'a> {
    fn new(record: &'a Record) -> Self {
        let mut by_name: BTreeMap<&str, Vec<Entry<'_>>> = BTreeMap::new();
        for entry in entries(record) {
            by_name.entry(&entry.module.module.0).or_default().push(entry);
        }
        Self { causes: Causes::of(record), by_name, changes: BTreeMap::new() }
    }

    /// Returns the change that a module was compiled for.
    fn change(&mut self, entry: Entry<'a>) -> Option<&Change<'a>> {
        let causes = &self.causes;
        let (changes, of_module) = self.changes.entry(std::ptr::from_ref(entry.build)).or_insert_with(|| {
            let changes = content::changes(causes, entry.build).1;
            let modules = changes.iter().enumerate().flat_map(|(place, change)| {
                change.modules.iter().map(move |module| (std::ptr::from_ref::<Module>(module), place))
            });
            let of_module = modules.collect();
            (changes, of_module)
        });
        changes.get(*of_module.get(&std::ptr::from_ref(entry.module))?)
    }
}

/// What became of a module that GHC began with.
enum End {
    Compiled,
    /// There are errors in its source.
    Failed,
    /// The build ended before its own end was told.
    NotKnown,
}

fn end(Entry { build, module, .. }: Entry<'_>) -> End {
    // Where all of it was compiled, something else failed later.
    if build.outcome != Outcome::Failed || build.compile_seconds.is_some() {
        return End::Compiled;
    }
    if files_with_errors(build).any(|file| is_source_of(&module.module, module.kind, file)) {
        return End::Failed;
    }
    if module.seconds.or(module.ended).is_some() { End::Compiled } else { End::NotKnown }
}

fn compiled<'a>(page: &mut Page, told: &mut Told<'a>, entry: Entry<'a>) {
    let Entry { build, module, .. } = entry;
    let paint = page.paint;
    let name = paint.title(&content::label(module).to_string());
    let mut line = match end(entry) {
        End::Compiled => {
            let time = module.seconds.map(|seconds| format!(" in {}", duration(seconds))).unwrap_or_default();
            format!("{name} of {} was compiled{time}", build.package)
        }
        End::Failed => format!("{name} of {} failed to compile", build.package),
        End::NotKnown => {
            format!("GHC had begun with {name} of {} when the build {}", build.package, not_compiled::end_of(build))
        }
    };
    if build.kind != Kind::Incremental {
        page.line(&line);
        page.sentence(2, "as every module of it: the build stands on no earlier one");
        return;
    }
    let chain = chain(&told.by_name, entry);
    let change = told.change(entry);
    if let Some(Change { title, .. }) = change {
        // Writing to a text does not fail.
        write!(line, ": {title}").ok();
    }
    page.line(&line);
    let names: Vec<String> = chain.iter().map(|step| step_name(*step, build)).collect();
    let longest = names.iter().map(|name| width(name)).max().unwrap_or(0).min(page.width / 2);
    for (step, name) in chain.iter().zip(&names) {
        let declarations = content::declarations(step.module).map(|told| format!(": {told}")).unwrap_or_default();
        let reason = format!("{}{declarations}", content::reason(step.module));
        page.indented(2, &format!("{}  {}", padded(name, longest), paint.faint(&reason)));
    }
    if let Some(explanation) = change.and_then(|change| change.explanation.as_ref()) {
        page.sentence(2, &explanation.to_string());
    }
}

/// A module of a chain, with its package where that is another one.
fn step_name(step: Entry<'_>, own: &Build) -> String {
    let name = content::label(step.module).to_string();
    if step.build.package == own.package { name } else { format!("{name} of {}", step.build.package) }
}

/// The module, what made GHC compile it, and so on to where the chain of reasons ends. Each of them goes back to the same
/// root cause, which the record has; of several entries that fit it is the one that was compiled last before.
fn chain<'a>(by_name: &BTreeMap<&'a str, Vec<Entry<'a>>>, start: Entry<'a>) -> Vec<Entry<'a>> {
    let mut chain = vec![start];
    let mut met = BTreeSet::from([std::ptr::from_ref(start.module)]);
    let mut here = start;
    while let Some(next) = parent(by_name, here, &met) {
        chain.push(next);
        met.insert(std::ptr::from_ref(next.module));
        here = next;
    }
    chain
}

fn parent<'a>(
    by_name: &BTreeMap<&'a str, Vec<Entry<'a>>>,
    here: Entry<'a>,
    met: &BTreeSet<*const Module>,
) -> Option<Entry<'a>> {
    let module = here.module;
    let cause = cascade::leads_to(module)?;
    let fits = |entry: &Entry<'a>| {
        Root::of(entry.module) == Root::of(module)
            && entry.build.is_helper() == here.build.is_helper()
            && !met.contains(&std::ptr::from_ref(entry.module))
    };
    by_name.get(cause)?.iter().copied().filter(fits).max_by_key(|entry| {
        let same_build = std::ptr::eq(entry.build, here.build);
        let same_component = same_build && entry.module.component == module.component;
        let before = same_component && entry.place < here.place;
        (same_component, before, same_build, if before { entry.place } else { usize::MAX - entry.place })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_found_by_its_name_or_its_end() {
        let question = Question { module: "Map.Strict".to_owned(), package: None, component: None };
        let name = |text: &str| ModuleName(text.to_owned());
        assert!(question.is_end_of(&name("Data.Map.Strict")) && question.is_whole_name(&name("Map.Strict")));
        assert!(!question.is_end_of(&name("Map.Strict")) && !question.is_end_of(&name("Data.BTreeMap.Strict")));
    }
}
