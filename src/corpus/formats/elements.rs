//! Cuts elements out of marked-up files as they stream by, without holding more than one.
//!
//! It looks for begin and end tags of a few names and passes over comments, marked text,
//! declarations and quoted attributes; it does not ask whether the rest is well formed.
//! One state machine over the bytes: linear, whatever they are.

use std::io::{self, BufRead};
use std::ops::ControlFlow;
use std::sync::Arc;

use super::super::{RawRecord, ReadOptions, Reading, Rejection, Sink};
use super::Format;
use crate::article::Origin;

/// What is cut out of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// The format of the records.
    pub(super) format: Format,
    /// Names of the elements, without prefixes. An element within another stays there.
    pub(super) names: &'static [&'static str],
    /// Whether it is XML; else names have any case, and quotation marks mean nothing.
    pub(super) is_xml: bool,
}

/// How much of what stands before the first element is kept for all of them.
const MOST_HEAD_BYTES: usize = 64 << 10;
/// Names of elements are shorter.
const MOST_NAME_BYTES: usize = 64;

/// Cuts `input` into records.
pub(super) fn split(
    mut input: impl BufRead,
    file: &str,
    cut: Cut,
    options: &ReadOptions,
    sink: Sink<'_>,
) -> io::Result<()> {
    let mut cutter = Cutter {
        file,
        cut,
        limit: options.max_record_bytes,
        state: State::Text,
        offset: 0,
        token: Vec::new(),
        name: Vec::new(),
        last: [0; 3],
        brackets: 0,
        head: Some(Vec::new()),
        context: None,
        open: None,
        number: 0,
        sink,
    };
    loop {
        let buffer = input.fill_buf()?;
        if buffer.is_empty() {
            cutter.finish();
            return Ok(());
        }
        let length = buffer.len();
        if cutter.take(buffer).is_break() {
            return Ok(());
        }
        input.consume(length);
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Text,
    /// Behind a `<`.
    Begun,
    Tag {
        quote: u8,
    },
    Comment,
    Marked,
    Instruction,
    Declaration,
}

struct Cutter<'a, 'b> {
    file: &'a str,
    cut: Cut,
    limit: usize,
    state: State,
    /// How many bytes came before.
    offset: u64,
    /// The tag that is being read, as far as it may matter.
    token: Vec<u8>,
    /// Its name with what may stand before it.
    name: Vec<u8>,
    /// The last three bytes, the latest last.
    last: [u8; 3],
    /// Open brackets of a declaration.
    brackets: u32,
    /// What stands before the first element.
    head: Option<Vec<u8>>,
    context: Option<Arc<[u8]>>,
    open: Option<Open>,
    number: u64,
    sink: Sink<'b>,
}

/// An element that has begun.
struct Open {
    name: Vec<u8>,
    origin: Origin,
    bytes: Vec<u8>,
    length: u64,
    /// Elements of the same name within it.
    depth: u32,
}

impl Cutter<'_, '_> {
    fn take(&mut self, mut buffer: &[u8]) -> ControlFlow<()> {
        while !buffer.is_empty() {
            if self.state == State::Text {
                let end = memchr::memchr(b'<', buffer).unwrap_or(buffer.len());
                self.keep(&buffer[..end]);
                self.offset += end as u64;
                buffer = &buffer[end..];
            }
            let Some((&byte, rest)) = buffer.split_first() else {
                break;
            };
            buffer = rest;
            self.byte(byte)?;
            self.offset += 1;
        }
        ControlFlow::Continue(())
    }

    /// Takes one byte of a tag.
    fn byte(&mut self, byte: u8) -> ControlFlow<()> {
        self.last = [self.last[1], self.last[2], byte];
        let room = self.limit.saturating_sub(self.token.len());
        if room > 0 {
            self.token.push(byte);
        }
        match self.state {
            State::Text => {
                self.state = State::Begun;
                self.name.clear();
            }
            State::Begun => self.begun(byte),
            State::Tag { quote: 0 } => match byte {
                b'>' => return self.tag(),
                b'"' | b'\'' if self.cut.is_xml => self.state = State::Tag { quote: byte },
                _ => {
                    let is_name = self.name.len() + 2 == self.token.len();
                    let belongs = !byte.is_ascii_whitespace() && byte != b'/';
                    if is_name && belongs && self.name.len() < MOST_NAME_BYTES {
                        self.name.push(byte);
                    }
                }
            },
            State::Tag { quote } if quote == byte => self.state = State::Tag { quote: 0 },
            State::Tag { .. } => {}
            State::Comment if self.last == *b"-->" => self.over(),
            State::Marked if self.last == *b"]]>" => self.over(),
            State::Instruction if self.last[1..] == *b"?>" => self.over(),
            State::Declaration => self.declaration(byte),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// Takes the byte behind a `<`.
    fn begun(&mut self, byte: u8) {
        self.state = match byte {
            b'/' | b'_' => State::Tag { quote: 0 },
            b'?' if self.cut.is_xml => State::Instruction,
            b'!' => State::Declaration,
            byte if byte.is_ascii_alphabetic() => State::Tag { quote: 0 },
            // No tag, just a sign.
            _ => return self.over(),
        };
        self.brackets = 0;
        self.name.push(byte);
    }

    fn declaration(&mut self, byte: u8) {
        if self.token == b"<!--" {
            self.state = State::Comment;
            self.last = [0; 3];
        } else if self.token == b"<![CDATA[" {
            self.state = State::Marked;
        } else {
            match byte {
                b'[' => self.brackets += 1,
                b']' => self.brackets = self.brackets.saturating_sub(1),
                b'>' if self.brackets == 0 => self.over(),
                _ => {}
            }
        }
    }

    /// Ends a token that is part of the text around it.
    fn over(&mut self) {
        self.state = State::Text;
        let token = std::mem::take(&mut self.token);
        self.keep(&token);
        self.token = token;
        self.token.clear();
    }

    fn keep(&mut self, bytes: &[u8]) {
        if let Some(open) = &mut self.open {
            let room = self.limit.saturating_sub(open.bytes.len()).min(bytes.len());
            open.bytes.extend_from_slice(&bytes[..room]);
            open.length += bytes.len() as u64;
        } else if let Some(head) = &mut self.head {
            let room = MOST_HEAD_BYTES.saturating_sub(head.len()).min(bytes.len());
            head.extend_from_slice(&bytes[..room]);
        }
    }

    /// Takes a whole tag.
    fn tag(&mut self) -> ControlFlow<()> {
        let is_end = self.name.first() == Some(&b'/');
        let is_empty = self.token.ends_with(b"/>");
        let name = &self.name[usize::from(is_end)..];
        let name = name
            .rsplit(|&byte| byte == b':')
            .next()
            .unwrap_or(name)
            .to_vec();
        let start = self.offset + 1 - self.token.len() as u64;
        if self.open.is_none() && !is_end && self.is_wanted(&name) {
            self.begin(name.clone(), start);
        } else if let Some(open) = &mut self.open {
            let is_same = match self.cut.is_xml {
                true => open.name == name,
                false => open.name.eq_ignore_ascii_case(&name),
            };
            match (is_same, is_end) {
                (true, false) if !is_empty => open.depth += 1,
                (true, true) => open.depth = open.depth.saturating_sub(1),
                _ => {}
            }
            self.over();
            let is_closed =
                is_same && is_end && self.open.as_ref().is_some_and(|open| open.depth == 0);
            return if is_closed {
                self.close(None)
            } else {
                ControlFlow::Continue(())
            };
        } else {
            self.over();
            return ControlFlow::Continue(());
        }
        self.over();
        if is_empty && self.cut.is_xml {
            return self.close(None);
        }
        ControlFlow::Continue(())
    }

    fn is_wanted(&self, name: &[u8]) -> bool {
        self.cut.names.iter().any(|wanted| match self.cut.is_xml {
            true => wanted.as_bytes() == name,
            false => wanted.as_bytes().eq_ignore_ascii_case(name),
        })
    }

    fn begin(&mut self, name: Vec<u8>, start: u64) {
        if let Some(head) = self.head.take() {
            self.context = Some(head.into());
        }
        self.number += 1;
        self.open = Some(Open {
            name,
            origin: Origin::new(self.file, self.number, start),
            bytes: Vec::new(),
            length: 0,
            depth: 1,
        });
    }

    fn close(&mut self, note: Option<String>) -> ControlFlow<()> {
        let Some(open) = self.open.take() else {
            return ControlFlow::Continue(());
        };
        let reading = if open.length > self.limit as u64 {
            let (length, limit) = (open.length, self.limit);
            let reason = format!("the record has {length} bytes; records may have {limit}");
            Reading::Rejected(Rejection::failed(open.origin, reason))
        } else {
            Reading::Record(RawRecord {
                origin: open.origin,
                format: self.cut.format,
                bytes: open.bytes,
                context: self.context.clone(),
                note,
            })
        };
        (self.sink)(reading)
    }

    fn finish(&mut self) {
        if self.state != State::Text {
            self.over();
        }
        let name = self
            .open
            .as_ref()
            .map(|open| String::from_utf8_lossy(&open.name).into_owned());
        if let Some(name) = name {
            let _ = self.close(Some(format!(
                "the record ends with the file, without </{name}>"
            )));
        } else if self.number == 0 {
            let names = self.cut.names.join("> or <");
            let reason = format!("has no <{names}>, so no article");
            let whole = Origin::new(self.file, 0, 0);
            let _ = (self.sink)(Reading::Rejected(Rejection::skipped(whole, reason)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, is_xml: bool, expected: &[&str]) {
        let cut = Cut {
            format: Format::Text,
            names: &["item", "entry"],
            is_xml,
        };
        let options = ReadOptions {
            max_record_bytes: 100,
            ..ReadOptions::default()
        };
        let mut found = Vec::new();
        let mut sink = |reading| {
            found.push(match reading {
                Reading::Record(raw) => {
                    let text = String::from_utf8_lossy(&raw.bytes).into_owned();
                    let note = raw
                        .note
                        .map(|note| format!(" ({note})"))
                        .unwrap_or_default();
                    format!("{}@{}: {text}{note}", raw.origin.record, raw.origin.offset)
                }
                Reading::Rejected(no) => {
                    format!("{}@{}! {}", no.origin.record, no.origin.offset, no.reason)
                }
            });
            ControlFlow::Continue(())
        };
        // One byte at a time, so that every cut between buffers is met.
        let slow = std::io::BufReader::with_capacity(1, input.as_bytes());
        split(slow, "a", cut, &options, &mut sink).unwrap();
        assert_eq!(found, expected, "{input}");
    }

    #[test]
    fn elements_are_cut_out_with_their_places() {
        check(
            "<?xml?><r><!-- <item> --><item a='>'>1</item>x<n:entry/><item><item>2</item></item></r>",
            true,
            &[
                "1@25: <item a='>'>1</item>",
                "2@46: <n:entry/>",
                "3@56: <item><item>2</item></item>",
            ],
        );
        check(
            "<!DOCTYPE r [<!ENTITY item \"<item>\">]><item><![CDATA[</item>]]> 1 < 2</item>",
            true,
            &["1@38: <item><![CDATA[</item>]]> 1 < 2</item>"],
        );
        check(
            "<ITEM>it's </Item> <item>b",
            false,
            &[
                "1@0: <ITEM>it's </Item>",
                "2@19: <item>b (the record ends with the file, without </item>)",
            ],
        );
        check(
            "<r>words</r>",
            true,
            &["0@0! has no <item> or <entry>, so no article"],
        );
        let long = format!("<item>{}</item><item/>", "x".repeat(200));
        check(
            &long,
            true,
            &[
                "1@0! the record has 213 bytes; records may have 100",
                "2@213: <item/>",
            ],
        );
    }
}
