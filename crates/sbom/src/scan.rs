//! What is checked on the bytes, before anything is built from them.

use std::borrow::Cow;

use crate::Error;

/// What an object takes at least once it is parsed: a node of the tree that holds its members.
pub(crate) const OBJECT_BYTES: usize = 640;
/// What any other value takes beside its own bytes.
pub(crate) const VALUE_BYTES: usize = 40;

/// The document in UTF-8 and without byte-order mark.
///
/// JSON and XML start with an ASCII character, so where its zero bytes are tells the encoding when there
/// is no mark (RFC 4627, section 3).
pub(crate) fn to_utf8(bytes: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let (rest, width, big_endian) = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => return Ok(Cow::Borrowed(rest)),
        [0x00, 0x00, 0xFE, 0xFF, rest @ ..] => (rest, 4, true),
        [0xFF, 0xFE, 0x00, 0x00, rest @ ..] => (rest, 4, false),
        [0xFE, 0xFF, rest @ ..] => (rest, 2, true),
        [0xFF, 0xFE, rest @ ..] => (rest, 2, false),
        [0, 0, 0, first, ..] if *first != 0 => (bytes, 4, true),
        [first, 0, 0, 0, ..] if *first != 0 => (bytes, 4, false),
        [0, first, ..] if *first != 0 => (bytes, 2, true),
        [first, 0, ..] if *first != 0 => (bytes, 2, false),
        _ => return Ok(Cow::Borrowed(bytes)),
    };
    decode(rest, width, big_endian)
        .map(|text| Cow::Owned(text.into_bytes()))
        .ok_or_else(|| Error::NotJson { message: format!("the document is not valid UTF-{}", width * 8) })
}

fn decode(bytes: &[u8], width: usize, big_endian: bool) -> Option<String> {
    let units = bytes.chunks(width).map(|unit| {
        let fold = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
        match (unit.len() == width, big_endian) {
            (false, _) => None,
            (true, true) => Some(unit.iter().fold(0, fold)),
            (true, false) => Some(unit.iter().rev().fold(0, fold)),
        }
    });
    if width == 4 {
        return units.map(|unit| char::from_u32(unit?)).collect();
    }
    let mut broken = false;
    let units = units.map_while(|unit| {
        let unit = unit.and_then(|unit| u16::try_from(unit).ok());
        broken |= unit.is_none();
        unit
    });
    let text: Option<String> = char::decode_utf16(units).map(Result::ok).collect();
    text.filter(|_| !broken)
}

/// How much memory a text of JSON may at most be estimated to take, whatever is in it.
pub(crate) fn largest(text: &[u8]) -> usize {
    let objects = memchr::memchr_iter(b'{', text).count();
    text.len().saturating_mul(1 + VALUE_BYTES).saturating_add(objects.saturating_mul(OBJECT_BYTES))
}

/// Refuses what would overflow the stack or the memory when it is parsed.
///
/// A few bytes can ask for much: `{"a":{}},` repeated fills gigabytes from a hundred megabytes.
/// Whether the text is JSON at all is left to the parser.
pub(crate) fn check_limits(text: &[u8], depth: usize, memory: usize) -> Result<(), Error> {
    let mut open = 0_usize;
    let mut estimate = text.len();
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => at = end_of_string(text, at),
            b'{' | b'[' => {
                open += 1;
                if open > depth {
                    return Err(too_deep(text, at));
                }
                estimate += if *byte == b'{' { OBJECT_BYTES } else { VALUE_BYTES };
            }
            b'}' | b']' => open = open.saturating_sub(1),
            b',' => estimate += VALUE_BYTES,
            _ => {}
        }
        if estimate > memory {
            return Err(Error::TooLarge);
        }
        at += 1;
    }
    Ok(())
}

/// Where the string that opens at `from` is closed; the end of the text when it is not.
fn end_of_string(text: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while let Some(next) = text.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        at += next;
        if text.get(at) == Some(&b'"') {
            return at;
        }
        // The backslash, and what it escapes.
        at += 2;
    }
    text.len()
}

fn too_deep(text: &[u8], at: usize) -> Error {
    let (line, column) = place(text, at);
    Error::TooDeep { line, column }
}

/// Line and column (in bytes) of a place, both from 1.
pub(crate) fn place(text: &[u8], at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    (before.iter().filter(|byte| **byte == b'\n').count() + 1, before.len() - line_start + 1)
}
