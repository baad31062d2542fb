//! Reads `ghc --info`: a list of pairs of texts, as Haskell shows it.

use std::collections::BTreeMap;

/// What a GHC says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GhcInfo(BTreeMap<String, String>);

impl GhcInfo {
    /// Reads the whole output.
    pub(super) fn parse(text: &str) -> Self {
        let mut texts = Vec::new();
        let mut rest = text;
        while let Some((_, after)) = rest.split_once('"') {
            let (value, end) = haskell_string(after);
            texts.push(value);
            rest = &after[end..];
        }
        let mut texts = texts.into_iter();
        let mut pairs = BTreeMap::new();
        while let (Some(key), Some(value)) = (texts.next(), texts.next()) {
            pairs.insert(key, value);
        }
        Self(pairs)
    }

    /// Returns a value; none where it is empty.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Returns the version, such as `9.6.6`.
    pub(super) fn version(&self) -> Option<&str> {
        self.get("Project version")
    }

    /// Returns the platform in Nix's words, such as `x86_64-linux`.
    pub(super) fn system(&self) -> Option<String> {
        let platform = self.get("target platform string").or_else(|| self.get("Host platform"))?;
        let (cpu, rest) = platform.split_once('-')?;
        let kernel = ["linux", "darwin", "freebsd"].into_iter().find(|kernel| rest.contains(kernel))?;
        let cpu = match cpu {
            "i386" | "i486" | "i586" => "i686",
            "arm64" => "aarch64",
            cpu => cpu,
        };
        Some(format!("{cpu}-{kernel}"))
    }
}

/// Reads the rest of a text after its opening quote; returns it and where its closing quote ends.
fn haskell_string(text: &str) -> (String, usize) {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((index, character)) = characters.next() {
        match character {
            '"' => return (value, index + 1),
            // Other escapes than `\"` and `\\` do not occur in paths and flags that hinc reads.
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read() {
        let info = GhcInfo::parse(
            " [(\"Project version\",\"9.6.6\")\n ,(\"C compiler flags\",\"\")\n ,(\"odd\",\"a \\\"b\\\" \\\\ ,c\")\n \
             ,(\"target platform string\",\"x86_64-unknown-linux\")\n ]\n",
        );
        assert_eq!(info.version(), Some("9.6.6"));
        assert_eq!(info.get("C compiler flags"), None);
        assert_eq!(info.get("odd"), Some("a \"b\" \\ ,c"));
        assert_eq!(info.system().as_deref(), Some("x86_64-linux"));
    }

    #[test]
    fn nonsense_gives_nothing() {
        for text in ["", "\"", "(\"a", "[(\"a\",\"b"] {
            assert_eq!(GhcInfo::parse(text).version(), None, "{text}");
        }
    }

    #[test]
    fn platforms_are_those_of_nix() {
        let system = |platform: &str| {
            GhcInfo::parse(&format!("[(\"target platform string\",\"{platform}\")]")).system().unwrap_or_default()
        };
        assert_eq!(system("aarch64-apple-darwin"), "aarch64-darwin");
        assert_eq!(system("i386-unknown-linux"), "i686-linux");
        assert_eq!(system("aarch64-unknown-linux-gnu"), "aarch64-linux");
    }
}
