//! Turns bytes into text: by byte order mark, as UTF-8, by the encoding that they declare,
//! or by the best guess, which is then reported. It never fails and never drops a byte in
//! silence.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

use super::RawRecord;

/// The longest file in a two-byte encoding that is read; such files are read whole.
const MOST_WIDE_BYTES: u64 = 1 << 30;

/// Returns the text of `bytes`, which begin at `offset` in their file, and what was odd
/// about them.
pub(super) fn decode(bytes: &[u8], offset: u64) -> (String, Option<String>) {
    let (bytes, offset) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest, offset + 3),
        None => (bytes, offset),
    };
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => {
            let Some(repaired) = repaired(text) else {
                return (text.to_owned(), None);
            };
            let note = "was UTF-8 taken for Windows-1252 and written so; repaired";
            return (repaired, Some(note.to_owned()));
        }
        Err(error) => error,
    };
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let encoding = detector.guess(None, Utf8Detection::Allow);
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    let first_bad = offset + error.valid_up_to() as u64;
    let note = format!("byte {first_bad} is not UTF-8; read as {}", encoding.name());
    (text.into_owned(), Some(note))
}

/// Undoes what a program did that took UTF-8 for Windows-1252 (`cafÃ©`), if that is
/// certain: the text has the marks of it, and all of it turns back into UTF-8.
fn repaired(text: &str) -> Option<String> {
    // What the first bytes of accented letters and of quotation marks become.
    const MARKS: [&str; 3] = ["Ã", "â€", "Â"];
    let has = |mark: &str| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some();
    if !MARKS.into_iter().any(has) {
        return None;
    }
    let (bytes, _, is_lossy) = encoding_rs::WINDOWS_1252.encode(text);
    let original = std::str::from_utf8(&bytes).ok().filter(|_| !is_lossy)?;
    (!original.is_ascii() && original.chars().count() < text.chars().count())
        .then(|| original.to_owned())
}

/// Returns the text of `bytes`, which should be in the encoding called `label`. What is
/// UTF-8 all the same is read as that: no text is by chance.
pub(super) fn decode_as(
    label: Option<&str>,
    bytes: &[u8],
    offset: u64,
) -> (String, Option<String>) {
    let declared = label.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    match declared {
        Some(encoding) if std::str::from_utf8(bytes).is_err() && encoding.is_ascii_compatible() => {
            let (text, is_damaged) = encoding.decode_without_bom_handling(bytes);
            let name = encoding.name();
            let note =
                is_damaged.then(|| format!("has bytes that are no {name}, which it says it is in"));
            (text.into_owned(), note)
        }
        _ => decode(bytes, offset),
    }
}

/// Returns the text of an XML record, in the encoding that its file declares.
pub(super) fn decode_xml(raw: &RawRecord) -> (String, Option<String>) {
    let declared = raw.context.as_deref().and_then(declared_encoding);
    let declared = declared.or_else(|| declared_encoding(&raw.bytes));
    decode_as(declared.as_deref(), &raw.bytes, raw.origin.offset)
}

/// Returns what stands before the records of an XML file.
pub(super) fn decode_context(raw: &RawRecord) -> Option<String> {
    let context = raw.context.as_deref()?;
    let declared = declared_encoding(context);
    Some(decode_as(declared.as_deref(), context, 0).0)
}

/// Returns the encoding that an XML declaration names: `<?xml … encoding="…"?>`.
fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let bytes = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(bytes)
        .trim_ascii_start();
    let head = bytes.get(..bytes.len().min(200))?;
    if !head.starts_with(b"<?xml") {
        return None;
    }
    let head = String::from_utf8_lossy(head);
    let (declaration, _) = head.split_once("?>")?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next().map(str::to_owned)
}

/// Returns the two-byte encoding that the byte order mark at the beginning announces.
pub(super) fn wide_encoding(beginning: &[u8]) -> Option<&'static Encoding> {
    match beginning {
        [0xff, 0xfe, ..] => Some(UTF_16LE),
        [0xfe, 0xff, ..] => Some(UTF_16BE),
        _ => None,
    }
}

/// Reads a whole input in a two-byte encoding; the inner error is a reason for people.
pub(super) fn read_wide(
    input: impl Read,
    encoding: &'static Encoding,
) -> io::Result<Result<String, String>> {
    let mut bytes = Vec::new();
    input.take(MOST_WIDE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_WIDE_BYTES {
        return Ok(Err(format!(
            "{} files over 1 GiB are not read",
            encoding.name()
        )));
    }
    Ok(Ok(encoding.decode_with_bom_removal(&bytes).0.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_for_another_encoding_is_repaired_where_certain() {
        let (text, note) = decode("The cafÃ© â€œRÃ\u{AD}oâ€\u{9d} said".as_bytes(), 0);
        assert_eq!(text, "The café “Río” said");
        assert!(note.is_some());
        for text in ["SÃO PAULO", "Ångström Â", "â€ and café", "plain"] {
            assert_eq!(decode(text.as_bytes(), 0), (text.to_owned(), None));
        }
    }

    #[test]
    fn other_encodings_are_read_and_reported() {
        assert_eq!(decode("caf\u{e9}".as_bytes(), 7), ("café".to_owned(), None));
        assert_eq!(decode(b"\xef\xbb\xbfabc", 0), ("abc".to_owned(), None));
        let (text, note) = decode(b"The caf\xe9 in Orl\xe9ans \x93said\x94 so", 100);
        assert_eq!(text, "The café in Orléans “said” so");
        assert_eq!(
            note.as_deref(),
            Some("byte 107 is not UTF-8; read as windows-1252")
        );
    }
}
