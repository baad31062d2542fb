//! That the page is drawn, and does what it says.

use serde_json::json;

use crate::browser::Browser;
use crate::pages::{diff, page, page_among, trend};
use crate::records;

const NAMES: &str = "[...document.querySelectorAll('#modules-table tbody .c-name')].map((cell) => cell.textContent)";

/// That the page fits its window, has nothing to complain of, and asked nobody for anything.
pub(super) fn assert_good(browser: &mut Browser, width: u32) {
    let sideways =
        "(({scrollWidth, clientWidth}) => [innerWidth, scrollWidth - clientWidth])(document.documentElement)";
    assert_eq!(browser.value(sideways), json!([width, 0]), "the page scrolls sideways");
    assert_eq!(browser.complaints(), [""; 0]);
    assert_eq!(browser.requests(), [""; 0]);
}

/// How many pixels of the timeline are drawn.
fn drawn_pixels(browser: &mut Browser) -> u64 {
    let count = "(() => { const c = document.querySelector('#timeline-canvas'); const d = c.getContext('2d') \
                 .getImageData(0, 0, c.width, c.height).data; let n = 0; for (let i = 3; i < d.length; i += 4) if (d[i]) n += 1; \
                 return n; })()";
    browser.value(count).as_u64().expect("a number")
}

#[test]
fn pages_fit_phones_and_desks_by_day_and_by_night() {
    let mut browser = Browser::start();
    for (name, record) in [("ordinary", records::ordinary()), ("failed", records::failed()), ("huge", records::huge())]
    {
        let file = page(name, &record);
        for (width, scheme) in [(360, "light"), (360, "dark"), (1440, "light"), (1440, "dark")] {
            browser.show_as(width, scheme);
            browser.open(&file);
            let text = browser.value("getComputedStyle(document.body).color");
            assert_eq!(text, json!(if scheme == "light" { "rgb(29, 33, 38)" } else { "rgb(228, 231, 234)" }));
            assert!(drawn_pixels(&mut browser) > 1000, "{name} {width} {scheme}");
            assert_good(&mut browser, width);
            browser.keep_picture(&format!("{name}-{width}-{scheme}"), true);
        }
    }
}

#[test]
fn past_builds_fit_phones_and_desks_by_day_and_by_night() {
    let mut browser = Browser::start();
    let records = records::past();
    let bars = "(() => { const all = [...document.querySelectorAll('.chart .value')].map((bar) => bar.getBoundingClientRect()); \
                return [all.length, all.every((box) => box.width > 2 && box.height > 0)]; })()";
    for (name, file) in [("trend", trend("trend", &records)), ("among", page_among("among", &records))] {
        for (width, scheme) in [(360, "light"), (360, "dark"), (1440, "light"), (1440, "dark")] {
            browser.show_as(width, scheme);
            browser.open(&file);
            // Two charts; one of the builds failed, and one had nothing to do.
            assert_eq!(browser.value(bars).get(0), Some(&json!(26)), "{name} {width} {scheme}");
            assert_good(&mut browser, width);
            browser.keep_picture(&format!("{name}-{width}-{scheme}"), true);
        }
    }
    // The colours can be chosen here, too.
    browser.open(&trend("trend", &records));
    let before = browser.value("document.querySelector('#theme').textContent");
    browser.click("#theme");
    assert_ne!(browser.value("document.querySelector('#theme').textContent"), before);
}

#[test]
fn two_builds_fit_phones_and_desks_by_day_and_by_night() {
    let mut browser = Browser::start();
    for (name, before, after) in
        [("diff", records::ordinary(), records::failed()), ("diff-huge", records::ordinary(), records::huge())]
    {
        let file = diff(name, &before, &after);
        for (width, scheme) in [(360, "light"), (360, "dark"), (1440, "light"), (1440, "dark")] {
            browser.show_as(width, scheme);
            browser.open(&file);
            assert_eq!(browser.value("document.querySelectorAll('#builds tbody tr').length"), json!(2));
            assert_good(&mut browser, width);
            browser.keep_picture(&format!("{name}-{width}-{scheme}"), true);
        }
    }
}

#[test]
fn the_critical_path_is_marked() {
    let mut browser = Browser::start();
    browser.show_as(1440, "light");
    let records = records::past();
    browser.open(&page("critical", &records[0]));
    let legend = "document.querySelector('#timeline-legend').textContent.includes('critical path')";
    assert_eq!(browser.value(legend), json!(true));
    browser.value("document.querySelector('#timeline-canvas').focus()");
    browser.press("ArrowRight");
    let detail = browser.value("document.querySelector('#timeline-detail').textContent");
    assert!(detail.as_str().is_some_and(|text| text.contains("on the critical path")), "{detail}");
    browser.open(&page("no-path", &records::ordinary()));
    assert_eq!(browser.value(legend), json!(false));
}

#[test]
fn the_theme_can_be_chosen() {
    let mut browser = Browser::start();
    browser.show_as(1440, "dark");
    browser.open(&page("theme", &records::ordinary()));
    let mut seen = Vec::new();
    for _ in 0..4 {
        seen.push(
            browser.value("[document.querySelector('#theme').textContent, getComputedStyle(document.body).color]"),
        );
        browser.click("#theme");
    }
    let (light, dark) = ("rgb(29, 33, 38)", "rgb(228, 231, 234)");
    let expected = [
        json!(["Theme: system", dark]),
        json!(["Theme: light", light]),
        json!(["Theme: dark", dark]),
        json!(["Theme: system", dark]),
    ];
    assert_eq!(seen, expected);
    assert_good(&mut browser, 1440);
}

#[test]
fn ten_thousand_modules_are_searched_sorted_and_turned() {
    let mut browser = Browser::start();
    browser.show_as(1440, "light");
    let file = page("huge", &records::huge());
    let html = fs_err::read_to_string(&file).expect("a page");
    assert!(html.len() < 2_000_000, "{} bytes", html.len());
    // Without the script the page has the same rows as with it.
    browser.let_scripts_run(false);
    browser.open(&file);
    let plain = browser.value(ROWS);
    assert_eq!(browser.value("document.documentElement.className"), json!(""));
    assert_eq!(browser.value("document.querySelector('#search').offsetParent"), json!(null));
    browser.keep_picture("huge-without-script", true);
    browser.let_scripts_run(true);
    browser.open(&file);
    let scripted = browser.value(ROWS);
    for row in 0..100 {
        assert_eq!(scripted[row], plain[row], "row {row}");
    }
    assert_eq!(plain.as_array().map(Vec::len), Some(100));
    eprintln!(
        "first paint: {} ms",
        browser.value("performance.getEntriesByName('first-contentful-paint')[0]?.startTime")
    );
    eprintln!("loaded: {} ms", browser.value("performance.timing.loadEventEnd - performance.timing.navigationStart"));
    assert!(browser.value("document.querySelectorAll('*').length").as_u64().expect("a number") < 20_000);

    let told = |browser: &mut Browser| browser.value("document.querySelector('#modules-count').textContent");
    assert_eq!(told(&mut browser), json!("1 to 100 of 10,000"));
    browser.click("#page-after");
    assert_eq!(told(&mut browser), json!("101 to 200 of 10,000"));

    // By keyboard: the heading of the first column.
    browser.value("document.querySelector('#modules-table [data-key=name]').focus()");
    browser.press("Enter");
    let sorted = |browser: &mut Browser| browser.value("document.querySelector('th.c-name').getAttribute('aria-sort')");
    assert_eq!(sorted(&mut browser), json!("ascending"));
    let rising = browser.value(NAMES);
    assert_eq!((&rising[0], &rising[1]), (&json!("Mono.Area0.Part0"), &json!("Mono.Area0.Part20")));
    browser.press("Enter");
    assert_eq!(sorted(&mut browser), json!("descending"));
    assert_eq!(browser.value(NAMES)[0], json!("Mono.Area19.Part9999"));
    assert_eq!(browser.value("document.querySelectorAll('[aria-sort]').length"), json!(1));

    browser.value("document.querySelector('#search').focus()");
    browser.type_text("PART777 spec");
    browser.until("document.querySelector('#modules-count').textContent === 'Nothing is found'");
    browser.value("document.querySelector('#search').select()");
    browser.type_text("part9777");
    browser.until("document.querySelector('#modules-count').textContent === '1 found'");
    assert_eq!(browser.value(NAMES), json!(["Mono.Area17.Part9777"]));
    browser.keep_picture("huge-searched", false);
    assert_good(&mut browser, 1440);
}

const ROWS: &str = "[...document.querySelectorAll('#modules-table tbody tr')].map((row) => \
                    [...row.cells].map((cell) => cell.textContent.trim()))";

#[test]
fn the_timeline_is_zoomed_and_walked() {
    let mut browser = Browser::start();
    browser.show_as(1440, "light");
    browser.open(&page("huge", &records::huge()));
    let range = |browser: &mut Browser| -> (i64, i64) {
        let range = browser.value("(({from, to}) => [+from, +to])(document.querySelector('#timeline-canvas').dataset)");
        (range[0].as_i64().expect("a number"), range[1].as_i64().expect("a number"))
    };
    let detail = |browser: &mut Browser| browser.value("document.querySelector('#timeline-detail').textContent");
    let (from, all) = range(&mut browser);
    assert_eq!(from, 0);
    let drawn = browser.value("+document.querySelector('#timeline-canvas').dataset.drawn").as_u64().expect("a number");
    // What is narrower than a pixel is not drawn beside its like.
    assert!((500..10_000).contains(&drawn), "{drawn} drawn");

    browser.click("#zoom-in");
    let (from, to) = range(&mut browser);
    assert!((to - from - all / 2).abs() <= 1, "{from} to {to} of {all}");
    browser.click("#zoom-all");
    assert_eq!(range(&mut browser), (0, all));

    let (x, y) = browser.middle("#timeline-canvas");
    let wheel = |by: i32, modifiers: u32| json!({"type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": by, "modifiers": modifiers});
    browser.mouse(&wheel(-100, 2));
    browser.settle();
    let (from, to) = range(&mut browser);
    assert!(from > 0 && to < all, "{from} to {to}");
    // Without Ctrl the page scrolls as everywhere.
    browser.mouse(&wheel(100, 0));
    assert_eq!(range(&mut browser), (from, to));

    browser.value("document.querySelector('#timeline-canvas').focus()");
    browser.press("0");
    browser.press("ArrowRight");
    let first = detail(&mut browser);
    browser.press("ArrowRight");
    let second = detail(&mut browser);
    assert!(
        first
            .as_str()
            .is_some_and(|told| told
                .contains("lane 1 · lib · from 0.50 s on · share of the wall clock 0.5 s · Source file changed")),
        "{first}"
    );
    assert_ne!(first, second);
    for _ in 0..6 {
        browser.press("+");
    }
    let (from, to) = range(&mut browser);
    assert!(to - from < all / 50, "{from} to {to} of {all}");
    assert!(drawn_pixels(&mut browser) > 1000);
    browser.keep_picture("huge-zoomed", false);

    let (x, y) = browser.middle("#timeline-canvas");
    browser.mouse(&json!({"type": "mouseMoved", "x": x, "y": y}));
    let hovered = detail(&mut browser);
    assert!(hovered.as_str().is_some_and(|told| told.starts_with("Mono.Area")), "{hovered}");
    assert_good(&mut browser, 1440);
}

#[test]
fn causes_are_a_tree() {
    let mut browser = Browser::start();
    browser.show_as(360, "dark");
    browser.open(&page("ordinary", &records::ordinary()));
    // `flags` comes first, since nobody expected it; then what took longest.
    let titles = browser.value("[...document.querySelectorAll('.change .title')].map((one) => one.textContent)");
    assert_eq!(titles, json!(["flags changed", "Mono.Types was edited", "Mono.Log was edited"]));
    browser.click("[data-change='1'] > summary");
    let root = "[data-change='1'] > .tree > li > .fold";
    browser.until(&format!("document.querySelector(\"{root}\") !== null"));
    let told = browser.value(&format!("document.querySelector(\"{root}\").textContent"));
    assert_eq!(told, json!("Mono.Types 1.2 s sets off 30"));
    // A chain: a module that hangs on one that hangs on one.
    let open = |browser: &mut Browser, name: &str| {
        let button =
            format!("[...document.querySelectorAll('.fold')].find((one) => one.textContent.startsWith('{name} '))");
        browser.value(&format!("{button}.focus()"));
        browser.press("Enter");
        browser.value(&format!(
            "[{button}.getAttribute('aria-expanded'), \
             [...{button}.parentNode.querySelector('ul').children].map((one) => one.querySelector('bdi').textContent)]"
        ))
    };
    let parts: Vec<String> = (0..3).map(|part| format!("Mono.Check.Part{part}")).collect();
    assert_eq!(open(&mut browser, "Mono.Check"), json!(["true", parts]));
    assert_eq!(open(&mut browser, "Mono.Check.Part2"), json!(["true", ["Mono.Check.Part3"]]));
    browser.keep_picture("causes-360", false);
    assert_eq!(open(&mut browser, "Mono.Check")[0], json!("false"));
    assert_good(&mut browser, 360);
}
