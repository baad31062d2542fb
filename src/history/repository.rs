//! Opens the repository.

use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::discover::upwards;
use gix::objs::{Exists as _, Find as _};
use gix::remote::Direction;

use super::bare::{Bare, Named};
use super::commit;
use super::error::{Cause, Error};
use super::format;
use super::head::object_id;
use crate::model::name::Branch;
use crate::model::revision::CommitId;

/// What the object cache may hold: trees of base and head have most of their folders in common.
const OBJECT_CACHE: usize = 32 << 20;

/// A git repository.
#[derive(Debug, Clone)]
pub struct Repository {
    git: gix::Repository,
    /// Whether it is a bare one that the search came upon.
    found_bare: bool,
}

/// Opens the repository that a folder lies in, as `git` run in that folder would:
/// `GIT_DIR` and its kin count, and a repository of another user is refused unless
/// `safe.directory` names it, and a bare one that nobody named where `safe.bareRepository` is `explicit`.
/// A bare repository that was not named has no work tree, whatever its own settings say.
pub fn open(folder: &Path) -> Result<Repository, Error> {
    // Whoever asks for the work tree later may stand in another folder.
    let folder = &std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let named = Named::by_environment();
    let bare = Bare::around(folder, named);
    if let Some(bare) = &bare {
        bare.refuse_unnamed()?;
    }
    let refuse_untrusted = gix::sec::trust::Mapping {
        full: gix::open::Options::default().bail_if_untrusted(true),
        reduced: gix::open::Options::default().bail_if_untrusted(true),
    };
    let search = upwards::Options { match_ceiling_dir_or_error: false, ..upwards::Options::default() };
    let opened = gix::ThreadSafeRepository::discover_with_environment_overrides_opts(folder, search, refuse_untrusted);
    match opened {
        Ok(shared) => {
            let mut git = shared.to_thread_local().with_object_memory();
            if let Some(bare) = &bare {
                bare.refuse_work_tree(git.workdir(), named)?;
            }
            format::refuse_unsupported(git.common_dir())?;
            git.object_cache_size_if_unset(OBJECT_CACHE);
            Ok(Repository { git, found_bare: bare.is_some() })
        }
        Err(error) => Err(not_opened(folder, named, error.into())),
    }
}

fn not_opened(folder: &Path, named: Named, cause: Cause) -> Error {
    let git = cause.git();
    let common_dir = if named.by_git_dir() { None } else { format::common_dir(folder) };
    let folder = folder.to_owned();
    match git.downcast_any_ref::<upwards::Error>() {
        Some(upwards::Error::NoTrustedGitRepository { candidate, .. }) => {
            return Error::ForeignOwner { folder: candidate.clone() };
        }
        Some(_) => return Error::NoRepository { folder },
        None => {}
    }
    // gix says this with a message alone, whose path is that of the work tree.
    let foreign = git.iter_errors().any(|error| error.to_string().contains("not owned by the current user"));
    if foreign {
        return Error::ForeignOwner { folder: work_tree_above(&folder) };
    }
    let unsupported = common_dir.and_then(|common_dir| format::refuse_unsupported(&common_dir).err());
    unsupported.unwrap_or(Error::Open { folder, source: cause })
}

/// Returns the nearest folder at or above that has a `.git`, the folder itself where none has.
fn work_tree_above(folder: &Path) -> PathBuf {
    let whole = fs_err::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
    whole.ancestors().find(|above| above.join(".git").exists()).unwrap_or(&whole).to_owned()
}

impl Repository {
    /// Returns gix's view of it, for reading trees and blobs. What a dirty head changed lies in
    /// the memory of this value and of its clones; a repository opened anew lacks it, and
    /// so does one that went through `into_sync`.
    pub const fn git(&self) -> &gix::Repository {
        &self.git
    }

    /// Returns the folder of the checked-out files, an absolute path.
    pub fn work_tree(&self) -> Result<&Path, Error> {
        self.git.workdir().ok_or_else(|| Error::Bare { folder: self.git.git_dir().to_owned() })
    }

    /// Whether the clone lacks the parents of some commits (`git clone --depth`).
    pub fn is_shallow(&self) -> bool {
        // An unreadable file leaves the question to the walk, which reads it again.
        self.git.is_shallow().unwrap_or(true)
    }

    /// Whether it is a bare repository that nobody named: it may have come with the files of another one.
    pub(super) fn is_found_bare(&self) -> bool {
        self.found_bare
    }

    /// Whether the user's settings, or the environment, say how ssh is called.
    pub(super) fn says_how_ssh_is_called(&self) -> bool {
        let config = self.git.config_snapshot();
        // gix puts the variables `GIT_SSH_COMMAND` and `GIT_SSH` there.
        ["core.sshCommand", "gitoxide.ssh.commandWithoutShellFallback"].iter().any(|key| config.string(*key).is_some())
    }

    /// Returns the remote that is fetched from: the only one, or `origin`.
    pub(super) fn remote(&self) -> Option<String> {
        let name = self.git.remote_default_name(Direction::Fetch)?.to_string();
        self.git.remote_names().iter().any(|remote| remote.as_slice() == name.as_bytes()).then_some(name)
    }

    /// Whether a branch of a remote is here.
    pub(super) fn has_branch(&self, remote: &str, branch: &Branch) -> bool {
        let reference = format!("refs/remotes/{remote}/{branch}");
        self.git.try_find_reference(reference.as_str()).is_ok_and(|found| found.is_some())
    }

    /// Returns the remote that has what this clone left out; none where it is no partial clone.
    pub(super) fn promisor(&self) -> Option<String> {
        let config = self.git.config_snapshot();
        let named = config.string("extensions.partialClone").map(|name| name.to_string());
        named.or_else(|| {
            let remotes = self.git.remote_names();
            let mut names = remotes.iter().map(ToString::to_string);
            names.find(|name| config.boolean(format!("remote.{name}.promisor").as_str()).unwrap_or(false))
        })
    }

    /// Whether the clone left objects on the remote (`git clone --filter`). gix does not fetch them.
    pub fn is_partial(&self) -> bool {
        self.promisor().is_some()
    }

    /// Whether all trees and files of a commit are here.
    pub(super) fn has_all_of(&self, commit: &CommitId) -> Result<bool, Error> {
        let objects = self.as_it_is();
        let mut buffer = Vec::new();
        let found = objects
            .try_find(&object_id(commit)?, &mut buffer)
            .map_err(|error| Error::reading(format!("the commit {commit}"))(error))?;
        let Some(root) = found.and_then(|object| commit::tree(object.data)) else { return Ok(false) };
        let mut waiting = vec![root];
        // Folders that are alike are one tree, and a tree may hold the same one many times.
        let mut seen = gix::hashtable::HashSet::default();
        while let Some(tree) = waiting.pop() {
            let found = objects
                .try_find(&tree, &mut buffer)
                .map_err(|error| Error::reading(format!("the tree {tree}"))(error))?;
            let Some(found) = found else { return Ok(false) };
            for entry in gix::objs::TreeRefIter::from_bytes(found.data, gix::hash::Kind::Sha1) {
                let entry = entry.map_err(Error::reading(format!("the tree {tree}")))?;
                if entry.mode.is_tree() {
                    if seen.insert(entry.oid.to_owned()) {
                        waiting.push(entry.oid.to_owned());
                    }
                } else if !entry.mode.is_commit() && !objects.exists(entry.oid) {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Returns those objects that are not here.
    pub(super) fn missing_of(&self, objects: impl Iterator<Item = ObjectId>) -> Vec<ObjectId> {
        let here = self.as_it_is();
        let mut missing: Vec<ObjectId> = objects.filter(|object| !here.exists(object)).collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// The objects as they are now: what is missing is not looked for in packs that came meanwhile, each time.
    fn as_it_is(&self) -> gix::OdbHandle {
        // One question without an answer has it look for what came since it last looked.
        self.git.objects.exists(&ObjectId::null(gix::hash::Kind::Sha1));
        let mut objects = self.git.objects.clone();
        objects.refresh_never();
        objects
    }
}
