//! Edits the text of a register and leaves everything else in it as a person wrote it:
//! order, comments, spacing.
//!
//! Every edit reads the text, changes it, and reads the result; a change that would
//! leave a register that contradicts itself is refused.

use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, Value, value};

use super::register::{Entry, Register, RegisterFault};
use crate::article::Kind;
use crate::text::fold_name;

/// One change of a register. Names are as they are stored, or as an entry has them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// `names` become names of the one that is shown as `into`.
    Merge {
        /// What it is.
        kind: Kind,
        /// The name it will have.
        into: String,
        /// Its other names, with the kinds they are stored under.
        names: Vec<(Kind, String)>,
    },
    /// The one that is called `from` is shown as `to`, and keeps `from` as an alias.
    Rename {
        /// What it is.
        kind: Kind,
        /// The name it has.
        from: String,
        /// The name it will have.
        to: String,
    },
    /// The one that is called `name` is left out of everything, or no longer.
    Hide {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: String,
        /// Whether it is left out.
        hide: bool,
    },
    /// `name` is taken out of what is shown as `from`, and kept out.
    Split {
        /// What it is.
        kind: Kind,
        /// The name to take out.
        name: String,
        /// The canonical name of what it was united with.
        from: String,
    },
    /// Two names are kept apart, whatever the corpus says.
    Apart {
        /// What both are.
        kind: Kind,
        /// One name.
        name: String,
        /// The other.
        other: String,
    },
    /// An entry is added, or added to the one that has its name.
    Add(Entry),
}

/// Why a register was not changed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EditError {
    /// It could not be read before.
    #[error("the register cannot be read")]
    Before(#[source] RegisterFault),
    /// It would contradict itself afterwards.
    #[error("the register would contradict itself")]
    After(#[source] RegisterFault),
    /// The canonical name of an entry cannot be taken out of it.
    #[error(
        "{0:?} is the name that the others were united under; split off an alias, or rename it first"
    )]
    SplitsCanonical(String),
}

/// Returns `text` with `changes` made; the same text if there is nothing to change.
///
/// # Errors
///
/// If the text is faulty before, or would be afterwards.
pub fn edit(text: &str, changes: &[Change]) -> Result<String, EditError> {
    let register = Register::parse(text).map_err(EditError::Before)?;
    let document: DocumentMut = text
        .parse()
        .expect("what the register reads is a TOML document");
    let mut editor = Editor { document, register };
    for change in changes {
        editor.make(change)?;
    }
    let edited = editor.document.to_string();
    Register::parse(&edited).map_err(EditError::After)?;
    Ok(edited)
}

struct Editor {
    document: DocumentMut,
    /// What the document says, kept in step with it.
    register: Register,
}

impl Editor {
    fn make(&mut self, change: &Change) -> Result<(), EditError> {
        match change {
            Change::Merge { kind, into, names } => self.merge(*kind, into, names),
            Change::Rename { kind, from, to } => self.rename(*kind, from, to),
            Change::Hide { kind, name, hide } => {
                let at = self.entry(*kind, name);
                let table = self.table(at);
                if *hide {
                    table["hide"] = value(true);
                } else {
                    table.remove("hide");
                }
                self.drop_if_empty(at);
            }
            Change::Split { kind, name, from } => self.split(*kind, name, from)?,
            Change::Apart { kind, name, other } => {
                let at = self.entry(*kind, name);
                self.push(at, "not_same_as", other);
            }
            Change::Add(entry) => {
                self.add(entry);
                // Thousands may come at once, and most are new.
                if self.register.note(entry) {
                    return Ok(());
                }
            }
        }
        self.refresh()
    }

    fn refresh(&mut self) -> Result<(), EditError> {
        self.register = Register::parse(&self.document.to_string()).map_err(EditError::After)?;
        Ok(())
    }

    fn merge(&mut self, kind: Kind, into: &str, names: &[(Kind, String)]) {
        // Entries that are swallowed bring their aliases, and go; from the last, so that
        // the numbers of those before stay right.
        let home = self.register.find(kind, into);
        let mut swallowed: Vec<usize> = names
            .iter()
            .filter_map(|(kind, name)| self.register.find(*kind, name))
            .filter(|at| Some(*at) != home)
            .collect();
        swallowed.sort_unstable();
        swallowed.dedup();
        let entries: Vec<Entry> = swallowed
            .iter()
            .map(|at| self.register.entries()[*at].clone())
            .collect();
        let target = self.entry(kind, into);
        self.set_name(target, into);
        for entry in &entries {
            entry
                .names()
                .for_each(|name| self.push(target, "aliases", name));
            for other in &entry.not_same_as {
                self.push(target, "not_same_as", other);
            }
            for kind in &entry.taken_for {
                self.push(target, "taken_for", kind_name(*kind));
            }
        }
        for (stored, name) in names {
            self.push(target, "aliases", name);
            if *stored != kind {
                self.push(target, "taken_for", kind_name(*stored));
            }
        }
        // What was kept apart from itself has been decided otherwise.
        let table = self.table(target);
        let own: Vec<String> = list(table, "aliases").chain([into.to_owned()]).collect();
        for name in own {
            self.drop_from(target, "not_same_as", &name);
        }
        self.drop_from(target, "aliases", into);
        self.drop_from(target, "taken_for", kind_name(kind));
        for at in swallowed.into_iter().rev() {
            self.remove(at);
        }
    }

    fn rename(&mut self, kind: Kind, from: &str, to: &str) {
        let at = self.entry(kind, from);
        self.set_name(at, to);
    }

    fn split(&mut self, kind: Kind, name: &str, from: &str) -> Result<(), EditError> {
        let key = fold_name(name);
        if key == fold_name(from) {
            return Err(EditError::SplitsCanonical(from.to_owned()));
        }
        if let Some(at) = self.register.find_key(kind, &key) {
            if fold_name(&self.register.entries()[at].name) == key {
                self.push(at, "not_same_as", from);
                return Ok(());
            }
            self.drop_from(at, "aliases", name);
            self.drop_if_empty(at);
            self.refresh()?;
        }
        // Spelling alone may have united them: keep them apart whatever the corpus says.
        let at = self.entry(kind, name);
        self.push(at, "not_same_as", from);
        Ok(())
    }

    fn add(&mut self, entry: &Entry) {
        let at = self.entry(entry.kind, &entry.name);
        for alias in &entry.aliases {
            self.push(at, "aliases", alias);
        }
        for kind in &entry.taken_for {
            self.push(at, "taken_for", kind_name(*kind));
        }
        for name in &entry.not_same_as {
            self.push(at, "not_same_as", name);
        }
        let table = self.table(at);
        if entry.hide {
            table["hide"] = value(true);
        }
        if !entry.notes.is_empty() {
            table["notes"] = value(&entry.notes);
        }
    }

    /// Returns the number of the entry that has the name, which is made if there is none.
    fn entry(&mut self, kind: Kind, name: &str) -> usize {
        if let Some(at) = self.register.find(kind, name) {
            return at;
        }
        let tables = self.document.get("entity");
        let tables = tables.and_then(Item::as_array_of_tables);
        let mut gap = "\n".to_owned();
        if tables.is_none_or(ArrayOfTables::is_empty) {
            // What stands in a file without entries stands before the first.
            let head = self.document.trailing().as_str().unwrap_or_default();
            gap = match head.trim().is_empty() {
                true => String::new(),
                false => format!("{}\n\n", head.trim_end()),
            };
            self.document.set_trailing("");
        }
        let item = self.document.entry("entity");
        let tables = item.or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
        let tables = tables
            .as_array_of_tables_mut()
            .expect("a register that was read has only [[entity]] tables");
        let mut table = Table::new();
        table.decor_mut().set_prefix(gap);
        table["name"] = value(name.trim());
        table["kind"] = value(kind_name(kind));
        tables.push(table);
        tables.len() - 1
    }

    fn table(&mut self, at: usize) -> &mut Table {
        let tables = self.document["entity"].as_array_of_tables_mut();
        tables
            .and_then(|tables| tables.get_mut(at))
            .expect("entries are counted as the register counts them")
    }

    fn remove(&mut self, at: usize) {
        let Some(tables) = self.document["entity"].as_array_of_tables_mut() else {
            return;
        };
        let removed = tables.remove(at);
        let prefix = |table: &Table| {
            let prefix = table.decor().prefix().and_then(|text| text.as_str());
            prefix.unwrap_or_default().to_owned()
        };
        // The file does not begin with the blank line that stood between the two.
        let began_file = at == 0 && prefix(&removed).is_empty();
        if let Some(first) = tables.get_mut(0).filter(|_| began_file) {
            let kept = prefix(first).trim_start_matches('\n').to_owned();
            first.decor_mut().set_prefix(kept);
        }
    }

    /// Sets the canonical name; the old one becomes an alias.
    fn set_name(&mut self, at: usize, name: &str) {
        let table = self.table(at);
        let old = table
            .get("name")
            .and_then(Item::as_str)
            .unwrap_or_default()
            .to_owned();
        if old == name.trim() {
            return;
        }
        set_text(table, "name", name.trim());
        self.drop_from(at, "aliases", name);
        if fold_name(&old) != fold_name(name) {
            self.push(at, "aliases", &old);
        }
    }

    /// Adds a text to a list, unless it is there or is the entry's own name.
    fn push(&mut self, at: usize, key: &str, text: &str) {
        let table = self.table(at);
        let folded = fold_name(text);
        let own = table.get("name").and_then(Item::as_str).map(fold_name);
        let is_own = key != "taken_for" && own.as_deref() == Some(folded.as_str());
        if is_own || list(table, key).any(|known| fold_name(&known) == folded) {
            return;
        }
        let array = table
            .entry(key)
            .or_insert(Item::Value(Value::Array(Array::new())));
        if let Some(array) = array.as_array_mut() {
            array.push(text.trim());
            lay_out(array);
        }
    }

    /// Takes a text out of a list, and an empty list out of the entry.
    fn drop_from(&mut self, at: usize, key: &str, text: &str) {
        let folded = fold_name(text);
        let table = self.table(at);
        let Some(array) = table.get_mut(key).and_then(Item::as_array_mut) else {
            return;
        };
        let before = array.len();
        array.retain(|value| {
            value
                .as_str()
                .is_none_or(|known| fold_name(known) != folded)
        });
        if array.is_empty() {
            table.remove(key);
        } else if array.len() < before {
            lay_out(array);
        }
    }

    /// Removes an entry that says nothing any more.
    fn drop_if_empty(&mut self, at: usize) {
        let table = self.table(at);
        if table.iter().all(|(key, _)| matches!(key, "name" | "kind")) {
            self.remove(at);
        }
    }
}

fn list(table: &Table, key: &str) -> impl Iterator<Item = String> + use<> {
    let values: Vec<String> = table
        .get(key)
        .and_then(Item::as_array)
        .into_iter()
        .flat_map(|array| array.iter().filter_map(Value::as_str))
        .map(str::to_owned)
        .collect();
    values.into_iter()
}

/// Writes one text a line, so that a change of one shows as one; short lists stay on
/// their line, and what a person laid out with comments stays as it is.
fn lay_out(array: &mut Array) {
    let has_comments = array.iter().any(|value| {
        let prefix = value.decor().prefix().and_then(|text| text.as_str());
        prefix.is_some_and(|prefix| prefix.contains('#'))
    });
    if has_comments {
        return;
    }
    let is_long = array.len() > 2;
    for (at, value) in array.iter_mut().enumerate() {
        let prefix = match (is_long, at) {
            (true, _) => "\n  ",
            (false, 0) => "",
            (false, _) => " ",
        };
        value.decor_mut().set_prefix(prefix);
        value.decor_mut().set_suffix("");
    }
    array.set_trailing(if is_long { "\n" } else { "" });
    array.set_trailing_comma(is_long);
}

/// Replaces a text and keeps what stands around it.
fn set_text(table: &mut Table, key: &str, text: &str) {
    let decor = table
        .get(key)
        .and_then(Item::as_value)
        .map(|old| old.decor().clone());
    table[key] = value(text);
    if let (Some(decor), Some(new)) = (decor, table[key].as_value_mut()) {
        *new.decor_mut() = decor;
    }
}

pub(super) fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Person => "person",
        Kind::Organization => "organization",
        Kind::Place => "place",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    const ORG: Kind = Kind::Organization;

    fn merge(into: &str, names: &[&str]) -> Change {
        Change::Merge {
            kind: ORG,
            into: into.into(),
            names: names.iter().map(|name| (ORG, name.to_string())).collect(),
        }
    }

    fn check(text: &str, changes: &[Change], expected: Expect) {
        let shown = edit(text, changes).unwrap_or_else(|error| format!("{error:?}"));
        expected.assert_eq(&shown);
    }

    #[test]
    fn merging_makes_an_entry_and_keeps_the_file() {
        check(
            "",
            &[merge("BBC", &["British Broadcasting Corporation"])],
            expect![[r#"
                [[entity]]
                name = "BBC"
                kind = "organization"
                aliases = ["British Broadcasting Corporation"]
            "#]],
        );
        let text = "# Ours.\n\n[[entity]] # first\nname = 'BBC'   # short\nkind = \"organization\"\n\
            aliases = [ \"Auntie\" ]\n\n# Next.\n[[entity]]\nname = \"NTF\"\nkind = \"organization\"\nnotes = \"x\"\n";
        check(
            text,
            &[merge("BBC", &["British Broadcasting Corporation", "Beeb"])],
            expect![[r#"
                # Ours.

                [[entity]] # first
                name = 'BBC'   # short
                kind = "organization"
                aliases = [
                  "Auntie",
                  "British Broadcasting Corporation",
                  "Beeb",
                ]

                # Next.
                [[entity]]
                name = "NTF"
                kind = "organization"
                notes = "x"
            "#]],
        );
    }

    #[test]
    fn merging_two_entries_leaves_one() {
        let text = edit("", &[merge("BBC", &["Beeb"]), merge("NTF", &["Union"])]).unwrap();
        check(
            &text,
            &[merge("National Union", &["NTF", "bbc"])],
            expect![[r#"
                [[entity]]
                name = "National Union"
                kind = "organization"
                aliases = [
                  "BBC",
                  "Beeb",
                  "NTF",
                  "Union",
                ]
            "#]],
        );
    }

    #[test]
    fn names_are_split_off_and_kept_apart() {
        let text = edit("", &[merge("BBC", &["Beeb"])]).unwrap();
        let split = Change::Split {
            kind: ORG,
            name: "Beeb".into(),
            from: "BBC".into(),
        };
        check(
            &text,
            std::slice::from_ref(&split),
            expect![[r#"
                [[entity]]
                name = "Beeb"
                kind = "organization"
                not_same_as = ["BBC"]
            "#]],
        );
        check(
            "",
            &[split.clone(), merge("BBC", &["Beeb"])],
            expect![[r#"
                [[entity]]
                name = "BBC"
                kind = "organization"
                aliases = ["Beeb"]
            "#]],
        );
        let canonical = Change::Split {
            kind: ORG,
            name: "b.b.c.".into(),
            from: "BBC".into(),
        };
        assert!(edit(&text, &[canonical]).is_err());
    }

    #[test]
    fn renaming_and_hiding_are_taken_back() {
        let rename = |from: &str, to: &str| Change::Rename {
            kind: ORG,
            from: from.into(),
            to: to.into(),
        };
        check(
            "",
            &[rename("Beeb", "BBC")],
            expect![[r#"
                [[entity]]
                name = "BBC"
                kind = "organization"
                aliases = ["Beeb"]
            "#]],
        );
        let hide = |hide| Change::Hide {
            kind: ORG,
            name: "Press".into(),
            hide,
        };
        check(
            "",
            &[hide(true)],
            expect![[r#"
                [[entity]]
                name = "Press"
                kind = "organization"
                hide = true
            "#]],
        );
        check("", &[hide(true), hide(false)], expect![""]);
        check(
            "# Ours.\n",
            &[hide(true)],
            expect![[r#"
                # Ours.

                [[entity]]
                name = "Press"
                kind = "organization"
                hide = true
            "#]],
        );
    }

    #[test]
    fn kinds_are_corrected_by_merging() {
        let change = Change::Merge {
            kind: ORG,
            into: "Hezbollah".into(),
            names: vec![(Kind::Person, "Hezbollah".into())],
        };
        check(
            "",
            &[change],
            expect![[r#"
                [[entity]]
                name = "Hezbollah"
                kind = "organization"
                taken_for = ["person"]
            "#]],
        );
    }
}
