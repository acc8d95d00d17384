//! Numbers over a whole company.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use crate::asset::{Open, risk, top_components};
use crate::company::Action;
use crate::dashboard::{self, DAY};
use crate::graphql::asset::{OverallRiskScoreHistory, RiskScoreHistoriesDifferenceFromLast, all_words};
use crate::graphql::caller::{Answer, caller, number, numbers, platform, told};
use crate::graphql::company::Company;
use crate::graphql::issue::{IssueStatusLabel, SeverityCategory};
use crate::graphql::scalar::{Date, DateRangeInput, Severities};
use crate::issue::{Filter, Status};
use crate::{Error, company};

/// Which issues, and over which days.
#[derive(InputObject)]
struct FilterParams {
    start_date: Date,
    end_date: Date,
    severities: Option<Vec<SeverityCategory>>,
    statuses: Option<Vec<IssueStatusLabel>>,
    asset_ids: Option<Vec<ID>>,
    asset_tags: Option<Vec<String>>,
}

fn filter(
    severities: Option<Vec<SeverityCategory>>,
    statuses: Option<Vec<IssueStatusLabel>>,
    assets: Option<Vec<ID>>,
    tags: Option<Vec<String>>,
) -> Filter {
    let statuses = statuses.into_iter().flatten().map(|s| Status::from(s).as_str().to_owned());
    Filter {
        severities: all_words(severities, SeverityCategory::word),
        statuses: statuses.collect(),
        assets: numbers(assets),
        tags: tags.unwrap_or_default(),
        ..Filter::default()
    }
}

impl FilterParams {
    fn checked(self) -> Answer<(Filter, i64, i64)> {
        let (from, to) = (self.start_date.0, self.end_date.0);
        if to < from || to - from > 3 * 366 * DAY {
            return Err(told(Error::invalid("endDate", "name up to three years, the earlier day first")));
        }
        Ok((filter(self.severities, self.statuses, self.asset_ids, self.asset_tags), from, to))
    }
}

/// Which flaws.
#[derive(InputObject, Default)]
struct TopVulnerabilitiesFiltersInput {
    severities: Option<Vec<SeverityCategory>>,
    statuses: Option<Vec<IssueStatusLabel>>,
    asset_ids: Option<Vec<ID>>,
    asset_tags: Option<Vec<String>>,
    created_at_range: Option<DateRangeInput>,
}

/// A flaw with the issues it has over all assets.
#[derive(SimpleObject)]
struct TopVulnerability {
    title: String,
    total_count: i64,
    affected_assets_count: i64,
    critical_count: i64,
    high_count: i64,
    medium_count: i64,
    low_count: i64,
}

/// Mean days from creation to Fixed, by month.
#[derive(SimpleObject)]
struct MttrOverTime {
    dates: Vec<String>,
    all: Option<Vec<Option<f64>>>,
    critical: Option<Vec<Option<f64>>>,
    high: Option<Vec<Option<f64>>>,
    medium: Option<Vec<Option<f64>>>,
    low: Option<Vec<Option<f64>>>,
    notification: Option<Vec<Option<f64>>>,
}

/// Open issues at the end of each day.
#[derive(SimpleObject)]
struct SeveritySeries {
    dates: Vec<String>,
    critical: Vec<i64>,
    high: Vec<i64>,
    medium: Vec<i64>,
    low: Vec<i64>,
    notification: Vec<i64>,
}

/// Open issues, narrowed down step by step.
#[derive(SimpleObject)]
struct RiskFunnel {
    open: Severities,
    high_business_impact: Severities,
    internet_facing: Severities,
    sensitive_data: Severities,
}

/// A package version with the open issues of all assets that use it.
#[derive(SimpleObject)]
struct TopComponent {
    name: String,
    version: Option<String>,
    purl: Option<String>,
    assets_count: i64,
    issues_by_severity: Severities,
}

#[derive(Default)]
pub(super) struct DashboardQuery;

#[Object]
impl DashboardQuery {
    /// The flaws with the most open issues.
    async fn top_vulnerabilities(
        &self,
        context: &Context<'_>,
        company_id: ID,
        filters: Option<TopVulnerabilitiesFiltersInput>,
    ) -> Answer<Vec<TopVulnerability>> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::See).map_err(told)?;
        let wanted = filters.unwrap_or_default();
        let range = wanted.created_at_range;
        let filter = Filter {
            from: range.as_ref().and_then(|range| range.start_date).map(|at| at.0),
            to: range.and_then(|range| range.end_date).map(|at| at.0),
            ..filter(wanted.severities, wanted.statuses, wanted.asset_ids, wanted.asset_tags)
        };
        let rows = dashboard::top_vulnerabilities(&platform(context)?.db, company, &filter, 10)
            .await
            .map_err(told)?;
        Ok(rows
            .into_iter()
            .map(|row| TopVulnerability {
                title: row.title,
                total_count: row.total,
                affected_assets_count: row.assets,
                critical_count: row.critical,
                high_count: row.high,
                medium_count: row.medium,
                low_count: row.low,
            })
            .collect())
    }

    /// Mean time to remediate, in days, by month of the fix.
    async fn mttr_over_time(
        &self,
        context: &Context<'_>,
        company_id: ID,
        params: FilterParams,
    ) -> Answer<MttrOverTime> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::See).map_err(told)?;
        let (filter, from, to) = params.checked()?;
        let months = dashboard::mttr_over_time(&platform(context)?.db, company, &filter, from, to);
        let months = months.await.map_err(told)?;
        let of = |severity: &str| Some(months.iter().map(|(_, mean)| mean.days(severity)).collect());
        Ok(MttrOverTime {
            all: of("ALL"),
            critical: of("CRITICAL"),
            high: of("HIGH"),
            medium: of("MEDIUM"),
            low: of("LOW"),
            notification: of("NOTIFICATION"),
            dates: months.iter().map(|(month, _)| month.clone()).collect(),
        })
    }

    /// The mean risk score of a company's assets.
    async fn overall_risk_score_history(
        &self,
        context: &Context<'_>,
        company_id: ID,
    ) -> Answer<OverallRiskScoreHistory> {
        let (db, id) = (&platform(context)?.db, number(&company_id));
        caller(context)?.require(id, Action::See).map_err(told)?;
        let company = company::by_id(db, id).await.map_err(told)?;
        let company = company.ok_or_else(|| told(Error::NotFound("company")))?;
        let (now, before) = risk::of_company(db, id).await.map_err(told)?;
        Ok(OverallRiskScoreHistory {
            company: Company(company),
            difference_from_last: RiskScoreHistoriesDifferenceFromLast::between(
                now.as_ref(),
                before.as_ref(),
            ),
            current: now.map(Into::into),
        })
    }

    /// Open issues by severity at the end of each day.
    async fn open_issues_over_time(
        &self,
        context: &Context<'_>,
        company_id: ID,
        params: FilterParams,
    ) -> Answer<SeveritySeries> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::See).map_err(told)?;
        let (filter, from, to) = params.checked()?;
        let series = dashboard::open_over_time(&platform(context)?.db, company, &filter, from, to);
        let series = series.await.map_err(told)?;
        let of = |pick: fn(&Open) -> i64| series.iter().map(|(_, open)| pick(open)).collect();
        Ok(SeveritySeries {
            critical: of(|open| open.critical),
            high: of(|open| open.high),
            medium: of(|open| open.medium),
            low: of(|open| open.low),
            notification: of(|open| open.notification),
            dates: series.iter().map(|(at, _)| crate::issue::day(*at)).collect(),
        })
    }

    /// All open → high business impact → internet-facing → sensitive data.
    async fn risk_funnel(&self, context: &Context<'_>, company_id: ID) -> Answer<RiskFunnel> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::See).map_err(told)?;
        let funnel = dashboard::funnel(&platform(context)?.db, company).await.map_err(told)?;
        Ok(RiskFunnel {
            open: funnel.open.into(),
            high_business_impact: funnel.high_business_impact.into(),
            internet_facing: funnel.internet_facing.into(),
            sensitive_data: funnel.sensitive_data.into(),
        })
    }

    /// The package versions with the worst open issues.
    async fn top_components(
        &self,
        context: &Context<'_>,
        company_id: ID,
        limit: Option<i32>,
    ) -> Answer<Vec<TopComponent>> {
        let company = number(&company_id);
        caller(context)?.require(company, Action::See).map_err(told)?;
        let limit = i64::from(limit.unwrap_or(10)).clamp(1, 100);
        let rows = top_components(&platform(context)?.db, company, limit).await.map_err(told)?;
        Ok(rows
            .into_iter()
            .map(|row| TopComponent {
                name: row.name,
                version: row.version,
                purl: row.purl,
                assets_count: row.assets,
                issues_by_severity: row.open.into(),
            })
            .collect())
    }
}
