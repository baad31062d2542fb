//! Numbers, times and ages as people read them.

use chrono::{DateTime, Utc};

/// `1 module`, `2 modules`.
pub(super) fn counted(count: impl Into<u64>, noun: &str) -> String {
    let count = count.into();
    if count == 1 { format!("1 {noun}") } else { format!("{} {noun}s", grouped(count)) }
}

/// `3,000`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `0.04 s`, `6.2 s`, `41 s`, `3 min 12 s`, `2 h 5 min`.
pub(super) fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    if seconds < 0.095 {
        return format!("{seconds:.2} s");
    }
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    let whole = whole_seconds(seconds);
    match whole {
        0..60 => format!("{whole} s"),
        60..3600 => with_rest(whole / 60, "min", whole % 60, "s"),
        _ => with_rest(whole / 3600, "h", whole % 3600 / 60, "min"),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and a cast saturates")]
fn whole_seconds(seconds: f64) -> u64 {
    seconds.round() as u64
}

fn with_rest(whole: u64, unit: &str, rest: u64, rest_unit: &str) -> String {
    if rest == 0 { format!("{whole} {unit}") } else { format!("{whole} {unit} {rest} {rest_unit}") }
}

/// `512 B`, `1.2 MiB`, `3.0 GiB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    // Tenths, so that whole numbers are enough.
    let mut tenths = bytes.saturating_mul(10) / 1024;
    let mut unit = 0;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

/// How old something is: `20 s`, `5 min`, `15 h`, `3 days`.
pub(super) fn age(seconds: i64) -> String {
    let seconds = seconds.unsigned_abs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..172_800 => format!("{} h", seconds / 3600),
        _ => counted(seconds / 86_400, "day"),
    }
}

/// `2026-01-31 00:00 UTC`, of seconds since 1970.
pub(super) fn moment(seconds: i64) -> String {
    DateTime::<Utc>::from_timestamp(seconds, 0)
        .map_or_else(|| format!("@{seconds}"), |time| time.format("%Y-%m-%d %H:%M UTC").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times() {
        assert_eq!(counted(1u32, "module"), "1 module");
        assert_eq!(counted(3000u32, "module"), "3,000 modules");
        assert_eq!(grouped(1_234_567), "1,234,567");
        for (seconds, text) in [
            (0.0, "0.00 s"),
            (-1.0, "0.00 s"),
            (0.04, "0.04 s"),
            (6.24, "6.2 s"),
            (9.97, "10 s"),
            (41.4, "41 s"),
            (59.7, "1 min"),
            (192.0, "3 min 12 s"),
            (7500.0, "2 h 5 min"),
        ] {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(
            [size(0), size(1023), size(1024), size(1_300_000), size(5 << 30)],
            ["0 B", "1023 B", "1.0 KiB", "1.2 MiB", "5.0 GiB"]
        );
        assert_eq!(
            (age(30), age(300), age(54_000), age(260_000)),
            ("30 s".into(), "5 min".into(), "15 h".into(), "3 days".into())
        );
        assert_eq!(moment(1_769_817_600), "2026-01-31 00:00 UTC");
    }
}
