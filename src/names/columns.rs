//! Reads and writes tagged text in columns: one token a line, its tag after a
//! tab, an empty line after each sentence, `-DOCSTART-` before each document.
//!
//! Works on text in memory. It judges no tags and repairs nothing: a tag that is
//! none is an error naming its line.

use super::label::{Tag, TagError};

/// The line that begins a document.
pub const DOCUMENT_START: &str = "-DOCSTART-";

/// A tagged text, as documents.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TaggedText {
    /// The documents, in order.
    pub documents: Vec<TaggedDocument>,
}

/// A document as sentences of tokens with their tags.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TaggedDocument {
    /// The sentences, none of them empty.
    pub sentences: Vec<Vec<(String, Tag)>>,
}

/// A line that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read line {line}")]
pub struct ColumnError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub source: TagError,
}

impl TaggedText {
    /// Reads tokens and tags. The second column is the tag; where it is missing
    /// or the file has none, the token is O. Tokens before the first
    /// `-DOCSTART-` are a document of their own.
    pub fn parse(text: &str) -> Result<TaggedText, ColumnError> {
        let mut tagged = TaggedText::default();
        let mut document = TaggedDocument::default();
        let mut sentence = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let (token, tag) = split_line(line);
            if token.trim().is_empty() || token == DOCUMENT_START {
                if !sentence.is_empty() {
                    document.sentences.push(std::mem::take(&mut sentence));
                }
                if token == DOCUMENT_START && !document.sentences.is_empty() {
                    tagged.documents.push(std::mem::take(&mut document));
                }
                continue;
            }
            let tag = tag.unwrap_or("O").parse();
            let tag = tag.map_err(|source| ColumnError {
                line: at + 1,
                source,
            })?;
            sentence.push((token.to_owned(), tag));
        }
        if !sentence.is_empty() {
            document.sentences.push(sentence);
        }
        if !document.sentences.is_empty() {
            tagged.documents.push(document);
        }
        Ok(tagged)
    }

    /// Returns the number of tokens.
    pub fn tokens(&self) -> usize {
        self.documents
            .iter()
            .flat_map(|document| &document.sentences)
            .map(Vec::len)
            .sum()
    }
}

impl TaggedDocument {
    /// Returns the tokens alone, as the tagger takes them.
    pub fn tokens(&self) -> Vec<Vec<&str>> {
        self.sentences
            .iter()
            .map(|sentence| sentence.iter().map(|(token, _)| token.as_str()).collect())
            .collect()
    }
}

/// Splits a line into its token and, if it has one, its tag.
fn split_line(line: &str) -> (&str, Option<&str>) {
    let mut columns = line.split('\t');
    (columns.next().unwrap_or_default(), columns.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_sentences_and_tags() {
        let text = "-DOCSTART-\tO\n\nOslo\tB-LOC\twhatever\nis\tO\n\n\nfar\r\n-DOCSTART-\nEnd\tO\n";
        let tagged = TaggedText::parse(text).unwrap();
        let shape: Vec<Vec<usize>> = tagged
            .documents
            .iter()
            .map(|d| d.sentences.iter().map(Vec::len).collect())
            .collect();
        assert_eq!(shape, [vec![2, 1], vec![1]]);
        assert_eq!(tagged.tokens(), 4);
        assert_eq!(tagged.documents[0].sentences[0][0].1.to_string(), "B-LOC");
    }

    #[test]
    fn a_bad_tag_names_its_line() {
        let error = TaggedText::parse("a\tO\nb\tX\n").unwrap_err();
        assert_eq!(error.to_string(), "cannot read line 2");
    }
}
