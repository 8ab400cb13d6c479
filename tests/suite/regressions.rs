//! Nothing that comes from outside may make a reader panic or hang: what fuzzing found is
//! replayed, and the sample articles are given to every reader, whole, cut off and damaged.

#[path = "../regressions/entry.rs"]
mod entry;

use std::fs;
use std::path::{Path, PathBuf};

use super::repository;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries.flatten() {
        match entry.path().is_dir() {
            true => found.extend(files(&entry.path())),
            false => found.push(entry.path()),
        }
    }
    found.sort();
    found
}

#[test]
fn what_fuzzing_found_is_read_now() {
    let root = repository().join("tests/regressions");
    let targets = entry::targets();
    for folder in fs::read_dir(&root).unwrap().flatten() {
        if !folder.path().is_dir() {
            continue;
        }
        let name = folder.file_name().to_string_lossy().into_owned();
        assert!(targets.contains(&name), "there is no target {name}");
        for file in files(&folder.path()) {
            entry::run(&name, &fs::read(file).unwrap());
        }
    }
}

#[test]
fn every_target_has_its_file_for_the_fuzzer() {
    let manifest = fs::read_to_string(repository().join("fuzz/Cargo.toml")).unwrap();
    for target in entry::targets() {
        let name = target.replace('-', "_");
        let path = repository().join(format!("fuzz/fuzz_targets/{name}.rs"));
        let source = fs::read_to_string(&path).unwrap();
        assert!(
            source.contains(&format!("entry::run(\"{target}\", data)")),
            "{target}"
        );
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{target}");
    }
}

/// Damages `bytes` in one of many ways (Marsaglia's xorshift chooses).
fn damaged(bytes: &[u8], round: u64) -> Vec<u8> {
    let mut state = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut below = |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % end.max(1) as u64) as usize
    };
    let mut damaged = bytes.to_vec();
    if damaged.is_empty() {
        return damaged;
    }
    match below(4) {
        0 => damaged.truncate(below(bytes.len())),
        1 => {
            for _ in 0..8 {
                let at = below(damaged.len());
                damaged[at] = below(256) as u8;
            }
        }
        2 => {
            let (from, length) = (below(bytes.len()), below(200));
            let piece = bytes[from..(from + length).min(bytes.len())].to_vec();
            let at = below(damaged.len());
            damaged.splice(at..at, piece);
        }
        _ => {
            const SIGNS: &[u8] = b"<>&\"'{}[]=:;,\n\r\t\0\xff\xc3#-";
            for _ in 0..12 {
                let at = below(damaged.len());
                damaged[at] = SIGNS[below(SIGNS.len())];
            }
        }
    }
    damaged
}

#[test]
fn samples_are_read_by_every_reader_whole_and_damaged() {
    let samples = files(&repository().join("corpus"));
    assert!(samples.len() > 50);
    let targets = entry::targets();
    let mut round = 0;
    for (number, sample) in samples.iter().enumerate() {
        let mut bytes = fs::read(sample).unwrap();
        bytes.truncate(20_000);
        for (at, target) in targets.iter().enumerate() {
            // Finding names takes longest, and every sample is searched for them anyway.
            if target == "names" && number % 8 != 0 {
                continue;
            }
            entry::run(target, &bytes);
            if (at + number) % 4 == 0 {
                round += 1;
                entry::run(target, &damaged(&bytes, round));
            }
        }
    }
}
