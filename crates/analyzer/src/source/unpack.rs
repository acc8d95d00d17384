//! Reading what was downloaded: gzip and zip, as a stream, and within limits, since a small archive
//! can hold more than a disk.

mod local;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use flate2::{Crc, Decompress, FlushDecompress, Status};
use zip::{CompressionMethod, ZipArchive};

/// Below this size anything may be compressed as well as it likes.
const FREE: u64 = 1 << 20;
/// An archive up to this size, in bytes, is read at once.
const SMALL: u64 = 16 << 20;

/// How much may come out of an archive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// How many entries a zip may have.
    pub entries: usize,
    /// The largest entry, in bytes.
    pub entry: u64,
    /// Everything, in bytes.
    pub total: u64,
    /// How many times its compressed size something may be; not looked at below 1 MiB.
    pub ratio: u64,
}

impl Limits {
    /// Why so much may not come of so little.
    fn refuse(&self, packed: u64, unpacked: u64, limit: u64) -> Option<String> {
        if unpacked > limit {
            Some(format!("it is larger than the {limit} bytes that are allowed"))
        } else if unpacked > FREE && unpacked / self.ratio.max(1) > packed {
            Some(format!("it grows to more than {} times its size when it is unpacked", self.ratio))
        } else {
            None
        }
    }
}

fn invalid(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

/// Unpacks gzip (RFC 1952) while it is read. Of the limits `total` and `ratio` count.
pub(crate) struct Gunzip<R> {
    inner: MultiGzDecoder<Counted<R>>,
    limits: Limits,
    unpacked: u64,
}

impl<R: BufRead> Gunzip<R> {
    pub(crate) fn new(inner: R, limits: Limits) -> Gunzip<R> {
        Gunzip { inner: MultiGzDecoder::new(Counted { inner, bytes: 0 }), limits, unpacked: 0 }
    }
}

/// Reading fails with [`io::ErrorKind::InvalidData`] beyond the limits, and where the content is
/// damaged; with [`io::ErrorKind::UnexpectedEof`] where it ends too early.
impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        self.unpacked += n as u64;
        let packed = self.inner.get_ref().bytes;
        match self.limits.refuse(packed, self.unpacked, self.limits.total) {
            Some(reason) => Err(invalid(reason)),
            None => Ok(n),
        }
    }
}

/// Counts what is taken out of it.
struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(into)?;
        self.bytes += n as u64;
        Ok(n)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.bytes += amount as u64;
        self.inner.consume(amount);
    }
}

/// Something about an archive that could not be read. What follows it still is, if anything can be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", .entry.as_ref().map(|name| format!("{name}: ")).unwrap_or_default())]
pub(crate) struct Problem {
    /// The entry; none when it is about the archive.
    pub entry: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl Problem {
    fn archive(reason: impl Into<String>) -> Problem {
        Problem { entry: None, reason: reason.into() }
    }
}

/// A file of an archive, or what is wrong with it.
pub(crate) type Entry = Result<(String, Vec<u8>), Problem>;

enum Step {
    /// There is nothing more.
    End,
    /// An entry that is not wanted.
    Passed,
    /// One that is.
    Entry(Entry),
}

/// What may still come out of an archive.
struct Budget {
    limits: Limits,
    /// Bytes that came out.
    total: u64,
}

impl Budget {
    fn is_spent(&self) -> bool {
        self.total > self.limits.total
    }

    /// Reads an entry to its end, or to where it is too much. `packed` is its compressed size.
    fn unpack<R: Read>(&mut self, mut entry: R, packed: impl Fn(&R) -> u64) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        // In steps, so that what is too much is noticed early.
        loop {
            let read = entry.by_ref().take(FREE).read_to_end(&mut bytes);
            let n = read.map_err(|e| match e.kind() {
                io::ErrorKind::UnexpectedEof => "it ends in the middle".to_owned(),
                _ => format!("it is damaged: {e}"),
            })?;
            self.total += n as u64;
            if let Some(reason) = self.limits.refuse(packed(&entry), bytes.len() as u64, self.limits.entry) {
                return Err(reason);
            }
            if self.is_spent() {
                return Err("it is too much".to_owned());
            }
            if n == 0 {
                return Ok(bytes);
            }
        }
    }
}

/// The files of a zip, one after the other: name and content, or what is wrong with one. Blocks.
///
/// Names are only names: nothing is written anywhere.
pub(crate) struct Entries<F> {
    walk: Walk,
    wanted: F,
    budget: Budget,
    /// How many entries were looked at.
    seen: usize,
    /// To be said first.
    problem: Option<Problem>,
    done: bool,
}

/// Where the bytes of an archive are: in memory, or in a file.
trait Input: Read + Seek + Send {}
impl<R: Read + Seek + Send> Input for R {}

enum Walk {
    /// By the directory at its end.
    Directory(Directory),
    /// There is no directory: from entry to entry, as far as it goes.
    Local(local::Reader),
}

struct Directory {
    archive: ZipArchive<Box<dyn Input>>,
    /// What unpacks small entries, one after the other: a new one for each takes as long as they do.
    inflate: Decompress,
    packed: Vec<u8>,
}

impl Directory {
    fn new(archive: ZipArchive<Box<dyn Input>>) -> Directory {
        Directory { archive, inflate: Decompress::new(false), packed: Vec::new() }
    }

    /// The content of an entry.
    fn read(&mut self, index: usize, budget: &mut Budget) -> Result<Vec<u8>, String> {
        if let Some(bytes) = self.small(index, budget) {
            return Ok(bytes);
        }
        match self.archive.by_index(index) {
            Ok(entry) => {
                let packed = entry.compressed_size();
                budget.unpack(entry, |_| packed)
            }
            Err(error) => Err(error.to_string()),
        }
    }

    /// The content of an entry that is small, deflated, and as the directory says. None for any other.
    fn small(&mut self, index: usize, budget: &mut Budget) -> Option<Vec<u8>> {
        let mut entry = self.archive.by_index_raw(index).ok()?;
        let (size, packed) = (entry.size(), entry.compressed_size());
        if entry.compression() != CompressionMethod::Deflated
            || entry.encrypted()
            || size > FREE.min(budget.limits.entry)
            // What cannot be made smaller grows by a few bytes; the budget is one of what comes out.
            || packed > size + size / 256 + 64
            || budget.total + size > budget.limits.total
        {
            return None;
        }
        let crc = entry.crc32();
        self.packed.clear();
        entry.read_to_end(&mut self.packed).ok()?;
        let mut bytes = Vec::with_capacity(usize::try_from(size).ok()?);
        self.inflate.reset(false);
        let status = self.inflate.decompress_vec(&self.packed, &mut bytes, FlushDecompress::Finish).ok()?;
        let mut sum = Crc::new();
        sum.update(&bytes);
        if status != Status::StreamEnd || bytes.len() as u64 != size || sum.sum() != crc {
            return None;
        }
        budget.total += size;
        Some(bytes)
    }
}

impl<F: FnMut(&str) -> bool> Entries<F> {
    /// Opens a zip. Folders are passed over, and entries whose name is not `wanted`.
    ///
    /// An archive that is cut off, and so has no directory, is read up to the cut; that it is cut off
    /// is the first [`Problem`].
    ///
    /// # Errors
    /// When the file cannot be opened, or is no zip at all.
    pub(crate) fn open(path: &Path, limits: Limits, wanted: F) -> io::Result<Entries<F>> {
        let mut file = File::open(path)?;
        let input: Box<dyn Input> = if file.metadata()?.len() <= SMALL {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            Box::new(Cursor::new(bytes))
        } else {
            Box::new(BufReader::new(file))
        };
        let (walk, problem) = match ZipArchive::new(input) {
            Ok(archive) => (Walk::Directory(Directory::new(archive)), None),
            Err(error) => {
                let reader = local::Reader::open(File::open(path)?)?
                    .ok_or_else(|| invalid(format!("it is not a zip archive: {error}")))?;
                let problem = Problem::archive(format!("it is cut off or damaged: {error}"));
                (Walk::Local(reader), Some(problem))
            }
        };
        Ok(Entries { walk, wanted, budget: Budget { limits, total: 0 }, seen: 0, problem, done: false })
    }

    fn step(&mut self) -> Step {
        let directory = match &mut self.walk {
            Walk::Directory(directory) => directory,
            Walk::Local(reader) => return reader.next(&mut self.wanted, &mut self.budget),
        };
        let Some(name) = directory.archive.name_for_index(self.seen) else { return Step::End };
        if name.ends_with('/') || !(self.wanted)(name) {
            return Step::Passed;
        }
        let name = name.to_owned();
        let read = directory.read(self.seen, &mut self.budget);
        Step::Entry(match read {
            Ok(bytes) => Ok((name, bytes)),
            Err(reason) => Err(Problem { entry: Some(name), reason }),
        })
    }
}

impl<F: FnMut(&str) -> bool> Iterator for Entries<F> {
    type Item = Entry;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(problem) = self.problem.take() {
            return Some(Err(problem));
        }
        while !self.done {
            let Limits { entries, total, .. } = self.budget.limits;
            let step = self.step();
            if matches!(step, Step::End) {
                break;
            }
            self.seen += 1;
            if self.seen > entries || self.budget.is_spent() {
                self.done = true;
                let what = if self.budget.is_spent() {
                    format!("the {total} bytes")
                } else {
                    format!("the {entries} entries")
                };
                return Some(Err(Problem::archive(format!("more than {what} that are allowed are in it"))));
            }
            if let Step::Entry(entry) = step {
                return Some(entry);
            }
        }
        self.done = true;
        None
    }
}
