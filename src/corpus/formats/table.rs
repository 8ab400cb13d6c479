//! Tables with a header: CSV and TSV, RFC 4180 and what spreadsheets make of it. Commas,
//! semicolons, tabs and bars are told from the header; quoted fields may hold line ends.
//! Columns are understood by the same names as fields of JSON, or with `--map`.

use std::io::{self, BufRead};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::super::decode::decode;
use super::super::fields::Field;
use super::super::{
    FieldMap, RawRecord, ReadOptions, Reading, Refusal, Rejection, Sink, read_line,
};
use super::{Format, jsonl};
use crate::article::{Origin, Record};

/// What keeps columns apart, the likeliest first where a header has several.
const DELIMITERS: [u8; 4] = [b'\t', b',', b';', b'|'];

pub(super) fn split(
    mut input: impl BufRead,
    file: &str,
    options: &ReadOptions,
    sink: Sink<'_>,
) -> io::Result<()> {
    let limit = options.max_record_bytes;
    let mut row = Row::default();
    let mut header: Option<Arc<[u8]>> = None;
    let mut offset = 0;
    let mut number = 0;
    while row.read(&mut input, limit)? {
        let begin = offset;
        offset += row.length;
        if row.bytes.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let Some(context) = &header else {
            header = Some(row.bytes.as_slice().into());
            continue;
        };
        number += 1;
        let origin = Origin::new(file, number, begin);
        let reading = if row.length > row.bytes.len() as u64 {
            let length = row.length;
            let reason = format!("the row has {length} bytes; records may have {limit}");
            Reading::Rejected(Rejection::failed(origin, reason))
        } else {
            Reading::Record(RawRecord {
                origin,
                format: Format::Table,
                bytes: std::mem::take(&mut row.bytes),
                context: Some(Arc::clone(context)),
                note: None,
            })
        };
        if sink(reading).is_break() {
            return Ok(());
        }
    }
    if number == 0 {
        let whole = Origin::new(file, 0, 0);
        let _ = sink(Reading::Rejected(Rejection::skipped(
            whole,
            "is a table without rows",
        )));
    }
    Ok(())
}

/// A row: lines up to one at whose end no quotation mark is open.
#[derive(Default)]
struct Row {
    bytes: Vec<u8>,
    length: u64,
    line: Vec<u8>,
}

impl Row {
    /// Reads the next row; returns false at the end.
    fn read(&mut self, input: &mut impl BufRead, limit: usize) -> io::Result<bool> {
        self.bytes.clear();
        self.length = 0;
        let mut is_open = false;
        loop {
            let length = read_line(input, limit, &mut self.line)?;
            if length == 0 {
                return Ok(self.length > 0);
            }
            self.length += length;
            let room = limit.saturating_sub(self.bytes.len()).min(self.line.len());
            self.bytes.extend_from_slice(&self.line[..room]);
            is_open = ends_open(&self.line, is_open);
            if !is_open || self.length > limit as u64 {
                return Ok(true);
            }
        }
    }
}

/// Returns true if a quoted field is open at the end of a line, given whether one was at
/// its beginning. Only a mark at the beginning of a field opens one.
fn ends_open(line: &[u8], was_open: bool) -> bool {
    let mut is_open = was_open;
    let mut before = b',';
    for &byte in line {
        match byte {
            b'"' if is_open => is_open = false,
            // Two marks in a quoted field are one, and it is still open.
            b'"' if before == b'"' || DELIMITERS.contains(&before) => is_open = true,
            _ => {}
        }
        before = byte;
    }
    is_open
}

pub(super) fn parse(raw: RawRecord, map: &FieldMap) -> Result<Record, Refusal> {
    let header = raw.context.as_deref().unwrap_or_default();
    let (header, _) = decode(header, 0);
    let (text, note) = decode(&raw.bytes, raw.origin.offset);
    let delimiter = delimiter_of(&header);
    let names = fields(&header, delimiter);
    let values = fields(&text, delimiter);
    let mut notes: Vec<String> = note.into_iter().collect();
    if values.len() > names.len() {
        let (values, names) = (values.len(), names.len());
        notes.push(format!(
            "has {values} columns under a header of {names}; the rest is left out"
        ));
    }
    let mut object = Map::new();
    for (name, value) in names.into_iter().zip(values) {
        if !value.trim().is_empty() {
            object.insert(name.trim().to_owned(), Value::String(value));
        }
    }
    jsonl::record_of(&object, raw.origin, map, notes)
}

/// Returns true if `text` begins with a header: several columns, one of which has the
/// usual name of a title or a text.
pub(super) fn has_header(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let names = fields(line, delimiter_of(line));
    let is_known = |name: &String| {
        matches!(
            Field::from_name(name.trim()),
            Some(Field::Title | Field::Body)
        )
    };
    names.len() >= 2 && line.len() < 2_000 && names.iter().any(is_known)
}

/// Returns what keeps the columns of a header apart: what it has most of.
fn delimiter_of(header: &str) -> char {
    let count = |delimiter: u8| header.bytes().filter(|&byte| byte == delimiter).count();
    let most = DELIMITERS
        .iter()
        .map(|&delimiter| count(delimiter))
        .max()
        .unwrap_or(0);
    let found = DELIMITERS
        .into_iter()
        .find(|&delimiter| count(delimiter) == most);
    char::from(found.unwrap_or(b','))
}

/// Cuts a row into its fields.
fn fields(row: &str, delimiter: char) -> Vec<String> {
    let row = row.trim_end_matches(['\n', '\r']);
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut is_quoted = false;
    let mut chars = row.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if is_quoted => is_quoted = false,
            // A mark within a field that did not begin with one is a mark.
            '"' if field.is_empty() => is_quoted = true,
            c if c == delimiter && !is_quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Page;
    use std::ops::ControlFlow;

    fn read(table: &str, map: &[&str]) -> Vec<Result<Record, Refusal>> {
        let map: Vec<String> = map.iter().map(|pair| pair.to_string()).collect();
        let map = FieldMap::parse(&map).unwrap();
        let mut found = Vec::new();
        let mut sink = |reading| {
            if let Reading::Record(raw) = reading {
                found.push(parse(raw, &map));
            }
            ControlFlow::Continue(())
        };
        split(
            table.as_bytes(),
            "a.csv",
            &ReadOptions::default(),
            &mut sink,
        )
        .unwrap();
        found
    }

    #[test]
    fn rows_are_records_under_the_names_of_the_header() {
        let table = "Title,Text,date\r\n\"Strike, at last, ends\",\"It\n\n\"\"ended\"\".\",2024-03-05\r\n\r\nTwo,x\"y,\n";
        let records = read(table, &[]);
        let first = records[0].as_ref().unwrap();
        assert_eq!(first.title.as_deref(), Some("Strike, at last, ends"));
        assert_eq!(first.page, Page::Body("It\n\n\"ended\".".into()));
        assert_eq!(first.published.as_deref(), Some("2024-03-05"));
        assert_eq!(records[1].as_ref().unwrap().page, Page::Body("x\"y".into()));
        let records = read("kop;tekst\nA;B, C\n", &["title=kop,body=tekst"]);
        assert_eq!(records[0].as_ref().unwrap().page, Page::Body("B, C".into()));
        let records = read("a\tb\n1\t2\n", &[]);
        assert!(
            records[0]
                .clone()
                .unwrap_err()
                .reason()
                .contains("(fields seen: a, b)")
        );
    }

    #[test]
    fn a_header_is_told_from_a_text() {
        assert!(has_header("id,title,body\n1,a,b"));
        assert!(has_header("Headline\tText\n"));
        assert!(!has_header("A title, and more\n\nText"));
        assert!(!has_header("title\n"));
    }
}
