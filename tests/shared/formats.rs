//! Samples of the formats in which news comes: each file is an article, several, or
//! none with the reason why. The golden file holds digests and numbers, no text.

use std::fmt::Write;

use expect_test::expect_file;
use serde_json::Value;

use crate::{newsdex, shared};

#[test]
fn every_sample_is_an_article_or_says_why_not() {
    let folder = shared().join("data/formats");
    let index = tempfile::tempdir().expect("a temporary folder can be made");
    let mut program = newsdex(&index.path().join("index"));
    program
        .args(["extract", "--no-names", "--format", "jsonl"])
        .current_dir(&folder);
    for part in ["feeds", "newsml-1.2", "newsml-g2", "ninjs", "warc"] {
        program.arg(part);
    }
    let output = program.output().expect("newsdex runs");
    assert_eq!(output.status.code(), Some(0));
    let folder = folder.canonicalize().expect("the samples are there");
    let root = format!("{}/", folder.display());
    let mut lines = Vec::new();
    let rows = String::from_utf8(output.stdout).expect("programs print UTF-8");
    for row in rows.lines() {
        let article: Value = serde_json::from_str(row).expect("rows are JSON");
        lines.push(summary(&article).replace(&root, ""));
    }
    let told = String::from_utf8(output.stderr).expect("programs print UTF-8");
    lines.extend(told.lines().map(|line| {
        let (kind, rest) = line.split_once(": ").expect("entries have a kind");
        format!("{}: {kind}", rest.replace(&root, ""))
    }));
    lines.sort();
    let mut table = String::from(
        "# file, record, digest of the title, date, authors, digest of the text and its length; or why not\n",
    );
    lines
        .iter()
        .for_each(|line| writeln!(table, "{line}").expect("text can be written"));
    expect_file!["../corpus/formats.txt"].assert_eq(&table);
}

fn summary(article: &Value) -> String {
    let text = |key: &str| article[key].as_str().unwrap_or_default();
    let digest = |text: &str| blake3::hash(text.as_bytes()).to_hex()[..8].to_owned();
    let authors = article["byline"].as_array().map_or(0, Vec::len);
    format!(
        "{}: record {}: {} {} {authors} {} {}",
        text("file"),
        article["record"],
        digest(text("title")),
        article["published"].as_str().unwrap_or("undated"),
        digest(text("body")),
        text("body").chars().count(),
    )
}
