//! Weights that learn by FTRL-Proximal (McMahan et al. 2013), and the mean of what several
//! rounds made of them.

use std::collections::HashMap;

use super::super::label::LABELS;
use super::super::lattice::Scores;
use super::super::model::Weights;

/// The mean of what several rounds ended with, which hangs less on the order in
/// which the last one saw the stretches (Polyak & Juditsky, 1992).
#[derive(Debug, Default)]
pub(super) struct Average {
    rounds: f32,
    weights: Vec<Scores>,
    steps: Vec<Scores>,
}

impl Average {
    pub(super) fn add(&mut self, weights: &[Scores], steps: &[Scores]) {
        self.rounds += 1.0;
        let parts = [(&mut self.weights, weights), (&mut self.steps, steps)];
        for (sums, rows) in parts {
            sums.resize(rows.len(), [0.0; LABELS]);
            for (sum, value) in sums.iter_mut().flatten().zip(rows.iter().flatten()) {
                *sum += value;
            }
        }
    }

    pub(super) fn weights(&self) -> Vec<Scores> {
        let mean = |row: &Scores| row.map(|sum| sum / self.rounds.max(1.0));
        self.weights.iter().map(mean).collect()
    }

    pub(super) fn step(&self, row: usize, label: usize) -> f32 {
        self.steps.get(row).map_or(0.0, |row| row[label]) / self.rounds.max(1.0)
    }
}

/// Weights that learn by FTRL-Proximal.
pub(super) struct Proximal {
    pub(super) weights: Vec<Scores>,
    /// For each weight the sum of gradients and that of their squares.
    state: Vec<[[f32; 2]; LABELS]>,
    rate: f32,
    l1: f32,
    l2: f32,
}

impl Proximal {
    pub(super) fn new(features: usize, rate: f32, l1: f32, l2: f32) -> Proximal {
        Proximal {
            weights: vec![[0.0; LABELS]; features],
            state: vec![[[0.0; 2]; LABELS]; features],
            rate,
            l1,
            l2,
        }
    }

    /// Takes one step against `gradient`.
    pub(super) fn learn(&mut self, feature: usize, gradient: &Scores) {
        let weights = &mut self.weights[feature];
        for ((weight, state), gradient) in weights
            .iter_mut()
            .zip(&mut self.state[feature])
            .zip(gradient)
        {
            let [sum, squares] = state;
            let root = squares.sqrt();
            *squares += gradient * gradient;
            let new_root = squares.sqrt();
            *sum += gradient - (new_root - root) / self.rate * *weight;
            *weight = if sum.abs() <= self.l1 {
                0.0
            } else {
                -(*sum - sum.signum() * self.l1) / ((1.0 + new_root) / self.rate + self.l2)
            };
        }
    }

    /// Rounds the weights to whole numbers of one byte; features without any are gone.
    pub(super) fn quantized(&self, names: &[u64]) -> Weights {
        // Chosen: the few weights beyond the limit say the same at the limit.
        const LIMIT: f32 = 5.0;
        let scale = LIMIT / 127.0;
        let mut entries: HashMap<u32, [i8; LABELS]> = HashMap::new();
        for (name, weights) in names.iter().zip(&self.weights) {
            let rounded: [i8; LABELS] = std::array::from_fn(|label| {
                (weights[label] / scale).round().clamp(-127.0, 127.0) as i8
            });
            if rounded.iter().any(|weight| *weight != 0) {
                // Two features on one key share the weights of the first.
                entries.entry(Weights::key(*name)).or_insert(rounded);
            }
        }
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_unstable();
        Weights::new(&entries, scale)
    }
}
