//! Copies by brute force: every pair of articles with a shingle in common, compared by
//! all their shingles as sets of strings. Nothing of newsdex but its words.

use std::collections::{BTreeSet, HashMap};

use newsdex::text::{fold_word, words};

/// Texts of fewer words are compared together with their headlines.
const SHORT_WORDS: usize = 20;

/// Returns every pair of articles, given as headline and text, whose similarity is at
/// least `threshold`, the lesser number first.
pub(crate) fn similar_pairs(articles: &[(String, String)], threshold: f64) -> BTreeSet<(u32, u32)> {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut holders: Vec<Vec<u32>> = Vec::new();
    let mut sizes: Vec<usize> = Vec::new();
    let mut pairs = BTreeSet::new();
    let mut common = vec![0_u32; articles.len()];
    for (at, (title, body)) in articles.iter().enumerate() {
        let shingles = shingles(title, body);
        let mut met: Vec<u32> = Vec::new();
        for shingle in &shingles {
            let number = *numbers.entry(shingle.clone()).or_insert_with(|| {
                holders.push(Vec::new());
                holders.len() as u32 - 1
            });
            for other in &holders[number as usize] {
                if common[*other as usize] == 0 {
                    met.push(*other);
                }
                common[*other as usize] += 1;
            }
            holders[number as usize].push(at as u32);
        }
        for other in met {
            let both = std::mem::take(&mut common[other as usize]) as usize;
            let either = shingles.len() + sizes[other as usize] - both;
            if both as f64 >= threshold * either as f64 {
                pairs.insert((other, at as u32));
            }
        }
        sizes.push(shingles.len());
    }
    pairs
}

fn shingles(title: &str, body: &str) -> BTreeSet<String> {
    let folded = |text: &str| -> Vec<String> {
        let parts = words(text).filter(|word| !word.is_compound());
        parts
            .map(|word| {
                let mut folded = String::new();
                fold_word(word.text, &mut folded);
                folded
            })
            .collect()
    };
    let mut list = folded(body);
    if list.is_empty() {
        return BTreeSet::new();
    }
    if list.len() < SHORT_WORDS {
        list = [folded(title), list].concat();
    }
    if list.len() < 3 {
        return BTreeSet::from([list.join(" ")]);
    }
    list.windows(3).map(|words| words.join(" ")).collect()
}

/// How well pairs agree with the true ones.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agreement {
    /// Of the pairs found, the share that is true.
    pub(crate) precision: f64,
    /// Of the true pairs, the share that was found.
    pub(crate) recall: f64,
}

impl Agreement {
    /// Compares `found` with `truth`.
    pub(crate) fn of(found: &BTreeSet<(u32, u32)>, truth: &BTreeSet<(u32, u32)>) -> Agreement {
        let both = found.intersection(truth).count() as f64;
        Agreement {
            precision: both / found.len().max(1) as f64,
            recall: both / truth.len().max(1) as f64,
        }
    }

    /// Returns the harmonic mean of precision and recall.
    pub(crate) fn f1(self) -> f64 {
        let sum = self.precision + self.recall;
        if sum == 0.0 {
            return 0.0;
        }
        2.0 * self.precision * self.recall / sum
    }
}
