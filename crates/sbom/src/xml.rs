//! From CycloneDX XML to the form that the same document has in JSON.
//!
//! The two formats hold the same and differ in shape: attributes, lists with an element around
//! them, lists without, and some names. Here the shape is changed, so that there is one mapping to
//! the model. The document is read as a stream and its depth, its attributes and the memory that it
//! takes are bounded. Document types (DTD) are refused, so no entity can be defined.

use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;
use serde_json::{Map, Value, json};

use crate::message::shorten;
use crate::scan::{OBJECT_BYTES, VALUE_BYTES, place};
use crate::{Error, MAX_DEPTH, MAX_MEMORY, SpecVersion};

/// How many attributes, and how many declarations of namespaces, an element may have.
pub(crate) const MAX_ATTRIBUTES: usize = 64;

/// Lists with an element around them: what the element and what its items are called.
const LISTS: [(&str, &str); 20] = [
    ("advisories", "advisory"),
    ("affects", "target"),
    ("authors", "author"),
    ("components", "component"),
    ("cwes", "cwe"),
    ("dependencies", "dependency"),
    ("endpoints", "endpoint"),
    ("externalReferences", "reference"),
    ("hashes", "hash"),
    ("occurrences", "occurrence"),
    ("properties", "property"),
    ("ratings", "rating"),
    ("references", "reference"),
    ("responses", "response"),
    ("services", "service"),
    ("tools", "tool"),
    ("versions", "version"),
    ("vulnerabilities", "vulnerability"),
    ("data", "classification"),
    ("data", "dataflow"),
];

/// What is not in the model, and is therefore not looked into.
const SKIPPED: [&str; 13] = [
    "annotations",
    "callstack",
    "citations",
    "compositions",
    "cryptoProperties",
    "declarations",
    "definitions",
    "formulation",
    "identity",
    "lifecycles",
    "modelCard",
    "pedigree",
    "releaseNotes",
];

/// The text of a document whose bytes are UTF-8, or what the XML declaration says.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    let start = bytes.trim_ascii_start();
    let declaration = match start.windows(2).take(200).position(|pair| pair == b"?>") {
        Some(end) if start.starts_with(b"<?xml") => start.get(..end).unwrap_or_default(),
        _ => &[],
    };
    let declaration = String::from_utf8_lossy(declaration);
    let encoding = declaration.split_once("encoding").and_then(|(_, rest)| {
        let rest = rest.trim_start().strip_prefix('=')?.trim_start();
        rest.get(1..)?.split(['"', '\'']).next().map(str::to_ascii_lowercase)
    });
    match encoding.as_deref() {
        Some("iso-8859-1" | "latin1") => Ok(Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect())),
        // Those that are wider were turned into UTF-8 before.
        None
        | Some("utf-8" | "utf8" | "us-ascii" | "ascii" | "utf-16" | "utf-16le" | "utf-16be" | "utf-32") => {
            match str::from_utf8(bytes) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(_) => Err(Error::NotXml { message: "the document is not valid UTF-8".to_owned() }),
            }
        }
        Some(other) => Err(Error::NotXml {
            message: format!("the encoding {} is not supported: use UTF-8", shorten(other, 50)),
        }),
    }
}

/// An element that is open.
struct Open {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<(String, Value)>,
    text: String,
}

/// Reads a document without validating it; its version comes from the namespace of its root.
pub(crate) fn read(text: &str) -> Result<(SpecVersion, Value), Error> {
    let mut reader = NsReader::from_str(text);
    reader.resolver_mut().set_max_declarations_per_element(MAX_ATTRIBUTES);
    let mut document = Document::default();
    loop {
        let event = reader.read_event();
        let at = usize::try_from(reader.buffer_position()).unwrap_or(text.len());
        let here = Here { text, at };
        let event = event.map_err(|error| here.broken(error))?;
        match event {
            Event::Start(start) => {
                let namespace = namespace(reader.resolver().resolve_element(start.name()).0);
                document.open(&start, namespace.as_deref(), here)?;
            }
            Event::Empty(start) => {
                let namespace = namespace(reader.resolver().resolve_element(start.name()).0);
                document.open(&start, namespace.as_deref(), here)?;
                document.close();
            }
            Event::End(_) => document.close(),
            Event::Text(characters) => {
                document.text(&characters.xml10_content().map_err(|it| here.broken(it))?)?;
            }
            Event::CData(characters) => {
                document.text(&characters.xml10_content().map_err(|it| here.broken(it))?)?;
            }
            Event::GeneralRef(reference) => {
                let character = resolve(&reference)
                    .ok_or_else(|| here.broken("a reference to an entity that is not defined"))?;
                document.text(character.encode_utf8(&mut [0; 4]))?;
            }
            Event::DocType(_) => return Err(here.broken("a document type declaration, which is not allowed")),
            Event::Eof => {
                if let Some(open) = document.open.last() {
                    return Err(here.broken(format!("the document ends inside of <{}>", open.name)));
                }
                break;
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    match (document.version, document.root) {
        (Some(version), Some(root)) => Ok((version, root)),
        _ => Err(Error::NotXml { message: "the document has no element".to_owned() }),
    }
}

/// How far the document is read.
#[derive(Clone, Copy)]
struct Here<'a> {
    text: &'a str,
    at: usize,
}

impl Here<'_> {
    /// Line and column.
    fn place(self) -> (usize, usize) {
        place(self.text.as_bytes(), self.at)
    }

    fn broken(self, what: impl std::fmt::Display) -> Error {
        let (line, column) = self.place();
        let what = shorten(&what.to_string(), 200);
        Error::NotXml { message: format!("{what} at line {line} column {column}") }
    }
}

fn namespace(resolved: ResolveResult<'_>) -> Option<String> {
    match resolved {
        ResolveResult::Bound(Namespace(name)) => Some(String::from_utf8_lossy(name).into_owned()),
        _ => None,
    }
}

/// The character of a reference: by number, or one of the five that XML defines.
fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten();
    }
    match &**reference {
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"amp" => Some('&'),
        b"apos" => Some('\''),
        b"quot" => Some('"'),
        _ => None,
    }
}

#[derive(Default)]
struct Document {
    version: Option<SpecVersion>,
    /// The namespace of the root.
    namespace: String,
    open: Vec<Open>,
    /// How many elements are open that are not looked into.
    skipped: usize,
    estimate: usize,
    root: Option<Value>,
}

impl Document {
    fn open(&mut self, start: &BytesStart<'_>, namespace: Option<&str>, here: Here<'_>) -> Result<(), Error> {
        let local_name = start.local_name();
        let name = String::from_utf8_lossy(local_name.as_ref());
        if self.root.is_some() {
            return Err(here.broken("a second element beside the root"));
        }
        if self.open.len() + self.skipped >= MAX_DEPTH {
            let (line, column) = here.place();
            return Err(Error::TooDeep { line, column });
        }
        if self.open.is_empty() {
            let namespace = namespace.unwrap_or_default();
            let version = SpecVersion::from_namespace(namespace).filter(|_| name == "bom");
            let Some(version) = version else {
                return Err(Error::NoXmlVersion {
                    root: shorten(&name, 50),
                    namespace: shorten(namespace, 200),
                });
            };
            self.version = Some(version);
            namespace.clone_into(&mut self.namespace);
        }
        if self.skipped > 0 || namespace != Some(&self.namespace) || SKIPPED.contains(&name.as_ref()) {
            self.skipped += 1;
            return Ok(());
        }
        let mut attributes = Vec::new();
        for (at, attribute) in start.attributes().with_checks(false).enumerate() {
            let attribute = attribute.map_err(|error| here.broken(error))?;
            if at >= MAX_ATTRIBUTES {
                return Err(here.broken(format!("an element with more than {MAX_ATTRIBUTES} attributes")));
            }
            let name = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
            // Those with a prefix belong to others, or declare a namespace.
            if name.contains(':') || name == "xmlns" {
                continue;
            }
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Explicit1_0)
                .map_err(|error| here.broken(error))?;
            self.grow(VALUE_BYTES + name.len() + value.len())?;
            attributes.push((name, value.trim().to_owned()));
        }
        self.grow(OBJECT_BYTES / 4)?;
        let name = name.into_owned();
        self.open.push(Open { name, attributes, children: Vec::new(), text: String::new() });
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Error> {
        if self.skipped > 0 {
            return Ok(());
        }
        if let Some(open) = self.open.last_mut() {
            open.text.push_str(text);
            return self.grow(text.len());
        }
        Ok(())
    }

    fn close(&mut self) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        let Some(element) = self.open.pop() else { return };
        if element.is_object() {
            self.estimate += OBJECT_BYTES;
        }
        let name = element.name.clone();
        let value = element.into_value();
        match self.open.last_mut() {
            Some(parent) => parent.children.push((name, value)),
            None => self.root = Some(value),
        }
    }

    fn grow(&mut self, bytes: usize) -> Result<(), Error> {
        self.estimate += bytes;
        if self.estimate > MAX_MEMORY { Err(Error::TooLarge) } else { Ok(()) }
    }
}

impl Open {
    fn is_object(&self) -> bool {
        !self.attributes.is_empty() || !self.children.is_empty()
    }

    /// The element as JSON has it.
    fn into_value(self) -> Value {
        match self.name.as_str() {
            "licenses" => {
                return Value::Array(self.children.into_iter().filter_map(licence).collect());
            }
            "dependency" => {
                let depends_on = self.children.into_iter().filter_map(|(name, child)| {
                    (name == "dependency")
                        .then_some(child)
                        .and_then(|mut child| Some(child.get_mut("ref")?.take()))
                });
                let depends_on: Vec<Value> = depends_on.collect();
                let mut object: Map<_, _> = strings(self.attributes).collect();
                object.insert("dependsOn".to_owned(), Value::Array(depends_on));
                return Value::Object(object);
            }
            "classification" | "dataflow" => return self.data_flow(),
            _ => {}
        }
        let is_list = LISTS
            .iter()
            .any(|(list, item)| self.name == *list && self.children.iter().all(|(name, _)| name == item));
        if is_list && self.attributes.is_empty() {
            return Value::Array(self.children.into_iter().map(|(_, item)| item).collect());
        }
        let text = self.text.trim();
        // The text of a licence is an object in JSON, with or without attributes.
        if self.attributes.is_empty() && self.children.is_empty() && self.name != "text" {
            return Value::String(text.to_owned());
        }
        let mut object: Map<_, _> = strings(self.attributes).collect();
        if !text.is_empty() {
            let name = if self.name == "property" { "value" } else { "content" };
            object.insert(name.to_owned(), Value::String(text.to_owned()));
        }
        for (name, child) in self.children {
            let name = if name == "responses" { "response".to_owned() } else { name };
            match object.get_mut(&name) {
                Some(Value::Array(items)) => items.push(child),
                Some(present) => *present = Value::Array(vec![present.take(), child]),
                // A list without an element around it, even if it has one item only.
                None if name == "contact" => {
                    object.insert(name, Value::Array(vec![child]));
                }
                None => {
                    object.insert(name, child);
                }
            }
        }
        Value::Object(object)
    }

    /// Both forms of what a service does with data: `<classification flow="…">PII</…>`, and from
    /// 1.5 on `<dataflow>` with that inside.
    fn data_flow(self) -> Value {
        if let Some((_, inner)) = self.children.into_iter().find(|(name, _)| name == "classification") {
            return inner;
        }
        let mut object: Map<_, _> = strings(self.attributes).collect();
        object.insert("classification".to_owned(), Value::String(self.text.trim().to_owned()));
        Value::Object(object)
    }
}

fn strings(attributes: Vec<(String, String)>) -> impl Iterator<Item = (String, Value)> {
    attributes.into_iter().map(|(name, value)| (name, Value::String(value)))
}

/// One entry of `licenses`.
fn licence((name, value): (String, Value)) -> Option<Value> {
    match (name.as_str(), value) {
        ("license", value) => Some(json!({"license": value})),
        ("expression", Value::Object(mut object)) => Some(json!({"expression": object.remove("content")?})),
        ("expression", text) => Some(json!({"expression": text})),
        ("expression-detailed", Value::Object(mut object)) => {
            Some(json!({"expression": object.remove("expression")?}))
        }
        _ => None,
    }
}
