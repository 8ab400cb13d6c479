//! `newsdex ingest` and `newsdex delete`: what comes in, stays, changes and goes.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use serde_json::{Value, json};

use super::{Desk, Ran, article, sorted, text};

const NONE: [&str; 0] = [];

#[test]
fn formats_are_told_by_their_content() {
    let desk = Desk::empty();
    desk.write("in/plain", "A short walk by the sea\n\nThe sea was calm.\n");
    desk.write("in/lines.txt", article("j1", "Second", "Lines of JSON."));
    desk.write("in/wire.sgm", reuters(&[(7, "COCOA"), (8, "GRAIN")]));
    let ran = desk.ingest(&["in"]);
    assert_eq!(ran.totals(), "4 records = 4 added");
    let ids = ["R21578-7", "R21578-8", "in/plain", "j1"];
    assert_eq!(sorted(desk.ids(&["*"])), ids);
    let shown = desk.ok(&["show", "R21578-7", "--format", "json"]).json();
    assert_eq!(shown["title"], "COCOA");
    assert_eq!(shown["topics"], json!(["cocoa"]));
    assert_eq!(
        desk.ids(&["--org", "=opec", "--provenance", "gold"]).len(),
        2
    );
}

#[test]
fn a_format_may_be_given() {
    let desk = Desk::empty();
    desk.write("a.jsonl", article("j1", "Title", "Body."));
    desk.ingest(&["a.jsonl", "--input-format", "text"]);
    assert_eq!(desk.ids(&["*"]), ["a.jsonl"]);
    let ran = desk.run(&["ingest", "a.jsonl", "--input-format", "parchment"]);
    ran.exits(2).says("formats are text, jsonl, json, ");
}

#[test]
fn standard_input_is_jsonl() {
    let desk = Desk::empty();
    let lines = article("a", "One", "First.") + &article("b", "Two", "Second.");
    let ran = desk
        .run_with_input(&["ingest", "-"], lines.as_bytes())
        .exits(0);
    assert_eq!(ran.totals(), "2 records = 2 added");
    let again = desk
        .run_with_input(&["ingest", "-"], lines.as_bytes())
        .exits(0);
    assert_eq!(again.totals(), "2 records = 2 unchanged");
    assert_eq!(desk.ids(&["*"]), ["a", "b"]);
}

#[test]
fn files_are_chosen_by_pattern() {
    let desk = Desk::with_corpus();
    let choose = |args: &[&str]| {
        let index = ["ingest", "corpus", "--no-names", "-i"];
        let ran = desk.ok(&[&index[..], args].concat());
        ran.totals()
    };
    let text_only = ["i1", "--include", "*.txt"];
    assert_eq!(choose(&text_only), "38 records = 38 added");
    let without = ["i2", "--exclude", "text/**", "--exclude", "harbor*"];
    assert_eq!(choose(&without), "49 records = 49 added");
    let both = ["i3", "--include", "*.txt", "--exclude", "*mine*"];
    assert_eq!(choose(&both), "34 records = 34 added");
    let bad = desk.run(&["ingest", "corpus", "--include", "[a"]);
    bad.exits(2).says("\"[a\" is no file pattern");
}

#[test]
fn fields_are_mapped_and_filled_in() {
    let desk = Desk::empty();
    let line = r#"{"id":"a","h":"Mapped","content":{"text":"Deep body."},"title":"no"}"#;
    desk.write("in/a.jsonl", line);
    desk.write(
        "in/b.jsonl",
        r#"{"id":"b","h":"B","content":{"text":"x y"},"source":"Own"}"#,
    );
    let map = ["--map", "title=h,body=content.text"];
    desk.ok(&[&["ingest", "in", "--set", "source=Set"], &map[..]].concat());
    let shown = |id: &str| desk.ok(&["show", id, "--format", "json"]).json();
    let a = shown("a");
    assert_eq!(
        [&a["title"], &a["body"], &a["source"]],
        ["Mapped", "Deep body.", "Set"]
    );
    assert_eq!(shown("b")["source"], "Own", "what a record has stays");
    let ran = desk.run(&["ingest", "in", "--map", "titel=h"]);
    ran.exits(2).says("there is no field \"titel\"");
    desk.run(&["ingest", "in", "--set", "source"])
        .exits(2)
        .says("field=value");
}

#[test]
fn articles_without_id_and_address_are_known_by_their_place() {
    let desk = Desk::empty();
    let message = "From: Ann <a@x.example>\nSubject: Mail\n\nWords in mail.\n";
    let page = |title: &str| format!("<html><title>{title}</title><p>Words of {title} here.</p>");
    let line = |title: &str| format!("{}\n", json!({"title": title, "html": page(title)}));
    for (file, content) in [
        ("in/a.txt", "Plain\n\nWords.\n".to_owned()),
        ("in/b.md", "# Marked\n\nWords.\n".to_owned()),
        ("in/c.eml", message.to_owned()),
        ("in/d.html", page("Page")),
        ("in/e.jsonl", line("One") + &line("Two")),
        ("in/f.mbox", format!("From a@x Mon Jan  1\n{message}")),
    ] {
        desk.write(file, content);
    }
    desk.ingest(&["in"]);
    let mut ids = desk.ids(&["*"]);
    ids.sort();
    let alone = ["in/a.txt", "in/b.md", "in/c.eml", "in/d.html"];
    let among = ["in/e.jsonl#1", "in/e.jsonl#2", "in/f.mbox#1"];
    assert_eq!(ids, [&alone[..], &among].concat());
}

#[test]
fn twice_is_once() {
    let desk = Desk::with_corpus();
    let first = desk.ok(&["ingest", "corpus"]).says("committed 99 articles");
    assert_eq!(first.totals(), "99 records = 99 added");
    let answers = || {
        desk.ok(&["search", "port", "-n", "100", "--format", "jsonl"])
            .stdout
    };
    let before = answers();
    let second = desk.ok(&["ingest", "corpus"]);
    assert_eq!(second.totals(), "99 records = 99 unchanged");
    assert!(!second.stderr.contains("committed"), "{}", second.shown());
    assert_eq!(answers(), before);
    fs::remove_file(desk.path("index/files.jsonl")).unwrap();
    let third = desk.ok(&["ingest", "corpus"]);
    assert_eq!(
        third.totals(),
        "99 records = 99 unchanged",
        "though all were read again"
    );
    assert_eq!(answers(), before);
}

#[test]
fn a_changed_record_is_replaced_and_its_neighbors_are_not() {
    let desk = Desk::empty();
    let (one, two) = (article("a", "One", "Alpha."), article("b", "Two", "Beta."));
    desk.write("a.jsonl", format!("{one}{two}"));
    desk.ingest(&["a.jsonl"]);
    desk.write(
        "a.jsonl",
        one + &article("b", "Two", "Gamma ray.") + &article("c", "3", "New."),
    );
    let ran = desk.ingest(&["a.jsonl"]);
    assert_eq!(
        ran.totals(),
        "3 records = 1 added + 1 updated + 1 unchanged"
    );
    assert_eq!(desk.ids(&["beta"]), NONE);
    assert_eq!(desk.ids(&["gamma"]), ["b"]);
    assert_eq!(desk.articles(), 3);
}

#[test]
fn pruning_follows_files_and_records_that_are_gone() {
    let desk = Desk::empty();
    let one = article("a", "One", "Alpha.");
    desk.write("in/a.jsonl", one.clone() + &article("b", "Two", "Beta."));
    desk.write("in/c.txt", "Gamma rays\n\nSeen over the harbor.\n");
    desk.write("other/d.txt", "Delta\n\nOutside of the pruned folder.\n");
    desk.ingest(&["in", "other"]);
    desk.write("in/a.jsonl", &one);
    fs::remove_file(desk.path("in/c.txt")).unwrap();
    fs::remove_file(desk.path("other/d.txt")).unwrap();
    desk.ingest(&["in"]);
    assert_eq!(desk.articles(), 4, "nothing goes without --prune");
    // The file was read without --prune meanwhile, so only its next change tells.
    desk.write("in/a.jsonl", format!("{one}\n"));
    let ran = desk.ingest(&["in", "--prune"]);
    assert_eq!(ran.totals(), "1 record = 1 unchanged; 2 articles removed");
    assert_eq!(sorted(desk.ids(&["*"])), ["a", "other/d.txt"]);
    let ran = desk.ingest(&["in", "--prune"]);
    assert_eq!(ran.totals(), "1 record = 1 unchanged");
}

#[test]
fn pruning_keeps_articles_whose_record_may_be_a_broken_one() {
    let desk = Desk::empty();
    let one = article("a", "One", "Alpha.");
    desk.write("in/a.jsonl", one.clone() + &article("b", "Two", "Beta."));
    desk.ingest(&["in"]);
    desk.write("in/a.jsonl", one + "{\"id\":\"b\",\"title\":\"Tw");
    desk.ingest(&["in", "--prune"])
        .says("kept the 1 of its articles");
    assert_eq!(desk.articles(), 2);
}

#[test]
fn a_path_means_the_same_however_it_is_written() {
    let desk = Desk::with_corpus();
    desk.ok(&["ingest", "corpus/text", "--no-names"]);
    let ids = sorted(desk.ids(&["*"]));
    assert!(
        ids.contains(&"corpus/text/port-strike-vote.txt".to_owned()),
        "{ids:?}"
    );
    let absolute = desk.path("corpus/text");
    let absolute = absolute.to_str().unwrap();
    let unchanged = "36 records = 36 unchanged";
    for path in [
        "./corpus/text/",
        "corpus/../corpus/text",
        "corpus//text",
        absolute,
    ] {
        let ran = desk.ok(&["ingest", path, "--no-names"]);
        assert_eq!(ran.totals(), unchanged, "{path}");
    }
    let mut elsewhere = desk.command(&["ingest", "text", "--no-names", "-i", "../index"]);
    elsewhere.current_dir(desk.path("corpus"));
    assert_eq!(Ran::of(elsewhere).exits(0).totals(), unchanged);
    fs::rename(
        desk.path("corpus/text/port-strike-vote.txt"),
        desk.path("moved.txt"),
    )
    .unwrap();
    let ran = desk.ok(&["ingest", absolute, "--no-names", "--prune"]);
    assert_eq!(ran.totals(), "35 records = 35 unchanged; 1 article removed");
}

#[test]
fn an_index_and_its_corpus_may_move_together() {
    let desk = Desk::with_corpus();
    fs::create_dir(desk.path("here")).unwrap();
    fs::rename(desk.path("corpus"), desk.path("here/corpus")).unwrap();
    let ingest = |folder: &str| {
        let mut command = desk.command(&["ingest", "corpus/text", "--no-names"]);
        command.current_dir(desk.path(folder));
        Ran::of(command).exits(0).totals()
    };
    assert_eq!(ingest("here"), "36 records = 36 added");
    fs::rename(desk.path("here"), desk.path("there")).unwrap();
    assert_eq!(ingest("there"), "36 records = 36 unchanged");
}

#[test]
fn of_two_records_with_one_id_the_first_wins_and_the_other_inherits() {
    let desk = Desk::empty();
    desk.write("in/1.jsonl", article("x", "First", "Alpha."));
    desk.write(
        "in/2.jsonl",
        article("x", "Second", "Beta.") + &article("x", "Third", "Gamma."),
    );
    let ran = desk.ingest(&["in"]);
    assert_eq!(ran.totals(), "3 records = 1 added + 2 duplicate");
    let title = || text(&desk.ok(&["show", "x", "--format", "json"]).json()["title"]);
    assert_eq!(title(), "First");
    let again = desk.ingest(&["in"]);
    assert_eq!(again.totals(), "3 records = 1 unchanged + 2 duplicate");
    fs::remove_file(desk.path("in/1.jsonl")).unwrap();
    desk.ingest(&["in", "--prune"]);
    assert_eq!(title(), "Second");
    assert_eq!(desk.articles(), 1);
    // A file that now comes first takes the article over.
    desk.write("in/0.jsonl", article("x", "Earliest", "Zeta."));
    desk.ingest(&["in"]);
    assert_eq!(title(), "Earliest");
    let settled = desk.ingest(&["in"]);
    assert_eq!(settled.totals(), "3 records = 1 unchanged + 2 duplicate");
    assert_eq!(title(), "Earliest");
}

#[test]
fn changed_options_read_everything_again() {
    let desk = Desk::with_corpus();
    desk.ok(&["ingest", "corpus", "--no-names"]);
    let people = || {
        let stats = desk.ok(&["stats", "--format", "json"]).json();
        stats["people"]["distinct"].as_u64().unwrap()
    };
    assert_eq!(people(), 0);
    let named = desk.ok(&["ingest", "corpus"]);
    assert_eq!(named.totals(), "99 records = 99 updated");
    assert!(people() > 100);
    let set = desk.ok(&["ingest", "corpus", "--set", "source=Somewhere"]);
    assert_eq!(set.totals(), "99 records = 99 updated");
    assert_eq!(desk.articles(), 99);
    assert_eq!(desk.ids(&["--source", "=Somewhere"]).len(), 39);
}

#[test]
fn a_file_with_its_old_size_and_time_is_not_read_again() {
    let desk = Desk::empty();
    let good = article("a", "One", "Alpha.");
    desk.write("in/a.jsonl", good.clone() + "{broken\n");
    let path = desk.path("in/a.jsonl");
    let failure = "in/a.jsonl: record 2";
    desk.ingest(&["in"])
        .says(failure)
        .says("warning: 1 record could not be read");
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    let size = fs::metadata(&path).unwrap().len();
    fs::write(&path, vec![0; usize::try_from(size).unwrap()]).unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    file.set_modified(modified).unwrap();
    drop(file);
    let ran = desk.ingest(&["in"]);
    assert_eq!(ran.totals(), "2 records = 1 unchanged + 1 failed");
    let failures = desk.ok(&["failures"]);
    assert!(
        failures.stdout.contains(failure),
        "earlier failures stay: {}",
        failures.shown()
    );
    assert_eq!(desk.ids(&["*"]), ["a"]);
}

#[test]
fn the_totals_add_up_and_the_ledger_has_every_record() {
    let desk = Desk::empty();
    desk.write(
        "in/a.jsonl",
        format!("{}\n\n[1]\n{{\"a\":1}}\n{{\n", article("a", "A", "x y")),
    );
    desk.write(
        "in/b.jsonl",
        article("a", "Again", "x") + &article("b", "B", "z"),
    );
    desk.write("in/c.pdf", "%PDF-1.7 and so on");
    desk.write("in/d.txt", "");
    desk.write("in/e.html", "<html><body>Later</body></html>");
    desk.write("in/f.sgm", reuters(&[(1, "ONE"), (2, "TWO")]));
    desk.write(
        "in/g.txt",
        b"Caf\xe9 reopens\n\nThe caf\xe9 by the harbor is back.\n",
    );
    desk.write("in/.hidden.txt", "Not even looked at\n\nNo.\n");
    let ran = desk.ingest(&["in"]);
    // 4 + 2 lines, 2 files of other kinds, a page without an article, 2 records of the
    // wire, 1 text.
    let totals = "12 records = 5 added + 1 duplicate + 2 skipped + 4 failed";
    assert_eq!(ran.totals(), totals);
    let ledger = fs::read_to_string(desk.path("index/runs/000001.jsonl")).unwrap();
    let lines: Vec<Value> = ledger
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (last, entries) = lines.split_last().unwrap();
    assert_eq!(entries.len(), 12);
    for outcome in ["added", "duplicate", "skipped", "failed"] {
        let entries = entries.iter().filter(|entry| entry["outcome"] == outcome);
        assert_eq!(last["totals"][outcome], entries.count(), "{outcome}");
    }
    for entry in entries.iter().filter(|entry| entry["outcome"] != "added") {
        assert!(
            entry["reason"].is_string() && entry["file"].is_string(),
            "{entry}"
        );
    }
    assert_eq!(desk.ok(&["failures", "--format", "jsonl"]).rows().len(), 4);
    let again = desk.ingest(&["in"]);
    assert_eq!(again.totals(), totals.replace("added", "unchanged"));
}

#[test]
fn the_exit_status_says_what_could_be_read() {
    let desk = Desk::empty();
    desk.write("good.jsonl", article("a", "A", "x"));
    desk.write("bad.jsonl", "{\"title\": \"cut");
    desk.write("empty.txt", "");
    fs::create_dir(desk.path("nothing")).unwrap();
    desk.run(&["ingest", "bad.jsonl"])
        .exits(2)
        .says("nothing could be read");
    desk.run(&["ingest", "empty.txt"])
        .exits(2)
        .says("nothing could be read");
    desk.run(&["ingest", "nothing"])
        .exits(2)
        .says("there was nothing to read");
    desk.run(&["ingest", "gone.txt"])
        .exits(2)
        .says("cannot find gone.txt");
    desk.run(&["ingest"]).exits(2);
    desk.ingest(&["bad.jsonl", "good.jsonl"])
        .says("warning: 1 record could not be read");
    desk.run(&["ingest", "bad.jsonl", "good.jsonl", "--strict"])
        .exits(2)
        .says("newsdex failures");
    desk.ingest(&["good.jsonl", "--strict"]);
    assert_eq!(desk.articles(), 1);
}

#[test]
fn a_folder_with_something_else_is_no_index() {
    let desk = Desk::empty();
    desk.write("a.jsonl", article("a", "A", "x"));
    desk.write("index/diary.txt", "private");
    let ran = desk.run(&["ingest", "a.jsonl"]);
    ran.exits(2).says("is not empty and holds no index");
    assert_eq!(fs::read_dir(desk.path("index")).unwrap().count(), 1);
}

#[test]
fn deleting_asks_first() {
    let desk = Desk::empty();
    desk.write("a.jsonl", article("a", "A", "x"));
    desk.ingest(&["a.jsonl"]);
    desk.run(&["delete", "a"]).exits(2).says("give --yes");
    let answered = desk.run_with_input(&["delete", "a"], b"y\n");
    answered.exits(2).says("no terminal");
    assert_eq!(desk.articles(), 1);
    desk.run(&["delete", "b", "--yes"])
        .exits(1)
        .says("no article has the id b");
    desk.run(&["delete", "--yes"]).exits(2);
}

#[test]
fn what_was_deleted_stays_away_until_it_is_let_in_again() {
    let desk = Desk::empty();
    let lines = ["a", "b", "c"].map(|id| article(id, "Title", "Body."));
    desk.write("a.jsonl", lines.concat());
    desk.ingest(&["a.jsonl"]);
    desk.ok(&["delete", "a", "b", "--yes"])
        .says("deleted 2 articles");
    assert_eq!(desk.ids(&["*"]), ["c"]);
    desk.run(&["show", "a"]).exits(2);
    desk.ingest(&["a.jsonl"]);
    assert_eq!(desk.ids(&["*"]), ["c"], "though nothing changed");
    desk.write("a.jsonl", format!("{}\n", lines.concat()));
    let ran = desk.ingest(&["a.jsonl"]).says("--undelete");
    assert_eq!(ran.totals(), "3 records = 1 unchanged + 2 skipped");
    desk.ok(&["delete", "--undelete", "a"])
        .says("1 article may return");
    desk.ingest(&["a.jsonl"]);
    assert_eq!(sorted(desk.ids(&["*"])), ["a", "c"]);
    desk.run(&["delete", "--undelete", "a"]).exits(1);
    let ran = desk.ingest(&["a.jsonl", "--undelete"]);
    assert_eq!(ran.totals(), "3 records = 1 added + 2 unchanged");
    assert_eq!(desk.articles(), 3);
}

#[test]
fn articles_are_deleted_by_query() {
    let desk = Desk::with_corpus();
    desk.ingest(&["corpus"]);
    let mines = desk.ids(&["\"land mines\""]).len();
    desk.ok(&["delete", "--query", "\"land mines\"", "--yes"]);
    assert_eq!(desk.ids(&["\"land mines\""]), NONE);
    assert_eq!(desk.articles(), 99 - mines as u64);
    desk.run(&["delete", "--query", "\"land mines\"", "--yes"])
        .exits(1);
    desk.ingest(&["corpus", "--undelete"]);
    assert_eq!(desk.articles(), 99);
}

#[test]
fn there_is_one_writer_at_a_time_and_readers_see_what_it_committed() {
    let desk = Desk::empty();
    desk.write("other.jsonl", article("other", "Other", "Body."));
    let mut command = desk.command(&["ingest", "-", "--commit-every", "10", "--no-names"]);
    command.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut first = command.spawn().unwrap();
    let mut stdin = first.stdin.take().unwrap();
    let mut stderr = BufReader::new(first.stderr.take().unwrap());
    // Enough to fill what is looked at before the first record is cut off.
    let body = "word ".repeat(1_000);
    for number in 0..40 {
        stdin
            .write_all(article(&format!("n{number}"), "Title", &body).as_bytes())
            .unwrap();
    }
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert_eq!(line, "committed 10 articles\n");
    let second = desk.run(&["ingest", "other.jsonl"]);
    second.exits(2).says("another newsdex is writing to");
    desk.run(&["delete", "n1", "--yes"])
        .exits(2)
        .says("another newsdex is writing to");
    assert!(desk.articles() >= 10);
    desk.ok(&["search", "word", "-n", "1"]);
    drop(stdin);
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut rest).unwrap();
    assert!(first.wait().unwrap().success(), "{rest}");
    assert_eq!(desk.articles(), 40);
    desk.ingest(&["other.jsonl"]);
}

#[test]
fn quiet_says_only_what_is_wrong() {
    let desk = Desk::empty();
    desk.write("a.jsonl", article("a", "A", "x"));
    assert_eq!(desk.ingest(&["a.jsonl", "--quiet"]).stderr, "");
    desk.write("bad.jsonl", "{");
    desk.run(&["ingest", "bad.jsonl", "-q"])
        .exits(2)
        .says("newsdex: ");
}

fn reuters(records: &[(u32, &str)]) -> String {
    let record = |(id, title): &(u32, &str)| {
        format!(
            "<REUTERS TOPICS=\"YES\" LEWISSPLIT=\"TRAIN\" OLDID=\"{id}\" NEWID=\"{id}\">\n\
             <DATE>26-FEB-1987 15:01:01.79</DATE>\n<TOPICS><D>cocoa</D></TOPICS>\n\
             <PLACES><D>usa</D></PLACES>\n<PEOPLE></PEOPLE>\n<ORGS><D>opec</D></ORGS>\n\
             <EXCHANGES></EXCHANGES>\n<TEXT>&#2;\n<TITLE>{title}</TITLE>\n\
             <DATELINE>    SALVADOR, Feb 26 - </DATELINE><BODY>Showers &lt;continued>.\n Reuter\n&#3;</BODY></TEXT>\n</REUTERS>\n"
        )
    };
    let records: String = records.iter().map(record).collect();
    format!("<!DOCTYPE lewis SYSTEM \"lewis.dtd\">\n{records}")
}

#[test]
fn articles_in_other_languages_are_counted_as_untagged() {
    let desk = Desk::empty();
    desk.write(
        "in/a.jsonl",
        concat!(
            r#"{"id":"a","title":"Der Hafen","body":"Das sagte Sabine Müller.","language":"de"}"#,
            "\n",
            r#"{"id":"b","title":"The port","body":"President Joe Biden met Sabine Miller in London on Monday, the White House said.","language":"en"}"#,
        ),
    );
    desk.ok(&["ingest", "in"]);
    let stats = desk.ok(&["stats", "--format", "json"]).json();
    assert_eq!(stats["untagged"], 1);
    let shown = desk.ok(&["stats"]);
    assert!(
        shown
            .stdout
            .contains("1 article: no names were looked for in de"),
        "{}",
        shown.shown()
    );
}
