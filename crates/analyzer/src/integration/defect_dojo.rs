//! DefectDojo: the findings of a project become a test of an engagement.

use std::collections::HashMap;

use reqwest::header::AUTHORIZATION;
use reqwest::multipart::Form;
use reqwest::{Client, Url};
use serde::Deserialize;
use storage::Sql;

use super::Settings;
use super::job::{Failed, address, part, send};
use crate::finding;
use crate::project::Project;

const SCAN_TYPE: &str = "Dependency Track Finding Packaging Format (FPF) Export";
/// How many pages of tests are looked through.
const MOST_PAGES: usize = 100;
const PAGE: usize = 100;

#[derive(Deserialize)]
struct Tests {
    next: Option<String>,
    #[serde(default)]
    results: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    id: i64,
    #[serde(default)]
    scan_type: Option<String>,
    #[serde(default)]
    title: Option<String>,
}

pub(super) async fn upload<S: Sql>(
    settings: &Settings<'_, S>,
    client: &Client,
    project: &Project,
    properties: &HashMap<String, String>,
) -> Result<(), Failed> {
    let base = settings.text("url").await?;
    let key = settings.text("apiKey").await?;
    let token = format!("Token {}", key.ok_or_else(|| Failed("the API key is not set".to_owned()))?);
    let own = |name: &str| properties.get(&format!("defectdojo.{name}")).cloned();
    let yes = |name: &str| own(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let engagement = own("engagementId").unwrap_or_default();
    let title = own("testTitle");
    let mut test = None;
    if yes("reimport") || settings.flag("reimport.enabled").await? {
        let url = address(base.clone(), "/api/v2/tests/")?;
        test = find(client, url, &token, &engagement, title.as_deref()).await?;
    }
    let file = finding::fpf::fpf(settings.sql, project).await?;
    let verified = own("verified").is_none_or(|value| value.eq_ignore_ascii_case("true"));
    let mut form = Form::new()
        .part("file", part("findings.json".to_owned(), &file)?)
        .text("engagement", engagement)
        .text("scan_type", SCAN_TYPE)
        .text("verified", verified.to_string())
        .text("active", "true")
        .text("minimum_severity", "Info")
        .text("close_old_findings", "true")
        .text("push_to_jira", "false")
        .text("scan_date", chrono::Utc::now().format("%Y-%m-%d").to_string());
    for (field, value) in [("test_title", title), ("group_by", own("groupBy"))] {
        if let Some(value) = value {
            form = form.text(field, value);
        }
    }
    let path = match test {
        Some(test) => {
            form = form
                .text("test", test.to_string())
                .text("do_not_reactivate", yes("doNotReactivate").to_string());
            "/api/v2/reimport-scan/"
        }
        None => "/api/v2/import-scan/",
    };
    let request = client.post(address(base, path)?).header(AUTHORIZATION, &token).multipart(form);
    send(request, "the findings were not taken").await?;
    Ok(())
}

/// The test of an engagement into which findings were imported before.
async fn find(
    client: &Client,
    url: Url,
    token: &str,
    engagement: &str,
    title: Option<&str>,
) -> Result<Option<i64>, Failed> {
    for page in 0..MOST_PAGES {
        // The address of the next page is made here, not taken from the answer: the key goes with it.
        let (limit, offset) = (PAGE.to_string(), (page * PAGE).to_string());
        let query = [("engagement", engagement), ("limit", &limit), ("offset", &offset)];
        let request = client.get(url.clone()).query(&query).header(AUTHORIZATION, token);
        let answer = send(request, "the tests could not be listed").await?;
        let tests: Tests = answer.json().await.map_err(|error| Failed(error.without_url().to_string()))?;
        let fits = |test: &&Test| {
            test.scan_type.as_deref() == Some(SCAN_TYPE)
                && title.is_none_or(|title| test.title.as_deref() == Some(title))
        };
        if let Some(test) = tests.results.iter().find(fits) {
            return Ok(Some(test.id));
        }
        if tests.next.is_none() {
            break;
        }
    }
    Ok(None)
}
