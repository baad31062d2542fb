//! One message of Nix's `--log-format internal-json`.
//!
//! Source of the facts: `src/libutil/logging.cc` and `logging.hh` in NixOS/nix, 2.26 and 2.34.
//! Actions and numbers that are not known here are no error: newer versions add some. One number
//! can mean two things (Determinate Nix has results 109 and 110 with a `payload` in the place of
//! `fields`), so what a record holds decides, with its number.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::process::CUT;

/// What every message begins with.
pub(super) const PREFIX: &[u8] = b"@nix ";

/// How Nix begins to write a line of a builder's log.
const LOG_LINE: &[u8] = br#"{"action":"result","fields":[""#;

/// `ActivityType` of `logging.hh`, as far as it is used.
pub(super) mod activity {
    pub(in super::super) const COPY_PATH: u64 = 100;
    pub(in super::super) const REALISE: u64 = 102;
    pub(in super::super) const COPY_PATHS: u64 = 103;
    pub(in super::super) const BUILDS: u64 = 104;
    pub(in super::super) const BUILD: u64 = 105;
    pub(in super::super) const SUBSTITUTE: u64 = 108;
    pub(in super::super) const POST_BUILD_HOOK: u64 = 110;
}

/// `ResultType` of `logging.hh`, as far as it is used.
pub(super) mod result {
    pub(in super::super) const BUILD_LOG_LINE: u64 = 101;
    pub(in super::super) const SET_PHASE: u64 = 104;
    pub(in super::super) const PROGRESS: u64 = 105;
    pub(in super::super) const SET_EXPECTED: u64 = 106;
    pub(in super::super) const POST_BUILD_LOG_LINE: u64 = 107;
}

/// A message, its texts borrowed from the line where they hold no escapes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message<'a> {
    /// An activity begins.
    Start { id: u64, parent: u64, level: u64, kind: u64, text: Cow<'a, str>, fields: Vec<Field<'a>> },
    /// An activity ends.
    Stop { id: u64 },
    /// Something about an activity.
    Result { id: u64, kind: u64, fields: Vec<Field<'a>> },
    /// A line of a builder's log: by far the most frequent one.
    LogLine { id: u64, text: Cow<'a, str> },
    /// Something for people. `raw` is the message of an error that Nix threw: Nix adds it to its
    /// own alone, never to what it passes on.
    Text { level: u64, text: Cow<'a, str>, raw: Option<Cow<'a, str>> },
    /// An action that is not known.
    Unknown,
}

/// A field of an activity or a result.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Field<'a> {
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number, not negative.
    Number(u64),
    /// Anything else.
    Other,
}

impl<'a> Field<'a> {
    /// Returns the text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Other => None,
        }
    }

    /// Returns the number, if it is one.
    pub(super) fn number(&self) -> Option<u64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Other => None,
        }
    }
}

/// Reads what follows [`PREFIX`]; none where it is no such message.
pub(super) fn message(json: &[u8]) -> Option<Message<'_>> {
    log_line(json).or_else(|| any_message(json))
}

/// Reads a line of a builder's log without a JSON parser, where it is written as Nix writes it
/// (keys in alphabetical order, no blanks) and holds no escape.
fn log_line(json: &[u8]) -> Option<Message<'_>> {
    let rest = json.strip_prefix(LOG_LINE)?;
    let end = memchr::memchr2(b'"', b'\\', rest)?;
    let (text, rest) = rest.split_at(end);
    let digits = rest.strip_prefix(br#""],"id":"#)?.strip_suffix(br#","type":101}"#)?;
    // Neither raw control characters nor leading zeros are JSON: the parser says so.
    if digits.is_empty() || digits.len() > 19 || digits[0] == b'0' || text.iter().any(|&byte| byte < b' ') {
        return None;
    }
    let mut id = 0;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        id = id * 10 + u64::from(digit - b'0');
    }
    Some(Message::LogLine { id, text: Cow::Borrowed(std::str::from_utf8(text).ok()?) })
}

/// Returns the beginning of a line of a builder's log that was cut for its length, and how much was
/// left out; none where it is no such line. Whose it is stood at its end.
pub(super) fn cut_log_line(line: &[u8]) -> Option<String> {
    /// How much of it is worth a look, in bytes.
    const KEPT: usize = 2000;
    let text = line.strip_prefix(PREFIX)?.strip_prefix(LOG_LINE)?;
    let end = &text[text.len().saturating_sub(CUT.len() + 32)..];
    let cut = memchr::memmem::find(end, CUT.as_bytes())?;
    let number = end[cut + CUT.len()..].strip_suffix(b"]")?;
    let more: usize = std::str::from_utf8(number).ok()?.parse().ok()?;
    let whole = text.len() - (end.len() - cut);
    let kept = String::from_utf8_lossy(&text[..whole.min(KEPT)]);
    Some(format!("{kept}{CUT}{}]", whole.saturating_sub(KEPT) + more))
}

fn any_message(json: &[u8]) -> Option<Message<'_>> {
    let raw: Raw<'_> = serde_json::from_slice(json).ok()?;
    let id = raw.id.unwrap_or_default();
    let kind = raw.kind.unwrap_or_default();
    let level = raw.level.unwrap_or_default();
    Some(match raw.action.as_ref() {
        "start" => {
            let parent = raw.parent.unwrap_or_default();
            Message::Start { id, parent, level, kind, text: raw.text.unwrap_or_default(), fields: raw.fields }
        }
        "stop" => Message::Stop { id },
        "result" if kind == result::BUILD_LOG_LINE => {
            let text = raw.fields.into_iter().next().and_then(Field::into_text);
            Message::LogLine { id, text: text.unwrap_or_default() }
        }
        "result" => Message::Result { id, kind, fields: raw.fields },
        "msg" => Message::Text { level, text: raw.msg?, raw: raw.unframed },
        _ => Message::Unknown,
    })
}

#[derive(Default)]
struct Raw<'a> {
    action: Cow<'a, str>,
    id: Option<u64>,
    parent: Option<u64>,
    kind: Option<u64>,
    level: Option<u64>,
    text: Option<Cow<'a, str>>,
    msg: Option<Cow<'a, str>>,
    unframed: Option<Cow<'a, str>>,
    fields: Vec<Field<'a>>,
}

// Written out: what is derived for `Cow` and `Option<Cow>` never borrows, and fails on a
// field of a type that it does not expect.
impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map;
        impl<'de> Visitor<'de> for Map {
            type Value = Raw<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a message of Nix")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw<'de>, A::Error> {
                let mut raw = Raw::default();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    match key.0.as_ref() {
                        "action" => raw.action = map.next_value::<Text<'de>>()?.0,
                        "id" => raw.id = map.next_value::<Scalar<'de>>()?.number(),
                        "parent" => raw.parent = map.next_value::<Scalar<'de>>()?.number(),
                        "type" => raw.kind = map.next_value::<Scalar<'de>>()?.number(),
                        "level" => raw.level = map.next_value::<Scalar<'de>>()?.number(),
                        "text" => raw.text = map.next_value::<Scalar<'de>>()?.text(),
                        "msg" => raw.msg = map.next_value::<Scalar<'de>>()?.text(),
                        "raw_msg" => raw.unframed = map.next_value::<Scalar<'de>>()?.text(),
                        "fields" => raw.fields = map.next_value::<Fields<'de>>()?.0,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(raw)
            }
        }
        deserializer.deserialize_map(Map)
    }
}

/// A text, borrowed where it can be.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Any)
    }
}

/// A value of which only texts and whole numbers matter.
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    Other,
}

impl<'a> Scalar<'a> {
    fn number(self) -> Option<u64> {
        if let Self::Number(number) = self { Some(number) } else { None }
    }

    fn text(self) -> Option<Cow<'a, str>> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Number(number))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Other)
            }

            fn visit_bool<E>(self, _: bool) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Other)
            }

            fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
                Ok(Scalar::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The fields of a message: a list, or anything else for none.
struct Fields<'a>(Vec<Field<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list of fields")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(value) = seq.next_element::<Scalar<'de>>()? {
                    fields.push(match value {
                        Scalar::Text(text) => Field::Text(text),
                        Scalar::Number(number) => Field::Number(number),
                        Scalar::Other => Field::Other,
                    });
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_log_line_is_borrowed() {
        let json = br#"{"action":"result","fields":["hello"],"id":93054761435141,"type":101}"#;
        let Some(Message::LogLine { id: 93_054_761_435_141, text: Cow::Borrowed("hello") }) = message(json) else {
            panic!("{:?}", message(json));
        };
    }

    #[test]
    fn unknown_numbers_and_actions_are_read() {
        let start = br#"{"action":"start","fields":[["x"],{"a":1},-1,1.5,null,true,"t"],"id":1,"level":3,"parent":0,"text":"","type":999}"#;
        let Some(Message::Start { kind: 999, fields, .. }) = message(start) else { panic!("not read") };
        assert_eq!(fields.last(), Some(&Field::Text(Cow::Borrowed("t"))));
        assert_eq!(fields.len(), 7);
        assert_eq!(message(br#"{"action":"dance"}"#), Some(Message::Unknown));
        assert_eq!(message(br#"{"action":"msg","level":0}"#), None);
        assert_eq!(message(b"{"), None);
    }

    proptest! {
        // The quick reader may leave a line to the parser but never read it otherwise.
        #[test]
        fn both_readers_agree(text in "[ -~äöü\\\\\"\n\t]{0,40}", id in any::<u64>(), kind in prop_oneof![Just(101u64), any::<u64>()]) {
            let json = serde_json::json!({"action": "result", "fields": [text], "id": id, "type": kind}).to_string();
            prop_assert_eq!(message(json.as_bytes()), any_message(json.as_bytes()));
            prop_assert!(message(json.as_bytes()).is_some());
        }

        #[test]
        fn damaged_lines_are_read_alike(at in 0usize..70, byte in any::<u8>()) {
            let mut json = br#"{"action":"result","fields":["hello"],"id":93054761435141,"type":101}"#.to_vec();
            let at = at.min(json.len() - 1);
            json[at] = byte;
            prop_assert_eq!(message(&json), any_message(&json));
        }
    }
}
