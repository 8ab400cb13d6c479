//! What was done to the register, step by step, so that each step can be taken back
//! exactly.
//!
//! A step keeps the piece of text that it replaced, and digests of the whole before
//! and after. Taking it back puts the piece in place again and checks the digest: the
//! file is then what it was, byte for byte, or nothing is done. A step is written
//! down before it is carried out; one that was not, for a crash in between, is
//! recognized by the digests and passed over.

use serde::{Deserialize, Serialize};

/// One change of the register.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its number, from 1.
    pub step: u64,
    /// When it was done.
    pub at: String,
    /// What was done, for people.
    pub did: String,
    /// Whether there was a file before.
    existed: bool,
    /// How many bytes at the beginning stayed.
    kept: usize,
    /// What was replaced.
    removed: String,
    /// By what.
    added: String,
    before: String,
    after: String,
}

#[derive(Serialize, Deserialize)]
struct Undone {
    undone: u64,
    at: String,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Step(Step),
    Undone(Undone),
}

/// What is to be done, described for the history.
#[derive(Clone, Copy, Debug)]
pub struct Did<'a> {
    /// When.
    pub at: &'a str,
    /// What, for people.
    pub what: &'a str,
}

/// Why a step cannot be taken back.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HistoryError {
    /// There is none.
    #[error("there is nothing to undo")]
    Nothing,
    /// The register was changed since, by hand.
    #[error(
        "the register was edited by hand since {0:?}, and undoing that would lose the edit; \
         change the file by hand instead"
    )]
    Edited(String),
}

/// All steps that were not taken back, the last one last.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct History {
    steps: Vec<Step>,
    last_number: u64,
}

impl History {
    /// Reads the lines of a history; those that were cut short are passed over.
    pub fn parse(text: &str) -> History {
        let mut history = History::default();
        for line in text.lines() {
            match serde_json::from_str(line) {
                Ok(Line::Step(step)) => {
                    history.last_number = history.last_number.max(step.step);
                    history.steps.push(step);
                }
                Ok(Line::Undone(undone)) => {
                    history.steps.retain(|step| step.step != undone.undone);
                }
                Err(_) => {}
            }
        }
        history
    }

    /// Returns the steps that can be taken back, the last one last.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Returns the line for a step that makes `after` of `before`; without a file,
    /// `before` is `None`.
    pub fn line_for(&self, did: Did<'_>, before: Option<&str>, after: &str) -> String {
        let old = before.unwrap_or_default();
        let kept = shared_start(old, after);
        let tail = shared_end(&old[kept..], &after[kept..]);
        to_line(&Line::Step(Step {
            step: self.last_number + 1,
            at: did.at.to_owned(),
            did: did.what.to_owned(),
            existed: before.is_some(),
            kept,
            removed: old[kept..old.len() - tail].to_owned(),
            added: after[kept..after.len() - tail].to_owned(),
            before: digest(old),
            after: digest(after),
        }))
    }

    /// Returns the last step, what the register was before it (`None`: no file), and
    /// the lines that say it was taken back. `now` is the register as it is.
    ///
    /// # Errors
    ///
    /// If there is no step, or the register is not what the step left.
    pub fn undo(
        &self,
        at: &str,
        now: Option<&str>,
    ) -> Result<(&Step, Option<String>, String), HistoryError> {
        let text = now.unwrap_or_default();
        let current = digest(text);
        let mut lines = String::new();
        for step in self.steps.iter().rev() {
            lines.push_str(&to_line(&Line::Undone(Undone {
                undone: step.step,
                at: at.to_owned(),
            })));
            if step.after == current {
                let before = step
                    .reversed(text)
                    .ok_or_else(|| HistoryError::Edited(step.did.clone()))?;
                return Ok((step, step.existed.then_some(before), lines));
            }
            if step.before != current {
                return Err(HistoryError::Edited(step.did.clone()));
            }
        }
        Err(HistoryError::Nothing)
    }
}

impl Step {
    fn reversed(&self, text: &str) -> Option<String> {
        let start = text.get(..self.kept)?;
        let end = text.get(self.kept..)?.strip_prefix(&self.added)?;
        let before = format!("{start}{}{end}", self.removed);
        (digest(&before) == self.before).then_some(before)
    }
}

fn to_line(line: &Line) -> String {
    let mut text = serde_json::to_string(line).expect("strings and numbers are always JSON");
    text.push('\n');
    text
}

fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..32].to_owned()
}

fn shared_start(a: &str, b: &str) -> usize {
    let shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    floor(a, b, shared)
}

/// Returns how many of `shared` bytes make whole characters in both texts.
fn floor(a: &str, b: &str, shared: usize) -> usize {
    let is_whole = |at: &usize| a.is_char_boundary(*at) && b.is_char_boundary(*at);
    (0..=shared).rev().find(is_whole).unwrap_or_default()
}

fn shared_end(a: &str, b: &str) -> usize {
    let pairs = a.bytes().rev().zip(b.bytes().rev());
    let shared = pairs.take_while(|(a, b)| a == b).count();
    let is_whole =
        |end: &usize| a.is_char_boundary(a.len() - end) && b.is_char_boundary(b.len() - end);
    (0..=shared).rev().find(is_whole).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DID: Did<'static> = Did {
        at: "now",
        what: "merge",
    };

    #[test]
    fn steps_are_taken_back_one_by_one_and_across_a_crash() {
        let mut lines = String::new();
        lines += &History::parse(&lines).line_for(DID, None, "a\n");
        lines += &History::parse(&lines).line_for(DID, Some("a\n"), "a\nb\n");
        // This one was written down and never carried out.
        lines += &History::parse(&lines).line_for(DID, Some("a\nb\n"), "c\n");
        lines += "{\"step\":9,";
        let history = History::parse(&lines);
        assert_eq!(history.steps().len(), 3);
        let (step, before, undone) = history.undo("later", Some("a\nb\n")).unwrap();
        assert_eq!((step.step, before.as_deref()), (2, Some("a\n")));
        let history = History::parse(&format!("{lines}\n{undone}"));
        assert_eq!(
            history.undo("later", Some("a\n\n")),
            Err(HistoryError::Edited("merge".into()))
        );
        let (_, before, undone) = history.undo("later", Some("a\n")).unwrap();
        assert_eq!(before, None);
        let history = History::parse(&undone);
        assert_eq!(history.undo("later", None), Err(HistoryError::Nothing));
    }

    proptest! {
        #[test]
        fn a_step_is_taken_back_to_the_byte(before in "[aé\n]{0,12}", after in "[aé\n]{0,12}") {
            let line = History::default().line_for(DID, Some(&before), &after);
            let history = History::parse(&line);
            let (_, text, _) = history.undo("later", Some(&after)).unwrap();
            prop_assert_eq!(text, Some(before));
        }
    }
}
