//! Asking repositories about the packages in use: each package once, whoever uses it, and again when
//! what was said is old. Types of repositories are asked at the same time, so that a dead one stalls
//! no other.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use futures::StreamExt;
use sea_orm::FromQueryResult;
use serde::{Deserialize, Serialize};
use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::worker::{Context, Failure, Worker};
use storage::{Db, Sql, Tx, marks, now_ms, params};

use super::door::{Door, Login, Question, Refusal};
use super::meta::{Answered, Outcome, keep};
use super::registry::{self, Registry};
use super::store::{self, Repository};
use super::{KINDS, Package, Wanted};
use crate::server::Result;
use crate::{Options, config_property, notification, policy};

/// The job that asks about the packages of a project.
const ASK: &str = "repository.ask";
/// The job that asks again about packages of which nothing was heard for long.
const REFRESH: &str = "repository.refresh";
const EVERY: Duration = Duration::from_secs(3_600);
/// Package URLs that are looked at together.
const BATCH: i64 = 500;
/// Questions to the repositories of one type at the same time.
const AT_ONCE: usize = 4;
const HOUR_MS: i64 = 3_600_000;

#[derive(Serialize, Deserialize)]
struct Ask {
    project: i64,
}

/// Has repositories asked about the packages of a project, as soon as this transaction commits.
pub(crate) async fn queue(tx: &Tx, project: i64) -> Result<()> {
    let job = NewJob::new(ASK, Ask { project })?.lane(format!("repository:{project}"), IfWaiting::Keep);
    enqueue(tx, job).await?;
    Ok(())
}

/// Has repositories asked about everything that they were not asked, as soon as this transaction
/// commits.
pub(super) async fn refresh_soon(tx: &Tx) -> Result<()> {
    enqueue(tx, NewJob::new(REFRESH, ())?.lane(REFRESH, IfWaiting::Keep)).await?;
    Ok(())
}

pub(crate) fn register(worker: Worker, options: &Options) -> Worker {
    let (one, all) = (options.clone(), options.clone());
    worker
        .every(REFRESH, EVERY)
        .on(REFRESH, 1, move |context: Context| {
            let options = all.clone();
            async move { ask(&context, &options, None).await.map_err(Failure::retry) }
        })
        .on(ASK, 1, move |context: Context| {
            let options = one.clone();
            async move {
                let Ask { project } = context.payload()?;
                ask(&context, &options, Some(project)).await.map_err(Failure::retry)
            }
        })
}

/// The login of a repository, when it has one that can be read.
fn login(repository: &Repository, options: &Options) -> Option<Login> {
    if !repository.authentication_required {
        return None;
    }
    let password = options.vault.as_ref()?.unseal(repository.password.as_deref()?).ok()?;
    Some(Login { username: repository.username.clone(), password })
}

fn http() -> Result<reqwest::Client> {
    crate::http::client()
        .connect_timeout(Duration::from_secs(10))
        .timeout(Duration::from_secs(60))
        .redirect(reqwest::redirect::Policy::limited(5))
        .build()
        .map_err(|e| crate::Error::Source { place: "HTTP".to_owned(), message: e.to_string() })
}

async fn ask(context: &Context, options: &Options, project: Option<i64>) -> Result<()> {
    let db = &context.db;
    let repositories = store::askable(db).await?;
    if repositories.is_empty() {
        return Ok(());
    }
    let hours = config_property::get(db, "task-scheduler", "repository.metadata.fetch.cadence").await?;
    let hours = hours.and_then(|text| text.parse::<i64>().ok()).unwrap_or(24).max(1);
    let expired = now_ms().saturating_sub(hours.saturating_mul(HOUR_MS));
    let http = http()?;
    let mut lanes = Vec::new();
    for (kind, prefix) in KINDS {
        let Some(registry) = registry::of_kind(kind) else { continue };
        let own = repositories.iter().filter(|repository| repository.kind == kind);
        let doors: Vec<Door> = own
            .filter_map(|repository| {
                let about = (repository.id, repository.identifier.as_str(), repository.internal);
                Door::new(http.clone(), about, &repository.url, login(repository, options))
            })
            .collect();
        if !doors.is_empty() {
            let lane = Lane { context, registry, doors, prefix, expired, project };
            lanes.push(async move {
                lane.run().await?;
                lane.tell().await
            });
        }
    }
    for result in futures::future::join_all(lanes).await {
        result?;
    }
    Ok(())
}

/// The packages of one type, and the repositories that have them.
struct Lane<'a> {
    context: &'a Context,
    registry: &'static dyn Registry,
    doors: Vec<Door>,
    prefix: &'static str,
    expired: i64,
    project: Option<i64>,
}

/// A package whose time has come.
struct Due {
    package: Package,
    is_internal: bool,
    purls: Vec<String>,
    wanted: Vec<Wanted>,
    /// What the repository with this id gave to tell whether it has changed.
    validator: Option<(i64, String)>,
}

impl Lane<'_> {
    /// Tells of the repositories that could not be asked.
    async fn tell(&self) -> Result<()> {
        let closed: Vec<&Door> = self.doors.iter().filter(|door| !door.is_open()).collect();
        if closed.is_empty() {
            return Ok(());
        }
        let tx = self.context.db.begin().await?;
        for door in closed {
            let text = format!("The repository {} of type {} does not answer", door.identifier, self.prefix);
            notification::repository_failed(&tx, &text).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn run(&self) -> Result<()> {
        #[derive(FromQueryResult)]
        struct Row {
            purl: String,
            internal: i64,
            group_name: Option<String>,
            name: String,
        }
        let db = &self.context.db;
        let mut after = String::new();
        let mut done = 0;
        loop {
            if self.context.cancelled() || !self.doors.iter().any(Door::is_open) {
                return Ok(());
            }
            let rows: Vec<Row> = db
                .rows(
                    "SELECT c.purl, CAST(max(CASE WHEN c.is_internal THEN 1 ELSE 0 END) AS BIGINT) AS internal, \
                     min(c.group_name) AS group_name, min(c.name) AS name FROM component c \
                     WHERE c.purl LIKE ? AND c.purl > ? AND (? OR c.project_id = ?) \
                     GROUP BY c.purl ORDER BY c.purl LIMIT ?",
                    params![
                        format!("pkg:{}/%", self.prefix),
                        after,
                        self.project.is_none(),
                        self.project.unwrap_or_default(),
                        BATCH
                    ],
                )
                .await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.purl.clone();
            let mut packages: HashMap<Package, (bool, Vec<String>)> = HashMap::new();
            for row in rows {
                let Some(mut package) = Package::of(&row.purl) else { continue };
                if package.kind == "GO_MODULES" {
                    package = package.spelled(row.group_name.as_deref(), &row.name);
                }
                let entry = packages.entry(package).or_insert((false, Vec::new()));
                // What is ours anywhere is told to nobody else.
                entry.0 |= row.internal == 1;
                entry.1.push(row.purl);
            }
            let due = self.due(db, packages).await?;
            done += i64::try_from(due.len()).unwrap_or(0);
            let answered: Vec<Answered> = futures::stream::iter(due)
                .map(|due| self.one(due))
                .buffer_unordered(AT_ONCE)
                .filter_map(|answered| async move { answered })
                .collect()
                .await;
            if !answered.is_empty() {
                let tx = db.begin().await?;
                let changed = keep(&tx, &answered).await?;
                if !changed.is_empty() {
                    policy::mark_purls(&tx, &changed).await?;
                }
                tx.commit().await?;
            }
            self.context.progress(self.prefix, done, None, None);
        }
    }

    /// Of these packages, those that are unknown, or of which nothing was heard for long.
    async fn due(&self, db: &Db, packages: HashMap<Package, (bool, Vec<String>)>) -> Result<Vec<Due>> {
        #[derive(FromQueryResult)]
        struct Known {
            package: String,
            repository_id: Option<i64>,
            validator: Option<String>,
            last_check: i64,
        }
        let keys: Vec<&str> = packages.keys().map(|package| package.key.as_str()).collect();
        let text = format!(
            "SELECT package, repository_id, validator, last_check FROM package_metadata WHERE package IN ({})",
            marks(keys.len())
        );
        let known: Vec<Known> = db.rows(&text, keys.into_iter().map(Into::into).collect()).await?;
        let known: HashMap<String, Known> = known.into_iter().map(|row| (row.package.clone(), row)).collect();
        let purls: Vec<&str> = packages.values().flat_map(|(_, purls)| purls).map(String::as_str).collect();
        // Artifacts that are published do not change; for others one looks again.
        let text = format!(
            "SELECT purl FROM package_artifact WHERE (hashes IS NOT NULL OR last_check > ?) AND purl IN ({})",
            marks(purls.len())
        );
        let values = [params![self.expired], purls.into_iter().map(Into::into).collect()].concat();
        let settled: std::collections::HashSet<String> =
            db.column(&text, values).await?.into_iter().collect();
        let mut out = Vec::new();
        for (package, (is_internal, purls)) in packages {
            let known = known.get(&package.key);
            let wanted: Vec<Wanted> = purls
                .iter()
                .filter(|purl| !settled.contains(*purl))
                .filter_map(|purl| Wanted::of(purl))
                .collect();
            let fresh = known.is_some_and(|known| known.last_check > self.expired);
            if fresh && wanted.is_empty() {
                continue;
            }
            let validator = known.filter(|_| wanted.is_empty());
            let validator =
                validator.and_then(|known| Some((known.repository_id?, known.validator.clone()?)));
            out.push(Due { package, is_internal, purls, wanted, validator });
        }
        Ok(out)
    }

    /// Asks one repository after the other; none when nobody could be asked.
    async fn one(&self, due: Due) -> Option<Answered> {
        let Due { package, is_internal, purls, wanted, validator } = due;
        let mut unsure = false;
        let mut asked = false;
        let mut outcome = None;
        for door in self.doors.iter().filter(|door| door.internal == is_internal) {
            if !door.is_open() {
                unsure = true;
                continue;
            }
            asked = true;
            let validator =
                validator.as_ref().filter(|(id, _)| *id == door.id).map(|(_, text)| text.as_str());
            let question =
                Question { door, package: &package, wanted: &wanted, validator, seen: Mutex::new(None) };
            match self.registry.ask(&question).await {
                Ok(found) if found.latest.is_some() => {
                    let validator = question.seen.into_inner().ok().flatten();
                    let repository = (door.id, door.identifier.clone());
                    outcome = Some(Outcome::Found { repository, found, validator });
                }
                Err(Refusal::Unchanged) => outcome = Some(Outcome::Unchanged),
                Ok(_) | Err(Refusal::Missing) => {}
                Err(error) => {
                    unsure |= matches!(error, Refusal::Down(_));
                    tracing::warn!(
                        repository = door.identifier, package = package.key, %error,
                        "a repository could not be asked about a package"
                    );
                }
            }
            if outcome.is_some() {
                break;
            }
        }
        let outcome = match outcome {
            Some(outcome) => outcome,
            None if unsure || !asked => return None,
            None => Outcome::Nowhere,
        };
        let asked = wanted.into_iter().map(|wanted| wanted.purl).collect();
        Some(Answered { package, asked, purls, outcome })
    }
}
