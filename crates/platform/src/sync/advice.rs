//! Fix advice: the first good version of a vulnerable package. The findings of Dependency-Track do not
//! carry it, so the record of each vulnerability is asked for once, after a run and without hurry.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::time::Duration;

use advisories::Package;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use storage::jobs::{self, IfWaiting, NewJob};
use storage::worker::{Context, Failure, Worker};
use storage::{Sql, Tx, now_ms, params};
use versions::Scheme;

use crate::connector::{self, Affected};
use crate::issue::Detail;
use crate::{Platform, Result, integration};

const KIND: &str = "issue.advice";

/// How long a record is believed.
const FRESH: Duration = Duration::from_secs(7 * 24 * 3_600);

#[derive(Serialize, Deserialize)]
struct Payload {
    integration: i64,
    asset: i64,
}

/// Queues the advice for what is new of an asset.
pub(super) async fn queue(tx: &Tx, integration: i64, asset: i64) -> Result<()> {
    let missing = tx
        .count(
            "SELECT count(*) FROM issue WHERE asset_id = ? AND advice_at IS NULL AND NOT manual",
            params![asset],
        )
        .await?;
    if missing > 0 {
        let job = NewJob::new(KIND, Payload { integration, asset })?
            .lane(format!("asset:{asset}"), IfWaiting::Keep)
            .priority(-1)
            .max_attempts(5);
        jobs::enqueue(tx, job).await?;
    }
    Ok(())
}

pub(super) fn register(platform: Platform, worker: Worker) -> Worker {
    worker.on(KIND, 1, move |context: Context| {
        let platform = platform.clone();
        async move {
            let payload: Payload = context.payload()?;
            advise(&platform, &context, &payload).await.map_err(Failure::retry)
        }
    })
}

async fn advise(platform: &Platform, context: &Context, payload: &Payload) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Open {
        id: i64,
        detail: String,
    }
    let db = &platform.db;
    let Some(settings) = integration::any_by_id(db, payload.integration).await? else { return Ok(()) };
    let scanner = connector::open(platform, &settings)?;
    let mut known: HashMap<(String, String), Vec<Affected>> = HashMap::new();
    loop {
        let open: Vec<Open> = db
            .rows(
                "SELECT id, detail FROM issue WHERE asset_id = ? AND advice_at IS NULL AND NOT manual ORDER BY id LIMIT 200",
                params![payload.asset],
            )
            .await?;
        if open.is_empty() || context.cancelled() {
            return Ok(());
        }
        let mut found = Vec::with_capacity(open.len());
        for issue in open {
            let detail: Detail = serde_json::from_str(&issue.detail).unwrap_or_default();
            // The scanner knows the flaw by the id under which it reported it, not by that which leads here.
            let reported = detail.original_id.as_ref().unwrap_or(&detail.vulnerability_id);
            let key = (detail.source.clone(), reported.clone());
            if !known.contains_key(&key) {
                let affected = match stored(platform, payload.integration, &key).await? {
                    Some(affected) => affected,
                    None => {
                        let affected = scanner.affected(&key.0, &key.1).await?;
                        keep(platform, payload.integration, &key, &affected).await?;
                        affected
                    }
                };
                known.insert(key.clone(), affected);
            }
            let affected = known.get(&key).map(Vec::as_slice).unwrap_or_default();
            found.push((issue.id, first_fixed(&detail, affected)));
        }
        let tx = db.begin().await?;
        for (id, version) in found {
            tx.update("issue", id, &[("patched_version", version.into()), ("advice_at", now_ms().into())])
                .await?;
        }
        tx.commit().await?;
    }
}

async fn stored(
    platform: &Platform,
    integration: i64,
    key: &(String, String),
) -> Result<Option<Vec<Affected>>> {
    let oldest = now_ms() - i64::try_from(FRESH.as_millis()).unwrap_or(i64::MAX);
    let text: Option<String> = platform
        .db
        .scalar(
            "SELECT affected FROM vulnerability_record WHERE integration_id = ? AND source = ? \
             AND vulnerability = ? AND at > ?",
            params![integration, key.0.clone(), key.1.clone(), oldest],
        )
        .await?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

async fn keep(
    platform: &Platform,
    integration: i64,
    key: &(String, String),
    affected: &[Affected],
) -> Result<()> {
    let text = serde_json::to_string(affected).map_err(storage::Error::Json)?;
    let tx = platform.db.begin().await?;
    tx.execute(
        "INSERT INTO vulnerability_record (integration_id, source, vulnerability, affected, at) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (integration_id, source, vulnerability) DO UPDATE SET affected = excluded.affected, at = excluded.at",
        params![integration, key.0.clone(), key.1.clone(), text, now_ms()],
    )
    .await?;
    Ok(tx.commit().await?)
}

/// The lowest good version above the one in use, by the order of the package's ecosystem.
fn first_fixed(detail: &Detail, affected: &[Affected]) -> Option<String> {
    let packages = Package::all_from_purl(detail.purl.as_deref()?).ok()?;
    let package = packages.first()?;
    let scheme = Scheme::for_ecosystem(package.ecosystem)?;
    let version = package.version.as_deref()?;
    affected
        .iter()
        .filter(|range| {
            Package::all_from_purl(&range.purl).is_ok_and(|all| {
                all.iter().any(|other| other.ecosystem == package.ecosystem && other.name == package.name)
            })
        })
        .filter_map(|range| range.fixed.as_deref())
        .filter(|fixed| scheme.compare(fixed, version) == Ordering::Greater)
        .min_by(|a, b| scheme.compare(a, b))
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_good_version_above_the_one_in_use_is_advised() {
        let detail = |purl: &str| Detail { purl: Some(purl.to_owned()), ..Detail::default() };
        let affected: Vec<Affected> =
            [("pkg:pypi/django", "3.2.10"), ("pkg:pypi/Django", "2.2.25"), ("pkg:pypi/other", "3.2.2")]
                .into_iter()
                .map(|(purl, fixed)| Affected { purl: purl.to_owned(), fixed: Some(fixed.to_owned()) })
                .chain([Affected { purl: "pkg:pypi/django".to_owned(), fixed: None }])
                .collect();
        let advice = |purl: &str| first_fixed(&detail(purl), &affected);
        assert_eq!(advice("pkg:pypi/django@3.2.9").as_deref(), Some("3.2.10"));
        assert_eq!(advice("pkg:pypi/django@2.2.3").as_deref(), Some("2.2.25"));
        assert_eq!(advice("pkg:pypi/django@4.0"), None);
        assert_eq!(advice("pkg:generic/django@1.0"), None);
    }
}
