//! Matching package versions with the advisories, and writing what changed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::iter::once;

use advisories::cpe::Configuration;
use advisories::{Affected, Compiled, Match, Package, cpe};
use sea_orm::FromQueryResult;
use storage::{Db, Sql, Value, marks, now_ms, params};
use versions::{Scheme, Version};

use super::store::in_chunks;
use super::{CPE, Identity, Subject, product_key};
use crate::attribution::INTERNAL;
use crate::server::Result;
use crate::{metrics, migration, notification};

/// How many package versions are matched and written together.
const CHUNK: usize = 500;

/// Which of the given package versions are matched.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that are not analysed yet.
    Due,
    /// All of them; nothing is written where nothing is found to have changed.
    All,
}

/// What an analysis changed.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// New pairs of package version and vulnerability.
    pub new: Vec<(i64, i64)>,
    /// Package versions whose matches changed in any way.
    pub changed: Vec<i64>,
    /// How many package versions were matched.
    pub matched: u64,
}

impl Found {
    fn add(&mut self, other: Found) {
        self.new.extend(other.new);
        self.changed.extend(other.changed);
        self.matched += other.matched;
    }
}

/// What is affected: a package, or a product.
enum Spec {
    Package(Box<Compiled>),
    Product(Configuration),
}

/// A row of `affected_package`, read.
struct Candidate {
    vulnerability: i64,
    advisory: i64,
    spec: Spec,
}

#[derive(FromQueryResult)]
struct CandidateRow {
    vulnerability_id: i64,
    advisory_id: i64,
    ecosystem: String,
    name: String,
    spec: String,
}

/// The advisories of packages, read once and kept while package versions are matched.
#[derive(Default)]
pub(crate) struct Candidates {
    /// By ecosystem, then by name.
    by_name: foldhash::HashMap<String, foldhash::HashMap<String, Vec<Candidate>>>,
    kept: usize,
    /// How often advisories had changed when the first was read.
    revision: i64,
}

/// More packages than this are not kept.
const KEPT: usize = 20_000;

impl Candidates {
    /// Forgets what was read before an advisory changed. Called after the package versions are read:
    /// an advisory that changes behind that changes their revision, too.
    async fn renew(&mut self, sql: &impl Sql) -> Result<()> {
        let revision = sql.count("SELECT revision FROM advisory_revision", params![]).await?;
        if revision != self.revision || self.kept > KEPT {
            *self = Candidates { revision, ..Candidates::default() };
        }
        Ok(())
    }

    /// Reads the advisories of the names that are not there yet.
    pub(crate) async fn load(
        &mut self,
        sql: &impl Sql,
        names: impl IntoIterator<Item = (String, String)>,
    ) -> Result<()> {
        let mut missing: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (ecosystem, name) in names {
            let known = self.by_name.entry(ecosystem.clone()).or_default();
            if !known.contains_key(&name) {
                known.insert(name.clone(), Vec::new());
                missing.entry(ecosystem).or_default().push(name);
            }
        }
        self.kept += missing.values().map(Vec::len).sum::<usize>();
        for (ecosystem, names) in in_chunks(&missing) {
            let values = once(ecosystem).chain(names.iter().map(String::as_str)).map(Value::from).collect();
            let text = format!(
                "SELECT vulnerability_id, advisory_id, ecosystem, name, spec FROM affected_package \
                 WHERE ecosystem = ? AND name IN ({}) ORDER BY id",
                marks(names.len())
            );
            for row in sql.rows::<CandidateRow>(&text, values).await? {
                let spec = if row.ecosystem == CPE {
                    Spec::Product(serde_json::from_str(&row.spec).map_err(storage::Error::Json)?)
                } else {
                    let affected: Affected = serde_json::from_str(&row.spec).map_err(storage::Error::Json)?;
                    Spec::Package(Box::new(affected.into()))
                };
                let candidate =
                    Candidate { vulnerability: row.vulnerability_id, advisory: row.advisory_id, spec };
                let names = self.by_name.entry(row.ecosystem).or_default();
                names.entry(row.name).or_default().push(candidate);
            }
        }
        Ok(())
    }

    fn of(&self, ecosystem: &str, name: &str) -> &[Candidate] {
        let found = self.by_name.get(ecosystem).and_then(|names| names.get(name));
        found.map(Vec::as_slice).unwrap_or_default()
    }
}

/// Why a package version is affected: by which record, and which range of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evidence {
    pub vulnerability: i64,
    pub advisory: i64,
    /// The package as the record names it, or the CPE name.
    pub package: String,
    pub found: Match,
}

/// Every reason why a package version is affected, package URLs before CPE names.
///
/// `environment` are the products beside it, when they are known: where an advisory wants one to be
/// there, it must be.
pub(crate) fn matches_of(
    subject: &Subject,
    candidates: &Candidates,
    environment: Option<&[cpe::Name]>,
) -> Vec<Evidence> {
    let mut out = Vec::new();
    for package in &subject.packages {
        // Read once, in the order of the first candidate: all of an ecosystem have the same.
        let mut version: Option<(Scheme, Version)> = None;
        for candidate in candidates.of(package.ecosystem, &package.name) {
            let Spec::Package(affected) = &candidate.spec else { continue };
            if let (None, Some(scheme), Some(text)) = (&version, affected.scheme(), &package.version) {
                version = Some((scheme, scheme.parse(text)));
            }
            let parsed = version.as_ref().filter(|(scheme, _)| Some(*scheme) == affected.scheme());
            if let Some(found) = affected.matches(package, parsed.map(|(_, version)| version)) {
                out.push(evidence(candidate, described(package), found));
            }
        }
    }
    if let Some(product) = &subject.product {
        for candidate in candidates.of(CPE, &product_key(product.name().key())) {
            if let Spec::Product(configuration) = &candidate.spec
                && let Some(found) = configuration.matches(product, environment)
            {
                out.push(evidence(candidate, product.name().to_string(), found));
            }
        }
    }
    out
}

fn evidence(candidate: &Candidate, package: String, found: Match) -> Evidence {
    Evidence { vulnerability: candidate.vulnerability, advisory: candidate.advisory, package, found }
}

fn described(package: &Package) -> String {
    format!("{} {}", package.ecosystem, package.name)
}

#[derive(FromQueryResult)]
struct Due {
    id: i64,
    revision: i64,
    identity: String,
    cpe: Option<String>,
    is_due: bool,
}

#[derive(FromQueryResult)]
struct Known {
    id: i64,
    package_version_id: i64,
    vulnerability_id: i64,
    analyzers: i64,
    reason: String,
    version_order: Option<String>,
    fixed_version: Option<String>,
}

/// Matches package versions with the advisories and writes what changed.
pub(crate) async fn analyse(db: &Db, ids: &[i64], which: Which) -> Result<Found> {
    let mut found = Found::default();
    let mut candidates = Candidates::default();
    for chunk in ids.chunks(CHUNK) {
        found.add(analyse_chunk(db, chunk, which, &mut candidates).await?);
    }
    if !found.new.is_empty() {
        migration::apply_waiting(db).await?;
    }
    Ok(found)
}

/// How many package versions an analysis of everything reads together.
const MANY: i64 = 2_000;

/// Package versions in order, with the matches that they have.
struct Batch {
    rows: Vec<Due>,
    present: Vec<Known>,
}

async fn batch(db: &Db, after: i64) -> Result<Batch> {
    let text = "SELECT id, revision, identity, cpe, analysed_at IS NULL AS is_due FROM package_version \
         WHERE id > ? ORDER BY id LIMIT ?";
    let rows: Vec<Due> = db.rows(text, params![after, MANY]).await?;
    let last = rows.last().map_or(after, |row| row.id);
    let text = format!("{KNOWN} AND package_version_id > ? AND package_version_id <= ?");
    let present = db.rows(&text, params![after, last]).await?;
    Ok(Batch { rows, present })
}

/// Matches every package version. After whatever happened this changes nothing.
pub(crate) async fn analyse_all(db: &Db, told: impl Fn(u64)) -> Result<Found> {
    let mut found = Found::default();
    let mut candidates = Candidates::default();
    let mut next = batch(db, 0).await?;
    while let Some(last) = next.rows.last().map(|row| row.id) {
        let Batch { rows, present } = next;
        let subjects = subjects(rows);
        candidates.renew(db).await?;
        candidates.load(db, subjects.iter().flat_map(|(_, subject)| subject.names())).await?;
        // The next ones are read while these are matched.
        let matching = tokio::task::spawn_blocking(move || {
            let wanted = wanted(&subjects, &candidates);
            let same = subjects.iter().all(|(row, _)| !row.is_due) && is_same(&present, &wanted);
            (subjects, candidates, wanted, same)
        });
        let (read, matched) = tokio::join!(batch(db, last), matching);
        let (subjects, kept, wanted, same) =
            matched.map_err(|e| crate::Error::bad_request(format!("matching ended: {e}")))?;
        candidates = kept;
        next = read?;
        let revisions: HashMap<i64, i64> = subjects.iter().map(|(row, _)| (row.id, row.revision)).collect();
        if same {
            found.matched += revisions.len() as u64;
        } else {
            found.add(write(db, &revisions, wanted, Which::All).await?);
        }
        told(found.matched);
    }
    migration::apply_waiting(db).await?;
    Ok(found)
}

const DUE: &str = " AND analysed_at IS NULL";

fn subjects(rows: Vec<Due>) -> Vec<(Due, Subject)> {
    let subject = |row: &Due| Identity::stored(&row.identity, row.cpe.clone()).subject();
    rows.into_iter().map(|row| (subject(&row), row)).map(|(subject, row)| (row, subject)).collect()
}

/// What matches, the first reason of each pair. Pure; nothing is written while it is decided.
fn wanted(subjects: &[(Due, Subject)], candidates: &Candidates) -> BTreeMap<(i64, i64), Match> {
    let mut wanted = BTreeMap::new();
    for (row, subject) in subjects {
        for evidence in matches_of(subject, candidates, None) {
            wanted.entry((row.id, evidence.vulnerability)).or_insert(evidence.found);
        }
    }
    wanted
}

async fn analyse_chunk(db: &Db, ids: &[i64], which: Which, candidates: &mut Candidates) -> Result<Found> {
    let rows: Vec<Due> = db
        .rows(
            &format!(
                "SELECT id, revision, identity, cpe, analysed_at IS NULL AS is_due FROM package_version \
                 WHERE id IN ({}){}",
                marks(ids.len()),
                if which == Which::All { "" } else { DUE }
            ),
            ids.iter().map(|id| (*id).into()).collect(),
        )
        .await?;
    if rows.is_empty() {
        return Ok(Found::default());
    }
    let subjects = subjects(rows);
    candidates.renew(db).await?;
    candidates.load(db, subjects.iter().flat_map(|(_, subject)| subject.names())).await?;
    let wanted = wanted(&subjects, candidates);
    let revisions: HashMap<i64, i64> = subjects.iter().map(|(row, _)| (row.id, row.revision)).collect();
    write(db, &revisions, wanted, which).await
}

/// The matches that concern every component with a package version.
const KNOWN: &str = "SELECT id, package_version_id, vulnerability_id, analyzers, reason, version_order, fixed_version \
     FROM package_match WHERE component_id IS NULL";

async fn present(sql: &impl Sql, ids: &[i64]) -> Result<Vec<Known>> {
    let text = format!("{KNOWN} AND package_version_id IN ({})", marks(ids.len()));
    Ok(sql.rows(&text, ids.iter().map(|id| (*id).into()).collect()).await?)
}

impl Known {
    fn is(&self, found: &Match) -> bool {
        self.analyzers & INTERNAL != 0
            && self.reason == found.reason
            && self.version_order.as_deref() == found.order
            && self.fixed_version == found.fixed
    }
}

/// Whether our own part of the stored matches is exactly this.
fn is_same(present: &[Known], wanted: &BTreeMap<(i64, i64), Match>) -> bool {
    let mut held = 0;
    for row in present {
        match wanted.get(&(row.package_version_id, row.vulnerability_id)) {
            Some(found) if row.is(found) => held += 1,
            None if row.analyzers & INTERNAL == 0 => {}
            _ => return false,
        }
    }
    held == wanted.len()
}

async fn write(
    db: &Db,
    revisions: &HashMap<i64, i64>,
    mut wanted: BTreeMap<(i64, i64), Match>,
    which: Which,
) -> Result<Found> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        revision: i64,
    }
    #[derive(FromQueryResult)]
    struct Pair {
        package_version_id: i64,
        vulnerability_id: i64,
    }
    let now = now_ms();
    let tx = db.begin().await?;
    // Somebody else may have analysed some of them meanwhile, or their advisories have changed.
    let text = format!(
        "SELECT id, revision FROM package_version WHERE id IN ({}){}",
        marks(revisions.len()),
        if which == Which::All { "" } else { DUE }
    );
    let rows: Vec<Row> = tx.rows(&text, revisions.keys().map(|id| (*id).into()).collect()).await?;
    let still = rows.into_iter().filter(|row| revisions.get(&row.id) == Some(&row.revision));
    let still: HashSet<i64> = still.map(|row| row.id).collect();
    wanted.retain(|(version, _), _| still.contains(version));
    let ids: Vec<i64> = still.into_iter().collect();
    let mut found = Found { matched: ids.len() as u64, ..Found::default() };
    // Our bit alone is set and taken: others may set theirs at the same time.
    let ours = format!("analyzers | {INTERNAL}");
    let not_ours = format!("analyzers & ~{INTERNAL}");
    for row in present(&tx, &ids).await? {
        let new = wanted.remove(&(row.package_version_id, row.vulnerability_id));
        let bits = match &new {
            Some(new) if row.is(new) => continue,
            Some(_) => &ours,
            None if row.analyzers & INTERNAL == 0 => continue,
            None => &not_ours,
        };
        found.changed.push(row.package_version_id);
        // What only others say has no range of ours.
        let new = new.unwrap_or(Match { reason: String::new(), order: None, fixed: row.fixed_version });
        let text = format!(
            "UPDATE package_match SET analyzers = {bits}, reason = ?, version_order = ?, fixed_version = ? WHERE id = ?"
        );
        tx.execute(&text, params![new.reason, new.order, new.fixed, row.id]).await?;
    }
    let mut lost = Vec::new();
    if !found.changed.is_empty() {
        let gone = format!(
            "FROM package_match WHERE analyzers = 0 AND component_id IS NULL AND package_version_id IN ({})",
            marks(ids.len())
        );
        let values = || ids.iter().map(|id| (*id).into()).collect::<Vec<Value>>();
        let text = format!("SELECT package_version_id, vulnerability_id {gone}");
        lost = tx.rows::<Pair>(&text, values()).await?;
        tx.execute(&format!("DELETE {gone}"), values()).await?;
    }
    found.new = wanted.keys().copied().collect();
    found.changed.extend(wanted.keys().map(|(version, _)| *version));
    let rows = wanted
        .into_iter()
        .map(|((version, v), m)| params![version, v, INTERNAL, m.reason, m.order, m.fixed, now])
        .collect();
    let columns = [
        "package_version_id",
        "vulnerability_id",
        "analyzers",
        "reason",
        "version_order",
        "fixed_version",
        "attributed_on",
    ];
    let tail = format!(
        "ON CONFLICT (package_version_id, vulnerability_id, COALESCE(component_id, 0)) DO UPDATE SET \
         analyzers = package_match.analyzers | {INTERNAL}, reason = excluded.reason, \
         version_order = excluded.version_order, fixed_version = excluded.fixed_version"
    );
    tx.insert_many("package_match", &columns, rows, &tail).await?;
    let text = format!("UPDATE package_version SET analysed_at = ? WHERE id IN ({})", marks(ids.len()));
    tx.execute(&text, [params![now], ids.iter().map(|id| (*id).into()).collect()].concat()).await?;
    found.changed.sort_unstable();
    found.changed.dedup();
    if !found.changed.is_empty() {
        notification::new_matches(&tx, &found.new).await?;
        let lost: Vec<(i64, i64)> =
            lost.iter().map(|pair| (pair.package_version_id, pair.vulnerability_id)).collect();
        notification::lost_matches(&tx, &lost).await?;
        metrics::mark_versions(&tx, &found.changed).await?;
    }
    tx.commit().await?;
    Ok(found)
}
