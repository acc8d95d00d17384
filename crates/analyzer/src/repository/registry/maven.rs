//! Maven repositories: `maven-metadata.xml`, and a file with the hash beside each artifact.

use async_trait::async_trait;
use quick_xml::Reader;
use quick_xml::events::Event;

use super::{Artifact, Found, Registry, millis};
use crate::repository::Wanted;
use crate::repository::door::{Question, Refusal};

pub(super) struct Maven;

#[derive(Default)]
struct Versioning {
    latest: Option<String>,
    release: Option<String>,
    last: Option<String>,
    updated: Option<String>,
}

/// Reads the element `versioning`.
fn read(bytes: &[u8]) -> Result<Versioning, Refusal> {
    let odd = |e: &dyn std::fmt::Display| Refusal::Odd(format!("its metadata is not XML: {e}"));
    let mut reader = Reader::from_reader(bytes);
    let mut path: Vec<Vec<u8>> = Vec::new();
    let mut out = Versioning::default();
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer).map_err(|e| odd(&e))? {
            Event::Start(element) if path.len() < 16 => path.push(element.name().as_ref().to_vec()),
            Event::Start(_) => return Err(Refusal::Odd("its metadata is nested too deeply".to_owned())),
            Event::End(_) => {
                path.pop();
            }
            Event::Text(text) => {
                let text = text.decode().map_err(|e| odd(&e))?.trim().to_owned();
                let names: Vec<&[u8]> = path.iter().map(Vec::as_slice).collect();
                let place = match names.as_slice() {
                    [_, b"versioning", b"latest"] => &mut out.latest,
                    [_, b"versioning", b"release"] => &mut out.release,
                    [_, b"versioning", b"lastUpdated"] => &mut out.updated,
                    [_, b"versioning", b"versions", b"version"] => &mut out.last,
                    _ => continue,
                };
                if !text.is_empty() {
                    *place = Some(text);
                }
            }
            Event::Eof => return Ok(out),
            _ => {}
        }
        buffer.clear();
    }
}

/// `group/path/name/version/name-version[-classifier].extension`
fn path<'a>(question: &'a Question<'_>, rest: &'a [&'a str]) -> Vec<&'a str> {
    let group = question.package.namespace.as_deref().unwrap_or_default();
    group.split('.').chain([question.package.name.as_str()]).chain(rest.iter().copied()).collect()
}

async fn artifact(question: &Question<'_>, wanted: &Wanted) -> Result<Artifact, Refusal> {
    let classifier = wanted.classifier.as_ref().map(|word| format!("-{word}")).unwrap_or_default();
    let extension = wanted.extension.as_deref().unwrap_or("jar");
    let file = format!("{}-{}{classifier}.{extension}", question.package.name, wanted.version);
    let mut out = Artifact::default();
    for (name, ending) in [("sha1", "sha1"), ("md5", "md5"), ("sha256", "sha256"), ("sha512", "sha512")] {
        let file = format!("{file}.{ending}");
        let url = question.door.url(&path(question, &[&wanted.version, &file]));
        let text = match question.door.bytes(&url).await {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            // Without the oldest of them there is no such artifact.
            Err(Refusal::Missing) if name == "sha1" => return Ok(out),
            Err(Refusal::Missing | Refusal::Odd(_)) => continue,
            Err(error) => return Err(error),
        };
        // Some write the name of the file behind the digits.
        out = out.hash(name, text.split_whitespace().next());
    }
    Ok(out)
}

#[async_trait]
impl Registry for Maven {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        let url = question.door.url(&path(question, &["maven-metadata.xml"]));
        let found = read(&question.main(&url, "*/*").await?)?;
        let mut artifacts = Vec::new();
        for wanted in question.wanted {
            let artifact = artifact(question, wanted).await?;
            if !artifact.hashes.is_empty() {
                artifacts.push((wanted.purl.clone(), artifact));
            }
        }
        Ok(Found {
            latest: found.release.or(found.latest).or(found.last),
            published: millis(found.updated.as_deref()),
            artifacts,
        })
    }
}
