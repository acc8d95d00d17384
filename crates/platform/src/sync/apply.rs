//! Applying what was read: in chunks, each a transaction; running it twice changes nothing more.

use std::collections::{HashMap, HashSet};

use storage::{Sql, Tx, Value, marks, now_ms, params};

use super::gather::{Found, Gathered};
use super::merge::{Outcome, decide};
use super::present::{Key, Present, Spot};
use crate::connector::Said;
use crate::integration::AssetLink;
use crate::issue::{self, Actor, Issue, Pair, Status, rank};
use crate::push::{self, FINDING, FindingLink};
use crate::{Platform, Result, sla};

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

/// What the scanner's users said about the findings that changed there, in the platform's time.
pub(super) type Words = HashMap<Spot, Said>;

/// What is applied, and to what.
pub(super) struct Application<'a> {
    pub platform: &'a Platform,
    pub link: &'a AssetLink,
    pub company: i64,
    pub actor: Actor,
    pub severities: &'a [String],
    pub show_work: bool,
    pub words: &'a Words,
    /// When reading began (epoch milliseconds): what was pushed since then is newer than what was read.
    pub read_at: i64,
}

impl Application<'_> {
    /// Applies everything that was found; `told` hears how many issues are done.
    pub(super) async fn all(
        &self,
        gathered: &[Gathered],
        mut present: Present,
        mut told: impl FnMut(usize),
    ) -> Result<Counts> {
        let db = &self.platform.db;
        let mut counts = Counts::default();
        let keys: HashSet<Key> = gathered.iter().map(Gathered::key).collect();
        let mut done = 0;
        for chunk in gathered.chunks(CHUNK) {
            // What is as it was needs no transaction at all.
            let changed: Vec<&Gathered> =
                chunk.iter().filter(|wanted| !self.is_unchanged(&present, wanted)).collect();
            counts.unchanged += i64::try_from(chunk.len() - changed.len()).unwrap_or_default();
            let (mut known, mut new) = (Vec::new(), Vec::new());
            for wanted in changed {
                match self.known(&present, &keys, wanted) {
                    ids if !ids.is_empty() => known.push((wanted, ids)),
                    _ if self.is_wanted(wanted.severity) => new.push(wanted),
                    _ => counts.filtered_out += 1,
                }
            }
            if !known.is_empty() || !new.is_empty() {
                let tx = db.begin().await?;
                tx.lock(&format!("apply:{}", self.link.asset_id)).await?;
                for (wanted, ids) in known {
                    self.one(&tx, &mut present, wanted, &ids, &mut counts).await?;
                }
                self.create(&tx, &new, &mut counts).await?;
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

    /// The issues that this one is: that with its identity, then those that its findings belonged to
    /// whose flaw is known by another name now.
    fn known(&self, present: &Present, keys: &HashSet<Key>, wanted: &Gathered) -> Vec<i64> {
        let mut ids: Vec<i64> = present.issues.get(&wanted.key()).map(|issue| issue.id).into_iter().collect();
        for found in &wanted.findings {
            let Some(finding) = present.findings.get(&found.spot()) else { continue };
            let Some(old) = present.by_id.get(&finding.issue_id) else { continue };
            if old.0 == wanted.component_key && !keys.contains(old) && !ids.contains(&finding.issue_id) {
                ids.push(finding.issue_id);
            }
        }
        ids
    }

    fn is_unchanged(&self, present: &Present, wanted: &Gathered) -> bool {
        let Some(issue) = present.issues.get(&wanted.key()) else { return false };
        issue.status() != Status::FixAccepted
            && self.is_described(issue, wanted)
            && wanted.findings.iter().all(|found| {
                present.findings.get(&found.spot()).is_some_and(|finding| {
                    finding.issue_id == issue.id
                        && finding.base() == found.pair
                        && issue.status().agrees(&found.pair, self.show_work)
                })
            })
    }

    fn is_described(&self, issue: &Issue, wanted: &Gathered) -> bool {
        issue.reported
            && issue.severity == wanted.severity
            && issue.title == wanted.title
            && issue.package == wanted.detail.package
            && issue.filtered_out != self.is_wanted(wanted.severity)
            && issue.known_exploited == wanted.known_exploited
            && issue.detail() == wanted.detail
    }

    async fn one(
        &self,
        tx: &Tx,
        present: &mut Present,
        wanted: &Gathered,
        ids: &[i64],
        counts: &mut Counts,
    ) -> Result<()> {
        let Some((first, others)) = ids.split_first() else { return Ok(()) };
        // As it is now: a person may have changed it since it was read, and may not meanwhile.
        tx.lock(&format!("issue:{first}")).await?;
        let Some(mut issue) = issue::by_ids(tx, &[*first]).await?.pop() else { return Ok(()) };
        let mut touched = false;
        for other in others {
            touched |= issue::merge(tx, &mut issue, *other, &self.actor).await?;
            if let Some(old) = present.by_id.remove(other) {
                present.issues.remove(&old);
            }
        }
        touched |= self.describe(tx, present, &mut issue, wanted).await?;
        let mut status = issue.status();
        let mut reopened = false;
        if status == Status::FixAccepted {
            status = strongest(wanted.findings.iter().map(|found| Status::Identified.after(&found.pair)));
            issue::set_status(tx, &mut issue, status, &self.actor, Some("reported again")).await?;
            counts.reopened += 1;
            reopened = true;
        }
        let links: HashMap<Spot, FindingLink> = tx
            .rows::<FindingLink>(
                &format!("SELECT {FINDING} WHERE f.issue_id = ? AND f.link_id = ?"),
                params![issue.id, self.link.id],
            )
            .await?
            .into_iter()
            .map(|f| ((f.component_uuid.clone(), f.vulnerability_uuid.clone()), f))
            .collect();
        let mut agreed: Vec<(Spot, Pair)> = Vec::new();
        for found in &wanted.findings {
            let spot = found.spot();
            let link = links.get(&spot);
            // A new finding starts where Dependency-Track starts; a decision on it is a change.
            let base =
                link.filter(|_| !reopened).map_or_else(|| Pair::new("NOT_SET", false), FindingLink::base);
            let theirs = match link {
                Some(link) if link.agreed_at >= self.read_at => link.base(),
                _ => found.pair.clone(),
            };
            let said = self.words.get(&spot);
            let ours_at = Some(issue.status_at);
            let at = said.and_then(|said| said.at);
            match decide(&base, status, &theirs, self.show_work, ours_at, at) {
                Outcome::Agree | Outcome::Push => {}
                Outcome::Take(taken) => {
                    status = taken;
                    let reason = format!("the analysis became {}{}", shown(&theirs), quoted(said));
                    issue::set_status(tx, &mut issue, taken, &self.actor, Some(&reason)).await?;
                    touched = true;
                }
                Outcome::YieldTo(taken) => {
                    let reason = format!(
                        "both sides changed: the analysis became {} later than the issue became {}{}",
                        shown(&theirs),
                        status.as_str(),
                        quoted(said)
                    );
                    status = taken;
                    issue::set_status(tx, &mut issue, taken, &self.actor, Some(&reason)).await?;
                    touched = true;
                }
                Outcome::KeepOurs => {
                    let reason = format!(
                        "both sides changed: the platform's change is the later one and goes out again{}",
                        quoted(said)
                    );
                    let (from, to) = (shown(&theirs), status.as_str());
                    issue::record(
                        tx,
                        issue.id,
                        &self.actor,
                        "analysis",
                        Some(&from),
                        Some(to),
                        Some(&reason),
                    )
                    .await?;
                    touched = true;
                }
            }
            touched |= link.is_none_or(|link| link.base() != theirs);
            agreed.push((spot, theirs));
        }
        for link in self.remember(tx, issue.id, &agreed).await? {
            if !status.agrees(&link.base(), self.show_work) && self.push(tx, &issue, &link).await? {
                counts.pushed += 1;
                touched = true;
            }
            present.findings.insert((link.component_uuid.clone(), link.vulnerability_uuid.clone()), link);
        }
        present.issues.insert(wanted.key(), issue);
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
        let waiting = tx
            .count(
                "SELECT count(*) FROM push p JOIN job j ON j.id = p.job_id WHERE j.lane = ? AND p.status = ? \
                 AND j.state IN ('READY', 'RUNNING')",
                params![format!("finding:{}", link.id), issue.status.clone()],
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
        wanted: &Gathered,
    ) -> Result<bool> {
        let key = wanted.key();
        let renamed = present.by_id.get(&issue.id) != Some(&key);
        if !renamed && self.is_described(issue, wanted) {
            return Ok(false);
        }
        let rated = issue.severity != wanted.severity;
        if rated {
            let (from, to) = (Some(issue.severity.as_str()), Some(wanted.severity));
            issue::record(tx, issue.id, &self.actor, "severity", from, to, None).await?;
        }
        if !issue.reported && issue.status() != Status::FixAccepted {
            issue::record(tx, issue.id, &self.actor, "reported", Some("no"), Some("yes"), None).await?;
        }
        let detail = serde_json::to_string(&wanted.detail).map_err(storage::Error::Json)?;
        let mut row: Vec<(&str, Value)> = vec![
            ("severity", wanted.severity.into()),
            ("severity_rank", rank(wanted.severity).into()),
            ("title", wanted.title.clone().into()),
            ("package", wanted.detail.package.clone().into()),
            ("epss", wanted.detail.epss_score.into()),
            ("known_exploited", wanted.known_exploited.into()),
            ("detail", detail.clone().into()),
            ("filtered_out", (!self.is_wanted(wanted.severity)).into()),
            ("reported", true.into()),
            ("unfollowed", false.into()),
            ("updated_at", now_ms().into()),
        ];
        if renamed {
            row.push(("vulnerability_key", key.1.clone().into()));
            if let Some(old) = present.by_id.insert(issue.id, key.clone()) {
                let (from, to) = (Some(old.1.as_str()), Some(key.1.as_str()));
                issue::record(tx, issue.id, &self.actor, "vulnerability", from, to, None).await?;
                present.issues.remove(&old);
            }
        }
        tx.update("issue", issue.id, &row).await?;
        if rated {
            sla::set_deadlines(tx, "issue.id = ?", params![issue.id]).await?;
        }
        issue.severity = wanted.severity.to_owned();
        issue.title.clone_from(&wanted.title);
        issue.known_exploited = wanted.known_exploited;
        issue.package.clone_from(&wanted.detail.package);
        issue.detail = detail;
        Ok(true)
    }

    /// Makes the issues that are new, with their history and findings, in a handful of statements.
    async fn create(&self, tx: &Tx, new: &[&Gathered], counts: &mut Counts) -> Result<()> {
        if new.is_empty() {
            return Ok(());
        }
        let last = tx.count("SELECT max(id) FROM issue", params![]).await?;
        let now = now_ms();
        let mut rows = Vec::with_capacity(new.len());
        for wanted in new {
            let status = self.first_status(wanted);
            rows.push(params![
                self.company,
                self.link.asset_id,
                wanted.component_key.clone(),
                wanted.vulnerability_key.clone(),
                status.as_str(),
                wanted.severity,
                rank(wanted.severity),
                wanted.title.clone(),
                wanted.detail.package.clone(),
                wanted.detail.epss_score,
                wanted.known_exploited,
                serde_json::to_string(&wanted.detail).map_err(storage::Error::Json)?,
                false,
                true,
                now,
                now,
                now
            ]);
        }
        let columns = [
            "company_id",
            "asset_id",
            "component_key",
            "vulnerability_key",
            "status",
            "severity",
            "severity_rank",
            "title",
            "package",
            "epss",
            "known_exploited",
            "detail",
            "filtered_out",
            "reported",
            "status_at",
            "created_at",
            "updated_at",
        ];
        tx.insert_many("issue", &columns, rows, "ON CONFLICT DO NOTHING").await?;
        #[derive(sea_orm::FromQueryResult)]
        struct Made {
            id: i64,
            component_key: String,
            vulnerability_key: String,
        }
        let made: Vec<Made> = tx
            .rows(
                "SELECT id, component_key, vulnerability_key FROM issue WHERE asset_id = ? AND id > ?",
                params![self.link.asset_id, last],
            )
            .await?;
        let ids: HashMap<Key, i64> =
            made.into_iter().map(|row| ((row.component_key, row.vulnerability_key), row.id)).collect();
        let (mut events, mut findings) = (Vec::new(), Vec::new());
        for wanted in new {
            let Some(id) = ids.get(&wanted.key()) else { continue };
            let status = self.first_status(wanted).as_str();
            events.push(issue::event(*id, &self.actor, "status", None, Some(status), Some("reported")));
            for found in &wanted.findings {
                findings.push(self.finding_row(*id, &found.spot(), &found.pair));
            }
            counts.created += 1;
        }
        tx.insert_many("issue_event", &issue::EVENT_COLUMNS, events, "").await?;
        tx.insert_many("finding_link", &FINDING_COLUMNS, findings, FINDING_TAIL).await?;
        sla::set_deadlines(tx, "issue.asset_id = ? AND issue.id > ?", params![self.link.asset_id, last])
            .await?;
        // Several findings of one flaw that were decided differently are brought to one decision.
        for wanted in new.iter().filter(|wanted| wanted.findings.len() > 1) {
            let Some(id) = ids.get(&wanted.key()) else { continue };
            let Some(issue) = issue::by_ids(tx, &[*id]).await?.pop() else { continue };
            let links: Vec<FindingLink> =
                tx.rows(&format!("SELECT {FINDING} WHERE f.issue_id = ?"), params![*id]).await?;
            for link in links {
                if !issue.status().agrees(&link.base(), self.show_work)
                    && self.push(tx, &issue, &link).await?
                {
                    counts.pushed += 1;
                }
            }
        }
        Ok(())
    }

    fn first_status(&self, wanted: &Gathered) -> Status {
        strongest(wanted.findings.iter().map(|found| Status::Identified.after(&found.pair)))
    }

    fn finding_row(&self, issue: i64, spot: &Spot, pair: &Pair) -> Vec<Value> {
        params![issue, self.link.id, spot.0.clone(), spot.1.clone(), pair.state.clone(), pair.suppressed]
    }

    /// Writes down what both sides agree on; the findings as they are then.
    async fn remember(&self, tx: &Tx, issue: i64, agreed: &[(Spot, Pair)]) -> Result<Vec<FindingLink>> {
        let rows = agreed.iter().map(|(spot, pair)| self.finding_row(issue, spot, pair)).collect();
        tx.insert_many("finding_link", &FINDING_COLUMNS, rows, FINDING_TAIL).await?;
        let stored: Vec<FindingLink> = tx
            .rows(
                &format!("SELECT {FINDING} WHERE f.issue_id = ? AND f.link_id = ?"),
                params![issue, self.link.id],
            )
            .await?;
        let wanted: HashSet<&Spot> = agreed.iter().map(|(spot, _)| spot).collect();
        Ok(stored
            .into_iter()
            .filter(|f| wanted.contains(&(f.component_uuid.clone(), f.vulnerability_uuid.clone())))
            .collect())
    }

    /// What a complete list does not hold any more is gone: its issues are Fixed, unless somebody
    /// decided otherwise.
    pub(super) async fn gone(&self, gathered: &[Gathered], counts: &mut Counts) -> Result<()> {
        let db = &self.platform.db;
        let known = Present::findings(db, self.link).await?;
        let held: HashSet<Spot> = gathered.iter().flat_map(|w| &w.findings).map(Found::spot).collect();
        let lost: Vec<i64> =
            known.iter().filter(|(spot, _)| !held.contains(*spot)).map(|(_, f)| f.id).collect();
        for chunk in lost.chunks(CHUNK) {
            let tx = db.begin().await?;
            tx.lock(&format!("apply:{}", self.link.asset_id)).await?;
            let values = chunk.iter().map(|id| (*id).into()).collect();
            tx.execute(&format!("DELETE FROM finding_link WHERE id IN ({})", marks(chunk.len())), values)
                .await?;
            tx.commit().await?;
        }
        // Found by what is left, so that a run that was killed in between finds them too.
        let orphans: Vec<i64> = db
            .column(
                // A decision that somebody took back while the finding was gone leaves a flaw that is gone.
                "SELECT i.id FROM issue i WHERE i.asset_id = ? AND NOT i.manual AND NOT i.unfollowed \
                 AND i.status <> 'FIX_ACCEPTED' \
                 AND (i.reported OR i.status NOT IN ('RISK_ACCEPTED', 'FALSE_POSITIVE', 'SUPPRESSED')) \
                 AND NOT EXISTS (SELECT 1 FROM finding_link f WHERE f.issue_id = i.id)",
                params![self.link.asset_id],
            )
            .await?;
        for chunk in orphans.chunks(CHUNK) {
            let tx = db.begin().await?;
            tx.lock(&format!("apply:{}", self.link.asset_id)).await?;
            for id in chunk {
                tx.lock(&format!("issue:{id}")).await?;
            }
            for mut issue in issue::by_ids(&tx, chunk).await? {
                tx.update("issue", issue.id, &[("reported", false.into()), ("updated_at", now_ms().into())])
                    .await?;
                if issue.status().is_decision() {
                    let reason = Some("no longer reported; the decision stays");
                    issue::record(&tx, issue.id, &self.actor, "reported", Some("yes"), Some("no"), reason)
                        .await?;
                    counts.updated += 1;
                } else {
                    let reason = self.reason_of_fix(&tx, &issue).await?;
                    issue::set_status(&tx, &mut issue, Status::FixAccepted, &self.actor, Some(&reason))
                        .await?;
                    counts.fixed += 1;
                }
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Why an issue is gone: the package may have come in another version that has the same flaw, which
    /// is another issue; the histories of both name each other.
    async fn reason_of_fix(&self, tx: &Tx, issue: &Issue) -> Result<String> {
        let (old, detail) = (issue.id, issue.detail());
        let successor: Option<i64> = tx
            .scalar(
                "SELECT n.id FROM issue n JOIN issue o ON o.id = ? WHERE n.asset_id = o.asset_id AND n.id <> o.id \
                 AND n.vulnerability_key = o.vulnerability_key AND n.package = o.package AND n.package <> '' \
                 AND n.reported AND n.status <> 'FIX_ACCEPTED' ORDER BY n.id DESC LIMIT 1",
                params![old],
            )
            .await?;
        let Some(next) = successor else { return Ok("no longer reported".to_owned()) };
        let Some(found) = issue::by_ids(tx, &[next]).await?.pop() else {
            return Ok("no longer reported".to_owned());
        };
        let (from, to) = (detail.affected_version, found.detail().affected_version);
        let reason = format!("the same flaw was issue {old} in version {from}");
        issue::record(tx, next, &self.actor, "version", Some(&from), Some(&to), Some(&reason)).await?;
        Ok(format!("no longer reported in version {from}; version {to} has the same flaw: issue {next}"))
    }
}

const FINDING_COLUMNS: [&str; 6] =
    ["issue_id", "link_id", "component_uuid", "vulnerability_uuid", "state", "suppressed"];
const FINDING_TAIL: &str = "ON CONFLICT (link_id, component_uuid, vulnerability_uuid) DO UPDATE SET \
     issue_id = excluded.issue_id, state = excluded.state, suppressed = excluded.suppressed";

fn shown(pair: &Pair) -> String {
    if pair.suppressed { format!("{} (suppressed)", pair.state) } else { pair.state.clone() }
}

/// What was said in the scanner, for the history.
fn quoted(said: Option<&Said>) -> String {
    let Some(said) = said else { return String::new() };
    match (&said.who, &said.comment) {
        (Some(who), Some(comment)) if !comment.is_empty() => format!(" ({who}: {comment})"),
        (Some(who), _) => format!(" (by {who})"),
        (None, Some(comment)) if !comment.is_empty() => format!(" ({comment})"),
        _ => String::new(),
    }
}

/// The strongest of several decisions about one flaw.
fn strongest(statuses: impl Iterator<Item = Status>) -> Status {
    statuses.max_by_key(|status| status.strength()).unwrap_or(Status::Identified)
}
