//! Plain-text exports of press databases: one file, many articles, each with labelled
//! lines (`HEADLINE:`, `Byline:`, `HD`, `LP`).
//!
//! Three layouts are known: the older and the newer of LexisNexis (an article begins with
//! `3 of 120 DOCUMENTS` or ends with `End of Document`), and that of Factiva (one that
//! ends with `Document ABCD000020240305ek35000b5`, with two-letter labels or without).
//! What is before the first article (lists of contents, the search) is left out.

use std::io::{self, BufRead};

use super::super::decode::decode;
use super::super::{RawRecord, ReadOptions, Reading, Refusal, Rejection, Sink, read_line};
use super::Format;
use crate::article::{Origin, Page, Record};
use crate::text::month_number;

pub(super) fn split(
    mut input: impl BufRead,
    file: &str,
    options: &ReadOptions,
    sink: Sink<'_>,
) -> io::Result<()> {
    let mut cutter = Cutter {
        file,
        limit: options.max_record_bytes,
        begin: 0,
        bytes: Vec::new(),
        length: 0,
        number: 0,
        has_begins: false,
        sink,
    };
    let mut line = Vec::new();
    let mut offset = 0;
    loop {
        let length = read_line(&mut input, options.max_record_bytes, &mut line)?;
        if length == 0 {
            cutter.close();
            cutter.finish();
            return Ok(());
        }
        let text = String::from_utf8_lossy(line.get(..line.len().min(200)).unwrap_or_default());
        let mark = mark_of(text.trim());
        if mark == Some(Mark::Begin) {
            // What is before the first beginning is a list of contents.
            let is_article = cutter.has_begins;
            cutter.has_begins = true;
            if is_article && !cutter.close() {
                return Ok(());
            }
            cutter.drop_open();
        }
        cutter.keep(&line, length, offset);
        offset += length;
        if mark == Some(Mark::End) && !cutter.close() {
            return Ok(());
        }
    }
}

struct Cutter<'a, 'b> {
    file: &'a str,
    limit: usize,
    begin: u64,
    bytes: Vec<u8>,
    length: u64,
    number: u64,
    has_begins: bool,
    sink: Sink<'b>,
}

impl Cutter<'_, '_> {
    fn keep(&mut self, line: &[u8], length: u64, offset: u64) {
        if self.length == 0 {
            if line.trim_ascii().is_empty() {
                return;
            }
            self.begin = offset;
        }
        let room = self.limit.saturating_sub(self.bytes.len()).min(line.len());
        self.bytes.extend_from_slice(&line[..room]);
        self.length += length;
    }

    fn drop_open(&mut self) {
        self.bytes.clear();
        self.length = 0;
    }

    /// Ends the open article; returns false if nobody listens any more.
    fn close(&mut self) -> bool {
        let bytes = std::mem::take(&mut self.bytes);
        let length = std::mem::take(&mut self.length);
        if bytes.iter().filter(|&&byte| byte == b'\n').count() < 3 {
            // A rest: a page number, the end of the search.
            return true;
        }
        self.number += 1;
        let origin = Origin::new(self.file, self.number, self.begin);
        let reading = if length > self.limit as u64 {
            let limit = self.limit;
            let reason = format!("the record has {length} bytes; records may have {limit}");
            Reading::Rejected(Rejection::failed(origin, reason))
        } else {
            Reading::Record(RawRecord {
                origin,
                format: Format::Export,
                bytes,
                context: None,
                note: None,
            })
        };
        (self.sink)(reading).is_continue()
    }

    fn finish(&mut self) {
        if self.number == 0 {
            let whole = Origin::new(self.file, 0, 0);
            let reason = "has no article of an export";
            let _ = (self.sink)(Reading::Rejected(Rejection::skipped(whole, reason)));
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Mark {
    Begin,
    End,
}

/// Returns what a line says about where articles begin and end.
fn mark_of(line: &str) -> Option<Mark> {
    if line.eq_ignore_ascii_case("end of document") {
        return Some(Mark::End);
    }
    if let Some(number) = line.strip_prefix("Document ")
        && is_accession_number(number)
    {
        return Some(Mark::End);
    }
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    match words.as_slice() {
        [at, "of", all, "DOCUMENTS"] if is_number(at) && is_number(all) => Some(Mark::Begin),
        ["Document", at, "of", all] if is_number(at) && is_number(all) => Some(Mark::Begin),
        _ => None,
    }
}

/// `GRDN000020240305ek35000b5`: letters, digits with a day among them, letters and digits.
fn is_accession_number(text: &str) -> bool {
    (18..=30).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().filter(u8::is_ascii_digit).count() >= 10
}

/// Returns true if a file that begins with `text` is such an export.
pub(super) fn is_export(text: &str) -> bool {
    const LABELS: [&str; 12] = [
        "LENGTH:",
        "HEADLINE:",
        "BYLINE:",
        "LOAD-DATE:",
        "SECTION:",
        "Length:",
        "Byline:",
        "Load-Date:",
        "Section:",
        "HD ",
        "WC ",
        "PD ",
    ];
    let has_mark = text.lines().any(|line| mark_of(line.trim()).is_some());
    let is_label = |line: &str| {
        LABELS
            .iter()
            .any(|label| line.trim_start().starts_with(label))
    };
    let labels = text.lines().filter(|line| is_label(line)).count();
    let is_factiva = || text.lines().any(|line| is_word_count(line.trim()));
    has_mark && (labels >= 1 || is_factiva())
}

fn is_word_count(line: &str) -> bool {
    let Some(number) = line.strip_suffix(" words") else {
        return false;
    };
    let digits = number.replace([',', '.'], "");
    !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn parse(raw: RawRecord) -> Result<Record, Refusal> {
    let (text, note) = decode(&raw.bytes, raw.origin.offset);
    let text = text.replace("\r\n", "\n");
    let lines: Vec<&str> = text.lines().collect();
    let has_codes = ["HD", "LP", "TD"]
        .iter()
        .filter(|code| {
            lines
                .iter()
                .any(|line| code_of(line).is_some_and(|(found, _)| found == **code))
        })
        .count();
    let mut record = if has_codes >= 2 {
        of_codes(&lines)
    } else if lines.iter().any(|line| is_word_count(line.trim())) {
        of_display(&lines)
    } else {
        of_labels(&lines)
    };
    record.notes.extend(note);
    record.origin = raw.origin;
    let is_empty = matches!(&record.page, Page::Body(body) if body.trim().is_empty());
    if is_empty && record.title.is_none() {
        return Err(Refusal::Unreadable(
            "no headline and no text among its labels".to_owned(),
        ));
    }
    Ok(record)
}

/// The layouts of LexisNexis.
fn of_labels(lines: &[&str]) -> Record {
    let mut record = Record::default();
    // Title, source and date stand above the first label, in one order or the other.
    let first_label = lines
        .iter()
        .position(|line| label_of(line).is_some())
        .unwrap_or(lines.len());
    let mut head: Vec<&str> = lines[..first_label]
        .iter()
        .map(|line| line.trim())
        .filter(|line| {
            !line.is_empty() && mark_of(line).is_none() && !line.starts_with("Copyright")
        })
        .collect();
    head.retain(|line| !line.to_lowercase().contains("all rights reserved"));
    let mut body: Vec<&str> = Vec::new();
    let mut is_body = false;
    let mut label = String::new();
    let mut values: Vec<(String, String)> = Vec::new();
    for line in &lines[first_label..] {
        let trimmed = line.trim();
        if mark_of(trimmed).is_some() {
            continue;
        }
        match label_of(line) {
            Some((name, value)) if !is_body || ends_body(&name) => {
                is_body = name == "body";
                if is_body && !value.is_empty() {
                    body.push(value);
                }
                label.clone_from(&name);
                values.push((name, value.to_owned()));
            }
            _ if is_body => body.push(line.trim_end()),
            // A value goes on until an empty line.
            _ if trimmed.is_empty() => label.clear(),
            _ if !label.is_empty() => {
                if let Some((_, value)) = values.last_mut() {
                    value.push(' ');
                    value.push_str(trimmed);
                }
            }
            _ => {}
        }
    }
    let value = |name: &str| {
        let found = values.iter().find(|(label, _)| label == name);
        found
            .map(|(_, value)| value.trim().to_owned())
            .filter(|value| !value.is_empty())
    };
    record.title = value("headline");
    let day = head.iter().position(|line| looks_like_date(line));
    let date = day.map(|day| head[day].to_owned());
    let (above, below) = head.split_at(day.unwrap_or(head.len()));
    let below = below.get(1..).unwrap_or_default();
    match (&record.title, below) {
        // The older layout: source, date, headline.
        (None, [_, ..]) => {
            record.title = Some(below.join(" "));
            record.source = above.last().map(|line| (*line).to_owned());
        }
        // The newer one: headline, source, date.
        (None, []) => {
            let (source, title) = match above {
                [] => (None, above),
                [only] => (None, std::slice::from_ref(only)),
                [title @ .., source] => (Some((*source).to_owned()), title),
            };
            record.source = source;
            record.title = Some(title.join(" ")).filter(|title| !title.is_empty());
        }
        (Some(_), _) => record.source = above.last().map(|line| (*line).to_owned()),
    }
    record.published = date.or_else(|| value("load-date"));
    record.byline = value("byline").into_iter().collect();
    record.section = value("section").map(|section| {
        section
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned()
    });
    record.language = value("language");
    record.dateline = value("dateline");
    record.page = Page::Body(body.join("\n"));
    record
}

/// Labels of LexisNexis: capitals in the older layout, words in the newer one.
fn label_of(line: &str) -> Option<(String, &str)> {
    const LABELS: [&str; 20] = [
        "byline",
        "section",
        "length",
        "headline",
        "body",
        "dateline",
        "load-date",
        "language",
        "publication-type",
        "graphic",
        "highlight",
        "series",
        "correction",
        "subject",
        "source",
        "copyright",
        "type",
        "journal-code",
        "acc-no",
        "classification",
    ];
    let trimmed = line.trim();
    if trimmed == "Body" || trimmed == "BODY" || trimmed == "Classification" {
        return Some((trimmed.to_lowercase(), ""));
    }
    let (name, value) = trimmed.split_once(':')?;
    let lower = name.to_lowercase();
    let is_written_so = name.chars().all(|c| c.is_uppercase() || c == '-')
        || name
            .split('-')
            .all(|part| part.starts_with(char::is_uppercase));
    (LABELS.contains(&lower.as_str()) && is_written_so).then(|| (lower, value.trim()))
}

fn ends_body(label: &str) -> bool {
    matches!(
        label,
        "load-date"
            | "language"
            | "graphic"
            | "publication-type"
            | "classification"
            | "subject"
            | "correction"
            | "acc-no"
            | "journal-code"
    )
}

fn looks_like_date(line: &str) -> bool {
    let lower = line.to_lowercase();
    let has_month = lower
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| month_number(word).is_some());
    let has_year = lower
        .split(|c: char| !c.is_ascii_digit())
        .any(|number| number.len() == 4 && matches!(number.as_bytes()[0], b'1' | b'2'));
    let has_day = lower
        .split(|c: char| !c.is_ascii_digit())
        .any(|number| matches!(number.parse(), Ok(1..=31)));
    let is_bare = line.split_whitespace().count() <= 2;
    has_month && has_year && (has_day || is_bare) && line.split_whitespace().count() <= 9
}

/// A two-letter label of Factiva at the beginning of a line.
fn code_of(line: &str) -> Option<(&str, &str)> {
    const CODES: [&str; 24] = [
        "SE", "HD", "BY", "CR", "WC", "PD", "ET", "SN", "SC", "PG", "LA", "CY", "LP", "TD", "CO",
        "IN", "NS", "RE", "IPC", "IPD", "PUB", "AN", "ED", "ART",
    ];
    let line = line.trim_end();
    let name = line.split([' ', '\t']).next()?;
    let rest = &line[name.len()..];
    (CODES.contains(&name) && (rest.is_empty() || rest.starts_with([' ', '\t'])))
        .then_some((name, rest.trim()))
}

fn of_codes(lines: &[&str]) -> Record {
    let mut values: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in lines {
        match code_of(line) {
            Some((code, value)) => values.push((code, vec![value])),
            None if mark_of(line.trim()).is_some() => {}
            None => values
                .iter_mut()
                .next_back()
                .into_iter()
                .for_each(|(_, value)| value.push(line.trim())),
        }
    }
    let all = |code: &str| {
        let found = values.iter().find(|(name, _)| *name == code)?;
        let text = found.1.join("\n").trim().to_owned();
        (!text.is_empty()).then_some(text)
    };
    let one =
        |code: &str| all(code).map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let text: Vec<String> = ["LP", "TD"].iter().filter_map(|code| all(code)).collect();
    let date = one("PD").map(|date| match one("ET") {
        Some(time) if time.contains(':') => format!("{date} {time}"),
        _ => date,
    });
    Record {
        id: one("AN").map(|id| id.trim_start_matches("Document ").to_owned()),
        title: one("HD"),
        page: Page::Body(text.join("\n\n")),
        published: date,
        byline: one("BY").into_iter().collect(),
        source: one("SN"),
        section: one("SE"),
        language: one("LA"),
        ..Record::default()
    }
}

/// Factiva as it is shown: lines above the text in a fixed order, around the number of
/// words.
fn of_display(lines: &[&str]) -> Record {
    let count = lines
        .iter()
        .position(|line| is_word_count(line.trim()))
        .unwrap_or(0);
    let above: Vec<&str> = lines[..count]
        .iter()
        .map(|line| line.trim())
        .filter(|line| !line.is_empty())
        .collect();
    let mut record = Record::default();
    let is_byline = |line: &str| line.starts_with("By ") || line.starts_with("BY ");
    let by = above.iter().position(|line| is_byline(line));
    record.byline = by.map(|at| above[at].to_owned()).into_iter().collect();
    record.title = match by {
        Some(at) => at.checked_sub(1).map(|at| above[at].to_owned()),
        None => above.last().map(|line| (*line).to_owned()),
    };
    let below = lines[count + 1..].iter().map(|line| line.trim());
    // Date, time, source, code, page, language, copyright: then the text.
    let mut rest: Vec<&str> = Vec::new();
    let mut is_head = true;
    let mut is_code = false;
    for line in below {
        if !is_head {
            rest.push(line);
            continue;
        }
        let lower = line.to_lowercase();
        match line {
            "" => {}
            line if record.published.is_none() && looks_like_date(line) => {
                record.published = Some(line.to_owned())
            }
            line if record.source.is_none() && !line.contains(':') => {
                record.source = Some(line.to_owned())
            }
            line if !is_code
                && line.len() <= 8
                && line
                    .chars()
                    .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()) =>
            {
                is_code = true;
            }
            _ if matches!(
                lower.as_str(),
                "english" | "french" | "german" | "spanish" | "italian" | "portuguese" | "dutch"
            ) =>
            {
                record.language = Some(lower);
            }
            _ if lower.starts_with("copyright")
                || line.starts_with("(c)")
                || line.starts_with('©') =>
            {
                is_head = false;
            }
            _ => {}
        }
    }
    if is_head {
        // Without a copyright the head cannot be told from the text by anything but length.
        rest = lines[count + 1..]
            .iter()
            .map(|line| line.trim())
            .filter(|line| line.len() > 60)
            .collect();
    }
    let id = rest.iter().find_map(|line| {
        line.strip_prefix("Document ")
            .filter(|number| is_accession_number(number))
    });
    record.id = id.map(str::to_owned);
    rest.retain(|line| mark_of(line).is_none());
    // Each line is a paragraph.
    let is_spaced = rest.iter().any(|line| line.is_empty());
    record.page = Page::Body(rest.join(if is_spaced { "\n" } else { "\n\n" }));
    record
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::ControlFlow;

    fn read(export: &str) -> Vec<Record> {
        assert!(is_export(export), "{export}");
        let mut found = Vec::new();
        let mut sink = |reading| {
            if let Reading::Record(raw) = reading {
                found.push(parse(raw).unwrap());
            }
            ControlFlow::Continue(())
        };
        split(
            export.as_bytes(),
            "a.txt",
            &ReadOptions::default(),
            &mut sink,
        )
        .unwrap();
        found
    }

    #[test]
    fn lexisnexis_in_both_layouts() {
        let old = "                 1 of 2 DOCUMENTS\n\n                 Harbor Ledger\n\n            March 5, 2024 Tuesday\n\n\
Strike ends after a week\n\nBYLINE: Jo Ek\n\nSECTION: NEWS; Pg. 4\n\nLENGTH: 12 words\n\nDATELINE: OSLO\n\nBODY:\n\n   It ended.\n\nAll left.\n\n\
LOAD-DATE: March 6, 2024\n\nLANGUAGE: ENGLISH\n\n  Copyright 2024 Harbor Ledger\n                 2 of 2 DOCUMENTS\n\nHarbor Ledger\n\nMarch 7, 2024\n\n\
HEADLINE: Two\n\nLENGTH: 2 words\n\nBODY:\nText.\n";
        let records = read(old);
        assert_eq!(records.len(), 2);
        let first = &records[0];
        assert_eq!(first.published.as_deref(), Some("March 5, 2024 Tuesday"));
        assert_eq!(first.byline, ["Jo Ek"]);
        assert_eq!(first.section.as_deref(), Some("NEWS"));
        assert_eq!(first.language.as_deref(), Some("ENGLISH"));
        assert_eq!(
            first.page,
            Page::Body("\n   It ended.\n\nAll left.\n".into())
        );
        assert_eq!(records[1].title.as_deref(), Some("Two"));
        assert_eq!(records[1].source.as_deref(), Some("Harbor Ledger"));
        let new = "Strike ends after a week\nHarbor Ledger\nMarch 5, 2024 Tuesday\n\nCopyright 2024 Harbor Ledger All Rights Reserved\n\n\
Section: NEWS; Pg. 4\nLength: 12 words\nByline: Jo Ek\nBody\n\nIt ended.\n\nLoad-Date: March 6, 2024\n\nEnd of Document\n";
        let record = &read(new)[0];
        assert_eq!(record.title.as_deref(), Some("Strike ends after a week"));
        assert_eq!(record.source.as_deref(), Some("Harbor Ledger"));
        assert_eq!(record.byline, ["Jo Ek"]);
        assert_eq!(record.page, Page::Body("\nIt ended.\n".into()));
    }

    #[test]
    fn factiva_in_both_layouts() {
        let codes = "HD Strike ends\nBY Jo Ek\nWC 12 words\nPD 5 March 2024\nET 08:30\nSN Harbor Ledger\nSC HARL\nLA English\nCY (c) 2024\n\n\
LP \nIt ended.\n\nTD \nAll left.\n\nAN\nDocument HARL000020240305ek35000b5\n";
        let record = &read(codes)[0];
        assert_eq!(record.title.as_deref(), Some("Strike ends"));
        assert_eq!(record.published.as_deref(), Some("5 March 2024 08:30"));
        assert_eq!(record.page, Page::Body("It ended.\n\nAll left.".into()));
        let display = "News\nStrike ends\nBy Jo Ek\n12 words\n5 March 2024\nHarbor Ledger\nHARL\n4\nEnglish\n(c) 2024 Harbor Ledger\n\nIt ended.\n\n\
All left.\n\nDocument HARL000020240305ek35000b5\n\n";
        let record = &read(display)[0];
        assert_eq!(record.title.as_deref(), Some("Strike ends"));
        assert_eq!(record.byline, ["By Jo Ek"]);
        assert_eq!(record.source.as_deref(), Some("Harbor Ledger"));
        assert_eq!(record.language.as_deref(), Some("english"));
        assert_eq!(record.id.as_deref(), Some("HARL000020240305ek35000b5"));
        assert_eq!(record.page, Page::Body("\nIt ended.\n\nAll left.\n".into()));
    }

    #[test]
    fn ordinary_text_is_no_export() {
        assert!(!is_export("Length: 5 words\n\nEnd of story\n"));
        assert!(!is_export("A title\n\n12 words were spoken.\n"));
    }
}
