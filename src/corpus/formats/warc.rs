//! WARC 1.0 and 1.1: web pages as crawlers keep them.
//!
//! One article a page: responses with status 200 and an HTML body, and resources of that
//! kind. Their gzip layers are taken off before this reader; chunked and compressed
//! bodies are undone here, on a worker, within the size a record may have. Revisits,
//! requests and pictures are skipped with what they are; the many kinds of records that
//! belong to the crawl itself are passed over. A record whose length lies is found out by
//! what follows it, and reading goes on at the next one.

use std::io::{self, BufRead, Cursor, Read};
use std::ops::ControlFlow;

use super::super::{RawRecord, ReadOptions, Reading, Refusal, Rejection, Sink, read_line};
use super::{Format, html};
use crate::article::{Origin, Record};

/// Longer heads are no heads.
const MOST_HEAD_BYTES: usize = 64 << 10;

pub(super) fn split(
    input: impl BufRead,
    file: &str,
    options: &ReadOptions,
    sink: Sink<'_>,
) -> io::Result<()> {
    let mut splitter = Splitter {
        file,
        limit: options.max_record_bytes,
        offset: 0,
        number: 0,
        sink,
    };
    let front = Cursor::new(Vec::new());
    splitter.run(&mut Again { front, input })
}

/// An input of which some bytes are read again.
struct Again<R> {
    front: Cursor<Vec<u8>>,
    input: R,
}

impl<R: BufRead> Again<R> {
    fn is_in_front(&self) -> bool {
        self.front.position() < self.front.get_ref().len() as u64
    }

    fn put_back(&mut self, mut bytes: Vec<u8>) {
        let at = usize::try_from(self.front.position()).unwrap_or(usize::MAX);
        bytes.extend_from_slice(self.front.get_ref().get(at..).unwrap_or_default());
        self.front = Cursor::new(bytes);
    }
}

impl<R: BufRead> Read for Again<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.is_in_front() {
            true => self.front.read(buffer),
            false => self.input.read(buffer),
        }
    }
}

impl<R: BufRead> BufRead for Again<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.is_in_front() {
            true => self.front.fill_buf(),
            false => self.input.fill_buf(),
        }
    }

    fn consume(&mut self, bytes: usize) {
        match self.is_in_front() {
            true => self.front.consume(bytes),
            false => self.input.consume(bytes),
        }
    }
}

struct Splitter<'a, 'b> {
    file: &'a str,
    limit: usize,
    offset: u64,
    number: u64,
    sink: Sink<'b>,
}

impl Splitter<'_, '_> {
    fn run<R: BufRead>(&mut self, input: &mut Again<R>) -> io::Result<()> {
        let mut line = Vec::new();
        // The last record, which is handed on once what follows it proves its length.
        let mut held: Option<Reading> = None;
        loop {
            let length = read_line(input, MOST_HEAD_BYTES, &mut line)?;
            self.offset += length;
            let is_head = line.starts_with(b"WARC/");
            if length > 0 && !is_head {
                if !line.trim_ascii().is_empty() {
                    self.recover(input, held.as_mut(), &line);
                }
                continue;
            }
            if let Some(reading) = held.take()
                && (self.sink)(reading).is_break()
            {
                return Ok(());
            }
            if length == 0 {
                return Ok(());
            }
            let begin = self.offset - length;
            let head = self.head(input)?;
            match self.record(input, &head, begin)? {
                ControlFlow::Continue(reading) => held = reading,
                ControlFlow::Break(()) => return Ok(()),
            }
        }
    }

    /// Finds out what a record is whose length is wrong: too short, then its rest is
    /// passed over; or so long that it reaches into the next one, which is read again.
    fn recover<R: BufRead>(
        &mut self,
        input: &mut Again<R>,
        held: Option<&mut Reading>,
        line: &[u8],
    ) {
        let Some(Reading::Record(raw)) = held else {
            return;
        };
        let note = "its length is wrong: something else than a record follows it";
        raw.note.get_or_insert_with(|| note.to_owned());
        let mark = b"\r\n\r\nWARC/1.";
        if let Some(at) = memchr::memmem::find(&raw.bytes, mark) {
            let mut rest = raw.bytes.split_off(at + 4);
            rest.extend_from_slice(line);
            self.offset = self.offset.saturating_sub(rest.len() as u64);
            input.put_back(rest);
        }
    }

    /// Reads the lines of a record's head.
    fn head(&mut self, input: &mut impl BufRead) -> io::Result<Vec<u8>> {
        let (mut head, mut line) = (Vec::new(), Vec::new());
        loop {
            let length = read_line(input, MOST_HEAD_BYTES, &mut line)?;
            self.offset += length;
            if length == 0 || line.trim_ascii().is_empty() || head.len() > MOST_HEAD_BYTES {
                return Ok(head);
            }
            head.extend_from_slice(&line);
        }
    }

    /// Reads a record's content, as long as its head says.
    fn record(
        &mut self,
        input: &mut impl BufRead,
        head: &[u8],
        begin: u64,
    ) -> io::Result<ControlFlow<(), Option<Reading>>> {
        let fields = Fields::of(head);
        let kind = fields.get("WARC-Type").unwrap_or_default().to_lowercase();
        let length = fields
            .get("Content-Length")
            .and_then(|length| length.parse::<u64>().ok());
        let is_page = matches!(
            kind.as_str(),
            "response" | "resource" | "conversion" | "revisit"
        );
        if is_page {
            self.number += 1;
        }
        let origin = Origin::new(self.file, self.number, begin);
        let Some(length) = length else {
            let reason = "the record has no length; what follows it is looked for";
            let rejection = Rejection::failed(origin, reason);
            return Ok(match (self.sink)(Reading::Rejected(rejection)) {
                ControlFlow::Break(()) => ControlFlow::Break(()),
                ControlFlow::Continue(()) => ControlFlow::Continue(None),
            });
        };
        if length > self.limit as u64 {
            // Such a length is not trusted: the next record is looked for.
            let limit = self.limit;
            let reason = format!("the record has {length} bytes; records may have {limit}");
            let reading = is_page.then(|| Reading::Rejected(Rejection::failed(origin, reason)));
            return Ok(ControlFlow::Continue(reading));
        }
        if !is_page {
            self.offset += io::copy(&mut input.take(length), &mut io::sink())?;
            return Ok(ControlFlow::Continue(None));
        }
        let mut bytes = head.to_vec();
        bytes.extend_from_slice(b"\r\n");
        let read = input.take(length).read_to_end(&mut bytes)? as u64;
        self.offset += read;
        let note =
            (read < length).then(|| format!("the record ends after {read} of {length} bytes"));
        Ok(ControlFlow::Continue(Some(Reading::Record(RawRecord {
            origin,
            format: Format::Warc,
            bytes,
            context: None,
            note,
        }))))
    }
}

/// The fields of a head, in order.
struct Fields<'h>(Vec<(&'h str, String)>);

impl<'h> Fields<'h> {
    fn of(head: &'h [u8]) -> Fields<'h> {
        let mut fields: Vec<(&str, String)> = Vec::new();
        for line in head.split(|&byte| byte == b'\n') {
            let text = std::str::from_utf8(line).unwrap_or_default();
            if text.starts_with([' ', '\t']) {
                // A field that goes on.
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(text.trim());
                }
            } else if let Some((name, value)) = text.split_once(':') {
                fields.push((name.trim(), value.trim().to_owned()));
            }
        }
        Fields(fields)
    }

    fn get(&self, name: &str) -> Option<&str> {
        let found = self
            .0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

pub(super) fn parse(raw: RawRecord, options: &ReadOptions) -> Result<Record, Refusal> {
    let (head, content) = cut_head(&raw.bytes);
    let fields = Fields::of(head);
    let kind = fields.get("WARC-Type").unwrap_or_default().to_lowercase();
    let url = fields
        .get("WARC-Target-URI")
        .map(|url| url.trim_matches(['<', '>', ' ']).to_owned());
    if kind == "revisit" {
        return Err(Refusal::NoArticle(
            "is a revisit: the page is as it was when it was kept before".to_owned(),
        ));
    }
    let media = fields
        .get("Content-Type")
        .unwrap_or_default()
        .to_lowercase();
    let (http, body) = match media.starts_with("application/http") || kind == "response" {
        true => {
            let (http, body) = cut_head(content);
            (Some(http), body)
        }
        false => (None, content),
    };
    let http_fields = http.map(Fields::of);
    if let Some(http) = http {
        check_status(http)?;
    }
    let media = http_fields
        .as_ref()
        .map_or(Some(media.as_str()), |fields| fields.get("Content-Type"));
    let media = media.unwrap_or_default().to_lowercase();
    let of_http = |name: &str| http_fields.as_ref().and_then(|fields| fields.get(name));
    let limit = options.max_record_bytes;
    let (body, flaw) = undone(
        body,
        of_http("Transfer-Encoding"),
        of_http("Content-Encoding"),
        limit,
    )?;
    check_media(&media, &body)?;
    let charset = media
        .split("charset=")
        .nth(1)
        .map(|name| name.trim_matches(['"', '\'', ' ', ';']).to_owned());
    let mut record = html::record_of(&body, charset.as_deref(), raw.origin);
    record.url = url;
    record.notes.extend(flaw);
    Ok(record)
}

/// Cuts a head from what follows its empty line.
fn cut_head(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = |mark: &[u8]| memchr::memmem::find(bytes, mark).map(|at| (at, at + mark.len()));
    let found = match (end(b"\r\n\r\n"), end(b"\n\n")) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    match found {
        Some((head, body)) => (&bytes[..head], &bytes[body..]),
        None => (bytes, b""),
    }
}

fn check_status(http: &[u8]) -> Result<(), Refusal> {
    let line = http.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let status = line.split_whitespace().nth(1).unwrap_or_default();
    match status {
        "200" | "203" => Ok(()),
        _ if !line.starts_with("HTTP/") => Err(Refusal::Unreadable(
            "the response has no HTTP head".to_owned(),
        )),
        status => Err(Refusal::NoArticle(format!(
            "is a response with status {status}"
        ))),
    }
}

fn check_media(media: &str, body: &[u8]) -> Result<(), Refusal> {
    let kind = media.split(';').next().unwrap_or_default().trim();
    let is_html = matches!(kind, "text/html" | "application/xhtml+xml" | "")
        || (kind == "text/plain"
            && html::is_page(&String::from_utf8_lossy(
                body.get(..body.len().min(1_000)).unwrap_or_default(),
            )));
    if body.trim_ascii().is_empty() {
        return Err(Refusal::NoArticle("is an empty page".to_owned()));
    }
    match is_html {
        true => Ok(()),
        false => Err(Refusal::NoArticle(format!(
            "is of the type {kind}, not a page"
        ))),
    }
}

/// Undoes how a body was sent; returns what was odd about it. Servers and crawlers say
/// they did what they did not, so what does not fit is taken as it is.
fn undone(
    body: &[u8],
    transfer: Option<&str>,
    encoding: Option<&str>,
    limit: usize,
) -> Result<(Vec<u8>, Option<String>), Refusal> {
    let mut flaw = None;
    let mut content = body.to_vec();
    if transfer.is_some_and(|transfer| transfer.to_lowercase().contains("chunked")) {
        match unchunked(body) {
            Some((whole, is_complete)) => {
                flaw = (!is_complete).then(|| "its last chunk is cut short".to_owned());
                content = whole;
            }
            None => flaw = Some("says that it is sent in chunks, and is not".to_owned()),
        }
    }
    for encoding in encoding.unwrap_or_default().split(',').rev() {
        let decoder: Box<dyn Read> = match encoding.trim().to_lowercase().as_str() {
            "gzip" | "x-gzip" if content.starts_with(b"\x1f\x8b") => {
                Box::new(flate2::read::MultiGzDecoder::new(content.as_slice()))
            }
            "deflate" if content.first().is_some_and(|byte| byte & 0x0f == 8) => {
                Box::new(flate2::read::ZlibDecoder::new(content.as_slice()))
            }
            "deflate" => Box::new(flate2::read::DeflateDecoder::new(content.as_slice())),
            "zstd" => match zstd::stream::read::Decoder::with_buffer(content.as_slice()) {
                Ok(decoder) => Box::new(decoder),
                Err(error) => {
                    return Err(Refusal::Unreadable(format!("cannot be unpacked: {error}")));
                }
            },
            "br" => {
                return Err(Refusal::Unreadable(
                    "is packed with Brotli, which is not read".to_owned(),
                ));
            }
            _ => continue,
        };
        let mut unpacked = Vec::new();
        let read = decoder.take(limit as u64 + 1).read_to_end(&mut unpacked);
        if unpacked.len() > limit {
            return Err(Refusal::Unreadable(format!(
                "unpacks to more than {limit} bytes"
            )));
        }
        if let Err(error) = read {
            let length = unpacked.len();
            flaw = Some(format!("cannot be unpacked beyond byte {length}: {error}"));
        }
        content = unpacked;
    }
    Ok((content, flaw))
}

/// Puts chunks together; returns whether the last one was there. Nothing if there are no
/// chunks at all.
fn unchunked(mut body: &[u8]) -> Option<(Vec<u8>, bool)> {
    let mut whole = Vec::new();
    let mut is_first = true;
    loop {
        let line_end = body.iter().take(1_000).position(|&byte| byte == b'\n');
        let size = line_end.and_then(|end| {
            let line = std::str::from_utf8(&body[..end]).ok()?;
            usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()
        });
        let (Some(end), Some(size)) = (line_end, size) else {
            return if is_first { None } else { Some((whole, false)) };
        };
        is_first = false;
        body = &body[end + 1..];
        if size == 0 {
            return Some((whole, true));
        }
        let taken = size.min(body.len());
        whole.extend_from_slice(&body[..taken]);
        if taken < size {
            return Some((whole, false));
        }
        body = &body[taken..];
        body = body
            .strip_prefix(b"\r\n")
            .or_else(|| body.strip_prefix(b"\n"))
            .unwrap_or(body);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Page;

    fn record(kind: &str, content: &str) -> String {
        let length = content.len();
        format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://h.example/a\r\nContent-Length: {length}\r\n\r\n{content}\r\n\r\n"
        )
    }

    fn read(archive: &str) -> Vec<String> {
        let options = ReadOptions {
            max_record_bytes: 1_000,
            ..ReadOptions::default()
        };
        let mut found = Vec::new();
        let mut sink = |reading| {
            found.push(match reading {
                Reading::Record(raw) => {
                    let note = raw.note.clone().unwrap_or_default();
                    match parse(raw, &options) {
                        Ok(record) => {
                            let Page::Html(html) = record.page else {
                                panic!("a page")
                            };
                            format!(
                                "{}: {html} {}{note}",
                                record.origin.record,
                                record.notes.join("")
                            )
                        }
                        Err(refusal) => format!("! {}", refusal.reason()),
                    }
                }
                Reading::Rejected(no) => format!("!! {}", no.reason),
            });
            ControlFlow::Continue(())
        };
        split(archive.as_bytes(), "a.warc", &options, &mut sink).unwrap();
        found
    }

    #[test]
    fn pages_are_told_from_all_else() {
        let html = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>One</p>";
        let archive = [
            record("warcinfo", "software: x"),
            record("response", html),
            record("request", "GET / HTTP/1.1\r\n\r\n"),
            record("response", "HTTP/1.1 404 Not Found\r\n\r\nno"),
            record(
                "response",
                "HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nxx",
            ),
            record("revisit", "HTTP/1.1 200 OK\r\n\r\n"),
            record(
                "response",
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n<p>Two\r\n4\r\n</p>\r\n0\r\n\r\n",
            ),
            record(
                "response",
                "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n<p>Three</p>",
            ),
        ];
        let expected = [
            "1: <p>One</p> ",
            "! is a response with status 404",
            "! is of the type image/png, not a page",
            "! is a revisit: the page is as it was when it was kept before",
            "5: <p>Two</p> ",
            "6: <p>Three</p> says that it is sent in chunks, and is not",
        ];
        assert_eq!(read(&archive.concat()), expected);
    }

    #[test]
    fn lying_lengths_cost_one_record() {
        let html = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>One</p>";
        let good = record("response", html);
        let with = |length: usize| {
            let said = format!("Content-Length: {}", html.len());
            good.replace(&said, &format!("Content-Length: {length}"))
        };
        for length in [html.len() - 4, html.len() + 60] {
            let found = read(&(with(length) + &good));
            assert_eq!(found.len(), 2, "{length} {found:?}");
            let is_told = found[0].ends_with("something else than a record follows it");
            assert!(is_told, "{length} {found:?}");
            assert_eq!(found[1], "2: <p>One</p> ");
        }
        let found = read(&(good.clone() + &with(999_999_999_999) + &good));
        let reason = "!! the record has 999999999999 bytes; records may have 1000";
        assert_eq!(found, ["1: <p>One</p> ", reason, "3: <p>One</p> "]);
        let none = good.replace("Content-Length", "Content-Size");
        let found = read(&(none + &good));
        assert_eq!(
            found,
            [
                "!! the record has no length; what follows it is looked for",
                "2: <p>One</p> "
            ]
        );
    }
}
