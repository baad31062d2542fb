//! Requests over HTTP: encrypted, bounded in time and size, made again where that can help.

use std::time::{Duration, Instant};

use serde::de::{DeserializeOwned, Error as _};
use serde_json::Value;
use ureq::http::{HeaderMap, HeaderValue, Method, Request, Response};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::retry::{self, Said, Verdict};
use super::{Address, Error, Site, Stopped, Token, link};
use crate::clock::Clock;
use crate::foreign;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);

/// How long one request may take, from its begin to the last byte of its answer.
const REQUEST: Duration = Duration::from_secs(30);

/// How long all of it may take, whatever is asked for.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How large an answer may be: a hundred comments of 65,536 characters, of four bytes each, are 26 MB.
const LARGEST_ANSWER: u64 = 64 << 20;

/// How much is read of an answer that says what is wrong.
const LARGEST_MESSAGE: u64 = 64 << 10;

/// How much of that is told.
const LONGEST_MESSAGE: usize = 200;

/// How many pages of a list are read.
const PAGES: usize = 50;

/// How many entries a page has: the most that GitHub and GitLab give.
pub(super) const PAGE: usize = 100;

/// How often a forge may send on to another address.
const REDIRECTS: usize = 3;

/// How often it is looked whether to stop.
const SLICE: Duration = Duration::from_millis(100);

/// What bounds all requests together.
#[derive(Clone)]
pub struct Limits {
    /// How long they may take.
    pub time: Duration,
    /// What time it is, for limits of the forge that say when they end.
    pub clock: Clock,
    /// Whether hinc was asked to stop.
    pub stopped: Stopped,
}

/// Asks one forge.
pub(super) struct Client {
    agent: Agent,
    address: Address,
    token: Token,
    /// The header that the token goes in, and what is before it.
    authorization: (&'static str, &'static str),
    /// Other headers of each request.
    headers: &'static [(&'static str, &'static str)],
    limits: Limits,
    until: Instant,
}

/// What came back.
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What is asked: a method and an address. Words for people have the path alone.
struct Asked<'a> {
    method: Method,
    address: String,
    body: Option<&'a Value>,
    /// Whether it may be made again where it is not known if it was carried out.
    repeatable: bool,
}

impl Client {
    pub(super) fn new(site: &Site, limits: Limits) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(!site.address.is_loopback())
            // Followed here, so that the token goes to no other host, and a request stays what it is.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_resolve(Some(CONNECT))
            .tls_config(tls)
            .user_agent(concat!("hinc/", env!("CARGO_PKG_VERSION")));
        if site.address.is_loopback() {
            config = config.proxy(None);
        }
        // Longer than anybody waits, and not longer than the clock goes.
        let until = Instant::now() + limits.time.min(LONGEST);
        Self {
            agent: config.build().new_agent(),
            address: site.address.clone(),
            token: site.token.clone(),
            authorization: ("authorization", "Bearer "),
            headers: &[],
            limits,
            until,
        }
    }

    /// Says how this forge is told who asks, and what else it is told.
    pub(super) fn with_headers(
        self,
        authorization: (&'static str, &'static str),
        headers: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { authorization, headers, ..self }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Reads what is at an address.
    pub(super) fn get<T: DeserializeOwned>(&self, address: String) -> Result<T, Error> {
        let asked = Asked { method: Method::GET, address, body: None, repeatable: true };
        let answer = self.send(&asked)?;
        parsed(&asked, &answer.body)
    }

    /// Reads a question's answer: a POST that changes nothing.
    pub(super) fn ask<T: DeserializeOwned>(&self, address: String, body: &Value) -> Result<T, Error> {
        let asked = Asked { method: Method::POST, address, body: Some(body), repeatable: true };
        let answer = self.send(&asked)?;
        parsed(&asked, &answer.body)
    }

    /// Makes something. It is made at most once: where it is not known whether it was, that is an error.
    pub(super) fn create(&self, address: String, body: &Value) -> Result<(), Error> {
        self.send(&Asked { method: Method::POST, address, body: Some(body), repeatable: false }).map(drop)
    }

    /// Changes something, by PATCH or PUT: to do it twice is as good as once.
    pub(super) fn change(&self, method: Method, address: String, body: &Value) -> Result<(), Error> {
        self.send(&Asked { method, address, body: Some(body), repeatable: true }).map(drop)
    }

    /// Reads a list to its end, and gives each entry to a function.
    pub(super) fn list<T: DeserializeOwned>(&self, address: String, mut each: impl FnMut(T)) -> Result<(), Error> {
        let mut address = address;
        for _ in 0..PAGES {
            let asked = Asked { method: Method::GET, address, body: None, repeatable: true };
            let answer = self.send(&asked)?;
            parsed::<Vec<T>>(&asked, &answer.body)?.into_iter().for_each(&mut each);
            let Some(next) = text(&answer.headers, "link").and_then(link::next) else { return Ok(()) };
            let same_host = self.address.same_host(next);
            address = same_host.ok_or_else(|| Error::OtherHost { request: asked.to_string() })?;
        }
        Err(Error::TooManyComments { comments: PAGES * PAGE })
    }

    /// Waits, but not beyond the end of the time, and not after hinc was asked to stop.
    pub(super) fn pause(&self, time: Duration) -> Result<(), Error> {
        let until = Instant::now() + time;
        while let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
            if (self.limits.stopped)() {
                return Err(Error::Stopped);
            }
            std::thread::sleep(left.min(SLICE));
        }
        Ok(())
    }

    fn send(&self, asked: &Asked<'_>) -> Result<Answer, Error> {
        let mut attempt = 0;
        loop {
            let wait = match self.once(asked) {
                Ok(answer) => {
                    let message = message(&answer);
                    let now = self.limits.clock.now().timestamp();
                    let (request, status) = (asked.to_string(), answer.status);
                    match retry::judge(status, &message, &said(&answer.headers), attempt, now) {
                        Verdict::Done => return Ok(answer),
                        Verdict::Refused => return Err(Error::Refused { request, status, message }),
                        Verdict::Limited(wait) => return Err(Error::Limited { request, wait }),
                        Verdict::Failed => return Err(Error::Failed { request, status, message }),
                        // What met a limit was not carried out.
                        Verdict::Again(_) if status >= 500 && !asked.repeatable => {
                            return Err(Error::Failed { request, status, message });
                        }
                        Verdict::Again(wait) if wait >= self.left() && status < 500 => {
                            return Err(Error::Limited { request, wait });
                        }
                        Verdict::Again(wait) => wait,
                    }
                }
                Err(error @ Error::NoAnswer { .. }) => {
                    let wait = retry::backoff(attempt);
                    if !asked.repeatable || attempt + 1 >= retry::ATTEMPTS || wait >= self.left() {
                        return Err(error);
                    }
                    wait
                }
                Err(error) => return Err(error),
            };
            tracing::debug!("{asked}: once more after {wait:?}");
            self.pause(wait)?;
            attempt += 1;
        }
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Makes a request, and follows where the forge sends on to on the same host: a project that was renamed.
    fn once(&self, asked: &Asked<'_>) -> Result<Answer, Error> {
        let mut address = asked.address.clone();
        for _ in 0..=REDIRECTS {
            let answer = self.exchange(asked, &address)?;
            let to = match answer.status {
                301 | 302 | 307 | 308 => text(&answer.headers, "location"),
                _ => None,
            };
            let Some(to) = to else { return Ok(answer) };
            let same_host = self.address.same_host(to);
            address = same_host.ok_or_else(|| Error::OtherHost { request: asked.to_string() })?;
        }
        Err(Error::NoAnswer { request: asked.to_string(), source: Box::new(ureq::Error::TooManyRedirects) })
    }

    fn exchange(&self, asked: &Asked<'_>, address: &str) -> Result<Answer, Error> {
        if (self.limits.stopped)() {
            return Err(Error::Stopped);
        }
        let time = self.left().min(REQUEST);
        if time.is_zero() {
            return Err(Error::NoTime { request: asked.to_string() });
        }
        let failed = |source| Error::NoAnswer { request: asked.to_string(), source: Box::new(source) };
        let mut response = self.run(asked, address, time).map_err(failed)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let success = response.status().is_success();
        let limit = if success { LARGEST_ANSWER } else { LARGEST_MESSAGE };
        let body = match response.body_mut().with_config().limit(limit).read_to_vec() {
            Ok(body) => body,
            // The status says what there is to say.
            Err(_) if !success => Vec::new(),
            Err(ureq::Error::BodyExceedsLimit(_)) => {
                return Err(Error::TooLarge { request: asked.to_string(), limit });
            }
            Err(source) => return Err(failed(source)),
        };
        tracing::debug!("{asked}: {status}");
        Ok(Answer { status, headers, body })
    }

    fn run(&self, asked: &Asked<'_>, address: &str, time: Duration) -> Result<Response<Body>, ureq::Error> {
        let (name, scheme) = self.authorization;
        let mut secret = HeaderValue::try_from(format!("{scheme}{}", self.token.secret()))
            .map_err(|error| ureq::Error::Http(error.into()))?;
        secret.set_sensitive(true);
        let mut request = Request::builder().method(&asked.method).uri(address).header(name, secret);
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        match asked.body {
            None => {
                let request = request.body(()).map_err(ureq::Error::Http)?;
                let request = self.agent.configure_request(request).timeout_global(Some(time)).build();
                self.agent.run(request)
            }
            Some(body) => {
                let request = request.header("content-type", "application/json");
                let request = request.body(body.to_string()).map_err(ureq::Error::Http)?;
                let request = self.agent.configure_request(request).timeout_global(Some(time)).build();
                self.agent.run(request)
            }
        }
    }
}

impl std::fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, foreign::line(&self.address))
    }
}

fn parsed<T: DeserializeOwned>(asked: &Asked<'_>, body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body)
        .map_err(|source| Error::Unreadable { request: asked.to_string(), source: without_much_of_answer(source) })
}

/// An error quotes what it did not expect, which can be a text of any length.
fn without_much_of_answer(error: serde_json::Error) -> serde_json::Error {
    let text = error.to_string();
    match text.char_indices().nth(LONGEST_MESSAGE) {
        None => error,
        Some((end, _)) => serde_json::Error::custom(format!("{}…", &text[..end])),
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn said(headers: &HeaderMap) -> Said {
    fn number<T: std::str::FromStr>(headers: &HeaderMap, names: &[&str]) -> Option<T> {
        names.iter().find_map(|name| text(headers, name)?.trim().parse().ok())
    }
    Said {
        retry_after: number(headers, &["retry-after"]),
        remaining: number(headers, &["x-ratelimit-remaining", "ratelimit-remaining"]),
        reset: number(headers, &["x-ratelimit-reset", "ratelimit-reset"]),
    }
}

/// What an answer that is no success says, as one short line: `message` at GitHub and GitLab, or `error` at GitLab.
fn message(answer: &Answer) -> String {
    if (200..300).contains(&answer.status) {
        return String::new();
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let said = ["message", "error"].into_iter().find_map(|key| body.get(key)?.as_str()).unwrap_or_default();
    foreign::line(said).chars().take(LONGEST_MESSAGE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_cannot_be_read_is_not_told_at_length() {
        let asked = Asked { method: Method::GET, address: "https://h/x".to_owned(), body: None, repeatable: true };
        for (body, longest) in
            [("7".to_owned(), 100), (format!("\"{}\"", "\u{e4}".repeat(1_000_000)), LONGEST_MESSAGE + 1)]
        {
            let error = parsed::<Vec<u64>>(&asked, body.as_bytes()).expect_err("it is no list");
            let Error::Unreadable { source, .. } = error else { panic!("{error}") };
            let told = source.to_string();
            assert!(told.starts_with("invalid type") && told.chars().count() <= longest, "{told}");
        }
    }
}
