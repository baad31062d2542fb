//! Holds `docs/exit-codes.md` against `src/exit.rs`.

use std::collections::BTreeSet;

use hinc::exit::Exit;

/// The rows of the table: code and name.
fn documented() -> Vec<(u8, String)> {
    let text = include_str!("../../docs/exit-codes.md");
    let row = |line: &str| {
        let mut cells = line.split('|').map(str::trim).skip(1);
        Some((cells.next()?.parse().ok()?, cells.next()?.to_owned()))
    };
    text.lines().filter_map(row).collect()
}

#[test]
fn the_page_lists_every_code_in_order() {
    let known: Vec<(u8, String)> = Exit::ALL.iter().map(|exit| (exit.code(), format!("{exit:?}"))).collect();
    assert_eq!(documented(), known);
}

#[test]
fn every_way_to_end_is_in_the_list_and_has_a_code_of_its_own() {
    let source = include_str!("../../src/exit.rs");
    let body = source.split_once("pub enum Exit {").and_then(|(_, rest)| rest.split_once('}')).expect("the enum").0;
    let variants = body.lines().map(str::trim).filter(|line| line.ends_with(',')).count();
    assert_eq!(Exit::ALL.len(), variants);
    let codes: BTreeSet<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
    assert_eq!(codes.len(), Exit::ALL.len());
}
