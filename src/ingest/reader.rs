//! The reading thread: walks, decides which files need reading, and cuts them into
//! records. Every task gets a number, so that results can be put back in order.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crossbeam_channel::Sender;

use super::gate::Gate;
use crate::corpus::{
    self, RawRecord, ReadOptions, Reading, Rejection, RejectionKind, SourceFile, WalkFault,
};
use crate::index::{Files, Stamp};

/// What a pass reads.
pub(super) enum Work {
    /// Everything that is walked, unchanged files left out, then standard input.
    Walk {
        walk: corpus::Walk,
        from_stdin: bool,
    },
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
    /// A file is about to be read.
    Begin { key: String },
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
    /// Files that are as they were when they were last read, each with its bytes.
    Unchanged(Vec<(String, u64)>),
    /// Something that could not be walked.
    Fault(WalkFault),
}

/// So many unchanged files are told of at once.
const MOST_UNCHANGED: usize = 512;

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
    pub(super) fn run(&self, work: Work, tasks: &Sender<Task>) {
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

    fn walk(&self, walk: corpus::Walk, from_stdin: bool, sink: &Sink<'_>) -> ControlFlow<()> {
        let walked: Vec<Result<SourceFile, WalkFault>> = walk.collect();
        let sizes = walked.iter().flatten().map(|file| file.size);
        sink.send(Item::Total(sizes.sum()), 0)?;
        // One by one they would cost more to hand over than to walk.
        let mut unchanged: Vec<(String, u64)> = Vec::new();
        let tell = |unchanged: &mut Vec<(String, u64)>| match unchanged.is_empty() {
            true => ControlFlow::Continue(()),
            false => sink.send(Item::Unchanged(std::mem::take(unchanged)), 0),
        };
        for file in walked {
            match file {
                Ok(file) if self.is_unchanged(&file) => {
                    unchanged.push((file.key, file.size));
                    if unchanged.len() == MOST_UNCHANGED {
                        tell(&mut unchanged)?;
                    }
                }
                Ok(file) => {
                    tell(&mut unchanged)?;
                    self.file(&file, sink)?;
                }
                Err(fault) => {
                    tell(&mut unchanged)?;
                    sink.send(Item::Fault(fault), 0)?;
                }
            }
        }
        tell(&mut unchanged)?;
        if from_stdin {
            self.stdin(sink)
        } else {
            ControlFlow::Continue(())
        }
    }

    fn is_unchanged(&self, file: &SourceFile) -> bool {
        let stamp = stamp_of(file);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let state = known.get(&file.key);
        state.is_some_and(|state| state.stamp == stamp && state.pipeline == self.pipeline)
    }

    fn read_again(&self, files: Vec<String>, base: &Path, sink: &Sink<'_>) -> ControlFlow<()> {
        for key in files {
            let path = base.join(&key);
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
                sink,
            )?;
        }
        ControlFlow::Continue(())
    }

    fn file(&self, file: &SourceFile, sink: &Sink<'_>) -> ControlFlow<()> {
        let key = file.key.clone();
        sink.send(Item::Begin { key: key.clone() }, 0)?;
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
        sink.send(Item::Begin { key: key.clone() }, 0)?;
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

fn stat(path: &Path) -> io::Result<(u64, i128)> {
    let metadata = fs::metadata(path)?;
    Ok((metadata.len(), corpus::modified_ns(&metadata)))
}
