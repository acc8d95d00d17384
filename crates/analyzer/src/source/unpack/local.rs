//! A zip without its directory, since its end is missing: read from one local header to the next
//! (APPNOTE §4.3.7). What is damaged is passed over up to the next header.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use flate2::Crc;
use flate2::bufread::DeflateDecoder;

use super::{Budget, Problem, Step};

const LOCAL: u32 = 0x0403_4b50;
const DIRECTORY: u32 = 0x0201_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
/// Bits of the flags.
const ENCRYPTED: u16 = 1;
const HAS_DESCRIPTOR: u16 = 1 << 3;

pub(super) struct Reader {
    input: BufReader<File>,
}

struct Header {
    name: String,
    flags: u16,
    method: u16,
    crc: u32,
    /// None when it is only known behind the content.
    packed: Option<u64>,
}

impl Reader {
    /// None when the file does not begin as a zip does.
    pub fn open(file: File) -> io::Result<Option<Reader>> {
        let mut input = BufReader::new(file);
        let zip = u32(&mut input).is_ok_and(|signature| signature == LOCAL);
        input.rewind()?;
        Ok(zip.then_some(Reader { input }))
    }

    pub fn next(&mut self, wanted: &mut impl FnMut(&str) -> bool, budget: &mut Budget) -> Step {
        match self.find() {
            Ok(true) => {}
            Ok(false) => return Step::End,
            Err(error) => return Step::Entry(Err(Problem::archive(error.to_string()))),
        }
        let header = match self.header() {
            Ok(header) => header,
            Err(_) => return Step::Entry(Err(Problem::archive("it ends within the header of an entry"))),
        };
        let is_wanted = !header.name.ends_with('/') && wanted(&header.name);
        match self.content(&header, is_wanted, budget) {
            Ok(Some(bytes)) => Step::Entry(Ok((header.name, bytes))),
            Err(reason) if is_wanted => Step::Entry(Err(Problem { entry: Some(header.name), reason })),
            Ok(None) | Err(_) => Step::Passed,
        }
    }

    /// Goes behind the signature of the next local header, over anything else.
    fn find(&mut self) -> io::Result<bool> {
        let Ok(mut signature) = u32(&mut self.input) else { return Ok(false) };
        if signature == DIRECTORY {
            return Ok(false);
        }
        while signature != LOCAL {
            let Some(byte) = self.input.fill_buf()?.first().copied() else { return Ok(false) };
            self.input.consume(1);
            signature = (signature >> 8) | (u32::from(byte) << 24);
        }
        Ok(true)
    }

    fn header(&mut self) -> io::Result<Header> {
        let input = &mut self.input;
        let _version = u16(input)?;
        let (flags, method) = (u16(input)?, u16(input)?);
        let _time = u32(input)?;
        let (crc, packed, unpacked) = (u32(input)?, u32(input)?, u32(input)?);
        let (name, extra) = (u16(input)?, u16(input)?);
        let mut take = |length: u16| {
            let mut bytes = vec![0; usize::from(length)];
            input.read_exact(&mut bytes).map(|()| bytes)
        };
        let name = String::from_utf8_lossy(&take(name)?).into_owned();
        let extra = take(extra)?;
        let packed = match (packed, flags & HAS_DESCRIPTOR != 0) {
            (_, true) => None,
            (u32::MAX, _) => Some(large(&extra, unpacked == u32::MAX)?),
            (packed, _) => Some(u64::from(packed)),
        };
        Ok(Header { name, flags, method, crc, packed })
    }

    /// The content of an entry, none when it is not wanted. The next header is then ahead.
    fn content(
        &mut self,
        header: &Header,
        wanted: bool,
        budget: &mut Budget,
    ) -> Result<Option<Vec<u8>>, String> {
        let start = self.input.stream_position().map_err(|e| e.to_string())?;
        let result = match (wanted, header.packed) {
            (false, Some(_)) => Ok(None),
            _ => self.unpack(header, budget).map(|bytes| wanted.then_some(bytes)),
        };
        if let Some(packed) = header.packed {
            let end = SeekFrom::Start(start.saturating_add(packed));
            self.input.seek(end).map_err(|e| e.to_string())?;
        }
        result
    }

    fn unpack(&mut self, header: &Header, budget: &mut Budget) -> Result<Vec<u8>, String> {
        if header.flags & ENCRYPTED != 0 {
            return Err("it is encrypted".to_owned());
        }
        let bytes = match (header.method, header.packed) {
            (0, Some(size)) => {
                let bytes = budget.unpack((&mut self.input).take(size), |_| size)?;
                if (bytes.len() as u64) < size {
                    return Err("it ends in the middle".to_owned());
                }
                bytes
            }
            (8, packed) => {
                let input = (&mut self.input).take(packed.unwrap_or(u64::MAX));
                budget.unpack(DeflateDecoder::new(input), DeflateDecoder::total_in)?
            }
            (0, None) => return Err("its size is not known without the archive's end".to_owned()),
            (method, _) => return Err(format!("the compression method {method} is not supported")),
        };
        let expected = match header.packed {
            Some(_) => header.crc,
            None => self.descriptor().map_err(|_| "it ends in the middle".to_owned())?,
        };
        let mut crc = Crc::new();
        crc.update(&bytes);
        if crc.sum() == expected { Ok(bytes) } else { Err("it is damaged: its checksum differs".to_owned()) }
    }

    /// The checksum behind the content; the two sizes that follow are passed over.
    fn descriptor(&mut self) -> io::Result<u32> {
        let first = u32(&mut self.input)?;
        let crc = if first == DESCRIPTOR { u32(&mut self.input)? } else { first };
        let _sizes = (u32(&mut self.input)?, u32(&mut self.input)?);
        Ok(crc)
    }
}

/// The packed size in the extra field of a ZIP64 entry (§4.5.3), behind the unpacked size where the
/// header leaves that to the field as well.
fn large(mut extra: &[u8], after_unpacked: bool) -> io::Result<u64> {
    loop {
        let (kind, length) = (u16(&mut extra)?, u64::from(u16(&mut extra)?));
        if kind != 1 {
            io::copy(&mut (&mut extra).take(length), &mut io::sink())?;
            continue;
        }
        let mut size = [0; 8];
        extra.read_exact(&mut size)?;
        if after_unpacked {
            extra.read_exact(&mut size)?;
        }
        return Ok(u64::from_le_bytes(size));
    }
}

fn u16(input: &mut impl Read) -> io::Result<u16> {
    let mut bytes = [0; 2];
    input.read_exact(&mut bytes)?;
    Ok(u16::from_le_bytes(bytes))
}

fn u32(input: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}
