//! The settings of sources, by the names that Dependency-Track's config properties have (behaviour
//! reference §2.5), so that scripts which set up an original set up this server too.

use storage::Sql;

use super::Source;
use crate::config_property;
use crate::server::Result;

pub(super) const GROUP: &str = "vuln-source";

/// How a source is mirrored.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Whether it is mirrored by itself.
    pub enabled: bool,
    /// Where it is, without a slash at the end.
    pub base_url: String,
    /// Every so many hours.
    pub cadence_hours: i64,
}

impl Settings {
    /// The cadence in milliseconds.
    pub(super) fn cadence_ms(&self) -> i64 {
        self.cadence_hours.saturating_mul(3_600_000)
    }
}

/// The properties of a source: switch, base URL, cadence.
pub(super) fn properties(source: Source) -> (&'static str, &'static str, &'static str) {
    match source {
        Source::Osv => ("google.osv.enabled", "google.osv.base.url", "osv.mirror.cadence"),
        Source::Nvd => ("nvd.enabled", "nvd.feeds.url", "nist.mirror.cadence"),
        Source::Github => ("github.advisories.enabled", "github.advisories.api.url", "ghsa.mirror.cadence"),
        Source::Epss => ("epss.enabled", "epss.feeds.url", "epss.mirror.cadence"),
        Source::Kev => ("kev.enabled", "kev.feeds.url", "kev.mirror.cadence"),
        Source::Cwe => ("cwe.enabled", "cwe.feeds.url", "cwe.mirror.cadence"),
    }
}

/// The settings of a source.
pub(crate) async fn of(sql: &impl Sql, source: Source) -> Result<Settings> {
    let (enabled, url, cadence) = properties(source);
    let mut enabled = text(sql, enabled).await?;
    let url = if source == Source::Nvd && flag(sql, "nvd.api.enabled").await? { "nvd.api.url" } else { url };
    if source == Source::Osv {
        // The switch of OSV is the list of its ecosystems.
        enabled = enabled.map(|_| "true".to_owned());
    }
    let base_url = text(sql, url).await?.unwrap_or_default().trim_end_matches('/').to_owned();
    let hours = config_property::get(sql, "task-scheduler", cadence).await?;
    let hours = hours.and_then(|text| text.parse::<i64>().ok()).filter(|hours| *hours > 0);
    Ok(Settings { enabled: enabled.as_deref() == Some("true"), base_url, cadence_hours: hours.unwrap_or(24) })
}

/// The text of a property of the sources.
pub(super) async fn text(sql: &impl Sql, name: &str) -> Result<Option<String>> {
    config_property::get(sql, GROUP, name).await
}

/// Whether a property of the sources is on.
pub(super) async fn flag(sql: &impl Sql, name: &str) -> Result<bool> {
    Ok(text(sql, name).await?.as_deref() == Some("true"))
}

/// Sets a property of the sources.
pub(super) async fn set(tx: &storage::Tx, name: &str, value: &str) -> Result<()> {
    config_property::set(tx, GROUP, name, Some(value)).await
}
