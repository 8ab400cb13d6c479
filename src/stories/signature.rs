//! Shingles of an article's words, and the signature that stands for them.
//!
//! A signature is made of 48 minima: each is the least value of the article's shingles
//! under another permutation, and two articles have the same with a probability that is
//! their similarity. Four minima make a band; articles that share any of twelve bands are
//! compared (Leskovec, Rajaraman and Ullman, *Mining of Massive Datasets*, chapter 3). A
//! pair with similarity 0.8 is missed once in 600 times (`(1 - 0.8⁴)¹²`), one with 0.9
//! never; of pairs with 0.3, one in eleven is compared in vain.

/// How many bands a signature has.
pub const BANDS: usize = 12;
const ROWS: usize = 4;
const MINIMA: usize = BANDS * ROWS;

/// Words in a shingle (chosen: with four, one changed word in a brief of thirty would make
/// it another story).
const SHINGLE_WORDS: usize = 3;

/// Texts with fewer words are compared with their headlines: that two papers say "No
/// details were given." makes no copies.
const SHORT_WORDS: usize = 20;

/// What tells whether an article may be a copy of another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Signature {
    /// One number for each band.
    pub bands: [u32; BANDS],
}

impl Signature {
    /// Returns the signature of an article, by the [`word_hash`](crate::text::word_hash)
    /// of the words of its headline and text, compounds left out. An article without text
    /// has none.
    pub fn of(title: &[u32], body: &[u32]) -> Option<Signature> {
        let mut minima = [u32::MAX; MINIMA];
        let mut has_any = false;
        visit_shingles(title, body, |shingle| {
            has_any = true;
            let value = (shingle >> 32) as u32;
            for (least, (flip, factor)) in minima.iter_mut().zip(PERMUTATIONS) {
                *least = (*least).min((value ^ flip).wrapping_mul(factor));
            }
        });
        let mut bands = [0; BANDS];
        for (band, rows) in bands.iter_mut().zip(minima.chunks_exact(ROWS)) {
            let sum = rows.iter().fold(0, |sum, row| mix(sum ^ u64::from(*row)));
            *band = (sum >> 32) as u32;
        }
        has_any.then_some(Signature { bands })
    }
}

/// Permutations of 32-bit numbers: some bits are flipped, and the rest is multiplied by
/// an odd number.
const PERMUTATIONS: [(u32, u32); MINIMA] = {
    let mut permutations = [(0, 0); MINIMA];
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let mut at = 0;
    while at < MINIMA {
        state = mix(state);
        permutations[at] = ((state >> 32) as u32, state as u32 | 1);
        at += 1;
    }
    permutations
};

/// The finalizer of MurmurHash3 (Appleby), which changes half of the bits if one changes.
const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let value = (value ^ (value >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}

fn visit_shingles(title: &[u32], body: &[u32], mut visit: impl FnMut(u64)) {
    if body.is_empty() {
        return;
    }
    let joined;
    let words = if body.len() < SHORT_WORDS {
        joined = [title, body].concat();
        joined.as_slice()
    } else {
        body
    };
    let shingle = |words: &[u32]| {
        let sum = words.iter().fold(0_u64, |sum, word| {
            sum.wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .wrapping_add(u64::from(*word) + 1)
        });
        mix(sum)
    };
    if words.len() < SHINGLE_WORDS {
        return visit(shingle(words));
    }
    for words in words.windows(SHINGLE_WORDS) {
        visit(shingle(words));
    }
}

/// The different shingles of an article.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Shingles(Vec<u64>);

impl Shingles {
    /// Returns the shingles of an article, by the same words as [`Signature::of`].
    pub fn of(title: &[u32], body: &[u32]) -> Shingles {
        let mut shingles = Vec::with_capacity(body.len());
        visit_shingles(title, body, |shingle| shingles.push(shingle));
        shingles.sort_unstable();
        shingles.dedup();
        Shingles(shingles)
    }

    /// Returns how similar two articles are, from 0 to 1: the shingles in both, of those in
    /// either. Articles without text are similar to none.
    pub fn similarity(&self, other: &Shingles) -> f64 {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = 0;
        while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
            let order = x.cmp(y);
            both += usize::from(order.is_eq());
            if order.is_le() {
                a.next();
            }
            if order.is_ge() {
                b.next();
            }
        }
        let either = self.0.len() + other.0.len() - both;
        both as f64 / either.max(1) as f64
    }

    /// Returns every different shingle, in no meaningful order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = u64> + '_ {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{fold, word_hash};

    fn hashes(text: &str) -> Vec<u32> {
        text.split_whitespace()
            .map(|word| word_hash(&fold(word)))
            .collect()
    }

    fn similarity(a: &str, b: &str) -> f64 {
        let shingles = |text: &str| Shingles::of(&[], &hashes(text));
        shingles(a).similarity(&shingles(b))
    }

    #[test]
    fn similarity_is_the_share_of_common_shingles() {
        // a b c, b c d, c d e against a b c, b c d, c d f.
        assert_eq!(similarity("a b c d e", "a b c d f"), 2.0 / 4.0);
        assert_eq!(similarity("a b c", "a b c"), 1.0);
        assert_eq!(similarity("a b", "a b"), 1.0);
        assert_eq!(similarity("a b", "b a"), 0.0);
        assert_eq!(similarity("", ""), 0.0);
    }

    #[test]
    fn short_texts_are_told_apart_by_their_headlines() {
        let of = |title: &str, body: &str| Signature::of(&hashes(title), &hashes(body));
        assert_eq!(of("Bridge closed", ""), None);
        assert_ne!(
            of("Bridge closed", "No details."),
            of("Mayor resigns", "No details.")
        );
        let long = "word ".repeat(SHORT_WORDS);
        assert_eq!(of("Bridge closed", &long), of("Mayor resigns", &long));
    }

    #[test]
    fn bands_are_shared_as_often_as_they_should_be() {
        // Texts of 400 words of which some are replaced: similarity is known, and so is how
        // often one of the bands should be the same.
        let mut shared = 0;
        for round in 0..200 {
            let words = |seed: u32| (0..400).map(move |at| word_hash(&format!("{seed} {at}")));
            let one: Vec<u32> = words(round).collect();
            let mut other = one.clone();
            // Fifteen words far apart take 45 of 398 shingles: similarity 353 / 443.
            (0..15).for_each(|at| other[at * 25 + 5] ^= 1);
            let exact = Shingles::of(&[], &one).similarity(&Shingles::of(&[], &other));
            assert!((exact - 353.0 / 443.0).abs() < 1e-9, "{exact}");
            let (one, other) = (Signature::of(&[], &one), Signature::of(&[], &other));
            let bands = one.zip(other).map(|(one, other)| {
                let pairs = one.bands.iter().zip(other.bands);
                pairs.filter(|(a, b)| **a == *b).count()
            });
            shared += bands.unwrap_or_default();
        }
        // Each band is the same with probability 0.797⁴ = 0.403: of 2,400, 967 and some.
        assert!((880..1_060).contains(&shared), "{shared}");
    }
}
