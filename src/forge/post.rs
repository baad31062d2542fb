//! The order in which a forge is asked.

use super::client::Client;
use super::retry;
use super::sticky::{self, Decision, Kept, Ours, Wish, Worth};
use super::{CheckText, Error, Forge, Key, Limits, Marker, Run, Site, Source};

/// What a comment may have at most, in characters: GitHub says so where it refuses one, and takes some more.
const LONGEST_COMMENT: usize = 65_536;

/// What the summary of a check may have at most, in characters.
/// <https://docs.github.com/en/rest/checks/runs#create-a-check-run>
const LONGEST_SUMMARY: usize = 65_535;

/// How often a comment is begun anew whose first request had no certain end.
const ROUNDS: u32 = 3;

/// Where a comment goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// To this pull request.
    Request(u64),
    /// To the one open pull request that comes from a branch and has the commit as its head.
    From(Source),
}

/// A check that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name, by which branch rules know it.
    pub name: String,
    /// One line.
    pub title: String,
}

/// What is to be posted.
#[derive(Debug)]
pub struct Post {
    /// Where; none where there is no pull request, and so no comment.
    pub place: Option<Place>,
    /// The commit that the record is of.
    pub built: String,
    /// The commit of the pull request that was to be built.
    pub head: String,
    /// The merge of it that a CI service made and had built.
    pub merge: Option<String>,
    /// Which comment it is.
    pub key: Key,
    /// When the build began, in seconds since 1970.
    pub at: i64,
    /// The run that it was in.
    pub run: Option<Run>,
    /// The report, in Markdown.
    pub text: String,
    /// Whether a reader should act.
    pub worth: Worth,
    /// When a comment is made.
    pub wish: Wish,
    /// The check, where one is asked for.
    pub check: Option<Check>,
}

/// What became of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commented {
    /// It is new.
    Created(u64),
    /// It was there, and is written anew.
    Updated(u64),
    /// Nothing was written.
    Kept(u64, Kept),
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checked {
    /// It is written.
    Written,
    /// This forge has no checks.
    NotHere,
}

/// What became of all of it: the one does not depend on the other.
#[derive(Debug)]
pub struct Posted {
    /// The comment; none where there is no pull request.
    pub comment: Option<Result<Commented, Error>>,
    /// The check; none where none was asked for.
    pub check: Option<Result<Checked, Error>>,
}

/// Posts a report. It blocks, for as long as the limits let it.
pub fn post(site: &Site, post: &Post, limits: &Limits) -> Posted {
    let forge = site.kind.open(Client::new(site, limits.clone()), &site.project);
    let forge = forge.as_ref();
    if let Err(error) = is_of_head(forge, post) {
        return Posted { comment: Some(Err(error)), check: None };
    }
    let comment = post.place.as_ref().map(|place| comment(forge, place, post));
    let check = post.check.as_ref().map(|wanted| check(forge, wanted, post));
    Posted { comment, check }
}

/// A record that was handed on (by an artifact of a fork, from a step to the next) can be of another commit. The commit
/// that a service built for a pull request is its head, or a merge of it into the target.
fn is_of_head(forge: &dyn Forge, post: &Post) -> Result<(), Error> {
    let Post { built, head, merge, .. } = post;
    if built == head || Some(built) == merge.as_ref() {
        return Ok(());
    }
    let other = || Error::OtherCommit { built: built.clone(), head: head.clone() };
    match forge.parents(built) {
        Ok(parents) if parents.iter().any(|parent| parent == head) => Ok(()),
        Ok(_) => Err(other()),
        Err(error) if error.is_status(404) || error.is_status(422) => Err(other()),
        Err(error) => Err(error),
    }
}

fn comment(forge: &dyn Forge, place: &Place, post: &Post) -> Result<Commented, Error> {
    let marker = Marker::new(post.key.clone(), post.head.clone(), post.at, post.run);
    let body = marker.under(&post.text);
    within(&body, LONGEST_COMMENT)?;
    let viewer = forge.viewer()?;
    let request = match place {
        Place::Request(request) => *request,
        Place::From(source) => found(forge.requests_from(source)?, source, &post.head)?,
    };
    let ours = Ours { marker: &marker, text: &post.text, worth: post.worth, wish: post.wish };
    let mut round = 0;
    loop {
        let comments = forge.comments(request)?;
        // Asked last, so that it is the head when the comment is written.
        let head = forge.head(request)?;
        match sticky::decide(&comments, &viewer, &head, &ours) {
            // What had no certain end is there.
            Decision::Keep(Kept::Unchanged) if round > 0 => return Ok(Commented::Created(request)),
            Decision::Keep(why) => return Ok(Commented::Kept(request, why)),
            Decision::Update(comment) => {
                forge.update(request, comment, &body)?;
                return Ok(Commented::Updated(request));
            }
            Decision::Create => match forge.create(request, &body) {
                Ok(()) => return Ok(Commented::Created(request)),
                Err(error) if error.is_uncertain() && round + 1 < ROUNDS => forge.pause(retry::backoff(round))?,
                Err(error) => return Err(error),
            },
        }
        round += 1;
    }
}

/// The one pull request of a branch that has a commit as its head.
fn found(requests: Vec<(u64, String)>, source: &Source, head: &str) -> Result<u64, Error> {
    let mut of_head = requests.into_iter().filter(|(_, found)| found == head).map(|(request, _)| request);
    let branch = || format!("{}:{}", source.owner, source.branch);
    let Some(request) = of_head.next() else {
        return Err(Error::NoRequest { branch: branch(), head: head.to_owned() });
    };
    match of_head.count() {
        0 => Ok(request),
        more => Err(Error::SeveralRequests { branch: branch(), head: head.to_owned(), requests: more + 1 }),
    }
}

fn check(forge: &dyn Forge, wanted: &Check, post: &Post) -> Result<Checked, Error> {
    within(&post.text, LONGEST_SUMMARY)?;
    let text = CheckText {
        name: &wanted.name,
        head: &post.head,
        title: &wanted.title,
        summary: &post.text,
        worth: post.worth,
        key: &post.key,
    };
    Ok(if forge.check(&text)? { Checked::Written } else { Checked::NotHere })
}

fn within(text: &str, limit: usize) -> Result<(), Error> {
    let length = text.chars().count();
    if length > limit { Err(Error::TooLong { length, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_pull_request_with_the_head_is_taken() {
        let source = Source { owner: "them".to_owned(), branch: "topic".to_owned() };
        let all = |heads: &[(u64, &str)]| heads.iter().map(|(number, head)| (*number, (*head).to_owned())).collect();
        let number = |heads: &[(u64, &str)]| found(all(heads), &source, "c0ffee");
        assert_eq!(number(&[(1, "beef"), (2, "c0ffee")]).expect("one"), 2);
        let none = number(&[(1, "beef")]).expect_err("none").to_string();
        assert!(none.starts_with("no open pull request of them:topic has the head c0ffee"), "{none}");
        let two = number(&[(1, "c0ffee"), (2, "c0ffee")]).expect_err("two").to_string();
        assert_eq!(two, "2 open pull requests of them:topic have the head c0ffee");
    }

    #[test]
    fn a_text_is_counted_in_characters() {
        assert!(within(&"\u{1f980}".repeat(5), 5).is_ok());
        assert!(matches!(within("abcdef", 5), Err(Error::TooLong { length: 6, limit: 5 })));
    }
}
