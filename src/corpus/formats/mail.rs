//! Mail: newsletters and press releases, one message a file or many in an mbox.
//!
//! The subject is the headline; the text is the plain part, or the HTML part where that
//! is all there is. Attachments are left out, and a web page that a browser saved as a
//! message (MHTML) is handed on as a page.

use std::io::{self, BufRead};

use mail_parser::{Address, HeaderValue, Message, MessageParser, PartType};

use super::super::markup::text_of_html;
use super::super::{RawRecord, ReadOptions, Reading, Refusal, Rejection, Sink, read_line};
use super::Format;
use crate::article::{Origin, Page, Record};

/// Reads a file of many messages, each behind a line that begins with `From `.
pub(super) fn split_mbox(
    mut input: impl BufRead,
    file: &str,
    options: &ReadOptions,
    sink: Sink<'_>,
) -> io::Result<()> {
    let limit = options.max_record_bytes;
    let (mut line, mut bytes) = (Vec::new(), Vec::new());
    let (mut offset, mut begin, mut length, mut number) = (0, 0, 0_u64, 0);
    let mut was_empty = true;
    loop {
        let read = read_line(&mut input, limit, &mut line)?;
        let is_begin = was_empty && line.starts_with(b"From ");
        if (read == 0 || is_begin) && length > 0 {
            number += 1;
            let origin = Origin::new(file, number, begin);
            let reading = if length > limit as u64 {
                let reason = format!("the message has {length} bytes; records may have {limit}");
                Reading::Rejected(Rejection::failed(origin, reason))
            } else {
                Reading::Record(RawRecord {
                    origin,
                    format: Format::Mbox,
                    bytes: std::mem::take(&mut bytes),
                    context: None,
                    note: None,
                })
            };
            bytes.clear();
            length = 0;
            if sink(reading).is_break() {
                return Ok(());
            }
        }
        if read == 0 {
            return Ok(());
        }
        if is_begin {
            begin = offset;
        } else if length > 0 || !line.trim_ascii().is_empty() {
            // Lines that a message has of its own are quoted by one more bracket.
            let quoted = line.iter().take_while(|&&byte| byte == b'>').count();
            let skip = usize::from(quoted > 0 && line[quoted..].starts_with(b"From "));
            let kept = &line[skip..];
            let room = limit.saturating_sub(bytes.len()).min(kept.len());
            bytes.extend_from_slice(&kept[..room]);
            length += read;
        }
        was_empty = line.trim_ascii().is_empty();
        offset += read;
    }
}

/// Returns true if `text` begins as a message does: with header lines, one of which only
/// mail has.
pub(super) fn is_message(text: &str) -> bool {
    const OF_MAIL: [&str; 8] = [
        "from",
        "received",
        "return-path",
        "message-id",
        "mime-version",
        "delivered-to",
        "subject",
        "x-mailer",
    ];
    let mut known = 0;
    for line in text.lines().take(60) {
        if line.trim().is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else {
            return false;
        };
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return false;
        }
        known += usize::from(OF_MAIL.contains(&name.to_ascii_lowercase().as_str()));
    }
    known >= 2
}

pub(super) fn parse(raw: RawRecord) -> Result<Record, Refusal> {
    let message = MessageParser::default().parse(&raw.bytes);
    let Some(message) = message else {
        return Err(Refusal::Unreadable("is no message of mail".to_owned()));
    };
    let record = record_of(&message, raw.origin);
    take_apart(message);
    record
}

/// Drops a message part by part. Messages that lie within each other a hundred thousand
/// deep would be dropped by recursion, and exhaust the stack.
fn take_apart(message: Message<'_>) {
    let mut parts = message.parts;
    while let Some(part) = parts.pop() {
        if let PartType::Message(inner) = part.body {
            parts.extend(inner.parts);
        }
    }
}

fn record_of(message: &Message<'_>, origin: Origin) -> Result<Record, Refusal> {
    let location = header_text(message, "Snapshot-Content-Location");
    let page = page_of(message, location.is_some());
    let (mut title, mut published, mut source) = (None, None, None);
    // A saved page says these itself: its message is of when and by what it was saved.
    if location.is_none() {
        let (name, address) = message.from().map(sender).unwrap_or_default();
        title = message.subject().map(|subject| subject.trim().to_owned());
        published = message.date().map(|date| date.to_rfc3339());
        source = name.or(address);
    }
    let is_empty = matches!(&page, Page::Body(body) if body.trim().is_empty());
    if is_empty && title.as_deref().unwrap_or_default().is_empty() {
        return Err(Refusal::NoArticle(
            "is a message without subject and text".to_owned(),
        ));
    }
    Ok(Record {
        id: message
            .message_id()
            .map(str::to_owned)
            .filter(|id| !id.is_empty()),
        title,
        page,
        published,
        source,
        language: header_text(message, "Content-Language"),
        url: location
            .or_else(|| header_text(message, "Archived-At"))
            .map(|url| url.trim_matches(['<', '>']).to_owned()),
        origin,
        ..Record::default()
    })
}

/// Returns the name and the address of whoever sent a message.
fn sender(from: &Address<'_>) -> (Option<String>, Option<String>) {
    let Some(first) = from.first() else {
        return (None, None);
    };
    let text = |text: Option<&str>| {
        text.map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    (text(first.name()), text(first.address()))
}

fn header_text(message: &Message<'_>, name: &str) -> Option<String> {
    match message.header(name)? {
        HeaderValue::Text(text) => Some(text.trim().to_owned()),
        HeaderValue::TextList(texts) => texts.first().map(|text| text.trim().to_owned()),
        _ => None,
    }
}

/// Returns the text of a message: its plain part if it has one. A saved page is a page.
fn page_of(message: &Message<'_>, is_saved: bool) -> Page {
    if is_saved {
        let html = message.html_bodies().find(|part| part.is_text_html());
        let html = html
            .and_then(|part| part.text_contents())
            .unwrap_or_default();
        return Page::Html(html.to_owned());
    }
    // The library makes a text of an HTML part where there is none; we make our own.
    let plain = message
        .text_bodies()
        .find(|part| part.is_text() && !part.is_text_html());
    if let Some(text) = plain
        .and_then(|part| part.text_contents())
        .filter(|text| !text.trim().is_empty())
    {
        return Page::Body(unflowed(text));
    }
    let html = message.html_bodies().find(|part| part.is_text_html());
    let html = html
        .and_then(|part| part.text_contents())
        .unwrap_or_default();
    Page::Body(text_of_html(html))
}

/// Joins the lines that mail breaks for transport: those that end with a blank.
fn unflowed(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    for line in text.lines() {
        if line == "-- " {
            // What follows is the sender's signature.
            break;
        }
        joined.push_str(line.trim_end());
        joined.push(if line.ends_with(' ') && !line.trim().is_empty() {
            ' '
        } else {
            '\n'
        });
    }
    joined.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ops::ControlFlow;

    #[test]
    fn messages_of_an_mbox() {
        let mbox = "From a@x Mon Jan  1\nFrom: \"Port Authority\" <press@port.example>\nSubject: =?utf-8?q?Caf=C3=A9_reopens?=\n\
Date: Tue, 5 Mar 2024 08:30:00 +0100\nMessage-ID: <1@port.example>\n\nIt opens \non Friday.\n\n>From then on, daily.\n\n\
From b@x Mon Jan  1\nFrom: jo@x.example\nSubject: Two\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<p>One</p><p>two</p>\n";
        let mut records = Vec::new();
        let mut sink = |reading| {
            if let Reading::Record(raw) = reading {
                records.push((raw.origin.offset, parse(raw).unwrap()));
            }
            ControlFlow::Continue(())
        };
        split_mbox(
            mbox.as_bytes(),
            "a.mbox",
            &ReadOptions::default(),
            &mut sink,
        )
        .unwrap();
        let (_, first) = &records[0];
        assert_eq!(first.title.as_deref(), Some("Café reopens"));
        assert_eq!(first.source.as_deref(), Some("Port Authority"));
        assert_eq!(
            first.published.as_deref(),
            Some("2024-03-05T08:30:00+01:00")
        );
        assert_eq!(first.id.as_deref(), Some("1@port.example"));
        assert_eq!(
            first.page,
            Page::Body("It opens on Friday.\n\nFrom then on, daily.".into())
        );
        let (offset, second) = &records[1];
        assert_eq!(second.page, Page::Body("One\n\ntwo".into()));
        assert_eq!(second.source.as_deref(), Some("jo@x.example"));
        assert!(mbox[*offset as usize..].starts_with("From b@x"));
    }

    #[test]
    fn messages_within_messages_of_any_depth_are_read() {
        let inner = "Content-Type: message/rfc822\n\nFrom: b@x\nSubject: Inner\n".repeat(100_000);
        let text = format!("From: a@x\nSubject: Outer\nMIME-Version: 1.0\n{inner}\nWords.\n");
        let raw = RawRecord {
            origin: Origin::new("a.eml", 1, 0),
            format: Format::Mail,
            bytes: text.into_bytes(),
            context: None,
            note: None,
        };
        assert_eq!(parse(raw).unwrap().title.as_deref(), Some("Outer"));
    }

    #[test]
    fn mail_is_told_from_text() {
        assert!(is_message("Return-Path: <a@x>\nFrom: a@x\nTo: b@x\n\nText"));
        assert!(!is_message("Subject: to change\n\nText"));
        assert!(!is_message("By: Ann Berg\n\nText"));
        assert!(!is_message("A title\n\nFrom: a\nSubject: b\n"));
    }
}
