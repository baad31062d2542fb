//! What each store has of a full build.

use std::collections::BTreeSet;

use crate::model::forecast::StoreHas;
use crate::model::plan::{Derivation, INTERMEDIATES};
use crate::model::store::StorePath;
use crate::pipeline::Error;
use crate::pipeline::full_builds::Caches;
use crate::pipeline::push::without_parameters;
use crate::pipeline::site::{Site, Work};

/// What is asked for, of one package.
pub(super) struct Wanted<'a> {
    /// The full build that head stands on; none where there is none.
    pub(super) full: Option<&'a Derivation>,
    /// What gives the result.
    pub(super) result: &'a Derivation,
}

impl Wanted<'_> {
    fn paths(&self) -> impl Iterator<Item = &StorePath> {
        self.full.into_iter().chain([self.result]).flat_map(|derivation| derivation.outputs.values())
    }

    /// What a store has that lacks some paths.
    fn held(&self, uri: &str, lacking: &BTreeSet<StorePath>) -> StoreHas {
        let has = |path: &StorePath| !lacking.contains(path);
        let full = |is_wanted: &dyn Fn(&str) -> bool| {
            let outputs = self.full.iter().flat_map(|full| &full.outputs);
            let mut outputs = outputs.filter(|(name, _)| is_wanted(name.as_str())).peekable();
            outputs.peek().is_some() && outputs.all(|(_, path)| has(path))
        };
        StoreHas {
            uri: uri.to_owned(),
            intermediates: full(&|name| name == INTERMEDIATES),
            out: full(&|name| name != INTERMEDIATES),
            result: self.result.results().all(has),
        }
    }
}

/// What stores have, and what is to be said of those that did not answer.
pub(super) struct Held {
    /// Of each package that was asked for, the store that builds first.
    pub(super) stores: Vec<Vec<StoreHas>>,
    /// The stores that did not answer.
    pub(super) silent: Vec<String>,
}

/// Asks the store that builds, and where it lacks something also this machine's and the caches that it fetches from.
pub(super) async fn ask(site: &Site, work: Work<'_>, wanted: &[Wanted<'_>]) -> Result<Held, Error> {
    let paths: BTreeSet<StorePath> = wanted.iter().flat_map(Wanted::paths).cloned().collect();
    let paths: Vec<StorePath> = paths.into_iter().collect();
    let own = work.nix.options.store.as_deref().unwrap_or("local");
    let lacking = match site {
        // A path that does not exist is not valid, and one that does is but for a build that was cut off.
        Site::Here if work.nix.options.store.is_none() => {
            paths.iter().filter(|path| !path.as_path().exists()).cloned().collect()
        }
        _ => site.invalid(work, &paths).await?,
    };
    let name = match site.elsewhere() {
        Some(elsewhere) => elsewhere.store(work.nix, None)?.uri(),
        None => own.to_owned(),
    };
    let mut answers = vec![(name, lacking)];
    let mut silent = Vec::new();
    if !answers.iter().all(|(_, lacking)| lacking.is_empty()) {
        if site.elsewhere().is_some() {
            answers.push((own.to_owned(), work.nix.invalid(&paths, work.cancel).await?));
        }
        let caches = Caches::known(work).await?;
        let having = caches.having(work, &paths).await?;
        let answered = |uri: &&String| having.iter().any(|(other, _)| other == *uri);
        silent.extend(caches.uris().filter(|uri| !answered(uri)).map(|uri| told(uri)));
        for (uri, there) in &having {
            answers.push((told(uri), paths.iter().filter(|path| !there.contains(path)).cloned().collect()));
        }
    }
    let of = |wanted: &Wanted<'_>| answers.iter().map(|(uri, lacking)| wanted.held(uri, lacking)).collect();
    Ok(Held { stores: wanted.iter().map(of).collect(), silent })
}

/// The address of a store as it is told: without parameters, which can hold secrets.
fn told(uri: &str) -> String {
    without_parameters(uri).trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derivation(letter: char, outputs: &[&str]) -> Derivation {
        let path = |name: &str| StorePath::from_parts(&letter.to_string().repeat(32), name).expect("a path");
        let output = |name: &&str| (name.parse().expect("a name"), path(name));
        Derivation {
            drv: path("x.drv"),
            outputs: outputs.iter().map(output).collect(),
            system: String::new(),
            features: Vec::new(),
        }
    }

    #[test]
    fn a_store_with_the_results_alone_does_not_have_the_base() {
        let (full, result) = (derivation('a', &["intermediates", "out"]), derivation('b', &["out"]));
        let wanted = Wanted { full: Some(&full), result: &result };
        let held = |lacking: &[(&Derivation, &str)]| {
            let lacking = lacking.iter().map(|(of, name)| of.outputs.get(*name).expect("an output").clone()).collect();
            let held = wanted.held("x", &lacking);
            (held.intermediates, held.out, held.result)
        };
        assert_eq!(held(&[]), (true, true, true));
        assert_eq!(held(&[(&full, "intermediates")]), (false, true, true));
        assert_eq!(held(&[(&full, "out"), (&result, "out")]), (true, false, false));
        let nothing = Wanted { full: None, result: &result }.held("x", &BTreeSet::new());
        assert_eq!((nothing.intermediates, nothing.out, nothing.result), (false, false, true));
    }
}
