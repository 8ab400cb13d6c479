//! JSON lines: one object a line, under whatever names a newsroom gives its fields.

use std::io::{self, BufRead};

use serde_json::{Map, Value};

use super::super::decode::decode;
use super::super::fields::{Field, kind_of, plain_name};
use super::super::{
    FieldMap, RawRecord, ReadOptions, Reading, Refusal, Rejection, Sink, read_line,
};
use super::{Format, ninjs};
use crate::article::{Kind, Origin, Page, Provenance, Record};

pub(super) fn split(
    mut input: impl BufRead,
    file: &str,
    options: &ReadOptions,
    sink: Sink<'_>,
) -> io::Result<()> {
    let mut line = Vec::new();
    let mut offset = 0;
    let mut number = 0;
    loop {
        let length = read_line(&mut input, options.max_record_bytes, &mut line)?;
        if length == 0 {
            return Ok(());
        }
        let origin = Origin::new(file, number + 1, offset);
        offset += length;
        let is_whole = length == line.len() as u64;
        let content = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line);
        if is_whole && content.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        number += 1;
        let reading = if is_whole {
            let bytes = std::mem::take(&mut line);
            Reading::Record(RawRecord {
                origin,
                format: Format::Jsonl,
                bytes,
                context: None,
                note: None,
            })
        } else {
            let limit = options.max_record_bytes;
            let reason = format!("the line has {length} bytes; records may have {limit}");
            Reading::Rejected(Rejection::failed(origin, reason))
        };
        if sink(reading).is_break() {
            return Ok(());
        }
    }
}

pub(super) fn parse(raw: RawRecord, map: &FieldMap) -> Result<Record, Refusal> {
    let (text, note) = decode(&raw.bytes, raw.origin.offset);
    let object = object(&text)?;
    let notes = note.into_iter().collect();
    if map.is_empty() && ninjs::is_item(&object) {
        let mut record = ninjs::parse(&object, raw.origin)?;
        record.notes = notes;
        return Ok(record);
    }
    record_of(&object, raw.origin, map, notes)
}

/// Reads a text that should be one JSON object.
pub(super) fn object(text: &str) -> Result<Map<String, Value>, String> {
    let value: Value = serde_json::from_str(text.trim()).map_err(|error| {
        let cause = error.to_string();
        let cause = cause.split(" at line ").next().unwrap_or_default();
        let line = match error.line() {
            0 | 1 => String::new(),
            line => format!("line {line}, "),
        };
        format!("not JSON at {line}column {}: {cause}", error.column())
    })?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err("not a JSON object".to_owned()),
    }
}

/// Makes a record of fields under whatever names they have.
pub(super) fn record_of(
    object: &Map<String, Value>,
    origin: Origin,
    map: &FieldMap,
    notes: Vec<String>,
) -> Result<Record, Refusal> {
    let mut reader = FieldReader { object, map, notes };
    let record = reader.record(origin);
    let body_is_empty = matches!(&record.page, Page::Body(body) if body.trim().is_empty());
    let title = record.title.as_deref().unwrap_or_default();
    // An agency's empty item, as newsdex writes it.
    let is_own_item = record.item_type.is_some()
        && ["item_type", "names"]
            .iter()
            .all(|key| object.contains_key(*key));
    if !body_is_empty || !title.trim().is_empty() || is_own_item {
        return Ok(record);
    }
    let seen: Vec<&str> = object.keys().take(12).map(String::as_str).collect();
    let seen = if seen.is_empty() {
        "none".to_owned()
    } else {
        seen.join(", ")
    };
    let reason =
        format!("no title and no body; name them with --map title=…,body=… (fields seen: {seen})");
    Err(Refusal::Unreadable(reason))
}

struct FieldReader<'a> {
    object: &'a Map<String, Value>,
    map: &'a FieldMap,
    notes: Vec<String>,
}

impl FieldReader<'_> {
    fn record(&mut self, origin: Origin) -> Record {
        let mut record = Record {
            is_whole_file: false,
            fallback: None,
            origin,
            id: self.one(Field::Id),
            title: self.one(Field::Title),
            page: Page::Body(self.one(Field::Body).unwrap_or_default()),
            published: self.one(Field::Published),
            modified: self.one(Field::Modified),
            byline: self.many(Field::Byline),
            source: self.one(Field::Source),
            section: self.one(Field::Section),
            language: self.one(Field::Language),
            url: self.one(Field::Url),
            dateline: self.one(Field::Dateline),
            topics: self.many(Field::Topics),
            tags: self.many(Field::Tags),
            exchanges: self.many(Field::Exchanges),
            item_type: self.one(Field::ItemType),
            names: self.names(),
            notes: Vec::new(),
        };
        record.notes = std::mem::take(&mut self.notes);
        record
    }

    /// Returns the values of a field under all its names, the mapped ones first.
    fn values(&self, field: Field) -> Vec<&Value> {
        let mapped: Vec<&Value> = self
            .map
            .names(field)
            .filter_map(|name| lookup(self.object, name))
            .collect();
        if self.map.names(field).next().is_some() {
            return mapped;
        }
        let usual = Field::USUAL_NAMES.iter().find(|(known, _)| *known == field);
        let names = usual.map_or(&[][..], |(_, names)| *names);
        let mut found = Vec::new();
        for name in names {
            let same = |key: &str| plain_name(key) == plain_name(name);
            found.extend(
                self.object
                    .iter()
                    .filter(|(key, _)| same(key))
                    .map(|(_, value)| value),
            );
        }
        found
    }

    fn one(&mut self, field: Field) -> Option<String> {
        let texts: Vec<String> = self.values(field).into_iter().filter_map(text_of).collect();
        let found = texts.into_iter().find(|text| !text.trim().is_empty());
        if found.is_none() && self.values(field).into_iter().any(is_unusable) {
            self.notes
                .push(format!("{field:?} is neither text nor number; left out"));
        }
        found
    }

    fn many(&mut self, field: Field) -> Vec<String> {
        let lists = self.values(field).into_iter().map(texts_of);
        lists
            .into_iter()
            .find(|texts| !texts.is_empty())
            .unwrap_or_default()
    }

    /// Returns the record's names. What newsdex itself wrote has every name with its
    /// provenance under `names`; anything else brought its names along.
    fn names(&self) -> Vec<(Kind, String, Provenance)> {
        if let Some(names) = self.object.get("names").and_then(own_names) {
            return names;
        }
        let mut names = Vec::new();
        for field in [Field::People, Field::Organizations, Field::Places] {
            let lists = self.values(field).into_iter().map(texts_of);
            let texts = lists
                .into_iter()
                .find(|texts| !texts.is_empty())
                .unwrap_or_default();
            names.extend(
                texts
                    .into_iter()
                    .map(|text| (kind_of(field), text, Provenance::Gold)),
            );
        }
        names
    }
}

/// Reads the names that newsdex writes; `None` if any of them is of another form.
fn own_names(value: &Value) -> Option<Vec<(Kind, String, Provenance)>> {
    let name = |entry: &Value| {
        let kind = serde_json::from_value(entry.get("kind")?.clone()).ok()?;
        let provenance = serde_json::from_value(entry.get("provenance")?.clone()).ok()?;
        Some((kind, entry.get("name")?.as_str()?.to_owned(), provenance))
    };
    value.as_array()?.iter().map(name).collect()
}

fn lookup<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    match object.get(first)? {
        Value::Object(inner) => lookup(inner, rest),
        Value::Array(items) => items
            .first()?
            .as_object()
            .and_then(|inner| lookup(inner, rest)),
        _ => None,
    }
}

/// Returns a value as one text: lists are joined as paragraphs, objects give their name.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(_) => {
            let texts = texts_of(value);
            (!texts.is_empty()).then(|| texts.join("\n\n"))
        }
        Value::Object(object) => {
            let keys = ["name", "title", "text", "value", "$oid", "$date"];
            keys.iter()
                .find_map(|key| object.get(*key))
                .and_then(text_of)
        }
        Value::Null | Value::Bool(_) => None,
    }
}

fn texts_of(value: &Value) -> Vec<String> {
    let texts = match value {
        Value::Array(items) => items.iter().filter_map(text_of).collect(),
        other => text_of(other).into_iter().collect::<Vec<String>>(),
    };
    texts
        .into_iter()
        .filter(|text| !text.trim().is_empty())
        .collect()
}

fn is_unusable(value: &Value) -> bool {
    matches!(value, Value::Bool(_) | Value::Object(_))
        || matches!(value, Value::Array(items) if !items.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::ControlFlow;

    fn parse_line(line: &str, map: &[&str]) -> Result<Record, Refusal> {
        let map: Vec<String> = map.iter().map(|pair| pair.to_string()).collect();
        let origin = Origin::default();
        let raw = RawRecord {
            origin,
            format: Format::Jsonl,
            bytes: line.into(),
            context: None,
            note: None,
        };
        parse(raw, &FieldMap::parse(&map).unwrap())
    }

    fn check_split(input: &[u8], limit: usize, expected: &[&str]) {
        let options = ReadOptions {
            max_record_bytes: limit,
            ..ReadOptions::default()
        };
        let mut found = Vec::new();
        let mut sink = |reading| {
            found.push(match reading {
                Reading::Record(raw) => format!(
                    "{}@{}: {}",
                    raw.origin.record,
                    raw.origin.offset,
                    String::from_utf8_lossy(&raw.bytes).trim_end()
                ),
                Reading::Rejected(no) => {
                    format!("{}@{}! {}", no.origin.record, no.origin.offset, no.reason)
                }
            });
            ControlFlow::Continue(())
        };
        split(input, "a.jsonl", &options, &mut sink).unwrap();
        assert_eq!(found, expected);
    }

    #[test]
    fn lines_are_records_and_endless_ones_are_passed_over() {
        check_split(
            b"{}\n\n  \r\n{1}\r\n{2}",
            100,
            &["1@0: {}", "2@8: {1}", "3@13: {2}"],
        );
        check_split(
            b"{}\n{123456789}\n{}",
            4,
            &[
                "1@0: {}",
                "2@3! the line has 12 bytes; records may have 4",
                "3@15: {}",
            ],
        );
    }

    #[test]
    fn usual_names_are_understood() {
        let record = parse_line(
            r#"{"_id":7,"Headline":"H","maintext":"B","pub_date":"2024-03-05","publisher":{"name":"P"},
                "authors":["A","B"],"people":["Ann Berg"],"lang":"en"}"#,
            &[],
        )
        .unwrap();
        assert_eq!(record.id.as_deref(), Some("7"));
        assert_eq!(record.title.as_deref(), Some("H"));
        assert_eq!(record.page, Page::Body("B".into()));
        assert_eq!(record.published.as_deref(), Some("2024-03-05"));
        assert_eq!(record.source.as_deref(), Some("P"));
        assert_eq!(record.byline, ["A", "B"]);
        assert_eq!(
            record.names,
            [(Kind::Person, "Ann Berg".to_owned(), Provenance::Gold)]
        );
    }

    #[test]
    fn other_names_are_mapped() {
        let line = r#"{"h":"H","content":{"text":"B"},"title":"no"}"#;
        let record = parse_line(line, &["title=h,body=content.text"]).unwrap();
        assert_eq!(record.title.as_deref(), Some("H"));
        assert_eq!(record.page, Page::Body("B".into()));
    }

    #[test]
    fn our_own_names_keep_their_provenance() {
        let line = r#"{"title":"H","people":["A","B"],
            "names":[{"kind":"person","name":"A","provenance":"gold"},{"kind":"person","name":"B","provenance":"extracted"}]}"#;
        let names = parse_line(line, &[]).unwrap().names;
        assert_eq!(
            names[1],
            (Kind::Person, "B".to_owned(), Provenance::Extracted)
        );
    }

    #[test]
    fn broken_lines_say_why() {
        for (line, reason) in [
            (
                "{\"title\": \"cut",
                "not JSON at column 14: EOF while parsing a string",
            ),
            ("[1]", "not a JSON object"),
            (
                "{\"a\":1}",
                "no title and no body; name them with --map title=…,body=… (fields seen: a)",
            ),
        ] {
            assert_eq!(parse_line(line, &[]).unwrap_err().reason(), reason);
        }
        let deep = format!("{{\"title\":{}1", "[".repeat(100_000));
        assert!(
            parse_line(&deep, &[])
                .unwrap_err()
                .reason()
                .contains("recursion limit")
        );
    }
}
