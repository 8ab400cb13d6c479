//! Completes and corrects what the tagger found in a sentence, where the pattern
//! of the words leaves no doubt: a dateline, a score, an acronym in brackets, a
//! body whose last word says that it is one.
//!
//! Each rule is an [`Evidence`]. Nothing here looks beyond one sentence. Time is
//! linear in the sentence for a given number of names.

use std::ops::Range;

use super::sentence::Sentence;
use super::{Evidence, Found};
use crate::article::Kind;
use crate::names::gazetteer::{
    CALENDAR, COUNTRY, Classes, DEMONYM, DIRECTION, EVENT, FIRST_NAME, FUNCTION, HONORIFIC, LEGAL,
    OFFICE, ORGANIZATION_WORD, PARTICLE, PLACE_WORD, REGION,
};
use crate::names::label::{Class, Tag};
use crate::names::tagger::Tagger;

/// A sentence with the tagger's tags and the names found so far, in reading order.
pub(super) struct Mender<'s, 't> {
    pub(super) sentence: &'s Sentence<'t>,
    pub(super) tags: &'s [Tag],
    pub(super) tagger: &'s Tagger,
    pub(super) found: &'s mut Vec<Found>,
}

impl Mender<'_, '_> {
    /// Applies every rule; `is_lead` says that a dateline may begin the sentence.
    pub(super) fn mend(&mut self, is_lead: bool) {
        self.found.retain(|name| {
            let only = name.tokens.len() == 1;
            let token = &self.sentence.tokens[name.tokens.start];
            // `We` and `It` at a sentence's beginning; not `US`, not `IT`.
            !(only
                && !token.is_shouted()
                && self.tagger.classes_of(token.text) & FUNCTION != 0
                && self.sentence.is_first_word(name.tokens.start))
        });
        if self.read_result() {
            return;
        }
        if is_lead {
            self.read_dateline();
        }
        self.cut_off_owners();
        self.read_kinds();
        self.join_of();
        self.drop_table_words();
        self.join_firms();
        self.lengthen();
        self.find_bodies();
        self.find_numbered_places();
        self.read_brackets();
        self.drop_events();
    }

    /// Drops what is no person, body or place: `Storm Odile`, `Port Alden Marathon`.
    fn drop_events(&mut self) {
        let sentence = self.sentence;
        self.found.retain(|name| {
            let (first, last) = (
                sentence.text(name.tokens.start),
                sentence.text(name.tokens.end - 1),
            );
            let is_storm = matches!(
                first,
                "Storm" | "Hurricane" | "Typhoon" | "Cyclone" | "Operation"
            );
            let is_event = matches!(
                last,
                "Marathon"
                    | "Festival"
                    | "Cup"
                    | "Olympics"
                    | "Championship"
                    | "Championships"
                    | "Prize"
                    | "Award"
                    | "Awards"
            );
            name.tokens.len() == 1 || !(is_storm || is_event)
        });
    }

    /// Finds `Route 6` and `Pier 9`.
    fn find_numbered_places(&mut self) {
        for at in 1..self.sentence.tokens.len() {
            if self.sentence.tokens[at].is_number()
                && matches!(
                    self.sentence.text(at - 1),
                    "Route" | "Pier" | "Highway" | "Interstate"
                )
            {
                self.put(at - 1..at + 1, Kind::Place, Evidence::Numbered);
            }
        }
    }

    pub(super) fn classes(&self, at: usize) -> Classes {
        let token = self.sentence.tokens.get(at);
        token.map_or(0, |token| self.tagger.classes_of(token.text))
    }

    /// Tells whether token `at` has a capital and belongs to no name yet.
    pub(super) fn is_free_capital(&self, at: usize) -> bool {
        let token = self.sentence.tokens.get(at);
        token.is_some_and(|token| token.is_capital())
            && !self.found.iter().any(|name| name.tokens.contains(&at))
    }

    fn is_other(&self, at: usize) -> bool {
        self.tags.get(at).and_then(|tag| tag.class()) == Some(Class::Other)
    }

    /// Puts a name in the place of all that it overlaps.
    pub(super) fn put(&mut self, tokens: Range<usize>, kind: Kind, evidence: Evidence) {
        self.found
            .retain(|name| name.tokens.end <= tokens.start || name.tokens.start >= tokens.end);
        let at = self
            .found
            .partition_point(|name| name.tokens.start < tokens.start);
        self.found.insert(
            at,
            Found {
                tokens,
                kind,
                evidence,
            },
        );
    }

    /// Reads `Port Alden 4, Ashby 1`, `Ashby v. Brampton` and rows of standings: the
    /// names are teams. Returns whether the sentence is one.
    fn read_result(&mut self) -> bool {
        let tokens = &self.sentence.tokens;
        if tokens.len() > 24 || !tokens.first().is_some_and(|token| token.is_capital()) {
            return false;
        }
        let mut names: Vec<Range<usize>> = Vec::new();
        let (mut numbers, mut versus, mut at) = (0, 0, 0);
        while at < tokens.len() {
            let start = at;
            while at < tokens.len() && tokens[at].is_capital() {
                at += 1;
            }
            if at > start {
                names.push(start..at);
                continue;
            }
            match tokens[at].text {
                "v" | "v." | "vs" | "vs." if at > 0 => versus += 1,
                "," | ";" | "." | "-" | "–" | "(" | ")" | ":" | "+" => {}
                _ if tokens[at].is_number() => numbers += 1,
                _ => return false,
            }
            at += 1;
        }
        let is_score = names.len() == 2 && names[0].start == 0 && (2..=4).contains(&numbers);
        let is_row = names.len() == 1 && names[0].start == 0 && numbers >= 4;
        let is_fixture = versus > 0 && names.len() <= 2 * versus + 1 && numbers == 0;
        if !(is_score && numbers == 2 && tokens[names[0].end..].iter().any(|t| t.is_number())
            || is_row
            || is_fixture)
        {
            return false;
        }
        if is_score && !tokens[names[0].end].is_number() {
            return false;
        }
        if is_fixture {
            // `Next Saturday: Ashby v. Brampton`: what stands before a colon is no team.
            names.retain(|name| self.sentence.text(name.end) != ":");
        }
        let dated = |name: &Range<usize>| name.clone().any(|at| self.classes(at) & CALENDAR != 0);
        if names.iter().any(dated) {
            return false;
        }
        for name in names {
            self.put(name, Kind::Organization, Evidence::Result);
        }
        true
    }

    /// Reads the town of a dateline in capitals: `PORT ALDEN, March 3 (Reuters) -`.
    fn read_dateline(&mut self) {
        let tokens = &self.sentence.tokens;
        let end = tokens
            .iter()
            .position(|token| !token.is_shouted() || token.text.len() < 2);
        let Some(end) = end.filter(|end| (1..=4).contains(end)) else {
            return;
        };
        let is_dash = |at: usize| {
            let apart =
                at > 0 && tokens[at - 1].start + tokens[at - 1].text.len() < tokens[at].start;
            matches!(tokens[at].text, "--" | "—" | "–" | "_") || (tokens[at].text == "-" && apart)
        };
        let Some(dash) = (end..tokens.len().min(end + 14)).find(|at| is_dash(*at)) else {
            return;
        };
        let follows = dash == end || matches!(tokens[end].text, "," | "(");
        let no_words = tokens[end..dash]
            .iter()
            .all(|token| token.is_capital() || !token.text.starts_with(char::is_alphabetic));
        let small = tokens[dash..]
            .iter()
            .filter(|token| token.text.starts_with(char::is_lowercase));
        if follows && no_words && self.sentence.text(end + 1) != ":" && small.count() > 3 {
            self.put(0..end, Kind::Place, Evidence::Dateline);
        }
    }

    /// Makes `Ghana's Ministry of Health` a country and a ministry.
    fn cut_off_owners(&mut self) {
        let mut at = 0;
        while at < self.found.len() {
            let Found { tokens, kind, .. } = self.found[at].clone();
            let mark = (tokens.start + 1..tokens.end.saturating_sub(1)).find(|at| {
                self.sentence.tokens[*at].is_possessive()
                    && self.sentence.tokens[*at + 1].is_capital()
            });
            at += 1;
            let Some(mark) = mark.filter(|_| kind == Kind::Organization) else {
                continue;
            };
            let owner = tokens.start..mark;
            let is_place = owner
                .clone()
                .all(|at| self.classes(at) & (COUNTRY | REGION) != 0);
            let is_body =
                (mark + 1..tokens.end).any(|at| self.classes(at) & ORGANIZATION_WORD != 0);
            if is_place && is_body {
                self.put(owner, Kind::Place, Evidence::Owner);
                self.put(mark + 1..tokens.end, Kind::Organization, Evidence::Owner);
                at += 1;
            }
        }
    }

    /// Reads the kind of a name from its words: `Captain Pekka Laine` and `Annelies de
    /// la Court` are people, a `Museum` and a `Library` are bodies.
    fn read_kinds(&mut self) {
        for at in 0..self.found.len() {
            let Found { tokens, kind, .. } = self.found[at].clone();
            if tokens.len() < 2 {
                continue;
            }
            let (first, second) = (self.classes(tokens.start), self.classes(tokens.start + 1));
            let last = self.classes(tokens.end - 1);
            let any = tokens.clone().fold(0, |all, at| all | self.classes(at));
            let is_small = |at: usize| !self.sentence.tokens[at].is_capital();
            if kind != Kind::Person && any & (LEGAL | ORGANIZATION_WORD) == 0 {
                let is_titled = tokens.len() == 3 && is_rank(self.sentence.text(tokens.start));
                let is_noble = first & FIRST_NAME != 0
                    && second & PARTICLE == 0
                    && tokens.len() > 3
                    && self.classes(tokens.start + 2) & PARTICLE != 0
                    && is_small(tokens.start + 2)
                    && any & (PLACE_WORD | COUNTRY) == 0;
                if is_titled || is_noble {
                    self.found[at].kind = Kind::Person;
                    self.found[at].evidence = Evidence::PersonWords;
                    self.found[at].tokens.start += usize::from(is_titled);
                }
            } else if kind == Kind::Place
                && (is_body_word(self.sentence.text(tokens.end - 1)) || last & LEGAL != 0)
                && !matches!(
                    self.sentence.text(tokens.end - 1),
                    "Bank" | "Union" | "League"
                )
                && last & PLACE_WORD == 0
            {
                self.found[at].kind = Kind::Organization;
                self.found[at].evidence = Evidence::BodyWord;
            } else if kind == Kind::Person && is_body_word(self.sentence.text(tokens.end - 1)) {
                // People are called Mills and Banks, but not Foundation.
                let last = self.sentence.text(tokens.end - 1);
                if last.len() > 5 {
                    self.found[at].kind = Kind::Organization;
                    self.found[at].evidence = Evidence::BodyWord;
                }
            } else if kind == Kind::Organization
                && matches!(
                    self.sentence.text(tokens.end - 1),
                    "Bridge"
                        | "River"
                        | "Avenue"
                        | "Road"
                        | "Boulevard"
                        | "Island"
                        | "Islands"
                        | "Peninsula"
                        | "Strait"
                )
                && any & (LEGAL | ORGANIZATION_WORD) == 0
            {
                self.found[at].kind = Kind::Place;
                self.found[at].evidence = Evidence::PlaceWord;
            }
        }
    }

    /// Joins `International Committee` and `Red Cross` over "of the".
    fn join_of(&mut self) {
        let mut at = 0;
        while at + 1 < self.found.len() {
            let (one, other) = (&self.found[at], &self.found[at + 1]);
            let between = one.tokens.end..other.tokens.start;
            let joins = one.kind == Kind::Organization
                && other.kind == Kind::Organization
                && between.len() == 2
                && self.sentence.text(between.start) == "of"
                && self.sentence.text(between.start + 1) == "the"
                && matches!(
                    self.sentence.text(one.tokens.end - 1),
                    "Committee"
                        | "Federation"
                        | "Council"
                        | "Confederation"
                        | "Society"
                        | "Board"
                        | "Office"
                        | "Union"
                        | "Association"
                        | "Court"
                        | "Bank"
                )
                && one.tokens.len() < 4;
            if joins {
                let tokens = one.tokens.start..other.tokens.end;
                self.put(tokens, Kind::Organization, Evidence::Lengthened);
            }
            at += 1;
        }
    }

    /// Adds the capitals beside a name that belong to it: `Crane` of `Crane Paper
    /// Mill`, `Navy` of `Finnish Navy`, `Seo` of `Hye-jin Seo`.
    fn lengthen(&mut self) {
        for at in 0..self.found.len() {
            let Some(Found { tokens, kind, .. }) = self.found.get(at).cloned() else {
                break;
            };
            if tokens.len() > 2 {
                continue;
            }
            let mut end = tokens.end;
            while end < tokens.end + 3 && self.is_free_capital(end) {
                end += 1;
            }
            if end > tokens.end
                && !self.is_free_capital(end)
                && is_body_word(self.sentence.text(end - 1))
                && !self.sentence.is_headline()
            {
                self.put(tokens.start..end, Kind::Organization, Evidence::BodyWord);
                continue;
            }
            let Some(before) = tokens.start.checked_sub(1) else {
                continue;
            };
            if !self.is_free_capital(before) || self.sentence.is_headline() {
                continue;
            }
            let token = &self.sentence.tokens[before];
            let classes = self.classes(before);
            let is_first_name = is_double_name(token.text, self.tagger)
                || (!self.sentence.is_first_word(before) && classes & FIRST_NAME != 0);
            const NO_NAME: Classes =
                HONORIFIC | OFFICE | FUNCTION | CALENDAR | DEMONYM | ORGANIZATION_WORD;
            if kind == Kind::Person
                && is_first_name
                && classes & NO_NAME == 0
                && !token.is_shouted()
                && !token.text.ends_with('.')
                && !self.is_other(before)
                && !(before > 0 && self.is_free_capital(before - 1))
            {
                self.put(before..tokens.end, Kind::Person, Evidence::Lengthened);
            } else if kind == Kind::Organization
                && tokens.len() == 1
                && matches!(
                    self.sentence.text(tokens.start),
                    "Navy" | "Army" | "Parliament" | "Senate" | "Ministry" | "Congress"
                )
                && classes & DEMONYM != 0
            {
                self.put(before..tokens.end, Kind::Organization, Evidence::BodyWord);
            }
        }
    }

    /// Finds capitals in a row that the tagger passed over and whose last word says
    /// what they are: `World Anti-Doping Agency`.
    fn find_bodies(&mut self) {
        let mut at = 0;
        while at < self.sentence.tokens.len() {
            if !self.is_free_capital(at) {
                at += 1;
                continue;
            }
            let mut start = at;
            while self.is_free_capital(at) || (at > start && self.sentence.text(at) == "&") {
                at += 1;
            }
            if self.sentence.is_first_word(start) && self.classes(start) & FUNCTION != 0 {
                start += 1;
            }
            if at - start < 2 || at - start > 6 || !is_body_word(self.sentence.text(at - 1)) {
                continue;
            }
            let is_odd = |at: usize| {
                self.is_other(at)
                    || self.classes(at) & (FUNCTION | CALENDAR | EVENT | HONORIFIC) != 0
                    || (self.sentence.text(at) == "Bank" && self.classes(at - 1) & DIRECTION != 0)
            };
            let touches = self
                .found
                .iter()
                .any(|name| name.tokens.end == start || name.tokens.start == at);
            if !touches && !(start..at).any(is_odd) && !self.sentence.is_headline() {
                self.put(start..at, Kind::Organization, Evidence::BodyWord);
            }
        }
    }

    /// Reads the acronym in brackets after a full name, and the full name in brackets
    /// after an acronym: `Northfield Tenants Union ("NTU")`.
    fn read_brackets(&mut self) {
        for at in 0..self.found.len() {
            let Some(Found { tokens, kind, .. }) = self.found.get(at).cloned() else {
                break;
            };
            if kind != Kind::Organization || tokens.len() < 2 {
                continue;
            }
            if !matches!(self.sentence.text(tokens.end), "(" | "[") {
                continue;
            }
            let mut short = tokens.end + 1;
            while matches!(
                self.sentence.text(short),
                "the" | "\"" | "“" | "'" | "‘" | "``"
            ) {
                short += 1;
            }
            let Some(token) = self.sentence.tokens.get(short) else {
                continue;
            };
            let closes =
                (short + 1..short + 3).any(|at| matches!(self.sentence.text(at), ")" | "]"));
            let letters = token.text.chars().filter(|c| c.is_alphabetic()).count();
            if closes
                && token.is_shouted()
                && (2..=8).contains(&letters)
                && self.abbreviates(short, tokens)
            {
                let known = self.found.iter().find(|name| name.tokens.contains(&short));
                if known.is_none_or(|name| name.kind != Kind::Organization) {
                    self.put(short..short + 1, Kind::Organization, Evidence::Brackets);
                }
            }
        }
    }

    /// Tells whether the letters of token `short` are found in order in `long`.
    fn abbreviates(&self, short: usize, long: Range<usize>) -> bool {
        let lower = |c: char| c.to_lowercase();
        let mut letters = self.sentence.tokens[long]
            .iter()
            .flat_map(|token| token.text.chars().flat_map(lower));
        let wanted = self
            .sentence
            .text(short)
            .chars()
            .filter(|c| c.is_alphabetic());
        wanted
            .flat_map(lower)
            .all(|letter| letters.any(|other| other == letter))
    }
}

/// Tells whether a word is a rank or an address that no body's name begins with.
fn is_rank(word: &str) -> bool {
    const RANKS: [&str; 18] = [
        "Ayatollah",
        "Capt",
        "Captain",
        "Cmdr",
        "Colonel",
        "Commander",
        "Congressman",
        "Congresswoman",
        "Corporal",
        "Dr",
        "Lieutenant",
        "Mr",
        "Mrs",
        "Ms",
        "Prof",
        "Professor",
        "Sergeant",
        "Sheikh",
    ];
    RANKS.binary_search(&word.trim_end_matches('.')).is_ok()
}

/// Tells whether a word is a first name like Hye-jin or Jean-Pierre; Mayor-elect is none.
fn is_double_name(word: &str, tagger: &Tagger) -> bool {
    const NO_NAME: Classes = HONORIFIC | OFFICE | FUNCTION | DEMONYM | DIRECTION;
    let is_name = |part: &str| part.len() > 1 && tagger.classes_of(part) & NO_NAME == 0;
    word.split_once('-').is_some_and(|(one, other)| {
        is_name(one) && is_name(other) && !other.contains('-') && one.len() < 8 && other.len() < 8
    })
}

/// Sorted.
const BODY_WORDS: [&str; 66] = [
    "Academy",
    "Agency",
    "Airlines",
    "Airways",
    "Alliance",
    "Associates",
    "Association",
    "Authority",
    "Bank",
    "Boatworks",
    "Bureau",
    "Coalition",
    "College",
    "Commission",
    "Committee",
    "Confederation",
    "Consortium",
    "Cooperative",
    "Corporation",
    "Council",
    "Courier",
    "Department",
    "Directorate",
    "Enterprises",
    "Federation",
    "Foundation",
    "Foundries",
    "Fund",
    "Gazette",
    "Group",
    "Guild",
    "Herald",
    "Holding",
    "Holdings",
    "Hospital",
    "Industries",
    "Inspectorate",
    "Institute",
    "Institution",
    "Insurance",
    "Laboratories",
    "Laboratory",
    "League",
    "Ledger",
    "Library",
    "Mill",
    "Mills",
    "Ministry",
    "Museum",
    "Navy",
    "Orchestra",
    "Organisation",
    "Organization",
    "Partners",
    "Party",
    "Philharmonic",
    "Police",
    "Press",
    "Secretariat",
    "Shipping",
    "Society",
    "Symphony",
    "Tribunal",
    "Union",
    "University",
    "Watch",
];

/// Tells whether a word at the end of a name says that it names a body, and hardly
/// ever stands at the end of another name.
fn is_body_word(word: &str) -> bool {
    BODY_WORDS.binary_search(&word).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_bodies_are_known() {
        assert!(BODY_WORDS.is_sorted() && !is_body_word("Line"));
        for word in BODY_WORDS {
            assert!(is_body_word(word), "{word}");
        }
    }
}
