//! How long the hardest queries of the language take on an index of your own.
//!
//! Asks a grid of some 600 queries about the commonest words of English news, in every shape
//! that the language has: alone, excluded, near each other, in chains, counted, in headline
//! and lead, as wildcards, slips, phrases, names and words as written. Each is asked once on
//! a warm index, as the command line asks: with total and stories, ten hits and their marks.
//! Prints how many took how long, the slowest, and which were refused.
//!
//! It does not show: a cold cache, the start of a process, or printing.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use mimalloc::MiMalloc;
use newsdex::index::{Index, Snapshot};
use newsdex::query::{Prefer, Request, parse};

/// That of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Time hard queries on an index
#[derive(Parser)]
struct Args {
    /// The index folder
    #[arg(long)]
    index: PathBuf,
    /// Name so many of the slowest queries
    #[arg(long, default_value_t = 20)]
    slowest: usize,
    /// Ask only this query, over and over, for a profiler
    #[arg(long, value_name = "QUERY")]
    only: Option<String>,
    /// What `cargo bench` passes
    #[arg(long, hide = true)]
    bench: bool,
}

/// What stands in the place of `{}` in [`SHAPES`].
const OPERANDS: [&str; 30] = [
    "the",
    "said",
    "of",
    "reagan",
    "=The",
    "=US",
    "=Reagan",
    "\"the bank\"",
    "\"of the\"",
    "\"oil prices\"~3",
    "\"the of\"~5",
    "a*",
    "*a",
    "*ing",
    "th?",
    "s*",
    "a~1",
    "the~2",
    "oil~2",
    "person:reagan",
    "org:reagan",
    "org:\"federal reserve\"",
    "place:usa",
    "(the OR of)",
    "(bank* OR the)",
    "(person:reagan OR the)",
    "U.S.",
    "mid-1980s",
    "=U.S.",
    "=a",
];

const SHAPES: [&str; 19] = [
    "{}",
    "{} oil",
    "{} reagan",
    "{} place:usa",
    "NOT {}",
    "{} OR oil",
    "{} -oil",
    "{} w/5 the",
    "{} w/s of",
    "{} w/p reagan",
    "{} pre/10 said",
    "{} w/5 of w/5 the",
    "({} w/3 of) w/10 ({} OR said)",
    "atleast3({})",
    "atleast2({} w/5 said)",
    "atleast3({} w/s the)",
    "title:({})",
    "headline({})",
    "hlead({})",
];

const OTHERS: [&str; 24] = [
    "*",
    "date:1987",
    "date:none",
    "words:>100",
    "org:*",
    "-person:*",
    "lang:en",
    "source:*",
    "the AND of AND to AND a AND in",
    "the OR of OR to",
    "\"the the\"",
    "\"of the\" \"in the\" \"to the\"",
    "(the OR a) w/255 (of OR to)",
    "the w/255 of",
    "the w/1 the",
    "the w/5 of w/5 to w/5 and w/5 in",
    "the w/5 of w/5 the w/5 of w/5 the w/5 of w/5 the w/5 of w/5 the w/5 of",
    "atleast50(the)",
    "atleast9(the OR of OR to OR a OR in)",
    "person:a*",
    "*u*",
    "reagan w/10 person:reagan w/10 place:usa",
    "=The =Of =A",
    "the^2 of",
];

fn main() -> Result<()> {
    let args = Args::parse();
    let snapshot = Index::open(&args.index)?.snapshot()?;
    let today = jiff::civil::date(2024, 3, 1);
    let filled = SHAPES
        .iter()
        .flat_map(|shape| OPERANDS.iter().map(|operand| shape.replace("{}", operand)));
    let queries = filled.chain(OTHERS.iter().map(|query| (*query).to_owned()));
    let (mut times, mut refused) = (Vec::new(), Vec::new());
    ask(&snapshot, Request::new(parse("*", today)?.query))?;
    if let Some(only) = &args.only {
        let query = parse(only, today)?.query;
        let (begin, mut fastest) = (Instant::now(), f64::INFINITY);
        while begin.elapsed().as_secs() < 5 {
            let begin = Instant::now();
            ask(&snapshot, Request::new(query.clone()))?;
            fastest = fastest.min(begin.elapsed().as_secs_f64());
        }
        println!("{fastest:.3} s at best  {only}");
        return Ok(());
    }
    for query in queries {
        let Ok(parsed) = parse(&query, today) else {
            refused.push(query);
            continue;
        };
        let begin = Instant::now();
        match ask(&snapshot, Request::new(parsed.query)) {
            Ok(()) => times.push((begin.elapsed().as_secs_f64(), query)),
            Err(_) => refused.push(query),
        }
    }
    times.sort_by(|a, b| b.0.total_cmp(&a.0));
    let over = |limit: f64| times.iter().filter(|(seconds, _)| *seconds > limit).count();
    println!(
        "{} articles; {} queries, median {:.2} s; over 0.25 s: {}, over 0.5 s: {}, over 1 s: {}",
        snapshot.articles(),
        times.len(),
        times
            .get(times.len() / 2)
            .context("no query was answered")?
            .0,
        over(0.25),
        over(0.5),
        over(1.0)
    );
    for (seconds, query) in times.iter().take(args.slowest) {
        println!("{seconds:>7.2} s  {query}");
    }
    println!("refused: {}", refused.join(", "));
    Ok(())
}

/// Answers as the command line does.
fn ask(snapshot: &Snapshot, mut request: Request) -> Result<()> {
    request.want_total = true;
    request.want_stories = true;
    request.want_highlights = true;
    request.collapse = Some(Prefer::Best);
    snapshot.search(&request)?;
    Ok(())
}
