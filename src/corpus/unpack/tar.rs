//! Tar archives: POSIX, GNU and the oldest kind. Only regular files are read; folders
//! and links hold nothing, wherever they point.

use std::io::{self, BufRead, Read};

use super::stream::Member;
use super::{Place, Sink, Unpacker, is_hidden, label};

const BLOCK: usize = 512;
/// The longest name, and the longest list of attributes, that is read.
const MOST_HEAD_BYTES: u64 = 1 << 20;

/// Returns true if `bytes` begin with the header of a tar archive: its checksum is right.
pub(super) fn is_header(bytes: &[u8]) -> bool {
    let Some(block) = bytes.get(..BLOCK) else {
        return false;
    };
    block[0] != 0 && is_sum_right(block)
}

fn is_sum_right(block: &[u8]) -> bool {
    let sum = block.iter().enumerate().map(|(at, &byte)| match at {
        148..156 => u64::from(b' '),
        _ => u64::from(byte),
    });
    octal(&block[148..156]) == Some(sum.sum())
}

/// Reads a number as octal digits, or in the base 256 that GNU uses for long ones.
fn octal(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let tail = field[field.len() - 8..].try_into().ok()?;
        return Some(u64::from_be_bytes(tail) & (u64::MAX >> 1));
    }
    let text = std::str::from_utf8(field).ok()?;
    u64::from_str_radix(text.trim_matches([' ', '\0']), 8).ok()
}

/// Reads all members of the archive `input`.
pub(super) fn members(
    unpacker: &Unpacker<'_>,
    mut input: &mut dyn BufRead,
    place: &Place,
    sink: Sink<'_>,
) -> io::Result<()> {
    let mut long_name: Option<Vec<u8>> = None;
    let mut long_size: Option<u64> = None;
    while !unpacker.is_done() {
        let faults = unpacker.faults.get();
        let mut block = [0; BLOCK];
        let read = read_full(&mut input, &mut block)?;
        if read == 0 || block.iter().all(|&byte| byte == 0) {
            return Ok(());
        }
        let size = octal(&block[124..136]);
        let (true, true, Some(size)) = (read == BLOCK, is_sum_right(&block), size) else {
            let reason = if read < BLOCK {
                ENDS_EARLY
            } else {
                "the archive is damaged; no further member is found"
            };
            unpacker.fault(place, reason, sink);
            return Ok(());
        };
        let kind = block[156];
        let size = match kind {
            b'L' | b'x' => size,
            _ => long_size.take().unwrap_or(size),
        };
        let mut content = Member::new(&mut input, size);
        let mut inner = None;
        match kind {
            b'L' | b'x' => {
                let mut head = Vec::new();
                // What is cut short is told below.
                let _ = (&mut content).take(MOST_HEAD_BYTES).read_to_end(&mut head);
                if kind == b'L' {
                    long_name = Some(until_zero(&head).to_vec());
                } else {
                    long_name = attribute(&head, b"path").or(long_name);
                    long_size = attribute(&head, b"size")
                        .and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
                }
            }
            _ => {
                let name = long_name.take().unwrap_or_else(|| name_of(&block));
                let label = label(&name);
                let place = inner.insert(place.member(&label));
                let is_file = matches!(kind, b'0' | 0 | b'7') && !label.ends_with('/');
                match kind {
                    _ if is_hidden(&label) => {}
                    b'S' => unpacker.skipped(place, "is a sparse file, which is not read", sink),
                    b'1' | b'2' => {
                        unpacker.skipped(place, "is a link, which is not followed", sink)
                    }
                    _ if is_file => unpacker.content(&mut content, place, sink)?,
                    _ => {}
                }
            }
        }
        match content.skip_rest() {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                if unpacker.faults.get() == faults {
                    unpacker.fault(inner.as_ref().unwrap_or(place), ENDS_EARLY, sink);
                }
                return Ok(());
            }
            other => other?,
        }
        let padding = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        io::copy(&mut (&mut input).take(padding), &mut io::sink())?;
    }
    Ok(())
}

const ENDS_EARLY: &str = "the archive ends early";

fn read_full(input: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < block.len() {
        match input.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn name_of(block: &[u8; BLOCK]) -> Vec<u8> {
    let name = until_zero(&block[..100]);
    let prefix = until_zero(&block[345..500]);
    // Only POSIX archives have a prefix; GNU keeps times in its place.
    if &block[257..263] != b"ustar\0" || prefix.is_empty() {
        return name.to_vec();
    }
    [prefix, b"/", name].concat()
}

fn until_zero(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|&byte| byte == 0);
    &bytes[..end.unwrap_or(bytes.len())]
}

/// Returns an attribute of a list of `length key=value` lines.
fn attribute(mut list: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let mut found = None;
    while let Some(blank) = list.iter().position(|&byte| byte == b' ') {
        let length: usize = std::str::from_utf8(&list[..blank]).ok()?.parse().ok()?;
        let line = list.get(blank + 1..length.checked_sub(1)?)?;
        if let Some(value) = line
            .strip_prefix(key)
            .and_then(|rest| rest.strip_prefix(b"="))
        {
            found = Some(value.to_vec());
        }
        list = &list[length..];
    }
    found
}
