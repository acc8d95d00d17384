//! Queries over integrations and links, and the client that an integration stands for.

use std::time::Instant;

use dependency_track as dt;
use sea_orm::FromQueryResult;
use storage::{Sql, Tx, Value, marks, now_ms, params, sql::like};

use super::{Check, DEPENDENCY_TRACK, Integration, Settings};
use crate::error::Problem;
use crate::issue::SEVERITIES;
use crate::{Error, Platform, Result};

const COLUMNS: &str = "id, company_id, kind, name, api_url, api_token, webhook_token, severities, ca_pem, state, \
     problem, dt_version, checked_at, created_at, updated_at";

/// The integration, when it is one of these companies'.
pub async fn by_id(sql: &impl Sql, companies: &[i64], id: i64) -> Result<Option<Integration>> {
    let mut values: Vec<Value> = companies.iter().map(|id| (*id).into()).collect();
    values.push(id.into());
    let list = marks(companies.len());
    Ok(sql
        .row(&format!("SELECT {COLUMNS} FROM integration WHERE company_id IN ({list}) AND id = ?"), values)
        .await?)
}

/// The integrations of a company.
pub async fn list(sql: &impl Sql, company: i64) -> Result<Vec<Integration>> {
    Ok(sql
        .rows(
            &format!("SELECT {COLUMNS} FROM integration WHERE company_id = ? ORDER BY id"),
            params![company],
        )
        .await?)
}

/// Makes or changes the Dependency-Track integration of a company.
///
/// # Errors
/// [`Error::Invalid`] or the client's words about the address.
pub async fn save(platform: &Platform, company: i64, settings: Settings) -> Result<Integration> {
    let url = match settings.api_url.as_deref().map(str::trim) {
        Some(url) => Some(dt::ApiUrl::parse(url)?.to_string()),
        None => None,
    };
    if let Some(unknown) =
        settings.severities.iter().flatten().find(|word| !SEVERITIES.contains(&word.as_str()))
    {
        return Err(Error::invalid(
            "severities",
            format!("{unknown:?} is not one of {}", SEVERITIES.join(", ")),
        ));
    }
    let given = |text: Option<String>| text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let token = given(settings.api_token).map(|token| platform.vault.seal(&token)).transpose()?;
    let webhook = match given(settings.webhook_token) {
        Some(token) if token.len() < 16 => {
            return Err(Error::invalid(
                "webhookToken",
                "it is too short to be a secret: take 16 characters or more",
            ));
        }
        token => token,
    };
    let tx = platform.db.begin().await?;
    tx.lock(&format!("integration:{company}")).await?;
    let before = list(&tx, company).await?.into_iter().find(|i| i.kind == DEPENDENCY_TRACK);
    let now = now_ms();
    let id = match before {
        Some(before) => {
            let mut row: Vec<(&str, Value)> = vec![("updated_at", now.into())];
            if let Some(url) = url {
                // A key is never sent to another host than the one it was given for.
                if url != before.api_url && token.is_none() {
                    row.push(("api_token", None::<String>.into()));
                }
                row.push(("api_url", url.into()));
            }
            if let Some(token) = token {
                row.push(("api_token", token.into()));
            }
            if let Some(webhook) = webhook {
                row.push(("webhook_hash", platform.vault.hash(&webhook).into()));
                row.push(("webhook_token", platform.vault.seal(&webhook)?.into()));
            }
            if let Some(name) = settings.name {
                row.push(("name", name.into()));
            }
            if let Some(pem) = settings.ca_pem {
                row.push(("ca_pem", given(Some(pem)).into()));
            }
            if let Some(severities) = settings.severities {
                row.push(("severities", serde_json::Value::from(severities).to_string().into()));
            }
            tx.update("integration", before.id, &row).await?;
            before.id
        }
        None => {
            let url =
                url.ok_or_else(|| Error::invalid("apiUrl", "the address of the Dependency-Track is needed"))?;
            let webhook = webhook.unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
            let severities = settings.severities.unwrap_or_default();
            tx.insert(
                "integration",
                &[
                    ("company_id", company.into()),
                    ("kind", DEPENDENCY_TRACK.into()),
                    ("name", settings.name.into()),
                    ("api_url", url.into()),
                    ("api_token", token.into()),
                    ("webhook_hash", platform.vault.hash(&webhook).into()),
                    ("webhook_token", platform.vault.seal(&webhook)?.into()),
                    ("severities", serde_json::Value::from(severities).to_string().into()),
                    ("ca_pem", given(settings.ca_pem).into()),
                    ("state", "NEW".into()),
                    ("created_at", now.into()),
                    ("updated_at", now.into()),
                ],
            )
            .await?
        }
    };
    let saved = by_id(&tx, &[company], id).await?.ok_or(Error::NotFound("integration"))?;
    // A certificate or address that cannot be used is refused now, not at the first sync.
    if saved.api_token.is_some() {
        client(platform, &saved)?;
    }
    tx.commit().await?;
    Ok(saved)
}

/// Removes an integration with its links; assets and issues stay unless told otherwise.
pub async fn remove(tx: &Tx, integration: &Integration, keep_assets: bool) -> Result<i64> {
    let assets: Vec<i64> = tx
        .column("SELECT asset_id FROM asset_link WHERE integration_id = ?", params![integration.id])
        .await?;
    if !keep_assets {
        crate::asset::delete(tx, &assets).await?;
    }
    tx.execute("DELETE FROM integration WHERE id = ?", params![integration.id]).await?;
    Ok(if keep_assets { i64::try_from(assets.len()).unwrap_or(i64::MAX) } else { 0 })
}

/// The client of an integration.
pub(crate) fn client(platform: &Platform, integration: &Integration) -> Result<dt::Client> {
    let token = integration.api_token.as_deref();
    let token =
        token.ok_or_else(|| Error::invalid("apiToken", "no API token is stored: give one in the wizard"))?;
    let mut builder = dt::Client::builder(dt::ApiUrl::parse(&integration.api_url)?)
        .api_key(platform.vault.unseal(token)?)
        // Pushes and syncs of one process together stay gentle.
        .requests_per_second(50)
        .retry(dt::Retry { attempts: 2, ..dt::Retry::default() });
    if let Some(pem) = &integration.ca_pem {
        builder = builder.ca_pem(pem.as_bytes());
    }
    Ok(builder.build()?)
}

/// The client of the integration with this id.
pub(crate) async fn client_of(platform: &Platform, id: i64) -> Result<dt::Client> {
    let integration: Option<Integration> =
        platform.db.row(&format!("SELECT {COLUMNS} FROM integration WHERE id = ?"), params![id]).await?;
    client(platform, &integration.ok_or(Error::NotFound("integration"))?)
}

/// Writes down that the integration works.
pub(crate) async fn worked(tx: &Tx, id: i64) -> Result<()> {
    tx.execute(
        "UPDATE integration SET state = 'CONNECTED', problem = NULL WHERE id = ? AND state <> 'CONNECTED'",
        params![id],
    )
    .await?;
    Ok(())
}

/// Writes down why the integration does not work.
pub(crate) async fn failed(tx: &Tx, id: i64, problem: &Problem) -> Result<()> {
    tx.execute(
        "UPDATE integration SET state = 'ERROR', problem = ? WHERE id = ?",
        params![problem.text(), id],
    )
    .await?;
    Ok(())
}

/// Asks the Dependency-Track who it is and what the key may do.
pub async fn check(platform: &Platform, integration: &Integration) -> Result<Check> {
    let start = Instant::now();
    let asked = match client(platform, integration) {
        Ok(client) => client.check().await.map_err(Error::from),
        Err(error) => Err(error),
    };
    let latency_ms = i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX);
    let tx = platform.db.begin().await?;
    let found = match asked {
        Ok(check) => {
            worked(&tx, integration.id).await?;
            let row = [("dt_version", check.version.version.clone().into()), ("checked_at", now_ms().into())];
            tx.update("integration", integration.id, &row).await?;
            let permissions = check.granted().to_vec();
            Check { version: Some(check.version), latency_ms, permissions, problem: None }
        }
        Err(error) => {
            let problem = error.problem();
            failed(&tx, integration.id, &problem).await?;
            tx.update("integration", integration.id, &[("checked_at", now_ms().into())]).await?;
            Check { version: None, latency_ms, permissions: Vec::new(), problem: Some(problem) }
        }
    };
    tx.commit().await?;
    Ok(found)
}

/// Makes the notification rule in Dependency-Track that tells this server of changes; its name.
pub async fn create_webhook(platform: &Platform, integration: &Integration) -> Result<String> {
    let client = client(platform, integration)?;
    let destination = format!("{}/api/webhooks/dependency-track", platform.public_url);
    let destination = destination
        .parse()
        .map_err(|e| Error::invalid("publicUrl", format!("{destination} is not an address: {e}")))?;
    let rule = dt::WebhookRule {
        name: "Twintrack".to_owned(),
        destination,
        token: Some(platform.vault.unseal(&integration.webhook_token)?.into()),
        token_header: None,
        groups: dt::WebhookRule::SYNC_GROUPS.map(str::to_owned).to_vec(),
    };
    Ok(client.create_webhook_rule(&rule).await?.name)
}

impl Platform {
    /// The webhook token of an integration, to be shown to its administrators.
    pub fn webhook_token(&self, integration: &Integration) -> Option<String> {
        self.vault.unseal(&integration.webhook_token).ok()
    }

    /// Where Dependency-Track sends its webhooks.
    pub fn webhook_url(&self) -> String {
        format!("{}/api/webhooks/dependency-track", self.public_url)
    }
}

/// An asset and the project it follows.
#[derive(Debug, Clone, FromQueryResult)]
pub struct AssetLink {
    /// Its id.
    pub id: i64,
    /// The asset.
    pub asset_id: i64,
    /// The integration.
    pub integration_id: i64,
    /// The project.
    pub project_uuid: String,
    /// Its name.
    pub project_name: String,
    /// Its version.
    pub project_version: Option<String>,
    /// The import of an SBOM that the last sync saw (epoch milliseconds).
    pub last_bom_import: Option<i64>,
    /// Why it cannot be synchronized (JSON).
    pub problem: Option<String>,
    /// When it was made.
    pub created_at: i64,
}

const LINK: &str = "l.id, l.asset_id, l.integration_id, l.project_uuid, l.project_name, l.project_version, \
     l.last_bom_import, l.problem, l.created_at";

pub(crate) async fn link_by_id(sql: &impl Sql, id: i64) -> Result<Option<AssetLink>> {
    Ok(sql.row(&format!("SELECT {LINK} FROM asset_link l WHERE l.id = ?"), params![id]).await?)
}

/// The links of these assets.
pub async fn links_of_asset(sql: &impl Sql, assets: &[i64]) -> Result<Vec<AssetLink>> {
    let values = assets.iter().map(|id| (*id).into()).collect();
    let text = format!(
        "SELECT {LINK} FROM asset_link l WHERE l.asset_id IN ({}) ORDER BY l.id",
        marks(assets.len())
    );
    Ok(sql.rows(&text, values).await?)
}

/// A page of an integration's links by the asset's name, and how many there are.
pub async fn links(
    sql: &impl Sql,
    integration: i64,
    search: &str,
    offset: i64,
    limit: i64,
) -> Result<(Vec<AssetLink>, i64)> {
    let from = "FROM asset_link l JOIN asset a ON a.id = l.asset_id WHERE l.integration_id = ? \
         AND lower(a.name) LIKE ? ESCAPE '\\'";
    let values = params![integration, like(search)];
    let count = sql.count(&format!("SELECT count(*) {from}"), values.clone()).await?;
    let rows = sql
        .rows(
            &format!("SELECT {LINK} {from} ORDER BY lower(a.name), l.id LIMIT ? OFFSET ?"),
            [values, params![limit, offset]].concat(),
        )
        .await?;
    Ok((rows, count))
}

/// Ends that an asset follows a project. Its issues stay, or go when told so.
pub async fn unlink(tx: &Tx, companies: &[i64], id: i64, keep_issues: bool) -> Result<i64> {
    let link = link_by_id(tx, id).await?.ok_or(Error::NotFound("link"))?;
    crate::asset::by_id(tx, companies, link.asset_id).await?.ok_or(Error::NotFound("link"))?;
    if !keep_issues {
        tx.execute(
            "DELETE FROM issue WHERE id IN (SELECT issue_id FROM finding_link WHERE link_id = ?)",
            params![id],
        )
        .await?;
    }
    tx.execute("DELETE FROM asset_link WHERE id = ?", params![id]).await?;
    Ok(link.asset_id)
}
