//! Unites the spelling variants of a whole archive's names, and what the register
//! says, into one directory.
//!
//! Decided on the names that occur and on how many articles have them; each union
//! has its [`Evidence`]:
//!
//! - names of one kind whose letters are the same but for case, accents, hyphens,
//!   blanks, stops, "the", "and", and words written short (`Dept.`);
//! - a company with and without its legal form, as long as the bare name is no
//!   general word and no more frequent place or person, and only one company of
//!   that name is about: with `Acme Inc` and `Acme Ltd` side by side, the bare name
//!   goes with one that is four times as frequent as the other, or with none;
//! - people one of whose names is another spelling of a foreign sound (Osama, Usama),
//!   if they are never named side by side and keep the same company.
//!
//! What a news reader keeps apart has other words, numbers, initials or generations,
//! and none of these is ever dropped. Names that only editors use stay alone, no two
//! editors' names are united, and nothing is united against `not_same_as` or across
//! two entries of the register.
//!
//! Linear in the names but for sorting; the same names give the same directory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::directory::{Directory, Draft};
use super::register::Register;
use super::spelling::company;
use super::suggest;
use crate::article::Kind;
use crate::text::{fold, fold_name};

mod links;

/// A name as it is stored, with how many articles have it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seen {
    /// The kind it is stored under.
    pub kind: Kind,
    /// The name as written.
    pub name: String,
    /// Articles in which newsdex found it.
    pub extracted: u64,
    /// Articles to which editors gave it.
    pub gold: u64,
}

/// Why a name is one of its entity's names.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Evidence {
    /// It is the entity's name.
    Canonical,
    /// The register says so.
    Register,
    /// The same letters, spaced or hyphenated otherwise.
    Spelling,
    /// With "the", "and" or a word written short.
    SmallWords,
    /// With or without a legal form.
    LegalForm,
    /// Another spelling of a foreign sound, in the same company.
    Romanized,
}

impl Evidence {
    const ALL: [Evidence; 6] = [
        Evidence::Canonical,
        Evidence::Register,
        Evidence::Spelling,
        Evidence::SmallWords,
        Evidence::LegalForm,
        Evidence::Romanized,
    ];

    /// Returns the evidence as a reader is told it.
    pub fn describe(self) -> &'static str {
        match self {
            Evidence::Canonical => "the name itself",
            Evidence::Register => "entities.toml",
            Evidence::Spelling => "spelled otherwise",
            Evidence::SmallWords => "small or shortened words",
            Evidence::LegalForm => "legal form",
            Evidence::Romanized => "foreign sound, same company",
        }
    }

    pub(super) fn number(self) -> u32 {
        let at = Evidence::ALL.iter().position(|known| *known == self);
        at.unwrap_or_default() as u32
    }

    pub(super) fn of_number(number: u32) -> Evidence {
        let known = Evidence::ALL.get(number as usize);
        known.copied().unwrap_or(Evidence::Canonical)
    }
}

/// Unites `seen` and `register`. `companions` tells what company two names keep, as
/// places in `seen`; it is asked for few pairs.
pub fn directory_of(
    seen: &[Seen],
    register: &Register,
    companions: &mut dyn FnMut(usize, usize) -> suggest::Company,
) -> Directory {
    let mut names = Names::of(seen);
    names.add_register(register);
    let mut groups = Groups::new(&names);
    groups.apply_register(&names, register);
    let links = names.links(companions);
    for link in &links {
        groups.unite(&names, link);
    }
    Directory::build(&groups.drafts(&names, register))
}

/// A folded name with the ways it is written.
#[derive(Debug)]
struct Key {
    kind: Kind,
    key: String,
    /// Places in what was seen.
    seen: Vec<usize>,
    extracted: u64,
    gold: u64,
}

/// All folded names, in the order of kind and name.
struct Names<'s> {
    seen: &'s [Seen],
    keys: Vec<Key>,
    by_key: HashMap<(Kind, String), usize>,
}

/// Two names that may be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
struct Link {
    evidence: Evidence,
    a: usize,
    b: usize,
}

impl<'s> Names<'s> {
    fn of(seen: &'s [Seen]) -> Names<'s> {
        let mut by_key: BTreeMap<(Kind, String), Vec<usize>> = BTreeMap::new();
        for (at, one) in seen.iter().enumerate() {
            by_key
                .entry((one.kind, fold_name(&one.name)))
                .or_default()
                .push(at);
        }
        let mut names = Names {
            seen,
            keys: Vec::with_capacity(by_key.len()),
            by_key: HashMap::with_capacity(by_key.len()),
        };
        for ((kind, key), places) in by_key {
            names.push(kind, key, places);
        }
        names
    }

    fn push(&mut self, kind: Kind, key: String, seen: Vec<usize>) {
        let total = |count: fn(&Seen) -> u64| seen.iter().map(|at| count(&self.seen[*at])).sum();
        let (extracted, gold) = (total(|one| one.extracted), total(|one| one.gold));
        self.by_key.insert((kind, key.clone()), self.keys.len());
        self.keys.push(Key {
            kind,
            key,
            seen,
            extracted,
            gold,
        });
    }

    /// Adds the names of the register that no article has.
    fn add_register(&mut self, register: &Register) {
        for entry in register.entries() {
            for kind in entry.kinds() {
                for name in entry.names() {
                    let key = fold_name(name);
                    if !self.by_key.contains_key(&(kind, key.clone())) {
                        self.push(kind, key, Vec::new());
                    }
                }
            }
        }
    }

    fn find(&self, kind: Kind, name: &str) -> Option<usize> {
        self.by_key.get(&(kind, fold_name(name))).copied()
    }
}

/// Which names are united so far: a disjoint-set forest whose roots know their members.
struct Groups {
    root: Vec<usize>,
    members: Vec<Vec<usize>>,
    /// The register's entry that a group belongs to.
    entry: Vec<Option<usize>>,
    /// Names that must stay out of a group.
    apart: Vec<Vec<usize>>,
    evidence: Vec<Evidence>,
}

impl Groups {
    fn new(names: &Names<'_>) -> Groups {
        let count = names.keys.len();
        Groups {
            root: (0..count).collect(),
            members: (0..count).map(|at| vec![at]).collect(),
            entry: vec![None; count],
            apart: vec![Vec::new(); count],
            evidence: vec![Evidence::Canonical; count],
        }
    }

    fn apply_register(&mut self, names: &Names<'_>, register: &Register) {
        for (number, entry) in register.entries().iter().enumerate() {
            let keys = entry
                .kinds()
                .flat_map(|kind| entry.names().map(move |name| (kind, name)));
            let mut keys = keys.filter_map(|(kind, name)| names.find(kind, name));
            let Some(first) = keys.next() else { continue };
            self.entry[first] = Some(number);
            for other in keys {
                self.join(first, other, Evidence::Register);
            }
        }
        for entry in register.entries() {
            let Some(own) = names.find(entry.kind, &entry.name) else {
                continue;
            };
            for kind in entry.kinds() {
                let apart = entry.not_same_as.iter();
                let apart = apart.filter_map(|name| names.find(kind, name));
                let root = self.root[own];
                self.apart[root].extend(apart);
            }
        }
    }

    /// Unites what `link` links, unless something is against it.
    fn unite(&mut self, names: &Names<'_>, link: &Link) {
        let (a, b) = (self.root[link.a], self.root[link.b]);
        let has_two_entries = self.entry[a].is_some() && self.entry[b].is_some();
        if a == b || has_two_entries || self.is_apart(a, b) || self.is_apart(b, a) {
            return;
        }
        let only_gold = |at: usize| names.keys[at].extracted == 0 && names.keys[at].gold > 0;
        let editors = |root: usize| {
            let members = self.members[root].iter();
            members.filter(|at| names.keys[**at].gold > 0).count()
        };
        let is_code = only_gold(link.a) || only_gold(link.b);
        let registered = self.entry[a].is_some() || self.entry[b].is_some();
        if is_code || (!registered && editors(a) + editors(b) > 1) {
            return;
        }
        self.join(link.a, link.b, link.evidence);
    }

    fn is_apart(&self, a: usize, b: usize) -> bool {
        self.apart[a].iter().any(|at| self.root[*at] == b)
    }

    fn join(&mut self, a: usize, b: usize, evidence: Evidence) {
        let (a, b) = (self.root[a], self.root[b]);
        if a == b {
            return;
        }
        // The group of an entry takes the other in; else the larger one does.
        let entry_decides = self.entry[a].is_some() != self.entry[b].is_some();
        let takes = match entry_decides {
            true => self.entry[a].is_some(),
            false => self.members[a].len() >= self.members[b].len(),
        };
        let (to, from) = if takes { (a, b) } else { (b, a) };
        let moved = std::mem::take(&mut self.members[from]);
        for member in &moved {
            self.root[*member] = to;
            if self.evidence[*member] == Evidence::Canonical {
                self.evidence[*member] = evidence;
            }
        }
        for at in [to, from] {
            if self.evidence[at] == Evidence::Canonical {
                self.evidence[at] = evidence;
            }
        }
        self.members[to].extend(moved);
        let apart = std::mem::take(&mut self.apart[from]);
        self.apart[to].extend(apart);
        self.entry[to] = self.entry[to].or(self.entry[from]);
    }

    fn drafts(&self, names: &Names<'_>, register: &Register) -> Vec<Draft> {
        let roots: BTreeSet<usize> = self.root.iter().copied().collect();
        let mut drafts = Vec::new();
        for root in roots {
            let mut members = self.members[root].clone();
            members.sort_unstable();
            let entry = self.entry[root].map(|at| &register.entries()[at]);
            let is_plain = members.len() == 1 && names.keys[root].seen.len() < 2;
            if entry.is_none() && is_plain {
                continue;
            }
            let mut draft = Draft {
                kind: Some(names.keys[root].kind),
                ..Draft::default()
            };
            match entry {
                Some(entry) => {
                    draft.kind = Some(entry.kind);
                    draft.name = entry.name.clone();
                    draft.is_hidden = entry.hide;
                    draft.is_registered = true;
                }
                None => {
                    draft.name = names.canonical(&members);
                    draft.gold_name = names.editors_spelling(&members);
                }
            }
            let own = fold_name(&draft.name);
            for at in members {
                let key = &names.keys[at];
                let is_own = key.key == own && Some(key.kind) == draft.kind;
                let evidence = match (is_own, entry) {
                    (true, _) => Evidence::Canonical,
                    (false, Some(entry))
                        if entry.names().any(|name| fold_name(name) == key.key) =>
                    {
                        Evidence::Register
                    }
                    // The first of two is compared with itself otherwise.
                    (false, _) => self.evidence[at],
                };
                let written = match names.written(&[at], |one| one.extracted * 2 + one.gold) {
                    name if name.is_empty() => entry
                        .and_then(|entry| entry.names().find(|name| fold_name(name) == key.key))
                        .unwrap_or(&key.key)
                        .to_owned(),
                    name => name,
                };
                draft
                    .names
                    .push((key.kind, key.key.clone(), written, evidence));
            }
            drafts.push(draft);
        }
        drafts
    }
}

impl Names<'_> {
    /// Returns the best spelling of a group: without legal form, "the" and shouting
    /// where it is also written so, and then the most frequent.
    fn canonical(&self, members: &[usize]) -> String {
        let is_plain = |at: &usize| {
            let key = &self.keys[*at];
            key.extracted > 0 && company(&key.key).is_none() && !key.key.starts_with("the ")
        };
        let plain: Vec<usize> = members.iter().copied().filter(is_plain).collect();
        let best = if plain.is_empty() { members } else { &plain };
        let extracted = self.written(best, |one| one.extracted);
        if extracted.is_empty() {
            self.written(best, |one| one.gold)
        } else {
            self.calmed(extracted, members)
        }
    }

    /// Returns a name in capitals as a longer name of the group has it: `KRAFT` as in
    /// `Kraft Inc`. One of few letters may be an acronym.
    fn calmed(&self, name: String, members: &[usize]) -> String {
        const ACRONYM: usize = 4;
        if name.chars().any(char::is_lowercase) || name.chars().count() <= ACRONYM {
            return name;
        }
        let key = fold_name(&name);
        let places = members.iter().flat_map(|at| &self.keys[*at].seen);
        let longer = places.map(|at| self.seen[*at].name.as_str());
        let beginnings = longer.filter_map(|longer| {
            let ends = longer.match_indices(' ').map(|(at, _)| at);
            let beginning = ends.filter_map(|end| longer.get(..end));
            let mut same = beginning.filter(|beginning| fold_name(beginning) == key);
            same.next()
        });
        let mut calm = beginnings.filter(|name| name.chars().any(char::is_lowercase));
        calm.next().map_or(name.clone(), str::to_owned)
    }

    /// Returns how editors write a group's name; empty if none of them does.
    fn editors_spelling(&self, members: &[usize]) -> String {
        self.written(members, |one| one.gold)
    }

    /// Returns the spelling with the highest count; empty if none has any.
    fn written(&self, members: &[usize], count: impl Fn(&Seen) -> u64) -> String {
        let places = members.iter().flat_map(|at| &self.keys[*at].seen);
        let counted = places.map(|at| &self.seen[*at]);
        let best = counted.filter(|one| count(one) > 0).max_by(|one, other| {
            let rank = |seen: &Seen| (!is_shouted(&seen.name), count(seen));
            rank(one)
                .cmp(&rank(other))
                .then_with(|| other.name.cmp(&one.name))
        });
        best.map(|one| one.name.clone()).unwrap_or_default()
    }
}

/// Returns true for a name of several words in capitals. One word may be an acronym.
fn is_shouted(name: &str) -> bool {
    fold(name).contains(' ') && !name.chars().any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOGETHER: suggest::Company = suggest::Company {
        together: 1,
        shared: 0,
        likeness: 0.0,
    };

    fn seen(line: &str) -> Seen {
        let mut parts = line.split('|');
        let kind = match parts.next() {
            Some("p") => Kind::Person,
            Some("o") => Kind::Organization,
            _ => Kind::Place,
        };
        let name = parts.next().unwrap().to_owned();
        let mut count = || parts.next().map_or(0, |count| count.parse().unwrap());
        Seen {
            kind,
            name,
            extracted: count(),
            gold: count(),
        }
    }

    fn shown(names: &[&str], register: &str, company: suggest::Company) -> String {
        let seen: Vec<Seen> = names.iter().map(|line| seen(line)).collect();
        let register = Register::parse(register).unwrap();
        let directory = directory_of(&seen, &register, &mut |_, _| company);
        let mut lines: Vec<String> = directory
            .entities()
            .map(|entity| {
                let names: Vec<&str> = entity.names().map(|name| name.written).collect();
                format!("{} = {}", entity.name(), names.join(", "))
            })
            .collect();
        lines.sort();
        lines.join("; ")
    }

    fn check(names: &[&str], expected: &str) {
        assert_eq!(shown(names, "", TOGETHER), expected, "{names:?}");
    }

    #[test]
    fn variants_of_one_name_are_united() {
        check(
            &["o|Apple Inc.|9", "o|Apple|2"],
            "Apple = Apple, Apple Inc.",
        );
        check(
            &["o|Acme Corp|3", "o|ACME CORP|9", "o|The Acme Corporation|1"],
            "Acme Corp = Acme Corp, The Acme Corporation",
        );
        check(
            &["p|J.K. Rowling|2", "p|J. K. Rowling|1"],
            "J.K. Rowling = J. K. Rowling, J.K. Rowling",
        );
        check(&["l|U.S.|9", "l|US|2"], "U.S. = U.S.");
        check(&["o|Nato|4", "o|NATO|3"], "Nato = Nato");
        check(
            &["o|Coca-Cola|3", "o|Coca Cola Co|2", "o|CocaCola|1"],
            "Coca-Cola = Coca-Cola, Coca Cola Co, CocaCola",
        );
    }

    #[test]
    fn what_a_reader_keeps_apart_stays_apart() {
        for names in [
            ["o|Bank of England|9", "o|Bank of Ireland|9"],
            ["p|John Smith|9", "p|Jane Smith|9"],
            ["p|George Bush|9", "p|George W. Bush|9"],
            ["p|Robert Kennedy|9", "p|Robert Kennedy Jr.|9"],
            ["o|Amnesty International|9", "o|Amnesty International USA|9"],
            ["o|Channel 4|9", "o|Channel 5|9"],
            ["o|National Corp|9", "o|National|9"],
            ["o|U.S. Army Corp|2", "o|U.S. Army|9"],
            ["o|Aluminum Co|4", "o|Aluminum|9"],
            ["o|Acme Inc|5", "o|Acme Ltd|5"],
            ["o|Victoria|5", "l|Victoria|5"],
            ["o|Labour Party|5", "o|Labor Party|5"],
        ] {
            check(&names, "");
        }
        check(&["o|Treasury|90", "o|Treasury Corporation|1"], "");
        check(&["o|Texas Inc|2", "o|Texas|3", "l|Texas|90"], "");
        check(&["o|Acme Inc|2", "o|Acme Ltd|2", "o|Acme|9"], "");
        check(
            &["o|Acme Inc|12", "o|Acme Ltd|2", "o|Acme|9"],
            "Acme = Acme, Acme Inc",
        );
    }

    #[test]
    fn foreign_sounds_need_evidence() {
        let names = ["p|Osama bin Laden|9", "p|Usama bin Laden|4"];
        check(&names, "");
        let company = suggest::Company {
            together: 0,
            shared: 5,
            likeness: 0.5,
        };
        assert_eq!(
            shown(&names, "", company),
            "Osama bin Laden = Osama bin Laden, Usama bin Laden"
        );
    }

    #[test]
    fn editors_names_stay_as_written_until_the_register_unites_them() {
        check(&["o|worldbank|0|9", "o|World Bank|5"], "");
        check(&["l|usa|0|9", "l|USA|5"], "USA = USA");
        check(&["o|Apple Inc|1|1", "o|Apple|1|1"], "");
        let register = "[[entity]]\nname = \"World Bank\"\nkind = \"organization\"\naliases = [\"worldbank\"]\n";
        assert_eq!(
            shown(&["o|worldbank|0|9", "o|World Bank|5"], register, TOGETHER),
            "World Bank = World Bank, worldbank"
        );
    }

    #[test]
    fn the_register_has_the_last_word() {
        let apart = "[[entity]]\nname = \"Apple Inc.\"\nkind = \"organization\"\nnot_same_as = [\"Apple\"]\n";
        assert_eq!(
            shown(
                &["o|Apple Inc.|9", "o|Apple|2", "o|Apple Corp.|9"],
                apart,
                TOGETHER
            ),
            "Apple Inc. = Apple Inc."
        );
        let merged = "[[entity]]\nname = \"Apple Computer\"\nkind = \"organization\"\naliases = [\"Apple\"]\n";
        assert_eq!(
            shown(&["o|Apple Inc.|9", "o|Apple|2"], merged, TOGETHER),
            "Apple Computer = Apple, Apple Inc., Apple Computer"
        );
        let kinds =
            "[[entity]]\nname = \"Hezbollah\"\nkind = \"organization\"\ntaken_for = [\"person\"]\n";
        assert_eq!(
            shown(&["p|Hezbollah|1", "o|Hezbollah|9"], kinds, TOGETHER),
            "Hezbollah = Hezbollah, Hezbollah"
        );
    }
}
