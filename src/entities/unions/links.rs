//! Finds which names may be one: by spelling, by legal form, by sound.

use std::collections::{BTreeMap, HashMap};

use super::super::spelling::{
    Company, System, company, is_generic, is_public_body, plain_form, romanized, squeezed,
};
use super::super::suggest;
use super::{Evidence, Key, Link, Names};
use crate::article::Kind;

impl Names<'_> {
    /// Returns everything that may be united, the surest first.
    pub(super) fn links(
        &self,
        companions: &mut dyn FnMut(usize, usize) -> suggest::Company,
    ) -> Vec<Link> {
        let mut links = self.spelling_links();
        links.extend(self.legal_links());
        links.extend(self.romanized_links(companions));
        links.sort_unstable();
        links.dedup();
        links
    }

    fn spelling_links(&self) -> Vec<Link> {
        let mut by_form: HashMap<(Kind, String), Vec<usize>> = HashMap::new();
        for (at, key) in self.keys.iter().enumerate() {
            let form = plain_form(key.kind, &key.key);
            by_form.entry((key.kind, form)).or_default().push(at);
        }
        let mut links = Vec::new();
        for ((_, form), same) in by_form {
            // `US A` is not `USA`: so few letters fall together by chance.
            if form.chars().count() < 4 {
                continue;
            }
            for (a, b) in pairs(&same) {
                let is_spelling = squeezed(&self.keys[a].key) == squeezed(&self.keys[b].key);
                let evidence = match is_spelling {
                    true => Evidence::Spelling,
                    false => Evidence::SmallWords,
                };
                links.push(Link { evidence, a, b });
            }
        }
        links
    }

    /// Unites companies with and without their legal form.
    fn legal_links(&self) -> Vec<Link> {
        let mut by_base: BTreeMap<String, Vec<(usize, Company<'_>)>> = BTreeMap::new();
        let mut bare: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, key) in self.keys.iter().enumerate() {
            if key.kind != Kind::Organization {
                continue;
            }
            match company(&key.key) {
                Some(company) => {
                    let form = plain_form(key.kind, company.base);
                    by_base.entry(form).or_default().push((at, company));
                }
                None => bare
                    .entry(plain_form(key.kind, &key.key))
                    .or_default()
                    .push(at),
            }
        }
        let mut links = Vec::new();
        for (form, companies) in by_base {
            let Some(only) = self.only_company(&companies) else {
                continue;
            };
            let mut same: Vec<usize> = only;
            let articles = same.iter().map(|at| self.keys[*at].extracted).sum();
            let bare = bare.get(&form).into_iter().flatten();
            same.extend(bare.filter(|at| self.may_stand_alone(**at, articles)));
            links.extend(pairs(&same).map(|(a, b)| Link {
                evidence: Evidence::LegalForm,
                a,
                b,
            }));
        }
        links
    }

    /// Returns the names of the one company of a base, if there is one: all forms are
    /// of one style, or one style is four times as frequent as the rest.
    fn only_company(&self, companies: &[(usize, Company<'_>)]) -> Option<Vec<usize>> {
        let mut styles: BTreeMap<String, u64> = BTreeMap::new();
        let style = |company: &Company<'_>| {
            let base = company.base.strip_prefix("the ").unwrap_or(company.base);
            let is_one_word = !base.contains(' ');
            match company.system {
                System::Any => String::new(),
                _ if is_one_word => company.form.replace("co ", ""),
                system => format!("{system:?}"),
            }
        };
        for (at, company) in companies {
            *styles.entry(style(company)).or_default() += self.keys[*at].extracted.max(1);
        }
        // `Co` alone goes with any other form.
        if styles.len() > 1 {
            styles.remove("");
        }
        let (best, count) = styles.iter().max_by_key(|(_, count)| **count)?;
        let others: u64 = styles.values().sum::<u64>() - count;
        (*count >= 4 * others).then(|| {
            let fits = |(_, company): &&(usize, Company<'_>)| {
                let style = style(company);
                style.is_empty() || style == *best
            };
            companies.iter().filter(fits).map(|(at, _)| *at).collect()
        })
    }

    /// Returns true if a name without legal form may mean the company, which `articles`
    /// name in full: it is no general word, no army or court, not more often a place or a
    /// person, and not so frequent that the company is an accident (the Treasury, Treasury Corporation).
    fn may_stand_alone(&self, at: usize, articles: u64) -> bool {
        const MOST_TO_ONE: u64 = 20;
        let Key { key, extracted, .. } = &self.keys[at];
        let is_other = |kind: Kind| {
            let other = self.by_key.get(&(kind, key.clone()));
            other.is_some_and(|other| self.keys[*other].extracted >= *extracted)
        };
        !is_generic(key)
            && !is_public_body(key)
            && key.chars().count() > 1
            && *extracted <= MOST_TO_ONE * articles.max(1)
            && !is_other(Kind::Place)
            && !is_other(Kind::Person)
    }

    /// Unites people whose names sound alike and who keep the same company.
    fn romanized_links(
        &self,
        companions: &mut dyn FnMut(usize, usize) -> suggest::Company,
    ) -> Vec<Link> {
        let mut by_sound: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
        for (at, key) in self.keys.iter().enumerate() {
            let words = key.key.split(' ').count();
            if key.kind == Kind::Person && words > 1 && key.extracted > 1 {
                let sound: Vec<String> = key.key.split(' ').map(romanized).collect();
                by_sound
                    .entry((words, sound.join(" ")))
                    .or_default()
                    .push(at);
            }
        }
        let mut links = Vec::new();
        for same in by_sound.into_values().filter(|same| same.len() > 1) {
            for (a, b) in pairs(&same) {
                if self.differ_in_one_word(a, b) && self.keep_company(a, b, companions) {
                    links.push(Link {
                        evidence: Evidence::Romanized,
                        a,
                        b,
                    });
                }
            }
        }
        links
    }

    fn differ_in_one_word(&self, a: usize, b: usize) -> bool {
        let words = self.keys[a].key.split(' ').zip(self.keys[b].key.split(' '));
        words.filter(|(one, other)| one != other).count() == 1
    }

    fn keep_company(
        &self,
        a: usize,
        b: usize,
        companions: &mut dyn FnMut(usize, usize) -> suggest::Company,
    ) -> bool {
        let most = |at: usize| {
            let seen = self.keys[at].seen.iter();
            seen.copied().max_by_key(|at| self.seen[*at].extracted)
        };
        let (Some(a), Some(b)) = (most(a), most(b)) else {
            return false;
        };
        let company = companions(a, b);
        company.together == 0 && company.shared >= 3 && company.likeness >= 0.25
    }
}

/// Returns every two of `names`, the smaller number first. More than a few names of
/// one form do not occur; a made-up archive must not take quadratic time.
fn pairs(names: &[usize]) -> impl Iterator<Item = (usize, usize)> + '_ {
    const MOST: usize = 32;
    let names = &names[..names.len().min(MOST)];
    let rest = |at: usize| names[at + 1..].iter();
    let pairs = names.iter().enumerate();
    pairs.flat_map(move |(at, a)| rest(at).map(move |b| (*a.min(b), *a.max(b))))
}
