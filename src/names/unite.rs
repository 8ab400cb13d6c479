//! Brings the mentions of one article together: who is meant by `Biden`, by
//! `CIVIC`, by `Amnesty`?
//!
//! Works on the mentions of a single article and knows no list of the world: it
//! unites what the article itself shows to be one, each union by a named
//! [`Rule`]. Where two readings are possible (two people called Smith) nothing
//! is united, and what names nobody for certain is left out ([`Doubt`]).
//! Quadratic in the number of *distinct* names of an article.
//!
//! `Joe Biden … President Biden … Mr. Biden` is one person, `Joe Biden`, united by
//! [`Rule::Surname`]; `Jill Biden` in the same article leaves every bare `Biden` alone.

mod spelling;

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::article::{Kind, Mention, Name, Part, Provenance};

use self::spelling::{
    are_nicknames, calm, differ_in_initials, is_common_noun, is_generic, is_shouted, is_small,
    may_abbreviate, read_key, stands_for_initials, written,
};

/// Why a mention counts as a mention of its name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Rule {
    /// It is the name, give or take case, accents, stops, "the" and a legal form.
    Same,
    /// It is the surname of the only person of that surname.
    Surname,
    /// It is the first name of the only person of that first name.
    FirstName,
    /// It differs in initials or middle names only.
    Initials,
    /// It has a short form of the first name, or the long one: Bill and William.
    Nickname,
    /// It is the name's initials.
    Acronym,
    /// It stands in brackets after the name.
    BracketedAcronym,
    /// It is the beginning of the only name that begins so.
    ShortForm,
    /// It is the end of the only name that ends so.
    LastWords,
    /// It was read as another kind, but the article has it as this.
    OtherKind,
}

impl Rule {
    /// Returns a stable name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Rule::Same => "same",
            Rule::Surname => "surname",
            Rule::FirstName => "first_name",
            Rule::Initials => "initials",
            Rule::Nickname => "nickname",
            Rule::Acronym => "acronym",
            Rule::BracketedAcronym => "bracketed_acronym",
            Rule::ShortForm => "short_form",
            Rule::LastWords => "last_words",
            Rule::OtherKind => "other_kind",
        }
    }

    /// Returns the rule as a reader is told it.
    pub fn describe(self) -> &'static str {
        match self {
            Rule::Same => "the same name",
            Rule::Surname => "surname of the only such person",
            Rule::FirstName => "first name of the only such person",
            Rule::Initials => "differs in initials only",
            Rule::Nickname => "short form of the first name",
            Rule::Acronym => "initials of the name",
            Rule::BracketedAcronym => "in brackets after the name",
            Rule::ShortForm => "beginning of the only such name",
            Rule::LastWords => "end of the only such name",
            Rule::OtherKind => "the same name, read as another kind",
        }
    }
}

/// Why a mention is no mention of any name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Doubt {
    /// Several people of the article bear that name.
    SeveralPeople,
    /// It is a common noun, `Court`, and the article has no body that it stands for.
    CommonNoun,
}

impl Doubt {
    /// Returns a stable name for programs.
    pub fn code(self) -> &'static str {
        match self {
            Doubt::SeveralPeople => "several_people",
            Doubt::CommonNoun => "common_noun",
        }
    }

    /// Returns the doubt as a reader is told it.
    pub fn describe(self) -> &'static str {
        match self {
            Doubt::SeveralPeople => "several people of the article bear this name",
            Doubt::CommonNoun => "a common noun that stands for no name of the article",
        }
    }
}

/// A name with the rule that united each of its mentions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct United {
    /// The name and its mentions.
    pub name: Name,
    /// For each mention of the name, in the same order, why it is one.
    pub rules: Vec<Rule>,
}

/// What the mentions of an article come to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Union {
    /// The distinct names, in the order of kind and first mention.
    pub names: Vec<United>,
    /// The mentions that are of no name for certain, in reading order.
    pub left_out: Vec<(Mention, Doubt)>,
}

impl Union {
    /// Returns the names alone.
    pub fn into_names(self) -> Vec<Name> {
        self.names.into_iter().map(|united| united.name).collect()
    }
}

/// Returns the distinct names behind `mentions`, each once per kind, in the
/// order of kind and first mention.
pub fn unite(title: &str, body: &str, mentions: &[Mention]) -> Vec<Name> {
    unite_with_rules(title, body, mentions).into_names()
}

/// Does what [`unite`] does, and tells which rule united each mention.
pub fn unite_with_rules(title: &str, body: &str, mentions: &[Mention]) -> Union {
    let text = |mention: &Mention| match mention.part {
        Part::Title => mention.span.of(title),
        Part::Body => mention.span.of(body),
    };
    let mut forms = Forms::of(mentions, text);
    forms.agree_on_kinds();
    forms.unite_brackets(mentions, title, body);
    forms.unite_acronyms();
    forms.unite_people();
    forms.unite_short_forms();
    forms.unite_last_words();
    forms.unite_kinds();
    forms.leave_out_doubtful();
    forms.into_union(mentions)
}

/// A distinct spelling of a name, folded.
#[derive(Debug)]
struct Form {
    kind: Kind,
    /// The folded words, without "the", legal forms and generations.
    words: Vec<String>,
    /// The spelling that is written most often, without line breaks.
    written: String,
    /// The initials of the longest legal form it is written with.
    ending: String,
    mentions: Vec<usize>,
    /// The form that this one stands for, and why; itself if it is a full form.
    full: usize,
    rule: Rule,
    doubt: Option<Doubt>,
}

/// A way to write a form: without line breaks, and how often it is.
#[derive(Debug)]
struct Spelling {
    text: String,
    /// Whether it is the bare words of the key.
    is_plain: bool,
    in_body: usize,
}

#[derive(Debug)]
struct Forms(Vec<Form>);

impl Forms {
    fn of<'t>(mentions: &[Mention], text: impl Fn(&Mention) -> &'t str) -> Forms {
        // The same letters are folded once: most mentions repeat others.
        let mut known: HashMap<(Kind, &str), (usize, usize)> = HashMap::new();
        let mut forms: Vec<Form> = Vec::new();
        let mut spellings: Vec<Vec<Spelling>> = Vec::new();
        for (at, mention) in mentions.iter().enumerate() {
            let kind = mention.kind;
            let text = text(mention);
            let (number, spelling) = *known.entry((kind, text)).or_insert_with(|| {
                let text = written(kind, text);
                let key = read_key(kind, &text);
                let same = |form: &Form| form.kind == kind && form.words == key.words;
                let number = forms.iter().position(same).unwrap_or(forms.len());
                if number == forms.len() {
                    forms.push(Form {
                        kind,
                        words: key.words,
                        written: String::new(),
                        ending: String::new(),
                        mentions: Vec::new(),
                        full: number,
                        rule: Rule::Same,
                        doubt: None,
                    });
                    spellings.push(Vec::new());
                }
                let is_plain = key.ending.is_empty();
                if key.ending.len() > forms[number].ending.len() {
                    forms[number].ending = key.ending;
                }
                let spellings = &mut spellings[number];
                let known = spellings.iter().position(|spelling| spelling.text == text);
                let spelling = known.unwrap_or_else(|| {
                    spellings.push(Spelling {
                        text,
                        is_plain,
                        in_body: 0,
                    });
                    spellings.len() - 1
                });
                (number, spelling)
            });
            forms[number].mentions.push(at);
            spellings[number][spelling].in_body += usize::from(mention.part == Part::Body);
        }
        for (form, spellings) in forms.iter_mut().zip(spellings) {
            form.written = best_spelling(form, spellings);
        }
        Forms(forms)
    }

    /// Gives one kind to a name of several words that was read as two: the more frequent one.
    fn agree_on_kinds(&mut self) {
        for a in 0..self.0.len() {
            for b in 0..self.0.len() {
                let (one, other) = (&self.0[a], &self.0[b]);
                // `Hague` alone would be too little, but The Hague is a place.
                let is_telling = one.words.len() > 1
                    || (one.kind == Kind::Place && one.written.starts_with("The "));
                if one.kind != other.kind
                    && is_telling
                    && one.words == other.words
                    && (one.mentions.len(), Reverse(a)) > (other.mentions.len(), Reverse(b))
                    && one.full == a
                    && other.full == b
                {
                    self.join(b, a, Rule::OtherKind);
                }
            }
        }
    }

    /// Unites `CIVIC` with the name it follows in brackets, or the other way around.
    fn unite_brackets(&mut self, mentions: &[Mention], title: &str, body: &str) {
        for (at, pair) in mentions.windows(2).enumerate() {
            let [first, second] = pair else { continue };
            if first.part != second.part || first.kind != second.kind {
                continue;
            }
            let text = match first.part {
                Part::Title => title,
                Part::Body => body,
            };
            let between = text
                .get(first.span.end()..second.span.start())
                .unwrap_or_default();
            if !matches!(
                between.trim().trim_end_matches(['"', '“', '\'', '‘']),
                "(" | "[" | "(the" | "(The"
            ) {
                continue;
            }
            let of = |at: usize| self.0.iter().position(|form| form.mentions.contains(&at));
            let (Some(a), Some(b)) = (of(at), of(at + 1)) else {
                continue;
            };
            if may_abbreviate(&self.0[b].words, &self.0[a].words) {
                self.join(b, a, Rule::BracketedAcronym);
            } else if may_abbreviate(&self.0[a].words, &self.0[b].words) {
                self.join(a, b, Rule::BracketedAcronym);
            }
        }
    }

    /// Unites an acronym with the only name it is the initials of.
    fn unite_acronyms(&mut self) {
        for short in 0..self.0.len() {
            let form = &self.0[short];
            let is_acronym = form.words.len() == 1
                && (2..=8).contains(&form.words[0].len())
                && is_shouted(&form.written)
                && form.kind != Kind::Person
                && form.full == short;
            if !is_acronym {
                continue;
            }
            let fits = |other: &Form| {
                other.kind == form.kind
                    && other.words.len() > 1
                    && stands_for_initials(&form.words[0], &other.words, &other.ending)
            };
            if let Some(full) = self.only(fits) {
                self.join(short, full, Rule::Acronym);
            }
        }
    }

    /// Unites people: initials and middle names, then surnames, then first names.
    fn unite_people(&mut self) {
        for a in 0..self.0.len() {
            for b in 0..self.0.len() {
                let (one, other) = (&self.0[a], &self.0[b]);
                if a != b
                    && one.kind == Kind::Person
                    && other.kind == Kind::Person
                    && one.full == a
                    && other.full == b
                    && differ_in_initials(&one.words, &other.words)
                {
                    self.join(a, b, Rule::Initials);
                }
            }
        }
        for nick in 0..self.0.len() {
            for legal in 0..self.0.len() {
                let (one, other) = (&self.0[nick], &self.0[legal]);
                if one.kind == Kind::Person
                    && other.kind == Kind::Person
                    && one.full == nick
                    && other.full == legal
                    && are_nicknames(&one.words, &other.words)
                {
                    // The name that the article prefers.
                    if one.mentions.len() >= other.mentions.len() {
                        self.join(legal, nick, Rule::Nickname);
                    } else {
                        self.join(nick, legal, Rule::Nickname);
                    }
                }
            }
        }
        for rule in [Rule::Surname, Rule::FirstName] {
            for short in 0..self.0.len() {
                if self.0[short].kind != Kind::Person || self.0[short].full != short {
                    continue;
                }
                let fits = |other: &Form| is_called(&self.0[short], other, rule);
                if let Some(full) = self.only(fits) {
                    self.join(short, full, rule);
                } else if self.0[short].words.len() == 1 && self.0.iter().any(fits) {
                    self.0[short].doubt = Some(Doubt::SeveralPeople);
                }
            }
        }
    }

    /// Unites the beginning of an organization's name with the only name it begins:
    /// one word, or all that stands before "of" and "for".
    fn unite_short_forms(&mut self) {
        for short in 0..self.0.len() {
            let form = &self.0[short];
            let length = form.words.len();
            if form.kind != Kind::Organization
                || form.full != short
                || form.words[0].chars().count() < 3
                || (length == 1 && is_generic(&form.words[0]))
                || self.is_place(form)
            {
                continue;
            }
            let fits = |other: &Form| {
                other.kind == Kind::Organization
                    && other.words.len() > length
                    && other.words.starts_with(&form.words)
                    // `Ericsson's AXE` is something that Ericsson has.
                    && !other.written.contains("'s ")
                    && if length == 1 {
                        !other.words.iter().any(|word| word == "of")
                    } else {
                        matches!(other.words[length].as_str(), "of" | "for")
                    }
            };
            // `Amnesty International` and its section `Amnesty International USA`: the
            // shorter is meant, if it begins all the others.
            let mut fitting: Vec<usize> =
                (0..self.0.len()).filter(|at| fits(&self.0[*at])).collect();
            fitting.sort_by_key(|at| self.0[*at].words.len());
            let Some(&first) = fitting.first() else {
                continue;
            };
            if fitting
                .iter()
                .all(|at| self.0[*at].words.starts_with(&self.0[first].words))
            {
                let full = self.root(first);
                self.join(short, full, Rule::ShortForm);
            }
        }
    }

    /// Unites `the Commission` with `European Commission`, `the Court` with
    /// `International Court of Justice` and `Red Cross` with the `International Committee
    /// of the Red Cross`, where no other name ends so. A single word after "of" is no
    /// short form: `England` is not the Bank of England.
    fn unite_last_words(&mut self) {
        for short in 0..self.0.len() {
            let form = &self.0[short];
            if form.kind != Kind::Organization || form.full != short || self.is_place(form) {
                continue;
            }
            let fits = |other: &Form| {
                let words = &other.words;
                let head = words
                    .iter()
                    .position(|word| matches!(word.as_str(), "of" | "for"))
                    .unwrap_or(words.len());
                let ends = |words: &[String]| {
                    let before = words.len().checked_sub(form.words.len() + 1);
                    words.ends_with(&form.words)
                        && before.is_some_and(|at| {
                            words[at] != "and" && (form.words.len() > 1 || !is_small(&words[at]))
                        })
                };
                let is_head = head < words.len()
                    && (words[..head] == form.words || ends(&words[..head]))
                    && form.words.iter().all(|word| is_common_noun(word));
                other.kind == Kind::Organization
                    && words.len() > form.words.len()
                    && (ends(words) || is_head)
            };
            if let Some(full) = self.only(fits) {
                self.join(short, full, Rule::LastWords);
            }
        }
    }

    /// Gives a name to the kind that the rest of the article shows: `Priya Raman` is a
    /// person where `Raman` is one, `Ford` is the Ford Motor Co. where no Ford lives.
    fn unite_kinds(&mut self) {
        for a in 0..self.0.len() {
            let form = &self.0[a];
            if form.full != a || form.doubt.is_some() {
                continue;
            }
            if form.kind == Kind::Person && form.words.len() == 1 {
                let is_company = |other: &Form| {
                    other.kind == Kind::Organization
                        && other.words.len() > 1
                        && other.words.starts_with(&form.words)
                        && !other.ending.is_empty()
                };
                if let Some(company) = self.only(is_company) {
                    self.join(a, company, Rule::OtherKind);
                    continue;
                }
                let is_whole = |other: &Form| {
                    other.kind == Kind::Place
                        && matches!(other.words.len(), 2 | 3)
                        && other.words.ends_with(&form.words)
                };
                if let Some(whole) = self.only(is_whole)
                    && self.0[whole].mentions.len() <= self.0[a].mentions.len()
                {
                    self.0[whole].kind = Kind::Person;
                    self.join(a, whole, Rule::Surname);
                }
            } else if form.kind == Kind::Organization && form.words.len() == 1 {
                let is_person = |other: &Form| {
                    other.kind == Kind::Person
                        && other.words.len() > 1
                        && other.words.ends_with(&form.words)
                };
                if let Some(person) = self.only(is_person)
                    && !is_shouted(&form.written)
                    && form.mentions.len() < self.0[person].mentions.len()
                {
                    self.join(a, person, Rule::OtherKind);
                }
            }
        }
    }

    /// Leaves out common nouns that stand for nothing.
    fn leave_out_doubtful(&mut self) {
        for at in 0..self.0.len() {
            let form = &mut self.0[at];
            if form.kind == Kind::Organization
                && form.full == at
                && form.words.len() == 1
                && is_common_noun(&form.words[0])
                && !is_shouted(&form.written)
            {
                form.doubt = Some(Doubt::CommonNoun);
            }
        }
    }

    fn is_place(&self, form: &Form) -> bool {
        let is_same = |other: &Form| other.kind == Kind::Place && other.words == form.words;
        self.0.iter().any(is_same)
    }

    /// Returns the full form of the only name with a form that fits.
    fn only(&self, fits: impl Fn(&Form) -> bool) -> Option<usize> {
        let mut found = (0..self.0.len())
            .filter(|at| fits(&self.0[*at]))
            .map(|at| self.root(at));
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }

    fn root(&self, mut at: usize) -> usize {
        while self.0[at].full != at {
            at = self.0[at].full;
        }
        at
    }

    /// Makes `short` stand for `full`, unless `full` already stands for `short`.
    fn join(&mut self, short: usize, full: usize, rule: Rule) {
        let full = self.root(full);
        if self.0[short].full == short && full != short {
            self.0[short].full = full;
            self.0[short].rule = rule;
        }
    }

    fn into_union(self, mentions: &[Mention]) -> Union {
        let mut members: Vec<Vec<(usize, Rule)>> = vec![Vec::new(); self.0.len()];
        let mut left_out = Vec::new();
        for (at, form) in self.0.iter().enumerate() {
            let root = self.root(at);
            if let Some(doubt) = self.0[root].doubt {
                left_out.extend(form.mentions.iter().map(|at| (mentions[*at], doubt)));
                continue;
            }
            let uses = form.mentions.iter().map(|mention| (*mention, form.rule));
            members[root].extend(uses);
        }
        let mut names = Vec::new();
        for (form, mut members) in self.0.into_iter().zip(members) {
            if members.is_empty() {
                continue;
            }
            members.sort_unstable();
            let kind = form.kind;
            let own = |at: &usize| Mention {
                kind,
                ..mentions[*at]
            };
            let name = Name {
                kind,
                canonical: form.written,
                provenance: Provenance::Extracted,
                mentions: members.iter().map(|(at, _)| own(at)).collect(),
            };
            names.push(United {
                name,
                rules: members.into_iter().map(|(_, rule)| rule).collect(),
            });
        }
        names.sort_by_key(|united: &United| {
            let first = united.name.mentions.first();
            (
                united.name.kind,
                first.map(|mention| (mention.part, mention.span)),
            )
        });
        left_out.sort_unstable();
        Union { names, left_out }
    }
}

/// Tells whether `short` is the surname or first name of the person `other`.
fn is_called(short: &Form, other: &Form, rule: Rule) -> bool {
    other.kind == Kind::Person
        && other.words.len() > short.words.len()
        && match rule {
            Rule::Surname => other.words.ends_with(&short.words),
            _ => short.words.len() == 1 && other.words.starts_with(&short.words),
        }
}

/// Returns the spelling a librarian would choose: not shouted, without its legal form
/// where the article writes it so, the most frequent, the first of the alphabet.
fn best_spelling(form: &Form, spellings: Vec<Spelling>) -> String {
    let has_plain = spellings.iter().any(|spelling| spelling.is_plain);
    let best = spellings.into_iter().max_by(|one, other| {
        let rank = |spelling: &Spelling| {
            let long = form.words.len() > 1 || spelling.text.chars().count() > 5;
            let shouts = long && is_shouted(&spelling.text);
            let the = form.kind == Kind::Place
                && spelling
                    .text
                    .get(..4)
                    .is_some_and(|the| the.eq_ignore_ascii_case("the "));
            (
                !shouts,
                the,
                spelling.is_plain || !has_plain,
                spelling.in_body,
            )
        };
        rank(one)
            .cmp(&rank(other))
            .then_with(|| other.text.cmp(&one.text))
    });
    calm(
        form.kind,
        best.map(|spelling| spelling.text).unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests;
