//! Issues over GraphQL.
// The macro of interfaces takes repeated attributes on purpose.
#![allow(clippy::duplicated_attributes)]

use async_graphql::{Context, Enum, ID, InputObject, Interface, Object, SimpleObject};

use super::asset::{Asset, IssueSeverityStat, OrderEnum, words};
use super::caller::{Answer, caller, platform, told};
use super::scalar::{CollectionMetadata, DateRangeInput, OperationError, PortalUser, Time};
use crate::issue::{self, Status};
use crate::{Error, company};

/// How bad an issue is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum SeverityCategory {
    Notification,
    Low,
    Medium,
    High,
    Critical,
}

words!(SeverityCategory {
    Notification "NOTIFICATION", Low "LOW", Medium "MEDIUM", High "HIGH", Critical "CRITICAL",
});

/// What kind of issue it is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "Issue")]
pub(super) enum IssueType {
    DastFinding,
    SastFinding,
    ScaFinding,
    NetworkVulnerability,
    SourceCodeVulnerability,
    WebVulnerability,
}

/// Where an issue stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "crate::issue::Status")]
pub(super) enum IssueStatusLabel {
    Created,
    Draft,
    Identified,
    InProgress,
    AwaitingValidation,
    FixAccepted,
    RiskAccepted,
    FalsePositive,
    Suppressed,
}

/// How the deadline of an issue stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum SlaState {
    OnTrack,
    Approaching,
    Breached,
    Resolved,
    NotTracked,
    NotParameterized,
}

/// The deadline of an issue.
#[derive(SimpleObject)]
pub(super) struct IssueSla {
    state: SlaState,
    due_at: Option<Time>,
    days_remaining: Option<i64>,
}

/// A branch of a source.
#[derive(SimpleObject)]
pub(super) struct Branch {
    name: String,
}

/// What somebody said.
#[derive(SimpleObject)]
pub(super) struct IssueComment {
    id: ID,
    author: PortalUser,
    text: String,
    created_at: Time,
}

/// A status that an issue had.
#[derive(SimpleObject, Clone)]
pub(super) struct IssueStatusHistory {
    id: ID,
    label: IssueStatusLabel,
    status: IssueStatusLabel,
    reason: Option<String>,
    source: PortalUser,
    previous: Option<Box<IssueStatusHistory>>,
    created_at: Time,
}

/// What a component scanner says.
#[derive(SimpleObject)]
pub(super) struct ScaFindingDetail {
    id: ID,
    package: String,
    purl: Option<String>,
    affected_version: String,
    patched_version: Option<String>,
    file_name: String,
    vulnerability_id: String,
    source: String,
    cve: Option<String>,
    aliases: Vec<String>,
    cwes: Vec<u32>,
    cvss_metric: Option<String>,
    cvss_score: Option<f64>,
    epss_score: Option<f64>,
    epss_percentile: Option<f64>,
    known_exploited: bool,
    dependency_paths: Vec<Vec<String>>,
    matched_by: Option<String>,
    external_url: Option<String>,
}

/// A vulnerable component.
#[derive(Clone)]
pub(super) struct ScaFinding(pub issue::Issue);

impl ScaFinding {
    fn scanner() -> PortalUser {
        PortalUser {
            id: "dependency-track".into(),
            name: Some("Dependency-Track".to_owned()),
            email: String::new(),
        }
    }
}

#[Object]
impl ScaFinding {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn asset(&self, context: &Context<'_>) -> Answer<Asset> {
        let found =
            Asset::one(platform(context)?, &[self.0.company_id], self.0.asset_id).await.map_err(told)?;
        found.ok_or_else(|| told(Error::NotFound("asset")))
    }

    async fn author(&self) -> PortalUser {
        ScaFinding::scanner()
    }

    async fn assigned_users(&self) -> Vec<PortalUser> {
        Vec::new()
    }

    async fn comments(&self) -> Vec<IssueComment> {
        Vec::new()
    }

    async fn branch(&self) -> Option<Branch> {
        None
    }

    async fn category(&self) -> Option<String> {
        Some("Vulnerable component".to_owned())
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    async fn description(&self) -> String {
        self.0.detail().description
    }

    async fn fingerprint(&self) -> String {
        let detail = self.0.detail();
        format!("{}:{}:{}", detail.package, detail.affected_version, detail.vulnerability_id)
    }

    async fn patterns(&self) -> Option<Vec<String>> {
        Some(self.0.detail().cwes.iter().map(|cwe| format!("CWE-{cwe}")).collect())
    }

    async fn original_issue_id_from_tool(&self) -> Option<String> {
        Some(self.0.detail().vulnerability_id)
    }

    async fn scan_source(&self) -> Option<&str> {
        Some("dependency_track")
    }

    async fn reference(&self) -> Option<String> {
        self.0.detail().reference
    }

    async fn solution(&self) -> Option<String> {
        self.0.detail().solution
    }

    async fn severity(&self) -> Option<SeverityCategory> {
        SeverityCategory::read(&self.0.severity)
    }

    async fn status(&self) -> IssueStatusLabel {
        self.0.status().into()
    }

    /// The statuses that the caller may set now.
    async fn permitted_status(&self, context: &Context<'_>) -> Answer<Vec<IssueStatusLabel>> {
        let role = caller(context)?.role(self.0.company_id).unwrap_or(company::Role::Reader);
        Ok(self.0.status().permitted(role).into_iter().map(Into::into).collect())
    }

    async fn status_history(&self, context: &Context<'_>) -> Answer<Vec<IssueStatusHistory>> {
        let events = issue::events(&platform(context)?.db, &[self.0.id]).await.map_err(told)?;
        let mut out: Vec<IssueStatusHistory> = Vec::new();
        for event in events.into_iter().filter(|event| event.field == "status") {
            let Some(status) = event.value_to.as_deref().and_then(Status::parse) else { continue };
            let previous = out.last().cloned().map(|mut before| {
                before.previous = None;
                Box::new(before)
            });
            out.push(IssueStatusHistory {
                id: event.id.into(),
                label: status.into(),
                status: status.into(),
                reason: event.reason,
                source: PortalUser {
                    id: event.actor.clone().into(),
                    name: Some(event.actor),
                    email: String::new(),
                },
                previous,
                created_at: Time(event.at),
            });
        }
        Ok(out)
    }

    async fn sla(&self) -> IssueSla {
        let state = match self.0.status() {
            _ if self.0.severity == "NOTIFICATION" => SlaState::NotTracked,
            status if status == Status::FixAccepted || status.is_decision() => SlaState::Resolved,
            // No deadlines are set yet.
            _ => SlaState::NotParameterized,
        };
        IssueSla { state, due_at: None, days_remaining: None }
    }

    async fn filtered_out(&self) -> bool {
        self.0.filtered_out
    }

    #[graphql(name = "type")]
    async fn kind(&self) -> IssueType {
        IssueType::ScaFinding
    }

    async fn detail(&self) -> ScaFindingDetail {
        let detail = self.0.detail();
        ScaFindingDetail {
            id: self.0.id.into(),
            file_name: detail.purl.clone().unwrap_or_else(|| detail.package.clone()),
            package: detail.package,
            purl: detail.purl,
            affected_version: detail.affected_version,
            patched_version: None,
            vulnerability_id: detail.vulnerability_id,
            source: detail.source,
            cve: detail.cve,
            aliases: detail.aliases,
            cwes: detail.cwes,
            cvss_metric: detail.cvss_metric,
            cvss_score: detail.cvss_score,
            epss_score: detail.epss_score,
            epss_percentile: detail.epss_percentile,
            known_exploited: false,
            dependency_paths: Vec::new(),
            matched_by: None,
            external_url: detail.external_url,
        }
    }

    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    async fn updated_at(&self) -> Time {
        Time(self.0.updated_at)
    }
}

/// What everything has.
#[derive(Interface)]
#[graphql(
    field(name = "created_at", ty = "Time"),
    field(name = "id", ty = "ID"),
    field(name = "updated_at", ty = "Time")
)]
pub(super) enum BaseFields {
    ScaFinding(ScaFinding),
}

/// What every issue has.
#[derive(Interface)]
#[graphql(
    field(name = "created_at", ty = "Time"),
    field(name = "id", ty = "ID"),
    field(name = "updated_at", ty = "Time"),
    field(name = "branch", ty = "Option<Branch>"),
    field(name = "severity", ty = "Option<SeverityCategory>"),
    field(name = "sla", ty = "IssueSla"),
    field(name = "assigned_users", ty = "Vec<PortalUser>"),
    field(name = "comments", ty = "Vec<IssueComment>"),
    field(name = "filtered_out", ty = "bool"),
    field(name = "asset", ty = "Answer<Asset>"),
    field(name = "author", ty = "PortalUser"),
    field(name = "category", ty = "Option<String>"),
    field(name = "description", ty = "String"),
    field(name = "patterns", ty = "Option<Vec<String>>"),
    field(name = "permitted_status", ty = "Answer<Vec<IssueStatusLabel>>"),
    field(name = "reference", ty = "Option<String>"),
    field(name = "status", ty = "IssueStatusLabel"),
    field(name = "status_history", ty = "Answer<Vec<IssueStatusHistory>>"),
    field(name = "title", ty = "&str"),
    field(name = "type", method = "kind", ty = "IssueType")
)]
pub(super) enum IssueInterface {
    ScaFinding(ScaFinding),
}

/// What every issue of a scanner has.
#[derive(Interface)]
#[graphql(
    field(name = "created_at", ty = "Time"),
    field(name = "id", ty = "ID"),
    field(name = "updated_at", ty = "Time"),
    field(name = "asset", ty = "Answer<Asset>"),
    field(name = "description", ty = "String"),
    field(name = "fingerprint", ty = "String"),
    field(name = "original_issue_id_from_tool", ty = "Option<String>"),
    field(name = "scan_source", ty = "Option<&str>"),
    field(name = "severity", ty = "Option<SeverityCategory>"),
    field(name = "solution", ty = "Option<String>"),
    field(name = "status", ty = "IssueStatusLabel"),
    field(name = "title", ty = "&str"),
    field(name = "type", method = "kind", ty = "IssueType")
)]
pub(super) enum FindingInterface {
    ScaFinding(ScaFinding),
}

/// A page of issues.
#[derive(SimpleObject)]
pub(super) struct IssueInterfaceCollection {
    pub collection: Option<Vec<IssueInterface>>,
    pub metadata: Option<CollectionMetadata>,
}

/// Which issues.
#[derive(InputObject, Default)]
pub(super) struct IssuesFiltersInput {
    pub ids: Option<Vec<ID>>,
    pub partial_title: Option<String>,
    pub title: Option<String>,
    pub cve: Option<String>,
    pub package: Option<String>,
    pub statuses: Option<Vec<IssueStatusLabel>>,
    pub severities: Option<Vec<SeverityCategory>>,
    pub failure_types: Option<Vec<IssueType>>,
    pub asset_ids: Option<Vec<ID>>,
    pub asset_tags: Option<Vec<String>>,
    pub created_at_range: Option<DateRangeInput>,
}

impl IssuesFiltersInput {
    pub(super) fn filter(self) -> issue::Filter {
        let range = self.created_at_range;
        issue::Filter {
            ids: super::caller::numbers(self.ids),
            assets: super::caller::numbers(self.asset_ids),
            statuses: self
                .statuses
                .into_iter()
                .flatten()
                .map(|s| Status::from(s).as_str().to_owned())
                .collect(),
            severities: self.severities.into_iter().flatten().map(|s| s.word().to_owned()).collect(),
            tags: self.asset_tags.unwrap_or_default(),
            title: self.partial_title.or(self.title),
            cve: self.cve,
            package: self.package,
            from: range.as_ref().and_then(|range| range.start_date).map(|at| at.0),
            to: range.and_then(|range| range.end_date).map(|at| at.0),
        }
    }
}

/// By what issues are sorted.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum IssueSortField {
    CreatedAt,
    UpdatedAt,
    Severity,
    Status,
    Title,
}

/// A sort of issues.
#[derive(InputObject)]
pub(super) struct IssueSortOptionInput {
    pub field: IssueSortField,
    pub order: OrderEnum,
}

/// The order of these sorts, made of fixed column names. The worst first unless asked otherwise.
pub(super) fn order(sorts: Option<Vec<IssueSortOptionInput>>) -> String {
    let columns: Vec<String> = sorts
        .unwrap_or_default()
        .iter()
        .map(|sort| {
            let down = sort.order == OrderEnum::Desc;
            let direction = if down { "DESC" } else { "ASC" };
            match sort.field {
                IssueSortField::CreatedAt => format!("i.created_at {direction}"),
                IssueSortField::UpdatedAt => format!("i.updated_at {direction}"),
                // The worst has the lowest rank.
                IssueSortField::Severity => format!("i.severity_rank {}", if down { "ASC" } else { "DESC" }),
                IssueSortField::Status => format!("i.status {direction}"),
                IssueSortField::Title => format!("lower(i.title) {direction}"),
            }
        })
        .collect();
    if columns.is_empty() { "i.severity_rank, i.created_at DESC".to_owned() } else { columns.join(", ") }
}

/// How many of a status.
#[derive(SimpleObject)]
pub(super) struct IssueStatusStat {
    pub count: i64,
    pub value: IssueStatusLabel,
}

/// How many of a kind.
#[derive(SimpleObject)]
pub(super) struct IssueTypeStat {
    pub count: i64,
    pub value: IssueType,
}

/// How many issues there are.
#[derive(SimpleObject)]
pub(super) struct IssuesStats {
    pub severities: Vec<IssueSeverityStat>,
    pub status: Vec<IssueStatusStat>,
    pub types: Vec<IssueTypeStat>,
}

/// A change of status.
#[derive(InputObject)]
pub(super) struct ChangeIssueStatusInput {
    pub client_mutation_id: Option<String>,
    pub id: ID,
    pub status: IssueStatusLabel,
    pub reason: Option<String>,
}

/// The changed issue.
#[derive(SimpleObject)]
pub(super) struct ChangeIssueStatusPayload {
    pub client_mutation_id: Option<String>,
    pub issue: IssueInterface,
}

/// A change of status of many.
#[derive(InputObject)]
pub(super) struct ChangeIssuesStatusInput {
    pub ids: Vec<ID>,
    pub status: IssueStatusLabel,
    pub reason: Option<String>,
}

/// What became of each.
#[derive(SimpleObject)]
pub(super) struct ChangeIssuesStatusPayload {
    pub issues: Vec<IssueInterface>,
    pub errors: Vec<OperationError>,
}

/// Who changes things.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangeSource {
    User,
    Api,
    Sync,
    Webhook,
    Pipeline,
    System,
}

words!(ChangeSource {
    User "USER", Api "API", Sync "SYNC", Webhook "WEBHOOK", Pipeline "PIPELINE", System "SYSTEM",
});

/// A change of an issue.
#[derive(SimpleObject)]
pub(super) struct IssueEvent {
    id: ID,
    at: Time,
    source: ChangeSource,
    actor: String,
    field: String,
    from: Option<String>,
    to: Option<String>,
    reason: Option<String>,
}

impl From<issue::Event> for IssueEvent {
    fn from(event: issue::Event) -> Self {
        IssueEvent {
            id: event.id.into(),
            at: Time(event.at),
            source: ChangeSource::read(&event.source).unwrap_or(ChangeSource::System),
            actor: event.actor,
            field: event.field,
            from: event.value_from,
            to: event.value_to,
            reason: event.reason,
        }
    }
}

/// A page of changes.
#[derive(SimpleObject)]
pub(super) struct IssueEventCollection {
    pub collection: Vec<IssueEvent>,
    pub metadata: CollectionMetadata,
}
