//! Marks among the words of a text: where its sentences and paragraphs end, which words
//! are compounds, how words are written, and where names are mentioned.
//!
//! A mark is a word that nobody can type, at the position of the word before it. With them
//! positions alone tell whether two words stand in one sentence, which word is a compound and
//! where its first part stands, whether a word is `US` or `us`, and how far it is from a
//! mention of a person.

use std::cmp::Reverse;
use std::ops::Range;

use super::tokenizers::push_word;
use crate::article::{Article, Kind, Part};
use crate::text::{Casing, Forms, Word, fold_name, paragraphs, sentences};

/// Ends a sentence that does not end its paragraph.
pub(super) const SENTENCE: &str = "\u{1}s";
/// Ends a paragraph, and so a sentence.
pub(super) const PARAGRAPH: &str = "\u{1}p";
/// Stands with a word or a mention that no sentence holds as a whole: what is in one sentence
/// is then looked up in the text.
pub(super) const DIVIDED: &str = "\u{1}d";

/// Stands with each word that begins with a capital and goes on without.
pub(super) const CAPITAL: &str = "\u{1}C";
/// Stands with each word in capitals.
pub(super) const UPPER: &str = "\u{1}U";
/// Stands with each word of capitals that all have a full stop.
pub(super) const DOTTED: &str = "\u{1}D";
/// Stands with each word that its folded form and case do not tell.
pub(super) const OTHER: &str = "\u{1}O";

/// Returns the mark of the compounds that fold to `folded`, which stands with each as often as
/// it has parts before the last.
pub(super) fn of_compound(folded: &str) -> String {
    format!("\u{1}c{folded}")
}

/// Returns the mark of words that are written in this way, if they have one.
pub(super) fn of_casing(casing: Casing) -> Option<&'static str> {
    match casing {
        Casing::Lower => None,
        Casing::Capital => Some(CAPITAL),
        Casing::Upper => Some(UPPER),
        Casing::Dotted => Some(DOTTED),
        Casing::Other => Some(OTHER),
    }
}

/// Stands where two mentions cover the same words, but not the same characters.
pub(super) const ALIKE: &str = "\u{1}a";

/// Returns the beginning of the marks of all names of a kind.
pub(super) fn of_kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "\u{1}@p",
        Kind::Organization => "\u{1}@o",
        Kind::Place => "\u{1}@l",
    }
}

/// Ends the name in the mark of a mention; the number of its words follows.
const COVERS: char = '\u{3}';

/// Returns the beginning of the marks of all mentions of the names of a kind that fold to
/// `key` ([`fold_name`]).
pub(super) fn of_name(kind: Kind, key: &str) -> String {
    let mut mark = String::from(of_kind(kind));
    for c in key.chars() {
        // A blank would end the mark.
        match c {
            '\0'..=' ' => mark.extend(['\u{2}', char::from(c as u8 + b'@')]),
            c => mark.push(c),
        }
    }
    mark.push(COVERS);
    mark
}

/// Returns what [`of_name`] was given and how many words the mention covers, for a mark of
/// names of `kind`.
pub(super) fn mentioned(kind: Kind, mark: &str) -> Option<(String, u32)> {
    let (key, words) = mark.strip_prefix(of_kind(kind))?.rsplit_once(COVERS)?;
    let mut name = String::with_capacity(key.len());
    let mut characters = key.chars();
    while let Some(c) = characters.next() {
        match c {
            '\u{2}' => name.push(char::from((characters.next()? as u8).checked_sub(b'@')?)),
            c => name.push(c),
        }
    }
    Some((name, words.parse().ok()?))
}

/// Returns true for the key of a mark in a dictionary.
pub(super) fn is_mark(key: &[u8]) -> bool {
    key.first() == Some(&1)
}

/// Returns the first key of a dictionary, but for marks, that may begin with `beginning`.
pub(super) fn first_word(beginning: &str) -> &[u8] {
    match beginning {
        "" => b"\x02",
        beginning => beginning.as_bytes(),
    }
}

/// Puts marks between the words of one text.
pub(super) struct Marker {
    sentences: Stretches,
    paragraphs: Stretches,
    mentions: Mentions,
    has_words: bool,
}

impl Marker {
    pub(super) fn of(article: &Article, part: Part) -> Marker {
        let text = article.text(part);
        Marker {
            sentences: Stretches::new(sentences(text)),
            paragraphs: Stretches::new(paragraphs(text)),
            mentions: Mentions::of(article, part),
            has_words: false,
        }
    }

    /// Appends the folded form of `word`, the next of the text, and the marks around it.
    pub(super) fn push(&mut self, word: &Word<'_>, forms: &Forms<'_>, row: &mut String) {
        if word.is_compound() {
            push_word(forms.folded(), true, row);
            let mark = of_compound(forms.folded());
            (1..word.parts).for_each(|_| push_word(&mark, true, row));
            return;
        }
        self.mentions.close_before(word.start, row);
        let ends_sentence = self.sentences.enter(word.start);
        let ends_paragraph = self.paragraphs.enter(word.start);
        if self.has_words && ends_paragraph {
            push_word(PARAGRAPH, true, row);
        } else if self.has_words && ends_sentence {
            push_word(SENTENCE, true, row);
        }
        push_word(forms.folded(), false, row);
        if let Some(mark) = of_casing(forms.casing()) {
            push_word(mark, true, row);
        }
        self.has_words = true;
        if !self.sentences.hold(&word.range()) {
            push_word(DIVIDED, true, row);
        }
        let sentence = self.sentences.entered();
        self.mentions.open(word, &sentence);
    }

    /// Appends the marks that follow the last word.
    pub(super) fn finish(mut self, row: &mut String) {
        self.mentions.close_before(usize::MAX, row);
    }
}

/// The mentions of names in a text, and those that are being read.
struct Mentions {
    /// The bytes of each and its mark, the first one last.
    ahead: Vec<(Range<usize>, String)>,
    open: Vec<Open>,
}

struct Open {
    bytes: Range<usize>,
    mark: String,
    first: u32,
    last: u32,
    /// The sentences of its words.
    within: Range<usize>,
}

impl Mentions {
    fn of(article: &Article, part: Part) -> Mentions {
        let mut ahead = Vec::new();
        for name in &article.names {
            let here = name.mentions.iter().filter(|mention| mention.part == part);
            let mut mark = None;
            for mention in here {
                let mark = mark.get_or_insert_with(|| {
                    // Named as the name is, whatever the mention alone would be.
                    of_name(name.kind, &fold_name(&name.canonical))
                });
                ahead.push((mention.span.start()..mention.span.end(), mark.clone()));
            }
        }
        ahead.sort_unstable_by_key(|(bytes, _)| Reverse(bytes.start));
        let open = Vec::new();
        Mentions { ahead, open }
    }

    /// Takes up what `word` of `sentence` may be part of.
    fn open(&mut self, word: &Word<'_>, sentence: &Range<usize>) {
        let (range, position) = (word.range(), word.position);
        for open in &mut self.open {
            open.last = position;
            open.within.end = sentence.end;
        }
        while let Some((bytes, mark)) = self.ahead.pop_if(|(bytes, _)| bytes.start < range.end) {
            // Blanks and points alone mention nobody.
            if range.start < bytes.end {
                self.open.push(Open {
                    bytes,
                    mark,
                    first: position,
                    last: position,
                    within: sentence.clone(),
                });
            }
        }
    }

    /// Marks what ends before `start`, where the next word begins.
    fn close_before(&mut self, start: usize, row: &mut String) {
        if self.open.is_empty() {
            return;
        }
        let mut bytes: Vec<(u32, Range<usize>)> = Vec::new();
        self.open.retain(|open| {
            let is_over = open.bytes.end <= start;
            if is_over {
                let words = open.last - open.first + 1;
                push_word(&format!("{}{words}", open.mark), true, row);
                if open.bytes.start < open.within.start || open.within.end < open.bytes.end {
                    push_word(DIVIDED, true, row);
                }
                bytes.push((open.first, open.bytes.clone()));
            }
            !is_over
        });
        let is_alike = |(first, range): &(u32, Range<usize>)| {
            let mut others = bytes.iter();
            others.any(|(other, bytes)| other == first && bytes != range)
        };
        if bytes.iter().any(is_alike) {
            push_word(ALIKE, true, row);
        }
    }
}

/// Stretches of a text, and the one that was entered.
struct Stretches {
    all: Vec<Range<usize>>,
    at: usize,
}

impl Stretches {
    fn new(all: Vec<Range<usize>>) -> Stretches {
        Stretches { all, at: 0 }
    }

    /// Moves on to the stretch that ends after `start`; returns true if it is another.
    fn enter(&mut self, start: usize) -> bool {
        let before = self.at;
        while self.all.get(self.at).is_some_and(|one| one.end <= start) {
            self.at += 1;
        }
        self.at > before
    }

    /// Returns the stretch that was entered.
    fn entered(&self) -> Range<usize> {
        self.all.get(self.at).cloned().unwrap_or_default()
    }

    fn hold(&self, range: &Range<usize>) -> bool {
        let stretch = self.all.get(self.at);
        stretch.is_some_and(|one| one.start <= range.start && range.end <= one.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{ArticleId, Mention, Name, Origin, Provenance, Span};
    use crate::text::{Language, Vocabulary};

    fn row(article: &Article) -> String {
        let mut marker = Marker::of(article, Part::Body);
        let mut row = String::new();
        let mut vocabulary = Vocabulary::new(Language::from_tag("en"));
        vocabulary.read(&article.body, |word, forms| {
            marker.push(word, forms, &mut row)
        });
        marker.finish(&mut row);
        row
    }

    fn article(body: &str) -> Article {
        let id = ArticleId::new("a").unwrap();
        let mut article = Article::new(id, Origin::default());
        article.body = body.to_owned();
        article
    }

    #[test]
    fn sentences_paragraphs_compounds_and_casing_are_marked() {
        for (text, expected) in [
            ("Rates fell. Banks lost.", "rates -C fell -s banks -C lost"),
            ("One\n\nTWO. Iii", "one -C -p two -U -s iii -C"),
            ("an anti-mine law", "an anti mine -antimine -cantimine law"),
            ("... iPod", "ipod -O"),
            ("", ""),
        ] {
            let row = row(&article(text));
            assert_eq!(row.replace('\u{1}', "").trim_end(), expected, "{text}");
        }
    }

    #[test]
    fn mentions_are_marked_at_their_last_word() {
        let mut article = article("ann berg, of the ntf: berg");
        let mut name = |kind, canonical: &str, spans: &[(usize, usize)]| {
            let mention = |&(start, end): &(usize, usize)| Mention {
                part: Part::Body,
                span: Span::new(&article.body, start..end).unwrap(),
                kind,
            };
            article.names.push(Name {
                kind,
                canonical: canonical.to_owned(),
                provenance: Provenance::Extracted,
                mentions: spans.iter().map(mention).collect(),
            });
        };
        name(Kind::Person, "Ann Berg", &[(0, 8), (22, 26)]);
        name(Kind::Organization, "NTF", &[(17, 20)]);
        name(Kind::Organization, "NTF!", &[(17, 21)]);
        name(Kind::Place, "?", &[(8, 9)]);
        let expected =
            "ann berg -@p(ann berg)2 of the ntf -@o(ntf)1 -@o(ntf)1 -a berg -@p(ann berg)1";
        let readable = row(&article).replace(['\u{1}'], "").replace("@p", "@p(");
        let readable = readable.replace("@o", "@o(").replace('\u{3}', ")");
        assert_eq!(readable.replace("\u{2}`", " ").trim_end(), expected);
    }

    #[test]
    fn the_name_of_a_mark_comes_back() {
        for key in ["ann berg", "", "a\u{1} \u{3}\u{2}!", "\u{3}7"] {
            let mark = of_name(Kind::Person, key) + "12";
            assert!(!mark.contains(' ') && is_mark(mark.as_bytes()), "{key:?}");
            let found = mentioned(Kind::Person, &mark);
            assert_eq!(found, Some((key.to_owned(), 12)), "{key:?}");
            assert_eq!(mentioned(Kind::Place, &mark), None, "{key:?}");
        }
    }
}
