//! NITF 3: the news article in XML that agencies exchanged for twenty years, alone in a
//! file or inside NewsML.

use super::super::decode::decode_xml;
use super::super::markup::text_of_element;
use super::super::xml::{self, Element, Node};
use super::super::{RawRecord, Refusal};
use super::Format;
use super::elements::Cut;
use crate::article::{Kind, Page, Provenance, Record};

/// How a file is cut into records.
pub(super) const CUT: Cut = Cut {
    format: Format::Nitf,
    names: &["nitf"],
    is_xml: true,
};

pub(super) fn parse(raw: RawRecord) -> Result<Record, Refusal> {
    let (text, note) = decode_xml(&raw);
    let (root, flaw) = xml::parse(&text)?;
    let mut record = Record {
        origin: raw.origin,
        notes: note.into_iter().chain(flaw).collect(),
        ..Record::default()
    };
    fill(&root, &mut record);
    Ok(record)
}

/// Gives `record` what the element `nitf` says about the fields that it lacks.
pub(super) fn fill(nitf: &Element, record: &mut Record) {
    let head = nitf.at("head");
    let of_head = |path: &str| head.and_then(|head| head.line_at(path));
    let attribute = |path: &str, name: &str| {
        let element = head.and_then(|head| head.at(path))?;
        element.attribute(name).map(str::to_owned)
    };
    let body = |path: &str| nitf.line_at(&format!("body/body.head/{path}"));
    fill_in(&mut record.title, || {
        let hl1 = body("hedline/hl1").or_else(|| body("hedline"));
        hl1.or_else(|| of_head("title"))
    });
    fill_in(&mut record.id, || attribute("docdata/doc-id", "id-string"));
    fill_in(&mut record.published, || {
        attribute("docdata/date.issue", "norm")
            .or_else(|| attribute("docdata/date.release", "norm"))
            .or_else(|| attribute("pubdata", "date.publication"))
            .or_else(|| {
                let story = nitf.at("body/body.head/dateline/story.date")?;
                story.attribute("norm").map(str::to_owned)
            })
    });
    fill_in(&mut record.source, || {
        body("distributor/org")
            .or_else(|| body("distributor"))
            .or_else(|| attribute("pubdata", "name"))
            .or_else(|| attribute("docdata/doc.copyright", "holder"))
    });
    fill_in(&mut record.section, || {
        attribute("pubdata", "position.section")
    });
    fill_in(&mut record.url, || {
        attribute("pubdata", "ex-ref").filter(|url| url.contains("://"))
    });
    fill_in(&mut record.dateline, || body("dateline"));
    fill_in(&mut record.language, || {
        let language = nitf
            .attribute("xml:lang")
            .or_else(|| nitf.at("body")?.attribute("xml:lang"));
        language.map(str::to_owned)
    });
    if record.byline.is_empty() {
        record.byline = bylines(nitf);
    }
    if matches!(&record.page, Page::Body(body) if body.trim().is_empty()) {
        record.page = Page::Body(body_of(nitf));
    }
    if let Some(head) = head {
        add_codes(head, record);
    }
}

fn fill_in(field: &mut Option<String>, value: impl FnOnce() -> Option<String>) {
    if field.is_none() {
        *field = value().filter(|text| !text.trim().is_empty());
    }
}

fn bylines(nitf: &Element) -> Vec<String> {
    let Some(head) = nitf.at("body/body.head") else {
        return Vec::new();
    };
    let mut bylines = Vec::new();
    for byline in head.all("byline") {
        let people: Vec<String> = byline.all("person").map(Element::line).collect();
        if people.is_empty() {
            bylines.push(without_titles(byline));
        } else {
            bylines.extend(people);
        }
    }
    bylines.retain(|byline| !byline.is_empty());
    bylines
}

/// Returns a byline without what its authors are.
fn without_titles(byline: &Element) -> String {
    let mut text = String::new();
    for node in &byline.children {
        match node {
            Node::Text(piece) => text.push_str(piece),
            Node::Element(element) if element.name == "byttl" => text.push(' '),
            Node::Element(element) => element.push_text(&mut text),
        }
    }
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.trim_matches([',', ' ', '/']).to_owned()
}

/// Returns the text, or the abstract of an item that has no text.
fn body_of(nitf: &Element) -> String {
    let text = |path: &str| nitf.at(path).map(text_of_element).unwrap_or_default();
    let content = text("body/body.content");
    match content.is_empty() {
        true => text("body/body.head/abstract"),
        false => content,
    }
}

fn add_codes(head: &Element, record: &mut Record) {
    for subject in head.find_all("tobject.subject") {
        let detail = [
            "tobject.subject.detail",
            "tobject.subject.matter",
            "tobject.subject.type",
        ];
        let name = detail.iter().find_map(|name| subject.attribute(name));
        record.topics.extend(name.map(str::to_owned));
    }
    for keyword in head.find_all("keyword") {
        record
            .topics
            .extend(keyword.attribute("key").map(str::to_owned));
    }
    for content in head.find_all("identified-content") {
        for element in content.elements() {
            let kind = match element.name.as_str() {
                "person" => Kind::Person,
                "org" => Kind::Organization,
                "location" | "city" | "country" | "state" | "region" => Kind::Place,
                _ => continue,
            };
            let name = element
                .attribute("value")
                .map_or_else(|| element.line(), str::to_owned);
            if !name.is_empty() {
                record.names.push((kind, name, Provenance::Gold));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Origin;

    #[test]
    fn an_article_with_all_its_parts() {
        let text = "<nitf xml:lang=\"en\"><head><title>Slug</title><docdata><doc-id id-string=\"n-1\"/>\
<date.issue norm=\"20240305T083000Z\"/><key-list><keyword key=\"port\"/></key-list>\
<identified-content><person>Ann Berg</person><org value=\"NTF\"/></identified-content></docdata>\
<pubdata name=\"Harbor Ledger\" position.section=\"News\"/></head><body><body.head><hedline><hl1>Strike  ends</hl1>\
<hl2>After a week</hl2></hedline><byline>By Jo Ek, <byttl>Port Reporter</byttl></byline><dateline>OSLO</dateline>\
</body.head><body.content><media><media-caption>A ship</media-caption></media><p>It\n ended.</p><p>All left.</p>\
</body.content></body></nitf>";
        let raw = RawRecord {
            origin: Origin::default(),
            format: Format::Nitf,
            bytes: text.into(),
            context: None,
            note: None,
        };
        let record = parse(raw).unwrap();
        assert_eq!(record.title.as_deref(), Some("Strike ends"));
        assert_eq!(record.id.as_deref(), Some("n-1"));
        assert_eq!(record.published.as_deref(), Some("20240305T083000Z"));
        assert_eq!(record.source.as_deref(), Some("Harbor Ledger"));
        assert_eq!(record.byline, ["By Jo Ek"]);
        assert_eq!(record.dateline.as_deref(), Some("OSLO"));
        assert_eq!(record.page, Page::Body("It ended.\n\nAll left.".into()));
        assert_eq!(record.topics, ["port"]);
        assert_eq!(record.names.len(), 2);
    }
}
