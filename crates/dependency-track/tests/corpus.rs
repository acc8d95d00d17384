//! Every recorded answer of the areas this client reads, from real servers of both generations.
//! Needs the environment variable `CORPUS`, a folder that holds `contract/`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dependency_track::webhook::{self, Group};
use dependency_track::{
    Analysis, BomReceipt, Component, Error, Finding, List, Permission, Project, Publisher, Rule,
    Vulnerability,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use server::{Say, Server};
use uuid::Uuid;

fn contract() -> Option<PathBuf> {
    match std::env::var_os("CORPUS") {
        Some(corpus) => Some(Path::new(&corpus).join("contract")),
        None => {
            eprintln!("skipped: CORPUS is not set");
            None
        }
    }
}

/// Puts values where the recording has placeholders.
fn fill(value: &mut Value) {
    match value {
        Value::String(text) => {
            if text == "<millis>" {
                *value = Value::from(1_700_000_000_000i64);
            } else if text.contains('<') {
                *text = text.replace("<timestamp>", "2026-11-23T23:42:51.391Z").replace("<run>", "q1");
                while let Some(start) = text.find("<uuid:") {
                    let end = start + text[start..].find('>').expect("closed");
                    let number: u64 = text[start + 6..end].parse().unwrap();
                    text.replace_range(start..=end, &format!("00000000-0000-4000-8000-{number:012x}"));
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(fill),
        Value::Object(all) => all.values_mut().for_each(fill),
        _ => {}
    }
}

struct Recorded {
    path: String,
    method: String,
    status: u16,
    total: Option<u64>,
    body: Value,
}

/// The recorded exchanges of a server, by id.
fn recorded(folder: &Path) -> BTreeMap<String, Recorded> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "json") {
            continue;
        }
        let mut file: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        if file.get("response").is_none() {
            continue;
        }
        fill(&mut file);
        let text =
            |pointer: &str| file.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        all.insert(
            text("/id"),
            Recorded {
                path: text("/request/path").split('?').next().unwrap().to_owned(),
                method: text("/request/method"),
                status: file["response"]["status"].as_u64().unwrap() as u16,
                total: file.pointer("/response/headers/x-total-count").and_then(|t| t.as_str()?.parse().ok()),
                body: file["response"]["body"].clone(),
            },
        );
    }
    assert!(all.len() > 300, "{}: only {} recordings", folder.display(), all.len());
    all
}

fn reads<T: DeserializeOwned>(id: &str, body: &Value) -> T {
    serde_json::from_value(body.clone()).unwrap_or_else(|e| panic!("{id}: {e}\n{body:#}"))
}

/// One thing, or a list of it.
fn rows<T: DeserializeOwned>(id: &str, body: &Value) -> usize {
    match body {
        Value::Array(_) => reads::<Vec<T>>(id, body).len(),
        _ => {
            reads::<T>(id, body);
            1
        }
    }
}

#[test]
fn every_recorded_answer_is_read() {
    let Some(contract) = contract() else { return };
    for version in ["dt-4.14", "dt-5.0"] {
        let mut read: BTreeMap<&str, usize> = BTreeMap::new();
        for (id, it) in recorded(&contract.join(version)) {
            if !(200..300).contains(&it.status) || it.body.is_null() || !it.path.starts_with("/api/v1/") {
                continue;
            }
            let parts: Vec<&str> = it.path.trim_start_matches("/api/v1/").split('/').collect();
            let (kind, count) = match (it.method.as_str(), parts.as_slice()) {
                ("GET" | "PUT" | "POST" | "PATCH", ["project"] | ["project", _])
                | (
                    "GET",
                    ["project", "latest" | "tag" | "classifier", _]
                    | ["project", _, "children"]
                    | ["project", "withoutDescendantsOf", _],
                ) => ("project", rows::<Project>(&id, &it.body)),
                ("GET", ["finding", "project", _] | ["finding"]) => {
                    ("finding", rows::<Finding>(&id, &it.body))
                }
                ("GET" | "PUT", ["analysis"]) => ("analysis", rows::<Analysis>(&id, &it.body)),
                ("GET", ["component", "project", _] | ["component", _]) => {
                    ("component", rows::<Component>(&id, &it.body))
                }
                (
                    "GET",
                    ["vulnerability", "source", _, "vuln", _]
                    | ["vulnerability", "project" | "component", _]
                    | ["vulnerability"],
                )
                | ("PUT" | "POST", ["vulnerability"]) => {
                    ("vulnerability", rows::<Vulnerability>(&id, &it.body))
                }
                ("GET", ["vulnerability", id_]) if Uuid::parse_str(id_).is_ok() => {
                    ("vulnerability", rows::<Vulnerability>(&id, &it.body))
                }
                ("GET", ["notification", "publisher"]) => ("publisher", rows::<Publisher>(&id, &it.body)),
                ("GET" | "PUT" | "POST", ["notification", "rule"]) => ("rule", rows::<Rule>(&id, &it.body)),
                ("PUT" | "POST", ["bom"]) => ("bom", rows::<BomReceipt>(&id, &it.body)),
                _ => continue,
            };
            *read.entry(kind).or_default() += count;
            if let (Some(total), Value::Array(rows)) = (it.total, &it.body) {
                assert!(total >= rows.len() as u64, "{id}");
            }
        }
        println!("{version}: {read:?}");
        for kind in
            ["project", "finding", "analysis", "component", "vulnerability", "publisher", "rule", "bom"]
        {
            assert!(read.get(kind).is_some_and(|n| *n > 0), "{version}: no {kind} was recorded");
        }
    }
}

#[test]
fn recorded_findings_say_what_they_should() {
    let Some(contract) = contract() else { return };
    for version in ["dt-4.14", "dt-5.0"] {
        let all = recorded(&contract.join(version));
        let it = &all["finding.project"];
        let findings: Vec<Finding> = reads("finding.project", &it.body);
        assert_eq!(Some(findings.len() as u64), it.total, "{version}: the recording is the whole list");
        for finding in &findings {
            assert!(finding.component.purl.is_some() && finding.vulnerability.severity.is_some());
            assert!(finding.vulnerability.published.is_some_and(|t| t > 1_000_000_000_000));
            assert!(finding.matrix.contains(&finding.vulnerability.uuid.to_string()));
        }
        let known =
            findings.iter().find(|f| f.vulnerability.vuln_id == "PYSEC-2018-28").expect("a known one");
        let ids = known.vulnerability.ids();
        assert!(ids.contains("CVE-2018-18074") && ids.contains("GHSA-x84v-xcm2-53pg"), "{version}: {ids:?}");
        assert!(!known.vulnerability.links().is_empty());

        let analysis: Analysis = reads("analysis.get", &all["analysis.get"].body);
        assert!(analysis.suppressed && analysis.comments.len() > 20 && analysis.changed_at().is_some());
        let with: Vec<Finding> =
            reads("analysis.findings_with_suppressed", &all["analysis.findings_with_suppressed"].body);
        assert!(with.iter().any(|f| f.analysis.suppressed), "{version}");
        let record: Vulnerability = reads("vulnerability.get_by_id", &all["vulnerability.get_by_id"].body);
        assert_eq!(record.affected_components[0].version_end_excluding.as_deref(), Some("2.20.0"));
    }
}

/// Replays a recorded server: the answer recorded under an id, for the request the client makes.
async fn replay(folder: PathBuf, ids: &'static [&'static str]) -> Server {
    let mut all = recorded(&folder);
    let answers: BTreeMap<(String, String), Say> = ids
        .iter()
        .map(|id| {
            let it = all.remove(*id).unwrap_or_else(|| panic!("{id} is not recorded"));
            let body = match &it.body {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                body => body.to_string(),
            };
            let say = server::json(it.status, body);
            let say = match it.total {
                Some(total) => say.total(total as usize),
                None => say,
            };
            ((it.method, it.path), say)
        })
        .collect();
    Server::start(move |seen, _| {
        let key = (seen.method.clone(), seen.path.clone());
        answers.get(&key).unwrap_or_else(|| panic!("not recorded: {key:?}")).clone()
    })
    .await
}

#[tokio::test]
async fn the_client_talks_to_the_recorded_servers() {
    let Some(contract) = contract() else { return };
    for version in ["dt-4.14", "dt-5.0"] {
        let folder = contract.join(version);
        let uuid_in = |id: &str| {
            let path = recorded(&folder)[id].path.clone();
            Uuid::parse_str(path.rsplit('/').next().unwrap()).unwrap()
        };
        let ids = &[
            "version.get",
            "team.self",
            "finding.project",
            "project.get",
            "component.list",
            "event.token",
            "analysis.get",
            "project.lookup",
        ];
        let client = replay(folder.clone(), ids).await.client();
        let check = client.check().await.unwrap();
        assert_eq!(check.version.major(), if version == "dt-4.14" { 4 } else { 5 });
        assert!(check.granted().iter().all(|(_, yes)| *yes), "{version}: an administrator may everything");
        assert!(check.has(Permission::BomUpload));
        let project = uuid_in("finding.project");
        let findings = client.findings(project, |_, _| {}).await.unwrap();
        assert!(findings.len() > 50);
        assert!(client.project(project).await.unwrap().name.starts_with("shop"));
        assert_eq!(client.component_count(project).await.unwrap(), 7);
        assert!(!client.token_processing(&uuid_in("event.token").to_string()).await.unwrap());
        assert!(client.analysis(project, Uuid::nil(), Uuid::nil()).await.unwrap().is_some());
        assert!(client.project_lookup("shop", None).await.unwrap().is_some());

        let unknown = uuid_in("finding.project_unknown");
        let ids = &[
            "analysis.get_none",
            "finding.project_unknown",
            "project.get_unknown",
            "component.list_unknown",
            "project.lookup_unknown",
            "project.latest_none",
            "vulnerability.get_unknown",
            "bom.post_invalid",
        ];
        let client = replay(folder.clone(), ids).await.client();
        assert_eq!(client.analysis(project, Uuid::nil(), Uuid::nil()).await.unwrap(), None);
        let gone = Error::ProjectGone { project: unknown.to_string() };
        assert_eq!(client.findings(unknown, |_, _| {}).await.unwrap_err(), gone);
        assert_eq!(client.project(unknown).await.unwrap_err(), gone);
        assert_eq!(client.component_count(unknown).await.unwrap_err(), gone);
        assert_eq!(client.project_lookup("x", None).await.unwrap(), None);
        assert_eq!(client.project_latest("mini-q1").await.unwrap(), None);
        assert_eq!(client.vulnerability("NVD", "CVE-1999-99999").await.unwrap(), None);
    }
}

#[test]
fn every_recorded_notification_is_read() {
    let Some(contract) = contract() else { return };
    for version in ["dt-4.14", "dt-5.0"] {
        let folder = contract.join(version).join("webhooks/raw");
        let mut groups: BTreeMap<Group, usize> = BTreeMap::new();
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_str().unwrap().to_owned();
            let read = webhook::parse(&std::fs::read(&path).unwrap())
                .unwrap_or_else(|e| panic!("{version} {file}: {e}"));
            let name = file.trim_start_matches("test.").split('.').next().unwrap();
            assert_eq!(read.group.as_str(), name, "{version} {file}");
            assert_eq!(read.level.split('_').count(), 1, "{version} {file}: {}", read.level);
            assert!(
                matches!(read.scope.as_str(), "PORTFOLIO" | "SYSTEM"),
                "{version} {file}: {}",
                read.scope
            );
            assert!(!read.title.is_empty(), "{version} {file}");
            assert_eq!(
                (read.timestamp.is_some(), read.local_time.is_some()),
                if version == "dt-4.14" { (false, true) } else { (true, false) },
                "{version} {file}"
            );
            if read.group.changes_findings() && read.group != Group::VulnerabilityRetracted {
                assert!(!read.projects.is_empty(), "{version} {file}: whose?");
            }
            *groups.entry(read.group).or_default() += 1;
        }
        println!("{version}: {groups:?}");
        for group in [
            Group::NewVulnerability,
            Group::NewVulnerableDependency,
            Group::ProjectAuditChange,
            Group::BomProcessed,
            Group::VexProcessed,
        ] {
            assert!(groups.contains_key(&group), "{version}: no {group} was recorded");
        }
    }
}

#[tokio::test]
async fn every_recorded_list_comes_as_it_is() {
    let Some(contract) = contract() else { return };
    for version in ["dt-4.14", "dt-5.0"] {
        let mut read: BTreeMap<String, usize> = BTreeMap::new();
        for (id, it) in recorded(&contract.join(version)) {
            let parts: Vec<&str> = it.path.trim_start_matches("/api/v1/").split('/').collect();
            let uuid = parts.iter().find_map(|part| Uuid::parse_str(part).ok()).unwrap_or_default();
            let list = match parts.as_slice() {
                ["project"] => List::Projects,
                ["project", _, "property"] => List::ProjectProperties(uuid),
                ["component", "project", _] => List::Components(uuid),
                ["service", "project", _] => List::Services(uuid),
                ["violation", "project", _] => List::Violations(uuid),
                ["vulnerability"] => List::Vulnerabilities,
                ["tag"] => List::Tags,
                ["license"] => List::Licenses,
                ["licenseGroup"] => List::LicenseGroups,
                ["policy"] => List::Policies,
                ["notification", "publisher"] => List::Publishers,
                ["notification", "rule"] => List::Rules,
                ["team"] => List::Teams,
                ["acl", "team", _] => List::TeamProjects(uuid),
                ["user", "managed"] => List::ManagedUsers,
                ["user", "ldap"] => List::LdapUsers,
                ["user", "oidc"] => List::OidcUsers,
                ["oidc", "group"] => List::OidcGroups,
                ["configProperty"] => List::ConfigProperties,
                ["repository"] => List::Repositories,
                _ => continue,
            };
            if it.method != "GET" || it.status != 200 || !it.body.is_array() {
                continue;
            }
            let (path, body, total) = (it.path.clone(), it.body.clone(), it.total);
            let server = Server::start(move |seen, _| {
                assert_eq!(seen.path, path);
                let say = server::json(200, &body);
                total.map_or(say.clone(), |total| say.total(usize::try_from(total).unwrap()))
            })
            .await;
            let page = server.client().list(list, 1, 100).await.unwrap_or_else(|e| panic!("{id}: {e}"));
            assert_eq!(Value::Array(page.items), it.body, "{id}");
            *read
                .entry(
                    parts
                        .iter()
                        .filter(|part| Uuid::parse_str(part).is_err())
                        .copied()
                        .collect::<Vec<_>>()
                        .join("/"),
                )
                .or_default() += 1;
        }
        assert!(read.len() >= 11, "{version}: {read:?}");
    }
}
