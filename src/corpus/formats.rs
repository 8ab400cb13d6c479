//! The formats that are read, one file each.

mod atom;
mod elements;
mod export;
mod feed;
mod html;
mod json;
mod jsonfeed;
mod jsonl;
mod mail;
mod markdown;
mod newsml1;
mod newsml_g2;
mod ninjs;
mod nitf;
mod reuters;
mod rss;
mod table;
mod text;
mod trec;
mod warc;

use std::fmt;
use std::io::{self, BufRead};
use std::str::FromStr;

use super::{RawRecord, ReadOptions, Refusal, Sink};
use crate::article::Record;

/// A format of corpus files.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Format {
    /// Plain text, one article a file.
    Text,
    /// One JSON object a line.
    Jsonl,
    /// JSON objects in a list, in an object, or one after the other.
    Json,
    /// A JSON feed.
    JsonFeed,
    /// RSS of any version.
    Rss,
    /// An Atom feed or entry.
    Atom,
    /// NITF.
    Nitf,
    /// NewsML 1.
    Newsml1,
    /// NewsML-G2.
    NewsmlG2,
    /// Markdown with front matter, or named so.
    Markdown,
    /// A table with a header: commas, semicolons, tabs or bars.
    Table,
    /// A message of mail.
    Mail,
    /// Many messages of mail.
    Mbox,
    /// SGML in the manner of TREC and TDT.
    Trec,
    /// A plain-text export of a press database.
    Export,
    /// A web page.
    Html,
    /// A web archive.
    Warc,
    /// The SGML of Reuters-21578.
    Reuters,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 18] = [
        Format::Text,
        Format::Jsonl,
        Format::Json,
        Format::JsonFeed,
        Format::Rss,
        Format::Atom,
        Format::Nitf,
        Format::Newsml1,
        Format::NewsmlG2,
        Format::Markdown,
        Format::Table,
        Format::Mail,
        Format::Mbox,
        Format::Trec,
        Format::Export,
        Format::Html,
        Format::Warc,
        Format::Reuters,
    ];

    /// Returns the name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Jsonl => "jsonl",
            Format::Json => "json",
            Format::JsonFeed => "jsonfeed",
            Format::Rss => "rss",
            Format::Atom => "atom",
            Format::Nitf => "nitf",
            Format::Newsml1 => "newsml1",
            Format::NewsmlG2 => "newsml-g2",
            Format::Markdown => "markdown",
            Format::Table => "csv",
            Format::Mail => "mail",
            Format::Mbox => "mbox",
            Format::Trec => "trec",
            Format::Export => "export",
            Format::Html => "html",
            Format::Warc => "warc",
            Format::Reuters => "reuters",
        }
    }

    /// Returns the names of all formats, for messages.
    fn list() -> String {
        Format::ALL.map(Format::name).join(", ")
    }

    /// Returns the format of an XML file by the name of its outermost element.
    pub(super) fn of_root(root: &str) -> Option<Format> {
        Some(match root {
            "rss" | "RDF" => Format::Rss,
            "feed" | "entry" => Format::Atom,
            "nitf" => Format::Nitf,
            "NewsML" => Format::Newsml1,
            "newsMessage" => Format::NewsmlG2,
            root if newsml_g2::ITEMS.contains(&root) => Format::NewsmlG2,
            _ => return None,
        })
    }

    /// Returns the format of a file that begins with the JSON `text`, which is more than
    /// one line of it.
    pub(super) fn of_json(text: &str) -> Format {
        match jsonfeed::is_feed(text) {
            true => Format::JsonFeed,
            false => Format::Json,
        }
    }

    /// Returns the format of a text that has one of its own, by how it begins.
    pub(super) fn of_text(text: &str) -> Option<Format> {
        let first_line = text.lines().next().unwrap_or_default();
        let rest = text
            .get(first_line.len()..)
            .unwrap_or_default()
            .trim_start();
        Some(match text {
            _ if first_line.starts_with("From ") && mail::is_message(rest) => Format::Mbox,
            _ if mail::is_message(text) => Format::Mail,
            _ if markdown::has_front_matter(text) => Format::Markdown,
            _ if export::is_export(text) => Format::Export,
            _ if table::has_header(text) => Format::Table,
            _ => return None,
        })
    }

    /// Returns true if a file that begins with `text` is a web page.
    pub(super) fn is_page(text: &str) -> bool {
        html::is_page(text)
    }

    /// Returns true if each record of the format ends with the end of a line.
    pub(super) fn ends_with_line(self) -> bool {
        matches!(self, Format::Jsonl | Format::Table)
    }

    /// Returns true if a file of this format is one record, whatever is in it.
    pub(super) fn is_whole_file(self) -> bool {
        matches!(
            self,
            Format::Text | Format::Markdown | Format::Mail | Format::Html
        )
    }

    pub(super) fn split(
        self,
        input: impl BufRead,
        file: &str,
        options: &ReadOptions,
        sink: Sink<'_>,
    ) -> io::Result<()> {
        match self {
            Format::Text | Format::Markdown | Format::Mail | Format::Html => {
                text::split_whole(self, input, file, options, sink)
            }
            Format::Jsonl => jsonl::split(input, file, options, sink),
            Format::Json => json::split(input, file, options, sink),
            Format::JsonFeed => json::cut(input, file, (self, Some(jsonfeed::LIST)), options, sink),
            Format::Rss => elements::split(input, file, rss::CUT, options, sink),
            Format::Atom => elements::split(input, file, atom::CUT, options, sink),
            Format::Nitf => elements::split(input, file, nitf::CUT, options, sink),
            Format::Newsml1 => elements::split(input, file, newsml1::CUT, options, sink),
            Format::NewsmlG2 => elements::split(input, file, newsml_g2::CUT, options, sink),
            Format::Table => table::split(input, file, options, sink),
            Format::Mbox => mail::split_mbox(input, file, options, sink),
            Format::Trec => elements::split(input, file, trec::CUT, options, sink),
            Format::Export => export::split(input, file, options, sink),
            Format::Warc => warc::split(input, file, options, sink),
            Format::Reuters => reuters::split(input, file, options, sink),
        }
    }

    /// Parses one record, or says for people why it cannot.
    pub(super) fn parse(self, raw: RawRecord, options: &ReadOptions) -> Result<Record, Refusal> {
        match self {
            Format::Text => Ok(text::parse(raw)?),
            Format::Jsonl | Format::Json => jsonl::parse(raw, &options.map),
            Format::JsonFeed => jsonfeed::parse(raw),
            Format::Rss => rss::parse(raw),
            Format::Atom => atom::parse(raw),
            Format::Nitf => nitf::parse(raw),
            Format::Newsml1 => newsml1::parse(raw),
            Format::NewsmlG2 => newsml_g2::parse(raw),
            Format::Markdown => markdown::parse(raw, &options.map),
            Format::Table => table::parse(raw, &options.map),
            Format::Mail | Format::Mbox => mail::parse(raw),
            Format::Trec => trec::parse(raw),
            Format::Export => export::parse(raw),
            Format::Html => Ok(html::parse(raw)?),
            Format::Warc => warc::parse(raw, options),
            Format::Reuters => Ok(reuters::parse(raw)?),
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
#[error("there is no format {name:?}; formats are {known}", name = .0, known = Format::list())]
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
