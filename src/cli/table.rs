//! Hits as a table for spreadsheets: one row an article.
//!
//! Quoting follows RFC 4180. A cell that a spreadsheet would take for a formula gets
//! an apostrophe in front, since articles come from anywhere.

use std::io::{self, Write};

use crate::article::Kind;
use crate::index::{Hit, Response};
use crate::query::{count_spans, snippet};

/// What stands between cells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Separator {
    Comma,
    Tab,
}

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

/// Writes one row, quoted and made safe for spreadsheets.
pub(super) fn write_row(
    out: &mut impl Write,
    cells: &[String],
    separator: Separator,
) -> io::Result<()> {
    for (at, cell) in cells.iter().enumerate() {
        let cell = disarmed(cell);
        match separator {
            Separator::Comma => {
                let comma = if at > 0 { "," } else { "" };
                write!(out, "{comma}{}", quoted(&cell))?;
            }
            Separator::Tab => {
                let tab = if at > 0 { "\t" } else { "" };
                write!(out, "{tab}{}", cell.replace(['\t', '\n', '\r'], " "))?;
            }
        }
    }
    write!(
        out,
        "{}",
        if separator == Separator::Comma {
            "\r\n"
        } else {
            "\n"
        }
    )
}

fn disarmed(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) || cell != cell.trim() {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(separator: Separator, cells: &[&str], expected: &str) {
        let cells: Vec<String> = cells.iter().map(|cell| cell.to_string()).collect();
        let mut out = Vec::new();
        write_row(&mut out, &cells, separator).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn cells_survive_spreadsheets() {
        check(
            Separator::Comma,
            &["a", "b, \"c\"", "d\ne"],
            "a,\"b, \"\"c\"\"\",\"d\ne\"\r\n",
        );
        check(
            Separator::Comma,
            &["=1+1", "@x", "a=b"],
            "'=1+1,'@x,a=b\r\n",
        );
        check(Separator::Tab, &["a\tb", "c\nd"], "a b\tc d\n");
    }
}
