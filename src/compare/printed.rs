//! What test suites print, without what is another at each run.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::Error;
use super::description::{Description, Kind, Thing};

/// The line that a thing is.
pub(super) fn line(thing: &Thing) -> &str {
    thing.facts.get("line").map_or("", String::as_str)
}

/// A line in which an incremental build is not like two clean ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    /// Its number.
    pub(super) line: u64,
    /// What the incremental build printed there.
    pub(super) ours: Option<String>,
    /// What the clean one printed there.
    pub(super) theirs: Option<String>,
}

/// Whether the tests of two builds print the same, in the same order.
pub(super) fn alike(one: &Description, other: &Description) -> Result<bool, Error> {
    let (mut ours, mut theirs) = (one.of(Kind::Test)?, other.of(Kind::Test)?);
    loop {
        match (ours.next().transpose()?, theirs.next().transpose()?) {
            (None, None) => return Ok(true),
            (Some(ours), Some(theirs)) if plain(line(&ours)) == plain(line(&theirs)) => {}
            _ => return Ok(false),
        }
    }
}

/// Returns what the tests of an incremental build printed otherwise than those of two clean builds, which may
/// not print the same each time: a line that both of these print and it does not, or not as often; or
/// another number of lines than both. The order says nothing here, as tests may run beside one another: it is for
/// builds that are not [`alike`].
pub(super) fn missing(
    incremental: &Description,
    clean: &Description,
    again: &Description,
) -> Result<Option<Missing>, Error> {
    // Of each line no more than a digest is kept, and how often each build printed it.
    let mut times: BTreeMap<u64, [u64; 3]> = BTreeMap::new();
    let mut all = [0; 3];
    for (index, build) in [incremental, clean, again].into_iter().enumerate() {
        for thing in build.of(Kind::Test)? {
            times.entry(digest(line(&thing?))).or_default()[index] += 1;
            all[index] += 1;
        }
    }
    let too_few = |line: &str| times.get(&digest(line)).is_some_and(|[ours, one, two]| *ours < *one.min(two));
    let too_many = |line: &str| times.get(&digest(line)).is_some_and(|[ours, one, two]| *ours > *one.max(two));
    if let Some((line, theirs)) = first(clean, too_few)? {
        return Ok(Some(Missing { line, ours: at(incremental, line)?, theirs: Some(theirs) }));
    }
    if all[1] == all[2] && all[0] != all[1] {
        let (line, ours) = last(incremental, too_many)?.unzip();
        let line = line.unwrap_or(all[0].min(all[1]) + 1);
        return Ok(Some(Missing { line, ours, theirs: at(clean, line)? }));
    }
    Ok(None)
}

fn digest(line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    plain(line).hash(&mut hasher);
    hasher.finish()
}

/// The first line of which something holds, with its number.
fn first(build: &Description, holds: impl Fn(&str) -> bool) -> Result<Option<(u64, String)>, Error> {
    for (thing, number) in build.of(Kind::Test)?.zip(1..) {
        let thing = thing?;
        if holds(line(&thing)) {
            return Ok(Some((number, line(&thing).to_owned())));
        }
    }
    Ok(None)
}

/// The last one.
fn last(build: &Description, holds: impl Fn(&str) -> bool) -> Result<Option<(u64, String)>, Error> {
    let mut found = None;
    for (thing, number) in build.of(Kind::Test)?.zip(1..) {
        let thing = thing?;
        if holds(line(&thing)) {
            found = Some((number, line(&thing).to_owned()));
        }
    }
    Ok(found)
}

/// A line by its number.
fn at(build: &Description, wanted: u64) -> Result<Option<String>, Error> {
    for (thing, number) in build.of(Kind::Test)?.zip(1..) {
        if number == wanted {
            return Ok(Some(line(&thing?).to_owned()));
        }
    }
    Ok(None)
}

/// A line without durations: numbers with decimals, and whole numbers before a unit of time. The seed of
/// a random generator is another at each run as well.
pub(super) fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, from) = rest.split_at(start);
        text.push_str(before);
        let end = from.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(from.len());
        let number = from[..end].trim_end_matches('.');
        let after = &from[number.len()..];
        let random = text.trim_end().ends_with("seed") || text.ends_with("seed=");
        if random || is_decimal(number) || is_unit(after) {
            text.push('N');
        } else {
            text.push_str(number);
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

/// `0.25`, and not the `1.2.3` of a version.
fn is_decimal(number: &str) -> bool {
    number.matches('.').count() == 1
}

fn is_unit(after: &str) -> bool {
    let word: String = after.trim_start_matches(' ').chars().take_while(|c| c.is_alphabetic()).collect();
    matches!(word.as_str(), "s" | "ms" | "us" | "µs" | "μs" | "ns" | "sec" | "secs" | "second" | "seconds")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn durations_and_seeds_do_not_count() {
        assert_eq!(plain("Finished in 0.0021 seconds"), plain("Finished in 1.5 seconds"));
        assert_eq!(plain("done (12 ms)"), plain("done (7 ms)"));
        assert_eq!(plain("Randomized with seed 17"), plain("Randomized with seed 99"));
        assert_eq!(plain("rerun with --seed=17"), plain("rerun with --seed=99"));
    }

    #[test]
    fn all_else_does() {
        assert_ne!(plain("3 examples, 0 failures"), plain("4 examples, 0 failures"));
        assert_ne!(plain("the answer is 41"), plain("the answer is 42"));
        assert_ne!(plain("foo-1.2.3"), plain("foo-1.2.4"));
        assert_eq!(plain("It is 5."), "It is 5.");
    }
}
