//! Hits as a table for spreadsheets: one row an article.

use std::io::{self, Write};

use crate::article::Kind;
pub(super) use crate::export::{Separator, write_row};
use crate::index::{Hit, Response};
use crate::query::{count_spans, snippet};

const COLUMNS: [&str; 11] = [
    "rank",
    "id",
    "score",
    "matches",
    "published",
    "source",
    "title",
    "people",
    "organizations",
    "url",
    "snippet",
];

/// Writes a header and the hits of `response`.
pub(super) fn write_hits(
    out: &mut impl Write,
    response: &Response,
    separator: Separator,
) -> io::Result<()> {
    write_row(out, &COLUMNS.map(str::to_owned), separator)?;
    for (at, hit) in response.hits.iter().enumerate() {
        write_row(out, &cells(at + 1, hit), separator)?;
    }
    Ok(())
}

fn cells(rank: usize, hit: &Hit) -> [String; COLUMNS.len()] {
    let article = &hit.article;
    let shown = snippet(&article.body, &hit.matches, crate::json::SNIPPET_CHARS);
    [
        rank.to_string(),
        article.id.to_string(),
        format!("{:.6}", hit.score),
        count_spans(&hit.matches).to_string(),
        article
            .published
            .map(|date| date.to_string())
            .unwrap_or_default(),
        article.source.clone().unwrap_or_default(),
        article.title.clone(),
        article.names_of(Kind::Person).join("; "),
        article.names_of(Kind::Organization).join("; "),
        article.url.clone().unwrap_or_default(),
        article.body[shown.range].to_owned(),
    ]
}
