//! The reading thread: walks, decides which files need reading, and cuts them into
//! records. Every task gets a number, so that results can be put back in order.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::Sender;

use super::gate::Gate;
use crate::corpus::{
    self, Folder, Position, RawRecord, ReadOptions, Reading, Rejection, RejectionKind, SourceFile,
    Walk, WalkFault,
};
use crate::index::{Entry, Files, Stamp};

/// What a pass reads.
pub(super) enum Work<'a> {
    /// Everything that is walked, unchanged files left out, then standard input.
    Walk { walk: &'a Walk, from_stdin: bool },
    /// These files by key, changed or not.
    Again { files: Vec<String>, base: PathBuf },
}

/// Something to do, and its place in the order of the corpus.
pub(super) struct Task {
    pub(super) number: u64,
    /// The room it takes at the gate.
    pub(super) size: u64,
    pub(super) item: Item,
}

/// What the reader met.
pub(super) enum Item {
    /// How many bytes there are to read in all.
    Total(u64),
    /// A file is about to be read; its place, if it was walked.
    Begin(Option<Position>),
    /// A record of the file.
    Record(RawRecord),
    /// Something in the file that is no record.
    Rejected(Rejection),
    /// The file was read to its end; no stamp if it changed meanwhile or has none.
    End {
        key: String,
        stamp: Option<Stamp>,
        bytes: u64,
    },
    /// Files of a folder that are as they were when they were last read.
    Unchanged(Unchanged),
    /// Something that could not be walked.
    Fault(WalkFault),
}

/// Files in a row that were not read again. One by one they would cost more to hand
/// over than to walk.
pub(super) struct Unchanged {
    /// The number of their folder.
    pub(super) folder: usize,
    /// Their numbers in the folder.
    pub(super) files: Range<usize>,
    pub(super) bytes: u64,
    /// How many of their records are articles in the index.
    pub(super) articles: u64,
    /// Their records that are not.
    pub(super) rest: Vec<Entry>,
}

/// What is to be done about files of a folder in a row.
enum Step {
    PassOver(Unchanged),
    Read(Range<usize>),
}

/// The least room a task takes, so that a million tiny ones are bounded too.
const LEAST_SIZE: u64 = 16 << 10;

pub(super) struct Reader<'a> {
    pub(super) read: &'a ReadOptions,
    pub(super) pipeline: &'a str,
    pub(super) known: &'a Mutex<Files>,
    pub(super) gate: &'a Gate,
    pub(super) stop: &'a AtomicBool,
}

impl Reader<'_> {
    pub(super) fn run(&self, work: Work<'_>, tasks: &Sender<Task>) {
        let sink = Sink {
            gate: self.gate,
            stop: self.stop,
            tasks,
            next: Cell::new(0),
        };
        // A break only says that nobody listens any more.
        let _ = match work {
            Work::Walk { walk, from_stdin } => self.walk(walk, from_stdin, &sink),
            Work::Again { files, base } => self.read_again(files, &base, &sink),
        };
    }

    fn walk(&self, walk: &Walk, from_stdin: bool, sink: &Sink<'_>) -> ControlFlow<()> {
        sink.send(Item::Total(walk.bytes()), 0)?;
        for (number, folder) in walk.folders().iter().enumerate() {
            for fault in folder.faults() {
                sink.send(Item::Fault(fault.clone()), 0)?;
            }
            for step in self.plan(number, folder) {
                match step {
                    Step::PassOver(unchanged) => sink.send(Item::Unchanged(unchanged), 0)?,
                    Step::Read(files) => self.files(number, folder, files, sink)?,
                }
            }
        }
        if from_stdin {
            self.stdin(sink)
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Compares a folder with what is known of it.
    fn plan(&self, number: usize, folder: &Folder) -> Vec<Step> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = known.read_by(self.pipeline, folder.prefix()).peekable();
        let mut steps = Vec::new();
        for (file, (name, size, modified_ns)) in folder.entries().enumerate() {
            while known.next_if(|known| known.name < name).is_some() {}
            let stamp = Stamp { size, modified_ns };
            let same = known.next_if(|known| known.name == name && known.stamp == stamp);
            match (same, steps.last_mut()) {
                (Some(same), Some(Step::PassOver(unchanged))) => {
                    unchanged.files.end = file + 1;
                    unchanged.bytes += size;
                    unchanged.articles += same.articles;
                    unchanged.rest.extend(same.rest());
                }
                (Some(same), _) => steps.push(Step::PassOver(Unchanged {
                    folder: number,
                    files: file..file + 1,
                    bytes: size,
                    articles: same.articles,
                    rest: same.rest(),
                })),
                (None, Some(Step::Read(files))) => files.end = file + 1,
                (None, _) => steps.push(Step::Read(file..file + 1)),
            }
        }
        steps
    }

    fn files(
        &self,
        number: usize,
        folder: &Folder,
        files: Range<usize>,
        sink: &Sink<'_>,
    ) -> ControlFlow<()> {
        for file in files {
            let position = Position {
                folder: number,
                file,
            };
            if let Some(source) = folder.file(file) {
                self.file(&source, Some(position), sink)?;
            }
        }
        ControlFlow::Continue(())
    }

    fn read_again(&self, files: Vec<String>, base: &Path, sink: &Sink<'_>) -> ControlFlow<()> {
        for key in files {
            let path = corpus::path_of(&key, base);
            let Ok((size, modified_ns)) = stat(&path) else {
                continue;
            };
            self.file(
                &SourceFile {
                    path,
                    key,
                    size,
                    modified_ns,
                },
                None,
                sink,
            )?;
        }
        ControlFlow::Continue(())
    }

    fn file(
        &self,
        file: &SourceFile,
        position: Option<Position>,
        sink: &Sink<'_>,
    ) -> ControlFlow<()> {
        let key = file.key.clone();
        sink.send(Item::Begin(position), 0)?;
        let read = match File::open(&file.path) {
            Ok(open) => self.split(BufReader::with_capacity(1 << 18, open), &key, sink),
            Err(error) => Err(error),
        };
        let mut stamp = Some(stamp_of(file));
        match read {
            Ok(flow) => flow?,
            Err(error) => {
                stamp = None;
                sink.send(
                    Item::Rejected(failure(&key, format!("cannot read the file: {error}"))),
                    0,
                )?;
            }
        }
        if stamp.is_some() && stat(&file.path).ok() != Some((file.size, file.modified_ns)) {
            stamp = None;
            let reason = "the file changed while it was read; it will be read again next time";
            sink.send(Item::Rejected(failure(&key, reason.to_owned())), 0)?;
        }
        sink.send(
            Item::End {
                key,
                stamp,
                bytes: file.size,
            },
            0,
        )
    }

    fn stdin(&self, sink: &Sink<'_>) -> ControlFlow<()> {
        let key = "-".to_owned();
        sink.send(Item::Begin(None), 0)?;
        match self.split(io::stdin().lock(), &key, sink) {
            Ok(flow) => flow?,
            Err(error) => {
                let reason = format!("cannot read standard input: {error}");
                sink.send(Item::Rejected(failure(&key, reason)), 0)?;
            }
        }
        sink.send(
            Item::End {
                key,
                stamp: None,
                bytes: 0,
            },
            0,
        )
    }

    fn split(
        &self,
        input: impl io::Read,
        key: &str,
        sink: &Sink<'_>,
    ) -> io::Result<ControlFlow<()>> {
        let mut flow = ControlFlow::Continue(());
        corpus::split(input, key, self.read, &mut |reading| {
            flow = match reading {
                Reading::Record(record) => {
                    let size = record.bytes.len() as u64;
                    sink.send(Item::Record(record), size)
                }
                Reading::Rejected(rejection) => sink.send(Item::Rejected(rejection), 0),
            };
            flow
        })?;
        Ok(flow)
    }
}

/// Numbers tasks and hands them on.
struct Sink<'a> {
    gate: &'a Gate,
    stop: &'a AtomicBool,
    tasks: &'a Sender<Task>,
    next: Cell<u64>,
}

impl Sink<'_> {
    fn send(&self, item: Item, size: u64) -> ControlFlow<()> {
        let size = size.max(LEAST_SIZE);
        if self.stop.load(Ordering::Relaxed) || !self.gate.enter(size) {
            return ControlFlow::Break(());
        }
        let number = self.next.get();
        self.next.set(number + 1);
        match self.tasks.send(Task { number, size, item }) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}

fn failure(key: &str, reason: String) -> Rejection {
    Rejection {
        origin: crate::article::Origin::new(key, 0, 0),
        kind: RejectionKind::Failed,
        reason,
    }
}

fn stamp_of(file: &SourceFile) -> Stamp {
    Stamp {
        size: file.size,
        modified_ns: file.modified_ns,
    }
}

fn stat(path: &Path) -> io::Result<(u64, i64)> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.len(), corpus::modified_ns(&metadata)))
}
