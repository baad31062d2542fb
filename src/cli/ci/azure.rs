//! Azure Pipelines. <https://learn.microsoft.com/azure/devops/pipelines/build/variables>

use super::log::{Section, escaped};
use super::{Lookup, into_branch};
use crate::history::PullRequest;
use crate::report::{Annotation, Level};

pub(super) fn pull_request(lookup: Lookup<'_>) -> Option<PullRequest> {
    lookup("TF_BUILD")?;
    let reference = lookup("BUILD_SOURCEBRANCH").unwrap_or_default();
    let is_merge = reference.starts_with("refs/pull/") && reference.ends_with("/merge");
    into_branch(&lookup("SYSTEM_PULLREQUEST_TARGETBRANCH")?, lookup("BUILD_SOURCEVERSION").filter(|_| is_merge))
}

/// What ends a part that folds. <https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>
pub(super) const END: &str = "##[endgroup]";

pub(super) fn begin(section: &Section<'_>) -> String {
    format!("##[group]{}", section.title)
}

/// What the agent writes for what would end a value (`CommandStringConvertor` of the agent).
const ESCAPES: [(char, &str); 5] = [('%', "%AZP25"), ('\r', "%0D"), ('\n', "%0D%0A"), (';', "%3B"), (']', "%5D")];

/// Returns the line that makes an annotation. There are no notices.
pub(super) fn annotation(annotation: &Annotation) -> Option<String> {
    let level = match annotation.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Notice => return None,
    };
    let spot = annotation.spot.as_ref().map_or_else(String::new, |spot| {
        let file = escaped(&spot.file, &ESCAPES);
        format!(";sourcepath={file};linenumber={};columnnumber={}", spot.line, spot.column)
    });
    // There is no title. In the text only line ends and the sign of the escapes end something.
    let text = escaped(&format!("{}: {}", annotation.title, annotation.message), &ESCAPES[..3]);
    Some(format!("##vso[task.logissue type={level}{spot}]{text}"))
}
