//! Brings the mentions of one article together: who is meant by `Biden`, by
//! `CIVIC`, by `Amnesty`?
//!
//! Works on the mentions of a single article and knows no list of the world: it
//! unites what the article itself shows to be one, each union by a named
//! [`Rule`]. Where two readings are possible (two people called Smith) nothing
//! is united. Quadratic in the number of *distinct* names of an article.
//!
//! `Joe Biden … President Biden … Mr. Biden` is one person, `Joe Biden`, united by
//! [`Rule::Surname`]; `Jill Biden` in the same article leaves every bare `Biden` alone.

use std::collections::BTreeMap;

use crate::article::{Kind, Mention, Name, Part, Provenance};
use crate::text::{fold, fold_name, is_apostrophe};

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
    /// It is the name's initials.
    Acronym,
    /// It stands in brackets after the name.
    BracketedAcronym,
    /// It is the beginning of the only name that begins so.
    ShortForm,
    /// It is the end of the only name that ends so.
    LastWords,
}

impl Rule {
    /// Returns the rule as a reader is told it.
    pub fn describe(self) -> &'static str {
        match self {
            Rule::Same => "the same name",
            Rule::Surname => "surname of the only such person",
            Rule::FirstName => "first name of the only such person",
            Rule::Initials => "differs in initials only",
            Rule::Acronym => "initials of the name",
            Rule::BracketedAcronym => "in brackets after the name",
            Rule::ShortForm => "beginning of the only such name",
            Rule::LastWords => "end of the only such name",
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

/// Returns the distinct names behind `mentions`, each once per kind, in the
/// order of kind and first mention.
pub fn unite(title: &str, body: &str, mentions: &[Mention]) -> Vec<Name> {
    unite_with_rules(title, body, mentions)
        .into_iter()
        .map(|united| united.name)
        .collect()
}

/// Does what [`unite`] does, and tells which rule united each mention.
pub fn unite_with_rules(title: &str, body: &str, mentions: &[Mention]) -> Vec<United> {
    let texts = |mention: &Mention| match mention.part {
        Part::Title => mention.span.of(title),
        Part::Body => mention.span.of(body),
    };
    let mut forms = Forms::of(mentions, texts);
    forms.agree_on_kinds();
    forms.unite_brackets(mentions, title, body);
    forms.unite_acronyms();
    forms.unite_people();
    forms.unite_short_forms();
    forms.unite_last_words();
    forms.into_names(mentions)
}

/// A distinct spelling of a name, folded.
#[derive(Debug)]
struct Form {
    kind: Kind,
    /// The folded words, without "the", legal forms and generations.
    words: Vec<String>,
    /// The spelling that is written most often, without line breaks.
    written: String,
    mentions: Vec<usize>,
    /// The form that this one stands for, and why; itself if it is a full form.
    full: usize,
    rule: Rule,
}

#[derive(Debug)]
struct Forms(Vec<Form>);

impl Forms {
    fn of<'t>(mentions: &[Mention], text: impl Fn(&Mention) -> &'t str) -> Forms {
        let mut numbers: BTreeMap<(Kind, Vec<String>), usize> = BTreeMap::new();
        let mut forms: Vec<Form> = Vec::new();
        let mut spellings: Vec<BTreeMap<String, usize>> = Vec::new();
        for (at, mention) in mentions.iter().enumerate() {
            let written = written(text(mention));
            let words = key(mention.kind, &written);
            let number = *numbers
                .entry((mention.kind, words.clone()))
                .or_insert(forms.len());
            if number == forms.len() {
                let full = number;
                let written = String::new();
                forms.push(Form {
                    kind: mention.kind,
                    words,
                    written,
                    mentions: vec![],
                    full,
                    rule: Rule::Same,
                });
                spellings.push(BTreeMap::new());
            }
            forms[number].mentions.push(at);
            *spellings[number].entry(written).or_default() += 1;
        }
        for (form, spellings) in forms.iter_mut().zip(spellings) {
            // A librarian writes a company without its legal form where the article does.
            let has_plain = spellings
                .keys()
                .any(|text| fold(text) == form.words.join(" "));
            let best = spellings.into_iter().max_by_key(|(text, count)| {
                let shouts = is_shouted(text) && form.words.len() > 1;
                let plain = !has_plain || fold(text) == form.words.join(" ");
                (!shouts, plain, *count, std::cmp::Reverse(text.clone()))
            });
            let best = best.map(|(text, _)| text).unwrap_or_default();
            form.written = if form.kind == Kind::Organization {
                best
            } else {
                calm(&best)
            };
        }
        Forms(forms)
    }

    /// Gives one kind to a name of several words that was read as two: the more frequent one.
    fn agree_on_kinds(&mut self) {
        for a in 0..self.0.len() {
            for b in 0..self.0.len() {
                let (one, other) = (&self.0[a], &self.0[b]);
                if one.kind != other.kind
                    && one.words.len() > 1
                    && one.words == other.words
                    && (one.mentions.len(), std::cmp::Reverse(a))
                        > (other.mentions.len(), std::cmp::Reverse(b))
                    && self.0[a].full == a
                    && self.0[b].full == b
                {
                    self.join(b, a, Rule::Same);
                }
            }
        }
    }

    /// Unites `CIVIC` with the name it follows in brackets, or the other way around.
    fn unite_brackets(&mut self, mentions: &[Mention], title: &str, body: &str) {
        for pair in mentions.windows(2) {
            let [first, second] = pair else { continue };
            if first.part != second.part || first.kind != second.kind {
                continue;
            }
            let text = if first.part == Part::Title {
                title
            } else {
                body
            };
            let between = text
                .get(first.span.end()..second.span.start())
                .unwrap_or_default();
            if !matches!(
                between.trim().trim_end_matches(['"', '“', '\'', '‘']),
                "(" | "[" | "(the"
            ) {
                continue;
            }
            let at = |mention: &Mention| {
                self.0.iter().position(|form| {
                    form.mentions
                        .iter()
                        .any(|at| mentions.get(*at) == Some(mention))
                })
            };
            let (Some(a), Some(b)) = (at(first), at(second)) else {
                continue;
            };
            if may_abbreviate(&self.0[b], &self.0[a]) {
                self.join(b, a, Rule::BracketedAcronym);
            } else if may_abbreviate(&self.0[a], &self.0[b]) {
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
                    && initials(other).contains(&form.words[0])
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
        for rule in [Rule::Surname, Rule::FirstName] {
            for short in 0..self.0.len() {
                let form = &self.0[short];
                if form.kind != Kind::Person || form.full != short {
                    continue;
                }
                let fits = |other: &Form| {
                    other.kind == Kind::Person
                        && other.words.len() > form.words.len()
                        && match rule {
                            Rule::Surname => other.words.ends_with(&form.words),
                            _ => form.words.len() == 1 && other.words.starts_with(&form.words),
                        }
                };
                if let Some(full) = self.only(fits) {
                    self.join(short, full, rule);
                }
            }
        }
    }

    /// Unites the first word of an organization's name with the only name it begins.
    fn unite_short_forms(&mut self) {
        for short in 0..self.0.len() {
            let form = &self.0[short];
            if form.kind != Kind::Organization
                || form.full != short
                || form.words.len() != 1
                || form.words[0].chars().count() < 3
                || is_generic(&form.words[0])
                || self
                    .0
                    .iter()
                    .any(|other| other.kind == Kind::Place && other.words == form.words)
            {
                continue;
            }
            let fits = |other: &Form| {
                other.kind == Kind::Organization
                    && other.words.len() > 1
                    && other.words.starts_with(&form.words)
                    && !other.words.iter().any(|word| word == "of")
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

    /// Unites `the Commission` with `European Commission` and `the Mariners` with
    /// `Port Alden Mariners`, where no other name ends so. What follows "of" is
    /// no short form: `England` is not the Bank of England.
    fn unite_last_words(&mut self) {
        for short in 0..self.0.len() {
            let form = &self.0[short];
            if form.kind != Kind::Organization
                || form.full != short
                || self
                    .0
                    .iter()
                    .any(|other| other.kind == Kind::Place && other.words == form.words)
            {
                continue;
            }
            let fits = |other: &Form| {
                let before = other.words.len().checked_sub(form.words.len() + 1);
                other.kind == Kind::Organization
                    && other.words.ends_with(&form.words)
                    && before
                        .and_then(|at| other.words.get(at))
                        .is_some_and(|word| !is_small(word))
            };
            if let Some(full) = self.only(fits) {
                self.join(short, full, Rule::LastWords);
            }
        }
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

    fn into_names(self, mentions: &[Mention]) -> Vec<United> {
        let mut names: Vec<United> = Vec::new();
        for root in (0..self.0.len()).filter(|at| self.0[*at].full == *at) {
            let mut members: Vec<(usize, Rule)> = Vec::new();
            for (at, form) in self
                .0
                .iter()
                .enumerate()
                .filter(|(at, _)| self.root(*at) == root)
            {
                let rule = if at == root { Rule::Same } else { form.rule };
                members.extend(form.mentions.iter().map(|mention| (*mention, rule)));
            }
            members.sort_unstable();
            let form = &self.0[root];
            let kind = form.kind;
            let mentions = members
                .iter()
                .map(|(at, _)| Mention {
                    kind,
                    ..mentions[*at]
                })
                .collect();
            let canonical = form.written.clone();
            let name = Name {
                kind,
                canonical,
                provenance: Provenance::Extracted,
                mentions,
            };
            names.push(United {
                name,
                rules: members.into_iter().map(|(_, rule)| rule).collect(),
            });
        }
        names.sort_by(|a, b| {
            let first = |united: &United| united.name.mentions.first().copied();
            (
                a.name.kind,
                first(a).map(|mention| (mention.part, mention.span)),
            )
                .cmp(&(
                    b.name.kind,
                    first(b).map(|mention| (mention.part, mention.span)),
                ))
        });
        names
    }
}

/// Returns a mention's text as a canonical name is written: single blanks,
/// straight apostrophes, no "the".
fn written(text: &str) -> String {
    let straight = |c: char| if is_apostrophe(c) { '\'' } else { c };
    let words: Vec<String> = text
        .split_whitespace()
        .map(|word| word.chars().map(straight).collect())
        .collect();
    let skip = usize::from(words.len() > 1 && words[0].eq_ignore_ascii_case("the"));
    words[skip..].join(" ")
}

/// Returns the words that tell one name of `kind` from another.
fn key(kind: Kind, written: &str) -> Vec<String> {
    let folded = fold(written);
    let mut words: Vec<String> = folded
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if words.is_empty() {
        return vec![fold_name(written)];
    }
    if words.len() > 1 && words[0] == "the" {
        words.remove(0);
    }
    const LEGAL_FORMS: [&str; 18] = [
        "inc",
        "incorporated",
        "corp",
        "corporation",
        "co",
        "company",
        "ltd",
        "limited",
        "plc",
        "llc",
        "lp",
        "ag",
        "gmbh",
        "sa",
        "nv",
        "spa",
        "ab",
        "asa",
    ];
    const GENERATIONS: [&str; 5] = ["jr", "sr", "ii", "iii", "iv"];
    let endings: &[&str] = match kind {
        Kind::Person => &GENERATIONS,
        Kind::Organization => &LEGAL_FORMS,
        Kind::Place => &[],
    };
    while words.len() > 1
        && words
            .last()
            .is_some_and(|word| endings.contains(&word.as_str()))
    {
        words.pop();
    }
    words
}

/// Tells whether a spelling is all capitals.
fn is_shouted(text: &str) -> bool {
    text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase)
}

/// Writes `LONDON` and `NEW YORK`, as datelines and headlines have them, the ordinary
/// way; `USA` stays.
fn calm(name: &str) -> String {
    if !is_shouted(name) || name.contains('.') || name.chars().count() < 4 || name == "USSR" {
        return name.to_owned();
    }
    let mut calm = String::with_capacity(name.len());
    let mut in_word = false;
    for c in name.chars() {
        if in_word {
            calm.extend(c.to_lowercase())
        } else {
            calm.push(c)
        }
        in_word = c.is_alphabetic() || c == '\'';
    }
    calm
}

/// Returns the initials of a name with and without its small words.
fn initials(form: &Form) -> [String; 2] {
    let first = |word: &String| word.chars().next();
    [
        form.words.iter().filter_map(first).collect(),
        form.words
            .iter()
            .filter(|word| !is_small(word))
            .filter_map(first)
            .collect(),
    ]
}

/// Tells whether a word joins the words of a name that have initials.
fn is_small(word: &str) -> bool {
    matches!(
        word,
        "of" | "the" | "for" | "and" | "in" | "on" | "to" | "de" | "du" | "des"
    )
}

/// Tells whether `short` can abbreviate `long`: one word whose letters occur in
/// `long` in order, the first at its beginning (`CIVIC`, Center for CIVilians In Conflict).
fn may_abbreviate(short: &Form, long: &Form) -> bool {
    if short.words.len() != 1 || long.words.len() < 2 {
        return false;
    }
    let mut letters = long.words.iter().flat_map(|word| word.chars());
    let begins = long.words[0].chars().next() == short.words[0].chars().next();
    begins
        && short.words[0]
            .chars()
            .all(|letter| letters.any(|other| other == letter))
}

/// Tells whether `one` is `other` with initials for names or with fewer middle
/// names: `J. Biden` and `Joe Biden`, `George Bush` and `George W. Bush`.
fn differ_in_initials(one: &[String], other: &[String]) -> bool {
    let (Some((one_last, one_first)), Some((other_last, other_first))) =
        (one.split_last(), other.split_last())
    else {
        return false;
    };
    if one_last != other_last || one_first.is_empty() || other_first.is_empty() || one == other {
        return false;
    }
    let alike =
        |a: &String, b: &String| a == b || (a.chars().count() == 1 && b.starts_with(a.as_str()));
    // `one` is the shorter or the less spelled out of the two.
    one_first.len() <= other_first.len()
        && alike(&one_first[0], &other_first[0])
        && one_first
            .iter()
            .skip(1)
            .all(|middle| other_first.iter().skip(1).any(|full| alike(middle, full)))
}

/// Tells whether a word begins many organizations' names and names none of them.
fn is_generic(word: &str) -> bool {
    const GENERIC: [&str; 48] = [
        "national",
        "international",
        "royal",
        "federal",
        "united",
        "general",
        "american",
        "european",
        "world",
        "global",
        "central",
        "state",
        "first",
        "public",
        "democratic",
        "republican",
        "socialist",
        "communist",
        "labor",
        "labour",
        "liberal",
        "conservative",
        "christian",
        "social",
        "human",
        "civil",
        "foreign",
        "home",
        "interior",
        "justice",
        "health",
        "education",
        "supreme",
        "high",
        "bank",
        "university",
        "ministry",
        "department",
        "office",
        "council",
        "committee",
        "house",
        "party",
        "north",
        "south",
        "east",
        "west",
        "new",
    ];
    GENERIC.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Span;
    use expect_test::{Expect, expect};

    /// Unites the names of `body`, which are marked `[P Joe Biden]`, `[O …]`, `[L …]`.
    fn check(body: &str, expected: Expect) {
        let (mut text, mut mentions) = (String::new(), Vec::new());
        let mut rest = body;
        while let Some((before, marked)) = rest.split_once('[') {
            text.push_str(before);
            let (name, after) = marked.split_once(']').unwrap();
            let kind = match &name[..1] {
                "P" => Kind::Person,
                "O" => Kind::Organization,
                _ => Kind::Place,
            };
            mentions.push((text.len()..text.len() + name.len() - 2, kind));
            text.push_str(&name[2..]);
            rest = after;
        }
        text.push_str(rest);
        let mentions: Vec<Mention> = mentions
            .into_iter()
            .map(|(range, kind)| Mention {
                part: Part::Body,
                span: Span::new(&text, range).unwrap(),
                kind,
            })
            .collect();
        let lines: Vec<String> = unite_with_rules("", &text, &mentions)
            .iter()
            .map(|united| {
                let uses = united.name.mentions.iter().zip(&united.rules);
                let uses: Vec<String> = uses
                    .map(|(mention, rule)| format!("{} ({rule:?})", mention.span.of(&text)))
                    .collect();
                format!("{}: {}\n", united.name.canonical, uses.join(", "))
            })
            .collect();
        expected.assert_eq(&lines.concat());
    }

    #[test]
    fn a_surname_means_the_only_person_of_that_name() {
        check(
            "[P Biden] and [P Joe Biden], [P Joe]",
            expect![[r#"
            Joe Biden: Biden (Surname), Joe Biden (Same), Joe (FirstName)
        "#]],
        );
        check(
            "[P Joe Biden] and [P Jill Biden]; [P Biden]",
            expect![[r#"
            Joe Biden: Joe Biden (Same)
            Jill Biden: Jill Biden (Same)
            Biden: Biden (Same)
        "#]],
        );
        check(
            "[P George Bush], [P George W. Bush]; [P Bashar al-Assad], [P Assad]",
            expect![[r#"
                George W. Bush: George Bush (Initials), George W. Bush (Same)
                Bashar al-Assad: Bashar al-Assad (Same), Assad (Surname)
            "#]],
        );
    }

    #[test]
    fn acronyms_mean_their_names() {
        check(
            "[O Center for Civilians in Conflict] ([O CIVIC]); [O CIVIC]",
            expect![[r#"
                Center for Civilians in Conflict: Center for Civilians in Conflict (Same), CIVIC (BracketedAcronym), CIVIC (BracketedAcronym)
            "#]],
        );
        check(
            "[O IMF], [O International Monetary Fund]; [L U.S.], [L US], [L United States]",
            expect![[r#"
                International Monetary Fund: IMF (Acronym), International Monetary Fund (Same)
                United States: U.S. (Acronym), US (Acronym), United States (Same)
            "#]],
        );
    }

    #[test]
    fn short_forms_mean_the_only_name_they_fit() {
        check(
            "[O Amnesty International USA], [O Amnesty International]; [O Amnesty]",
            expect![[r#"
                Amnesty International USA: Amnesty International USA (Same)
                Amnesty International: Amnesty International (Same), Amnesty (ShortForm)
            "#]],
        );
        check(
            "[O Bank of England], [O Bank of Ireland], [O Bank], [O England]",
            expect![[r#"
                Bank of England: Bank of England (Same)
                Bank of Ireland: Bank of Ireland (Same)
                Bank: Bank (Same)
                England: England (Same)
            "#]],
        );
        check(
            "[O European Commission]; [O Commission]; [O Supreme Court], [O High Court], [O Court]",
            expect![[r#"
                European Commission: European Commission (Same), Commission (LastWords)
                Supreme Court: Supreme Court (Same)
                High Court: High Court (Same)
                Court: Court (Same)
            "#]],
        );
    }

    #[test]
    fn places_and_people_are_written_in_ordinary_capitals() {
        check(
            "[L NEW YORK], [L USA], [P JOE BIDEN], [O NATO]",
            expect![[r#"
                Joe Biden: JOE BIDEN (Same)
                NATO: NATO (Same)
                New York: NEW YORK (Same)
                USA: USA (Same)
            "#]],
        );
    }

    #[test]
    fn legal_forms_and_the_make_no_other_company() {
        check(
            "[O Apple Inc.], [O Apple]; [O the Acme Co. Ltd.]; [O Macy’s]",
            expect![[r#"
                Apple: Apple Inc. (Same), Apple (Same)
                Acme Co. Ltd.: the Acme Co. Ltd. (Same)
                Macy's: Macy’s (Same)
            "#]],
        );
    }
}
