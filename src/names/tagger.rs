//! Labels the words of a document: the part of the program that decides what
//! is a name.
//!
//! A linear-chain conditional random field over the words that
//! [`super::features`] singles out, read twice: the second look also knows how
//! the first one labelled the rest of the document. It knows tokens only; spans
//! in text are made in [`super::mentions`].

use std::cell::RefCell;
use std::sync::LazyLock;

use super::consistency::Consistency;
use super::features::Document;
use super::gazetteer::Classes;
use super::label::{LABELS, Tag};
use super::lattice::{Lattice, Scores};
use super::model::{FeatureList, Model, ModelError, ModelInfo};

/// Finds names in tokens with a trained model.
#[derive(Debug)]
pub struct Tagger {
    model: Model,
    checksum: blake3::Hash,
}

/// Memory that a thread reuses from document to document.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) document: Document,
    pub(crate) consistency: Consistency,
    lattice: Lattice,
    /// The scores of the words of all segments, one after the other.
    pub(crate) emissions: Vec<Scores>,
    pub(crate) joints: Vec<usize>,
    labels: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

static BUILT_IN: LazyLock<Tagger> = LazyLock::new(|| {
    Tagger::from_bytes(include_bytes!("model.bin")).expect("the model in the program is readable")
});

impl Tagger {
    /// Returns the tagger with the English model that is part of the program.
    pub fn built_in() -> &'static Tagger {
        &BUILT_IN
    }

    /// Reads a tagger from the bytes of a model file. Any bytes will do: what is
    /// no model is an error.
    pub fn from_bytes(bytes: &[u8]) -> Result<Tagger, ModelError> {
        let model = Model::from_bytes(bytes)?;
        Ok(Tagger {
            model,
            checksum: blake3::hash(bytes),
        })
    }

    pub(crate) fn from_model(model: Model) -> Tagger {
        let checksum = blake3::hash(&model.to_bytes());
        Tagger { model, checksum }
    }

    /// Returns the checksum of the model file: two taggers with the same one
    /// find the same names.
    pub fn checksum(&self) -> blake3::Hash {
        self.checksum
    }

    /// Returns what the model says about itself.
    pub fn info(&self) -> &ModelInfo {
        &self.model.info
    }

    /// Returns the bytes of the model's file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.model.to_bytes()
    }

    /// Returns the number of features that have a weight.
    pub fn features(&self) -> usize {
        self.model.weights.len()
    }

    /// Returns the number of names and hint words the model knows from lists.
    pub fn listed_names(&self) -> usize {
        self.model.gazetteer.len()
    }

    /// Returns the lists that a single word is in.
    pub(crate) fn classes_of(&self, word: &str) -> Classes {
        self.model.gazetteer.classes_of(word)
    }

    /// Tags the sentences of one document, word for word. An I tag always
    /// continues a name of its own class.
    pub fn tag(&self, sentences: &[Vec<&str>]) -> Vec<Vec<Tag>> {
        SCRATCH.with_borrow_mut(|scratch| {
            self.first_look(sentences, scratch);
            self.second_look(scratch);
            let mut labels = scratch.labels.iter();
            let mut tags = |sentence: &Vec<&str>| -> Vec<Tag> {
                let labels = labels.by_ref().take(sentence.len());
                labels
                    .map(|label| Tag::from_label(usize::from(*label)))
                    .collect()
            };
            sentences.iter().map(&mut tags).collect()
        })
    }

    /// Returns for every word how probable the model holds each label, knowing how
    /// the first look labelled the rest of the document. Costs several times as much as
    /// [`Tagger::tag`]: it is for explaining.
    pub(crate) fn probabilities(&self, sentences: &[Vec<&str>]) -> Vec<Vec<Scores>> {
        SCRATCH.with_borrow_mut(|scratch| {
            self.first_look(sentences, scratch);
            self.second_look(scratch);
            const CERTAINLY_OUTSIDE: Scores = {
                let mut scores = [0.0; LABELS];
                scores[0] = 1.0;
                scores
            };
            let mut all = vec![CERTAINLY_OUTSIDE; scratch.document.len()];
            let mut start = 0;
            for segment in scratch.document.segments() {
                let words = start..start + segment.len();
                start = words.end;
                scratch.lattice.marginals(
                    &scratch.emissions[words.clone()],
                    &scratch.joints[words],
                    &self.model.transitions[1],
                    |_| u16::MAX,
                );
                all[segment.clone()].copy_from_slice(&scratch.lattice.unary);
            }
            let mut all = all.into_iter();
            let mut of = |sentence: &Vec<&str>| all.by_ref().take(sentence.len()).collect();
            sentences.iter().map(&mut of).collect()
        })
    }

    /// Labels every word by itself and its surroundings, and counts how the
    /// words of the document were labelled.
    pub(crate) fn first_look(&self, sentences: &[Vec<&str>], scratch: &mut Scratch) {
        let Scratch {
            document,
            consistency,
            lattice,
            emissions,
            joints,
            labels,
        } = scratch;
        let Model {
            gazetteer,
            weights,
            transitions,
            ..
        } = &self.model;
        document.read(sentences, gazetteer);
        labels.clear();
        labels.resize(document.len(), 0);
        emissions.clear();
        joints.clear();
        let mut features = FeatureList::new();
        let mut tokens = sentences.iter().flatten();
        let mut next = 0;
        for segment in document.segments() {
            let start = emissions.len();
            for at in segment.clone() {
                let token = tokens.nth(at - next).copied().unwrap_or_default();
                next = at + 1;
                let mut sums = [0i32; 12];
                features.clear();
                document.features(at, token, |_, feature| features.push(feature));
                weights.add(&mut features, &mut sums);
                emissions.push(weights.scores(&sums));
                joints.push(document.joint(at));
            }
            let labels = &mut labels[segment.clone()];
            lattice.best(
                &emissions[start..],
                &joints[start..],
                &transitions[0],
                labels,
            );
        }
        consistency.count(document, labels);
    }

    /// Labels every word again, knowing how the first look labelled the others.
    fn second_look(&self, scratch: &mut Scratch) {
        let Scratch {
            document,
            consistency,
            lattice,
            emissions,
            joints,
            labels,
        } = scratch;
        let mut start = 0;
        for segment in document.segments() {
            let words = start..start + segment.len();
            start = words.end;
            for (emission, at) in emissions[words.clone()].iter_mut().zip(segment.clone()) {
                consistency.features(document, at, |feature| {
                    let weights = &self.model.consistency[feature];
                    for (score, weight) in emission.iter_mut().zip(weights) {
                        *score += weight;
                    }
                });
            }
            let labels = &mut labels[segment.clone()];
            lattice.best(
                &emissions[words.clone()],
                &joints[words],
                &self.model.transitions[1],
                labels,
            );
        }
    }
}
