//! A text with a limit, of which no part is half written.

/// The text so far, and for how many characters there is room.
pub(super) struct Sheet {
    text: String,
    room: usize,
}

impl Sheet {
    /// Begins an empty one.
    pub(super) fn with_room(room: usize) -> Self {
        Self { text: String::new(), room }
    }

    /// Adds a part whole; false, and nothing is added, where there is no room for it.
    pub(super) fn add(&mut self, part: &str) -> bool {
        let size = part.chars().count();
        if size > self.room {
            return false;
        }
        self.room -= size;
        self.text.push_str(part);
        true
    }

    /// Adds a part that is folded: what `fill` adds stands between these two, which are added whatever `fill` leaves out.
    /// Adds nothing where there is no room for both.
    pub(super) fn folded(&mut self, open: &str, close: &str, fill: impl FnOnce(&mut Self)) {
        let size = open.chars().count() + close.chars().count();
        if size > self.room {
            return;
        }
        self.room -= size;
        self.text.push_str(open);
        fill(self);
        self.text.push_str(close);
    }

    /// Keeps room for something that comes later, and returns how much there was.
    pub(super) fn keep(&mut self, size: usize) -> usize {
        let kept = size.min(self.room);
        self.room -= kept;
        kept
    }

    /// Gives room back that was kept.
    pub(super) const fn give_back(&mut self, size: usize) {
        self.room += size;
    }

    /// Returns the text.
    pub(super) fn into_text(self) -> String {
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_half_written() {
        let mut sheet = Sheet::with_room(12);
        assert!(sheet.add("äöü"));
        sheet.folded("<a>", "</a>", |sheet| {
            assert!(!sheet.add("four"), "there is room for two");
            assert!(sheet.add("xy"));
        });
        assert!(!sheet.add("z"));
        sheet.folded("", "z", |_| panic!("no room"));
        assert_eq!(sheet.into_text(), "äöü<a>xy</a>");
    }
}
