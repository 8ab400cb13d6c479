//! Lets older articles count less: half after each half-life.
//!
//! Age is that against the newest article of the index, so that the same articles give the
//! same answer on any day; another day of reference would change all scores alike. Every
//! score is multiplied by at most 1, so that bounds stay bounds. Articles without a date
//! count as the oldest that are told apart.
//!
//! Worked example: with a half-life of 30 days, an article 60 days older than the newest
//! counts a quarter.

use tantivy::DocId;
use tantivy::columnar::Column;

use super::error::IndexError;
use super::schema::Number;
use super::snapshot::Snapshot;
use crate::query::HalfLife;

/// Older articles count alike (chosen: a score of 2^-40 is still a score).
const MOST_HALVINGS: f64 = 40.0;
/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// What age does to scores.
pub(super) struct Recency {
    published: Vec<Column<i64>>,
    newest: i64,
    half_life: f64,
}

impl Recency {
    /// Opens the dates of `snapshot`.
    pub(super) fn open(
        snapshot: &Snapshot,
        half_life: Option<HalfLife>,
    ) -> Result<Option<Recency>, IndexError> {
        let Some(half_life) = half_life else {
            return Ok(None);
        };
        let (mut published, mut newest) = (Vec::new(), i64::MIN);
        for segment in snapshot.searcher.segment_readers() {
            let column = segment.fast_fields().i64(Number::Published.name())?;
            let dates = segment.doc_ids_alive().filter_map(|doc| column.first(doc));
            newest = dates.fold(newest, i64::max);
            published.push(column);
        }
        let half_life = f64::from(half_life.days()) * DAY;
        Ok(Some(Recency {
            published,
            newest,
            half_life,
        }))
    }

    /// Returns what the score of an article is multiplied by, at most 1.
    pub(super) fn factor(&self, segment: u32, doc: DocId) -> f64 {
        let column = self.published.get(segment as usize);
        let halvings = column
            .and_then(|column| column.first(doc))
            .map_or(MOST_HALVINGS, |date| {
                (self.newest as f64 - date as f64) / self.half_life
            });
        (-halvings.clamp(0.0, MOST_HALVINGS)).exp2()
    }
}
