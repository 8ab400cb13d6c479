//! Kills `ingest` at many moments: the index always opens, has every acknowledged
//! change, and the same command finishes the work as if nothing had happened.
//!
//! A kill cannot show what a power cut would lose; that data reaches the disk before
//! it is acknowledged is for the reader of `src/index/` to check.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::{Desk, article, copy_folder, sorted};

/// How often each run is killed.
const KILLS: usize = 20;
const FILES: usize = 10;
const ARTICLES_PER_FILE: usize = 50;
/// Changes between commits: few, so that most kills come in or near a commit.
const COMMIT_EVERY: u64 = 10;

#[test]
fn a_first_run_survives_being_killed() {
    check(|desk| write_corpus(desk, 1));
}

#[test]
fn a_run_with_updates_and_removals_survives_being_killed() {
    check(|desk| {
        write_corpus(desk, 1);
        ingest_to_the_end(desk);
        write_corpus(desk, 2);
    });
}

/// Runs `prepare`, then kills the ingest that follows after ever more commits, each
/// time in a fresh folder and at another moment between two commits.
fn check(prepare: impl Fn(&Desk)) {
    let prepared = Desk::empty();
    prepare(&prepared);
    let copy = || {
        let desk = Desk::empty();
        copy_folder(&prepared.path(""), &desk.path(""));
        desk
    };
    let undisturbed = copy();
    let commits = ingest_to_the_end(&undisturbed);
    let expected = answers(&undisturbed);
    assert!(
        commits > KILLS,
        "{commits} commits give kills too little to choose from"
    );
    let mut random = Random(0x5eed);
    for kill in 0..KILLS {
        let desk = copy();
        let before = ids_if_any(&desk);
        let acknowledged = ingest_and_kill(
            &desk,
            kill * commits / KILLS,
            Duration::from_micros(random.below(30_000)),
        );
        check_nothing_is_lost(&desk, &before, &expected, acknowledged);
        ingest_to_the_end(&desk);
        assert_eq!(answers(&desk), expected, "after kill {kill}");
    }
}

/// Checks that the index is a state between `before` and the undisturbed end that
/// has at least the acknowledged changes.
fn check_nothing_is_lost(desk: &Desk, before: &Found, expected: &Answers, acknowledged: u64) {
    if !desk.path("index/newsdex.json").exists() {
        assert_eq!(
            acknowledged, 0,
            "an index without its version acknowledged something"
        );
        return;
    }
    let now = ids_if_any(desk);
    let (end, start) = (&expected.articles, before);
    let gained = now.difference(start).count() + start.difference(&now).count();
    // An update takes an old text out and puts a new one in, but is one change.
    let updated = now
        .difference(start)
        .filter(|(id, _)| start.iter().any(|(old, _)| old == id))
        .count();
    let changes = (gained - updated) as u64;
    assert!(
        changes >= acknowledged,
        "{acknowledged} were acknowledged, {changes} are there"
    );
    for article in &now {
        assert!(
            start.contains(article) || end.contains(article),
            "{article:?} is of no state"
        );
    }
    desk.run(&["search", "harbor", "--count"]);
    desk.ok(&["stats"]);
}

/// Articles by id and title; titles differ between the versions of an article.
type Found = BTreeSet<(String, String)>;

#[derive(Debug, PartialEq)]
struct Answers {
    articles: Found,
    hits: Vec<String>,
    stats: Value,
}

fn answers(desk: &Desk) -> Answers {
    let queries = [
        "harbor",
        "\"harbor strike\"",
        "title:changed",
        "strike -ferry",
        "number OR ferry",
    ];
    let hits = queries.map(|query| {
        let args = ["search", query, "-n", "100000", "--format", "jsonl"];
        desk.run(&args).stdout
    });
    let mut stats = desk.ok(&["stats", "--format", "json"]).json();
    stats.as_object_mut().unwrap().remove("bytes");
    Answers {
        articles: ids_if_any(desk),
        hits: hits.to_vec(),
        stats,
    }
}

fn ids_if_any(desk: &Desk) -> Found {
    if !desk.path("index/newsdex.json").exists() {
        return Found::new();
    }
    let ran = desk.run(&["search", "*", "-n", "100000", "--format", "jsonl"]);
    assert!(ran.status < 2, "{}", ran.shown());
    let pair = |row: &Value| (super::text(&row["id"]), super::text(&row["title"]));
    ran.rows().iter().map(pair).collect()
}

/// Writes the corpus as it is in `version` 1 or 2: in the second, every third article
/// has another text, every fifth is gone, one file is gone and one is new.
fn write_corpus(desk: &Desk, version: usize) {
    for file in 0..=FILES {
        let path = format!("in/{file:02}.jsonl");
        let is_gone = if version == 1 {
            file == FILES
        } else {
            file == 0
        };
        if is_gone {
            let _ = std::fs::remove_file(desk.path(&path));
            continue;
        }
        let mut lines = String::new();
        for at in 0..ARTICLES_PER_FILE {
            let number = file * ARTICLES_PER_FILE + at;
            let id = format!("a{number}");
            let place = ["harbor strike", "ferry and harbor", "strike on a ferry"][number % 3];
            lines += &match (version, number % 5, number % 3) {
                (2, 0, _) => continue,
                (2, _, 0) => article(
                    &id,
                    &format!("Changed {number}"),
                    &format!("Now a {place}."),
                ),
                _ => article(
                    &id,
                    &format!("Number {number}"),
                    &format!("A {place}, they said."),
                ),
            };
        }
        desk.write(&path, lines);
    }
}

fn spawn(desk: &Desk) -> Child {
    let commit_every = COMMIT_EVERY.to_string();
    let args = [
        "ingest",
        "in",
        "--prune",
        "--no-names",
        "--threads",
        "1",
        "--commit-every",
        &commit_every,
    ];
    let mut command = desk.command(&args);
    command.stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Runs the ingest undisturbed; returns how many commits it took.
fn ingest_to_the_end(desk: &Desk) -> usize {
    let output = spawn(desk).wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    stderr.lines().filter_map(committed).count()
}

/// Runs the ingest and kills it `delay` after its commit number `commits`; returns how
/// many changes it had acknowledged by then.
fn ingest_and_kill(desk: &Desk, commits: usize, delay: Duration) -> u64 {
    let mut child = spawn(desk);
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let (sender, acknowledgements) = mpsc::channel();
    let seen = AtomicUsize::new(0);
    let acknowledged = thread::scope(|scope| {
        scope.spawn(|| {
            for changes in stderr
                .lines()
                .map_while(Result::ok)
                .filter_map(|line| committed(&line))
            {
                seen.fetch_add(1, Ordering::SeqCst);
                let _ = sender.send(changes);
            }
            drop(sender);
        });
        let mut acknowledged: u64 = acknowledgements.iter().take(commits).sum();
        thread::sleep(delay);
        // It may have come to its end meanwhile, which is a moment like any other.
        child.kill().unwrap();
        child.wait().unwrap();
        acknowledged += acknowledgements.iter().sum::<u64>();
        acknowledged
    });
    assert!(seen.load(Ordering::SeqCst) >= commits);
    acknowledged
}

fn committed(line: impl AsRef<str>) -> Option<u64> {
    let count = line
        .as_ref()
        .strip_prefix("committed ")?
        .split(' ')
        .next()?;
    count.replace(',', "").parse().ok()
}

/// Numbers that look random and are the same every time (xorshift, Marsaglia 2003).
pub(super) struct Random(pub(super) u64);

impl Random {
    /// Returns a number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[test]
fn the_corpus_of_the_second_run_differs_as_described() {
    let (first, second) = (Desk::empty(), Desk::empty());
    write_corpus(&first, 1);
    ingest_to_the_end(&first);
    write_corpus(&second, 1);
    ingest_to_the_end(&second);
    write_corpus(&second, 2);
    ingest_to_the_end(&second);
    let (before, after) = (ids_if_any(&first), ids_if_any(&second));
    let ids = |found: &Found| sorted(found.iter().map(|(id, _)| id.clone()).collect());
    assert_eq!(before.len(), FILES * ARTICLES_PER_FILE);
    assert_eq!(after.len(), FILES * ARTICLES_PER_FILE * 4 / 5);
    assert!(ids(&after).iter().any(|id| !ids(&before).contains(id)));
}
