//! Applying what was read: in chunks, each a transaction; running it twice changes nothing more.

use std::collections::{HashMap, HashSet};

use storage::{Db, Sql, Tx, Value, marks, now_ms, params};

use super::gather::{Gathered, rank};
use super::merge::{Outcome, decide, is_conflict};
use crate::integration::AssetLink;
use crate::issue::{self, Actor, Issue, Pair, Status};
use crate::push::{self, FINDING, FindingLink};
use crate::{Platform, Result};

/// How many issues are written in one transaction.
const CHUNK: usize = 200;

/// What an application counts.
#[derive(Debug, Default, Clone)]
pub(super) struct Counts {
    pub created: i64,
    pub updated: i64,
    pub fixed: i64,
    pub reopened: i64,
    pub unchanged: i64,
    pub filtered_out: i64,
    pub pushed: i64,
}

/// When Dependency-Track changed a finding (component, vulnerability), for those both sides changed.
pub(super) type Times = HashMap<(String, String), i64>;

/// What is applied, and to what.
pub(super) struct Application<'a> {
    pub platform: &'a Platform,
    pub link: &'a AssetLink,
    pub company: i64,
    pub run: i64,
    pub severities: &'a [String],
    pub times: &'a Times,
}

type Key = (String, String);

/// The issues and findings that a link has now.
struct Present {
    issues: HashMap<Key, Issue>,
    by_id: HashMap<i64, Key>,
    findings: HashMap<Key, FindingLink>,
}

#[derive(sea_orm::FromQueryResult)]
struct Keyed {
    #[sea_orm(nested)]
    issue: Issue,
    component_key: String,
    vulnerability_key: String,
}

impl Present {
    /// Loads them in two queries: the issues of an asset are few thousands at most.
    async fn load(sql: &impl Sql, link: &AssetLink) -> Result<Present> {
        let rows: Vec<Keyed> = sql
            .rows(
                "SELECT i.id, i.company_id, i.asset_id, i.status, i.severity, i.title, i.detail, i.filtered_out, \
                 i.reported, i.status_at, i.created_at, i.updated_at, i.component_key, i.vulnerability_key \
                 FROM issue i WHERE i.asset_id = ?",
                params![link.asset_id],
            )
            .await?;
        let mut present = Present { issues: HashMap::new(), by_id: HashMap::new(), findings: HashMap::new() };
        for row in rows {
            let key = (row.component_key, row.vulnerability_key);
            present.by_id.insert(row.issue.id, key.clone());
            present.issues.insert(key, row.issue);
        }
        let findings: Vec<FindingLink> =
            sql.rows(&format!("SELECT {FINDING} WHERE f.link_id = ?"), params![link.id]).await?;
        present.findings = findings
            .into_iter()
            .map(|f| ((f.component_uuid.clone(), f.vulnerability_uuid.clone()), f))
            .collect();
        Ok(present)
    }
}

/// The findings of which both sides changed the analysis: who was later must be asked.
pub(super) async fn conflicts(
    db: &Db,
    link: &AssetLink,
    gathered: &[Gathered],
) -> Result<Vec<(String, String)>> {
    let present = Present::load(db, link).await?;
    let mut out = Vec::new();
    for wanted in gathered {
        for found in &wanted.findings {
            let key = (found.component.clone(), found.vulnerability.clone());
            let Some(finding) = present.findings.get(&key) else { continue };
            let issue = present.by_id.get(&finding.issue_id).and_then(|key| present.issues.get(key));
            if issue.is_some_and(|issue| is_conflict(&finding.base(), issue.status(), &found.pair)) {
                out.push(key);
            }
        }
    }
    Ok(out)
}

impl Application<'_> {
    fn actor(&self) -> Actor {
        Actor { source: "SYNC", name: "Dependency-Track".to_owned(), run: Some(self.run) }
    }

    /// Applies everything that was found; `told` hears how many issues are done.
    pub(super) async fn all(&self, gathered: &[Gathered], mut told: impl FnMut(usize)) -> Result<Counts> {
        let db = &self.platform.db;
        let mut counts = Counts::default();
        let mut present = Present::load(db, self.link).await?;
        let mut done = 0;
        for chunk in gathered.chunks(CHUNK) {
            // What is as it was needs no transaction at all.
            let changed: Vec<&Gathered> =
                chunk.iter().filter(|wanted| !self.is_unchanged(&present, wanted)).collect();
            counts.unchanged += i64::try_from(chunk.len() - changed.len()).unwrap_or_default();
            if !changed.is_empty() {
                let tx = db.begin().await?;
                tx.lock(&format!("apply:{}", self.link.asset_id)).await?;
                for wanted in changed {
                    self.one(&tx, &mut present, wanted, &mut counts).await?;
                }
                tx.commit().await?;
            }
            done += chunk.len();
            told(done);
        }
        Ok(counts)
    }

    fn is_wanted(&self, severity: &str) -> bool {
        self.severities.iter().any(|known| known == severity)
    }

    fn is_unchanged(&self, present: &Present, wanted: &Gathered) -> bool {
        let key = (wanted.component_key.clone(), wanted.vulnerability_key.clone());
        let Some(issue) = present.issues.get(&key) else { return false };
        issue.reported
            && issue.status() != Status::FixAccepted
            && issue.severity == wanted.severity
            && issue.title == wanted.title
            && issue.filtered_out != self.is_wanted(wanted.severity)
            && issue.detail() == wanted.detail
            && wanted.findings.iter().all(|found| {
                let key = (found.component.clone(), found.vulnerability.clone());
                present.findings.get(&key).is_some_and(|finding| {
                    finding.issue_id == issue.id
                        && finding.base() == found.pair
                        && issue.status().agrees(&found.pair)
                })
            })
    }

    async fn one(
        &self,
        tx: &Tx,
        present: &mut Present,
        wanted: &Gathered,
        counts: &mut Counts,
    ) -> Result<()> {
        let key = (wanted.component_key.clone(), wanted.vulnerability_key.clone());
        // The issue with this identity; else the one that one of these findings belonged to, whose
        // flaw is known by another name now.
        let known = present.issues.get(&key).map(|issue| issue.id).or_else(|| {
            wanted.findings.iter().find_map(|found| {
                let finding =
                    present.findings.get(&(found.component.clone(), found.vulnerability.clone()))?;
                let old = present.by_id.get(&finding.issue_id)?;
                (old.0 == wanted.component_key).then_some(finding.issue_id)
            })
        });
        let Some(id) = known else {
            return self.create(tx, present, key, wanted, counts).await;
        };
        // As it is now: a person may have changed it since it was read.
        let Some(mut issue) = issue::by_ids(tx, &[id]).await?.pop() else { return Ok(()) };
        let actor = self.actor();
        let mut touched = self.describe(tx, present, &mut issue, key, wanted).await?;
        let mut status = issue.status();
        let mut reopened = false;
        if status == Status::FixAccepted {
            status = strongest(wanted.findings.iter().map(|found| Status::Identified.after(&found.pair)));
            issue::set_status(tx, &mut issue, status, &actor, Some("reported again")).await?;
            counts.reopened += 1;
            reopened = true;
        }
        let mut agreed = Vec::new();
        for found in &wanted.findings {
            let place = (found.component.clone(), found.vulnerability.clone());
            let finding = present.findings.get(&place).cloned();
            // A finding that is new to an issue brings no decision of its own.
            let base =
                finding.as_ref().filter(|_| !reopened).map_or_else(|| found.pair.clone(), FindingLink::base);
            let ours_at = Some(issue.status_at);
            match decide(&base, status, &found.pair, ours_at, self.times.get(&place).copied()) {
                Outcome::Agree | Outcome::Push => {}
                Outcome::Take(taken) => {
                    status = taken;
                    let reason = format!("the analysis became {}", shown(&found.pair));
                    issue::set_status(tx, &mut issue, taken, &actor, Some(&reason)).await?;
                    touched = true;
                }
                Outcome::YieldTo(taken) => {
                    let reason = format!(
                        "both sides changed: the analysis became {} later than the issue became {}",
                        shown(&found.pair),
                        status.as_str()
                    );
                    status = taken;
                    issue::set_status(tx, &mut issue, taken, &actor, Some(&reason)).await?;
                    touched = true;
                }
                Outcome::KeepOurs => {
                    let reason =
                        "both sides changed: the platform's change is the later one and goes out again";
                    let theirs = shown(&found.pair);
                    issue::record(
                        tx,
                        issue.id,
                        &actor,
                        "analysis",
                        Some(&theirs),
                        Some(status.as_str()),
                        Some(reason),
                    )
                    .await?;
                    touched = true;
                }
            }
            if finding.as_ref().is_none_or(|f| f.base() != found.pair || f.issue_id != issue.id) {
                touched = true;
            }
            agreed.push((place, found.pair.clone()));
        }
        let links = self.remember(tx, issue.id, &agreed).await?;
        for (link, (place, _)) in links.iter().zip(&agreed) {
            if !status.agrees(&link.base()) && self.push(tx, &issue, link).await? {
                counts.pushed += 1;
                touched = true;
            }
            present.findings.insert(place.clone(), link.clone());
        }
        if reopened {
        } else if touched {
            counts.updated += 1;
        } else {
            counts.unchanged += 1;
        }
        Ok(())
    }

    /// Sends a status out again, unless it is on its way already.
    async fn push(&self, tx: &Tx, issue: &Issue, link: &FindingLink) -> Result<bool> {
        let lane = format!("finding:{}", link.id);
        let waiting = tx
            .count(
                "SELECT count(*) FROM push p JOIN job j ON j.id = p.job_id WHERE j.lane = ? AND p.status = ? \
                 AND j.state IN ('READY', 'RUNNING')",
                params![lane, issue.status.clone()],
            )
            .await?;
        if waiting > 0 {
            return Ok(false);
        }
        push::of_finding(self.platform, tx, issue, link, "Twintrack", Some("kept in agreement")).await
    }

    /// Writes what the tool says about an issue when it changed. Says whether it did.
    async fn describe(
        &self,
        tx: &Tx,
        present: &mut Present,
        issue: &mut Issue,
        key: Key,
        wanted: &Gathered,
    ) -> Result<bool> {
        let filtered = !self.is_wanted(wanted.severity);
        let renamed = present.by_id.get(&issue.id) != Some(&key);
        if !renamed
            && issue.severity == wanted.severity
            && issue.title == wanted.title
            && issue.filtered_out == filtered
            && issue.reported
            && issue.detail() == wanted.detail
        {
            return Ok(false);
        }
        let actor = self.actor();
        if issue.severity != wanted.severity {
            issue::record(
                tx,
                issue.id,
                &actor,
                "severity",
                Some(&issue.severity),
                Some(wanted.severity),
                None,
            )
            .await?;
        }
        let detail = serde_json::to_string(&wanted.detail).map_err(storage::Error::Json)?;
        let mut row: Vec<(&str, Value)> = vec![
            ("severity", wanted.severity.into()),
            ("severity_rank", rank(wanted.severity).into()),
            ("title", wanted.title.clone().into()),
            ("detail", detail.clone().into()),
            ("filtered_out", filtered.into()),
            ("reported", true.into()),
            ("updated_at", now_ms().into()),
        ];
        if renamed {
            row.push(("vulnerability_key", key.1.clone().into()));
            if let Some(old) = present.by_id.insert(issue.id, key.clone()) {
                issue::record(tx, issue.id, &actor, "vulnerability", Some(&old.1), Some(&key.1), None)
                    .await?;
                present.issues.remove(&old);
            }
        }
        tx.update("issue", issue.id, &row).await?;
        (issue.severity, issue.title, issue.detail) =
            (wanted.severity.to_owned(), wanted.title.clone(), detail);
        present.issues.insert(key, issue.clone());
        Ok(true)
    }

    async fn create(
        &self,
        tx: &Tx,
        present: &mut Present,
        key: Key,
        wanted: &Gathered,
        counts: &mut Counts,
    ) -> Result<()> {
        if !self.is_wanted(wanted.severity) {
            counts.filtered_out += 1;
            return Ok(());
        }
        let status = strongest(wanted.findings.iter().map(|found| Status::Identified.after(&found.pair)));
        let detail = serde_json::to_string(&wanted.detail).map_err(storage::Error::Json)?;
        let now = now_ms();
        let id = tx
            .insert(
                "issue",
                &[
                    ("company_id", self.company.into()),
                    ("asset_id", self.link.asset_id.into()),
                    ("component_key", key.0.clone().into()),
                    ("vulnerability_key", key.1.clone().into()),
                    ("status", status.as_str().into()),
                    ("severity", wanted.severity.into()),
                    ("severity_rank", rank(wanted.severity).into()),
                    ("title", wanted.title.clone().into()),
                    ("detail", detail.into()),
                    ("filtered_out", false.into()),
                    ("reported", true.into()),
                    ("status_at", now.into()),
                    ("created_at", now.into()),
                    ("updated_at", now.into()),
                ],
            )
            .await?;
        issue::record(tx, id, &self.actor(), "status", None, Some(status.as_str()), Some("reported")).await?;
        let agreed: Vec<_> = wanted
            .findings
            .iter()
            .map(|found| ((found.component.clone(), found.vulnerability.clone()), found.pair.clone()))
            .collect();
        for (link, (place, _)) in self.remember(tx, id, &agreed).await?.into_iter().zip(&agreed) {
            present.findings.insert(place.clone(), link);
        }
        if let Some(issue) = issue::by_ids(tx, &[id]).await?.pop() {
            present.by_id.insert(id, key.clone());
            present.issues.insert(key, issue);
        }
        counts.created += 1;
        Ok(())
    }

    /// Writes down the findings behind an issue and what both sides agree on.
    async fn remember(&self, tx: &Tx, issue: i64, agreed: &[(Key, Pair)]) -> Result<Vec<FindingLink>> {
        let rows = agreed
            .iter()
            .map(|((component, vulnerability), pair)| {
                params![
                    issue,
                    self.link.id,
                    component.clone(),
                    vulnerability.clone(),
                    pair.state.clone(),
                    pair.suppressed
                ]
            })
            .collect();
        let columns = ["issue_id", "link_id", "component_uuid", "vulnerability_uuid", "state", "suppressed"];
        tx.insert_many(
            "finding_link",
            &columns,
            rows,
            "ON CONFLICT (link_id, component_uuid, vulnerability_uuid) DO UPDATE SET issue_id = excluded.issue_id, \
             state = excluded.state, suppressed = excluded.suppressed",
        )
        .await?;
        let stored: Vec<FindingLink> = tx
            .rows(
                &format!("SELECT {FINDING} WHERE f.issue_id = ? AND f.link_id = ?"),
                params![issue, self.link.id],
            )
            .await?;
        Ok(agreed
            .iter()
            .filter_map(|((component, vulnerability), _)| {
                stored
                    .iter()
                    .find(|f| f.component_uuid == *component && f.vulnerability_uuid == *vulnerability)
                    .cloned()
            })
            .collect())
    }

    /// What a complete list does not hold any more is gone: its issues are Fixed, unless somebody
    /// decided otherwise.
    pub(super) async fn gone(&self, gathered: &[Gathered], counts: &mut Counts) -> Result<()> {
        let db = &self.platform.db;
        let present = Present::load(db, self.link).await?;
        let held: HashSet<(&str, &str)> = gathered
            .iter()
            .flat_map(|wanted| &wanted.findings)
            .map(|found| (found.component.as_str(), found.vulnerability.as_str()))
            .collect();
        let lost: Vec<&FindingLink> = present
            .findings
            .values()
            .filter(|f| !held.contains(&(f.component_uuid.as_str(), f.vulnerability_uuid.as_str())))
            .collect();
        for chunk in lost.chunks(CHUNK) {
            let tx = db.begin().await?;
            tx.lock(&format!("apply:{}", self.link.asset_id)).await?;
            let values = chunk.iter().map(|f| f.id.into()).collect();
            tx.execute(&format!("DELETE FROM finding_link WHERE id IN ({})", marks(chunk.len())), values)
                .await?;
            tx.commit().await?;
        }
        // Found by what is left, so that a run that was killed in between finds them too.
        let orphans: Vec<i64> = db
            .column(
                "SELECT i.id FROM issue i WHERE i.asset_id = ? AND i.reported AND i.status <> 'FIX_ACCEPTED' \
                 AND NOT EXISTS (SELECT 1 FROM finding_link f WHERE f.issue_id = i.id)",
                params![self.link.asset_id],
            )
            .await?;
        for chunk in orphans.chunks(CHUNK) {
            let tx = db.begin().await?;
            tx.lock(&format!("apply:{}", self.link.asset_id)).await?;
            for mut issue in issue::by_ids(&tx, chunk).await? {
                tx.update("issue", issue.id, &[("reported", false.into()), ("updated_at", now_ms().into())])
                    .await?;
                if issue.status().is_decision() {
                    let reason = Some("no longer reported; the decision stays");
                    issue::record(&tx, issue.id, &self.actor(), "reported", Some("yes"), Some("no"), reason)
                        .await?;
                    counts.updated += 1;
                } else {
                    let reason = Some("no longer reported");
                    issue::set_status(&tx, &mut issue, Status::FixAccepted, &self.actor(), reason).await?;
                    counts.fixed += 1;
                }
            }
            tx.commit().await?;
        }
        Ok(())
    }
}

fn shown(pair: &Pair) -> String {
    if pair.suppressed { format!("{} (suppressed)", pair.state) } else { pair.state.clone() }
}

/// The strongest of several decisions about one flaw.
fn strongest(statuses: impl Iterator<Item = Status>) -> Status {
    statuses
        .max_by_key(|status| match status {
            Status::FalsePositive => 5,
            Status::RiskAccepted => 4,
            Status::Suppressed => 3,
            Status::AwaitingValidation => 2,
            Status::InProgress => 1,
            _ => 0,
        })
        .unwrap_or(Status::Identified)
}
