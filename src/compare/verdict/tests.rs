use super::*;

const HINDRANCES: [Obstacle; 7] = [
    Obstacle::TimedOut,
    Obstacle::DiskFull,
    Obstacle::Killed,
    Obstacle::Stopped,
    Obstacle::NoMachine,
    Obstacle::HashMismatch,
    Obstacle::NotDeterministic,
];

fn failed(step: Option<&str>, errors: &[&str]) -> Fate {
    let errors = errors.iter().map(|error| (*error).to_owned()).collect();
    Fate::Failed { step: step.map(str::to_owned), errors }
}

/// All that can become of a derivation, each with its letter:
///
/// - `B` built
/// - `a` and `b` failed in the same step, with other errors of GHC; `w` with both of these
/// - `s` failed in this step, and GHC says nothing; `t` in another step
/// - `u` failed, nobody knows in which step
/// - `N` not begun
/// - `H` each of the hindrances
fn fates() -> Vec<(char, Fate)> {
    let mut all = vec![
        ('B', Fate::Built),
        ('a', failed(Some("build"), &["A.hs:1:1: error: x"])),
        ('b', failed(Some("build"), &["B.hs:1:1: error: y"])),
        ('w', failed(Some("build"), &["B.hs:1:1: error: y", "A.hs:1:1: error: x"])),
        ('s', failed(Some("build"), &[])),
        ('t', failed(Some("check"), &[])),
        ('u', failed(None, &[])),
        ('N', Fate::NotBegun),
    ];
    all.extend(HINDRANCES.map(|obstacle| ('H', Fate::Hindered(obstacle))));
    all
}

/// What is to be done or said, as a letter: `>` look inside, `=` equal, `0` nothing to verify, `F` does not
/// build, `D` different, `.` not compared.
fn letter(next: &Next) -> char {
    match next {
        Next::Describe => '>',
        Next::Known(judged) => match judged.verdict {
            Verdict::Equal => '=',
            Verdict::NothingToVerify => '0',
            Verdict::Fails => 'F',
            Verdict::Different => 'D',
            Verdict::NotCompared => '.',
        },
        Next::Compare | Next::BuildTwice | Next::Split => '?',
    }
}

/// The columns of the tables.
const CLEAN: &str = "BabwstuNH";

/// What is said where the incremental build was begun: a row for each way in which it ended, a column for
/// each of the clean one. Where both are there, the table after this one says more.
const BEGUN: [(char, &str); 8] = [
    ('B', ">DDDDDD.."),
    ('a', "DF.F.D..."),
    ('b', "D.FF.D..."),
    ('w', "DFFF.D..."),
    ('s', "D...FD..."),
    ('t', "DDDDDF..."),
    ('u', "D........"),
    ('H', "........."),
];

/// What is said where both are there, by what became of the incremental build that was made once more.
const AGAIN: &str = ">DDDDDD..";

/// What is said where the incremental build was not begun, by what became of the base: a base that fails
/// by itself leaves the clean build as the only one.
const NOT_BEGUN: [(char, &str); 9] = [
    ('B', "........."),
    ('a', "0FFFFFF.."),
    ('b', "0FFFFFF.."),
    ('w', "0FFFFFF.."),
    ('s', "0FFFFFF.."),
    ('t', "0FFFFFF.."),
    ('u', "........."),
    ('N', "........."),
    ('H', "........."),
];

fn cell(table: &[(char, &str)], row: char, column: char) -> char {
    let (_, cells) = table.iter().find(|(letter, _)| *letter == row).expect("a row");
    let at = CLEAN.find(column).expect("a column");
    cells.chars().nth(at).expect("a cell")
}

#[test]
fn every_combination_of_builds_has_its_verdict() {
    let fates = fates();
    let mut combinations = 0;
    for (base_letter, base) in &fates {
        for (incremental_letter, incremental) in &fates {
            for (again_letter, again) in &fates {
                for (clean_letter, clean) in &fates {
                    let builds = Builds {
                        base: base.clone(),
                        incremental: incremental.clone(),
                        again: again.clone(),
                        clean: clean.clone(),
                    };
                    let next = judge_builds(&builds);
                    let wanted = match (incremental_letter, clean_letter) {
                        ('N', clean) => cell(&NOT_BEGUN, *base_letter, *clean),
                        ('B', 'B') => cell(&[('B', AGAIN)], 'B', *again_letter),
                        (incremental, clean) => cell(&BEGUN, *incremental, *clean),
                    };
                    assert_eq!(letter(&next), wanted, "{builds:?}: {next:?}");
                    holds(&next, &[base, incremental, again, clean]);
                    combinations += 1;
                }
            }
        }
    }
    assert_eq!(combinations, 15_usize.pow(4));
}

/// What has to hold whatever the tables say.
fn holds(next: &Next, fates: &[&Fate]) {
    let Next::Known(judged) = next else { return };
    let Judged { verdict, not_compared, why, ends } = judged;
    assert_ne!(*verdict, Verdict::Equal, "nothing was looked into yet");
    assert_eq!(*verdict == Verdict::NotCompared, not_compared.is_some(), "{judged:?}");
    assert_eq!(*verdict == Verdict::Different, ends.is_some(), "{judged:?}");
    assert!(!why.is_empty() && !why.ends_with('.'), "{why}");
    if verdict.exit() == crate::exit::Exit::Success {
        assert!(fates.contains(&&Fate::Built), "{judged:?}");
    }
    // What is named is what it befell.
    let Some(NotCompared { because, part: Some(part) }) = not_compared else { return };
    let [base, incremental, again, clean] = fates else { panic!("four") };
    let named = match part {
        Part::Base => base,
        Part::Incremental => incremental,
        Part::IncrementalAgain => again,
        Part::Clean => clean,
        other => panic!("{other:?} was not made yet"),
    };
    assert_eq!(named.obstacle(), Some(*because), "{judged:?}");
    assert!(why.contains(&part.to_string()), "{why}");
}

#[test]
fn a_build_alone_is_what_it_is() {
    for (name, fate) in fates() {
        let judged = judge_alone("its version changed", &fate);
        let wanted = match name {
            'B' => Verdict::NothingToVerify,
            'N' | 'H' => Verdict::NotCompared,
            _ => Verdict::Fails,
        };
        assert_eq!(judged.verdict, wanted, "{fate:?}");
        assert_eq!(judged.not_compared.map(|found| found.because), fate.hindrance(), "{fate:?}");
        assert_eq!(judged.verdict.exit() == crate::exit::Exit::Success, fate == Fate::Built);
        assert_eq!(judged.why.contains("its version changed"), !matches!(name, 'N' | 'H'), "{judged:?}");
    }
}

#[test]
fn every_combination_inside_has_its_verdict() {
    for (_, one) in fates() {
        for (_, other) in fates() {
            let first = one.obstacle().or_else(|| other.obstacle());
            let inside = Inside::Described { incremental: one.clone(), clean: other.clone() };
            let again = Inside::BuiltTwice { clean: one.clone(), described: other.clone() };
            for (inside, go_on, parts) in [
                (inside, Next::Compare, [Part::IncrementalDescription, Part::CleanDescription]),
                (again, Next::Split, [Part::CleanAgain, Part::CleanAgainDescription]),
            ] {
                let next = judge_inside(&inside);
                let Some(because) = first else {
                    assert_eq!(next, go_on, "{inside:?}");
                    continue;
                };
                let Next::Known(judged) = next else { panic!("{inside:?}: {next:?}") };
                let part = if one == Fate::Built { parts[1] } else { parts[0] };
                let not_compared = Some(NotCompared { because, part: Some(part) });
                assert_eq!((judged.verdict, judged.not_compared), (Verdict::NotCompared, not_compared));
                assert!(judged.why.contains(&part.to_string()), "{}", judged.why);
            }
        }
    }
    for differences in 0..4 {
        let of = |anything| letter_of(&judge_inside(&Inside::Compared { anything, differences }));
        assert_eq!(of(false), '.', "nothing was there to compare");
        assert_eq!(of(true), if differences == 0 { '=' } else { '2' });
        let settled = letter_of(&judge_inside(&Inside::Settled { differences }));
        assert_eq!(settled, if differences == 0 { '=' } else { 'D' });
    }
}

fn letter_of(next: &Next) -> char {
    if *next == Next::BuildTwice { '2' } else { letter(next) }
}

#[test]
fn the_whole_is_judged_by_what_says_most() {
    use Verdict::{Different, Equal, Fails, NotCompared as Not};
    let package = |(name, verdict, because): &(&str, Verdict, Option<Obstacle>)| VerifiedPackage {
        package: name.parse().expect("a name"),
        version: String::new(),
        verdict: *verdict,
        why: String::new(),
        incremental: None,
        clean: None,
        incremental_seconds: None,
        clean_seconds: None,
        not_compared: because.map(|because| NotCompared { because, part: None }),
        failures: Vec::new(),
        compared: crate::model::verification::Compared::default(),
        differences: Vec::new(),
        unstable: Vec::new(),
        same_code: Vec::new(),
    };
    let (neither, full) = (Some(Obstacle::NeitherBegun), Some(Obstacle::DiskFull));
    for (packages, expected) in [
        (&[("a", Equal, None), ("b", Different, None), ("c", Not, full)][..], "b"),
        (&[("a", Equal, None), ("b", Not, full), ("c", Fails, None)], "b"),
        // What `core` keeps from being begun is no reason of its own.
        (&[("app", Not, neither), ("core", Fails, None)], "core"),
        (&[("app", Not, neither), ("core", Fails, None), ("disk", Not, full)], "disk"),
        (&[("app", Not, neither), ("core", Equal, None)], "app"),
        (&[("a", Fails, None), ("b", Fails, None)], "a"),
    ] {
        let packages: Vec<_> = packages.iter().map(package).collect();
        assert_eq!(worst(&packages).map(|package| package.package.as_str()), Some(expected));
    }
    assert_eq!(worst(&[]), None);
}

#[test]
fn only_what_is_equal_or_clean_ends_well() {
    let ends = [
        (Verdict::NothingToVerify, 0),
        (Verdict::Equal, 0),
        (Verdict::Fails, 100),
        (Verdict::NotCompared, 7),
        (Verdict::Different, 6),
    ];
    assert_eq!(ends.map(|(verdict, _)| verdict.exit().code()), ends.map(|(_, code)| code));
    assert!(ends.is_sorted_by(|(one, _), (other, _)| one < other), "the worst comes last");
}

#[test]
fn how_a_builder_failed_says_what_became_of_it() {
    let failure = |kind, no_room| Failure {
        kind,
        phase: Some("build".to_owned()),
        message: String::new(),
        errors: ["A.hs:1:1: error: [GHC-1]", "    not in scope", "  |", "", "B.hs:2:1: error:"]
            .map(str::to_owned)
            .into(),
        log_tail: Vec::new(),
        no_room,
        killed: false,
    };
    let own = failed(Some("build"), &["A.hs:1:1: error: [GHC-1]", "B.hs:2:1: error:"]);
    for (kind, wanted) in [
        (FailureKind::Builder, own.clone()),
        (FailureKind::Killed, Fate::Hindered(Obstacle::Killed)),
        (FailureKind::DiskFull, Fate::Hindered(Obstacle::DiskFull)),
        (FailureKind::TimedOut, Fate::Hindered(Obstacle::TimedOut)),
        (FailureKind::HashMismatch, Fate::Hindered(Obstacle::HashMismatch)),
        (FailureKind::NotDeterministic, Fate::Hindered(Obstacle::NotDeterministic)),
        (FailureKind::Dependency, Fate::NotBegun),
        (FailureKind::NoMachine, Fate::Hindered(Obstacle::NoMachine)),
        (FailureKind::Stopped, Fate::Hindered(Obstacle::Stopped)),
    ] {
        assert_eq!(Fate::of(false, Some(&failure(kind, false))), wanted);
        assert_eq!(Fate::of(true, Some(&failure(kind, false))), Fate::Built, "it was there before");
    }
    assert_eq!((Fate::of(false, None), Fate::of(true, None)), (Fate::NotBegun, Fate::Built));
}

// Of a base, one such line used to be enough, whatever GHC said: a splice that printed `Killed` chose the verdict.
#[test]
fn what_a_log_says_of_the_machine_counts_where_ghc_gave_no_other_error() {
    use Obstacle::{DiskFull, Killed};
    let other = ["B.hs:4:5: error: [GHC-83865]", "    * Couldn't match expected type `Bool' with actual type `Int'"];
    let quoting = ["A.hs:6:6: error: [GHC-39584]", "    * No space left on device", "Killed"];
    let room = ["ghc: dist/A.o: withFile: resource exhausted (No space left on device)"];
    let placeless =
        ["<no location info>: error:", "    dist/A.o: withFile: resource exhausted (No space left on device)"];
    let program = ["clang: error: unable to execute command: Killed"];
    let phase = ["`gcc' failed in phase `Linker'."];
    let linker = ["<no location info>: error:", "    `gcc' failed in phase `Linker'. (Exit code: 1)"];
    let panic = ["<no location info>: error:", "    panic! (the 'impossible' happened)"];
    let of_machine: [&[&str]; 6] = [&[], &room, &placeless, &program, &phase, &linker];
    let of_package: [&[&str]; 3] = [&other, &quoting, &panic];
    // What the log says, of the disk and of programs, and what follows if that is why.
    for (no_room, killed, obstacle) in
        [(false, false, None), (true, false, Some(DiskFull)), (false, true, Some(Killed)), (true, true, Some(DiskFull))]
    {
        let fate = |is_there, errors: &[&str]| {
            let failure = Failure {
                kind: FailureKind::Builder,
                phase: Some("build".to_owned()),
                message: String::new(),
                errors: errors.iter().copied().map(str::to_owned).collect(),
                log_tail: Vec::new(),
                no_room,
                killed,
            };
            Fate::of(is_there, Some(&failure))
        };
        let is_own = |errors: &[&str]| matches!(fate(false, errors), Fate::Failed { .. });
        for machine in of_machine {
            match obstacle {
                Some(obstacle) => assert_eq!(fate(false, machine), Fate::Hindered(obstacle), "{machine:?}"),
                None => assert!(is_own(machine), "nobody said so: {machine:?}"),
            }
            assert_eq!(fate(true, machine), Fate::Built, "it was there before");
            for package in of_package {
                assert!(is_own(package), "{package:?}");
                // In either order.
                assert!(is_own(&[machine, package].concat()), "{machine:?} {package:?}");
                assert!(is_own(&[package, machine].concat()), "{machine:?} {package:?}");
            }
        }
    }
}
