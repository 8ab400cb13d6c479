//! What files are known by: their real path, relative to the folder that holds the index
//! where it lies below that, written with `/`.
//!
//! A name that is no text keeps each odd byte as `\xE9`, so that two such names are two
//! keys, and the file is found again.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::path::{Component, MAIN_SEPARATOR_STR, Path, PathBuf};

/// Returns the key of a path, whether anything is there or not.
pub fn key_of(path: &Path, base: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // What is gone has no real path: take that of the nearest folder that is there.
    let mut missing = Vec::new();
    let mut there = absolute.as_path();
    let real = loop {
        match (fs::canonicalize(there), there.parent(), there.file_name()) {
            (Ok(real), ..) => break real,
            (Err(_), Some(parent), Some(name)) => {
                missing.push(name);
                there = parent;
            }
            _ => break absolute.clone(),
        }
    };
    let whole: PathBuf = std::iter::once(real.as_os_str())
        .chain(missing.into_iter().rev())
        .collect();
    write_key(&whole, base)
}

/// Returns the path of the file `key`.
pub fn path_of(key: &str, base: &Path) -> PathBuf {
    let path = base.join(key);
    if cfg!(unix) && key.contains("\\x") && !path.exists() {
        return base.join(read_name(key));
    }
    path
}

/// Returns the key of a real path.
pub(super) fn write_key(path: &Path, base: &Path) -> String {
    let Ok(below) = path.strip_prefix(base) else {
        return write_name(path.as_os_str()).replace(MAIN_SEPARATOR_STR, "/");
    };
    let parts: Vec<_> = below
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(write_name(name)),
            _ => None,
        })
        .collect();
    parts.join("/")
}

/// Returns a file's name as it stands in its key.
pub(super) fn write_name(name: &OsStr) -> Cow<'_, str> {
    if let Some(text) = name.to_str() {
        return Cow::Borrowed(text);
    }
    let mut written = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        written.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(written, "\\x{byte:02X}");
        }
    }
    Cow::Owned(written)
}

#[cfg(unix)]
fn read_name(written: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = Vec::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once("\\x") {
        bytes.extend_from_slice(before.as_bytes());
        let digits = after.get(..2);
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.extend_from_slice(b"\\x");
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn read_name(written: &str) -> PathBuf {
    written.into()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn names_that_are_no_text_are_told_apart_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let base = fs::canonicalize(folder.path()).unwrap();
        for (name, key) in [
            (&b"caf\xe9.txt"[..], "caf\\xE9.txt"),
            (b"caf\xea.txt", "caf\\xEA.txt"),
            (b"a\\xb.txt", "a\\xb.txt"),
            (b"\\xE9.txt", "\\xE9.txt"),
            ("caf\u{e9}.txt".as_bytes(), "caf\u{e9}.txt"),
        ] {
            let path = base.join(OsStr::from_bytes(name));
            fs::write(&path, "x").unwrap();
            assert_eq!(write_key(&path, &base), key);
            assert_eq!(key_of(&path, &base), key);
            assert_eq!(path_of(key, &base), path);
        }
    }
}
