//! Makes an article of a record: headline, byline, dateline, date and body are found
//! where they stand, and brought into one form.
//!
//! Pure functions of the record: no files, no clock. What the text says stays as it
//! is written; only white space is put in order. Where something is in doubt, nothing
//! is better than a wrong value, and a note says so.

mod byline;
mod date;
mod dateline;
mod language;
mod layout;
mod page;

use crate::article::{
    Article, ArticleId, DateOrigin, DateRules, DayOrder, Name, Origin, Page, Published, Record,
};

pub use date::{OrderEvidence, day_order};
pub use dateline::{Dateline, find_dateline};

/// An article, and what was odd about its record.
#[derive(Clone, Debug, PartialEq)]
pub struct Extracted {
    /// The article.
    pub article: Article,
    /// Remarks for the ledger.
    pub notes: Vec<String>,
}

/// Why a record is no article.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Fault {
    /// There is neither a headline nor a text.
    #[error("there is no text")]
    NoText,
    /// No id can be made.
    #[error("the record has no usable id, and its place gives none")]
    NoId,
}

/// Makes an article of `record`. Its names are those that the record brought along.
/// `rules` are for dates that do not say all of it themselves.
///
/// # Errors
///
/// A record without any text; but an item whose source says what type it is of is
/// kept as it is, since an agency's empty item is an item.
pub fn extract(mut record: Record, rules: &DateRules) -> Result<Extracted, Fault> {
    let mut notes = std::mem::take(&mut record.notes);
    let is_item = record.item_type.is_some();
    let is_whole_file = record.is_whole_file;
    let order = |record: &Record| {
        rules
            .order
            .or_else(|| order_of_language(record.language.as_deref()?))
    };
    let layout = match std::mem::take(&mut record.page) {
        Page::Whole(text) => layout::of_whole(&text),
        Page::Body(text) => layout::of_body(&text),
        Page::Html(html) => {
            let parts = page::read(&html);
            notes.extend(parts.note.map(str::to_owned));
            fill_in(&mut record, parts, order)
        }
    };
    let order = order(&record);
    let id = choose_id(
        record.id,
        record.url.as_deref(),
        &record.origin,
        is_whole_file,
        &mut notes,
    )?;
    let mut article = Article::new(id, record.origin);
    article.title = match record.title.map(|title| one_line(&title)) {
        Some(title) if !title.is_empty() => title,
        _ => layout.title,
    };
    article.body = layout.body;
    if article.title.is_empty() && article.body.is_empty() && !is_item {
        return Err(Fault::NoText);
    }
    article.byline = byline::authors(&record.byline);
    if article.byline.is_empty() {
        article.byline = layout.byline;
    }
    article.dateline = record
        .dateline
        .map(|line| one_line(&line))
        .filter(|line| !line.is_empty());
    let dateline = find_dateline(&article.body);
    if article.dateline.is_none() {
        article.dateline = dateline.map(|found| one_line(&article.body[found.range]));
    }
    let line_date = article
        .dateline
        .as_deref()
        .and_then(|line| date::find_full_day(line, DateOrigin::Dateline));
    let with_zone = |date: Published| match &rules.zone {
        Some(zone) => date.with_default_zone(zone),
        None => date,
    };
    article.published = published(record.published.as_deref(), order, &mut notes)
        .or(layout.metadata_date)
        .or_else(|| record.url.as_deref().and_then(date::in_url))
        .or(line_date)
        .or(layout.published)
        .or_else(|| date::in_file_name(&article.origin.path()))
        .map(with_zone);
    article.modified = record
        .modified
        .as_deref()
        .and_then(|text| date::parse(text.trim(), DateOrigin::Metadata, order))
        .map(with_zone)
        .filter(|modified| {
            let published = article.published.map(Published::unix_seconds);
            published.is_none_or(|published| modified.unix_seconds() > published)
        });
    article.source = filled(record.source);
    article.section = filled(record.section);
    let declared = record.language.as_deref().and_then(language::primary_tag);
    article.language = declared.or_else(|| language::of_text(&article.body));
    article.url = filled(record.url);
    article.topics = record.topics;
    article.tags = tags(record.tags);
    article.exchanges = record.exchanges;
    article.item_type = filled(record.item_type);
    article.names = record.names.into_iter().filter_map(to_name).collect();
    Ok(Extracted { article, notes })
}

/// More are no description (chosen: pages that mean it have a dozen).
const MOST_TAGS: usize = 100;

/// Gives a record what its page says, where the record itself says nothing, and returns
/// what stands on the page.
fn fill_in(
    record: &mut Record,
    parts: page::PageParts,
    order: impl Fn(&Record) -> Option<DayOrder>,
) -> layout::Layout {
    // A page's own address is better than the one it was fetched by.
    record.url = parts.url.or(record.url.take());
    record.section = record.section.take().or(parts.section);
    record.language = record.language.take().or(parts.language);
    record.source = record.source.take().or(parts.source);
    record.modified = record.modified.take().or(parts.modified);
    if record.tags.is_empty() {
        record.tags = parts.tags;
    }
    if let Some(fallback) = record.fallback.take() {
        record.section = record.section.take().or(fallback.section);
        record.language = record.language.take().or(fallback.language);
        record.source = record.source.take().or(fallback.source);
        record.modified = record.modified.take().or(fallback.modified);
        if record.tags.is_empty() {
            record.tags = fallback.tags;
        }
    }
    let order = order(record);
    let mut dates = parts.published.iter();
    let mut byline = byline::authors_or_agency(&parts.authors);
    if byline.is_empty() {
        let lines = parts.head.iter().rev();
        byline = lines
            .filter_map(|line| byline::authors_of_line(line))
            .next()
            .unwrap_or_default();
    }
    layout::Layout {
        title: parts.title.unwrap_or_default(),
        byline,
        metadata_date: dates.find_map(|text| date::parse(text, DateOrigin::Metadata, order)),
        published: parts.head.iter().rev().find_map(|line| date::of_line(line)),
        body: parts.body,
    }
}

fn published(
    text: Option<&str>,
    order: Option<DayOrder>,
    notes: &mut Vec<String>,
) -> Option<Published> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let found = date::parse(text, DateOrigin::Metadata, order);
    if found.is_none() {
        let shown: String = text.chars().take(40).collect();
        notes.push(match day_order(text) {
            Some(OrderEvidence::Open) => {
                format!("{shown:?} may be two days; --date-order says which number is the day")
            }
            _ => format!("no date can be told from {shown:?}"),
        });
    }
    found
}

/// Returns the order in which a language, with its country, writes day and month with
/// strokes between. English without a country has both.
fn order_of_language(language: &str) -> Option<DayOrder> {
    const DAY_FIRST: &str = "de fr es it pt nl sv da no nb nn fi pl cs sk sl hr ro el ru uk tr id";
    const DAY_FIRST_ENGLISH: &str = "gb ie au nz in za uk";
    let lower = language.trim().to_lowercase().replace('_', "-");
    let (tag, country) = lower.split_once('-').unwrap_or((&lower, ""));
    let has = |list: &str, word: &str| list.split(' ').any(|known| known == word);
    match tag {
        "en" if has("us ph", country) => Some(DayOrder::MonthFirst),
        "en" if has(DAY_FIRST_ENGLISH, country) => Some(DayOrder::DayFirst),
        "es" if country == "us" => None,
        tag if has(DAY_FIRST, tag) => Some(DayOrder::DayFirst),
        _ => None,
    }
}

/// The source's own id, else the address, else the place in the corpus.
fn choose_id(
    id: Option<String>,
    url: Option<&str>,
    origin: &Origin,
    is_whole_file: bool,
    notes: &mut Vec<String>,
) -> Result<ArticleId, Fault> {
    if let Some(own) = id.filter(|id| !id.trim().is_empty()) {
        if let Some(id) = ArticleId::new(&own) {
            return Ok(id);
        }
        notes.push("its id is too long or has control characters; another is used".to_owned());
    }
    let place = match is_whole_file {
        true => origin.path(),
        false => format!("{}#{}", origin.path(), origin.record),
    };
    url.and_then(ArticleId::new)
        .or_else(|| ArticleId::new(&place))
        .ok_or(Fault::NoId)
}

fn to_name(
    (kind, name, provenance): (crate::article::Kind, String, crate::article::Provenance),
) -> Option<Name> {
    let canonical = one_line(&name);
    (!canonical.is_empty()).then(|| Name {
        kind,
        canonical,
        provenance,
        mentions: Vec::new(),
    })
}

fn filled(text: Option<String>) -> Option<String> {
    text.map(|text| one_line(&text))
        .filter(|text| !text.is_empty())
}

/// Returns tags as a list, each once in any case. A single text may hold many.
fn tags(texts: Vec<String>) -> Vec<String> {
    const MOST_CHARS: usize = 100;
    let pieces: Vec<&str> = match texts.as_slice() {
        [one] => one.split([',', ';', '|']).collect(),
        many => many.iter().map(String::as_str).collect(),
    };
    let mut tags: Vec<String> = Vec::new();
    for tag in pieces.into_iter().map(one_line) {
        let is_known = || {
            let key = tag.to_lowercase();
            tags.iter().any(|known| known.to_lowercase() == key)
        };
        let fits = !tag.is_empty() && tag.chars().count() <= MOST_CHARS;
        if fits && tags.len() < MOST_TAGS && !is_known() {
            tags.push(tag);
        }
    }
    tags
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{Kind, Provenance};

    fn record(page: Page) -> Record {
        let origin = Origin::new("a/2024-03-05-strike.txt", 2, 0);
        Record {
            origin,
            page,
            ..Record::default()
        }
    }

    fn read(record: Record) -> Result<Extracted, Fault> {
        extract(record, &DateRules::default())
    }

    #[test]
    fn a_whole_text_is_told_apart() {
        let text = "Strike ends\n\nBy Ann Berg\n\nMarch 6, 2024\n\nOSLO, March 6 (NTB) — It ended.\n\nAll went home.";
        let whole = Record {
            is_whole_file: true,
            ..record(Page::Whole(text.into()))
        };
        let article = read(whole).unwrap().article;
        assert_eq!(article.id.as_str(), "a/2024-03-05-strike.txt");
        assert_eq!(article.title, "Strike ends");
        assert_eq!(article.byline, ["Ann Berg"]);
        assert_eq!(article.dateline.as_deref(), Some("OSLO, March 6 (NTB) —"));
        assert_eq!(article.published.unwrap().to_string(), "2024-03-06");
        assert_eq!(
            article.body,
            "OSLO, March 6 (NTB) — It ended.\n\nAll went home."
        );
    }

    #[test]
    fn dates_are_trusted_in_order() {
        let mut known = record(Page::Body("Text.".into()));
        let date = |record: Record| {
            read(record)
                .unwrap()
                .article
                .published
                .map(|date| (date.to_string(), date.origin()))
        };
        assert_eq!(
            date(known.clone()),
            Some(("2024-03-05".into(), DateOrigin::FileName))
        );
        known.url = Some("https://example.org/2024/03/04/strike".into());
        assert_eq!(
            date(known.clone()),
            Some(("2024-03-04".into(), DateOrigin::Url))
        );
        known.published = Some("03/04/2024".into());
        let extracted = read(known.clone()).unwrap();
        assert_eq!(
            extracted.notes,
            ["\"03/04/2024\" may be two days; --date-order says which number is the day"]
        );
        known.published = Some("Tue, 5 Mar 2024 08:30:00 +0100".into());
        assert_eq!(
            date(known),
            Some(("2024-03-05T08:30:00+01:00".into(), DateOrigin::Metadata))
        );
    }

    #[test]
    fn what_a_date_leaves_open_is_told_from_rules_and_language() {
        let mut known = record(Page::Body("Text.".into()));
        known.origin = Origin::new("a.csv", 1, 0);
        known.published = Some("03/04/2024 08:30".into());
        let date = |record: &Record, rules: &DateRules| {
            let article = extract(record.clone(), rules).unwrap().article;
            article.published.map(|date| date.to_string())
        };
        let mut rules = DateRules::default();
        assert_eq!(date(&known, &rules), None);
        known.language = Some("en-US".into());
        assert_eq!(date(&known, &rules).as_deref(), Some("2024-03-04T08:30:00"));
        known.language = Some("fr".into());
        assert_eq!(date(&known, &rules).as_deref(), Some("2024-04-03T08:30:00"));
        rules.order = Some(DayOrder::MonthFirst);
        rules.zone = jiff::tz::TimeZone::get("Europe/Paris").ok();
        assert_eq!(
            date(&known, &rules).as_deref(),
            Some("2024-03-04T08:30:00+01:00")
        );
        known.published = Some("2024-07-01T08:30:00Z".into());
        assert_eq!(
            date(&known, &rules).as_deref(),
            Some("2024-07-01T08:30:00Z")
        );
    }

    #[test]
    fn tags_and_changes() {
        let mut known = record(Page::Body("Text.".into()));
        known.tags = vec!["Port, Labor;port".into()];
        known.published = Some("2024-03-05T08:00:00Z".into());
        known.modified = Some("2024-03-05T09:00:00Z".into());
        let article = read(known.clone()).unwrap().article;
        assert_eq!(article.tags, ["Port", "Labor"]);
        assert_eq!(
            article.modified.unwrap().to_string(),
            "2024-03-05T09:00:00Z"
        );
        known.modified = known.published.clone();
        assert_eq!(read(known).unwrap().article.modified, None);
    }

    #[test]
    fn ids_fall_back_and_empty_records_are_refused() {
        let mut known = record(Page::Body("Text.".into()));
        assert_eq!(
            read(known.clone()).unwrap().article.id.as_str(),
            "a/2024-03-05-strike.txt#2"
        );
        known.id = Some("x".repeat(5_000));
        assert_eq!(read(known.clone()).unwrap().notes.len(), 1);
        known.id = Some("7".into());
        known.names = vec![(Kind::Person, " Ann\nBerg ".into(), Provenance::Gold)];
        assert_eq!(
            read(known.clone()).unwrap().article.names[0].canonical,
            "Ann Berg"
        );
        known.page = Page::default();
        assert_eq!(read(known.clone()), Err(Fault::NoText));
        known.item_type = Some("BRIEF".into());
        assert!(read(known).is_ok());
    }
}
