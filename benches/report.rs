//! How fast a large record is rendered: `cargo bench --bench report [-- MODULES]`.
//!
//! Prints the milliseconds of each form for a record of 10,000 modules that were compiled because of 500 edits, and the
//! size of what comes of it; the same of two such records side by side, of twenty as past builds, and of the page that has
//! these.

use std::hint::black_box;
use std::time::Instant;

use hinc::report::{self, Format, TextOptions};

#[path = "../tests/it/large_record.rs"]
#[expect(clippy::expect_used, reason = "a benchmark stops at what it did not expect")]
mod large_record;

/// How often each measurement is made; the quickest counts, as anything else adds time.
const TIMES: usize = 5;
/// How many past builds a trend has.
const PAST: usize = 20;

#[expect(clippy::expect_used, clippy::print_stdout, reason = "a benchmark prints, and stops at what it did not expect")]
fn main() {
    // Cargo passes `--bench` on.
    let modules = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    let record = large_record::large_record(modules, 500);
    let options = TextOptions { colour: false, width: 100 };
    let measured = |name: &str, render: &dyn Fn() -> String| {
        let mut best = f64::INFINITY;
        let mut size = 0;
        for _ in 0..TIMES {
            let start = Instant::now();
            size = black_box(render()).len();
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("{name:<22} {:>8.1} ms  ({modules} modules, {} KB)", best * 1e3, size / 1000);
    };
    for format in Format::ALL {
        measured(format.name(), &|| format.render(&record, &options).expect("a report"));
    }
    let past = vec![record.clone(); PAST];
    let trend = report::trend(&past);
    measured("html, with past builds", &|| Format::Html.render_among(&record, &trend, &options).expect("a report"));
    for format in Format::OF_SEVERAL {
        measured(&format!("{format}, two builds"), &|| {
            let diff = report::diff(&record, &record);
            format.render_diff(&diff, &options).expect("a form of it").expect("a report")
        });
        measured(&format!("{format}, past builds"), &|| {
            format.render_trend(&report::trend(&past), &options).expect("a form of it").expect("a report")
        });
    }
}
