//! Documents as XML: the members of the JSON form in the order that the schemas want.

use sbom::SpecVersion;
use serde_json::Value;

/// How a member of JSON becomes elements.
enum Form {
    /// An element with the text.
    Text,
    /// An element for each of a list, without one around.
    Each(Shape),
    /// An element around one for each of a list: its name and how it is written.
    List(&'static str, Shape),
    /// An element with the members.
    One(Shape),
    /// An attribute.
    Attribute,
    /// The text of the element itself.
    Content,
}

/// The members of an object, in order: name in JSON, name in XML, form.
type Shape = &'static [(&'static str, &'static str, Form)];

use Form::{Attribute, Content, Each, List, One, Text};

const PLAIN: Shape = &[("", "", Content)];

const CONTACT: Shape = &[("name", "name", Text), ("email", "email", Text), ("phone", "phone", Text)];

const ORGANIZATION: Shape =
    &[("name", "name", Text), ("url", "url", Each(PLAIN)), ("contact", "contact", Each(CONTACT))];

const HASH: Shape = &[("alg", "alg", Attribute), ("content", "", Content)];

const LICENCE: Shape = &[
    ("license", "license", One(&[("id", "id", Text), ("name", "name", Text), ("url", "url", Text)])),
    ("expression", "expression", Text),
];

const REFERENCE: Shape = &[("type", "type", Attribute), ("url", "url", Text), ("comment", "comment", Text)];

const PROPERTY: Shape = &[("name", "name", Attribute), ("value", "", Content)];

const COMPONENT: Shape = &[
    ("type", "type", Attribute),
    ("bom-ref", "bom-ref", Attribute),
    ("supplier", "supplier", One(ORGANIZATION)),
    ("authors", "authors", List("author", CONTACT)),
    ("author", "author", Text),
    ("publisher", "publisher", Text),
    ("group", "group", Text),
    ("name", "name", Text),
    ("version", "version", Text),
    ("description", "description", Text),
    ("scope", "scope", Text),
    ("hashes", "hashes", List("hash", HASH)),
    ("licenses", "licenses", One(&[("", "", Each(LICENCE))])),
    ("copyright", "copyright", Text),
    ("cpe", "cpe", Text),
    ("purl", "purl", Text),
    ("swid", "swid", One(&[("tagId", "tagId", Attribute), ("name", "name", Attribute)])),
    ("modified", "modified", Text),
    ("externalReferences", "externalReferences", List("reference", REFERENCE)),
    ("properties", "properties", List("property", PROPERTY)),
];

const SERVICE: Shape = &[
    ("bom-ref", "bom-ref", Attribute),
    ("provider", "provider", One(ORGANIZATION)),
    ("group", "group", Text),
    ("name", "name", Text),
    ("version", "version", Text),
    ("description", "description", Text),
    ("endpoints", "endpoints", List("endpoint", PLAIN)),
    ("authenticated", "authenticated", Text),
    ("x-trust-boundary", "x-trust-boundary", Text),
    ("data", "data", List("classification", &[("flow", "flow", Attribute), ("classification", "", Content)])),
    ("externalReferences", "externalReferences", List("reference", REFERENCE)),
];

const SOURCE: Shape = &[("name", "name", Text), ("url", "url", Text)];

const RATING: Shape = &[
    ("source", "source", One(SOURCE)),
    ("score", "score", Text),
    ("severity", "severity", Text),
    ("method", "method", Text),
    ("vector", "vector", Text),
];

const ANALYSIS: Shape = &[
    ("state", "state", Text),
    ("justification", "justification", Text),
    ("response", "responses", List("response", PLAIN)),
    ("detail", "detail", Text),
];

const VULNERABILITY: Shape = &[
    ("bom-ref", "bom-ref", Attribute),
    ("id", "id", Text),
    ("source", "source", One(SOURCE)),
    ("ratings", "ratings", List("rating", RATING)),
    ("cwes", "cwes", List("cwe", PLAIN)),
    ("description", "description", Text),
    ("recommendation", "recommendation", Text),
    ("published", "published", Text),
    ("updated", "updated", Text),
    ("analysis", "analysis", One(ANALYSIS)),
    ("affects", "affects", List("target", &[("ref", "ref", Text)])),
];

const TOOL: Shape = &[("vendor", "vendor", Text), ("name", "name", Text), ("version", "version", Text)];

const METADATA: Shape = &[
    ("timestamp", "timestamp", Text),
    ("tools", "tools", List("tool", TOOL)),
    ("authors", "authors", List("author", CONTACT)),
    ("component", "component", One(COMPONENT)),
    ("manufacture", "manufacture", One(ORGANIZATION)),
    ("manufacturer", "manufacturer", One(ORGANIZATION)),
    ("supplier", "supplier", One(ORGANIZATION)),
];

const DEPENDENCY: Shape =
    &[("ref", "ref", Attribute), ("dependsOn", "dependency", Each(&[("", "ref", Attribute)]))];

const BOM: Shape = &[
    ("serialNumber", "serialNumber", Attribute),
    ("version", "version", Attribute),
    ("metadata", "metadata", One(METADATA)),
    ("components", "components", List("component", COMPONENT)),
    ("services", "services", List("service", SERVICE)),
    ("dependencies", "dependencies", List("dependency", DEPENDENCY)),
    ("vulnerabilities", "vulnerabilities", List("vulnerability", VULNERABILITY)),
];

/// Text without what XML cannot hold, escaped.
fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' | '\r' => out.push(c),
            c if u32::from(c) < 0x20 || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
}

fn plain(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => escape(text, out),
        Value::Null => {}
        other => escape(&other.to_string(), out),
    }
}

/// The member of this name; without a name the value itself.
fn member<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    if name.is_empty() { Some(value) } else { value.get(name) }
}

fn element(name: &str, value: &Value, shape: Shape, out: &mut String) {
    out.push('<');
    out.push_str(name);
    for (key, attribute, form) in shape {
        if let (Attribute, Some(value)) = (form, member(value, key)) {
            out.push_str(&format!(" {attribute}=\""));
            plain(value, out);
            out.push('"');
        }
    }
    out.push('>');
    inside(value, shape, out);
    out.push_str(&format!("</{name}>"));
}

fn inside(value: &Value, shape: Shape, out: &mut String) {
    for (key, name, form) in shape {
        let Some(value) = member(value, key) else { continue };
        match form {
            Attribute => {}
            Content => plain(value, out),
            Text => {
                out.push_str(&format!("<{name}>"));
                plain(value, out);
                out.push_str(&format!("</{name}>"));
            }
            One(shape) => element(name, value, shape, out),
            // What has no name of its own is written in place.
            Each(shape) if name.is_empty() => {
                value.as_array().into_iter().flatten().for_each(|one| inside(one, shape, out));
            }
            Each(shape) => {
                value.as_array().into_iter().flatten().for_each(|one| element(name, one, shape, out));
            }
            List(each, shape) => {
                out.push_str(&format!("<{name}>"));
                value.as_array().into_iter().flatten().for_each(|one| element(each, one, shape, out));
                out.push_str(&format!("</{name}>"));
            }
        }
    }
}

/// The document as XML of its version.
pub(crate) fn write(mut document: Value, version: SpecVersion) -> String {
    if version == SpecVersion::V1_0 {
        // The first version wants to know whether a component was modified, and has no serial number.
        let components = document.get_mut("components").and_then(Value::as_array_mut);
        for component in components.into_iter().flatten().filter_map(Value::as_object_mut) {
            component.insert("modified".to_owned(), false.into());
        }
        if let Some(object) = document.as_object_mut() {
            object.remove("serialNumber");
        }
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let mut body = String::new();
    element("bom", &document, BOM, &mut body);
    out.push_str(&format!("<bom xmlns=\"http://cyclonedx.org/schema/bom/{version}\""));
    out.push_str(body.strip_prefix("<bom").unwrap_or(&body));
    out.push('\n');
    out
}
