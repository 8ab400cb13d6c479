//! Lists of known names and of words that hint at names, as one set of hashes.
//!
//! A phrase is hashed piece by piece (runs of letters and digits, in lower
//! case), so that `Saint-Denis` and `Saint - Denis` are one. Nothing here says
//! what a word *is*: the classes are evidence that the model weighs, because
//! many listed names are ordinary words, too.

use std::collections::BTreeMap;

use super::hash;

/// A set of classes, one bit each.
pub(crate) type Classes = u32;

/// The lists a gazetteer knows, in the order of their bits. The first block are
/// files of names, the second the classes of `cues.txt`.
pub(crate) const LISTS: [&str; 31] = [
    "first_names",
    "last_names",
    "countries",
    "demonyms",
    "cities",
    "regions",
    "organizations",
    "companies",
    "football_clubs",
    "persons",
    "company_stems",
    "person_parts",
    "honorific",
    "office",
    "organization",
    "legal",
    "place",
    "calendar",
    "says",
    "kin",
    "team",
    "particle",
    "direction",
    "event",
    "organizing",
    "locative",
    "versus",
    "function",
    "ship",
    "known_organizations",
    "ordinary",
];

pub(crate) const FIRST_NAME: Classes = 1;
pub(crate) const COUNTRY: Classes = 1 << 2;
pub(crate) const DEMONYM: Classes = 1 << 3;
pub(crate) const REGION: Classes = 1 << 5;
const LISTED_ORGANIZATION: Classes = 1 << 6;
/// Listed as an organization or company, whole or by its stem.
pub(crate) const LISTED_BODY: Classes = 1 << 6 | 1 << 7 | 1 << 10;
pub(crate) const HONORIFIC: Classes = 1 << 12;
pub(crate) const OFFICE: Classes = 1 << 13;
pub(crate) const ORGANIZATION_WORD: Classes = 1 << 14;
pub(crate) const LEGAL: Classes = 1 << 15;
pub(crate) const PLACE_WORD: Classes = 1 << 16;
pub(crate) const CALENDAR: Classes = 1 << 17;
pub(crate) const SAYS: Classes = 1 << 18;
pub(crate) const PARTICLE: Classes = 1 << 21;
pub(crate) const DIRECTION: Classes = 1 << 22;
pub(crate) const EVENT: Classes = 1 << 23;
pub(crate) const LOCATIVE: Classes = 1 << 25;
pub(crate) const FUNCTION: Classes = 1 << 27;
pub(crate) const KNOWN: Classes = 1 << 29;
/// Common in small letters: no name, for all that a sentence's first word shows.
const ORDINARY: Classes = 1 << 30;
/// Set for a first piece that a longer phrase of the gazetteer begins with.
pub(crate) const BEGINS_PHRASE: Classes = 1 << 31;

/// The classes that whole phrases can have: the files of names but the lists of
/// single first and last names.
pub(crate) const PHRASES: Classes = 0b0111_1111_1100;

/// The most pieces of a phrase that are looked at.
pub(crate) const LONGEST_PHRASE: usize = 7;

/// Known names and hint words by the hash of their pieces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gazetteer {
    /// Keys and classes in slots found by linear probing; classes 0 mark a free slot.
    slots: Vec<(u32, Classes)>,
    len: usize,
}

/// Collects a gazetteer from lists.
#[derive(Debug, Default)]
pub(crate) struct GazetteerBuilder {
    phrases: BTreeMap<u32, Classes>,
}

impl GazetteerBuilder {
    /// Adds the phrases of a file of names, one a line, to the list `name`.
    /// Unknown lists are refused with `false`.
    pub(crate) fn add_list(&mut self, name: &str, text: &str) -> bool {
        let Some(bit) = LISTS.iter().position(|list| *list == name) else {
            return false;
        };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            self.add(1 << bit, line);
            match name {
                "companies" => self.add_company_stem(line),
                "persons" => self.add_person_parts(line),
                _ => {}
            }
        }
        true
    }

    /// Adds the classes of a cue file: lines of `class: word word …`, `#` begins a comment.
    pub(crate) fn add_cues(&mut self, text: &str) {
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((name, words)) = line.split_once(':') else {
                continue;
            };
            let Some(bit) = LISTS.iter().position(|list| *list == name.trim()) else {
                continue;
            };
            for word in words.split_whitespace() {
                self.add(1 << bit, word);
            }
        }
    }

    /// Adds names separated by semicolons as organizations that are often in the
    /// news; `#` begins a comment.
    pub(crate) fn add_known_organizations(&mut self, text: &str) {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for name in lines.flat_map(|line| line.split(';')) {
            self.add(KNOWN | LISTED_ORGANIZATION, name);
        }
    }

    fn add(&mut self, classes: Classes, phrase: &str) {
        let mut state = 0;
        let mut pieces = 0;
        let mut first = 0;
        for piece in hash::pieces(phrase) {
            state = hash::extend(state, piece);
            pieces += 1;
            if pieces == 1 {
                first = state;
            }
        }
        if pieces == 0 || pieces > LONGEST_PHRASE {
            return;
        }
        *self.phrases.entry(key(state)).or_default() |= classes;
        if pieces > 1 && classes & PHRASES != 0 {
            *self.phrases.entry(key(first)).or_default() |= BEGINS_PHRASE;
        }
    }

    /// Adds `Acme` for `Acme Holdings Inc`: news drops what the law demands.
    fn add_company_stem(&mut self, company: &str) {
        const LEGAL_FORMS: [&str; 22] = [
            "inc",
            "corp",
            "co",
            "company",
            "corporation",
            "ltd",
            "limited",
            "plc",
            "llc",
            "lp",
            "ag",
            "sa",
            "nv",
            "holdings",
            "holding",
            "group",
            "trust",
            "incorporated",
            "the",
            "ab",
            "se",
            "&",
        ];
        let mut words: Vec<&str> = company.split_whitespace().collect();
        while words.len() > 1
            && words.last().is_some_and(|word| {
                LEGAL_FORMS.contains(&word.trim_matches(['.', ',']).to_lowercase().as_str())
            })
        {
            words.pop();
        }
        let stem = words.join(" ");
        if stem.chars().count() > 3 {
            self.add(1 << 10, stem.trim_end_matches(','));
        }
    }

    fn add_person_parts(&mut self, person: &str) {
        for word in person
            .split_whitespace()
            .filter(|word| word.chars().count() > 2)
        {
            self.add(1 << 11, word);
        }
    }

    /// Adds a word that running text writes with a small letter.
    pub(crate) fn add_ordinary_word(&mut self, word: &str) {
        self.add(ORDINARY, word);
    }

    /// Returns the finished gazetteer.
    pub(crate) fn build(self) -> Gazetteer {
        Gazetteer::from_entries(self.phrases.into_iter().collect())
    }
}

/// Returns the part of a phrase's hash that the gazetteer keeps.
fn key(state: u64) -> u32 {
    (state >> 32) as u32
}

impl Gazetteer {
    pub(crate) fn from_entries(entries: Vec<(u32, Classes)>) -> Gazetteer {
        let size = entries.len() * 2 + 1;
        let mut gazetteer = Gazetteer {
            slots: vec![(0, 0); size],
            len: entries.len(),
        };
        for (key, classes) in entries {
            let at = gazetteer.slot(key);
            if let Some(slot) = gazetteer.slots.get_mut(at) {
                *slot = (key, slot.1 | classes);
            }
        }
        gazetteer
    }

    /// Returns the slot that holds `key`, or the free one where it would go.
    #[inline]
    fn slot(&self, key: u32) -> usize {
        // Spreads keys over tables of any size, as the weights' table does.
        let mut at = ((u64::from(key) * self.slots.len() as u64) >> 32) as usize;
        while let Some(&(held, classes)) = self.slots.get(at) {
            if classes == 0 || held == key {
                break;
            }
            at += 1;
            if at == self.slots.len() {
                at = 0;
            }
        }
        at
    }

    /// Returns the classes of the phrase whose pieces hash to `state`.
    pub(crate) fn classes(&self, state: u64) -> Classes {
        let key = key(state);
        self.slots.get(self.slot(key)).map_or(0, |slot| slot.1)
    }

    /// Returns the classes of a single word.
    pub(crate) fn classes_of(&self, word: &str) -> Classes {
        let state = hash::pieces(word).fold(0, hash::extend);
        self.classes(state)
    }

    /// Returns the entries by rising key.
    pub(crate) fn entries(&self) -> Vec<(u32, Classes)> {
        let mut entries: Vec<_> = self
            .slots
            .iter()
            .copied()
            .filter(|slot| slot.1 != 0)
            .collect();
        entries.sort_unstable();
        entries
    }

    /// Returns the number of phrases.
    pub(crate) fn len(&self) -> usize {
        self.len
    }
}
