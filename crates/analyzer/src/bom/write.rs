//! Writing a document (behaviour reference §3.10): the project's components become those of the
//! document; what stays keeps its identity, analyses and history.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use sea_orm::FromQueryResult;
use serde_json::{Map, Value as Json, json};
use storage::{Sql, Tx, marks, now_ms, params};

use super::row::{self, Core, Key, Row, cut};
use super::vulnerability::{self, Placed};
use super::{graph, parts};
use crate::component::Internal;
use crate::package_version::{self, Identity};
use crate::project::{self, Project};
use crate::server::Result;
use crate::{attribution, license, policy, service};

#[derive(FromQueryResult)]
struct Present {
    id: i64,
    package_version_id: Option<i64>,
    name: String,
    group_name: Option<String>,
    version: Option<String>,
    purl: Option<String>,
    purl_coordinates: Option<String>,
    cpe: Option<String>,
    swid_tag_id: Option<String>,
    classifier: String,
    scope: Option<String>,
    licence_id: Option<String>,
    details: String,
    is_internal: bool,
    by_hand: bool,
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

    fn core(&self) -> Option<Core> {
        Some((
            self.purl_coordinates.clone()?,
            self.group_name.clone(),
            self.name.clone(),
            self.version.clone(),
        ))
    }

    fn differs(&self, row: &Row, version: Option<i64>, internal: bool) -> bool {
        self.details != row.details
            || self.classifier != row.classifier
            || self.scope != row.scope
            || self.licence_id != row.licence_id
            || self.package_version_id != version
            || self.is_internal != internal
            || self.key() != row.key()
    }
}

/// The components of a project that were there before, to be taken one by one.
struct Before {
    by_key: HashMap<Key, Present>,
    by_core: HashMap<Core, Key>,
    /// Those that another one with the same identity makes superfluous.
    gone: Vec<i64>,
}

impl Before {
    async fn load(tx: &Tx, project: i64) -> Result<Before> {
        let text = "SELECT id, package_version_id, name, group_name, version, purl, purl_coordinates, cpe, \
             swid_tag_id, classifier, scope, licence_id, details, is_internal, by_hand \
             FROM component WHERE project_id = ? ORDER BY id";
        let present: Vec<Present> = tx.rows(text, params![project]).await?;
        let mut out = Before { by_key: HashMap::new(), by_core: HashMap::new(), gone: Vec::new() };
        for component in present {
            // Of several with one identity the first one stays.
            let id = component.id;
            match out.by_key.entry(component.key()) {
                Entry::Occupied(_) => out.gone.push(id),
                Entry::Vacant(place) => {
                    place.insert(component);
                }
            }
        }
        Ok(out)
    }

    /// The component that is a row of the document.
    fn take(&mut self, row: &Row) -> Option<Present> {
        self.by_key.remove(&row.key())
    }

    /// As [`Before::take`], for rows that differ in the qualifiers of the package URL alone: it is the
    /// same component, and what people decided about it stays.
    fn take_alike(&mut self, row: &Row) -> Option<Present> {
        if self.by_core.is_empty() {
            let cores = self.by_key.iter().filter_map(|(key, one)| Some((one.core()?, key.clone())));
            self.by_core = cores.collect();
        }
        self.by_key.remove(&self.by_core.remove(&row.core()?)?)
    }

    /// What the document does not have. A person's components stay.
    fn rest(self) -> Vec<i64> {
        let rest = self.by_key.into_values().filter(|component| !component.by_hand);
        self.gone.into_iter().chain(rest.map(|component| component.id)).collect()
    }
}

/// Writes the document's components, services and graph; the package versions that are to be analysed.
pub(super) async fn write(tx: &Tx, mut project: Project, bom: &sbom::Bom) -> Result<Vec<i64>> {
    let inventory = bom.inventory();
    let licences = license::custom(tx).await?;
    let rows: Vec<Row> =
        inventory.components.iter().map(|flat| Row::new(flat.component, &licences)).collect();
    let mut before = Before::load(tx, project.id).await?;
    let identities: Vec<Identity> = rows.iter().map(|row| row.identity.clone()).collect();
    let versions = package_version::ensure(tx, &identities).await?;
    let version = |row: &Row| versions.get(&row.identity.key()).copied();
    let internal = Internal::load(tx).await?;

    let mut kept: Vec<Option<Present>> = rows.iter().map(|row| before.take(row)).collect();
    for (row, kept) in rows.iter().zip(&mut kept).filter(|(_, kept)| kept.is_none()) {
        *kept = before.take_alike(row);
    }
    let gone = before.rest();
    for chunk in gone.chunks(500) {
        let values = chunk.iter().map(|id| (*id).into()).collect();
        tx.execute(&format!("DELETE FROM component WHERE id IN ({})", marks(chunk.len())), values).await?;
    }
    let mut ids: Vec<i64> = vec![0; rows.len()];
    let mut fresh = Vec::new();
    for (at, (row, kept)) in rows.iter().zip(&kept).enumerate() {
        let is_internal = internal.matches(row.group.as_deref(), &row.name);
        let Some(kept) = kept else {
            fresh.push((at, is_internal));
            continue;
        };
        if let Some(id) = ids.get_mut(at) {
            *id = kept.id;
        }
        if kept.differs(row, version(row), is_internal) {
            update(tx, kept.id, row, version(row), is_internal).await?;
        }
    }
    insert(tx, project.id, &rows, &fresh, &versions, &mut ids).await?;
    parts::write(tx, project.id, &rows, &ids).await?;
    let services = service::ingest(tx, project.id, bom).await?;
    graph::write(tx, project.id, bom, &inventory, &ids, &services).await?;
    let placed: Vec<Placed> = rows
        .iter()
        .zip(&ids)
        .map(|(row, id)| Placed { version: version(row).unwrap_or_default(), id: *id })
        .collect();
    vulnerability::apply(tx, bom, &inventory, &placed).await?;
    apply(&mut project, bom);
    project::update(tx, &project).await?;
    policy::mark_changed(tx, project.id).await?;
    let mut due: Vec<i64> = versions.into_values().collect();
    due.sort_unstable();
    Ok(due)
}

async fn update(tx: &Tx, id: i64, row: &Row, version: Option<i64>, is_internal: bool) -> Result<()> {
    let changes = [
        ("package_version_id", version.into()),
        ("purl", row.purl.clone().into()),
        ("purl_coordinates", row.coordinates.clone().into()),
        ("cpe", row.cpe.clone().into()),
        ("swid_tag_id", row.swid_tag_id.clone().into()),
        ("classifier", row.classifier.clone().into()),
        ("scope", row.scope.clone().into()),
        ("licence_id", row.licence_id.clone().into()),
        ("details", row.details.clone().into()),
        ("is_internal", is_internal.into()),
    ];
    tx.update("component", id, &changes).await?;
    if let Some(version) = version {
        attribution::follow(tx, id, version).await?;
    }
    tx.execute("DELETE FROM component_hash WHERE component_id = ?", params![id]).await?;
    parts::insert_hashes(tx, std::iter::once((id, row))).await
}

/// Inserts the new components and notes their ids.
async fn insert(
    tx: &Tx,
    project: i64,
    rows: &[Row],
    fresh: &[(usize, bool)],
    versions: &HashMap<String, i64>,
    ids: &mut [i64],
) -> Result<()> {
    const COLUMNS: [&str; 16] = [
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
        "is_internal",
        "is_new",
    ];
    #[derive(FromQueryResult)]
    struct Made {
        id: i64,
        uuid: String,
    }
    let mut by_uuid: HashMap<String, usize> = HashMap::with_capacity(fresh.len());
    let mut values = Vec::with_capacity(fresh.len());
    for (at, is_internal) in fresh {
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
            *is_internal,
            true,
        ]);
        by_uuid.insert(uuid, *at);
    }
    tx.insert_many("component", &COLUMNS, values, "").await?;
    let made: Vec<Made> =
        tx.rows("SELECT id, uuid FROM component WHERE project_id = ? AND is_new", params![project]).await?;
    let mut of_fresh = Vec::with_capacity(made.len());
    for component in made {
        let Some(at) = by_uuid.get(&component.uuid) else { continue };
        if let (Some(id), Some(row)) = (ids.get_mut(*at), rows.get(*at)) {
            *id = component.id;
            of_fresh.push((component.id, row));
        }
    }
    parts::insert_hashes(tx, of_fresh.into_iter()).await
}

/// What the document says about the project itself. Name, version, group and description stay.
fn apply(project: &mut Project, bom: &sbom::Bom) {
    if let Some(component) = &bom.metadata.component {
        let short = |text: &Option<String>| text.as_deref().map(|text| cut(text, 255));
        project.authors = Some(row::contacts(&component.authors).to_string());
        project.publisher = short(&component.publisher);
        project.supplier = component.supplier.as_ref().map(|s| row::organization(s).to_string());
        project.manufacturer = bom.metadata.manufacturer.as_ref().map(|m| row::organization(m).to_string());
        if let Some(classifier) = component.classifier {
            project.classifier = Some(classifier.as_str().to_owned());
        }
        project.external_references = (!component.external_references.is_empty())
            .then(|| row::references(&component.external_references).to_string());
        project.cpe = short(&component.cpe);
        project.purl = component.purl.as_ref().map(|purl| purl.canonical.clone());
        project.swid_tag_id = short(&component.swid_tag_id);
    }
    let mut metadata = Map::new();
    if let Some(supplier) = &bom.metadata.supplier {
        metadata.insert("supplier".to_owned(), row::organization(supplier));
    }
    if !bom.metadata.authors.is_empty() {
        metadata.insert("authors".to_owned(), row::contacts(&bom.metadata.authors));
    }
    let tools: Json = bom.metadata.tools.iter().filter_map(row::tool).collect();
    if tools.as_array().is_some_and(|tools| !tools.is_empty()) {
        metadata.insert("tools".to_owned(), json!({ "components": tools }));
    }
    project.metadata = (!metadata.is_empty()).then(|| Json::Object(metadata).to_string());
    project.last_bom_import = Some(now_ms());
    project.last_bom_import_format = Some(bom.format.to_string());
}
