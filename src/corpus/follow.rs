//! Tells when something below some folders changes.
//!
//! What changed is for a walk to find out: the system's events only say that it is worth
//! walking, so that lost, doubled or misnamed ones do no harm. A burst is one change, which
//! ends when nothing happened for a while. Folders that vanish are waited for; where the
//! system cannot watch so many, they are looked at every so often instead.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

/// How often it is looked whether to stop, and whether a folder came back.
const TICK: Duration = Duration::from_millis(200);

/// A burst is cut off after so many times the while that ends it.
const LONGEST_BURST: u32 = 20;

/// How often folders are walked that the system cannot watch (chosen: the wait that a
/// person would call short).
const POLL: Duration = Duration::from_secs(30);

/// Follows folders and files.
pub struct Follow {
    watcher: RecommendedWatcher,
    events: Receiver<notify::Result<Event>>,
    roots: Vec<Root>,
    /// A burst ends when nothing happened for so long.
    settle: Duration,
}

struct Root {
    path: PathBuf,
    state: RootState,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum RootState {
    Watched,
    /// It is gone, and waited for.
    Missing,
    /// It is there, but the system cannot watch it.
    Polled,
}

/// Why to walk.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// Something changed, or may have; these folders are gone, and their files not to be
    /// taken for removed.
    Walk {
        /// The folders that are gone.
        missing: Vec<PathBuf>,
    },
    /// Nothing more is wanted.
    Stopped,
}

/// Folders cannot be followed.
#[derive(Debug, thiserror::Error)]
#[error("cannot follow folders")]
pub struct FollowError(#[from] notify::Error);

impl Follow {
    /// Follows `roots`, whose changes below `ignored` mean nothing; a burst ends when
    /// nothing happened for `settle`.
    ///
    /// # Errors
    ///
    /// If the system cannot tell of changes at all.
    pub fn new(roots: &[PathBuf], ignored: &Path, settle: Duration) -> Result<Follow, FollowError> {
        let (sender, events) = mpsc::channel();
        let ignored = ignored
            .canonicalize()
            .unwrap_or_else(|_| ignored.to_owned());
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let means_something = match &event {
                Ok(event) => {
                    let is_ours = |path: &PathBuf| path.starts_with(&ignored);
                    let is_read = matches!(event.kind, EventKind::Access(_));
                    !is_read && (event.paths.is_empty() || !event.paths.iter().all(is_ours))
                }
                Err(_) => true,
            };
            if means_something {
                // Nobody listens any more once the program ends.
                let _ = sender.send(event);
            }
        })?;
        let roots = roots.iter().map(|path| Root {
            path: path.canonicalize().unwrap_or_else(|_| path.clone()),
            state: RootState::Missing,
        });
        let mut follow = Follow {
            watcher,
            events,
            roots: roots.collect(),
            settle,
        };
        follow.look_after_roots();
        Ok(follow)
    }

    /// Waits until something changed and a while has passed without more, or `stop` is set.
    pub fn wait(&mut self, stop: &AtomicBool) -> Change {
        let (mut first, mut last): (Option<Instant>, Instant) = (None, Instant::now());
        let began = Instant::now();
        loop {
            if stop.load(Ordering::Relaxed) {
                return Change::Stopped;
            }
            let pause = match first {
                Some(_) => TICK.min(self.settle),
                None => TICK,
            };
            let mut changed = match self.events.recv_timeout(pause) {
                Ok(_) => true,
                Err(RecvTimeoutError::Timeout) => false,
                // The system stopped telling: walk every so often.
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(TICK);
                    began.elapsed() > POLL
                }
            };
            changed |= self.look_after_roots();
            let has_polled = self
                .roots
                .iter()
                .any(|root| root.state == RootState::Polled);
            changed |= has_polled && first.is_none() && began.elapsed() > POLL;
            if changed {
                first = first.or(Some(Instant::now()));
                last = Instant::now();
            }
            let is_over = first.is_some_and(|first| {
                last.elapsed() >= self.settle || first.elapsed() >= self.settle * LONGEST_BURST
            });
            if is_over {
                let missing = self
                    .roots
                    .iter()
                    .filter(|root| root.state == RootState::Missing);
                let missing = missing.map(|root| root.path.clone()).collect();
                return Change::Walk { missing };
            }
        }
    }

    /// Watches what came back, and forgets what went; returns true if anything came back.
    fn look_after_roots(&mut self) -> bool {
        let mut came = false;
        for root in &mut self.roots {
            match (root.path.exists(), root.state) {
                (true, RootState::Missing) => {
                    let watched = self.watcher.watch(&root.path, RecursiveMode::Recursive);
                    root.state = match watched {
                        Ok(()) => RootState::Watched,
                        Err(_) => RootState::Polled,
                    };
                    came = true;
                }
                (false, RootState::Watched | RootState::Polled) => {
                    // An error only says that the system forgot it already.
                    let _ = self.watcher.unwatch(&root.path);
                    root.state = RootState::Missing;
                }
                _ => {}
            }
        }
        came
    }
}
