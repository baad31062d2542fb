//! Names that would do something if a browser took them for more than text.

use serde_json::json;

use crate::browser::Browser;
use crate::pages::page;
use crate::records;
use crate::usable::assert_good;

#[test]
fn names_do_nothing() {
    let file = page("hostile", &records::hostile());
    let mut browser = Browser::start();
    browser.show_as(360, "light");
    browser.open(&file);
    // Everything that the script shows only when somebody asks.
    browser.value("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
    browser.settle();
    browser.value("document.querySelectorAll('.fold[aria-expanded=false]').forEach((one) => one.click())");
    browser.value("document.querySelector('#timeline-canvas').focus()");
    for key in ["ArrowRight", "ArrowRight", "ArrowDown", "+"] {
        browser.press(key);
    }
    assert_eq!(browser.value("typeof window.pwned"), json!("undefined"));
    assert_eq!(browser.value("document.querySelectorAll('script').length"), json!(3));
    assert_eq!(browser.value("document.querySelectorAll('style').length"), json!(1));
    let made =
        "img, iframe, object, embed, a, form, base, meta[http-equiv=refresh], [onload], [onerror], [style]:not(canvas)";
    assert_eq!(browser.value(&format!("document.querySelectorAll('{made}').length")), json!(0));
    assert_eq!(browser.value("document.querySelectorAll('svg:not(.share)').length"), json!(0));
    // They are there to be read.
    for part in ["</script><script>window.pwned = 1</script>", "&lt;b&gt; &#60;", "gpj.exe"] {
        let expression = format!("document.querySelector('#modules-table').textContent.includes({})", json!(part));
        assert_eq!(browser.value(&expression), json!(true), "{part}");
    }
    let turned = "/[\\u202a-\\u202e\\u2066-\\u2069\\u001b\\u0000]/.test(document.documentElement.textContent)";
    assert_eq!(browser.value(turned), json!(false));
    assert_good(&mut browser, 360);
    browser.keep_picture("hostile-360", true);
}
