//! Compressed streams, and readers that count and guard what comes out of them.

use std::cell::RefCell;
use std::io::{self, BufRead, Read};

use super::{Budget, Packing};

/// Counts what is read of the file itself.
pub(super) struct Counting<'a, R> {
    pub(super) inner: R,
    pub(super) budget: &'a Budget,
}

impl<R: Read> Read for Counting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let packed = &self.budget.packed;
        packed.set(packed.get() + read as u64);
        Ok(read)
    }
}

/// Reads what a decoder gives, as long as the budget lasts. Where the decoder fails the
/// stream ends, and the reason is kept.
pub(super) struct Guarded<'a> {
    inner: &'a mut dyn Read,
    budget: &'a Budget,
    fault: &'a RefCell<Option<String>>,
    count: u64,
}

impl<'a> Guarded<'a> {
    pub(super) fn new(
        inner: &'a mut dyn Read,
        budget: &'a Budget,
        fault: &'a RefCell<Option<String>>,
    ) -> Guarded<'a> {
        let count = 0;
        Guarded {
            inner,
            budget,
            fault,
            count,
        }
    }
}

impl Read for Guarded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.fault.borrow().is_some() || buffer.is_empty() {
            return Ok(0);
        }
        let reason = match self.inner.read(buffer) {
            Ok(read) if self.budget.take(read as u64) => {
                self.count += read as u64;
                return Ok(read);
            }
            Ok(_) => self.budget.spent.borrow().clone().unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => format!("cannot be unpacked beyond byte {}: {error}", self.count),
        };
        self.fault.replace(Some(reason));
        Ok(0)
    }
}

/// A member of an archive, as long as its header says. An archive that ends before that
/// is an error, not the member's end.
pub(super) struct Member<R> {
    content: io::Take<R>,
}

impl<R: BufRead> Member<R> {
    pub(super) fn new(input: R, length: u64) -> Member<R> {
        let content = input.take(length);
        Member { content }
    }

    /// Passes over what was not read.
    pub(super) fn skip_rest(&mut self) -> io::Result<()> {
        io::copy(self, &mut io::sink()).map(|_| ())
    }
}

impl<R: BufRead> BufRead for Member<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let is_over = self.content.limit() == 0;
        let buffer = self.content.fill_buf()?;
        if buffer.is_empty() && !is_over {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "the archive ends early",
            ));
        }
        Ok(buffer)
    }

    fn consume(&mut self, bytes: usize) {
        self.content.consume(bytes);
    }
}

impl<R: BufRead> Read for Member<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let read = available.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

/// Memory that the window of an xz stream may take, in KiB (twice that of its highest
/// preset).
const MOST_XZ_KIB: u32 = 128 << 10;

/// Returns a reader of what `input` unpacks to.
pub(super) fn decoder<'a>(
    packing: Packing,
    input: impl BufRead + 'a,
) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match packing {
        Packing::Gzip => Box::new(Gunzip::new(input)),
        // Windows over 128 MiB are refused by the library.
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(input)?),
        Packing::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(
            input,
            true,
            MOST_XZ_KIB,
        )),
        Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        Packing::Zip | Packing::Tar => return Err(io::Error::other("is an archive")),
    })
}

/// All members of a gzip file, one after the other. Zeros behind the last, which some
/// tapes and tools leave, are no damage.
struct Gunzip<R> {
    /// Nothing once the file is over.
    member: Option<flate2::bufread::GzDecoder<R>>,
}

impl<R: BufRead> Gunzip<R> {
    fn new(input: R) -> Gunzip<R> {
        Gunzip {
            member: Some(flate2::bufread::GzDecoder::new(input)),
        }
    }

    /// Returns true if another member follows.
    fn next_member(&mut self) -> io::Result<bool> {
        let Some(mut input) = self
            .member
            .take()
            .map(flate2::bufread::GzDecoder::into_inner)
        else {
            return Ok(false);
        };
        loop {
            let buffer = input.fill_buf()?;
            let zeros = buffer.iter().take_while(|&&byte| byte == 0).count();
            match buffer.get(zeros) {
                None if buffer.is_empty() => return Ok(false),
                None => input.consume(zeros),
                Some(0x1f) => {
                    input.consume(zeros);
                    self.member = Some(flate2::bufread::GzDecoder::new(input));
                    return Ok(true);
                }
                Some(_) => return Err(io::Error::other("what follows is no gzip data")),
            }
        }
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.next_member()?;
        }
        Ok(0)
    }
}
