//! Reads our own invented news, in which names are marked where they stand:
//! `[PER Joe Biden] met [ORG Amnesty International] in [LOC Oslo].`
//!
//! An empty line ends a paragraph, a line `---` ends an article, a line that
//! begins with `#` is a comment. The text is cut into sentences and tokens as
//! articles are. Brackets without a class are text like any other.

use super::label::{Class, Tag};
use super::mentions;
use super::training::Lesson;

/// Returns the articles of `text`, each counting `weight`.
pub(crate) fn lessons(text: &str, weight: f32) -> Vec<Lesson> {
    let mut lessons = Vec::new();
    let mut article = String::new();
    for line in text.lines().chain(["---"]) {
        if line.trim_end() == "---" {
            lessons.extend(lesson(&article, weight));
            article.clear();
        } else if !line.starts_with('#') {
            article.push_str(line);
            article.push('\n');
        }
    }
    lessons
}

/// Returns the article written as `marked`; nothing if it has no words.
fn lesson(marked: &str, weight: f32) -> Option<Lesson> {
    let (text, names) = unmark(marked);
    let mut lesson = Lesson {
        sentences: Vec::new(),
        tags: Vec::new(),
        second: Vec::new(),
        has_other: true,
        weight,
        is_copy: false,
    };
    let mut names = names.into_iter().peekable();
    for sentence in mentions::sentences_of_tokens(&text) {
        let mut tags = Vec::with_capacity(sentence.len());
        let mut tokens = Vec::with_capacity(sentence.len());
        for (token, start) in sentence {
            while names.next_if(|name| name.end <= start).is_some() {}
            let end = start + token.len();
            tags.push(match names.peek() {
                // A mark that begins inside a token marks the whole of it.
                Some(name) if start <= name.start && name.start < end => Tag::Begin(name.class),
                Some(name) if name.start < start => Tag::Inside(name.class),
                _ => Tag::Outside,
            });
            tokens.push(token.to_owned());
        }
        lesson.sentences.push(tokens);
        lesson.tags.push(tags);
    }
    (!lesson.sentences.is_empty()).then_some(lesson)
}

/// A name at its place in a text without marks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Name {
    class: Class,
    start: usize,
    end: usize,
}

/// Takes the marks out of `marked` and returns the text and its names, in order.
fn unmark(marked: &str) -> (String, Vec<Name>) {
    let mut text = String::with_capacity(marked.len());
    let mut names = Vec::new();
    let mut rest = marked;
    while let Some(at) = rest.find('[') {
        let (before, mark) = rest.split_at(at);
        text.push_str(before);
        let found = Class::ALL.into_iter().find_map(|class| {
            let name = mark[1..].strip_prefix(class.code())?.strip_prefix(' ')?;
            let (name, after) = name.split_once(']')?;
            Some((class, name, after))
        });
        if let Some((class, name, after)) = found {
            let start = text.len();
            text.push_str(name);
            let end = text.len();
            names.push(Name { class, start, end });
            rest = after;
        } else {
            text.push('[');
            rest = &mark[1..];
        }
    }
    text.push_str(rest);
    (text, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(marked: &str, expected: &[&str]) {
        let written: Vec<String> = lessons(marked, 1.0)
            .iter()
            .map(|lesson| {
                let sentence = |(tokens, tags): (&Vec<String>, &Vec<Tag>)| -> String {
                    let words = tokens.iter().zip(tags);
                    let words: Vec<String> = words
                        .map(|(token, tag)| match tag {
                            Tag::Outside => token.clone(),
                            tag => format!("{token}/{tag}"),
                        })
                        .collect();
                    words.join(" ")
                };
                let sentences = lesson.sentences.iter().zip(&lesson.tags);
                sentences.map(sentence).collect::<Vec<_>>().join(" | ")
            })
            .collect();
        assert_eq!(written, expected, "{marked}");
    }

    #[test]
    fn marks_become_tags_of_our_own_tokens() {
        check(
            "# a comment\n[PER Eva Lund]'s [ORG Acme Inc.] left [LOC Oslo].\n\nNo [sic] name.\n---\n[MISC Danes] won.\n",
            &[
                "Eva/B-PER Lund/I-PER 's Acme/B-ORG Inc./I-ORG left Oslo/B-LOC . | No [ sic ] name .",
                "Danes/B-MISC won .",
            ],
        );
    }

    #[test]
    fn names_side_by_side_stay_two() {
        check("[LOC Oslo] [ORG Acme] won", &["Oslo/B-LOC Acme/B-ORG won"]);
    }

    #[test]
    fn every_mark_of_our_own_articles_is_read() {
        for text in super::super::training::OWN_NEWS {
            let (text, names) = unmark(text);
            assert!(!names.is_empty());
            assert!(!text.contains("[PER") && !text.contains("[ORG") && !text.contains("[LOC"));
        }
    }
}
