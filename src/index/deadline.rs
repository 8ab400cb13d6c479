//! When a search must end, and why it did before its time.
//!
//! Whatever may take long looks at it now and then, and stops where it is; who answers a request
//! asks last whether the answer is whole.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::error::IndexError;

/// How many articles are gone through from one look at the clock to the next (chosen: a look
/// takes some 25 ns, an article at most some microseconds).
const BETWEEN_LOOKS: u64 = 1_024;

/// Ends a search that takes too long, and keeps what went wrong where nothing can be
/// returned.
#[derive(Debug)]
pub(super) struct Deadline {
    limit: Option<Duration>,
    start: Instant,
    is_over: AtomicBool,
    fault: Mutex<Option<String>>,
}

impl Deadline {
    /// Starts now.
    pub(super) fn new(limit: Option<Duration>) -> Deadline {
        Deadline {
            limit,
            start: Instant::now(),
            is_over: AtomicBool::new(false),
            fault: Mutex::new(None),
        }
    }

    /// Returns true if the search must end.
    pub(super) fn is_over(&self) -> bool {
        if self.limit.is_some_and(|limit| self.start.elapsed() > limit) {
            self.is_over.store(true, Ordering::Relaxed);
        }
        self.is_over.load(Ordering::Relaxed)
    }

    /// Returns true if a search must end that went through so many articles.
    pub(super) fn is_over_after(&self, articles: u64) -> bool {
        articles.is_multiple_of(BETWEEN_LOOKS) && self.is_over()
    }

    /// Ends the search, which fails with what is wrong with the index.
    pub(super) fn fail(&self, reason: String) {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.get_or_insert(reason);
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Fails if the search ended early.
    pub(super) fn check(&self) -> Result<(), IndexError> {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = fault.take() {
            let path = PathBuf::from("articles");
            return Err(IndexError::Damaged { path, reason });
        }
        match self.limit {
            Some(limit) if self.is_over() => Err(IndexError::TimeLimit(limit)),
            _ => Ok(()),
        }
    }
}
