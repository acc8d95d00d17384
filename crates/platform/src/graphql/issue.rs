//! Issues over GraphQL.
// The macro of interfaces takes repeated attributes on purpose.
#![allow(clippy::duplicated_attributes)]

use async_graphql::{ComplexObject, Context, Enum, ID, Interface, Object, SimpleObject};

use super::asset::{Asset, IssueSeverityStat, words};
use super::caller::{Answer, caller, platform, told};
use super::company::PortalUser;
use super::loader::{AssetOf, AssigneesOf, CommentsOf, load};
use super::scalar::{CollectionMetadata, Time};
use super::sync::SyncRun;
use crate::issue::{self, Status};
use crate::{Error, Platform, company, sla};

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

words!(SlaState {
    OnTrack "ON_TRACK", Approaching "APPROACHING", Breached "BREACHED", Resolved "RESOLVED",
    NotTracked "NOT_TRACKED", NotParameterized "NOT_PARAMETERIZED",
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
#[derive(SimpleObject, Clone)]
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

impl IssueComment {
    pub(super) async fn load(
        platform: &Platform,
        comments: Vec<issue::Comment>,
    ) -> crate::Result<Vec<IssueComment>> {
        let ids: Vec<i64> = comments.iter().filter_map(|comment| comment.user_id).collect();
        let users = PortalUser::many(platform, &ids).await?;
        Ok(comments
            .into_iter()
            .map(|comment| IssueComment {
                id: comment.id.into(),
                author: comment
                    .user_id
                    .and_then(|id| users.get(&id).cloned())
                    .unwrap_or_else(|| PortalUser::named(&comment.actor)),
                text: comment.body,
                created_at: Time(comment.at),
            })
            .collect())
    }
}

#[Object]
impl ScaFinding {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn asset(&self, context: &Context<'_>) -> Answer<Asset> {
        load(context, AssetOf(self.0.asset_id)).await?.ok_or_else(|| told(Error::NotFound("asset")))
    }

    async fn author(&self) -> PortalUser {
        match &self.0.created_by {
            Some(name) => PortalUser::named(name),
            None => PortalUser { id: "dependency-track".into(), ..PortalUser::named("Dependency-Track") },
        }
    }

    async fn assigned_users(&self, context: &Context<'_>) -> Answer<Vec<PortalUser>> {
        Ok(load(context, AssigneesOf(self.0.id)).await?.unwrap_or_default())
    }

    async fn comments(&self, context: &Context<'_>) -> Answer<Vec<IssueComment>> {
        Ok(load(context, CommentsOf(self.0.id)).await?.unwrap_or_default())
    }

    async fn branch(&self, context: &Context<'_>) -> Answer<Option<Branch>> {
        let name = match self.0.detail().branch {
            Some(own) => Some(own),
            None => load(context, AssetOf(self.0.asset_id)).await?.and_then(Asset::into_branch),
        };
        Ok(name.map(|name| Branch { name }))
    }

    async fn category(&self) -> Option<String> {
        Some(self.0.detail().category.unwrap_or_else(|| "Vulnerable component".to_owned()))
    }

    async fn impact_level(&self) -> Option<ImpactLevelCategory> {
        ImpactLevelCategory::read(&self.0.detail().impact_level?)
    }

    async fn probability_level(&self) -> Option<ProbabilityLevelCategory> {
        ProbabilityLevelCategory::read(&self.0.detail().probability_level?)
    }

    /// Until when the risk is accepted.
    async fn expires_at(&self) -> Option<Time> {
        self.0.expires_at.map(Time)
    }

    /// Whether the scanner still reports it.
    async fn reported(&self) -> bool {
        self.0.reported
    }

    /// Whether it was made by hand or by a pipeline, and not by a synchronization.
    async fn manual(&self) -> bool {
        self.0.manual
    }

    async fn title(&self) -> &str {
        &self.0.title
    }

    async fn description(&self) -> String {
        self.0.detail().description
    }

    async fn fingerprint(&self) -> String {
        let detail = self.0.detail();
        let own = || format!("{}:{}:{}", detail.package, detail.affected_version, detail.vulnerability_id);
        self.0.fingerprint.clone().unwrap_or_else(own)
    }

    async fn patterns(&self) -> Option<Vec<String>> {
        Some(self.0.detail().cwes.iter().map(|cwe| format!("CWE-{cwe}")).collect())
    }

    async fn original_issue_id_from_tool(&self) -> Option<String> {
        let detail = self.0.detail();
        Some(detail.original_id.unwrap_or(detail.vulnerability_id))
    }

    async fn scan_source(&self) -> Option<&str> {
        Some(&self.0.source)
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
        Ok(self.0.status().permitted(role, self.0.manual).into_iter().map(Into::into).collect())
    }

    async fn status_history(&self, context: &Context<'_>) -> Answer<Vec<IssueStatusHistory>> {
        let events = issue::status_changes(&platform(context)?.db, self.0.id).await.map_err(told)?;
        let mut out: Vec<IssueStatusHistory> = Vec::new();
        for event in events {
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
                source: PortalUser::named(&event.actor),
                previous,
                created_at: Time(event.at),
            });
        }
        Ok(out)
    }

    async fn sla(&self) -> IssueSla {
        let now = storage::now_ms();
        let state = SlaState::read(sla::State::of(&self.0, now).as_str()).unwrap_or(SlaState::NotTracked);
        IssueSla {
            state,
            due_at: self.0.due_at.map(Time),
            days_remaining: self.0.due_at.map(|due| sla::days_remaining(due, now)),
        }
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
            file_name: detail
                .file_name
                .or_else(|| detail.purl.clone())
                .unwrap_or_else(|| detail.package.clone()),
            package: detail.package,
            purl: detail.purl,
            affected_version: detail.affected_version,
            patched_version: self.0.patched_version.clone(),
            vulnerability_id: detail.vulnerability_id,
            source: detail.source,
            cve: detail.cve,
            aliases: detail.aliases,
            cwes: detail.cwes,
            cvss_metric: detail.cvss_metric,
            cvss_score: detail.cvss_score,
            epss_score: detail.epss_score,
            epss_percentile: detail.epss_percentile,
            known_exploited: self.0.known_exploited,
            dependency_paths: Vec::new(),
            matched_by: detail.matched_by,
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
    field(name = "branch", ty = "Answer<Option<Branch>>"),
    field(name = "severity", ty = "Option<SeverityCategory>"),
    field(name = "sla", ty = "IssueSla"),
    field(name = "assigned_users", ty = "Answer<Vec<PortalUser>>"),
    field(name = "comments", ty = "Answer<Vec<IssueComment>>"),
    field(name = "filtered_out", ty = "bool"),
    field(name = "expires_at", ty = "Option<Time>"),
    field(name = "reported", ty = "bool"),
    field(name = "manual", ty = "bool"),
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
    field(name = "branch", ty = "Answer<Option<Branch>>"),
    field(name = "severity", ty = "Option<SeverityCategory>"),
    field(name = "sla", ty = "IssueSla"),
    field(name = "assigned_users", ty = "Answer<Vec<PortalUser>>"),
    field(name = "comments", ty = "Answer<Vec<IssueComment>>"),
    field(name = "filtered_out", ty = "bool"),
    field(name = "expires_at", ty = "Option<Time>"),
    field(name = "reported", ty = "bool"),
    field(name = "manual", ty = "bool"),
    field(name = "asset", ty = "Answer<Asset>"),
    field(name = "author", ty = "PortalUser"),
    field(name = "category", ty = "Option<String>"),
    field(name = "description", ty = "String"),
    field(name = "fingerprint", ty = "String"),
    field(name = "impact_level", ty = "Option<ImpactLevelCategory>"),
    field(name = "original_issue_id_from_tool", ty = "Option<String>"),
    field(name = "patterns", ty = "Option<Vec<String>>"),
    field(name = "permitted_status", ty = "Answer<Vec<IssueStatusLabel>>"),
    field(name = "probability_level", ty = "Option<ProbabilityLevelCategory>"),
    field(name = "reference", ty = "Option<String>"),
    field(name = "scan_source", ty = "Option<&str>"),
    field(name = "solution", ty = "Option<String>"),
    field(name = "status", ty = "IssueStatusLabel"),
    field(name = "status_history", ty = "Answer<Vec<IssueStatusHistory>>"),
    field(name = "title", ty = "&str"),
    field(name = "type", method = "kind", ty = "IssueType")
)]
pub(super) enum FindingInterface {
    ScaFinding(ScaFinding),
}

/// How bad it would be.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum ImpactLevelCategory {
    Low,
    Medium,
    High,
}

/// How likely it is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum ProbabilityLevelCategory {
    Low,
    Medium,
    High,
}

words!(ImpactLevelCategory { Low "LOW", Medium "MEDIUM", High "HIGH", });
words!(ProbabilityLevelCategory { Low "LOW", Medium "MEDIUM", High "HIGH", });

/// A page of issues.
#[derive(SimpleObject)]
pub(super) struct IssueInterfaceCollection {
    pub collection: Option<Vec<IssueInterface>>,
    pub metadata: Option<CollectionMetadata>,
}

/// A page of issues by cursor.
#[derive(SimpleObject)]
pub(super) struct IssueCursorPage {
    pub collection: Vec<IssueInterface>,
    /// Give it as `after` for the next page.
    pub end_cursor: Option<String>,
    pub has_next_page: bool,
    pub total_count: i64,
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
#[graphql(complex)]
pub(super) struct IssueEvent {
    id: ID,
    at: Time,
    source: ChangeSource,
    actor: String,
    field: String,
    from: Option<String>,
    to: Option<String>,
    reason: Option<String>,
    #[graphql(skip)]
    run: Option<i64>,
}

#[ComplexObject]
impl IssueEvent {
    /// The run in which it happened.
    async fn sync_run(&self, context: &Context<'_>) -> Answer<Option<SyncRun>> {
        let Some(run) = self.run else { return Ok(None) };
        let companies = caller(context)?.company_ids();
        let found = crate::sync::by_id(&platform(context)?.db, &companies, run).await.map_err(told)?;
        Ok(found.map(SyncRun))
    }
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
            run: event.run_id,
        }
    }
}

/// A page of changes.
#[derive(SimpleObject)]
pub(super) struct IssueEventCollection {
    pub collection: Vec<IssueEvent>,
    pub metadata: CollectionMetadata,
}
