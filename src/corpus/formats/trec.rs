//! SGML as TREC and TDT collections have it: `<DOC>` with `<DOCNO>`, `<HEADLINE>`,
//! `<TEXT>` and whatever else a collection has.
//!
//! The tags of the large collections are known (AP, WSJ, FT, LA Times, TDT, Robust); an
//! element that is none of them is left out, one that is not closed ends with its line.

use super::super::decode::decode;
use super::super::markup::text_of_html;
use super::super::xml::unescape;
use super::super::{RawRecord, Refusal};
use super::Format;
use super::elements::Cut;
use crate::article::{Page, Record};

/// How a file is cut into records.
pub(super) const CUT: Cut = Cut {
    format: Format::Trec,
    names: &["DOC"],
    is_xml: false,
};

pub(super) fn parse(raw: RawRecord) -> Result<Record, Refusal> {
    let (text, note) = decode(&raw.bytes, raw.origin.offset);
    let first = |names: &[&str]| names.iter().find_map(|name| element(&text, name)).map(line);
    let filled = |names: &[&str]| first(names).filter(|text| !text.is_empty());
    let title = filled(&["HEADLINE", "HEAD", "HL", "TITLE", "TI", "H3"]);
    let bodies = elements_of(&text, "TEXT");
    let body: Vec<String> = bodies
        .into_iter()
        .map(paragraphs)
        .filter(|body| !body.is_empty())
        .collect();
    let attribute_id = attribute(&text, "id");
    let record = Record {
        id: filled(&["DOCNO", "DOCID"]).or(attribute_id),
        title: title.map(|title| title.trim_end_matches(['@', ' ']).to_owned()),
        page: Page::Body(body.join("\n\n")),
        published: filled(&["DATE", "DATE_TIME", "DATE1", "PUBDATE", "DD"]),
        byline: filled(&["BYLINE", "AUTHOR", "AU"]).into_iter().collect(),
        source: filled(&["SOURCE", "SO", "PUB"]),
        dateline: filled(&["DATELINE"]),
        section: filled(&["SECTION"]),
        item_type: attribute(&text, "type").or_else(|| filled(&["DOCTYPE"])),
        notes: note.into_iter().collect(),
        origin: raw.origin,
        ..Record::default()
    };
    let is_empty = matches!(&record.page, Page::Body(body) if body.is_empty());
    if is_empty && record.title.is_none() {
        return Err(Refusal::NoArticle(
            "is a document without headline and text".to_owned(),
        ));
    }
    Ok(record)
}

/// Returns an attribute of the document's own tag.
fn attribute(text: &str, name: &str) -> Option<String> {
    let head = text.split('>').next()?;
    let at = head.to_ascii_lowercase().find(&format!(" {name}="))?;
    let value = &head[at + name.len() + 2..];
    let value = match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next()?,
        _ => value.split_whitespace().next()?,
    };
    Some(value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    elements_of(text, name).into_iter().next()
}

/// Returns what stands in all elements of that name.
fn elements_of<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((begin, after)) = find_tag(rest, name, false) {
        let content = &rest[after..];
        match find_tag(content, name, true) {
            Some((end, next)) => {
                found.push(&content[..end]);
                rest = &content[next..];
            }
            None => {
                let _ = begin;
                found.push(content.split('\n').next().unwrap_or_default());
                break;
            }
        }
    }
    found
}

/// Returns where the next tag of that name begins and ends.
fn find_tag(text: &str, name: &str, is_end: bool) -> Option<(usize, usize)> {
    let mark = if is_end { "</" } else { "<" };
    text.match_indices(mark).find_map(|(at, _)| {
        let rest = &text[at + mark.len()..];
        let found = rest.get(..name.len())?;
        let after = rest[name.len()..].chars().next()?;
        let is_it = found.eq_ignore_ascii_case(name) && (after == '>' || after.is_whitespace());
        let length = is_it.then(|| rest.find('>'))??;
        Some((at, at + mark.len() + length + 1))
    })
}

fn line(text: &str) -> String {
    let plain = text_of_html(text);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the text as paragraphs: marked ones, else those of its lines.
fn paragraphs(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    if lower.contains("<p>") || lower.contains("<p ") {
        return text_of_html(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    // Other tags mean nothing to the text.
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let is_tag =
            rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        match rest.find('>') {
            Some(end) if is_tag => rest = &rest[end + 1..],
            _ => {
                plain.push('<');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    indented_paragraphs(&unescape(&plain))
}

/// Sets an empty line before lines that are indented, where that is how paragraphs begin.
fn indented_paragraphs(text: &str) -> String {
    let has_empty_lines = text.trim().lines().any(|line| line.trim().is_empty());
    let is_indented = |line: &str| line.starts_with("   ") || line.starts_with('\t');
    let indented = text.lines().filter(|line| is_indented(line)).count();
    if has_empty_lines || indented == 0 || indented * 2 > text.lines().count() + 1 {
        return text.trim().to_owned();
    }
    let mut result = String::with_capacity(text.len() + indented);
    for line in text.trim_end().lines() {
        if is_indented(line) && !result.is_empty() {
            result.push('\n');
        }
        result.push_str(line.trim());
        result.push('\n');
    }
    result.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Origin;

    fn read(text: &str) -> Record {
        parse(RawRecord {
            origin: Origin::default(),
            format: Format::Trec,
            bytes: text.into(),
            context: None,
            note: None,
        })
        .unwrap()
    }

    #[test]
    fn documents_of_several_collections() {
        let record = read(
            "<DOC>\n<DOCNO> AP880212-0001 </DOCNO>\n<HEAD>Strike &amp; talks end</HEAD>\n<BYLINE>By JO EK</BYLINE>\n\
<DATELINE>OSLO (AP) </DATELINE>\n<TEXT>\n   It ended on\nFriday.\n   All left.\n</TEXT>\n</DOC>",
        );
        assert_eq!(record.id.as_deref(), Some("AP880212-0001"));
        assert_eq!(record.title.as_deref(), Some("Strike & talks end"));
        assert_eq!(record.byline, ["By JO EK"]);
        assert_eq!(
            record.page,
            Page::Body("It ended on\nFriday.\n\nAll left.".into())
        );
        let record = read(
            "<DOC id=\"X_1\" type=\"story\"><HEADLINE>\nOne\nline\n</HEADLINE><TEXT><P>\nIt\nended.\n</P><P>All left.</P></TEXT></DOC>",
        );
        assert_eq!(record.id.as_deref(), Some("X_1"));
        assert_eq!(record.title.as_deref(), Some("One line"));
        assert_eq!(record.page, Page::Body("It ended.\n\nAll left.".into()));
        assert_eq!(record.item_type.as_deref(), Some("story"));
    }
}
