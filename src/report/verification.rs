//! What people read after `hinc verify`.

use super::base_failures::base_failure;
use super::page::Page;
use super::style::Paint;
use super::words::{counted, duration};
use super::{Error, TextOptions};
use crate::model::event::FailureKind;
use crate::model::record::Failure;
use crate::model::verification::{
    Compared, Difference, FailedPart, Part, Subject, Verdict, Verification, VerifiedPackage,
};

/// How many differences are listed; JSON has all.
const LISTED: usize = 20;
/// How many unstable ones are named.
const NAMED: usize = 5;

/// Returns the verification as indented JSON with a line end. `docs/verify.md` describes it.
pub fn verification_json(verification: &Verification) -> Result<String, Error> {
    let mut text = serde_json::to_string_pretty(verification).map_err(Error::Write)?;
    text.push('\n');
    Ok(text)
}

/// Returns the verification for people: lines, each with its end.
pub fn verification_text(verification: &Verification, options: &TextOptions) -> String {
    let mut page = Page { text: String::new(), paint: Paint { colour: options.colour }, width: options.width.max(40) };
    if verification.packages.is_empty() {
        page.indented(0, &format!("{}: {}", verdict(page.paint, verification.verdict), verification.why));
    }
    for package in &verification.packages {
        one_package(&mut page, package);
    }
    for failure in &verification.base_failures {
        page.indented(0, &base_failure(failure, &verification.base.commit).to_string());
    }
    page.text
}

fn verdict(paint: Paint, verdict: Verdict) -> String {
    match verdict {
        Verdict::Equal => paint.good("equal"),
        Verdict::NothingToVerify => paint.good("nothing to verify"),
        Verdict::Different => paint.bad("different"),
        Verdict::Fails => paint.bad("does not build"),
        Verdict::NotCompared => paint.bad("not compared"),
    }
}

fn one_package(page: &mut Page, package: &VerifiedPackage) {
    let name = page.paint.title(&format!("{} {}", package.package, package.version));
    let verdict = verdict(page.paint, package.verdict);
    page.indented(0, &format!("{name}: {verdict}: {}", package.why));
    if package.compared != Compared::default() {
        page.indented(2, &compared(&package.compared));
    }
    if let (Some(incremental), Some(clean)) = (package.incremental_seconds, package.clean_seconds) {
        page.indented(2, &format!("compiled in {}, from scratch in {}", duration(incremental), duration(clean)));
    }
    differences(page, &package.differences);
    if package.compared.renamed > 0 {
        let verb = if package.compared.renamed == 1 { "differs" } else { "differ" };
        let text = format!(
            "{} {verb} only in what GHC does at random: names of local symbols, the order of static reference tables",
            counted(package.compared.renamed, "file")
        );
        page.indented(2, &text);
    }
    if !package.same_code.is_empty() {
        let text = "GHC wrote other interfaces of the same code (names and forms of what others may inline): ";
        page.indented(2, &format!("{text}{}", named(&package.same_code)));
    }
    if !package.unstable.is_empty() {
        let text = format!(
            "{} between two clean builds as well, so that nothing can be said of it: {}",
            if package.unstable.len() == 1 { "1 thing differs" } else { "some differ" },
            named(&package.unstable)
        );
        page.indented(2, &text);
    }
    for (index, FailedPart { part, failure }) in package.failures.iter().enumerate() {
        let before = package.failures[..index].iter().find(|before| before.failure.errors == failure.errors);
        failure_lines(page, *part, failure, before.map(|before| before.part));
    }
}

/// What some differences are about, as far as a reader wants to know.
fn named(differences: &[Difference]) -> String {
    let modules = |difference: &Difference| difference.module.as_ref().map(|module| module.0.clone());
    let mut names: Vec<String> = differences.iter().filter_map(modules).collect();
    if names.is_empty() {
        names = differences.iter().map(subject).collect();
    }
    names.sort();
    names.dedup();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", names.join(", "))
}

fn compared(compared: &Compared) -> String {
    let mut parts = vec![
        counted(compared.interfaces, "interface"),
        counted(compared.objects, "object"),
        counted(compared.others, "other file") + " of the build",
        counted(compared.files, "installed file"),
    ];
    if compared.test_lines > 0 {
        parts.push(counted(compared.test_lines, "line") + " of the test suites");
    }
    if compared.warnings > 0 {
        parts.push(counted(compared.warnings, "warning"));
    }
    format!("compared: {}", parts.join(", "))
}

/// The differences, those of one module or file below one another.
fn differences(page: &mut Page, differences: &[Difference]) {
    let mut last = String::new();
    for difference in differences.iter().take(LISTED) {
        let subject = subject(difference);
        if subject != last {
            let title = page.paint.notable(&subject);
            page.indented(2, &title);
            last = subject;
        }
        if difference.subject == Subject::Warning {
            let given = if difference.clean.is_some() { "clean" } else { "incremental" };
            page.cut(4, &difference.what);
            page.indented(6, &format!("given by the {given} build alone"));
            continue;
        }
        let place = match (difference.subject, &difference.module) {
            (Subject::Object, Some(_)) => format!("code ({}): {}", difference.file, difference.what),
            _ => difference.what.clone(),
        };
        let value = |value: &Option<String>| value.as_deref().map_or_else(|| "nothing".to_owned(), quoted);
        if difference.incremental.is_none() && difference.clean.is_none() {
            page.cut(4, &place);
        } else {
            page.cut(4, &format!("{place}: {}", value(&difference.incremental)));
            page.cut(
                4,
                &format!("{:width$}  {} in a clean build", "", value(&difference.clean), width = place.chars().count()),
            );
        }
    }
    if differences.len() > LISTED {
        page.indented(2, &format!("and {} more, which --json lists", differences.len() - LISTED));
    }
}

fn quoted(value: &str) -> String {
    if value.chars().all(char::is_alphanumeric) && !value.is_empty() { value.to_owned() } else { format!("`{value}`") }
}

/// What a difference is about: a module with its component, or a file.
fn subject(difference: &Difference) -> String {
    if let Some(module) = &difference.module {
        return match difference.component.as_ref().map(|component| component.0.as_str()) {
            None | Some("" | "lib") => module.0.clone(),
            Some(component) => format!("{} ({component})", module.0),
        };
    }
    match difference.subject {
        Subject::Build => "the build".to_owned(),
        Subject::Tests => "what the test suites print".to_owned(),
        Subject::Warning => "warnings of no module".to_owned(),
        Subject::BuildFile | Subject::Interface | Subject::Object => {
            format!("{} (of the build folder)", difference.file)
        }
        Subject::Registration => format!("{} (registration)", difference.file),
        Subject::Repetition => format!("{} (of the incremental build, made once more)", difference.file),
        Subject::File => difference.file.clone(),
    }
}

/// `like` is the part that had the same errors of GHC before.
fn failure_lines(page: &mut Page, part: Part, failure: &Failure, like: Option<Part>) {
    let how = match failure.kind {
        FailureKind::Builder => "failed",
        FailureKind::Killed => "was ended from outside",
        FailureKind::DiskFull => "failed, with no room left on the disk",
        FailureKind::TimedOut => "ran into a limit of time",
        FailureKind::HashMismatch => "gave another hash than it should",
        FailureKind::NotDeterministic => "gave something else when Nix repeated it",
        FailureKind::Dependency => "was not begun",
        FailureKind::NoMachine => "finds no machine that may make it",
        FailureKind::Stopped => "was stopped before its end",
    };
    let step = failure.phase.as_deref().map(|phase| format!(", in its step {phase}")).unwrap_or_default();
    if let Some(like) = like.filter(|_| !failure.errors.is_empty()) {
        return page.indented(2, &format!("{part} {how}{step}, with the errors of {like}"));
    }
    page.indented(2, &format!("{part} {how}{step}:"));
    let lines = if failure.errors.is_empty() { &failure.log_tail } else { &failure.errors };
    page.indented(0, "");
    for line in lines {
        page.of_program(line);
    }
    page.indented(0, "");
    if failure.phase.is_none() {
        for line in failure.message.lines() {
            page.indented(2, line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::haskell::{ComponentName, ModuleName};
    use pretty_assertions::assert_eq;

    fn difference(subject: Subject, module: Option<(&str, &str)>, file: &str, what: &str) -> Difference {
        Difference {
            subject,
            component: module.map(|(component, _)| ComponentName(component.to_owned())),
            module: module.map(|(_, module)| ModuleName(module.to_owned())),
            file: file.to_owned(),
            what: what.to_owned(),
            incremental: None,
            clean: None,
        }
    }

    fn package(differences: Vec<Difference>) -> VerifiedPackage {
        VerifiedPackage {
            package: "foo".parse().expect("a name"),
            version: "1.0".to_owned(),
            verdict: if differences.is_empty() { Verdict::Equal } else { Verdict::Different },
            why: "because".to_owned(),
            incremental: None,
            clean: None,
            incremental_seconds: Some(0.9),
            clean_seconds: Some(42.0),
            not_compared: None,
            failures: Vec::new(),
            compared: Compared {
                interfaces: 2,
                objects: 2,
                others: 1,
                files: 3,
                test_lines: 0,
                warnings: 0,
                renamed: 1,
            },
            differences,
            unstable: Vec::new(),
            same_code: Vec::new(),
        }
    }

    fn text_of(package: &VerifiedPackage) -> String {
        let mut page = Page { text: String::new(), paint: Paint { colour: false }, width: 60 };
        one_package(&mut page, package);
        page.text
    }

    #[test]
    fn equal_builds_take_a_few_lines() {
        let mut package = package(Vec::new());
        package.unstable = vec![difference(Subject::Tests, None, "", "line 1")];
        assert_eq!(
            text_of(&package),
            "foo 1.0: equal: because\n  \
             compared: 2 interfaces, 2 objects, 1 other file of the build, 3 installed files\n  \
             compiled in 0.9 s, from scratch in 42 s\n  \
             1 file differs only in what GHC does at random: names of local symbols, the order of static reference tables\n  \
             1 thing differs between two clean builds as well, so that nothing can be said of it: what the test suites print\n"
        );
    }

    #[test]
    fn differences_stand_below_what_they_are_about_and_are_cut() {
        let mut abi = difference(Subject::Interface, Some(("exe:foo", "Main")), "x/Main.hi", "ABI hash");
        (abi.incremental, abi.clean) = (Some("a1".to_owned()), Some("b2".to_owned()));
        let code = difference(Subject::Object, Some(("exe:foo", "Main")), "x/Main.o", ".text");
        let mut long = difference(Subject::File, None, "share/x", "line 1");
        long.incremental = Some("long ".repeat(30));
        let text = text_of(&package(vec![abi, code, long]));
        let lines: Vec<&str> = text.lines().skip(3).take(7).collect();
        assert_eq!(
            lines[..4],
            ["  Main (exe:foo)", "    ABI hash: a1", "              b2 in a clean build", "    code (x/Main.o): .text"]
        );
        assert_eq!((lines[4], lines[5].chars().count()), ("  share/x", 60));
        assert!(lines[5].ends_with('…') && lines[6].ends_with("nothing in a clean build"), "{text}");
        let mut warning = difference(Subject::Warning, Some(("lib", "A")), "", "src/A.hs:1:1: warning: [-Wx] text");
        warning.clean = Some("given".to_owned());
        let text = text_of(&package(vec![warning]));
        let wanted = "  A\n    src/A.hs:1:1: warning: [-Wx] text\n      given by the clean build alone\n";
        assert!(text.contains(wanted), "{text}");
        let many: Vec<_> = (0..25).map(|n| difference(Subject::File, None, &format!("f{n}"), "content")).collect();
        assert!(text_of(&package(many)).contains("and 5 more, which --json lists"));
    }
}
