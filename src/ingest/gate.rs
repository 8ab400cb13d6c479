//! Bounds how much work is under way, in bytes, so that a fast reader cannot fill the
//! memory while one slow record holds everything up.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Lets work in while there is room, and makes the rest wait.
pub(super) struct Gate {
    room: u64,
    state: Mutex<State>,
    freed: Condvar,
}

struct State {
    used: u64,
    closed: bool,
}

impl Gate {
    pub(super) fn new(room: u64) -> Gate {
        Gate {
            room,
            state: Mutex::new(State {
                used: 0,
                closed: false,
            }),
            freed: Condvar::new(),
        }
    }

    /// Waits for room for `size`; something larger than the whole room goes in alone.
    /// Returns false if the gate was closed.
    pub(super) fn enter(&self, size: u64) -> bool {
        let mut state = self.lock();
        while !state.closed && state.used > 0 && state.used + size > self.room {
            state = self
                .freed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.used += size;
        !state.closed
    }

    /// Gives the room of something that entered back.
    pub(super) fn leave(&self, size: u64) {
        let mut state = self.lock();
        state.used = state.used.saturating_sub(size);
        self.freed.notify_all();
    }

    /// Lets everyone through from now on, and tells them to stop.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.freed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves two plain numbers here, still as they were.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn what_does_not_fit_waits() {
        let gate = Gate::new(10);
        assert!(gate.enter(25));
        let entered = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert!(gate.enter(5));
                entered.store(true, Ordering::SeqCst);
            });
            std::thread::sleep(std::time::Duration::from_millis(20));
            assert!(!entered.load(Ordering::SeqCst));
            gate.leave(25);
        });
        assert!(entered.load(Ordering::SeqCst));
    }

    #[test]
    fn a_closed_gate_stops_everyone() {
        let gate = Gate::new(1);
        assert!(gate.enter(1));
        gate.close();
        assert!(!gate.enter(1));
    }
}
