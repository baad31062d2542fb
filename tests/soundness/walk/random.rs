//! Numbers that look like chance and are the same for one seed on every machine.

/// Marsaglia's xorshift of 64 bits, which is enough to choose edits.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn of(seed: u64) -> Self {
        // Zero would stay zero, and small seeds start with small numbers.
        let mut random = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            random.next();
        }
        random
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below a limit.
    pub(crate) fn below(&mut self, limit: u32) -> u32 {
        u32::try_from(self.next() >> 33).expect("31 bits") % limit
    }
}
