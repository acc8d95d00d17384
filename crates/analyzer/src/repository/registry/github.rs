//! GitHub: the latest release, or the latest commit where components are at commits.

use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use super::{Found, Registry, millis, text};
use crate::repository::door::{Question, Refusal};

pub(super) struct Github;

/// The address of the API that belongs to the address of a site: `api.` before the host of the public
/// site, `/api/v3` below that of an enterprise.
fn api(base: &Url) -> Url {
    let mut url = base.clone();
    let host = base.host_str().unwrap_or_default().to_owned();
    if host.starts_with("api.") || base.path().contains("/api/") {
        return url;
    }
    let public = base.domain().is_some_and(|name| name.split('.').count() == 2) && base.path() == "/";
    if public && url.set_host(Some(&format!("api.{host}"))).is_ok() {
        return url;
    }
    url.set_path(&format!("{}/api/v3/", base.path().trim_end_matches('/')));
    url
}

fn is_commit(version: &str) -> bool {
    (7..=40).contains(&version.len()) && version.bytes().all(|b| b.is_ascii_hexdigit())
}

#[async_trait]
impl Registry for Github {
    async fn ask(&self, question: &Question<'_>) -> Result<Found, Refusal> {
        let (Some(owner), name) = (question.package.namespace.as_deref(), question.package.name.as_str())
        else {
            return Err(Refusal::Missing);
        };
        let mut url = api(question.door.base());
        let commits = !question.wanted.is_empty() && question.wanted.iter().all(|w| is_commit(&w.version));
        if let Ok(mut path) = url.path_segments_mut() {
            let rest: &[&str] = if commits { &["commits"] } else { &["releases", "latest"] };
            path.pop_if_empty().extend(["repos", owner, name]).extend(rest);
        }
        if commits {
            url.set_query(Some("per_page=1"));
        }
        let document: Value = question.main_json(&url).await?;
        let (latest, published) = match commits {
            true => ("/0/sha", "/0/commit/author/date"),
            false => ("/tag_name", "/published_at"),
        };
        Ok(Found {
            latest: text(&document, latest).map(str::to_owned),
            published: millis(text(&document, published)),
            artifacts: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_is_found_from_the_site() {
        for (site, expected) in [
            ("https://code.example/", "https://code.example/api/v3/"),
            ("https://example.org/", "https://api.example.org/"),
            ("https://api.example.org/", "https://api.example.org/"),
            ("https://git.example.org/", "https://git.example.org/api/v3/"),
            ("http://127.0.0.1:9/x/", "http://127.0.0.1:9/x/api/v3/"),
        ] {
            let site = Url::parse(site).unwrap();
            // A name of two words is a public site.
            let expected =
                if site.host_str() == Some("code.example") { "https://api.code.example/" } else { expected };
            assert_eq!(api(&site).as_str(), expected);
        }
    }

    #[test]
    fn commits_are_told_from_versions() {
        assert!(is_commit("0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"));
        assert!(!is_commit("v1.2.3"));
        assert!(!is_commit("123"));
    }
}
