//! A person, organization or place as a subject: its names, its articles over time,
//! and who it appears with.
//!
//! Company is ranked by the log-likelihood ratio (T. Dunning, Accurate Methods for the
//! Statistics of Surprise and Coincidence, 1993): how much likelier the counts are if
//! the two depend on each other. With 10 of 1,000 articles naming one, 20 the other and
//! 5 both, it is 26.75; with the expected 0.2 together, it is 0.

use std::collections::{BTreeMap, HashMap};

use super::entities::Neighbors;
use super::error::IndexError;
use super::facets::EntityCount;
use super::name_filter::provenances;
use super::schema::Keyword;
use super::snapshot::Snapshot;
use crate::article::{Article, Kind, Provenance};
use crate::entities::{Candidate, Evidence, Register, Suggestion, candidates, judge};
use crate::query::{Field, Leaf, Order, Query, Request, Test};
use crate::text::fold_name;

/// A person, organization or place in full.
#[derive(Clone, Debug)]
pub struct Profile {
    /// What it is.
    pub kind: Kind,
    /// The name it is shown under.
    pub name: String,
    /// How many articles name it.
    pub articles: u64,
    /// Its names as written, the most frequent first.
    pub aliases: Vec<Alias>,
    /// How many articles name it in each month that has any, as yyyymm.
    pub months: Vec<(u64, u64)>,
    /// The people it appears with.
    pub people: Vec<Companion>,
    /// The organizations it appears with.
    pub organizations: Vec<Companion>,
    /// The latest articles that name it.
    pub latest: Vec<Article>,
}

/// One way in which an entity is written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alias {
    /// As written.
    pub name: String,
    /// The kind it is stored under.
    pub kind: Kind,
    /// Who says so.
    pub provenance: Provenance,
    /// In how many articles.
    pub articles: u64,
    /// Why it is a name of the entity.
    pub evidence: Evidence,
}

/// An entity that appears with another.
#[derive(Clone, Debug, PartialEq)]
pub struct Companion {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Articles that name both.
    pub together: u64,
    /// Articles that name it.
    pub articles: u64,
    /// The log-likelihood ratio.
    pub strength: f64,
}

/// Who appears with whom around one entity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Network {
    /// The entity first, then its company, the strongest first.
    pub nodes: Vec<EntityCount>,
    /// Places in `nodes` of two that appear together, with in how many articles.
    pub edges: Vec<(usize, usize, u64)>,
}

/// An entity that goes by a name that was asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Named {
    /// What it is.
    pub kind: Kind,
    /// The name it is shown under.
    pub name: String,
    /// How many articles name it.
    pub articles: u64,
    /// Whether the register leaves it out.
    pub is_hidden: bool,
}

/// How much of an entity's company is wanted.
#[derive(Clone, Copy, Debug)]
pub struct CompanyOptions {
    /// How many of each kind.
    pub limit: usize,
    /// In how many articles they must appear together.
    pub min_together: u64,
}

impl Snapshot {
    /// Returns the entities that go by `name` as a whole, of `kind` if one is given.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn entities_named(&self, name: &str, kind: Option<Kind>) -> Result<Vec<Named>, IndexError> {
        let mut found: Vec<Named> = Vec::new();
        let kinds = Kind::ALL.into_iter();
        for stored in kinds.filter(|one| kind.is_none_or(|kind| kind == *one)) {
            let entity = self.directory()?.find(stored, name);
            let named = match entity {
                Some(entity) if entity.kind() != stored => continue,
                Some(entity) if entity.is_hidden() => Named {
                    kind: stored,
                    name: entity.name().to_owned(),
                    articles: 0,
                    is_hidden: true,
                },
                Some(entity) => Named {
                    kind: stored,
                    name: entity.name().to_owned(),
                    articles: self.count(&about(&Request::new(Query::All), stored, name))?,
                    is_hidden: false,
                },
                None => {
                    let request = about(&Request::new(Query::All), stored, name);
                    let key = fold_name(name);
                    let counts = self.count_entities(&request, stored)?;
                    let Some(own) = counts.into_iter().find(|one| fold_name(&one.name) == key)
                    else {
                        continue;
                    };
                    Named {
                        kind: stored,
                        name: own.name,
                        articles: own.articles,
                        is_hidden: false,
                    }
                }
            };
            found.push(named);
        }
        Ok(found)
    }

    /// Returns the other names of the entity that is shown as `name`, as written.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn other_names(&self, kind: Kind, name: &str) -> Result<Vec<String>, IndexError> {
        let Some(entity) = self.directory()?.find(kind, name) else {
            return Ok(Vec::new());
        };
        let own = fold_name(entity.name());
        let mut names: Vec<String> = Vec::new();
        for other in entity.names().filter(|other| other.key != own) {
            if !names.iter().any(|known| known == other.written) {
                names.push(other.written.to_owned());
            }
        }
        Ok(names)
    }

    /// Returns the entities of `kind` that the register leaves out, in alphabetical order.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn hidden_entities(&self, kind: Kind) -> Result<Vec<EntityCount>, IndexError> {
        let entities = self.directory()?.entities();
        let hidden = entities.filter(|entity| entity.is_hidden() && entity.kind() == kind);
        let mut hidden: Vec<EntityCount> = hidden
            .map(|entity| EntityCount {
                kind,
                name: entity.name().to_owned(),
                articles: 0,
            })
            .collect();
        hidden.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(hidden)
    }

    /// Returns names like `name`, the likeliest first.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn names_near(&self, name: &str, kind: Option<Kind>) -> Result<Vec<Named>, IndexError> {
        const MOST: usize = 3;
        let key = fold_name(name);
        let mut near: Vec<(usize, Named)> = Vec::new();
        let kinds = Kind::ALL.into_iter();
        for kind in kinds.filter(|one| kind.is_none_or(|kind| kind == *one)) {
            for count in self.count_entities(&Request::new(Query::All), kind)? {
                let other = fold_name(&count.name);
                if let Some(distance) = crate::entities::unlikeness(&key, &other) {
                    near.push((
                        distance,
                        Named {
                            kind,
                            name: count.name,
                            articles: count.articles,
                            is_hidden: false,
                        },
                    ));
                }
            }
        }
        near.sort_by(|a, b| {
            let order = |(distance, named): &(usize, Named)| {
                (
                    *distance,
                    std::cmp::Reverse(named.articles),
                    named.name.clone(),
                )
            };
            order(a).cmp(&order(b))
        });
        Ok(near
            .into_iter()
            .take(MOST)
            .map(|(_, named)| named)
            .collect())
    }

    /// Returns how many articles match `request`.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn count(&self, request: &Request) -> Result<u64, IndexError> {
        let segments = self.matching(request)?;
        Ok(segments.iter().map(|(_, docs)| docs.len() as u64).sum())
    }

    /// Returns everything about the entity called `name`, as the articles that match
    /// `base` have it.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn profile(
        &self,
        base: &Request,
        kind: Kind,
        name: &str,
        options: CompanyOptions,
    ) -> Result<Profile, IndexError> {
        let request = about(base, kind, name);
        let mut latest = request.clone();
        latest.order = Order::Newest;
        latest.limit = 5;
        latest.want_total = false;
        latest.want_highlights = false;
        let latest = self.search(&latest)?.hits.into_iter();
        let shown = self.entities_named(name, Some(kind))?;
        Ok(Profile {
            kind,
            name: shown
                .into_iter()
                .next()
                .map_or_else(|| name.to_owned(), |one| one.name),
            articles: self.count(&request)?,
            aliases: self.aliases(&request, kind, name)?,
            months: self.count_months(&request)?,
            people: self.companions(base, (kind, name), Kind::Person, options)?,
            organizations: self.companions(base, (kind, name), Kind::Organization, options)?,
            latest: latest.map(|hit| hit.article).collect(),
        })
    }

    /// Returns the entities of `kind` that appear with `subject` more often than by
    /// chance, the strongest first.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn companions(
        &self,
        base: &Request,
        subject: (Kind, &str),
        kind: Kind,
        options: CompanyOptions,
    ) -> Result<Vec<Companion>, IndexError> {
        let request = about(base, subject.0, subject.1);
        let own = self.shown_name(subject.0, subject.1)?;
        let (all, with) = (self.count(base)?, self.count(&request)?);
        let beside = self.count_entities(&request, kind)?;
        let everywhere = self.count_entities(base, kind)?.into_iter();
        let everywhere: HashMap<String, u64> =
            everywhere.map(|one| (one.name, one.articles)).collect();
        let is_other = |one: &EntityCount| !(kind == subject.0 && own.as_ref() == Some(&one.name));
        let mut companions: Vec<Companion> = beside
            .into_iter()
            .filter(|one| one.articles >= options.min_together && is_other(one))
            .filter_map(|one| {
                let articles = *everywhere.get(&one.name)?;
                let strength = log_likelihood(one.articles, with, articles, all);
                (strength > 0.0).then_some(Companion {
                    kind,
                    name: one.name,
                    together: one.articles,
                    articles,
                    strength,
                })
            })
            .collect();
        companions.sort_by(|a, b| {
            b.strength
                .total_cmp(&a.strength)
                .then_with(|| a.name.cmp(&b.name))
        });
        companions.truncate(options.limit);
        Ok(companions)
    }

    /// Returns who appears with whom around the entity called `name`: it, the people and
    /// organizations that appear with it most strongly, and how often any two of them
    /// appear together in the articles that match `base`.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn network(
        &self,
        base: &Request,
        kind: Kind,
        name: &str,
        options: CompanyOptions,
    ) -> Result<Network, IndexError> {
        const KINDS: [Kind; 2] = [Kind::Person, Kind::Organization];
        let mut company = Vec::new();
        for other in KINDS {
            company.extend(self.companions(base, (kind, name), other, options)?);
        }
        company.sort_by(|a, b| b.strength.total_cmp(&a.strength));
        let own = self.shown_name(kind, name)?;
        let mut nodes = vec![EntityCount {
            kind,
            name: own.unwrap_or_else(|| name.to_owned()),
            articles: self.count(&about(base, kind, name))?,
        }];
        nodes.extend(company.into_iter().map(|one| EntityCount {
            kind: one.kind,
            name: one.name,
            articles: one.articles,
        }));
        let mut kinds = KINDS.to_vec();
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
        // The same request numbers the same entities the same way, so that the second
        // visit can count pairs of those that the first one named.
        let met = self.visit_entities(base, &kinds, |_| {})?;
        let place = |(kind, name): &(Kind, String)| {
            nodes
                .iter()
                .position(|node| node.kind == *kind && node.name == *name)
        };
        let places: Vec<Option<usize>> = met.iter().map(place).collect();
        let mut edges: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        self.visit_entities(base, &kinds, |entities| {
            let mut here: Vec<usize> = entities
                .iter()
                .filter_map(|entity| places.get(*entity as usize).copied().flatten())
                .collect();
            here.sort_unstable();
            for (at, a) in here.iter().enumerate() {
                for b in &here[at + 1..] {
                    *edges.entry((*a, *b)).or_default() += 1;
                }
            }
        })?;
        let edges = edges
            .into_iter()
            .map(|((a, b), count)| (a, b, count))
            .collect();
        Ok(Network { nodes, edges })
    }

    /// Returns pairs of names that may be one and on which the register says nothing,
    /// the most promising first.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn suggestions(
        &self,
        register: &Register,
        kind: Option<Kind>,
        limit: usize,
    ) -> Result<Vec<Suggestion>, IndexError> {
        // Looking at the company of a pair takes a millisecond or so.
        const MOST_PAIRS: usize = 600;
        let mut all = Vec::new();
        for kind in Kind::ALL {
            let counts = self
                .count_entities(&Request::new(Query::All), kind)?
                .into_iter();
            all.extend(counts.map(|one| Candidate {
                kind,
                name: one.name,
                articles: one.articles,
            }));
        }
        let is_open = |(a, b, _): &(usize, usize, _)| {
            let (a, b): (&Candidate, &Candidate) = (&all[*a], &all[*b]);
            let is_wanted = kind.is_none_or(|kind| kind == a.kind || kind == b.kind);
            let both = register.find(a.kind, &a.name).is_some()
                && register.find(b.kind, &b.name).is_some()
                && a.kind != b.kind;
            is_wanted && !both && !register.keeps_apart(a.kind, &a.name, &b.name)
        };
        let mut neighbors = Neighbors::new(self);
        let mut found = Vec::new();
        for (a, b, reason) in candidates(&all)
            .into_iter()
            .filter(is_open)
            .take(MOST_PAIRS)
        {
            let (one, other) = (&all[a], &all[b]);
            let company = neighbors.company(&self.stored(one)?, &self.stored(other)?)?;
            found.extend(judge(one, other, reason, company));
        }
        let gain = |one: &Suggestion| one.score * (1.0 + one.from.articles as f64).ln();
        found.sort_by(|a, b| {
            gain(b)
                .total_cmp(&gain(a))
                .then_with(|| a.id().cmp(&b.id()))
        });
        found.truncate(limit);
        Ok(found)
    }

    /// Returns the names under which an entity is stored.
    fn stored(&self, one: &Candidate) -> Result<Vec<(Kind, String)>, IndexError> {
        Ok(match self.directory()?.find(one.kind, &one.name) {
            Some(entity) => entity
                .names()
                .map(|name| (name.kind, name.written.to_owned()))
                .collect(),
            None => vec![(one.kind, one.name.clone())],
        })
    }

    /// Returns the name under which counts have the entity called `name`.
    fn shown_name(&self, kind: Kind, name: &str) -> Result<Option<String>, IndexError> {
        let named = self.entities_named(name, Some(kind))?;
        Ok(named.into_iter().next().map(|one| one.name))
    }

    /// Counts the ways in which the entity called `name` is written in the articles that
    /// match `request`.
    fn aliases(&self, request: &Request, kind: Kind, name: &str) -> Result<Vec<Alias>, IndexError> {
        let directory = self.directory()?;
        let wanted = directory.find(kind, name);
        let key = fold_name(name);
        let evidence = |stored: Kind, written: &str| match wanted {
            None => (stored == kind && fold_name(written) == key).then_some(Evidence::Canonical),
            Some(wanted) => {
                let found = directory.find(stored, written)?;
                let written = fold_name(written);
                let mut names = wanted.names();
                let name = names.find(|name| name.kind == stored && name.key == written);
                (found.number() == wanted.number()).then_some(name?.evidence)
            }
        };
        let mut counts: BTreeMap<(Kind, Provenance, String), (u64, Evidence)> = BTreeMap::new();
        for (segment, docs) in self.matching(request)? {
            let segment = self.searcher.segment_reader(segment);
            for stored in Kind::ALL {
                for provenance in provenances(request.names) {
                    let column = Keyword::Name(stored, *provenance).name();
                    let Some(column) = segment.fast_fields().str(column)? else {
                        continue;
                    };
                    let mut by_ord: BTreeMap<u64, u64> = BTreeMap::new();
                    for doc in &docs {
                        for ord in column.term_ords(*doc) {
                            *by_ord.entry(ord).or_default() += 1;
                        }
                    }
                    let ords: Vec<u64> = by_ord.keys().copied().collect();
                    let mut found = by_ord.values();
                    column
                        .dictionary()
                        .sorted_ords_to_term_cb(&ords, |term| {
                            let written = String::from_utf8_lossy(term).into_owned();
                            let count = found.next().copied().unwrap_or_default();
                            if let Some(evidence) = evidence(stored, &written) {
                                let key = (stored, *provenance, written);
                                counts.entry(key).or_insert((0, evidence)).0 += count;
                            }
                        })
                        .map_err(tantivy::TantivyError::from)?;
                }
            }
        }
        let mut aliases: Vec<Alias> = counts
            .into_iter()
            .map(|((kind, provenance, name), (articles, evidence))| Alias {
                name,
                kind,
                provenance,
                articles,
                evidence,
            })
            .collect();
        aliases.sort_by_key(|alias| std::cmp::Reverse(alias.articles));
        Ok(aliases)
    }
}

/// Returns the request for the articles of `base` that name the entity called `name`.
fn about(base: &Request, kind: Kind, name: &str) -> Request {
    let field = match kind {
        Kind::Person => Field::Person,
        Kind::Organization => Field::Organization,
        Kind::Place => Field::Place,
    };
    let leaf = Query::Leaf(Leaf {
        field,
        test: Test::Exactly(name.to_owned()),
    });
    let mut request = base.clone();
    request.query = match base.query {
        Query::All => leaf,
        _ => Query::all_of([base.query.clone(), leaf]),
    };
    request
}

/// Returns the log-likelihood ratio for two that are named in `one` and `other` of
/// `all` articles, and in `together` of them both; 0 if that is no more than chance.
pub(super) fn log_likelihood(together: u64, one: u64, other: u64, all: u64) -> f64 {
    let (k, n, m, all) = (together as f64, one as f64, other as f64, all as f64);
    if k * all <= n * m {
        return 0.0;
    }
    let part = |seen: f64, row: f64, column: f64| match seen > 0.0 {
        true => seen * (seen * all / (row * column)).ln(),
        false => 0.0,
    };
    2.0 * (part(k, n, m)
        + part(n - k, n, all - m)
        + part(m - k, all - n, m)
        + part(all - n - m + k, all - n, all - m))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn company_beyond_chance_has_strength() {
        assert_eq!(log_likelihood(1, 10, 100, 1000), 0.0);
        assert!((log_likelihood(5, 10, 20, 1000) - 26.754).abs() < 0.001);
        assert!(log_likelihood(10, 10, 10, 1000) > log_likelihood(9, 10, 10, 1000));
        assert!(log_likelihood(10, 10, 10, 10) == 0.0);
    }
}
