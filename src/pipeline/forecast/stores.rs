//! What each store has of a full build.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::model::forecast::StoreHas;
use crate::model::plan::{Derivation, INTERMEDIATES};
use crate::model::store::StorePath;
use crate::nix::Nix;
use crate::pipeline::Error;
use crate::pipeline::site::{Site, Work};

/// How long a cache has to answer.
const PATIENCE: Duration = Duration::from_secs(15);

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
        for uri in caches(work).await? {
            match asked(work.nix, &uri, &paths, work.cancel).await {
                Some(lacking) => answers.push((uri, lacking)),
                None => silent.push(uri),
            }
        }
    }
    let of = |wanted: &Wanted<'_>| answers.iter().map(|(uri, lacking)| wanted.held(uri, lacking)).collect();
    Ok(Held { stores: wanted.iter().map(of).collect(), silent })
}

async fn caches(work: Work<'_>) -> Result<Vec<String>, Error> {
    let settings = work.nix.read_settings(work.cancel).await?;
    let mut uris = Vec::new();
    for uri in settings.substituters {
        let uri = uri.trim_end_matches('/').to_owned();
        if !uris.contains(&uri) {
            uris.push(uri);
        }
    }
    Ok(uris)
}

/// None where the store does not answer: to ask is no reason to fail.
async fn asked(nix: &Nix, uri: &str, paths: &[StorePath], cancel: &CancellationToken) -> Option<BTreeSet<StorePath>> {
    let stop = cancel.child_token();
    let asking = nix.invalid_in(uri, paths, &stop);
    tokio::pin!(asking);
    tokio::select! {
        answer = &mut asking => match answer {
            Ok(lacking) => Some(lacking),
            Err(error) => {
                tracing::debug!(%error, %uri, "a cache does not answer");
                None
            }
        },
        () = tokio::time::sleep(PATIENCE) => {
            stop.cancel();
            // It is ended in order, so that no process of it stays behind.
            drop(asking.await);
            None
        }
    }
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
