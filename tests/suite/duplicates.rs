//! Copies of a story: found whatever order they came in, shown once where a person reads,
//! and counted as what they are.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Desk, article, sorted, text};

const FERRY: [&str; 3] = [
    "hl-20240928-001",
    "https://courier.example/news/one-killed-as-ferry-carrying-113-hits-reef-off-k.html",
    "https://eveningtribune.example/a/music-teacher-71-dies-as-halcyon-ferry-strikes-g",
];

/// Returns the stories that have copies, as lists of ids.
fn stories(desk: &Desk) -> Vec<Vec<String>> {
    let ran = desk.run(&["duplicates", "-n", "0", "--format", "jsonl"]);
    let ids = |row: &Value| {
        super::texts(&row["ids"])
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    ran.rows().iter().map(ids).collect()
}

#[test]
fn a_wire_story_that_three_papers_ran_is_one_story() {
    let desk = Desk::indexed();
    assert_eq!(stories(&desk), [FERRY.map(str::to_owned).to_vec()]);
    let copies = desk
        .ok(&["duplicates", FERRY[0], "--format", "json"])
        .json();
    assert_eq!(copies["id"], FERRY[0]);
    let copies = copies["copies"].as_array().unwrap();
    assert_eq!(
        sorted(copies.iter().map(|copy| text(&copy["id"])).collect()),
        FERRY[1..]
    );
    assert!(
        copies
            .iter()
            .all(|copy| copy["similarity"].as_f64().unwrap() > 0.9)
    );
    // Every copy stays where it can be found.
    for id in FERRY {
        desk.ok(&["show", id]);
    }
    assert!(
        desk.ok(&["show", FERRY[0]])
            .stdout
            .contains("2 (newsdex duplicates hl-20240928-001)")
    );
    desk.run(&["duplicates", "MW25082703"]).exits(1);
    desk.run(&["duplicates", "MW2508270"])
        .exits(2)
        .says("did you mean MW25082703");
    let stats = desk.ok(&["stats", "--format", "json"]).json();
    assert_eq!(
        (&stats["articles"], &stats["stories"]),
        (&json!(99), &json!(97))
    );
}

#[test]
fn a_listing_shows_a_story_once_and_programs_get_every_article() {
    let desk = Desk::indexed();
    let query = "\"hit Gull Ledge\"";
    let shown = desk.ok(&["search", query]).stdout;
    assert!(shown.starts_with("3 articles, 1 story "), "{shown}");
    assert!(shown.contains("+2 copies"), "{shown}");
    assert!(!shown.contains("\n2. "), "{shown}");
    let all = desk.ok(&["search", query, "--no-collapse"]).stdout;
    assert!(all.contains("\n3. ") && !all.contains("copies"), "{all}");
    assert_eq!(sorted(desk.ids(&[query])), FERRY);
    let json = |flags: &[&str]| {
        let args = [&["search", query, "--format", "json"], flags].concat();
        desk.ok(&args).json()
    };
    let plain = json(&[]);
    assert_eq!((&plain["total"], &plain["stories"]), (&json!(3), &json!(1)));
    assert_eq!(plain["hits"].as_array().unwrap().len(), 3);
    let collapsed = json(&["--collapse"]);
    assert_eq!(
        (&collapsed["total"], &collapsed["stories"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(collapsed["hits"].as_array().unwrap().len(), 1);
    assert_eq!(collapsed["hits"][0]["copies"], 2);
    assert_eq!(desk.ok(&["search", query, "--count"]).stdout, "3\n");
    assert_eq!(
        desk.ok(&["search", query, "--count", "--collapse"]).stdout,
        "1\n"
    );
}

#[test]
fn the_preferred_copy_is_shown() {
    let desk = Desk::indexed();
    let query = "\"hit Gull Ledge\"";
    let prefers = |which: &str| {
        let hits = desk.ids(&[query, "--collapse", "--prefer", which]);
        assert_eq!(hits.len(), 1, "{which}");
        hits[0].clone()
    };
    assert_eq!(prefers("oldest"), FERRY[0]);
    assert_eq!(prefers("newest"), FERRY[2]);
    assert_eq!(prefers("source=Northfield Courier"), FERRY[1]);
    assert_eq!(prefers("source=evening tribune"), FERRY[2]);
    let wrong = ["search", query, "--prefer", "shortest"];
    desk.run(&wrong)
        .exits(2)
        .says("write best, newest, oldest, longest or source=NAME");
}

/// Returns the text of copy `copy` of story `story`: two hundred words of its own, two of
/// them changed.
fn copied(story: usize, copy: usize) -> String {
    let word = |at: usize| match at {
        at if at == 10 + 7 * copy || at == 50 + 7 * copy => format!("changed{copy}x{at}"),
        at => format!("word{story}x{at}"),
    };
    let words: Vec<String> = (0..200).map(word).collect();
    format!("Harbor {}.", words.join(" "))
}

/// Returns an article a line for some copies of some stories.
fn archive(copies: &[(usize, usize)]) -> String {
    let line = |(story, copy): &(usize, usize)| {
        article(
            &format!("s{story:02}-{copy}"),
            "Title",
            &copied(*story, *copy),
        )
    };
    copies.iter().map(line).collect()
}

#[test]
fn pages_of_a_collapsed_list_show_every_story_once() {
    let desk = Desk::empty();
    let copies: Vec<(usize, usize)> = (0..30)
        .flat_map(|story| (0..story % 5 + 1).map(move |copy| (story, copy)))
        .collect();
    desk.write("a.jsonl", archive(&copies));
    desk.ingest(&["a.jsonl"]);
    for sort in ["relevance", "newest"] {
        let mut seen = BTreeSet::new();
        for offset in (0..30).step_by(7) {
            let offset = offset.to_string();
            let page = [
                "harbor",
                "--collapse",
                "--sort",
                sort,
                "-n",
                "7",
                "--offset",
                &offset,
            ];
            let args = [&["search", "--format", "jsonl"], &page[..]].concat();
            for hit in desk.ok(&args).rows() {
                let story = text(&hit["id"])[..3].to_owned();
                let expected = story[1..].parse::<u64>().unwrap() % 5;
                assert_eq!(
                    hit["copies"].as_u64().unwrap_or_default(),
                    expected,
                    "{story}"
                );
                assert!(seen.insert(story), "a story is shown twice: {hit}");
            }
        }
        assert_eq!(seen.len(), 30);
    }
}

#[test]
fn stories_do_not_depend_on_how_the_articles_came() {
    let all: Vec<(usize, usize)> = (0..8)
        .flat_map(|story| (0..4).map(move |copy| (story, copy)))
        .collect();
    let kept: Vec<(usize, usize)> = all.iter().copied().filter(|(_, copy)| *copy != 2).collect();
    let fresh = Desk::empty();
    fresh.write("a.jsonl", archive(&kept));
    fresh.ingest(&["a.jsonl"]);
    let expected = stories(&fresh);
    assert_eq!(expected.len(), 8);
    assert!(expected.iter().all(|ids| ids.len() == 3));

    // Backward, in two runs, one of them changed and put right, one copy of each deleted.
    let other = Desk::empty();
    let backward: Vec<(usize, usize)> = all.iter().rev().copied().collect();
    let (first, second) = backward.split_at(17);
    other.write("1.jsonl", archive(first));
    other.ingest(&["1.jsonl"]);
    other.write(
        "2.jsonl",
        article("s00-0", "Title", "Another text altogether, for now."),
    );
    other.ingest(&["2.jsonl"]);
    other.write("2.jsonl", archive(second));
    other.ingest(&["2.jsonl"]);
    let gone: Vec<String> = (0..8).map(|story| format!("s{story:02}-2")).collect();
    let mut delete = vec!["delete", "--yes"];
    delete.extend(gone.iter().map(String::as_str));
    other.ok(&delete);
    assert_eq!(stories(&other), expected);
    // What is derived may be lost.
    std::fs::remove_file(other.path("index/stories")).unwrap();
    assert_eq!(stories(&other), expected);
}

#[test]
fn how_similar_copies_must_be_is_for_the_index_to_say() {
    let desk = Desk::empty();
    desk.write("a.jsonl", archive(&[(1, 0), (1, 1)]));
    desk.ingest(&["a.jsonl", "--duplicates", "0.95"]);
    assert_eq!(stories(&desk).len(), 0);
    desk.ingest(&["a.jsonl"]);
    assert_eq!(stories(&desk).len(), 0);
    desk.ingest(&["a.jsonl", "--duplicates", "0.7"]);
    assert_eq!(stories(&desk).len(), 1);
    desk.run(&["ingest", "a.jsonl", "--duplicates", "80"])
        .exits(2)
        .says("a number above 0 and up to 1");
}

#[test]
fn briefs_without_a_text_are_no_copies_of_each_other() {
    let desk = Desk::empty();
    let briefs = [
        article("1", "Bridge closed", ""),
        article("2", "Bridge closed", ""),
        article("3", "Mayor resigns", "No details were given."),
        article("4", "Judge resigns", "No details were given."),
    ];
    desk.write("a.jsonl", briefs.concat());
    desk.ingest(&["a.jsonl"]);
    assert_eq!(stories(&desk).len(), 0);
}
