//! How well free words are ranked, on four collections with judged articles: the
//! program's own runs, scored by the scorer that others use.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use expect_test::expect_file;

use crate::{newsdex, run, shared};

/// The measures that stand in the golden file.
const MEASURES: [&str; 3] = ["MAP", "nDCG@10", "RR@10"];

/// Mean MAP of Cranfield, CACM and the Reuters topics must not fall below this.
const LEAST_MEAN_MAP: f64 = 0.37;

#[test]
fn judged_collections_are_ranked_as_the_golden_file_says() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let reuters = shared().join("data/reuters21578");
    let known = folder.path().join("known.jsonl");
    let make_known = shared().join("data/relevance/make_known_docs.py");
    run(Command::new("python3")
        .arg(make_known)
        .arg(&reuters)
        .arg(&known));
    let relevance = shared().join("data/relevance");
    let mut table = String::from("# ranked by any word of the query, 1,000 articles deep\n");
    let mut maps = Vec::new();
    for (name, documents) in [
        ("cranfield", relevance.join("cranfield/docs.jsonl")),
        ("cacm", relevance.join("cacm/docs.jsonl")),
        ("r21578-topics", reuters),
        ("r21578-known", known),
    ] {
        let scores = score(&relevance.join(name), &documents, folder.path());
        write!(table, "{name:14}").expect("strings take everything");
        for measure in MEASURES {
            let value = scores[measure].as_f64().expect("measures are numbers");
            write!(table, " {measure} {value:.3}").expect("strings take everything");
        }
        table.push('\n');
        maps.push(scores["MAP"].as_f64().expect("measures are numbers"));
    }
    let mean = maps[..3].iter().sum::<f64>() / 3.0;
    writeln!(table, "mean MAP of the first three {mean:.3}").expect("strings take everything");
    expect_file!["../relevance/scores.txt"].assert_eq(&table);
    assert!(mean >= LEAST_MEAN_MAP, "mean MAP is {mean:.4}");
}

/// Ingests, answers all queries, and returns what the scorer says.
fn score(collection: &Path, documents: &Path, folder: &Path) -> serde_json::Value {
    let index = folder.join(collection.file_name().expect("collections have names"));
    run(newsdex(&index)
        .args([
            "ingest",
            "--no-names",
            "--include",
            "*.sgm",
            "--include",
            "*.jsonl",
        ])
        .arg(documents));
    let ranking = index.with_extension("run");
    run(newsdex(&index)
        .args(["batch", "--any", "-n", "1000", "--format", "trec", "-o"])
        .arg(&ranking)
        .arg(collection.join("queries.tsv")));
    let scorer = shared().join("eval/score_ranking.py");
    let output = run(Command::new("python3")
        .arg(scorer)
        .arg("--json")
        .arg(collection.join("qrels.txt"))
        .arg(&ranking));
    serde_json::from_str(&output).expect("the scorer writes JSON")
}
