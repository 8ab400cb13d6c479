//! Markdown with front matter, as static sites keep their articles.
//!
//! Of YAML and TOML the front matter's usual subset is read: keys with a text, a number
//! or a list. What is nested deeper is left out. Of Markdown the marks are taken away and
//! the words kept; tables and code stay as they are written.

use serde_json::{Map, Value};

use super::super::decode::decode;
use super::super::markup::text_of_html;
use super::super::{FieldMap, RawRecord, Refusal};
use super::jsonl;
use crate::article::{Page, Record};

/// Returns true if `text` begins with front matter that names a field.
pub(super) fn has_front_matter(text: &str) -> bool {
    front_matter(text).is_some_and(|(fields, _)| !fields.is_empty())
}

pub(super) fn parse(raw: RawRecord, map: &FieldMap) -> Result<Record, Refusal> {
    let (text, note) = decode(&raw.bytes, raw.origin.offset);
    let text = text.replace("\r\n", "\n");
    let (mut fields, content) = front_matter(&text).unwrap_or_else(|| (Map::new(), text.as_str()));
    let (title, body) = plain(content);
    let has_title = ["title", "headline"]
        .iter()
        .any(|name| fields.contains_key(*name));
    if !has_title && let Some(title) = &title {
        fields.insert("title".to_owned(), Value::String(title.clone()));
    }
    if !has_title && title.is_none() && !body.is_empty() {
        // A text without a headline is a text.
        fields.insert("body".to_owned(), Value::String(body.clone()));
    }
    let notes = note.into_iter().collect();
    let mut record = jsonl::record_of(&fields, raw.origin, map, notes)?;
    record.page = Page::Body(match (&record.title, title) {
        // A heading that is not the title belongs to the text.
        (Some(known), Some(found)) if *known != found => format!("{found}\n\n{body}"),
        _ => body,
    });
    // What is filed under a category is filed under a tag.
    record.tags = list(&fields, &["tags", "categories", "keywords"]);
    Ok(record)
}

fn list(fields: &Map<String, Value>, names: &[&str]) -> Vec<String> {
    let values = names.iter().filter_map(|name| fields.get(*name));
    values
        .flat_map(|value| match value {
            Value::Array(items) => items.iter().filter_map(jsonl::text_of).collect(),
            Value::String(text) => text.split(',').map(|tag| tag.trim().to_owned()).collect(),
            _ => Vec::new(),
        })
        .filter(|tag| !tag.is_empty())
        .collect()
}

/// Cuts `text` into the fields before it and its content.
fn front_matter(text: &str) -> Option<(Map<String, Value>, &str)> {
    let text = text.trim_start_matches('\u{FEFF}');
    let (fence, mark) = match text {
        _ if text.starts_with("---") => ("---", ':'),
        _ if text.starts_with("+++") => ("+++", '='),
        _ => return None,
    };
    let (first, rest) = text.split_once('\n')?;
    if first.trim_end() != fence {
        return None;
    }
    let mut fields = Map::new();
    let mut key = String::new();
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        at += line.len();
        let line = line.trim_end();
        if line == fence || (fence == "---" && line == "...") {
            return Some((fields, &rest[at..]));
        }
        let content = line.trim();
        let is_inside = line.starts_with([' ', '\t']) || content.starts_with("- ");
        match (is_inside, content.split_once(mark)) {
            _ if content.is_empty() || content.starts_with('#') => {}
            (true, _) => add_to(&mut fields, &key, content),
            (false, Some((name, value))) => {
                key = name.trim().trim_matches('"').to_owned();
                fields.insert(key.clone(), value_of(value.trim()));
            }
            (false, None) => return None,
        }
    }
    None
}

/// Reads a value on one line.
fn value_of(text: &str) -> Value {
    if let Some(items) = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
    {
        let items = items
            .split(',')
            .map(|item| unquoted(item.trim()))
            .filter(|item| !item.is_empty());
        return Value::Array(items.map(Value::String).collect());
    }
    match text {
        "" | ">" | "|" | ">-" | "|-" => Value::Null,
        text => Value::String(unquoted(text)),
    }
}

fn unquoted(text: &str) -> String {
    for quote in ["\"\"\"", "\"", "'"] {
        let inner = text
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return match quote {
                "'" => inner.replace("''", "'"),
                _ => inner.replace("\\\"", "\"").replace("\\\\", "\\"),
            };
        }
    }
    text.split(" #")
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

/// Adds a line that belongs to the key above it: an item of a list, or more text.
fn add_to(fields: &mut Map<String, Value>, key: &str, line: &str) {
    let Some(value) = fields.get_mut(key) else {
        return;
    };
    match (line.strip_prefix("- "), &mut *value) {
        (Some(item), Value::Array(items)) => items.push(item_of(item)),
        (Some(item), Value::Null) => *value = Value::Array(vec![item_of(item)]),
        (None, Value::Null) => *value = Value::String(unquoted(line)),
        (None, Value::String(text)) => {
            text.push(' ');
            text.push_str(line);
        }
        _ => {}
    }
}

/// Reads an item of a list; one that has keys of its own is known by its name.
fn item_of(text: &str) -> Value {
    let name = text.strip_prefix("name:").unwrap_or(text);
    Value::String(unquoted(name.trim()))
}

/// Returns the first heading of the highest level, if the text begins with it, and the
/// words of the rest.
fn plain(content: &str) -> (Option<String>, String) {
    let mut title = None;
    let mut paragraphs: Vec<String> = Vec::new();
    let mut is_open = false;
    let mut is_code = false;
    for line in content.lines() {
        let bare = line.trim();
        if bare.starts_with("```") || bare.starts_with("~~~") {
            is_code = !is_code;
            is_open = false;
            continue;
        }
        let is_rule = bare.len() >= 3 && bare.chars().all(|c| matches!(c, '-' | '*' | '_' | '='));
        if bare.is_empty() || (is_rule && !is_code) {
            is_open = is_code;
            continue;
        }
        if let Some(heading) = heading(bare).filter(|_| !is_code) {
            let text = words(heading.1);
            if heading.0 == 1 && title.is_none() && paragraphs.is_empty() {
                title = Some(text);
            } else {
                paragraphs.push(text);
            }
            is_open = false;
            continue;
        }
        let is_item = bare.starts_with("- ") || bare.starts_with("* ") || bare.starts_with("+ ");
        let text = if is_code {
            line.to_owned()
        } else {
            words(without_marks(bare))
        };
        match paragraphs.last_mut() {
            Some(paragraph) if is_open && !is_item => {
                let breaks = is_code || bare.starts_with('|');
                paragraph.push(if breaks { '\n' } else { ' ' });
                paragraph.push_str(&text);
            }
            _ => paragraphs.push(text),
        }
        is_open = true;
    }
    paragraphs.retain(|paragraph| !paragraph.trim().is_empty());
    (title, paragraphs.join("\n\n"))
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|&byte| byte == b'#').count();
    let rest = line[level..].strip_prefix(' ')?;
    (1..=6)
        .contains(&level)
        .then(|| (level, rest.trim_end_matches(['#', ' '])))
}

/// Takes the marks of quotations and lists from the beginning of a line.
fn without_marks(line: &str) -> &str {
    let line = line.trim_start_matches(['>', ' ']);
    ["- ", "* ", "+ "]
        .iter()
        .find_map(|mark| line.strip_prefix(mark))
        .unwrap_or(line)
}

/// Takes the marks of links, pictures and emphasis away.
fn words(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['[', '!', '*', '_', '`', '\\']) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_picture = rest.starts_with("![");
        let link = link_at(if is_picture { &rest[1..] } else { rest });
        match (rest.as_bytes()[0], link) {
            (b'[' | b'!', Some((label, length))) => {
                if !is_picture {
                    plain.push_str(&label.replace(['*', '`'], ""));
                }
                rest = &rest[length + usize::from(is_picture)..];
            }
            (b'\\', _) if rest[1..].starts_with(|c: char| c.is_ascii_punctuation()) => {
                plain.push_str(&rest[1..2]);
                rest = &rest[2..];
            }
            (b'*' | b'`', _) => rest = &rest[1..],
            // An underscore inside a word is part of it.
            (b'_', _) if !is_inside_word(&plain, &rest[1..]) => rest = &rest[1..],
            _ => {
                plain.push_str(&rest[..1]);
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    if plain.contains('<') {
        text_of_html(&plain)
    } else {
        plain
    }
}

fn is_inside_word(before: &str, after: &str) -> bool {
    before.ends_with(char::is_alphanumeric) && after.starts_with(char::is_alphanumeric)
}

/// Returns the label of a link `[label](address)` or `[label][name]`, and its length.
fn link_at(text: &str) -> Option<(&str, usize)> {
    const LONGEST: usize = 2_000;
    let text = match text.char_indices().nth(LONGEST) {
        Some((end, _)) => &text[..end],
        None => text,
    };
    let close = text.find(']')?;
    let label = text.get(1..close)?;
    let rest = &text[close + 1..];
    let end = match rest.chars().next()? {
        '(' => rest.find(')')?,
        '[' => rest.find(']')?,
        _ => return None,
    };
    Some((label, close + 1 + end + 1))
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::*;
    use crate::article::Origin;

    fn read(text: &str) -> Record {
        let raw = RawRecord {
            origin: Origin::default(),
            format: Format::Markdown,
            bytes: text.into(),
            context: None,
            note: None,
        };
        parse(raw, &FieldMap::default()).unwrap()
    }

    #[test]
    fn front_matter_and_text() {
        let record = read(
            "---\ntitle: \"Strike: it's over\"\ndate: 2024-03-05T08:30:00+01:00 # when\nauthor:\n  - Jo Ek\n  - name: Ann Berg\n\
tags: [port, 'labor']\nsummary: >\n  Long\n  text\n---\n\nIt **ended** on [Friday](https://x.example/a_b),\nsaid _Berg_.\n\n\
## Then\n\n> All left.\n\n![ship](s.png)\n- one\n- two\n",
        );
        assert_eq!(record.title.as_deref(), Some("Strike: it's over"));
        assert_eq!(
            record.published.as_deref(),
            Some("2024-03-05T08:30:00+01:00")
        );
        assert_eq!(record.byline, ["Jo Ek", "Ann Berg"]);
        assert_eq!(record.tags, ["port", "labor"]);
        assert_eq!(
            record.page,
            Page::Body("It ended on Friday, said Berg.\n\nThen\n\nAll left.\n\none\n\ntwo".into())
        );
        let record = read("+++\ntitle = \"Strike\"\n+++\nIt ended.");
        assert_eq!(record.title.as_deref(), Some("Strike"));
        let record = read("# Strike\n\nsnake_case stays");
        assert_eq!(record.title.as_deref(), Some("Strike"));
        assert_eq!(record.page, Page::Body("snake_case stays".into()));
    }

    #[test]
    fn a_rule_is_no_front_matter() {
        assert!(!has_front_matter("---\nA text.\n---\n"));
        assert!(!has_front_matter("--- \n"));
        assert!(has_front_matter("---\ntitle: A\n---\n"));
    }
}
