//! How fast a log is read: `cargo bench --bench log [-- LINES]`.
//!
//! Prints megabytes a second of what is done with one log of a million lines, in memory: finding
//! the line ends, decoding, decoding with the fold into a record, and decoding with what is shown in
//! a pipe and in a terminal. What a terminal shows is drawn ten times a second beside that, which is
//! the last number.

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use hinc::cli::measured::Measured;
use hinc::log::Decoder;
use hinc::model::event::{Event, What};
use hinc::model::plan::Plan;
use hinc::record::Recorder;

/// How often each measurement is made; the quickest counts, as anything else adds time.
const TIMES: usize = 5;

fn main() {
    // Cargo passes `--bench` on.
    let lines = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(1_000_000);
    let (log, plan) = many_lines(lines);
    let at: DateTime<Utc> = DateTime::UNIX_EPOCH;

    report("reading lines", &log, || log.split(|&byte| byte == b'\n').map(<[u8]>::len).sum());
    report("finding line ends", &log, || memchr::memchr_iter(b'\n', &log).sum());
    report("decoding", &log, || {
        let mut decoder = Decoder::new();
        let mut events = 0;
        for line in log.split(|&byte| byte == b'\n') {
            decoder.line(line, at, &mut |event| {
                black_box(&event);
                events += 1;
            });
        }
        events
    });
    report("decoding and folding", &log, || {
        let mut decoder = Decoder::new();
        let mut recorder = Recorder::new(&plan);
        for line in log.split(|&byte| byte == b'\n') {
            decoder.line(line, at, &mut |event| recorder.event(&event));
        }
        recorder.finish(true).len()
    });
    for (what, new) in
        [("decoding and lines", Measured::plain as fn() -> _), ("decoding and display", Measured::moving)]
    {
        report(what, &log, || {
            let mut decoder = Decoder::new();
            let mut shown: Measured = new();
            let mut bytes = 0;
            for line in log.split(|&byte| byte == b'\n') {
                decoder.line(line, at, &mut |event| bytes += shown.event(&event));
            }
            bytes
        });
    }
    drawing();
}

/// One drawing of as many builds as there can be on a screen.
fn drawing() {
    const DRAWINGS: u32 = 1000;
    let mut shown = Measured::moving();
    for number in 0..100 {
        let name = format!("/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-big-{number}.drv");
        let Ok(drv) = name.parse() else { continue };
        let what = What::BuildStarted { machine: String::new() };
        shown.event(&Event { at: DateTime::UNIX_EPOCH, drv: Some(drv), what });
    }
    let start = Stopwatch::start();
    for _ in 0..DRAWINGS {
        black_box(shown.drawing());
    }
    let microseconds = start.seconds() / f64::from(DRAWINGS) * 1e6;
    #[expect(clippy::print_stdout, reason = "the result of a benchmark")]
    {
        println!("one drawing            {microseconds:>8.0} µs");
    }
}

/// Counts the time that this program had a processor, where the system tells (Linux): other
/// programs then matter less. Elsewhere the time that passed.
struct Stopwatch {
    passed: Instant,
    on_processor: Option<u64>,
}

impl Stopwatch {
    fn start() -> Self {
        Self { passed: Instant::now(), on_processor: Self::on_processor() }
    }

    fn seconds(&self) -> f64 {
        match (self.on_processor, Self::on_processor()) {
            (Some(from), Some(to)) => Duration::from_nanos(to - from).as_secs_f64(),
            _ => self.passed.elapsed().as_secs_f64(),
        }
    }

    /// Nanoseconds: the first number of `/proc/self/schedstat`. There is one thread only.
    fn on_processor() -> Option<u64> {
        fs_err::read_to_string("/proc/self/schedstat").ok()?.split(' ').next()?.parse().ok()
    }
}

fn report(what: &str, log: &[u8], mut run: impl FnMut() -> usize) {
    let mut best = f64::INFINITY;
    for _ in 0..TIMES {
        let start = Stopwatch::start();
        black_box(run());
        best = best.min(start.seconds());
    }
    #[expect(clippy::cast_precision_loss, reason = "a size of less than 2^53 bytes")]
    let megabytes = log.len() as f64 / 1e6;
    #[expect(clippy::print_stdout, reason = "the result of a benchmark")]
    {
        println!("{what:<22} {:>8.0} MB/s  ({megabytes:.0} MB in {best:.3} s)", megabytes / best);
    }
}

/// A log of one builder: of 20 lines, one is GHC's progress and the others are what a build
/// prints besides.
fn many_lines(lines: usize) -> (Vec<u8>, Plan) {
    let drv = "/nix/store/95rllfcv9m2pr192kxvrmb7bkjd8gz3i-big-1.0.drv";
    let plan = serde_json::json!({"mode": "full", "why": "measured", "wanted": [0], "steps": [{
        "package": "big", "version": "1.0", "kind": "full", "drv": drv,
        "outputs": {"out": "/nix/store/5aa18sh4wcaw51792k3d7ixvvb3rf23x-big-1.0"}}]});
    #[expect(clippy::expect_used, reason = "a benchmark stops at what it did not expect")]
    let plan = serde_json::from_value(plan).expect("a plan");
    let result = |text: &str| serde_json::json!({"action": "result", "fields": [text], "id": 7, "type": 101});
    let mut log = format!(
        r#"@nix {{"action":"start","fields":["{drv}","",1,1],"id":7,"level":3,"parent":0,"text":"","type":105}}"#
    )
    .into_bytes();
    for number in 0..lines {
        let text = match number % 20 {
            // Few enough modules that the log, not the record, is what is measured.
            0 => {
                let module = number / 20 % 3000;
                format!(
                    "[{module:>4} of 3000] Compiling Data.M{module}   ( src/Data/M{module}.hs, dist/build/Data/M{module}.o, dist/build/Data/M{module}.dyn_o ) [Data.Base changed]"
                )
            }
            1 => format!("src/Data/M{number}.hs:12:5: warning: [GHC-40910] [-Wunused-top-binds]"),
            2 => "    Defined but not used: ‘other’ in the expression \"quoted\"".to_owned(),
            3 => "12 |     other = \"ash\"\t-- with a tab".to_owned(),
            4 => String::new(),
            _ => format!("test case {number}: the quick brown fox jumps over the lazy dog ... ok"),
        };
        log.extend_from_slice(b"\n@nix ");
        log.extend_from_slice(result(&text).to_string().as_bytes());
    }
    (log, plan)
}
