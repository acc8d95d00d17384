//! API keys: `<prefix>_<public id>_<secret>`; only the SHA3-256 of the secret is kept.
//!
//! The format is that of Dependency-Track 4.13 and later (`odt_`, 8 and 32 characters). Keys of
//! companies on the platform have the same shape with the prefix `ttk`.

use rand::Rng;
use sea_orm::FromQueryResult;
use sha3::{Digest, Sha3_256};
use storage::{Sql, Tx, now_ms, params};

use crate::{Identity, Result};

/// The prefix of a team's key.
pub(crate) const TEAM_PREFIX: &str = "odt";
/// The prefix of a company's key.
pub(crate) const COMPANY_PREFIX: &str = "ttk";
const PUBLIC_LENGTH: usize = 8;
const SECRET_LENGTH: usize = 32;
const PUBLIC_LENGTH_BEFORE: usize = 5;
const SECRET_LENGTH_BEFORE: usize = 27;

/// A key of a team as it is listed: without its secret.
#[derive(Debug, Clone, FromQueryResult)]
pub struct ApiKey {
    /// The id inside.
    pub id: i64,
    /// The public part.
    pub public_id: String,
    /// What people noted about it.
    pub comment: Option<String>,
    /// When it was made (epoch milliseconds).
    pub created_at: i64,
    /// When it was last used (epoch milliseconds), up to half a minute late.
    pub last_used_at: Option<i64>,
    /// Whether it is from before Dependency-Track 4.13.
    pub legacy: bool,
}

impl ApiKey {
    /// The key with its secret hidden.
    pub fn masked(&self) -> String {
        format!("{TEAM_PREFIX}_{}{}", self.public_id, "*".repeat(SECRET_LENGTH))
    }
}

/// A key of a company as it is listed.
#[derive(Debug, Clone, FromQueryResult)]
pub struct CompanyKey {
    /// The id inside.
    pub id: i64,
    /// The public part.
    pub public_id: String,
    /// What people call it.
    pub comment: Option<String>,
    /// The word of its role.
    pub role: String,
    /// When it was made (epoch milliseconds).
    pub created_at: i64,
    /// When it was last used (epoch milliseconds).
    pub last_used_at: Option<i64>,
    /// When it was revoked (epoch milliseconds).
    pub revoked_at: Option<i64>,
    /// Whose it is; none for a key of the company itself.
    pub user_id: Option<i64>,
}

/// A key that was just made: the only moment its secret is known.
pub struct NewKey {
    /// The id inside.
    pub id: i64,
    /// The public part.
    pub public_id: String,
    /// The whole key, to be shown once.
    pub key: String,
}

fn random(length: usize) -> String {
    let mut rng = rand::rng();
    (0..length).map(|_| char::from(rng.sample(rand::distr::Alphanumeric))).collect()
}

fn hash(secret: &str) -> String {
    Sha3_256::digest(secret.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The public id and the hash of the secret of a presented key, whatever its age.
///
/// 32 characters in one piece, with or without a prefix before them, are a key from before 4.13, whose
/// first five characters are the public id. An installation may have had a prefix of its own.
pub(crate) fn decode(key: &str) -> Option<(&str, String)> {
    if !key.is_ascii() {
        return None;
    }
    let parts: Vec<&str> = key.split('_').collect();
    match parts[..] {
        [whole] | [_, whole] if whole.len() == PUBLIC_LENGTH_BEFORE + SECRET_LENGTH_BEFORE => {
            let (public, secret) = whole.split_at_checked(PUBLIC_LENGTH_BEFORE)?;
            Some((public, hash(secret)))
        }
        [_, public, secret] => Some((public, hash(secret))),
        _ => None,
    }
}

const COLUMNS: &str = "id, public_id, comment, created_at, last_used_at, legacy";

impl Identity {
    /// The keys of all teams by team, oldest first.
    pub async fn keys_of_teams(&self, sql: &impl Sql) -> Result<Vec<(i64, ApiKey)>> {
        #[derive(FromQueryResult)]
        struct Row {
            team_id: i64,
            #[sea_orm(nested)]
            key: ApiKey,
        }
        let text = format!("SELECT team_id, {COLUMNS} FROM api_key WHERE team_id IS NOT NULL ORDER BY id");
        let rows: Vec<Row> = sql.rows(&text, params![]).await?;
        Ok(rows.into_iter().map(|row| (row.team_id, row.key)).collect())
    }

    /// The team key with this public id (or, for old clients, this whole key).
    pub async fn team_key(&self, sql: &impl Sql, public_id_or_key: &str) -> Result<Option<ApiKey>> {
        let public = decode(public_id_or_key).map_or(public_id_or_key, |(public, _)| public);
        Ok(sql
            .row(
                &format!("SELECT {COLUMNS} FROM api_key WHERE public_id = ? AND team_id IS NOT NULL"),
                params![public],
            )
            .await?)
    }

    /// Makes a key for a team.
    pub async fn create_team_key(&self, tx: &Tx, team: i64, comment: Option<&str>) -> Result<NewKey> {
        self.insert_key(tx, TEAM_PREFIX, Some(team), None, None, comment).await
    }

    /// Makes a key for a company of the platform, with the word of a role; with a user, a key of
    /// that person.
    pub async fn create_company_key(
        &self,
        tx: &Tx,
        company: i64,
        role: &str,
        name: &str,
        user: Option<i64>,
    ) -> Result<NewKey> {
        let made = self.insert_key(tx, COMPANY_PREFIX, None, Some(company), Some(role), Some(name)).await?;
        tx.update("api_key", made.id, &[("user_id", user.into())]).await?;
        Ok(made)
    }

    async fn insert_key(
        &self,
        tx: &Tx,
        prefix: &str,
        team: Option<i64>,
        company: Option<i64>,
        role: Option<&str>,
        comment: Option<&str>,
    ) -> Result<NewKey> {
        let (public_id, secret) = (random(PUBLIC_LENGTH), random(SECRET_LENGTH));
        let id = tx
            .insert(
                "api_key",
                &[
                    ("public_id", public_id.clone().into()),
                    ("secret_hash", hash(&secret).into()),
                    ("prefix", prefix.into()),
                    ("team_id", team.into()),
                    ("company_id", company.into()),
                    ("role", role.into()),
                    ("comment", comment.into()),
                    ("created_at", now_ms().into()),
                ],
            )
            .await?;
        let key = format!("{prefix}_{public_id}_{secret}");
        Ok(NewKey { id, public_id, key })
    }

    /// Gives a team key a new secret; its public id stays.
    pub async fn regenerate_team_key(&self, tx: &Tx, key: &ApiKey) -> Result<NewKey> {
        let secret = random(SECRET_LENGTH);
        tx.update(
            "api_key",
            key.id,
            &[
                ("secret_hash", hash(&secret).into()),
                ("created_at", now_ms().into()),
                ("last_used_at", None::<i64>.into()),
                ("legacy", false.into()),
            ],
        )
        .await?;
        let public_id = key.public_id.clone();
        Ok(NewKey { id: key.id, key: format!("{TEAM_PREFIX}_{public_id}_{secret}"), public_id })
    }

    /// Notes something about a key.
    pub async fn comment_key(&self, tx: &Tx, key: i64, comment: Option<&str>) -> Result<()> {
        tx.update("api_key", key, &[("comment", comment.into())]).await?;
        Ok(())
    }

    /// Removes a key: it stops working at once.
    pub async fn delete_key(&self, tx: &Tx, key: i64) -> Result<()> {
        tx.execute("DELETE FROM api_key WHERE id = ?", params![key]).await?;
        Ok(())
    }

    /// The keys of a company, newest first, revoked ones included.
    pub async fn keys_of_company(&self, sql: &impl Sql, company: i64) -> Result<Vec<CompanyKey>> {
        Ok(sql
            .rows(
                "SELECT id, public_id, comment, role, created_at, last_used_at, revoked_at, user_id FROM api_key \
                 WHERE company_id = ? ORDER BY id DESC",
                params![company],
            )
            .await?)
    }

    /// Revokes a key of a company. False when the company has no such key.
    pub async fn revoke_company_key(&self, tx: &Tx, company: i64, key: i64) -> Result<bool> {
        let sql = "UPDATE api_key SET revoked_at = COALESCE(revoked_at, ?) WHERE id = ? AND company_id = ?";
        Ok(tx.execute(sql, params![now_ms(), key, company]).await? > 0)
    }
}
