//! `twintrack sync`: what a pipeline runs after an upload. Projects that are not assets yet are
//! imported; the others are synchronized.

use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::command::client::Server;
use crate::error::{Error, Result};
use crate::progress::Progress;

#[derive(Clone, Copy, ValueEnum)]
enum Integration {
    /// Dependency-Track
    DependencyTrack,
}

#[derive(Args)]
pub struct Sync {
    /// Which integration of the company
    #[arg(long, value_enum)]
    integration: Integration,
    /// Project in the integration (its UUID); several with commas or by repeating the option
    #[arg(long, required = true, value_delimiter = ',', value_name = "UUID")]
    project_id: Vec<String>,
    /// Company on the platform
    #[arg(long, value_name = "ID")]
    company_id: String,
    /// Do not wait for the end
    #[arg(long)]
    no_wait: bool,
    /// Give up waiting after so many seconds
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    timeout: u64,
    /// Print the runs as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

const ASSOCIATE: &str = "mutation ($input: AssociateProjectInput!) { associateProject(input: $input) { \
    data { projectId asset { id name } syncRun { id } error { code message hint } } errors } }";
const RUN: &str = "query ($id: ID!) { syncRun(id: $id) { id state phase progress created updated fixed reopened \
    unchanged pushed errors { code message hint } } }";

pub async fn run(options: Sync) -> Result<()> {
    let Integration::DependencyTrack = options.integration;
    let key = options.server.key("twintrack api-key create --company Default")?;
    let api = Api {
        http: reqwest::Client::new(),
        url: format!("{}/graphql", options.server.url.trim_end_matches('/')),
        key,
    };
    let input = json!({ "input": { "companyId": options.company_id, "integration": "DEPENDENCY_TRACK", "projectIds": options.project_id } });
    let answer = api.ask(ASSOCIATE, input).await?;
    let projects =
        answer.pointer("/associateProject/data").and_then(Value::as_array).cloned().unwrap_or_default();
    let progress = Progress::new();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(options.timeout);
    let mut failed = 0;
    let mut results = Vec::new();
    for project in projects {
        let name = text(&project, "/asset/name");
        if let Some(error) = project.get("error").filter(|error| !error.is_null()) {
            failed += 1;
            eprintln!("{}: {}", text(&project, "/projectId"), text(error, "/message"));
            results.push(project);
            continue;
        }
        let mut run = Value::Null;
        while let Some(id) = project.pointer("/syncRun/id").filter(|_| !options.no_wait) {
            run = api.ask(RUN, json!({ "id": id })).await?.get("syncRun").cloned().unwrap_or_default();
            let state = text(&run, "/state");
            let share = run.get("progress").and_then(Value::as_f64).unwrap_or_default();
            progress.tell(
                &format!("{name}: {}", text(&run, "/phase").to_lowercase()),
                (share * 100.0) as u64,
                Some(100),
            );
            if !matches!(state.as_str(), "QUEUED" | "RUNNING") {
                break;
            }
            if tokio::time::Instant::now() > deadline {
                return Err(Error::with_hint(
                    format!("{name}: the run {id} has not ended after {} s", options.timeout),
                    "it goes on on the server; wait longer with --timeout, or do not wait with --no-wait",
                ));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        progress.end();
        if !run.is_null() && text(&run, "/state") != "SUCCEEDED" {
            failed += 1;
        }
        if !options.json {
            report(&name, &text(&project, "/asset/id"), &run);
        }
        let mut result = project;
        if let (Some(object), false) = (result.as_object_mut(), run.is_null()) {
            object.insert("syncRun".to_owned(), run);
        }
        results.push(result);
    }
    if options.json {
        println!("{}", Value::Array(results));
    }
    match failed {
        0 => Ok(()),
        1 => Err(Error::told("one project was not synchronized")),
        n => Err(Error::told(format!("{n} projects were not synchronized"))),
    }
}

fn report(name: &str, asset: &str, run: &Value) {
    if run.is_null() {
        println!("{name}: asset {asset}, run queued");
        return;
    }
    let count = |field: &str| run.get(field).and_then(Value::as_i64).unwrap_or_default();
    println!(
        "{name}: asset {asset}, {}: {} created, {} updated, {} fixed, {} reopened, {} unchanged",
        text(run, "/state").to_lowercase(),
        count("created"),
        count("updated"),
        count("fixed"),
        count("reopened"),
        count("unchanged")
    );
    for error in run.get("errors").and_then(Value::as_array).into_iter().flatten() {
        eprintln!("  {}: {}", text(error, "/code"), text(error, "/message"));
    }
}

fn text(value: &Value, pointer: &str) -> String {
    match value.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

struct Api<'a> {
    http: reqwest::Client,
    url: String,
    key: &'a str,
}

impl Api<'_> {
    async fn ask(&self, query: &str, variables: Value) -> Result<Value> {
        let answer = self
            .http
            .post(&self.url)
            .header("x-api-key", self.key)
            .json(&json!({ "query": query, "variables": variables }))
            .send()
            .await
            .map_err(|e| {
                Error::with_hint(
                    format!("{} cannot be reached: {}", self.url, e.without_url()),
                    "check --url, and that the server runs",
                )
            })?;
        let status = answer.status();
        let body: Value = answer.json().await.map_err(|_| {
            Error::with_hint(
                format!("{} answered {status} without JSON", self.url),
                "is this the address of a Twintrack server?",
            )
        })?;
        if let Some(error) = body.pointer("/errors/0") {
            let hint = error.pointer("/extensions/hint").and_then(Value::as_str);
            return Err(Error::Told { message: text(error, "/message"), hint: hint.map(str::to_owned) });
        }
        Ok(body.get("data").cloned().unwrap_or_default())
    }
}
