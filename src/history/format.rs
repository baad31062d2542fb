//! Which forms of a repository hinc reads.
//!
//! gix passes over extensions that it does not know, and so would read such a repository as if it had none. git refuses
//! them (`verify_repository_format` in git's `setup.c`), and so does hinc, which knows fewer than git.

use std::path::{Path, PathBuf};

use gix::config::Source;

use super::error::Error;

/// Why a repository is of a form that hinc does not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unsupported {
    /// The version of the form.
    Version(String),
    /// How objects are named: `sha256`.
    Objects(String),
    /// How references are kept: `reftable`.
    References(String),
    /// An extension, by its name.
    Extension(String),
    /// An extension that version 0 does not have. git refuses it too.
    NotInVersion0(String),
}

/// Extensions that change nothing of what hinc reads: in each version, and in version 1 alone.
const HARMLESS: [&str; 4] = ["noop", "preciousobjects", "partialclone", "worktreeconfig"];
const HARMLESS_IN_1: [&str; 2] = ["noop-v1", "relativeworktrees"];

/// Extensions of version 1 that change what hinc reads, or may.
const OTHERS_OF_1: [&str; 4] = ["objectformat", "compatobjectformat", "refstorage", "submodulepathconfig"];

/// Decides by the version, none where the settings have none, and the extensions, names in lower case.
fn judge(version: Option<&str>, extensions: &[(String, String)]) -> Result<(), Unsupported> {
    // Without a version no extension counts.
    let Some(version) = version else { return Ok(()) };
    let is_version_1 = match version.trim().parse::<u32>() {
        Ok(0) => false,
        Ok(1) => true,
        _ => return Err(Unsupported::Version(version.to_owned())),
    };
    for (name, value) in extensions {
        let is_of_1 = HARMLESS_IN_1.contains(&name.as_str()) || OTHERS_OF_1.contains(&name.as_str());
        match name.as_str() {
            name if HARMLESS.contains(&name) => {}
            name if is_of_1 && !is_version_1 => return Err(Unsupported::NotInVersion0(name.to_owned())),
            name if HARMLESS_IN_1.contains(&name) => {}
            "objectformat" if value == "sha1" => {}
            "objectformat" => return Err(Unsupported::Objects(value.clone())),
            "refstorage" if value == "files" => {}
            "refstorage" => return Err(Unsupported::References(value.clone())),
            name if is_version_1 => return Err(Unsupported::Extension(name.to_owned())),
            // Version 0 is older than extensions, and says nothing of those that nobody knows.
            _ => {}
        }
    }
    Ok(())
}

/// Refuses a repository that is of a form that hinc does not read, by the settings in its common folder. Settings that
/// cannot be read are left to gix, which says more of them.
pub(super) fn refuse_unsupported(common_dir: &Path) -> Result<(), Error> {
    let file = common_dir.join("config");
    let Ok(settings) = gix::config::File::from_path_no_includes(file, Source::Local) else { return Ok(()) };
    let version = settings.string("core.repositoryFormatVersion").map(|version| version.to_string());
    let mut extensions = Vec::new();
    let sections = settings.sections_by_name("extensions").into_iter().flatten();
    for section in sections.filter(|section| section.header().subsection_name().is_none()) {
        for name in section.value_names() {
            let value = section.value(name.as_str()).map(|value| value.to_string());
            extensions.push((name.to_lowercase(), value.unwrap_or_default()));
        }
    }
    judge(version.as_deref(), &extensions).map_err(|what| Error::Unsupported { folder: common_dir.to_owned(), what })
}

/// Returns the common folder of the repository that a folder lies in, for where gix does not open it.
pub(super) fn common_dir(folder: &Path) -> Option<PathBuf> {
    let (found, _) = gix::discover::upwards(folder).ok()?;
    let (git_dir, _) = found.into_repository_and_work_tree_directories();
    let named = fs_err::read_to_string(git_dir.join("commondir")).ok();
    Some(named.map_or(git_dir.clone(), |named| git_dir.join(named.trim_end())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The version, the extensions, and what becomes of them.
    type Case<'a> = (Option<&'a str>, &'a [(&'a str, &'a str)], Result<(), Unsupported>);

    #[test]
    fn each_form_is_read_or_refused() {
        use Unsupported::{Extension, NotInVersion0, Objects, References, Version};
        let text = |text: &str| text.to_owned();
        let cases: [Case<'_>; 18] = [
            (None, &[], Ok(())),
            (None, &[("objectformat", "sha256")], Ok(())),
            (Some("0"), &[], Ok(())),
            (Some("1"), &[], Ok(())),
            (Some("2"), &[], Err(Version(text("2")))),
            (Some("-1"), &[], Err(Version(text("-1")))),
            (Some("one"), &[], Err(Version(text("one")))),
            (Some("0"), &[("partialclone", "origin"), ("worktreeconfig", "true")], Ok(())),
            (Some("1"), &[("partialclone", "origin"), ("noop", ""), ("preciousobjects", "true")], Ok(())),
            (Some("1"), &[("relativeworktrees", "true"), ("noop-v1", "")], Ok(())),
            (Some("1"), &[("objectformat", "sha1"), ("refstorage", "files")], Ok(())),
            (Some("1"), &[("objectformat", "sha256")], Err(Objects(text("sha256")))),
            (Some("1"), &[("noop", ""), ("refstorage", "reftable")], Err(References(text("reftable")))),
            (Some("1"), &[("compatobjectformat", "sha256")], Err(Extension(text("compatobjectformat")))),
            (Some("1"), &[("submodulepathconfig", "true")], Err(Extension(text("submodulepathconfig")))),
            (Some("1"), &[("what", "ever")], Err(Extension(text("what")))),
            (Some("0"), &[("what", "ever")], Ok(())),
            (Some("0"), &[("refstorage", "files")], Err(NotInVersion0(text("refstorage")))),
        ];
        for (version, extensions, expected) in cases {
            let extensions: Vec<(String, String)> =
                extensions.iter().map(|(name, value)| (text(name), text(value))).collect();
            assert_eq!(judge(version, &extensions), expected, "{version:?}, {extensions:?}");
        }
    }
}
