//! JSON Feed 1: the items of a feed, with what the feed says about all of them.

use serde_json::{Map, Value};

use super::super::decode::decode;
use super::super::markup::text_of_html;
use super::super::{RawRecord, Refusal};
use super::feed::{absolute, plain_line, plain_text};
use crate::article::{Page, Record};

/// The name of the list of items.
pub(super) const LIST: &str = "items";

/// Returns true if a file that begins with `text` is a JSON feed.
pub(super) fn is_feed(text: &str) -> bool {
    text.contains("\"version\"")
        && text.contains("jsonfeed.org/version/1")
        && text.contains("\"items\"")
        || text.contains("jsonfeed.org\\/version\\/1")
}

pub(super) fn parse(raw: RawRecord) -> Result<Record, Refusal> {
    let (text, note) = decode(&raw.bytes, raw.origin.offset);
    let item: Map<String, Value> = super::jsonl::object(&text)?;
    let head = raw.context.as_deref().map(|head| decode(head, 0).0);
    let feed: Map<String, Value> = head
        .and_then(|head| serde_json::from_str(&head).ok())
        .unwrap_or_default();
    let base = string(&feed, "home_page_url");
    let mut byline = authors(&item);
    if byline.is_empty() {
        byline = authors(&feed);
    }
    let title = string(&item, "title").map(|title| plain_line(&title));
    let body = string(&item, "content_html")
        .map(|html| text_of_html(&html))
        .or_else(|| string(&item, "content_text").map(|text| text.trim().to_owned()))
        .filter(|body| !body.is_empty())
        .or_else(|| string(&item, "summary").map(|text| plain_text(&text)))
        .unwrap_or_default();
    if title.is_none() && body.is_empty() {
        return Err(Refusal::NoArticle(
            "is an item without title and text".to_owned(),
        ));
    }
    let tags = item
        .get("tags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    Ok(Record {
        id: item.get("id").and_then(super::jsonl::text_of),
        title,
        page: Page::Body(body),
        published: string(&item, "date_published").or_else(|| string(&item, "date_modified")),
        modified: string(&item, "date_modified"),
        byline,
        source: string(&feed, "title").map(|title| plain_line(&title)),
        language: string(&item, "language").or_else(|| string(&feed, "language")),
        url: string(&item, "url").and_then(|url| absolute(&url, base.as_deref())),
        tags: tags.filter_map(Value::as_str).map(str::to_owned).collect(),
        notes: note.into_iter().collect(),
        origin: raw.origin,
        ..Record::default()
    })
}

fn string(object: &Map<String, Value>, key: &str) -> Option<String> {
    let text = object.get(key)?.as_str()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn authors(object: &Map<String, Value>) -> Vec<String> {
    let list = object
        .get("authors")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let authors = list.chain(object.get("author"));
    authors
        .filter_map(Value::as_object)
        .filter_map(|author| string(author, "name"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Origin;

    #[test]
    fn an_item_with_its_feed() {
        let raw = RawRecord {
            origin: Origin::default(),
            format: super::super::Format::JsonFeed,
            bytes: r#"{"id":7,"url":"/a","title":"Strike ends","content_html":"<p>It</p><p>ended.</p>","date_published":"2024-03-05",
                "tags":["port"]}"#
                .into(),
            context: Some(
                r#"{"version":"https://jsonfeed.org/version/1","title":"Harbor Ledger","home_page_url":"https://h.example/",
                    "author":{"name":"Jo Ek"},"items":[]}"#
                    .as_bytes()
                    .into(),
            ),
            note: None,
        };
        let record = parse(raw).unwrap();
        assert_eq!(record.id.as_deref(), Some("7"));
        assert_eq!(record.url.as_deref(), Some("https://h.example/a"));
        assert_eq!(record.source.as_deref(), Some("Harbor Ledger"));
        assert_eq!(record.byline, ["Jo Ek"]);
        assert_eq!(record.page, Page::Body("It\n\nended.".into()));
    }
}
