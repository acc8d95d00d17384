//! Names as text: the formatted string of CPE 2.3 and the URI of CPE 2.2 (NISTIR 7695, §6).

use std::fmt::{self, Write};

use super::{Attribute, Name, Pattern};

/// A character and whether it was quoted: an unquoted `*` or `?` is a wildcard.
type Token = (char, bool);

pub(super) fn parse(text: &str) -> Result<Name, &'static str> {
    let text = text.trim();
    if let Some(rest) = without_prefix(text, "cpe:2.3:") {
        formatted(rest)
    } else if let Some(rest) = without_prefix(text, "cpe:/") {
        from_uri(rest)
    } else {
        Err("it starts with neither \"cpe:2.3:\" nor \"cpe:/\"")
    }
}

fn without_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

fn formatted(text: &str) -> Result<Name, &'static str> {
    const COUNT: &str = "it needs eleven attributes after \"cpe:2.3\"";
    let mut attributes: [Attribute; 11] = Default::default();
    let mut places = attributes.iter_mut();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (one, behind) = split(text);
        *places.next().ok_or(COUNT)? = written(one)?;
        rest = behind;
    }
    if places.next().is_some() {
        return Err(COUNT);
    }
    name(attributes)
}

/// The text up to the first colon that is not quoted, and what is behind it.
fn split(text: &str) -> (&str, Option<&str>) {
    let mut is_quoted = false;
    let end = text.bytes().position(|b| match b {
        _ if is_quoted => {
            is_quoted = false;
            false
        }
        b'\\' => {
            is_quoted = true;
            false
        }
        b => b == b':',
    });
    let one = end.and_then(|end| text.get(..end)).unwrap_or(text);
    (one, end.and_then(|end| text.get(end + 1..)))
}

/// An attribute of a formatted string.
fn written(text: &str) -> Result<Attribute, &'static str> {
    match text {
        "*" => return Ok(Attribute::Any),
        "-" => return Ok(Attribute::Na),
        _ => {}
    }
    // Most are as they are kept: nothing is quoted, none is a wildcard, no letter is a capital.
    let is_as_kept =
        |b: u8| b.is_ascii_graphic() && !b.is_ascii_uppercase() && !matches!(b, b'\\' | b'*' | b'?');
    if !text.is_empty() && text.bytes().all(is_as_kept) {
        return Ok(Attribute::Value(text.into()));
    }
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '\\' => (printable(chars.next().ok_or("it ends within an escape")?)?, true),
            c => (printable(c)?, false),
        });
    }
    attribute(&tokens)
}

fn name(attributes: [Attribute; 11]) -> Result<Name, &'static str> {
    let [part, vendor, product, version, update, edition, language, sw_edition, target_sw, target_hw, other] =
        attributes;
    match &part {
        Attribute::Any | Attribute::Na => {}
        Attribute::Value(letter) if matches!(&**letter, "a" | "o" | "h") => {}
        _ => return Err("its part is none of a, o, h, * and -"),
    }
    Ok(Name {
        part,
        vendor,
        product,
        version,
        update,
        edition,
        language,
        sw_edition,
        target_sw,
        target_hw,
        other,
    })
}

fn printable(c: char) -> Result<char, &'static str> {
    if c.is_ascii_graphic() { Ok(c.to_ascii_lowercase()) } else { Err("a character is not printable ASCII") }
}

fn attribute(tokens: &[Token]) -> Result<Attribute, &'static str> {
    match tokens {
        [] => return Err("an attribute is empty"),
        [('*', false)] => return Ok(Attribute::Any),
        [('-', false)] => return Ok(Attribute::Na),
        _ => {}
    }
    let (before, rest) = match tokens {
        [('*', false), rest @ ..] => (None, rest),
        _ => {
            let marks = tokens.iter().take_while(|token| **token == ('?', false)).count();
            (Some(marks), tokens.get(marks..).unwrap_or_default())
        }
    };
    let (after, rest) = match rest {
        [rest @ .., ('*', false)] => (None, rest),
        _ => {
            let marks = rest.iter().rev().take_while(|token| **token == ('?', false)).count();
            (Some(marks), rest.get(..rest.len() - marks).unwrap_or_default())
        }
    };
    if rest.iter().any(|token| matches!(token, ('*' | '?', false))) {
        return Err(
            "a wildcard stands in the middle of an attribute; as a character it is written with \\ before it",
        );
    }
    let text: Box<str> = rest.iter().map(|(c, _)| *c).collect::<String>().into();
    if (before, after) == (Some(0), Some(0)) {
        return Ok(Attribute::Value(text));
    }
    if text.is_empty() && (before.is_none() || after.is_none()) {
        return Err("an attribute has wildcards only");
    }
    Ok(Attribute::Pattern(Box::new(Pattern { before, text, after })))
}

fn from_uri(text: &str) -> Result<Name, &'static str> {
    let mut attributes: [Attribute; 11] = Default::default();
    let mut places = attributes.iter_mut();
    for (at, component) in text.split(':').enumerate() {
        if at > 6 {
            return Err("it has more than seven components after \"cpe:/\"");
        }
        let packed = component.strip_prefix('~').filter(|_| at == 5);
        let Some(packed) = packed else {
            // The language follows the edition.
            let Some(place) = places.next() else { break };
            *place = decoded(component)?;
            continue;
        };
        let mut values = packed.split('~');
        let mut next = || decoded(values.next().ok_or("its packed edition needs five parts")?);
        let [edition, sw_edition, target_sw, target_hw, other] =
            [next()?, next()?, next()?, next()?, next()?];
        if values.next().is_some() {
            return Err("its packed edition needs five parts");
        }
        let language = text.split(':').nth(6).map_or(Ok(Attribute::Any), decoded)?;
        if text.split(':').nth(7).is_some() {
            return Err("it has more than seven components after \"cpe:/\"");
        }
        for (place, value) in places.zip([edition, language, sw_edition, target_sw, target_hw, other]) {
            *place = value;
        }
        break;
    }
    name(attributes)
}

fn decoded(text: &str) -> Result<Attribute, &'static str> {
    match text {
        "" | "*" => return Ok(Attribute::Any),
        "-" => return Ok(Attribute::Na),
        _ => {}
    }
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            tokens.push((printable(c)?, true));
            continue;
        }
        let mut digit = || chars.next().and_then(|c| c.to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err("a % is not followed by two hexadecimal digits");
        };
        tokens.push(match char::from_u32(high * 16 + low) {
            Some('\u{1}') => ('?', false),
            Some('\u{2}') => ('*', false),
            Some(c) => (printable(c)?, true),
            None => return Err("a % is not followed by two hexadecimal digits"),
        });
    }
    attribute(&tokens)
}

/// Writes the formatted string up to the `count`th attribute.
pub(super) fn write(name: &Name, count: usize, out: &mut impl Write) -> fmt::Result {
    out.write_str("cpe:2.3")?;
    for attribute in name.attributes().into_iter().take(count) {
        out.write_char(':')?;
        match attribute {
            Attribute::Any => out.write_char('*')?,
            Attribute::Na => out.write_char('-')?,
            Attribute::Value(text) if &**text == "-" => out.write_str("\\-")?,
            Attribute::Value(text) => escaped(text, out)?,
            Attribute::Pattern(pattern) => {
                wildcard(pattern.before, "*", "?", out)?;
                escaped(&pattern.text, out)?;
                wildcard(pattern.after, "*", "?", out)?;
            }
        }
    }
    Ok(())
}

fn escaped(text: &str, out: &mut impl Write) -> fmt::Result {
    if text.chars().all(plain) {
        return out.write_str(text);
    }
    for c in text.chars() {
        if !plain(c) {
            out.write_char('\\')?;
        }
        out.write_char(c)?;
    }
    Ok(())
}

fn plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')
}

fn wildcard(limit: Option<usize>, many: &str, one: &str, out: &mut impl Write) -> fmt::Result {
    match limit {
        None => out.write_str(many),
        Some(count) => (0..count).try_for_each(|_| out.write_str(one)),
    }
}

pub(super) fn uri(name: &Name) -> String {
    let encode = |attribute: &Attribute| {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = encoded(attribute, &mut out);
        out
    };
    let extended = [&name.sw_edition, &name.target_sw, &name.target_hw, &name.other];
    let edition = if extended.iter().all(|attribute| **attribute == Attribute::Any) {
        encode(&name.edition)
    } else {
        let parts: Vec<String> = [&name.edition].into_iter().chain(extended).map(encode).collect();
        format!("~{}", parts.join("~"))
    };
    let first = [&name.part, &name.vendor, &name.product, &name.version, &name.update].map(encode);
    let text = format!("cpe:/{}:{edition}:{}", first.join(":"), encode(&name.language));
    text.trim_end_matches(':').to_owned()
}

fn encoded(attribute: &Attribute, out: &mut String) -> fmt::Result {
    match attribute {
        Attribute::Any => Ok(()),
        Attribute::Na => out.write_char('-'),
        Attribute::Value(text) if &**text == "-" => out.write_str("%2d"),
        Attribute::Value(text) => percent(text, out),
        Attribute::Pattern(pattern) => {
            wildcard(pattern.before, "%02", "%01", out)?;
            percent(&pattern.text, out)?;
            wildcard(pattern.after, "%02", "%01", out)
        }
    }
}

fn percent(text: &str, out: &mut String) -> fmt::Result {
    text.chars()
        .try_for_each(|c| if plain(c) { out.write_char(c) } else { write!(out, "%{:02x}", u32::from(c)) })
}
