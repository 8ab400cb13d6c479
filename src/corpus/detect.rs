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
    if bytes.starts_with(b"filedesc://") {
        return Err("is a web archive in the ARC format, which is not read".to_owned());
    }
    let is_warc = bytes.starts_with(b"WARC/");
    let binary = office_kind(bytes).or_else(|| binary_kind(bytes));
    if let Some(kind) = binary.filter(|_| !is_warc) {
        return Err(format!("is {kind}, which is not read"));
    }
    if let Some(format) = given {
        return Ok(format);
    }
    if is_warc {
        return Ok(Format::Warc);
    }
    let ending = file
        .rsplit_once('.')
        .map(|(_, ending)| ending.to_lowercase())
        .unwrap_or_default();
    let text = text_of(bytes);
    let text = text.trim_start_matches('\u{FEFF}').trim_start();
    if let Some(found) = marked_up(text, &ending).or_else(|| json(text, &ending)) {
        return found;
    }
    if let Some(format) = Format::of_text(text) {
        return Ok(format);
    }
    match ending.as_str() {
        _ if file == "-" => Ok(Format::Jsonl),
        "md" | "markdown" => Ok(Format::Markdown),
        "csv" | "tsv" => Ok(Format::Table),
        "eml" | "mht" | "mhtml" => Ok(Format::Mail),
        "mbox" => Ok(Format::Mbox),
        "html" | "htm" | "xhtml" => Ok(Format::Html),
        "xml" | "rss" | "atom" => Err("is called XML, but has no element".to_owned()),
        "sgm" | "sgml" => Err("is SGML of another kind than Reuters-21578 or TREC".to_owned()),
        "json" => Err("is called JSON, but begins with no object or list of them".to_owned()),
        "dtd" | "css" | "js" => Err(format!("a .{ending} file holds no articles")),
        _ => Ok(Format::Text),
    }
}

/// Returns the beginning of a file as text, as far as that matters for telling formats.
fn text_of(bytes: &[u8]) -> String {
    match super::decode::wide_encoding(bytes) {
        Some(encoding) => encoding.decode(bytes).0.into_owned(),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Tells formats with tags.
fn marked_up(text: &str, ending: &str) -> Option<Result<Format, String>> {
    if !text.contains('<') {
        return None;
    }
    let is_sgml = matches!(ending, "sgm" | "sgml");
    // A text may speak of a format without being in it.
    let begins = |tag: &str| text.starts_with(tag) && has_tag(text, tag);
    let has = |tag: &str| begins(tag) || (is_sgml && has_tag(text, tag));
    if text.starts_with("<!DOCTYPE lewis") || has("<REUTERS") {
        return Some(Ok(Format::Reuters));
    }
    if has("<DOC") {
        return Some(Ok(Format::Trec));
    }
    if Format::is_page(text) {
        return Some(Ok(Format::Html));
    }
    let is_declared = text.starts_with("<?xml");
    let root = xml_root(text).filter(|_| is_declared || !is_sgml)?;
    match Format::of_root(root) {
        Some(format) => Some(Ok(format)),
        None if root.eq_ignore_ascii_case("html") || ending.contains("htm") => {
            Some(Ok(Format::Html))
        }
        None if is_declared || ending == "xml" => Some(Err(format!(
            "is XML of another kind, with <{root}> outermost"
        ))),
        None => None,
    }
}

/// Tells the layouts of JSON.
fn json(text: &str, ending: &str) -> Option<Result<Format, String>> {
    let first_line = text.lines().next().unwrap_or_default();
    let is_object = || serde_json::from_str::<serde::de::IgnoredAny>(first_line).is_ok();
    if text.starts_with('{') && is_object() {
        // A file of one long line may still be a feed or hold a list.
        let is_one_line = text.trim_end().len() == first_line.len();
        let has_list = is_one_line && Format::of_json(text) != Format::Json;
        return Some(Ok(if has_list {
            Format::of_json(text)
        } else {
            Format::Jsonl
        }));
    }
    if matches!(ending, "jsonl" | "ndjson") {
        return Some(Ok(Format::Jsonl));
    }
    is_json(text).then(|| Ok(Format::of_json(text)))
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
        check(b"<DOC>\n<DOCNO> 1", "a", Ok(Format::Trec));
        check(
            b"<SGML>",
            "a.sgm",
            Err("is SGML of another kind than Reuters-21578 or TREC"),
        );
        check(
            b"<?xml version='1.0'?>\n<rss><channel/></rss>",
            "a.txt",
            Ok(Format::Rss),
        );
        check(b"<!DOCTYPE html><html>", "a.txt", Ok(Format::Html));
        check(b"<div>", "a.htm", Ok(Format::Html));
        check(
            b"<?xml version='1.0'?><gpx/>",
            "a",
            Err("is XML of another kind, with <gpx> outermost"),
        );
        check(b"<b>Bold</b> words", "a.txt", Ok(Format::Text));
        check(b"{\n \"title\": \"A\"\n}", "a", Ok(Format::Json));
        check(b"[{\"title\":\"A\"}]", "a.json", Ok(Format::Json));
        check(b"WARC/1.0\r\n\0", "a", Ok(Format::Warc));
        check(b"id,title,text\n1,a,b", "a", Ok(Format::Table));
        check(b"---\ntitle: A\n---\n", "a", Ok(Format::Markdown));
        check(b"From: a@x\nSubject: A\n\nText", "a", Ok(Format::Mail));
        check(b"\xff\xfe<\0r\0s\0s\0>\0", "a", Ok(Format::Rss));
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
        check(b"not JSON", "-", Ok(Format::Jsonl));
    }
}
