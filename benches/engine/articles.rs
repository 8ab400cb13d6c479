//! The corpus on disk: a copy of Reuters-21578, or invented articles; and the raw
//! program's own small reader of both.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use newsdex::text::is_common_word;
use serde::{Deserialize, Serialize};

/// How many articles are invented, and with how many different words.
const INVENTED_ARTICLES: usize = 20_000;
const VOCABULARY: usize = 40_000;
const SEED: u64 = 21_578;

/// What the raw program takes from a record.
#[derive(Serialize, Deserialize)]
pub(crate) struct RawArticle {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) organizations: Vec<String>,
}

/// Writes the corpus to the folder `folder`, each article made of `joined` records, and says
/// what it is.
pub(crate) fn write(folder: &Path, copies: usize, joined: usize) -> Result<String> {
    fs::create_dir_all(folder)?;
    let reuters = std::env::var_os("NEWSDEX_SHARED")
        .map(|shared| PathBuf::from(shared).join("data/reuters21578"))
        .filter(|folder| folder.is_dir());
    match reuters {
        Some(reuters) if joined > 1 => {
            join_reuters(&reuters, folder, copies, joined)?;
            Ok(format!("Reuters-21578, {copies} times, {joined} to one"))
        }
        Some(reuters) => {
            copy_reuters(&reuters, folder, copies)?;
            Ok(format!("Reuters-21578, {copies} times"))
        }
        None => {
            for copy in 0..copies {
                invent(&folder.join(format!("invented-{copy:02}.jsonl")), copy)?;
            }
            Ok(format!("{} invented articles", copies * INVENTED_ARTICLES))
        }
    }
}

/// Returns the files of the corpus in their order.
pub(crate) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        files.push(entry?.path());
    }
    files.sort();
    Ok(files)
}

fn reuters_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let is_sgml = |file: &PathBuf| file.extension().is_some_and(|ending| ending == "sgm");
    let files: Vec<PathBuf> = files(folder)?.into_iter().filter(is_sgml).collect();
    ensure!(!files.is_empty(), "no .sgm files in {}", folder.display());
    Ok(files)
}

fn stem(file: &Path) -> Result<String> {
    let stem = file.file_stem().context("a file without a name")?;
    Ok(stem.to_string_lossy().into_owned())
}

/// Makes longer articles: each has the texts and the organizations of so many records in a row.
fn join_reuters(from: &Path, to: &Path, copies: usize, joined: usize) -> Result<()> {
    for file in reuters_files(from)? {
        let mut records = Vec::new();
        visit_raw(&file, &mut |record| {
            // A few have their text in another element, which the small reader leaves out.
            if !record.body.is_empty() {
                records.push(record);
            }
            Ok(())
        })?;
        let name = stem(&file)?;
        for copy in 0..copies {
            let to = fs::File::create(to.join(format!("{name}-{copy:02}.jsonl")))?;
            let mut output = std::io::BufWriter::new(to);
            for records in records.chunks(joined) {
                serde_json::to_writer(&mut output, &one_of(records, copy))?;
                output.write_all(b"\n")?;
            }
            output.flush()?;
        }
    }
    Ok(())
}

fn one_of(records: &[RawArticle], copy: usize) -> RawArticle {
    let bodies: Vec<&str> = records.iter().map(|record| &*record.body).collect();
    let organizations = records.iter().flat_map(|record| &record.organizations);
    let organizations: BTreeSet<&String> = organizations.collect();
    RawArticle {
        id: format!("{copy}-{}", records[0].id),
        title: records[0].title.clone(),
        body: bodies.join("\n\n"),
        organizations: organizations.into_iter().cloned().collect(),
    }
}

fn copy_reuters(from: &Path, to: &Path, copies: usize) -> Result<()> {
    for file in reuters_files(from)? {
        let bytes = fs::read(&file)?;
        let name = stem(&file)?;
        for copy in 0..copies {
            let to = to.join(format!("{name}-{copy:02}.sgm"));
            if copy == 0 {
                fs::write(to, &bytes)?;
            } else {
                // Latin-1, so that every byte stays what it is.
                let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
                let text = text.replace("NEWID=\"", &format!("NEWID=\"{copy}-"));
                let bytes: Vec<u8> = text.chars().map(|c| c as u8).collect();
                fs::write(to, bytes)?;
            }
        }
    }
    Ok(())
}

/// Reads one file of the corpus with as little work as possible.
pub(crate) fn visit_raw(
    file: &Path,
    visit: &mut dyn FnMut(RawArticle) -> Result<()>,
) -> Result<()> {
    let bytes = fs::read(file)?;
    let text = String::from_utf8_lossy(&bytes);
    if file.extension().is_some_and(|ending| ending == "jsonl") {
        for line in text.lines() {
            visit(serde_json::from_str(line)?)?;
        }
        return Ok(());
    }
    for record in text.split("<REUTERS ").skip(1) {
        let element = |name: &str| -> &str {
            let inside = record.split_once(&format!("<{name}>"));
            let inside = inside.and_then(|(_, rest)| rest.split_once(&format!("</{name}>")));
            inside.map_or("", |(inside, _)| inside)
        };
        let number = record
            .split_once("NEWID=\"")
            .and_then(|(_, rest)| rest.split_once('"'));
        let (number, _) = number.context("a record without NEWID")?;
        let organizations = element("ORGS").split("<D>").skip(1);
        visit(RawArticle {
            id: format!("R21578-{number}"),
            title: plain(element("TITLE")),
            body: plain(element("BODY")),
            organizations: organizations
                .filter_map(|code| code.strip_suffix("</D>"))
                .map(str::to_owned)
                .collect(),
        })?;
    }
    Ok(())
}

fn plain(text: &str) -> String {
    if text.contains('&') {
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    } else {
        text.to_owned()
    }
}

/// Numbers that are the same in every run (Steele, Lea and Flood 2014, SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns a number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// Writes invented articles: words in Zipf's proportions, function words first, in
/// sentences with capitals and commas, and now and then an organization.
fn invent(file: &Path, copy: usize) -> Result<()> {
    let mut random = Random::new(SEED + copy as u64);
    let words = vocabulary();
    let mut reached = 0.0;
    let weights: Vec<f64> = (0..words.len())
        .map(|rank| {
            reached += 1.0 / (rank as f64 + 2.7);
            reached
        })
        .collect();
    let word = |random: &mut Random| -> &str {
        let at = random.share() * reached;
        &words[weights
            .partition_point(|&weight| weight < at)
            .min(words.len() - 1)]
    };
    let organizations: Vec<String> = (0..40)
        .map(|number| format!("{} Agency", capital(&words[1_000 + 37 * number])))
        .collect();
    let mut output = std::io::BufWriter::new(fs::File::create(file)?);
    for number in 0..INVENTED_ARTICLES {
        let title: Vec<String> = (0..5 + random.below(5))
            .map(|_| capital(word(&mut random)))
            .collect();
        let share = random.share();
        let about: Vec<String> = (0..random.below(3))
            .map(|_| organizations[(share * share * 40.0) as usize].clone())
            .take(1)
            .collect();
        let mut body = String::new();
        for sentence in 0..3 + random.below(16) {
            if sentence > 0 {
                body.push_str(if sentence % 3 == 0 { "\n\n" } else { " " });
            }
            body.push_str(&capital(word(&mut random)));
            for at in 0..5 + random.below(16) {
                body.push_str(if at % 9 == 8 { ", " } else { " " });
                body.push_str(word(&mut random));
            }
            if let Some(about) = about.first().filter(|_| sentence % 4 == 1) {
                body.push_str(" for the ");
                body.push_str(about);
            }
            body.push('.');
        }
        let article = RawArticle {
            id: format!("invented-{copy}-{number}"),
            title: title.join(" "),
            body,
            organizations: about,
        };
        serde_json::to_writer(&mut output, &article)?;
        output.write_all(b"\n")?;
    }
    Ok(output.flush()?)
}

/// Returns words from the most to the least frequent: function words, then invented.
fn vocabulary() -> Vec<String> {
    let function_words = "the of to and in a for that on is with by was at from it as are be not";
    let mut words: Vec<String> = function_words.split(' ').map(str::to_owned).collect();
    const SYLLABLES: [&str; 24] = [
        "ba", "ko", "ren", "ti", "lu", "mar", "sen", "do", "vi", "pal", "gor", "ne", "shi", "tra",
        "bel", "cu", "dan", "for", "hin", "jo", "kel", "mo", "pri", "sto",
    ];
    let mut number = 30;
    while words.len() < VOCABULARY {
        let mut rest = number * 7;
        let mut word = String::new();
        while rest > 0 {
            word.push_str(SYLLABLES[rest % SYLLABLES.len()]);
            rest /= SYLLABLES.len();
        }
        number += 1;
        if !is_common_word(&word) {
            words.push(word);
        }
    }
    words
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
