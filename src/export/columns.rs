//! The columns of exported tables, and what an article has in each.

use crate::article::{Kind, Part};
use crate::index::Hit;
use crate::query::count_spans;

/// A column.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Column {
    /// The article's id.
    Id,
    /// The headline.
    Title,
    /// When it was published, in ISO 8601.
    Published,
    /// When it was last changed, in ISO 8601.
    Modified,
    /// The paper, agency or site.
    Source,
    /// The authors.
    Byline,
    /// The part of the paper.
    Section,
    /// The language.
    Language,
    /// The address.
    Url,
    /// The people it names.
    People,
    /// The organizations it names.
    Organizations,
    /// The places it names.
    Places,
    /// Editors' subject codes.
    Topics,
    /// Editors' stock exchange codes.
    Exchanges,
    /// What it is filed under.
    Tags,
    /// How many places match the query.
    Matches,
    /// The places that match, as `title:0-5` and `body:10-20`: bytes of UTF-8.
    Spans,
    /// How many copies match too, where stories are written.
    Copies,
    /// The first paragraph.
    Lead,
    /// The text.
    Body,
    /// The file it was read from.
    File,
}

impl Column {
    /// Every column, in the order they are written.
    pub const ALL: [Column; 21] = [
        Column::Id,
        Column::Title,
        Column::Published,
        Column::Modified,
        Column::Source,
        Column::Byline,
        Column::Section,
        Column::Language,
        Column::Url,
        Column::People,
        Column::Organizations,
        Column::Places,
        Column::Topics,
        Column::Exchanges,
        Column::Tags,
        Column::Matches,
        Column::Spans,
        Column::Copies,
        Column::Lead,
        Column::Body,
        Column::File,
    ];

    /// Returns the name in the table's header.
    pub fn name(self) -> &'static str {
        match self {
            Column::Id => "id",
            Column::Title => "title",
            Column::Published => "published",
            Column::Modified => "modified",
            Column::Source => "source",
            Column::Byline => "byline",
            Column::Section => "section",
            Column::Language => "language",
            Column::Url => "url",
            Column::People => "people",
            Column::Organizations => "organizations",
            Column::Places => "places",
            Column::Topics => "topics",
            Column::Exchanges => "exchanges",
            Column::Tags => "tags",
            Column::Matches => "matches",
            Column::Spans => "spans",
            Column::Copies => "copies",
            Column::Lead => "lead",
            Column::Body => "body",
            Column::File => "file",
        }
    }

    /// Returns the column of that name, in any case.
    pub fn from_name(name: &str) -> Option<Column> {
        let name = name.trim();
        Column::ALL
            .into_iter()
            .find(|column| column.name().eq_ignore_ascii_case(name))
    }

    /// Returns the form of the column's values.
    pub(super) fn form(self) -> Form {
        match self {
            Column::Matches | Column::Copies => Form::Number,
            Column::Byline
            | Column::People
            | Column::Organizations
            | Column::Places
            | Column::Topics
            | Column::Exchanges
            | Column::Tags
            | Column::Spans => Form::List,
            _ => Form::Text,
        }
    }

    /// Returns what `hit` has in the column.
    pub(super) fn of(self, hit: &Hit) -> Value {
        let article = &hit.article;
        let text = |text: &Option<String>| Value::Text(text.clone());
        let names = |kind: Kind| {
            let names = article.names_of(kind).into_iter();
            Value::List(names.map(str::to_owned).collect())
        };
        match self {
            Column::Id => Value::Text(Some(article.id.to_string())),
            Column::Title => Value::Text(Some(article.title.clone())),
            Column::Published => Value::Text(article.published.map(|date| date.to_string())),
            Column::Modified => Value::Text(article.modified.map(|date| date.to_string())),
            Column::Source => text(&article.source),
            Column::Byline => Value::List(article.byline.clone()),
            Column::Section => text(&article.section),
            Column::Language => text(&article.language),
            Column::Url => text(&article.url),
            Column::People => names(Kind::Person),
            Column::Organizations => names(Kind::Organization),
            Column::Places => names(Kind::Place),
            Column::Topics => Value::List(article.topics.clone()),
            Column::Exchanges => Value::List(article.exchanges.clone()),
            Column::Tags => Value::List(article.tags.clone()),
            Column::Matches => Value::Number(Some(count_spans(&hit.matches) as i64)),
            Column::Spans => Value::List(spans(hit)),
            Column::Copies => Value::Number(i64::try_from(hit.copies).ok()),
            Column::Lead => Value::Text(Some(article.lead().to_owned())),
            Column::Body => Value::Text(Some(article.body.clone())),
            Column::File => Value::Text(Some(article.origin.path())),
        }
    }
}

fn spans(hit: &Hit) -> Vec<String> {
    let mut spans: Vec<String> = Vec::new();
    for found in &hit.matches {
        let part = match found.part {
            Part::Title => "title",
            Part::Body => "body",
        };
        let span = format!("{part}:{}-{}", found.span.start(), found.span.end());
        if !spans.contains(&span) {
            spans.push(span);
        }
    }
    spans
}

/// The form of a column's values.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    Text,
    Number,
    List,
}

/// What stands in a column.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Value {
    Text(Option<String>),
    Number(Option<i64>),
    List(Vec<String>),
}
