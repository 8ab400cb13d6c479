//! The states of many files in a form that is loaded without being parsed: sorted by
//! folder and name, a folder's path written once.
//!
//! ```text
//! table  = "newsdex files 1\n" checksum(32) body
//! body   = count (text: pipelines) count (folder)
//! folder = text: path, count, size of its files in bytes, (file)
//! file   = text: name, size, modified(8), pipeline, articles, text: the rest as JSON
//! text   = length, UTF-8
//! ```
//!
//! Numbers are of seven bits a byte, the lowest first, the top bit set on all but the
//! last; times are plain little-endian. A table whose checksum is wrong counts as none:
//! its files are read again, which is always safe.

use super::{Kept, Stamp};

const MAGIC: &[u8] = b"newsdex files 1\n";
const CHECKSUM_BYTES: usize = 32;

/// States as they lie on disk.
#[derive(Default)]
pub(super) struct Table {
    bytes: Vec<u8>,
    folders: Vec<FolderAt>,
}

/// Where a folder lies among a table's bytes.
struct FolderAt {
    prefix: std::ops::Range<usize>,
    files: std::ops::Range<usize>,
}

impl Table {
    /// Reads a table; nothing if it is broken. The second value is its pipelines.
    pub(super) fn open(bytes: Vec<u8>) -> Option<(Table, Vec<String>)> {
        let body = bytes.strip_prefix(MAGIC)?;
        let (checksum, body) = body.split_at_checked(CHECKSUM_BYTES)?;
        if blake3::hash(body).as_bytes() != checksum {
            return None;
        }
        let mut reader = Reader {
            bytes: &bytes,
            at: MAGIC.len() + CHECKSUM_BYTES,
        };
        let mut pipelines = Vec::new();
        for _ in 0..reader.number()? {
            pipelines.push(reader.text()?.to_owned());
        }
        let mut folders = Vec::new();
        for _ in 0..reader.number()? {
            let prefix = reader.range()?;
            let files = reader.range()?;
            folders.push(FolderAt { prefix, files });
        }
        Some((Table { bytes, folders }, pipelines))
    }

    /// Returns how many bytes it takes.
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the paths of its folders, sorted.
    pub(super) fn prefixes(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(|folder| self.prefix(folder))
    }

    /// Returns the files of a folder, sorted by name.
    pub(super) fn files(&self, prefix: &str) -> impl Iterator<Item = (&str, Kept<'_>)> + use<'_> {
        let found = self
            .folders
            .binary_search_by(|folder| self.prefix(folder).cmp(prefix));
        let files = found.map_or(0..0, |place| self.folders[place].files.clone());
        let mut reader = Reader {
            bytes: &self.bytes[..files.end],
            at: files.start,
        };
        std::iter::from_fn(move || {
            let name = reader.text()?;
            let size = reader.number()?;
            let modified_ns = i64::from_le_bytes(reader.take(8)?.try_into().ok()?);
            let kept = Kept {
                stamp: Stamp { size, modified_ns },
                pipeline: usize::try_from(reader.number()?).ok()?,
                articles: reader.number()?,
                rest: reader.text()?,
            };
            Some((name, kept))
        })
    }

    fn prefix(&self, folder: &FolderAt) -> &str {
        std::str::from_utf8(&self.bytes[folder.prefix.clone()]).unwrap_or_default()
    }
}

/// Makes a table. Folders come sorted, and the files of each sorted too.
pub(super) struct Builder {
    pipelines: Vec<u8>,
    folders: Vec<u8>,
    count: u64,
}

impl Builder {
    pub(super) fn new(pipelines: &[String]) -> Builder {
        let mut head = Vec::new();
        push_number(pipelines.len() as u64, &mut head);
        pipelines
            .iter()
            .for_each(|pipeline| push_text(pipeline, &mut head));
        Builder {
            pipelines: head,
            folders: Vec::new(),
            count: 0,
        }
    }

    /// Adds a folder; not if it has no files.
    pub(super) fn folder<'a>(
        &mut self,
        prefix: &str,
        files: impl Iterator<Item = (&'a str, Kept<'a>)>,
    ) {
        let mut entries = Vec::new();
        for (name, kept) in files {
            push_text(name, &mut entries);
            push_number(kept.stamp.size, &mut entries);
            entries.extend_from_slice(&kept.stamp.modified_ns.to_le_bytes());
            push_number(kept.pipeline as u64, &mut entries);
            push_number(kept.articles, &mut entries);
            push_text(kept.rest, &mut entries);
        }
        if entries.is_empty() {
            return;
        }
        self.count += 1;
        push_text(prefix, &mut self.folders);
        push_number(entries.len() as u64, &mut self.folders);
        self.folders.extend_from_slice(&entries);
    }

    /// Returns the bytes of the table.
    pub(super) fn finish(self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&[0; CHECKSUM_BYTES]);
        let body = bytes.len();
        bytes.extend_from_slice(&self.pipelines);
        push_number(self.count, &mut bytes);
        bytes.extend_from_slice(&self.folders);
        let checksum = blake3::hash(&bytes[body..]);
        bytes[MAGIC.len()..body].copy_from_slice(checksum.as_bytes());
        bytes
    }
}

fn push_number(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn push_text(text: &str, bytes: &mut Vec<u8>) {
    push_number(text.len() as u64, bytes);
    bytes.extend_from_slice(text.as_bytes());
}

/// Reads on in bytes; nothing where they end or make no sense.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(length)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    /// Reads a length, and passes over what has it.
    fn range(&mut self) -> Option<std::ops::Range<usize>> {
        let length = usize::try_from(self.number()?).ok()?;
        let start = self.at;
        self.take(length)?;
        Some(start..self.at)
    }

    fn text(&mut self) -> Option<&'a str> {
        let range = self.range()?;
        std::str::from_utf8(&self.bytes[range]).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(size: u64, rest: &str) -> Kept<'_> {
        let stamp = Stamp {
            size,
            modified_ns: -5,
        };
        Kept {
            stamp,
            pipeline: 0,
            articles: 1 << 40,
            rest,
        }
    }

    #[test]
    fn what_was_written_is_read_and_what_was_damaged_is_not() {
        let pipelines = ["p".to_owned()];
        let mut builder = Builder::new(&pipelines);
        let many: Vec<(String, u64)> = (0..300).map(|n| (format!("{n:04}"), n * n)).collect();
        builder.folder("a/", many.iter().map(|(name, n)| (&**name, kept(*n, "[]"))));
        builder.folder("b/", std::iter::empty());
        builder.folder("c/", [("x", kept(u64::MAX, ""))].into_iter());
        let bytes = builder.finish();
        let (table, read) = Table::open(bytes.clone()).unwrap();
        assert_eq!(read, pipelines);
        assert_eq!(table.prefixes().collect::<Vec<_>>(), ["a/", "c/"]);
        let files: Vec<_> = table.files("a/").collect();
        assert_eq!(files.len(), 300);
        assert_eq!(files[299], ("0299", kept(299 * 299, "[]")));
        assert_eq!(table.files("b/").count(), 0);
        assert_eq!(table.files("c/").next(), Some(("x", kept(u64::MAX, ""))));
        for place in [0, 20, 60, bytes.len() - 1] {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1;
            assert!(Table::open(damaged).is_none(), "{place}");
            assert!(Table::open(bytes[..place].to_vec()).is_none(), "{place}");
        }
    }
}
