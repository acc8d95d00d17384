//! Asking analyzers elsewhere about the package versions that are in use, each once until its answer
//! expires, and keeping what they say.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::FromQueryResult;
use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::worker::{Context, Failure, Worker};
use storage::{Db, Sql, Tx, now_ms, params};

use super::http::{Limits, Secret};
use super::oss_index::{OssIndex, Settings as OssIndexSettings};
use super::snyk::{Settings as SnykSettings, Snyk};
use super::trivy::{Settings as TrivySettings, Trivy};
use super::{Analyzer, Answer, Target};
use crate::advisory::{self, Origin, Record, Report};
use crate::attribution::{self, Said, Scope};
use crate::package_version::Identity;
use crate::server::Result;
use crate::{Options, config_property, metrics, notification, policy};

const ASK: &str = "remote.ask";
const GROUP: &str = "scanner";
/// Answers that expired are asked for again.
const EVERY: Duration = Duration::from_secs(3_600);
/// The analyzers that can be switched on and off, with their names in findings.
const KNOWN: [(Origin, &str); 3] = [
    (Origin::OssIndex, "OSSINDEX_ANALYZER"),
    (Origin::Snyk, "SNYK_ANALYZER"),
    (Origin::Trivy, "TRIVY_ANALYZER"),
];
/// For how long an answer is used when the property says nothing.
const VALID_MS: i64 = 43_200_000;

/// Has new package versions asked about as soon as this transaction commits.
pub(crate) async fn queue(tx: &Tx) -> Result<()> {
    enqueue(tx, NewJob::new(ASK, ())?.lane(ASK, IfWaiting::Keep)).await?;
    Ok(())
}

pub(crate) fn register(worker: Worker, options: &Options) -> Worker {
    let options = options.clone();
    worker.every(ASK, EVERY).on(ASK, 1, move |context: Context| {
        let options = options.clone();
        async move { ask_all(&context, &options).await.map_err(Failure::retry) }
    })
}

/// An analyzer to ask, or why it cannot be asked.
type Ready = std::result::Result<Box<dyn Analyzer>, super::Error>;

/// The properties of the analyzers.
struct Properties<'a> {
    db: &'a Db,
    options: &'a Options,
}

impl Properties<'_> {
    async fn text(&self, name: &str) -> Result<Option<String>> {
        config_property::get(self.db, GROUP, name).await
    }

    async fn flag(&self, name: &str) -> Result<bool> {
        Ok(self.text(name).await?.as_deref() == Some("true"))
    }

    async fn secret(&self, name: &str) -> Result<Option<Secret>> {
        let plain = config_property::secret(self.db, self.options, GROUP, name).await?;
        Ok(plain.map(|plain| Secret::new(&plain)))
    }

    /// The analyzers that are switched on, or why one of them cannot be asked.
    async fn analyzers(&self) -> Result<Vec<(Origin, Ready)>> {
        let mut out: Vec<(Origin, Ready)> = Vec::new();
        let token = self.secret("ossindex.api.token").await?;
        // It is on by default, and without a token nobody is answered.
        if self.flag("ossindex.enabled").await? && token.is_some() {
            let settings = OssIndexSettings {
                base_url: self.text("ossindex.base.url").await?.unwrap_or_default(),
                username: self.text("ossindex.api.username").await?,
                token,
                aliases: true,
                limits: Limits::default(),
            };
            out.push((Origin::OssIndex, OssIndex::new(settings).map(|a| Box::new(a) as Box<dyn Analyzer>)));
        }
        if self.flag("snyk.enabled").await? {
            let settings = SnykSettings {
                base_url: self.text("snyk.base.url").await?.unwrap_or_default(),
                organisation: self.text("snyk.org.id").await?,
                tokens: self.secret("snyk.api.token").await?,
                version: self.text("snyk.api.version").await?.unwrap_or_default(),
                cvss_source: self.text("snyk.cvss.source").await?.unwrap_or_default(),
                aliases: true,
                limits: Limits::default(),
            };
            out.push((Origin::Snyk, Snyk::new(settings).map(|a| Box::new(a) as Box<dyn Analyzer>)));
        }
        if self.flag("trivy.enabled").await? {
            let settings = TrivySettings {
                base_url: self.text("trivy.base.url").await?.unwrap_or_default(),
                token: self.secret("trivy.api.token").await?,
                ignore_unfixed: self.flag("trivy.ignore.unfixed").await?,
                library: self.flag("trivy.scanner.scanLibrary").await?,
                os: self.flag("trivy.scanner.scanOs").await?,
                limits: Limits::default(),
            };
            out.push((Origin::Trivy, Trivy::new(settings).map(|a| Box::new(a) as Box<dyn Analyzer>)));
        }
        Ok(out)
    }
}

async fn ask_all(context: &Context, options: &Options) -> Result<()> {
    let db = &context.db;
    let properties = Properties { db, options };
    let valid = properties.text("analysis.cache.validity.period").await?;
    let valid = valid.and_then(|text| text.parse::<i64>().ok()).unwrap_or(VALID_MS);
    let analyzers = properties.analyzers().await?;
    for (origin, name) in KNOWN {
        if !analyzers.iter().any(|(on, _)| *on == origin) {
            withdraw(context, name).await?;
        }
    }
    for (origin, analyzer) in analyzers {
        let asked = match analyzer {
            Ok(analyzer) => ask(context, origin, analyzer.as_ref(), now_ms() - valid).await,
            Err(error) => Err(Failed::Analyzer(error.to_string())),
        };
        match asked {
            Ok(()) => {}
            Err(Failed::Here(error)) => return Err(error),
            Err(Failed::Analyzer(error)) => {
                // The next hour, or the next upload, asks again.
                tracing::warn!(analyzer = origin.as_str(), %error, "an analyzer could not be asked");
                let tx = db.begin().await?;
                notification::analyzer_failed(&tx, &error).await?;
                tx.commit().await?;
            }
        }
    }
    policy::settle(db).await
}

/// Takes back what an analyzer said that is switched off. Once it is on again, it is asked about everything.
async fn withdraw(context: &Context, analyzer: &str) -> Result<()> {
    while !context.cancelled() {
        let tx = context.db.begin().await?;
        let text = "SELECT DISTINCT package_version_id FROM attribution WHERE analyzer = ? \
             AND component_id IS NULL ORDER BY package_version_id LIMIT 500";
        let versions: Vec<i64> = tx.column(text, params![analyzer]).await?;
        if versions.is_empty() {
            tx.execute("DELETE FROM remote_analysis WHERE analyzer = ?", params![analyzer]).await?;
            tx.commit().await?;
            break;
        }
        attribution::replace(&tx, analyzer, Scope::Versions(&versions), &[]).await?;
        metrics::mark_versions(&tx, &versions).await?;
        tx.commit().await?;
    }
    Ok(())
}

enum Failed {
    Here(crate::Error),
    Analyzer(String),
}

impl From<crate::Error> for Failed {
    fn from(error: crate::Error) -> Failed {
        Failed::Here(error)
    }
}

impl From<storage::Error> for Failed {
    fn from(error: storage::Error) -> Failed {
        Failed::Here(error.into())
    }
}

#[derive(FromQueryResult)]
struct Due {
    id: i64,
    identity: String,
    cpe: Option<String>,
}

/// Asks one analyzer about everything whose answer is missing or older than `expired`.
async fn ask(
    context: &Context,
    origin: Origin,
    analyzer: &dyn Analyzer,
    expired: i64,
) -> std::result::Result<(), Failed> {
    let db = &context.db;
    let (mut after, mut done) = (0, 0_i64);
    loop {
        if context.cancelled() {
            return Ok(());
        }
        let due: Vec<Due> = db
            .rows(
                "SELECT v.id, v.identity, v.cpe FROM package_version v WHERE v.id > ? \
                 AND EXISTS (SELECT 1 FROM component c WHERE c.package_version_id = v.id AND NOT c.is_internal) \
                 AND NOT EXISTS (SELECT 1 FROM remote_analysis r WHERE r.package_version_id = v.id \
                 AND r.analyzer = ? AND r.asked_at > ?) ORDER BY v.id LIMIT ?",
                params![after, analyzer.identity(), expired, i64::try_from(analyzer.batch()).unwrap_or(100)],
            )
            .await?;
        let Some(last) = due.last() else { return Ok(()) };
        after = last.id;
        let mut targets = Vec::new();
        // With and without a CPE name the same package is two package versions.
        let mut versions: HashMap<String, Vec<i64>> = HashMap::new();
        for row in due {
            let identity = Identity::stored(&row.identity, row.cpe);
            let Some(purl) = identity.purl else { continue };
            let target = Target { purl, cpe: identity.cpe, properties: Vec::new() };
            if analyzer.concerns(&target) {
                let ids = versions.entry(target.purl.clone()).or_default();
                ids.push(row.id);
                if ids.len() == 1 {
                    targets.push(target);
                }
            }
        }
        if targets.is_empty() {
            continue;
        }
        let answer = analyzer.analyse(&targets).await.map_err(|e| Failed::Analyzer(e.to_string()))?;
        for problem in &answer.problems {
            tracing::warn!(analyzer = origin.as_str(), problem, "part of an answer was left out");
        }
        done += i64::try_from(targets.len()).unwrap_or(0);
        context.progress(analyzer.identity(), done, None, None);
        keep(db, origin, analyzer.identity(), &versions, answer).await?;
    }
}

/// Keeps an answer: the vulnerabilities as records of a source, and who has them.
async fn keep(
    db: &Db,
    origin: Origin,
    analyzer: &'static str,
    versions: &HashMap<String, Vec<i64>>,
    answer: Answer,
) -> Result<()> {
    let mut answered: HashMap<&str, &[i64]> =
        versions.iter().map(|(purl, ids)| (purl.as_str(), ids.as_slice())).collect();
    for purl in &answer.unanswered {
        answered.remove(purl.as_str());
    }
    let mut records = Vec::with_capacity(answer.reports.len());
    for report in &answer.reports {
        records.push(Record::new(report.source, report.advisory.clone())?);
    }
    let tx = db.begin().await?;
    let written = advisory::write(&tx, origin, records, &mut Report::default()).await?;
    metrics::mark_vulnerabilities(&tx, &written.changed).await?;
    let mut said = Vec::new();
    for report in &answer.reports {
        let Some(versions) = answered.get(report.purl.as_str()) else { continue };
        let text = "SELECT id FROM vulnerability WHERE source = ? AND vuln_id = ?";
        let found: Option<i64> = tx.scalar(text, params![report.source, report.advisory.id.clone()]).await?;
        let Some(vulnerability) = found else { continue };
        said.extend(versions.iter().map(|version| Said {
            version: *version,
            vulnerability,
            component: None,
            reason: report.reason.clone(),
            fixed: report.fixed.clone(),
            alternate_id: report.alternate_id.clone(),
            reference_url: report.reference_url.clone(),
        }));
    }
    let ids: Vec<i64> = answered.values().copied().flatten().copied().collect();
    let new = attribution::replace(&tx, analyzer, Scope::Versions(&ids), &said).await?;
    notification::new_matches(&tx, &new).await?;
    metrics::mark_versions(&tx, &ids).await?;
    let now = now_ms();
    let rows = ids.iter().map(|id| params![*id, analyzer, now]).collect();
    let columns = ["package_version_id", "analyzer", "asked_at"];
    let tail = "ON CONFLICT (package_version_id, analyzer) DO UPDATE SET asked_at = excluded.asked_at";
    tx.insert_many("remote_analysis", &columns, rows, tail).await?;
    tx.commit().await?;
    Ok(())
}
