//! Archives of all kinds, whole, broken and hostile, built byte by byte.

use std::io::Write;

use flate2::Compression;

use super::super::{Reading, split};
use super::*;

/// Returns what `bytes` in a file called `file` come to, one line a reading.
fn read(bytes: &[u8], file: &str, limits: UnpackLimits) -> Vec<String> {
    let options = ReadOptions {
        unpack: limits,
        ..ReadOptions::default()
    };
    let mut found = Vec::new();
    let mut sink = |reading: Reading| {
        found.push(match reading {
            Reading::Record(raw) => {
                let text = String::from_utf8_lossy(&raw.bytes);
                let shown: String = text.trim().chars().take(20).collect();
                format!("{} {}: {shown}", raw.origin.path(), raw.origin.record)
            }
            Reading::Rejected(no) => {
                format!("{} {}! {}", no.origin.path(), no.origin.record, no.reason)
            }
        });
        ControlFlow::Continue(())
    };
    split(bytes, file, &options, &mut sink).unwrap();
    found
}

#[track_caller]
fn check(bytes: &[u8], file: &str, expected: &[&str]) {
    assert_eq!(read(bytes, file, UnpackLimits::default()), expected);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn sum(bytes: &[u8]) -> u32 {
    let mut sum = flate2::Crc::new();
    sum.update(bytes);
    sum.sum()
}

/// Appends a member to a zip archive without a directory.
fn zip_member(archive: &mut Vec<u8>, name: &str, content: &[u8], method: u16, flags: u16) {
    let packed = if method == 8 {
        deflate(content)
    } else {
        content.to_vec()
    };
    let lengths = [sum(content), packed.len() as u32, content.len() as u32];
    let described = flags & 8 != 0;
    archive.extend(b"PK\x03\x04\x14\x00");
    archive.extend(flags.to_le_bytes());
    archive.extend(method.to_le_bytes());
    archive.extend([0; 4]);
    for length in lengths {
        archive.extend(if described { 0 } else { length }.to_le_bytes());
    }
    archive.extend((name.len() as u16).to_le_bytes());
    archive.extend([0, 0]);
    archive.extend(name.as_bytes());
    archive.extend(packed);
    if described {
        archive.extend(b"PK\x07\x08");
        lengths
            .iter()
            .for_each(|length| archive.extend(length.to_le_bytes()));
    }
}

const ZIP_END: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    members
        .iter()
        .for_each(|(name, content)| zip_member(&mut archive, name, content, 8, 0));
    archive.extend(ZIP_END);
    archive
}

fn tar_member(archive: &mut Vec<u8>, name: &str, kind: u8, content: &[u8], size: usize) {
    let mut block = [0; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[148..156].fill(b' ');
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    archive.extend(block);
    archive.extend(content);
    archive.resize(archive.len().next_multiple_of(512), 0);
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, content) in members {
        tar_member(&mut archive, name, b'0', content, content.len());
    }
    archive.extend([0; 1024]);
    archive
}

const DAY: &[u8] = b"Calm day\n\nNothing happened.\n";
const LINES: &[u8] = b"{\"title\":\"A\"}\n{\"title\":\"B\"}\n";

#[test]
fn streams_are_read_as_what_they_hold() {
    check(
        &gzip(DAY),
        "a.txt.gz",
        &["a.txt.gz 1: Calm day\n\nNothing ha"],
    );
    let two = [
        gzip(b"{\"title\":\"A\"}\n"),
        gzip(b"{\"title\":\"B\"}\n"),
        vec![0; 9],
    ]
    .concat();
    let lines = [
        "b.jsonl.gz 1: {\"title\":\"A\"}",
        "b.jsonl.gz 2: {\"title\":\"B\"}",
    ];
    check(&two, "b.jsonl.gz", &lines);
    let zstd = zstd::encode_all(DAY, 3).unwrap();
    check(&zstd, "a.zst", &["a.zst 1: Calm day\n\nNothing ha"]);
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(DAY).unwrap();
    check(
        &bzip2.finish().unwrap(),
        "a.bz2",
        &["a.bz2 1: Calm day\n\nNothing ha"],
    );
    let xz = b"\xfd7zXZ\0\0\x04\xe6\xd6\xb4\x46\x02\0\x21\x01\x16\0\0\0\x74\x2f\xe5\xa3\x01\0\x1bCalm day\n\n\
Nothing happened.\n\0\x3e\xfc\x9f\x49\xa0\xea\xa3\xd8\0\x01\x34\x1c\x93\x1a\xad\x8f\x1f\xb6\xf3\x7d\x01\0\0\0\0\x04YZ";
    check(xz, "a.xz", &["a.xz 1: Calm day\n\nNothing ha"]);
    // A text that speaks of compressors is a text.
    check(b"BZh is a mark", "a.txt", &["a.txt 1: BZh is a mark"]);
}

#[test]
fn archives_give_their_members_with_their_places() {
    let inner = gzip(&tar(&[("x/a.txt", DAY)]));
    let archive = zip(&[
        ("dir/", b""),
        ("dir/a.txt", DAY),
        ("__MACOSX/._a.txt", b"shadow"),
        ("b.jsonl", LINES),
        ("in.tar.gz", &inner),
        ("p.png", b"\x89PNG\r\n"),
    ]);
    let expected = [
        "a.zip!dir/a.txt 1: Calm day\n\nNothing ha",
        "a.zip!b.jsonl 1: {\"title\":\"A\"}",
        "a.zip!b.jsonl 2: {\"title\":\"B\"}",
        "a.zip!in.tar.gz!x/a.txt 1: Calm day\n\nNothing ha",
        "a.zip!p.png 0! is a picture, which is not read",
    ];
    check(&archive, "a.zip", &expected);
    check(
        &tar(&[("a.txt", DAY), ("b", b"")]),
        "a.tar",
        &[
            "a.tar!a.txt 1: Calm day\n\nNothing ha",
            "a.tar!b 0! empty file",
        ],
    );
}

#[test]
fn zip_members_of_every_kind_are_read_or_named() {
    let mut archive = Vec::new();
    zip_member(&mut archive, "streamed.txt", DAY, 8, 8);
    zip_member(&mut archive, "stored.txt", DAY, 0, 0);
    zip_member(&mut archive, "secret.txt", DAY, 8, 1);
    zip_member(&mut archive, "odd.txt", DAY, 97, 0);
    zip_member(&mut archive, "empty.txt", b"", 0, 8);
    zip_member(&mut archive, "last.txt", DAY, 8, 8);
    archive.extend(ZIP_END);
    check(
        &archive,
        "a",
        &[
            "a!streamed.txt 1: Calm day\n\nNothing ha",
            "a!stored.txt 1: Calm day\n\nNothing ha",
            "a!secret.txt 0! is encrypted",
            "a!odd.txt 0! is packed by method 97, which is not read",
            "a!last.txt 1: Calm day\n\nNothing ha",
        ],
    );
    let mut archive = zip(&[("a.txt", DAY)]);
    archive[14] ^= 1;
    check(
        &archive,
        "a",
        &[
            "a!a.txt 1: Calm day\n\nNothing ha",
            "a!a.txt 0! its checksum is wrong; what was read of it may be damaged",
        ],
    );
}

#[test]
fn names_are_only_labels() {
    let mut archive = Vec::new();
    tar_member(&mut archive, "../../etc/passwd", b'0', DAY, DAY.len());
    tar_member(&mut archive, "loop", b'2', b"", 0);
    tar_member(&mut archive, "long", b'L', b"very/long.txt\0", 14);
    tar_member(&mut archive, "short", b'0', DAY, DAY.len());
    tar_member(&mut archive, "pax", b'x', b"20 path=C:\\win\n.txt\n", 20);
    tar_member(&mut archive, "short", b'0', DAY, DAY.len());
    check(
        &archive,
        "a",
        &[
            "a!../../etc/passwd 1: Calm day\n\nNothing ha",
            "a!loop 0! is a link, which is not followed",
            "a!very/long.txt 1: Calm day\n\nNothing ha",
            "a!C:/win\u{FFFD}.txt 1: Calm day\n\nNothing ha",
        ],
    );
}

#[test]
fn what_is_truncated_gives_what_it_has() {
    let gz = gzip(&[LINES, b"{\"title\":\"a longer one\"}\n"].concat());
    check(
        &gz[..gz.len() - 14],
        "a.jsonl.gz",
        &[
            "a.jsonl.gz 1: {\"title\":\"A\"}",
            "a.jsonl.gz 2: {\"title\":\"B\"}",
            "a.jsonl.gz 3! the record is cut short: cannot be unpacked beyond byte 48: incomplete deflate stream",
        ],
    );
    let archive = zip(&[("a.txt", DAY), ("b.txt", DAY)]);
    let half = archive.len() - ZIP_END.len();
    check(
        &archive[..half],
        "a",
        &[
            "a!a.txt 1: Calm day\n\nNothing ha",
            "a!b.txt 1: Calm day\n\nNothing ha",
            "a 0! the archive ends early, without its directory",
        ],
    );
    check(
        &archive[..half - 30],
        "a",
        &[
            "a!a.txt 1: Calm day\n\nNothing ha",
            "a!b.txt 0! cannot be unpacked beyond byte 0: the archive ends early",
        ],
    );
    let archive = tar(&[("a.txt", DAY), ("b.txt", DAY)]);
    check(
        &archive[..512 * 3 + 5],
        "a",
        &[
            "a!a.txt 1: Calm day\n\nNothing ha",
            "a!b.txt 1: Calm",
            "a!b.txt 0! cannot be unpacked beyond byte 5: the archive ends early",
        ],
    );
    check(
        &archive[..512 * 2 + 100],
        "a",
        &[
            "a!a.txt 1: Calm day\n\nNothing ha",
            "a 0! the archive ends early",
        ],
    );
    check(
        b"\x1f\x8b\x08garbage and more",
        "a.gz",
        &["a.gz 0! cannot be unpacked beyond byte 0: invalid gzip header"],
    );
}

#[test]
fn bombs_are_defused() {
    let limits = UnpackLimits {
        free_bytes: 1 << 20,
        ..UnpackLimits::default()
    };
    let news = "{\"title\":\"A\",\"body\":\"so it goes\"}\n".repeat(200_000);
    let found = read(&gzip(news.as_bytes()), "a.jsonl.gz", limits);
    let (last, before) = found.split_last().unwrap();
    assert!(before.len() > 10_000 && before.iter().all(|line| line.contains(": {")));
    assert!(
        last.ends_with("it unpacks to more than 200 times its size"),
        "{last}"
    );
    // The same content, ten times over and in three layers: one entry.
    let bomb = gzip(&vec![b' '; 4 << 20]);
    let members: Vec<(&str, &[u8])> = vec![("a.gz", &bomb); 10];
    let layers = gzip(&tar(&members));
    let failed: Vec<String> = read(&layers, "a.tar.gz", limits);
    assert_eq!(
        failed,
        ["a.tar.gz!a.gz 1! the record is cut short: it unpacks to more than 200 times its size"]
    );
    let little = UnpackLimits {
        total_bytes: 100,
        ..limits
    };
    let found = read(&gzip(&[LINES; 9].concat()), "a.jsonl.gz", little);
    assert!(
        found
            .last()
            .unwrap()
            .contains("it unpacks to more than 100 bytes"),
        "{found:?}"
    );
}

#[test]
fn layers_come_to_an_end() {
    let mut layers = gzip(DAY);
    for _ in 0..20 {
        layers = gzip(&layers);
    }
    check(&layers, "a", &["a 0! is packed more than 4 times over"]);
}
