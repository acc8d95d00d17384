//! Deadlines and security gates over GraphQL.

use async_graphql::{Context, Enum, ID, InputObject, Object, SimpleObject};

use super::asset::{Asset, BusinessImpactLevel, words};
use super::caller::{Answer, platform, told};
use super::issue::{SeverityCategory, SlaState};
use super::loader::{AssetOf, load};
use super::scalar::{CollectionMetadata, PaginationInput, Paging, Time};
use crate::gate::{self, Outcome};
use crate::{Error, sla};

/// The matrix of deadlines of a company.
#[derive(SimpleObject)]
pub(super) struct SlaPolicy {
    rules: Vec<SlaRule>,
}

/// A cell: days from the creation of an issue.
#[derive(SimpleObject)]
struct SlaRule {
    severity: SeverityCategory,
    business_impact: BusinessImpactLevel,
    days: i64,
}

impl From<Vec<sla::Rule>> for SlaPolicy {
    fn from(rules: Vec<sla::Rule>) -> Self {
        let rules = rules.into_iter().filter_map(|rule| {
            Some(SlaRule {
                severity: SeverityCategory::read(&rule.severity)?,
                business_impact: BusinessImpactLevel::read(&rule.business_impact)?,
                days: rule.days,
            })
        });
        SlaPolicy { rules: rules.collect() }
    }
}

/// A cell of the matrix.
#[derive(InputObject)]
pub(super) struct SlaRuleInput {
    severity: SeverityCategory,
    business_impact: BusinessImpactLevel,
    days: i64,
}

/// The whole matrix; cells that are not named have no deadline.
#[derive(InputObject)]
pub(super) struct SaveSlaPolicyInput {
    pub company_id: ID,
    rules: Vec<SlaRuleInput>,
}

impl SaveSlaPolicyInput {
    pub(super) fn rules(&self) -> Vec<sla::Rule> {
        self.rules
            .iter()
            .map(|rule| sla::Rule {
                severity: rule.severity.word().to_owned(),
                business_impact: rule.business_impact.word().to_owned(),
                days: rule.days,
            })
            .collect()
    }
}

/// How many issues stand how with their deadline.
#[derive(SimpleObject)]
pub(super) struct SlaStat {
    pub state: SlaState,
    pub count: i64,
}

/// How a gate went.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecurityGateStatus {
    Passed,
    Failed,
    Warning,
}

impl From<Outcome> for SecurityGateStatus {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Passed => SecurityGateStatus::Passed,
            Outcome::Failed => SecurityGateStatus::Failed,
            Outcome::Warning => SecurityGateStatus::Warning,
        }
    }
}

impl From<SecurityGateStatus> for Outcome {
    fn from(status: SecurityGateStatus) -> Self {
        match status {
            SecurityGateStatus::Passed => Outcome::Passed,
            SecurityGateStatus::Failed => Outcome::Failed,
            SecurityGateStatus::Warning => Outcome::Warning,
        }
    }
}

/// Whose policy.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecurityGateScope {
    Global,
    Asset,
    Custom,
}

words!(SecurityGateScope { Global "GLOBAL", Asset "ASSET", Custom "CUSTOM", });

/// A policy; its text is empty when there is none.
#[derive(SimpleObject)]
pub(super) struct SecurityGatePolicy {
    scope: SecurityGateScope,
    yaml: String,
    valid: bool,
    errors: Vec<PolicyError>,
}

impl SecurityGatePolicy {
    pub(super) fn new(scope: &str, yaml: String) -> SecurityGatePolicy {
        let error = if yaml.is_empty() { None } else { gate::parse(&yaml).err() };
        SecurityGatePolicy {
            scope: SecurityGateScope::read(scope).unwrap_or(SecurityGateScope::Global),
            valid: error.is_none() && !yaml.is_empty(),
            errors: error.into_iter().map(PolicyError::from).collect(),
            yaml,
        }
    }
}

/// What is wrong with a policy, and where.
#[derive(SimpleObject)]
struct PolicyError {
    line: Option<i64>,
    column: Option<i64>,
    message: String,
}

impl From<gate::PolicyError> for PolicyError {
    fn from(error: gate::PolicyError) -> Self {
        let number = |n: Option<u64>| n.and_then(|n| i64::try_from(n).ok());
        PolicyError { line: number(error.line), column: number(error.column), message: error.message }
    }
}

/// A policy to be saved; an empty text removes it.
#[derive(InputObject)]
pub(super) struct SaveSecurityGatePolicyInput {
    pub company_id: ID,
    pub asset_id: Option<ID>,
    pub yaml: String,
}

/// What was counted of a severity.
#[derive(SimpleObject)]
struct SecurityGateCount {
    limit: Option<i64>,
    count: i64,
    /// `passed`, `warning` or `failed`.
    status: String,
}

/// What was counted, by severity; none where the policy has no limit.
#[derive(SimpleObject)]
struct SecurityGateReason {
    low: Option<SecurityGateCount>,
    medium: Option<SecurityGateCount>,
    high: Option<SecurityGateCount>,
    critical: Option<SecurityGateCount>,
}

/// What a rule found of a severity.
#[derive(SimpleObject)]
struct SecurityGateRuleResult {
    from: String,
    severity: SeverityCategory,
    maximum: Option<i64>,
    max_days_to_fix: Option<i64>,
    found: i64,
    overdue: i64,
    status: SecurityGateStatus,
}

/// An execution of a security gate.
pub(super) struct SecurityGateRun(pub gate::Run);

#[Object]
impl SecurityGateRun {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn asset(&self, context: &Context<'_>) -> Answer<Asset> {
        load(context, AssetOf(self.0.asset_id)).await?.ok_or_else(|| told(Error::NotFound("asset")))
    }

    /// `passed`, `warning` or `failed`: the worst of the rules.
    async fn status(&self) -> String {
        self.0.status.to_lowercase()
    }

    async fn execution_date(&self) -> Time {
        Time(self.0.at)
    }

    /// Where people see the issues that were counted.
    async fn issues_url(&self, context: &Context<'_>) -> Answer<String> {
        Ok(format!(
            "{}/assets/{}?statuses=IDENTIFIED,IN_PROGRESS,AWAITING_VALIDATION",
            platform(context)?.public_url,
            self.0.asset_id
        ))
    }

    async fn reason(&self) -> SecurityGateReason {
        let results = self.0.results();
        // Several rules may limit one severity: the worst one is told.
        let of = |severity: &str| {
            let worst = results.iter().filter(|r| r.severity == severity).max_by_key(|r| r.status)?;
            Some(SecurityGateCount {
                limit: Some(worst.maximum.into()),
                count: worst.found,
                status: worst.status.as_str().to_lowercase(),
            })
        };
        SecurityGateReason {
            low: of("LOW"),
            medium: of("MEDIUM"),
            high: of("HIGH"),
            critical: of("CRITICAL"),
        }
    }

    /// The issues that are in the way, the worst first.
    async fn failing_vulnerabilities(
        &self,
        context: &Context<'_>,
        pagination: Option<PaginationInput>,
    ) -> Answer<FailingVulnerabilityCollection> {
        let platform = platform(context)?;
        let paging = pagination.map_or(Paging::new(None, None), |p| Paging::new(p.page, p.per_page));
        let failing =
            gate::failing(&platform.db, &self.0, paging.offset(), paging.limit).await.map_err(told)?;
        let collection = failing
            .issues
            .into_iter()
            .map(|issue| {
                let detail = issue.detail();
                FailingVulnerability {
                    id: issue.id.into(),
                    severity: SeverityCategory::read(&issue.severity)
                        .unwrap_or(SeverityCategory::Notification),
                    platform_url: format!("{}/issues/{}", platform.public_url, issue.id),
                    title: issue.title,
                    description: Some(detail.description),
                    cvss_score: detail.cvss_score,
                    file: detail.file_name.or(detail.purl),
                    line: None,
                }
            })
            .collect();
        Ok(FailingVulnerabilityCollection { collection, metadata: paging.metadata(failing.total) })
    }

    async fn scope(&self) -> SecurityGateScope {
        SecurityGateScope::read(&self.0.scope).unwrap_or(SecurityGateScope::Global)
    }

    async fn rules(&self) -> Vec<SecurityGateRuleResult> {
        let results = self.0.results().into_iter().filter_map(|result| {
            Some(SecurityGateRuleResult {
                from: result.from,
                severity: SeverityCategory::read(&result.severity)?,
                maximum: Some(result.maximum.into()),
                max_days_to_fix: result.max_days_to_fix.map(Into::into),
                found: result.found,
                overdue: result.overdue,
                status: result.status.into(),
            })
        });
        results.collect()
    }
}

/// A page of executions.
#[derive(SimpleObject)]
pub(super) struct SecurityGateRunCollection {
    pub collection: Vec<SecurityGateRun>,
    pub metadata: CollectionMetadata,
}

/// An issue that is in the way.
#[derive(SimpleObject)]
struct FailingVulnerability {
    id: ID,
    title: String,
    description: Option<String>,
    severity: SeverityCategory,
    cvss_score: Option<f64>,
    file: Option<String>,
    line: Option<i64>,
    platform_url: String,
}

/// A page of issues that are in the way.
#[derive(SimpleObject)]
struct FailingVulnerabilityCollection {
    collection: Vec<FailingVulnerability>,
    metadata: CollectionMetadata,
}
