//! Kenna Security: one file for the portfolio, in its format KDI (Kenna Data Importer).

use std::collections::BTreeMap;

use reqwest::Client;
use reqwest::multipart::Form;
use serde_json::{Map, Value, json};
use storage::{Db, Sql};

use super::job::{Failed, address, part, send};
use super::{Integration, Settings, of_projects};
use crate::{finding, project};

const SCANNER: &str = "Dependency-Track";

pub(super) async fn upload<S: Sql>(
    db: &Db,
    settings: &Settings<'_, S>,
    client: &Client,
) -> Result<(), Failed> {
    let base = settings.text("api.url").await?;
    let token = settings.secret("token").await?.ok_or_else(|| Failed("the token is not set".to_owned()))?;
    let connector = settings.text("connector.id").await?;
    let connector = connector.ok_or_else(|| Failed("the connector is not set".to_owned()))?;
    if !connector.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
        return Err(Failed("the connector is no identifier".to_owned()));
    }
    let file = file(db).await?;
    let form = Form::new().part("file", part("findings.json".to_owned(), &file)?).text("run", "true");
    let request = client
        .post(address(base, &format!("/connectors/{connector}/data_file"))?)
        .header("X-Risk-Token", token)
        .multipart(form);
    send(request, "the findings were not taken").await?;
    Ok(())
}

/// The projects that take part as assets with their findings, and what the findings are about.
async fn file(db: &Db) -> Result<Value, Failed> {
    let mut takes_part: Vec<(i64, String)> = of_projects(db, Integration::Kenna, None)
        .await?
        .into_iter()
        .filter_map(|(id, mut properties)| Some((id, properties.remove(Integration::Kenna.key())?)))
        .collect();
    takes_part.sort();
    let mut assets = Vec::with_capacity(takes_part.len());
    let mut definitions: BTreeMap<String, Value> = BTreeMap::new();
    for (id, external_id) in takes_part {
        let Some(project) = project::by_ids(db, &[id]).await?.pop() else { continue };
        let findings = finding::fpf::fpf(db, &project).await?;
        let mut vulnerabilities: BTreeMap<String, Value> = BTreeMap::new();
        for one in findings.get("findings").and_then(Value::as_array).into_iter().flatten() {
            let Some(vulnerability) = one.get("vulnerability") else { continue };
            let text = |name: &str| vulnerability.get(name).and_then(Value::as_str).unwrap_or_default();
            let identifier = format!("{}-{}", text("source"), text("vulnId"));
            let since = one.pointer("/attribution/attributedOn").and_then(Value::as_str).unwrap_or_default();
            let since = format!("{}Z", since.replace(' ', "T"));
            // The same flaw in several components of an asset is one there.
            vulnerabilities.entry(identifier.clone()).or_insert_with(|| {
                json!({
                    "scanner_type": SCANNER,
                    "scanner_identifier": identifier,
                    "scanner_score": score(text("severity")),
                    "created_at": since,
                    "last_seen_at": now(),
                    "status": "open",
                })
            });
            definitions.entry(identifier.clone()).or_insert_with(|| definition(&identifier, vulnerability));
        }
        assets.push(json!({
            "application": project.title(),
            "external_id": external_id,
            "vulns": vulnerabilities.into_values().collect::<Vec<_>>(),
        }));
    }
    Ok(json!({
        "skip_autoclose": false,
        "assets": assets,
        "vuln_defs": definitions.into_values().collect::<Vec<_>>(),
    }))
}

fn now() -> String {
    chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The severity on a scale of 0 to 10.
fn score(severity: &str) -> u8 {
    match severity {
        "CRITICAL" => 10,
        "HIGH" => 8,
        "MEDIUM" => 5,
        "LOW" => 3,
        _ => 0,
    }
}

fn definition(identifier: &str, vulnerability: &Value) -> Value {
    let text = |name: &str| vulnerability.get(name).and_then(Value::as_str);
    let mut out = Map::new();
    let is_cve = text("vulnId").filter(|id| id.starts_with("CVE-"));
    let cwe = vulnerability.get("cweId").map(|id| format!("CWE-{id}"));
    let members = [
        ("scanner_type", Some(SCANNER)),
        ("scanner_identifier", Some(identifier)),
        ("cve_identifiers", is_cve),
        ("cwe_identifiers", cwe.as_deref()),
        ("name", text("title").or(text("vulnId"))),
        ("description", text("description")),
        ("solution", text("recommendation")),
    ];
    for (name, value) in members {
        if let Some(value) = value {
            out.insert(name.to_owned(), json!(value));
        }
    }
    out.into()
}
