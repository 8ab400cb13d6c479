//! Turns marked-up text into plain paragraphs: the HTML of feeds and agencies, which is
//! all article. It takes nothing out but what is no text: scripts, styles, pictures with
//! their captions, forms. Finding the article on a whole page is not done here.
//!
//! One pass over the text, whatever it holds; nesting takes no stack.

use super::xml::{Element, Node, unescape};

/// Elements that begin a paragraph of their own.
const BLOCKS: [&str; 40] = [
    "p",
    "div",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "blockquote",
    "section",
    "article",
    "header",
    "footer",
    "main",
    "aside",
    "address",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "caption",
    "pre",
    "hr",
    "hl1",
    "hl2",
    "block",
    "body",
    "html",
    "bq",
    "nitf-table",
    "fn",
    "center",
    "details",
    "summary",
];

/// Elements whose content is no text of the article.
const DROPPED: [&str; 22] = [
    "script",
    "style",
    "head",
    "title",
    "noscript",
    "template",
    "svg",
    "math",
    "iframe",
    "object",
    "button",
    "select",
    "textarea",
    "form",
    "nav",
    "figure",
    "figcaption",
    "audio",
    "video",
    "media",
    "picture",
    "canvas",
];

/// Elements in which nothing is a tag but their own end.
const RAW: [&str; 2] = ["script", "style"];

/// Elements that never have content, so that no end is waited for.
const VOID: [&str; 8] = ["br", "hr", "img", "input", "meta", "link", "wbr", "source"];

/// Returns the paragraphs of a piece of HTML, kept apart by empty lines.
pub(super) fn text_of_html(html: &str) -> String {
    let mut paragraphs = Paragraphs::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        paragraphs.text(&unescape(&rest[..at]));
        rest = &rest[at..];
        let (tag, after) = next_tag(rest);
        rest = after;
        match tag {
            Tag::Begin { name, is_empty } => {
                if !is_empty && RAW.contains(&name.as_str()) {
                    rest = behind_raw(&name, rest);
                    continue;
                }
                paragraphs.begin(&name);
                if is_empty || VOID.contains(&name.as_str()) {
                    paragraphs.end(&name);
                }
            }
            Tag::End(name) => paragraphs.end(&name),
            Tag::Text(text) => paragraphs.text(text),
            Tag::Nothing => {}
        }
    }
    paragraphs.text(&unescape(rest));
    paragraphs.finish()
}

/// Returns what follows the element `name`, which began before `text`.
fn behind_raw<'t>(name: &str, text: &'t str) -> &'t str {
    let is_end = |rest: &str| {
        let found = rest.get(..name.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    let mut ends = text.match_indices("</").map(|(at, mark)| at + mark.len());
    let Some(end) = ends.find(|&end| is_end(&text[end..])) else {
        return "";
    };
    text[end..].split_once('>').map_or("", |(_, rest)| rest)
}

/// Returns true if `text` looks like HTML, not like plain text.
pub(super) fn is_html(text: &str) -> bool {
    const SIGNS: [&str; 12] = [
        "<p", "<br", "<div", "<a ", "<b>", "<i>", "<em", "<strong", "<img", "<span", "</",
        "<figure",
    ];
    let lower = text.to_ascii_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign))
}

/// Returns the paragraphs of an element.
pub(super) fn text_of_element(element: &Element) -> String {
    let mut paragraphs = Paragraphs::default();
    add_children(element, &mut paragraphs);
    paragraphs.finish()
}

fn add_children(element: &Element, paragraphs: &mut Paragraphs) {
    for node in &element.children {
        match node {
            Node::Text(text) => paragraphs.text(text),
            Node::Element(inner) => {
                let name = inner.local_name().to_ascii_lowercase();
                paragraphs.begin(&name);
                add_children(inner, paragraphs);
                paragraphs.end(&name);
            }
        }
    }
}

enum Tag<'t> {
    Begin {
        name: String,
        is_empty: bool,
    },
    End(String),
    /// A `<` that begins no tag, or marked text.
    Text(&'t str),
    Nothing,
}

/// Reads the tag at the beginning of `text`; returns it with what follows.
fn next_tag(text: &str) -> (Tag<'_>, &str) {
    let until = |mark: &str| match text.find(mark) {
        Some(at) => &text[at + mark.len()..],
        None => "",
    };
    if text.starts_with("<!--") {
        return (Tag::Nothing, until("-->"));
    }
    if let Some(marked) = text.strip_prefix("<![CDATA[") {
        return match marked.split_once("]]>") {
            Some((marked, rest)) => (Tag::Text(marked), rest),
            None => (Tag::Text(marked), ""),
        };
    }
    if text.starts_with("<!") || text.starts_with("<?") {
        return (Tag::Nothing, until(">"));
    }
    let is_end = text.starts_with("</");
    let begin = if is_end { 2 } else { 1 };
    let name_end = text[begin..]
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, ':' | '-' | '_' | '.')))
        .map_or(text.len(), |end| begin + end);
    let name = &text[begin..name_end];
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return (Tag::Text("<"), &text[1..]);
    }
    let Some(end) = tag_end(&text[name_end..]) else {
        // Cut short, or a text with a bracket in it that ends here.
        return (Tag::Nothing, "");
    };
    let name = name.rsplit(':').next().unwrap_or(name).to_ascii_lowercase();
    let is_empty = text[..name_end + end].ends_with('/');
    let rest = &text[name_end + end + 1..];
    match is_end {
        true => (Tag::End(name), rest),
        false => (Tag::Begin { name, is_empty }, rest),
    }
}

/// Returns where a tag's `>` is, outside of quotation marks.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = b' ';
    let mut first = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') if before == b'=' => quote = Some(byte),
            (Some(open), close) if open == close => quote = None,
            (Some(_), b'>') if first.is_none() => first = Some(at),
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            before = byte;
        }
    }
    // A quotation mark that is never closed means nothing.
    first
}

/// Text that grows by paragraphs.
#[derive(Default)]
struct Paragraphs {
    done: String,
    open: String,
    /// Whether the last thing was the end of a span.
    is_behind_span: bool,
    /// The element whose content is dropped, and how many of its name are open.
    dropped: Option<(String, usize)>,
}

impl Paragraphs {
    fn begin(&mut self, name: &str) {
        if let Some((dropped, depth)) = &mut self.dropped {
            if dropped == name {
                *depth += 1;
            }
            return;
        }
        if DROPPED.contains(&name) {
            self.close();
            self.dropped = Some((name.to_owned(), 1));
            return;
        }
        match name {
            "br" if self.open.ends_with('\n') => self.close(),
            "br" if self.open.is_empty() => {}
            "br" => {
                self.open.truncate(self.open.trim_end().len());
                self.open.push('\n');
            }
            "tr" => self.row(),
            "td" | "th" if !self.open.is_empty() && !self.open.ends_with('\n') => {
                self.open.truncate(self.open.trim_end().len());
                self.open.push_str("   ");
            }
            // Spans next to each other are labels that a style sheet keeps apart.
            "span" if self.is_behind_span => self.text(" "),
            name if BLOCKS.contains(&name) => self.close(),
            _ => {}
        }
    }

    /// Rows of a table stand under each other.
    fn row(&mut self) {
        if !self.open.is_empty() && !self.open.ends_with('\n') {
            self.open.truncate(self.open.trim_end().len());
            self.open.push('\n');
        }
    }

    fn end(&mut self, name: &str) {
        if let Some((dropped, depth)) = &mut self.dropped {
            if dropped == name {
                *depth -= 1;
                if *depth == 0 {
                    self.dropped = None;
                }
            }
            return;
        }
        if BLOCKS.contains(&name) {
            self.close();
        }
        self.is_behind_span = name == "span";
    }

    fn text(&mut self, text: &str) {
        if self.dropped.is_some() || text.is_empty() {
            return;
        }
        self.is_behind_span = false;
        for c in text.chars() {
            if c.is_whitespace() {
                let needs_blank =
                    !self.open.is_empty() && !self.open.ends_with(char::is_whitespace);
                if needs_blank {
                    self.open.push(' ');
                }
            } else {
                self.open.push(c);
            }
        }
    }

    fn close(&mut self) {
        let paragraph = self.open.trim();
        if !paragraph.is_empty() {
            if !self.done.is_empty() {
                self.done.push_str("\n\n");
            }
            self.done.push_str(paragraph);
        }
        self.open.clear();
    }

    fn finish(mut self) -> String {
        self.close();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::xml;

    #[test]
    fn paragraphs_are_kept_apart_and_what_is_no_text_left_out() {
        for (html, expected) in [
            (
                "<p>One  two<b>three</b>.</p><P>Four</P>",
                "One twothree.\n\nFour",
            ),
            ("One<br>two<br/><br>three", "One\ntwo\n\nthree"),
            ("a &lt; b &amp; c &#8212; d", "a < b & c — d"),
            ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
            ("<script>if (a<b) {}</SCRIPT >x<style>p{}</style>y", "xy"),
            (
                "<figure><img src='a>b'><figcaption>c</figcaption></figure>Text",
                "Text",
            ),
            (
                "<table><tr><td>a<td>1<tr><td>b<td>2</table>",
                "a   1\nb   2",
            ),
            ("<ul><li>one</li><li>two</li></ul>", "one\n\ntwo"),
            ("<![CDATA[raw <x>]]>", "raw <x>"),
            ("cut <a href=\"x", "cut"),
            ("<span>Port</span><span>MW</span><br>x", "Port MW\nx"),
            ("<a title=\"never closed>link</a>", "link"),
        ] {
            assert_eq!(text_of_html(html), expected, "{html}");
        }
    }

    #[test]
    fn trees_are_read_like_tags() {
        let (root, _) =
            xml::parse("<b><p>One <x:em>two</x:em></p><p>Three<br/>four</p></b>").unwrap();
        assert_eq!(text_of_element(&root), "One two\n\nThree\nfour");
    }

    #[test]
    fn hostile_markup_takes_one_pass() {
        let started = std::time::Instant::now();
        for piece in [
            "<div>",
            "<",
            "<a ",
            "<a href=\"",
            "<!--",
            "<script>",
            "&",
            "&#",
            "<![CDATA[",
        ] {
            text_of_html(&piece.repeat(100_000));
        }
        assert!(started.elapsed().as_secs() < 30);
    }
}
