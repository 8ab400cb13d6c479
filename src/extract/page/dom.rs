//! A web page as a tree of elements and texts, in one vector.
//!
//! The parsing is html5ever's, which reads whatever a browser reads; here its result
//! is kept small: comments, styles and programs are left out, except for data that a
//! page carries in a script (`application/ld+json`). Nothing here knows what an
//! article is. Everything walks by links between nodes, never by recursion, so that
//! nesting costs no stack.

use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use html5ever::interface::{ElemName, ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{Attribute, LocalName, Namespace, ParseOpts, QualName, local_name, parse_document};
use memchr::{memchr, memmem};

/// A node's place in its [`Dom`].
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct NodeId(u32);

impl NodeId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A parsed page.
#[derive(Debug)]
pub(super) struct Dom {
    nodes: Vec<Node>,
    is_cut: bool,
}

#[derive(Debug)]
struct Node {
    parent: Option<NodeId>,
    previous: Option<NodeId>,
    next: Option<NodeId>,
    first: Option<NodeId>,
    last: Option<NodeId>,
    data: Data,
}

#[derive(Debug)]
enum Data {
    /// The document, a template's contents, or what is not kept.
    Void,
    Text(StrTendril),
    Element(QualName, Vec<Attribute>),
}

/// A step of a walk through a tree.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Step {
    /// A node is met, before what is below it.
    Enter(NodeId),
    /// All below an element has been met.
    Leave(NodeId),
}

const DOCUMENT: NodeId = NodeId(0);

/// Stands for nodes that are not kept.
const NOTHING: NodeId = NodeId(1);

/// Start tags beyond this many open elements are left out: no page that a person wrote
/// comes near (the deepest of 151 news pages has 53 levels; elements that are never
/// closed count here, too), and the parser's time grows with the square of the depth.
const MOST_OPEN: usize = 1_000;

/// Nodes beyond this many are left out (chosen: the largest of 151 news pages has
/// 20,000). A few unclosed tags can make the parser repeat them in every paragraph.
const MOST_NODES: usize = 1_000_000;

/// The end of a tag is looked for this far, so that tags without one cost little.
const MOST_TAG_BYTES: usize = 4 << 10;

/// What the parser is fed at a time before its nodes are counted.
const PIECE_BYTES: usize = 16 << 10;

impl Dom {
    /// Parses a page. Any text is a page.
    pub(super) fn parse(html: &str) -> Dom {
        let options = ParseOpts {
            tree_builder: TreeBuilderOpts {
                // What stands in <noscript> is for readers, too.
                scripting_enabled: false,
                ..TreeBuilderOpts::default()
            },
            ..ParseOpts::default()
        };
        let text = pruned(html);
        let builder = Builder::default();
        let nodes = Rc::clone(&builder.count);
        let mut parser = parse_document(builder, options);
        let mut rest = text.as_str();
        while !rest.is_empty() && nodes.get() <= MOST_NODES {
            let (piece, more) = rest.split_at(boundary_below(rest, PIECE_BYTES));
            parser.process(StrTendril::from_slice(piece));
            rest = more;
        }
        let mut dom = parser.finish();
        dom.is_cut = !rest.is_empty();
        dom
    }

    /// Tells whether the end of the page was left out, because it is too large.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Returns the number of nodes.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns the document's node.
    pub(super) fn document(&self) -> NodeId {
        DOCUMENT
    }

    /// Returns the element's name; `None` for text.
    pub(super) fn name(&self, node: NodeId) -> Option<&LocalName> {
        match &self.nodes[node.index()].data {
            Data::Element(name, _) => Some(&name.local),
            _ => None,
        }
    }

    /// Returns the text of a text node.
    pub(super) fn text(&self, node: NodeId) -> Option<&str> {
        match &self.nodes[node.index()].data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns an attribute of an element.
    pub(super) fn attribute(&self, node: NodeId, name: &str) -> Option<&str> {
        match &self.nodes[node.index()].data {
            Data::Element(_, attributes) => attributes
                .iter()
                .find(|attribute| &*attribute.name.local == name)
                .map(|attribute| &*attribute.value),
            _ => None,
        }
    }

    /// Returns the node that `node` stands in.
    pub(super) fn parent(&self, node: NodeId) -> Option<NodeId> {
        self.nodes[node.index()].parent
    }

    /// Returns the nodes above `node`, the nearest first.
    pub(super) fn ancestors(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.parent(node), |node| self.parent(*node))
    }

    /// Returns the nodes right below `node`.
    pub(super) fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.nodes[node.index()].first, |node| {
            self.nodes[node.index()].next
        })
    }

    /// Walks through `root` and all below it, in the order of the page.
    pub(super) fn walk(&self, root: NodeId) -> Walk<'_> {
        Walk {
            dom: self,
            root,
            next: Some(Step::Enter(root)),
        }
    }

    /// Returns the elements in `root`, itself included, in the order of the page.
    pub(super) fn elements(&self, root: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.walk(root).filter_map(|step| match step {
            Step::Enter(node) if self.name(node).is_some() => Some(node),
            _ => None,
        })
    }

    /// Returns the text below `node` on one line, single blanks between the words; of a
    /// long text only the beginning, about `most` bytes.
    pub(super) fn inner_text(&self, node: NodeId, most: usize) -> String {
        let mut text = String::new();
        for step in self.walk(node) {
            match step {
                Step::Enter(node) => text.push_str(self.text(node).unwrap_or_default()),
                Step::Leave(node) if self.name(node).is_some_and(|name| !is_inline(name)) => {
                    text.push(' ');
                }
                Step::Leave(_) => {}
            }
            if text.len() > most {
                text.truncate(boundary_below(&text, most));
                break;
            }
        }
        super::one_line(&text)
    }
}

/// Tells whether an element flows with the words around it.
pub(super) fn is_inline(name: &LocalName) -> bool {
    matches!(
        &**name,
        "a" | "abbr"
            | "acronym"
            | "b"
            | "bdi"
            | "bdo"
            | "big"
            | "cite"
            | "code"
            | "data"
            | "del"
            | "dfn"
            | "em"
            | "font"
            | "i"
            | "ins"
            | "kbd"
            | "label"
            | "mark"
            | "q"
            | "ruby"
            | "s"
            | "samp"
            | "small"
            | "span"
            | "strike"
            | "strong"
            | "sub"
            | "sup"
            | "time"
            | "tt"
            | "u"
            | "var"
            | "wbr"
            | "img"
            | "amp-img"
            | "picture"
    )
}

/// The steps of [`Dom::walk`].
pub(super) struct Walk<'a> {
    dom: &'a Dom,
    root: NodeId,
    next: Option<Step>,
}

impl Walk<'_> {
    /// Passes over what is below the element that was entered last.
    pub(super) fn skip_below(&mut self, node: NodeId) {
        self.next = Some(Step::Leave(node));
    }
}

impl Iterator for Walk<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let step = self.next?;
        let nodes = &self.dom.nodes;
        self.next = match step {
            Step::Enter(node) => Some(match nodes[node.index()].first {
                Some(child) => Step::Enter(child),
                None => Step::Leave(node),
            }),
            Step::Leave(node) if node == self.root => None,
            Step::Leave(node) => match nodes[node.index()].next {
                Some(next) => Some(Step::Enter(next)),
                None => nodes[node.index()].parent.map(Step::Leave),
            },
        };
        Some(step)
    }
}

/// Returns the last boundary of characters in `text` up to `at`.
fn boundary_below(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// Returns `html` without what no reader sees (programs, styles, comments, drawings) and
/// without start tags that would nest too deep: before the parser has to look at each of
/// their characters. Time is linear.
///
/// The count of open elements is rough (an element that needs no end tag counts), and
/// only ever acts on pages made to be a burden.
fn pruned(html: &str) -> String {
    let bytes = html.as_bytes();
    let mut kept = String::with_capacity(html.len() / 2);
    let mut unclosed: Vec<&[u8]> = Vec::new();
    let (mut open, mut from, mut at) = (0usize, 0, 0);
    while let Some(found) = memchr(b'<', &bytes[at..]) {
        let start = at + found;
        let rest = &bytes[start + 1..];
        at = start + 1;
        let mut cut_to = None;
        if rest.starts_with(b"/") {
            open = open.saturating_sub(1);
        } else if let Some(hidden) = hidden_part(rest) {
            // Where there is no end, there is none further on either.
            if !unclosed.contains(&hidden) {
                cut_to = end_of(bytes, at, hidden);
                if cut_to.is_none() {
                    unclosed.push(hidden);
                }
            }
        } else if rest.first().is_some_and(u8::is_ascii_alphabetic) && !is_void(rest) {
            open += 1;
            if open > MOST_OPEN {
                let tag = &rest[..rest.len().min(MOST_TAG_BYTES)];
                cut_to = memchr(b'>', tag).map(|end| at + end + 1);
            }
        }
        if let Some(end) = cut_to {
            kept.push_str(html.get(from..start).unwrap_or_default());
            (from, at) = (end, end);
        }
    }
    kept.push_str(html.get(from..).unwrap_or_default());
    kept
}

/// Returns the name of a part that shows nothing a reader reads (`!--` for a comment);
/// `tag` begins behind its `<`.
fn hidden_part(tag: &[u8]) -> Option<&'static [u8]> {
    const ELEMENTS: [&[u8]; 3] = [b"script", b"style", b"svg"];
    if tag.starts_with(b"!--") {
        return Some(b"!--");
    }
    let name = tag_name(tag);
    let found = ELEMENTS
        .into_iter()
        .find(|hidden| name.eq_ignore_ascii_case(hidden))?;
    let tag = &tag[..tag.len().min(MOST_TAG_BYTES)];
    let tag = &tag[..memchr(b'>', tag)?];
    let is_data = found == b"script" && memmem::find(tag, b"json").is_some();
    (!is_data && !tag.ends_with(b"/")).then_some(found)
}

/// Returns where the hidden part ends whose tag begins at `from`.
fn end_of(bytes: &[u8], from: usize, name: &[u8]) -> Option<usize> {
    if name == b"!--" {
        let inside = from + name.len();
        return memmem::find(bytes.get(inside..)?, b"-->").map(|end| inside + end + 3);
    }
    let mut at = from;
    loop {
        at += memmem::find(&bytes[at..], b"</")? + 2;
        if tag_name(&bytes[at..]).eq_ignore_ascii_case(name) {
            return Some(at + memchr(b'>', &bytes[at..])? + 1);
        }
    }
}

fn tag_name(tag: &[u8]) -> &[u8] {
    let end = tag
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-')
        .unwrap_or(tag.len());
    &tag[..end]
}

fn is_void(tag: &[u8]) -> bool {
    const VOID: [&[u8]; 13] = [
        b"br", b"img", b"meta", b"link", b"input", b"hr", b"source", b"wbr", b"area", b"col", b"p",
        b"li", b"option",
    ];
    let name = tag_name(tag);
    VOID.iter().any(|void| name.eq_ignore_ascii_case(void))
}

/// Takes the parser's orders.
struct Builder {
    nodes: RefCell<Vec<Node>>,
    /// The number of nodes, for the one who feeds the parser.
    count: Rc<Cell<usize>>,
}

impl Default for Builder {
    fn default() -> Builder {
        let void = || Node::new(Data::Void);
        Builder {
            nodes: RefCell::new(vec![void(), void()]),
            count: Rc::default(),
        }
    }
}

impl Node {
    fn new(data: Data) -> Node {
        Node {
            parent: None,
            previous: None,
            next: None,
            first: None,
            last: None,
            data,
        }
    }
}

/// An element's name, borrowed from the tree under construction.
#[derive(Debug)]
struct BorrowedName<'a>(Ref<'a, QualName>);

impl ElemName for BorrowedName<'_> {
    fn ns(&self) -> &Namespace {
        &self.0.ns
    }

    fn local_name(&self) -> &LocalName {
        &self.0.local
    }
}

impl Builder {
    fn add(&self, data: Data) -> NodeId {
        let mut nodes = self.nodes.borrow_mut();
        // Four billion nodes do not fit into a record.
        let id = NodeId(u32::try_from(nodes.len()).unwrap_or(NOTHING.0));
        nodes.push(Node::new(data));
        self.count.set(nodes.len());
        id
    }

    fn detach(nodes: &mut [Node], node: NodeId) {
        let (parent, previous, next) = {
            let node = &mut nodes[node.index()];
            (node.parent.take(), node.previous.take(), node.next.take())
        };
        match previous {
            Some(previous) => nodes[previous.index()].next = next,
            None => {
                if let Some(parent) = parent {
                    nodes[parent.index()].first = next;
                }
            }
        }
        match next {
            Some(next) => nodes[next.index()].previous = previous,
            None => {
                if let Some(parent) = parent {
                    nodes[parent.index()].last = previous;
                }
            }
        }
    }

    fn attach_last(nodes: &mut [Node], parent: NodeId, node: NodeId) {
        Builder::detach(nodes, node);
        let last = nodes[parent.index()].last.replace(node);
        nodes[node.index()].parent = Some(parent);
        nodes[node.index()].previous = last;
        match last {
            Some(last) => nodes[last.index()].next = Some(node),
            None => nodes[parent.index()].first = Some(node),
        }
    }

    fn attach_before(nodes: &mut [Node], sibling: NodeId, node: NodeId) {
        Builder::detach(nodes, node);
        let Some(parent) = nodes[sibling.index()].parent else {
            return;
        };
        let previous = nodes[sibling.index()].previous.replace(node);
        nodes[node.index()].parent = Some(parent);
        nodes[node.index()].previous = previous;
        nodes[node.index()].next = Some(sibling);
        match previous {
            Some(previous) => nodes[previous.index()].next = Some(node),
            None => nodes[parent.index()].first = Some(node),
        }
    }

    /// Tells whether a text below `parent` is worth keeping.
    fn keeps_text(nodes: &[Node], parent: NodeId) -> bool {
        match &nodes[parent.index()].data {
            Data::Element(name, attributes) => match name.local {
                local_name!("style") => false,
                local_name!("script") => attributes
                    .iter()
                    .any(|a| a.name.local == local_name!("type") && a.value.contains("json")),
                _ => true,
            },
            _ => true,
        }
    }

    /// Adds `text` to the text node `at`, if it is one.
    fn extend_text(nodes: &mut [Node], at: Option<NodeId>, text: &StrTendril) -> bool {
        match at.map(|at| &mut nodes[at.index()].data) {
            Some(Data::Text(before)) => {
                before.push_tendril(text);
                true
            }
            _ => false,
        }
    }
}

impl TreeSink for Builder {
    type Handle = NodeId;
    type Output = Dom;
    type ElemName<'a> = BorrowedName<'a>;

    fn finish(self) -> Dom {
        Dom {
            nodes: self.nodes.into_inner(),
            is_cut: false,
        }
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> NodeId {
        DOCUMENT
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> BorrowedName<'a> {
        let name = Ref::map(self.nodes.borrow(), |nodes| {
            match &nodes[target.index()].data {
                Data::Element(name, _) => name,
                _ => &*NO_NAME,
            }
        });
        BorrowedName(name)
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, _: ElementFlags) -> NodeId {
        self.add(Data::Element(name, attrs))
    }

    fn create_comment(&self, _: StrTendril) -> NodeId {
        NOTHING
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> NodeId {
        NOTHING
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        let mut nodes = self.nodes.borrow_mut();
        match child {
            NodeOrText::AppendNode(NOTHING) => {}
            NodeOrText::AppendNode(node) => Builder::attach_last(&mut nodes, *parent, node),
            NodeOrText::AppendText(text) => {
                let last = nodes[parent.index()].last;
                if Builder::keeps_text(&nodes, *parent)
                    && !Builder::extend_text(&mut nodes, last, &text)
                {
                    drop(nodes);
                    let node = self.add(Data::Text(text));
                    Builder::attach_last(&mut self.nodes.borrow_mut(), *parent, node);
                }
            }
        }
    }

    fn append_based_on_parent_node(
        &self,
        element: &NodeId,
        prev_element: &NodeId,
        child: NodeOrText<NodeId>,
    ) {
        let has_parent = self.nodes.borrow()[element.index()].parent.is_some();
        if has_parent {
            self.append_before_sibling(element, child);
        } else {
            self.append(prev_element, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, _: &NodeId) -> NodeId {
        self.add(Data::Void)
    }

    fn same_node(&self, x: &NodeId, y: &NodeId) -> bool {
        x == y
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &NodeId, new_node: NodeOrText<NodeId>) {
        let node = match new_node {
            NodeOrText::AppendNode(NOTHING) => return,
            NodeOrText::AppendNode(node) => node,
            NodeOrText::AppendText(text) => {
                let mut nodes = self.nodes.borrow_mut();
                let previous = nodes[sibling.index()].previous;
                if Builder::extend_text(&mut nodes, previous, &text) {
                    return;
                }
                drop(nodes);
                self.add(Data::Text(text))
            }
        };
        Builder::attach_before(&mut self.nodes.borrow_mut(), *sibling, node);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attrs: Vec<Attribute>) {
        if let Data::Element(_, known) = &mut self.nodes.borrow_mut()[target.index()].data {
            for attribute in attrs {
                if !known.iter().any(|known| known.name == attribute.name) {
                    known.push(attribute);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &NodeId) {
        Builder::detach(&mut self.nodes.borrow_mut(), *target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        let mut nodes = self.nodes.borrow_mut();
        while let Some(child) = nodes[node.index()].first {
            Builder::attach_last(&mut nodes, *new_parent, child);
        }
    }
}

static NO_NAME: std::sync::LazyLock<QualName> =
    std::sync::LazyLock::new(|| QualName::new(None, html5ever::ns!(), local_name!("")));

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes the elements and texts of a page, each text in quotes.
    fn outline(html: &str) -> String {
        let dom = Dom::parse(html);
        let mut outline = Vec::new();
        for step in dom.walk(dom.document()) {
            if let Step::Enter(node) = step {
                outline.extend(dom.name(node).map(|name| name.to_string()));
                outline.extend(dom.text(node).map(|text| format!("{text:?}")));
            }
        }
        outline.join(" ")
    }

    #[test]
    fn pages_become_trees_without_what_no_reader_sees() {
        for (html, expected) in [
            ("<p>One<p>Two", r#"html head body p "One" p "Two""#),
            (
                "<script>a < b</script><!-- no --><b>x</b><style>p{}</style>",
                r#"html head body b "x""#,
            ),
            (
                "<script type='application/ld+json'>{}</script>",
                r#"html head script "{}" body"#,
            ),
            ("<svg><text>no</text></svg>yes", r#"html head body "yes""#),
            ("a<!-- never ends", r#"html head body "a""#),
            ("a<script>never ends", r#"html head body "a" script"#),
        ] {
            assert_eq!(outline(html), expected, "{html}");
        }
    }

    #[test]
    fn hostile_pages_cost_little() {
        let many = |piece: &str, times: usize| piece.repeat(times);
        let formatted: String = (0..2_000).map(|n| format!("<b class=c{n}>")).collect();
        for (what, html) in [
            ("nesting", many("<div>", 200_000)),
            ("nested quotations", many("<blockquote><a>", 200_000)),
            ("unclosed comments", many("<!--", 500_000)),
            ("unclosed programs", many("<script>", 300_000)),
            ("tags without an end", many("<a ", 500_000)),
            ("repeated formatting", formatted + &many("<p>x", 300_000)),
            ("tables in links", many("<a><table>", 200_000)),
        ] {
            let dom = Dom::parse(&html);
            assert!(dom.len() < 2 * MOST_NODES, "{what}: {} nodes", dom.len());
            let deepest = dom
                .elements(dom.document())
                .map(|node| dom.ancestors(node).count());
            let deepest = deepest.take(20_000).max().unwrap_or_default();
            assert!(deepest < 2 * MOST_OPEN, "{what}: {deepest} deep");
        }
    }
}
