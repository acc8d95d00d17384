//! What the stand-in knows, in the shapes in which it is answered.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use uuid::Uuid;

use super::Fault;

/// Which server is stood in for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// 4.14
    Four,
    /// 5.0
    Five,
}

/// A flaw of a component.
#[derive(Clone, Debug)]
pub struct Flaw {
    /// For instance `CVE-2026-1`.
    pub id: String,
    /// `NVD`, `OSV`, `GITHUB`.
    pub source: String,
    /// CVSS 3.1 vector with its base score, or none.
    pub cvss: Option<(String, f64)>,
    /// Other ids of the same flaw.
    pub aliases: Vec<String>,
}

/// An entry of an audit trail.
#[derive(Clone, Debug)]
pub struct Comment {
    /// Epoch milliseconds.
    pub at: i64,
    /// The text.
    pub text: String,
    /// Who.
    pub who: String,
}

/// What was decided about a finding.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// `NOT_SET`, `EXPLOITABLE` …
    pub state: String,
    /// As the API names it.
    pub justification: String,
    /// As the API names it.
    pub response: String,
    /// Free text.
    pub details: Option<String>,
    /// Suppressed or not.
    pub suppressed: bool,
    /// The audit trail.
    pub comments: Vec<Comment>,
}

impl Default for Analysis {
    fn default() -> Analysis {
        let none = || "NOT_SET".to_owned();
        Analysis {
            state: none(),
            justification: none(),
            response: none(),
            details: None,
            suppressed: false,
            comments: Vec::new(),
        }
    }
}

/// A finding by project, component and vulnerability.
pub(super) type Place = (Uuid, Uuid, Uuid);

/// Everything the stand-in knows.
pub struct State {
    pub(super) generation: Generation,
    /// How it misbehaves.
    pub fault: Fault,
    /// The permissions of the key, by the names of version 4.
    pub permissions: Vec<String>,
    pub(super) projects: Vec<Value>,
    pub(super) components: HashMap<Uuid, Vec<Value>>,
    pub(super) findings: HashMap<Uuid, Vec<Value>>,
    pub(super) analyses: HashMap<Place, Analysis>,
    pub(super) rules: Vec<Value>,
    /// How many calls came, by `METHOD first/second` part of the path.
    pub calls: HashMap<String, u64>,
    flaws: HashMap<String, Uuid>,
}

/// Now, epoch milliseconds.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl State {
    pub(super) fn new(generation: Generation) -> State {
        let permissions =
            ["VIEW_PORTFOLIO", "VIEW_VULNERABILITY", "VULNERABILITY_ANALYSIS", "SYSTEM_CONFIGURATION"];
        State {
            generation,
            fault: Fault::None,
            permissions: permissions.map(str::to_owned).to_vec(),
            projects: Vec::new(),
            components: HashMap::new(),
            findings: HashMap::new(),
            analyses: HashMap::new(),
            rules: Vec::new(),
            calls: HashMap::new(),
            flaws: HashMap::new(),
        }
    }

    /// Adds a project without components.
    pub fn add_project(&mut self, name: &str, version: &str, latest: bool) -> Uuid {
        let uuid = Uuid::new_v4();
        if latest {
            for other in self.projects.iter_mut().filter(|project| project["name"] == name) {
                other["isLatest"] = json!(false);
            }
        }
        let mut project = json!({
            "uuid": uuid, "name": name, "version": version, "classifier": "APPLICATION", "active": true,
            "isLatest": latest, "tags": [], "lastBomImport": now(), "lastBomImportFormat": "CycloneDX 1.5",
        });
        if self.generation == Generation::Four {
            project["collectionLogic"] = json!("NONE");
            project["properties"] = json!([]);
        }
        self.projects.push(project);
        self.set_components(uuid, &[]);
        uuid
    }

    /// Changes fields of a project.
    pub fn change_project(&mut self, project: Uuid, fields: &Value) {
        for (key, value) in fields.as_object().into_iter().flatten() {
            if let Some(known) = self.projects.iter_mut().find(|p| p["uuid"] == json!(project)) {
                known[key] = value.clone();
            }
        }
    }

    /// Forgets a project.
    pub fn remove_project(&mut self, project: Uuid) {
        self.projects.retain(|known| known["uuid"] != json!(project));
    }

    /// Reads in an SBOM: npm packages at a version, and the flaws of each. A component that was there
    /// keeps its uuid and its analyses; one that comes back is a new one, as in the real server.
    pub fn set_components(&mut self, project: Uuid, components: &[(&str, &str, Vec<Flaw>)]) {
        let known = self.components.remove(&project).unwrap_or_default();
        let (mut rows, mut findings) = (Vec::new(), Vec::new());
        for (name, version, flaws) in components {
            let purl = format!("pkg:npm/{name}@{version}");
            let present = known.iter().find(|component| component["purl"] == json!(purl));
            let uuid = present.map_or_else(|| json!(Uuid::new_v4()), |component| component["uuid"].clone());
            let row = json!({
                "uuid": uuid, "name": name, "version": version, "purl": purl, "classifier": "LIBRARY",
                "license": "MIT", "isInternal": false,
            });
            for flaw in flaws {
                findings.push(self.finding(project, &row, flaw));
            }
            rows.push(row);
        }
        let gone = |component: Uuid| !rows.iter().any(|row| row["uuid"] == json!(component));
        self.analyses.retain(|(own, component, _), _| *own != project || !gone(*component));
        self.components.insert(project, rows);
        self.findings.insert(project, findings);
        self.change_project(project, &json!({ "lastBomImport": now() }));
    }

    fn finding(&mut self, project: Uuid, component: &Value, flaw: &Flaw) -> Value {
        let uuid = *self.flaws.entry(flaw.id.clone()).or_insert_with(Uuid::new_v4);
        let aliases: Vec<Value> = flaw
            .aliases
            .iter()
            .chain([&flaw.id])
            .map(|id| match id.split('-').next() {
                Some("CVE") => json!({ "cveId": id }),
                Some("GHSA") => json!({ "ghsaId": id }),
                _ => json!({ "osvId": id }),
            })
            .collect();
        let joined = aliases.iter().flat_map(|alias| alias.as_object().into_iter().flatten());
        let joined: serde_json::Map<String, Value> = joined.map(|(k, v)| (k.clone(), v.clone())).collect();
        let severity = match flaw.cvss.as_ref().map(|(_, score)| *score) {
            Some(score) if score >= 9.0 => "CRITICAL",
            Some(score) if score >= 7.0 => "HIGH",
            Some(score) if score >= 4.0 => "MEDIUM",
            Some(_) => "LOW",
            None => "UNASSIGNED",
        };
        let mut vulnerability = json!({
            "uuid": uuid, "source": flaw.source, "vulnId": flaw.id, "title": format!("A flaw in {}", component["name"].as_str().unwrap_or_default()),
            "description": "Something goes wrong.", "severity": severity,
            "aliases": if flaw.aliases.is_empty() { json!([]) } else { json!([joined]) },
        });
        if let Some((vector, score)) = &flaw.cvss {
            vulnerability["cvssV3Vector"] = json!(vector);
            vulnerability["cvssV3BaseScore"] = json!(score);
        }
        let id = component["uuid"].as_str().unwrap_or_default();
        let mut about = json!({
            "uuid": component["uuid"], "name": component["name"], "version": component["version"],
            "purl": component["purl"], "project": project,
        });
        let five = self.generation == Generation::Five;
        if five {
            about["hasOccurrences"] = json!(false);
        }
        json!({
            "component": about, "vulnerability": vulnerability,
            "attribution": { "analyzerIdentity": if five { "internal" } else { "INTERNAL_ANALYZER" }, "attributedOn": now() },
            "matrix": format!("{project}:{id}:{uuid}"),
        })
    }

    /// The findings of a project as they are listed.
    pub fn listed(&self, project: Uuid, suppressed: bool) -> Vec<Value> {
        let rows = self.findings.get(&project).map(Vec::as_slice).unwrap_or_default();
        let rows = rows.iter().map(|row| {
            let mut row = row.clone();
            let analysis = self.analyses.get(&place(&row, project));
            row["analysis"] = json!({ "isSuppressed": analysis.is_some_and(|known| known.suppressed) });
            if let Some(analysis) = analysis {
                row["analysis"]["state"] = json!(analysis.state);
            }
            row
        });
        rows.filter(|row| suppressed || row["analysis"]["isSuppressed"] == json!(false)).collect()
    }

    /// Somebody decides about the finding of this component name and vulnerability; whether there is one.
    pub fn decide(
        &mut self,
        project: Uuid,
        component: &str,
        flaw: &str,
        state: &str,
        suppressed: bool,
        who: &str,
    ) -> bool {
        let rows = self.findings.get(&project).map(Vec::as_slice).unwrap_or_default();
        let found = rows
            .iter()
            .find(|row| row["component"]["name"] == component && row["vulnerability"]["vulnId"] == flaw)
            .map(|row| place(row, project));
        let Some(place) = found else { return false };
        self.put(place, &json!({ "analysisState": state, "isSuppressed": suppressed }), who);
        true
    }

    /// Writes an analysis as the API does: what is not named is reset, but for the suppression.
    pub(super) fn put(&mut self, place: Place, request: &Value, who: &str) -> Value {
        let analysis = self.analyses.entry(place).or_default();
        let at = now();
        let word = |key: &str| request[key].as_str().unwrap_or("NOT_SET").to_owned();
        let mut say = |text: String| analysis.comments.push(Comment { at, text, who: who.to_owned() });
        let state = word("analysisState");
        if state != analysis.state {
            say(format!("Analysis: {} → {state}", analysis.state));
        }
        let response = word("analysisResponse");
        if response != analysis.response {
            say(format!("Vendor Response: {} → {response}", analysis.response));
        }
        if let Some(suppressed) = request["isSuppressed"].as_bool() {
            if suppressed != analysis.suppressed {
                say(if suppressed { "Suppressed" } else { "Unsuppressed" }.to_owned());
            }
            analysis.suppressed = suppressed;
        }
        if let Some(comment) = request["comment"].as_str() {
            analysis.comments.push(Comment { at, text: comment.to_owned(), who: who.to_owned() });
        }
        analysis.state = state;
        analysis.response = response;
        analysis.justification = word("analysisJustification");
        if let Some(details) = request["analysisDetails"].as_str() {
            analysis.details = Some(details.to_owned());
        }
        analysis.json()
    }

    pub(super) fn project(&self, uuid: Uuid) -> Option<&Value> {
        self.projects.iter().find(|project| project["uuid"] == json!(uuid))
    }

    /// What webhooks are told of a change of a project.
    pub fn notification(&self, group: &str, project: Uuid) -> Value {
        let about = self.project(project).cloned().unwrap_or_default();
        let about = json!({ "uuid": project, "name": about["name"], "version": about["version"] });
        let time = chrono::Utc::now().to_rfc3339();
        let (title, content) = ("Something changed", "A change of a project");
        if self.generation == Generation::Five {
            return json!({ "notification": {
                "id": Uuid::new_v4(), "level": "LEVEL_INFORMATIONAL", "scope": "SCOPE_PORTFOLIO",
                "group": format!("GROUP_{group}"), "timestamp": time, "title": title, "content": content,
                "subject": { "project": about },
            }});
        }
        let subject = match group {
            "BOM_PROCESSED" | "VEX_PROCESSED" => json!({ "project": about }),
            _ => json!({ "affectedProjects": [about] }),
        };
        json!({ "notification": {
            "level": "INFORMATIONAL", "scope": "PORTFOLIO", "group": group, "timestamp": time,
            "title": title, "content": content, "subject": subject,
        }})
    }
}

impl Analysis {
    pub(super) fn json(&self) -> Value {
        let comments: Vec<Value> = self
            .comments
            .iter()
            .map(|one| json!({ "timestamp": one.at, "comment": one.text, "commenter": one.who }))
            .collect();
        json!({
            "analysisState": self.state, "analysisJustification": self.justification,
            "analysisResponse": self.response, "analysisDetails": self.details,
            "analysisComments": comments, "isSuppressed": self.suppressed,
        })
    }
}

/// Where a listed finding is.
pub(super) fn place(row: &Value, project: Uuid) -> Place {
    let read = |value: &Value| value.as_str().and_then(|text| Uuid::parse_str(text).ok()).unwrap_or_default();
    (project, read(&row["component"]["uuid"]), read(&row["vulnerability"]["uuid"]))
}
