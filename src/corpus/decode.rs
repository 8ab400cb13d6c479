//! Turns bytes into text: by byte order mark, as UTF-8, or by the best guess, which is
//! then reported. It never fails and never drops a byte in silence.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE};

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
        Ok(text) => return (text.to_owned(), None),
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
