//! NewsML-G2: news items with their text inside as NITF, XHTML or plain text.
//!
//! A news message or an archive of items gives one record an item. Pictures, video,
//! packages, concepts and plans are items too, and no articles: each is reported with
//! what it is.

use super::super::decode::decode_xml;
use super::super::markup::text_of_element;
use super::super::xml::{self, Element};
use super::super::{RawRecord, Refusal};
use super::elements::Cut;
use super::{Format, nitf};
use crate::article::{Kind, Page, Provenance, Record};

pub(super) const ITEMS: [&str; 9] = [
    "newsItem",
    "packageItem",
    "conceptItem",
    "knowledgeItem",
    "planningItem",
    "catalogItem",
    // Parts that stand alone in a file.
    "contentSet",
    "contentMeta",
    "groupSet",
];

/// How a file is cut into records.
pub(super) const CUT: Cut = Cut {
    format: Format::NewsmlG2,
    names: &ITEMS,
    is_xml: true,
};

pub(super) fn parse(raw: RawRecord) -> Result<Record, Refusal> {
    let (text, note) = decode_xml(&raw);
    let (item, flaw) = xml::parse(&text)?;
    let mut record = Record {
        origin: raw.origin,
        notes: note.into_iter().chain(flaw).collect(),
        ..Record::default()
    };
    if let Some(reason) = no_article(&item) {
        return Err(Refusal::NoArticle(reason));
    }
    fill_metadata(&item, &mut record);
    fill_content(&item, &mut record);
    let is_empty = matches!(&record.page, Page::Body(body) if body.is_empty());
    match (is_empty, &record.title) {
        (true, None) => Err(Refusal::NoArticle(
            "is a news item without headline and text".to_owned(),
        )),
        (true, Some(_)) if has_other_content(&item) => {
            let reason = "is a news item whose content is data, not text";
            Err(Refusal::NoArticle(reason.to_owned()))
        }
        _ => Ok(record),
    }
}

/// Says what an item is that is no article.
fn no_article(item: &Element) -> Option<String> {
    let reason = match item.name.as_str() {
        "newsItem" => return no_text_item(item),
        "contentSet" => return None,
        "packageItem" => {
            let references = item.find_all("itemRef").len();
            return Some(format!(
                "is a package of {references} references, without text of its own"
            ));
        }
        "conceptItem" => "is a concept, not news",
        "knowledgeItem" => "is a list of concepts, not news",
        "planningItem" => "is a plan of coverage, not news",
        "catalogItem" => "is a catalog of vocabularies, not news",
        _ => "is a part of an item, without its text",
    };
    Some(reason.to_owned())
}

fn no_text_item(item: &Element) -> Option<String> {
    let status = item.at("itemMeta/pubStatus").and_then(code);
    if status.is_some_and(|status| matches!(status, "canceled" | "withheld")) {
        return Some(format!("was {} by its agency", status.unwrap_or_default()));
    }
    let class = item.at("itemMeta/itemClass").and_then(code)?;
    let is_text = class == "text" || (class == "composite" && !inline(item).is_empty());
    (!is_text).then(|| format!("is a news item of the class {class}, not text"))
}

/// Returns the code of an element without the vocabulary that it is from.
fn code(element: &Element) -> Option<&str> {
    let code = element
        .attribute("qcode")
        .or_else(|| element.attribute("uri"))?;
    code.rsplit([':', '/']).next()
}

fn fill_metadata(item: &Element, record: &mut Record) {
    let meta = |path: &str| item.line_at(&format!("contentMeta/{path}"));
    let of_item = |path: &str| item.line_at(&format!("itemMeta/{path}"));
    record.id = item.attribute("guid").map(str::to_owned);
    record.title = meta("headline").or_else(|| of_item("title"));
    // An agency sends a story again each time it changes it.
    record.modified = of_item("versionCreated");
    record.published = of_item("firstCreated")
        .or_else(|| of_item("versionCreated"))
        .or_else(|| meta("contentCreated"));
    record.dateline = meta("dateline");
    record.source = source(item);
    record.language = item
        .at("contentMeta/language")
        .and_then(|language| language.attribute("tag"))
        .or_else(|| item.attribute("xml:lang"))
        .map(str::to_owned);
    let Some(meta) = item.at("contentMeta") else {
        return;
    };
    record.byline = meta
        .all("by")
        .map(Element::line)
        .filter(|by| !by.is_empty())
        .collect();
    for subject in meta.all("subject") {
        let Some(name) = subject.line_at("name") else {
            continue;
        };
        match subject
            .attribute("type")
            .and_then(|kind| kind.rsplit(':').next())
        {
            Some("person") => record.names.push((Kind::Person, name, Provenance::Gold)),
            Some("organisation" | "organization") => {
                record
                    .names
                    .push((Kind::Organization, name, Provenance::Gold));
            }
            Some("geoArea" | "poi" | "POI") => {
                record.names.push((Kind::Place, name, Provenance::Gold))
            }
            _ => record.topics.push(name),
        }
    }
}

/// Returns who provides the item, under the best name there is.
fn source(item: &Element) -> Option<String> {
    let provider = item.at("itemMeta/provider");
    let name = provider.and_then(|provider| provider.line_at("name"));
    name.or_else(|| item.line_at("rightsInfo/copyrightHolder/name"))
        .or_else(|| item.line_at("contentMeta/infoSource/name"))
        .or_else(|| {
            let provider = provider?;
            if let Some(literal) = provider.attribute("literal") {
                return Some(literal.to_owned());
            }
            if let Some(qcode) = provider.attribute("qcode") {
                return qcode.rsplit(':').next().map(str::to_owned);
            }
            let (_, address) = provider.attribute("uri")?.split_once("://")?;
            let host = address.split('/').next()?;
            Some(host.trim_start_matches("www.").to_owned())
        })
        .filter(|name| !name.is_empty())
}

/// Returns the content that stands in the item itself.
fn inline(item: &Element) -> Vec<&Element> {
    let mut found = item.find_all("inlineXML");
    found.extend(item.find_all("inlineData"));
    found
}

fn fill_content(item: &Element, record: &mut Record) {
    for content in inline(item) {
        let first = content.elements().next();
        match first.map(Element::local_name) {
            Some("nitf") => {
                first
                    .into_iter()
                    .for_each(|element| nitf::fill(element, record));
            }
            Some("html") => {
                let html = first.map(text_of_element).unwrap_or_default();
                set_body(record, html);
            }
            Some("body" | "div" | "p" | "article" | "section") => {
                set_body(record, text_of_element(content))
            }
            None if is_plain(content) => {
                let mut text = String::new();
                content.push_text(&mut text);
                set_body(record, text.trim().to_owned());
            }
            _ => {}
        }
    }
    let summary = || {
        let meta = item.at("contentMeta")?;
        let descriptions = meta.all("description").map(Element::line);
        descriptions.filter(|text| !text.is_empty()).last()
    };
    if matches!(&record.page, Page::Body(body) if body.is_empty()) {
        record.page = Page::Body(summary().unwrap_or_default());
    }
    if record.byline.is_empty() {
        let creators = item
            .at("contentMeta")
            .into_iter()
            .flat_map(|meta| meta.all("creator"));
        record.byline = creators
            .filter_map(|creator| creator.line_at("name"))
            .collect();
    }
}

fn is_plain(content: &Element) -> bool {
    let kind = content.attribute("contenttype").unwrap_or("text/plain");
    kind.starts_with("text/")
}

fn set_body(record: &mut Record, text: String) {
    if matches!(&record.page, Page::Body(body) if body.is_empty()) {
        record.page = Page::Body(text);
    }
}

/// Returns true if there is content that is no text: results, listings.
fn has_other_content(item: &Element) -> bool {
    let has_text = ["nitf", "html"];
    let is_other = |content: &&Element| {
        content
            .elements()
            .next()
            .is_some_and(|first| !has_text.contains(&first.local_name()))
    };
    inline(item).iter().any(is_other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Origin;

    fn read(text: &str) -> Result<Record, Refusal> {
        parse(RawRecord {
            origin: Origin::default(),
            format: Format::NewsmlG2,
            bytes: text.into(),
            context: None,
            note: None,
        })
    }

    #[test]
    fn a_text_item_is_an_article() {
        let record = read("<newsItem guid='u:1' xml:lang='en-GB'><itemMeta><itemClass qcode='ninat:text'/>\
<provider qcode='p:ACME'/><versionCreated>2024-03-05T08:30:00+01:00</versionCreated></itemMeta><contentMeta>\
<by>Jo Ek</by><headline>Strike ends</headline><subject type='cpnat:person'><name>Ann Berg</name></subject>\
<subject qcode='m:1'><name>labor</name></subject></contentMeta><contentSet><inlineXML>\
<html><head><title>x</title></head><body><p>It ended.</p></body></html></inlineXML></contentSet></newsItem>").unwrap();
        assert_eq!(record.id.as_deref(), Some("u:1"));
        assert_eq!(record.title.as_deref(), Some("Strike ends"));
        assert_eq!(record.source.as_deref(), Some("ACME"));
        assert_eq!(record.byline, ["Jo Ek"]);
        assert_eq!(record.topics, ["labor"]);
        assert_eq!(
            record.names,
            [(Kind::Person, "Ann Berg".to_owned(), Provenance::Gold)]
        );
        assert_eq!(record.page, Page::Body("It ended.".into()));
    }

    #[test]
    fn other_items_say_what_they_are() {
        for (text, expected) in [
            (
                "<newsItem><itemMeta><itemClass qcode='ninat:picture'/></itemMeta></newsItem>",
                "is a news item of the class picture, not text",
            ),
            (
                "<packageItem><itemRef/><itemRef/></packageItem>",
                "is a package of 2 references, without text of its own",
            ),
            ("<planningItem/>", "is a plan of coverage, not news"),
            (
                "<newsItem guid='N1'> ... </newsItem>",
                "is a news item without headline and text",
            ),
            (
                "<newsItem><itemMeta><pubStatus qcode='stat:canceled'/></itemMeta></newsItem>",
                "was canceled by its agency",
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
