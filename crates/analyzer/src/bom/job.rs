//! Processing an upload (behaviour reference §3.10): the project's components become those of the
//! document; what stays keeps its identity, analyses and history.
//!
//! The job can be killed at any point and run again: the components are written in one transaction,
//! and what follows from it (matches, announcements, metrics) is found again from the rows.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use sea_orm::FromQueryResult;
use storage::worker::{Context, Failure, Worker};
use storage::{Db, Sql, Tx, Value, blobs, marks, now_ms, params};

use super::row::{self, Key, Row};
use super::vulnerability::{self, Placed};
use super::{PROCESS, Process};
use crate::package_version::{self, Identity, Which};
use crate::project::{self, Project};
use crate::server::{Error, Result};
use crate::{attribution, metrics, notification, remote, vex};

pub(crate) fn register(worker: Worker) -> Worker {
    worker.on(PROCESS, 2, run)
}

async fn run(context: Context) -> Result<(), Failure> {
    let Process { project, blob } = context.payload()?;
    process(&context, project, blob).await.map_err(Failure::retry)
}

async fn process(context: &Context, project_id: i64, blob: i64) -> Result<()> {
    let db = &context.db;
    context.progress("reading", 0, None, None);
    let Some(bytes) = blobs::get(db, blob).await? else {
        // The document is forgotten when all is done: only the end was not written down.
        return Ok(());
    };
    let parsed = tokio::task::spawn_blocking(move || sbom::parse_unvalidated(&bytes)).await;
    let bom = match parsed {
        Ok(Ok(bom)) => bom,
        Ok(Err(error)) => {
            tracing::warn!(project = project_id, %error, "an uploaded document could not be processed");
            let tx = db.begin().await?;
            notification::bom_failed(&tx, project_id, &error.to_string()).await?;
            blobs::delete(&tx, blob).await?;
            tx.commit().await?;
            return Ok(());
        }
        Err(error) => return Err(Error::bad_request(error.to_string())),
    };
    context.progress("components", 0, None, None);
    let tx = db.begin().await?;
    let Some(project) = project::by_ids(&tx, &[project_id]).await?.pop() else {
        // Deleted meanwhile.
        blobs::delete(&tx, blob).await?;
        tx.commit().await?;
        return Ok(());
    };
    let versions = write(&tx, project, &bom).await?;
    remote::queue(&tx).await?;
    tx.commit().await?;

    context.progress("vulnerabilities", 0, i64::try_from(versions.len()).ok(), None);
    package_version::analyse(db, &versions, Which::Due).await?;
    if bom.vulnerabilities.iter().any(|one| one.analysis.is_some()) {
        let tx = db.begin().await?;
        vex::apply(&tx, project_id, &bom, true).await?;
        tx.commit().await?;
    }
    metrics::refresh(db, project_id).await?;
    // Other projects with a package version whose advisories had just changed.
    metrics::refresh_due(db).await?;
    announce(db, project_id, blob).await
}

#[derive(FromQueryResult)]
struct Present {
    id: i64,
    package_version_id: Option<i64>,
    name: String,
    group_name: Option<String>,
    version: Option<String>,
    purl: Option<String>,
    cpe: Option<String>,
    swid_tag_id: Option<String>,
    classifier: String,
    scope: Option<String>,
    licence_id: Option<String>,
    details: String,
}

impl Present {
    fn key(&self) -> Key {
        (
            self.purl.clone(),
            self.cpe.clone(),
            self.swid_tag_id.clone(),
            self.group_name.clone(),
            self.name.clone(),
            self.version.clone(),
        )
    }

    fn differs(&self, row: &Row) -> bool {
        self.details != row.details
            || self.classifier != row.classifier
            || self.scope != row.scope
            || self.licence_id != row.licence_id
    }
}

/// Writes the document's components and graph; the package versions that are to be analysed.
async fn write(tx: &Tx, mut project: Project, bom: &sbom::Bom) -> Result<Vec<i64>> {
    let inventory = bom.inventory();
    let rows: Vec<Row> = inventory.components.iter().map(|flat| Row::new(flat.component)).collect();
    let present: Vec<Present> = tx
        .rows(
            "SELECT id, package_version_id, name, group_name, version, purl, cpe, swid_tag_id, classifier, scope, licence_id, details \
             FROM component WHERE project_id = ? ORDER BY id",
            params![project.id],
        )
        .await?;
    let mut present_by_key: HashMap<Key, Present> = HashMap::new();
    let mut gone = Vec::new();
    for component in present {
        // Of several with one identity (added by hand) the first one stays.
        let id = component.id;
        match present_by_key.entry(component.key()) {
            Entry::Occupied(_) => gone.push(id),
            Entry::Vacant(place) => {
                place.insert(component);
            }
        }
    }
    let identities: Vec<Identity> = rows.iter().map(|row| row.identity.clone()).collect();
    let versions = package_version::ensure(tx, &identities).await?;

    let mut ids: Vec<i64> = vec![0; rows.len()];
    let (mut fresh, mut changed) = (Vec::new(), Vec::new());
    for (at, row) in rows.iter().enumerate() {
        match present_by_key.remove(&row.key()) {
            Some(before) => {
                if let Some(id) = ids.get_mut(at) {
                    *id = before.id;
                }
                let version = versions.get(&row.identity.key()).copied();
                if before.differs(row) || before.package_version_id != version {
                    changed.push((before.id, version, row));
                }
            }
            None => fresh.push(at),
        }
    }
    gone.extend(present_by_key.into_values().map(|component| component.id));
    for chunk in gone.chunks(500) {
        let values = chunk.iter().map(|id| (*id).into()).collect();
        tx.execute(&format!("DELETE FROM component WHERE id IN ({})", marks(chunk.len())), values).await?;
    }
    for (id, version, row) in changed {
        tx.update(
            "component",
            id,
            &[
                ("package_version_id", version.into()),
                ("classifier", row.classifier.clone().into()),
                ("scope", row.scope.clone().into()),
                ("licence_id", row.licence_id.clone().into()),
                ("details", row.details.clone().into()),
            ],
        )
        .await?;
        if let Some(version) = version {
            attribution::follow(tx, id, version).await?;
        }
        tx.execute("DELETE FROM component_hash WHERE component_id = ?", params![id]).await?;
        insert_hashes(tx, row.hashes.iter().map(|hash| (id, hash))).await?;
    }
    insert(tx, project.id, &rows, &fresh, &versions, &mut ids).await?;
    graph(tx, project.id, bom, &inventory, &ids).await?;
    let version = |row: &Row| versions.get(&row.identity.key()).copied().unwrap_or_default();
    let placed: Vec<Placed> =
        rows.iter().zip(&ids).map(|(row, id)| Placed { version: version(row), id: *id }).collect();
    vulnerability::apply(tx, bom, &inventory, &placed).await?;
    apply(&mut project, bom);
    project::update(tx, &project).await?;
    let mut due: Vec<i64> = versions.into_values().collect();
    due.sort_unstable();
    Ok(due)
}

async fn insert_hashes<'a>(tx: &Tx, hashes: impl Iterator<Item = (i64, &'a String)>) -> Result<()> {
    let rows = hashes.map(|(id, hash)| params![id, hash.clone()]).collect();
    tx.insert_many("component_hash", &["component_id", "value"], rows, "").await?;
    Ok(())
}

/// Inserts the new components and notes their ids.
async fn insert(
    tx: &Tx,
    project: i64,
    rows: &[Row],
    fresh: &[usize],
    versions: &HashMap<String, i64>,
    ids: &mut [i64],
) -> Result<()> {
    const COLUMNS: [&str; 15] = [
        "uuid",
        "project_id",
        "package_version_id",
        "name",
        "group_name",
        "version",
        "purl",
        "purl_coordinates",
        "cpe",
        "swid_tag_id",
        "classifier",
        "scope",
        "licence_id",
        "details",
        "is_new",
    ];
    #[derive(FromQueryResult)]
    struct Made {
        id: i64,
        uuid: String,
    }
    let mut by_uuid: HashMap<String, usize> = HashMap::with_capacity(fresh.len());
    let mut values = Vec::with_capacity(fresh.len());
    for at in fresh {
        let Some(row) = rows.get(*at) else { continue };
        let uuid = uuid::Uuid::new_v4().to_string();
        let version = versions.get(&row.identity.key()).copied();
        values.push(params![
            uuid.clone(),
            project,
            version,
            row.name.clone(),
            row.group.clone(),
            row.version.clone(),
            row.purl.clone(),
            row.coordinates.clone(),
            row.cpe.clone(),
            row.swid_tag_id.clone(),
            row.classifier.clone(),
            row.scope.clone(),
            row.licence_id.clone(),
            row.details.clone(),
            true,
        ]);
        by_uuid.insert(uuid, *at);
    }
    tx.insert_many("component", &COLUMNS, values, "").await?;
    let made: Vec<Made> =
        tx.rows("SELECT id, uuid FROM component WHERE project_id = ? AND is_new", params![project]).await?;
    let mut hashes = Vec::new();
    for component in made {
        let Some(at) = by_uuid.get(&component.uuid) else { continue };
        if let (Some(id), Some(row)) = (ids.get_mut(*at), rows.get(*at)) {
            *id = component.id;
            hashes.extend(row.hashes.iter().map(|hash| (component.id, hash)));
        }
    }
    insert_hashes(tx, hashes.into_iter()).await
}

/// Replaces the dependency graph. Without a component of its own the project has no edges.
async fn graph(
    tx: &Tx,
    project: i64,
    bom: &sbom::Bom,
    inventory: &sbom::Inventory<'_>,
    ids: &[i64],
) -> Result<()> {
    let graph = bom.graph();
    let id_of = |bom_ref: &str| {
        inventory.by_ref.get(bom_ref).and_then(|at| ids.get(*at)).copied().filter(|id| *id > 0)
    };
    let mut edges: HashSet<(Option<i64>, i64)> = HashSet::new();
    for (from, targets) in &graph.depends_on {
        let owner = if Some(*from) == graph.root { None } else { id_of(from) };
        if owner.is_none() && Some(*from) != graph.root {
            continue;
        }
        for target in
            targets.iter().filter_map(|target| id_of(target)).filter(|target| Some(*target) != owner)
        {
            edges.insert((owner, target));
        }
    }
    tx.execute("DELETE FROM dependency WHERE project_id = ?", params![project]).await?;
    let mut edges: Vec<_> = edges.into_iter().collect();
    edges.sort_unstable();
    let rows: Vec<Vec<Value>> =
        edges.into_iter().map(|(owner, target)| params![project, owner, target]).collect();
    tx.insert_many("dependency", &["project_id", "component_id", "depends_on"], rows, "").await?;
    Ok(())
}

/// What the document says about the project itself. Name, version, group and description stay.
fn apply(project: &mut Project, bom: &sbom::Bom) {
    if let Some(component) = &bom.metadata.component {
        project.authors = Some(row::contacts(&component.authors).to_string());
        project.publisher = component.publisher.clone();
        project.supplier = component.supplier.as_ref().map(|s| row::organization(s).to_string());
        project.manufacturer = bom.metadata.manufacturer.as_ref().map(|m| row::organization(m).to_string());
        if let Some(classifier) = component.classifier {
            project.classifier = Some(classifier.as_str().to_owned());
        }
        project.external_references = (!component.external_references.is_empty())
            .then(|| row::references(&component.external_references).to_string());
        project.cpe = component.cpe.clone();
        project.purl = component.purl.as_ref().map(|purl| purl.canonical.clone());
        project.swid_tag_id = component.swid_tag_id.clone();
    }
    project.last_bom_import = Some(now_ms());
    project.last_bom_import_format = Some(bom.format.to_string());
}

/// Tells of new vulnerabilities once, and forgets the document, in one transaction.
async fn announce(db: &Db, project: i64, blob: i64) -> Result<()> {
    let tx = db.begin().await?;
    notification::bom_processed(&tx, project).await?;
    tx.execute("UPDATE component SET is_new = ? WHERE project_id = ? AND is_new", params![false, project])
        .await?;
    blobs::delete(&tx, blob).await?;
    tx.commit().await?;
    Ok(())
}
