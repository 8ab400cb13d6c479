//! Makes small indexes for the tests of this folder.

use std::path::Path;

use super::document::{ContentHash, Vocabularies, prepare};
use super::folder::Index;
use super::writer::{Resources, Writer};
use crate::article::{Article, ArticleId, Origin};

/// A small generator of pseudo-random numbers (Marsaglia 2003, xorshift64).
pub(super) struct Random(pub(super) u64);

impl Random {
    /// Returns a number less than `limit`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    pub(super) fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
}

/// Returns an article without texts, called by its number.
pub(super) fn article(number: usize) -> Article {
    let id = ArticleId::new(&number.to_string()).unwrap();
    Article::new(id, Origin::default())
}

/// Adds `articles` to the index in `folder`, as a segment of their own.
pub(super) fn add<'a>(folder: &Path, articles: impl IntoIterator<Item = &'a Article>) -> Index {
    let index = Index::open_or_create(folder).unwrap();
    let (threads, memory) = (1, 16_000_000);
    let mut writer = Writer::open(&index, Resources { threads, memory }).unwrap();
    for article in articles {
        let hash = ContentHash::of(article, "");
        let prepared = prepare(article, hash, &mut Vocabularies::default());
        writer.add(prepared).unwrap();
    }
    writer.close().unwrap();
    index
}
