//! How two installed files differ, in words.

use std::path::{Path, PathBuf};

/// The longest text that is looked at for the first line that differs.
const LONGEST: u64 = 4 * 1024 * 1024;

/// Where the two builds are installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// The incremental one.
    pub incremental: PathBuf,
    /// The clean one.
    pub clean: PathBuf,
}

/// A line that differs: what of the file it is, and both lines.
pub(super) type Line = (String, Option<String>, Option<String>);

impl Installed {
    /// Returns the fields of a registration that differ.
    pub(super) fn fields(&self, path: &str) -> Vec<Line> {
        let (Some(incremental), Some(clean)) = self.texts(path) else { return Vec::new() };
        let (ours, theirs) = (fields(&incremental), fields(&clean));
        let mut names: Vec<&String> = ours.iter().chain(&theirs).map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        let value = |of: &[(String, String)], name: &str| {
            of.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
        };
        let lines = names.into_iter().map(|name| (name.clone(), value(&ours, name), value(&theirs, name)));
        lines.filter(|(_, ours, theirs)| ours != theirs).collect()
    }

    /// Returns the first line in which two texts differ; none where they are no texts or too long.
    pub(super) fn first_line(&self, path: &str) -> Option<Line> {
        let (Some(incremental), Some(clean)) = self.texts(path) else { return None };
        // The dependencies have other paths on both sides. Where nothing else differs, it is a path.
        first_line(&without_hashes(&incremental), &without_hashes(&clean)).or_else(|| first_line(&incremental, &clean))
    }

    /// Both texts, with one name for what each calls its own folder.
    fn texts(&self, path: &str) -> (Option<String>, Option<String>) {
        (text(&self.incremental, path), text(&self.clean, path))
    }
}

fn first_line(incremental: &str, clean: &str) -> Option<Line> {
    let (mut ours, mut theirs) = (incremental.lines(), clean.lines());
    for number in 1usize.. {
        let pair = (ours.next(), theirs.next());
        if pair == (None, None) {
            break;
        }
        if pair.0 != pair.1 {
            return Some((format!("line {number}"), pair.0.map(str::to_owned), pair.1.map(str::to_owned)));
        }
    }
    None
}

/// Takes the hashes out of store paths.
fn without_hashes(text: &str) -> String {
    let mut parts = text.split("/nix/store/");
    let mut short = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        short.push_str("/nix/store/");
        short.push_str(part.get(32..).unwrap_or(part));
    }
    short
}

fn text(folder: &Path, path: &str) -> Option<String> {
    let file = folder.join(path);
    if fs_err::metadata(&file).ok()?.len() > LONGEST {
        return None;
    }
    let text = String::from_utf8(fs_err::read(&file).ok()?).ok()?;
    if text.contains('\0') {
        return None;
    }
    Some(text.replace(&folder.display().to_string(), "$out"))
}

/// The fields of a file in Cabal's form: `name: value`, with further lines indented.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.starts_with(char::is_whitespace) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
                *value = value.trim().to_owned();
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.to_owned(), value.trim().to_owned()));
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(path: &str, incremental: &str, clean: &str) -> (tempfile::TempDir, Installed) {
        let folder = tempfile::tempdir().expect("a folder");
        let sides = Installed { incremental: folder.path().join("one"), clean: folder.path().join("two") };
        for (side, text) in [(&sides.incremental, incremental), (&sides.clean, clean)] {
            let file = side.join(path);
            fs_err::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs_err::write(file, text.replace("OUT", &side.display().to_string())).expect("a file");
        }
        (folder, sides)
    }

    #[test]
    fn a_registration_is_compared_by_its_fields() {
        let (_folder, sides) = installed(
            "x.conf",
            "name: x\nabi: 1\nexposed-modules:\n    A\n    B\nimport-dirs: OUT/lib\n",
            "name: x\nabi: 2\nexposed-modules:\n    A\nimport-dirs: OUT/lib\n",
        );
        let text = |text: &str| Some(text.to_owned());
        let wanted =
            vec![("abi".to_owned(), text("1"), text("2")), ("exposed-modules".to_owned(), text("A B"), text("A"))];
        assert_eq!(sides.fields("x.conf"), wanted);
    }

    #[test]
    fn the_first_line_is_shown() {
        let (_folder, sides) = installed("share/x", "one\ntwo\n", "one\nthree\n");
        let line = sides.first_line("share/x").expect("a line");
        assert_eq!(line, ("line 2".to_owned(), Some("two".to_owned()), Some("three".to_owned())));
        let (_folder, sides) = installed("share/x", "a\0b", "a\0c");
        assert_eq!(sides.first_line("share/x"), None);
        let path = |letter: &str, end: &str| format!("/nix/store/{}-x\n{end}\n", letter.repeat(32));
        let (_folder, sides) = installed("share/x", &path("a", "same"), &path("b", "same"));
        assert_eq!(sides.first_line("share/x").expect("a line").0, "line 1");
        let (_folder, sides) = installed("share/x", &path("a", "one"), &path("b", "two"));
        assert_eq!(sides.first_line("share/x").expect("a line").0, "line 2", "a dependency has another path");
    }
}
