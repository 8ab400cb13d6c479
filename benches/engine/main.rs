//! Newsdex and a raw tantivy program side by side, on the same articles, in one run.
//!
//! It measures
//!
//! 1. what ingesting a corpus costs: CPU seconds (user and system, of a process of its
//!    own, as the kernel counts them), wall time and peak memory, without names and
//!    with them; again over the unchanged corpus; and the size of the index;
//! 2. how long queries take, as library calls on a warm index, the best of several
//!    rounds per query: words, phrases, phrases filtered by organization, counts.
//!
//! The raw program (`raw.rs`) is the obvious minimal one on the same library: title and
//! body with positions, organizations and id as keywords, all stored, the same number
//! of threads and the same memory (newsdex gives half of its threads to the library). What it costs is reading, cutting tags and
//! indexing; it keeps no ledger, no hashes and no metadata, and does not stem.
//!
//! Data: Reuters-21578 if `NEWSDEX_SHARED` names a folder that has it
//! (`--copies K` repeats it under other ids), else 20,000 invented articles of a Zipf
//! vocabulary. Queries are drawn from the articles themselves. All seeds are fixed.
//!
//! Results are compared before times, and disagreement fails the run: every word and
//! phrase query must find exactly the articles that a plain scan of the texts finds.
//! The raw program cuts words differently (`Biden's` is two), so its phrase counts may
//! differ here and there; how many agree is reported.
//!
//! It does not show: cold caches, the command line, concurrent queries, corpora larger
//! than memory, rankings (the raw program ranks by other words), or languages other
//! than English. Copies of a corpus have no new words, so `--copies` shows how costs
//! grow with postings, not with vocabulary. It needs Linux's `/proc` for CPU time.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod articles;
mod measure;
mod queries;
mod raw;
mod scan;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use mimalloc::MiMalloc;
use newsdex::corpus::{ReadOptions, Selection};
use newsdex::index::{Index, Snapshot};
use newsdex::ingest::{Options, ingest};
use newsdex::names::Tagger;
use newsdex::query::Request;

use measure::{Cost, Times, best_us, folder_bytes};
use queries::{Drawn, Kind};
use raw::Raw;
use scan::Scan;

/// That of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Threads that index of the raw program, and workers of newsdex.
const THREADS: usize = 2;
/// Bytes an index writer may hold: newsdex's default, given to both programs.
const MEMORY: usize = 256_000_000;

/// Compare newsdex with a raw tantivy program
#[derive(Debug, Parser)]
struct Args {
    /// Repeat the corpus this many times, under other ids
    #[arg(long, default_value_t = 1)]
    copies: usize,
    /// Make one article of so many records of Reuters-21578, which are short
    #[arg(long, default_value_t = 1, value_name = "COUNT")]
    join: usize,
    /// Draw this many queries of each kind
    #[arg(long, default_value_t = 200)]
    queries: usize,
    /// Ingest this many times, and count the cheapest
    #[arg(long, default_value_t = 3)]
    ingests: usize,
    /// Ask each query this many times, and count the fastest
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Name the queries of each kind that took newsdex longest
    #[arg(long, default_value_t = 0, value_name = "COUNT")]
    slowest: usize,
    /// Measure ingest and the size of the index, and ask no queries
    #[arg(long)]
    no_queries: bool,
    /// Ask queries of this kind only, over and over, for a profiler
    #[arg(long, value_name = "KIND")]
    only: Option<String>,
    /// Keep corpus and indexes in this folder, and use those that are there
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Do one step in this process: `raw`, `plain` or `names`
    #[arg(long, hide = true, requires_all = ["corpus", "index"])]
    step: Option<String>,
    #[arg(long, hide = true)]
    corpus: Option<PathBuf>,
    #[arg(long, hide = true)]
    index: Option<PathBuf>,
    /// What `cargo bench` passes
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if let (Some(step), Some(corpus), Some(index)) = (&args.step, &args.corpus, &args.index) {
        return run_step(step, corpus, index);
    }
    let temporary = tempfile::tempdir()?;
    let folder = args.keep.as_deref().unwrap_or(temporary.path());
    if folder.join("names").exists() {
        return measure_queries(&args, &Indexes::of(folder));
    }
    let corpus = folder.join("corpus");
    let what = articles::write(&corpus, args.copies, args.join)?;
    let version = env!("CARGO_PKG_VERSION");
    println!(
        "newsdex {version} beside tantivy {}",
        tantivy::version_string()
    );
    println!(
        "corpus: {what}, {:.1} MB in files",
        mb(folder_bytes(&corpus)?)
    );
    println!(
        "{THREADS} threads, {} MB for the writer\n",
        MEMORY / 1_000_000
    );
    measure_ingest(&args, folder, &corpus)?;
    measure_queries(&args, &Indexes::of(folder))
}

/// The indexes that ingesting left.
struct Indexes {
    newsdex: PathBuf,
    raw: PathBuf,
    plain: PathBuf,
}

impl Indexes {
    fn of(folder: &Path) -> Indexes {
        Indexes {
            newsdex: folder.join("names"),
            raw: folder.join("raw"),
            plain: folder.join("plain"),
        }
    }
}

/// Ingests and prints what it cost; leaves the indexes of the last round in `folder`.
fn measure_ingest(args: &Args, folder: &Path, corpus: &Path) -> Result<()> {
    let place = |name: &str| folder.join(name);
    let mut costs: [Vec<Cost>; 3] = Default::default();
    let steps = ["raw", "plain", "names"];
    for _ in 0..args.ingests.max(1) {
        for (step, costs) in steps.iter().zip(&mut costs) {
            let index = place(step);
            if index.exists() {
                std::fs::remove_dir_all(&index)?;
            }
            costs.push(measure::in_child(step, corpus, &index)?);
        }
    }
    let counts: Vec<u64> = costs.iter().map(|all| all[0].articles).collect();
    ensure!(
        counts.iter().all(|count| *count == counts[0]),
        "the programs found {counts:?} articles"
    );
    let [raw, plain, names] = costs.each_ref().map(|all| Cost::cheapest(all));
    println!(
        "ingest of {} articles      CPU s   ratio  wall s  peak MB   every CPU s",
        counts[0]
    );
    let rows = [
        ("raw tantivy", raw, &costs[0]),
        ("newsdex without names", plain, &costs[1]),
        ("newsdex with names", names, &costs[2]),
    ];
    for (name, cost, all) in rows {
        let every: Vec<String> = all
            .iter()
            .map(|cost| format!("{:.2}", cost.cpu_s))
            .collect();
        println!(
            "{name:<26} {:>10.2} {:>7.2} {:>7.2} {:>8.0}   {}",
            cost.cpu_s,
            cost.cpu_s / raw.cpu_s,
            cost.wall_s,
            cost.peak_mb,
            every.join(" ")
        );
    }
    let again = measure::in_child("names", corpus, &place("names"))?;
    measure::touch_all(corpus)?;
    let touched = measure::in_child("names", corpus, &place("names"))?;
    for (name, cost) in [
        ("again, nothing changed", again),
        ("again, files touched", touched),
    ] {
        ensure!(
            cost.articles == names.articles,
            "{name}: another number of articles"
        );
        println!(
            "{name:<26} {:>10.2} {:>7.2} {:>7.2} {:>8.0}   wall {:.3} of the first",
            cost.cpu_s,
            cost.cpu_s / raw.cpu_s,
            cost.wall_s,
            cost.peak_mb,
            cost.wall_s / names.wall_s
        );
    }
    Ok(())
}

fn measure_queries(args: &Args, indexes: &Indexes) -> Result<()> {
    let snapshot = Index::open(&indexes.newsdex)?.snapshot()?;
    let raw = Raw::open(&indexes.raw)?;
    let scan = Scan::of(&snapshot)?;
    println!(
        "\nindex size                    MB   of the text ({:.1} MB)",
        mb(scan.text_bytes())
    );
    for (name, path) in [
        ("raw tantivy", &indexes.raw),
        ("newsdex without names", &indexes.plain),
        ("newsdex with names", &indexes.newsdex),
    ] {
        let bytes = folder_bytes(path)?;
        let share = bytes as f64 / scan.text_bytes() as f64;
        println!("{name:<24} {:>7.1} {share:>7.2}", mb(bytes));
    }
    if args.no_queries {
        return Ok(());
    }
    let drawn = queries::draw(&scan, args.queries);
    if let Some(only) = &args.only {
        return repeat(&snapshot, &drawn, only);
    }
    println!("\nresults compared with a plain scan of the texts");
    for kind in Kind::ALL {
        compare(kind, &drawn, &snapshot, &raw, &scan)?;
    }
    println!(
        "\n{:<24}{:>18}{:>18}{:>14}{:>18}{:>18}{:>14}",
        "queries, p50/p99 µs", "newsdex", "raw", "ratio", "newsdex, read", "raw, read", "ratio"
    );
    for kind in Kind::ALL {
        time(kind, args, &drawn, &snapshot, &raw)?;
    }
    Ok(())
}

/// Fails unless newsdex finds what a scan of the texts finds; says how often the raw
/// program finds as many.
fn compare(kind: Kind, drawn: &[Drawn], snapshot: &Snapshot, raw: &Raw, scan: &Scan) -> Result<()> {
    let of_kind: Vec<&Drawn> = drawn
        .iter()
        .filter(|one| one.kind == kind.drawn_as())
        .collect();
    let (mut hits, mut same) = (0, 0);
    for one in &of_kind {
        let truth = scan.find(one);
        let mut found = std::collections::BTreeSet::new();
        let request = one.request(kind);
        snapshot.visit_ids(&request, |id| {
            found.insert(id);
        })?;
        ensure!(
            found.iter().eq(&truth),
            "{one:?}: found {} articles, the scan {}",
            found.len(),
            truth.len()
        );
        let response = snapshot.search(&request)?;
        let expected = request.limit.min(truth.len());
        ensure!(
            response.hits.len() == expected,
            "{one:?}: not {expected} hits"
        );
        let are_found = |hit: &newsdex::index::Hit| truth.contains(hit.article.id.as_str());
        ensure!(
            response.hits.iter().all(are_found),
            "{one:?}: a hit does not match"
        );
        if request.want_total {
            ensure!(
                response.total == Some(truth.len() as u64),
                "{one:?}: another total"
            );
        }
        hits += truth.len();
        same += usize::from(raw.count(&raw.query(one))? == truth.len());
    }
    ensure!(!of_kind.is_empty(), "no queries of {}", kind.name());
    println!(
        "{:<24} {} of {} agree; raw agrees on {same}; {:.0} articles each",
        kind.name(),
        of_kind.len(),
        of_kind.len(),
        hits as f64 / of_kind.len() as f64
    );
    Ok(())
}

/// Times one kind of queries on both programs, turn by turn.
fn time(kind: Kind, args: &Args, drawn: &[Drawn], snapshot: &Snapshot, raw: &Raw) -> Result<()> {
    let (mut ours, mut bare) = (Times::new(), Times::new());
    let (mut read, mut stored) = (Times::new(), Times::new());
    let mut each: Vec<(f64, f64, &Drawn)> = Vec::new();
    for one in drawn.iter().filter(|one| one.kind == kind.drawn_as()) {
        let request = one.request(kind);
        let (mut best, mut best_bare) = (f64::MAX, f64::MAX);
        let (mut best_read, mut best_stored) = (f64::MAX, f64::MAX);
        for _ in 0..args.rounds.max(1) {
            // As the raw program, where the articles are is asked for, or the articles.
            if kind.is_compared() {
                best_us(&mut best, || snapshot.rank(&request).map(drop))?;
            } else {
                best_us(&mut best, || snapshot.search(&request).map(drop))?;
            }
            // The raw program's query is made anew each time, as newsdex's plan is.
            if kind == Kind::PhraseCount {
                best_us(&mut best_bare, || raw.count(&raw.query(one)).map(drop))?;
            } else {
                best_us(&mut best_bare, || raw.top(&raw.query(one)).map(drop))?;
                best_us(&mut best_stored, || {
                    raw.top_stored(&raw.query(one)).map(drop)
                })?;
                best_us(&mut best_read, || snapshot.search(&request).map(drop))?;
            }
        }
        each.push((best, best_bare, one));
        ours.add(best);
        bare.add(best_bare);
        read.add(best_read);
        stored.add(best_stored);
    }
    let mut line = format!("{:<24}{:>18}", kind.name(), ours.to_string());
    if kind.is_compared() {
        line += &format!("{:>18}{:>14}", bare.to_string(), ours.ratio(&bare));
        if kind != Kind::PhraseCount {
            let (read_by_us, read_by_raw) = (read.to_string(), stored.to_string());
            line += &format!(
                "{read_by_us:>18}{read_by_raw:>18}{:>14}",
                read.ratio(&stored)
            );
        }
    }
    println!("{line}");
    each.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (ours, raw, one) in each.iter().take(args.slowest) {
        let (words, organization) = (one.words.join(" "), &one.organization);
        println!("    {ours:>8.0} {raw:>8.0}  {words}  {organization}");
    }
    Ok(())
}

/// Asks newsdex alone for ten seconds.
fn repeat(snapshot: &Snapshot, drawn: &[Drawn], name: &str) -> Result<()> {
    let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.name() == name) else {
        let names = Kind::ALL.map(Kind::name).join(", ");
        bail!("there is no kind {name:?}, but {names}");
    };
    let requests: Vec<Request> = drawn
        .iter()
        .filter(|one| one.kind == kind.drawn_as())
        .map(|one| one.request(kind))
        .collect();
    let begin = Instant::now();
    while begin.elapsed().as_secs() < 10 {
        for request in &requests {
            snapshot.rank(request)?;
        }
    }
    Ok(())
}

/// Ingests in this process and prints what that cost.
fn run_step(step: &str, corpus: &Path, index: &Path) -> Result<()> {
    let begin = Instant::now();
    let articles = match step {
        "raw" => Raw::ingest(&articles::files(corpus)?, index, THREADS, MEMORY)?,
        "plain" => ingest_newsdex(corpus, index, None)?,
        "names" => ingest_newsdex(corpus, index, Some(Tagger::built_in()))?,
        _ => bail!("there is no step {step:?}"),
    };
    println!("{}", Cost::of_this_process(begin, articles)?.to_line());
    Ok(())
}

fn ingest_newsdex(corpus: &Path, index: &Path, tagger: Option<&Tagger>) -> Result<u64> {
    let index = Index::open_or_create(index)?;
    let options = Options {
        paths: vec![corpus.to_owned()],
        selection: Selection::new(&[], &[])?,
        read: ReadOptions::default(),
        tagger,
        prune: false,
        undelete: false,
        threads: THREADS,
        memory: MEMORY,
        commit_every: 100_000,
    };
    let report = ingest(&index, &options, &AtomicBool::new(false), &mut |_| {})
        .context("newsdex cannot ingest")?;
    let summary = report.summary;
    ensure!(
        summary.failed == 0 && summary.skipped == 0,
        "not everything was read: {summary:?}"
    );
    Ok(summary.added + summary.unchanged)
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
