//! Proposes pairs of names that may be one, with the evidence, for a person to
//! accept or reject. Nothing is united here.
//!
//! Pairs come from forms that names share (initials, first and last words, letters
//! but one), never from comparing every two names; how often both are named together
//! and what company they keep is asked for the most promising.

use std::collections::{BTreeMap, BTreeSet};

use super::spelling::{company, distance, initials, plain_form, squeezed};
use crate::article::Kind;
use crate::text::fold_name;

/// What company two names keep.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Company {
    /// Articles that name both.
    pub together: u64,
    /// Other names that stand beside both, in different articles.
    pub shared: usize,
    /// How alike their company is: the cosine of how often others stand beside them.
    pub likeness: f64,
}

/// A name that may be united with another: an entity as it is shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// How many articles name it.
    pub articles: u64,
}

/// Why two names may be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Reason {
    /// One is the other's initials.
    Acronym,
    /// They differ in legal forms, blanks or hyphens.
    Spelling,
    /// One has an initial or a middle name more.
    Initials,
    /// One letter or two are different.
    Letters,
    /// One is the other's last name.
    Surname,
    /// One is the beginning of the other.
    ShortForm,
    /// The same name under another kind.
    Kind,
}

impl Reason {
    /// Returns the reason as a reader is told it.
    pub fn describe(self) -> &'static str {
        match self {
            Reason::Acronym => "initials of the other",
            Reason::Spelling => "spelled or incorporated otherwise",
            Reason::Initials => "differ in initials or middle names",
            Reason::Letters => "differ in one or two letters",
            Reason::Surname => "last name of the other",
            Reason::ShortForm => "beginning of the other",
            Reason::Kind => "same name, other kind",
        }
    }

    /// How likely pairs with nothing but this reason are one (chosen by judgment;
    /// the suggestions for one archive, Reuters-21578, were read afterwards and looked right).
    fn weight(self) -> f64 {
        match self {
            Reason::Spelling => 0.8,
            Reason::Kind => 0.7,
            Reason::Acronym => 0.55,
            Reason::Initials => 0.5,
            Reason::Letters => 0.4,
            Reason::ShortForm => 0.3,
            Reason::Surname => 0.3,
        }
    }
}

/// Two names that may be one.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The one that more articles name.
    pub into: Candidate,
    /// The other.
    pub from: Candidate,
    /// Why.
    pub reason: Reason,
    /// What company they keep.
    pub company: Company,
    /// How sure it is, from 0 to 1.
    pub score: f64,
}

impl Suggestion {
    /// Returns a short name for the pair: the same as long as the two are called so.
    pub fn id(&self) -> String {
        let mut names = [&self.into, &self.from]
            .map(|one| format!("{}:{}", one.kind.plural(), fold_name(&one.name)));
        names.sort();
        blake3::hash(names.join("=").as_bytes()).to_hex()[..6].to_owned()
    }
}

/// Returns pairs of places in `all` that may be one, with the reason, the most
/// promising first.
pub fn candidates(all: &[Candidate]) -> Vec<(usize, usize, Reason)> {
    let mut finder = Finder {
        all,
        keys: all.iter().map(|one| fold_name(&one.name)).collect(),
        found: BTreeMap::new(),
    };
    finder.same_forms();
    finder.acronyms();
    finder.people();
    finder.short_forms();
    finder.letters();
    let articles = |at: usize| all[at].articles;
    let mut found: Vec<(usize, usize, Reason)> = finder
        .found
        .into_iter()
        .map(|((a, b), reason)| (a, b, reason))
        .collect();
    // A union matters as much as the articles that it brings together.
    let gain = |(a, b, reason): &(usize, usize, Reason)| {
        let least = articles(*a).min(articles(*b)) as f64;
        reason.weight() * (1.0 + least).ln()
    };
    found.sort_by(|one, other| {
        gain(other)
            .total_cmp(&gain(one))
            .then_with(|| (one.0, one.1).cmp(&(other.0, other.1)))
    });
    found
}

/// Returns the suggestion for a pair that keeps `company`, or `None` if that speaks
/// against it.
pub fn judge(
    one: &Candidate,
    other: &Candidate,
    reason: Reason,
    company: Company,
) -> Option<Suggestion> {
    // Of two that are equally frequent, the longer name says more.
    let rank = |one: &Candidate| (one.articles, one.name.chars().count(), one.name.clone());
    let (into, from) = if rank(one) >= rank(other) {
        (one, other)
    } else {
        (other, one)
    };
    // An article that names both as two knows better, but for the kinds of one name.
    let apart = company.together as f64 / from.articles.max(1) as f64;
    let apart = if reason == Reason::Kind { 0.0 } else { apart };
    let likeness = company.likeness * (company.shared.min(5) as f64 / 5.0);
    let score = (reason.weight() + 0.5 * likeness) * (1.0 - 2.0 * apart).max(0.0);
    let enough = match reason {
        Reason::Surname | Reason::ShortForm | Reason::Letters => likeness > 0.1,
        _ => score > 0.2,
    };
    (enough && score > 0.2).then(|| Suggestion {
        into: into.clone(),
        from: from.clone(),
        reason,
        company,
        score: score.min(1.0),
    })
}

struct Finder<'a> {
    all: &'a [Candidate],
    keys: Vec<String>,
    found: BTreeMap<(usize, usize), Reason>,
}

impl Finder<'_> {
    fn pair(&mut self, a: usize, b: usize, reason: Reason) {
        if a != b {
            self.found.entry((a.min(b), a.max(b))).or_insert(reason);
        }
    }

    /// Groups of at most a few names that share a form.
    fn groups(&self, form: impl Fn(Kind, &str) -> Option<String>) -> Vec<Vec<usize>> {
        const MOST: usize = 12;
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, key) in self.keys.iter().enumerate() {
            if let Some(form) = form(self.all[at].kind, key) {
                groups.entry(form).or_default().push(at);
            }
        }
        let groups = groups.into_values();
        groups
            .filter(|group| (2..=MOST).contains(&group.len()))
            .collect()
    }

    fn pair_all(&mut self, groups: Vec<Vec<usize>>, reason: Reason) {
        for group in groups {
            for (place, &a) in group.iter().enumerate() {
                for &b in &group[place + 1..] {
                    self.pair(a, b, reason);
                }
            }
        }
    }

    fn same_forms(&mut self) {
        let kinds = self.groups(|_, key| Some(key.to_owned()));
        self.pair_all(kinds, Reason::Kind);
        let spellings = self.groups(|kind, key| {
            let base = match company(key) {
                Some(company) if kind == Kind::Organization => company.base,
                _ => key,
            };
            let form = squeezed(&plain_form(kind, base));
            (form.len() > 3).then(|| format!("{}{form}", kind.plural()))
        });
        self.pair_all(spellings, Reason::Spelling);
    }

    fn acronyms(&mut self) {
        let mut full: BTreeMap<(Kind, String), BTreeSet<usize>> = BTreeMap::new();
        for (at, key) in self.keys.iter().enumerate() {
            if key.contains(' ') && self.all[at].kind != Kind::Person {
                for initials in initials(key) {
                    full.entry((self.all[at].kind, initials))
                        .or_default()
                        .insert(at);
                }
            }
        }
        for at in 0..self.all.len() {
            let Candidate { kind, name, .. } = &self.all[at];
            let is_acronym = name.chars().filter(|c| c.is_alphabetic()).count() > 1
                && !name.chars().any(char::is_lowercase);
            if let Some(names) = full
                .get(&(*kind, self.keys[at].clone()))
                .filter(|_| is_acronym)
            {
                // The most frequent readings of `NSA` are worth a question, not all fifty.
                let mut names: Vec<usize> = names.iter().copied().collect();
                names.sort_by_key(|at| std::cmp::Reverse(self.all[*at].articles));
                for full in names.into_iter().take(2) {
                    self.pair(at, full, Reason::Acronym);
                }
            }
        }
    }

    fn people(&mut self) {
        let first_and_last = self.groups(|kind, key| {
            let (first, last) = (key.split(' ').next()?, key.rsplit(' ').next()?);
            (kind == Kind::Person && first != last)
                .then(|| format!("{} {last}", first.chars().next().unwrap_or_default()))
        });
        for group in first_and_last {
            for (place, &a) in group.iter().enumerate() {
                for &b in &group[place + 1..] {
                    if may_be_one_person(&self.keys[a], &self.keys[b]) {
                        self.pair(a, b, Reason::Initials);
                    }
                }
            }
        }
        let mut by_last: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, key) in self.keys.iter().enumerate() {
            if self.all[at].kind == Kind::Person
                && let Some((_, last)) = key.rsplit_once(' ')
            {
                by_last.entry(last.to_owned()).or_default().push(at);
            }
        }
        for at in 0..self.all.len() {
            let is_bare = self.all[at].kind == Kind::Person && !self.keys[at].contains(' ');
            let full = by_last.get(&self.keys[at]).filter(|_| is_bare);
            let most = full.and_then(|full| full.iter().max_by_key(|at| self.all[**at].articles));
            if let Some(&most) = most {
                self.pair(at, most, Reason::Surname);
            }
        }
    }

    fn short_forms(&mut self) {
        let mut by_key: BTreeMap<(Kind, &str), usize> = BTreeMap::new();
        for (at, key) in self.keys.iter().enumerate() {
            by_key.insert((self.all[at].kind, key), at);
        }
        let mut found = Vec::new();
        for (at, key) in self.keys.iter().enumerate() {
            if self.all[at].kind != Kind::Organization {
                continue;
            }
            let mut short = key.as_str();
            while let Some((rest, _)) = short.rsplit_once(' ') {
                short = rest;
                if let Some(&other) = by_key.get(&(Kind::Organization, short)) {
                    found.push((at, other));
                }
            }
        }
        for (a, b) in found {
            self.pair(a, b, Reason::ShortForm);
        }
    }

    /// Pairs names that share their first or their last half and differ little.
    fn letters(&mut self) {
        let half = |from_end: bool| {
            move |kind: Kind, key: &str| {
                let letters: Vec<char> = key.chars().collect();
                let half = letters.len() / 2;
                let part: String = match from_end {
                    true => letters[letters.len() - half..].iter().collect(),
                    false => letters[..half].iter().collect(),
                };
                (letters.len() >= 8).then(|| format!("{} {part}", kind.plural()))
            }
        };
        for from_end in [false, true] {
            for group in self.groups(half(from_end)) {
                for (place, &a) in group.iter().enumerate() {
                    for &b in &group[place + 1..] {
                        if differ_in_letters(&self.keys[a], &self.keys[b]) {
                            self.pair(a, b, Reason::Letters);
                        }
                    }
                }
            }
        }
    }
}

/// Tells whether first names, with the same last name, may be one person's.
fn may_be_one_person(one: &str, other: &str) -> bool {
    let firsts = |key: &str| -> Vec<String> {
        let mut words: Vec<String> = key.split(' ').map(str::to_owned).collect();
        words.pop();
        words
    };
    let (one, other) = (firsts(one), firsts(other));
    let fits = |a: &str, b: &str| a.starts_with(b) || b.starts_with(a);
    one.iter().zip(&other).all(|(a, b)| fits(a, b))
}

/// Tells whether two names are one but for a slip: digits and initials are no slips.
fn differ_in_letters(one: &str, other: &str) -> bool {
    let digits = |key: &str| key.chars().filter(char::is_ascii_digit).collect::<String>();
    let words = (one.split(' ').count(), other.split(' ').count());
    let longest = one.chars().count().max(other.chars().count());
    let differing = one.split(' ').zip(other.split(' ')).find(|(a, b)| a != b);
    let is_word = differing.is_none_or(|(a, b)| a.len() > 3 && b.len() > 3);
    words.0 == words.1
        && digits(one) == digits(other)
        && is_word
        && distance(one, other) <= if longest > 12 { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[(&str, Kind)], expected: &[(&str, &str, Reason)]) {
        let all: Vec<Candidate> = names
            .iter()
            .map(|(name, kind)| Candidate {
                kind: *kind,
                name: name.to_string(),
                articles: 5,
            })
            .collect();
        let found = candidates(&all);
        let shown: Vec<(&str, &str, Reason)> = found
            .iter()
            .map(|(a, b, reason)| (all[*a].name.as_str(), all[*b].name.as_str(), *reason))
            .collect();
        assert_eq!(shown, expected, "{names:?}");
    }

    #[test]
    fn pairs_have_a_reason() {
        use Kind::{Organization, Person, Place};
        check(
            &[
                ("BBC", Organization),
                ("British Broadcasting Corporation", Organization),
            ],
            &[("BBC", "British Broadcasting Corporation", Reason::Acronym)],
        );
        check(
            &[
                ("Joe Biden", Person),
                ("Joseph Biden", Person),
                ("Jill Biden", Person),
            ],
            &[],
        );
        check(
            &[("J. Biden", Person), ("Joe Biden", Person)],
            &[("J. Biden", "Joe Biden", Reason::Initials)],
        );
        check(
            &[("Biden", Person), ("Joe Biden", Person)],
            &[("Biden", "Joe Biden", Reason::Surname)],
        );
        check(
            &[("Mikhail Gorbachev", Person), ("Mikhail Gorbachov", Person)],
            &[("Mikhail Gorbachev", "Mikhail Gorbachov", Reason::Letters)],
        );
        check(
            &[("Hezbollah", Organization), ("Hezbollah", Person)],
            &[("Hezbollah", "Hezbollah", Reason::Kind)],
        );
        check(
            &[
                ("Channel 4 News", Organization),
                ("Channel 5 News", Organization),
            ],
            &[],
        );
        check(&[("Oslo", Place), ("Bergen", Place)], &[]);
    }

    #[test]
    fn names_that_stand_side_by_side_are_two() {
        let one = |name: &str| Candidate {
            kind: Kind::Person,
            name: name.into(),
            articles: 4,
        };
        let (a, b) = (one("G. Bush"), one("George Bush"));
        let company = Company {
            together: 0,
            shared: 6,
            likeness: 0.8,
        };
        let found = judge(&a, &b, Reason::Initials, company).unwrap();
        assert!(found.score > 0.8, "{found:?}");
        let together = Company {
            together: 3,
            ..company
        };
        assert_eq!(judge(&a, &b, Reason::Initials, together), None);
    }
}
