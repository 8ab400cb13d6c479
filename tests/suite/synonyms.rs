//! Synonyms that a person wrote down: found, marked, and shown as read.

use serde_json::json;

use super::{Desk, article, text};

#[test]
fn synonyms_are_found_marked_and_shown() {
    let desk = Desk::empty();
    desk.write(
        "a.jsonl",
        article("1", "Mayor took bribes", "So they say.")
            + &article(
                "2",
                "Police at work",
                "A kickback was paid to police officers.",
            ),
    );
    desk.ingest(&["a.jsonl"]);
    assert_eq!(desk.ids(&["bribe"]), ["1"]);
    desk.write(
        "index/synonyms.txt",
        "# money\nbribe, kickback\ncops => police officers\n",
    );
    let reply = desk.ok(&["search", "bribe", "--format", "json"]).json();
    assert_eq!(reply["parsed"], "bribe OR kickback");
    assert_eq!(reply["total"], 2);
    let marked: Vec<String> = reply["hits"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hit| {
            let shown = desk
                .ok(&["show", &text(&hit["id"]), "--format", "json"])
                .json();
            let mark = &hit["highlights"][0];
            let range =
                mark["start"].as_u64().unwrap() as usize..mark["end"].as_u64().unwrap() as usize;
            text(&shown[text(&mark["field"])])[range].to_owned()
        })
        .collect();
    assert!(
        marked.contains(&"bribes".to_owned()) && marked.contains(&"kickback".to_owned()),
        "{marked:?}"
    );
    assert_eq!(desk.ids(&["cops"]), ["2"]);
    let none: [&str; 0] = [];
    assert_eq!(desk.ids(&["\"cops\""]), none);
    assert_eq!(desk.ids(&["cops", "--no-synonyms"]), none);
    // The same wherever a query is asked.
    assert_eq!(desk.ok(&["export", "bribe"]).rows().len(), 2);
    desk.write("q.txt", "bribe\n");
    assert_eq!(desk.ok(&["batch", "q.txt"]).rows()[0]["total"], json!(2));
    // But nothing is deleted that was not named.
    desk.ok(&["delete", "--yes", "--query", "bribe"]);
    assert_eq!(desk.ids(&["*"]), ["2"]);
}

#[test]
fn a_list_that_cannot_be_read_says_where() {
    let desk = Desk::empty();
    desk.write("a.jsonl", article("1", "Title", "Text."));
    desk.ingest(&["a.jsonl"]);
    desk.write("mine.txt", "a, b\nlonely\n");
    desk.run(&["search", "text", "--synonyms", "mine.txt"])
        .exits(2)
        .says(
            "cannot use the synonyms in mine.txt: line 2, column 7: one word alone has no synonym",
        );
    desk.run(&["search", "text", "--synonyms", "none.txt"])
        .exits(2)
        .says("cannot read none.txt");
    // Anything may lie there.
    desk.write("index/synonyms.txt", [0xff, 0xfe, b',', b'=', b'>', 0]);
    desk.run(&["search", "text"]).exits(2).says("synonyms.txt");
    desk.ok(&["search", "text", "--no-synonyms"]);
}
