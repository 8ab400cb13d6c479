//! The queries of a batch: one a line, `id<TAB>text`, or a table with a header.

use jiff::civil::Date;

use crate::query::{Filters, NameSource};

/// One query of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Row {
    /// Its id, or its line's number.
    pub(super) id: String,
    /// What was typed.
    pub(super) query: String,
    /// Its own filters, beside those of the command line.
    pub(super) filters: Filters,
    /// Which names its filters look at, if it says so.
    pub(super) names: Option<NameSource>,
    /// Why it cannot be asked.
    pub(super) fault: Option<String>,
}

/// Columns of a table, by any of their names.
const COLUMNS: &str = "id, query, org, person, place, source, lang, from, to, provenance";

/// Reads the queries of a file. A file whose first line is a header with a column `query`
/// is a table; lines that are empty are passed over.
///
/// # Errors
///
/// A table with a column that nobody knows.
pub(super) fn read(text: &str) -> Result<Vec<Row>, String> {
    let text = text.trim_start_matches('\u{FEFF}');
    let header = text.lines().next().unwrap_or_default();
    let separator = if header.contains('\t') { '\t' } else { ',' };
    let names = records(header, separator)
        .into_iter()
        .next()
        .unwrap_or_default();
    let names: Vec<String> = names
        .iter()
        .map(|name| name.trim().to_lowercase())
        .collect();
    if !names.iter().any(|name| name == "query") {
        return Ok(lines(text));
    }
    let unknown = names.iter().find(|name| !is_known(name));
    if let Some(name) = unknown {
        return Err(format!(
            "there is no column {name:?} for queries; columns are {COLUMNS}"
        ));
    }
    let rows = records(text, separator).into_iter().enumerate().skip(1);
    let filled = rows.filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty()));
    Ok(filled.map(|(at, cells)| row(&names, &cells, at)).collect())
}

fn is_known(name: &str) -> bool {
    COLUMNS.split(", ").any(|known| known == name)
}

fn lines(text: &str) -> Vec<Row> {
    let lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
    let filled = lines
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    filled
        .map(|(at, line)| {
            let number = (at + 1).to_string();
            let (id, query) = line.split_once('\t').unwrap_or((&number, line));
            Row {
                id: id.trim().to_owned(),
                query: query.trim().to_owned(),
                ..Row::default()
            }
        })
        .collect()
}

fn row(names: &[String], cells: &[String], at: usize) -> Row {
    let mut row = Row {
        id: at.to_string(),
        ..Row::default()
    };
    for (name, cell) in names.iter().zip(cells) {
        let cell = cell.trim();
        if cell.is_empty() {
            continue;
        }
        // Several values of one filter have semicolons between.
        let values = || {
            cell.split(';')
                .map(|value| value.trim().to_owned())
                .collect()
        };
        match name.as_str() {
            "id" => row.id = cell.to_owned(),
            "query" => row.query = cell.to_owned(),
            "org" => row.filters.organizations = values(),
            "person" => row.filters.people = values(),
            "place" => row.filters.places = values(),
            "source" => row.filters.sources = values(),
            "lang" => row.filters.languages = values(),
            "from" => row.filters.from = day(cell, &mut row.fault),
            "to" => row.filters.to = day(cell, &mut row.fault),
            _ => match cell.to_lowercase().as_str() {
                "any" => row.names = Some(NameSource::Any),
                "gold" => row.names = Some(NameSource::Gold),
                "extracted" => row.names = Some(NameSource::Extracted),
                _ => {
                    row.fault = Some(format!(
                        "provenance is gold, extracted or any, not {cell:?}"
                    ))
                }
            },
        }
    }
    row
}

fn day(text: &str, fault: &mut Option<String>) -> Option<Date> {
    let day = text.parse().ok();
    if day.is_none() {
        *fault = Some(format!("{text:?} is no day; write YYYY-MM-DD"));
    }
    day
}

/// Cuts a table into cells, as RFC 4180 has it: quoted cells may hold separators, line
/// ends and doubled quotation marks.
fn records(text: &str, separator: char) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let (mut record, mut cell) = (Vec::new(), String::new());
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            _ if quoted => cell.push(c),
            '\n' => {
                record.push(std::mem::take(&mut cell));
                records.push(std::mem::take(&mut record));
            }
            '\r' if chars.peek() == Some(&'\n') => {}
            _ if c == separator => record.push(std::mem::take(&mut cell)),
            _ => cell.push(c),
        }
    }
    if !cell.is_empty() || !record.is_empty() {
        record.push(cell);
        records.push(record);
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let rows = read(text).unwrap();
        let found: Vec<(&str, &str)> = rows
            .iter()
            .map(|row| (row.id.as_str(), row.query.as_str()))
            .collect();
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn queries_are_lines_or_rows() {
        check(
            "port\n\n\"land mines\"\r\n",
            &[("1", "port"), ("3", "\"land mines\"")],
        );
        check("a\tport\nb\tstrike", &[("a", "port"), ("b", "strike")]);
        check(
            "id,query\na,\"\"\"land mines\"\", or\"\n,port\n",
            &[("a", "\"land mines\", or"), ("2", "port")],
        );
        check("query\tid\nport\ta\n", &[("a", "port")]);
        // A query that holds the word, not a header.
        check("the query\nport", &[("1", "the query"), ("2", "port")]);
    }

    #[test]
    fn rows_have_filters_of_their_own() {
        let rows =
            read("query,org,from,provenance\nport,Corvane; =BBC,2024-03-01,gold\n*,,soon,\n")
                .unwrap();
        assert_eq!(rows[0].filters.organizations, ["Corvane", "=BBC"]);
        assert_eq!(rows[0].names, Some(NameSource::Gold));
        assert!(rows[0].fault.is_none() && rows[0].filters.from.is_some());
        assert_eq!(
            rows[1].fault.as_deref(),
            Some("\"soon\" is no day; write YYYY-MM-DD")
        );
        let error = read("query,color\na,b\n").unwrap_err();
        assert!(
            error.starts_with("there is no column \"color\" for queries; columns are id, query")
        );
    }
}
