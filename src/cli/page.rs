//! Lays hits and articles out for a person: wrapped to the screen, names and dates in
//! their place, and the matched words marked where they stand.

use std::io::{self, Write};
use std::ops::Range;

use anstyle::Style;

use super::output::{ASIDE, MARK, NAME, TITLE, counted};
use crate::article::{Article, Kind, Part};
use crate::index::Hit;
use crate::query::{Match, count_spans, snippet};
use crate::text::fold_name;

/// How hits are laid out.
pub(super) struct Layout {
    /// Columns to fill.
    pub(super) width: usize,
    /// Whether to show what scores are made of.
    pub(super) explain: bool,
    /// Names that were asked for, folded.
    pub(super) wanted: Vec<String>,
}

/// Returns the marked ranges of one text: overlapping matches are one mark.
pub(super) fn marks(matches: &[Match], part: Part) -> Vec<Range<usize>> {
    let mut marks: Vec<Range<usize>> = Vec::new();
    for found in matches.iter().filter(|found| found.part == part) {
        let range = found.span.range();
        match marks.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => marks.push(range),
        }
    }
    marks
}

/// Writes one hit of a list.
pub(super) fn write_hit(
    out: &mut impl Write,
    hit: &Hit,
    rank: usize,
    layout: &Layout,
) -> io::Result<()> {
    let Layout {
        width,
        explain,
        wanted,
    } = layout;
    let article = &hit.article;
    let indent = " ".repeat(rank.to_string().len() + 2);
    let room = width.saturating_sub(indent.len()).max(20);
    write!(out, "{ASIDE}{rank}.{ASIDE:#} ")?;
    let mut headline = Flow::new(room, &indent);
    if article.title.is_empty() {
        let lead = shortened(article.lead(), room);
        headline.text(out, &lead, 0..lead.len(), &[], TITLE)?;
    } else {
        let marks = marks(&hit.matches, Part::Title);
        headline.text(out, &article.title, 0..article.title.len(), &marks, TITLE)?;
    }
    writeln!(out)?;
    writeln!(out, "{indent}{ASIDE}{}{ASIDE:#}", origin_line(article, hit))?;
    write_snippet(out, hit, room, &indent)?;
    write_names(out, article, wanted, room, &indent)?;
    if *explain {
        write_explanation(out, hit, &indent)?;
    }
    writeln!(out)
}

fn origin_line(article: &Article, hit: &Hit) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(article.published.map(|date| date.day().to_string()));
    parts.extend(article.source.clone());
    let matches = count_spans(&hit.matches);
    if matches > 0 {
        parts.push(counted(matches as u64, "match", "matches"));
    }
    if hit.copies > 0 {
        parts.push(counted(hit.copies, "copy", "copies").replacen("", "+", 1));
    }
    // The id comes last and whole, to be copied.
    parts.push(article.id.to_string());
    parts.join(" · ")
}

fn write_snippet(out: &mut impl Write, hit: &Hit, room: usize, indent: &str) -> io::Result<()> {
    let body = &hit.article.body;
    let shown = snippet(
        body,
        &hit.matches,
        (room * 3).min(crate::json::SNIPPET_CHARS),
    );
    if shown.range.is_empty() {
        return Ok(());
    }
    write!(out, "{indent}")?;
    let mut flow = Flow::new(room, indent);
    if shown.is_cut_before {
        flow.word(out, "…", Style::new())?;
    }
    let marks = marks(&hit.matches, Part::Body);
    flow.text(out, body, shown.range, &marks, Style::new())?;
    if shown.is_cut_after {
        flow.word(out, "…", Style::new())?;
    }
    writeln!(out)
}

/// The people and organizations that matter most: those that were asked for, then those
/// that the article mentions most often.
fn write_names(
    out: &mut impl Write,
    article: &Article,
    wanted: &[String],
    room: usize,
    indent: &str,
) -> io::Result<()> {
    const MOST: usize = 6;
    let mut names: Vec<(&str, usize)> = Vec::new();
    for name in article.names.iter().filter(|name| name.kind != Kind::Place) {
        match names.iter_mut().find(|(known, _)| *known == name.canonical) {
            Some((_, mentions)) => *mentions += name.mentions.len(),
            None => names.push((&name.canonical, name.mentions.len())),
        }
    }
    let is_wanted = |name: &str| {
        let name = format!(" {} ", fold_name(name));
        wanted
            .iter()
            .any(|wanted| name.contains(&format!(" {wanted} ")))
    };
    names.sort_by_key(|(name, mentions)| (!is_wanted(name), std::cmp::Reverse(*mentions)));
    if names.is_empty() {
        return Ok(());
    }
    let mut line = names
        .iter()
        .take(MOST)
        .map(|(name, _)| *name)
        .collect::<Vec<_>>()
        .join(" · ");
    if names.len() > MOST {
        line.push_str(&format!(" · +{}", names.len() - MOST));
    }
    write!(out, "{indent}")?;
    Flow::new(room, indent).text(out, &line, 0..line.len(), &[], NAME)?;
    writeln!(out)
}

fn write_explanation(out: &mut impl Write, hit: &Hit, indent: &str) -> io::Result<()> {
    writeln!(out, "{indent}{ASIDE}score {:.3}{ASIDE:#}", hit.score)?;
    for part in hit.contributions.iter().filter(|part| part.score != 0.0) {
        if part.weight == 0.0 {
            writeln!(
                out,
                "{indent}{ASIDE}  {:.3} = {}{ASIDE:#}",
                part.score, part.label
            )?;
            continue;
        }
        let share = 100.0 * part.score / part.weight.max(f64::MIN_POSITIVE);
        writeln!(
            out,
            "{indent}{ASIDE}  {:.3} = {} (rarity {:.3}, frequency and length {share:.0}%){ASIDE:#}",
            part.score, part.label, part.weight
        )?;
    }
    Ok(())
}

/// Writes a whole article.
pub(super) fn write_article(
    out: &mut impl Write,
    article: &Article,
    copies: usize,
    matches: &[Match],
    width: usize,
) -> io::Result<()> {
    let title = if article.title.is_empty() {
        "(no headline)"
    } else {
        &article.title
    };
    let title_marks = if article.title.is_empty() {
        Vec::new()
    } else {
        marks(matches, Part::Title)
    };
    Flow::new(width, "").text(out, title, 0..title.len(), &title_marks, TITLE)?;
    writeln!(out)?;
    for (label, value) in facts(article, copies) {
        write!(out, "{ASIDE}{label:<14}{ASIDE:#}")?;
        let indent = " ".repeat(14);
        let room = width.saturating_sub(14).max(20);
        Flow::new(room, &indent).text(out, &value, 0..value.len(), &[], Style::new())?;
        writeln!(out)?;
    }
    let marks = marks(matches, Part::Body);
    for line in lines(&article.body) {
        if line.is_empty() {
            writeln!(out)?;
            continue;
        }
        writeln!(out)?;
        Flow::new(width, "").text(out, &article.body, line, &marks, Style::new())?;
    }
    writeln!(out)
}

/// Returns the ranges of a text's lines; empty ones for empty lines.
fn lines(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut lines = Vec::new();
    for line in text.split('\n') {
        lines.push(start..start + line.len());
        start += line.len() + 1;
    }
    lines
}

fn facts(article: &Article, copies: usize) -> Vec<(&'static str, String)> {
    let names = |kind: Kind| article.names_of(kind).join(" · ");
    let origin = &article.origin;
    let place = if origin.record > 1 {
        format!("{}, record {}", origin.path(), origin.record)
    } else {
        origin.path()
    };
    let facts = [
        (
            "published",
            article
                .published
                .map(|date| date.to_string())
                .unwrap_or_default(),
        ),
        (
            "modified",
            article
                .modified
                .map(|date| date.to_string())
                .unwrap_or_default(),
        ),
        ("source", article.source.clone().unwrap_or_default()),
        ("byline", article.byline.join(", ")),
        ("section", article.section.clone().unwrap_or_default()),
        ("people", names(Kind::Person)),
        ("organizations", names(Kind::Organization)),
        ("places", names(Kind::Place)),
        ("topics", article.topics.join(" · ")),
        ("tags", article.tags.join(" · ")),
        ("exchanges", article.exchanges.join(" · ")),
        ("language", article.language.clone().unwrap_or_default()),
        ("url", article.url.clone().unwrap_or_default()),
        ("id", article.id.to_string()),
        ("copies", copies_line(article, copies)),
        ("file", place),
    ];
    facts
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

fn copies_line(article: &Article, copies: usize) -> String {
    match copies {
        0 => String::new(),
        copies => format!(
            "{copies} (newsdex duplicates {})",
            quoted(article.id.as_str())
        ),
    }
}

/// Returns `text` as one argument of a shell.
fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    match text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// Returns `text` on one line, cut to `width` columns.
pub(super) fn shortened(text: &str, width: usize) -> String {
    let flat = printable(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    console::truncate_str(&flat, width, "…").into_owned()
}

/// Takes out control characters, so that no article can steer the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// Fills lines of a width with words.
struct Flow<'a> {
    width: usize,
    indent: &'a str,
    column: usize,
    /// Whether a blank separates the next word from the last one.
    blank: bool,
}

impl<'a> Flow<'a> {
    fn new(width: usize, indent: &'a str) -> Flow<'a> {
        Flow {
            width,
            indent,
            column: 0,
            blank: false,
        }
    }

    /// Writes `range` of `text` word by word, the marked ranges in the color of a match.
    fn text(
        &mut self,
        out: &mut impl Write,
        text: &str,
        range: Range<usize>,
        marks: &[Range<usize>],
        style: Style,
    ) -> io::Result<()> {
        let mut at = range.start;
        for word in text[range].split_inclusive(char::is_whitespace) {
            let bare = word.trim_end();
            if !bare.is_empty() {
                self.begin_word(out, console::measure_text_width(bare))?;
                self.write_marked(out, text, at..at + bare.len(), marks, style)?;
            }
            self.blank = true;
            at += word.len();
        }
        Ok(())
    }

    fn word(&mut self, out: &mut impl Write, word: &str, style: Style) -> io::Result<()> {
        self.begin_word(out, console::measure_text_width(word))?;
        self.blank = true;
        write!(out, "{style}{word}{style:#}")
    }

    fn begin_word(&mut self, out: &mut impl Write, columns: usize) -> io::Result<()> {
        if self.column > 0 && self.blank {
            if self.column + 1 + columns > self.width {
                write!(out, "\n{}", self.indent)?;
                self.column = 0;
            } else {
                write!(out, " ")?;
                self.column += 1;
            }
        }
        self.blank = false;
        self.column += columns;
        Ok(())
    }

    fn write_marked(
        &self,
        out: &mut impl Write,
        text: &str,
        word: Range<usize>,
        marks: &[Range<usize>],
        style: Style,
    ) -> io::Result<()> {
        let mut at = word.start;
        let first = marks.partition_point(|mark| mark.end <= word.start);
        for mark in marks[first..]
            .iter()
            .take_while(|mark| mark.start < word.end)
        {
            let (start, end) = (mark.start.max(word.start), mark.end.min(word.end));
            write!(out, "{style}{}{style:#}", printable(&text[at..start]))?;
            write!(out, "{MARK}{}{MARK:#}", printable(&text[start..end]))?;
            at = end;
        }
        write!(out, "{style}{}{style:#}", printable(&text[at..word.end]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, width: usize, mark: Range<usize>, expected: &str) {
        let marks = std::slice::from_ref(&mark);
        let mut out = Vec::new();
        Flow::new(width, "  ")
            .text(&mut out, text, 0..text.len(), marks, Style::new())
            .unwrap();
        let shown = String::from_utf8(out).unwrap();
        let shown = shown.replace(&MARK.render().to_string(), "[");
        let shown = shown.replace(&MARK.render_reset().to_string(), "]");
        assert_eq!(console::strip_ansi_codes(&shown), expected);
    }

    #[test]
    fn words_are_wrapped_and_marked() {
        check(
            "the land mines of Bosnia",
            10,
            4..14,
            "the [land]\n  [mines] of\n  Bosnia",
        );
        check("anti-mine", 20, 5..9, "anti-[mine]");
        check("", 10, 0..0, "");
    }

    #[test]
    fn articles_cannot_steer_the_terminal() {
        check("a\u{1b}[31mred", 40, 0..0, "a [31mred");
    }
}
