//! Finds the GHC of the machine, and describes it for a derivation.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::fingerprint::{self, Identity};
use super::ghc_info::GhcInfo;
use super::search::find;
use super::{Error, store};
use crate::files::{self, Readers};
use crate::model::toolchain::Toolchain;
use crate::process::{Invocation, system};

pub mod remote;

/// GHC's recompilation check goes by the hash of a source, and not by its time, since 9.4.
const OLDEST_GHC: (u32, u32) = (9, 4);

/// The folders that hold compilers, libraries and package databases on the usual systems.
const USUAL_FOLDERS: [&str; 6] = ["/bin", "/usr", "/lib", "/lib64", "/etc/alternatives", "/var/lib/ghc"];

/// Programs beside GHC and the C compiler that decide what a build gives.
const TOOLS: [&str; 12] =
    ["ghc-pkg", "hsc2hs", "haddock", "ld", "ar", "alex", "happy", "c2hs", "cpphs", "pkg-config", "llc", "opt"];

/// Files of the C library, which is updated without the compiler.
const C_LIBRARY: [&str; 2] = ["libc.so.6", "crt1.o"];

/// The form of the cached description. A cache of another form is not read.
const CACHE_VERSION: u32 = 1;

/// The GHC of the machine, and what a build needs to reach it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostToolchain {
    /// What the derivation says of it.
    pub toolchain: Toolchain,
    /// The folders that a sandbox must show.
    pub folders: Vec<String>,
    /// Whether it has profiling libraries.
    pub profiling: bool,
}

/// A description with what it was made from: while that is the same, no program is started.
#[derive(Debug, Serialize, Deserialize)]
struct Cached {
    version: u32,
    /// What was looked up by name, and where it was found.
    lookups: Vec<Lookup>,
    /// The files that were read.
    files: Vec<Identity>,
    host: HostToolchain,
}

/// A program that was looked up by its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Lookup {
    name: String,
    /// Whether on the user's search path, or on that of the build.
    in_build: bool,
    found: Option<PathBuf>,
}

/// Finds the first `ghc` of a search path and describes it.
///
/// The description is kept in `toolchain.json` of the cache folder, where there is one. A warm
/// call starts no program: it looks at the times and sizes of the files that decided last time.
pub async fn detect(
    search_path: &OsStr,
    cache: Option<&Path>,
    cancel: &CancellationToken,
) -> Result<HostToolchain, Error> {
    let file = cache.map(|folder| folder.join("toolchain.json"));
    if let Some(host) = file.as_deref().and_then(|file| recall(file, search_path)) {
        return Ok(host);
    }
    let (host, lookups, files) = inspect(search_path, cancel).await?;
    if let Some(file) = file {
        let cached = Cached { version: CACHE_VERSION, lookups, files, host: host.clone() };
        if let Err(error) = remember(&file, &cached) {
            // Without the cache it is as right, only slower.
            tracing::debug!(%error, "the description of the toolchain is not kept");
        }
    }
    Ok(host)
}

fn recall(file: &Path, search_path: &OsStr) -> Option<HostToolchain> {
    let cached: Cached = serde_json::from_slice(&fs_err::read(file).ok()?).ok()?;
    if cached.version != CACHE_VERSION {
        return None;
    }
    let build_path = OsString::from(&cached.host.toolchain.path);
    let same_lookup =
        |lookup: &Lookup| find(if lookup.in_build { &build_path } else { search_path }, &lookup.name) == lookup.found;
    let same = cached.lookups.iter().all(same_lookup) && cached.files.iter().all(Identity::still_holds);
    same.then_some(cached.host)
}

fn remember(file: &Path, cached: &Cached) -> std::io::Result<()> {
    files::private_folder(file.parent().unwrap_or(Path::new(".")))?;
    files::replace(file, &serde_json::to_vec_pretty(cached)?, Readers::Owner)
}

async fn inspect(
    search_path: &OsStr,
    cancel: &CancellationToken,
) -> Result<(HostToolchain, Vec<Lookup>, Vec<Identity>), Error> {
    let mut lookups = Vec::new();
    let mut look_up = |name: &str, path: &OsStr, in_build| {
        let found = find(path, name);
        lookups.push(Lookup { name: name.to_owned(), in_build, found: found.clone() });
        found
    };

    let ghc = look_up("ghc", search_path, false).ok_or(Error::NoGhc)?;
    let real_ghc = fs_err::canonicalize(&ghc).map_err(|source| Error::Unreadable { source })?;
    let output = system::output(&Invocation::new(&ghc).arg("--info"), cancel).await.map_err(Error::of_compiler)?;
    let info_text = String::from_utf8_lossy(&output.stdout).into_owned();
    let info = GhcInfo::parse(&info_text);
    let unclear = |what: &str| Error::Answer { program: "ghc --info", problem: format!("there is no {what} in it") };
    let ghc_version = info.version().ok_or_else(|| unclear("version"))?.to_owned();
    if !is_new_enough(&ghc_version) {
        return Err(Error::OldGhc { found: ghc_version, path: ghc });
    }
    if store::is_in_store(&real_ghc) {
        return Err(Error::GhcFromStore { path: ghc });
    }
    let missing = |what: &str| Error::Incomplete { ghc_version: ghc_version.clone(), what: what.to_owned() };
    let library_folder = PathBuf::from(info.get("LibDir").ok_or_else(|| unclear("library folder"))?);
    let database = PathBuf::from(info.get("Global Package DB").ok_or_else(|| unclear("package database"))?);
    let database = fs_err::canonicalize(&database).map_err(|source| Error::Unreadable { source })?;

    let cc_name = info.get("C compiler command").unwrap_or("gcc");
    let cc = look_up(cc_name, search_path, false).ok_or_else(|| missing(&format!("the C compiler `{cc_name}`")))?;
    let shell = ["/bin/bash", "/usr/bin/bash", "bash"]
        .into_iter()
        .find_map(|name| look_up(name, search_path, false))
        .ok_or_else(|| missing("`bash`"))?;
    // A folder of links such as ~/.ghcup/bin may have no `ghc-pkg` that belongs to this GHC.
    let ghc = if ghc.with_file_name("ghc-pkg").exists() { ghc } else { real_ghc.clone() };
    let path = build_path(&[&ghc, &cc]);

    let cc_version = Invocation::new(&cc).arg("--version").env("LC_ALL", "C");
    let cc_version = system::output(&cc_version, cancel).await.map_err(Error::of_compiler)?;
    let mut ingredients = fingerprint::Ingredients::default();
    ingredients.text("info", &info_text);
    ingredients.text("cc", &String::from_utf8_lossy(&cc_version.stdout));
    for program in [&ghc, &real_ghc, &cc, &shell].into_iter().chain(&compilers(&library_folder, &ghc_version)) {
        ingredients.file(program)?;
    }
    for file in C_LIBRARY {
        let command = Invocation::new(&cc).arg(format!("-print-file-name={file}"));
        let output = system::output(&command, cancel).await.map_err(Error::of_compiler)?;
        let place = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
        // A compiler that does not know the file repeats its name.
        if place.is_absolute() && place.is_file() {
            ingredients.file(&place)?;
        }
    }
    for tool in TOOLS {
        match look_up(tool, OsStr::new(&path), true) {
            Some(found) => ingredients.file(&found)?,
            None => ingredients.text("absent", tool),
        }
    }
    for settings in [library_folder.join("settings"), library_folder.join("../settings")] {
        if settings.is_file() {
            ingredients.file(&settings)?;
        }
    }
    ingredients.package_database(&database)?;

    let (fingerprint, files) = ingredients.finish();
    let system = info.system().ok_or_else(|| unclear("platform that Nix knows"))?;
    let folders = folders(&[&ghc, &real_ghc, &cc, &shell], &library_folder, &database, Path::exists);
    let profiling = has_profiling_libraries(&library_folder);
    let ghc = ghc.display().to_string();
    let shell = shell.display().to_string();
    let toolchain = Toolchain { ghc, ghc_version, system, shell, path, fingerprint };
    Ok((HostToolchain { toolchain, folders, profiling }, lookups, files))
}

fn is_new_enough(version: &str) -> bool {
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= OLDEST_GHC
}

/// The compilers that a wrapper script may stand for: Debian's `/usr/bin/ghc` runs
/// `/usr/lib/ghc/bin/ghc-9.6.6`, beside the library folder `/usr/lib/ghc/lib`.
fn compilers(library_folder: &Path, version: &str) -> Vec<PathBuf> {
    let name = format!("ghc-{version}");
    let places = [library_folder.join("../bin").join(&name), library_folder.join("bin").join(&name)];
    places.into_iter().filter(|path| path.is_file()).collect()
}

/// The search path of the build: where the compilers are, and the usual folders. Not the user's
/// own: a build must not depend on who starts it.
fn build_path(programs: &[&Path]) -> String {
    let mut folders: Vec<String> = Vec::new();
    let own = programs.iter().filter_map(|program| program.parent()).map(|folder| folder.display().to_string());
    for folder in own.chain(["/usr/bin".to_owned(), "/bin".to_owned()]) {
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    folders.join(":")
}

/// The folders that builders must see, each once, none within another.
fn folders(programs: &[&Path], library_folder: &Path, database: &Path, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let usual = USUAL_FOLDERS.iter().map(PathBuf::from).filter(|folder| exists(folder));
    let own = programs.iter().filter_map(|program| program.parent()).map(Path::to_owned);
    // The compiler proper lies beside its library folder.
    let installation = library_folder.parent().unwrap_or(library_folder).to_owned();
    let mut folders: Vec<PathBuf> = Vec::new();
    for folder in usual.chain(own).chain([installation, library_folder.to_owned(), database.to_owned()]) {
        if !folders.iter().any(|wider| folder.starts_with(wider)) {
            folders.push(folder);
        }
    }
    folders.into_iter().map(|folder| folder.display().to_string()).collect()
}

/// Whether `base` was installed for profiling too.
fn has_profiling_libraries(library_folder: &Path) -> bool {
    walkdir::WalkDir::new(library_folder).max_depth(3).into_iter().flatten().any(|entry| {
        let package = entry.path().parent().and_then(Path::file_name).and_then(OsStr::to_str).unwrap_or_default();
        entry.file_name() == "Prelude.p_hi" && package.starts_with("base-")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ghc_9_4_is_the_oldest() {
        for (version, enough) in
            [("9.2.8", false), ("8.10.7", false), ("9.4.1", true), ("9.10.3", true), ("10.0", true), ("9.5", true)]
        {
            assert_eq!(is_new_enough(version), enough, "{version}");
        }
    }

    #[test]
    fn the_build_path_names_each_folder_once() {
        assert_eq!(build_path(&[Path::new("/usr/bin/ghc"), Path::new("/usr/bin/gcc")]), "/usr/bin:/bin");
        assert_eq!(
            build_path(&[Path::new("/opt/ghc/bin/ghc"), Path::new("/usr/bin/gcc")]),
            "/opt/ghc/bin:/usr/bin:/bin"
        );
    }

    #[test]
    fn folders_outside_of_the_usual_ones_are_added() {
        let ghc = Path::new("/home/ann/.ghcup/bin/ghc");
        let real = Path::new("/home/ann/.ghcup/ghc/9.6.6/bin/ghc-9.6.6");
        let library = Path::new("/home/ann/.ghcup/ghc/9.6.6/lib/ghc-9.6.6/lib");
        let found = folders(&[ghc, real], library, &library.join("package.conf.d"), Path::exists);
        let own: Vec<&String> = found.iter().filter(|folder| folder.starts_with("/home")).collect();
        assert_eq!(
            own,
            ["/home/ann/.ghcup/bin", "/home/ann/.ghcup/ghc/9.6.6/bin", "/home/ann/.ghcup/ghc/9.6.6/lib/ghc-9.6.6"]
        );
    }
}
