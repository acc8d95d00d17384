//! What is asked and told about issues.

use async_graphql::{Enum, ID, InputObject, SimpleObject};

use super::asset::{BusinessImpactLevel, Exploitability, IntegrationsTypes, OrderEnum, all_words};
use super::caller::numbers;
use super::integration::ToolTypeCategory;
use super::issue::{
    ImpactLevelCategory, IssueInterface, IssueStatusLabel, IssueType, ProbabilityLevelCategory, ScaFinding,
    SeverityCategory, SlaState,
};
use super::scalar::{DateRangeInput, OperationError, Time};
use crate::issue::{self, Sort, SortField, Status};

/// Which issues. Without statuses: the open ones.
#[derive(InputObject, Default)]
pub(super) struct IssuesFiltersInput {
    #[graphql(validator(max_items = 1000))]
    pub ids: Option<Vec<ID>>,
    pub partial_title: Option<String>,
    pub title: Option<String>,
    #[graphql(validator(max_items = 1000))]
    pub assignee_emails: Option<Vec<String>>,
    pub assigned_to_me: Option<bool>,
    pub sla_states: Option<Vec<SlaState>>,
    pub known_exploited: Option<bool>,
    pub epss_at_least: Option<f64>,
    pub cve: Option<String>,
    pub package: Option<String>,
    pub statuses: Option<Vec<IssueStatusLabel>>,
    pub severities: Option<Vec<SeverityCategory>>,
    pub failure_types: Option<Vec<IssueType>>,
    #[graphql(validator(max_items = 1000))]
    pub asset_ids: Option<Vec<ID>>,
    #[graphql(validator(max_items = 1000))]
    pub project_ids: Option<Vec<ID>>,
    pub integration_types: Option<Vec<IntegrationsTypes>>,
    #[graphql(validator(max_items = 1000))]
    pub asset_tags: Option<Vec<String>>,
    pub created_at_range: Option<DateRangeInput>,
    pub business_impact: Option<Vec<BusinessImpactLevel>>,
    pub exploitability: Option<Vec<Exploitability>>,
    pub sensitive_data: Option<bool>,
    #[graphql(validator(max_items = 1000))]
    pub sources: Option<Vec<String>>,
    pub reported: Option<bool>,
}

/// Which issues to count; the same choices under the name that counts were published with.
#[derive(InputObject, Default)]
pub(super) struct IssuesStatsFiltersInput {
    #[graphql(flatten)]
    pub filters: IssuesFiltersInput,
}

impl IssuesFiltersInput {
    pub(super) fn filter(self, viewer: Option<i64>) -> issue::Filter {
        let range = self.created_at_range;
        let mut sources = self.sources.unwrap_or_default();
        sources.extend(
            all_words(self.integration_types, IntegrationsTypes::word).iter().map(|w| w.to_lowercase()),
        );
        let mut ids = numbers(self.ids);
        // There are issues of components only: a list of other kinds holds none of them.
        if self
            .failure_types
            .is_some_and(|types| !types.is_empty() && !types.contains(&IssueType::ScaFinding))
        {
            ids = vec![-1];
        }
        let words = |list: Option<Vec<IssueStatusLabel>>| -> Vec<String> {
            list.into_iter().flatten().map(|s| Status::from(s).as_str().to_owned()).collect()
        };
        issue::Filter {
            ids,
            assets: numbers(self.asset_ids),
            projects: self.project_ids.into_iter().flatten().map(|id| id.to_string()).collect(),
            statuses: words(self.statuses),
            any_status: false,
            severities: all_words(self.severities, SeverityCategory::word),
            sla_states: all_words(self.sla_states, SlaState::word),
            tags: self.asset_tags.unwrap_or_default(),
            sources,
            assignee_emails: self.assignee_emails.unwrap_or_default(),
            assignee: self.assigned_to_me.filter(|mine| *mine).map(|_| viewer.unwrap_or(-1)),
            business_impact: all_words(self.business_impact, BusinessImpactLevel::word),
            exploitability: all_words(self.exploitability, Exploitability::word),
            sensitive_data: self.sensitive_data,
            title: self.partial_title.or(self.title),
            cve: self.cve,
            package: self.package,
            known_exploited: self.known_exploited,
            epss_at_least: self.epss_at_least,
            reported: self.reported,
            from: range.as_ref().and_then(|range| range.start_date).map(|at| at.0),
            to: range.and_then(|range| range.end_date).map(|at| at.0),
            viewer,
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
    Sla,
    Epss,
}

/// A sort of issues.
#[derive(InputObject)]
pub(super) struct IssueSortOptionInput {
    pub field: IssueSortField,
    pub order: OrderEnum,
}

impl IssueSortOptionInput {
    pub(super) fn sort(&self) -> Sort {
        let field = match self.field {
            IssueSortField::CreatedAt => SortField::CreatedAt,
            IssueSortField::UpdatedAt => SortField::UpdatedAt,
            IssueSortField::Severity => SortField::Severity,
            IssueSortField::Status => SortField::Status,
            IssueSortField::Title => SortField::Title,
            IssueSortField::Sla => SortField::Sla,
            IssueSortField::Epss => SortField::Epss,
        };
        (field, self.order == OrderEnum::Desc)
    }
}

/// A change of status.
#[derive(InputObject)]
pub(super) struct ChangeIssueStatusInput {
    pub client_mutation_id: Option<String>,
    pub id: ID,
    pub status: IssueStatusLabel,
    pub reason: Option<String>,
    /// RISK_ACCEPTED only: until when.
    pub expires_at: Option<Time>,
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
    pub expires_at: Option<Time>,
}

/// What became of each.
#[derive(SimpleObject)]
pub(super) struct ChangeIssuesStatusPayload {
    pub issues: Vec<IssueInterface>,
    pub errors: Vec<OperationError>,
}

/// Who is to work on an issue.
#[derive(InputObject)]
pub(super) struct AssignIssueInput {
    pub issue_id: ID,
    #[graphql(validator(max_items = 1000))]
    pub user_ids: Vec<ID>,
}

/// The assigned issue.
#[derive(SimpleObject)]
pub(super) struct AssignIssuePayload {
    pub issue: IssueInterface,
}

/// What is to be said about an issue.
#[derive(InputObject)]
pub(super) struct CommentIssueInput {
    pub client_mutation_id: Option<String>,
    pub issue_id: ID,
    pub text: String,
}

/// A vulnerable component that somebody reports.
#[derive(InputObject)]
pub(super) struct CreateScaFindingInput {
    pub client_mutation_id: Option<String>,
    pub asset_id: i32,
    pub title: String,
    pub description: String,
    pub reference: Option<String>,
    pub category: Option<String>,
    pub patterns: Option<Vec<String>>,
    /// Reported twice with the same fingerprint, it is one issue.
    pub fingerprint: Option<String>,
    pub solution: Option<String>,
    pub impact_level: Option<ImpactLevelCategory>,
    pub probability_level: Option<ProbabilityLevelCategory>,
    pub severity: Option<SeverityCategory>,
    pub original_issue_id_from_tool: Option<String>,
    pub tool_type: Option<ToolTypeCategory>,
    pub package: String,
    pub affected_version: String,
    pub patched_version: Option<String>,
    pub file_name: String,
    pub cve: Option<String>,
    pub cvss_metric: Option<String>,
    pub cvss_score: Option<f64>,
    pub branch_name: Option<String>,
    /// Visible only to its author until it is published.
    pub draft: Option<bool>,
}

impl CreateScaFindingInput {
    pub(super) fn finding(self) -> issue::NewFinding {
        issue::NewFinding {
            title: self.title,
            description: self.description,
            reference: self.reference,
            solution: self.solution,
            category: self.category,
            patterns: self.patterns.unwrap_or_default(),
            fingerprint: self.fingerprint,
            severity: self.severity.map(|severity| severity.word().to_owned()),
            original_id: self.original_issue_id_from_tool,
            tool: self.tool_type.map(|tool| tool.word().to_owned()),
            package: self.package,
            affected_version: self.affected_version,
            patched_version: self.patched_version,
            file_name: self.file_name,
            cve: self.cve,
            cvss_metric: self.cvss_metric,
            cvss_score: self.cvss_score,
            draft: self.draft.unwrap_or_default(),
            impact_level: self.impact_level.map(|level| level.word().to_owned()),
            probability_level: self.probability_level.map(|level| level.word().to_owned()),
            branch: self.branch_name,
        }
    }
}

/// The reported issue.
#[derive(SimpleObject)]
pub(super) struct CreateScaFindingPayload {
    pub client_mutation_id: Option<String>,
    pub issue: Option<ScaFinding>,
}
