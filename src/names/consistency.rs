//! What the rest of a document makes of a word: the second look of the tagger.
//!
//! After a first reading every word is seen in the light of the labels of its
//! other occurrences: a surname alone follows the full name, a name in a
//! headline the same name in the text (Krishnan & Manning, "An Effective
//! Two-Stage Model for Exploiting Non-Local Dependencies", ACL 2006). Nothing is
//! decided here; the model weighs these features too. Time is linear.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::features::{AlreadyHashed, Document};
use super::hash::mix;
use super::label::Tag;

/// How many features the second look has.
pub(crate) const FEATURES: usize = 120;

/// Outside, then the classes in order.
const KINDS: usize = 5;

type Table<V> = HashMap<u64, V, BuildHasherDefault<AlreadyHashed>>;

/// The counts that the features of a document are read from.
#[derive(Debug, Default)]
pub(crate) struct Consistency {
    words: Table<[u16; KINDS]>,
    names: Table<[u16; KINDS]>,
    /// Kinds of the longer names that a word begins and ends.
    edges: Table<([u16; KINDS], [u16; KINDS])>,
    /// Kinds of the names of several words, by their acronym.
    acronyms: Table<[u16; KINDS]>,
    /// For each word the name it belongs to: its hash and kind.
    name_of: Vec<(u64, u8, bool)>,
}

fn kind(label: u8) -> usize {
    Tag::from_label(usize::from(label))
        .class()
        .map_or(0, |class| 1 + class as usize)
}

impl Consistency {
    /// Counts how the first reading labelled the words of `document`.
    pub(crate) fn count(&mut self, document: &Document, labels: &[u8]) {
        self.words.clear();
        self.names.clear();
        self.edges.clear();
        self.acronyms.clear();
        self.name_of.clear();
        self.name_of.resize(document.len(), (0, 0, false));
        for segment in document.segments() {
            let mut at = segment.start;
            while at < segment.end {
                let kind = kind(labels[at]);
                let mut end = at + 1;
                if kind > 0 {
                    while end < segment.end
                        && labels[end] > 0
                        && labels[end].is_multiple_of(2)
                        && self::kind(labels[end]) == kind
                    {
                        end += 1;
                    }
                }
                let name = (at..end).fold(0, |hash, at| mix(hash, document.lower(at)));
                if kind > 0 || document.is_capital(at) {
                    self.names.entry(name).or_default()[kind] += 1;
                }
                for word in at..end {
                    self.name_of[word] = (name, kind as u8, end - at > 1);
                    if document.is_capital(word) {
                        self.words.entry(document.lower(word)).or_default()[kind] += 1;
                    }
                }
                if end - at > 1 {
                    if let Some(acronym) = document.acronym_of(at..end) {
                        self.acronyms.entry(acronym).or_default()[kind] += 1;
                    }
                    self.edges.entry(document.lower(at)).or_default().0[kind] += 1;
                    self.edges.entry(document.lower(end - 1)).or_default().1[kind] += 1;
                }
                at = end;
            }
        }
    }

    /// Hands `emit` the numbers of the features of word `at`.
    pub(crate) fn features(&self, document: &Document, at: usize, mut emit: impl FnMut(usize)) {
        if !document.is_capital(at) {
            return;
        }
        let (name, own, long) = self.name_of[at];
        let own = usize::from(own);
        let lower = document.lower(at);
        let others =
            |counts: Option<&[u16; KINDS]>, own: Option<usize>| -> Option<(usize, usize)> {
                let mut counts = *counts?;
                if let Some(own) = own {
                    counts[own] = counts[own].saturating_sub(1);
                }
                let total: u16 = counts.iter().sum();
                let mut best = 0;
                for kind in 1..KINDS {
                    if counts[kind] > counts[best] {
                        best = kind;
                    }
                }
                let sure = counts[best] == total;
                let many = total > 2;
                (total > 0).then_some((best, usize::from(sure) * 2 + usize::from(many)))
            };
        if let Some((kind, grade)) = others(self.words.get(&lower), Some(own)) {
            emit(kind * 4 + grade);
            emit(40 + kind * KINDS + own);
        }
        if let Some((kind, grade)) = others(self.names.get(&name), Some(own)) {
            emit(20 + kind * 4 + grade);
        }
        if document.is_acronym(at)
            && let Some((kind, _)) = others(self.acronyms.get(&lower), None)
        {
            emit(110 + kind);
        }
        if !long && let Some((firsts, lasts)) = self.edges.get(&lower) {
            if let Some((kind, grade)) = others(Some(firsts), None) {
                emit(65 + kind * 2 + grade / 2);
            }
            if let Some((kind, grade)) = others(Some(lasts), None) {
                emit(75 + kind * 2 + grade / 2);
                emit(85 + kind * KINDS + own);
            }
        }
    }
}
