//! Answers which entity a stored name belongs to, and which names an entity has.
//!
//! Holds only what is not obvious: a name that is alone, written one way, and not in
//! the register is its own entity and is not in here. Everything lies in one run of
//! bytes that is used as it was read, since a program that starts for one query has no
//! time to build tables of ten thousand entries: an open-addressing table from folded
//! names to entities, another from words to the entities whose names have them, and
//! the texts.
//!
//! All numbers are little-endian `u32`. Bytes that were damaged may answer wrongly, but
//! never panic.

use std::collections::BTreeMap;

use super::unions::Evidence;
use crate::article::Kind;
use crate::text::fold_name;

const MAGIC: u32 = u32::from_le_bytes(*b"NDE1");
const HEADER: usize = 6;
const ENTITY: usize = 7;
const NAME: usize = 6;
const WORD: usize = 4;

/// All entities that are more than one name written one way.
#[derive(Clone, Debug)]
pub struct Directory {
    bytes: Vec<u8>,
    entities: usize,
    names: usize,
    /// Byte offsets of the sections behind the header and the entities.
    names_at: usize,
    slots_at: usize,
    slots: usize,
    words_at: usize,
    words: usize,
    lists_at: usize,
    lists: usize,
    text_at: usize,
}

/// An entity as it is put into a directory.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Draft {
    pub(super) name: String,
    /// The editors' spelling, where only their names are looked at.
    pub(super) gold_name: String,
    pub(super) kind: Option<Kind>,
    pub(super) is_hidden: bool,
    pub(super) is_registered: bool,
    /// Stored kind, folded name, the usual spelling, and why it is one of its names.
    pub(super) names: Vec<(Kind, String, String, Evidence)>,
}

/// An entity of a directory.
#[derive(Clone, Copy, Debug)]
pub struct Entity<'d> {
    directory: &'d Directory,
    number: usize,
}

/// One name of an entity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EntityName<'d> {
    /// The kind it is stored under.
    pub kind: Kind,
    /// The folded name.
    pub key: &'d str,
    /// How it is mostly written.
    pub written: &'d str,
    /// Why it is a name of the entity.
    pub evidence: Evidence,
}

/// The stored names that a name filter means, beside those that have its words.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NameSet {
    /// Names that count too, with the kind they are stored under.
    pub also: Vec<(Kind, String)>,
    /// Names of the asked kind that have the words and yet do not count.
    pub except: Vec<String>,
}

impl Directory {
    /// Returns the directory in which every name stands for itself.
    pub fn empty() -> Directory {
        Directory::build(&[])
    }

    /// Returns the directory of `drafts`.
    pub(super) fn build(drafts: &[Draft]) -> Directory {
        let mut texts = Texts::default();
        let mut entities: Vec<u32> = Vec::new();
        let mut names: Vec<u32> = Vec::new();
        let mut keys: Vec<(Kind, &str)> = Vec::new();
        let mut words: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        for (number, draft) in drafts.iter().enumerate() {
            let kind = draft.kind.map_or(0, kind_number);
            let flags =
                kind | u32::from(draft.is_hidden) << 8 | u32::from(draft.is_registered) << 9;
            let first = (names.len() / NAME) as u32;
            let (name, gold) = (texts.add(&draft.name), texts.add(&draft.gold_name));
            let count = draft.names.len() as u32;
            entities.extend([name.0, name.1, gold.0, gold.1, flags, first, count]);
            for (kind, key, written, evidence) in &draft.names {
                let (at, length) = texts.add(key);
                let (written_at, written_length) = if written == key {
                    (at, length)
                } else {
                    texts.add(written)
                };
                let flags = kind_number(*kind) | evidence.number() << 8;
                names.extend([at, length, written_at, written_length, number as u32, flags]);
                keys.push((*kind, key));
                for word in key.split(' ') {
                    let list = words.entry(word).or_default();
                    if list.last() != Some(&(number as u32)) {
                        list.push(number as u32);
                    }
                }
            }
        }
        let hashes = keys.iter().map(|(kind, key)| hash(*kind, key));
        let slots = table(hashes);
        let mut lists: Vec<u32> = Vec::new();
        let mut entries: Vec<[u32; WORD]> = Vec::new();
        for (word, list) in &words {
            let (at, length) = texts.add(word);
            entries.push([at, length, lists.len() as u32, list.len() as u32]);
            lists.extend(list);
        }
        let word_slots = table(words.keys().map(|word| hash_bytes(0, word.as_bytes())));
        let mut numbers: Vec<u32> = vec![
            MAGIC,
            drafts.len() as u32,
            keys.len() as u32,
            slots.len() as u32,
            word_slots.len() as u32,
            lists.len() as u32,
        ];
        numbers.extend(entities);
        numbers.extend(names);
        numbers.extend(slots);
        for slot in word_slots {
            let entry = (slot as usize)
                .checked_sub(1)
                .and_then(|at| entries.get(at));
            numbers.extend(entry.unwrap_or(&[0, 0, 0, 0]));
        }
        numbers.extend(lists);
        let mut bytes: Vec<u8> = Vec::with_capacity(numbers.len() * 4 + texts.0.len());
        numbers
            .iter()
            .for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes.extend(texts.0.as_bytes());
        Directory::from_bytes(bytes).expect("the directory was just laid out")
    }

    /// Returns the directory that `bytes` hold, or `None` if they hold none.
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Directory> {
        let number = |at: usize| number_at(&bytes, at * 4).map(|number| number as usize);
        if number(0)? != MAGIC as usize {
            return None;
        }
        let (entities, names) = (number(1)?, number(2)?);
        let (slots, words, lists) = (number(3)?, number(4)?, number(5)?);
        let section = |at: usize, count: usize, width: usize| {
            count
                .checked_mul(width * 4)
                .and_then(|length| at.checked_add(length))
        };
        let names_at = section(HEADER * 4, entities, ENTITY)?;
        let slots_at = section(names_at, names, NAME)?;
        let words_at = section(slots_at, slots, 1)?;
        let lists_at = section(words_at, words, WORD)?;
        let text_at = section(lists_at, lists, 1)?;
        let is_table = |slots: usize| slots.is_power_of_two();
        (text_at <= bytes.len() && is_table(slots) && is_table(words)).then_some(Directory {
            bytes,
            entities,
            names,
            names_at,
            slots_at,
            slots,
            words_at,
            words,
            lists_at,
            lists,
            text_at,
        })
    }

    /// Returns the bytes to keep.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns how many entities there are.
    pub fn len(&self) -> usize {
        self.entities
    }

    /// Returns true if every name stands for itself.
    pub fn is_empty(&self) -> bool {
        self.entities == 0
    }

    /// Returns all entities.
    pub fn entities(&self) -> impl Iterator<Item = Entity<'_>> {
        (0..self.entities).map(|number| Entity {
            directory: self,
            number,
        })
    }

    /// Returns the entity that has `name` as it is stored under `kind`.
    pub fn find(&self, kind: Kind, name: &str) -> Option<Entity<'_>> {
        if self.is_empty() {
            return None;
        }
        self.find_key(kind, &fold_name(name))
    }

    /// Returns the entity that has the folded name `key`, stored under `kind`.
    pub fn find_key(&self, kind: Kind, key: &str) -> Option<Entity<'_>> {
        let mut slot = hash(kind, key) as usize & (self.slots - 1);
        for _ in 0..self.slots {
            let name = self.number(self.slots_at + slot * 4).checked_sub(1)? as usize;
            let found = self.name(name)?;
            if found.key == key && found.kind == kind {
                let number = self.number(self.names_at + (name * NAME + 4) * 4) as usize;
                return Some(Entity {
                    directory: self,
                    number,
                });
            }
            slot = (slot + 1) & (self.slots - 1);
        }
        None
    }

    /// Returns the names that a filter on `kind` means by the whole name `text`;
    /// `None` if it means that name and nothing else.
    pub fn names_of_whole(&self, kind: Kind, text: &str) -> Option<NameSet> {
        let key = fold_name(text);
        let entity = self.find_key(kind, &key)?;
        if entity.is_hidden() || entity.kind() != kind {
            return Some(NameSet {
                also: Vec::new(),
                except: vec![key],
            });
        }
        Some(NameSet {
            also: entity.stored_names(),
            except: Vec::new(),
        })
    }

    /// Returns the names that a filter on `kind` means by the folded words `wanted`,
    /// beside the names that have these words side by side.
    pub fn names_with_words(&self, kind: Kind, wanted: &[String]) -> NameSet {
        let mut set = NameSet::default();
        for entity in self.entities_with_words(wanted) {
            if entity.kind() == kind && !entity.is_hidden() {
                set.also.extend(entity.stored_names());
                continue;
            }
            let has_words =
                |name: &EntityName<'_>| name.kind == kind && has_words(name.key, wanted);
            let hidden = entity.names().filter(has_words);
            set.except.extend(hidden.map(|name| name.key.to_owned()));
        }
        set
    }

    /// Returns the entities that have a name with these folded words side by side.
    pub fn entities_with_words<'d>(
        &'d self,
        wanted: &'d [String],
    ) -> impl Iterator<Item = Entity<'d>> {
        let rarest = wanted
            .iter()
            .map(|word| self.word_list(word))
            .min_by_key(|(_, count)| *count);
        let (first, count) = rarest.unwrap_or((0, 0));
        let numbers = (first..first + count).map(|at| self.number(self.lists_at + at * 4));
        let entities = numbers.map(|number| Entity {
            directory: self,
            number: number as usize,
        });
        entities.filter(|entity| entity.names().any(|name| has_words(name.key, wanted)))
    }

    /// Returns where the list of entities with a word begins, and how long it is.
    fn word_list(&self, word: &str) -> (usize, usize) {
        let mut slot = hash_bytes(0, word.as_bytes()) as usize & (self.words - 1);
        for _ in 0..self.words {
            let at = self.words_at + slot * WORD * 4;
            let count = self.number(at + 12) as usize;
            if count == 0 {
                break;
            }
            if self.text(at) == word {
                let first = self.number(at + 8) as usize;
                let is_whole = first + count <= self.lists;
                return if is_whole { (first, count) } else { (0, 0) };
            }
            slot = (slot + 1) & (self.words - 1);
        }
        (0, 0)
    }

    fn name(&self, number: usize) -> Option<EntityName<'_>> {
        if number >= self.names {
            return None;
        }
        let at = self.names_at + number * NAME * 4;
        let flags = self.number(at + 20);
        Some(EntityName {
            kind: kind_of(flags & 0xff),
            key: self.text(at),
            written: self.text(at + 8),
            evidence: Evidence::of_number(flags >> 8),
        })
    }

    fn number(&self, at: usize) -> u32 {
        number_at(&self.bytes, at).unwrap_or_default()
    }

    /// Returns the text whose offset and length stand at `at`.
    fn text(&self, at: usize) -> &str {
        let start = self.text_at.saturating_add(self.number(at) as usize);
        let end = start.saturating_add(self.number(at + 4) as usize);
        let bytes = self.bytes.get(start..end).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}

impl<'d> Entity<'d> {
    /// Returns its place in the directory.
    pub fn number(self) -> usize {
        self.number
    }

    /// Returns the name it is shown under.
    pub fn name(self) -> &'d str {
        self.directory.text(self.at())
    }

    /// Returns the name it is shown under where only editors' names are looked at.
    pub fn gold_name(self) -> &'d str {
        match self.directory.text(self.at() + 8) {
            "" => self.name(),
            name => name,
        }
    }

    /// Returns what it is.
    pub fn kind(self) -> Kind {
        kind_of(self.flags() & 0xff)
    }

    /// Returns true if it is left out of everything.
    pub fn is_hidden(self) -> bool {
        self.flags() >> 8 & 1 == 1
    }

    /// Returns true if the register has it.
    pub fn is_registered(self) -> bool {
        self.flags() >> 9 & 1 == 1
    }

    /// Returns its names, each as it is stored.
    pub fn names(self) -> impl Iterator<Item = EntityName<'d>> {
        let first = self.directory.number(self.at() + 20) as usize;
        let count = self.directory.number(self.at() + 24) as usize;
        (first..first.saturating_add(count)).map_while(|number| self.directory.name(number))
    }

    fn stored_names(self) -> Vec<(Kind, String)> {
        self.names()
            .map(|name| (name.kind, name.key.to_owned()))
            .collect()
    }

    fn at(self) -> usize {
        (HEADER + self.number * ENTITY) * 4
    }

    fn flags(self) -> u32 {
        self.directory.number(self.at() + 16)
    }
}

/// Returns true if the folded name `key` has the folded words `wanted` side by side.
pub fn has_words(key: &str, wanted: &[String]) -> bool {
    let words: Vec<&str> = key.split(' ').collect();
    !wanted.is_empty() && words.windows(wanted.len()).any(|window| window == wanted)
}

/// The texts of a directory, each once behind the other.
#[derive(Default)]
struct Texts(String);

impl Texts {
    fn add(&mut self, text: &str) -> (u32, u32) {
        let at = self.0.len() as u32;
        self.0.push_str(text);
        (at, text.len() as u32)
    }
}

/// Returns an open-addressing table, at most half full, of the numbers of `hashes`,
/// counted from 1.
fn table(hashes: impl ExactSizeIterator<Item = u32>) -> Vec<u32> {
    let size = (hashes.len() * 2).next_power_of_two().max(2);
    let mut slots = vec![0_u32; size];
    for (number, hash) in hashes.enumerate() {
        let mut slot = hash as usize & (size - 1);
        while slots[slot] != 0 {
            slot = (slot + 1) & (size - 1);
        }
        slots[slot] = number as u32 + 1;
    }
    slots
}

fn hash(kind: Kind, key: &str) -> u32 {
    hash_bytes(kind_number(kind) as u8 + 1, key.as_bytes())
}

/// FNV-1a with 32 bits: a few nanoseconds for a name, and the same everywhere.
fn hash_bytes(first: u8, bytes: &[u8]) -> u32 {
    let step = |hash: u32, byte: &u8| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    let hash = bytes.iter().fold(step(0x811c_9dc5, &first), step);
    // The low bits choose the slot; FNV leaves most of the mixing in the high ones.
    hash ^ hash >> 15
}

fn kind_number(kind: Kind) -> u32 {
    match kind {
        Kind::Person => 0,
        Kind::Organization => 1,
        Kind::Place => 2,
    }
}

fn kind_of(number: u32) -> Kind {
    match number {
        0 => Kind::Person,
        1 => Kind::Organization,
        _ => Kind::Place,
    }
}

fn number_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn draft(kind: Kind, names: &[&str]) -> Draft {
        let stored = |name: &&str| (kind, fold_name(name), name.to_string(), Evidence::Register);
        Draft {
            name: names[0].to_owned(),
            kind: Some(kind),
            names: names.iter().map(stored).collect(),
            ..Draft::default()
        }
    }

    #[test]
    fn names_lead_to_their_entity_and_words_to_its_names() {
        let mut hidden = draft(Kind::Organization, &["Radio Oslo"]);
        hidden.is_hidden = true;
        let directory = Directory::build(&[
            draft(
                Kind::Organization,
                &["BBC", "British Broadcasting Corporation"],
            ),
            draft(Kind::Person, &["Bb. C"]),
            hidden,
        ]);
        let found = directory.find(Kind::Organization, "B.B.C.").unwrap();
        assert_eq!((found.name(), found.number()), ("BBC", 0));
        assert!(directory.find(Kind::Place, "BBC").is_none());
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let set =
            directory.names_with_words(Kind::Organization, &words("broadcasting corporation"));
        assert_eq!(set.also.len(), 2);
        assert_eq!(
            directory.names_with_words(Kind::Organization, &words("british corporation")),
            NameSet::default()
        );
        let set = directory.names_with_words(Kind::Organization, &words("radio"));
        assert_eq!(set.except, ["radio oslo"]);
        assert!(Directory::empty().find(Kind::Person, "x").is_none());
    }

    proptest! {
        #[test]
        fn every_name_is_found_and_no_other(names in prop::collection::btree_set("[a-c]{1,4}( [a-c]{1,3})?", 1..60)) {
            let drafts: Vec<Draft> = names.iter().map(|name| draft(Kind::Person, &[name])).collect();
            let directory = Directory::build(&drafts);
            for name in &names {
                prop_assert_eq!(directory.find(Kind::Person, name).map(Entity::name), Some(name.as_str()));
                prop_assert!(directory.find(Kind::Place, name).is_none());
            }
            for word in ["a", "ab", "abc", "ca"] {
                let wanted = [word.to_owned()];
                let found = directory.entities_with_words(&wanted).count();
                let expected = names.iter().filter(|name| name.split(' ').any(|part| part == word)).count();
                prop_assert_eq!(found, expected);
            }
        }

        #[test]
        fn damaged_bytes_do_not_panic(at in 0..400_usize, byte: u8) {
            let directory = Directory::build(&[draft(Kind::Person, &["Ann Berg", "A. Berg"])]);
            let mut bytes = directory.bytes().to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            if let Some(directory) = Directory::from_bytes(bytes) {
                let _ = directory.find(Kind::Person, "Ann Berg").map(|entity| entity.names().count());
                let _ = directory.names_with_words(Kind::Person, &["berg".to_owned()]);
            }
        }
    }
}
