//! What another run over unchanged files costs, beside walking them, in one run.
//!
//! A tree of small invented text files (200 folders of 500; `--folders N` makes more) is
//! ingested once without names. Then, in turns, the same files are walked by a plain
//! program that asks for the size and time of each (`walkdir`, one thread), and ingested
//! again, on one thread and on all cores. Processor time (user and system) and wall time
//! are the best of several rounds; every again-run must find every file unchanged.
//!
//! It does not show: a cold cache, where the disk decides; articles in few large files,
//! where there is next to nothing to walk; or a run in which something did change.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use mimalloc::MiMalloc;
use newsdex::corpus::{ReadOptions, Selection};
use newsdex::index::{Index, RunSummary};
use newsdex::ingest::{Options, ingest};

/// That of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

const FILES_PER_FOLDER: usize = 500;
const ROUNDS: usize = 5;

/// The kernel counts processor time in hundredths of a second (`man 5 proc`, USER_HZ).
const TICKS_PER_S: f64 = 100.0;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--folders");
    let folders: usize = match arguments.nth(1) {
        Some(number) => number.parse().context("--folders takes a number")?,
        None => 200,
    };
    let files = (folders * FILES_PER_FOLDER) as u64;
    let home = tempfile::tempdir()?;
    let (corpus, index) = (home.path().join("corpus"), home.path().join("index"));
    write_tree(&corpus, folders)?;
    let first = run(&corpus, &index, cores())?;
    ensure!(first.added == files, "{first:?}");
    let mut best = [Cost::WORST; 3];
    for _ in 0..ROUNDS {
        best[0].lower(|| bare_walk(&corpus, files))?;
        for (best, threads) in best[1..].iter_mut().zip([1, cores()]) {
            best.lower(|| {
                let again = run(&corpus, &index, threads)?;
                ensure!(again.unchanged == files, "{again:?}");
                Ok(())
            })?;
        }
    }
    println!("{files} unchanged files, best of {ROUNDS}; ratios to the bare walk");
    for (label, cost) in ["bare walk", "again, one thread", "again, all cores"]
        .iter()
        .zip(&best)
    {
        println!(
            "{label:<18} CPU {:.2} s ({:.2}), wall {:.2} s ({:.2})",
            cost.cpu_s,
            cost.cpu_s / best[0].cpu_s,
            cost.wall_s,
            cost.wall_s / best[0].wall_s,
        );
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Cost {
    cpu_s: f64,
    wall_s: f64,
}

impl Cost {
    const WORST: Cost = Cost {
        cpu_s: f64::INFINITY,
        wall_s: f64::INFINITY,
    };

    fn lower(&mut self, call: impl FnOnce() -> Result<()>) -> Result<()> {
        let (begin, before) = (Instant::now(), cpu_s()?);
        call()?;
        self.wall_s = self.wall_s.min(begin.elapsed().as_secs_f64());
        self.cpu_s = self.cpu_s.min(cpu_s()? - before);
        Ok(())
    }
}

fn cpu_s() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("CPU time needs /proc")?;
    let (_, fields) = stat.rsplit_once(')').context("no fields in it")?;
    let fields = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields
        .map(|ticks| ticks.parse::<u64>())
        .sum::<Result<_, _>>()?;
    Ok(ticks as f64 / TICKS_PER_S)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn bare_walk(corpus: &Path, expected: u64) -> Result<()> {
    let (mut files, mut newest) = (0, None);
    for entry in walkdir::WalkDir::new(corpus) {
        let entry = entry?;
        if entry.file_type().is_file() {
            let metadata = entry.metadata()?;
            newest = newest.max(Some((metadata.modified()?, metadata.len())));
            files += 1;
        }
    }
    ensure!(files == expected && newest.is_some(), "walked {files}");
    Ok(())
}

fn run(corpus: &Path, index: &Path, threads: usize) -> Result<RunSummary> {
    let options = Options {
        paths: vec![corpus.to_owned()],
        selection: Selection::default(),
        read: ReadOptions::default(),
        tagger: None,
        prune: false,
        undelete: false,
        threads,
        memory: 100_000_000,
        commit_every: 20_000,
    };
    let index = Index::open_or_create(index)?;
    Ok(ingest(&index, &options, &AtomicBool::new(false), &mut |_| {})?.summary)
}

/// Writes files whose words are made of invented syllables, no two alike.
fn write_tree(corpus: &Path, folders: usize) -> Result<()> {
    const SYLLABLES: [&str; 8] = ["ba", "kori", "tun", "melsa", "dor", "pivan", "elch", "uron"];
    let mut state: u64 = 7;
    let mut word = || {
        // A linear congruential generator (Knuth's MMIX constants).
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let syllable = |shift: u64| SYLLABLES[(state >> shift) as usize % SYLLABLES.len()];
        [33, 40, 47, 54].map(syllable).concat()
    };
    for folder in 0..folders {
        let path = corpus.join(format!("{folder:04}"));
        fs::create_dir_all(&path)?;
        for file in 0..FILES_PER_FOLDER {
            let headline = [word(), word(), word()].join(" ");
            let body: Vec<String> = (0..15).map(|_| word()).collect();
            let text = format!("{headline}\n\nThe {} was told on Monday.\n", body.join(" "));
            fs::write(path.join(format!("article-{file:04}.txt")), text)?;
        }
    }
    Ok(())
}
