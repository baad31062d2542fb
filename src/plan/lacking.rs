//! Whether head is worth a plain build where a full build of its base could not be begun.

use std::collections::BTreeSet;

use crate::model::record::FailedDependency;
use crate::model::store::StorePath;

/// What is known when the base has come to nothing.
#[derive(Debug, Clone, Copy)]
pub struct Lack<'a> {
    /// What failed beneath the base although it is not in the plan.
    pub failed: &'a [FailedDependency],
    /// What failed beyond doubt. A builder may have said it of others, and a plain build shows whether it is true.
    pub certain: &'a BTreeSet<StorePath>,
    /// The derivations that would be built for a plain build of head. Where nobody can say, it is none of them.
    pub to_build: &'a BTreeSet<StorePath>,
    /// How many packages are wanted.
    pub wanted: usize,
    /// Whether those are built, too, that need nothing that failed.
    pub keep_going: bool,
}

/// Returns the dependency that failed and without which a plain build of head would fail for the same reason; none where
/// such a build is worth to be tried.
pub fn lacking(lack: Lack<'_>) -> Option<&FailedDependency> {
    if lack.keep_going && lack.wanted > 1 {
        return None;
    }
    lack.failed.iter().find(|failed| lack.certain.contains(&failed.drv) && lack.to_build.contains(&failed.drv))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What failed, what would be built, how many packages are wanted, whether to keep going, and what is lacking.
    type Case<'a> = (&'a [&'a str], &'a [&'a str], usize, bool, Option<&'a str>);

    #[test]
    fn a_plain_build_is_tried_unless_it_would_fail_for_the_same_reason() {
        let drv = |name: &str| StorePath::from_parts(&"0".repeat(32), &format!("{name}.drv")).expect("a path");
        let failed = |name: &&str| -> FailedDependency {
            let failure =
                serde_json::json!({"kind": "builder", "phase": null, "message": "", "errors": [], "log_tail": []});
            let failed = serde_json::json!(
                {"name": name, "drv": drv(name), "builder": "", "seconds": 1.0, "failure": failure});
            serde_json::from_value(failed).expect("a dependency that failed")
        };
        let cases: [Case<'_>; 8] = [
            (&["zlib"], &["zlib", "app"], 1, false, Some("zlib")),
            (&["gmp", "zlib"], &["zlib", "app"], 1, false, Some("zlib")),
            // Head no longer needs it, or needs another one.
            (&["zlib"], &["app"], 1, false, None),
            (&["zlib"], &[], 1, false, None),
            // Nothing beneath failed: the base did.
            (&[], &["zlib", "app"], 1, false, None),
            // Nix stops at the first failure, unless it is told not to.
            (&["zlib"], &["zlib", "app", "core"], 2, false, Some("zlib")),
            (&["zlib"], &["zlib", "app", "core"], 2, true, None),
            (&["zlib"], &["zlib", "app"], 1, true, Some("zlib")),
        ];
        for (names, to_build, wanted, keep_going, expected) in cases {
            let failed: Vec<FailedDependency> = names.iter().map(failed).collect();
            let to_build = &to_build.iter().map(|name| drv(name)).collect();
            let certain = &names.iter().map(|name| drv(name)).collect();
            let lack = Lack { failed: &failed, certain, to_build, wanted, keep_going };
            assert_eq!(lacking(lack).map(|failed| failed.name.as_str()), expected, "{lack:?}");
            let claimed = Lack { certain: &BTreeSet::new(), ..lack };
            assert!(lacking(claimed).is_none(), "somebody said so: {claimed:?}");
        }
    }
}
