//! What builds ran on, so that nobody sets times of two machines beside one another for times of two commits.

use crate::model::record::{Build, Machine, Outcome, Record};
use crate::report::sentence::{Sentence, name, said, sentence};
use crate::report::words::{counted, size};

/// How many machines are named.
const NAMED: usize = 3;

/// A machine with the builder that it is.
type Place<'a> = (&'a str, &'a Machine);

/// Returns what each of a record's derivations ran on, where that is known, each machine once, those of head first.
pub(in crate::report) fn machines(record: &Record) -> Vec<Place<'_>> {
    let mut ran: Vec<&Build> =
        record.builds.iter().filter(|build| matches!(build.outcome, Outcome::Built | Outcome::Failed)).collect();
    ran.sort_by_key(|build| build.is_helper());
    let mut found: Vec<Place<'_>> = Vec::new();
    for build in ran {
        let place = build.machine.as_ref().map(|machine| (build.builder.as_str(), machine));
        found.extend(place.filter(|&place| !found.iter().any(|&known| is_one(known, place))));
    }
    found
}

/// Whether two are one machine, as far as times are concerned. Its memory is told by its kernel, and is another after an
/// update of that.
pub(in crate::report) fn is_one(one: Place<'_>, other: Place<'_>) -> bool {
    let essence = |(builder, machine): Place<'_>| {
        let gibibytes = machine.memory_bytes.map(|memory| memory.saturating_add(1 << 29) >> 30);
        let Machine { system, cores, jobs, processor, .. } = machine.clone();
        (builder.to_owned(), system, cores, jobs, processor, gibibytes)
    };
    essence(one) == essence(other)
}

/// Returns in words how the machine of the second record differs from that of the first: `4 cores and not 8`. None where
/// they are one, or where it is not known of both.
pub(in crate::report) fn difference(before: &Record, after: &Record) -> Option<Sentence> {
    let (before, after) = (machines(before), machines(after));
    let (&one, &other) = (before.first()?, after.first()?);
    if is_one(one, other) {
        return None;
    }
    Some(sentence!["not compiled alike: ", words(one), " before, ", words(other), " after"])
}

/// `built with 4 cores, 4 modules at once, 15.6 GiB of memory (x86_64-linux, AMD EPYC 7763)`, a sentence for each machine.
pub(super) fn sentences(record: &Record) -> Vec<Sentence> {
    let all = machines(record);
    let mut told: Vec<Sentence> =
        all.iter().take(NAMED).map(|&place| sentence!["compiled with ", words(place)]).collect();
    if all.len() > NAMED {
        told.push(said(format!("and on {}", counted((all.len() - NAMED) as u64, "more machine"))));
    }
    told
}

/// `4 cores, 2 modules at once, 15.6 GiB of memory (x86_64-linux, AMD EPYC 7763, vm)`.
pub(in crate::report) fn words((builder, machine): Place<'_>) -> Sentence {
    let mut amounts = Vec::new();
    amounts.extend(machine.cores.map(|cores| counted(cores, "core")));
    amounts.extend(machine.jobs.map(|jobs| format!("{} at once", counted(jobs, "module"))));
    amounts.extend(machine.memory_bytes.map(|memory| format!("{} of memory", size(memory))));
    let names = [machine.system.as_deref(), machine.processor.as_deref(), Some(builder)];
    let names: Vec<Sentence> = names.into_iter().flatten().filter(|told| !told.is_empty()).map(name).collect();
    let amounts = said(amounts.join(", "));
    match (amounts.is_empty(), names.is_empty()) {
        (_, true) => amounts,
        (true, false) => Sentence::joined(names, ", "),
        (false, false) => sentence![amounts, " (", Sentence::joined(names, ", "), ")"],
    }
}
