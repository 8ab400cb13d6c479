//! Which of two numbers is the day, told from the other dates of the same file.
//!
//! `03/04/2024` may be two days. Where a file has many records, most of their dates can be
//! only one, and all are written alike. A file is asked only once one of its records is
//! in doubt, and read a second time as far as needed.

use std::collections::HashMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::article::{DayOrder, Record};
use crate::corpus::{self, ReadOptions, Reading};
use crate::extract::{OrderEvidence, day_order};

/// This many dates that agree are enough (chosen: a file that mixes two orders shows both
/// sooner).
const ENOUGH_DATES: usize = 50;

/// More records are not looked at.
const MOST_RECORDS: usize = 100_000;

/// The orders of files, as far as somebody asked.
pub(super) struct DateOrders<'a> {
    base: PathBuf,
    options: &'a ReadOptions,
    known: Mutex<HashMap<String, Option<DayOrder>>>,
}

impl<'a> DateOrders<'a> {
    /// Files are named relative to `base` and read by `options`.
    pub(super) fn new(base: &Path, options: &'a ReadOptions) -> DateOrders<'a> {
        DateOrders {
            base: base.to_owned(),
            options,
            known: Mutex::default(),
        }
    }

    /// Returns the order of the dates in the file of `record`, if its own date leaves it
    /// open and nobody said which it is. `None` where the file's dates do not tell.
    pub(super) fn of(&self, record: &Record) -> Option<DayOrder> {
        let published = record.published.as_deref().and_then(day_order);
        let modified = record.modified.as_deref().and_then(day_order);
        let is_open = [published, modified].contains(&Some(OrderEvidence::Open));
        if !is_open || self.options.dates.order.is_some() {
            return self.options.dates.order;
        }
        let file = &record.origin.file;
        // Held while the file is read, so that it is read once.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(order) = known.get(file) {
            return *order;
        }
        let order = self.read(file);
        known.insert(file.clone(), order);
        order
    }

    fn read(&self, file: &str) -> Option<DayOrder> {
        let open = File::open(corpus::path_of(file, &self.base)).ok()?;
        let (mut day_first, mut month_first, mut records) = (0, 0, 0);
        let mut take = |reading: Reading| {
            let Reading::Record(raw) = reading else {
                return ControlFlow::Continue(());
            };
            records += 1;
            let dates = corpus::parse(raw, self.options)
                .map(|record| [record.published, record.modified])
                .unwrap_or_default();
            for date in dates.iter().flatten() {
                match day_order(date) {
                    Some(OrderEvidence::Certain(DayOrder::DayFirst)) => day_first += 1,
                    Some(OrderEvidence::Certain(DayOrder::MonthFirst)) => month_first += 1,
                    _ => {}
                }
            }
            let is_mixed = day_first > 0 && month_first > 0;
            match is_mixed || day_first + month_first >= ENOUGH_DATES || records >= MOST_RECORDS {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        corpus::split(open, file, self.options, &mut take).ok()?;
        match (day_first, month_first) {
            (1.., 0) => Some(DayOrder::DayFirst),
            (0, 1..) => Some(DayOrder::MonthFirst),
            _ => None,
        }
    }
}
