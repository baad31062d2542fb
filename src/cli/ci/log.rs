//! What a runner obeys in the log of a job: lines that fold, and annotations. Each service has its own words for that, in
//! its own file; a service that is not here has a log of plain lines.

use super::{Lookup, azure, buildkite, github, gitlab};
use crate::report::Annotation;

/// A service whose runner obeys lines of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Runner {
    /// Azure Pipelines.
    Azure,
    /// Buildkite.
    Buildkite,
    /// GitHub Actions, Gitea's and Forgejo's.
    GitHub,
    /// GitLab.
    GitLab,
}

/// A part of a log that folds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Section<'a> {
    /// What is read where it is folded: one line, harmless.
    pub(in crate::cli) title: &'a str,
    /// When the first part of this run of hinc began, in seconds since 1970. A job can run hinc more than once.
    pub(in crate::cli) first: i64,
    /// Which one of this run it is.
    pub(in crate::cli) number: u32,
    /// When it begins or ends, in seconds since 1970.
    pub(in crate::cli) at: i64,
}

/// How a part of a log ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum End {
    /// By this line.
    Line(String),
    /// By whatever begins after it: this is the line for what is not to be folded.
    Next(&'static str),
}

/// The services, each with a variable that it sets. One that runs within another's job does so on purpose, and all of
/// these variables are then there; GitHub's are set by most, so it is the last.
const RUNNERS: [(&str, Runner); 4] = [
    ("TF_BUILD", Runner::Azure),
    ("BUILDKITE", Runner::Buildkite),
    ("GITLAB_CI", Runner::GitLab),
    ("GITHUB_ACTIONS", Runner::GitHub),
];

/// Returns the service whose runner reads this log.
pub(super) fn runner(lookup: Lookup<'_>) -> Option<Runner> {
    RUNNERS.into_iter().find(|(name, _)| lookup(name).is_some()).map(|(_, runner)| runner)
}

impl Runner {
    /// Returns the line that begins a part that folds.
    pub(in crate::cli) fn begin(self, section: &Section<'_>) -> String {
        match self {
            Self::Azure => azure::begin(section),
            Self::Buildkite => buildkite::begin(section),
            Self::GitHub => github::begin(section),
            Self::GitLab => gitlab::begin(section),
        }
    }

    /// Returns how such a part ends.
    pub(in crate::cli) fn end(self, section: &Section<'_>) -> End {
        match self {
            Self::Azure => End::Line(azure::END.to_owned()),
            Self::Buildkite => End::Next(buildkite::UNFOLDED),
            Self::GitHub => End::Line(github::END.to_owned()),
            Self::GitLab => End::Line(gitlab::end(section)),
        }
    }

    /// Returns the line that makes an annotation; none where the service makes none of a log.
    pub(in crate::cli) fn annotation(self, annotation: &Annotation) -> Option<String> {
        match self {
            Self::Azure => azure::annotation(annotation),
            Self::GitHub => Some(github::annotation(annotation)),
            Self::Buildkite | Self::GitLab => None,
        }
    }
}

/// Replaces characters that end a part of a command.
pub(super) fn escaped(text: &str, table: &[(char, &str)]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match table.iter().find(|(found, _)| *found == character) {
            Some((_, written)) => escaped.push_str(written),
            None => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Level, Spot};
    use proptest::prelude::*;

    const ALL: [Runner; 4] = [Runner::Azure, Runner::Buildkite, Runner::GitHub, Runner::GitLab];

    #[test]
    fn each_service_is_known_by_its_variable() {
        for (set, expected) in [
            (&["GITHUB_ACTIONS"][..], Some(Runner::GitHub)),
            // Gitea and Forgejo set both.
            (&["GITEA_ACTIONS", "GITHUB_ACTIONS"], Some(Runner::GitHub)),
            (&["GITLAB_CI", "GITHUB_ACTIONS"], Some(Runner::GitLab)),
            (&["BUILDKITE"], Some(Runner::Buildkite)),
            (&["TF_BUILD"], Some(Runner::Azure)),
            (&["CI"], None),
        ] {
            let lookup = |name: &str| set.contains(&name).then(|| "true".to_owned());
            assert_eq!(runner(&lookup), expected, "{set:?}");
        }
    }

    #[test]
    fn a_part_folds_in_the_words_of_each_service() {
        let section = Section {
            title: "building foo-1.0 (full), 100% of it",
            first: 1_769_731_100,
            number: 3,
            at: 1_769_731_200,
        };
        let told: Vec<(String, End)> =
            ALL.iter().map(|runner| (runner.begin(&section), runner.end(&section))).collect();
        let line = |text: &str| End::Line(text.to_owned());
        let expected = [
            ("##[group]building foo-1.0 (full), 100% of it", line("##[endgroup]")),
            ("--- building foo-1.0 (full), 100% of it", End::Next("+++ hinc")),
            ("::group::building foo-1.0 (full), 100%25 of it", line("::endgroup::")),
            (
                "\x1b[0Ksection_start:1769731200:hinc_1769731100_3[collapsed=true]\r\x1b[0Kbuilding foo-1.0 (full), 100% of it",
                line("\x1b[0Ksection_end:1769731200:hinc_1769731100_3\r\x1b[0K"),
            ),
        ];
        assert_eq!(told, expected.map(|(begin, end)| (begin.to_owned(), end)));
    }

    #[test]
    fn an_annotation_is_one_line_with_its_place() {
        let annotation = Annotation {
            level: Level::Error,
            spot: Some(Spot { file: "a,b;c]/A.hs".to_owned(), line: 3, column: 7 }),
            title: "hinc: foo, 50%".to_owned(),
            message: "A.hs:3:7: error:\n  100% wrong".to_owned(),
        };
        let github = Runner::GitHub.annotation(&annotation).expect("a line");
        let expected =
            "::error file=a%2Cb;c]/A.hs,line=3,col=7,title=hinc%3A foo%2C 50%25::A.hs:3:7: error:%0A  100%25 wrong";
        assert_eq!(github, expected);
        let azure = Runner::Azure.annotation(&annotation).expect("a line");
        let expected = "##vso[task.logissue type=error;sourcepath=a,b%3Bc%5D/A.hs;linenumber=3;columnnumber=7]\
                        hinc: foo, 50%AZP25: A.hs:3:7: error:%0D%0A  100%AZP25 wrong";
        assert_eq!(azure, expected);
        let warning = Annotation { level: Level::Warning, spot: None, ..annotation };
        let github = Runner::GitHub.annotation(&warning).expect("a line");
        assert!(github.starts_with("::warning title=hinc%3A foo%2C 50%25::A.hs"), "{github}");
        let azure = Runner::Azure.annotation(&warning).expect("a line");
        assert!(azure.starts_with("##vso[task.logissue type=warning]hinc: foo"), "{azure}");
        let notice = Annotation::notice("nothing\n is posted", "403\r::error::x");
        let github = Runner::GitHub.annotation(&notice).expect("a line");
        assert_eq!(github, "::notice title=hinc%3A nothing  is posted::403 ::error::x");
        assert_eq!(Runner::Azure.annotation(&notice), None);
        assert_eq!([Runner::Buildkite, Runner::GitLab].map(|runner| runner.annotation(&warning)), [None, None]);
    }

    proptest! {
        /// What is said is one line, and a value ends no part of it.
        #[test]
        fn no_text_leaves_its_place(file in ".{0,20}", title in ".{0,20}", message in "[:;,\\]\r\n%a#]{0,30}") {
            let spot = Some(Spot { file, line: 1, column: 1 });
            let annotation = Annotation { level: Level::Error, spot, title, message };
            let github = Runner::GitHub.annotation(&annotation).expect("a line");
            prop_assert!(!github.contains(['\r', '\n']));
            let (properties, _) = github["::error ".len()..].split_once("::").expect("an end of the properties");
            prop_assert_eq!(properties.split(',').count(), 4);
            let azure = Runner::Azure.annotation(&annotation).expect("a line");
            prop_assert!(!azure.contains(['\r', '\n']));
            let (properties, _) = azure.split_once(']').expect("an end of the properties");
            prop_assert_eq!(properties.split(';').count(), 4);
        }
    }
}
