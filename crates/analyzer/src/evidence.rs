//! Why a component has a finding: every record and range that its version is in, worked out anew, and
//! what analyzers elsewhere, SBOMs and people said.

use axum::extract::{Path, State};
use axum::http::Method;
use identity::Permission;
use sea_orm::FromQueryResult;
use serde_json::{Map, Value, json};
use storage::{Sql, marks, params};

use crate::attribution::INTERNAL;
use crate::component;
use crate::package_version::{Candidates, Identity, matches_of};
use crate::server::{Access, AppState, Error, Result, Route, Scope, route};
use crate::{attribution, vulnerability};

pub(crate) const SCHEMAS: &[crate::openapi::Schema] = &[crate::openapi::Schema {
    name: "Evidence",
    members: "
        analyzerIdentity: string
        source!: string
        vulnId!: string
        origin: string
        package: string
        range: string
        versionOrder: string
        fixedVersion: string
        alternateIdentifier: string
        referenceUrl: string
        attributedOn: millis",
}];

pub(crate) fn routes() -> Vec<Route> {
    let view = Access::Any(&[Permission::ViewVulnerability]);
    vec![
        route(Method::GET, "/v1/vulnerability/{uuid}/component/{component}", view, show)
            .says("Tells why a component is affected by a vulnerability.")
            .gives(200, "[Evidence]"),
    ]
}

#[derive(FromQueryResult)]
struct Stored {
    identity: String,
    cpe: Option<String>,
}

#[derive(FromQueryResult)]
struct Record {
    id: i64,
    origin: String,
    source: String,
    vuln_id: String,
}

#[derive(FromQueryResult)]
struct Said {
    analyzer: String,
    reason: String,
    fixed_version: Option<String>,
    alternate_id: Option<String>,
    reference_url: Option<String>,
    attributed_on: i64,
    source: String,
    vuln_id: String,
}

/// `[{analyzerIdentity, source, vulnId, origin, package, range, versionOrder, fixedVersion}]`, of all
/// records of the flaw.
async fn show(
    State(state): State<AppState>,
    scope: Scope,
    Path((uuid, component)): Path<(String, String)>,
) -> Result<axum::Json<Value>> {
    let db = &state.db;
    let found = vulnerability::by_uuid(db, &uuid).await?;
    let found = found.ok_or_else(|| Error::not_found("The vulnerability could not be found."))?;
    let component = component::by_uuid(db, &component).await?;
    let component = component.ok_or_else(|| Error::not_found("The component could not be found."))?;
    scope.check_as(db, component.project_id, "component").await?;
    let text = "SELECT v.identity, v.cpe FROM package_version v JOIN component c ON c.package_version_id = v.id \
         WHERE c.id = ?";
    let stored: Option<Stored> = db.row(text, params![component.id]).await?;
    let Some(stored) = stored else { return Ok(axum::Json(json!([]))) };
    let subject = Identity::stored(&stored.identity, stored.cpe).subject();
    let mut candidates = Candidates::default();
    candidates.load(db, subject.names()).await?;
    let evidence = matches_of(&subject, &candidates, None);
    let text = format!(
        "SELECT a.id, a.origin, v.source, v.vuln_id FROM advisory a JOIN vulnerability v ON v.id = a.vulnerability_id \
         WHERE v.alias_group = (SELECT g.alias_group FROM vulnerability g WHERE g.id = ?) AND a.id IN ({})",
        marks(evidence.len())
    );
    let ids = evidence.iter().map(|one| one.advisory.into()).collect();
    let records: Vec<Record> = db.rows(&text, [params![found.id], ids].concat()).await?;
    let mut out: Vec<Value> = Vec::new();
    for one in &evidence {
        let Some(record) = records.iter().find(|record| record.id == one.advisory) else { continue };
        let entry = entry(&[
            ("analyzerIdentity", attribution::names(INTERNAL).first().copied()),
            ("source", Some(&record.source)),
            ("vulnId", Some(&record.vuln_id)),
            ("origin", Some(&record.origin)),
            ("package", Some(&one.package)),
            ("range", Some(&one.found.reason)),
            ("versionOrder", one.found.order),
            ("fixedVersion", one.found.fixed.as_deref()),
        ]);
        if !out.contains(&entry) {
            out.push(entry);
        }
    }
    let said: Vec<Said> = db
        .rows(
            "SELECT t.analyzer, t.reason, t.fixed_version, t.alternate_id, t.reference_url, t.attributed_on, v.source, \
             v.vuln_id FROM attribution t JOIN vulnerability v ON v.id = t.vulnerability_id \
             JOIN component c ON c.package_version_id = t.package_version_id \
             WHERE c.id = ? AND (t.component_id IS NULL OR t.component_id = c.id) \
             AND v.alias_group = (SELECT g.alias_group FROM vulnerability g WHERE g.id = ?) ORDER BY t.id",
            params![component.id, found.id],
        )
        .await?;
    for one in said {
        let mut entry = entry(&[
            ("analyzerIdentity", Some(&one.analyzer)),
            ("source", Some(&one.source)),
            ("vulnId", Some(&one.vuln_id)),
            ("range", Some(&one.reason)),
            ("fixedVersion", one.fixed_version.as_deref()),
            ("alternateIdentifier", one.alternate_id.as_deref()),
            ("referenceUrl", one.reference_url.as_deref()),
        ]);
        if let Some(object) = entry.as_object_mut() {
            object.insert("attributedOn".to_owned(), json!(one.attributed_on));
        }
        out.push(entry);
    }
    Ok(axum::Json(out.into()))
}

fn entry(members: &[(&str, Option<&str>)]) -> Value {
    let members = members.iter().filter_map(|(name, text)| Some(((*name).to_owned(), json!((*text)?))));
    Value::Object(members.collect::<Map<_, _>>())
}
