//! Tells the parts of a plain text by how it is laid out: headline, byline, date line,
//! paragraphs, tables.
//!
//! The body's words are never changed, but for those divided at a line's end; lines that were wrapped are joined, paragraphs
//! are kept apart by one empty line, and lines of tables and lists stay lines.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashSet;

use super::byline::authors_of_line;
use super::date;
use super::dateline::find_dateline;
use crate::article::Published;

/// The parts of a text.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) title: String,
    pub(super) byline: Vec<String>,
    /// A date that stands in the text.
    pub(super) published: Option<Published>,
    /// A date that what surrounds the text says.
    pub(super) metadata_date: Option<Published>,
    pub(super) body: String,
}

/// A headline is not longer than this (chosen: the longest headlines of papers have
/// about 150 characters; leads are longer or end with a period).
const MOST_TITLE_CHARS: usize = 180;

/// Lines at least this long, with no empty lines between them, are paragraphs.
const PARAGRAPH_CHARS: usize = 100;

/// Finds the parts of a whole text.
pub(super) fn of_whole(text: &str) -> Layout {
    let blocks = blocks(&normalized(text));
    let mut layout = Layout::default();
    let mut rest = blocks.as_slice();
    // Lines that stand above the text, in any order but the headline first.
    let mut lines: Vec<&str> = Vec::new();
    if let Some((first, others)) = rest.split_first() {
        lines = first.lines().map(str::trim).collect();
        rest = others;
        let has_more = !rest.is_empty() || lines.len() > 1;
        if has_more && let Some(taken) = headline_lines(&lines, rest) {
            layout.title = lines[..taken].join(" ");
            lines.drain(..taken);
        }
    }
    loop {
        while let Some(line) = lines.first() {
            if !take_line(line, &mut layout) {
                break;
            }
            lines.remove(0);
        }
        match rest.split_first() {
            Some((next, others))
                if lines.is_empty()
                    && next
                        .lines()
                        .next()
                        .is_some_and(|line| is_head_line(line, &layout)) =>
            {
                lines = next.lines().map(str::trim).collect();
                rest = others;
            }
            _ => break,
        }
    }
    let mut body: Vec<String> = Vec::new();
    if !lines.is_empty() {
        body.push(lines.join("\n"));
    }
    body.extend(rest.iter().cloned());
    layout.body = join_blocks(&body);
    layout
}

/// Puts the white space of a body in order.
pub(super) fn of_body(text: &str) -> Layout {
    Layout {
        body: join_blocks(&blocks(&normalized(text))),
        ..Layout::default()
    }
}

fn take_line(line: &str, layout: &mut Layout) -> bool {
    if layout.byline.is_empty()
        && let Some(authors) = authors_of_line(line)
    {
        layout.byline = authors;
        return true;
    }
    if layout.published.is_none()
        && let Some(published) = date::of_line(line)
    {
        layout.published = Some(published);
        return true;
    }
    false
}

fn is_head_line(line: &str, layout: &Layout) -> bool {
    let line = line.trim();
    (layout.byline.is_empty() && authors_of_line(line).is_some())
        || (layout.published.is_none() && date::of_line(line).is_some())
}

/// Returns how many of the first block's lines are the headline; `None` if the text
/// begins with something else.
fn headline_lines(lines: &[&str], rest: &[String]) -> Option<usize> {
    let head_end = lines
        .iter()
        .position(|line| authors_of_line(line).is_some() || date::of_line(line).is_some());
    let taken = match head_end {
        Some(0) => return None,
        Some(end) => end,
        None if lines.len() == 1 => 1,
        // A wrapped headline above an empty line; or a headline right above its text.
        None if lines.len() == 2
            && !rest.is_empty()
            && !ends_sentence(lines[1])
            && lines[1].chars().count() < 72 =>
        {
            2
        }
        None if lines[1].chars().count() >= PARAGRAPH_CHARS
            && lines[0].chars().count() < PARAGRAPH_CHARS =>
        {
            1
        }
        None => return None,
    };
    let title = lines[..taken].join(" ");
    let fits = taken <= 2
        && title.chars().count() <= MOST_TITLE_CHARS
        && title.chars().any(char::is_alphabetic);
    (fits && !ends_sentence(&title) && find_dateline(&title).is_none()).then_some(taken)
}

/// Headlines may ask or shout, but do not end with a period.
fn ends_sentence(text: &str) -> bool {
    let bare = text.trim_end_matches(|c: char| {
        crate::text::is_quote(c) || crate::text::is_apostrophe(c) || c == ')'
    });
    bare.ends_with(['.', ':', ';', ',']) && !bare.ends_with("...")
}

/// Line ends of any system become one, blanks of any width one blank.
fn normalized(text: &str) -> Cow<'_, str> {
    let text = text.trim_start_matches('\u{FEFF}');
    if text.bytes().all(|byte| matches!(byte, b'\n' | b' '..=b'~')) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{2028}' | '\u{B}' | '\u{C}' => plain.push('\n'),
            '\u{2029}' => plain.push_str("\n\n"),
            '\t' => plain.push(' '),
            _ if c.is_control() => {}
            _ if c.is_whitespace() => plain.push(' '),
            _ => plain.push(c),
        }
    }
    Cow::Owned(plain)
}

/// Cuts a text at its empty lines. A text without any, whose lines are as long as
/// paragraphs, has one paragraph a line.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if line.trim().is_empty() {
            open = false;
            continue;
        }
        match blocks.last_mut() {
            Some(block) if open => {
                block.push('\n');
                block.push_str(line.trim_end());
            }
            _ => blocks.push(line.trim_end().to_owned()),
        }
        open = true;
    }
    blocks
        .into_iter()
        .flat_map(|block| paragraphs_of(&block))
        .collect()
}

fn paragraphs_of(block: &str) -> Vec<String> {
    let long = block
        .lines()
        .filter(|line| line.chars().count() >= PARAGRAPH_CHARS)
        .count();
    if long * 2 < block.lines().count() || block.lines().count() == 1 {
        return vec![block.to_owned()];
    }
    block.lines().map(|line| line.trim().to_owned()).collect()
}

fn join_blocks(blocks: &[String]) -> String {
    let known = KnownWords::of(blocks);
    let joined: Vec<String> = blocks
        .iter()
        .map(|block| unwrapped(block, &known))
        .collect();
    joined.join("\n\n")
}

/// The words of a text, collected once the first is asked for.
struct KnownWords<'t> {
    blocks: &'t [String],
    words: OnceCell<HashSet<String>>,
}

impl<'t> KnownWords<'t> {
    fn of(blocks: &'t [String]) -> KnownWords<'t> {
        KnownWords {
            blocks,
            words: OnceCell::new(),
        }
    }

    fn has(&self, word: &str) -> bool {
        let words = self.words.get_or_init(|| {
            let pieces = self
                .blocks
                .iter()
                .flat_map(|block| block.split_whitespace());
            pieces.map(bare_word).collect()
        });
        words.contains(&bare_word(word))
    }
}

fn bare_word(piece: &str) -> String {
    piece
        .trim_matches(|c: char| !c.is_alphanumeric())
        .to_lowercase()
}

/// Joins the lines of a wrapped paragraph. A word that was divided at a line's end stays
/// divided by a soft hyphen, which is not shown, where the text has the word undivided
/// elsewhere; else by its hyphen, since it may belong there (`anti-personnel`).
fn join_lines(lines: &[&str], known: &KnownWords<'_>) -> String {
    const SOFT_HYPHEN: char = '\u{AD}';
    /// A hyphen before them stands for the end of a later word: `short- and long-term`.
    const ANDS: [&str; 8] = ["and", "or", "to", "und", "oder", "bis", "et", "ou"];
    let mut joined = String::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
    for line in lines.iter().map(|line| line.trim()) {
        let head = joined.strip_suffix(['-', '\u{2010}', SOFT_HYPHEN]);
        let is_divided = head.is_some_and(|head| head.ends_with(char::is_alphabetic))
            && line.starts_with(char::is_lowercase)
            && !ANDS.contains(&line.split_whitespace().next().unwrap_or_default());
        if let Some(head) = head.filter(|_| is_divided) {
            let begun = head.rsplit(char::is_whitespace).next().unwrap_or_default();
            let rest = line.split_whitespace().next().unwrap_or_default();
            if known.has(&format!("{begun}{rest}")) {
                joined.truncate(head.len());
                joined.push(SOFT_HYPHEN);
            }
        } else if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(line);
    }
    joined
}

/// Joins the lines of a wrapped paragraph; lines of a table or list stay.
fn unwrapped(block: &str, known: &KnownWords<'_>) -> String {
    if !block.contains('\n') {
        let text = block.trim();
        return if has_columns(text) {
            block.trim_end()
        } else {
            text
        }
        .to_owned();
    }
    let lines: Vec<&str> = block.lines().collect();
    let longest = lines
        .iter()
        .map(|line| line.chars().count())
        .max()
        .unwrap_or_default();
    // In a wrapped paragraph every line but the last is about as long as the longest.
    let (last, before) = match lines.split_last() {
        Some(split) => split,
        None => return String::new(),
    };
    let is_full = |line: &&str| line.chars().count() + 20 >= longest;
    let has_columns = lines.iter().any(|line| has_columns(line.trim()));
    let is_wrapped =
        longest >= 45 && !has_columns && before.iter().all(is_full) && !last.is_empty();
    if is_wrapped {
        join_lines(&lines, known)
    } else if has_columns {
        block.trim_end().to_owned()
    } else {
        lines
            .iter()
            .map(|line| line.trim())
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Tells whether three blanks keep parts of a line apart.
fn has_columns(line: &str) -> bool {
    let mut blanks = 0;
    line.bytes().any(|byte| {
        blanks = if byte == b' ' { blanks + 1 } else { 0 };
        blanks == 3
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, title: &str, body: &str) {
        let layout = of_whole(text);
        assert_eq!(
            (layout.title.as_str(), layout.body.as_str()),
            (title, body),
            "{text}"
        );
    }

    #[test]
    fn headlines_are_told_from_leads() {
        check(
            "Strike ends\n\nAll went home.",
            "Strike ends",
            "All went home.",
        );
        check(
            "Strike ends\nBy Ann Berg\nMarch 3, 2024\n\nAll went home.",
            "Strike ends",
            "All went home.",
        );
        check(
            "All went home on Friday.\n\nIt rained.",
            "",
            "All went home on Friday.\n\nIt rained.",
        );
        check(
            "OSLO, Norway — The strike\n\nIt rained.",
            "",
            "OSLO, Norway — The strike\n\nIt rained.",
        );
        check(
            "August 14, 2025\n\nOSLO — All went home.",
            "",
            "OSLO — All went home.",
        );
        check("Who won?\n\nNobody did.", "Who won?", "Nobody did.");
        check("A word", "", "A word");
        check(
            "\u{FEFF}Strike\r\n\r\nAll\u{A0}went.",
            "Strike",
            "All went.",
        );
    }

    #[test]
    fn wrapped_lines_are_joined_and_tables_kept() {
        let wrapped = "The harbor was closed on Friday after a ship ran aground\nnear the pier, the port authority said.";
        check(wrapped, "", &wrapped.replace('\n', " "));
        let divided = "The port closed its short- and long-term docks and its anti-\npersonnel gate on Friday after the pilots of the Alden har-\nbor and all of those of the northern river's short-\nand long-distance lines had left.";
        check(
            &format!("{divided}\n\nThe harbor stays shut."),
            "",
            "The port closed its short- and long-term docks and its anti-personnel gate on Friday after the pilots of the Alden har\u{AD}bor and all of those of the northern river's short- and long-distance lines had left.\n\nThe harbor stays shut.",
        );
        check(
            "Results\n\nOslo 2, Bergen 1\nMolde 0, Brann 3",
            "Results",
            "Oslo 2, Bergen 1\nMolde 0, Brann 3",
        );
        check(
            "Table\n\n      P   W\nOslo  1   1",
            "Table",
            "      P   W\nOslo  1   1",
        );
        let long = "x".repeat(120);
        check(
            &format!("Title\n\n{long}\n{long}"),
            "Title",
            &format!("{long}\n\n{long}"),
        );
    }
}
