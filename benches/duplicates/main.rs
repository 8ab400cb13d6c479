//! How well copies are found, and what that costs.
//!
//! It measures, on Reuters-21578 if `NEWSDEX_SHARED` names a folder that has it, else on
//! the repository's own sample articles:
//!
//! 1. pairs of articles in one story, compared with all pairs whose exact shingle
//!    similarity is at least the threshold, found by brute force (`brute_force.rs`);
//! 2. the CPU time of signatures, of grouping all articles anew, and of grouping them again
//!    when every pair has been judged, each per article.
//!
//! Copies of copies are of one story too, so that a pair of a story may be less similar
//! than the threshold: that lowers the precision of pairs. It does not show how stories
//! grow on corpora with many times more copies. It needs Linux's `/proc` for CPU time.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod brute_force;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use anyhow::{Context, Result};
use mimalloc::MiMalloc;
use newsdex::corpus::{ReadOptions, Selection};
use newsdex::index::{Index, Snapshot};
use newsdex::ingest::{Options, ingest};
use newsdex::query::{Query, Request};
use newsdex::stories::{DEFAULT_THRESHOLD, Signature};
use newsdex::text::{Language, Vocabulary};

use brute_force::{Agreement, similar_pairs};

/// That of the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let index = Index::open_or_create(&folder.path().join("index"))?;
    let options = Options {
        paths: vec![corpus()],
        selection: Selection::new(&[], &["all-*.txt".into(), "*.json".into(), "*.md".into()])?,
        read: ReadOptions::default(),
        tagger: None,
        prune: false,
        undelete: false,
        threads: 2,
        memory: 256_000_000,
        commit_every: 20_000,
    };
    ingest(&index, &options, &AtomicBool::new(false), &mut |_| {})?;
    let snapshot = index.snapshot()?;
    let (ids, articles) = read(&snapshot)?;
    let found = pairs_of_stories(&snapshot, &ids)?;
    let begin = cpu_s()?;
    let truth = similar_pairs(&articles, DEFAULT_THRESHOLD);
    let brute = cpu_s()? - begin;
    let agreement = Agreement::of(&found, &truth);
    println!(
        "{} articles, {} stories; {} pairs by brute force in {brute:.1} CPU s, {} found",
        articles.len(),
        snapshot.stories()?,
        truth.len(),
        found.len()
    );
    println!(
        "pairs: precision {:.4}, recall {:.4}, F1 {:.4}",
        agreement.precision,
        agreement.recall,
        agreement.f1()
    );
    measure(folder.path().join("index"), &articles)
}

fn corpus() -> PathBuf {
    let shared = std::env::var_os("NEWSDEX_SHARED").map(PathBuf::from);
    let reuters = shared.map(|shared| shared.join("data/reuters21578"));
    let own = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus");
    reuters.filter(|folder| folder.exists()).unwrap_or(own)
}

/// Numbers by id, and headline and text by number.
type Articles = (HashMap<String, u32>, Vec<(String, String)>);

fn read(snapshot: &Snapshot) -> Result<Articles> {
    let mut names = BTreeSet::new();
    snapshot.visit_ids(&Request::new(Query::All), |id| {
        names.insert(id);
    })?;
    let (mut ids, mut articles) = (HashMap::new(), Vec::new());
    for (at, name) in (0..).zip(names) {
        let id = newsdex::article::ArticleId::new(&name).context("ids are ids")?;
        let article = snapshot.article(&id)?.context("listed articles exist")?;
        ids.insert(name, at);
        articles.push((article.title, article.body));
    }
    Ok((ids, articles))
}

fn pairs_of_stories(
    snapshot: &Snapshot,
    ids: &HashMap<String, u32>,
) -> Result<BTreeSet<(u32, u32)>> {
    let mut pairs = BTreeSet::new();
    for story in snapshot.stories_with_copies()? {
        let numbers: Vec<u32> = story.iter().map(|id| ids[id.as_str()]).collect();
        for (at, one) in numbers.iter().enumerate() {
            pairs.extend(
                numbers[at + 1..]
                    .iter()
                    .map(|other| (*one.min(other), *one.max(other))),
            );
        }
    }
    Ok(pairs)
}

/// Prints what an article costs.
fn measure(index: PathBuf, articles: &[(String, String)]) -> Result<()> {
    let per_article = |seconds: f64| seconds * 1e6 / articles.len() as f64;
    let mut vocabulary = Vocabulary::new(Language::from_tag("en"));
    let mut hashed = Vec::new();
    for (title, body) in articles {
        let mut hashes = |text: &str| {
            let mut hashes = Vec::new();
            vocabulary.read(text, |word, forms| {
                if !word.is_compound() {
                    hashes.push(forms.hash());
                }
            });
            hashes
        };
        hashed.push((hashes(title), hashes(body)));
    }
    const ROUNDS: usize = 20;
    let begin = cpu_s()?;
    for _ in 0..ROUNDS {
        for (title, body) in &hashed {
            std::hint::black_box(Signature::of(title, body));
        }
    }
    let signing = (cpu_s()? - begin) / ROUNDS as f64;
    let mut anew = Index::open(&index)?;
    let stories = index.join("stories");
    let begin = cpu_s()?;
    fs::remove_file(&stories)?;
    anew.snapshot()?.stories()?;
    let first = cpu_s()? - begin;
    // Another threshold is another grouping of pairs that are judged already.
    let begin = cpu_s()?;
    anew.set_duplicate_threshold(DEFAULT_THRESHOLD + 0.001)?;
    anew.snapshot()?.stories()?;
    let again = cpu_s()? - begin;
    println!(
        "µs an article: signature {:.2}, grouping {:.2}, grouping again {:.2}",
        per_article(signing),
        per_article(first),
        per_article(again)
    );
    Ok(())
}

/// Returns the CPU time of this process so far, in seconds.
fn cpu_s() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat").context("this needs Linux")?;
    let fields = stat.rsplit_once(')').context("a strange /proc")?.1;
    let ticks = |at: usize| -> Result<f64> {
        let field = fields.split_whitespace().nth(at);
        Ok(field.context("a strange /proc")?.parse::<f64>()?)
    };
    // User and system time, in hundredths of a second.
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}
