//! Tells what a file is: by its content first, by its name second.

use std::io::{self, BufRead, Cursor, Read};

use super::formats::Format;

/// How much of a file is looked at.
const LOOK_BYTES: u64 = 64 << 10;

/// Reads the beginning of `input`.
pub(super) fn beginning(input: &mut impl BufRead) -> io::Result<Cursor<Vec<u8>>> {
    let mut bytes = Vec::new();
    input.take(LOOK_BYTES).read_to_end(&mut bytes)?;
    Ok(Cursor::new(bytes))
}

/// Returns the format of a file that begins with `beginning`, or why it is not read.
/// With `given`, only what can be no text at all is refused.
pub(super) fn detect(
    beginning: &Cursor<Vec<u8>>,
    file: &str,
    given: Option<Format>,
) -> Result<Format, String> {
    let bytes = beginning.get_ref().as_slice();
    if bytes.iter().all(u8::is_ascii_whitespace) && bytes.len() < LOOK_BYTES as usize {
        return Err("empty file".to_owned());
    }
    if let Some(kind) = office_kind(bytes).or_else(|| binary_kind(bytes))
        && !bytes.starts_with(b"WARC/")
    {
        return Err(format!("is {kind}, which is not read"));
    }
    if let Some(format) = given {
        return Ok(format);
    }
    let ending = file
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase())
        .unwrap_or_default();
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    let is_sgml = matches!(ending.as_str(), "sgm" | "sgml");
    if text.starts_with("WARC/") || text.starts_with("filedesc://") {
        return Err("web archives are not read yet".to_owned());
    }
    // A text may speak of the format without being in it.
    if text.starts_with("<!DOCTYPE lewis")
        || text.starts_with("<REUTERS")
        || (is_sgml && has_tag(text, "<REUTERS"))
    {
        return Ok(Format::Reuters);
    }
    if file == "-" {
        return Ok(Format::Jsonl);
    }
    let first_line = text.lines().next().unwrap_or_default();
    let is_object = serde_json::from_str::<serde::de::IgnoredAny>(first_line).is_ok();
    if text.starts_with('{') && is_object {
        return Ok(Format::Jsonl);
    }
    if matches!(ending.as_str(), "jsonl" | "ndjson") {
        return Ok(Format::Jsonl);
    }
    if is_json(text) {
        return Ok(Format::of_json(text));
    }
    if super::formats::is_page(text) {
        return Ok(Format::Html);
    }
    if let Some(root) = xml_root(text)
        && (text.starts_with("<?xml") || !is_sgml)
    {
        return match Format::of_root(root) {
            Some(format) => Ok(format),
            None if root.eq_ignore_ascii_case("html") || ending.contains("htm") => Ok(Format::Html),
            None if text.starts_with("<?xml") || ending == "xml" => {
                Err(format!("is XML of another kind, with <{root}> outermost"))
            }
            None => Ok(Format::Text),
        };
    }
    match ending.as_str() {
        "html" | "htm" | "xhtml" => Ok(Format::Html),
        "mhtml" => Err("MHTML is not read yet".to_owned()),
        "xml" | "rss" | "atom" => Err("is called XML, but has no element".to_owned()),
        "sgm" | "sgml" => Err("SGML other than Reuters-21578 is not read yet".to_owned()),
        "csv" | "tsv" => Err("tables are not read yet".to_owned()),
        "json" => Err("is called JSON, but begins with no object or list of them".to_owned()),
        "dtd" | "css" | "js" => Err(format!("a .{ending} file holds no articles")),
        _ => Ok(Format::Text),
    }
}

/// Returns true if `text` begins with a JSON object, or a list of them.
fn is_json(text: &str) -> bool {
    match text.as_bytes() {
        [b'{', ..] => text[1..].trim_start().starts_with(['"', '}']),
        [b'[', ..] => text[1..].trim_start().starts_with('{'),
        _ => false,
    }
}

/// Returns the name of the outermost element, without its prefix, of a text that begins
/// as XML.
fn xml_root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let end = match rest {
            _ if rest.starts_with("<?") => "?>",
            _ if rest.starts_with("<!--") => "-->",
            _ if rest.starts_with("<!") => {
                // A declaration may hold others in brackets.
                let (open, close) = (rest.find('['), rest.find('>')?);
                if open.is_some_and(|open| open < close) {
                    "]>"
                } else {
                    ">"
                }
            }
            _ => break,
        };
        rest = rest.split_once(end)?.1;
    }
    let name = rest.strip_prefix('<')?;
    let end = name.find(|c: char| !(c.is_alphanumeric() || matches!(c, ':' | '-' | '_' | '.')))?;
    let name = &name[..end];
    let name = name.rsplit(':').next().unwrap_or(name);
    name.starts_with(|c: char| c.is_alphabetic())
        .then_some(name)
}

fn has_tag(text: &str, tag: &str) -> bool {
    text.match_indices(tag)
        .any(|(at, _)| text[at + tag.len()..].starts_with([' ', '>', '\n', '\r', '\t']))
}

/// Returns what a file that is no text looks like.
fn binary_kind(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 12] = [
        (b"%PDF-", "a PDF file"),
        (b"\x1f\x8b", "a gzip file of an unknown kind"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
        (b"Rar!\x1a\x07", "a RAR archive"),
        (b"\xd0\xcf\x11\xe0", "an office file of the old kind"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"GIF8", "a picture"),
        (b"\x7fELF", "a program"),
        (b"MZ\x90\x00", "a program"),
        (b"SQLite format 3\0", "a database"),
        (b"{\\rtf", "an RTF file"),
    ];
    let known = KINDS
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|(_, kind)| *kind);
    let is_wide = super::decode::wide_encoding(bytes).is_some();
    known.or_else(|| (!is_wide && bytes.contains(&0)).then_some("a binary file"))
}

/// Returns the kind of office file that a zip archive is: these begin with certain
/// members.
pub(super) fn office_kind(bytes: &[u8]) -> Option<&'static str> {
    if !bytes.starts_with(b"PK\x03\x04") {
        return None;
    }
    let length = |at: usize| {
        Some(usize::from(u16::from_le_bytes(
            bytes.get(at..at + 2)?.try_into().ok()?,
        )))
    };
    let name = bytes.get(30..30 + length(26)?)?;
    let content = bytes.get(30 + name.len() + length(28)?..)?;
    match name {
        b"mimetype" if content.starts_with(b"application/epub") => Some("an electronic book"),
        b"mimetype" => Some("an office file"),
        b"META-INF/MANIFEST.MF" | b"META-INF/" => Some("a program"),
        b"[Content_Types].xml" | b"_rels/.rels" => Some("an office file"),
        _ if name.starts_with(b"docProps/") => Some("an office file"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], file: &str, expected: Result<Format, &str>) {
        let found = detect(&Cursor::new(bytes.to_vec()), file, None);
        assert_eq!(
            found.as_ref().map_err(|reason| reason.as_str()),
            expected.as_ref().map_err(|r| *r),
            "{file}"
        );
    }

    #[test]
    fn content_comes_before_the_name() {
        check(b"A headline\n\nText.", "a.txt", Ok(Format::Text));
        check(b"A headline\n\nText.", "a", Ok(Format::Text));
        check(b"{\"a\":1}\n{}", "a.txt", Ok(Format::Jsonl));
        check(b"\xef\xbb\xbf{\"a\":1}\n{}", "a.txt", Ok(Format::Jsonl));
        check(b"{\"a\":\n", "a.jsonl", Ok(Format::Jsonl));
        check(b"{curly} words", "a.txt", Ok(Format::Text));
        check(
            b"<!DOCTYPE lewis SYSTEM \"lewis.dtd\">",
            "a.sgm",
            Ok(Format::Reuters),
        );
        check(b"<REUTERS NEWID=\"1\">", "a", Ok(Format::Reuters));
        check(b"<html><p>", "a", Ok(Format::Html));
        check(b"<div>", "a.htm", Ok(Format::Html));
        check(
            b"<DOC>",
            "a.sgm",
            Err("SGML other than Reuters-21578 is not read yet"),
        );
        check(
            b"%PDF-1.4",
            "a.txt",
            Err("is a PDF file, which is not read"),
        );
        check(b"a\0b", "a.txt", Err("is a binary file, which is not read"));
        check(b"\xff\xfea\0b\0", "a.txt", Ok(Format::Text));
        check(b" \n ", "a.txt", Err("empty file"));
        check(b"", "a.txt", Err("empty file"));
        check(b"", "-", Err("empty file"));
    }
}
