//! What a register of 10,000 entries costs a query: the same index without and with it,
//! in one run.
//!
//! 20,000 invented articles name five of 30,000 people and organizations each. Two
//! copies of their index are asked the same queries, one after the other, the best of
//! several rounds each; one copy has an `entities.toml` of 10,000 entries with two
//! aliases each. Measured are library calls on an open index, as the web page makes
//! them, and whole command-line calls in a process of their own, with everything that a
//! start costs. Results are compared before times: a query without names must find the
//! same, an organization of the register at least as much.
//!
//! It does not show: the first query after an edit or an ingest, which makes the
//! directory anew (its time is printed), cold caches, or concurrent queries.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use mimalloc::MiMalloc;
use newsdex::article::Kind;
use newsdex::corpus::{ReadOptions, Selection};
use newsdex::index::{Index, Snapshot};
use newsdex::ingest::{Options, ingest};
use newsdex::query::{Query, Request, parse};

/// That of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Makes the query of a number.
type QueryOf = fn(usize) -> String;

const ARTICLES: usize = 20_000;
const NAMES: usize = 30_000;
const ENTRIES: usize = 10_000;
const ROUNDS: usize = 30;
const QUERIES: usize = 40;

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let corpus = folder.path().join("corpus");
    fs::create_dir(&corpus)?;
    fs::write(corpus.join("articles.jsonl"), articles())?;
    let plain = folder.path().join("plain");
    index(&corpus, &plain)?;
    let merged = folder.path().join("merged");
    copy(&plain, &merged)?;
    fs::write(merged.join("entities.toml"), register())?;
    for (label, path) in [
        ("without a register", &plain),
        ("with 10,000 entries", &merged),
    ] {
        let begin = Instant::now();
        let snapshot = Index::open(path)?.snapshot()?;
        ensure!(
            snapshot.register_fault()?.is_none(),
            "the register is faulty"
        );
        let ms = begin.elapsed().as_secs_f64() * 1e3;
        println!("first query {label}: {ms:.0} ms to make the directory");
    }
    println!("\nmicroseconds, p50/p99 of {QUERIES} queries, best of {ROUNDS} rounds");
    println!("{:<34} {:>11} {:>11} {:>7}", "", "without", "with", "ratio");
    let snapshots = [
        Index::open(&plain)?.snapshot()?,
        Index::open(&merged)?.snapshot()?,
    ];
    let requests = |text: fn(usize) -> String| -> Result<Vec<Request>> {
        (0..QUERIES).map(|at| request(&text(at))).collect()
    };
    let kinds: [(&str, QueryOf); 4] = [
        ("words", |at| format!("{} {}", word(at), word(at + 7))),
        ("phrase and organization", |at| {
            format!("\"{} {}\" org:=\"{}\"", word(at), word(at + 1), alone(at))
        }),
        ("organization without an entry", |at| {
            format!("org:\"{}\"", alone(at))
        }),
        ("organization with an entry", |at| {
            format!("org:=\"{}\"", name(at * 3))
        }),
    ];
    for (label, text) in kinds {
        let requests = requests(text)?;
        for request in &requests {
            let [without, with] = [
                total(&snapshots[0], request)?,
                total(&snapshots[1], request)?,
            ];
            let is_entry = label.ends_with("with an entry");
            ensure!(
                with == without || is_entry && with >= without,
                "{label}: {without}, {with}"
            );
        }
        let search = |snapshot: &Snapshot, request: &Request| snapshot.search(request).map(drop);
        print_times(
            label,
            &times(&snapshots, &requests, |one, request| {
                Ok(search(one, request)?)
            })?,
        );
    }
    let all = Request::new(Query::All);
    let facet = |snapshot: &Snapshot, request: &Request| {
        Ok(snapshot
            .count_entities(request, Kind::Organization)
            .map(drop)?)
    };
    let few: Vec<Request> = (0..4).map(|_| all.clone()).collect();
    print_times(
        "all organizations counted",
        &times(&snapshots, &few, facet)?,
    );
    let starts: Vec<String> = (0..8)
        .map(|at| format!("{} {}", word(at), word(at + 7)))
        .collect();
    let start = |path: &PathBuf, query: &String| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_newsdex"))
            .args(["search", query, "-i"])
            .arg(path)
            .output()?;
        ensure!(output.status.code() < Some(2), "the search failed");
        Ok(())
    };
    print_times(
        "command line, words",
        &times(&[plain, merged], &starts, start)?,
    );
    Ok(())
}

/// Returns the best times of each query on both sides, in microseconds.
fn times<S, Q>(
    sides: &[S; 2],
    queries: &[Q],
    call: impl Fn(&S, &Q) -> Result<()>,
) -> Result<[Vec<f64>; 2]> {
    let mut best = [
        vec![f64::INFINITY; queries.len()],
        vec![f64::INFINITY; queries.len()],
    ];
    for _ in 0..ROUNDS {
        for (at, query) in queries.iter().enumerate() {
            for (side, best) in sides.iter().zip(&mut best) {
                let begin = Instant::now();
                call(side, query)?;
                best[at] = best[at].min(begin.elapsed().as_secs_f64() * 1e6);
            }
        }
    }
    Ok(best)
}

fn print_times(label: &str, [without, with]: &[Vec<f64>; 2]) {
    let percentile = |times: &[f64], percent: usize| {
        let mut times = times.to_vec();
        times.sort_by(f64::total_cmp);
        times[(times.len() * percent).div_ceil(100).max(1) - 1]
    };
    let both = |times: &[f64]| format!("{:.0}/{:.0}", percentile(times, 50), percentile(times, 99));
    let ratio = percentile(with, 50) / percentile(without, 50);
    println!(
        "{label:<34} {:>11} {:>11} {ratio:>7.2}",
        both(without),
        both(with)
    );
}

fn request(text: &str) -> Result<Request> {
    let today = jiff::civil::date(2026, 1, 1);
    let parsed = parse(text, today).with_context(|| format!("cannot read {text}"))?;
    Ok(Request::new(parsed.query))
}

fn total(snapshot: &Snapshot, request: &Request) -> Result<u64> {
    snapshot
        .search(request)?
        .total
        .context("a total was asked for")
}

fn index(corpus: &Path, path: &Path) -> Result<()> {
    let index = Index::open_or_create(path)?;
    let options = Options {
        paths: vec![corpus.to_owned()],
        selection: Selection::new(&[], &[])?,
        read: ReadOptions::default(),
        tagger: None,
        prune: false,
        undelete: false,
        threads: 2,
        memory: 256_000_000,
        commit_every: 20_000,
    };
    let report = ingest(&index, &options, &AtomicBool::new(false), &mut |_| {})?;
    ensure!(
        report.summary.added == ARTICLES as u64,
        "{:?}",
        report.summary
    );
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Spells a number in syllables: a word that no other number has.
fn word(number: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu",
        "va",
    ];
    let mut number = number % 3_000 + 300;
    let mut word = String::new();
    while number > 0 {
        word.push_str(SYLLABLES[number % 16]);
        number /= 16;
    }
    word
}

fn name(number: usize) -> String {
    let capital = |word: String| word[..1].to_uppercase() + &word[1..];
    format!(
        "{} {} Works",
        capital(word(number % 2_900)),
        capital(word(number / 11 + 7))
    )
}

/// Returns a name that no entry has: those of the register are numbers below 30,000.
fn alone(number: usize) -> String {
    format!("Lone {} Works", word(number))
}

fn articles() -> String {
    let mut lines = String::new();
    for at in 0..ARTICLES {
        let words: Vec<String> = (0..80)
            .map(|place| word((at * 31 + place * place * 7) % 900 + place % 3))
            .collect();
        let body = format!(
            "{}. {} {}.",
            words.join(" "),
            word(at % 40),
            word(at % 40 + 1)
        );
        let mut names: Vec<String> = (0..4)
            .map(|place| name((at * 7 + place * 7_919) % NAMES))
            .collect();
        names.push(alone(at % 40));
        let record = serde_json::json!({ "id": at.to_string(), "title": word(at), "body": body, "organizations": names });
        let _ = writeln!(lines, "{record}");
    }
    lines
}

fn register() -> String {
    let mut text = String::new();
    let mut taken = std::collections::HashSet::new();
    let mut names = (0..).map(name).filter(|name| taken.insert(name.clone()));
    for _ in 0..ENTRIES {
        let [canonical, one, other] = [(); 3].map(|()| names.next().unwrap_or_default());
        let _ = writeln!(
            text,
            "[[entity]]\nname = {canonical:?}\nkind = \"organization\"\naliases = [{one:?}, {other:?}]\n"
        );
    }
    text
}
