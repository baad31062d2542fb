//! From when on a build is worth a comment although every change in it was expected: `[comment]` of `hinc.toml`, and
//! options that come before it.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::report;

/// What `hinc report post` is told of it.
#[derive(Debug, Clone, Default, Args)]
pub(in crate::cli) struct ThresholdArgs {
    /// Make a comment where so much of a package was compiled, such as `50%`. Default: `[comment]` of hinc.toml, else 50%.
    #[arg(long = "from-share", value_name = "PERCENT")]
    share: Option<Share>,
    /// Let the share count of packages that have so many modules. Default: `[comment]` of hinc.toml, else 20.
    #[arg(long = "from-modules", value_name = "N")]
    modules: Option<u32>,
    /// Make a comment where compiling a package took so long. Default: `[comment]` of hinc.toml, else 10m.
    #[arg(long = "from-time", value_name = "DURATION", value_parser = humantime::parse_duration)]
    time: Option<Duration>,
}

/// The table `[comment]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Comment {
    #[serde(rename = "from-share")]
    share: Option<Share>,
    #[serde(rename = "from-modules")]
    modules: Option<u32>,
    #[serde(rename = "from-time", deserialize_with = "duration")]
    time: Option<Duration>,
}

impl Comment {
    /// Joins options and the file, in this order of precedence.
    pub(super) fn thresholds(&self, args: &ThresholdArgs) -> report::Thresholds {
        let default = report::Thresholds::default();
        let seconds = args.time.or(self.time).map(|time| time.as_secs_f64());
        report::Thresholds {
            share: args.share.or(self.share).map_or(default.share, |share| f64::from(share.0) / 100.0),
            modules: args.modules.or(self.modules).unwrap_or(default.modules),
            seconds: seconds.unwrap_or(default.seconds),
        }
    }
}

/// A share in hundredths, at most 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Share(u8);

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_suffix('%').and_then(|number| number.trim_end().parse().ok());
        let share = number.filter(|share| *share <= 100);
        share
            .map(Self)
            .ok_or_else(|| format!("`{text}` is no share: it is a whole number up to 100 with `%`, as `50%`"))
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let told = |_| D::Error::custom(format!("`{text}` is no time: it is a number with its unit, as `10m` or `1h 30m`"));
    humantime::parse_duration(&text).map(Some).map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment(text: &str) -> Result<Comment, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn options_come_before_the_file_and_that_before_what_hinc_takes() {
        let file = comment("from-share = \"30%\"\nfrom-time = \"2m\"").expect("it parses");
        let told = |args| {
            let report::Thresholds { share, modules, seconds } = file.thresholds(&args);
            (share, modules, seconds)
        };
        assert_eq!(told(ThresholdArgs::default()), (0.3, 20, 120.0));
        let args = ThresholdArgs { share: Some(Share(75)), modules: Some(3), time: None };
        assert_eq!(told(args), (0.75, 3, 120.0));
        let nothing = Comment::default().thresholds(&ThresholdArgs::default());
        assert_eq!(nothing, report::Thresholds::default());
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for (text, problem) in [
            ("from-share = \"half\"", "`half` is no share"),
            ("from-share = \"101%\"", "`101%` is no share"),
            ("from-share = \"-1%\"", "`-1%` is no share"),
            ("from-share = 0.5", "expected a string"),
            ("from-time = \"10\"", "`10` is no time"),
            ("from-modules = -1", "expected u32"),
            ("share = \"5%\"", "unknown field `share`"),
        ] {
            let error = comment(text).expect_err(text).to_string();
            assert!(error.contains(problem), "{error}");
        }
        assert_eq!("50 %".parse(), Ok(Share(50)));
    }
}
