//! Groups articles into stories.
//!
//! Articles that share a band of their signatures are candidates. Those that share more
//! bands are judged first, and a pair whose articles are connected already is not judged:
//! stories are connected components, which the order of judging does not change. Where
//! very many articles share a band (tables that differ in a few numbers), each is
//! compared with some of them only, chosen by the articles themselves.
//!
//! Running time: sorting each band, `O(n log n)`; judging is up to whoever has the texts.

use std::collections::HashMap;

use super::signature::{BANDS, Signature};

/// An article with its signature.
#[derive(Clone, Copy, Debug)]
pub struct Signed {
    /// What the article is known by: equal for equal articles, and for no others.
    pub key: u64,
    /// Words of its text.
    pub words: u64,
    /// Its signature.
    pub signature: Signature,
}

/// What was found out about two articles, the lesser key first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// The articles' keys.
    pub pair: (u64, u64),
    /// How similar they are.
    pub similarity: f32,
}

/// Stories, and what was found out on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grouping {
    /// Each article that has copies, with the key of its story: the least of its articles'
    /// keys. In order.
    pub stories: Vec<(u64, u64)>,
    /// Every pair that was judged, in order.
    pub judged: Vec<Judged>,
}

/// In a band that more articles share, each is compared with so many others.
const MOST_NEIGHBORS: usize = 16;

/// Groups articles into stories of similarity `threshold`. `judge` returns how similar two
/// of them are, given by their places in `articles`.
///
/// # Errors
///
/// Those of `judge`.
pub fn group<E>(
    articles: &[Signed],
    threshold: f64,
    judge: &mut dyn FnMut(usize, usize) -> Result<f64, E>,
) -> Result<Grouping, E> {
    let mut connected = Components::new(articles.len());
    let mut judged = Vec::new();
    for (a, b) in candidates(articles, threshold) {
        if connected.root(a) == connected.root(b) {
            continue;
        }
        // A pair is judged as it is kept, so that it counts the same when it is known already.
        let similarity = judge(a, b)? as f32;
        let (one, other) = (articles[a].key, articles[b].key);
        judged.push(Judged {
            pair: (one.min(other), one.max(other)),
            similarity,
        });
        if similarity >= threshold as f32 {
            connected.join(a, b);
        }
    }
    judged.sort_unstable_by_key(|judged| judged.pair);
    let stories = connected.stories(articles);
    Ok(Grouping { stories, judged })
}

/// Returns the pairs that may be copies, those that share most bands first.
fn candidates(articles: &[Signed], threshold: f64) -> Vec<(usize, usize)> {
    let mut shared: HashMap<(u32, u32), u8> = HashMap::new();
    let of = |at: u32| &articles[at as usize];
    let mut order: Vec<(u32, u32)> = Vec::with_capacity(articles.len());
    let mut bucket: Vec<u32> = Vec::new();
    for band in 0..BANDS {
        order.clear();
        let values = (0..).zip(articles);
        order.extend(values.map(|(at, article)| (article.signature.bands[band], at)));
        order.sort_unstable();
        for shared_value in order.chunk_by(|a, b| a.0 == b.0) {
            // Most articles share nothing with any other.
            if shared_value.len() < 2 {
                continue;
            }
            bucket.clear();
            bucket.extend(shared_value.iter().map(|(_, at)| *at));
            bucket.sort_unstable_by_key(|at| (of(*at).signature.bands, of(*at).key));
            let mut note = |one: u32, other: u32| {
                if may_be_copies(of(one), of(other), threshold) {
                    *shared.entry((one.min(other), one.max(other))).or_default() += 1;
                }
            };
            // Articles with one signature are all but certainly copies: a chain will do,
            // and the first stands for all of them beside others.
            let same = |a: &u32, b: &u32| of(*a).signature == of(*b).signature;
            let mut first: Vec<u32> = Vec::new();
            for equal in bucket.chunk_by(same) {
                equal.windows(2).for_each(|pair| note(pair[0], pair[1]));
                first.push(equal[0]);
            }
            for (at, one) in first.iter().enumerate() {
                let others = first[at + 1..].iter().take(MOST_NEIGHBORS);
                others.for_each(|other| note(*one, *other));
            }
        }
    }
    let mut pairs: Vec<((u32, u32), u8)> = shared.into_iter().collect();
    pairs.sort_unstable_by_key(|((a, b), bands)| {
        let keys = (of(*a).key, of(*b).key);
        (u8::MAX - bands, keys.0.min(keys.1), keys.0.max(keys.1))
    });
    let pair = |((a, b), _): ((u32, u32), u8)| (a as usize, b as usize);
    pairs.into_iter().map(pair).collect()
}

/// Tells whether the lengths of two texts allow them to be similar. Shingles are counted
/// once each, so that a text with repetitions has fewer than words: some room is left.
fn may_be_copies(one: &Signed, other: &Signed, threshold: f64) -> bool {
    const ROOM: f64 = 0.7;
    let (less, more) = (one.words.min(other.words), one.words.max(other.words));
    less as f64 >= more as f64 * threshold * ROOM
}

/// Connected components by union and find (Tarjan 1975).
struct Components(Vec<u32>);

impl Components {
    fn new(articles: usize) -> Components {
        Components((0..articles as u32).collect())
    }

    fn root(&mut self, of: usize) -> usize {
        let mut at = of;
        while self.0[at] as usize != at {
            self.0[at] = self.0[self.0[at] as usize];
            at = self.0[at] as usize;
        }
        at
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b) as u32;
    }

    fn stories(mut self, articles: &[Signed]) -> Vec<(u64, u64)> {
        // The least key of each component, and how many articles it has.
        let mut stories: HashMap<usize, (u64, u64)> = HashMap::new();
        for (at, article) in articles.iter().enumerate() {
            let story = stories.entry(self.root(at)).or_insert((u64::MAX, 0));
            *story = (story.0.min(article.key), story.1 + 1);
        }
        let mut members: Vec<(u64, u64)> = Vec::new();
        for (at, article) in articles.iter().enumerate() {
            let (story, count) = stories[&self.root(at)];
            if count > 1 {
                members.push((article.key, story));
            }
        }
        members.sort_unstable();
        members
    }
}

#[cfg(test)]
mod tests {
    use super::super::Shingles;
    use super::*;

    /// Articles of numbers for words.
    fn articles(texts: &[Vec<u32>]) -> Vec<Signed> {
        let signed = texts.iter().enumerate().map(|(at, text)| Signed {
            key: at as u64,
            words: text.len() as u64,
            signature: Signature::of(&[], text).unwrap(),
        });
        signed.collect()
    }

    fn stories(texts: &[Vec<u32>], order: &[usize]) -> (Vec<(u64, u64)>, usize) {
        let signed = articles(texts);
        let signed: Vec<Signed> = order.iter().map(|at| signed[*at]).collect();
        let mut judge = |a: usize, b: usize| -> Result<f64, ()> {
            let shingles = |at: usize| Shingles::of(&[], &texts[signed[at].key as usize]);
            Ok(shingles(a).similarity(&shingles(b)))
        };
        let grouping = group(&signed, 0.8, &mut judge).unwrap();
        (grouping.stories, grouping.judged.len())
    }

    #[test]
    fn stories_are_what_copies_connect_in_whatever_order() {
        let text: Vec<u32> = (0..200).collect();
        let changed = |from: u32| {
            text.iter()
                .map(|word| word + 1_000 * u32::from(*word >= from))
                .collect()
        };
        // The first is a copy of the second, that of the third, but the third not of the first.
        let texts: Vec<Vec<u32>> = vec![
            text.clone(),
            changed(182),
            changed(164),
            (500..700).collect(),
        ];
        let mut third = texts[1].clone();
        third.truncate(170);
        let texts = vec![texts[0].clone(), texts[1].clone(), third, texts[3].clone()];
        let expected = vec![(0, 0), (1, 0), (2, 0)];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
            assert_eq!(stories(&texts, &order).0, expected, "{order:?}");
        }
    }

    #[test]
    fn a_pair_that_is_just_similar_enough_counts_the_same_when_it_is_known() {
        let signed = articles(&[(0..50).collect(), (0..50).collect()]);
        for threshold in [0.6, 0.7, 0.8, 0.85, 0.9, 0.95] {
            let anew = group(&signed, threshold, &mut |_, _| Ok::<_, ()>(threshold)).unwrap();
            assert_eq!(anew.stories, [(0, 0), (1, 0)], "{threshold}");
            let kept = f64::from(anew.judged[0].similarity);
            let again = group(&signed, threshold, &mut |_, _| Ok::<_, ()>(kept)).unwrap();
            assert_eq!(again, anew, "{threshold}");
        }
    }

    #[test]
    fn thousands_of_equal_texts_are_judged_once_each() {
        let text: Vec<u32> = (0..50).collect();
        let texts = vec![text; 2_000];
        let order: Vec<usize> = (0..2_000).collect();
        let (stories, judged) = stories(&texts, &order);
        assert_eq!(stories.len(), 2_000);
        assert!(stories.iter().all(|(_, story)| *story == 0));
        assert_eq!(judged, 1_999);
    }
}
