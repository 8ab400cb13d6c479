//! `newsdex ingest --watch`: the index follows a folder.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::{Desk, article};

/// A program that follows a folder, ended with this.
struct Following(Child);

impl Following {
    fn of(desk: &Desk, path: &str) -> Following {
        let args = ["ingest", path, "--watch", "--settle", "100", "--no-names"];
        let mut command = desk.command(&args);
        Following(
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .unwrap(),
        )
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until the index has just these articles.
#[track_caller]
fn until(desk: &Desk, ids: &[&str]) {
    let patience = Instant::now();
    loop {
        let ran = desk.run(&["search", "*", "-n", "1000", "--format", "jsonl"]);
        let mut found: Vec<String> = match ran.status {
            0 => ran
                .rows()
                .iter()
                .map(|row| super::text(&row["id"]))
                .collect(),
            _ => Vec::new(),
        };
        found.sort();
        if found == ids {
            return;
        }
        assert!(
            patience.elapsed() < Duration::from_secs(60),
            "waited for {ids:?}, found {found:?}: {}",
            ran.shown()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn what_happens_to_files_happens_to_articles() {
    let desk = Desk::empty();
    desk.write("in/a.jsonl", article("a", "One", "First."));
    let mut following = Following::of(&desk, "in");
    until(&desk, &["a"]);
    desk.write("in/new/b.jsonl", article("b", "Two", "Second."));
    until(&desk, &["a", "b"]);
    desk.write(
        "in/a.jsonl",
        article("a", "One", "First.") + &article("c", "Three", "Third."),
    );
    until(&desk, &["a", "b", "c"]);
    // A file and a folder that are renamed take their articles along.
    fs::rename(desk.path("in/a.jsonl"), desk.path("in/renamed.jsonl")).unwrap();
    fs::rename(desk.path("in/new"), desk.path("in/old")).unwrap();
    desk.write("in/marker.jsonl", article("d", "Four", "Fourth."));
    until(&desk, &["a", "b", "c", "d"]);
    desk.write("in/old/e.jsonl", article("e", "Five", "Fifth."));
    until(&desk, &["a", "b", "c", "d", "e"]);
    fs::remove_dir_all(desk.path("in/old")).unwrap();
    fs::remove_file(desk.path("in/marker.jsonl")).unwrap();
    until(&desk, &["a", "c"]);
    assert!(following.0.try_wait().unwrap().is_none(), "it goes on");
}

#[test]
fn a_folder_that_vanishes_keeps_its_articles_until_it_is_back() {
    let desk = Desk::empty();
    desk.write("in/a.jsonl", article("a", "One", "First."));
    let mut following = Following::of(&desk, "in");
    until(&desk, &["a"]);
    fs::rename(desk.path("in"), desk.path("away")).unwrap();
    desk.write("away/b.jsonl", article("b", "Two", "Second."));
    std::thread::sleep(Duration::from_millis(600));
    until(&desk, &["a"]);
    fs::rename(desk.path("away"), desk.path("in")).unwrap();
    until(&desk, &["a", "b"]);
    assert!(following.0.try_wait().unwrap().is_none(), "it goes on");
}

#[test]
fn a_burst_is_settled_and_the_index_itself_is_no_change() {
    let desk = Desk::empty();
    desk.write("a.jsonl", article("a00", "One", "First."));
    // The index lies below the folder that is followed.
    let _following = Following::of(&desk, ".");
    until(&desk, &["a00"]);
    let ids: Vec<String> = (0..50).map(|at| format!("a{at:02}")).collect();
    for id in &ids {
        desk.write(&format!("{id}.jsonl"), article(id, "Many", "At once."));
    }
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    until(&desk, &ids);
    let runs = || fs::read_dir(desk.path("index/runs")).unwrap().count();
    let settled = runs();
    assert!(settled < 25, "{settled} runs for fifty files");
    std::thread::sleep(Duration::from_millis(1_500));
    assert!(
        runs() <= settled + 1,
        "the index is walked for what it writes itself"
    );
}

#[test]
fn standard_input_is_not_followed() {
    let desk = Desk::empty();
    desk.run(&["ingest", "-", "--watch"])
        .exits(2)
        .says("standard input cannot be followed");
    desk.run(&["ingest", "in", "--settle", "5"])
        .exits(2)
        .says("--watch");
}
