//! `newsdex watch`: what is new is reported once, whatever happens in between.

use std::fs;

use serde_json::{Value, json};

use super::{Desk, article, text};

/// Runs a watch and returns the ids it reports.
fn report(desk: &Desk, name: &str) -> Vec<String> {
    let ran = desk.run(&["watch", "run", name, "--format", "jsonl"]);
    assert!(ran.status < 2, "{}", ran.shown());
    let ids: Vec<String> = ran.rows().iter().map(|row| text(&row["id"])).collect();
    assert_eq!(ran.status, i32::from(ids.is_empty()));
    ids
}

const NONE: [&str; 0] = [];

#[test]
fn what_is_new_is_reported_once() {
    let desk = Desk::empty();
    desk.write(
        "a.jsonl",
        article("old", "Harbor strike", "Dockers walk out."),
    );
    desk.ingest(&["a.jsonl"]);
    desk.ok(&["watch", "add", "strikes", "strike"])
        .says("1 story matches now");
    assert_eq!(report(&desk, "strikes"), NONE);
    // Added.
    desk.write(
        "b.jsonl",
        article("new", "Second strike", "Tugs stop.") + &article("other", "Fair", "Cakes."),
    );
    desk.ingest(&["b.jsonl"]);
    assert_eq!(report(&desk, "strikes"), ["new"]);
    assert_eq!(report(&desk, "strikes"), NONE);
    // Changed so that it now matches.
    desk.write(
        "b.jsonl",
        article("new", "Second strike", "Tugs stop.")
            + &article("other", "Fair", "Cakes strike back."),
    );
    desk.ingest(&["b.jsonl"]);
    assert_eq!(report(&desk, "strikes"), ["other"]);
    assert_eq!(report(&desk, "strikes"), NONE);
    // Gone and back: it was reported.
    desk.ok(&["delete", "--yes", "new"]);
    assert_eq!(report(&desk, "strikes"), NONE);
    desk.ingest(&["b.jsonl", "--undelete"]);
    assert_eq!(report(&desk, "strikes"), NONE);
}

#[test]
fn a_name_that_was_united_brings_its_articles_once() {
    let desk = Desk::empty();
    let named = |id: &str, name: &str| {
        let article = json!({ "id": id, "title": format!("Story {id}"), "body": format!("Text {id}."), "organizations": [name] });
        format!("{article}\n")
    };
    desk.write(
        "a.jsonl",
        named("1", "Harbor Board") + &named("2", "Port Council"),
    );
    desk.ingest(&["a.jsonl"]);
    desk.ok(&["watch", "add", "board", "--org", "=Harbor Board", "-q"]);
    assert_eq!(report(&desk, "board"), NONE);
    desk.ok(&["entities", "merge", "Harbor Board", "Port Council"]);
    assert_eq!(report(&desk, "board"), ["2"]);
    assert_eq!(report(&desk, "board"), NONE);
}

#[test]
fn copies_are_reported_as_one_story_and_not_again() {
    let desk = Desk::empty();
    let body: String = (0..120).map(|at| format!("word{at} ")).collect();
    desk.write("a.jsonl", article("base", "Nothing", "At all."));
    desk.ingest(&["a.jsonl"]);
    desk.ok(&["watch", "add", "words", "word7", "-q"]);
    desk.write(
        "b.jsonl",
        article("one", "A", &body) + &article("two", "B", &body),
    );
    desk.ingest(&["b.jsonl"]);
    let ran = desk
        .run(&["watch", "run", "words", "--format", "json"])
        .json();
    assert_eq!(
        (&ran["new"], &ran["counts"]),
        (&json!(1), &json!("stories"))
    );
    assert_eq!(ran["items"][0]["copies"], 1);
    desk.write("c.jsonl", article("three", "C", &body));
    desk.ingest(&["c.jsonl"]);
    assert_eq!(report(&desk, "words"), NONE);
}

#[test]
fn a_report_that_was_not_delivered_comes_again_and_a_delivered_one_does_not() {
    let desk = Desk::empty();
    desk.write("a.jsonl", article("a", "Strike", "One."));
    desk.ingest(&["a.jsonl"]);
    let exec = "cat >> taken.jsonl; test ! -e stop";
    desk.ok(&["watch", "add", "w", "strike", "--exec", exec, "-q"]);
    desk.write("b.jsonl", article("b", "Strike again", "Two."));
    desk.ingest(&["b.jsonl"]);
    // The command fails, as it does when the run is killed while it reports.
    desk.write("stop", "");
    desk.run(&["watch", "run", "w"])
        .exits(2)
        .says("the next run tries again");
    desk.write("c.jsonl", article("c", "Strike once more", "Three."));
    desk.ingest(&["c.jsonl"]);
    fs::remove_file(desk.path("stop")).unwrap();
    let ran = desk.ok(&["watch", "run", "w", "--format", "jsonl"]);
    let late: Vec<String> = ran.rows().iter().map(|row| text(&row["id"])).collect();
    assert_eq!(late, ["b"]);
    ran.says("the report of a run that was cut off");
    assert_eq!(report(&desk, "w"), ["c"]);
    assert_eq!(report(&desk, "w"), NONE);
    let taken = fs::read_to_string(desk.path("taken.jsonl")).unwrap();
    let ids: Vec<String> = taken
        .lines()
        .map(|line| text(&serde_json::from_str::<Value>(line).unwrap()["id"]))
        .collect();
    assert_eq!(ids, ["b", "b", "c"]);
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_while_it_reports_is_made_good() {
    let desk = Desk::empty();
    desk.write("a.jsonl", article("a", "Strike", "One."));
    desk.ingest(&["a.jsonl"]);
    desk.ok(&[
        "watch",
        "add",
        "w",
        "strike",
        "--exec",
        "sh ./hook.sh",
        "-q",
    ]);
    desk.write("b.jsonl", article("b", "Strike again", "Two."));
    desk.ingest(&["b.jsonl"]);
    desk.write("hook.sh", "cat > /dev/null; echo > reporting; sleep 5\n");
    let mut child = desk.command(&["watch", "run", "w"]).spawn().unwrap();
    let patience = std::time::Instant::now();
    while !desk.path("reporting").exists() {
        assert!(patience.elapsed().as_secs() < 60, "it never reported");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    child.kill().unwrap();
    assert!(!child.wait().unwrap().success());
    desk.write("hook.sh", "cat > /dev/null\n");
    assert_eq!(report(&desk, "w"), ["b"]);
    assert_eq!(report(&desk, "w"), NONE);
}

#[test]
fn feeds_are_read_by_readers() {
    let desk = Desk::empty();
    desk.write("a.jsonl", article("a", "Nothing", "At all."));
    desk.ingest(&["a.jsonl"]);
    desk.ok(&["watch", "add", "feed", "strike", "--rss", "feed.xml", "-q"]);
    let record = json!({ "id": "b", "title": "Strike & <b>lockout</b>", "body": "They said \u{1}no.",
        "url": "https://example.org/b?x=1&y=2", "date": "2024-03-05T08:30:00+01:00" });
    desk.write("b.jsonl", format!("{record}\n"));
    desk.ingest(&["b.jsonl"]);
    assert_eq!(report(&desk, "feed"), ["b"]);
    let feed = fs::read_to_string(desk.path("feed.xml")).unwrap();
    assert!(feed.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\">"));
    assert!(
        feed.contains("<pubDate>Tue, 05 Mar 2024 07:30:00 +0000</pubDate>"),
        "{feed}"
    );
    assert!(
        feed.contains("<guid isPermaLink=\"false\">b</guid>"),
        "{feed}"
    );
    let read = desk
        .ok(&["extract", "--no-names", "--format", "jsonl", "feed.xml"])
        .rows();
    assert_eq!(read.len(), 1);
    assert_eq!(read[0]["url"], "https://example.org/b?x=1&y=2");
    assert_eq!(read[0]["published"], "2024-03-05T07:30:00Z");
}

#[test]
fn watches_are_listed_removed_and_explained() {
    let desk = Desk::with_corpus();
    desk.ok(&["ingest", "corpus", "-q"]);
    desk.run(&["watch", "run"])
        .exits(2)
        .says("`newsdex watch add NAME QUERY` makes one");
    desk.run(&["watch", "list"]).exits(1);
    desk.ok(&[
        "watch",
        "add",
        "port",
        "port",
        "--org",
        "Corvane",
        "--from",
        "2024-01-01",
    ])
    .says("a day");
    desk.run(&["watch", "add", "port", "strike"])
        .exits(2)
        .says("there is a watch \"port\" already");
    desk.run(&["watch", "add", "../x", "strike"])
        .exits(2)
        .says("is no name for a watch");
    desk.run(&["watch", "add", "x", "foo:bar"])
        .exits(2)
        .says("there is no field foo");
    desk.run(&["watch", "run", "prot"])
        .exits(2)
        .says("there are port");
    let rows = desk.ok(&["watch", "list", "--format", "jsonl"]).rows();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&rows[0]["query"], &rows[0]["org"]),
        (&json!("port"), &json!(["Corvane"]))
    );
    let listed = desk.ok(&["watch", "list"]).stdout;
    assert!(
        listed.contains("port AND org:Corvane AND date:2024-01-01..")
            || listed.contains("org:\"Corvane\""),
        "{listed}"
    );
    desk.ok(&["watch", "remove", "port"]);
    desk.run(&["watch", "list"]).exits(1);
}
