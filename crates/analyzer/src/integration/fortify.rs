//! Fortify Software Security Center: the findings of a project become an artifact of an application.

use std::collections::HashMap;

use base64::Engine;
use reqwest::Client;
use reqwest::header::AUTHORIZATION;
use reqwest::multipart::Form;
use serde::Deserialize;
use serde_json::json;
use storage::Sql;

use super::Settings;
use super::job::{Failed, address, part, send};
use crate::finding;
use crate::project::Project;

#[derive(Deserialize)]
struct Answer {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    token: String,
}

pub(super) async fn upload<S: Sql>(
    settings: &Settings<'_, S>,
    client: &Client,
    project: &Project,
    properties: &HashMap<String, String>,
) -> Result<(), Failed> {
    let base = settings.text("url").await?;
    let token = settings.secret("token").await?.ok_or_else(|| Failed("the token is not set".to_owned()))?;
    let application = properties.get("fortify.ssc.applicationId").cloned().unwrap_or_default();
    let token = base64::engine::general_purpose::STANDARD.encode(token);
    let request = client
        .post(address(base.clone(), "/api/v1/fileTokens")?)
        .header(AUTHORIZATION, format!("FortifyToken {token}"))
        .json(&json!({ "fileTokenType": "UPLOAD" }));
    let answer = send(request, "there is no token for a file").await?;
    let answer: Answer = answer.json().await.map_err(|error| Failed(error.without_url().to_string()))?;
    let file = finding::fpf::fpf(settings.sql, project).await?;
    let query = [("engineType", "DEPENDENCY_TRACK"), ("mat", &answer.data.token), ("entityId", &application)];
    let request = client
        .post(address(base, "/upload/resultFileUpload.html")?)
        .query(&query)
        .multipart(Form::new().part("files[]", part(format!("findings-{}.fpf", project.uuid), &file)?));
    send(request, "the findings were not taken").await?;
    Ok(())
}
