//! What every stage passes on: an article, its names and its place of origin.
//!
//! Plain data with checked constructors. Nothing here reads files, finds names
//! or knows how an article is stored.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use serde::{Deserialize, Serialize};

/// A byte range into one text of an article (its title or its body).
///
/// Both ends always fall on `char` boundaries of the text the span was made
/// from, so slicing that text with it cannot panic.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// Returns the span of `range` in `text`, or `None` where it is no slice of it.
    pub fn new(text: &str, range: Range<usize>) -> Option<Span> {
        text.get(range.clone()).map(|_| Span {
            start: range.start,
            end: range.end,
        })
    }

    /// Returns the first byte's offset.
    pub fn start(self) -> usize {
        self.start
    }

    /// Returns the offset just past the last byte.
    pub fn end(self) -> usize {
        self.end
    }

    /// Returns the span as a range.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Returns the text under the span; empty if `text` is not the one it was made from.
    pub fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }
}

/// What tells an article from every other: the source's own id, else its URL,
/// else the place it was read from.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct ArticleId(Arc<str>);

impl ArticleId {
    /// The most bytes an id may have; the search library drops longer keys silently.
    pub const MAX_BYTES: usize = 1_024;

    /// Returns the id written as `text`, trimmed; `None` if it is empty, longer
    /// than [`Self::MAX_BYTES`] or holds control characters.
    pub fn new(text: &str) -> Option<ArticleId> {
        let text = text.trim();
        let fits = !text.is_empty() && text.len() <= Self::MAX_BYTES;
        (fits && !text.chars().any(char::is_control)).then(|| ArticleId(text.into()))
    }

    /// Returns the id as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a name names.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A human being.
    Person,
    /// A company, agency, party, team or other body.
    Organization,
    /// A country, town, region, building or water.
    Place,
}

impl Kind {
    /// All kinds, in the order they are shown.
    pub const ALL: [Kind; 3] = [Kind::Person, Kind::Organization, Kind::Place];

    /// Returns the word for several of the kind: `people`, `organizations`, `places`.
    pub fn plural(self) -> &'static str {
        match self {
            Kind::Person => "people",
            Kind::Organization => "organizations",
            Kind::Place => "places",
        }
    }
}

/// Who says that an article is about a name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Provenance {
    /// The record brought it along: an editor's code or list.
    Gold,
    /// Found in the text by newsdex.
    Extracted,
}

/// One of the two texts of an article.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The headline.
    Title,
    /// Everything below it.
    Body,
}

/// A name at a place in an article.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub struct Mention {
    /// The text it stands in.
    pub part: Part,
    /// Where it stands.
    pub span: Span,
    /// What it names.
    pub kind: Kind,
}

/// One person, organization or place of an article, under its canonical name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Name {
    /// What it names.
    pub kind: Kind,
    /// The best full form the article has.
    pub canonical: String,
    /// Who says so.
    pub provenance: Provenance,
    /// Where it stands, in reading order; empty for names without a place in the text.
    pub mentions: Vec<Mention>,
}

/// How much of a date is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// Only the year.
    Year,
    /// Year and month.
    Month,
    /// The day.
    Day,
    /// Day and time of day.
    Time,
}

/// Where a date was read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrigin {
    /// A field of the record.
    Metadata,
    /// The article's address.
    Url,
    /// The line that begins the text with place and day.
    Dateline,
    /// The text around the article's beginning.
    Text,
    /// The file's name.
    FileName,
}

/// Which of two numbers is the day in `03/04/2024`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum DayOrder {
    /// The third of April.
    DayFirst,
    /// The fourth of March.
    MonthFirst,
}

/// How dates are read that do not say all of it themselves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DateRules {
    /// Which of two numbers is the day where both could be; `None` if nobody knows.
    pub order: Option<DayOrder>,
    /// The zone of times that have none; they stay without one if it is `None`.
    pub zone: Option<TimeZone>,
}

/// When an article was published: the wall clock as written, its zone where
/// one was given, and how much of it is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Published {
    clock: DateTime,
    zone: Option<Offset>,
    precision: Precision,
    origin: DateOrigin,
}

impl Published {
    /// Returns the day `date`, without a time.
    pub fn on_day(date: Date, origin: DateOrigin) -> Published {
        Published {
            clock: date.to_datetime(jiff::civil::Time::midnight()),
            zone: None,
            precision: Precision::Day,
            origin,
        }
    }

    /// Returns the moment `clock` in `zone` (unknown if `None`).
    pub fn at_time(clock: DateTime, zone: Option<Offset>, origin: DateOrigin) -> Published {
        Published {
            clock,
            zone,
            precision: Precision::Time,
            origin,
        }
    }

    /// Returns the date cut down to `precision`; the lost parts become the first of their kind.
    pub fn with_precision(self, precision: Precision) -> Published {
        let date = self.clock.date();
        let clock = match precision {
            Precision::Year => date
                .first_of_year()
                .to_datetime(jiff::civil::Time::midnight()),
            Precision::Month => date
                .first_of_month()
                .to_datetime(jiff::civil::Time::midnight()),
            Precision::Day => date.to_datetime(jiff::civil::Time::midnight()),
            Precision::Time => self.clock,
        };
        let zone = if precision == Precision::Time {
            self.zone
        } else {
            None
        };
        Published {
            clock,
            zone,
            precision,
            ..self
        }
    }

    /// Returns the date with the zone that clocks of `zone` had, if it is a time without one.
    pub fn with_default_zone(self, zone: &TimeZone) -> Published {
        if self.precision != Precision::Time || self.zone.is_some() {
            return self;
        }
        // A time that clocks showed twice or never counts as they were before the change.
        let offset = zone.to_ambiguous_timestamp(self.clock).offset();
        let zone = match offset {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } | AmbiguousOffset::Fold { before, .. } => before,
        };
        Published {
            zone: Some(zone),
            ..self
        }
    }

    /// Returns the calendar day as written, whatever the zone.
    pub fn day(self) -> Date {
        self.clock.date()
    }

    /// Returns how much of the date is known.
    pub fn precision(self) -> Precision {
        self.precision
    }

    /// Returns where the date was read.
    pub fn origin(self) -> DateOrigin {
        self.origin
    }

    /// Returns the moment in seconds since 1970-01-01T00:00Z; a date without a
    /// zone counts as UTC.
    pub fn unix_seconds(self) -> i64 {
        let zone = self.zone.unwrap_or(Offset::UTC);
        zone.to_timestamp(self.clock)
            .map(Timestamp::as_second)
            .unwrap_or_default()
    }

    /// Reads the form that [`fmt::Display`] writes, and ISO 8601 in general:
    /// `2024`, `2024-03`, `2024-03-05`, `2024-03-05T08:30`, with or without
    /// seconds and zone.
    pub fn parse_iso(text: &str, origin: DateOrigin) -> Option<Published> {
        let text = text.trim();
        if !text.is_ascii() {
            return None;
        }
        let number = |range: Range<usize>| -> Option<i16> {
            let digits = text.get(range)?;
            digits
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| digits.parse().ok())?
        };
        match text.len() {
            4 => {
                let date = Date::new(number(0..4)?, 1, 1).ok()?;
                Some(Published::on_day(date, origin).with_precision(Precision::Year))
            }
            7 if text.as_bytes()[4] == b'-' => {
                let month = i8::try_from(number(5..7)?).ok()?;
                let date = Date::new(number(0..4)?, month, 1).ok()?;
                Some(Published::on_day(date, origin).with_precision(Precision::Month))
            }
            0..10 => None,
            10 => Some(Published::on_day(text.parse().ok()?, origin)),
            _ => Published::parse_moment(text, origin),
        }
    }

    fn parse_moment(text: &str, origin: DateOrigin) -> Option<Published> {
        let pieces = jiff::fmt::temporal::DateTimeParser::new()
            .parse_pieces(text)
            .ok()?;
        let clock = pieces.date().to_datetime(pieces.time()?);
        let zone = pieces
            .to_numeric_offset()
            .or_else(|| pieces.offset().map(|_| Offset::UTC));
        Some(Published::at_time(clock, zone, origin))
    }
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = self.clock.date();
        match self.precision {
            Precision::Year => write!(f, "{:04}", day.year()),
            Precision::Month => write!(f, "{:04}-{:02}", day.year(), day.month()),
            Precision::Day => write!(f, "{day}"),
            Precision::Time => {
                let clock = self.clock;
                write!(
                    f,
                    "{day}T{:02}:{:02}:{:02}",
                    clock.hour(),
                    clock.minute(),
                    clock.second()
                )?;
                match self.zone {
                    None => Ok(()),
                    Some(zone) if zone == Offset::UTC => write!(f, "Z"),
                    Some(zone) => {
                        let minutes = zone.seconds() / 60;
                        let sign = if minutes < 0 { '-' } else { '+' };
                        write!(
                            f,
                            "{sign}{:02}:{:02}",
                            minutes.abs() / 60,
                            minutes.abs() % 60
                        )
                    }
                }
            }
        }
    }
}

/// Where an article was read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Origin {
    /// The file, written with `/`, relative to the folder that holds the index
    /// where it lies below it; `-` for standard input.
    pub file: String,
    /// The path inside the file where that is an archive: `dir/a.txt`, or
    /// `inner.zip!a.txt` for an archive in an archive. A label, never a path on disk.
    pub member: Option<String>,
    /// The record within the file or member, counted from 1; 0 for all of it.
    pub record: u64,
    /// The offset of the record's first byte in the file or member, unpacked.
    pub offset: u64,
}

impl Origin {
    /// Returns the place of a record in the file `file`, which is no archive.
    pub fn new(file: &str, record: u64, offset: u64) -> Origin {
        Origin {
            file: file.to_owned(),
            member: None,
            record,
            offset,
        }
    }

    /// Returns the file and what is inside it as one text: `a.zip!dir/b.txt`.
    pub fn path(&self) -> String {
        match &self.member {
            Some(member) => format!("{}!{member}", self.file),
            None => self.file.clone(),
        }
    }
}

/// A record as its format has it: fields by meaning, nothing understood yet.
///
/// Readers of the corpus make records; `extract` makes articles of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Where it was read.
    pub origin: Origin,
    /// Whether its file, or member of an archive, can hold no other record.
    pub is_whole_file: bool,
    /// What a person gave for fields that neither the record nor its page has: source,
    /// section, language, tags, and the day of a change.
    pub fallback: Option<Box<Record>>,
    /// The source's own id.
    pub id: Option<String>,
    /// The headline.
    pub title: Option<String>,
    /// The text, whole or divided.
    pub page: Page,
    /// When it was published, as written.
    pub published: Option<String>,
    /// When it was last changed, as written.
    pub modified: Option<String>,
    /// Its authors, as written: one string per field of the record.
    pub byline: Vec<String>,
    /// The paper, agency or site that published it.
    pub source: Option<String>,
    /// The part of the paper.
    pub section: Option<String>,
    /// Its language, as written.
    pub language: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// The line with place and day that stood before the text.
    pub dateline: Option<String>,
    /// Names that the record brings along, with their provenance.
    pub names: Vec<(Kind, String, Provenance)>,
    /// Editors' subject codes.
    pub topics: Vec<String>,
    /// Words that the publisher filed it under, of no fixed list.
    pub tags: Vec<String>,
    /// Editors' stock exchange codes.
    pub exchanges: Vec<String>,
    /// The kind of item in the words of its source.
    pub item_type: Option<String>,
    /// What was odd about it, for the ledger: bytes that were no UTF-8, say.
    pub notes: Vec<String>,
}

/// The text of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Page {
    /// The body alone; title, byline and date are fields of their own, if known.
    Body(String),
    /// A whole text in which headline, byline, date line and body still have to be found.
    Whole(String),
    /// A web page in which everything still has to be found.
    Html(String),
}

impl Default for Page {
    fn default() -> Page {
        Page::Body(String::new())
    }
}

/// An article as newsdex understands it.
#[derive(Clone, Debug, PartialEq)]
pub struct Article {
    /// What tells it from every other.
    pub id: ArticleId,
    /// The headline; empty if it has none.
    pub title: String,
    /// The text, beginning with its lead; paragraphs are kept apart by an empty line.
    pub body: String,
    /// Names in the order of kind, provenance and first mention, each once.
    pub names: Vec<Name>,
    /// When it was published.
    pub published: Option<Published>,
    /// When it was last changed, if the record says so and it is not when it was published.
    pub modified: Option<Published>,
    /// Its authors, as names.
    pub byline: Vec<String>,
    /// The paper, agency or site that published it.
    pub source: Option<String>,
    /// The part of the paper: business, sport.
    pub section: Option<String>,
    /// Its language as a lower-case BCP 47 primary tag: `en`.
    pub language: Option<String>,
    /// Its address.
    pub url: Option<String>,
    /// The line that stood before the text with place and day.
    pub dateline: Option<String>,
    /// Editors' subject codes.
    pub topics: Vec<String>,
    /// Words that the publisher filed it under, of no fixed list.
    pub tags: Vec<String>,
    /// Editors' stock exchange codes.
    pub exchanges: Vec<String>,
    /// The kind of item in the words of its source (`NORM`, `BRIEF`).
    pub item_type: Option<String>,
    /// Where it was read.
    pub origin: Origin,
}

impl Article {
    /// Returns an article with nothing but its id and where it was read.
    pub fn new(id: ArticleId, origin: Origin) -> Article {
        Article {
            id,
            title: String::new(),
            body: String::new(),
            names: Vec::new(),
            published: None,
            modified: None,
            byline: Vec::new(),
            source: None,
            section: None,
            language: None,
            url: None,
            dateline: None,
            topics: Vec::new(),
            tags: Vec::new(),
            exchanges: Vec::new(),
            item_type: None,
            origin,
        }
    }

    /// Returns the text of `part`.
    pub fn text(&self, part: Part) -> &str {
        match part {
            Part::Title => &self.title,
            Part::Body => &self.body,
        }
    }

    /// Returns the lead: the body's first paragraph.
    pub fn lead(&self) -> &str {
        lead(&self.body)
    }

    /// Returns the distinct canonical names of `kind`, in the article's order. Of an
    /// editors' code and a name with the same letters (`usa`, `USA`), the name is one.
    pub fn names_of(&self, kind: Kind) -> Vec<&str> {
        let mut names: Vec<&Name> = Vec::new();
        for name in self.names.iter().filter(|name| name.kind == kind) {
            let is_same = |known: &&mut &Name| same_letters(&known.canonical, &name.canonical);
            match names.iter_mut().find(is_same) {
                None => names.push(name),
                Some(known) if known.provenance == Provenance::Gold => *known = name,
                Some(_) => {}
            }
        }
        names.iter().map(|name| name.canonical.as_str()).collect()
    }
}

/// Tells whether two names differ in nothing but case and punctuation.
fn same_letters(one: &str, other: &str) -> bool {
    let letters = |name: &str| {
        let letters: Vec<char> = name
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect();
        letters
    };
    one == other || {
        let letters_of_one = letters(one);
        !letters_of_one.is_empty() && letters_of_one == letters(other)
    }
}

/// Returns the first paragraph of `body`.
pub fn lead(body: &str) -> &str {
    &body[lead_range(body)]
}

/// Returns where the first paragraph of `body` stands.
pub fn lead_range(body: &str) -> Range<usize> {
    let text = body.trim_start();
    let start = body.len() - text.len();
    let paragraph = text.split_once("\n\n").map_or(text, |(first, _)| first);
    start..start + paragraph.trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_dates_are_written_as_they_were_read() {
        for text in [
            "2024",
            "2024-03",
            "2024-03-05",
            "2024-03-05T08:30:00",
            "2024-03-05T08:30:00Z",
            "2024-03-05T08:30:00-05:00",
            "1987-02-26T15:01:01",
        ] {
            let date = Published::parse_iso(text, DateOrigin::Metadata);
            assert_eq!(date.map(|date| date.to_string()).as_deref(), Some(text));
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "24",
            "2024-13",
            "2024-02-30",
            "yesterday",
            "２０２４",
            "2024-03-05T25:00",
        ] {
            assert_eq!(
                Published::parse_iso(text, DateOrigin::Metadata),
                None,
                "{text}"
            );
        }
    }

    #[test]
    fn the_day_is_the_one_written_and_the_moment_the_one_meant() {
        let late = Published::parse_iso("2024-03-05T23:30:00-05:00", DateOrigin::Metadata).unwrap();
        assert_eq!(late.day().to_string(), "2024-03-05");
        assert_eq!(late.unix_seconds(), 1_709_699_400);
    }

    #[test]
    fn spans_are_slices() {
        assert_eq!(Span::new("é", 0..1), None);
        assert_eq!(Span::new("é", 0..2).map(|span| span.of("é")), Some("é"));
    }

    #[test]
    fn ids_are_short_and_printable() {
        assert!(ArticleId::new(" R21578-1 ").is_some_and(|id| id.as_str() == "R21578-1"));
        assert_eq!(ArticleId::new(" "), None);
        assert_eq!(ArticleId::new("a\nb"), None);
        assert_eq!(ArticleId::new(&"x".repeat(2_000)), None);
    }
}
