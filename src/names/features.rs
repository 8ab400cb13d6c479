//! What the model sees of a word: its spelling, its neighbours, the run of
//! capitalised words around it, list entries, and the rest of the document.
//!
//! Features are hashes; nothing here knows what any of them weighs. Only words
//! in *segments* are ever labelled: capitalised words and the few small words
//! that can stand between them. All other words are no part of a name, which
//! spares five sixths of the work.
//!
//! The document features follow Chieu & Ng, "Named Entity Recognition with a
//! Maximum Entropy Approach" (CoNLL 2003): a word is seen in the light of its
//! other occurrences. Time is linear in the number of words.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;
use std::sync::LazyLock;

use super::gazetteer::{
    BEGINS_PHRASE, Classes, FIRST_NAME, FUNCTION, Gazetteer, HONORIFIC, KNOWN, LEGAL, LOCATIVE,
    LONGEST_PHRASE, OFFICE, ORGANIZATION_WORD, PARTICLE, PHRASES, SAYS,
};
use super::hash::{self, Folded, mix};

mod templates;

/// A document's words with everything that features are made of.
#[derive(Debug, Default)]
pub(crate) struct Document {
    words: Vec<Word>,
    sentences: Vec<Sentence>,
    runs: Vec<Run>,
    segments: Vec<Range<usize>>,
    lexicon: HashMap<u64, Sightings, BuildHasherDefault<AlreadyHashed>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Word {
    folded: Folded,
    classes: Classes,
    /// Lists with a phrase of several words that begins here (low half) or
    /// that this word continues (high half).
    phrases: u32,
    run: u32,
    sentence: u32,
    role: Role,
}

/// What a word can be in a segment.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
enum Role {
    /// No part of a name.
    #[default]
    Never,
    /// A small word or mark that may stand inside a name.
    Between,
    /// A number, which may stand beside a name's words.
    Number,
    /// A word with a capital letter.
    Capital,
}

#[derive(Clone, Debug)]
struct Sentence {
    words: Range<usize>,
    case: Case,
}

/// How a sentence uses capitals.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Case {
    Ordinary,
    /// A headline with most words capitalised.
    Title,
    /// Capitals throughout.
    Upper,
}

/// Capitalised words in a row.
#[derive(Clone, Debug)]
struct Run {
    words: Range<usize>,
    /// The hash of its words in lower case.
    name: u64,
    /// The lists that hold exactly this run.
    found: Classes,
}

/// What the document shows of a word elsewhere, one bit each.
type Sightings = u16;

const SEEN_SMALL: Sightings = 1;
const AFTER_HONORIFIC: Sightings = 1 << 1;
const AFTER_FIRST_NAME: Sightings = 1 << 2;
const AFTER_OFFICE: Sightings = 1 << 3;
const BEFORE_ORGANIZATION_WORD: Sightings = 1 << 4;
const BEFORE_SAYS: Sightings = 1 << 5;
const ALONE_AFTER_LOCATIVE: Sightings = 1 << 6;
const AFTER_THE: Sightings = 1 << 7;
const LAST_OF_TWO: Sightings = 1 << 8;
const FIRST_OF_TWO: Sightings = 1 << 9;
const IN_BRACKETS: Sightings = 1 << 10;
const BEFORE_LEGAL: Sightings = 1 << 11;
const BEFORE_COMMA_PLACE: Sightings = 1 << 12;
const SIGHTINGS: u32 = 13;

/// A hasher for keys that are hashes already.
#[derive(Debug, Default)]
pub(crate) struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        debug_assert!(false, "keys are u64");
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// How far from a capital words are looked up: as far as segments reach over
/// joining words, and features beyond their ends.
const SIGHT: usize = 6;

/// Stands for the word before a sentence's first and after its last.
const EDGE: u64 = 0x0ed9_e000;

impl Document {
    /// Looks at the sentences of one document.
    pub(crate) fn read(&mut self, sentences: &[Vec<&str>], gazetteer: &Gazetteer) {
        self.words.clear();
        self.sentences.clear();
        self.runs.clear();
        self.segments.clear();
        self.lexicon.clear();
        for tokens in sentences {
            self.read_sentence(tokens, gazetteer);
        }
        self.sight_words();
    }

    /// Returns the segments in reading order: the words that need labels.
    pub(crate) fn segments(&self) -> &[Range<usize>] {
        &self.segments
    }

    /// Returns the number of words.
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// Returns the hash of word `at` in lower case.
    pub(crate) fn lower(&self, at: usize) -> u64 {
        self.words[at].folded.lower
    }

    /// Tells whether word `at` has a capital.
    pub(crate) fn is_capital(&self, at: usize) -> bool {
        self.words[at].role == Role::Capital
    }

    /// Tells whether word `at` is written in capitals throughout.
    pub(crate) fn is_acronym(&self, at: usize) -> bool {
        let folded = &self.words[at].folded;
        folded.letters > 1 && folded.capitals == folded.letters
    }

    /// Returns the hash of the acronym that the capitals of `words` make, if
    /// there are two or more.
    pub(crate) fn acronym_of(&self, words: Range<usize>) -> Option<u64> {
        let initials = words.map(|at| self.words[at].folded.initial);
        let initials = initials.filter(|initial| *initial != 0);
        (initials.clone().nth(1).is_some()).then(|| hash::acronym(initials))
    }

    /// Returns a small number for the kind of joint at word `at`: transitions
    /// into `of` or a comma differ from those into a capitalised word.
    pub(crate) fn joint(&self, at: usize) -> usize {
        let word = &self.words[at];
        match word.role {
            Role::Capital if word.classes & FUNCTION != 0 => 1,
            Role::Capital => 0,
            Role::Number => 2,
            _ if word.folded.shape == *COMMA => 3,
            _ if word.folded.letters == 0 => 4,
            _ if word.classes & PARTICLE != 0 => 5,
            _ if word.folded.lower == *AND => 6,
            _ if word.folded.lower == *OF => 7,
            _ => 8,
        }
    }

    fn read_sentence(&mut self, tokens: &[&str], gazetteer: &Gazetteer) {
        let start = self.words.len();
        let number = self.sentences.len() as u32;
        let (mut letters, mut capitals, mut long, mut long_capital) = (0u32, 0u32, 0u32, 0u32);
        for token in tokens {
            let folded = hash::fold(token);
            let role = if folded.capitals > 0 {
                Role::Capital
            } else if folded.digits > 0 {
                Role::Number
            } else if may_join(token) {
                Role::Between
            } else {
                Role::Never
            };
            letters += u32::from(folded.letters);
            capitals += u32::from(folded.capitals);
            if folded.letters > 3 {
                long += 1;
                long_capital += u32::from(folded.begins_capital);
            }
            self.words.push(Word {
                folded,
                run: u32::MAX,
                sentence: number,
                role,
                ..Word::default()
            });
        }
        self.classify(tokens, start, gazetteer);
        let words = start..self.words.len();
        let case = if letters > 5 && capitals * 10 > letters * 7 {
            Case::Upper
        } else if long > 2 && long_capital * 4 >= long * 3 {
            Case::Title
        } else {
            Case::Ordinary
        };
        self.sentences.push(Sentence {
            words: words.clone(),
            case,
        });
        self.match_phrases(tokens, words.clone(), gazetteer);
        self.find_segments(words.clone());
        self.find_runs(tokens, words, gazetteer);
    }

    /// Looks up the words that features can see: those near a capital or a number.
    fn classify(&mut self, tokens: &[&str], start: usize, gazetteer: &Gazetteer) {
        let mut done = start;
        let mut until = start;
        for at in start..self.words.len() {
            if self.words[at].role == Role::Capital {
                done = done.max(at.saturating_sub(SIGHT).max(start));
                until = (at + SIGHT + 1).min(self.words.len());
            }
            while done < until && done <= at {
                self.classify_word(tokens[done - start], done, gazetteer);
                done += 1;
            }
        }
        while done < until {
            self.classify_word(tokens[done - start], done, gazetteer);
            done += 1;
        }
    }

    fn classify_word(&mut self, token: &str, at: usize, gazetteer: &Gazetteer) {
        let word = &mut self.words[at];
        let folded = &word.folded;
        word.classes = if folded.letters == 0 {
            0
        } else if folded.marks == 0 && folded.digits == 0 {
            gazetteer.classes(hash::extend(0, folded.lower))
        } else {
            gazetteer.classes_of(token)
        };
        if word.role == Role::Never && word.classes & PARTICLE != 0 {
            word.role = Role::Between;
        }
    }

    /// Marks the longest phrase of the gazetteer that begins at each capitalised word.
    fn match_phrases(&mut self, tokens: &[&str], words: Range<usize>, gazetteer: &Gazetteer) {
        let start = words.start;
        for at in words.clone() {
            if self.words[at].role != Role::Capital {
                continue;
            }
            let mut state = 0;
            let mut pieces = 0;
            let mut best = (at, 0);
            'phrase: for end in at..words.end {
                let word = &self.words[end];
                if word.folded.marks == 0 && word.folded.digits == 0 && word.folded.letters > 0 {
                    state = hash::extend(state, word.folded.lower);
                    pieces += 1;
                    if pieces == 1 && word.classes & BEGINS_PHRASE == 0 {
                        break 'phrase;
                    }
                } else {
                    for piece in hash::pieces(tokens[end - start]) {
                        state = hash::extend(state, piece);
                        pieces += 1;
                        if pieces == 1 && gazetteer.classes(state) & BEGINS_PHRASE == 0 {
                            break 'phrase;
                        }
                    }
                }
                if pieces > LONGEST_PHRASE {
                    break;
                }
                if end > at {
                    let found = phrase_lists(gazetteer.classes(state));
                    if found != 0 && word.folded.letters + word.folded.digits > 0 {
                        best = (end, found);
                    }
                }
            }
            let (end, found) = best;
            if found != 0 {
                self.words[at].phrases |= found;
                for word in &mut self.words[at + 1..=end] {
                    word.phrases |= found << 16;
                }
            }
        }
    }

    /// Finds the stretches of words that can belong to names: capitalised
    /// words with at most three joining words between them.
    fn find_segments(&mut self, words: Range<usize>) {
        let mut at = words.start;
        while at < words.end {
            if self.words[at].role != Role::Capital {
                at += 1;
                continue;
            }
            let mut start = at;
            // Particles and numbers may begin a name: de Gaulle, 10 Downing Street.
            while start > words.start
                && at - start < 2
                && (self.words[start - 1].role == Role::Number
                    || (self.words[start - 1].classes & PARTICLE != 0
                        && self.words[start - 1].role == Role::Between))
                && self.segments.last().is_none_or(|last| last.end < start)
            {
                start -= 1;
            }
            let mut end = at + 1;
            let mut ahead = end;
            while ahead < words.end && ahead - end < 4 {
                match self.words[ahead].role {
                    Role::Capital => {
                        ahead += 1;
                        end = ahead;
                    }
                    Role::Never => break,
                    Role::Between | Role::Number => ahead += 1,
                }
            }
            // A number may end a name: Boeing 747, Channel 4.
            if end < words.end && self.words[end].role == Role::Number {
                end += 1;
            }
            self.segments.push(start..end);
            at = end;
        }
    }

    /// Finds the runs of capitalised words, hyphens and ampersands between them included.
    fn find_runs(&mut self, tokens: &[&str], words: Range<usize>, gazetteer: &Gazetteer) {
        let start = words.start;
        let mut at = words.start;
        while at < words.end {
            if self.words[at].role != Role::Capital {
                at += 1;
                continue;
            }
            let mut end = at + 1;
            loop {
                if end < words.end && self.words[end].role == Role::Capital {
                    end += 1;
                } else if end + 1 < words.end
                    && self.words[end].role == Role::Between
                    && self.words[end].folded.letters == 0
                    && self.words[end].folded.shape != *COMMA
                    && self.words[end + 1].role == Role::Capital
                {
                    end += 2;
                } else {
                    break;
                }
            }
            let run = self.runs.len() as u32;
            for word in &mut self.words[at..end] {
                word.run = run;
            }
            let name = self.words[at..end]
                .iter()
                .fold(0, |name, word| mix(name, word.folded.lower));
            let pieces = tokens[at - start..end - start]
                .iter()
                .flat_map(|token| hash::pieces(token));
            let found = gazetteer.classes(pieces.fold(0, hash::extend)) & !BEGINS_PHRASE;
            self.runs.push(Run {
                words: at..end,
                name,
                found,
            });
            at = end;
        }
    }

    /// Notes for every word how it occurs in ordinary sentences.
    fn sight_words(&mut self) {
        for run in &self.runs {
            let words = run.words.clone();
            let sentence = &self.sentences[self.words[words.start].sentence as usize];
            if sentence.case != Case::Ordinary {
                // A headline's words are asked for, but say nothing themselves.
                for word in &self.words[words] {
                    self.lexicon.entry(word.folded.lower).or_default();
                }
                continue;
            }
            let last = &self.words[words.end - 1];
            let before = (words.start > sentence.words.start).then(|| &self.words[words.start - 1]);
            let after = self.words[..sentence.words.end].get(words.end);
            let mut all: Sightings = 0;
            if after.is_some_and(|word| word.classes & SAYS != 0) {
                all |= BEFORE_SAYS;
            }
            if before.is_some_and(|word| word.classes & OFFICE != 0) {
                all |= AFTER_OFFICE;
            }
            if before.is_some_and(|word| word.folded.lower == *THE) {
                all |= AFTER_THE;
            }
            if before.is_some_and(|word| word.folded.shape == *BRACKET) {
                all |= IN_BRACKETS;
            }
            if words.len() == 1 {
                if before.is_some_and(|word| word.classes & LOCATIVE != 0) {
                    all |= ALONE_AFTER_LOCATIVE;
                }
            } else {
                if last.classes & ORGANIZATION_WORD != 0 {
                    all |= BEFORE_ORGANIZATION_WORD;
                }
                if last.classes & LEGAL != 0 {
                    all |= BEFORE_LEGAL;
                }
            }
            if after.is_some_and(|word| word.folded.shape == *COMMA)
                && self.words[..sentence.words.end]
                    .get(words.end + 1)
                    .is_some_and(|word| word.classes & 0b110100 != 0)
            {
                all |= BEFORE_COMMA_PLACE;
            }
            for at in words.clone() {
                let word = &self.words[at];
                if word.role != Role::Capital {
                    continue;
                }
                let mut own = all;
                if at > words.start {
                    let previous = &self.words[at - 1];
                    if previous.classes & HONORIFIC != 0 {
                        own |= AFTER_HONORIFIC;
                    }
                    if previous.classes & FIRST_NAME != 0 {
                        own |= AFTER_FIRST_NAME;
                    }
                    if previous.classes & OFFICE != 0 {
                        own |= AFTER_OFFICE;
                    }
                }
                if words.len() == 2 {
                    own |= if at == words.start {
                        FIRST_OF_TWO
                    } else {
                        LAST_OF_TWO
                    };
                }
                if std::ptr::eq(word, last) && words.len() > 1 {
                    own &= !BEFORE_ORGANIZATION_WORD;
                }
                *self.lexicon.entry(word.folded.lower).or_default() |= own;
            }
        }
        // Only words that occur with a capital are asked for; a small filter in
        // front of the table answers most of the others.
        let mut filter = [0u64; 64];
        for hash in self.lexicon.keys() {
            filter[(hash >> 6) as usize & 63] |= 1 << (hash & 63);
        }
        for sentence in self
            .sentences
            .iter()
            .filter(|sentence| sentence.case == Case::Ordinary)
        {
            for word in &self.words[sentence.words.clone()] {
                let hash = word.folded.lower;
                if word.role != Role::Capital
                    && word.folded.letters > 0
                    && filter[(hash >> 6) as usize & 63] & (1 << (hash & 63)) != 0
                    && let Some(seen) = self.lexicon.get_mut(&hash)
                {
                    *seen |= SEEN_SMALL;
                }
            }
        }
    }
}

/// Tells whether features of `template` know a word by heart, where others know
/// its spelling, its neighbors and the lists it is in.
pub(crate) fn is_by_heart(template: u64) -> bool {
    matches!(template, 1 | 2 | 7 | 8 | 19 | 42 | 63 | 66 | 78)
}

/// Returns the lists of whole phrases among `classes`; bit 0 stands for our own
/// list of organizations.
fn phrase_lists(classes: Classes) -> Classes {
    classes & PHRASES | u32::from(classes & KNOWN != 0)
}

/// Tells whether a mark or a small word can stand inside a name.
fn may_join(token: &str) -> bool {
    token.len() <= 4
        && matches!(
            token,
            "-" | "–"
                | "&"
                | "'"
                | "’"
                | "."
                | ","
                | "/"
                | "+"
                | "'s"
                | "’s"
                | "of"
                | "for"
                | "and"
                | "the"
                | "in"
                | "on"
                | "to"
                | "at"
                | "with"
        )
}

static COMMA: LazyLock<u64> = LazyLock::new(|| hash::fold(",").shape);
static BRACKET: LazyLock<u64> = LazyLock::new(|| hash::fold("(").shape);
static AND: LazyLock<u64> = LazyLock::new(|| hash::fold("and").lower);
static OF: LazyLock<u64> = LazyLock::new(|| hash::fold("of").lower);
static THE: LazyLock<u64> = LazyLock::new(|| hash::fold("the").lower);
