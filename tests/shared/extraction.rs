//! How well articles are found on saved web pages, scored by the scorer that others use.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use expect_test::expect_file;

use crate::{newsdex, run, shared};

/// What stands in the golden file: a part of an article and its measure.
const MEASURES: [(&str, &str); 4] = [
    ("body", "F1"),
    ("title", "normalised"),
    ("date", "same_day"),
    ("authors", "F1"),
];

#[test]
fn articles_are_found_on_pages_as_the_golden_file_says() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let data = shared().join("data/extraction");
    let mut table = String::from("# share right, of the pages whose truth has the part\n");
    for (name, truth) in [
        ("article-extraction", "ground-truth.json"),
        ("fundus", "truth.jsonl"),
    ] {
        let scores = score(&data.join(name), truth, folder.path());
        write!(table, "{name:18}").expect("strings take everything");
        for (part, measure) in MEASURES {
            if let Some(value) = scores[part][measure].as_f64() {
                write!(table, " {part} {value:.3}").expect("strings take everything");
            }
        }
        table.push('\n');
    }
    expect_file!["../pages/scores.txt"].assert_eq(&table);
}

/// Extracts all pages, and returns what the scorer says.
fn score(pages: &Path, truth: &str, folder: &Path) -> serde_json::Value {
    let found = folder.join("found.jsonl");
    run(newsdex(&folder.join("index"))
        .args(["extract", "--no-names", "--format", "jsonl", "-o"])
        .arg(&found)
        .arg(pages.join("html")));
    let scorer = shared().join("eval/score_extraction.py");
    let output = run(Command::new("python3")
        .arg(scorer)
        .arg("--json")
        .arg(pages.join(truth))
        .arg(&found));
    serde_json::from_str(&output).expect("the scorer writes JSON")
}
