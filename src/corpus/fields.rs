//! The fields of a record, and the names that newsrooms give them.

use crate::article::{Page, Record};

/// A field of a record.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Field {
    /// The source's own id.
    Id,
    /// The headline.
    Title,
    /// The text.
    Body,
    /// When it was published.
    Published,
    /// When it was last changed.
    Modified,
    /// The paper, agency or site.
    Source,
    /// The address.
    Url,
    /// The authors.
    Byline,
    /// Names of people.
    People,
    /// Names of organizations.
    Organizations,
    /// Names of places.
    Places,
    /// The part of the paper.
    Section,
    /// The language.
    Language,
    /// Subject codes.
    Topics,
    /// Words it is filed under.
    Tags,
    /// Stock exchange codes.
    Exchanges,
    /// The line with place and day before the text.
    Dateline,
    /// The kind of item in its source's words.
    ItemType,
}

impl Field {
    /// Every field with the names it usually has in JSON, the best first. Names are
    /// compared without case, blanks, hyphens and underscores.
    pub(super) const USUAL_NAMES: [(Field, &'static [&'static str]); 18] = [
        (
            Field::Id,
            &["id", "_id", "guid", "docno", "docid", "articleid", "uuid"],
        ),
        (Field::Title, &["title", "headline", "hl1", "heading"]),
        (
            Field::Body,
            &[
                "body",
                "text",
                "content",
                "maintext",
                "articlebody",
                "bodytext",
                "fulltext",
                "description",
                "summary",
            ],
        ),
        (
            Field::Published,
            &[
                "published",
                "date",
                "pubdate",
                "datepublish",
                "publishedat",
                "datepublished",
                "publicationdate",
                "publishdate",
                "publisheddate",
                "firstpublished",
                "timestamp",
            ],
        ),
        (
            Field::Modified,
            &[
                "modified",
                "updated",
                "datemodify",
                "datemodified",
                "modifiedat",
                "updatedat",
                "lastmodified",
                "dateupdated",
                "lastupdated",
                "lastmod",
            ],
        ),
        (
            Field::Source,
            &[
                "source",
                "publisher",
                "outlet",
                "sourcename",
                "sourcedomain",
                "site",
                "publication",
                "newspaper",
            ],
        ),
        (Field::Url, &["url", "link", "canonicalurl", "weburl"]),
        (
            Field::Byline,
            &["byline", "author", "authors", "creator", "writer"],
        ),
        (Field::People, &["people", "persons", "person"]),
        (
            Field::Organizations,
            &["organizations", "organisations", "orgs", "organization"],
        ),
        (Field::Places, &["places", "locations", "place", "location"]),
        (Field::Section, &["section", "category", "desk"]),
        (Field::Language, &["language", "lang"]),
        (Field::Topics, &["topics", "subjects", "topic"]),
        (Field::Tags, &["tags", "keywords", "tag"]),
        (Field::Exchanges, &["exchanges", "exchange"]),
        (Field::Dateline, &["dateline"]),
        (Field::ItemType, &["itemtype", "type"]),
    ];

    /// Returns the field that a person calls `name`.
    pub(super) fn from_name(name: &str) -> Option<Field> {
        let key = plain_name(name);
        let usual = |names: &[&str]| names.iter().any(|known| plain_name(known) == key);
        Field::USUAL_NAMES
            .iter()
            .find(|(_, names)| usual(names))
            .map(|(field, _)| *field)
    }

    /// Returns the fields' first names, for messages.
    pub(super) fn list() -> String {
        let names: Vec<&str> = Field::USUAL_NAMES
            .iter()
            .map(|(_, names)| names[0])
            .collect();
        names.join(", ")
    }
}

/// Returns a name without case and separators: `pub_date`, `pubDate` and `PubDate` are one.
pub(super) fn plain_name(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Gives `record` the values of `set` for the fields that it lacks. What its page may yet
/// say is left as a fallback.
pub(super) fn fill_in(record: &mut Record, set: &[(Field, String)]) {
    let is_of_page = |field: Field| {
        matches!(
            field,
            Field::Source | Field::Section | Field::Language | Field::Tags | Field::Modified
        )
    };
    if !matches!(record.page, Page::Html(_)) {
        return fill(record, set.iter());
    }
    let (of_page, own): (Vec<_>, Vec<_>) = set.iter().partition(|(field, _)| is_of_page(*field));
    fill(record, own.into_iter());
    if !of_page.is_empty() {
        let mut fallback = Record::default();
        fill(&mut fallback, of_page.into_iter());
        record.fallback = Some(Box::new(fallback));
    }
}

fn fill<'s>(record: &mut Record, set: impl Iterator<Item = &'s (Field, String)>) {
    for (field, value) in set {
        let one = |slot: &mut Option<String>| {
            slot.get_or_insert_with(|| value.clone());
        };
        let many = |slot: &mut Vec<String>| {
            if slot.is_empty() {
                slot.push(value.clone());
            }
        };
        match field {
            Field::Id => one(&mut record.id),
            Field::Title => one(&mut record.title),
            Field::Published => one(&mut record.published),
            Field::Modified => one(&mut record.modified),
            Field::Source => one(&mut record.source),
            Field::Url => one(&mut record.url),
            Field::Section => one(&mut record.section),
            Field::Language => one(&mut record.language),
            Field::Dateline => one(&mut record.dateline),
            Field::ItemType => one(&mut record.item_type),
            Field::Byline => many(&mut record.byline),
            Field::Topics => many(&mut record.topics),
            Field::Tags => many(&mut record.tags),
            Field::Exchanges => many(&mut record.exchanges),
            Field::Body => {
                if matches!(&record.page, Page::Body(body) if body.trim().is_empty()) {
                    record.page = Page::Body(value.clone());
                }
            }
            Field::People | Field::Organizations | Field::Places => {
                let kind = kind_of(*field);
                if !record.names.iter().any(|(known, ..)| *known == kind) {
                    record
                        .names
                        .push((kind, value.clone(), crate::article::Provenance::Gold));
                }
            }
        }
    }
}

/// Returns the kind of names that a field of names holds.
pub(super) fn kind_of(field: Field) -> crate::article::Kind {
    match field {
        Field::People => crate::article::Kind::Person,
        Field::Organizations => crate::article::Kind::Organization,
        _ => crate::article::Kind::Place,
    }
}
