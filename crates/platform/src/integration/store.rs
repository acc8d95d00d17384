//! Queries over integrations.

use std::time::Instant;

use storage::{Sql, Tx, Value, marks, now_ms, params};

use super::{Check, DEPENDENCY_TRACK, Integration, Settings};
use crate::connector;
use crate::error::Problem;
use crate::issue::SEVERITIES;
use crate::{Error, Platform, Result};

const COLUMNS: &str = "id, company_id, kind, name, api_url, api_token, webhook_token, severities, ca_pem, state, \
     problem, problem_at, cron, next_sync_at, show_work, dt_version, checked_at, created_at, updated_at";

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
        Some(url) => Some(connector::address(url)?),
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
    let now = now_ms();
    let schedule = match given(settings.cron.clone()) {
        Some(cron) => Some((Some(cron.clone()), Some(crate::sync::next_after(&cron, now)?))),
        None => settings.cron.map(|_| (None, None)),
    };
    let tx = platform.db.begin().await?;
    tx.lock(&format!("integration:{company}")).await?;
    let name = given(settings.name);
    let mut present = list(&tx, company).await?.into_iter().filter(|i| i.kind == DEPENDENCY_TRACK).peekable();
    let before = match (settings.id, &name) {
        (Some(id), _) => Some(present.find(|i| i.id == id).ok_or(Error::NotFound("integration"))?),
        // Another name means another integration; a first one that has none takes it.
        (None, Some(name)) => {
            let mut present: Vec<Integration> = present.collect();
            let at = present.iter().position(|i| i.name.as_ref() == Some(name));
            let at = at.or_else(|| present.iter().position(|i| i.name.is_none()));
            at.map(|at| present.swap_remove(at))
        }
        (None, None) => present.next(),
    };
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
            if let Some(name) = name {
                row.push(("name", name.into()));
            }
            if let Some(show) = settings.show_work {
                row.push(("show_work", show.into()));
            }
            if let Some((cron, next)) = schedule {
                row.push(("cron", cron.into()));
                row.push(("next_sync_at", next.into()));
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
            let (cron, next) = schedule.unwrap_or_default();
            tx.insert(
                "integration",
                &[
                    ("company_id", company.into()),
                    ("kind", DEPENDENCY_TRACK.into()),
                    ("name", name.into()),
                    ("cron", cron.into()),
                    ("next_sync_at", next.into()),
                    ("show_work", settings.show_work.unwrap_or_default().into()),
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
        connector::open(platform, &saved)?;
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

/// The integration with this id, whosever it is: for work that was queued for it.
pub(crate) async fn any_by_id(sql: &impl Sql, id: i64) -> Result<Option<Integration>> {
    Ok(sql.row(&format!("SELECT {COLUMNS} FROM integration WHERE id = ?"), params![id]).await?)
}

/// Writes down that the integration works.
pub(crate) async fn worked(tx: &Tx, id: i64) -> Result<()> {
    tx.execute(
        "UPDATE integration SET state = 'CONNECTED', problem = NULL, problem_at = NULL WHERE id = ? AND state <> 'CONNECTED'",
        params![id],
    )
    .await?;
    Ok(())
}

/// Writes down why the integration does not work.
pub(crate) async fn failed(tx: &Tx, id: i64, problem: &Problem) -> Result<()> {
    tx.execute(
        "UPDATE integration SET state = 'ERROR', problem = ?, problem_at = COALESCE(problem_at, ?) WHERE id = ?",
        params![problem.text(), now_ms(), id],
    )
    .await?;
    Ok(())
}

/// Asks the Dependency-Track who it is and what the key may do.
pub async fn check(platform: &Platform, integration: &Integration) -> Result<Check> {
    let start = Instant::now();
    let asked = match connector::open(platform, integration) {
        Ok(scanner) => scanner.check().await,
        Err(error) => Err(error),
    };
    let latency_ms = i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX);
    let tx = platform.db.begin().await?;
    let found = match asked {
        Ok(server) => {
            worked(&tx, integration.id).await?;
            let row = [("dt_version", server.version.clone().into()), ("checked_at", now_ms().into())];
            tx.update("integration", integration.id, &row).await?;
            Check { server: Some(server), latency_ms, problem: None }
        }
        Err(error) => {
            let problem = error.problem();
            failed(&tx, integration.id, &problem).await?;
            tx.update("integration", integration.id, &[("checked_at", now_ms().into())]).await?;
            Check { server: None, latency_ms, problem: Some(problem) }
        }
    };
    tx.commit().await?;
    Ok(found)
}

/// Makes the notification rule in Dependency-Track that tells this server of changes; its name.
pub async fn create_webhook(platform: &Platform, integration: &Integration) -> Result<String> {
    let token = platform.vault.unseal(&integration.webhook_token)?;
    connector::open(platform, integration)?.create_webhook(&platform.webhook_url(), &token).await
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
