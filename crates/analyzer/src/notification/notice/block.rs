//! The building blocks of subjects.

use std::collections::HashMap;

use advisories::owasp;
use serde_json::{Map, Value, json};
use storage::Sql;

use crate::component::Component;
use crate::project::{self, Project};
use crate::server::Result;
use crate::vulnerability::{self, Vulnerability};

fn members(list: &[(&str, Option<&str>)]) -> Map<String, Value> {
    list.iter().filter_map(|(name, value)| Some(((*name).to_owned(), json!((*value)?)))).collect()
}

fn with_tags(project: &Project, tags: &[String]) -> Value {
    let mut out = members(&[
        ("uuid", Some(&project.uuid)),
        ("group", project.group_name.as_deref()),
        ("name", Some(&project.name)),
        ("version", project.version.as_deref()),
        ("description", project.description.as_deref()),
        ("purl", project.purl.as_deref()),
    ]);
    out.insert("tags".to_owned(), json!(tags));
    out.insert("isActive".to_owned(), json!(project.active));
    out.into()
}

/// A project with its tags.
pub(in crate::notification) async fn project(sql: &impl Sql, one: &Project) -> Result<Value> {
    let tags = project::tags(sql, &[one.id]).await?.remove(&one.id).unwrap_or_default();
    Ok(with_tags(one, &tags))
}

/// Projects with their tags, by id.
pub(in crate::notification) async fn projects(
    sql: &impl Sql,
    ids: &[i64],
) -> Result<HashMap<i64, (Project, Value)>> {
    let mut out = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let tags = project::tags(sql, chunk).await?;
        for project in project::by_ids(sql, chunk).await? {
            let json = with_tags(&project, tags.get(&project.id).map(Vec::as_slice).unwrap_or_default());
            out.insert(project.id, (project, json));
        }
    }
    Ok(out)
}

/// A component.
pub(in crate::notification) fn component(component: &Component) -> Value {
    let details: Map<String, Value> = serde_json::from_str(&component.details).unwrap_or_default();
    let mut out = members(&[
        ("uuid", Some(&component.uuid)),
        ("group", component.group_name.as_deref()),
        ("name", Some(&component.name)),
        ("version", component.version.as_deref()),
        ("purl", component.purl.as_deref()),
    ]);
    for name in ["md5", "sha1", "sha256", "sha512"] {
        if let Some(value) = details.get(name) {
            out.insert(name.to_owned(), value.clone());
        }
    }
    out.into()
}

/// A vulnerability, with the ids that sources other than its own have for it.
pub(in crate::notification) fn vulnerability(vulnerability: &Vulnerability) -> Value {
    let aliases: Vec<String> = serde_json::from_str(&vulnerability.aliases).unwrap_or_default();
    let aliases: Vec<Value> = aliases
        .iter()
        .map(|id| (vulnerability::source_of(id), id))
        .filter(|(source, id)| *source != vulnerability.source && **id != vulnerability.vuln_id)
        .map(|(source, id)| json!({ "source": source, "vulnId": id }))
        .collect();
    let mut out = members(&[
        ("uuid", Some(&vulnerability.uuid)),
        ("vulnId", Some(&vulnerability.vuln_id)),
        ("source", Some(&vulnerability.source)),
        ("title", vulnerability.title.as_deref()),
        ("subtitle", vulnerability.sub_title.as_deref()),
        ("description", vulnerability.description.as_deref()),
        ("recommendation", vulnerability.recommendation.as_deref()),
        ("severity", Some(&vulnerability.severity)),
        ("cvssV2Vector", vulnerability.cvss_v2_vector.as_deref()),
        ("cvssV3Vector", vulnerability.cvss_v3_vector.as_deref()),
        ("cvssV4Vector", vulnerability.cvss_v4_vector.as_deref()),
        ("owaspRRVector", vulnerability.owasp_vector.as_deref()),
    ]);
    out.insert("aliases".to_owned(), aliases.into());
    let rating = vulnerability.owasp_vector.as_deref().and_then(|text| owasp::Rating::parse(text).ok());
    let scores = [
        ("cvssv2", vulnerability.cvss_v2_score),
        ("cvssv3", vulnerability.cvss_v3_score),
        ("cvssv4", vulnerability.cvss_v4_score),
        ("owaspRRLikelihood", rating.as_ref().map(|rating| rating.likelihood)),
        ("owaspRRTechnicalImpact", rating.as_ref().map(|rating| rating.technical_impact)),
        ("owaspRRBusinessImpact", rating.as_ref().map(|rating| rating.business_impact)),
    ];
    for (name, score) in scores {
        if let Some(score) = score {
            out.insert(name.to_owned(), json!(score));
        }
    }
    let cwes = vulnerability.cwes_json();
    if let Some(first) = cwes.first() {
        out.insert("cwe".to_owned(), first.clone());
    }
    out.insert("cwes".to_owned(), cwes.into());
    out.into()
}
