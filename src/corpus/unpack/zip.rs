//! Zip archives, read from the front by the header before each member (APPNOTE 6.3,
//! sections 4.3 and 4.5). The directory at the end, which a truncated archive lacks, is
//! not needed; what only it could tell is reported.

use std::io::{self, BufRead, Read};

use flate2::bufread::DeflateDecoder;

use super::{Packing, Place, Sink, Unpacker, is_hidden, label, stream};

const MEMBER: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
/// What begins the directory, or an archive without members.
const ENDS: [u32; 4] = [0x0201_4b50, 0x0605_4b50, 0x0606_4b50, 0x0806_4b50];
/// A mark that archives in one part may begin with.
const SPAN: u32 = 0x3030_4b50;

/// What stands before a member.
struct Header {
    name: Vec<u8>,
    is_encrypted: bool,
    method: u16,
    /// The checksum of the content; nothing if it follows behind.
    sum: Option<u32>,
    /// How long the packed content is; nothing if that follows behind.
    packed: Option<u64>,
    /// How long it says the content is.
    length: u64,
    /// Whether checksum and lengths stand behind the content, known before or not.
    is_described: bool,
    /// Whether lengths take eight bytes.
    is_long: bool,
}

enum Step {
    Member(Header),
    End,
    Broken(&'static str),
}

/// Reads all members of the archive `input`.
pub(super) fn members(
    unpacker: &Unpacker<'_>,
    mut input: &mut dyn BufRead,
    place: &Place,
    sink: Sink<'_>,
) -> io::Result<()> {
    while !unpacker.is_done() {
        let header = match next_header(&mut input)? {
            Step::Member(header) => header,
            Step::End => return Ok(()),
            Step::Broken(reason) => {
                unpacker.fault(place, reason, sink);
                return Ok(());
            }
        };
        let label = label(&header.name);
        let inner = place.member(&label);
        let is_wanted = !label.ends_with('/') && !is_hidden(&label);
        let reader = MemberReader {
            unpacker,
            header: &header,
            place: &inner,
            is_wanted,
        };
        let faults = unpacker.faults.get();
        if let Err(reason) = reader.read(input, sink)? {
            if unpacker.faults.get() == faults {
                unpacker.fault(&inner, &reason, sink);
            }
            return Ok(());
        }
    }
    Ok(())
}

struct MemberReader<'a> {
    unpacker: &'a Unpacker<'a>,
    header: &'a Header,
    place: &'a Place,
    is_wanted: bool,
}

const ENDS_EARLY: &str = "the archive ends early";
const WRONG_SUM: &str = "its checksum is wrong; what was read of it may be damaged";

impl MemberReader<'_> {
    /// Reads the member; the inner error says why the archive cannot be read further.
    fn read(&self, mut input: &mut dyn BufRead, sink: Sink<'_>) -> io::Result<Result<(), String>> {
        let header = self.header;
        let refusal = match (header.is_encrypted, method(header.method)) {
            (true, _) => Some("is encrypted".to_owned()),
            (false, None) => {
                let number = header.method;
                Some(format!("is packed by method {number}, which is not read"))
            }
            (false, Some(_)) => None,
        };
        match (header.packed, refusal) {
            (None, Some(refusal)) => Ok(Err(format!("{refusal}; nor is what follows it"))),
            (None, None) if header.method != 8 => match input.fill_buf()? {
                // An empty member.
                [b'P', b'K', 7, 8, ..] => self.after(input, 0),
                _ => Ok(Err(
                    "is stored without its length; what follows it is not read".to_owned(),
                )),
            },
            (None, None) => self.read_to_its_end(input, sink),
            (Some(length), refusal) => {
                let mut content = stream::Member::new(&mut input, length);
                match refusal {
                    Some(refusal) if self.is_wanted => {
                        self.unpacker.skipped(self.place, &refusal, sink);
                    }
                    None if self.is_wanted => self.read_content(&mut content, sink)?,
                    _ => {}
                }
                match content.skip_rest() {
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                        Ok(Err(ENDS_EARLY.to_owned()))
                    }
                    Err(error) => Err(error),
                    Ok(()) if header.is_described => self.after(input, header.length),
                    Ok(()) => Ok(Ok(())),
                }
            }
        }
    }

    fn read_content(
        &self,
        content: &mut stream::Member<&mut &mut dyn BufRead>,
        sink: Sink<'_>,
    ) -> io::Result<()> {
        let faults = self.unpacker.faults.get();
        let decoder: io::Result<Box<dyn Read>> = match method(self.header.method) {
            Some(Method::Stored) | None => Ok(Box::new(content)),
            Some(Method::Deflated) => Ok(Box::new(DeflateDecoder::new(content))),
            Some(Method::Other(packing)) => stream::decoder(packing, content),
        };
        let mut decoder = match decoder {
            Ok(decoder) => decoder,
            Err(error) => {
                let reason = format!("cannot be unpacked: {error}");
                self.unpacker.fault(self.place, &reason, sink);
                return Ok(());
            }
        };
        let mut summed = Summed::new(&mut *decoder);
        self.unpacker.content(&mut summed, self.place, sink)?;
        let is_wrong = summed.is_over && self.header.sum.is_some_and(|sum| sum != summed.sum.sum());
        if is_wrong && self.unpacker.faults.get() == faults {
            self.unpacker.fault(self.place, WRONG_SUM, sink);
        }
        Ok(())
    }

    /// Reads what stands behind a member of which nothing more need be known.
    fn after(&self, mut input: &mut dyn BufRead, length: u64) -> io::Result<Result<(), String>> {
        let described = read_descriptor(&mut input, length, self.header.is_long)?;
        Ok(described.map(|_| ()).ok_or_else(|| ENDS_EARLY.to_owned()))
    }

    /// Reads a member whose length is not known before its end.
    fn read_to_its_end(
        &self,
        mut input: &mut dyn BufRead,
        sink: Sink<'_>,
    ) -> io::Result<Result<(), String>> {
        let mut decoder = DeflateDecoder::new(&mut input);
        let mut summed = Summed::new(&mut decoder);
        if self.is_wanted {
            self.unpacker.content(&mut summed, self.place, sink)?;
        }
        if self.unpacker.is_done() {
            return Ok(Ok(()));
        }
        if let Some(reason) = self.unpacker.drain(&mut summed) {
            return Ok(Err(reason));
        }
        let (sum, length) = (summed.sum.sum(), summed.length);
        match read_descriptor(&mut input, length, self.header.is_long)? {
            None => return Ok(Err(ENDS_EARLY.to_owned())),
            Some(expected) if expected != sum && self.is_wanted => {
                self.unpacker.fault(self.place, WRONG_SUM, sink);
            }
            Some(_) => {}
        }
        Ok(Ok(()))
    }
}

enum Method {
    Stored,
    Deflated,
    Other(Packing),
}

fn method(number: u16) -> Option<Method> {
    Some(match number {
        0 => Method::Stored,
        8 => Method::Deflated,
        12 => Method::Other(Packing::Bzip2),
        93 => Method::Other(Packing::Zstd),
        95 => Method::Other(Packing::Xz),
        _ => return None,
    })
}

fn next_header(input: &mut impl Read) -> io::Result<Step> {
    let mark = match or_end(number::<4>(input))? {
        Some(mark) => u32::from_le_bytes(mark),
        None => {
            return Ok(Step::Broken(
                "the archive ends early, without its directory",
            ));
        }
    };
    match mark {
        MEMBER => Ok(match or_end(read_header(input))? {
            Some(header) => Step::Member(header),
            None => Step::Broken(ENDS_EARLY),
        }),
        SPAN => next_header(input),
        mark if ENDS.contains(&mark) => Ok(Step::End),
        _ => Ok(Step::Broken(
            "the archive is damaged; no further member is found",
        )),
    }
}

fn read_header(input: &mut impl Read) -> io::Result<Header> {
    let fixed: [u8; 26] = number(input)?;
    let two = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
    let four =
        |at: usize| u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
    let flags = two(2);
    let mut name = vec![0; usize::from(two(22))];
    input.read_exact(&mut name)?;
    let mut extra = vec![0; usize::from(two(24))];
    input.read_exact(&mut extra)?;
    let (packed, unpacked) = (four(14), four(18));
    let long = long_lengths(&extra);
    let follows = flags & 8 != 0 && packed == 0;
    let packed = match (packed, &long) {
        (u32::MAX, Some(long)) => {
            // The packed length stands second, behind the unpacked one if that is there.
            let at = if unpacked == u32::MAX { 8 } else { 0 };
            let bytes = long.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
            bytes.map_or(u64::from(packed), u64::from_le_bytes)
        }
        _ => u64::from(packed),
    };
    Ok(Header {
        name,
        is_encrypted: flags & 1 != 0,
        method: two(4),
        sum: (!follows).then(|| four(10)),
        packed: (!follows).then_some(packed),
        length: u64::from(unpacked),
        is_described: flags & 8 != 0,
        is_long: long.is_some(),
    })
}

/// Returns the extra field with lengths of eight bytes.
fn long_lengths(mut extra: &[u8]) -> Option<Vec<u8>> {
    while let [a, b, c, d, rest @ ..] = extra {
        let (kind, length) = (u16::from_le_bytes([*a, *b]), u16::from_le_bytes([*c, *d]));
        let content = rest.get(..usize::from(length))?;
        if kind == 1 {
            return Some(content.to_vec());
        }
        extra = &rest[usize::from(length)..];
    }
    None
}

/// Reads what follows a member whose length was not known before; returns its checksum,
/// nothing at the end of the file.
fn read_descriptor(input: &mut impl Read, length: u64, is_long: bool) -> io::Result<Option<u32>> {
    let Some(first) = or_end(number::<4>(input))? else {
        return Ok(None);
    };
    let mut sum = u32::from_le_bytes(first);
    if sum == DESCRIPTOR {
        match or_end(number::<4>(input))? {
            Some(second) => sum = u32::from_le_bytes(second),
            None => return Ok(None),
        }
    }
    let Some(lengths) = or_end(number::<8>(input))? else {
        return Ok(None);
    };
    let unpacked = u32::from_le_bytes([lengths[4], lengths[5], lengths[6], lengths[7]]);
    // Programs differ on when lengths take eight bytes; the right one is the one that fits.
    let fits_short = u64::from(unpacked) == length & u64::from(u32::MAX);
    if (is_long || !fits_short) && or_end(number::<8>(input))?.is_none() {
        return Ok(None);
    }
    Ok(Some(sum))
}

fn number<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes).map(|()| bytes)
}

/// Turns the end of the file into nothing.
fn or_end<T>(read: io::Result<T>) -> io::Result<Option<T>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sums up what passes through.
struct Summed<'a> {
    inner: &'a mut dyn Read,
    sum: flate2::Crc,
    length: u64,
    is_over: bool,
}

impl<'a> Summed<'a> {
    fn new(inner: &'a mut dyn Read) -> Summed<'a> {
        Summed {
            inner,
            sum: flate2::Crc::new(),
            length: 0,
            is_over: false,
        }
    }
}

impl Read for Summed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.sum.update(&buffer[..read]);
        self.length += read as u64;
        self.is_over |= read == 0 && !buffer.is_empty();
        Ok(read)
    }
}
