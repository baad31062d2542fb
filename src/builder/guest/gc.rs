//! Cleans a guest's store.

use std::time::Duration;

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::Guest;
use super::error::Error;
use super::folder::{Phase, Ready};
use super::lock::Lock;
use super::{stop, wait};
use crate::model::builder::Connection;
use crate::process::{self, system};

/// What is removed from a guest's store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GcOptions {
    /// Roots of hinc's that were last written more than so many days ago go first; none for keeping all.
    pub older_than_days: Option<u32>,
    /// How many bytes may stay in use on the guest's disk: nothing is removed where it has no more, and no more is
    /// removed than brings it there. None for removing all that has no root.
    pub max_bytes: Option<u64>,
}

/// What was removed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Freed {
    /// How many of hinc's roots went.
    pub roots: u64,
    /// How many store paths went.
    pub paths: u64,
    /// How many bytes were freed on the guest's disk.
    pub bytes: u64,
    /// How many bytes are used there now.
    pub used: u64,
}

/// `$1` are the days, `$2` the bytes that may stay; empty where they are not given. What it prints on the standard
/// output is read by [`read`].
const SCRIPT: &str = r#"
used() { df -Pk /nix/store | awk 'END { print $3 * 1024 }'; }
before=$(used)
roots=0
if [ -n "$1" ]; then
  for folder in "$HOME/.local/state/hinc/roots" /nix/var/nix/gcroots/hinc; do
    [ -d "$folder" ] || continue
    roots=$((roots + $(find "$folder" -type l -mtime "+$1" -print -delete | wc -l)))
    find "$folder" -mindepth 1 -depth -type d -empty -delete
  done
fi
if [ -z "$2" ]; then
  text=$(nix-store --gc) || exit
elif [ "$before" -gt "$2" ]; then
  text=$(nix-store --gc --max-freed $((before - $2))) || exit
fi
printf 'hinc-gc %s %s %s\n' "$roots" "$before" "$(used)"
printf '%s\n' "$text" | tail -n 1
"#;

/// Gives the room back to the machine that the guest runs on. It is no fault where the guest cannot.
/// How long that may take; what was not given back by then will be the next time.
const LONGEST_TRIM: Duration = Duration::from_secs(30 * 60);

const TRIM: &str = "fstrim -a || fstrim /";

impl Guest {
    /// Removes what has no root from its store. No build of hinc's runs on it meanwhile; `on_progress` says that it
    /// waits for one. The guest runs.
    pub async fn gc(
        &self,
        options: GcOptions,
        on_progress: &dyn Fn(&str),
        cancel: &CancellationToken,
    ) -> Result<Freed, Error> {
        let run = self.run()?.filter(|run| run.phase == Phase::Started);
        let ready: Option<Ready> = self.folder.read("ready.json")?;
        let same_start = run.zip(ready).is_some_and(|(run, ready)| run.boot == ready.boot);
        if !same_start || !stop::lives(&self.folder)? {
            return Err(Error::NotRunning { name: self.name.to_string() });
        }
        let wait = || on_progress("waiting for the builds on it");
        let _alone = Lock::wait_exclusive(&self.folder.file("use.lock"), wait, cancel).await?;
        on_progress("removing what has no root");
        let freed = collect(&self.connection()?, options, cancel).await?;
        if let Some(root) = self.root_connection() {
            system::output(&root.script(TRIM, &[]).within(LONGEST_TRIM), cancel).await.ok();
        }
        Ok(freed)
    }
}

async fn collect(connection: &Connection, options: GcOptions, cancel: &CancellationToken) -> Result<Freed, Error> {
    let days = options.older_than_days.map(|days| days.to_string()).unwrap_or_default();
    let bytes = options.max_bytes.map(|bytes| bytes.to_string()).unwrap_or_default();
    match wait::run(connection, SCRIPT, &[&days, &bytes], cancel).await {
        Ok(output) => Ok(read(&String::from_utf8_lossy(&output.stdout))),
        Err(process::Error::Cancelled { .. }) => {
            Err(Error::Cancelled { left: "what was removed by then is gone".to_owned() })
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn read(text: &str) -> Freed {
    let mut lines = text.lines().skip_while(|line| !line.starts_with("hinc-gc "));
    let words: Vec<&str> = lines.next().unwrap_or_default().split_whitespace().collect();
    let number = |index: usize| words.get(index).and_then(|word| word.parse::<u64>().ok()).unwrap_or_default();
    // `3 store paths deleted, 68.01 MiB freed`
    let deleted = lines.next().filter(|line| line.contains("store path"));
    let paths = deleted.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default();
    Freed { roots: number(1), paths, bytes: number(2).saturating_sub(number(3)), used: number(3) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guest_says_what_was_freed() {
        let freed = read("banner\nhinc-gc 2 5000 3000\n17 store paths deleted, 0.00 MiB freed\n");
        assert_eq!(freed, Freed { roots: 2, paths: 17, bytes: 2000, used: 3000 });
        assert_eq!(read("hinc-gc 0 5000 6000\n\n"), Freed { used: 6000, ..Freed::default() });
        assert_eq!(read(""), Freed::default());
    }
}
