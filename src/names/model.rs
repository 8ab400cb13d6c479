//! The trained model as numbers, and its file.
//!
//! A file is `newsdex names`, a version, a JSON header, the gazetteer, the
//! weights, and a BLAKE3 checksum of all that. Weights are whole numbers from
//! -127 to 127, most of them absent: a feature has a key of 32 bits, a bit for
//! each label it weighs, and one byte for each of those. In memory they lie in an
//! open-addressing table of 16-byte slots, so that looking a feature up touches
//! one cache line.
//!
//! Reading trusts nothing: a wrong byte is an error, never a panic, and no
//! number from the file decides how much memory is asked for beyond the file's
//! own size.

use serde::{Deserialize, Serialize};

use super::consistency;
use super::gazetteer::Gazetteer;
use super::label::LABELS;
use super::lattice::{FORBIDDEN, Scores, Transitions};

const MAGIC: &[u8; 14] = b"newsdex names\n";
const VERSION: u8 = 2;
const CHECKSUM_BYTES: usize = 32;

/// What a model says about itself.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The language of the text it was trained on, as in BCP 47: `en`.
    pub language: String,
    /// The files it was trained on.
    pub sources: Vec<Source>,
    /// The settings of the training, by name.
    pub settings: Vec<(String, String)>,
}

/// A file that a model was trained on.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// The file's name.
    pub name: String,
    /// The BLAKE3 checksum of its content.
    pub checksum: String,
    /// Where it is from and under which licence it may be used.
    pub licence: String,
}

/// A file that is no model, or one this version cannot read.
#[derive(Debug, thiserror::Error, Eq, PartialEq)]
pub enum ModelError {
    /// The file does not begin as a model does.
    #[error("not a names model")]
    NoModel,
    /// The file was written by another version.
    #[error("names model of version {0}, but this newsdex reads version {VERSION}; train it anew")]
    Version(u8),
    /// The content is not what was written.
    #[error("the names model is damaged: its checksum does not match")]
    Checksum,
    /// The content makes no sense although its checksum is right.
    #[error("the names model is damaged: {0}")]
    Content(&'static str),
}

/// Everything training found out.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) info: ModelInfo,
    pub(crate) gazetteer: Gazetteer,
    pub(crate) weights: Weights,
    /// Transitions of the first and of the second look.
    pub(crate) transitions: [Transitions; 2],
    /// Weights of the document's features in the second look.
    pub(crate) consistency: Vec<Scores>,
}

/// A feature's weights for all labels.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    key: u32,
    weights: [i8; 12],
}

/// How many bits the filter has (chosen: half a megabyte, a twelfth of the bits set).
const FILTER_BITS: usize = 1 << 22;

/// The features of one word, as keys.
#[derive(Debug)]
pub(crate) struct FeatureList {
    keys: [u32; 256],
    len: usize,
}

impl FeatureList {
    pub(crate) fn new() -> FeatureList {
        FeatureList {
            keys: [0; 256],
            len: 0,
        }
    }

    /// Forgets the features.
    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Adds a feature; no word has as many as the list holds.
    #[inline]
    pub(crate) fn push(&mut self, feature: u64) {
        if let Some(key) = self.keys.get_mut(self.len) {
            *key = Weights::key(feature);
            self.len += 1;
        }
    }
}

/// The weights of the features.
#[derive(Clone, Debug)]
pub(crate) struct Weights {
    slots: Vec<Slot>,
    /// One bit for each possible end of a key: most features have no weight, and
    /// this table is small enough to stay near the processor.
    filter: Vec<u64>,
    /// What a weight of 1 is worth.
    scale: f32,
}

impl Weights {
    /// Makes a table of `entries` (key and weights, keys distinct and not 0).
    pub(crate) fn new(entries: &[(u32, [i8; LABELS])], scale: f32) -> Weights {
        let size = entries.len() * 2 + 1;
        let mut weights = Weights {
            slots: vec![Slot::default(); size],
            filter: vec![0; FILTER_BITS / 64],
            scale,
        };
        for (key, values) in entries {
            let at = weights.slot(*key);
            let slot = &mut weights.slots[at];
            slot.key = *key;
            weights.filter[*key as usize / 64 % (FILTER_BITS / 64)] |= 1 << (key % 64);
            slot.weights[..LABELS].copy_from_slice(values);
        }
        weights
    }

    /// Returns the key that stands for a feature: never 0, which marks a free slot.
    pub(crate) fn key(feature: u64) -> u32 {
        ((feature >> 32) as u32).max(1)
    }

    /// Returns the slot that holds `key`, or the free one where it would go.
    #[inline]
    fn slot(&self, key: u32) -> usize {
        let mut at = self.home(key);
        while self.slots[at].key != 0 && self.slots[at].key != key {
            at += 1;
            if at == self.slots.len() {
                at = 0;
            }
        }
        at
    }

    /// Returns the slot where the search for `key` begins: keys are spread over
    /// tables of any size (Lemire, "Fast Random Integer Generation in an
    /// Interval", 2019).
    #[inline]
    fn home(&self, key: u32) -> usize {
        ((u64::from(key) * self.slots.len() as u64) >> 32) as usize
    }

    /// Adds the weights of `features` to `sums`. Features are looked up in two
    /// rounds, so that the waits for memory overlap. Leaves the list in disorder.
    #[inline]
    pub(crate) fn add(&self, features: &mut FeatureList, sums: &mut [i32; 12]) {
        let mut kept = 0;
        let mut touched = 0;
        for at in 0..features.len {
            let key = features.keys[at];
            let word = self.filter[key as usize / 64 % (FILTER_BITS / 64)];
            features.keys[kept] = key;
            kept += (word >> (key % 64) & 1) as usize;
        }
        for key in &features.keys[..kept] {
            touched ^= self.slots[self.home(*key)].key;
        }
        std::hint::black_box(touched);
        for key in &features.keys[..kept] {
            let slot = &self.slots[self.slot(*key)];
            for (sum, weight) in sums.iter_mut().zip(&slot.weights) {
                *sum += i32::from(*weight);
            }
        }
    }

    /// Returns the number of features.
    pub(crate) fn len(&self) -> usize {
        self.slots.iter().filter(|slot| slot.key != 0).count()
    }

    /// Returns the scores that `sums` stand for.
    pub(crate) fn scores(&self, sums: &[i32; 12]) -> Scores {
        std::array::from_fn(|label| sums[label] as f32 * self.scale)
    }

    fn entries(&self) -> Vec<(u32, [i8; 12])> {
        let mut entries: Vec<_> = self
            .slots
            .iter()
            .filter(|slot| slot.key != 0)
            .map(|slot| (slot.key, slot.weights))
            .collect();
        entries.sort_unstable();
        entries
    }
}

impl Model {
    /// Returns the model as the bytes of its file, the same for the same model.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        let header = serde_json::to_vec(&self.info).unwrap_or_default();
        put_number(&mut bytes, header.len() as u64);
        bytes.extend_from_slice(&header);
        let entries = self.gazetteer.entries();
        put_number(&mut bytes, entries.len() as u64);
        let mut previous = 0;
        for (key, _) in &entries {
            put_number(&mut bytes, u64::from(key - previous));
            previous = *key;
        }
        for (_, classes) in &entries {
            put_number(&mut bytes, u64::from(*classes));
        }
        for table in &self.transitions {
            for score in table.rows().iter().flatten() {
                bytes.extend_from_slice(&score.to_le_bytes());
            }
        }
        for score in self.consistency.iter().flatten() {
            bytes.extend_from_slice(&score.to_le_bytes());
        }
        bytes.extend_from_slice(&self.weights.scale.to_le_bytes());
        let entries = self.weights.entries();
        put_number(&mut bytes, entries.len() as u64);
        let mut previous = 0;
        for (key, _) in &entries {
            put_number(&mut bytes, u64::from(key - previous));
            previous = *key;
        }
        for (_, weights) in &entries {
            let labels = (0..LABELS).filter(|label| weights[*label] != 0);
            put_number(&mut bytes, labels.fold(0, |mask, label| mask | 1 << label));
        }
        for (_, weights) in &entries {
            bytes.extend(
                weights
                    .iter()
                    .filter(|weight| **weight != 0)
                    .map(|weight| *weight as u8),
            );
        }
        let checksum = blake3::hash(&bytes);
        bytes.extend_from_slice(checksum.as_bytes());
        bytes
    }

    /// Reads a model from the bytes of its file.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Model, ModelError> {
        let rest = bytes
            .strip_prefix(MAGIC.as_slice())
            .ok_or(ModelError::NoModel)?;
        let version = *rest.first().ok_or(ModelError::NoModel)?;
        if version != VERSION {
            return Err(ModelError::Version(version));
        }
        let (content, checksum) = bytes
            .split_last_chunk::<CHECKSUM_BYTES>()
            .ok_or(ModelError::Checksum)?;
        if blake3::hash(content).as_bytes() != checksum {
            return Err(ModelError::Checksum);
        }
        let mut reader = Reader {
            rest: content.get(MAGIC.len() + 1..).unwrap_or_default(),
        };
        let header = reader.number()?;
        let header = reader.bytes(usize::try_from(header).map_err(|_| TOO_SHORT)?)?;
        let info = serde_json::from_slice(header)
            .map_err(|_| ModelError::Content("its header is no JSON"))?;
        let keys = reader.keys()?;
        let mut entries = Vec::with_capacity(keys.len());
        for key in keys {
            let classes = u32::try_from(reader.number()?)
                .map_err(|_| ModelError::Content("a list entry has unknown classes"))?;
            entries.push((key, classes));
        }
        let gazetteer = Gazetteer::from_entries(entries);
        let mut transitions = [Transitions::new(), Transitions::new()];
        for table in &mut transitions {
            for row in table.rows_mut() {
                for score in row {
                    let read = reader.float()?;
                    if *score == FORBIDDEN {
                        continue;
                    }
                    *score = read;
                }
            }
            table.widen();
        }
        let mut consistency = vec![[0.0; LABELS]; consistency::FEATURES];
        for score in consistency.iter_mut().flatten() {
            *score = reader.float()?;
        }
        let scale = reader.float()?;
        let keys = reader.keys()?;
        let mut masks = Vec::with_capacity(keys.len());
        for _ in &keys {
            let mask = reader.number()?;
            if mask >> LABELS != 0 {
                return Err(ModelError::Content("a feature weighs an unknown label"));
            }
            masks.push(mask);
        }
        let mut entries = Vec::with_capacity(keys.len());
        for (key, mask) in keys.into_iter().zip(masks) {
            let mut weights = [0i8; LABELS];
            for (label, weight) in weights.iter_mut().enumerate() {
                if mask & (1 << label) != 0 {
                    *weight = reader.byte()? as i8;
                }
            }
            if key == 0 {
                return Err(ModelError::Content("a feature has no key"));
            }
            entries.push((key, weights));
        }
        if !reader.rest.is_empty() {
            return Err(ModelError::Content("there is more than a model in it"));
        }
        Ok(Model {
            info,
            gazetteer,
            weights: Weights::new(&entries, scale),
            transitions,
            consistency,
        })
    }
}

const TOO_SHORT: ModelError = ModelError::Content("it ends too early");

/// Reads numbers from the front of a file's content.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], ModelError> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn byte(&mut self) -> Result<u8, ModelError> {
        let (byte, rest) = self.rest.split_first().ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(*byte)
    }

    fn float(&mut self) -> Result<f32, ModelError> {
        let (bytes, rest) = self.rest.split_first_chunk::<4>().ok_or(TOO_SHORT)?;
        self.rest = rest;
        let number = f32::from_le_bytes(*bytes);
        let sane = number.is_finite() && number.abs() <= -FORBIDDEN;
        if sane {
            Ok(number)
        } else {
            Err(ModelError::Content("a weight is out of range"))
        }
    }

    /// Reads a number of seven bits a byte, the lowest first.
    fn number(&mut self) -> Result<u64, ModelError> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(ModelError::Content("a number is too long"))
    }

    /// Reads rising keys, each written as its distance from the one before.
    fn keys(&mut self) -> Result<Vec<u32>, ModelError> {
        let count = self.number()?;
        // Every key takes a byte at least.
        if count > self.rest.len() as u64 {
            return Err(TOO_SHORT);
        }
        let mut keys = Vec::new();
        let mut previous = 0u64;
        for at in 0..count {
            let step = self.number()?;
            previous = previous.saturating_add(step);
            let key = u32::try_from(previous).ok().filter(|_| step > 0 || at == 0);
            keys.push(key.ok_or(ModelError::Content("its keys do not rise"))?);
        }
        Ok(keys)
    }
}

/// Writes a number, seven bits a byte, the lowest first.
fn put_number(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tiny() -> Vec<u8> {
        let gazetteer = Gazetteer::from_entries(vec![(7, 1), (900, 5)]);
        let weights = Weights::new(
            &[(3, [1, 0, -4, 0, 0, 0, 0, 0, 9]), (70_000, [5; LABELS])],
            0.1,
        );
        let model = Model {
            info: ModelInfo {
                language: "en".to_owned(),
                ..ModelInfo::default()
            },
            gazetteer,
            weights,
            transitions: [Transitions::new(), Transitions::new()],
            consistency: vec![[0.5; LABELS]; consistency::FEATURES],
        };
        model.to_bytes()
    }

    /// Puts a right checksum behind changed content.
    fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.truncate(bytes.len().saturating_sub(CHECKSUM_BYTES));
        let checksum = blake3::hash(&bytes);
        bytes.extend_from_slice(checksum.as_bytes());
        bytes
    }

    #[test]
    fn a_model_comes_back_as_it_was_written() {
        let bytes = tiny();
        let model = Model::from_bytes(&bytes).unwrap();
        assert_eq!(model.weights.len(), 2);
        assert_eq!(model.gazetteer.len(), 2);
        assert_eq!(model.to_bytes(), bytes);
    }

    #[test]
    fn other_files_are_refused() {
        assert_eq!(Model::from_bytes(b"PK").unwrap_err(), ModelError::NoModel);
        let mut newer = tiny();
        newer[MAGIC.len()] = 99;
        assert_eq!(
            Model::from_bytes(&newer).unwrap_err(),
            ModelError::Version(99)
        );
        let mut damaged = tiny();
        damaged[40] ^= 1;
        assert_eq!(
            Model::from_bytes(&damaged).unwrap_err(),
            ModelError::Checksum
        );
    }

    proptest! {
        #[test]
        fn hostile_bytes_are_an_error_or_a_model(
            at in 15usize..200, to in any::<u8>(), near_end in any::<bool>(), cut in 0usize..60,
        ) {
            let mut bytes = tiny();
            let at = if near_end { bytes.len() - CHECKSUM_BYTES - 1 - at % 60 } else { at };
            bytes[at] = to;
            let content = bytes.len() - CHECKSUM_BYTES;
            bytes.drain(content.saturating_sub(cut)..content);
            // The checksum is right, so that the content itself is read.
            let _ = Model::from_bytes(&sealed(bytes));
        }
    }
}
