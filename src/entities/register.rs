//! The register: what a person decided about names, in a file that a person can edit.
//!
//! ```toml
//! [[entity]]
//! name = "British Broadcasting Corporation"
//! kind = "organization"
//! aliases = ["BBC", "Auntie"]
//! not_same_as = ["BBC Radio Oslo"]
//! notes = "the charter has the long name"
//!
//! [[entity]]
//! name = "Hezbollah"
//! kind = "organization"
//! taken_for = ["person"]
//!
//! [[entity]]
//! name = "Wednesday"
//! kind = "organization"
//! hide = true
//! ```
//!
//! Names are compared folded. A name belongs to one entry of its kind; `taken_for`
//! claims the entry's names under other kinds too. What contradicts itself is refused
//! as a whole, with line and column: half a register would be a third state beside
//! the old one and the one that was meant.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use toml_edit::{Array, Document, Item, Table, Value};

use crate::article::Kind;
use crate::text::fold_name;

/// What is decided about one person, organization or place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// The name it is shown under.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Other names of it.
    pub aliases: Vec<String>,
    /// Kinds that its names were mistaken for.
    pub taken_for: Vec<Kind>,
    /// Whether it is left out of everything.
    pub hide: bool,
    /// Names that are never united with it automatically.
    pub not_same_as: Vec<String>,
    /// What a person wants to remember.
    pub notes: String,
}

impl Entry {
    /// Returns an entry with nothing but its name.
    pub fn new(kind: Kind, name: &str) -> Entry {
        Entry {
            name: name.trim().to_owned(),
            kind,
            aliases: Vec::new(),
            taken_for: Vec::new(),
            hide: false,
            not_same_as: Vec::new(),
            notes: String::new(),
        }
    }

    /// Returns its canonical name and its aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.name)
            .chain(&self.aliases)
            .map(String::as_str)
    }

    /// Returns the kinds under which its names are stored.
    pub fn kinds(&self) -> impl Iterator<Item = Kind> + '_ {
        let others = self.taken_for.iter().copied();
        std::iter::once(self.kind).chain(others.filter(|kind| *kind != self.kind))
    }
}

/// Why a register is not used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegisterFault {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
}

impl fmt::Display for RegisterFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RegisterFault {
            line,
            column,
            reason,
        } = self;
        write!(f, "line {line}, column {column}: {reason}")
    }
}

impl std::error::Error for RegisterFault {}

/// All entries, in the order of the file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Register {
    entries: Vec<Entry>,
    /// Which entry has a folded name, by the kind it is stored under.
    claims: HashMap<(Kind, String), usize>,
}

const KEYS: [&str; 7] = [
    "name",
    "kind",
    "aliases",
    "taken_for",
    "hide",
    "not_same_as",
    "notes",
];

impl Register {
    /// Reads the register.
    ///
    /// # Errors
    ///
    /// The first fault, be it of form or of sense.
    pub fn parse(text: &str) -> Result<Register, RegisterFault> {
        let reader = Reader { text };
        let document = Document::parse(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            reader.fault(Some(span), error.message().replace('\n', "; "))
        })?;
        let mut register = Register::default();
        for (key, item) in document.iter() {
            if key != "entity" {
                let span = document.key(key).and_then(toml_edit::Key::span);
                let reason = format!("unknown table {key}; every entry begins with [[entity]]");
                return Err(reader.fault(span, reason));
            }
            let Some(tables) = item.as_array_of_tables() else {
                let reason = "write [[entity]] before each entry".to_owned();
                return Err(reader.fault(item.span(), reason));
            };
            for table in tables {
                let entry = reader.entry(table)?;
                register.add(entry, table, &reader)?;
            }
        }
        Ok(register)
    }

    /// Returns the entries in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the number of the entry that has `name` as it is stored under `kind`.
    pub fn find(&self, kind: Kind, name: &str) -> Option<usize> {
        self.find_key(kind, &fold_name(name))
    }

    /// Returns the number of the entry that has the folded name `key`.
    pub fn find_key(&self, kind: Kind, key: &str) -> Option<usize> {
        self.claims.get(&(kind, key.to_owned())).copied()
    }

    /// Returns true if an entry keeps two names of a kind apart.
    pub fn keeps_apart(&self, kind: Kind, one: &str, other: &str) -> bool {
        let keeps = |one: &str, other: &str| {
            let other = fold_name(other);
            let entry = self.find(kind, one).and_then(|at| self.entries.get(at));
            let apart = entry.map_or(&[][..], |entry| &entry.not_same_as);
            apart.iter().any(|name| fold_name(name) == other)
        };
        keeps(one, other) || keeps(other, one)
    }

    /// Adds an entry none of whose names is claimed, and returns true; leaves all as it
    /// is if one is.
    pub(super) fn note(&mut self, entry: &Entry) -> bool {
        let claims = || {
            let keys = entry.names().map(fold_name);
            keys.flat_map(|key| entry.kinds().map(move |kind| (kind, key.clone())))
        };
        if claims().any(|claim| self.claims.contains_key(&claim)) {
            return false;
        }
        let number = self.entries.len();
        self.claims.extend(claims().map(|claim| (claim, number)));
        self.entries.push(entry.clone());
        true
    }

    fn add(
        &mut self,
        entry: Entry,
        table: &Table,
        reader: &Reader<'_>,
    ) -> Result<(), RegisterFault> {
        let number = self.entries.len();
        let place = |name: &str| {
            let in_array = array(table, "aliases").find(|(text, _)| *text == name);
            in_array
                .and_then(|(_, span)| span)
                .or_else(|| table.get("name").and_then(Item::span))
        };
        for name in entry.names() {
            let key = fold_name(name);
            for kind in entry.kinds() {
                let taken = self.claims.insert((kind, key.clone()), number);
                if let Some(other) = taken.filter(|other| *other != number) {
                    let other = &self.entries[other].name;
                    let reason = format!("{name:?} already belongs to the entry {other:?}");
                    return Err(reader.fault(place(name), reason));
                }
            }
        }
        for (name, span) in array(table, "not_same_as") {
            let key = fold_name(name);
            if entry.names().any(|own| fold_name(own) == key) {
                let reason = format!("{name:?} is a name of this entry and not the same as it");
                return Err(reader.fault(span, reason));
            }
        }
        self.entries.push(entry);
        Ok(())
    }
}

/// Returns the strings of an array with their places; what is no string is refused
/// elsewhere.
fn array<'t>(
    table: &'t Table,
    key: &str,
) -> impl Iterator<Item = (&'t str, Option<Range<usize>>)> + use<'t> {
    let array = table.get(key).and_then(Item::as_array);
    let values = array.into_iter().flat_map(Array::iter);
    values.filter_map(|value| Some((value.as_str()?.trim(), value.span())))
}

/// Reads values and says where they are wrong.
struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    fn fault(&self, span: Option<Range<usize>>, reason: String) -> RegisterFault {
        let start = span.map_or(0, |span| span.start).min(self.text.len());
        let before = self.text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        RegisterFault {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            reason,
        }
    }

    fn entry(&self, table: &Table) -> Result<Entry, RegisterFault> {
        for (key, _) in table {
            if !KEYS.contains(&key) {
                let span = table.key(key).and_then(toml_edit::Key::span);
                return Err(self.fault(span, unknown_key(key)));
            }
        }
        let missing = |key: &str| {
            let reason = format!("this entry has no {key}");
            self.fault(table.span(), reason)
        };
        let name = table.get("name").ok_or_else(|| missing("name"))?;
        let kind = table.get("kind").ok_or_else(|| missing("kind"))?;
        let mut entry = Entry::new(self.kind(kind.as_value())?, self.name(name.as_value())?);
        entry.aliases = self.list(table, "aliases", |value| {
            self.name(value).map(str::to_owned)
        })?;
        entry.not_same_as = self.list(table, "not_same_as", |value| {
            self.name(value).map(str::to_owned)
        })?;
        entry.taken_for = self.list(table, "taken_for", |value| self.kind(value))?;
        if let Some(item) = table.get("hide") {
            entry.hide = item.as_bool().ok_or_else(|| {
                self.fault(
                    item.span(),
                    "hide is true or false, without quotes".to_owned(),
                )
            })?;
        }
        if let Some(item) = table.get("notes") {
            let notes = item.as_str();
            let notes =
                notes.ok_or_else(|| self.fault(item.span(), "notes are a text".to_owned()))?;
            entry.notes = notes.to_owned();
        }
        Ok(entry)
    }

    fn name<'v>(&self, value: Option<&'v Value>) -> Result<&'v str, RegisterFault> {
        let name = value.and_then(Value::as_str).map(str::trim);
        name.filter(|name| !name.is_empty()).ok_or_else(|| {
            let span = value.and_then(Value::span);
            self.fault(span, "a name is a text in quotes, and not empty".to_owned())
        })
    }

    fn kind(&self, value: Option<&Value>) -> Result<Kind, RegisterFault> {
        let kind = match value.and_then(Value::as_str) {
            Some("person") => Some(Kind::Person),
            Some("organization") => Some(Kind::Organization),
            Some("place") => Some(Kind::Place),
            _ => None,
        };
        kind.ok_or_else(|| {
            let reason = "a kind is \"person\", \"organization\" or \"place\"".to_owned();
            self.fault(value.and_then(Value::span), reason)
        })
    }

    fn list<T>(
        &self,
        table: &Table,
        key: &str,
        read: impl Fn(Option<&Value>) -> Result<T, RegisterFault>,
    ) -> Result<Vec<T>, RegisterFault> {
        let Some(item) = table.get(key) else {
            return Ok(Vec::new());
        };
        let array = item.as_array().ok_or_else(|| {
            let reason = format!("{key} is a list: {key} = [\"…\"]");
            self.fault(item.span(), reason)
        })?;
        array.iter().map(|value| read(Some(value))).collect()
    }
}

fn unknown_key(key: &str) -> String {
    let is_near = |known: &&&str| {
        let shared = known.chars().zip(key.chars()).take_while(|(a, b)| a == b);
        shared.count() >= 3
    };
    match KEYS.iter().find(is_near) {
        Some(known) => format!("unknown key {key}; did you mean {known}?"),
        None => format!("unknown key {key}; an entry has {}", KEYS.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BBC: &str = "[[entity]]\nname = \"British Broadcasting Corporation\"\n\
        kind = \"organization\"\naliases = [\"BBC\", \"Auntie\"]\n";

    fn check(text: &str, expected: &str) {
        let shown = match Register::parse(text) {
            Ok(register) => format!("{} entries", register.entries().len()),
            Err(fault) => fault.to_string(),
        };
        assert_eq!(shown, expected, "register:\n{text}");
    }

    #[test]
    fn faults_are_placed() {
        check("", "0 entries");
        check("# nothing yet\n", "0 entries");
        check(BBC, "1 entries");
        check(
            &format!("{BBC}\n[[entity]]\nname = \"B.B.C.\"\nkind = \"organization\"\n"),
            "line 7, column 8: \"B.B.C.\" already belongs to the entry \"British Broadcasting Corporation\"",
        );
        check(
            &format!(
                "{BBC}\n[[entity]]\nname = \"X\"\nkind = \"organization\"\naliases = [\"é\", \"auntie\"]\n"
            ),
            "line 9, column 17: \"auntie\" already belongs to the entry \"British Broadcasting Corporation\"",
        );
        check(
            &format!("{BBC}not_same_as = [\"bbc\"]\n"),
            "line 5, column 16: \"bbc\" is a name of this entry and not the same as it",
        );
        check(
            &format!("{BBC}alias = \"x\"\n"),
            "line 5, column 1: unknown key alias; did you mean aliases?",
        );
        check(
            "[[entity]]\nkind = \"place\"\n",
            "line 1, column 1: this entry has no name",
        );
        check(
            "[[entity]]\nname = \"a\"\nkind = \"org\"\n",
            "line 3, column 8: a kind is \"person\", \"organization\" or \"place\"",
        );
        check(
            "[[entity]]\nname = \" \"\nkind = \"place\"\n",
            "line 2, column 8: a name is a text in quotes, and not empty",
        );
        check(
            "[[entity]]\nname = \"a\"\nkind = \"place\"\nhide = \"yes\"\n",
            "line 4, column 8: hide is true or false, without quotes",
        );
        check(
            "[entities]\n",
            "line 1, column 2: unknown table entities; every entry begins with [[entity]]",
        );
        let broken = Register::parse("[[entity]]\nname = \"a\n").unwrap_err();
        assert_eq!((broken.line, broken.column > 1), (2, true), "{broken}");
    }

    #[test]
    fn one_name_may_be_several_kinds_unless_an_entry_claims_them() {
        let twice = "[[entity]]\nname = \"Victoria\"\nkind = \"place\"\n\
            [[entity]]\nname = \"Victoria\"\nkind = \"person\"\n";
        check(twice, "2 entries");
        check(
            &format!("{twice}taken_for = [\"place\"]\n"),
            "line 5, column 8: \"Victoria\" already belongs to the entry \"Victoria\"",
        );
    }
}
