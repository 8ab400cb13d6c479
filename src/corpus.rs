//! Reads records from files. Nothing else in the program opens a corpus.
//!
//! A file is found by [`walk()`], unpacked and cut into raw records by [`split`] on
//! the reading thread, and each is parsed by [`parse`] on a worker. What cannot be
//! read comes out as a [`Rejection`] with its place and reason; nothing is dropped in
//! silence, and only the file system itself can fail. What the fields of a record mean
//! is decided here, what its text says in `extract`.
//!
//! ```text
//! walk ─▶ unpack ─▶ detect, decode ─▶ formats: split ─▶ (worker) formats: parse
//! ```
//!
//! All of it streams: memory is bounded by the longest record that the options allow
//! and by the windows of the decompressors, at most four layers of them.

mod decode;
mod detect;
mod fields;
mod follow;
mod formats;
mod keys;
mod markup;
mod options;
mod unpack;
mod walk;
mod xml;

use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::article::{Origin, Record};

pub use follow::{Change, Follow, FollowError};
pub use formats::Format;
pub use keys::{key_of, path_of};
pub use options::{FieldMap, OptionError, ReadOptions, UnpackLimits, parse_set};
pub use walk::{
    Folder, PathError, Position, Selection, SourceFile, Walk, WalkFault, modified_ns, walk,
};

/// One record of a file, as bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RawRecord {
    /// Where it is.
    pub origin: Origin,
    /// How it is to be parsed.
    pub format: Format,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What its file says once for all of its records: a table's header, a feed's head.
    pub context: Option<Arc<[u8]>>,
    /// What was odd about it so far.
    pub note: Option<String>,
}

/// What a file holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reading {
    /// A record, to be parsed.
    Record(RawRecord),
    /// Something that is no record, or one that cannot be read.
    Rejected(Rejection),
}

/// A record that cannot be read, or something that is none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rejection {
    /// Where it is.
    pub origin: Origin,
    /// Whether something is wrong, or it is just no article.
    pub kind: RejectionKind,
    /// Why, for people.
    pub reason: String,
}

/// What a rejection means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RejectionKind {
    /// It is no article and does not claim to be one.
    Skipped,
    /// It should be an article, but cannot be read.
    Failed,
}

impl Rejection {
    fn skipped(origin: Origin, reason: impl Into<String>) -> Rejection {
        Rejection {
            origin,
            kind: RejectionKind::Skipped,
            reason: reason.into(),
        }
    }

    fn failed(origin: Origin, reason: impl Into<String>) -> Rejection {
        Rejection {
            origin,
            kind: RejectionKind::Failed,
            reason: reason.into(),
        }
    }
}

/// Why the bytes of a record give no record.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Refusal {
    /// It is something else, and says so.
    NoArticle(String),
    /// It should be an article.
    Unreadable(String),
}

impl Refusal {
    fn reason(self) -> String {
        match self {
            Refusal::NoArticle(reason) | Refusal::Unreadable(reason) => reason,
        }
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Refusal {
        Refusal::Unreadable(reason)
    }
}

/// Takes what a file holds, piece by piece, and says whether to go on.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(Reading) -> ControlFlow<()>;

/// Cuts `input` into records and hands them to `sink` in order, after unpacking it if
/// it is compressed or an archive. `file` is the key the records are known by; its
/// ending helps to tell the format.
///
/// # Errors
///
/// Only if reading fails; whatever the bytes are, they come out as readings.
pub fn split(
    input: impl Read,
    file: &str,
    options: &ReadOptions,
    sink: &mut dyn FnMut(Reading) -> ControlFlow<()>,
) -> io::Result<()> {
    let mut input = BufReader::with_capacity(1 << 18, input);
    let beginning = detect::beginning(&mut input)?;
    match unpack::Packing::of(beginning.get_ref()) {
        None => split_plain(beginning, input, file, file, options, sink),
        Some(packing) => unpack::split(packing, beginning.chain(input), file, options, sink),
    }
}

/// Cuts what is packed no further into records. `name` is what it is called, which
/// inside an archive is not the file's name.
fn split_plain(
    beginning: io::Cursor<Vec<u8>>,
    input: impl BufRead,
    file: &str,
    name: &str,
    options: &ReadOptions,
    sink: Sink<'_>,
) -> io::Result<()> {
    let whole = Origin::new(file, 0, 0);
    let format = match detect::detect(&beginning, name, options.input_format) {
        Ok(format) => format,
        Err(reason) => {
            let _ = sink(Reading::Rejected(Rejection::skipped(whole, reason)));
            return Ok(());
        }
    };
    let encoding = decode::wide_encoding(beginning.get_ref());
    let input = beginning.chain(input);
    match encoding {
        None => format.split(input, file, options, sink),
        Some(encoding) => {
            let text = match decode::read_wide(input, encoding)? {
                Ok(text) => text,
                Err(reason) => {
                    let _ = sink(Reading::Rejected(Rejection::failed(whole, reason)));
                    return Ok(());
                }
            };
            format.split(text.as_bytes(), file, options, sink)
        }
    }
}

/// Parses one record. Pure, and safe on any bytes.
///
/// # Errors
///
/// A record that is no article or cannot be read, with the reason.
pub fn parse(raw: RawRecord, options: &ReadOptions) -> Result<Record, Rejection> {
    let origin = raw.origin.clone();
    let note = raw.note.clone();
    let format = raw.format;
    let parsed = format.parse(raw, options);
    let mut record = parsed.map_err(|refusal| match refusal {
        Refusal::NoArticle(reason) => Rejection::skipped(origin, reason),
        refusal @ Refusal::Unreadable(_) => Rejection::failed(origin, refusal.reason()),
    })?;
    record.is_whole_file = format.is_whole_file();
    record.notes.extend(note);
    fields::fill_in(&mut record, &options.set);
    Ok(record)
}

/// Reads a line, up to `limit` bytes of it; returns its whole length, 0 at the end.
/// What is longer is passed over without being kept.
fn read_line(input: &mut impl BufRead, limit: usize, line: &mut Vec<u8>) -> io::Result<u64> {
    line.clear();
    let mut length = 0;
    loop {
        let available = input.fill_buf()?;
        if available.is_empty() {
            return Ok(length);
        }
        let end = memchr::memchr(b'\n', available);
        let taken = end.map_or(available.len(), |end| end + 1);
        let room = limit.saturating_sub(line.len()).min(taken);
        line.extend_from_slice(&available[..room]);
        input.consume(taken);
        length += taken as u64;
        if end.is_some() {
            return Ok(length);
        }
    }
}
