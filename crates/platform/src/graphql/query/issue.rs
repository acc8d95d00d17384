//! Issues and their history.

use async_graphql::{Context, ID, Object};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::company::Action;
use crate::graphql::asset::IssueSeverityStat;
use crate::graphql::caller::{Answer, caller, number, platform, told};
use crate::graphql::issue::{
    IssueCursorPage, IssueEvent, IssueEventCollection, IssueInterface, IssueInterfaceCollection,
    IssueStatusStat, IssueType, IssueTypeStat, IssuesStats, ScaFinding, SeverityCategory, SlaState,
};
use crate::graphql::issue_input::{IssueSortOptionInput, IssuesFiltersInput, IssuesStatsFiltersInput};
use crate::graphql::policy::SlaStat;
use crate::graphql::scalar::{PaginationInput, Paging};
use crate::issue::{self, Cursor, SortField, Status};
use crate::{Error, sla};

#[derive(Default)]
pub(super) struct IssueQuery;

#[Object]
impl IssueQuery {
    /// The issues of a company; the open ones, the worst first, unless asked otherwise.
    #[graphql(complexity = "pagination.per_page.unwrap_or(10).max(10) as usize / 10 * child_complexity + 1")]
    async fn issues(
        &self,
        context: &Context<'_>,
        company_id: ID,
        pagination: PaginationInput,
        filters: Option<IssuesFiltersInput>,
        sort_options: Option<Vec<IssueSortOptionInput>>,
    ) -> Answer<IssueInterfaceCollection> {
        let (caller, company) = (caller(context)?, number(&company_id));
        caller.require(company, Action::See).map_err(told)?;
        let paging = Paging::new(pagination.page, pagination.per_page);
        let sorts: Vec<_> = sort_options.iter().flatten().map(IssueSortOptionInput::sort).collect();
        let filter = filters.unwrap_or_default().filter(caller.user());
        let db = &platform(context)?.db;
        let (rows, total) =
            issue::list(db, company, &filter, &sorts, paging.offset(), paging.limit).await.map_err(told)?;
        let collection = rows.into_iter().map(|issue| ScaFinding(issue).into()).collect();
        Ok(IssueInterfaceCollection { collection: Some(collection), metadata: Some(paging.metadata(total)) })
    }

    /// Issues by a cursor: stable while issues come and go.
    #[graphql(complexity = "first.unwrap_or(10).max(10) as usize / 10 * child_complexity + 1")]
    async fn issues_by_cursor(
        &self,
        context: &Context<'_>,
        company_id: ID,
        first: Option<i32>,
        after: Option<String>,
        filters: Option<IssuesFiltersInput>,
        sort: Option<IssueSortOptionInput>,
    ) -> Answer<IssueCursorPage> {
        let (caller, company) = (caller(context)?, number(&company_id));
        caller.require(company, Action::See).map_err(told)?;
        let cursor: Option<Cursor> = match after.filter(|text| !text.is_empty()) {
            Some(text) => {
                let bytes = URL_SAFE_NO_PAD.decode(&text).ok();
                let cursor = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
                let wrong = || told(Error::invalid("after", "it is no cursor: give an endCursor as it came"));
                Some(cursor.ok_or_else(wrong)?)
            }
            None => None,
        };
        let limit = Paging::new(None, first).limit;
        let filter = filters.unwrap_or_default().filter(caller.user());
        let sort = sort.map_or((SortField::Severity, true), |sort| sort.sort());
        let db = &platform(context)?.db;
        let mut rows =
            issue::after(db, company, &filter, sort, cursor.as_ref(), limit + 1).await.map_err(told)?;
        let limit = usize::try_from(limit).unwrap_or(10);
        let has_next_page = rows.len() > limit;
        rows.truncate(limit);
        let end = rows.last().and_then(|(_, cursor)| serde_json::to_vec(cursor).ok());
        Ok(IssueCursorPage {
            end_cursor: end.map(|json| URL_SAFE_NO_PAD.encode(json)),
            has_next_page,
            total_count: issue::count(db, company, &filter).await.map_err(told)?,
            collection: rows.into_iter().map(|(issue, _)| ScaFinding(issue).into()).collect(),
        })
    }

    async fn issue(&self, context: &Context<'_>, id: ID) -> Answer<Option<IssueInterface>> {
        let caller = caller(context)?;
        let companies = caller.company_ids();
        let found = issue::by_id(&platform(context)?.db, &companies, caller.user(), number(&id));
        Ok(found.await.map_err(told)?.map(|issue| ScaFinding(issue).into()))
    }

    /// How many issues there are, by severity, status and kind.
    async fn issues_stats(
        &self,
        context: &Context<'_>,
        company_id: ID,
        filters: Option<IssuesStatsFiltersInput>,
    ) -> Answer<IssuesStats> {
        let (caller, company) = (caller(context)?, number(&company_id));
        caller.require(company, Action::See).map_err(told)?;
        let filter = filters.unwrap_or_default().filters.filter(caller.user());
        let rows = issue::stats(&platform(context)?.db, company, &filter).await.map_err(told)?;
        let sum = |pick: &dyn Fn(&(String, String, i64)) -> bool| {
            rows.iter().filter(|r| pick(r)).map(|r| r.2).sum()
        };
        let severities = issue::SEVERITIES
            .iter()
            .filter_map(|word| Some((word, SeverityCategory::read(word)?)))
            .map(|(word, value)| IssueSeverityStat { count: sum(&|row| row.0 == *word), value })
            .collect();
        let status = Status::ALL
            .into_iter()
            .map(|status| IssueStatusStat {
                count: sum(&|row| row.1 == status.as_str()),
                value: status.into(),
            })
            .collect();
        let types = vec![IssueTypeStat { count: sum(&|_| true), value: IssueType::ScaFinding }];
        Ok(IssuesStats { severities, status, types })
    }

    /// How many issues stand how with their deadline; the filter is that of the list.
    async fn sla_stats(
        &self,
        context: &Context<'_>,
        company_id: ID,
        filters: Option<IssuesFiltersInput>,
    ) -> Answer<Vec<SlaStat>> {
        let (caller, company) = (caller(context)?, number(&company_id));
        caller.require(company, Action::See).map_err(told)?;
        let filter = filters.unwrap_or_default().filter(caller.user());
        let rows = sla::stats(&platform(context)?.db, company, &filter).await.map_err(told)?;
        let count = |word: &str| rows.iter().find(|(state, _)| state == word).map_or(0, |(_, n)| *n);
        let states = sla::State::ALL.into_iter();
        Ok(states
            .filter_map(|s| Some(SlaStat { state: SlaState::read(s.as_str())?, count: count(s.as_str()) }))
            .collect())
    }

    /// Every change of an issue, newest first.
    #[graphql(complexity = "limit.unwrap_or(10).max(10) as usize / 10 * child_complexity + 1")]
    async fn issue_history(
        &self,
        context: &Context<'_>,
        issue_id: ID,
        page: Option<i32>,
        limit: Option<i32>,
    ) -> Answer<IssueEventCollection> {
        let (db, caller) = (&platform(context)?.db, caller(context)?);
        let found = issue::by_id(db, &caller.company_ids(), caller.user(), number(&issue_id)).await;
        let found = found.map_err(told)?.ok_or_else(|| told(Error::NotFound("issue")))?;
        let paging = Paging::new(page, limit);
        let (events, total) =
            issue::events(db, found.id, paging.offset(), paging.limit).await.map_err(told)?;
        let collection = events.into_iter().map(IssueEvent::from).collect();
        Ok(IssueEventCollection { collection, metadata: paging.metadata(total) })
    }
}
