//! How many copies in Reuters-21578 are found, beside a comparison of all pairs.

#[path = "../../benches/duplicates/brute_force.rs"]
mod brute_force;

use std::collections::{BTreeSet, HashMap};

use expect_test::expect_file;
use serde_json::Value;

use crate::{newsdex, run, shared};
use brute_force::{Agreement, similar_pairs};

/// The pair F1 must not fall below this.
const LEAST_F1: f64 = 0.97;

#[test]
fn copies_are_found_as_the_golden_file_says() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let index = folder.path().join("index");
    let collection = shared().join("data/reuters21578");
    let ingest = ["ingest", "--no-names", "--include", "*.sgm"];
    run(newsdex(&index).args(ingest).arg(&collection));
    let read = [
        "extract",
        "--no-names",
        "--include",
        "*.sgm",
        "--format",
        "jsonl",
    ];
    let lines = run(newsdex(&index).args(read).arg(&collection));
    let (mut numbers, mut articles) = (HashMap::new(), Vec::new());
    for (at, line) in (0..).zip(lines.lines()) {
        let article: Value = serde_json::from_str(line).expect("articles are JSON");
        let text = |key: &str| article[key].as_str().unwrap_or_default().to_owned();
        numbers.insert(text("id"), at);
        articles.push((text("title"), text("body")));
    }
    let stories = run(newsdex(&index).args(["duplicates", "-n", "0", "--format", "jsonl"]));
    let mut found = BTreeSet::new();
    for line in stories.lines() {
        let story: Value = serde_json::from_str(line).expect("stories are JSON");
        let ids = story["ids"].as_array().expect("a story has ids").iter();
        let members: Vec<u32> = ids
            .map(|id| numbers[id.as_str().unwrap_or_default()])
            .collect();
        for (at, one) in members.iter().enumerate() {
            let others = members[at + 1..].iter();
            found.extend(others.map(|other| (*one.min(other), *one.max(other))));
        }
    }
    let truth = similar_pairs(&articles, 0.8);
    let agreement = Agreement::of(&found, &truth);
    let table = format!(
        "# pairs of copies in Reuters-21578, of exact similarity 0.8 and more\n\
         pairs {} found {} precision {:.4} recall {:.4} F1 {:.4}\n",
        truth.len(),
        found.len(),
        agreement.precision,
        agreement.recall,
        agreement.f1()
    );
    expect_file!["../duplicates/scores.txt"].assert_eq(&table);
    assert!(agreement.f1() >= LEAST_F1, "{table}");
}
