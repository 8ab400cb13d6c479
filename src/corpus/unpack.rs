//! Opens compressed files and archives, layer by layer, as streams.
//!
//! gzip, zstd, xz and bzip2 streams, zip and tar archives, and any of them inside each
//! other to a small depth. Everything is read once, from beginning to end, so that a
//! truncated archive gives what it has; nothing is ever written to disk, and a member's
//! name is a label, wherever it seems to point. What a file may expand to is bounded,
//! absolutely and in proportion to what was read of it.
//!
//! A stream that breaks off ends there for whoever reads it; the reason becomes one
//! entry, beside the records that came before.

mod stream;
mod tar;
mod zip;

use std::cell::{Cell, RefCell};
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;

use super::detect;
use super::options::UnpackLimits;
use super::{RawRecord, ReadOptions, Reading, Rejection, RejectionKind, Sink, split_plain};
use crate::article::Origin;
use stream::{Counting, Guarded};

/// A way to pack bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    Zip,
    Tar,
}

impl Packing {
    /// Returns how a file that begins with `beginning` is packed. Office files are
    /// zip archives too, but not of articles.
    pub(super) fn of(beginning: &[u8]) -> Option<Packing> {
        const MAGICS: [(&[u8], Packing); 6] = [
            (b"\x1f\x8b\x08", Packing::Gzip),
            (b"\x28\xb5\x2f\xfd", Packing::Zstd),
            (b"\xfd7zXZ\x00", Packing::Xz),
            (b"BZh", Packing::Bzip2),
            (b"PK\x03\x04", Packing::Zip),
            (b"PK\x05\x06", Packing::Zip),
        ];
        let known = MAGICS
            .iter()
            .find(|(magic, _)| beginning.starts_with(magic))
            .map(|(_, packing)| *packing);
        match known {
            Some(Packing::Zip) if detect::office_kind(beginning).is_some() => None,
            Some(Packing::Bzip2) if !is_bzip2(beginning) => None,
            None => tar::is_header(beginning).then_some(Packing::Tar),
            known => known,
        }
    }
}

/// A text may begin with the letters of the mark; the block mark settles it.
fn is_bzip2(beginning: &[u8]) -> bool {
    let block = beginning.get(4..10);
    block == Some(b"\x31\x41\x59\x26\x53\x59") || block == Some(b"\x17\x72\x45\x38\x50\x90")
}

/// Cuts what `input` unpacks to into records.
pub(super) fn split(
    packing: Packing,
    input: impl Read,
    file: &str,
    options: &ReadOptions,
    sink: Sink<'_>,
) -> io::Result<()> {
    let unpacker = Unpacker {
        file,
        options,
        budget: Budget::new(options.unpack),
        is_over: Cell::new(false),
        faults: Cell::new(0),
    };
    let counting = Counting {
        inner: input,
        budget: &unpacker.budget,
    };
    let mut input = BufReader::with_capacity(1 << 16, counting);
    let place = Place {
        name: without_packing(file).to_owned(),
        member: None,
        depth: 0,
    };
    unpacker.layer(packing, &mut input, &place, sink)
}

/// Returns a name without the ending of its packing: `may.jsonl.gz` is called
/// `may.jsonl`.
fn without_packing(name: &str) -> &str {
    let endings = [".gz", ".zst", ".xz", ".bz2"];
    endings
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(name)
}

/// How much a file has unpacked to so far, and how much it may.
struct Budget {
    limits: UnpackLimits,
    packed: Cell<u64>,
    unpacked: Cell<u64>,
    spent: RefCell<Option<String>>,
}

impl Budget {
    fn new(limits: UnpackLimits) -> Budget {
        Budget {
            limits,
            packed: Cell::new(0),
            unpacked: Cell::new(0),
            spent: RefCell::new(None),
        }
    }

    /// Takes `bytes` out of the budget; returns false if it is spent.
    fn take(&self, bytes: u64) -> bool {
        let unpacked = self.unpacked.get().saturating_add(bytes);
        self.unpacked.set(unpacked);
        let UnpackLimits {
            total_bytes,
            ratio,
            free_bytes,
        } = self.limits;
        let packed = self.packed.get();
        let reason = if unpacked > total_bytes {
            format!("it unpacks to more than {total_bytes} bytes")
        } else if unpacked > free_bytes && unpacked / ratio > packed {
            format!("it unpacks to more than {ratio} times its size")
        } else {
            return true;
        };
        self.spent.borrow_mut().get_or_insert(reason);
        false
    }

    fn is_spent(&self) -> bool {
        self.spent.borrow().is_some()
    }
}

/// Where in a file something is.
struct Place {
    /// What it is called, for telling its format.
    name: String,
    /// Its path inside the file.
    member: Option<String>,
    /// How many layers lie above it.
    depth: u32,
}

impl Place {
    /// Returns the place of the member `label` of an archive that is here.
    fn member(&self, label: &str) -> Place {
        let member = match &self.member {
            Some(outer) => format!("{outer}!{label}"),
            None => label.to_owned(),
        };
        Place {
            name: without_packing(label).to_owned(),
            member: Some(member),
            depth: self.depth + 1,
        }
    }

    /// Returns the place of what a compressed stream that is here unpacks to.
    fn inside(&self) -> Place {
        Place {
            name: without_packing(&self.name).to_owned(),
            member: self.member.clone(),
            depth: self.depth + 1,
        }
    }
}

/// Layers of packing that are opened (chosen: a zip of tar.gz files is three).
const MOST_DEPTH: u32 = 4;

struct Unpacker<'a> {
    file: &'a str,
    options: &'a ReadOptions,
    budget: Budget,
    /// Nobody listens any more.
    is_over: Cell<bool>,
    /// How many streams were found broken.
    faults: Cell<u64>,
}

impl Unpacker<'_> {
    /// Reads a packed layer.
    fn layer(
        &self,
        packing: Packing,
        input: &mut dyn BufRead,
        place: &Place,
        sink: Sink<'_>,
    ) -> io::Result<()> {
        if place.depth >= MOST_DEPTH {
            let reason = format!("is packed more than {MOST_DEPTH} times over");
            self.send(
                Reading::Rejected(Rejection::skipped(self.origin(place), reason)),
                sink,
            );
            return Ok(());
        }
        match packing {
            Packing::Zip => zip::members(self, input, place, sink),
            Packing::Tar => tar::members(self, input, place, sink),
            Packing::Gzip | Packing::Zstd | Packing::Xz | Packing::Bzip2 => {
                match stream::decoder(packing, input) {
                    Ok(mut decoder) => self.content(&mut *decoder, &place.inside(), sink),
                    Err(error) => {
                        self.fault(place, &format!("cannot be unpacked: {error}"), sink);
                        Ok(())
                    }
                }
            }
        }
    }

    /// Reads what a layer holds: another layer, or records.
    fn content(&self, input: &mut dyn Read, place: &Place, sink: Sink<'_>) -> io::Result<()> {
        let faults = self.faults.get();
        let fault = RefCell::new(None);
        let guarded = Guarded::new(input, &self.budget, &fault);
        let mut input = BufReader::with_capacity(1 << 16, guarded);
        let beginning = detect::beginning(&mut input)?;
        let last = match Packing::of(beginning.get_ref()) {
            Some(packing) => {
                self.layer(packing, &mut beginning.chain(input), place, sink)?;
                None
            }
            // A stream that is broken from its first byte holds nothing to look at.
            None if beginning.get_ref().is_empty() && fault.borrow().is_some() => None,
            None => self.records(beginning, &mut input, place, sink)?,
        };
        let fault = fault.into_inner();
        match (fault, last) {
            (Some(reason), last) if self.faults.get() == faults => {
                self.broken_off(place, last, &reason, sink);
            }
            (_, Some(last)) => self.send(last, sink),
            (_, None) => {}
        }
        Ok(())
    }

    /// Hands on all records but the last, which it returns: only at the end is it known
    /// whether that is whole.
    fn records(
        &self,
        beginning: io::Cursor<Vec<u8>>,
        input: &mut dyn BufRead,
        place: &Place,
        sink: Sink<'_>,
    ) -> io::Result<Option<Reading>> {
        let mut held: Option<Reading> = None;
        let mut hold = |mut reading: Reading| {
            let origin = match &mut reading {
                Reading::Record(raw) => &mut raw.origin,
                Reading::Rejected(rejection) => &mut rejection.origin,
            };
            origin.member.clone_from(&place.member);
            if let Some(before) = held.replace(reading) {
                self.send(before, sink);
            }
            match self.is_over.get() {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        };
        split_plain(
            beginning,
            input,
            self.file,
            &place.name,
            self.options,
            &mut hold,
        )?;
        Ok(held)
    }

    /// Reports a stream that broke off within or after its last record.
    fn broken_off(&self, place: &Place, last: Option<Reading>, reason: &str, sink: Sink<'_>) {
        let reason = self
            .budget
            .spent
            .borrow()
            .clone()
            .unwrap_or_else(|| reason.to_owned());
        self.faults.set(self.faults.get() + 1);
        let rejection = match last {
            Some(Reading::Record(raw)) if is_cut(&raw, self.budget.is_spent()) => {
                let reason = format!("the record is cut short: {reason}");
                Rejection::failed(raw.origin, reason)
            }
            Some(Reading::Rejected(last)) if last.kind == RejectionKind::Failed => {
                Rejection::failed(last.origin, format!("{}; {reason}", last.reason))
            }
            last => {
                last.into_iter().for_each(|last| self.send(last, sink));
                Rejection::failed(self.origin(place), reason)
            }
        };
        self.send(Reading::Rejected(rejection), sink);
    }

    /// Reports that a layer is broken; once, if it is because the budget is spent.
    fn fault(&self, place: &Place, reason: &str, sink: Sink<'_>) {
        let spent = self.budget.spent.borrow().clone();
        if spent.is_some() && self.faults.get() > 0 {
            return;
        }
        self.faults.set(self.faults.get() + 1);
        let reason = spent.unwrap_or_else(|| reason.to_owned());
        let rejection = Rejection::failed(self.origin(place), reason);
        self.send(Reading::Rejected(rejection), sink);
    }

    fn skipped(&self, place: &Place, reason: &str, sink: Sink<'_>) {
        let rejection = Rejection::skipped(self.origin(place), reason);
        self.send(Reading::Rejected(rejection), sink);
    }

    /// Reads the rest of a member that nobody wants.
    fn drain(&self, input: &mut dyn Read) -> Option<String> {
        let fault = RefCell::new(None);
        let copied = io::copy(
            &mut Guarded::new(input, &self.budget, &fault),
            &mut io::sink(),
        );
        let fault = fault.into_inner();
        fault.or_else(|| copied.err().map(|error| error.to_string()))
    }

    /// Returns true if nothing more is to be read.
    fn is_done(&self) -> bool {
        self.is_over.get() || self.budget.is_spent()
    }

    fn send(&self, reading: Reading, sink: Sink<'_>) {
        if !self.is_over.get() && sink(reading).is_break() {
            self.is_over.set(true);
        }
    }

    fn origin(&self, place: &Place) -> Origin {
        Origin {
            member: place.member.clone(),
            ..Origin::new(self.file, 0, 0)
        }
    }
}

/// Returns true for a record that a line end should have ended, and for the beginning of
/// a text without end.
fn is_cut(raw: &RawRecord, is_spent: bool) -> bool {
    (raw.format.ends_with_line() && !raw.bytes.ends_with(b"\n"))
        || (is_spent && raw.format == super::Format::Text)
}

/// Returns the name of an archive's member as a label: text without control
/// characters, with `/` between folders.
fn label(name: &[u8]) -> String {
    let (name, _) = super::decode::decode(name, 0);
    name.chars()
        .map(|c| match c {
            '\\' => '/',
            c if c.is_control() => '\u{FFFD}',
            c => c,
        })
        .collect()
}

/// Returns true for members that a walk would pass over too: hidden files, and the
/// shadows that some systems pack beside each file.
fn is_hidden(label: &str) -> bool {
    let parts = label.split('/').filter(|part| !matches!(*part, "." | ".."));
    parts
        .into_iter()
        .any(|part| part.starts_with('.') || part == "__MACOSX")
}

#[cfg(test)]
mod tests;
