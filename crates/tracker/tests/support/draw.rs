//! Small choices drawn from one number, always the same ones from the same number.

/// What is left to draw from.
#[derive(Debug, Clone)]
pub struct Draw(u64);

impl Draw {
    pub fn from(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.next() % u64::from(end)).expect("below a u32")
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// One of these.
    pub fn of<T: Copy>(&mut self, all: &[T]) -> T {
        let count = u32::try_from(all.len()).expect("a short list");
        all[self.below(count) as usize]
    }

    /// Said once in so many times, and then either way.
    pub fn said(&mut self, times: u32) -> Option<bool> {
        self.one_in(times).then(|| self.one_in(2))
    }

    /// A quarter of something, 0 to 1.
    pub fn quarters(&mut self) -> f64 {
        f64::from(self.below(5)) / 4.0
    }

    /// At most `most` of what is made, mostly none.
    pub fn few<T>(&mut self, most: u32, mut make: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.below(2 * most + 2).saturating_sub(most + 1);
        (0..count).map(|_| make(self)).collect()
    }
}
