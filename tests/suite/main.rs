//! Runs the built program as a person would: in a folder of its own, in an empty
//! environment, and judges what it prints and how it exits, together.
//!
//! One file per subcommand shows that it is wired up; the other files each hold the
//! program, or the source tree, to one promise. Cases of a rule belong beside the
//! code of the rule, where they run a thousand times faster.
#![expect(
    clippy::unwrap_used,
    reason = "a helper that fails should stop its test"
)]

mod agreement;
mod bad_input;
mod batch;
mod completions;
mod crash;
mod dates;
mod duplicates;
mod entities;
mod export;
mod facets;
mod follow;
mod help;
mod ingest;
mod language;
mod languages;
mod pages;
mod phrases;
mod regressions;
mod related;
mod search;
mod synonyms;
mod tidy;
mod truth;
mod watch;
mod wiring;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::Value;
use tempfile::TempDir;

/// Returns the root of the repository.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder to work in, removed with it.
struct Desk {
    folder: TempDir,
}

impl Desk {
    /// Returns an empty folder.
    fn empty() -> Desk {
        let folder = tempfile::tempdir().unwrap();
        Desk { folder }
    }

    /// Returns a folder with the sample corpus in `corpus/`.
    fn with_corpus() -> Desk {
        let desk = Desk::empty();
        copy_folder(&repository().join("corpus"), &desk.path("corpus"));
        desk
    }

    /// Returns a folder with the sample corpus in `corpus/` and its index, for tests
    /// that only read: those that run at the same time share it.
    fn indexed() -> Arc<Desk> {
        static SHARED: Mutex<Weak<Desk>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(desk) = shared.upgrade() {
            return desk;
        }
        let desk = Desk::with_corpus();
        desk.ok(&["ingest", "corpus"]);
        let desk = Arc::new(desk);
        *shared = Arc::downgrade(&desk);
        desk
    }

    /// Returns the path of `name` in the folder.
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, with the folders above it.
    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Returns the command that would run the program in the folder.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_newsdex"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear();
        command.stdin(Stdio::null());
        command
    }

    /// Runs the program in the folder.
    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args))
    }

    /// Runs the program with `input` on its standard input.
    fn run_with_input(&self, args: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // The program may end without reading everything.
            scope.spawn(move || drop(stdin.write_all(input)));
            child.wait_with_output().unwrap()
        });
        Ran::from(output)
    }

    /// Runs the program, which must exit with 0.
    #[track_caller]
    fn ok(&self, args: &[&str]) -> Ran {
        self.run(args).exits(0)
    }

    /// Ingests without looking for names, which takes most of the time and is beside
    /// the point of most tests; it must go well.
    #[track_caller]
    fn ingest(&self, args: &[&str]) -> Ran {
        self.ok(&[&["ingest", "--no-names"], args].concat())
    }

    /// Returns the ids of the articles found, in order.
    #[track_caller]
    fn ids(&self, search: &[&str]) -> Vec<String> {
        let args = [&["search", "-n", "100000", "--format", "jsonl"], search].concat();
        let ran = self.run(&args);
        assert!(ran.status < 2, "{}", ran.shown());
        ran.rows().iter().map(|row| text(&row["id"])).collect()
    }

    /// Returns how many articles the index has.
    #[track_caller]
    fn articles(&self) -> u64 {
        let stats = self.ok(&["stats", "--format", "json"]).json();
        stats["articles"].as_u64().unwrap()
    }
}

/// What a run of the program came to.
#[derive(Clone, Debug)]
struct Ran {
    stdout: String,
    stderr: String,
    status: i32,
}

impl Ran {
    fn of(mut command: Command) -> Ran {
        Ran::from(command.output().unwrap())
    }

    /// Returns everything about the run on one page, for snapshots and failures.
    fn shown(&self) -> String {
        let Ran {
            stdout,
            stderr,
            status,
        } = self;
        format!("{stdout}--- stderr\n{stderr}--- exit {status}\n")
    }

    /// Checks how the program exited, and that it did not panic.
    #[track_caller]
    fn exits(self, status: i32) -> Ran {
        assert_eq!(self.status, status, "{}", self.shown());
        assert!(!self.stderr.contains("panicked"), "{}", self.shown());
        self
    }

    /// Checks that standard error has `part`.
    #[track_caller]
    fn says(self, part: &str) -> Ran {
        assert!(
            self.stderr.contains(part),
            "nothing says {part:?}:\n{}",
            self.shown()
        );
        self
    }

    /// Returns standard output as one JSON value.
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}", self.shown()))
    }

    /// Returns standard output as JSON lines.
    #[track_caller]
    fn rows(&self) -> Vec<Value> {
        let row = |line: &str| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}\n{}", self.shown()))
        };
        self.stdout.lines().map(row).collect()
    }

    /// Returns the totals that `ingest` printed, without size and time.
    #[track_caller]
    fn totals(&self) -> String {
        let is_totals = |line: &&str| line.contains(" records") || line.contains(" record ");
        let line = self
            .stderr
            .lines()
            .filter(|line| line.ends_with(" s)"))
            .rfind(is_totals);
        let line = line.unwrap_or_else(|| panic!("no totals:\n{}", self.shown()));
        line.rsplit_once(" (").unwrap().0.to_owned()
    }
}

impl From<std::process::Output> for Ran {
    fn from(output: std::process::Output) -> Ran {
        Ran {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            // A program that a signal ended has no exit status.
            status: output.status.code().unwrap_or(-1),
        }
    }
}

/// Returns the text of a JSON string.
#[track_caller]
fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Returns the texts of a JSON list of strings.
#[track_caller]
fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(text).collect()
}

/// Returns the keys of a JSON object, in the order they were written.
#[track_caller]
fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// Returns a line of JSON with an article.
fn article(id: &str, title: &str, body: &str) -> String {
    format!(
        "{}\n",
        serde_json::json!({ "id": id, "title": title, "body": body })
    )
}

/// Returns `items` in alphabetical order.
fn sorted(mut items: Vec<String>) -> Vec<String> {
    items.sort();
    items
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
