//! NewsML 1: an envelope with news items, each a tree of components: headline, body,
//! captions, logos. The first component that has a body is the article; others are
//! translations or pictures, and translations are reported.

use super::super::decode::decode_xml;
use super::super::markup::text_of_element;
use super::super::xml::{self, Element};
use super::super::{RawRecord, Refusal};
use super::elements::Cut;
use super::{Format, nitf};
use crate::article::{Page, Record};

/// How a file is cut into records.
pub(super) const CUT: Cut = Cut {
    format: Format::Newsml1,
    names: &["NewsItem"],
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
    let management = |path: &str| item.line_at(&format!("NewsManagement/{path}"));
    record.id = item.line_at("Identification/NewsIdentifier/PublicIdentifier");
    record.published = management("ThisRevisionCreated").or_else(|| management("FirstCreated"));
    let status = item.at("NewsManagement/Status").and_then(formal_name);
    if status.is_some_and(|status| matches!(status, "Canceled" | "Withheld")) {
        return Err(Refusal::NoArticle(format!(
            "was {} by its agency",
            status.unwrap_or_default().to_lowercase()
        )));
    }
    let bodies: Vec<Body<'_>> = bodies(&item);
    if let Some(body) = bodies.first() {
        fill(body, &mut record);
        if bodies.len() > 1 {
            let others = bodies.len() - 1;
            record.notes.push(format!(
                "has {others} more versions of its text, which are left out"
            ));
        }
    } else {
        fill_lines(&item, &mut record);
    }
    let is_empty = matches!(&record.page, Page::Body(body) if body.is_empty());
    if is_empty && let Some(kind) = media(&item) {
        return Err(Refusal::NoArticle(format!(
            "is a news item with {kind} and no text"
        )));
    }
    if is_empty && record.title.is_none() {
        return Err(Refusal::NoArticle(
            "is a news item without headline and text".to_owned(),
        ));
    }
    Ok(record)
}

fn formal_name(element: &Element) -> Option<&str> {
    element.attribute("FormalName")
}

/// A text of the item, with the components around it, outermost first.
struct Body<'a> {
    path: Vec<&'a Element>,
    content: &'a Element,
}

/// Returns the texts of an item in order.
fn bodies(item: &Element) -> Vec<Body<'_>> {
    let mut found = Vec::new();
    collect(item, &mut Vec::new(), &mut found);
    found
}

fn collect<'a>(element: &'a Element, path: &mut Vec<&'a Element>, found: &mut Vec<Body<'a>>) {
    path.push(element);
    let role = element.at("Role").and_then(formal_name).unwrap_or("Main");
    let is_text = ["Body", "Main", "Story", "Text", "Article"]
        .iter()
        .any(|wanted| wanted.eq_ignore_ascii_case(role));
    if is_text {
        let contents = element
            .all("ContentItem")
            .filter_map(|item| item.at("DataContent"));
        for content in contents {
            if !text_of(content).is_empty() && is_prose(element) {
                found.push(Body {
                    path: path.clone(),
                    content,
                });
                // Other content items are the same in other forms.
                break;
            }
        }
    }
    for component in element.all("NewsComponent") {
        collect(component, path, found);
    }
    path.pop();
}

fn is_prose(component: &Element) -> bool {
    let kind = component
        .at("ContentItem/MimeType")
        .and_then(formal_name)
        .unwrap_or_default();
    !kind.ends_with("css") && !kind.starts_with("image/")
}

fn text_of(content: &Element) -> String {
    if let Some(nitf) = content
        .elements()
        .find(|element| element.local_name() == "nitf")
    {
        let mut record = Record::default();
        nitf::fill(nitf, &mut record);
        return match record.page {
            Page::Body(text) | Page::Whole(text) | Page::Html(text) => text,
        };
    }
    match content.elements().next() {
        Some(_) => text_of_element(content),
        None => {
            let mut text = String::new();
            content.push_text(&mut text);
            text.trim().to_owned()
        }
    }
}

fn fill(body: &Body<'_>, record: &mut Record) {
    record.page = Page::Body(text_of(body.content));
    // What stands closest to the text is said about it.
    for component in body.path.iter().rev() {
        fill_lines(component, record);
    }
    if let Some(nitf) = body
        .content
        .elements()
        .find(|element| element.local_name() == "nitf")
    {
        nitf::fill(nitf, record);
    }
}

fn fill_lines(component: &Element, record: &mut Record) {
    let line = |name: &str| component.line_at(&format!("NewsLines/{name}"));
    let named = |path: &str| component.at(path).and_then(formal_name).map(str::to_owned);
    record.title = record.title.take().or_else(|| line("HeadLine"));
    record.dateline = record.dateline.take().or_else(|| line("DateLine"));
    if record.byline.is_empty() {
        record.byline.extend(line("ByLine"));
    }
    record.language = record
        .language
        .take()
        .or_else(|| named("DescriptiveMetadata/Language"));
    record.source = record.source.take().or_else(|| {
        named("AdministrativeMetadata/Provider/Party")
            .or_else(|| named("AdministrativeMetadata/Source/Party"))
    });
    let subjects = component.find_all("SubjectCode");
    if record.topics.is_empty() {
        let names = subjects
            .iter()
            .flat_map(|code| code.elements())
            .filter_map(formal_name);
        record.topics.extend(names.map(str::to_owned));
    }
}

/// Returns what kind of media an item holds.
fn media(item: &Element) -> Option<&'static str> {
    let kinds = item.find_all("MediaType");
    let of_type = kinds.iter().find_map(|kind| formal_name(kind));
    let mimes = item.find_all("MimeType");
    let mime = mimes
        .iter()
        .find_map(|kind| formal_name(kind))
        .unwrap_or_default();
    match of_type.map(str::to_lowercase).as_deref() {
        Some("photo" | "graphic" | "picture") => Some("a picture"),
        Some("video") => Some("video"),
        Some("audio") => Some("sound"),
        _ if mime.starts_with("image/") => Some("a picture"),
        _ if mime.starts_with("video/") => Some("video"),
        _ if mime.starts_with("audio/") => Some("sound"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Origin;

    fn read(text: &str) -> Result<Record, Refusal> {
        parse(RawRecord {
            origin: Origin::default(),
            format: Format::Newsml1,
            bytes: text.into(),
            context: None,
            note: None,
        })
    }

    #[test]
    fn the_body_is_found_among_the_components() {
        let record = read("<NewsItem><Identification><NewsIdentifier><PublicIdentifier>urn:1</PublicIdentifier>\
</NewsIdentifier></Identification><NewsManagement><FirstCreated>20240305T083000+0100</FirstCreated></NewsManagement>\
<NewsComponent><AdministrativeMetadata><Source><Party FormalName='Acme'/></Source></AdministrativeMetadata>\
<NewsLines><HeadLine>Strike ends</HeadLine><DateLine>OSLO</DateLine></NewsLines>\
<NewsComponent><Role FormalName='Caption'/><ContentItem><DataContent>A ship</DataContent></ContentItem></NewsComponent>\
<NewsComponent><Role FormalName='Body'/><DescriptiveMetadata><Language FormalName='en'/></DescriptiveMetadata>\
<ContentItem><DataContent><html><body><p>It ended.</p></body></html></DataContent></ContentItem></NewsComponent>\
</NewsComponent></NewsItem>").unwrap();
        assert_eq!(record.id.as_deref(), Some("urn:1"));
        assert_eq!(record.title.as_deref(), Some("Strike ends"));
        assert_eq!(record.source.as_deref(), Some("Acme"));
        assert_eq!(record.language.as_deref(), Some("en"));
        assert_eq!(record.page, Page::Body("It ended.".into()));
    }

    #[test]
    fn a_picture_is_no_article() {
        let text = "<NewsItem><NewsComponent><NewsLines><HeadLine>A ship</HeadLine></NewsLines><ContentItem>\
<MediaType FormalName='Photo'/></ContentItem></NewsComponent></NewsItem>";
        let expected = Refusal::NoArticle("is a news item with a picture and no text".to_owned());
        assert_eq!(read(text), Err(expected));
    }
}
