//! What one core does to a record: parse, extract, compare, find names, prepare.

use super::date_order::DateOrders;
use super::reader::{Item, Task};
use crate::article::{Article, DateRules, Mention, Name, Origin, Part, Provenance, Span};
use crate::corpus::{self, ReadOptions, Rejection, RejectionKind};
use crate::extract::{self, Extracted};
use crate::index::{ContentHash, IndexError, Known, Prepared, Snapshot, Vocabularies, prepare};
use crate::names::{self, Explanation, Tagger};
use crate::text::Language;

/// A finished task.
pub(super) struct Outcome {
    pub(super) number: u64,
    pub(super) size: u64,
    pub(super) result: Result<Finished, IndexError>,
}

/// What became of a task.
pub(super) enum Finished {
    /// An article, to be booked.
    Article(Box<Worked>),
    /// An article that nobody books, with the reasons for its names if they were asked for.
    Seen(Box<Article>, Vec<String>, Option<Explanation>),
    /// Not a record, or one that came through unread.
    Item(Item),
}

/// An article and what the index had in its place.
pub(super) struct Worked {
    pub(super) id: String,
    pub(super) origin: Origin,
    pub(super) notes: Vec<String>,
    pub(super) known: Option<Known>,
    /// Nothing if the index has the article just so.
    pub(super) prepared: Option<Prepared>,
}

pub(super) struct Worker<'a> {
    read: &'a ReadOptions,
    orders: &'a DateOrders<'a>,
    tagger: Option<&'a Tagger>,
    pipeline: &'a str,
    snapshot: &'a Snapshot,
    vocabularies: Vocabularies,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        read: &'a ReadOptions,
        orders: &'a DateOrders<'a>,
        tagger: Option<&'a Tagger>,
        pipeline: &'a str,
        snapshot: &'a Snapshot,
    ) -> Worker<'a> {
        Worker {
            read,
            orders,
            tagger,
            pipeline,
            snapshot,
            vocabularies: Vocabularies::default(),
        }
    }

    pub(super) fn work(&mut self, task: Task) -> Outcome {
        let Task { number, size, item } = task;
        let result = match item {
            Item::Record(raw) => self.record(raw),
            other => Ok(Finished::Item(other)),
        };
        Outcome {
            number,
            size,
            result,
        }
    }

    fn record(&mut self, raw: corpus::RawRecord) -> Result<Finished, IndexError> {
        let origin = raw.origin.clone();
        let (mut article, notes) = match read(raw, self.read, self.orders) {
            Ok(extracted) => (extracted.article, extracted.notes),
            Err(rejection) => return Ok(Finished::Item(Item::Rejected(rejection))),
        };
        let hash = ContentHash::of(&article, self.pipeline);
        let known = self.snapshot.find(&article.id)?;
        let is_same = known
            .as_ref()
            .is_some_and(|known| known.hash == hash && known.file == article.origin.file);
        let prepared = if is_same {
            None
        } else {
            add_names(&mut article, self.tagger);
            Some(prepare(&article, hash, &mut self.vocabularies))
        };
        let id = article.id.to_string();
        Ok(Finished::Article(Box::new(Worked {
            id,
            origin,
            notes,
            known,
            prepared,
        })))
    }
}

/// Makes an article of a task's record, without an index.
pub(super) fn look(
    task: Task,
    options: &ReadOptions,
    orders: &DateOrders<'_>,
    tagger: Option<&Tagger>,
    explain: bool,
) -> Outcome {
    let Task { number, size, item } = task;
    let finished = match item {
        Item::Record(raw) => match read(raw, options, orders) {
            Err(rejection) => Finished::Item(Item::Rejected(rejection)),
            Ok(extracted) => {
                let mut article = extracted.article;
                let explanation = if explain {
                    Some(explain_names(&mut article, tagger))
                } else {
                    add_names(&mut article, tagger);
                    None
                };
                Finished::Seen(Box::new(article), extracted.notes, explanation)
            }
        },
        other => Finished::Item(other),
    };
    Outcome {
        number,
        size,
        result: Ok(finished),
    }
}

fn read(
    raw: corpus::RawRecord,
    options: &ReadOptions,
    orders: &DateOrders<'_>,
) -> Result<Extracted, Rejection> {
    let origin = raw.origin.clone();
    let record = corpus::parse(raw, options)?;
    let rules = DateRules {
        order: orders.of(&record),
        zone: options.dates.zone.clone(),
    };
    extract::extract(record, &rules).map_err(|fault| {
        let kind = RejectionKind::Failed;
        Rejection {
            origin,
            kind,
            reason: fault.to_string(),
        }
    })
}

/// Adds the names that the tagger finds to those that the record brought along.
/// Articles in other languages than the tagger's keep what they have.
fn add_names(article: &mut Article, tagger: Option<&Tagger>) {
    let Some(tagger) = reader_of(article, tagger) else {
        return;
    };
    let agency = dateline_agency(article);
    let mut mentions = names::find_mentions(&article.title, &article.body, tagger);
    mentions.retain(|mention| !is_within(mention, agency));
    put_names(
        article,
        names::unite(&article.title, &article.body, &mentions),
    );
}

/// Does what [`add_names`] does, and tells why.
fn explain_names(article: &mut Article, tagger: Option<&Tagger>) -> Explanation {
    let Some(tagger) = reader_of(article, tagger) else {
        return Explanation::default();
    };
    let agency = dateline_agency(article);
    let mut sightings = names::find_sightings(&article.title, &article.body, tagger);
    sightings.retain(|sighting| !is_within(&sighting.mention, agency));
    let mentions: Vec<Mention> = sightings.iter().map(|sighting| sighting.mention).collect();
    let union = names::unite_with_rules(&article.title, &article.body, &mentions);
    let explanation = Explanation::new(&sightings, &union);
    put_names(article, union.into_names());
    explanation
}

/// Returns the tagger if it reads the article's language.
fn reader_of<'t>(article: &Article, tagger: Option<&'t Tagger>) -> Option<&'t Tagger> {
    let language = article.language.as_deref().unwrap_or(Language::DEFAULT_TAG);
    tagger.filter(|tagger| tagger.info().language == language)
}

/// Returns where the agency of a dateline stands: it is where the report comes from,
/// not what it is about.
fn dateline_agency(article: &Article) -> Option<Span> {
    extract::find_dateline(&article.body).and_then(|dateline| dateline.agency)
}

fn is_within(mention: &Mention, agency: Option<Span>) -> bool {
    agency.is_some_and(|agency| {
        mention.part == Part::Body
            && mention.span.end() > agency.start()
            && mention.span.start() < agency.end()
    })
}

/// Puts `found` in the place of what an earlier run of newsdex found.
fn put_names(article: &mut Article, found: Vec<Name>) {
    article
        .names
        .retain(|name| name.provenance == Provenance::Gold);
    article.names.extend(found);
}
