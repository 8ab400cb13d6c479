//! Learns a model from tagged text and lists of names.
//!
//! The first look is a conditional random field trained word stretch by word
//! stretch with FTRL-Proximal (McMahan et al., "Ad Click Prediction: a View from
//! the Trenches", KDD 2013), whose L1 term leaves most features without weight.
//! A quarter of the stretches is read as if their words were new. Where a set
//! does not annotate class MISC, `O` means "O or MISC" (partial
//! labels: Tsuboi et al., COLING 2008); where another model's labels for a set
//! differ from its own, either may be right. The second look is trained on what first
//! looks say that have not seen the document: each half of the sets is read by a
//! model trained on the other half.
//!
//! Everything runs on one thread in a fixed order with a seeded generator, so
//! the same input gives the same bytes. Time is linear in words × rounds.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::ops::Range;

use super::augment;
use super::columns::{ColumnError, TaggedDocument, TaggedText};
use super::consistency;
use super::features::{AlreadyHashed, Document, is_by_heart};
use super::gazetteer::{Gazetteer, GazetteerBuilder};
use super::label::{Class, LABELS, Tag};
use super::labels::{self, LabelsError};
use super::lattice::{Lattice, Scores, Transitions};
use super::model::{Model, ModelInfo, Source, Weights};
use super::own_news;
use super::sports;
use super::tagger::{Scratch, Tagger};

mod ordinary;
mod proximal;

use ordinary::ordinary_words;
use proximal::{Average, Proximal};

/// Our own lists of organizations.
const KNOWN_ORGANIZATIONS: [&str; 5] = [
    include_str!("known.txt"),
    include_str!("known/bodies.txt"),
    include_str!("known/companies.txt"),
    include_str!("known/politics.txt"),
    include_str!("known/states.txt"),
];

/// What a set counts at least that two have labelled: what they agree on is surer than
/// what one says, and where they differ the words decide (chosen among .6, 1 and 1.6 for
/// `gmb` on the development sets).
const SECOND_OPINION: f32 = 1.0;

/// The last rounds whose weights are averaged.
const AVERAGED: usize = 3;

/// How much our own news counts: it is short and written for what the sets lack.
const OWN_NEWS_WEIGHT: f32 = 2.0;

/// Our own invented news with marked names.
pub(super) const OWN_NEWS: [&str; 1] = [include_str!("own_news/wire.txt")];

/// A file to train on, in memory.
#[derive(Clone, Debug)]
pub struct TrainingFile {
    /// The file's name without its folder and ending: `gmb`.
    pub name: String,
    /// The file's content.
    pub text: String,
}

/// How to train.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The language that the files are in.
    pub language: String,
    /// What the generator begins with.
    pub seed: u64,
    /// How often every stretch of words is seen.
    pub rounds: usize,
    /// The learning rate.
    pub rate: f32,
    /// The L1 penalty: more leaves fewer features.
    pub l1: f32,
    /// The L2 penalty.
    pub l2: f32,
    /// The share of stretches that are read each time as if their words were new:
    /// without the features that know a word by heart.
    pub hidden: f32,
    /// Features that occur in fewer words are left out.
    pub least_count: u32,
    /// How much a set counts, by file name; sets not named count 1.
    pub set_weights: Vec<(String, f32)>,
}

impl Default for Settings {
    /// Returns the settings of the built-in model, found on the development sets.
    fn default() -> Settings {
        Settings {
            language: "en".to_owned(),
            seed: 1,
            rounds: 8,
            rate: 0.1,
            l1: 0.3,
            l2: 1.5,
            hidden: 0.25,
            least_count: 2,
            set_weights: vec![
                ("gmb".to_owned(), 0.4),
                // Many of its teams are stadiums; `sports.txt` does most of its work.
                ("synthetic_sports".to_owned(), 0.1),
            ],
        }
    }
}

/// Training that could not begin.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// A file of tagged text has a bad line.
    #[error("cannot read training set {name}")]
    Set {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        source: ColumnError,
    },
    /// The second opinion on a set is not one.
    #[error("cannot read the labels for training set {name}")]
    Labels {
        /// The set's name.
        name: String,
        /// What is wrong with them.
        source: LabelsError,
    },
    /// There is not a single name to learn from.
    #[error("the training sets hold no names")]
    NoNames,
}

/// A document with the labels that each of its words may bear.
#[derive(Clone, Debug)]
pub(crate) struct Lesson {
    pub(crate) sentences: Vec<Vec<String>>,
    pub(crate) tags: Vec<Vec<Tag>>,
    /// What another model thinks the tags are; empty if none was asked.
    pub(crate) second: Vec<Vec<Tag>>,
    pub(crate) has_other: bool,
    pub(crate) weight: f32,
    /// Made from another lesson: of no use to the second look.
    pub(crate) is_copy: bool,
}

impl Lesson {
    fn tokens(&self) -> Vec<Vec<&str>> {
        self.sentences
            .iter()
            .map(|tokens| tokens.iter().map(String::as_str).collect())
            .collect()
    }

    /// Returns the labels that each word of `segment` may bear, as bits: the tag,
    /// and the second opinion where it differs.
    fn allowed(&self, segment: Range<usize>) -> Vec<u16> {
        let mut allowed = self.allowed_by(&self.tags, segment.clone());
        if !self.second.is_empty() {
            let second = self.allowed_by(&self.second, segment);
            for (mask, second) in allowed.iter_mut().zip(second) {
                *mask |= second;
            }
        }
        allowed
    }

    /// Returns the label of each word of `segment` in `tags`, as bits. Names
    /// that begin before the segment begin anew with it.
    fn allowed_by(&self, tags: &[Vec<Tag>], segment: Range<usize>) -> Vec<u16> {
        let mut previous = None;
        let tags = tags.iter().flatten().skip(segment.start);
        tags.take(segment.len())
            .map(|tag| {
                let tag = match *tag {
                    Tag::Inside(class) if previous != Some(class) => Tag::Begin(class),
                    tag => tag,
                };
                previous = tag.class();
                let mask = 1u16 << tag.label();
                if tag == Tag::Outside && !self.has_other {
                    let other = |tag: Tag| 1u16 << tag.label();
                    mask | other(Tag::Begin(Class::Other)) | other(Tag::Inside(Class::Other))
                } else {
                    mask
                }
            })
            .collect()
    }
}

/// Stretches of words as numbers, ready to learn from.
#[derive(Debug, Default)]
struct Exercises {
    /// For each word where its features begin; one more at the end.
    starts: Vec<usize>,
    features: Vec<u32>,
    allowed: Vec<u16>,
    joints: Vec<usize>,
    stretches: Vec<Stretch>,
    /// The hash of each feature.
    names: Vec<u64>,
    /// Whether the feature knows a word by heart.
    by_heart: Vec<bool>,
}

#[derive(Clone, Debug)]
struct Stretch {
    words: Range<usize>,
    weight: f32,
    lesson: usize,
}

/// Trains a model on `sets` of tagged text, with second opinions on the sets of
/// the same names in `labels` (see `labels.rs`), and `lists` of names, one a line,
/// named as in `LISTS` of the gazetteer; other lists are passed over.
pub fn train(
    sets: &[TrainingFile],
    labels: &[TrainingFile],
    lists: &[TrainingFile],
    sources: Vec<Source>,
    settings: &Settings,
    mut report: impl FnMut(&str),
) -> Result<Tagger, TrainingError> {
    let mut lessons = Vec::new();
    for set in sets {
        let tagged = TaggedText::parse(&set.text).map_err(|source| TrainingError::Set {
            name: set.name.clone(),
            source,
        })?;
        let weight = settings
            .set_weights
            .iter()
            .find(|(name, _)| *name == set.name);
        let mut weight = weight.map_or(1.0, |(_, weight)| *weight);
        let labels = labels.iter().find(|labels| labels.name == set.name);
        if labels.is_some() {
            weight = weight.max(SECOND_OPINION);
        }
        let words = tagged.tokens();
        let mut of_set = lessons_of(tagged, weight);
        if let Some(labels) = labels {
            let tags = labels::parse(&labels.text, &set.text, words);
            let tags = tags.map_err(|source| TrainingError::Labels {
                name: set.name.clone(),
                source,
            })?;
            add_second_opinion(&mut of_set, &tags);
        }
        lessons.extend(of_set);
    }
    if !lessons.iter().any(|lesson| {
        lesson
            .tags
            .iter()
            .flatten()
            .any(|tag| tag.class().is_some())
    }) {
        return Err(TrainingError::NoNames);
    }
    let mut builder = GazetteerBuilder::default();
    for list in lists {
        builder.add_list(&list.name, &list.text);
    }
    builder.add_cues(include_str!("cues.txt"));
    for list in KNOWN_ORGANIZATIONS {
        builder.add_known_organizations(list);
    }
    for word in ordinary_words(&lessons) {
        builder.add_ordinary_word(&word);
    }
    let gazetteer = builder.build();
    for text in OWN_NEWS {
        lessons.extend(own_news::lessons(text, OWN_NEWS_WEIGHT));
    }
    augment::clean(&mut lessons, &gazetteer);
    let copies = augment::copies(&lessons, settings.seed);
    lessons.extend(copies);
    lessons.extend(sports::pages(lists, settings.seed));
    report(&format!(
        "{} documents, {} list entries",
        lessons.len(),
        gazetteer.len()
    ));

    let exercises = Exercises::new(&lessons, &gazetteer, settings.least_count);
    report(&format!(
        "{} words to label, {} features",
        exercises.joints.len(),
        exercises.names.len()
    ));
    let info = ModelInfo {
        language: settings.language.clone(),
        sources,
        settings: vec![
            ("seed".to_owned(), settings.seed.to_string()),
            ("rounds".to_owned(), settings.rounds.to_string()),
            ("rate".to_owned(), settings.rate.to_string()),
            ("l1".to_owned(), settings.l1.to_string()),
            ("l2".to_owned(), settings.l2.to_string()),
            ("hidden".to_owned(), settings.hidden.to_string()),
            ("least count".to_owned(), settings.least_count.to_string()),
            (
                "set weights".to_owned(),
                format!("{:?}", settings.set_weights),
            ),
        ],
    };
    let fit = |half: Option<usize>, report: &mut dyn FnMut(&str)| -> Model {
        let (weights, transitions) = exercises.fit(half, settings, report);
        Model {
            info: info.clone(),
            gazetteer: gazetteer.clone(),
            weights,
            transitions: [transitions.clone(), transitions],
            consistency: vec![[0.0; LABELS]; consistency::FEATURES],
        }
    };
    let halves: Vec<Tagger> = (0..2)
        .map(|half| Tagger::from_model(fit(Some(half), &mut report)))
        .collect();
    let mut model = fit(None, &mut report);
    second_look(&mut model, &halves, &lessons, &mut report);
    Ok(Tagger::from_model(model))
}

fn lessons_of(tagged: TaggedText, weight: f32) -> Vec<Lesson> {
    let other = |(_, tag): &(String, Tag)| tag.class() == Some(Class::Other);
    let mut sentences = tagged
        .documents
        .iter()
        .flat_map(|document| &document.sentences);
    let has_other = sentences.any(|sentence| sentence.iter().any(other));
    let lesson = |document: TaggedDocument| {
        let (sentences, tags) = document
            .sentences
            .into_iter()
            .map(|sentence| sentence.into_iter().unzip())
            .unzip();
        Lesson {
            sentences,
            tags,
            second: Vec::new(),
            has_other,
            weight,
            is_copy: false,
        }
    };
    tagged.documents.into_iter().map(lesson).collect()
}

/// Gives the words of `lessons` the tags of another model, word for word.
fn add_second_opinion(lessons: &mut [Lesson], tags: &[Tag]) {
    let mut tags = tags.iter().copied();
    for lesson in lessons {
        let sentences = lesson.sentences.iter();
        let sentence = |tokens: &Vec<String>| tags.by_ref().take(tokens.len()).collect();
        lesson.second = sentences.map(sentence).collect();
    }
}

/// The half of the sets that lesson number `lesson` belongs to.
fn half_of(lesson: usize) -> usize {
    (augment::Random::new(lesson as u64).next() & 1) as usize
}

impl Exercises {
    fn new(lessons: &[Lesson], gazetteer: &Gazetteer, least_count: u32) -> Exercises {
        let mut exercises = Exercises::default();
        let mut numbers: HashMap<u64, u32, BuildHasherDefault<AlreadyHashed>> = HashMap::default();
        let mut counts: Vec<u32> = Vec::new();
        let mut document = Document::default();
        for (number, lesson) in lessons.iter().enumerate() {
            let sentences = lesson.tokens();
            document.read(&sentences, gazetteer);
            let tokens: Vec<&str> = sentences.iter().flatten().copied().collect();
            for segment in document.segments() {
                let start = exercises.joints.len();
                for at in segment.clone() {
                    exercises.starts.push(exercises.features.len());
                    exercises.joints.push(document.joint(at));
                    document.features(at, tokens[at], |template, feature| {
                        let next = numbers.len() as u32;
                        let number = *numbers.entry(feature).or_insert(next);
                        if number == next {
                            counts.push(0);
                            exercises.names.push(feature);
                            exercises.by_heart.push(is_by_heart(template));
                        }
                        counts[number as usize] += 1;
                        exercises.features.push(number);
                    });
                }
                exercises.allowed.extend(lesson.allowed(segment.clone()));
                let words = start..exercises.joints.len();
                exercises.stretches.push(Stretch {
                    words,
                    weight: lesson.weight,
                    lesson: number,
                });
            }
        }
        exercises.starts.push(exercises.features.len());
        exercises.drop_rare(&counts, least_count);
        exercises
    }

    /// Leaves out the features that occur in fewer than `least_count` words.
    fn drop_rare(&mut self, counts: &[u32], least_count: u32) {
        let (mut kept, mut by_heart) = (Vec::new(), Vec::new());
        let renumbered: Vec<Option<u32>> = counts
            .iter()
            .zip(self.names.iter().zip(&self.by_heart))
            .map(|(count, (name, is_by_heart))| {
                (*count >= least_count).then(|| {
                    kept.push(*name);
                    by_heart.push(*is_by_heart);
                    kept.len() as u32 - 1
                })
            })
            .collect();
        let mut features = Vec::with_capacity(self.features.len());
        let mut starts = Vec::with_capacity(self.starts.len());
        for word in self.starts.windows(2) {
            starts.push(features.len());
            let own = &self.features[word[0]..word[1]];
            features.extend(
                own.iter()
                    .filter_map(|feature| renumbered[*feature as usize]),
            );
        }
        starts.push(features.len());
        self.names = kept;
        self.by_heart = by_heart;
        self.features = features;
        self.starts = starts;
    }

    /// Trains on all lessons but those of `left_out`.
    fn fit(
        &self,
        left_out: Option<usize>,
        settings: &Settings,
        report: &mut dyn FnMut(&str),
    ) -> (Weights, Transitions) {
        let mut order: Vec<&Stretch> = self
            .stretches
            .iter()
            .filter(|stretch| left_out.is_none_or(|half| half_of(stretch.lesson) != half))
            .collect();
        let mut random = augment::Random::new(settings.seed);
        let mut weights = Proximal::new(self.names.len(), settings.rate, settings.l1, settings.l2);
        let mut transitions = Transitions::new();
        let mut moves = Proximal::new(transitions.rows().len(), settings.rate, 0.0, settings.l2);
        let (mut free, mut bound) = (Lattice::default(), Lattice::default());
        let mut emissions: Vec<Scores> = Vec::new();
        // Dropout of what is known by heart, so that context and lists learn to do
        // without: news is full of names that the sets do not have.
        let (mut shown, mut shown_starts): (Vec<u32>, Vec<usize>) = (Vec::new(), Vec::new());
        let hidden = (f64::from(settings.hidden) * f64::from(u32::MAX)) as u64;
        let mut average = Average::default();
        for round in 0..settings.rounds {
            random.shuffle(&mut order);
            let mut loss = 0.0f64;
            for stretch in &order {
                let words = stretch.words.clone();
                emissions.clear();
                shown.clear();
                shown_starts.clear();
                let is_new = hidden > 0 && random.next() >> 32 < hidden;
                for at in words.clone() {
                    shown_starts.push(shown.len());
                    let mut scores = [0.0f32; LABELS];
                    for feature in &self.features[self.starts[at]..self.starts[at + 1]] {
                        if is_new && self.by_heart[*feature as usize] {
                            continue;
                        }
                        shown.push(*feature);
                        for (score, weight) in
                            scores.iter_mut().zip(&weights.weights[*feature as usize])
                        {
                            *score += weight;
                        }
                    }
                    emissions.push(scores);
                }
                shown_starts.push(shown.len());
                let joints = &self.joints[words.clone()];
                let allowed = &self.allowed[words.clone()];
                let all = free.marginals(&emissions, joints, &transitions, |_| u16::MAX);
                let right = bound.marginals(&emissions, joints, &transitions, |at| allowed[at]);
                loss += f64::from((all - right) * stretch.weight);
                for at in 0..words.len() {
                    let gradient: Scores = std::array::from_fn(|label| {
                        (free.unary[at][label] - bound.unary[at][label]) * stretch.weight
                    });
                    if gradient.iter().all(|value| value.abs() < 1e-4) {
                        continue;
                    }
                    for feature in &shown[shown_starts[at]..shown_starts[at + 1]] {
                        weights.learn(*feature as usize, &gradient);
                    }
                    for previous in 0..LABELS {
                        let row = joints[at] * LABELS + previous;
                        let (free, bound) = (&free.pairs[at][previous], &bound.pairs[at][previous]);
                        let gradient: Scores = std::array::from_fn(|label| {
                            (free[label] - bound[label]) * stretch.weight
                        });
                        if gradient == [0.0; LABELS] {
                            continue;
                        }
                        moves.learn(row, &gradient);
                        transitions.learn(row, |label, score| *score = moves.weights[row][label]);
                    }
                }
            }
            if round + AVERAGED >= settings.rounds {
                average.add(&weights.weights, transitions.rows());
            }
            report(&format!("round {}: loss {loss:.0}", round + 1));
        }
        weights.weights = average.weights();
        for row in 0..transitions.rows().len() {
            transitions.learn(row, |label, score| *score = average.step(row, label));
        }
        transitions.widen();
        (weights.quantized(&self.names), transitions)
    }
}

/// Trains the second look of `model` on the first looks of `halves`.
fn second_look(
    model: &mut Model,
    halves: &[Tagger],
    lessons: &[Lesson],
    report: &mut dyn FnMut(&str),
) {
    // AdaGrad (Duchi, Hazan & Singer, JMLR 2011) with the first look's scores held fixed.
    let mut weights = vec![[0.0f32; LABELS]; consistency::FEATURES];
    let mut squares = vec![[1e-4f32; LABELS]; consistency::FEATURES];
    let mut transitions = model.transitions[0].clone();
    let mut move_squares = vec![[1e-4f32; LABELS]; transitions.rows().len()];
    let mut scratch = Scratch::default();
    let (mut free, mut bound) = (Lattice::default(), Lattice::default());
    let step = |value: &mut f32, square: &mut f32, gradient: f32| {
        if gradient != 0.0 {
            *square += gradient * gradient;
            *value -= 0.05 * gradient / square.sqrt();
        }
    };
    for round in 0..3 {
        let mut loss = 0.0f64;
        for (number, lesson) in lessons
            .iter()
            .enumerate()
            .filter(|(_, lesson)| !lesson.is_copy)
        {
            let sentences = lesson.tokens();
            halves[half_of(number)].first_look(&sentences, &mut scratch);
            let mut start = 0;
            for segment in scratch.document.segments() {
                let allowed = lesson.allowed(segment.clone());
                let words = start..start + segment.len();
                start = words.end;
                let mut emissions = scratch.emissions[words.clone()].to_vec();
                let mut active: Vec<Vec<usize>> = vec![Vec::new(); segment.len()];
                for (at, word) in segment.clone().enumerate() {
                    scratch
                        .consistency
                        .features(&scratch.document, word, |feature| {
                            active[at].push(feature);
                            for (score, weight) in emissions[at].iter_mut().zip(&weights[feature]) {
                                *score += weight;
                            }
                        });
                }
                let joints = &scratch.joints[words];
                let all = free.marginals(&emissions, joints, &transitions, |_| u16::MAX);
                let right = bound.marginals(&emissions, joints, &transitions, |at| allowed[at]);
                loss += f64::from((all - right) * lesson.weight);
                for at in 0..emissions.len() {
                    for label in 0..LABELS {
                        let gradient =
                            (free.unary[at][label] - bound.unary[at][label]) * lesson.weight;
                        for feature in &active[at] {
                            step(
                                &mut weights[*feature][label],
                                &mut squares[*feature][label],
                                gradient,
                            );
                        }
                    }
                    for previous in 0..LABELS {
                        let row = joints[at] * LABELS + previous;
                        let (free, bound) = (&free.pairs[at][previous], &bound.pairs[at][previous]);
                        let squares = &mut move_squares[row];
                        transitions.learn(row, |label, score| {
                            let gradient = (free[label] - bound[label]) * lesson.weight;
                            step(score, &mut squares[label], gradient);
                        });
                    }
                }
            }
        }
        report(&format!("second look, round {}: loss {loss:.0}", round + 1));
    }
    model.consistency = weights;
    transitions.widen();
    model.transitions[1] = transitions;
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
-DOCSTART-\tO\n\nMr.\tO\nOlsen\tB-PER\nleft\tO\nOslo\tB-LOC\n.\tO\n
-DOCSTART-\tO\n\nAcme\tB-ORG\nInc.\tI-ORG\nhired\tO\nMr.\tO\nLund\tB-PER\n.\tO\n
-DOCSTART-\tO\n\nMr.\tO\nDahl\tB-PER\nsold\tO\nNord\tB-ORG\nInc.\tI-ORG\nin\tO\nBergen\tB-LOC\n.\tO\n";

    fn tiny(text: &str, settings: &Settings) -> Result<Tagger, TrainingError> {
        let set = TrainingFile {
            name: "tiny".to_owned(),
            text: text.repeat(12),
        };
        train(&[set], &[], &[], Vec::new(), settings, |_| {})
    }

    #[test]
    fn three_documents_teach_titles_legal_forms_and_prepositions() {
        let tagger = tiny(TEXT, &Settings::default()).unwrap();
        let tags = tagger.tag(&[vec![
            "Mr.", "Vik", "left", "Bakke", "Inc.", "in", "Voss", ".",
        ]]);
        let tags: Vec<String> = tags[0].iter().map(Tag::to_string).collect();
        assert_eq!(tags.join(" "), "O B-PER O B-ORG I-ORG O B-LOC O");
    }

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        let settings = Settings::default();
        let first = tiny(TEXT, &settings).unwrap().to_bytes();
        assert_eq!(tiny(TEXT, &settings).unwrap().to_bytes(), first);
        let other = Settings {
            seed: 2,
            ..settings
        };
        assert_ne!(tiny(TEXT, &other).unwrap().to_bytes(), first);
    }

    #[test]
    fn sets_that_cannot_teach_are_refused() {
        let error = |text: &str| tiny(text, &Settings::default()).unwrap_err().to_string();
        assert_eq!(
            error("no\tO\nnames\tO\n"),
            "the training sets hold no names"
        );
        assert_eq!(error("bad\tB-DOG\n"), "cannot read training set tiny");
    }
}
