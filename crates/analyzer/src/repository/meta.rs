//! What repositories said: reading and writing it.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, Tx, marks, now_ms, params};

use super::Package;
use super::registry::{Artifact, Found};
use crate::server::Result;

#[derive(FromQueryResult)]
struct Row {
    package: String,
    kind: String,
    namespace: Option<String>,
    name: String,
    latest_version: String,
    published: Option<i64>,
    last_check: i64,
}

/// The packages of these package URLs of which a latest version is known, by key.
async fn rows_of(sql: &impl Sql, packages: &HashMap<&str, Package>) -> Result<HashMap<String, Row>> {
    let mut keys: Vec<&str> = packages.values().map(|package| package.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut out = HashMap::with_capacity(keys.len());
    for chunk in keys.chunks(500) {
        let text = format!(
            "SELECT package, kind, namespace, name, latest_version, published, last_check FROM package_metadata \
             WHERE latest_version IS NOT NULL AND package IN ({})",
            marks(chunk.len())
        );
        let values = chunk.iter().map(|key| (*key).into()).collect();
        out.extend(sql.rows::<Row>(&text, values).await?.into_iter().map(|row| (row.package.clone(), row)));
    }
    Ok(out)
}

/// What is known of the packages of these package URLs, by package URL: `{repositoryType, namespace,
/// name, latestVersion, published, lastCheck}` (reference §4.1).
pub(crate) async fn meta_of(sql: &impl Sql, purls: &[&str]) -> Result<HashMap<String, Value>> {
    let packages: HashMap<&str, Package> =
        purls.iter().filter_map(|purl| Some((*purl, Package::of(purl)?))).collect();
    let rows = rows_of(sql, &packages).await?;
    let shown = |row: &Row| {
        let mut out = Map::new();
        out.insert("repositoryType".to_owned(), json!(row.kind));
        if let Some(namespace) = &row.namespace {
            out.insert("namespace".to_owned(), json!(namespace));
        }
        out.insert("name".to_owned(), json!(row.name));
        out.insert("latestVersion".to_owned(), json!(row.latest_version));
        if let Some(published) = row.published {
            out.insert("published".to_owned(), json!(published));
        }
        out.insert("lastCheck".to_owned(), json!(row.last_check));
        Value::Object(out)
    };
    Ok(packages
        .iter()
        .filter_map(|(purl, package)| Some(((*purl).to_owned(), shown(rows.get(&package.key)?))))
        .collect())
}

/// What repositories publish of the artifacts of these package URLs, by package URL: `{hashes:
/// {md5, sha1, sha256, sha512}, published_at, resolved_from, resolved_at}`.
pub(crate) async fn artifacts_of(sql: &impl Sql, purls: &[&str]) -> Result<HashMap<String, Value>> {
    #[derive(FromQueryResult)]
    struct Row {
        purl: String,
        hashes: String,
        published: Option<i64>,
        resolved_from: Option<String>,
        last_check: i64,
    }
    let mut out = HashMap::new();
    for chunk in purls.chunks(500) {
        let text = format!(
            "SELECT purl, hashes, published, resolved_from, last_check FROM package_artifact \
             WHERE hashes IS NOT NULL AND purl IN ({})",
            marks(chunk.len())
        );
        for row in sql.rows::<Row>(&text, chunk.iter().map(|purl| (*purl).into()).collect()).await? {
            let hashes: Value = serde_json::from_str(&row.hashes).unwrap_or_default();
            let mut shown = json!({ "hashes": hashes, "resolved_at": row.last_check });
            if let Some(object) = shown.as_object_mut() {
                if let Some(published) = row.published {
                    object.insert("published_at".to_owned(), json!(published));
                }
                if let Some(from) = row.resolved_from {
                    object.insert("resolved_from".to_owned(), json!(from));
                }
            }
            out.insert(row.purl, shown);
        }
    }
    Ok(out)
}

/// What came of asking about a package.
pub(super) struct Answered {
    pub package: Package,
    /// The package URLs whose artifacts were asked about.
    pub asked: Vec<String>,
    /// The package URLs of all its components.
    pub purls: Vec<String>,
    pub outcome: Outcome,
}

/// What repositories said of a package.
pub(super) enum Outcome {
    /// What is known is still so.
    Unchanged,
    /// None has it.
    Nowhere,
    /// A repository (id, identifier) has it.
    Found { repository: (i64, String), found: Found, validator: Option<String> },
}

/// Keeps what was said; the package URLs of packages whose latest version is another one now.
pub(super) async fn keep(tx: &Tx, answered: &[Answered]) -> Result<Vec<String>> {
    let now = now_ms();
    let keys: Vec<&str> = answered.iter().map(|one| one.package.key.as_str()).collect();
    #[derive(FromQueryResult)]
    struct Before {
        package: String,
        latest_version: Option<String>,
    }
    let text = format!(
        "SELECT package, latest_version FROM package_metadata WHERE package IN ({})",
        marks(keys.len())
    );
    let before: Vec<Before> = tx.rows(&text, keys.iter().map(|key| (*key).into()).collect()).await?;
    let before: HashMap<String, Option<String>> =
        before.into_iter().map(|row| (row.package, row.latest_version)).collect();
    let (mut rows, mut artifacts, mut changed, mut same) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for one in answered {
        let nothing = Found::default();
        let (found, repository, validator) = match &one.outcome {
            Outcome::Unchanged => {
                same.push(one.package.key.as_str());
                continue;
            }
            Outcome::Nowhere => (&nothing, None, None),
            Outcome::Found { repository, found, validator } => (found, Some(repository), validator.clone()),
        };
        if before.get(&one.package.key).cloned().flatten() != found.latest {
            changed.extend(one.purls.iter().cloned());
        }
        rows.push(params![
            one.package.key.clone(),
            one.package.kind,
            one.package.namespace.clone(),
            one.package.name.clone(),
            found.latest.clone(),
            found.published,
            repository.map(|(id, _)| *id),
            validator,
            now
        ]);
        let known: HashMap<&str, &Artifact> =
            found.artifacts.iter().map(|(purl, artifact)| (purl.as_str(), artifact)).collect();
        for purl in &one.asked {
            let artifact = known.get(purl.as_str());
            let hashes = artifact.and_then(|artifact| serde_json::to_string(&artifact.hashes).ok());
            artifacts.push(params![
                purl.clone(),
                hashes,
                artifact.and_then(|artifact| artifact.published),
                repository.map(|(_, identifier)| identifier.clone()),
                now
            ]);
        }
    }
    let columns = [
        "package",
        "kind",
        "namespace",
        "name",
        "latest_version",
        "published",
        "repository_id",
        "validator",
        "last_check",
    ];
    let tail = "ON CONFLICT (package) DO UPDATE SET latest_version = excluded.latest_version, \
         published = excluded.published, repository_id = excluded.repository_id, \
         validator = excluded.validator, last_check = excluded.last_check";
    tx.insert_many("package_metadata", &columns, rows, tail).await?;
    let columns = ["purl", "hashes", "published", "resolved_from", "last_check"];
    let tail = "ON CONFLICT (purl) DO UPDATE SET hashes = excluded.hashes, published = excluded.published, \
         resolved_from = excluded.resolved_from, last_check = excluded.last_check";
    tx.insert_many("package_artifact", &columns, artifacts, tail).await?;
    let text = format!("UPDATE package_metadata SET last_check = ? WHERE package IN ({})", marks(same.len()));
    let values = same.iter().map(|key| (*key).into()).collect();
    tx.execute(&text, [params![now], values].concat()).await?;
    Ok(changed)
}
