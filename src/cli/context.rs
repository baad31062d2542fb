//! What hinc was started with.

use std::path::PathBuf;

use super::env::Environment;
use super::error;
use super::printer::Printer;
use super::settings::Override;
use crate::clock::Clock;
use crate::error::{Hint, OwnCommand};
use crate::files;

/// What every command gets.
pub(super) struct Context {
    pub(super) environment: Environment,
    pub(super) printer: Printer,
    pub(super) clock: Clock,
    /// The folder that hinc works in.
    pub(super) folder: PathBuf,
    /// What is taken for what `hinc.toml` says.
    pub(super) overrides: Vec<Override>,
    /// The command that runs, where hints may name it.
    pub(super) running: Option<OwnCommand>,
}

impl Context {
    /// Takes the rights of others away from what an older hinc kept, or says that it cannot.
    pub(super) fn close_folders(&self) {
        for folder in self.environment.state.iter().chain(&self.environment.cache) {
            if let Err(error) = files::close(folder) {
                let folder = folder.display();
                self.printer.warning(&format!(
                    "others can look into `{folder}`, where hinc keeps what is yours, and it is not closed to them: {error}"
                ));
            }
        }
    }

    /// Returns hinc's state folder.
    pub(super) fn state(&self) -> Result<PathBuf, error::Error> {
        self.environment.state.clone().ok_or_else(|| {
            let hints = vec![Hint::new("set HOME, or XDG_STATE_HOME to an absolute path")];
            error::Error::Usage("there is no folder for what hinc keeps".to_owned(), hints)
        })
    }

    /// Returns hinc's cache folder.
    pub(super) fn cache(&self) -> Result<PathBuf, error::Error> {
        self.environment.cache.clone().ok_or_else(|| {
            let hints = vec![Hint::new("set HOME, or XDG_CACHE_HOME to an absolute path")];
            error::Error::Usage("there is no folder for what hinc caches".to_owned(), hints)
        })
    }
}
