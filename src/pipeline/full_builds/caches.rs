//! The stores that may have full builds of others.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::JoinSet;

use crate::model::store::StorePath;
use crate::pipeline::Error;
use crate::pipeline::push::{Destination, without_parameters};
use crate::pipeline::site::Work;

/// Stores by their URIs, the one that is asked first before the others.
pub(in crate::pipeline) struct Caches {
    uris: Vec<String>,
    failures: BTreeMap<String, usize>,
}

impl Caches {
    /// Those that full builds are sent to, and those that Nix looks in; none where it shall look in none.
    pub(in crate::pipeline) async fn known(work: Work<'_>) -> Result<Self, Error> {
        if work.nix.options.extra.iter().any(|word| word == "--offline") {
            return Ok(Self { uris: Vec::new(), failures: BTreeMap::new() });
        }
        let settings = work.nix.read_settings(work.cancel).await?;
        let sent_to = work.options.push.iter().filter_map(|destination| match destination {
            Destination::Store(uri) => Some(uri.clone()),
            Destination::Command(_) => None,
        });
        let substituters = settings.substituters.into_iter().filter(|_| settings.substitute);
        Ok(Self { uris: distinct(sent_to.chain(substituters)), failures: BTreeMap::new() })
    }

    /// Returns what each of them has of some paths; nothing of one that does not answer.
    pub(in crate::pipeline) async fn having(
        &self,
        work: Work<'_>,
        paths: &[StorePath],
    ) -> Result<Vec<(String, BTreeSet<StorePath>)>, Error> {
        let mut asked = JoinSet::new();
        for (index, uri) in self.uris.iter().enumerate() {
            let (nix, uri, paths, cancel) = (work.nix.clone(), uri.clone(), paths.to_vec(), work.cancel.clone());
            asked.spawn(async move {
                let there = nix.present_in(&uri, &paths, &cancel).await;
                (index, uri, there)
            });
        }
        let mut answers = Vec::new();
        for (index, uri, there) in asked.join_all().await {
            match there {
                Ok(there) => answers.push((index, uri, there)),
                Err(error) if work.cancel.is_cancelled() => return Err(error.into()),
                Err(error) => tracing::debug!(%error, cache = without_parameters(&uri), "a cache is passed over"),
            }
        }
        answers.sort_unstable_by_key(|(index, ..)| *index);
        Ok(answers.into_iter().map(|(_, uri, there)| (uri, there)).collect())
    }

    /// Returns their addresses.
    pub(in crate::pipeline) fn uris(&self) -> impl Iterator<Item = &String> {
        self.uris.iter()
    }

    /// Takes note that nothing could be fetched from one of them.
    pub(super) fn failed(&mut self, uri: &str) {
        *self.failures.entry(uri.to_owned()).or_default() += 1;
    }

    /// Whether nothing is fetched from one of them any more: once can be the network. It is asked all the same.
    pub(super) fn is_given_up(&self, uri: &str) -> bool {
        self.failures.get(uri).is_some_and(|failures| *failures > 1)
    }
}

/// One that stands twice, with parameters for writing and without, is asked once.
fn distinct(uris: impl Iterator<Item = String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for uri in uris {
        let address = |uri: &str| without_parameters(uri).trim_end_matches('/').to_owned();
        if !distinct.iter().any(|other| address(other) == address(&uri)) {
            distinct.push(uri);
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cache_is_asked_once() {
        let uris = ["file:///a?secret-key=/k", "https://b.org/", "https://b.org", "file:///a", "s3://c"];
        assert_eq!(
            distinct(uris.map(str::to_owned).into_iter()),
            ["file:///a?secret-key=/k", "https://b.org/", "s3://c"]
        );
    }
}
