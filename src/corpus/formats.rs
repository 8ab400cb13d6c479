//! The formats that are read, one file each.

mod jsonl;
mod reuters;
mod text;

use std::fmt;
use std::io::{self, BufRead};
use std::str::FromStr;

use super::{RawRecord, ReadOptions, Sink};
use crate::article::Record;

/// A format of corpus files.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Format {
    /// Plain text, one article a file.
    Text,
    /// One JSON object a line.
    Jsonl,
    /// The SGML of Reuters-21578.
    Reuters,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 3] = [Format::Text, Format::Jsonl, Format::Reuters];

    /// Returns the name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Jsonl => "jsonl",
            Format::Reuters => "reuters",
        }
    }

    /// Returns true if each record of the format ends with the end of a line.
    pub(super) fn ends_with_line(self) -> bool {
        self == Format::Jsonl
    }

    pub(super) fn split(
        self,
        input: impl BufRead,
        file: &str,
        options: &ReadOptions,
        sink: Sink<'_>,
    ) -> io::Result<()> {
        match self {
            Format::Text => text::split(input, file, options, sink),
            Format::Jsonl => jsonl::split(input, file, options, sink),
            Format::Reuters => reuters::split(input, file, options, sink),
        }
    }

    /// Parses one record, or says for people why it cannot.
    pub(super) fn parse(self, raw: RawRecord, options: &ReadOptions) -> Result<Record, String> {
        match self {
            Format::Text => text::parse(raw),
            Format::Jsonl => jsonl::parse(raw, &options.map),
            Format::Reuters => reuters::parse(raw),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Not the name of a format.
#[derive(Debug, thiserror::Error)]
#[error("there is no format {0:?}; formats are text, jsonl and reuters")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Format, UnknownFormat> {
        let found = Format::ALL
            .into_iter()
            .find(|format| format.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}
