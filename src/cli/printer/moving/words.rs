//! Times, sizes and stores in few columns.

/// `7s`, `1m05s`, `2h07m`.
pub(super) fn short_time(seconds: i64) -> String {
    match seconds.max(0) {
        seconds @ 0..60 => format!("{seconds}s"),
        seconds @ 60..3600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        seconds => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
    }
}

/// `130/310 MiB`, or `130 MiB` where nobody knows of how many.
pub(super) fn amount(done: u64, expected: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let most = done.max(expected);
    let fits = |index: &usize| most >> (10 * (index + 1)) < 1024;
    let index = (0..UNITS.len()).find(fits).unwrap_or(UNITS.len() - 1);
    let step = 1u64 << (10 * (index + 1));
    let number = |bytes: u64| match bytes / step {
        // Tenths, so that whole numbers are enough.
        whole @ 0..10 => format!("{whole}.{}", bytes % step * 10 / step),
        whole => whole.to_string(),
    };
    let unit = UNITS[index];
    if expected == 0 {
        format!("{} {unit}", number(done))
    } else {
        format!("{}/{} {unit}", number(done), number(expected))
    }
}

/// A store as people call it: the host of an address, the folder of a local one. Nix's parameters are left out: hinc's own
/// have whole command lines in them.
pub(super) fn store(uri: &str) -> &str {
    let place = uri.split('?').next().unwrap_or(uri);
    let place = place.split_once("://").map_or(place, |(_, rest)| rest);
    let place = place.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(place);
    // A folder is a place; of a host, who is logged in does not matter.
    if place.starts_with('/') { place } else { place.rsplit('@').next().unwrap_or(place) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        for (seconds, expected) in [
            (-1, "0s"),
            (0, "0s"),
            (59, "59s"),
            (60, "1m00s"),
            (125, "2m05s"),
            (3599, "59m59s"),
            (3600, "1h00m"),
            (90_000, "25h00m"),
        ] {
            assert_eq!(short_time(seconds), expected);
        }
    }

    #[test]
    fn amounts_have_one_unit() {
        for (done, expected, text) in [
            (0, 0, "0.0 KiB"),
            (512, 2048, "0.5/2.0 KiB"),
            (130 << 20, 310 << 20, "130/310 MiB"),
            (1 << 20, 3 << 30, "0.0/3.0 GiB"),
            (5 << 30, 0, "5.0 GiB"),
            (u64::MAX, u64::MAX, "16777215/16777215 TiB"),
        ] {
            assert_eq!(amount(done, expected), text);
        }
    }

    #[test]
    fn stores_are_named_by_their_place() {
        for (uri, expected) in [
            ("https://cache.nixos.org", "cache.nixos.org"),
            ("https://cache.nixos.org/", "cache.nixos.org"),
            ("ssh-ng://builder@farm.example.org:22?remote-program=nix-daemon --option x 'y'", "farm.example.org:22"),
            ("ssh-ng://farm", "farm"),
            ("file:///var/cache", "/var/cache"),
            ("s3://bucket?region=x", "bucket"),
            ("daemon", "daemon"),
            ("/", "/"),
            ("file:///", "/"),
            ("", ""),
        ] {
            assert_eq!(store(uri), expected);
        }
    }
}
