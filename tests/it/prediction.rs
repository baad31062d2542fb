//! What is foretold of random edits of generated packages, beside a model of what GHC and hinc's builder compile.
//!
//! The model knows nothing of graphs of importers: it decides module by module, in the order of imports, as GHC does,
//! and lets chance say which interfaces an edit changes. The bound has to hold whatever chance says.

use std::collections::{BTreeMap, BTreeSet};

use hinc::model::prediction::{ModuleId, Prediction};
use hinc::predict::{self, Base, Configuration, Entry, Question, Recorded, Side, Tree};
use serde_json::json;

/// Numbers that look random and are the same each time (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// The folders of sources, with their components.
const FOLDERS: [(&str, &str); 3] = [("src", "lib"), ("gen", "lib"), ("app", "exe:x")];
/// How many names of modules there are. The last ones are also modules of another package.
const NAMES: usize = 16;
const FOREIGN: usize = 12;
const FILES: usize = 3;

/// A source file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Source {
    comment: u32,
    imports: BTreeSet<usize>,
    /// A data file that a splice of it reads.
    reads: Option<usize>,
    /// A header that it includes.
    includes: Option<usize>,
    has_boot: bool,
}

/// A package: sources by folder and name, and what else there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Package {
    sources: BTreeMap<(usize, usize), Source>,
    listed: BTreeSet<(usize, usize)>,
    data: [u32; FILES],
    headers: [u32; FILES],
    readme: u32,
}

type Module = (&'static str, usize);

fn lines(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().concat()
}

fn component(folder: usize) -> &'static str {
    FOLDERS[folder].1
}

fn stem((component, name): Module) -> String {
    if component == "lib" { format!("N{name}") } else { format!("x/x-tmp/N{name}") }
}

impl Package {
    fn generate(random: &mut Random) -> Self {
        let mut package = Self::default();
        for name in 0..FOREIGN {
            let folder = if random.one_in(4) { 2 } else { random.below(2) };
            package.sources.insert((folder, name), source(random, name));
            // What is not named is found by whom imports it, or by nobody.
            if !random.one_in(4) {
                package.listed.insert((folder, name));
            }
        }
        package
    }

    fn edit(&mut self, random: &mut Random) {
        let keys: Vec<(usize, usize)> = self.sources.keys().copied().collect();
        let key = keys[random.below(keys.len())];
        let name = random.below(NAMES);
        match random.below(12) {
            0..=3 => self.sources.get_mut(&key).expect("a source").comment += 1,
            4 => {
                // Imports go from higher numbers to lower ones, and to other packages.
                let imports = &mut self.sources.get_mut(&key).expect("a source").imports;
                if (name < key.1 || name >= FOREIGN) && !imports.remove(&name) {
                    imports.insert(name);
                }
            }
            5 => {
                let place = (random.below(3), name);
                let new = source(random, name);
                self.sources.entry(place).or_insert(new);
                if random.one_in(2) {
                    self.listed.insert(place);
                }
            }
            6 if keys.len() > 3 => {
                self.sources.remove(&key);
                self.listed.remove(&key);
            }
            7 if key.0 < 2 => {
                let moved = self.sources.remove(&key).expect("a source");
                let place = (1 - key.0, key.1);
                if self.listed.remove(&key) {
                    self.listed.insert(place);
                }
                self.sources.insert(place, moved);
            }
            8 => self.data[random.below(FILES)] += 1,
            9 => self.headers[random.below(FILES)] += 1,
            10 => self.readme += 1,
            _ => self.sources.get_mut(&key).expect("a source").has_boot ^= true,
        }
    }

    fn look_at_nothing(&mut self) {
        for source in self.sources.values_mut() {
            (source.reads, source.includes) = (None, None);
        }
    }

    fn source(&self, (component_, name): Module) -> Option<(usize, &Source)> {
        let mut folders = (0..FOLDERS.len()).filter(|folder| component(*folder) == component_);
        folders.find_map(|folder| Some((folder, self.sources.get(&(folder, name))?)))
    }

    /// What an import leads to: a module of the own component, of the library, or of another package.
    fn resolve(&self, from: &'static str, name: usize) -> Option<Module> {
        let is_there = |component| self.source((component, name)).is_some();
        // A component sees of another one what that has to show.
        let is_exposed = (0..2).any(|folder| self.listed.contains(&(folder, name)));
        match from {
            "exe:x" if is_there("exe:x") => Some(("exe:x", name)),
            "exe:x" if is_there("lib") && is_exposed => Some(("lib", name)),
            "lib" if is_there("lib") => Some(("lib", name)),
            _ => None,
        }
    }

    /// The modules that are built: those that are named, and what they import.
    fn built(&self) -> BTreeSet<Module> {
        let mut todo: Vec<Module> = self.listed.iter().map(|(folder, name)| (component(*folder), *name)).collect();
        let mut found = BTreeSet::new();
        while let Some(module) = todo.pop() {
            let Some((_, source)) = self.source(module) else { continue };
            if found.insert(module) {
                let imported = source.imports.iter().filter_map(|name| self.resolve(module.0, *name));
                todo.extend(imported.filter(|(component, _)| *component == module.0));
            }
        }
        found
    }

    fn text(&self, key: &(usize, usize)) -> String {
        let (source, name) = (&self.sources[key], key.1);
        let includes = if source.includes.is_some() { "{-# LANGUAGE CPP #-}\n" } else { "" };
        let reads = if source.reads.is_some() { "{-# LANGUAGE TemplateHaskell #-}\n" } else { "" };
        let extensions = [includes, reads].concat();
        let imports = lines(source.imports.iter().map(|name| format!("import N{name}\n")));
        let include = source.includes.map(|number| format!("#include \"include/{number}.h\"\n")).unwrap_or_default();
        let splice = source.reads.map(|number| format!("data_ = $(embed \"data/{number}\")\n")).unwrap_or_default();
        format!("{extensions}module N{name} where\n{imports}\n-- {}\n{include}{splice}", source.comment)
    }

    fn description(&self) -> String {
        let listed = |component_: &str| -> String {
            let names = self.listed.iter().filter(|(folder, _)| component(*folder) == component_);
            lines(names.map(|(_, name)| format!(" N{name}")))
        };
        format!(
            "name: p\nversion: 1\nbuild-type: Simple\nlibrary\n  hs-source-dirs: src gen\n  exposed-modules:{}\nexecutable x\n  main-is: Main.hs\n  \
             hs-source-dirs: app\n  other-modules:{}\n",
            listed("lib"),
            listed("exe:x")
        )
    }

    fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for key in self.sources.keys() {
            let path = format!("{}/N{}.hs", FOLDERS[key.0].0, key.1);
            if self.sources[key].has_boot {
                files.insert(format!("{path}-boot"), format!("module N{} where\n", key.1));
            }
            files.insert(path, self.text(key));
        }
        for number in 0..FILES {
            files.insert(format!("data/{number}"), self.data[number].to_string());
            files.insert(format!("include/{number}.h"), self.headers[number].to_string());
        }
        files.insert("README.md".to_owned(), self.readme.to_string());
        files.insert("p.cabal".to_owned(), self.description());
        files
    }

    /// What a full build notes.
    fn recorded(&self) -> Recorded {
        let built = self.built();
        let source = |module: &Module| self.source(*module).expect("it is built").1;
        let modules = built.iter().map(|module| {
            let (folder, _) = self.source(*module).expect("it is built");
            let (name, folder) = (module.1, FOLDERS[folder].0);
            format!("{}\tN{name}\t{}\t0\t0\t{folder}/N{name}.hs\n", module.0, stem(*module))
        });
        let facts = built.iter().map(|module| {
            let source = source(module);
            let resolved: Vec<Module> =
                source.imports.iter().filter_map(|name| self.resolve(module.0, *name)).collect();
            let own =
                resolved.iter().filter(|(component, _)| *component == module.0).map(|(_, name)| format!("N{name}"));
            let others = resolved.iter().any(|(component, _)| *component != module.0).then(|| "p-1:".to_owned());
            let used: Vec<String> = own.chain(others).chain(["base:".to_owned()]).collect();
            let unit = if module.0 == "lib" { "p-1" } else { "p-1-x" };
            let flags = if source.reads.is_some() { "splices" } else { "" };
            let watched = source.includes.map(|number| format!("\tinclude/{number}.h")).unwrap_or_default();
            format!("{}\t{flags}\tN{}\t{unit}\t\t\t{}{watched}\n", stem(*module), module.1, used.join(" "))
        });
        let mut observed = "observed\t1\ncompiled\tlib\ncompiled\texe:x\n".to_owned();
        for component in ["lib", "exe:x"] {
            let read: BTreeSet<usize> =
                built.iter().filter(|module| module.0 == component).filter_map(|module| source(module).reads).collect();
            if !read.is_empty() {
                observed.push_str(&["group\tcode\t", component, "\t\t-\n"].concat());
            }
            for number in read {
                observed.push_str(&["input\tread\tcode\t\t1\tdata/", &number.to_string(), "\n"].concat());
            }
        }
        let contents = lines(self.files().keys().map(|path| format!("{path}\tfile\t1\tx\n")));
        let (modules, facts): (String, String) = (modules.collect(), facts.collect());
        let file = |name: &str| {
            let text = match name {
                "format" => "5\n",
                "components" => "lib\tp-1\t.\tbase=base\nexe:x\tp-1-x\tx/x-tmp\tp=p-1\n",
                "modules" => &modules,
                "facts" => &facts,
                "observed" => &observed,
                "contents" => &contents,
                _ => return None,
            };
            Some(text.as_bytes().to_vec())
        };
        Recorded::read(&file).expect("it has this form")
    }
}

fn source(random: &mut Random, name: usize) -> Source {
    let mut imports = BTreeSet::new();
    for _ in 0..random.below(4) {
        imports.insert(if name > 0 { random.below(name) } else { FOREIGN });
    }
    if random.one_in(4) {
        imports.insert(FOREIGN + random.below(NAMES - FOREIGN));
    }
    Source {
        comment: 0,
        imports,
        reads: random.one_in(5).then(|| random.below(FILES)),
        includes: random.one_in(5).then(|| random.below(FILES)),
        has_boot: random.one_in(8),
    }
}

/// The modules that are compiled, as chance has it.
fn compiled(base: &Package, head: &Package, random: &mut Random) -> BTreeSet<Module> {
    let (before, now) = (base.built(), head.built());
    // The library first; in a component imports go to lower numbers.
    let mut order: Vec<Module> = now.iter().copied().collect();
    order.sort_by_key(|(component, name)| (*component != "lib", *name));
    let (mut compiled, mut changed): (BTreeSet<Module>, BTreeSet<Module>) = Default::default();
    for module in order {
        let (folder, source) = head.source(module).expect("it is built");
        let old = base.source(module).filter(|_| before.contains(&module));
        let is_own = match old {
            None => true,
            Some((old_folder, old)) => {
                let header_changed = old.includes.is_some_and(|number| base.headers[number] != head.headers[number]);
                // Code that ran for any module of the component read it.
                let reads = |other: &&Module| base.source(**other).and_then(|(_, source)| source.reads);
                let mut read = before.iter().filter(|other| other.0 == module.0).filter_map(|other| reads(&other));
                let left_out = old.reads.is_some() && read.any(|number| base.data[number] != head.data[number]);
                old_folder != folder
                    || base.text(&(old_folder, module.1)) != head.text(&(folder, module.1))
                    || header_changed
                    || left_out
                    || old.has_boot != source.has_boot && random.one_in(2)
            }
        };
        // What it can see: all that it imports, also through others.
        let mut seen: BTreeSet<Module> = BTreeSet::new();
        let mut todo = vec![module];
        let mut others_lead_elsewhere = false;
        while let Some(next) = todo.pop() {
            for name in &head.source(next).expect("it is built").1.imports {
                let target = head.resolve(next.0, *name);
                others_lead_elsewhere |= next == module && target != base.resolve(next.0, *name);
                todo.extend(target.filter(|target| seen.insert(*target)));
            }
        }
        // Of code GHC looks at the objects of all that it can run, and of libraries as a whole.
        let loads = |other: &Module| source.reads.is_some() && (seen.contains(other) || other.0 != module.0);
        let by_others = seen.iter().any(|other| changed.contains(other)) || compiled.iter().any(loads);
        if is_own || others_lead_elsewhere || by_others && !random.one_in(3) {
            compiled.insert(module);
            if !random.one_in(3) {
                changed.insert(module);
            }
        }
    }
    compiled
}

fn foretold(base: &Package, head: &Package, known: Base<'_>) -> Prediction {
    let (old, new) = (base.files(), head.files());
    let tree = |files: &BTreeMap<String, String>| -> Tree {
        let file = |(path, text): (&String, &String)| {
            (path.as_str().into(), Entry::File { content: text.as_str().into(), executable: false })
        };
        files.iter().map(file).collect()
    };
    let (before, now) = (tree(&old), tree(&new));
    let read = |side, path: &gix::bstr::BStr| {
        let files = if side == Side::Base { &old } else { &new };
        files.get(&path.to_string()).map(|text| text.clone().into_bytes())
    };
    predict::predict(&Question { before: &before, now: &now, base: known, description: "p.cabal".into(), read: &read })
}

fn id((component, name): Module) -> ModuleId {
    serde_json::from_value(json!({"component": component, "module": format!("N{name}")})).expect("a module")
}

/// A package, and the same some edits later.
fn edited(random: &mut Random) -> (Package, Package) {
    let base = Package::generate(random);
    let mut head = base.clone();
    for _ in 0..=random.below(3) {
        head.edit(random);
    }
    (base, head)
}

/// What random edits compile, and what was foretold of them. Where they are not
/// `looking`, no module reads or includes a file.
fn compare(edits: usize, looking: bool, known_from: &dyn Fn(&Package, &Package) -> Prediction) -> [usize; 4] {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut truly, mut at_most, mut certain, mut all) = (0, 0, 0, 0);
    for number in 0..edits {
        let (mut base, mut head) = edited(&mut random);
        if !looking {
            base.look_at_nothing();
            head.look_at_nothing();
        }
        let prediction = known_from(&base, &head);
        assert_eq!(prediction.everything, None, "{number}");
        let foretold: BTreeSet<&ModuleId> = prediction.at_most.iter().collect();
        for _ in 0..4 {
            let compiled: BTreeSet<ModuleId> = compiled(&base, &head, &mut random).into_iter().map(id).collect();
            let missed: Vec<_> = compiled.iter().filter(|id| !foretold.contains(id)).collect();
            assert!(missed.is_empty(), "{number}: not foretold: {missed:?}\n{base:#?}\n{head:#?}");
            let wrong: Vec<_> = prediction.certain.iter().filter(|id| !compiled.contains(id)).collect();
            assert!(wrong.is_empty(), "{number}: certain and not compiled: {wrong:?}\n{base:#?}\n{head:#?}");
            truly += compiled.len();
            at_most += foretold.len();
            certain += prediction.certain.len();
            all += head.built().len();
        }
    }
    [truly, at_most, certain, all]
}

#[test]
fn a_thousand_random_edits_compile_no_module_that_was_not_foretold() {
    let [truly, at_most, certain, all] =
        compare(1000, true, &|base, head| foretold(base, head, Base::Noted(&base.recorded())));
    // A bound of everything would hold too, and so would the certainty of nothing.
    assert!(at_most * 3 < all * 2, "{at_most} of {all} at most, and {truly} truly");
    assert!(certain * 4 > truly, "{certain} certain of {truly}");
}

#[test]
fn nor_do_they_where_only_the_sources_of_the_base_are_known() {
    let configuration = Configuration { all: true, ..Configuration::default() };
    let known = |base: &Package, head: &Package| foretold(base, head, Base::Sources(&configuration));
    // A module that may look at files may always be compiled, and there are many of these.
    let [truly, _, certain, _] = compare(1000, true, &known);
    assert!(certain * 5 > truly, "{certain} certain of {truly}");
    let [truly, at_most, certain, all] = compare(300, false, &known);
    assert!(at_most * 3 < all * 2, "{at_most} of {all} at most, and {truly} truly");
    assert!(certain * 4 > truly, "{certain} certain of {truly}");
}

#[test]
fn what_is_known_from_sources_is_never_less_than_what_a_build_noted() {
    let configuration = Configuration { all: true, ..Configuration::default() };
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    for number in 0..500 {
        let (base, head) = edited(&mut random);
        let [sources, noted] = [Base::Sources(&configuration), Base::Noted(&base.recorded())]
            .map(|known| foretold(&base, &head, known).at_most.into_iter().collect::<BTreeSet<_>>());
        let missed: Vec<_> = noted.difference(&sources).collect();
        assert!(missed.is_empty(), "{number}: {missed:?}\n{base:#?}\n{head:#?}");
    }
}
