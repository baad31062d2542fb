//! Reads what a walk needs of a commit: its committer time and its parents.

use gix::ObjectId;

/// Reads a commit's object and appends its parents to `parents`. Returns its committer
/// time in seconds since 1970-01-01 00:00 UTC, none where the object is no commit.
///
/// A time is read as `parse_commit_date` of git's `commit.c` does, which forgives more
/// than a decoder does: a commit without a readable time has the time 0. Other than git,
/// which wraps around, this keeps a time before 1970 negative.
pub(super) fn read(object: &[u8], parents: &mut Vec<ObjectId>) -> Option<i64> {
    let mut rest = object.strip_prefix(b"tree ")?;
    let (_, after_tree) = split_line(rest)?;
    rest = after_tree;
    while let Some(after) = rest.strip_prefix(b"parent ") {
        let (name, after_parent) = split_line(after)?;
        parents.push(ObjectId::from_hex(name).ok()?);
        rest = after_parent;
    }
    Some(committer_time(rest).unwrap_or(0))
}

/// Reads the name of a commit's tree, none where the object is no commit.
pub(super) fn tree(object: &[u8]) -> Option<ObjectId> {
    let (name, _) = split_line(object.strip_prefix(b"tree ")?)?;
    ObjectId::from_hex(name).ok()
}

fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|&byte| byte == b'\n')?;
    Some((&text[..end], &text[end + 1..]))
}

fn committer_time(rest: &[u8]) -> Option<i64> {
    if !rest.starts_with(b"author") {
        return None;
    }
    let (_, after_author) = split_line(rest)?;
    let (line, _) = split_line(after_author)?;
    if !line.starts_with(b"committer") {
        return None;
    }
    // From the end: stray characters tend to be in names and addresses.
    let address_end = line.iter().rposition(|&byte| byte == b'>')?;
    let text = line[address_end + 1..].trim_ascii_start();
    let (negative, digits) = text.strip_prefix(b"-").map_or((false, text), |digits| (true, digits));
    let mut seconds: i64 = 0;
    for digit in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
        seconds = seconds.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    }
    Some(if negative { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TREE: &str = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n";
    const PARENT: &str = "parent 0123456789abcdef0123456789abcdef01234567\n";

    fn time_of(committer: &str) -> Option<i64> {
        let mut parents = Vec::new();
        read(format!("{TREE}author A <a> 1 +0000\n{committer}\n\nmessage\n").as_bytes(), &mut parents)
    }

    #[test]
    fn parents_and_time_are_read() {
        let text = format!("{TREE}{PARENT}{PARENT}author A <a> 5 +0000\ncommitter B <b> 1700000000 +0230\n\nx");
        let mut parents = Vec::new();
        assert_eq!(read(text.as_bytes(), &mut parents), Some(1_700_000_000));
        assert_eq!(parents.len(), 2);
        assert_eq!(parents[0].to_string(), PARENT[7..47]);
    }

    #[test]
    fn an_odd_time_is_read_as_git_reads_it() {
        assert_eq!(time_of("committer A > B <b> 12 +0000"), Some(12));
        assert_eq!(time_of("committer A <b>   12"), Some(12));
        assert_eq!(time_of("committer A <b> soon"), Some(0));
        assert_eq!(time_of("committer A <b>"), Some(0));
        assert_eq!(time_of("committer nobody 12 +0000"), Some(0));
        assert_eq!(time_of("tagger A <b> 12 +0000"), Some(0));
        assert_eq!(time_of("committer A <b> -12 +0000"), Some(-12));
    }

    #[test]
    fn what_is_no_commit_is_refused() {
        for text in ["", "tree", "blob", "tree 12\nparent xyz\n"] {
            assert_eq!(read(text.as_bytes(), &mut Vec::new()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), after_tree in any::<bool>()) {
            let mut object = if after_tree { TREE.as_bytes().to_vec() } else { Vec::new() };
            object.extend(bytes);
            read(&object, &mut Vec::new());
        }
    }
}
