//! What one core does to a record: parse, extract, compare, find names, prepare.

use super::reader::{Item, Task};
use crate::article::{Article, Origin, Provenance};
use crate::corpus::{self, ReadOptions, Rejection, RejectionKind};
use crate::extract;
use crate::index::{ContentHash, IndexError, Known, Prepared, Snapshot, Stemmers, prepare};
use crate::names::{Tagger, find_names};

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
    stemmers: Stemmers,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        read: &'a ReadOptions,
        tagger: Option<&'a Tagger>,
        pipeline: &'a str,
        snapshot: &'a Snapshot,
    ) -> Worker<'a> {
        Worker { read, tagger, pipeline, snapshot, stemmers: Stemmers::default() }
    }

    pub(super) fn work(&mut self, task: Task) -> Outcome {
        let Task { number, size, item } = task;
        let result = match item {
            Item::Record(raw) => self.record(raw),
            other => Ok(Finished::Item(other)),
        };
        Outcome { number, size, result }
    }

    fn record(&mut self, raw: corpus::RawRecord) -> Result<Finished, IndexError> {
        let origin = raw.origin.clone();
        let record = match corpus::parse(raw, self.read) {
            Ok(record) => record,
            Err(rejection) => return Ok(Finished::Item(Item::Rejected(rejection))),
        };
        let (mut article, notes) = match extract::extract(record) {
            Ok(extracted) => (extracted.article, extracted.notes),
            Err(fault) => {
                let kind = RejectionKind::Failed;
                let rejection = Rejection { origin, kind, reason: fault.to_string() };
                return Ok(Finished::Item(Item::Rejected(rejection)));
            }
        };
        let hash = ContentHash::of(&article, self.pipeline);
        let known = self.snapshot.find(&article.id)?;
        let is_same = known.as_ref().is_some_and(|known| {
            known.hash == hash && known.file == article.origin.file
        });
        let prepared = if is_same {
            None
        } else {
            add_names(&mut article, self.tagger);
            Some(prepare(&article, hash, &mut self.stemmers))
        };
        let id = article.id.to_string();
        Ok(Finished::Article(Box::new(Worked { id, origin, notes, known, prepared })))
    }
}

/// Adds the names that the tagger finds to those that the record brought along.
pub(super) fn add_names(article: &mut Article, tagger: Option<&Tagger>) {
    // What an earlier run of newsdex found is found anew, or left out with the rest.
    if tagger.is_some() {
        article.names.retain(|name| name.provenance == Provenance::Gold);
    }
    if let Some(tagger) = tagger {
        article.names.extend(find_names(article, tagger));
    }
}
