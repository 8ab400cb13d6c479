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

use crate::article::{Article, ArticleId, DateOrigin, Name, Origin, Page, Published, Record};

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
///
/// # Errors
///
/// A record without any text; but an item whose source says what type it is of is
/// kept as it is, since an agency's empty item is an item.
pub fn extract(mut record: Record) -> Result<Extracted, Fault> {
    let mut notes = std::mem::take(&mut record.notes);
    let is_item = record.item_type.is_some();
    let is_whole_file = !matches!(record.page, Page::Body(_));
    let layout = match std::mem::take(&mut record.page) {
        Page::Whole(text) => layout::of_whole(&text),
        Page::Body(text) => layout::of_body(&text),
        Page::Html(html) => {
            let parts = page::read(&html);
            notes.extend(parts.note.map(str::to_owned));
            fill_in(&mut record, parts)
        }
    };
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
    article.published = published(record.published.as_deref(), &mut notes)
        .or(layout.published)
        .or_else(|| record.url.as_deref().and_then(date::in_url))
        .or(line_date)
        .or_else(|| date::in_file_name(&article.origin.path()));
    article.source = filled(record.source);
    article.section = filled(record.section);
    let declared = record.language.as_deref().and_then(language::primary_tag);
    article.language = declared.or_else(|| language::of_text(&article.body));
    article.url = filled(record.url);
    article.topics = record.topics;
    article.exchanges = record.exchanges;
    article.item_type = filled(record.item_type);
    article.names = record.names.into_iter().filter_map(to_name).collect();
    Ok(Extracted { article, notes })
}

/// Gives a record what its page says, where the record itself says nothing, and returns
/// what stands on the page.
fn fill_in(record: &mut Record, parts: page::PageParts) -> layout::Layout {
    // A page's own address is better than the one it was fetched by.
    record.url = parts.url.or(record.url.take());
    record.section = record.section.take().or(parts.section);
    record.language = record.language.take().or(parts.language);
    record.source = record.source.take().or(parts.source);
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
        published: dates
            .find_map(|text| date::parse(text, DateOrigin::Metadata))
            .or_else(|| parts.head.iter().rev().find_map(|line| date::of_line(line))),
        body: parts.body,
    }
}

fn published(text: Option<&str>, notes: &mut Vec<String>) -> Option<Published> {
    let text = text.map(str::trim).filter(|text| !text.is_empty())?;
    let found = date::parse(text, DateOrigin::Metadata);
    if found.is_none() {
        let shown: String = text.chars().take(40).collect();
        notes.push(format!("no date can be told from {shown:?}"));
    }
    found
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

    #[test]
    fn a_whole_text_is_told_apart() {
        let text = "Strike ends\n\nBy Ann Berg\n\nMarch 6, 2024\n\nOSLO, March 6 (NTB) — It ended.\n\nAll went home.";
        let article = extract(record(Page::Whole(text.into()))).unwrap().article;
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
            extract(record)
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
        let extracted = extract(known.clone()).unwrap();
        assert_eq!(extracted.notes, ["no date can be told from \"03/04/2024\""]);
        known.published = Some("Tue, 5 Mar 2024 08:30:00 +0100".into());
        assert_eq!(
            date(known),
            Some(("2024-03-05T08:30:00+01:00".into(), DateOrigin::Metadata))
        );
    }

    #[test]
    fn ids_fall_back_and_empty_records_are_refused() {
        let mut known = record(Page::Body("Text.".into()));
        assert_eq!(
            extract(known.clone()).unwrap().article.id.as_str(),
            "a/2024-03-05-strike.txt#2"
        );
        known.id = Some("x".repeat(5_000));
        assert_eq!(extract(known.clone()).unwrap().notes.len(), 1);
        known.id = Some("7".into());
        known.names = vec![(Kind::Person, " Ann\nBerg ".into(), Provenance::Gold)];
        assert_eq!(
            extract(known.clone()).unwrap().article.names[0].canonical,
            "Ann Berg"
        );
        known.page = Page::default();
        assert_eq!(extract(known.clone()), Err(Fault::NoText));
        known.item_type = Some("BRIEF".into());
        assert!(extract(known).is_ok());
    }
}
