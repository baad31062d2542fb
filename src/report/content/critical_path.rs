//! What the compilation waited for.

use crate::model::record::{Build, Module};
use crate::report::sentence::{Sentence, name, said, sentence};
use crate::report::words::{counted, duration};

/// Up to which share of the time that it took a build with endless cores is no faster.
const NO_FASTER: f64 = 0.95;

/// Returns the chain of imports that took longest, the first module first. None where the record does not say it, or
/// names a module that it does not have.
pub(in crate::report) fn critical_path(build: &Build) -> Option<Vec<&Module>> {
    let module = |&place: &u32| build.modules.get(usize::try_from(place).ok()?);
    let path: Vec<&Module> = build.critical_path.as_ref()?.modules.iter().map(module).collect::<Option<_>>()?;
    (!path.is_empty()).then_some(path)
}

/// `critical path: 12 modules from Types to App took 8.2 s of 14 s; with endless cores it would be 9.1 s`. None where it is
/// not known, or is a single module.
pub(in crate::report) fn sentence_of(build: &Build) -> Option<Sentence> {
    let path = critical_path(build)?;
    let ([first, .., last], Some(told), Some(all)) = (path.as_slice(), &build.critical_path, build.compile_seconds)
    else {
        return None;
    };
    let ends = sentence![" from ", name(&first.module.0), " to ", name(&last.module.0)];
    let took = format!(" took {} of {}", duration(told.seconds), duration(all));
    let endless = if told.endless_cores_seconds >= NO_FASTER * all {
        "; more cores would make it no faster".into()
    } else {
        said(format!("; with endless cores all would take {}", duration(told.endless_cores_seconds)))
    };
    Some(sentence!["critical path: ", said(counted(path.len() as u64, "module")), ends, said(took), endless])
}
