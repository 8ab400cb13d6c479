//! How many tokens a second the names of a text are found in, on one core.
//!
//! It measures, over the same articles and in the same run, each the best of several
//! rounds, in CPU time of this process as the kernel counts it:
//!
//! 1. cutting text into sentences and tokens, nothing else;
//! 2. tagging tokens that are cut already;
//! 3. finding mentions: cutting, tagging, and making spans.
//!
//! Data: the documents of the named-entity development sets of news if
//! `NEWSDEX_SHARED` names a folder that has them, else the repository's own sample
//! articles, many times over. Tokens are ours, counted once for all three.
//!
//! It does not show: several threads, the cost of loading the model (which is printed
//! beside), or whether the names are right (`newsdex names evaluate` does). It needs
//! Linux's `/proc` for CPU time.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::fs;
use std::hint::black_box;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use mimalloc::MiMalloc;
use newsdex::names::columns::TaggedText;
use newsdex::names::{Tagger, find_mentions};
use newsdex::text;

/// That of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Rounds of each measurement; the fastest counts.
const ROUNDS: usize = 5;
/// Tokens in a round, so that it lasts long enough for a clock of 10 ms.
const LEAST_TOKENS: usize = 1_000_000;

fn main() -> Result<()> {
    let articles = articles()?;
    let tokens: usize = articles.iter().map(|article| cut(article).len()).sum();
    ensure!(tokens > 0, "there is no text to measure on");
    let times = LEAST_TOKENS.div_ceil(tokens);
    let begin = cpu_s()?;
    let tagger = Tagger::built_in();
    let loading = cpu_s()? - begin;
    let sentences: Vec<Vec<Vec<&str>>> =
        articles.iter().map(|article| sentences(article)).collect();
    println!(
        "{} articles, {tokens} tokens, {times} times a round; best of {ROUNDS}; loading the model {loading:.2} s",
        articles.len()
    );
    let measure = |name: &str, work: &dyn Fn()| -> Result<()> {
        let mut best = f64::INFINITY;
        for _ in 0..ROUNDS {
            let begin = cpu_s()?;
            (0..times).for_each(|_| work());
            best = best.min(cpu_s()? - begin);
        }
        let rate = (tokens * times) as f64 / best / 1e6;
        println!("{name:<32} {rate:6.2} million tokens per CPU second");
        Ok(())
    };
    measure("cut into sentences and tokens", &|| {
        for article in &articles {
            black_box(cut(article));
        }
    })?;
    measure("tag tokens", &|| {
        for sentences in &sentences {
            black_box(tagger.tag(sentences));
        }
    })?;
    measure("find mentions, cutting included", &|| {
        for article in &articles {
            black_box(find_mentions("", article, tagger));
        }
    })
}

/// Returns the texts to measure on.
fn articles() -> Result<Vec<String>> {
    let shared = std::env::var_os("NEWSDEX_SHARED").map(PathBuf::from);
    let Some(folder) = shared.map(|shared| shared.join("data/ner/dev")) else {
        return samples();
    };
    let mut articles = Vec::new();
    for name in ["ieer_news.tsv", "gmb_dev.tsv", "gum_news_dev.tsv"] {
        let path = folder.join(name);
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        for document in TaggedText::parse(&text)?.documents {
            let sentences = document.tokens().into_iter();
            let sentences: Vec<String> = sentences.map(|tokens| tokens.join(" ")).collect();
            articles.push(sentences.join("\n\n"));
        }
    }
    Ok(articles)
}

/// Returns the sample articles that are plain text.
fn samples() -> Result<Vec<String>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus/text");
    let mut paths = Vec::new();
    for entry in fs::read_dir(&folder)? {
        paths.push(entry?.path());
    }
    paths.sort();
    let texts = paths.iter().map(fs::read_to_string);
    Ok(texts.collect::<Result<_, _>>()?)
}

fn cut(article: &str) -> Vec<&str> {
    sentences(article).into_iter().flatten().collect()
}

fn sentences(article: &str) -> Vec<Vec<&str>> {
    text::sentences(article)
        .into_iter()
        .map(|range| {
            text::tokens(&article[range])
                .map(|token| token.text)
                .collect()
        })
        .collect()
}

/// Returns the user and system time of this process so far.
fn cpu_s() -> Result<f64> {
    // Hundredths of a second, whatever the kernel's own clock does (`man 5 proc`).
    let stat = fs::read_to_string("/proc/self/stat").context("CPU time needs /proc")?;
    let (_, fields) = stat
        .rsplit_once(')')
        .context("no fields in /proc/self/stat")?;
    let ticks = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>())
        .sum::<Result<u64, _>>()?;
    Ok(ticks as f64 / 100.0)
}
