//! Counts articles under a request by day, week, month or year.
//!
//! Weeks begin on Monday and are named by it. A date of which only the month or the year
//! is known counts on its first day. Articles without a date are counted apart, so that
//! all numbers add up to the total.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::error::IndexError;
use super::schema::Number;
use super::snapshot::Snapshot;
use crate::article::Article;
use crate::query::{Order, Request};

/// How long a bucket is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Period {
    /// A calendar day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
}

impl Period {
    /// Returns the first day of the period that `day` is in.
    pub fn start(self, day: Date) -> Date {
        match self {
            Period::Day => day,
            Period::Week => {
                let past = day.weekday().since(Weekday::Monday);
                day.checked_sub(i64::from(past).days()).unwrap_or(day)
            }
            Period::Month => day.first_of_month(),
            Period::Year => day.first_of_year(),
        }
    }

    /// Returns the first day of the period after the one that begins with `start`.
    fn next(self, start: Date) -> Option<Date> {
        let span = match self {
            Period::Day => 1.day(),
            Period::Week => 1.week(),
            Period::Month => 1.month(),
            Period::Year => 1.year(),
        };
        start.checked_add(span).ok()
    }

    /// Returns how the period that begins with `start` is named: `2024-03-05`, `2024-03`,
    /// `2024`.
    pub fn label(self, start: Date) -> String {
        match self {
            Period::Day | Period::Week => start.to_string(),
            Period::Month => format!("{:04}-{:02}", start.year(), start.month()),
            Period::Year => format!("{:04}", start.year()),
        }
    }
}

/// How many articles match in each period.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trend {
    /// How many match in all; stories if the request shows copies once.
    pub total: u64,
    /// How many of them have no date.
    pub undated: u64,
    /// The first day of each period that has any, with how many match, in order.
    pub counts: BTreeMap<Date, u64>,
}

impl Trend {
    /// Returns the first days of all periods from the first to the last of several trends,
    /// those without any article included.
    pub fn periods(trends: &[&Trend], by: Period) -> Vec<Date> {
        let days = || trends.iter().flat_map(|trend| trend.counts.keys().copied());
        let (Some(first), Some(last)) = (days().min(), days().max()) else {
            return Vec::new();
        };
        let next = |day: &Date| by.next(*day).filter(|next| *next <= last);
        std::iter::successors(Some(first), next).collect()
    }

    /// Returns how many match in the period that begins with `start`.
    pub fn count(&self, start: Date) -> u64 {
        self.counts.get(&start).copied().unwrap_or_default()
    }
}

impl Snapshot {
    /// Counts the articles that match `request` by period. Where the request shows copies
    /// once, stories are counted, each by the article that it shows.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn trend(&self, request: &Request, by: Period) -> Result<Trend, IndexError> {
        let mut trend = Trend::default();
        let mut days: BTreeMap<u64, u64> = BTreeMap::new();
        for (segment, docs) in self.matching(request)? {
            let segment = self.searcher.segment_reader(segment);
            let column = segment.fast_fields().u64(Number::Day.name())?;
            trend.total += docs.len() as u64;
            for doc in docs {
                match column.first(doc) {
                    Some(day) => *days.entry(day).or_default() += 1,
                    None => trend.undated += 1,
                }
            }
        }
        for (day, count) in days {
            match super::overview::to_date(day) {
                Some(day) => *trend.counts.entry(by.start(day)).or_default() += count,
                None => trend.undated += count,
            }
        }
        Ok(trend)
    }

    /// Returns the earliest article that matches `request` and has a date.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn first_appearance(&self, request: &Request) -> Result<Option<Article>, IndexError> {
        let mut earliest = request.clone();
        (earliest.order, earliest.limit, earliest.offset) = (Order::Oldest, 1, 0);
        (earliest.want_total, earliest.want_highlights) = (false, false);
        (earliest.want_stories, earliest.collapse) = (false, None);
        let first = self.search(&earliest)?.hits.into_iter().next();
        let article = first.map(|hit| hit.article);
        Ok(article.filter(|article| article.published.is_some()))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn periods_begin_where_they_should() {
        let day = date(2024, 3, 6);
        for (by, start, label) in [
            (Period::Day, day, "2024-03-06"),
            (Period::Week, date(2024, 3, 4), "2024-03-04"),
            (Period::Month, date(2024, 3, 1), "2024-03"),
            (Period::Year, date(2024, 1, 1), "2024"),
        ] {
            assert_eq!(by.start(day), start);
            assert_eq!(by.label(start), label);
        }
        // A Monday is its own, and a week may begin in the year before.
        assert_eq!(Period::Week.start(date(2024, 3, 4)), date(2024, 3, 4));
        assert_eq!(Period::Week.start(date(2023, 1, 1)), date(2022, 12, 26));
    }

    #[test]
    fn gaps_are_periods_too() {
        let trend = |days: &[Date]| Trend {
            counts: days.iter().map(|day| (*day, 1)).collect(),
            ..Trend::default()
        };
        let (one, other) = (trend(&[date(2024, 1, 1)]), trend(&[date(2024, 4, 1)]));
        let periods = Trend::periods(&[&one, &other], Period::Month);
        let months: Vec<i8> = periods.iter().map(|day| day.month()).collect();
        assert_eq!(months, [1, 2, 3, 4]);
        assert_eq!(Trend::periods(&[&Trend::default()], Period::Day), []);
    }
}
