//! What the status of an answer means: done, once more after a while, or not at all.
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>

use std::time::Duration;

/// How often a request is made in all.
pub(super) const ATTEMPTS: u32 = 3;

/// What is waited at most for a limit to end. A limit of an hour is none that a build can wait for.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What GitHub asks to wait where a limit was met and no header says for how long.
const UNSAID_WAIT: Duration = Duration::from_secs(60);

/// What an answer says of limits. GitLab's names are those of GitHub without `x-`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// `Retry-After`, in seconds.
    pub(super) retry_after: Option<u64>,
    /// `X-RateLimit-Remaining`.
    pub(super) remaining: Option<u64>,
    /// `X-RateLimit-Reset`, in seconds since 1970.
    pub(super) reset: Option<i64>,
}

/// What becomes of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was carried out.
    Done,
    /// It was not, or not to its end; it can be made once more after this time.
    Again(Duration),
    /// A limit was met, and it lasts longer than is waited.
    Limited(Duration),
    /// It was refused.
    Refused,
    /// The forge failed, each time.
    Failed,
}

/// Decides on an answer. `attempt` counts from 0, `now` is in seconds since 1970, and `message` is what the answer says.
pub(super) fn judge(status: u16, message: &str, said: &Said, attempt: u32, now: i64) -> Verdict {
    let last = attempt + 1 >= ATTEMPTS;
    match status {
        200..=299 => Verdict::Done,
        403 | 429 => match limit(status, message, said, now) {
            None => Verdict::Refused,
            Some(wait) if wait <= LONGEST_WAIT && !last => Verdict::Again(wait),
            Some(wait) => Verdict::Limited(wait),
        },
        500 | 502 | 503 | 504 => {
            let asked = said.retry_after.map(Duration::from_secs).unwrap_or_default();
            let wait = asked.max(backoff(attempt));
            if last || wait > LONGEST_WAIT { Verdict::Failed } else { Verdict::Again(wait) }
        }
        _ => Verdict::Refused,
    }
}

/// How long a limit lasts; none where it is no limit that refused the request: 403 is also a token without rights.
fn limit(status: u16, message: &str, said: &Said, now: i64) -> Option<Duration> {
    if let Some(seconds) = said.retry_after {
        return Some(Duration::from_secs(seconds));
    }
    if said.remaining == Some(0)
        && let Some(reset) = said.reset
    {
        // Clocks differ by a second.
        return Some(Duration::from_secs(u64::try_from(reset.saturating_sub(now)).unwrap_or(0) + 1));
    }
    let by_words = message.to_ascii_lowercase().contains("rate limit");
    (status == 429 || said.remaining == Some(0) || by_words).then_some(UNSAID_WAIT)
}

/// What is waited after a failure of the forge or of the network.
pub(super) fn backoff(attempt: u32) -> Duration {
    Duration::from_secs(1 << attempt.min(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Said = Said { retry_after: None, remaining: None, reset: None };

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn every_status_has_a_verdict() {
        let after = |seconds| Said { retry_after: Some(seconds), ..NONE };
        let used_up = |reset| Said { remaining: Some(0), reset: Some(reset), ..NONE };
        for (status, message, said, attempt, expected) in [
            (200, "", NONE, 0, Verdict::Done),
            (201, "", NONE, 2, Verdict::Done),
            (401, "Bad credentials", NONE, 0, Verdict::Refused),
            (403, "Resource not accessible by integration", NONE, 0, Verdict::Refused),
            (
                403,
                "Resource not accessible by integration",
                Said { remaining: Some(4000), ..NONE },
                0,
                Verdict::Refused,
            ),
            (403, "You have exceeded a secondary rate limit", NONE, 0, Verdict::Again(seconds(60))),
            (403, "", after(5), 0, Verdict::Again(seconds(5))),
            (403, "API rate limit exceeded", used_up(1_030), 0, Verdict::Again(seconds(31))),
            (403, "API rate limit exceeded", used_up(900), 0, Verdict::Again(seconds(1))),
            (403, "API rate limit exceeded", used_up(4_600), 0, Verdict::Limited(seconds(3_601))),
            (403, "", used_up(i64::MIN), 0, Verdict::Again(seconds(1))),
            (429, "", NONE, 0, Verdict::Again(seconds(60))),
            (429, "", after(0), 0, Verdict::Again(seconds(0))),
            (429, "", after(60), 1, Verdict::Again(seconds(60))),
            (429, "", after(61), 0, Verdict::Limited(seconds(61))),
            (429, "", after(u64::MAX), 0, Verdict::Limited(seconds(u64::MAX))),
            (429, "", after(1), 2, Verdict::Limited(seconds(1))),
            (404, "Not Found", NONE, 0, Verdict::Refused),
            (410, "Gone", NONE, 0, Verdict::Refused),
            (422, "Validation Failed", NONE, 0, Verdict::Refused),
            (500, "", NONE, 0, Verdict::Again(seconds(1))),
            (502, "", NONE, 1, Verdict::Again(seconds(2))),
            (503, "", after(7), 0, Verdict::Again(seconds(7))),
            (503, "", after(600), 0, Verdict::Failed),
            (504, "", NONE, 2, Verdict::Failed),
            (501, "", NONE, 0, Verdict::Refused),
            (304, "", NONE, 0, Verdict::Refused),
        ] {
            let verdict = judge(status, message, &said, attempt, 1_000);
            assert_eq!(verdict, expected, "{status} {message} {said:?} {attempt}");
        }
    }
}
