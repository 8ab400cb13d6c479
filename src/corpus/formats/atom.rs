//! Atom: one article an entry, from its content or, where that is elsewhere, its summary.

use super::super::decode::{decode_context, decode_xml};
use super::super::markup::{text_of_element, text_of_html};
use super::super::xml::{self, Element};
use super::super::{RawRecord, Refusal};
use super::Format;
use super::elements::Cut;
use super::feed::{absolute, plain_line, plain_text};
use crate::article::{Page, Record};

/// How a file is cut into records.
pub(super) const CUT: Cut = Cut {
    format: Format::Atom,
    names: &["entry"],
    is_xml: true,
};

pub(super) fn parse(raw: RawRecord) -> Result<Record, Refusal> {
    let (text, note) = decode_xml(&raw);
    let (entry, flaw) = xml::parse(&text)?;
    let head = decode_context(&raw).and_then(|head| xml::parse(&head).ok());
    let feed = head.as_ref().map(|(feed, _)| feed);
    let base = entry
        .attribute("xml:base")
        .or_else(|| feed?.attribute("xml:base"))
        .map(str::to_owned)
        .or_else(|| link(feed?));
    let mut byline = authors(&entry);
    if byline.is_empty() {
        byline = feed.map(authors).unwrap_or_default();
    }
    let title = entry.at("title").map(text_construct).unwrap_or_default();
    let content = entry.at("content").map(text_construct).unwrap_or_default();
    let body = match content.is_empty() {
        true => entry.at("summary").map(text_construct).unwrap_or_default(),
        false => content,
    };
    if title.is_empty() && body.is_empty() {
        return Err(Refusal::NoArticle(
            "is an entry without title and text".to_owned(),
        ));
    }
    Ok(Record {
        id: entry.line_at("id"),
        title: Some(plain_line(&title)).filter(|title| !title.is_empty()),
        page: Page::Body(body),
        published: entry
            .line_at("published")
            .or_else(|| entry.line_at("issued"))
            .or_else(|| entry.line_at("updated"))
            .or_else(|| entry.line_at("modified")),
        modified: entry
            .line_at("updated")
            .or_else(|| entry.line_at("modified")),
        byline,
        source: entry
            .line_at("source/title")
            .or_else(|| feed.and_then(|feed| feed.at("title")).map(text_construct))
            .map(|title| plain_line(&title)),
        language: entry
            .attribute("xml:lang")
            .or_else(|| feed?.attribute("xml:lang"))
            .map(str::to_owned),
        url: link(&entry)
            .and_then(|link| absolute(&link, base.as_deref()))
            .or_else(|| entry.line_at("id"))
            .filter(|url| url.starts_with("http")),
        tags: entry
            .all("category")
            .filter_map(|category| {
                category
                    .attribute("label")
                    .or_else(|| category.attribute("term"))
            })
            .map(str::to_owned)
            .collect(),
        notes: note.into_iter().chain(flaw).collect(),
        origin: raw.origin,
        ..Record::default()
    })
}

fn authors(element: &Element) -> Vec<String> {
    let names = element
        .all("author")
        .filter_map(|author| author.line_at("name"));
    names.collect()
}

/// Returns the address of the page, not that of the feed or an attachment.
fn link(element: &Element) -> Option<String> {
    let links: Vec<&Element> = element.all("link").collect();
    let is_page = |link: &&&Element| link.attribute("rel").unwrap_or("alternate") == "alternate";
    let found = links.iter().find(is_page)?;
    found
        .attribute("href")
        .map(str::to_owned)
        .or_else(|| Some(found.line()).filter(|text| !text.is_empty()))
}

/// Returns a title or text in the form that its type says.
fn text_construct(element: &Element) -> String {
    let kind = element.attribute("type").unwrap_or("text");
    if element.elements().next().is_some() {
        return text_of_element(element);
    }
    let mut text = String::new();
    element.push_text(&mut text);
    match kind {
        "html" | "text/html" | "xhtml" => text_of_html(&text),
        _ => plain_text(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Origin;

    #[test]
    fn an_entry_with_its_feed() {
        let raw = RawRecord {
            origin: Origin::default(),
            format: Format::Atom,
            bytes: "<entry><title type='html'>Strike &amp;lt;ends&amp;gt;</title><id>urn:7</id><link rel='self' href='/f'/>\
<link href='a.html'/><updated>2024-03-05T08:30:00Z</updated><category term='port'/>\
<content type='xhtml'><div xmlns='x'><p>It ended.</p><p>All left.</p></div></content></entry>"
                .into(),
            context: Some(
                "<feed xml:lang='en'><title>Harbor Ledger</title><link href='https://h.example/'/><author><name>Jo Ek</name></author>"
                    .as_bytes()
                    .into(),
            ),
            note: None,
        };
        let record = parse(raw).unwrap();
        assert_eq!(record.title.as_deref(), Some("Strike <ends>"));
        assert_eq!(record.page, Page::Body("It ended.\n\nAll left.".into()));
        assert_eq!(record.url.as_deref(), Some("https://h.example/a.html"));
        assert_eq!(record.byline, ["Jo Ek"]);
        assert_eq!(record.language.as_deref(), Some("en"));
        assert_eq!(record.published.as_deref(), Some("2024-03-05T08:30:00Z"));
    }
}
