//! `newsdex related` and `newsdex significant`: what belongs together, and what sets a
//! result apart.

use std::fs;

use serde_json::{Value, json};

use super::{Desk, article, repository, text, texts};

/// Returns the ids that are listed as related.
fn related(desk: &Desk, id: &str, flags: &[&str]) -> Vec<String> {
    let args = [&["related", id, "-n", "5", "--format", "jsonl"], flags].concat();
    let rows = desk.run(&args).rows();
    rows.iter().map(|row| text(&row["id"])).collect()
}

#[test]
fn most_of_what_is_listed_was_judged_related_by_hand() {
    let desk = Desk::indexed();
    let truth = fs::read_to_string(repository().join("tests/truth/related.jsonl")).unwrap();
    let mut judged = 0;
    for line in truth.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let id = text(&line["id"]);
        let known = texts(&line["related"]);
        let listed = related(&desk, &id, &[]);
        let right = listed.iter().filter(|id| known.contains(id)).count();
        assert!(right >= 4, "{id}: {listed:?}");
        judged += 1;
    }
    assert_eq!(judged, 20);
}

#[test]
fn copies_come_first_or_not_at_all() {
    let desk = Desk::indexed();
    let id = "hl-20240928-001";
    let copies: Vec<String> = desk
        .ok(&["duplicates", id, "--format", "jsonl"])
        .rows()
        .iter()
        .map(|row| text(&row["id"]))
        .collect();
    let with = related(&desk, id, &["--with-copies"]);
    assert!(
        copies
            .iter()
            .all(|copy| with[..copies.len()].contains(copy)),
        "{with:?}"
    );
    let without = related(&desk, id, &[]);
    assert!(!without.iter().any(|id| copies.contains(id)), "{without:?}");
    // Of another story, one article is listed.
    let ferry = related(&desk, "corpus/text/ferry-inquiry-opens.txt", &[]);
    let of_story = |id: &&String| *id == "hl-20240928-001" || copies.contains(id);
    assert_eq!(ferry.iter().filter(of_story).count(), 1, "{ferry:?}");
}

#[test]
fn what_relates_two_articles_is_said() {
    let desk = Desk::indexed();
    let args = ["related", "MW25120908", "-n", "1", "--format", "json"];
    let reply = desk.ok(&args).json();
    assert_eq!(reply["counts"], "stories");
    let first = &reply["related"][0];
    assert!(
        texts(&first["shared_names"])
            .iter()
            .any(|name| name == "Al-Harthi Maritime Holding")
    );
    assert!(
        texts(&first["shared_stems"])
            .iter()
            .any(|stem| stem == "corvan"),
        "{first}"
    );
    assert!(desk.ok(&args[..2]).stdout.contains("% alike"));
    desk.run(&["related", "MW2512090"])
        .exits(2)
        .says("did you mean MW25120908");
}

#[test]
fn what_nothing_is_like_has_no_list() {
    let desk = Desk::empty();
    desk.write(
        "a.jsonl",
        article("a", "Alone", "Words that nobody else writes."),
    );
    desk.ingest(&["a.jsonl"]);
    desk.run(&["related", "a"])
        .exits(1)
        .says("no article is like it");
}

#[test]
fn significant_counts_are_those_of_searches() {
    // In one language, since a search reads a word in each that the index has.
    let desk = Desk::with_corpus();
    desk.ok(&["ingest", "corpus", "--exclude", "continental*"]);
    let reply = desk
        .ok(&["significant", "ferry", "--format", "json"])
        .json();
    let count = |query: &[&str]| {
        let args = [&["search", "--count"], query].concat();
        desk.run(&args).stdout.trim().parse::<u64>().unwrap()
    };
    assert_eq!(reply["total"], json!(count(&["ferry"])));
    assert_eq!(reply["all"], json!(count(&["*"])));
    let words = reply["words"].as_array().unwrap();
    assert_eq!(words[0]["text"], "ferry");
    for word in words {
        let form = text(&word["text"]);
        assert_eq!(word["everywhere"], json!(count(&[&form])), "{form}");
        assert_eq!(word["articles"], json!(count(&["ferry", &form])), "{form}");
    }
    for (kind, flag) in [
        ("people", "--person"),
        ("organizations", "--org"),
        ("places", "--place"),
    ] {
        let names = reply[kind].as_array().unwrap();
        assert!(!names.is_empty());
        for name in names {
            let exact = format!("={}", text(&name["text"]));
            assert_eq!(name["everywhere"], json!(count(&[flag, &exact])), "{exact}");
            assert_eq!(
                name["articles"],
                json!(count(&["ferry", flag, &exact])),
                "{exact}"
            );
        }
    }
    let strengths: Vec<f64> = words
        .iter()
        .filter_map(|word| word["log_likelihood"].as_f64())
        .collect();
    assert!(strengths.is_sorted_by(|a, b| a >= b) && strengths.len() == words.len());
    desk.run(&["significant", "xylophone"]).exits(1);
}
