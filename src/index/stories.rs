//! Stories of an index: where they lie, when they are made anew, and who asks for them.
//!
//! ```text
//! index/
//!   stories          articles that have copies, each with its story; pairs that were judged
//! ```
//!
//! The file is derived from the articles: it may be deleted, and is made anew when they
//! changed. An ingest run ends with it; a query that finds it behind makes it and keeps it
//! if it may. Which pairs were judged is kept, so that only new ones need their texts.
//!
//! An article is known by its content hash, which no other article has.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tantivy::schema::Value;
use tantivy::{DocAddress, DocId, TantivyDocument};

use super::document::shingles_of;
use super::error::IndexError;
use super::folder::replace_file;
use super::schema::{BANDS as BANDS_FIELD, Number};
use super::snapshot::Snapshot;
use crate::article::{Article, ArticleId};
use crate::stories::{BANDS, Grouping, Judged, Shingles, Signature, Signed, group};

/// The stories' part of an index folder.
pub(super) struct StoryBook {
    root: PathBuf,
    loaded: Mutex<Option<Arc<Stories>>>,
}

/// The articles that have copies.
pub(super) struct Stories {
    key: Key,
    /// Each such article's content hash with that of its story, in order.
    members: Vec<(u64, u64)>,
    /// Where the members begin whose hash has these first bits, for all [`first_bits`].
    starts: Vec<u32>,
}

/// What stories are valid for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Key {
    /// The way they are made; another version makes its own.
    version: u32,
    threshold: f64,
    /// A digest of which articles there are.
    articles: String,
}

/// Goes up when the same articles would give other stories.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(flatten)]
    key: Key,
    members: usize,
    judged: usize,
}

/// A copy of an article.
#[derive(Clone, Debug, PartialEq)]
pub struct Copy {
    /// The copy.
    pub article: Article,
    /// How similar it is, from 0 to 1. Copies of copies may be less similar than copies
    /// must be.
    pub similarity: f64,
}

impl StoryBook {
    pub(super) fn new(root: &Path) -> StoryBook {
        StoryBook {
            root: root.to_owned(),
            loaded: Mutex::new(None),
        }
    }

    fn path(&self) -> PathBuf {
        self.root.join("stories")
    }

    /// Returns the stories of the articles of `snapshot`.
    pub(super) fn load(&self, snapshot: &Snapshot) -> Result<Arc<Stories>, IndexError> {
        let key = Key {
            version: VERSION,
            threshold: snapshot.duplicate_threshold(),
            articles: snapshot.state(),
        };
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded.as_ref().filter(|known| known.key == key) {
            return Ok(Arc::clone(known));
        }
        let kept = fs::read(self.path())
            .ok()
            .and_then(|bytes| Kept::read(&bytes));
        let fresh = match kept {
            Some(kept) if kept.key == key => kept.stories(),
            kept => {
                // What another version judged may be another similarity.
                let kept = kept.filter(|kept| kept.key.version == VERSION);
                self.make(key, snapshot, kept.map(|kept| kept.judged))?
            }
        };
        let fresh = Arc::new(fresh);
        *loaded = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    fn make(
        &self,
        key: Key,
        snapshot: &Snapshot,
        judged: Option<Vec<Judged>>,
    ) -> Result<Stories, IndexError> {
        let grouping = snapshot.group(key.threshold, judged.unwrap_or_default())?;
        // Whoever may only read the folder makes it again next time.
        let _ = replace_file(&self.path(), &to_bytes(&key, &grouping));
        Ok(Stories::new(key, grouping.stories))
    }
}

/// What is read from the file.
struct Kept {
    key: Key,
    members: Vec<(u64, u64)>,
    judged: Vec<Judged>,
}

impl Kept {
    fn read(bytes: &[u8]) -> Option<Kept> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let header: Header = serde_json::from_slice(&bytes[..end]).ok()?;
        let (members, judged) =
            bytes[end + 1..].split_at_checked(header.members.checked_mul(16)?)?;
        if judged.len() != header.judged.checked_mul(20)? {
            return None;
        }
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).unwrap_or_default();
        let pair = |bytes: &[u8]| (number(&bytes[..8]), number(&bytes[8..16]));
        let judge = |bytes: &[u8]| Judged {
            pair: pair(bytes),
            similarity: bytes[16..]
                .try_into()
                .map(f32::from_le_bytes)
                .unwrap_or_default(),
        };
        Some(Kept {
            key: header.key,
            members: members.chunks_exact(16).map(pair).collect(),
            judged: judged.chunks_exact(20).map(judge).collect(),
        })
    }

    fn stories(self) -> Stories {
        Stories::new(self.key, self.members)
    }
}

fn to_bytes(key: &Key, grouping: &Grouping) -> Vec<u8> {
    let header = Header {
        key: key.clone(),
        members: grouping.stories.len(),
        judged: grouping.judged.len(),
    };
    let mut bytes = serde_json::to_vec(&header).expect("strings and numbers are always JSON");
    bytes.push(b'\n');
    for (article, story) in &grouping.stories {
        bytes.extend(article.to_le_bytes());
        bytes.extend(story.to_le_bytes());
    }
    for judged in &grouping.judged {
        bytes.extend(judged.pair.0.to_le_bytes());
        bytes.extend(judged.pair.1.to_le_bytes());
        bytes.extend(judged.similarity.to_le_bytes());
    }
    bytes
}

impl Stories {
    fn new(key: Key, members: Vec<(u64, u64)>) -> Stories {
        // Hashes are evenly spread, so that a few first bits leave few to search.
        let buckets = (members.len() / 4).next_power_of_two();
        let shift = 64 - buckets.trailing_zeros().max(1);
        let mut starts = Vec::with_capacity(buckets + 2);
        for (at, (hash, _)) in (0..).zip(&members) {
            let bucket = first_bits(*hash, shift);
            starts.resize(starts.len().max(bucket + 1), at);
        }
        starts.resize(buckets.max(2) + 1, members.len() as u32);
        Stories {
            key,
            members,
            starts,
        }
    }

    /// Returns the story of the article with this content hash, if it has copies.
    fn of(&self, article: u64) -> Option<u64> {
        let shift = 64 - (self.starts.len() - 1).trailing_zeros();
        let bucket = first_bits(article, shift);
        let (from, to) = (
            self.starts[bucket] as usize,
            self.starts[bucket + 1] as usize,
        );
        let members = self.members.get(from..to)?;
        let at = members
            .binary_search_by_key(&article, |(key, _)| *key)
            .ok()?;
        Some(members[at].1)
    }
}

fn first_bits(hash: u64, shift: u32) -> usize {
    (hash >> shift) as usize
}

/// The articles of a snapshot that have copies: for each segment, in order, with the
/// numbers of their stories.
pub(super) type Members = Vec<Vec<(DocId, u64)>>;

impl Snapshot {
    /// Returns how many stories the index has; copies count once.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn stories(&self) -> Result<u64, IndexError> {
        let members = self.members()?;
        let articles: usize = members.iter().map(Vec::len).sum();
        let mut stories: Vec<u64> = members.iter().flatten().map(|(_, story)| *story).collect();
        stories.sort_unstable();
        stories.dedup();
        Ok(self.articles() - (articles - stories.len()) as u64)
    }

    /// Returns the articles of every story that has copies: the most copies first, equal
    /// ones by the first id; ids in order.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn stories_with_copies(&self) -> Result<Vec<Vec<ArticleId>>, IndexError> {
        let mut stories: HashMap<u64, Vec<ArticleId>> = HashMap::new();
        for (segment, members) in (0..).zip(self.members()?) {
            for (doc, story) in members {
                let id = self.id_at(DocAddress::new(segment, *doc))?;
                stories
                    .entry(*story)
                    .or_default()
                    .extend(ArticleId::new(&id));
            }
        }
        let mut stories: Vec<Vec<ArticleId>> = stories.into_values().collect();
        stories.iter_mut().for_each(|ids| ids.sort_unstable());
        stories.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        Ok(stories)
    }

    /// Returns the copies of the article `id`, the most similar first, equal ones by id;
    /// `None` if there is no such article.
    ///
    /// # Errors
    ///
    /// Fails if the index cannot be read.
    pub fn copies(&self, id: &ArticleId) -> Result<Option<Vec<Copy>>, IndexError> {
        let Some(address) = self.address(id)? else {
            return Ok(None);
        };
        let Some(story) = self.story_at(address)? else {
            return Ok(Some(Vec::new()));
        };
        let own = self.shingles_at(address)?;
        let mut copies = Vec::new();
        for other in self.articles_of(story)? {
            if other != address {
                copies.push(Copy {
                    article: self.read(other)?,
                    similarity: own.similarity(&self.shingles_at(other)?),
                });
            }
        }
        copies.sort_by(|a, b| {
            let similarity = b.similarity.total_cmp(&a.similarity);
            similarity.then_with(|| a.article.id.cmp(&b.article.id))
        });
        Ok(Some(copies))
    }

    /// Returns the number of the story of an article that has copies.
    pub(super) fn story_at(&self, address: DocAddress) -> Result<Option<u64>, IndexError> {
        let members = &self.members()?[address.segment_ord as usize];
        let at = members.binary_search_by_key(&address.doc_id, |(doc, _)| *doc);
        Ok(at.ok().map(|at| members[at].1))
    }

    fn articles_of(&self, story: u64) -> Result<Vec<DocAddress>, IndexError> {
        let segments = (0..).zip(self.members()?);
        let found = segments.flat_map(|(segment, members)| {
            let of_story = members.iter().filter(move |(_, other)| *other == story);
            of_story.map(move |(doc, _)| DocAddress::new(segment, *doc))
        });
        Ok(found.collect())
    }

    /// Returns the articles that have copies.
    pub(super) fn members(&self) -> Result<&Members, IndexError> {
        if let Some(members) = self.story_members.get() {
            return Ok(members);
        }
        let stories = self.story_book.load(self)?;
        let mut members = Members::new();
        for segment in self.searcher.segment_readers() {
            let keys = segment.fast_fields().u64(Number::ContentHash.name())?;
            let story = |doc: DocId| Some((doc, stories.of(keys.first(doc)?)?));
            let alive = segment.doc_ids_alive();
            members.push(match stories.members.is_empty() {
                true => Vec::new(),
                false => alive.filter_map(story).collect(),
            });
        }
        Ok(self.story_members.get_or_init(|| members))
    }

    fn shingles_at(&self, address: DocAddress) -> Result<Shingles, IndexError> {
        let document: TantivyDocument = self.searcher.doc(address)?;
        let text = |field| {
            let value = document.get_first(field);
            value.and_then(|value| value.as_str()).unwrap_or_default()
        };
        Ok(shingles_of(
            text(self.fields.title_text),
            text(self.fields.body_text),
        ))
    }

    /// Groups the articles; pairs in `judged` are known.
    fn group(&self, threshold: f64, judged: Vec<Judged>) -> Result<Grouping, IndexError> {
        let (articles, addresses) = self.signed()?;
        let known: HashMap<(u64, u64), f32> = judged
            .into_iter()
            .map(|judged| (judged.pair, judged.similarity))
            .collect();
        let mut texts = Texts::new(self, &addresses);
        group(&articles, threshold, &mut |a, b| {
            let (one, other) = (articles[a].key, articles[b].key);
            match known.get(&(one.min(other), one.max(other))) {
                Some(similarity) => Ok(f64::from(*similarity)),
                None => texts.similarity(a, b),
            }
        })
    }

    /// Returns every article that has a signature, and where it is.
    fn signed(&self) -> Result<(Vec<Signed>, Vec<DocAddress>), IndexError> {
        let (mut articles, mut addresses) = (Vec::new(), Vec::new());
        for (number, segment) in (0..).zip(self.searcher.segment_readers()) {
            let columns = segment.fast_fields();
            let keys = columns.u64(Number::ContentHash.name())?;
            let words = columns.u64(Number::Words.name())?;
            let bands = columns.u64(BANDS_FIELD)?;
            for doc in segment.doc_ids_alive() {
                let mut signature = Signature { bands: [0; BANDS] };
                let mut read = 0;
                let (pairs, _) = signature.bands.as_chunks_mut::<2>();
                for (pair, value) in pairs.iter_mut().zip(bands.values_for_doc(doc)) {
                    *pair = [(value >> 32) as u32, value as u32];
                    read += 2;
                }
                if read < BANDS {
                    continue;
                }
                articles.push(Signed {
                    key: keys.first(doc).unwrap_or_default(),
                    words: words.first(doc).unwrap_or_default(),
                    signature,
                });
                addresses.push(DocAddress::new(number, doc));
            }
        }
        Ok((articles, addresses))
    }
}

/// The shingles of articles that are compared, as they are asked for.
struct Texts<'s> {
    snapshot: &'s Snapshot,
    addresses: &'s [DocAddress],
    read: HashMap<usize, Shingles>,
}

/// So many are remembered (chosen: an ordinary one takes a kilobyte or two).
const MOST_REMEMBERED: usize = 20_000;

impl<'s> Texts<'s> {
    fn new(snapshot: &'s Snapshot, addresses: &'s [DocAddress]) -> Texts<'s> {
        Texts {
            snapshot,
            addresses,
            read: HashMap::new(),
        }
    }

    fn similarity(&mut self, a: usize, b: usize) -> Result<f64, IndexError> {
        if self.read.len() + 2 > MOST_REMEMBERED {
            self.read.clear();
        }
        for at in [a, b] {
            if !self.read.contains_key(&at) {
                let shingles = self.snapshot.shingles_at(self.addresses[at])?;
                self.read.insert(at, shingles);
            }
        }
        Ok(self.read[&a].similarity(&self.read[&b]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_is_found_and_nothing_else() {
        for count in [0, 1, 2, 3, 7, 8, 9, 1_000] {
            let hash = |at: u64| at.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let mut members: Vec<(u64, u64)> = (1..=count).map(|at| (hash(at), at)).collect();
            members.push((0, 1_000_001));
            members.push((u64::MAX, 1_000_002));
            members.sort_unstable();
            let key = Key {
                version: VERSION,
                threshold: 0.8,
                articles: String::new(),
            };
            let stories = Stories::new(key, members.clone());
            for (article, story) in members {
                assert_eq!(stories.of(article), Some(story), "{article} of {count}");
            }
            assert_eq!(stories.of(hash(5_000)), None);
        }
    }
}
