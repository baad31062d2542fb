//! The report in Markdown: short where it is seen at once, whole, and harmless.

use hinc::model::event::FailureKind;
use hinc::model::plan::{Kind, Mode};
use hinc::model::record::{Build, Failure, Module, Outcome, Record};
use hinc::report::{self, MARKDOWN_LIMIT};
use pretty_assertions::assert_eq;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use unicode_width::UnicodeWidthChar as _;

use crate::log;
use crate::report::{incremental, large, module, record, recorded};

fn assert_markdown(name: &str, text: &str) {
    log::settings().bind(|| insta::assert_snapshot!(format!("markdown-{name}"), text));
}

/// What is seen before anything is unfolded: each line as a reader sees it.
fn seen_at_once(markdown: &str) -> Vec<String> {
    let (mut lines, mut line, mut depth) = (Vec::new(), String::new(), 0);
    for event in parsed(markdown) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                depth += html.matches("<details>").count();
                depth -= html.matches("</details>").count();
            }
            Event::Text(text) | Event::Code(text) if depth == 0 => line.push_str(&text),
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Item | TagEnd::Paragraph | TagEnd::Heading(_))
                if !line.is_empty() =>
            {
                lines.push(std::mem::take(&mut line));
            }
            _ => {}
        }
    }
    lines
}

fn parsed(markdown: &str) -> Vec<Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM;
    Parser::new_ext(markdown, options).collect()
}

/// That every part is closed, that the HTML is hinc's own, and that nothing is made of a text but itself.
fn assert_well_formed(markdown: &str) {
    assert!(markdown.chars().count() <= MARKDOWN_LIMIT, "{} characters", markdown.chars().count());
    let (mut open, mut tables, mut code_tags, mut is_in_fence) = (0i32, 0, 0i32, false);
    for event in parsed(markdown) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                for tag in html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or_default()) {
                    match tag {
                        "details" => open += 1,
                        "/details" => open -= 1,
                        "code" => code_tags += 1,
                        "/code" => code_tags -= 1,
                        "summary" | "/summary" | "sub" | "/sub" => {}
                        other => panic!("the tag <{other}> in {markdown}"),
                    }
                    assert!((0..=1).contains(&open) && (0..=1).contains(&code_tags), "{markdown}");
                }
            }
            Event::Start(Tag::CodeBlock(_)) => is_in_fence = true,
            Event::End(TagEnd::CodeBlock) => is_in_fence = false,
            Event::Start(Tag::Table(columns)) => {
                assert_eq!(columns.len(), 3);
                tables += 1;
            }
            Event::Start(
                tag @ (Tag::Link { .. }
                | Tag::Image { .. }
                | Tag::Emphasis
                | Tag::Strikethrough
                | Tag::BlockQuote(_)
                | Tag::FootnoteDefinition(_)),
            ) => panic!("{tag:?} in {markdown}"),
            // In code nobody is mentioned and nothing is referred to; outside of it are no words of others.
            Event::Text(text) if code_tags == 0 => {
                assert!(is_in_fence || !text.contains("evil"), "{text:?} in {markdown}");
            }
            _ => {}
        }
    }
    assert_eq!((open, code_tags), (0, 0), "{markdown}");
    assert_eq!(markdown.matches("\n| --- | ---: | --- |\n").count(), tables, "a table that is none: {markdown}");
    assert!(!markdown.contains('\u{202e}') && !markdown.contains('\x1b') && !markdown.contains('\r'));
}

fn assert_short(markdown: &str) {
    let seen = seen_at_once(markdown);
    // The folded parts have a line each.
    let folded = markdown.matches("<summary>").count();
    assert!(seen.len() + folded <= 12, "{} lines: {markdown}", seen.len() + folded);
    for line in &seen {
        assert!(columns(line) <= 60 || line.starts_with("head "), "{line}");
    }
}

#[test]
fn changes_of_several_packages_are_told_apart() {
    let edited = |package: &str, name: &str, root: &str, reason: &str| {
        let modules = vec![module("lib", name, reason, None, root, 1.0)];
        Build { package: package.parse().expect("a name"), ..incremental(modules) }
    };
    let seen = |builds: Vec<Build>| {
        let record = record(Mode::Incremental, builds);
        let text = report::markdown(&record);
        assert_well_formed(&text);
        assert_short(&text);
        let page = report::html(&record, None).expect("a page");
        (seen_at_once(&text).into_iter().filter(|line| line.ends_with(" s")).collect::<Vec<_>>(), page)
    };
    let types = |package| edited(package, "Types", "Types", "source-file-changed");
    let (lines, page) = seen(vec![types("a"), types("b"), edited("b", "Other", "Other", "source-file-changed")]);
    let expected = [
        "Types of a was edited: 1 module, 1.0 s",
        "Types of b was edited: 1 module, 1.0 s",
        "Other was edited: 1 module, 1.0 s",
    ];
    assert_eq!(lines, expected);
    assert!(page.contains("<bdi>Types</bdi> of <bdi>a</bdi> was edited"), "{page}");
    let flags = |package| edited(package, "Types", "flags", "flags-changed");
    let (lines, _) = seen(vec![flags("a"), flags("b")]);
    assert_eq!(lines, ["flags changed, for a: 1 module, 1.0 s", "flags changed, for b: 1 module, 1.0 s"]);
    let (lines, _) = seen(vec![types("a"), edited("a", "Other", "Other", "source-file-changed")]);
    assert_eq!(lines, ["Types was edited: 1 module, 1.0 s", "Other was edited: 1 module, 1.0 s"]);
}

/// The columns that a line takes: letters of East Asia and pictures take two.
fn columns(line: &str) -> usize {
    line.chars().map(|c| c.width().unwrap_or(0)).sum()
}

#[test]
fn letters_of_two_columns_have_room_as_well() {
    let modules = ["模块名字".repeat(9), "🎉🎉.Types".repeat(6)];
    let modules = modules.iter().map(|name| module("lib", name, "source-file-changed", None, name, 1.0)).collect();
    let text = report::markdown(&record(Mode::Incremental, vec![incremental(modules)]));
    assert_well_formed(&text);
    assert_short(&text);
    assert!(seen_at_once(&text).iter().any(|line| line.contains('…') && columns(line) >= 58), "{text}");
}

#[test]
fn reports_of_recorded_builds() {
    for (case, mode) in [
        ("comment", Mode::Incremental),
        ("export", Mode::Incremental),
        ("splice", Mode::Incremental),
        ("flags", Mode::Incremental),
        ("cached", Mode::Incremental),
        ("broken", Mode::Incremental),
        ("redtest", Mode::Incremental),
        ("full", Mode::Full),
    ] {
        let text = report::markdown(&record(mode, recorded(case)));
        assert_well_formed(&text);
        assert_short(&text);
        assert_markdown(case, &text);
    }
    let text = report::markdown(&record(Mode::Incremental, vec![large()]));
    assert_well_formed(&text);
    assert_short(&text);
    assert_markdown("large", &text);
}

/// Ten thousand modules for five hundred edits.
pub(super) fn huge() -> Record {
    let modules = (0..10_000).map(|index| {
        let root = format!("Mono.Part{}", index % 500);
        let (reason, cause) =
            if index < 500 { ("source-file-changed", None) } else { ("module-changed", Some(root.as_str())) };
        module("lib", &format!("Mono.Part{index}"), reason, cause, &root, f64::from(index % 97) / 10.0)
    });
    let build = Build { modules_total: Some(12_000), ..incremental(modules.collect()) };
    record(Mode::Incremental, vec![build])
}

#[test]
fn what_does_not_fit_is_left_out_whole_and_counted() {
    let text = report::markdown(&huge());
    assert_well_formed(&text);
    assert_short(&text);
    assert!(text.chars().count() > MARKDOWN_LIMIT / 2, "{}", text.chars().count());
    let changes = text.matches("** was edited").count() + text.matches("was edited**").count();
    let told = format!("\n{} modules more do not fit here: the record has all.\n", {
        let left = 10_000 - 20 * changes;
        format!("{},{:03}", left / 1000, left % 1000)
    });
    assert!(text.contains(&told), "{changes} changes, {told}");

    let failure = Failure {
        kind: FailureKind::Builder,
        phase: Some("build".to_owned()),
        message: "builder failed".to_owned(),
        errors: (0..3_000).map(|line| format!("src/A.hs:{line}:1: error: [GHC-83865]")).collect(),
        log_tail: Vec::new(),
        no_room: false,
        killed: false,
    };
    let mut broken = huge();
    broken.builds[0].outcome = Outcome::Failed;
    broken.builds[0].failure = Some(failure);
    let text = report::markdown(&broken);
    assert_well_formed(&text);
    assert_short(&text);
    assert!(text.contains("lines more do not fit here"), "{text}");
    assert!(text.starts_with("### `mono` failed in its step `build`\n"), "{text}");
}

/// Texts that something could be made of.
const HOSTILE: [&str; 26] = [
    "`evil`",
    "``evil",
    "|evil|",
    "\\|",
    "<script>evil</script>",
    "</details>",
    "</code>",
    "<!-- evil",
    "-->",
    "@evil",
    "#1 evil",
    "https://evil.example/",
    "[evil](https://evil.example)",
    "![evil](x)",
    "**evil**",
    "__evil__",
    "~~evil~~",
    "\u{202e}evil",
    "\u{1b}[31mevil",
    "\n\n# evil",
    "\r\n- evil",
    "\n```\nevil\n```\n",
    "&lt;evil&gt;",
    "$evil$",
    "::set-output name=evil::",
    "/close evil",
];

struct Dice(u64);

impl Dice {
    /// A number below `end` (xorshift, Marsaglia 2003).
    fn roll(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("small")
    }

    fn text(&mut self) -> String {
        (0..=self.roll(4)).map(|_| HOSTILE[self.roll(HOSTILE.len())]).collect()
    }

    fn module(&mut self) -> Module {
        const REASONS: [&str; 6] =
            ["source-file-changed", "module-changed", "flags-changed", "file-changed", "must-compile", "unknown"];
        let reason = REASONS[self.roll(REASONS.len())];
        let (name, cause, root, component) = (self.text(), self.text(), self.text(), self.text());
        let mut module = module(&component, &name, reason, Some(&cause), &root, 0.5);
        module.reason_text = self.text();
        module
    }

    fn record(&mut self) -> Record {
        let builds = (0..=self.roll(3)).map(|_| {
            let modules: Vec<Module> = (0..self.roll(30)).map(|_| self.module()).collect();
            let failed = self.roll(3) == 0;
            let failure = Failure {
                kind: FailureKind::Builder,
                phase: Some(self.text()),
                message: self.text(),
                errors: (0..self.roll(5)).map(|_| self.text()).collect(),
                log_tail: (0..self.roll(5)).map(|_| self.text()).collect(),
                no_room: false,
                killed: false,
            };
            Build {
                version: self.text(),
                why: (self.roll(2) == 0).then(|| self.text()),
                kind: [Kind::Incremental, Kind::Plain, Kind::Full][self.roll(3)],
                outcome: if failed { Outcome::Failed } else { Outcome::Built },
                failure: failed.then_some(failure),
                builder: self.text(),
                ..incremental(modules)
            }
        });
        let builds = builds.collect();
        let mode = [Mode::Incremental, Mode::Full, Mode::Plain][self.roll(3)];
        Record { why: self.text(), hinc: self.text(), ..record(mode, builds) }
    }
}

#[test]
fn of_words_of_others_nothing_is_made() {
    let mut dice = Dice(0x5eed);
    for _ in 0..1_000 {
        let text = report::markdown(&dice.record());
        assert_well_formed(&text);
        assert_short(&text);
    }
}
