//! Finds the text of the article on a page: which part of the tree holds it, and which
//! of the blocks there belong to it.
//!
//! Each block has a value: running text is worth its words, a row of links or labels
//! costs some. The article is the part of the tree with the greatest sum, which takes
//! in every paragraph and pays for each menu that comes along (a maximum subtree, as in
//! Pasternack & Roth, "Extracting Article Text from the Web with Maximum Subsequence
//! Segmentation", WWW 2009, with the tree in place of the sequence). Blocks inside it
//! that are no text of the article are then left out, each for a reason of its own.
//! Time is linear in the size of the page.

use std::collections::HashSet;

use super::blocks::{Block, BlockKind, Blocks};
use super::dom::{Dom, NodeId};
use super::{hints, same_words};

/// What is known of the article from elsewhere.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    pub(super) title: &'a str,
    /// The article's text as the page's data have it.
    pub(super) text: Option<&'a str>,
    /// The beginning or the summary, as the page's data have it.
    pub(super) description: Option<&'a str>,
    pub(super) authors: &'a [String],
}

/// The article's text on a page.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// Its paragraphs; none if the page has no article.
    pub(super) paragraphs: Vec<String>,
    /// The lines right above it: a headline, a byline, a date.
    pub(super) head: Vec<String>,
}

/// Lines above the text that are looked at.
const MOST_HEAD_LINES: usize = 6;

/// Finds the article's text.
pub(super) fn find_text(dom: &Dom, known: &Known<'_>) -> Text {
    let blocks = Blocks::cut(dom, known.title);
    let evidence = Evidence::of(known);
    let Some(root) = best_root(dom, &blocks, &evidence) else {
        return Text::default();
    };
    let (from, inside) = blocks.within(root);
    let kept = choose(inside, known, &evidence);
    let begins = kept.first().map_or(from, |block| block.order);
    let above = blocks
        .all
        .iter()
        .rev()
        .skip_while(|block| block.order >= begins);
    let above = above.take_while(|block| block.words <= 20 && !block.is_sentence);
    let mut head: Vec<String> = above
        .take(MOST_HEAD_LINES)
        .map(|block| block.text.clone())
        .collect();
    head.reverse();
    let lead = missing_lead(&blocks, known, &kept, from);
    let texts = kept.iter().map(|block| block.text.clone());
    let mut paragraphs: Vec<String> = lead.into_iter().chain(texts).collect();
    paragraphs.dedup();
    Text { paragraphs, head }
}

/// Returns the element whose blocks are worth most, the innermost of equals.
fn best_root(dom: &Dom, blocks: &Blocks, evidence: &Evidence) -> Option<NodeId> {
    /// Sums of the same values in another order may differ by this much.
    const ROUNDING: f64 = 1e-6;
    let sums = blocks.sums(dom, |block| value(block, evidence));
    let mut best = None;
    let mut most = ROUNDING;
    for node in blocks.inner_first() {
        let sum = sums[node.index()];
        if sum > most + ROUNDING {
            (best, most) = (Some(*node), sum);
        }
    }
    best
}

/// What the page's data say of the text, as the hashes of its runs of words.
#[derive(Debug, Default)]
struct Evidence {
    runs: HashSet<u64>,
}

/// Words in a run that is looked for.
const RUN: usize = 4;

impl Evidence {
    fn of(known: &Known<'_>) -> Evidence {
        let mut runs = HashSet::new();
        // A teaser is no evidence of where the text ends.
        if let Some(text) = known
            .text
            .filter(|text| text.split_whitespace().count() >= 80)
        {
            runs.extend(hashed_runs(text));
        }
        Evidence { runs }
    }

    /// Returns the share of the runs of `text` that the data have; `None` without evidence.
    fn share(&self, text: &str) -> Option<f64> {
        if self.runs.is_empty() {
            return None;
        }
        let runs = hashed_runs(text);
        let found = runs.iter().filter(|run| self.runs.contains(run)).count();
        Some(found as f64 / runs.len().max(1) as f64)
    }
}

fn hashed_runs(text: &str) -> Vec<u64> {
    let words: Vec<u64> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
            })
        })
        .collect();
    let mix = |run: &[u64]| {
        run.iter().fold(0u64, |hash, word| {
            hash.rotate_left(19) ^ word.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        })
    };
    if words.len() < RUN {
        return if words.is_empty() {
            Vec::new()
        } else {
            vec![mix(&words)]
        };
    }
    words.windows(RUN).map(mix).collect()
}

/// Returns what a block adds to the part of the page that holds it, in words.
fn value(block: &Block, evidence: &Evidence) -> f64 {
    let words = f64::from(block.words.min(120));
    let links = block.link_share();
    let is_known = evidence
        .share(&block.text)
        .is_some_and(|share| share >= 0.6);
    match block.kind {
        _ if is_known && block.words >= 8 => words,
        _ if block.aside => -0.3 * words.min(30.0),
        BlockKind::Heading => -1.0 - 4.0 * links,
        BlockKind::Row if block.words >= 4 && links < 0.3 => 0.5 * words.min(8.0),
        BlockKind::Item | BlockKind::Row if !block.is_sentence || block.words < 8 => {
            -1.0 - 0.5 * words.min(12.0) * links
        }
        _ if links > 0.5 => -2.0 - 0.5 * words.min(20.0),
        _ if block.words >= 10 && block.is_sentence => words * (1.0 - links),
        _ if block.words >= 25 => 0.6 * words * (1.0 - links),
        BlockKind::Paragraph | BlockKind::Quotation => 0.2 * words.min(10.0),
        _ => -1.5,
    }
}

/// Returns the blocks of the article's part of the page that are of the article.
fn choose<'a>(inside: &'a [Block], known: &Known<'_>, evidence: &Evidence) -> Vec<&'a Block> {
    let with_prose = inside
        .iter()
        .filter(|block| block.is_prose())
        .map(|block| block.node);
    let with_prose: HashSet<NodeId> = with_prose.collect();
    let last = inside.iter().rposition(|block| !block.aside);
    let mut has_begun = false;
    let mut kept: Vec<&Block> = Vec::new();
    for (at, block) in inside.iter().enumerate() {
        let place = Place {
            has_begun,
            is_last: last.is_none_or(|last| at >= last),
            among_prose: with_prose.contains(&block.node),
        };
        if belongs(block, known, evidence, &place) {
            has_begun |= block.is_prose();
            kept.push(block);
        }
    }
    // Headings and labels after the last paragraph begin something else.
    let is_label = |block: &Block| {
        block.kind == BlockKind::Heading
            || (block.words < 6 && !block.is_sentence && block.kind != BlockKind::Item)
    };
    while kept.last().is_some_and(|block| is_label(block)) {
        kept.pop();
    }
    kept
}

/// Where a block stands among the others.
struct Place {
    /// Whether a paragraph of the article stands before it.
    has_begun: bool,
    /// Whether nothing follows it.
    is_last: bool,
    /// Whether its element holds paragraphs, too.
    among_prose: bool,
}

/// Tells whether a block inside the article's part of the page is of the article.
fn belongs(block: &Block, known: &Known<'_>, evidence: &Evidence, place: &Place) -> bool {
    if block.aside || hints::is_notice(&block.text) {
        return false;
    }
    if block.words >= 5
        && evidence
            .share(&block.text)
            .is_some_and(|share| share >= 0.8)
    {
        return true;
    }
    if !place.has_begun && is_head(block, known) {
        return false;
    }
    let links = block.link_share();
    let is_sentence = block.is_sentence;
    match block.kind {
        BlockKind::Heading => links < 0.6 && !same_words(&block.text, known.title),
        BlockKind::Item => links <= 0.6 || (is_sentence && block.words >= 12 && links < 0.9),
        _ if links > 0.8 || (links > 0.5 && !is_sentence) => false,
        BlockKind::Plain if place.among_prose => true,
        BlockKind::Row => place.has_begun || is_sentence,
        BlockKind::Plain => block.words >= 5 && (is_sentence || block.words >= 15),
        _ => block.words >= 4 || is_sentence || (!place.is_last && links == 0.0),
    }
}

/// Tells whether a block above the text is a headline, a byline or a date line.
fn is_head(block: &Block, known: &Known<'_>) -> bool {
    if same_words(&block.text, known.title) {
        return true;
    }
    let lower = block.text.to_lowercase();
    let names = |author: &String| !author.is_empty() && lower.contains(&author.to_lowercase());
    block.words <= 14
        && !block.is_sentence
        && (known.authors.iter().any(names)
            || lower.starts_with("by ")
            || hints::is_date_line(&block.text))
}

/// Returns the summary that stands above the text, outside the part that holds it: the
/// page's data must have the same words as its beginning.
fn missing_lead(blocks: &Blocks, known: &Known<'_>, kept: &[&Block], from: u32) -> Option<String> {
    let description: HashSet<u64> = hashed_runs(known.description?).into_iter().collect();
    let block = blocks
        .all
        .iter()
        .take_while(|block| block.order < from)
        .filter(|block| !block.aside && block.words >= 6 && block.kind != BlockKind::Item)
        .filter(|block| block.link_words * 2 < block.words)
        .find(|block| {
            let runs = hashed_runs(&block.text);
            let common = runs.iter().filter(|run| description.contains(run)).count();
            common * 10 >= runs.len() * 8
        })?;
    let is_there = kept.iter().any(|kept| kept.text.contains(&block.text));
    (!is_there && !same_words(&block.text, known.title)).then(|| block.text.clone())
}
