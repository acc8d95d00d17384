//! Dependency-Track 4, 5 and our own analyzer, which differ only inside the client.

use std::time::Duration;

use async_trait::async_trait;
use dependency_track as dt;
use uuid::Uuid;

use super::{
    Affected, Component, Connector, Decision, Finding, Permission, Place, Project, ProjectQuery, Projects,
    Said, Server, Upload,
};
use crate::integration::Integration;
use crate::issue::Pair;
use crate::{Error, Platform, Result};

/// How long an upload may take to be read in.
const PATIENCE: Duration = Duration::from_secs(600);

struct DependencyTrack {
    client: dt::Client,
}

pub(super) fn address(text: &str) -> Result<String> {
    Ok(dt::ApiUrl::parse(text)?.to_string())
}

pub(super) fn open(platform: &Platform, integration: &Integration) -> Result<impl Connector + use<>> {
    let token = integration.api_token.as_deref();
    let token =
        token.ok_or_else(|| Error::invalid("apiToken", "no API token is stored: give one in the wizard"))?;
    let url = dt::ApiUrl::parse(&integration.api_url)?;
    let mut builder = dt::Client::builder(url)
        .api_key(platform.vault.unseal(token)?)
        .pace(platform.pace(&integration.api_url))
        .retry(dt::Retry { attempts: 2, ..dt::Retry::default() });
    if let Some(pem) = &integration.ca_pem {
        builder = builder.ca_pem(pem.as_bytes());
    }
    Ok(DependencyTrack { client: builder.build()? })
}

fn uuid(text: &str) -> Result<Uuid> {
    Uuid::parse_str(text)
        .map_err(|_| Error::invalid("projectIds", format!("{text:?} is not the uuid of a project")))
}

impl From<dt::Project> for Project {
    fn from(project: dt::Project) -> Project {
        Project {
            id: project.uuid.to_string(),
            name: project.name,
            version: project.version,
            active: project.active,
            latest: project.is_latest,
            collection: project.collection_logic.is_some_and(|logic| logic != "NONE"),
            last_import: project.last_bom_import,
        }
    }
}

fn finding(found: dt::Finding, base: &str) -> Finding {
    let (component, flaw) = (found.component, found.vulnerability);
    let mut ids = flaw.ids();
    ids.insert(flaw.vuln_id.clone());
    Finding {
        url: format!("{base}/projects/{}/findings", component.project),
        component: component.uuid.to_string(),
        flaw: flaw.uuid.to_string(),
        group: component.group,
        name: component.name,
        version: component.version,
        purl: component.purl,
        cpe: component.cpe,
        ids,
        vectors: [flaw.cvss_v4_vector, flaw.cvss_v3_vector, flaw.cvss_v2_vector]
            .into_iter()
            .flatten()
            .collect(),
        scores: [flaw.cvss_v4_score, flaw.cvss_v3_base_score, flaw.cvss_v2_base_score]
            .into_iter()
            .flatten()
            .collect(),
        severity: flaw.severity.as_ref().map(|word| word.as_str().to_owned()),
        cwes: flaw.cwes.iter().filter_map(|cwe| u32::try_from(cwe.cwe_id?).ok()).collect(),
        epss_score: flaw.epss_score,
        epss_percentile: flaw.epss_percentile,
        known_exploited: flaw.known_exploited,
        matched_by: found.attribution.and_then(|by| by.analyzer_identity),
        vulnerability: flaw.vuln_id,
        source: flaw.source,
        title: flaw.title,
        description: flaw.description,
        recommendation: flaw.recommendation,
        references: flaw.references,
        pair: Pair::new(found.analysis.state().as_str(), found.analysis.suppressed),
    }
}

#[async_trait]
impl Connector for DependencyTrack {
    async fn check(&self) -> Result<Server> {
        let check = self.client.check().await?;
        let permissions = check
            .granted()
            .into_iter()
            .map(|(permission, granted)| Permission {
                optional: permission == dt::Permission::SystemConfiguration,
                name: permission.to_string(),
                granted,
                needed_for: match permission {
                    dt::Permission::ViewPortfolio => "listing projects and reading components",
                    dt::Permission::ViewVulnerability => "reading findings",
                    dt::Permission::VulnerabilityAnalysis => "sending decisions",
                    _ => "creating the webhook alert",
                },
            })
            .collect();
        Ok(Server {
            clock_skew_ms: check.version.clock_skew.map_or(0, |skew| skew.num_milliseconds()),
            application: check.version.application,
            version: check.version.version,
            permissions,
        })
    }

    async fn ready(&self) -> Result<Server> {
        let server = self.check().await?;
        for permission in [dt::Permission::ViewPortfolio, dt::Permission::ViewVulnerability] {
            if !server.permissions.iter().any(|known| known.granted && known.name == permission.as_str()) {
                let (call, detail) = ("read the findings", String::new());
                return Err(dt::Error::Forbidden { call, permission, detail }.into());
            }
        }
        Ok(server)
    }

    async fn projects(&self, query: &ProjectQuery) -> Result<Projects> {
        let query = dt::ProjectQuery {
            search: query.search.clone(),
            exclude_inactive: !query.inactive,
            page: query.page,
            page_size: query.limit,
            ..dt::ProjectQuery::default()
        };
        let page = self.client.projects(&query).await?;
        Ok(Projects { items: page.items.into_iter().map(Project::from).collect(), total: page.total })
    }

    async fn project(&self, id: &str) -> Result<Project> {
        Ok(self.client.project(uuid(id)?).await?.into())
    }

    async fn latest(&self, name: &str) -> Result<Option<Project>> {
        Ok(self.client.project_latest(name).await?.map(Project::from))
    }

    async fn findings(&self, project: &str, told: &(dyn Fn(u64, u64) + Send + Sync)) -> Result<Vec<Finding>> {
        let base = self.client.url().to_string();
        let found = self.client.findings(uuid(project)?, told).await?;
        Ok(found.into_iter().map(|one| finding(one, &base)).collect())
    }

    async fn component_count(&self, project: &str) -> Result<u64> {
        Ok(self.client.component_count(uuid(project)?).await?)
    }

    async fn components(&self, project: &str) -> Result<Vec<Component>> {
        let project = uuid(project)?;
        let mut query = dt::ComponentQuery { page_size: 500, ..dt::ComponentQuery::default() };
        let mut out = Vec::new();
        loop {
            let page = self.client.components(project, &query).await?;
            let (rows, total) = (page.items.len(), page.total);
            out.extend(page.items.into_iter().map(|component| {
                Component {
                    license: component
                        .resolved_license
                        .and_then(|known| known.license_id.or(known.name))
                        .or(component.license_expression)
                        .or(component.license),
                    group: component.group,
                    name: component.name,
                    version: component.version,
                    purl: component.purl,
                    cpe: component.cpe,
                }
            }));
            if rows == 0 || out.len() as u64 >= total {
                return Ok(out);
            }
            query.page += 1;
        }
    }

    async fn said(&self, place: &Place) -> Result<Option<Said>> {
        let (project, component) = (uuid(&place.project)?, uuid(&place.component)?);
        let analysis = self.client.analysis(project, component, uuid(&place.flaw)?).await?;
        Ok(analysis.map(|analysis| {
            let last = analysis.comments.iter().max_by_key(|comment| comment.timestamp);
            Said {
                at: analysis.changed_at(),
                who: last.and_then(|comment| comment.commenter.clone()),
                comment: last.map(|comment| comment.comment.clone()),
            }
        }))
    }

    async fn decide(&self, decision: Decision) -> Result<Option<Pair>> {
        let place = &decision.place;
        let (project, component, flaw) = (uuid(&place.project)?, uuid(&place.component)?, uuid(&place.flaw)?);
        let present = self.client.analysis(project, component, flaw).await?;
        let mut request = dt::AnalysisRequest::keeping(project, component, flaw, present.as_ref());
        if let Some(state) = decision.state {
            request.state = dt::AnalysisState::from(state);
        }
        request.suppressed = decision.suppressed;
        let wanted = Pair::new(request.state.as_str(), request.suppressed);
        let there = match &present {
            Some(now) => Pair::new(now.state.as_str(), now.suppressed),
            None => Pair::new("NOT_SET", false),
        };
        if there != wanted && there != decision.base {
            return Ok(None);
        }
        // A decision that arrived before a crash could write it down is not told twice.
        let arrived = present.as_ref().is_some_and(|now| {
            now.state == request.state
                && now.suppressed == request.suppressed
                && now.comments.iter().any(|c| c.comment == decision.comment)
        });
        if !arrived {
            if decision.will_not_fix {
                request.response = dt::Response::WillNotFix;
            }
            request.comment = Some(decision.comment);
            self.client.put_analysis(&request).await?;
        }
        Ok(Some(wanted))
    }

    async fn affected(&self, source: &str, vulnerability: &str) -> Result<Vec<Affected>> {
        let found = self.client.vulnerability(source, vulnerability).await?;
        let ranges = found.map(|found| found.affected_components).unwrap_or_default();
        Ok(ranges
            .into_iter()
            .filter(|range| range.identity_type.as_deref() == Some("PURL"))
            .filter_map(|range| Some(Affected { purl: range.identity?, fixed: range.version_end_excluding }))
            .collect())
    }

    async fn upload(&self, target: Upload, document: Vec<u8>) -> Result<String> {
        let (target, looked_up) = match target {
            Upload::Project(id) => (dt::BomTarget::Project(uuid(&id)?), Err(id)),
            Upload::Named { name, version } => (
                dt::BomTarget::Named {
                    name: name.clone(),
                    version: version.clone(),
                    auto_create: true,
                    parent: None,
                    is_latest: false,
                },
                Ok((name, version)),
            ),
        };
        let receipt = self.client.bom_upload(dt::BomUpload { target, document, tags: Vec::new() }).await?;
        let start = tokio::time::Instant::now();
        let mut pause = Duration::from_millis(100);
        while self.client.token_processing(&receipt.token).await? {
            if start.elapsed() > PATIENCE {
                break;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(5));
        }
        match (receipt.project_uuid, looked_up) {
            (Some(project), _) => Ok(project.to_string()),
            (None, Err(id)) => Ok(id),
            (None, Ok((name, version))) => {
                let found = self.client.project_lookup(&name, version.as_deref()).await?;
                found.map(|project| project.uuid.to_string()).ok_or(Error::NotFound("project"))
            }
        }
    }

    async fn create_webhook(&self, destination: &str, token: &str) -> Result<String> {
        let destination = destination
            .parse()
            .map_err(|e| Error::invalid("publicUrl", format!("{destination} is not an address: {e}")))?;
        let rule = dt::WebhookRule {
            name: "Twintrack".to_owned(),
            destination,
            token: Some(token.to_owned().into()),
            token_header: None,
            groups: dt::WebhookRule::SYNC_GROUPS.map(str::to_owned).to_vec(),
        };
        Ok(self.client.create_webhook_rule(&rule).await?.name)
    }
}
