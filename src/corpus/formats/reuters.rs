//! The SGML of the Reuters-21578 collection: newswire articles of 1987 with their
//! editors' codes.
//!
//! Not a general SGML reader: it knows the collection's tags, and reads on where they
//! are broken. Some bytes of the collection are no ASCII, many are control characters
//! left by the wire; the first are reported, the second dropped.

use std::io::{self, BufRead};

use super::super::decode::decode;
use super::super::{RawRecord, ReadOptions, Reading, Rejection, Sink, read_line};
use super::Format;
use crate::article::{Kind, Origin, Page, Provenance, Record};

const BEGIN: &[u8] = b"<REUTERS";
const END: &[u8] = b"</REUTERS>";

pub(super) fn split(
    mut input: impl BufRead,
    file: &str,
    options: &ReadOptions,
    sink: Sink<'_>,
) -> io::Result<()> {
    let mut splitter = Splitter {
        file,
        limit: options.max_record_bytes,
        number: 0,
        open: None,
        sink,
    };
    let mut line = Vec::new();
    let mut offset = 0;
    loop {
        let length = read_line(&mut input, options.max_record_bytes, &mut line)?;
        if length == 0 {
            splitter.close(Some("the record ends with the file, without </REUTERS>"));
            return Ok(());
        }
        let kept = line.len() as u64;
        if !splitter.line(&line, offset) || !splitter.cut(length - kept, offset + kept) {
            return Ok(());
        }
        offset += length;
    }
}

struct Splitter<'a, 'b> {
    file: &'a str,
    limit: usize,
    number: u64,
    open: Option<Open>,
    sink: Sink<'b>,
}

/// A record that has begun.
struct Open {
    origin: Origin,
    bytes: Vec<u8>,
    length: u64,
}

impl Splitter<'_, '_> {
    /// Takes one line; returns false if nobody listens any more.
    fn line(&mut self, line: &[u8], offset: u64) -> bool {
        let mut at = 0;
        let (mut begins, mut ends) = (Marks::new(line, BEGIN), Marks::new(line, END));
        while at < line.len() {
            let rest = &line[at..];
            let go_on = match (begins.next_from(at), ends.next_from(at)) {
                (Some(begin), end) if end.is_none_or(|end| begin < end) => {
                    self.keep(&rest[..begin], offset + at as u64);
                    let closed = self.close(Some(
                        "the record has no </REUTERS>; it ends where the next begins",
                    ));
                    self.number += 1;
                    let place = offset + (at + begin) as u64;
                    let origin = Origin::new(self.file, self.number, place);
                    self.open = Some(Open {
                        origin,
                        bytes: BEGIN.to_vec(),
                        length: BEGIN.len() as u64,
                    });
                    at += begin + BEGIN.len();
                    closed
                }
                (_, Some(end)) => {
                    self.keep(&rest[..end + END.len()], offset + at as u64);
                    at += end + END.len();
                    self.close(None)
                }
                _ => {
                    let kept = self.keep(rest, offset + at as u64);
                    at = line.len();
                    kept
                }
            };
            if !go_on {
                return false;
            }
        }
        true
    }

    /// Counts the rest of a line that is too long to be kept.
    fn cut(&mut self, length: u64, offset: u64) -> bool {
        if length == 0 {
            return true;
        }
        if let Some(open) = &mut self.open {
            open.length = open
                .length
                .saturating_add(length)
                .max(self.limit as u64 + 1);
            return true;
        }
        let origin = Origin::new(self.file, 0, offset);
        let reason = format!("the line goes on for {length} bytes, which are passed over");
        (self.sink)(Reading::Rejected(Rejection::failed(origin, reason))).is_continue()
    }

    fn keep(&mut self, bytes: &[u8], offset: u64) -> bool {
        if let Some(open) = &mut self.open {
            let room = self.limit.saturating_sub(open.bytes.len()).min(bytes.len());
            open.bytes.extend_from_slice(&bytes[..room]);
            open.length += bytes.len() as u64;
            return true;
        }
        let text = bytes.trim_ascii();
        let is_declaration = text.starts_with(b"<!") || text.is_empty();
        if is_declaration {
            return true;
        }
        let origin = Origin::new(self.file, 0, offset);
        let shown: String = String::from_utf8_lossy(text).chars().take(40).collect();
        let reason = format!("text between records: {shown:?}");
        (self.sink)(Reading::Rejected(Rejection::skipped(origin, reason))).is_continue()
    }

    /// Ends the open record, if there is one.
    fn close(&mut self, note: Option<&str>) -> bool {
        let Some(open) = self.open.take() else {
            return true;
        };
        let reading = if open.length > self.limit as u64 {
            let reason = format!(
                "the record has {} bytes; records may have {}",
                open.length, self.limit
            );
            Reading::Rejected(Rejection::failed(open.origin, reason))
        } else {
            let note = note.map(str::to_owned);
            Reading::Record(RawRecord {
                origin: open.origin,
                format: Format::Reuters,
                bytes: open.bytes,
                context: None,
                note,
            })
        };
        (self.sink)(reading).is_continue()
    }
}

/// The places of a mark in a line, looked for once each, so that a line of nothing but
/// marks takes no longer than any other.
struct Marks<'l> {
    line: &'l [u8],
    mark: &'static [u8],
    next: Option<usize>,
}

impl<'l> Marks<'l> {
    fn new(line: &'l [u8], mark: &'static [u8]) -> Marks<'l> {
        Marks {
            line,
            mark,
            next: find(line, mark),
        }
    }

    /// Returns how far from `at` the next mark is; `at` never goes back.
    fn next_from(&mut self, at: usize) -> Option<usize> {
        if self.next.is_some_and(|next| next < at) {
            self.next = find(&self.line[at..], self.mark).map(|found| at + found);
        }
        self.next.map(|next| next - at)
    }
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    // A record has few tags and many lines: what holds no bracket is left at once.
    let first = memchr::memchr(b'<', bytes)?;
    memchr::memmem::find(&bytes[first..], pattern).map(|at| first + at)
}

pub(super) fn parse(raw: RawRecord) -> Result<Record, String> {
    let (text, note) = decode(&raw.bytes, raw.origin.offset);
    let head = text.split_once('>').map_or("", |(head, _)| head);
    let Some(number) = attribute(head, "NEWID") else {
        return Err("the record has no NEWID, so no id".to_owned());
    };
    let elements = Elements::of(&text);
    let text_head = text
        .split_once("<TEXT")
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or("", |(head, _)| head);
    let line = |tag| {
        let line = elements.get(tag).map(clean_line);
        line.filter(|line| !line.is_empty())
    };
    let codes = |tag| elements.get(tag).map(codes).unwrap_or_default();
    let names = [
        ("PEOPLE", Kind::Person),
        ("ORGS", Kind::Organization),
        ("PLACES", Kind::Place),
    ];
    let names = names.into_iter().flat_map(|(tag, kind)| {
        codes(tag)
            .into_iter()
            .map(move |code| (kind, code, Provenance::Gold))
    });
    Ok(Record {
        id: Some(format!("R21578-{number}")),
        title: line("TITLE"),
        page: Page::Body(body(&elements)),
        published: elements.get("DATE").map(clean_line),
        byline: line("AUTHOR").into_iter().collect(),
        source: Some("Reuters".to_owned()),
        language: Some("en".to_owned()),
        dateline: line("DATELINE"),
        names: names.collect(),
        topics: codes("TOPICS"),
        exchanges: codes("EXCHANGES"),
        item_type: Some(attribute(text_head, "TYPE").unwrap_or("NORM").to_owned()),
        notes: note.into_iter().collect(),
        origin: raw.origin,
        ..Record::default()
    })
}

fn attribute<'t>(head: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = head.split_once(&format!("{name}=\""))?;
    rest.split_once('"')
        .map(|(value, _)| value)
        .filter(|value| !value.is_empty())
}

/// What stands in the elements of a record, found in one walk over its tags.
struct Elements<'t> {
    text: &'t str,
    found: [Option<Found>; TAGS.len()],
}

/// Where the first element of a name begins and, once that is known, ends.
#[derive(Clone, Copy)]
struct Found {
    begin: usize,
    end: Option<usize>,
}

/// The elements that are read. Those after TEXT count inside it only.
const TAGS: [&str; 11] = [
    "DATE",
    "TOPICS",
    "PLACES",
    "PEOPLE",
    "ORGS",
    "EXCHANGES",
    TEXT,
    "TITLE",
    "AUTHOR",
    "DATELINE",
    "BODY",
];
const TEXT: &str = "TEXT";

impl<'t> Elements<'t> {
    fn of(text: &'t str) -> Elements<'t> {
        let mut elements = Elements {
            text,
            found: [None; TAGS.len()],
        };
        let mut open_text = false;
        for at in memchr::memchr_iter(b'<', text.as_bytes()) {
            let rest = &text[at + 1..];
            let (name, is_end) = match rest.strip_prefix('/') {
                Some(name) => (name, true),
                None => (rest, false),
            };
            let length = name.bytes().take_while(u8::is_ascii_uppercase).count();
            let (name, after) = name.split_at(length);
            let Some(number) = TAGS.iter().position(|tag| *tag == name) else {
                continue;
            };
            let is_inner = number > Elements::number(TEXT);
            if is_inner && !open_text {
                continue;
            }
            let found = &mut elements.found[number];
            match found {
                None if !is_end && after.starts_with(['>', ' ']) => {
                    let Some(head) = after.find('>') else {
                        continue;
                    };
                    let begin = text.len() - after.len() + head + 1;
                    *found = Some(Found { begin, end: None });
                    open_text |= name == TEXT;
                }
                Some(found) if is_end && after.starts_with('>') && found.end.is_none() => {
                    found.end = Some(at);
                    open_text &= name != TEXT;
                }
                _ => {}
            }
        }
        elements
    }

    fn number(name: &str) -> usize {
        TAGS.iter().position(|tag| *tag == name).unwrap_or_default()
    }

    /// Returns what stands in the first element of that name; up to the end of what it
    /// stands in if it is not closed.
    fn get(&self, name: &str) -> Option<&'t str> {
        let number = Elements::number(name);
        let found = self.found[number]?;
        let outer_end = self.found[Elements::number(TEXT)]
            .filter(|_| number > Elements::number(TEXT))
            .and_then(|outer| outer.end);
        let end = found.end.or(outer_end);
        let open_end = || {
            let end = self.text[found.begin..].find("</REUTERS>");
            end.map_or(self.text.len(), |end| found.begin + end)
        };
        self.text.get(found.begin..end.unwrap_or_else(open_end))
    }
}

fn codes(list: &str) -> Vec<String> {
    let codes = list
        .split("<D>")
        .skip(1)
        .map(|code| code.split("</D>").next().unwrap_or_default());
    codes
        .map(clean_line)
        .filter(|code| !code.is_empty())
        .collect()
}

/// Returns the text of the BODY; of an article without tags, its whole text.
fn body(elements: &Elements<'_>) -> String {
    let wrapped = match elements.get("BODY") {
        Some(body) => decoded(body),
        None if elements.get("TITLE").is_none() => decoded(elements.get(TEXT).unwrap_or_default()),
        None => String::new(),
    };
    paragraphs(without_signature(&wrapped))
}

/// Leaves out the agency's name, which ends most articles on a line of its own.
fn without_signature(text: &str) -> &str {
    let trimmed = text.trim_end();
    match trimmed.rsplit_once('\n') {
        Some((rest, last))
            if last
                .trim()
                .trim_end_matches('.')
                .eq_ignore_ascii_case("reuter") =>
        {
            rest.trim_end()
        }
        _ => trimmed,
    }
}

/// Joins the lines of a paragraph, which begins with an indented line. Lines that are
/// set in columns stay as they are.
fn paragraphs(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut last_is_table = false;
    for line in text.lines() {
        let content = line.trim();
        if content.is_empty() {
            continue;
        }
        let is_table = is_column_line(content);
        let is_indented = line.starts_with("   ");
        if !joined.is_empty() {
            joined.push_str(match (last_is_table, is_table, is_indented) {
                (true, true, _) => "\n",
                (false, false, false) => " ",
                _ => "\n\n",
            });
        }
        joined.push_str(if is_table { line.trim_end() } else { content });
        last_is_table = is_table;
    }
    joined.trim().to_owned()
}

/// Returns true for a line of a table: blanks inside that keep columns apart, three in
/// a row or two in two places.
fn is_column_line(line: &str) -> bool {
    let (mut blanks, mut pairs) = (0, 0);
    line.bytes().any(|byte| {
        blanks = if byte == b' ' { blanks + 1 } else { 0 };
        pairs += usize::from(blanks == 2);
        blanks == 3 || pairs == 2
    })
}

/// Returns text on one line, entities decoded and control characters dropped.
fn clean_line(text: &str) -> String {
    decoded(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// Decodes entities and drops control characters other than line ends.
fn decoded(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    let is_special = |byte: u8| byte == b'&' || byte < b' ' && byte != b'\n' || byte >= 0x7f;
    while let Some(at) = rest.bytes().position(is_special) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let first = rest.chars().next().unwrap_or_default();
        let (c, length) = entity(rest).unwrap_or((first, first.len_utf8()));
        if c == '\n' || !c.is_control() {
            plain.push(c);
        }
        rest = &rest[length..];
    }
    plain.push_str(rest);
    plain
}

/// Returns the character that the entity at the beginning stands for, and its length.
fn entity(text: &str) -> Option<(char, usize)> {
    const LONGEST: usize = 10;
    if !text.starts_with('&') {
        return None;
    }
    let end = text.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let c = match &text[1..end] {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        number => char::from_u32(number.strip_prefix('#')?.parse().ok()?)?,
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::ControlFlow;

    const NORMAL: &str = "<REUTERS TOPICS=\"YES\" NEWID=\"12\">\n<DATE>26-FEB-1987 15:01:01.79</DATE>\n\
<TOPICS><D>zinc</D><D>tin</D></TOPICS>\n<PEOPLE><D>berg</D></PEOPLE>\n<ORGS></ORGS>\n<TEXT>&#2;\n\
<TITLE>HARBOR &lt;HBR.O> SHUT</TITLE>\n<AUTHOR>    By Ann Berg, Reuters</AUTHOR>\n\
<DATELINE>    OSLO, Feb 26 - </DATELINE><BODY>The harbor was\nshut on Friday.\n    It will open &amp; close.\n\
     Price   10   20\n     Total   30   40\n    So it goes.\n REUTER\n&#3;</BODY></TEXT>\n</REUTERS>\n";

    fn raws(input: &[u8]) -> (Vec<RawRecord>, Vec<String>) {
        let (mut raws, mut rejected) = (Vec::new(), Vec::new());
        let mut sink = |reading| {
            match reading {
                Reading::Record(raw) => raws.push(raw),
                Reading::Rejected(rejection) => rejected.push(rejection.reason),
            }
            ControlFlow::Continue(())
        };
        let options = ReadOptions {
            max_record_bytes: 2_000,
            ..ReadOptions::default()
        };
        split(input, "a.sgm", &options, &mut sink).unwrap();
        (raws, rejected)
    }

    #[test]
    fn a_line_that_is_too_long_costs_its_record_alone() {
        let long = "word ".repeat(2_000);
        let input = format!("{NORMAL}<REUTERS NEWID=\"2\"><BODY>{long}</BODY></REUTERS>\n{NORMAL}");
        let (records, rejected) = raws(input.as_bytes());
        assert_eq!(records.len(), 2);
        assert!(records.iter().all(|record| record.note.is_none()));
        assert_eq!(
            rejected,
            ["the record has 10043 bytes; records may have 2000"]
        );
        let (records, rejected) = raws(format!("{NORMAL}<!--{long}-->\n{NORMAL}").as_bytes());
        assert_eq!(records.len(), 2);
        let reason = "the line goes on for 8008 bytes, which are passed over";
        assert_eq!(rejected, [reason]);
    }

    #[test]
    fn an_article_with_all_its_parts() {
        let (mut raws, rejected) = raws(format!("<!DOCTYPE lewis>\n{NORMAL}").as_bytes());
        assert!(rejected.is_empty());
        let record = parse(raws.remove(0)).unwrap();
        assert_eq!(record.id.as_deref(), Some("R21578-12"));
        assert_eq!(record.title.as_deref(), Some("HARBOR <HBR.O> SHUT"));
        assert_eq!(record.dateline.as_deref(), Some("OSLO, Feb 26 -"));
        assert_eq!(record.topics, ["zinc", "tin"]);
        assert_eq!(
            record.names,
            [(Kind::Person, "berg".to_owned(), Provenance::Gold)]
        );
        let body = "The harbor was shut on Friday.\n\nIt will open & close.\n\n\
                    Price   10   20\n     Total   30   40\n\nSo it goes.";
        assert_eq!(record.page, Page::Body(body.into()));
        assert_eq!(record.item_type.as_deref(), Some("NORM"));
    }

    #[test]
    fn unprocessed_text_and_missing_bodies_are_kept() {
        let input = "<REUTERS NEWID=\"1\"><TEXT TYPE=\"UNPROC\">&#2;\nBank said\n&#3;</TEXT></REUTERS>\n\
                     <REUTERS NEWID=\"2\"><TEXT TYPE=\"BRIEF\"><TITLE>ONLY A TITLE</TITLE></TEXT></REUTERS>\n";
        let (raws, _) = raws(input.as_bytes());
        let records: Vec<Record> = raws.into_iter().map(|raw| parse(raw).unwrap()).collect();
        assert_eq!(records[0].page, Page::Body("Bank said".into()));
        assert_eq!(records[0].title, None);
        assert_eq!(records[1].item_type.as_deref(), Some("BRIEF"));
        assert_eq!(records[1].page, Page::Body(String::new()));
    }

    #[test]
    fn broken_records_are_read_and_reported() {
        let input = b"<REUTERS NEWID=\"1\"><TEXT><TITLE>A</TITLE>\n<REUTERS NEWID=\"2\"><TEXT><TITLE>caf\xe9</TITLE>\
</REUTERS>\nstray\n<REUTERS><TITLE>C</TITLE></REUTERS><REUTERS NEWID=\"4\"><TITLE>";
        let (raws, rejected) = raws(input);
        assert_eq!(rejected, ["text between records: \"stray\""]);
        let places: Vec<u64> = raws.iter().map(|raw| raw.origin.offset).collect();
        assert_eq!(places, [0, 42, 103, 138]);
        assert!(raws[0].note.is_some() && raws[1].note.is_none() && raws[3].note.is_some());
        let second = parse(raws[1].clone()).unwrap();
        assert_eq!(second.notes, ["byte 77 is not UTF-8; read as windows-1252"]);
        assert_eq!(
            parse(raws[2].clone()).unwrap_err(),
            "the record has no NEWID, so no id"
        );
    }
}
