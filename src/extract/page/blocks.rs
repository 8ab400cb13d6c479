//! Cuts a page into blocks, as a reader sees them: paragraphs, headings, items, rows.
//!
//! A block is the text between two boundaries of elements that do not flow with the
//! words around them. Which blocks are the article's is decided in `body`; here they are
//! only cut, measured, and marked where the page says that they are something else.

use std::collections::{HashMap, HashSet};

use super::dom::{Dom, NodeId, Step, is_inline};
use super::hints::{self, Hint};
use super::{one_line, same_words};

/// What a reader sees as one piece of text.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// The element it is the text of.
    pub(super) node: NodeId,
    pub(super) kind: BlockKind,
    pub(super) text: String,
    pub(super) words: u32,
    /// Words that are links.
    pub(super) link_words: u32,
    /// Whether it ends as sentences do.
    pub(super) is_sentence: bool,
    /// Whether the page says that it is something else than the article.
    pub(super) aside: bool,
    /// Its place among the steps of a walk through the page.
    pub(super) order: u32,
}

/// What a block is by its element.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum BlockKind {
    Paragraph,
    Heading,
    Item,
    Quotation,
    /// The row of a table.
    Row,
    /// Text that stands in an element without a meaning of its own.
    Plain,
}

impl Block {
    /// Tells whether it is running text.
    pub(super) fn is_prose(&self) -> bool {
        self.words >= 12 && self.link_words * 2 <= self.words && self.is_sentence
    }

    /// Returns the share of its words that are links.
    pub(super) fn link_share(&self) -> f64 {
        f64::from(self.link_words) / f64::from(self.words.max(1))
    }
}

/// The blocks of a page, in its order.
pub(super) struct Blocks {
    pub(super) all: Vec<Block>,
    /// For each node, the range of steps that it spans.
    spans: Vec<(u32, u32)>,
    /// The nodes, each after all that is below it.
    inner_first: Vec<NodeId>,
}

/// An element called an aside that has this share of a page's running text is none.
const MOST_OF_TEXT: f64 = 0.5;

/// Readers' comments and notices of consent are often longer than an article.
const NEARLY_ALL_TEXT: f64 = 0.9;

/// A card shows a headline and at most its lead.
const MOST_CARD_WORDS: f64 = 90.0;

/// A block of several lines with at most this many words is cut at its line ends.
const MOST_LINE_WORDS: u32 = 30;

/// Stands for a line break that the page demands (the line separator of Unicode).
const LINE_BREAK: char = '\u{2028}';

/// Main headings looked at; a page of several articles has a dozen.
const MOST_HEADINGS: usize = 50;

impl Blocks {
    /// Cuts the page; `title` is the article's.
    pub(super) fn cut(dom: &Dom, title: &str) -> Blocks {
        let mut hints = vec![Hint::None; dom.len()];
        let mut cutter = Cutter::new(dom);
        let mut spans = vec![(0, 0); dom.len()];
        let mut inner_first = Vec::with_capacity(dom.len());
        let mut walk = dom.walk(dom.document());
        while let Some(step) = walk.next() {
            cutter.order += 1;
            match step {
                Step::Enter(node) => {
                    spans[node.index()].0 = cutter.order;
                    let hint = hints::of_element(dom, node);
                    hints[node.index()] = hint;
                    let is_shown = match hint {
                        Hint::Unseen => false,
                        Hint::None => true,
                        // A label in the line: its words are no part of the sentence.
                        _ => !dom.name(node).is_some_and(is_inline),
                    };
                    if is_shown {
                        cutter.enter(node);
                    } else {
                        walk.skip_below(node);
                    }
                }
                Step::Leave(node) => {
                    cutter.leave(node);
                    spans[node.index()].1 = cutter.order;
                    inner_first.push(node);
                }
            }
        }
        cutter.flush();
        let all = cutter.blocks;
        let mut blocks = Blocks {
            all,
            spans,
            inner_first,
        };
        blocks.mark_asides(dom, &hints);
        blocks.mark_cards(dom);
        blocks.mark_other_articles(dom, title);
        blocks
    }

    /// Returns, for each node, the sum of the values of the blocks in it.
    pub(super) fn sums(&self, dom: &Dom, value: impl Fn(&Block) -> f64) -> Vec<f64> {
        let mut sums = vec![0.0; dom.len()];
        for block in &self.all {
            sums[block.node.index()] += value(block);
        }
        for node in &self.inner_first {
            if let Some(parent) = dom.parent(*node) {
                sums[parent.index()] += sums[node.index()];
            }
        }
        sums
    }

    /// Returns the nodes, each after all that is below it.
    pub(super) fn inner_first(&self) -> &[NodeId] {
        &self.inner_first
    }

    /// Returns the place before `node` and the blocks in it.
    pub(super) fn within(&self, node: NodeId) -> (u32, &[Block]) {
        let (from, to) = self.spans[node.index()];
        let start = self.all.partition_point(|block| block.order < from);
        let end = self.all.partition_point(|block| block.order <= to);
        (from, &self.all[start..end.max(start)])
    }

    /// Marks the blocks that stand in an aside. What holds most of the page's running
    /// text is none, whatever it is called: alone, or with others of the same class.
    fn mark_asides(&mut self, dom: &Dom, hints: &[Hint]) {
        let prose_words = |block: &Block| {
            if block.is_prose() {
                f64::from(block.words)
            } else {
                0.0
            }
        };
        let prose = self.sums(dom, prose_words);
        let total = prose[dom.document().index()].max(1.0);
        let mut of_class: HashMap<&str, f64> = HashMap::new();
        for node in self
            .inner_first
            .iter()
            .filter(|node| hints[node.index()] == Hint::Aside)
        {
            if let Some(class) = dom.attribute(*node, "class") {
                *of_class.entry(class).or_default() += prose[node.index()];
            }
        }
        let quoting = boxes_of_quotations(dom, &self.inner_first);
        let is_aside = |node: NodeId| match hints[node.index()] {
            Hint::Aside => {
                let class = dom
                    .attribute(node, "class")
                    .and_then(|class| of_class.get(class));
                let most = prose[node.index()].max(class.copied().unwrap_or_default());
                most / total < MOST_OF_TEXT && !quoting.contains(&node)
            }
            Hint::Never => prose[node.index()] / total < NEARLY_ALL_TEXT,
            Hint::None | Hint::Unseen => false,
        };
        let asides: Vec<NodeId> = self
            .inner_first
            .iter()
            .copied()
            .filter(|node| is_aside(*node))
            .collect();
        self.mark_within(&asides);
    }

    /// Marks the blocks of cards: small parts whose heading is a link to another article.
    fn mark_cards(&mut self, dom: &Dom) {
        let words = self.sums(dom, |block| f64::from(block.words));
        let is_linked =
            |block: &&Block| block.kind == BlockKind::Heading && block.link_words == block.words;
        let card = |block: &Block| {
            let small = |node: &NodeId| words[node.index()] <= MOST_CARD_WORDS;
            dom.ancestors(block.node)
                .take_while(small)
                .last()
                .unwrap_or(block.node)
        };
        let cards: Vec<NodeId> = self.all.iter().filter(is_linked).map(card).collect();
        self.mark_within(&cards);
    }

    /// Marks the blocks of articles that follow this one on the same page: `article`
    /// elements with a main heading of their own, where another has this one's.
    fn mark_other_articles(&mut self, dom: &Dom, title: &str) {
        let is_named =
            |node: NodeId, name: &str| dom.name(node).is_some_and(|found| &**found == name);
        let article_of = |block: &Block| {
            dom.ancestors(block.node)
                .find(|node| is_named(*node, "article"))
        };
        let headings: Vec<(NodeId, bool)> = self
            .all
            .iter()
            .filter(|block| is_named(block.node, "h1"))
            .take(MOST_HEADINGS)
            .filter_map(|block| Some((article_of(block)?, same_words(&block.text, title))))
            .collect();
        let Some((this, _)) = headings.iter().find(|(_, is_title)| *is_title) else {
            return;
        };
        let others: Vec<NodeId> = headings
            .iter()
            .map(|(article, _)| *article)
            .filter(|article| article != this && !dom.ancestors(*this).any(|node| node == *article))
            .collect();
        self.mark_within(&others);
    }

    /// Marks the blocks in any of `nodes`.
    fn mark_within(&mut self, nodes: &[NodeId]) {
        let mut spans: Vec<(u32, u32)> =
            nodes.iter().map(|node| self.spans[node.index()]).collect();
        spans.sort_unstable();
        let mut spans = spans.into_iter().peekable();
        let mut end = 0;
        for block in &mut self.all {
            while let Some((_, to)) = spans.next_if(|(from, _)| *from <= block.order) {
                end = end.max(to);
            }
            block.aside |= block.order <= end;
        }
    }
}

/// Returns the boxes that are made for a quotation: what an article quotes is its own,
/// whatever the box is called.
fn boxes_of_quotations(dom: &Dom, nodes: &[NodeId]) -> HashSet<NodeId> {
    let is_quotation =
        |node: &&NodeId| dom.name(**node).is_some_and(|name| &**name == "blockquote");
    let boxes = nodes.iter().filter(is_quotation);
    boxes
        .flat_map(|node| std::iter::once(*node).chain(dom.ancestors(*node).take(2)))
        .collect()
}

/// Tells whether a text ends as sentences do.
fn ends_sentence(text: &str) -> bool {
    let bare = text.trim_end_matches(|c: char| {
        matches!(
            c,
            ')' | ']' | '*' | '"' | '\'' | '”' | '’' | '»' | '“' | '」' | '』'
        ) || c.is_whitespace()
    });
    bare.ends_with(['.', '!', '?', '…', '。', '！', '？', ':', '‽'])
}

fn count_words(text: &str) -> u32 {
    let mut words = 0u32;
    for piece in text.split_whitespace() {
        // A run of Chinese, Japanese or Korean letters counts as words of two.
        let wide = piece
            .chars()
            .filter(|c| ('\u{2E80}'..'\u{FB00}').contains(c))
            .count() as u32;
        words += if wide > 0 {
            wide.div_ceil(2)
        } else {
            u32::from(piece.chars().any(char::is_alphanumeric))
        };
    }
    words
}

/// Cuts a page into blocks while walking through it.
struct Cutter<'a> {
    dom: &'a Dom,
    blocks: Vec<Block>,
    /// Open elements that begin blocks.
    open: Vec<NodeId>,
    text: String,
    link_from: Option<usize>,
    link_words: u32,
    /// Whether the text has a line break that the page demands.
    has_break: bool,
    order: u32,
}

impl<'a> Cutter<'a> {
    fn new(dom: &'a Dom) -> Cutter<'a> {
        Cutter {
            dom,
            blocks: Vec::new(),
            open: Vec::new(),
            text: String::new(),
            link_from: None,
            link_words: 0,
            has_break: false,
            order: 0,
        }
    }

    fn enter(&mut self, node: NodeId) {
        if let Some(text) = self.dom.text(node) {
            self.text.push_str(text);
            return;
        }
        let Some(name) = self.dom.name(node) else {
            return;
        };
        match &**name {
            "br" => {
                let is_double = self
                    .text
                    .trim_end_matches([' ', '\n', '\t', '\r'])
                    .ends_with(LINE_BREAK);
                if is_double {
                    self.flush();
                } else {
                    self.text.push(LINE_BREAK);
                    self.has_break = true;
                }
            }
            "a" => self.link_from = Some(self.text.len()),
            _ => {}
        }
        if matches!(&**name, "td" | "th") && is_simple_cell(self.dom, node) {
            // The cells of a row are read as one line.
            self.text.push_str("  ");
        } else if !is_inline(name) && &**name != "br" {
            self.flush();
            self.open.push(node);
        }
    }

    fn leave(&mut self, node: NodeId) {
        let Some(name) = self.dom.name(node) else {
            return;
        };
        if &**name == "a"
            && let Some(from) = self.link_from.take()
        {
            self.link_words += count_words(self.text.get(from..).unwrap_or_default());
        }
        if self.open.last() == Some(&node) {
            self.flush();
            self.open.pop();
        }
    }

    /// Ends the block under way.
    fn flush(&mut self) {
        if let Some(from) = self.link_from {
            self.link_words += count_words(self.text.get(from..).unwrap_or_default());
            self.link_from = Some(0);
        }
        let text = std::mem::take(&mut self.text);
        let link_words = std::mem::take(&mut self.link_words);
        let words = count_words(&text);
        // Short lines stand for themselves: a headline, a byline, a date.
        if link_words == 0 && words <= MOST_LINE_WORDS && self.has_break {
            text.split(LINE_BREAK).for_each(|line| self.add(line, 0));
        } else {
            self.add(&text, link_words);
        }
        self.has_break = false;
    }

    fn add(&mut self, text: &str, link_words: u32) {
        let text = one_line(text);
        let words = count_words(&text);
        if words == 0 {
            return;
        }
        let is_sentence = ends_sentence(&text);
        let node = self.open.last().copied().unwrap_or(self.dom.document());
        self.blocks.push(Block {
            node,
            kind: kind_of(self.dom, node),
            text,
            words,
            link_words: link_words.min(words),
            is_sentence,
            aside: false,
            order: self.order,
        });
    }
}

/// Tells whether a cell holds a datum, and no part of the page's layout.
fn is_simple_cell(dom: &Dom, cell: NodeId) -> bool {
    const MOST_BYTES: usize = 80;
    let mut bytes = 0;
    dom.children(cell)
        .take(MOST_BYTES)
        .all(|node| match (dom.name(node), dom.text(node)) {
            (Some(name), _) => is_inline(name),
            (None, text) => {
                bytes += text.map_or(0, |text| text.trim().len());
                bytes <= MOST_BYTES
            }
        })
}

/// Returns what an element's text is; what stands in an item or a quotation is one, too.
fn kind_of(dom: &Dom, node: NodeId) -> BlockKind {
    let nearest = std::iter::once(node).chain(dom.ancestors(node)).take(3);
    let mut kind = BlockKind::Plain;
    for (distance, node) in nearest.enumerate() {
        let found = match dom.name(node).map_or("", |name| name) {
            "p" => BlockKind::Paragraph,
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => return BlockKind::Heading,
            "li" | "dd" | "dt" => return BlockKind::Item,
            "blockquote" => return BlockKind::Quotation,
            "tr" => BlockKind::Row,
            _ => continue,
        };
        if kind == BlockKind::Plain && (distance == 0 || found != BlockKind::Paragraph) {
            kind = found;
        }
    }
    kind
}
