//! Plain text: one article a file, its parts still to be told from each other.

use std::io::{self, BufRead, Read};

use super::super::decode::decode;
use super::super::{RawRecord, ReadOptions, Reading, Rejection, Sink};
use super::Format;
use crate::article::{Origin, Page, Record};

/// Takes a whole file as one record of `format`.
pub(super) fn split_whole(
    format: Format,
    input: impl BufRead,
    file: &str,
    options: &ReadOptions,
    sink: Sink<'_>,
) -> io::Result<()> {
    let origin = Origin::new(file, 1, 0);
    let limit = options.max_record_bytes as u64;
    let mut bytes = Vec::new();
    let mut input = input.take(limit + 1);
    input.read_to_end(&mut bytes)?;
    let reading = if bytes.len() as u64 > limit {
        Reading::Rejected(Rejection::failed(
            origin,
            format!("the text is longer than {limit} bytes"),
        ))
    } else {
        Reading::Record(RawRecord {
            origin,
            format,
            bytes,
            context: None,
            note: None,
        })
    };
    let _ = sink(reading);
    Ok(())
}

pub(super) fn parse(raw: RawRecord) -> Result<Record, String> {
    let (text, note) = decode(&raw.bytes, raw.origin.offset);
    let notes = note.into_iter().collect();
    Ok(Record {
        origin: raw.origin,
        page: Page::Whole(text),
        notes,
        ..Record::default()
    })
}
