//! Repositories in the database.

use std::collections::HashMap;

use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Db, Sql, Tx, params, settings};

use crate::server::Result;

/// A stored repository.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct Repository {
    pub id: i64,
    pub uuid: String,
    pub kind: String,
    pub identifier: String,
    /// Empty until somebody gives an address.
    pub url: String,
    pub resolution_order: i64,
    pub enabled: bool,
    pub internal: bool,
    pub authentication_required: bool,
    pub username: Option<String>,
    /// Sealed.
    pub password: Option<String>,
}

pub(super) const COLUMNS: &str = "r.id, r.uuid, r.kind, r.identifier, r.url, r.resolution_order, r.enabled, r.internal, \
     r.authentication_required, r.username, r.password";

impl Repository {
    pub fn json(&self) -> Value {
        let mut out = Map::new();
        out.insert("type".to_owned(), json!(self.kind));
        out.insert("identifier".to_owned(), json!(self.identifier));
        out.insert("url".to_owned(), json!(self.url));
        out.insert("resolutionOrder".to_owned(), json!(self.resolution_order));
        out.insert("enabled".to_owned(), json!(self.enabled));
        out.insert("internal".to_owned(), json!(self.internal));
        out.insert("authenticationRequired".to_owned(), json!(self.authentication_required));
        if let Some(username) = &self.username {
            out.insert("username".to_owned(), json!(username));
        }
        out.insert("uuid".to_owned(), json!(self.uuid));
        out.into()
    }
}

/// The repositories that exist from the start, by type and identifier (reference §2.3). Their
/// addresses are the administrator's to give.
const DEFAULTS: [(&str, &str); 17] = [
    ("CPAN", "cpan-public-registry"),
    ("GEM", "gem-public-registry"),
    ("HEX", "hex-public-registry"),
    ("HACKAGE", "hackage-public-registry"),
    ("MAVEN", "central"),
    ("MAVEN", "atlassian-public"),
    ("MAVEN", "jboss-releases"),
    ("MAVEN", "clojars"),
    ("MAVEN", "google-android"),
    ("NIXPKGS", "nixpkgs-unstable"),
    ("NPM", "npm-public-registry"),
    ("PYPI", "pypi-public-registry"),
    ("NUGET", "nuget-gallery"),
    ("COMPOSER", "composer-public-registry"),
    ("CARGO", "cargo-public-registry"),
    ("GO_MODULES", "go-public-proxy"),
    ("GITHUB", "github"),
];

/// The setting that says that the default repositories were made; deleted ones stay deleted.
const MADE: &str = "default_repositories";

/// Makes the default repositories, once.
pub(crate) async fn make_defaults(tx: &Tx) -> Result<()> {
    if settings::get(tx, MADE).await?.is_some() {
        return Ok(());
    }
    settings::set(tx, MADE, "1").await?;
    let mut orders: HashMap<&str, i64> = HashMap::new();
    let mut rows = Vec::new();
    for (kind, identifier) in DEFAULTS {
        let order = orders.entry(kind).or_default();
        *order += 1;
        rows.push(params![
            uuid::Uuid::new_v4().to_string(),
            kind,
            identifier,
            "",
            *order,
            true,
            false,
            false
        ]);
    }
    let columns = [
        "uuid",
        "kind",
        "identifier",
        "url",
        "resolution_order",
        "enabled",
        "internal",
        "authentication_required",
    ];
    tx.insert_many("repository", &columns, rows, "ON CONFLICT DO NOTHING").await?;
    Ok(())
}

/// Gives addresses to repositories that have none: each of a type (`NPM`) or of a type and an
/// identifier (`MAVEN/central`), in any case. Addresses that are there stay.
pub(crate) async fn set_addresses(db: &Db, addresses: &[(String, String)]) -> Result<()> {
    for (which, address) in addresses {
        let tx = db.begin().await?;
        let (kind, identifier) = match which.split_once('/') {
            Some((kind, identifier)) => (kind, Some(identifier)),
            None => (which.as_str(), None),
        };
        let kind = kind.to_uppercase();
        let found: Option<i64> = tx
            .scalar(
                "SELECT id FROM repository WHERE kind = ? AND (? OR identifier = ?) ORDER BY resolution_order, id",
                params![kind, identifier.is_none(), identifier.unwrap_or_default()],
            )
            .await?;
        if let Some(id) = found {
            tx.execute(
                "UPDATE repository SET url = ? WHERE id = ? AND url = ''",
                params![address.trim(), id],
            )
            .await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// Encrypts every password by the present key; how many there are.
pub(crate) async fn reseal(db: &Db, vault: &identity::Vault) -> Result<u64> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        sealed: String,
    }
    let mut count = 0;
    let tx = db.begin().await?;
    for (table, column) in [("repository", "password"), ("secret", "value")] {
        let text = format!("SELECT id, {column} AS sealed FROM {table} WHERE {column} IS NOT NULL");
        for row in tx.rows::<Row>(&text, params![]).await? {
            let sealed = vault.seal(&vault.unseal(&row.sealed)?)?;
            tx.update(table, row.id, &[(column, sealed.into())]).await?;
            count += 1;
        }
    }
    tx.commit().await?;
    Ok(count)
}

/// The repository with this uuid.
pub(super) async fn by_uuid(sql: &impl Sql, uuid: &str) -> Result<Option<Repository>> {
    Ok(sql.row(&format!("SELECT {COLUMNS} FROM repository r WHERE r.uuid = ?"), params![uuid]).await?)
}

/// The repositories that can be asked, in the order in which they are.
pub(super) async fn askable(sql: &impl Sql) -> Result<Vec<Repository>> {
    let text = format!(
        "SELECT {COLUMNS} FROM repository r WHERE r.enabled AND r.url <> '' ORDER BY r.kind, r.resolution_order, r.id"
    );
    Ok(sql.rows(&text, params![]).await?)
}

/// Stores a new repository behind the others of its type.
pub(super) async fn insert(tx: &Tx, new: &Repository) -> Result<()> {
    let order = tx
        .count("SELECT max(resolution_order) FROM repository WHERE kind = ?", params![new.kind.clone()])
        .await?;
    tx.insert(
        "repository",
        &[
            ("uuid", new.uuid.clone().into()),
            ("kind", new.kind.clone().into()),
            ("identifier", new.identifier.clone().into()),
            ("url", new.url.clone().into()),
            ("resolution_order", (order + 1).into()),
            ("enabled", new.enabled.into()),
            ("internal", new.internal.into()),
            ("authentication_required", new.authentication_required.into()),
            ("username", new.username.clone().into()),
            ("password", new.password.clone().into()),
        ],
    )
    .await?;
    Ok(())
}

/// Stores what was changed; what was learnt at another address counts no longer.
pub(super) async fn update(tx: &Tx, changed: &Repository) -> Result<()> {
    tx.update(
        "repository",
        changed.id,
        &[
            ("identifier", changed.identifier.clone().into()),
            ("url", changed.url.clone().into()),
            ("enabled", changed.enabled.into()),
            ("internal", changed.internal.into()),
            ("authentication_required", changed.authentication_required.into()),
            ("username", changed.username.clone().into()),
            ("password", changed.password.clone().into()),
        ],
    )
    .await?;
    Ok(())
}

/// A repository came, went, or is another one: its type is asked about everything again.
pub(super) async fn forget(tx: &Tx, kind: &str) -> Result<()> {
    tx.execute("UPDATE package_metadata SET last_check = 0, validator = NULL WHERE kind = ?", params![kind])
        .await?;
    Ok(())
}
