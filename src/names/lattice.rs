//! Inference in a linear chain: the best labels of a stretch of words, and the
//! probability of each.
//!
//! The textbook dynamic programs for conditional random fields (Lafferty,
//! McCallum & Pereira, ICML 2001; Rabiner 1989 for the recursions), over nine
//! labels. Before the first word and after the last stands O. Time is 81 steps
//! a word.

use super::label::{LABELS, may_follow};

/// A number for each label.
pub(crate) type Scores = [f32; LABELS];

/// How many kinds of joints between words have transitions of their own.
pub(crate) const JOINTS: usize = 9;

/// What it scores to go from one label to the next, by the kind of joint.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Transitions {
    scores: Vec<Scores>,
    /// The same in rows as wide as the processor likes, for finding the best labels.
    wide: Vec<[f32; WIDE]>,
    /// The same as factors, 0 where forbidden, for computing probabilities.
    factors: Vec<Scores>,
}

/// The labels of a row with room to a multiple of four.
const WIDE: usize = 12;

/// Scores a step that the grammar of tags forbids.
pub(crate) const FORBIDDEN: f32 = -1e4;

impl Transitions {
    /// Returns transitions that score 0 wherever the grammar allows the step.
    pub(crate) fn new() -> Transitions {
        let mut scores = vec![[0.0; LABELS]; JOINTS * LABELS];
        for (row, from) in scores.iter_mut().enumerate() {
            for (to, score) in from.iter_mut().enumerate() {
                if !may_follow(row % LABELS, to) {
                    *score = FORBIDDEN;
                }
            }
        }
        let mut transitions = Transitions {
            scores,
            wide: Vec::new(),
            factors: Vec::new(),
        };
        transitions.widen();
        transitions
    }

    /// Returns what a step from `previous` at a joint multiplies the probability
    /// of each label with.
    #[inline]
    fn factors(&self, joint: usize, previous: usize) -> &Scores {
        &self.factors[joint * LABELS + previous]
    }

    /// Changes the scores that the grammar allows in one row, for learning.
    /// [`Transitions::widen`] comes after the last change.
    pub(crate) fn learn(&mut self, row: usize, mut change: impl FnMut(usize, &mut f32)) {
        let factors = &mut self.factors[row];
        for (label, score) in self.scores[row].iter_mut().enumerate() {
            if may_follow(row % LABELS, label) {
                change(label, score);
                factors[label] = score.exp();
            }
        }
    }

    /// Returns the rows: for each joint, for each previous label.
    pub(crate) fn rows(&self) -> &[Scores] {
        &self.scores
    }

    /// Makes changes of the rows count.
    pub(crate) fn widen(&mut self) {
        let widen =
            |row: &Scores| std::array::from_fn(|label| *row.get(label).unwrap_or(&FORBIDDEN));
        self.wide = self.scores.iter().map(widen).collect();
        let factors = |row: &Scores| row.map(f32::exp);
        self.factors = self.scores.iter().map(factors).collect();
    }

    /// Returns the rows for changing them; forbidden steps must stay forbidden,
    /// and [`Transitions::widen`] comes afterwards.
    pub(crate) fn rows_mut(&mut self) -> &mut [Scores] {
        &mut self.scores
    }
}

/// Memory reused from segment to segment.
#[derive(Debug, Default)]
pub(crate) struct Lattice {
    back: Vec<[u8; LABELS]>,
    forward: Vec<Scores>,
    backward: Vec<Scores>,
    /// The probability of each label at each word, after [`Lattice::marginals`].
    pub(crate) unary: Vec<Scores>,
    /// The probability of each step into each word, after [`Lattice::marginals`].
    pub(crate) pairs: Vec<[Scores; LABELS]>,
}

impl Lattice {
    /// Writes the best labels for words with these scores and joints to `labels`.
    pub(crate) fn best(
        &mut self,
        emissions: &[Scores],
        joints: &[usize],
        transitions: &Transitions,
        labels: &mut [u8],
    ) {
        self.back.clear();
        let mut scores = [FORBIDDEN; LABELS];
        scores[0] = 0.0;
        for (emission, &joint) in emissions.iter().zip(joints) {
            let mut next = [f32::MIN; WIDE];
            let mut back = [0i32; WIDE];
            for (previous, score) in scores.iter().enumerate() {
                let steps = &transitions.wide[joint * LABELS + previous];
                for label in 0..WIDE {
                    let candidate = score + steps[label];
                    let better = candidate > next[label];
                    next[label] = if better { candidate } else { next[label] };
                    back[label] = if better { previous as i32 } else { back[label] };
                }
            }
            self.back
                .push(std::array::from_fn(|label| back[label] as u8));
            scores = std::array::from_fn(|label| next[label] + emission[label]);
        }
        let mut label = 0;
        for (at, score) in scores.iter().enumerate() {
            if *score > scores[label] {
                label = at;
            }
        }
        for (out, back) in labels.iter_mut().zip(&self.back).rev() {
            *out = label as u8;
            label = usize::from(back[label]);
        }
    }

    /// Computes the probabilities of labels and steps where `allowed` has a bit
    /// for each label that a word may bear, and returns the logarithm of the sum.
    pub(crate) fn marginals(
        &mut self,
        emissions: &[Scores],
        joints: &[usize],
        transitions: &Transitions,
        allowed: impl Fn(usize) -> u16,
    ) -> f32 {
        let words = emissions.len();
        self.forward.clear();
        self.backward.clear();
        self.unary.clear();
        self.pairs.clear();
        // Everything is kept in plain probabilities, scaled word by word.
        let mut previous = [0.0f32; LABELS];
        previous[0] = 1.0;
        let mut total = 0.0f64;
        let mut factors = Vec::with_capacity(words);
        for at in 0..words {
            let top = emissions[at].iter().copied().fold(f32::MIN, f32::max);
            let mut factor = [0.0f32; LABELS];
            for label in 0..LABELS {
                if allowed(at) & (1 << label) != 0 {
                    factor[label] = (emissions[at][label] - top).exp();
                }
            }
            let mut next = [0.0f32; LABELS];
            for (label, probability) in previous.iter().enumerate() {
                if *probability > 0.0 {
                    let steps = transitions.factors(joints[at], label);
                    for to in 0..LABELS {
                        next[to] += probability * steps[to];
                    }
                }
            }
            let mut sum = 0.0;
            for (score, factor) in next.iter_mut().zip(&factor) {
                *score *= factor;
                sum += *score;
            }
            let sum = sum.max(1e-30);
            next.iter_mut().for_each(|score| *score /= sum);
            total += f64::from(sum.ln() + top);
            factors.push((factor, sum));
            self.forward.push(next);
            previous = next;
        }
        let mut beta = [1.0f32; LABELS];
        self.backward.resize(words, [0.0; LABELS]);
        for at in (0..words).rev() {
            self.backward[at] = beta;
            let (factor, sum) = factors[at];
            let rest: Scores = std::array::from_fn(|to| factor[to] * beta[to] / sum);
            let mut earlier = [0.0f32; LABELS];
            for (label, score) in earlier.iter_mut().enumerate() {
                let steps = transitions.factors(joints[at], label);
                for to in 0..LABELS {
                    *score += steps[to] * rest[to];
                }
            }
            beta = earlier;
        }
        let mut start = [0.0f32; LABELS];
        start[0] = 1.0;
        for at in 0..words {
            let before = if at == 0 { start } else { self.forward[at - 1] };
            let (factor, sum) = factors[at];
            let unary =
                std::array::from_fn(|label| self.forward[at][label] * self.backward[at][label]);
            let rest: Scores = std::array::from_fn(|to| factor[to] * self.backward[at][to] / sum);
            let mut pairs = [[0.0f32; LABELS]; LABELS];
            for (label, probability) in before.iter().enumerate() {
                if *probability > 0.0 {
                    let steps = transitions.factors(joints[at], label);
                    for to in 0..LABELS {
                        pairs[label][to] = probability * steps[to] * rest[to];
                    }
                }
            }
            self.unary.push(unary);
            self.pairs.push(pairs);
        }
        total as f32
    }
}
