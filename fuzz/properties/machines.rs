//! `/etc/nix/machines`, and the setting `builders`.

use std::path::Path;

use hinc::builder::machines::{self, Origin};
use hinc::model::builder::BuilderKind;

use super::is_told_harmlessly;

pub(super) fn hold(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    // A file that it names is itself: circles end.
    let files = |path: &Path| Ok((path == Path::new("/again")).then(|| text.clone().into_owned()));
    let read = machines::parse(&text, &Origin::Setting, &files);
    for problem in &read.problems {
        is_told_harmlessly(problem);
    }
    let mut names = std::collections::BTreeSet::new();
    for builder in &read.builders {
        assert!(names.insert(builder.name.label()), "`{}` twice", builder.name);
        assert_eq!(builder.name.label().parse(), Ok(builder.name.clone()));
        let BuilderKind::Ssh(machine) = &builder.kind else { continue };
        // Written and read again, it is the same machine.
        let line = machines::line(builder, machine);
        assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
        let again = machines::parse(&line, &Origin::Setting, &files);
        assert!(again.problems.is_empty(), "{line:?}: {:?}", again.problems);
        let [again] = again.builders.as_slice() else { panic!("{line:?} is {} builders", again.builders.len()) };
        let mut expected = builder.clone();
        expected.name.clone_from(&again.name);
        assert_eq!(*again, expected, "{line:?}");
    }
}
