//! What an engine is asked, whoever asks: command line, web page, batch or another
//! machine. Nothing here knows how the question is typed or answered.

use core::time::Duration;

use jiff::civil::Date;

use crate::text::fold;

use super::tree::{Field, Leaf, Query, Test};

/// One question to an engine.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// What the articles must be like. An empty box is [`Query::All`] where the
    /// caller allows it: with filters, say.
    pub query: Query,
    /// What they must be like besides; kept apart so that a page can show and
    /// change each filter, and because filters never count for the ranking.
    pub filters: Filters,
    /// Which names the name fields and filters look at.
    pub names: NameSource,
    /// Which articles come first.
    pub order: Order,
    /// How many hits are wanted at most.
    pub limit: usize,
    /// How many of the first hits are passed over.
    pub offset: usize,
    /// Whether the exact number of matching articles is wanted.
    pub want_total: bool,
    /// Whether the exact number of stories is wanted: matching articles, copies once.
    pub want_stories: bool,
    /// Shows one article a story, and which; all articles if `None`.
    pub collapse: Option<Prefer>,
    /// Whether each hit's matching spans and snippet are wanted.
    pub want_highlights: bool,
    /// What telling words of the best articles do for the others.
    pub expansion: Expansion,
    /// After how many days an article counts half for the ranking; `None` if age does not
    /// matter.
    pub recency: Option<HalfLife>,
    /// After how long the query is given up; an error then, never a part of the answer.
    pub time_limit: Option<Duration>,
}

impl Request {
    /// How many hits are asked for when nothing else is said.
    pub const DEFAULT_LIMIT: usize = 10;

    /// Returns the request for the best articles of `query`, with total and highlights.
    pub fn new(query: Query) -> Request {
        Request {
            query,
            filters: Filters::default(),
            names: NameSource::Any,
            order: Order::Relevance,
            limit: Request::DEFAULT_LIMIT,
            offset: 0,
            want_total: true,
            want_stories: false,
            collapse: None,
            want_highlights: true,
            expansion: Expansion::Off,
            recency: None,
            time_limit: None,
        }
    }

    /// Returns query and filters as one tree: what articles must fulfill, and how
    /// the whole request was read.
    pub fn whole_query(&self) -> Query {
        match self.filters.clone().into_query() {
            None => self.query.clone(),
            Some(filters) if self.query == Query::All => filters,
            Some(filters) => Query::all_of([self.query.clone(), filters]),
        }
    }
}

/// What telling words of the best articles do: better for questions about a subject, worse
/// for finding one known article.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub enum Expansion {
    /// Nothing.
    #[default]
    Off,
    /// They help to rank the articles that match.
    Ranks,
    /// Any of them also makes an article match, unless something is filtered: for
    /// questions that any of their words answers.
    Widens,
}

/// Which of the articles of a story stands for all of them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Prefer {
    /// The one that answers the query best.
    #[default]
    Best,
    /// The latest published.
    Newest,
    /// The earliest published.
    Oldest,
    /// The one with the most words.
    Longest,
    /// The one of this paper, agency or site; where there is none, the best.
    Source(String),
}

/// How many days make an article count half for the ranking.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct HalfLife(u32);

impl HalfLife {
    /// Returns the days, at least one.
    pub fn days(self) -> u32 {
        self.0
    }
}

impl std::str::FromStr for HalfLife {
    type Err = String;

    /// Reads a number of days, weeks, months (30 days) or years (365 days): `30d`, `2w`,
    /// `6m`, `1y`.
    fn from_str(text: &str) -> Result<HalfLife, String> {
        let days_of = |unit| match unit {
            'd' => Some(1),
            'w' => Some(7),
            'm' => Some(30),
            'y' => Some(365),
            _ => None,
        };
        let days = text.chars().last().and_then(|last| {
            let unit: u32 = days_of(last.to_ascii_lowercase())?;
            let number = text.get(..text.len() - last.len_utf8())?;
            let number: u32 = number.parse().ok()?;
            number.checked_mul(unit).filter(|days| *days > 0)
        });
        days.map(HalfLife)
            .ok_or_else(|| "write 30d, 2w, 6m or 1y".to_owned())
    }
}

/// Which articles come first.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub enum Order {
    /// The best matches.
    #[default]
    Relevance,
    /// The latest published; those without a date last.
    Newest,
    /// The earliest published; those without a date last.
    Oldest,
}

/// Which names the name fields and filters look at.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub enum NameSource {
    /// All of them.
    #[default]
    Any,
    /// Those that the record brought along.
    Gold,
    /// Those that newsdex found.
    Extracted,
}

/// Conditions beside the query. Values of one filter are alternatives, filters
/// must all be fulfilled.
///
/// A name matches names that have its words in that order; with `=` before it,
/// only itself. A blank value matches nothing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Filters {
    /// Names of people.
    pub people: Vec<String>,
    /// Names of organizations.
    pub organizations: Vec<String>,
    /// Names of places.
    pub places: Vec<String>,
    /// Names of papers, agencies or sites.
    pub sources: Vec<String>,
    /// BCP 47 primary tags such as `en`.
    pub languages: Vec<String>,
    /// The first day.
    pub from: Option<Date>,
    /// The last day, itself included.
    pub to: Option<Date>,
}

impl Filters {
    /// Returns true if nothing is filtered.
    pub fn is_empty(&self) -> bool {
        *self == Filters::default()
    }

    /// Returns the filters as a query; `None` if nothing is filtered. Days that
    /// end before they begin match nothing.
    pub fn into_query(self) -> Option<Query> {
        let values = [
            (Field::Person, self.people),
            (Field::Organization, self.organizations),
            (Field::Place, self.places),
            (Field::Source, self.sources),
            (Field::Language, self.languages),
        ];
        let mut conditions: Vec<Query> = values
            .into_iter()
            .filter(|(_, values)| !values.is_empty())
            .map(|(field, values)| {
                Query::any_of(values.iter().map(|value| value_filter(field, value)))
            })
            .collect();
        conditions.extend(day_filter(self.from, self.to));
        (!conditions.is_empty()).then(|| Query::all_of(conditions))
    }
}

fn value_filter(field: Field, value: &str) -> Query {
    let value = value.trim();
    let (is_whole, value) = match value.strip_prefix('=') {
        Some(rest) => (true, rest.trim()),
        None => (false, value),
    };
    if value.is_empty() {
        return Query::nothing();
    }
    let test = if is_whole || fold(value).is_empty() {
        Test::Exactly(value.to_string())
    } else {
        Test::Phrase(value.to_string())
    };
    Query::Leaf(Leaf { field, test })
}

fn day_filter(from: Option<Date>, to: Option<Date>) -> Option<Query> {
    match (from, to) {
        (None, None) => None,
        (Some(from), Some(to)) if to < from => Some(Query::nothing()),
        _ => Some(Query::Leaf(Leaf {
            field: Field::Date,
            test: Test::Days(from, to),
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn check(filters: Filters, expected: Option<&str>) {
        let query = filters.clone().into_query().map(|query| query.to_string());
        assert_eq!(query.as_deref(), expected, "query of {filters:?}");
    }

    #[test]
    fn filters_are_a_query() {
        let texts = |all: &[&str]| all.iter().map(|text| text.to_string()).collect();
        check(Filters::default(), None);
        check(
            Filters {
                organizations: texts(&["Amnesty International", "=BBC"]),
                languages: texts(&["en"]),
                from: Some(date(2024, 3, 1)),
                ..Filters::default()
            },
            Some(
                r#"(org:"Amnesty International" OR org:="BBC") AND lang:"en" AND date:2024-03-01.."#,
            ),
        );
        check(
            Filters {
                people: texts(&[" "]),
                ..Filters::default()
            },
            Some("NOT *"),
        );
        check(
            Filters {
                from: Some(date(2024, 3, 2)),
                to: Some(date(2024, 3, 1)),
                ..Filters::default()
            },
            Some("NOT *"),
        );
    }

    #[test]
    fn an_empty_query_with_filters_is_the_filters() {
        let mut request = Request::new(Query::All);
        assert_eq!(request.whole_query(), Query::All);
        request.filters.to = Some(date(2024, 3, 1));
        assert_eq!(request.whole_query().to_string(), "date:..2024-03-01");
        request.query = Query::Leaf(Leaf {
            field: Field::Text,
            test: Test::Word("mines".into()),
        });
        assert_eq!(
            request.whole_query().to_string(),
            "mines AND date:..2024-03-01"
        );
    }
}
