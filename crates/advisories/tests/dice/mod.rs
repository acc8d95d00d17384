//! Repeatable chance for tests.
#![allow(dead_code, clippy::unwrap_used, missing_docs)]

/// A source of numbers that look random and are the same in every run (xorshift64).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// 0 to `sides` - 1.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides.max(1)
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let at = self.roll(of.len());
        of.get(at).unwrap()
    }

    /// A text of up to `length` characters such as names, vectors and versions have.
    pub fn text(&mut self, length: usize) -> String {
        let alphabet: Vec<char> = "aA0 9z:/\\*?-._~%2f3,{}[]\"CVSScpe\u{e9}\u{1f600}\n\0".chars().collect();
        let length = self.roll(length + 1);
        (0..length).map(|_| *self.pick(&alphabet)).collect()
    }

    /// Changes a text at one or a few places.
    pub fn damage(&mut self, text: &mut String) {
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=self.roll(3) {
            let at = self.roll(chars.len() + 1);
            match self.roll(3) {
                0 if at < chars.len() => drop(chars.remove(at)),
                1 => chars.truncate(at),
                _ => {
                    let more: Vec<char> = self.text(3).chars().collect();
                    chars.splice(at..at, more);
                }
            }
        }
        *text = chars.into_iter().collect();
    }
}
