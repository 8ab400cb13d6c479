//! That each of the smaller subcommands is wired to its library call.

use crate::{Desk, text};

#[test]
fn batch_answers_each_line_and_reports_those_it_cannot_read() {
    let desk = Desk::indexed();
    desk.write(
        "queries.tsv",
        "a\t\"land mines\"\nb\tfoo:bar\nc\tzzyzx\n\"arms fair\"\n",
    );
    let rows = desk.ok(&["batch", "queries.tsv"]).rows();
    let ids: Vec<String> = rows.iter().map(|row| text(&row["id"])).collect();
    assert_eq!(ids, ["a", "b", "c", "4"]);
    assert_eq!(rows[0]["total"], 9);
    assert!(text(&rows[1]["error"]).contains("there is no field foo"));
    assert_eq!(rows[2]["total"], 0);
    assert!(rows[3]["error"].is_null() && rows[3]["total"].as_u64() > Some(0));
}

#[test]
fn batch_ranks_plain_text_for_trec_eval() {
    let desk = Desk::indexed();
    desk.write(
        "plain.tsv",
        "1\tmines AND (unbalanced \"quotes: what?\n2\t!!!\n",
    );
    let lines = desk
        .ok(&["batch", "--any", "-n", "3", "--format", "trec", "plain.tsv"])
        .stdout;
    let lines: Vec<Vec<&str>> = lines
        .lines()
        .map(|line| line.split(' ').collect())
        .collect();
    assert_eq!(lines.len(), 3);
    let mut last = f64::INFINITY;
    for (at, line) in lines.iter().enumerate() {
        assert_eq!(
            (line[0], line[1], line[3], line[5]),
            ("1", "Q0", (at + 1).to_string().as_str(), "newsdex")
        );
        let score: f64 = line[4].parse().unwrap();
        assert!(score <= last && score > 0.0);
        last = score;
    }
}

#[test]
fn two_runs_rank_alike() {
    let desk = Desk::with_corpus();
    desk.ingest(&["-i", "one", "corpus"]);
    // The same articles, arrived at by another way: in pieces, with deletions.
    desk.ingest(&[
        "-i",
        "two",
        "corpus/text",
        "--commit-every",
        "5",
        "--threads",
        "1",
    ]);
    desk.ingest(&["-i", "two", "corpus/jsonl", "--commit-every", "3"]);
    desk.ok(&["-i", "two", "delete", "--yes", "--query", "mines"]);
    desk.ingest(&["-i", "two", "corpus", "--undelete"]);
    desk.write(
        "q.tsv",
        "1\tmines\n2\tcity council vote\n3\tthe of\n4\tPort Alden union strike\n",
    );
    let run = |index: &str, format: &str| {
        desk.ok(&["-i", index, "batch", "--any", "--format", format, "q.tsv"])
            .stdout
    };
    assert_eq!(run("one", "trec"), run("two", "trec"));
}

#[test]
fn show_prints_an_article_and_helps_with_ids() {
    let desk = Desk::indexed();
    let shown = desk.ok(&["show", "MW25062501", "--query", "\"land mines\""]);
    assert!(
        shown
            .stdout
            .starts_with("Donors cut mine-clearance fund as needs grow\n")
    );
    assert!(shown.stdout.contains("Meridian Wire"));
    desk.run(&["show", "MW250625"])
        .exits(2)
        .says("did you mean MW25062501?");
    desk.run(&["show", "nothing"])
        .exits(2)
        .says("no article has the id nothing");
}

#[test]
fn stats_count_what_there_is() {
    let stats = Desk::indexed().ok(&["stats", "--format", "json"]).json();
    assert_eq!(stats["articles"], 99);
    assert_eq!(stats["sources"]["distinct"], 8);
    assert_eq!(stats["first_day"], "1989-06-14");
    assert_eq!(stats["last_day"], "2025-12-09");
    assert_eq!(stats["undated"], 3);
}

#[test]
fn failures_are_listed_and_none_is_an_exit_status() {
    let desk = Desk::empty();
    desk.write("a.jsonl", "{\"title\":\"fine\"}\n{broken\n");
    desk.ingest(&["a.jsonl"]);
    let failures = desk.ok(&["failures"]).stdout;
    assert_eq!(
        failures,
        "failed: a.jsonl: record 2 at byte 17: not JSON at column 2: key must be a string\n"
    );
    assert_eq!(
        desk.ok(&["failures", "--format", "jsonl"]).rows()[0]["offset"],
        17
    );
    Desk::indexed().run(&["failures"]).exits(1);
}

#[test]
fn the_manual_knows_every_subcommand() {
    let desk = Desk::empty();
    let manual = desk.ok(&["man"]).stdout;
    for command in [
        "ingest", "search", "show", "batch", "stats", "failures", "delete", "extract", "names",
    ] {
        assert!(manual.contains(command), "{command}");
    }
}

#[test]
fn the_tagger_reads_columns_and_says_what_it_learned_from() {
    let desk = Desk::empty();
    let input = b"-DOCSTART-\tO\n\nAnn\tx\nBerg\nvisited\nOslo\n.\n";
    let tagged = desk
        .run_with_input(&["names", "tag"], input)
        .exits(0)
        .stdout;
    assert_eq!(
        tagged,
        "-DOCSTART-\tO\n\nAnn\tB-PER\nBerg\tI-PER\nvisited\tO\nOslo\tB-LOC\n.\tO\n"
    );
    let info = desk.ok(&["names", "info"]).stdout;
    assert!(
        info.contains("trained on") && info.contains("gmb.tsv") && !info.contains("not stated"),
        "{info}"
    );
}

#[test]
fn a_closed_pipe_is_no_error() {
    use std::io::Read;
    let desk = Desk::indexed();
    let mut command = desk.command(&["search", "*", "-n", "100", "--format", "json"]);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn a_model_of_your_own_learns_from_sets_and_folders_of_labels_and_is_the_same_each_time() {
    let desk = Desk::empty();
    let set = "-DOCSTART-\tO\n\nMr.\tO\nOlsen\tB-PER\nleft\tO\nOslo\tB-LOC\n.\tO\n\n".repeat(20);
    desk.write("own.tsv", &set);
    let checksum = blake3::hash(set.as_bytes());
    desk.write(
        "labels/own.labels",
        format!("# set {checksum}\n{}", "1P1L1 ".repeat(20)),
    );
    desk.write("labels/README.md", "no labels");
    let train = |output: &str| {
        let labels = ["--labels", "labels"];
        desk.ok(&[&["names", "train", "own.tsv", "-o", output][..], &labels].concat());
        std::fs::read(desk.path(output)).unwrap()
    };
    assert_eq!(train("a.model"), train("b.model"));
    let info = desk
        .ok(&["names", "info", "--names-model", "a.model"])
        .stdout;
    assert!(
        info.contains("own.labels") && !info.contains("README"),
        "{info}"
    );
    let text = b"Mr.\nOlsen\nleft\nOslo\n.\n";
    let tagged = desk.run_with_input(&["names", "tag", "--names-model", "a.model"], text);
    assert!(tagged.stdout.contains("Olsen\tB-PER"), "{}", tagged.stdout);
    desk.write("labels/own.labels", "# set 00\n100");
    desk.run(&[
        "names", "train", "own.tsv", "-o", "c.model", "--labels", "labels",
    ])
    .says("the labels are for a set with checksum \"00\"");
}
