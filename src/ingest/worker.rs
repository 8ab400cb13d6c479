//! What one core does to a record: parse, extract, compare, find names, prepare.

use super::reader::{Item, Task};
use crate::article::{Article, Origin, Part, Provenance};
use crate::corpus::{self, ReadOptions, Rejection, RejectionKind};
use crate::extract::{self, Extracted};
use crate::index::{ContentHash, IndexError, Known, Prepared, Snapshot, Vocabularies, prepare};
use crate::names::{self, Tagger};
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
    /// An article that nobody books.
    Seen(Box<Article>, Vec<String>),
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
    tagger: Option<&'a Tagger>,
    pipeline: &'a str,
    snapshot: &'a Snapshot,
    vocabularies: Vocabularies,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        read: &'a ReadOptions,
        tagger: Option<&'a Tagger>,
        pipeline: &'a str,
        snapshot: &'a Snapshot,
    ) -> Worker<'a> {
        Worker {
            read,
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
        let (mut article, notes) = match read(raw, self.read) {
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
pub(super) fn look(task: Task, options: &ReadOptions, tagger: Option<&Tagger>) -> Outcome {
    let Task { number, size, item } = task;
    let finished = match item {
        Item::Record(raw) => match read(raw, options) {
            Err(rejection) => Finished::Item(Item::Rejected(rejection)),
            Ok(mut extracted) => {
                add_names(&mut extracted.article, tagger);
                Finished::Seen(Box::new(extracted.article), extracted.notes)
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

fn read(raw: corpus::RawRecord, options: &ReadOptions) -> Result<Extracted, Rejection> {
    let origin = raw.origin.clone();
    let record = corpus::parse(raw, options)?;
    extract::extract(record).map_err(|fault| {
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
    let Some(tagger) = tagger else { return };
    let language = article.language.as_deref().unwrap_or(Language::DEFAULT_TAG);
    if language != tagger.info().language {
        return;
    }
    // What an earlier run of newsdex found is found anew.
    article
        .names
        .retain(|name| name.provenance == Provenance::Gold);
    let mut mentions = names::find_mentions(&article.title, &article.body, tagger);
    if let Some(agency) = extract::find_dateline(&article.body).and_then(|dateline| dateline.agency)
    {
        // The agency in a dateline is where the report comes from, not what it is about.
        mentions.retain(|mention| {
            mention.part != Part::Body
                || mention.span.end() <= agency.start()
                || mention.span.start() >= agency.end()
        });
    }
    let mut found = names::unite(&article.title, &article.body, &mentions);
    // One name, however an article writes its apostrophes.
    found
        .iter_mut()
        .for_each(|name| name.canonical = name.canonical.replace('’', "'"));
    article.names.extend(found);
}
