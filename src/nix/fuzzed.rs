//! Readers of what Nix and the GHC of a builder answer, for `fuzz/` alone: hinc itself runs them.

use super::answer::Evaluation;
use super::evaluate::{last_error, read_json};
use super::failure::Trouble;
use super::ghc_info::GhcInfo;
use super::toolchain::{HostToolchain, remote};
use super::{Error, Settings, StoreInfo, store, version};

/// Reads an answer of `drive.nix`.
pub fn evaluation(bytes: &[u8]) -> Result<Evaluation, Error> {
    read_json("nix-instantiate", bytes)
}

/// Reads a text as each of the smaller answers, and returns why it is none of them.
pub fn others(bytes: &[u8]) -> Vec<Error> {
    let text = String::from_utf8_lossy(bytes);
    drop((version::read(&text), GhcInfo::parse(&text).system()));
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    drop((Trouble::in_lines(&lines), last_error("/cache/nix".as_ref(), &lines)));
    let errors = [
        Settings::parse(bytes).err(),
        read_json::<StoreInfo>("nix", bytes).err(),
        store::paths(bytes).err(),
        toolchain(&text).err(),
    ];
    errors.into_iter().flatten().collect()
}

/// Reads what the GHC of a builder named `farm` is.
pub fn toolchain(text: &str) -> Result<HostToolchain, Error> {
    remote::read("farm", text, Vec::new())
}
