//! The calls that are answered.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{Query, State as Extract};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use uuid::Uuid;

use super::data::{Flaw, Generation, State, place};
use super::{Fault, KEY, Shared};

type Given = HashMap<String, String>;

pub(super) fn router(shared: Shared) -> Router {
    Router::new().fallback(answer).with_state(shared)
}

async fn answer(
    Extract(shared): Extract<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    Query(query): Query<Given>,
    body: Bytes,
) -> Response {
    let path = uri.path().trim_start_matches("/api/").trim_matches('/').to_owned();
    let parts: Vec<&str> = path.split('/').collect();
    if let ["stand-in", what] = parts.as_slice() {
        return steer(&shared, what, &serde_json::from_slice(&body).unwrap_or_default()).await;
    }
    let fault = {
        let mut state = shared.state();
        let name =
            parts.iter().filter(|part| Uuid::parse_str(part).is_err()).take(3).copied().collect::<Vec<_>>();
        *state.calls.entry(format!("{method} {}", name.join("/"))).or_default() += 1;
        state.fault
    };
    match fault {
        // The version is told to everybody.
        Fault::Status(401 | 403) if parts == ["version"] => {}
        Fault::Status(status) => {
            return StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response();
        }
        Fault::Slow(pause) => tokio::time::sleep(pause).await,
        Fault::None | Fault::Trimmed => {}
    }
    if parts == ["version"] {
        let five = shared.state().generation == Generation::Five;
        return Json(json!({
            "application": "Dependency-Track", "version": if five { "5.0.4" } else { "4.14.2" },
            "timestamp": "2026-03-09T10:09:55Z", "uuid": Uuid::nil(),
            "framework": { "name": "Alpine", "version": if five { "5.0.4" } else { "3.7.0" }, "uuid": Uuid::nil() },
        }))
        .into_response();
    }
    if headers.get("x-api-key").and_then(|key| key.to_str().ok()) != Some(KEY) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let (told, response) = {
        let mut state = shared.state();
        let call = Call { method: &method, parts: &parts, query: &query, body: &body };
        let (changed, response) = call.answer(&mut state);
        (changed.map(|(group, project)| deliveries(&state, group, project)), response)
    };
    if let Some(deliveries) = told {
        deliver(deliveries);
    }
    response
}

struct Call<'a> {
    method: &'a Method,
    parts: &'a [&'a str],
    query: &'a Given,
    body: &'a [u8],
}

/// A group of notifications and the project that changed.
type Changed = Option<(&'static str, Uuid)>;

fn uuid(text: &str) -> Uuid {
    Uuid::parse_str(text).unwrap_or_default()
}

fn not_found(text: &'static str) -> Response {
    (StatusCode::NOT_FOUND, text).into_response()
}

fn listed(rows: &[Value], total: usize) -> Response {
    ([("x-total-count", total.to_string())], Json(json!(rows))).into_response()
}

impl Call<'_> {
    fn given(&self, name: &str) -> &str {
        self.query.get(name).map(String::as_str).unwrap_or_default()
    }

    /// The page that was asked for.
    fn page(&self, rows: &[Value]) -> Response {
        let number = |name: &str, default: usize| self.given(name).parse().unwrap_or(default).max(1);
        let (page, size) = (number("pageNumber", 1), number("pageSize", 100));
        let from = rows.len().min((page - 1) * size);
        let to = rows.len().min(from + size);
        listed(rows.get(from..to).unwrap_or_default(), rows.len())
    }

    fn json(&self) -> Value {
        serde_json::from_slice(self.body).unwrap_or_default()
    }

    fn allowed(&self, state: &State, permission: &str) -> bool {
        state.permissions.iter().any(|own| own == permission)
    }

    fn answer(&self, state: &mut State) -> (Changed, Response) {
        let needed = match self.parts {
            ["v1", "project" | "component", ..] => "VIEW_PORTFOLIO",
            ["v1", "finding" | "vulnerability", ..] => "VIEW_VULNERABILITY",
            ["v1", "analysis"] if *self.method == Method::PUT => "VULNERABILITY_ANALYSIS",
            ["v1", "analysis"] => "VIEW_VULNERABILITY",
            ["v1", "notification", ..] => "SYSTEM_CONFIGURATION",
            _ => "",
        };
        if !needed.is_empty() && !self.allowed(state, needed) {
            return (None, StatusCode::FORBIDDEN.into_response());
        }
        match (self.method.as_str(), self.parts) {
            ("PUT", ["v1", "analysis"]) => self.decide(state),
            (method, ["v1", "notification", ..]) => (None, self.rules(state, method)),
            ("GET", _) => (None, self.read(state)),
            _ => (None, StatusCode::METHOD_NOT_ALLOWED.into_response()),
        }
    }

    fn read(&self, state: &State) -> Response {
        match self.parts {
            ["v1", "team", "self"] => {
                let permissions: Vec<Value> =
                    state.permissions.iter().map(|name| json!({ "name": name })).collect();
                Json(json!({ "uuid": Uuid::nil(), "name": "Automation", "permissions": permissions }))
                    .into_response()
            }
            ["v1", "project"] => {
                let text = format!("{}{}", self.given("searchText"), self.given("name")).to_lowercase();
                let active_only = self.given("excludeInactive") == "true";
                let rows: Vec<Value> = state
                    .projects
                    .iter()
                    .filter(|p| p["name"].as_str().unwrap_or_default().to_lowercase().contains(&text))
                    .filter(|p| !active_only || p["active"] == json!(true))
                    .cloned()
                    .collect();
                self.page(&rows)
            }
            ["v1", "project", "lookup"] => {
                let found = state.projects.iter().find(|project| {
                    project["name"] == self.given("name")
                        && project["version"].as_str().unwrap_or_default() == self.given("version")
                });
                found.map_or_else(
                    || not_found("The project could not be found."),
                    |found| Json(found).into_response(),
                )
            }
            ["v1", "project", "latest", name] => {
                let name = name.replace("%20", " ");
                let found = state.projects.iter().find(|p| p["name"] == name && p["isLatest"] == json!(true));
                found.map_or_else(
                    || not_found("The project could not be found."),
                    |found| Json(found).into_response(),
                )
            }
            ["v1", "project", id] => {
                let found = state.project(uuid(id));
                found.map_or_else(
                    || not_found("The project could not be found."),
                    |found| Json(found).into_response(),
                )
            }
            ["v1", "component", "project", id] => match state.components.get(&uuid(id)) {
                Some(rows) if state.project(uuid(id)).is_some() => self.page(rows),
                _ => not_found("The project could not be found."),
            },
            ["v1", "finding", "project", id] => {
                if state.project(uuid(id)).is_none() {
                    return not_found("The project could not be found.");
                }
                let rows = state.listed(uuid(id), self.given("suppressed") == "true");
                if state.fault == Fault::Trimmed {
                    return listed(rows.get(..rows.len().saturating_sub(1)).unwrap_or_default(), rows.len());
                }
                // Version 4 does not page findings.
                if state.generation == Generation::Four {
                    listed(&rows, rows.len())
                } else {
                    self.page(&rows)
                }
            }
            ["v1", "analysis"] => {
                let id = |name| uuid(self.given(name));
                let found = state.analyses.get(&(id("project"), id("component"), id("vulnerability")));
                found.map_or_else(
                    || not_found("No analysis exists."),
                    |found| Json(found.json()).into_response(),
                )
            }
            ["v1", "vulnerability", "source", source, "vuln", id] => {
                let mut rows = state.findings.values().flatten();
                let found = rows.find(|row| {
                    row["vulnerability"]["source"] == *source && row["vulnerability"]["vulnId"] == *id
                });
                let Some(found) = found else { return not_found("The vulnerability could not be found.") };
                // Every flaw of the stand-in is mended in 2.0.0.
                let package = found["component"]["purl"].as_str().unwrap_or_default();
                let package = package.split('@').next().unwrap_or_default();
                let mut flaw = found["vulnerability"].clone();
                flaw["affectedComponents"] = json!([{
                    "identityType": "PURL", "identity": package, "versionEndExcluding": "2.0.0",
                }]);
                Json(flaw).into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn decide(&self, state: &mut State) -> (Changed, Response) {
        let request = self.json();
        let id = |name: &str| uuid(request[name].as_str().unwrap_or_default());
        let place = (id("project"), id("component"), id("vulnerability"));
        let rows = state.findings.get(&place.0).map(Vec::as_slice).unwrap_or_default();
        if !rows.iter().any(|row| super::data::place(row, place.0) == place) {
            return (None, not_found("The component could not be found."));
        }
        let analysis = state.put(place, &request, "Automation");
        (Some(("PROJECT_AUDIT_CHANGE", place.0)), Json(analysis).into_response())
    }

    fn rules(&self, state: &mut State, method: &str) -> Response {
        let five = state.generation == Generation::Five;
        let mut publisher = json!({
            "uuid": Uuid::nil(), "name": if five { "Webhook" } else { "Outbound Webhook" },
            "templateMimeType": "application/json", "defaultPublisher": true,
        });
        if five {
            publisher["extensionName"] = json!("webhook");
        } else {
            publisher["publisherClass"] =
                json!("org.dependencytrack.notification.publisher.WebhookPublisher");
        }
        match (method, self.parts.get(2).copied()) {
            ("GET", Some("publisher")) => listed(&[publisher], 1),
            ("GET", Some("rule")) => listed(&state.rules, state.rules.len()),
            ("PUT", Some("rule")) => {
                let mut rule = self.json();
                rule["uuid"] = json!(Uuid::new_v4());
                rule["publisher"] = publisher;
                rule["notifyOn"] = json!([]);
                state.rules.push(rule.clone());
                (StatusCode::CREATED, Json(rule)).into_response()
            }
            ("POST", Some("rule")) => {
                let change = self.json();
                let Some(rule) = state.rules.iter_mut().find(|rule| rule["uuid"] == change["uuid"]) else {
                    return not_found("The notification rule could not be found.");
                };
                for (key, value) in change.as_object().into_iter().flatten() {
                    rule[key] = value.clone();
                }
                Json(rule.clone()).into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }
}

/// A delivery to a webhook: where to, with which token in which header, and what.
struct Delivery {
    destination: String,
    token: Option<(String, String)>,
    body: Value,
}

fn deliveries(state: &State, group: &str, project: Uuid) -> Vec<Delivery> {
    let listening = state.rules.iter().filter(|rule| {
        rule["notifyOn"].as_array().is_some_and(|groups| groups.iter().any(|own| own == group))
    });
    listening
        .filter_map(|rule| {
            let config: Value = serde_json::from_str(rule["publisherConfig"].as_str()?).ok()?;
            let destination = config["destination"].as_str().or_else(|| config["destinationUrl"].as_str())?;
            let token = config["token"].as_str().map(|token| {
                (config["tokenHeader"].as_str().unwrap_or("X-Api-Key").to_owned(), token.to_owned())
            });
            Some(Delivery {
                destination: destination.to_owned(),
                token,
                body: state.notification(group, project),
            })
        })
        .collect()
}

fn deliver(deliveries: Vec<Delivery>) {
    for delivery in deliveries {
        tokio::spawn(async move {
            let mut call = reqwest::Client::new().post(delivery.destination).json(&delivery.body);
            if let Some((header, token)) = delivery.token {
                call = call.header(header, token);
            }
            let _ = call.send().await;
        });
    }
}

/// What tests in another process do to the stand-in, by `POST /stand-in/…`.
async fn steer(shared: &Shared, what: &str, body: &Value) -> Response {
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let project = uuid(text("project"));
    let told = {
        let mut state = shared.state();
        match what {
            "project" => {
                let made = state.add_project(text("name"), text("version"), body["latest"] == json!(true));
                return Json(json!({ "uuid": made })).into_response();
            }
            "components" => {
                let rows: Vec<(&str, &str, Vec<Flaw>)> = body["components"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|row| {
                        (
                            row["name"].as_str().unwrap_or_default(),
                            row["version"].as_str().unwrap_or("1.0.0"),
                            flaws(row),
                        )
                    })
                    .collect();
                state.set_components(project, &rows);
                deliveries(&state, "BOM_PROCESSED", project)
            }
            "drop-component" => {
                let name = text("name");
                if let Some(rows) = state.components.get_mut(&project) {
                    rows.retain(|row| row["name"] != name);
                }
                if let Some(rows) = state.findings.get_mut(&project) {
                    rows.retain(|row| row["component"]["name"] != name);
                }
                let now = super::data::now();
                state.change_project(project, &json!({ "lastBomImport": now }));
                deliveries(&state, "BOM_PROCESSED", project)
            }
            "decide" => {
                let suppressed = body["suppressed"] == json!(true);
                if !state.decide(project, text("component"), text("flaw"), text("state"), suppressed, "Ada") {
                    return not_found("there is no such finding");
                }
                deliveries(&state, "PROJECT_AUDIT_CHANGE", project)
            }
            "fault" => {
                let status = body["status"].as_u64().and_then(|status| u16::try_from(status).ok());
                state.fault = status.map_or(Fault::None, Fault::Status);
                Vec::new()
            }
            "findings" => {
                let rows = state.listed(project, true).into_iter().map(|mut row| {
                    let found = state.analyses.get(&place(&row, project));
                    row["comments"] =
                        found.map_or(json!([]), |known| known.json()["analysisComments"].clone());
                    row
                });
                return Json(json!(rows.collect::<Vec<_>>())).into_response();
            }
            _ => return StatusCode::NOT_FOUND.into_response(),
        }
    };
    deliver(told);
    StatusCode::NO_CONTENT.into_response()
}

fn flaws(row: &Value) -> Vec<Flaw> {
    let list = row["flaws"].as_array().into_iter().flatten();
    list.map(|flaw| Flaw {
        id: flaw["id"].as_str().unwrap_or_default().to_owned(),
        source: flaw["source"].as_str().unwrap_or("OSV").to_owned(),
        cvss: flaw["vector"]
            .as_str()
            .map(|vector| (vector.to_owned(), flaw["score"].as_f64().unwrap_or_default())),
        aliases: Vec::new(),
    })
    .collect()
}
