//! Bytes as a list of choices.

/// Bytes that mean something in one of the formats.
const TELLING: &[u8] = b"0 \n=+/x,";

/// Choices read off some bytes. When they run out every choice is the first, so any bytes build something, and shorter
/// bytes something simpler.
#[derive(Debug)]
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// The choices of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left to choose.
    pub fn is_spent(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `n`, 1 ≤ n ≤ 256.
    pub fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// Any number; small ones and the edges come often.
    pub fn number(&mut self) -> u64 {
        let shift = u32::from(self.byte()) % 65;
        let any = (0..8).fold(0_u64, |n, _| n << 8 | u64::from(self.byte()));
        any.checked_shr(shift).unwrap_or(0)
    }

    /// Up to `n` bytes.
    pub fn bytes(&mut self, n: usize) -> &'a [u8] {
        let (head, rest) = self.0.split_at(n.min(self.0.len()));
        self.0 = rest;
        head
    }

    /// Thirty-two bytes, filled up with zeroes.
    pub fn hash(&mut self) -> [u8; 32] {
        let mut out = [0; 32];
        let head = self.bytes(32);
        out[..head.len()].copy_from_slice(head);
        out
    }

    /// One of `all`, which is not empty.
    pub fn pick<'b, T>(&mut self, all: &'b [T]) -> &'b T {
        &all[self.below(all.len())]
    }

    /// Some of `all` in their order, at least the first `least`.
    pub fn some<T: Clone>(&mut self, all: &[T], least: usize) -> Vec<T> {
        let chosen = self.byte();
        let is_in = |i: usize| i < least || (chosen >> (i % 8)) & 1 == 1;
        all.iter().enumerate().filter(|(i, _)| is_in(*i)).map(|(_, item)| item.clone()).collect()
    }

    /// `text` with up to two bytes changed, removed or inserted.
    pub fn damage(&mut self, text: &[u8]) -> Vec<u8> {
        let mut out = text.to_vec();
        for _ in 0..self.below(3) {
            let mut at = usize::try_from(self.number() % (out.len() as u64 + 1)).unwrap();
            // Often right before or after what parts the text.
            let parting: Vec<_> =
                (0..out.len()).filter(|at| !out[*at].is_ascii_alphanumeric()).take(256).collect();
            if self.once_in(2) && !parting.is_empty() {
                at = self.pick(&parting) + self.below(2);
            }
            match self.below(3) {
                0 if at < out.len() => out[at] ^= 1 << self.below(8),
                1 if at < out.len() => drop(out.remove(at)),
                _ if self.once_in(2) => out.insert(at, self.byte()),
                _ => out.insert(at, *self.pick(TELLING)),
            }
        }
        out
    }
}
