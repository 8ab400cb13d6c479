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
const LEAST_MEAN_MAP: f64 = 0.382;
/// The same with `--expand`.
const LEAST_EXPANDED_MEAN_MAP: f64 = 0.41;

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
    let collections = [
        ("cranfield", relevance.join("cranfield/docs.jsonl")),
        ("cacm", relevance.join("cacm/docs.jsonl")),
        ("r21578-topics", reuters),
        ("r21578-known", known),
    ];
    for (name, documents) in &collections {
        let index = folder.path().join(name);
        run(newsdex(&index)
            .args(["ingest", "--no-names"])
            .args(["--include", "*.sgm", "--include", "*.jsonl"])
            .arg(documents));
    }
    let mut table = String::new();
    for (heading, flags, least) in [
        ("by any word of the query", &[][..], LEAST_MEAN_MAP),
        ("with --expand", &["--expand"][..], LEAST_EXPANDED_MEAN_MAP),
    ] {
        writeln!(table, "# ranked {heading}, 1,000 articles deep").expect(STRINGS);
        let mut maps = Vec::new();
        for (name, _) in &collections {
            let scores = score(&relevance.join(name), folder.path(), flags);
            write!(table, "{name:14}").expect(STRINGS);
            for measure in MEASURES {
                let value = scores[measure].as_f64().expect("measures are numbers");
                write!(table, " {measure} {value:.3}").expect(STRINGS);
            }
            table.push('\n');
            maps.push(scores["MAP"].as_f64().expect("measures are numbers"));
        }
        let mean = maps[..3].iter().sum::<f64>() / 3.0;
        writeln!(table, "mean MAP of the first three {mean:.3}").expect(STRINGS);
        assert!(mean >= least, "mean MAP {heading} is {mean:.4}");
    }
    expect_file!["../relevance/scores.txt"].assert_eq(&table);
}

const STRINGS: &str = "strings take everything";

/// Answers all queries, and returns what the scorer says.
fn score(collection: &Path, folder: &Path, flags: &[&str]) -> serde_json::Value {
    let index = folder.join(collection.file_name().expect("collections have names"));
    let ranking = index.with_extension("run");
    run(newsdex(&index)
        .args(["batch", "--any", "-n", "1000", "--format", "trec"])
        .args(flags)
        .arg("-o")
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
