//! From SPDX tag-value to the form that the same document has in JSON.
//!
//! A document is a list of lines `Tag: value`; a value between `<text>` and `</text>` may be
//! several lines (<https://spdx.github.io/spdx-spec/v2.3/conformance/>). A package, a file, a
//! snippet or a licence begins with its first tag. Tags that the model does not need are skipped.

use serde_json::{Map, Value, json};

use crate::scan::{OBJECT_BYTES, VALUE_BYTES};
use crate::{Error, MAX_MEMORY};

/// What the tags that come belong to.
enum Part {
    Document,
    Package,
    File,
    Snippet,
    Licence,
}

/// Whether a text is an SPDX document in this format: it has a line with the version.
pub(crate) fn is_tag_value(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with("SPDXVersion:"))
}

pub(crate) fn read(text: &str) -> Result<Map<String, Value>, Error> {
    let mut document = Map::new();
    let mut info = Map::new();
    let mut part = Part::Document;
    let mut packages: Vec<Value> = Vec::new();
    let mut others: [Vec<Value>; 2] = Default::default();
    let mut licences: Vec<Value> = Vec::new();
    let mut relationships: Vec<Value> = Vec::new();
    let mut estimate = text.len();
    let mut rest = text;
    while let Some((tag, value)) = next(&mut rest) {
        estimate += VALUE_BYTES;
        let words = || value.split_whitespace();
        match tag {
            "SPDXVersion" => set(&mut document, "spdxVersion", value),
            "DocumentNamespace" => set(&mut document, "documentNamespace", value),
            "Created" => set(&mut info, "created", value),
            "Creator" => push(&mut info, "creators", json!(value)),
            "PackageName" => {
                part = Part::Package;
                packages.push(json!({"name": value}));
                estimate += OBJECT_BYTES;
            }
            "FileName" => {
                part = Part::File;
            }
            "SnippetSPDXID" => {
                part = Part::Snippet;
                others[1].push(json!({"SPDXID": value}));
                estimate += OBJECT_BYTES;
            }
            "LicenseID" => {
                part = Part::Licence;
                licences.push(json!({"licenseId": value}));
                estimate += OBJECT_BYTES;
            }
            "Relationship" => {
                let mut words = words();
                if let (Some(from), Some(kind), Some(to)) = (words.next(), words.next(), words.next()) {
                    relationships.push(json!({
                        "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to
                    }));
                    estimate += OBJECT_BYTES;
                }
            }
            "SPDXID" if matches!(part, Part::Document) => set(&mut document, "SPDXID", value),
            "SPDXID" if matches!(part, Part::File) => {
                others[0].push(json!({"SPDXID": value}));
                estimate += OBJECT_BYTES;
            }
            _ => match part {
                Part::Package => {
                    if let Some(Value::Object(package)) = packages.last_mut() {
                        estimate += package_tag(package, tag, value);
                    }
                }
                Part::Licence => {
                    if let Some(Value::Object(licence)) = licences.last_mut() {
                        match tag {
                            "LicenseName" => set(licence, "name", value),
                            "ExtractedText" => set(licence, "extractedText", value),
                            _ => {}
                        }
                    }
                }
                Part::Document | Part::File | Part::Snippet => {}
            },
        }
        if estimate > MAX_MEMORY {
            return Err(Error::TooLarge);
        }
    }
    let [files, snippets] = others;
    document.insert("creationInfo".to_owned(), Value::Object(info));
    for (name, items) in [
        ("packages", packages),
        ("files", files),
        ("snippets", snippets),
        ("hasExtractedLicensingInfos", licences),
        ("relationships", relationships),
    ] {
        document.insert(name.to_owned(), Value::Array(items));
    }
    Ok(document)
}

/// Adds what a tag says of a package; how much memory that takes beside a value.
fn package_tag(package: &mut Map<String, Value>, tag: &str, value: &str) -> usize {
    let name = match tag {
        "SPDXID" => "SPDXID",
        "PackageVersion" => "versionInfo",
        "PackageSupplier" => "supplier",
        "PackageOriginator" => "originator",
        "PackageDownloadLocation" => "downloadLocation",
        "PackageHomePage" => "homepage",
        "PackageLicenseConcluded" => "licenseConcluded",
        "PackageLicenseDeclared" => "licenseDeclared",
        "PackageCopyrightText" => "copyrightText",
        "PackageSummary" => "summary",
        "PackageDescription" => "description",
        "PrimaryPackagePurpose" => "primaryPackagePurpose",
        "PackageChecksum" => {
            if let Some((algorithm, sum)) = value.split_once(':') {
                let checksum = json!({"algorithm": algorithm.trim(), "checksumValue": sum.trim()});
                push(package, "checksums", checksum);
            }
            return OBJECT_BYTES;
        }
        "ExternalRef" => {
            // Category, type, locator.
            let mut words = value.split_whitespace().skip(1);
            if let (Some(kind), Some(locator)) = (words.next(), words.next()) {
                let reference = json!({"referenceType": kind, "referenceLocator": locator});
                push(package, "externalRefs", reference);
            }
            return OBJECT_BYTES;
        }
        _ => return 0,
    };
    set(package, name, value);
    0
}

/// The next tag and its value.
fn next<'a>(rest: &mut &'a str) -> Option<(&'a str, &'a str)> {
    loop {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let Some((tag, value)) = line.split_once(':').filter(|_| !line.trim_start().starts_with('#')) else {
            *rest = after;
            continue;
        };
        let (tag, value) = (tag.trim(), value.trim());
        if !value.starts_with("<text>") {
            *rest = after;
            return Some((tag, value));
        }
        // Nothing but blanks and the tag come before it in the line.
        let (_, text) = rest.split_once("<text>")?;
        let (text, after) = text.split_once("</text>").unwrap_or((text, ""));
        *rest = after;
        return Some((tag, text.trim()));
    }
}

fn set(object: &mut Map<String, Value>, name: &str, value: &str) {
    object.insert(name.to_owned(), Value::String(value.to_owned()));
}

fn push(object: &mut Map<String, Value>, name: &str, value: Value) {
    match object.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
        Value::Array(items) => items.push(value),
        other => *other = value,
    }
}
