//! Reads an XML element into a tree of plain text and elements.
//!
//! Entities are never expanded beyond the characters that XML and HTML name; a document
//! type declaration is passed over. Nesting and the number of elements are bounded.
//! What real feeds get wrong is read as well as it can be: an end tag without its
//! beginning is ignored, and an element that is not closed ends with its parent.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::resolve_html5_entity;
use quick_xml::events::{BytesStart, Event};

/// Elements within elements (chosen: agency files have a dozen).
const MOST_DEPTH: usize = 200;
/// Elements in one record (chosen: 100 times those of the longest agency file seen).
const MOST_ELEMENTS: usize = 200_000;

/// An element: its name, its attributes and what is in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Element {
    /// With its prefix, unless that is the prefix of the root.
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// Returns the name without its prefix.
    pub(super) fn local_name(&self) -> &str {
        local(&self.name)
    }

    /// Returns the value of an attribute that is not empty.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Returns the elements in it, in order.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// Returns the elements in it that are called `name`.
    pub(super) fn all<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl Iterator<Item = &'a Element> + use<'a, 'n> {
        self.elements().filter(move |element| element.name == name)
    }

    /// Returns the first element at the end of a path of names.
    pub(super) fn at<'a>(&'a self, path: &str) -> Option<&'a Element> {
        match path.split_once('/') {
            None => self.elements().find(|element| element.name == path),
            Some((first, rest)) => {
                let mut on_path = self.elements().filter(|element| element.name == first);
                on_path.find_map(|element| element.at(rest))
            }
        }
    }

    /// Returns all elements called `name` at any depth, in order.
    pub(super) fn find_all<'a>(&'a self, name: &str) -> Vec<&'a Element> {
        let mut found = Vec::new();
        self.collect(name, &mut found);
        found
    }

    fn collect<'a>(&'a self, name: &str, found: &mut Vec<&'a Element>) {
        for element in self.elements() {
            if element.name == name {
                found.push(element);
            }
            element.collect(name, found);
        }
    }

    /// Returns all text in it on one line.
    pub(super) fn line(&self) -> String {
        let mut text = String::new();
        self.push_text(&mut text);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Returns the text at the end of a path, unless there is none.
    pub(super) fn line_at(&self, path: &str) -> Option<String> {
        self.at(path)
            .map(Element::line)
            .filter(|text| !text.is_empty())
    }

    /// Appends all text in it as it is.
    pub(super) fn push_text(&self, text: &mut String) {
        for node in &self.children {
            match node {
                Node::Text(piece) => text.push_str(piece),
                Node::Element(element) => element.push_text(text),
            }
        }
    }
}

/// Reads the first element of `text`, and what was wrong with it.
///
/// # Errors
///
/// If there is no element, or too many of them.
pub(super) fn parse(text: &str) -> Result<(Element, Option<String>), String> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut tree = Tree::default();
    let note = loop {
        let event = match reader.read_event() {
            Ok(Event::Eof) => break None,
            Ok(event) => event,
            Err(error) => {
                break Some(format!(
                    "not XML at byte {}: {error}",
                    reader.error_position()
                ));
            }
        };
        if tree.take(&event)? {
            break None;
        }
    };
    match tree.into_root() {
        Some(root) => Ok((root, note)),
        None => Err(note.unwrap_or_else(|| "there is no XML element".to_owned())),
    }
}

/// What has been read: the elements that are open, outermost first.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    count: usize,
    prefix: Option<String>,
    root: Option<Element>,
}

impl Tree {
    /// Takes one event; returns true when the root is closed.
    fn take(&mut self, event: &Event<'_>) -> Result<bool, String> {
        match event {
            Event::Start(start) => self.begin(start)?,
            Event::Empty(start) => {
                self.begin(start)?;
                self.close();
            }
            Event::End(end) => {
                let name = self.without_prefix(end.name().as_ref());
                if let Some(depth) = self.open.iter().rposition(|element| element.name == name) {
                    while self.open.len() > depth {
                        self.close();
                    }
                }
            }
            Event::Text(text) => self.text(text.xml10_content()),
            Event::CData(text) => self.text(text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(c)) => self.text(c.encode_utf8(&mut [0; 4]).to_owned().into()),
                _ => {
                    let name = reference.xml10_content();
                    match resolve_html5_entity(&name) {
                        Some(text) => self.text(text.into()),
                        None => self.text(format!("&{name};").into()),
                    }
                }
            },
            _ => {}
        }
        Ok(self.root.is_some())
    }

    fn begin(&mut self, start: &BytesStart<'_>) -> Result<(), String> {
        if self.open.len() >= MOST_DEPTH {
            return Err(format!("elements are nested more than {MOST_DEPTH} deep"));
        }
        self.count += 1;
        if self.count > MOST_ELEMENTS {
            return Err(format!("there are more than {MOST_ELEMENTS} elements"));
        }
        let name = start.name();
        let name = name.as_ref();
        if self.prefix.is_none() {
            let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
            self.prefix = Some(prefix.to_owned());
        }
        let mut element = Element {
            name: self.without_prefix(name),
            ..Element::default()
        };
        for attribute in start.html_attributes().with_checks(false).flatten() {
            let value = unescape(attribute.value.as_ref()).into_owned();
            element
                .attributes
                .push((attribute.key.as_ref().to_owned(), value));
        }
        self.open.push(element);
        Ok(())
    }

    fn without_prefix(&self, name: &str) -> String {
        match (name.split_once(':'), &self.prefix) {
            (Some((prefix, local)), Some(known)) if prefix == known => local.to_owned(),
            _ => name.to_owned(),
        }
    }

    fn text(&mut self, text: Cow<'_, str>) {
        let Some(element) = self.open.last_mut() else {
            return;
        };
        match element.children.last_mut() {
            Some(Node::Text(before)) => before.push_str(&text),
            _ => element.children.push(Node::Text(text.into_owned())),
        }
    }

    fn close(&mut self) {
        let Some(element) = self.open.pop() else {
            return;
        };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(Node::Element(element)),
            None => self.root = Some(element),
        }
    }

    fn into_root(mut self) -> Option<Element> {
        while self.root.is_none() && !self.open.is_empty() {
            self.close();
        }
        self.root
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// Returns `text` with the characters for which references stand in it.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some((character, length)) => {
                plain.push_str(&character);
                rest = &rest[length..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// Returns what the reference at the beginning of `text` stands for, and its length.
fn reference(text: &str) -> Option<(Cow<'static, str>, usize)> {
    const LONGEST: usize = 34;
    let end = text.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let found = match name.strip_prefix('#') {
        None => Cow::Borrowed(resolve_html5_entity(name)?),
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            Cow::Owned(numbered(code)?.to_string())
        }
    };
    Some((found, end + 1))
}

/// Numbers of C1 control characters mean Windows-1252 in practice.
fn numbered(code: u32) -> Option<char> {
    match u8::try_from(code) {
        Ok(byte @ 0x80..=0x9f) => {
            let byte = [byte];
            let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte);
            text.chars().next()
        }
        _ => char::from_u32(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_are_read_as_they_are_written() {
        let (root, note) = parse("<?xml version=\"1.0\"?><!-- c --><a x='1 &amp; 2'>t<b>u</b><![CDATA[<v>]]> &eacute;&#233;&#xe9;&who;</a>").unwrap();
        assert_eq!((root.name.as_str(), note), ("a", None));
        assert_eq!(root.attribute("x"), Some("1 & 2"));
        assert_eq!(root.line(), "tu<v> ééé&who;");
        assert_eq!(root.line_at("b").as_deref(), Some("u"));
        let (root, _) = parse("<n:a><n:b>1</n:b><m:b>2</m:b></n:a>").unwrap();
        assert_eq!(root.line_at("b").as_deref(), Some("1"));
        assert_eq!(root.line_at("m:b").as_deref(), Some("2"));
    }

    #[test]
    fn broken_trees_are_read_as_far_as_they_go() {
        let (root, _) = parse("<a><b>1<c>2</a>").unwrap();
        assert_eq!(root.at("b/c").map(Element::line).as_deref(), Some("2"));
        let (root, _) = parse("<a>1</x> & so on</a>").unwrap();
        assert_eq!(root.line(), "1 & so on");
        let (root, note) = parse("<a>1<b").unwrap();
        assert_eq!(root.line(), "1");
        assert!(note.is_some());
        assert!(parse("words").is_err());
    }

    #[test]
    fn hostile_trees_are_refused() {
        assert_eq!(
            parse(&"<a>".repeat(100_000)).unwrap_err(),
            "elements are nested more than 200 deep"
        );
        let many = format!("<a>{}</a>", "<b/>".repeat(MOST_ELEMENTS));
        assert_eq!(
            parse(&many).unwrap_err(),
            "there are more than 200000 elements"
        );
        let laughs = "<!DOCTYPE a [<!ENTITY x \"ha\"><!ENTITY y \"&x;&x;&x;\">]><a>&y;</a>";
        assert_eq!(parse(laughs).unwrap().0.line(), "&y;");
    }

    #[test]
    fn references_stand_for_characters() {
        for (text, expected) in [
            ("a &lt; b &amp; c", "a < b & c"),
            (
                "&#146;&#x2019;&nbsp;&rsquo;",
                "\u{2019}\u{2019}\u{a0}\u{2019}",
            ),
            (
                "AT&T & &; &#x110000; &unknown;",
                "AT&T & &; &#x110000; &unknown;",
            ),
        ] {
            assert_eq!(unescape(text), expected);
        }
    }
}
