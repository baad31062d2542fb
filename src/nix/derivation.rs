//! Reads derivations by their texts in the store, and compares two of them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::store::StorePath;

/// In what two derivations differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// The names of what only one of them is built with.
    pub built_with: BTreeSet<String>,
    /// Sources that only the first has.
    pub first: BTreeSet<StorePath>,
    /// Sources that only the second has.
    pub second: BTreeSet<StorePath>,
    /// Whether they differ in more than store paths.
    pub otherwise: bool,
}

const FOLDER: &[u8] = b"/nix/store/";
const HASH: usize = 32;

/// Compares two derivations. Their own outputs are nothing that they are built with.
pub fn differences(first: &[u8], second: &[u8]) -> Differences {
    let own: BTreeSet<StorePath> = [first, second].into_iter().flat_map(outputs).collect();
    let ((first_paths, first_text), (second_paths, second_text)) = (read(first), read(second));
    let mut found = Differences { otherwise: first_text != second_text, ..Differences::default() };
    let sides = [(&first_paths, &second_paths, true), (&second_paths, &first_paths, false)];
    for (these, others, is_first) in sides {
        for path in these.difference(others).filter(|path| !own.contains(path)) {
            if let Some(name) = path.name().strip_suffix(".drv") {
                found.built_with.insert(name.to_owned());
            } else if is_first {
                found.first.insert(path.clone());
            } else {
                found.second.insert(path.clone());
            }
        }
    }
    found
}

/// Returns the paths of a derivation's outputs.
fn outputs(text: &[u8]) -> Vec<StorePath> {
    let list = arguments(text).into_iter().next().map(inside).unwrap_or_default();
    let path = |output: &&[u8]| unquoted(inside(output).get(1)?).parse().ok();
    list.iter().filter_map(path).collect()
}

/// Returns what a derivation's builder is told by variables. A structured one's are taken apart: `name.key` for what a
/// set has, with blanks between what a list has, and `1` or nothing for what is or is not.
pub fn variables(text: &[u8]) -> BTreeMap<String, String> {
    let list = arguments(text).into_iter().last().map(inside).unwrap_or_default();
    let pair = |pair: &&[u8]| match inside(pair).as_slice() {
        [name, value] => Some((unquoted(name), unquoted(value))),
        _ => None,
    };
    let mut found: BTreeMap<String, String> = list.iter().filter_map(pair).collect();
    if let Some(Value::Object(structured)) = found.remove("__json").and_then(|text| serde_json::from_str(&text).ok()) {
        for (name, value) in structured {
            put(&mut found, name, &value);
        }
    }
    found
}

fn put(found: &mut BTreeMap<String, String>, name: String, value: &Value) {
    let text = match value {
        Value::Object(inside) => {
            for (key, value) in inside {
                put(found, format!("{name}.{key}"), value);
            }
            return;
        }
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => plain(other),
    };
    found.insert(name, text);
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "1".to_owned(),
        Value::Bool(false) | Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Returns what stands between the brackets of `Derive(...)`.
fn arguments(text: &[u8]) -> Vec<&[u8]> {
    let start = text.iter().position(|byte| *byte == b'(').map_or(text.len(), |at| at + 1);
    elements(text.get(start..text.len().saturating_sub(1)).unwrap_or_default())
}

/// Returns the elements of a list or of a tuple.
fn inside(text: &[u8]) -> Vec<&[u8]> {
    match text {
        [_, inside @ .., _] if !inside.is_empty() => elements(inside),
        _ => Vec::new(),
    }
}

/// Returns what a text in quotes stands for.
fn unquoted(text: &[u8]) -> String {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.strip_prefix(b"\"").and_then(|text| text.strip_suffix(b"\"")).unwrap_or(text).iter().copied();
    while let Some(byte) = bytes.next() {
        plain.push(match (byte, if byte == b'\\' { bytes.next() } else { None }) {
            (_, Some(b'n')) => b'\n',
            (_, Some(b't')) => b'\t',
            (_, Some(b'r')) => b'\r',
            (_, Some(other)) | (other, None) => other,
        });
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// Returns the store paths that a text names, and the text with their hashes blanked out. What it is built with is
/// sorted by hashes there, and so is put into another order.
fn read(text: &[u8]) -> (BTreeSet<StorePath>, Vec<Vec<u8>>) {
    let mut paths = BTreeSet::new();
    let mut blanked = text.to_vec();
    for start in memchr::memmem::find_iter(text, FOLDER) {
        let rest = &text[start..];
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-._?=".contains(byte);
        let length = FOLDER.len() + rest[FOLDER.len()..].iter().take_while(|byte| is_part(byte)).count();
        let path = std::str::from_utf8(&rest[..length]).ok().and_then(|path| path.parse().ok());
        if let Some(path) = path {
            paths.insert(path);
            let hash = start + FOLDER.len();
            blanked[hash..hash + HASH].fill(b'#');
        }
    }
    (paths, in_order(&blanked))
}

/// Returns the parts of `Derive(OUTPUTS,DERIVATIONS,SOURCES,...)`, with the second and the third list sorted.
fn in_order(text: &[u8]) -> Vec<Vec<u8>> {
    let start = text.iter().position(|byte| *byte == b'(').map_or(0, |at| at + 1);
    let (head, rest) = text.split_at(start);
    let mut parts = vec![head.to_vec()];
    let mut lists = 0;
    for part in elements(rest) {
        let list = part.strip_prefix(b"[").and_then(|part| part.strip_suffix(b"]"));
        lists += u32::from(list.is_some());
        if let (Some(list), 2 | 3) = (list, lists) {
            let mut inside: Vec<&[u8]> = elements(list);
            inside.sort_unstable();
            parts.extend(inside.into_iter().map(<[u8]>::to_vec));
        } else {
            parts.push(part.to_vec());
        }
    }
    parts
}

/// Splits at commas that are in no text and in no brackets.
fn elements(text: &[u8]) -> Vec<&[u8]> {
    let (mut depth, mut in_text, mut escaped, mut start) = (0_i32, false, false, 0);
    let mut found = Vec::new();
    for (index, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b'[' | b'(' => depth += 1,
            b']' | b')' => depth -= 1,
            b',' if depth == 0 => {
                found.push(&text[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(letter: char, name: &str) -> String {
        format!("/nix/store/{}-{name}", letter.to_string().repeat(HASH))
    }

    #[test]
    fn what_two_derivations_are_built_with_is_compared() {
        let text = |source: char, dependency: char, out: char, flag: &str| {
            let (drv, source, out) = (path(dependency, "dep-1.drv"), path(source, "source"), path(out, "foo-1"));
            format!(
                r#"Derive([("out","{out}","","")],[("{drv}",["out"])],["{source}"],"x",[],[("flags","{flag}"),("src","{source}/a")])"#
            )
        };
        let compare = |two: String| differences(text('a', 'b', '1', "x").as_bytes(), two.as_bytes());
        assert_eq!(compare(text('a', 'b', '1', "x")), Differences::default());
        let source = |letter| [path(letter, "source").parse().expect("a path")].into_iter().collect();
        let other = Differences { first: source('a'), second: source('c'), ..Differences::default() };
        assert_eq!(compare(text('c', 'b', '2', "x")), other);
        let other = Differences { built_with: ["dep-1".to_owned()].into_iter().collect(), ..Differences::default() };
        assert_eq!(compare(text('a', 'd', '2', "x")), other);
        assert_eq!(compare(text('a', 'b', '2', "y")), Differences { otherwise: true, ..Differences::default() });
        // The list of sources is sorted by hashes.
        let sources = |names: &str| format!(r#"Derive([],[],[{names}],"x","b,[",["-O","-g"],[])"#);
        let (a, b) = (path('a', "source"), path('b', "scripts"));
        let (one, two) = (format!(r#""{a}","{b}""#), format!(r#""{b}","{}""#, path('c', "source")));
        let found = differences(sources(&one).as_bytes(), sources(&two).as_bytes());
        assert!(!found.otherwise, "{found:?}");
        let other = sources(&two).replace(r#""-O","-g""#, r#""-g","-O""#);
        assert!(differences(sources(&one).as_bytes(), other.as_bytes()).otherwise);
        assert_eq!(outputs(text('a', 'b', '1', "x").as_bytes()), [path('1', "foo-1").parse().expect("a path")]);
        // No store path: it ends too early.
        assert_eq!(read(b"/nix/store/abc").0.len(), 0);
    }

    #[test]
    fn the_variables_of_a_builder_are_read() {
        let text = r#"Derive([("out","/x","","")],[],[],"x","b",["-e"],[("a","x,\"y\"\n"),("b",""),("__json","{\"flags\":[\"-x\",\"y\"],\"switches\":{\"tests\":true,\"docs\":false}}")])"#;
        let found = variables(text.as_bytes());
        let expected =
            [("a", "x,\"y\"\n"), ("b", ""), ("flags", "-x y"), ("switches.docs", ""), ("switches.tests", "1")];
        assert_eq!(found, expected.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect());
        for text in ["", "Derive(", "Derive([],[],[],\"\",\"\",[],[])"] {
            assert_eq!(variables(text.as_bytes()), BTreeMap::new(), "{text}");
        }
    }
}
