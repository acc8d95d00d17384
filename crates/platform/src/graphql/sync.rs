//! Runs and pushes over GraphQL.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::asset::{Asset, words};
use super::caller::{Answer, platform, told};
use super::integration::Integration;
use super::issue::{IssueInterface, ScaFinding};
use super::loader::{AssetOf, IssueOf, load};
use super::scalar::{CollectionMetadata, OperationError, Time};
use crate::error::Problem;
use crate::{Error, integration, issue, push, sync};

/// How a run stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum SyncRunState {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// Why a run was started.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum SyncTrigger {
    User,
    Schedule,
    Webhook,
    Pipeline,
    Import,
}

/// What a run is doing.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum SyncPhase {
    Connect,
    Project,
    Findings,
    Match,
    Apply,
    Push,
    Done,
}

words!(SyncRunState { Queued "QUEUED", Running "RUNNING", Succeeded "SUCCEEDED", Failed "FAILED", Cancelled "CANCELLED", });
words!(SyncTrigger { User "USER", Schedule "SCHEDULE", Webhook "WEBHOOK", Pipeline "PIPELINE", Import "IMPORT", });
words!(SyncPhase {
    Connect "CONNECT", Project "PROJECT", Findings "FINDINGS", Match "MATCH", Apply "APPLY", Push "PUSH", Done "DONE",
});

/// A run of the synchronization of an asset.
#[derive(Clone)]
pub(super) struct SyncRun(pub sync::Run);

#[Object]
impl SyncRun {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn asset(&self, context: &Context<'_>) -> Answer<Asset> {
        load(context, AssetOf(self.0.asset_id)).await?.ok_or_else(|| told(Error::NotFound("asset")))
    }

    async fn integration(&self, context: &Context<'_>) -> Answer<Integration> {
        let db = &platform(context)?.db;
        let found =
            integration::by_id(db, &[self.0.company_id], self.0.integration_id).await.map_err(told)?;
        found.map(Integration).ok_or_else(|| told(Error::NotFound("integration")))
    }

    async fn trigger(&self) -> SyncTrigger {
        SyncTrigger::read(&self.0.cause).unwrap_or(SyncTrigger::User)
    }

    async fn state(&self) -> SyncRunState {
        SyncRunState::read(&self.0.state).unwrap_or(SyncRunState::Failed)
    }

    async fn phase(&self) -> SyncPhase {
        SyncPhase::read(&self.0.phase).unwrap_or(SyncPhase::Connect)
    }

    /// From 0 to 1.
    async fn progress(&self) -> f64 {
        self.0.progress()
    }

    async fn done(&self) -> i64 {
        self.0.done
    }

    async fn total(&self) -> Option<i64> {
        self.0.total
    }

    async fn created(&self) -> i64 {
        self.0.created
    }

    async fn updated(&self) -> i64 {
        self.0.updated
    }

    async fn fixed(&self) -> i64 {
        self.0.fixed
    }

    async fn reopened(&self) -> i64 {
        self.0.reopened
    }

    async fn unchanged(&self) -> i64 {
        self.0.unchanged
    }

    async fn filtered_out(&self) -> i64 {
        self.0.filtered_out
    }

    async fn pushed(&self) -> i64 {
        self.0.pushed
    }

    async fn duration_ms(&self) -> Option<i64> {
        Some(self.0.ended_at.unwrap_or_else(storage::now_ms) - self.0.started_at?)
    }

    async fn errors(&self) -> Vec<OperationError> {
        self.0.problems().into_iter().map(Into::into).collect()
    }

    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    async fn started_at(&self) -> Option<Time> {
        self.0.started_at.map(Time)
    }

    async fn ended_at(&self) -> Option<Time> {
        self.0.ended_at.map(Time)
    }
}

/// A page of runs.
#[derive(SimpleObject)]
pub(super) struct SyncRunCollection {
    pub collection: Vec<SyncRun>,
    pub metadata: CollectionMetadata,
}

/// How a push stands.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub(super) enum PushState {
    Pending,
    Delivered,
    Superseded,
    Failed,
}

/// A decision on its way to Dependency-Track.
pub(super) struct Push(pub push::Push);

#[Object]
impl Push {
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    async fn issue(&self, context: &Context<'_>) -> Answer<IssueInterface> {
        let found = load(context, IssueOf(self.0.issue_id)).await?;
        found.map(|issue| ScaFinding(issue).into()).ok_or_else(|| told(Error::NotFound("issue")))
    }

    async fn state(&self) -> PushState {
        match self.0.job_state.as_deref() {
            _ if self.0.delivered_at.is_some() => PushState::Delivered,
            Some("SUPERSEDED") => PushState::Superseded,
            Some("FAILED") => PushState::Failed,
            _ => PushState::Pending,
        }
    }

    async fn analysis_state(&self) -> String {
        let pair = issue::Status::parse(&self.0.status).and_then(|status| status.to_push(false));
        pair.and_then(|(state, _)| state).unwrap_or("NOT_SET").to_owned()
    }

    async fn suppressed(&self) -> Option<bool> {
        issue::Status::parse(&self.0.status)
            .and_then(|status| status.to_push(false))
            .map(|(_, suppressed)| suppressed)
    }

    async fn attempts(&self) -> i64 {
        self.0.attempts
    }

    async fn next_attempt_at(&self) -> Option<Time> {
        self.0.next_at.filter(|_| self.0.job_state.as_deref() == Some("READY")).map(Time)
    }

    async fn last_error(&self) -> Option<OperationError> {
        Problem::read(self.0.problem.as_deref()).map(Into::into)
    }

    async fn created_at(&self) -> Time {
        Time(self.0.created_at)
    }

    async fn delivered_at(&self) -> Option<Time> {
        self.0.delivered_at.map(Time)
    }
}

/// A page of pushes.
#[derive(SimpleObject)]
pub(super) struct PushCollection {
    pub collection: Vec<Push>,
    pub metadata: CollectionMetadata,
}
