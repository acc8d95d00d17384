//! Who may call what: every route with every permission, and every route with a project that the caller
//! may not see. Both are made from the list of routes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeMap;

use analyzer::{Access, Route};
use axum::http::StatusCode;
use base64::Engine;
use common::access::Server;
use identity::{Permission, PermissionSet};
use serde_json::{Value, json};

/// A UUID of nothing.
const NOTHING: &str = "deadbeef-0000-4000-8000-00000000abcd";

/// What a parameter of a path means.
#[derive(Clone, Copy, PartialEq)]
enum Means {
    Project,
    ProjectName,
    ProjectVersion,
    Component,
    Service,
    Vulnerability,
    Policy,
    Rule,
    /// Nothing of a project; this text stands for it.
    Other(&'static str),
}

/// The meaning of a parameter, by its name and by the fixed part of the path before it.
fn means(route: &Route, parameter: &str, before: &str) -> Means {
    match (before, parameter) {
        ("project" | "projects" | "concise" | "withoutDescendantsOf", "uuid" | "project" | "projectUuid") => {
            Means::Project
        }
        ("latest" | "project", "name") => Means::ProjectName,
        ("project", "version") => Means::ProjectVersion,
        ("component", "uuid" | "component" | "componentUuid") => Means::Component,
        ("dependencyGraph", "componentUuids") => Means::Component,
        ("service", "uuid") => Means::Service,
        ("vulnerability", "uuid") => Means::Vulnerability,
        ("policy", "uuid" | "policyUuid" | "policy") if route.path.starts_with("/v1/policy") => Means::Policy,
        ("rule", "uuid" | "ruleUuid" | "rule") => Means::Rule,
        (_, "uuid" | "teamUuid" | "team" | "groupUuid" | "licenseUuid" | "propertyUuid" | "policyUuid") => {
            Means::Other(NOTHING)
        }
        (_, "notificationPublisherUuid" | "ruleUuid" | "tagOrPolicyUuid" | "conditionUuid") => {
            Means::Other(NOTHING)
        }
        (_, "policy" | "rule" | "license" | "property" | "publisher" | "group") if before != "public" => {
            Means::Other(NOTHING)
        }
        ("public" | "internal", "group" | "groupName") => Means::Other("general"),
        (_, "propertyName") | ("general" | "public" | "internal", "name") => {
            Means::Other("welcome.message.enabled")
        }
        ("tag", "name" | "tag") | (_, "tag" | "tagName") => Means::Other("some-tag"),
        ("classifier", "classifier") => Means::Other("LIBRARY"),
        ("hash", "hash") => Means::Other("86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
        ("cwe", _) => Means::Other("79"),
        ("license", "id" | "licenseId") => Means::Other("no-such-license"),
        (_, "days") => Means::Other("7"),
        (_, "date") => Means::Other("20260101"),
        (_, "permission") => Means::Other("VIEW_PORTFOLIO"),
        (_, "username") => Means::Other("nobody"),
        (_, "publicIdOrKey" | "key") => Means::Other("nosuchkey"),
        ("repository" | "task-queues", "type" | "kind") => Means::Other("MAVEN"),
        ("source" | "vulns", "source") => Means::Other("INTERNAL"),
        (_, "vuln" | "vulnId" | "vuln_id") => Means::Other("INT-1"),
        (_, "id") if before == "vuln" => Means::Other("INT-1"),
        ("smtp", "destination") => Means::Other("nobody@example.com"),
        (_, "name" | "id" | "point" | "extension") if route.path.starts_with("/v2/") => {
            Means::Other("nothing")
        }
        _ => panic!(
            "{} {} has the parameter {{{parameter}}} after {before:?}, which this test does not know: \
             say in means() of tests/access.rs what it stands for",
            route.method, route.path
        ),
    }
}

/// A project with something of each kind in it; everything has the word of the project in its name.
struct Things {
    word: &'static str,
    project: String,
    component: String,
    service: String,
    vulnerability: String,
    policy: String,
    rule: String,
}

impl Things {
    /// Nothing at all.
    fn none() -> Things {
        let nothing = || NOTHING.to_owned();
        Things {
            word: "nothing",
            project: nothing(),
            component: nothing(),
            service: nothing(),
            vulnerability: nothing(),
            policy: nothing(),
            rule: nothing(),
        }
    }

    fn value(&self, means: Means) -> String {
        match means {
            Means::Project => self.project.clone(),
            Means::ProjectName => format!("{}-project", self.word),
            Means::ProjectVersion => "1".to_owned(),
            Means::Component => self.component.clone(),
            Means::Service => self.service.clone(),
            Means::Vulnerability => self.vulnerability.clone(),
            Means::Policy => self.policy.clone(),
            Means::Rule => self.rule.clone(),
            Means::Other(text) => text.to_owned(),
        }
    }

    /// The path of a route with its parameters filled in, and whether one of them is of the project.
    fn path(&self, route: &Route) -> (String, bool) {
        let (mut out, mut before, mut bound) = (String::new(), "", false);
        for part in route.path.split('/').skip(1) {
            out.push('/');
            match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(parameter) => {
                    let means = means(route, parameter, before);
                    bound |= matches!(
                        means,
                        Means::Project | Means::ProjectName | Means::Component | Means::Service
                    );
                    out.push_str(&self.value(means));
                }
                None => {
                    before = part;
                    out.push_str(part);
                }
            }
        }
        (out, bound)
    }

    /// A text with `{project}` and the like replaced.
    fn fill(&self, text: &str) -> String {
        let bom = json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1 }).to_string();
        text.replace("{project}", &self.project)
            .replace("{projectName}", &format!("{}-project", self.word))
            .replace("{component}", &self.component)
            .replace("{service}", &self.service)
            .replace("{vulnerability}", &self.vulnerability)
            .replace("{word}", self.word)
            .replace("{bom}", &base64::engine::general_purpose::STANDARD.encode(bom))
    }
}

/// What is asked of routes that take a project in their query or body: method, path, query, body, and
/// whether that must be refused for a project of others. Other routes are called without a query, and
/// with an empty object where they take a body.
#[rustfmt::skip]
const ASKED: &[(&str, &str, &str, &str, bool)] = &[
    ("GET", "/v1/analysis", "project={project}&component={component}&vulnerability={vulnerability}", "", true),
    ("GET", "/v1/analysis", "component={component}&vulnerability={vulnerability}", "", true),
    ("PUT", "/v1/analysis", "", r#"{"project":"{project}","component":"{component}","vulnerability":"{vulnerability}","analysisState":"IN_TRIAGE"}"#, true),
    ("PUT", "/v1/analysis", "", r#"{"component":"{component}","vulnerability":"{vulnerability}","isSuppressed":true}"#, true),
    ("PUT", "/v1/bom", "", r#"{"project":"{project}","bom":"{bom}"}"#, true),
    ("PUT", "/v1/bom", "", r#"{"projectName":"{projectName}","projectVersion":"1","bom":"{bom}"}"#, true),
    ("PUT", "/v1/bom", "", r#"{"projectName":"{word}-new","projectVersion":"1","autoCreate":true,"parentUUID":"{project}","bom":"{bom}"}"#, true),
    ("PUT", "/v1/bom", "", r#"{"projectName":"{word}-new2","projectVersion":"1","autoCreate":true,"parentName":"{projectName}","parentVersion":"1","bom":"{bom}"}"#, true),
    ("PUT", "/v1/vex", "", r#"{"project":"{project}","vex":"{bom}"}"#, true),
    ("PUT", "/v1/vex", "", r#"{"projectName":"{projectName}","projectVersion":"1","vex":"{bom}"}"#, true),
    ("GET", "/v1/project", "name={projectName}", "", false),
    ("GET", "/v1/project", "searchText={word}", "", false),
    ("GET", "/v1/project/lookup", "name={projectName}&version=1", "", true),
    ("PUT", "/v1/project", "", r#"{"name":"{word}-child","parent":{"uuid":"{project}"}}"#, true),
    ("POST", "/v1/project", "", r#"{"uuid":"{project}","name":"{projectName}","version":"1"}"#, true),
    ("PATCH", "/v1/project/{uuid}", "", r#"{"description":"changed"}"#, true),
    ("PUT", "/v1/project/clone", "", r#"{"project":"{project}","version":"2"}"#, true),
    ("POST", "/v1/component", "", r#"{"uuid":"{component}","name":"{word}-component","version":"2","classifier":"LIBRARY"}"#, true),
    ("PUT", "/v1/component/project/{uuid}", "", r#"{"name":"{word}-new","version":"1","classifier":"LIBRARY"}"#, true),
    ("GET", "/v1/component/identity", "purl=pkg:npm/{word}-component@1&project={project}", "", true),
    ("GET", "/v1/component/identity", "name={word}-component", "", false),
    ("POST", "/v1/service", "", r#"{"uuid":"{service}","name":"{word}-service"}"#, true),
    ("PUT", "/v1/service/project/{uuid}", "", r#"{"name":"{word}-new"}"#, true),
    ("PUT", "/v1/component/{uuid}/property", "", r#"{"propertyName":"p","propertyValue":"v","propertyType":"STRING"}"#, true),
    ("PUT", "/v1/project/{uuid}/property", "", r#"{"propertyName":"p","propertyValue":"v","propertyType":"STRING"}"#, true),
    ("POST", "/v1/project/{uuid}/property", "", r#"{"propertyName":"p","propertyValue":"w","propertyType":"STRING"}"#, true),
    ("POST", "/v2/projects/{uuid}/clone", "", r#"{"version":"3"}"#, true),
    ("GET", "/v1/search", "query={word}", "", false),
    ("GET", "/v1/search/project", "query={word}", "", false),
    ("GET", "/v1/search/component", "query={word}", "", false),
    ("GET", "/v1/search/service", "query={word}", "", false),
    ("GET", "/v2/components", "name={word}-component", "", false),
];

/// Routes by which access itself is managed: their callers are beyond its control. Badges, which say
/// themselves whom they are shown. And what is of users alone.
fn is_beyond(route: &Route) -> bool {
    route.permissions().contains(&Permission::AccessManagement)
        || ["/v1/badge/", "/v1/user/self"].iter().any(|path| route.path.starts_with(path))
}

fn calls(things: &Things, route: &Route) -> Vec<(String, Option<Value>, bool)> {
    let (path, bound) = things.path(route);
    let asked = ASKED.iter().filter(|(method, at, ..)| route.method == *method && route.path == *at);
    let mut out: Vec<_> = asked
        .map(|(_, _, query, body, refused)| {
            let query = if query.is_empty() { String::new() } else { format!("?{}", things.fill(query)) };
            let body = Some(*body).filter(|body| !body.is_empty());
            let body = body.map(|body| serde_json::from_str(&things.fill(body)).unwrap());
            (format!("{path}{query}"), body, *refused)
        })
        .collect();
    if out.is_empty() {
        out.push((path, (route.method != "GET").then(|| json!({})), bound));
    }
    out
}

fn has(permission: Permission) -> PermissionSet {
    PermissionSet::from_iter([permission]).with_given()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_asks_for_the_permission_that_it_names() {
    let server = Server::start().await;
    let mut keys = BTreeMap::new();
    for permission in Permission::ALL {
        let (_, key) = server.team(permission.as_str(), &[permission]).await;
        keys.insert(permission, key);
    }
    let (_, powerless) = server.team("nothing", &[]).await;
    let nothing = Things::none();
    let mut wrong = Vec::new();
    for route in analyzer::routes() {
        let (path, _) = nothing.path(&route);
        let method = route.method.as_str();
        let body = (method != "GET").then(|| json!({}));
        let mut check = |who: String, status: StatusCode, right: bool| {
            if !right || status.is_server_error() {
                wrong.push(format!("{method} {} {who}: {status}", route.path));
            }
        };
        let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
        let (status, text) = server.send(method, &path, None, body.as_ref()).await;
        match route.access {
            Access::Public if route.path.starts_with("/v1/badge/") => {}
            Access::Public => check("without credentials".to_owned(), status, !refused.contains(&status)),
            _ => check("without credentials".to_owned(), status, status == 401 && text.is_empty()),
        }
        match route.access {
            Access::Public => {}
            Access::Authenticated => {
                // A user, because keys have no self. Each has a session, because one operation ends it.
                let token = format!("Bearer {}", server.session("somebody").await);
                let (status, _) = server.send(method, &path, Some(&token), body.as_ref()).await;
                check("of a user without permissions".to_owned(), status, !refused.contains(&status));
            }
            Access::Any(_) => {
                let (status, text) = server.send(method, &path, Some(&powerless), body.as_ref()).await;
                check("without permission".to_owned(), status, status == 403 && text.is_empty());
                for (permission, key) in &keys {
                    let (status, text) = server.send(method, &path, Some(key), body.as_ref()).await;
                    let who = format!("with {}", permission.as_str());
                    match has(*permission).contains_any(&route.permissions()) {
                        true => check(who, status, !refused.contains(&status)),
                        false => check(who, status, status == 403 && text.is_empty()),
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} calls are answered wrongly:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_part_of_a_permission_is_enough_for_what_it_says() {
    let routes = analyzer::routes();
    let needed = |method: &str, path: &str| -> Vec<&str> {
        let route = routes.iter().find(|route| route.method == method && route.path == path);
        let route = route.unwrap_or_else(|| panic!("there is no {method} {path}"));
        route.permissions().iter().map(|permission| permission.as_str()).collect()
    };
    assert_eq!(needed("GET", "/v1/team"), ["ACCESS_MANAGEMENT", "ACCESS_MANAGEMENT_READ"]);
    assert_eq!(needed("PUT", "/v1/team"), ["ACCESS_MANAGEMENT", "ACCESS_MANAGEMENT_CREATE"]);
    assert_eq!(needed("POST", "/v1/team"), ["ACCESS_MANAGEMENT", "ACCESS_MANAGEMENT_UPDATE"]);
    assert_eq!(needed("DELETE", "/v1/team"), ["ACCESS_MANAGEMENT", "ACCESS_MANAGEMENT_DELETE"]);
    assert_eq!(needed("PUT", "/v1/permission/user"), ["ACCESS_MANAGEMENT", "ACCESS_MANAGEMENT_UPDATE"]);
    assert_eq!(needed("PUT", "/v1/analysis"), ["VULNERABILITY_ANALYSIS", "VULNERABILITY_ANALYSIS_UPDATE"]);
    assert_eq!(needed("GET", "/v1/project"), ["VIEW_PORTFOLIO"]);
    assert_eq!(needed("GET", "/v2/vuln-policies"), ["POLICY_MANAGEMENT", "POLICY_MANAGEMENT_READ"]);
    assert_eq!(needed("POST", "/v2/vuln-policies"), ["POLICY_MANAGEMENT", "POLICY_MANAGEMENT_CREATE"]);
    assert_eq!(needed("PUT", "/v2/vuln-policies/{uuid}"), ["POLICY_MANAGEMENT", "POLICY_MANAGEMENT_UPDATE"]);
    assert_eq!(
        needed("POST", "/v2/vuln-policy-bundles/{uuid}/sync-runs"),
        ["POLICY_MANAGEMENT", "POLICY_MANAGEMENT_UPDATE"]
    );
    let public: Vec<&str> =
        routes.iter().filter(|r| r.access == Access::Public).map(|route| route.path).collect();
    for path in public {
        let known = [
            "/version",
            "/v1/user/forceChangePassword",
            "/v1/badge/",
            "/v1/configProperty/public/",
            "/v1/oidc/available",
            "/v1/user/login",
            "/v1/user/oidc/login",
            "/openapi.",
            "/v2/openapi.",
        ];
        assert!(known.iter().any(|known| path.starts_with(known)), "{path} is open to everybody");
    }
}

/// What operations of Dependency-Track 4.14 need (behaviour reference §1.4), the first row that fits: `*`
/// is any method, or one part of a path, `**` the rest of it.
#[rustfmt::skip]
const NEEDED: &[(&str, &str, &[Permission])] = &[
    ("GET", "/v1/analysis", &[Permission::ViewVulnerability]),
    ("PUT", "/v1/analysis", &[Permission::VulnerabilityAnalysis]),
    ("GET", "/v1/bom/cyclonedx/**", &[Permission::ViewPortfolio]),
    ("*", "/v1/bom/**", &[Permission::BomUpload]),
    ("GET", "/v1/calculator/**", &[]),
    ("GET", "/v1/cwe/**", &[]),
    ("GET", "/v1/license/**", &[]),
    ("GET", "/v1/event/token/*", &[]),
    ("GET", "/v1/repository/latest", &[]),
    ("GET", "/v1/team/self", &[]),
    ("GET", "/v1/team/visible", &[]),
    ("*", "/v1/user/self/**", &[]),
    ("*", "/v1/license/**", &[Permission::SystemConfiguration]),
    ("GET", "/v1/component/internal/identify", &[Permission::SystemConfiguration]),
    ("GET", "/v1/component/**", &[Permission::ViewPortfolio]),
    ("*", "/v1/component/**", &[Permission::PortfolioManagement]),
    ("GET", "/v1/dependencyGraph/**", &[Permission::ViewPortfolio]),
    ("GET", "/v1/service/**", &[Permission::ViewPortfolio]),
    ("*", "/v1/service/**", &[Permission::PortfolioManagement]),
    ("GET", "/v1/configProperty/public/**", &[]),
    ("GET", "/v1/configProperty/internal/*/*", &[]),
    ("*", "/v1/configProperty/**", &[Permission::SystemConfiguration]),
    ("GET", "/v1/finding/**", &[Permission::ViewVulnerability]),
    ("*", "/v1/integration/**", &[Permission::SystemConfiguration]),
    ("GET", "/v1/oidc/available", &[]),
    ("POST", "/v1/user/login", &[]),
    ("POST", "/v1/user/oidc/login", &[]),
    ("POST", "/v1/user/forceChangePassword", &[]),
    ("POST", "/v1/user/logout", &[]),
    ("*", "/v1/acl/**", &[Permission::AccessManagement]),
    ("*", "/v1/ldap/**", &[Permission::AccessManagement]),
    ("*", "/v1/oidc/**", &[Permission::AccessManagement]),
    ("*", "/v1/permission/**", &[Permission::AccessManagement]),
    ("*", "/v1/team/**", &[Permission::AccessManagement]),
    ("*", "/v1/user/**", &[Permission::AccessManagement]),
    ("*", "/v1/licenseGroup/**", &[Permission::PolicyManagement]),
    ("*", "/v1/policy/**", &[Permission::PolicyManagement]),
    ("*", "/v2/vuln-policies/**", &[Permission::PolicyManagement]),
    ("*", "/v2/vuln-policy-bundles/**", &[Permission::PolicyManagement]),
    ("GET", "/v1/metrics/portfolio/refresh", &[Permission::PortfolioManagement]),
    ("GET", "/v1/metrics/*/*/refresh", &[Permission::PortfolioManagement]),
    ("GET", "/v1/metrics/**", &[Permission::ViewPortfolio]),
    ("*", "/v1/notification/**", &[Permission::SystemConfiguration]),
    ("*", "/v1/project/*/property", &[Permission::PortfolioManagement]),
    ("GET", "/v1/project/**", &[Permission::ViewPortfolio]),
    ("*", "/v1/project/**", &[Permission::PortfolioManagement]),
    ("*", "/v1/repository/**", &[Permission::SystemConfiguration]),
    ("GET", "/v1/search/**", &[Permission::ViewPortfolio]),
    ("POST", "/v1/search/reindex", &[Permission::SystemConfiguration]),
    ("*", "/v1/tag/*/notificationRule", &[Permission::SystemConfiguration]),
    ("*", "/v1/tag/*/vulnerability", &[Permission::VulnerabilityManagement]),
    ("GET", "/v1/tag/**", &[Permission::ViewPortfolio]),
    ("*", "/v1/tag", &[Permission::TagManagement]),
    ("*", "/v1/tag/*/project", &[Permission::PortfolioManagement]),
    ("*", "/v1/tag/*/policy", &[Permission::PolicyManagement]),
    ("PUT", "/v1/vex", &[Permission::VulnerabilityAnalysis]),
    ("POST", "/v1/vex", &[Permission::VulnerabilityAnalysis]),
    ("PUT", "/v1/violation/analysis", &[Permission::PolicyViolationAnalysis]),
    ("GET", "/v1/violation/**", &[Permission::ViewPolicyViolation]),
    ("GET", "/v1/vulnerability", &[Permission::ViewPortfolio]),
    ("GET", "/v1/vulnerability/component/*", &[Permission::ViewPortfolio]),
    ("GET", "/v1/vulnerability/project/*", &[Permission::ViewPortfolio]),
    ("GET", "/v1/vulnerability/source/**", &[Permission::ViewPortfolio]),
    ("GET", "/v1/vulnerability/vulnId", &[Permission::PortfolioManagement]),
    ("GET", "/v1/vulnerability/*", &[Permission::VulnerabilityManagement]),
    ("PUT", "/v1/vulnerability", &[Permission::VulnerabilityManagement]),
    ("POST", "/v1/vulnerability", &[Permission::VulnerabilityManagement]),
    ("DELETE", "/v1/vulnerability/*", &[Permission::VulnerabilityManagement]),
    ("POST", "/v1/vulnerability/*/component/*", &[Permission::PortfolioManagement]),
    ("DELETE", "/v1/vulnerability/*/component/*", &[Permission::PortfolioManagement]),
    ("POST", "/v1/vulnerability/source/**", &[Permission::PortfolioManagement]),
    ("DELETE", "/v1/vulnerability/source/**", &[Permission::PortfolioManagement]),
];

/// Whether a path is one that a row means.
fn fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (Some("**"), _) | (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return false,
        }
    }
}

#[test]
fn routes_of_version_4_need_what_they_need_there() {
    for route in analyzer::routes() {
        let fitting = |(method, path, _): &&(&str, &str, &[Permission])| {
            (*method == "*" || route.method == *method) && fits(path, route.path)
        };
        let Some((.., wanted)) = NEEDED.iter().find(fitting) else { continue };
        let needed = match route.access {
            Access::Any(permissions) => permissions,
            _ => &[],
        };
        assert_eq!(needed, *wanted, "{} {}", route.method, route.path);
    }
}

/// Makes a project of a team, with something of each kind in it.
async fn make(server: &Server, admin: &str, team: &str, word: &'static str, vulnerability: &str) -> Things {
    let is_there =
        |path: &str| analyzer::routes().iter().any(|route| route.path == path && route.method == "PUT");
    let put = async |path: &str, body: Value| server.json(("PUT", path), admin, Some(body), 201).await;
    let uuid = |value: &Value| value["uuid"].as_str().unwrap().to_owned();
    let project = json!({ "name": format!("{word}-project"), "version": "1", "isLatest": true, "accessTeams": [{ "uuid": team }] });
    let project = uuid(&put("/v1/project", project).await);
    let name = format!("{word}-component");
    let component =
        json!({ "name": name, "version": "1", "classifier": "LIBRARY", "purl": format!("pkg:npm/{name}@1") });
    let component = uuid(&put(&format!("/v1/component/project/{project}"), component).await);
    let link = format!("/v1/vulnerability/{vulnerability}/component/{component}");
    server.json(("POST", &link), admin, None, 200).await;
    let service = match is_there("/v1/service/project/{uuid}") {
        true => {
            let service = json!({ "name": format!("{word}-service") });
            uuid(&put(&format!("/v1/service/project/{project}"), service).await)
        }
        false => NOTHING.to_owned(),
    };
    let policy = match is_there("/v1/policy") {
        true => uuid(
            &put(
                "/v1/policy",
                json!({ "name": format!("policy of {team}"), "operator": "ANY", "violationState": "INFO" }),
            )
            .await,
        ),
        false => NOTHING.to_owned(),
    };
    let publishers = server.json(("GET", "/v1/notification/publisher"), admin, None, 200).await;
    let rule = json!({ "name": format!("rule of {team}"), "scope": "PORTFOLIO", "notificationLevel": "INFORMATIONAL",
        "publisher": { "uuid": publishers[0]["uuid"] } });
    let rule = uuid(&put("/v1/notification/rule", rule).await);
    Things { word, project, component, service, vulnerability: vulnerability.to_owned(), policy, rule }
}

/// A server where access is controlled, with a project of the caller and one of others; the caller's key.
async fn two_projects() -> (Server, String, String, Things, Things) {
    let server = Server::start().await;
    let all: Vec<Permission> =
        Permission::WHOLE.into_iter().filter(|p| *p != Permission::AccessManagement).collect();
    let (_, admin) = server.team("everything", &Permission::WHOLE).await;
    let (own_team, key) = server.team("own team", &all).await;
    let (other_team, _) = server.team("other team", &all).await;
    let vulnerability = json!({ "vulnId": "INT-1", "severity": "HIGH", "title": "a flaw" });
    let vulnerability = server.json(("PUT", "/v1/vulnerability"), &admin, Some(vulnerability), 201).await;
    let vulnerability = vulnerability["uuid"].as_str().unwrap();
    let own = make(&server, &admin, &own_team.uuid, "mine", vulnerability).await;
    let foreign = make(&server, &admin, &other_team.uuid, "zzforeign", vulnerability).await;
    let on =
        json!({ "groupName": "access-management", "propertyName": "acl.enabled", "propertyValue": "true" });
    server.json(("POST", "/v1/configProperty"), &admin, Some(on), 200).await;
    (server, admin, key, own, foreign)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_route_shows_or_changes_a_project_of_others() {
    let (server, admin, key, own, foreign) = two_projects().await;
    let mut routes: Vec<Route> = analyzer::routes().into_iter().filter(|route| !is_beyond(route)).collect();
    // What deletes comes last, so that there is something to look at until then; what takes something
    // from something before what deletes the whole.
    routes.sort_by_key(|route| {
        let deletes = route.method == "DELETE" || route.path.ends_with("/batchDelete");
        (deletes, if deletes { usize::MAX - route.path.len() } else { 0 })
    });
    let mut wrong = Vec::new();
    for route in &routes {
        for (path, body, bound) in calls(&foreign, route) {
            let (status, text) = server.send(route.method.as_str(), &path, Some(&key), body.as_ref()).await;
            let empty = status == 200 && matches!(text.as_str(), "[]" | "{}");
            if (bound && status != 403 && !empty) || text.contains(foreign.word) || status.is_server_error() {
                let text: String = text.chars().take(200).collect();
                wrong.push(format!("{} {path} of others: {status} {text}", route.method));
            }
        }
        for (path, body, _) in calls(&own, route) {
            let (status, text) = server.send(route.method.as_str(), &path, Some(&key), body.as_ref()).await;
            if [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status) || status.is_server_error()
            {
                wrong.push(format!("{} {path} of one's own: {status} {text}", route.method));
            }
        }
    }
    assert!(wrong.is_empty(), "{} calls are answered wrongly:\n{}", wrong.len(), wrong.join("\n"));
    // Nothing of the others has changed.
    for path in [format!("/v1/project/{}", foreign.project), format!("/v1/component/{}", foreign.component)] {
        let there = server.json(("GET", &path), &admin, None, 200).await;
        assert!(there["description"].is_null() && there["name"].as_str().unwrap().starts_with("zzforeign"));
    }
    let text = "SELECT count(*) FROM project WHERE name LIKE 'zzforeign%'";
    assert_eq!(storage::Sql::count(&server.test.db, text, vec![]).await.unwrap(), 1);
}
