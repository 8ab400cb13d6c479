//! Web pages: one article a file, everything still to be found in it.

use super::super::RawRecord;
use super::super::decode::decode_as;
use crate::article::{Origin, Page, Record};

/// How far a page's declaration of its encoding is looked for, as browsers do.
const DECLARATION_BYTES: usize = 1_024;

pub(super) fn parse(raw: RawRecord) -> Result<Record, String> {
    Ok(record_of(&raw.bytes, None, raw.origin))
}

/// Makes a record of a page in the encoding that its server named, or that it names.
pub(super) fn record_of(bytes: &[u8], charset: Option<&str>, origin: Origin) -> Record {
    let declared = charset
        .map(str::to_owned)
        .or_else(|| declared_encoding(bytes));
    let (html, note) = decode_as(declared.as_deref(), bytes, origin.offset);
    Record {
        page: Page::Html(html),
        notes: note.into_iter().collect(),
        origin,
        ..Record::default()
    }
}

/// Returns the name of the encoding that a page says it is in.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let beginning = &bytes[..bytes.len().min(DECLARATION_BYTES)];
    let text = String::from_utf8_lossy(beginning).to_ascii_lowercase();
    let (_, rest) = text.split_once("charset=")?;
    let rest = rest.trim_start_matches(['"', '\'', ' ']);
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':')));
    Some(rest[..end.unwrap_or(rest.len())].to_owned())
}

/// Tells whether a file that begins with `text` is a web page.
pub(super) fn is_page(text: &str) -> bool {
    let beginning: String = text
        .chars()
        .take(2_000)
        .collect::<String>()
        .to_ascii_lowercase();
    let mut rest = beginning.as_str();
    // Saved pages may begin with a comment or an XML declaration.
    loop {
        rest = rest.trim_start();
        let skipped = match rest {
            _ if rest.starts_with("<!--") => rest.split_once("-->"),
            _ if rest.starts_with("<?xml") => rest.split_once("?>"),
            _ => break,
        };
        match skipped {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    let begins = ["<!doctype html", "<html", "<head", "<body"];
    begins.iter().any(|tag| rest.starts_with(tag))
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::*;

    #[test]
    fn pages_are_read_in_the_encoding_they_declare() {
        let raw = RawRecord {
            origin: Origin::default(),
            format: Format::Html,
            bytes: b"<meta charset='iso-8859-2'><p>\xA3\xF3d\xBC</p>".to_vec(),
            context: None,
            note: None,
        };
        let record = parse(raw).unwrap();
        assert_eq!(
            record.page,
            Page::Html("<meta charset='iso-8859-2'><p>Łódź</p>".into())
        );
        assert_eq!(record.notes, Vec::<String>::new());
    }

    #[test]
    fn pages_are_told_by_their_beginning() {
        for (text, expected) in [
            ("<!DOCTYPE html><p>", true),
            ("<!-- saved from url -->\n<HTML lang=en>", true),
            ("<?xml version=\"1.0\"?><html xmlns=\"x\">", true),
            ("<?xml version=\"1.0\"?><rss>", false),
            ("A headline about <html>", false),
            ("<!-- never ends", false),
        ] {
            assert_eq!(is_page(text), expected, "{text}");
        }
    }
}
