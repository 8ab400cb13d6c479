//! RSS 0.9, 1.0 and 2.0: one article an item, from its full content or, where there is
//! none, its description.

use super::super::decode::{decode_context, decode_xml};
use super::super::markup::text_of_element;
use super::super::xml::{self, Element};
use super::super::{RawRecord, Refusal};
use super::Format;
use super::elements::Cut;
use super::feed::{absolute, author, plain_line, plain_text};
use crate::article::{Page, Record};

/// How a file is cut into records.
pub(super) const CUT: Cut = Cut {
    format: Format::Rss,
    names: &["item"],
    is_xml: true,
};

pub(super) fn parse(raw: RawRecord) -> Result<Record, Refusal> {
    let (text, note) = decode_xml(&raw);
    let (item, flaw) = xml::parse(&text)?;
    let head = decode_context(&raw).and_then(|head| xml::parse(&head).ok());
    let channel = head.as_ref().and_then(|(root, _)| root.at("channel"));
    let base = item
        .attribute("xml:base")
        .or_else(|| head.as_ref()?.0.attribute("xml:base"))
        .map(str::to_owned)
        .or_else(|| channel?.line_at("link"));
    let guid = item.at("guid");
    let link = item
        .line_at("link")
        .or_else(|| {
            guid.filter(|guid| guid.attribute("isPermaLink") != Some("false"))
                .map(Element::line)
        })
        .or_else(|| item.attribute("rdf:about").map(str::to_owned));
    let own = |name: &str| {
        item.all(name)
            .map(|element| author(&element.line()))
            .collect::<Vec<_>>()
    };
    let mut byline: Vec<String> = own("dc:creator")
        .iter()
        .map(|name| given_name_first(name))
        .collect();
    if byline.is_empty() {
        byline = own("author");
    }
    if byline.is_empty() {
        let names = item
            .elements()
            .filter(|element| element.local_name() == "author");
        byline = names
            .filter_map(|element| {
                element
                    .line_at("a10:name")
                    .or_else(|| element.line_at("atom:name"))
            })
            .collect();
    }
    let record = Record {
        id: guid
            .map(Element::line)
            .or_else(|| item.attribute("rdf:about").map(str::to_owned))
            .filter(|id| !id.is_empty()),
        title: item
            .line_at("title")
            .or_else(|| item.line_at("media:title"))
            .map(|title| plain_line(&title)),
        page: Page::Body(body(&item)),
        published: [
            "pubDate",
            "dc:date",
            "dcterms:issued",
            "dcterms:created",
            "pubdate",
        ]
        .iter()
        .find_map(|name| item.line_at(name)),
        modified: ["atom:updated", "dcterms:modified"]
            .iter()
            .find_map(|name| item.line_at(name)),
        byline,
        source: item
            .line_at("source")
            .or_else(|| item.line_at("dc:publisher"))
            .or_else(|| channel?.line_at("title"))
            .map(|title| plain_line(&title)),
        language: item
            .line_at("dc:language")
            .or_else(|| channel?.line_at("language"))
            .or_else(|| channel?.line_at("dc:language")),
        url: link
            .and_then(|link| absolute(&link, base.as_deref()))
            .filter(|url| url.contains("://")),
        tags: item
            .elements()
            .filter(|element| matches!(element.name.as_str(), "category" | "dc:subject"))
            .map(Element::line)
            .filter(|tag| !tag.is_empty())
            .collect(),
        notes: note.into_iter().chain(flaw).collect(),
        origin: raw.origin,
        ..Record::default()
    };
    let has_text = matches!(&record.page, Page::Body(body) if !body.is_empty());
    if !has_text && record.title.as_deref().unwrap_or_default().is_empty() {
        return Err(Refusal::NoArticle(
            "is an item without title and text".to_owned(),
        ));
    }
    Ok(record)
}

/// Turns the names of catalogs around: `Berg, A.` is A. Berg.
fn given_name_first(name: &str) -> String {
    match name.split_once(", ") {
        Some((family, given)) if given.ends_with('.') && !given.contains(',') => {
            format!("{given} {family}")
        }
        _ => name.to_owned(),
    }
}

/// Returns the full content of an item, or the best of its descriptions.
fn body(item: &Element) -> String {
    if let Some(xhtml) = item
        .elements()
        .find(|element| matches!(element.name.as_str(), "xhtml:body" | "body" | "xhtml:div"))
    {
        return text_of_element(xhtml);
    }
    let names = [
        "content:encoded",
        "description",
        "media:description",
        "itunes:summary",
    ];
    let texts = names
        .iter()
        .filter_map(|name| item.at(name))
        .map(|element| {
            let mut text = String::new();
            element.push_text(&mut text);
            let has_elements = element.elements().next().is_some();
            if has_elements {
                text_of_element(element)
            } else {
                plain_text(&text)
            }
        });
    texts
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Origin;

    fn read(item: &str, head: &str) -> Record {
        let raw = RawRecord {
            origin: Origin::default(),
            format: Format::Rss,
            bytes: item.into(),
            context: Some(head.as_bytes().into()),
            note: None,
        };
        parse(raw).unwrap()
    }

    #[test]
    fn full_content_comes_before_the_description() {
        let head = "<?xml version='1.0'?><rss><channel><title>Harbor Ledger</title><link>https://h.example/</link><language>en</language>";
        let record = read(
            "<item><title>Strike &amp;amp; talks</title><link>/a</link><guid isPermaLink='false'>7</guid><pubDate>Tue, 05 Mar 2024 08:30:00 GMT\
</pubDate><author>jo@h.example (Jo Ek)</author><category>Port</category><description>Short</description>\
<content:encoded><![CDATA[<p>It ended.</p><p>All left.</p>]]></content:encoded></item>",
            head,
        );
        assert_eq!(record.title.as_deref(), Some("Strike & talks"));
        assert_eq!(record.page, Page::Body("It ended.\n\nAll left.".into()));
        assert_eq!(record.id.as_deref(), Some("7"));
        assert_eq!(record.url.as_deref(), Some("https://h.example/a"));
        assert_eq!(record.byline, ["Jo Ek"]);
        assert_eq!(record.source.as_deref(), Some("Harbor Ledger"));
        assert_eq!(record.language.as_deref(), Some("en"));
        assert_eq!(record.tags, ["Port"]);
        let record = read(
            "<item rdf:about='https://h.example/b'><description>Only &lt;b&gt;this&lt;/b&gt;</description></item>",
            "<rdf:RDF>",
        );
        assert_eq!(record.page, Page::Body("Only this".into()));
        assert_eq!(record.url.as_deref(), Some("https://h.example/b"));
    }
}
