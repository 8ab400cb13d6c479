//! ninjs 1 to 3: a news item as one JSON object, in a file of its own, in a list or on
//! a line. Pictures, video, sound and events are items too, and no articles.

use serde_json::{Map, Value};

use super::super::Refusal;
use super::super::markup::{is_html, text_of_element, text_of_html};
use super::super::xml;
use super::nitf;
use crate::article::{Kind, Origin, Page, Provenance, Record};

/// Returns true if an object is a ninjs item: it has an address, and something that
/// only these items have.
pub(super) fn is_item(object: &Map<String, Value>) -> bool {
    const SIGNS: [&str; 12] = [
        "versioncreated",
        "versionCreated",
        "pubstatus",
        "pubStatus",
        "body_text",
        "body_xhtml",
        "bodies",
        "headlines",
        "representationtype",
        "representationType",
        "eventDetails",
        "$standard",
    ];
    object.contains_key("uri") && SIGNS.iter().any(|sign| object.contains_key(*sign))
}

/// Makes a record of a ninjs item.
pub(super) fn parse(object: &Map<String, Value>, origin: Origin) -> Result<Record, Refusal> {
    if let Some(reason) = no_article(object) {
        return Err(Refusal::NoArticle(reason));
    }
    let date = |stages: &[&str]| {
        let keys = stages
            .iter()
            .flat_map(|stage| ["created", "Created"].map(|end| format!("{stage}{end}")));
        keys.into_iter().find_map(|key| text(object, &key))
    };
    let mut record = Record {
        id: text(object, "uri"),
        title: parts(object, "headlines", "headline")
            .into_iter()
            .map(|part| part.text)
            .next()
            .or_else(|| text(object, "title")),
        // An agency sends a story again each time it changes it.
        published: date(&["first", "version", "content"]),
        modified: date(&["version"]),
        byline: byline(object).into_iter().collect(),
        language: text(object, "language"),
        source: source(object),
        url: text(object, "uri").filter(|uri| uri.starts_with("http")),
        topics: names(object, &["subjects", "subject"]),
        origin,
        ..Record::default()
    };
    for (keys, kind) in [
        (["people", "person"], Kind::Person),
        (["organisations", "organisation"], Kind::Organization),
        (["places", "place"], Kind::Place),
    ] {
        let found = names(object, &keys).into_iter();
        record
            .names
            .extend(found.map(|name| (kind, name, Provenance::Gold)));
    }
    fill_body(object, &mut record);
    drop_repeated_title(&mut record);
    let has_text = matches!(&record.page, Page::Body(body) if !body.is_empty());
    if !has_text && record.title.is_none() {
        return Err(Refusal::NoArticle(
            "is a news item without headline and text".to_owned(),
        ));
    }
    Ok(record)
}

/// Says what an item is that is no article.
fn no_article(object: &Map<String, Value>) -> Option<String> {
    let status = text(object, "pubstatus")
        .or_else(|| text(object, "pubStatus"))
        .unwrap_or_default();
    if matches!(status.as_str(), "canceled" | "withheld") {
        return Some(format!("was {status} by its agency"));
    }
    let has_body = ["body_text", "body_xhtml", "bodies"]
        .iter()
        .any(|key| object.contains_key(*key));
    match text(object, "type").as_deref() {
        Some("text") => None,
        Some("composite") if has_body => None,
        Some(kind) => Some(format!("is a news item of the type {kind}, not text")),
        None if object.contains_key("eventDetails") => Some("is an event, not news".to_owned()),
        None => None,
    }
}

fn text(object: &Map<String, Value>, key: &str) -> Option<String> {
    let text = object.get(key)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Returns the byline without the word for "by" and without the agency itself.
fn byline(object: &Map<String, Value>) -> Option<String> {
    const BY: [(&str, &str); 9] = [
        ("de", "Von "),
        ("es", "Por "),
        ("pt", "Por "),
        ("fr", "Par "),
        ("it", "Di "),
        ("nl", "Door "),
        ("sv", "Av "),
        ("nb", "Av "),
        ("da", "Af "),
    ];
    let byline = text(object, "by").or_else(|| text(object, "byline"))?;
    let language = text(object, "language").unwrap_or_default();
    let by = BY
        .iter()
        .find(|(tag, by)| language.starts_with(tag) && byline.starts_with(by));
    let byline = by.map_or(byline.as_str(), |(_, by)| &byline[by.len()..]);
    let Some(agency) = source(object) else {
        return Some(byline.to_owned());
    };
    let people: Vec<&str> = byline
        .split(',')
        .map(str::trim)
        .filter(|name| !name.eq_ignore_ascii_case(&agency))
        .collect();
    Some(people.join(", ")).filter(|people| !people.is_empty())
}

fn source(object: &Map<String, Value>) -> Option<String> {
    let info = names(object, &["infosources", "infoSources", "infosource"]);
    text(object, "copyrightholder")
        .or_else(|| text(object, "copyrightHolder"))
        .or_else(|| info.into_iter().next())
}

fn names(object: &Map<String, Value>, keys: &[&str]) -> Vec<String> {
    let list = keys.iter().find_map(|key| object.get(*key)?.as_array());
    let entries = list.into_iter().flatten().filter_map(Value::as_object);
    entries.filter_map(|entry| text(entry, "name")).collect()
}

/// A text of an item in one of its forms.
struct Part {
    role: String,
    kind: String,
    text: String,
}

/// Returns the texts of a field: a list of objects in ninjs 2 and 3, in ninjs 1 a field
/// or several that begin with its name. Those that are the main ones come first.
fn parts(object: &Map<String, Value>, list: &str, field: &str) -> Vec<Part> {
    let entries = object
        .get(list)
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let mut parts: Vec<Part> = entries
        .filter_map(Value::as_object)
        .filter_map(|entry| {
            Some(Part {
                role: text(entry, "role").unwrap_or_default(),
                kind: text(entry, "contenttype")
                    .or_else(|| text(entry, "contentType"))
                    .unwrap_or_default(),
                text: text(entry, "value")?,
            })
        })
        .collect();
    parts.sort_by_key(|part| !matches!(part.role.as_str(), "main" | ""));
    let begins = format!("{field}_");
    let named = object
        .iter()
        .filter(|(key, _)| *key == field || key.starts_with(&begins));
    parts.extend(named.filter_map(|(key, value)| {
        let role = key.strip_prefix(&begins).unwrap_or_default().to_owned();
        let text = value.as_str()?.trim().to_owned();
        let kind = String::new();
        (!text.is_empty()).then_some(Part { role, kind, text })
    }));
    parts
}

/// Gives the record the best form of the text: marked-up ones keep paragraphs.
fn fill_body(object: &Map<String, Value>, record: &mut Record) {
    let mut bodies = parts(object, "bodies", "body");
    let rank = |part: &Part| match (part.role.as_str(), part.kind.as_str()) {
        (_, kind) if kind.to_lowercase().contains("nitf") => 0,
        ("nitf", _) => 0,
        ("xhtml" | "html" | "html5", _) => 1,
        (_, kind) if kind.contains("html") => 1,
        _ => 2,
    };
    bodies.sort_by_key(rank);
    for part in &bodies {
        if rank(part) == 0 && fill_from_nitf(&part.text, record) {
            return;
        }
        let body = match is_html(&part.text) {
            true => text_of_html(&part.text),
            false => part.text.clone(),
        };
        if !body.is_empty() && rank(part) > 0 {
            record.page = Page::Body(body);
            return;
        }
    }
    let descriptions = parts(object, "descriptions", "description");
    let summary = descriptions
        .into_iter()
        .next()
        .map(|part| match is_html(&part.text) {
            true => text_of_html(&part.text),
            false => part.text,
        });
    record.page = Page::Body(summary.unwrap_or_default());
}

fn fill_from_nitf(text: &str, record: &mut Record) -> bool {
    let Ok((root, _)) = xml::parse(text) else {
        return false;
    };
    if root.local_name() == "nitf" {
        nitf::fill(&root, record);
    } else {
        record.page = Page::Body(text_of_element(&root));
    }
    matches!(&record.page, Page::Body(body) if !body.is_empty())
}

/// Some agencies repeat the headline as the first paragraph.
fn drop_repeated_title(record: &mut Record) {
    let Page::Body(body) = &mut record.page else {
        return;
    };
    let first = body.split('\n').next().unwrap_or_default();
    if record.title.as_deref() == Some(first.trim()) {
        *body = body[first.len()..].trim_start().to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Record, Refusal> {
        let object: Map<String, Value> = serde_json::from_str(text).unwrap();
        assert!(is_item(&object), "{text}");
        parse(&object, Origin::default())
    }

    #[test]
    fn all_versions_are_read() {
        for text in [
            r#"{"uri":"u","type":"text","versioncreated":"2024-03-05T08:30:00Z","headline":"Strike ends","body_text":"It ended.",
                "body_xhtml":"<p>It</p><p>ended.</p>","byline":"Jo Ek","person":[{"name":"Ann Berg"}]}"#,
            r#"{"uri":"u","versionCreated":"2024-03-05T08:30:00Z","headlines":[{"role":"sub","value":"x"},{"role":"main","value":"Strike ends"}],
                "bodies":[{"role":"text","value":"It ended."},{"contentType":"text/html","value":"<h1>Strike ends</h1><p>It</p><p>ended.</p>"}],
                "by":"Jo Ek","people":[{"name":"Ann Berg"}]}"#,
        ] {
            let record = read(text).unwrap();
            assert_eq!(record.title.as_deref(), Some("Strike ends"));
            assert_eq!(record.page, Page::Body("It\n\nended.".into()));
            assert_eq!(record.byline, ["Jo Ek"]);
            assert_eq!(record.published.as_deref(), Some("2024-03-05T08:30:00Z"));
            assert_eq!(
                record.names,
                [(Kind::Person, "Ann Berg".to_owned(), Provenance::Gold)]
            );
        }
    }

    #[test]
    fn other_items_say_what_they_are() {
        for (text, expected) in [
            (
                r#"{"uri":"u","type":"picture","versioncreated":"x"}"#,
                "is a news item of the type picture, not text",
            ),
            (
                r#"{"uri":"u","title":"t","eventDetails":{}}"#,
                "is an event, not news",
            ),
            (
                r#"{"uri":"u","pubstatus":"canceled"}"#,
                "was canceled by its agency",
            ),
            (
                r#"{"uri":"u","pubstatus":"usable"}"#,
                "is a news item without headline and text",
            ),
        ] {
            assert_eq!(
                read(text),
                Err(Refusal::NoArticle(expected.to_owned())),
                "{text}"
            );
        }
    }
}
