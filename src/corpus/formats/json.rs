//! JSON that is not one object a line: one object on many lines, several after each
//! other, a list of them, or a list inside an object (`{"articles": […]}`).
//!
//! The objects are cut out as they stream by, by counting brackets outside of strings;
//! whether each is JSON is for its parsing to say.

use std::io::{self, BufRead};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::super::{RawRecord, ReadOptions, Reading, Rejection, Sink};
use super::Format;
use crate::article::Origin;

/// Names of lists that hold records inside an object.
const LISTS: [&str; 11] = [
    "items",
    "articles",
    "docs",
    "documents",
    "results",
    "stories",
    "records",
    "entries",
    "data",
    "hits",
    "news",
];
/// Names of lists are shorter.
const MOST_KEY_BYTES: usize = 64;
/// How much of what stands around a list is kept for its records.
const MOST_HEAD_BYTES: usize = 64 << 10;

/// Returns the name of the list in an object that begins with `text`, if it holds
/// records, not the parts of one.
pub(super) fn list_in(text: &str) -> Option<&'static str> {
    let mut cutter = Scanner::default();
    let mut key = Vec::new();
    let mut previous = Vec::new();
    for &byte in text.as_bytes() {
        let was_string = cutter.in_string;
        cutter.take(byte);
        match byte {
            _ if cutter.depth == 1 && was_string && cutter.in_string => key.push(byte),
            b'"' if !was_string => key.clear(),
            b'[' if cutter.depth == 2 && !cutter.in_string => {
                previous.clear();
                previous.extend_from_slice(&key);
            }
            b'{' if cutter.depth == 3 && !cutter.in_string => {
                if let Some(list) = LISTS.iter().find(|list| list.as_bytes() == previous) {
                    return Some(list);
                }
            }
            // Something else that is an object or a list of texts: go on behind it.
            b'}' | b']' if cutter.depth == 1 => previous.clear(),
            _ => {}
        }
        let is_record = ["body", "uri", "headline", "body_text", "content", "text"]
            .iter()
            .any(|own| own.as_bytes() == key);
        if cutter.depth == 1 && byte == b':' && !cutter.in_string && is_record {
            return None;
        }
    }
    None
}

/// Counts brackets outside of strings.
#[derive(Default)]
struct Scanner {
    depth: u64,
    in_string: bool,
    is_escaped: bool,
}

impl Scanner {
    fn take(&mut self, byte: u8) {
        match (self.in_string, byte) {
            (true, _) if self.is_escaped => self.is_escaped = false,
            (true, b'\\') => self.is_escaped = true,
            (true, b'"') => self.in_string = false,
            (true, _) => {}
            (false, b'"') => self.in_string = true,
            (false, b'{' | b'[') => self.depth += 1,
            (false, b'}' | b']') => self.depth = self.depth.saturating_sub(1),
            (false, _) => {}
        }
    }
}

pub(super) fn split(
    mut input: impl BufRead,
    file: &str,
    options: &ReadOptions,
    sink: Sink<'_>,
) -> io::Result<()> {
    let list = list_in(&String::from_utf8_lossy(input.fill_buf()?));
    cut(input, file, (Format::Json, list), options, sink)
}

/// Cuts objects out of `input`, or those of one list in it.
pub(super) fn cut(
    mut input: impl BufRead,
    file: &str,
    (format, list): (Format, Option<&str>),
    options: &ReadOptions,
    sink: Sink<'_>,
) -> io::Result<()> {
    let mut splitter = Splitter {
        file,
        format,
        list,
        limit: options.max_record_bytes,
        scanner: Scanner::default(),
        offset: 0,
        base: if list.is_some() { None } else { Some(0) },
        key: Vec::new(),
        head: Vec::new(),
        context: None,
        open: None,
        number: 0,
        sink,
    };
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            splitter.finish();
            return Ok(());
        }
        let length = buffer.len();
        for &byte in buffer {
            if splitter.take(byte).is_break() {
                return Ok(());
            }
        }
        input.consume(length);
    }
}

struct Splitter<'a, 'b> {
    file: &'a str,
    format: Format,
    list: Option<&'a str>,
    limit: usize,
    scanner: Scanner,
    offset: u64,
    /// How deep records lie; nothing while the list is still looked for.
    base: Option<u64>,
    key: Vec<u8>,
    head: Vec<u8>,
    context: Option<Arc<[u8]>>,
    open: Option<(u64, Vec<u8>, u64)>,
    number: u64,
    sink: Sink<'b>,
}

impl Splitter<'_, '_> {
    fn take(&mut self, byte: u8) -> ControlFlow<()> {
        let depth = self.scanner.depth;
        let was_string = self.scanner.in_string;
        self.scanner.take(byte);
        let offset = self.offset;
        self.offset += 1;
        if let Some((_, bytes, length)) = &mut self.open {
            *length += 1;
            if bytes.len() < self.limit {
                bytes.push(byte);
            }
            let is_over =
                !was_string && self.scanner.depth < depth && Some(self.scanner.depth) == self.base;
            return if is_over {
                self.close(None)
            } else {
                ControlFlow::Continue(())
            };
        }
        let Some(base) = self.base else {
            self.look_for_list(byte, was_string);
            return ControlFlow::Continue(());
        };
        match byte {
            b'{' if depth == base && !was_string => {
                self.number += 1;
                self.open = Some((offset, vec![byte], 1));
            }
            // A list of records.
            b'[' if depth == 0 && base == 0 && !was_string => self.base = Some(1),
            // Behind the list that holds the records nothing else is one.
            b']' if self.scanner.depth == 1 && base == 2 => self.base = Some(u64::MAX),
            b']' if self.scanner.depth == 0 && base == 1 && self.list.is_none() => {
                self.base = Some(0)
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// Looks for the list that holds the records, and keeps what stands before it.
    fn look_for_list(&mut self, byte: u8, was_string: bool) {
        if self.head.len() < MOST_HEAD_BYTES {
            self.head.push(byte);
        }
        let is_key = self.scanner.depth == 1;
        let is_in_key = is_key && was_string && self.scanner.in_string;
        let is_list = byte == b'[' && !was_string && self.scanner.depth == 2;
        if is_in_key && self.key.len() < MOST_KEY_BYTES {
            self.key.push(byte);
        } else if byte == b'"' && !was_string {
            self.key.clear();
        } else if is_list && self.list.is_some_and(|list| list.as_bytes() == self.key) {
            self.base = Some(2);
            let mut head = std::mem::take(&mut self.head);
            head.extend(b"]}");
            self.context = Some(head.into());
        }
    }

    fn close(&mut self, note: Option<&str>) -> ControlFlow<()> {
        let Some((offset, bytes, length)) = self.open.take() else {
            return ControlFlow::Continue(());
        };
        let origin = Origin::new(self.file, self.number, offset);
        let reading = if length > self.limit as u64 {
            let limit = self.limit;
            let reason = format!("the record has {length} bytes; records may have {limit}");
            Reading::Rejected(Rejection::failed(origin, reason))
        } else {
            Reading::Record(RawRecord {
                origin,
                format: self.format,
                bytes,
                context: self.context.clone(),
                note: note.map(str::to_owned),
            })
        };
        (self.sink)(reading)
    }

    fn finish(&mut self) {
        if self.open.is_some() {
            let _ = self.close(Some("the record ends with the file"));
        } else if self.number == 0 {
            let whole = Origin::new(self.file, 0, 0);
            let reason = "is JSON without an object, so without an article";
            let _ = (self.sink)(Reading::Rejected(Rejection::skipped(whole, reason)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expected: &[&str]) {
        let options = ReadOptions {
            max_record_bytes: 50,
            ..ReadOptions::default()
        };
        let mut found = Vec::new();
        let mut sink = |reading| {
            found.push(match reading {
                Reading::Record(raw) => {
                    let text = String::from_utf8_lossy(&raw.bytes).into_owned();
                    let head = raw
                        .context
                        .map(|head| format!(" in {}", String::from_utf8_lossy(&head)));
                    format!(
                        "{}@{}: {text}{}",
                        raw.origin.record,
                        raw.origin.offset,
                        head.unwrap_or_default()
                    )
                }
                Reading::Rejected(no) => {
                    format!("{}@{}! {}", no.origin.record, no.origin.offset, no.reason)
                }
            });
            ControlFlow::Continue(())
        };
        let slow = io::BufReader::with_capacity(1, input.as_bytes());
        cut(
            slow,
            "a",
            (Format::Json, list_in(input)),
            &options,
            &mut sink,
        )
        .unwrap();
        assert_eq!(found, expected, "{input}");
    }

    #[test]
    fn objects_are_cut_out_of_whatever_holds_them() {
        check(
            "{\n \"a\": \"}\"\n}\n{\"b\":[{}]}",
            &["1@0: {\n \"a\": \"}\"\n}", "2@14: {\"b\":[{}]}"],
        );
        check(
            "[{\"a\":\"\\\"]\"},\n{\"b\":1}, 3]",
            &["1@1: {\"a\":\"\\\"]\"}", "2@14: {\"b\":1}"],
        );
        check(
            "{\"n\":1,\"articles\":[{\"a\":1},{\"b\":2}],\"m\":[{}]}",
            &[
                "1@19: {\"a\":1} in {\"n\":1,\"articles\":[]}",
                "2@27: {\"b\":2} in {\"n\":1,\"articles\":[]}",
            ],
        );
        check(
            "{\"body\":\"x\",\"items\":[{}]}",
            &["1@0: {\"body\":\"x\",\"items\":[{}]}"],
        );
        check(
            "[1, 2]",
            &["0@0! is JSON without an object, so without an article"],
        );
        check("[{\"a\":", &["1@1: {\"a\":"]);
        let long = format!("[{{\"a\":\"{}\"}},{{}}]", "x".repeat(60));
        check(
            &long,
            &[
                "1@1! the record has 68 bytes; records may have 50",
                "2@70: {}",
            ],
        );
    }
}
