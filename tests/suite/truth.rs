//! What is read from the sample corpus, against the truth that was written by hand.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;

use expect_test::expect_file;
use serde_json::Value;

use crate::{Desk, repository, sorted, text, texts};

fn truth() -> Vec<Value> {
    let lines = fs::read_to_string(repository().join("tests/truth/articles.jsonl")).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Returns what newsdex reads, in the order of the truth.
fn read() -> Vec<Value> {
    Desk::indexed()
        .ok(&["extract", "--format", "jsonl", "corpus"])
        .rows()
}

#[test]
fn headlines_dates_authors_and_sources_are_right() {
    let (truth, read) = (truth(), read());
    assert_eq!(truth.len(), read.len());
    let lower = |names: &Value| -> Vec<String> {
        texts(names)
            .iter()
            .map(|name| name.to_lowercase())
            .collect()
    };
    for (truth, read) in truth.iter().zip(&read) {
        let place = format!("{} {}", truth["file"], truth["record"]);
        assert_eq!(truth["file"], read["file"], "{place}");
        assert_eq!(truth["member"], read["member"], "{place}");
        assert_eq!(truth["record"], read["record"], "{place}");
        assert_eq!(truth["title"], read["title"], "{place}");
        let day = read["published"].as_str().map(|date| &date[..10]);
        assert_eq!(truth["date"].as_str(), day, "{place}");
        assert_eq!(lower(&truth["byline"]), lower(&read["byline"]), "{place}");
        assert_eq!(truth["source"], read["source"], "{place}");
        // A text that is too short to tell has none.
        if !read["language"].is_null() {
            assert_eq!(truth["language"], read["language"], "{place}");
        }
    }
}

#[test]
fn names_are_as_good_as_the_golden_file_says() {
    let mut table = String::from("# distinct names of each article: precision, recall, F1\n");
    let (truth, read) = (truth(), read());
    for kind in ["people", "organizations", "places"] {
        let (mut right, mut wanted, mut found) = (0, 0, 0);
        for (truth, read) in truth.iter().zip(&read) {
            let key = |value: &Value| -> BTreeSet<String> {
                texts(value)
                    .iter()
                    .map(|name| name.replace('’', "'").to_lowercase())
                    .collect()
            };
            let (truth, read) = (key(&truth[kind]), key(&read[kind]));
            right += truth.intersection(&read).count();
            wanted += truth.len();
            found += read.len();
        }
        let share = |part: usize, whole: usize| part as f64 / whole as f64;
        let f1 = share(2 * right, wanted + found);
        writeln!(
            table,
            "{kind:13} {:.3} {:.3} {f1:.3}",
            share(right, found),
            share(right, wanted)
        )
        .unwrap();
    }
    expect_file!["../truth/scores.txt"].assert_eq(&table);
}

#[test]
fn an_article_pasted_without_a_headline_is_found_by_a_phrase_typed_with_straight_quotes() {
    let desk = Desk::indexed();
    let file = "corpus/text/land-mines-reaction.txt";
    let all = truth();
    let truth = all.iter().find(|truth| truth["file"] == file).unwrap();
    for query in [
        r#""anti-personnel land mines""#,
        r#""Biden's decision""#,
        "“Biden’s decision”",
    ] {
        assert!(desk.ids(&[query]).contains(&file.to_owned()), "{query}");
    }
    let hit = desk.ok(&["show", file, "--format", "json"]).json();
    assert_eq!(
        sorted(texts(&hit["people"])),
        sorted(texts(&truth["people"]))
    );
    assert_eq!(
        sorted(texts(&hit["organizations"])),
        sorted(texts(&truth["organizations"]))
    );
    for organization in texts(&truth["organizations"]) {
        let filter = format!("={organization}");
        assert!(
            desk.ids(&["*", "--org", &filter])
                .contains(&file.to_owned()),
            "{organization}"
        );
    }
}

#[test]
fn what_newsdex_writes_it_reads_back_with_every_name_as_it_was() {
    let desk = Desk::with_corpus();
    desk.ok(&["-i", "first", "ingest", "corpus"]);
    desk.ok(&["extract", "--format", "jsonl", "corpus", "-o", "out.jsonl"]);
    desk.ingest(&["-i", "second", "out.jsonl"]);
    let stats = |index: &str| {
        let mut stats = desk
            .ok(&["-i", index, "stats", "-n", "1000", "--format", "json"])
            .json();
        stats.as_object_mut().unwrap().remove("bytes");
        stats
    };
    assert_eq!(stats("first"), stats("second"));
    let org = |index: &str, which: &str| {
        desk.ids(&["-i", index, "org:*", "--provenance", which])
            .len()
    };
    for which in ["gold", "extracted", "any"] {
        assert_eq!(org("first", which), org("second", which), "{which}");
    }
    let keys = |row: &Value| {
        crate::keys(row)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let row = &desk
        .ok(&["extract", "--format", "jsonl", "corpus/text"])
        .rows()[0];
    for key in [
        "file",
        "id",
        "title",
        "people",
        "organizations",
        "places",
        "body",
        "published",
        "byline",
        "source",
        "language",
        "url",
    ] {
        assert!(keys(row).iter().any(|known| known == key), "{key}");
    }
    assert!(!text(&row["id"]).is_empty());
}

#[test]
fn every_mention_can_be_asked_why() {
    let desk = Desk::indexed();
    let file = "corpus/text/land-mines-reaction.txt";
    let row = &desk
        .ok(&["extract", "--explain", "--format", "jsonl", file])
        .rows()[0];
    let plain = &desk.ok(&["extract", "--format", "jsonl", file]).rows()[0];
    assert_eq!(row["organizations"], plain["organizations"]);
    let mut rules = BTreeSet::new();
    for name in row["names"].as_array().unwrap() {
        for mention in name["mentions"].as_array().unwrap() {
            let at = |key: &str| mention[key].as_u64().unwrap() as usize;
            let field = text(&row[text(&mention["field"]).as_str()]);
            assert_eq!(field[at("start")..at("end")], text(&mention["text"]));
            assert!(mention["probability"].as_f64().unwrap() <= 1.0);
            assert!(!text(&mention["found_by"]).is_empty());
            rules.insert(text(&mention["united_by"]));
        }
    }
    assert!(
        ["same", "surname"].iter().all(|rule| rules.contains(*rule)),
        "{rules:?}"
    );
    assert!(row["left_out"].is_array() && plain.get("left_out").is_none());
    let shown = desk.ok(&["extract", "--explain", file]).stdout;
    assert!(shown.contains("surname of the only such person"), "{shown}");
}
