//! nixpkgs: one list of all packages, compressed with Brotli.

use std::collections::HashMap;
use std::io::Read;

use async_trait::async_trait;
use serde::Deserialize;
use versions::Scheme;

use super::{Found, Registry};
use crate::repository::door::{LARGEST_LIST, Question, Refusal};

pub(super) struct Nixpkgs;

#[derive(Deserialize)]
struct List {
    #[serde(default)]
    packages: HashMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    pname: Option<String>,
    version: Option<String>,
}

fn read(bytes: &[u8], compressed: bool) -> Result<List, Refusal> {
    let mut plain = Vec::new();
    if compressed {
        let limit = 8 * LARGEST_LIST as u64;
        let reader = brotli_decompressor::Decompressor::new(bytes, 64 << 10);
        reader
            .take(limit)
            .read_to_end(&mut plain)
            .map_err(|e| Refusal::Odd(format!("its list is not Brotli: {e}")))?;
        return crate::repository::door::read_json(&plain);
    }
    crate::repository::door::read_json(bytes)
}

#[async_trait]
impl Registry for Nixpkgs {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        let base = question.door.base();
        let url = match base.path().rsplit('/').next().is_some_and(|last| last.contains('.')) {
            true => base.clone(),
            false => question.door.url(&["packages.json.br"]),
        };
        let compressed = url.path().ends_with(".br");
        let list = question.door.list(&url, move |bytes| {
            // Only names and versions are kept: the rest of the list is large.
            let mut out: HashMap<String, String> = HashMap::new();
            for entry in read(bytes, compressed)?.packages.into_values() {
                let (Some(name), Some(version)) = (entry.pname, entry.version) else { continue };
                match out.get(&name) {
                    Some(other) if Scheme::Generic.compare(other, &version).is_ge() => {}
                    _ => {
                        out.insert(name, version);
                    }
                }
            }
            Ok(out)
        });
        let latest = list.await?.get(&question.package.name).cloned();
        latest.map(|latest| Found { latest: Some(latest), ..Found::default() }).ok_or(Refusal::Missing)
    }
}
