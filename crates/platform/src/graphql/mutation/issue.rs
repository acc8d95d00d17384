//! Changes of issues. Their own history is the log of who did what.

use async_graphql::{Context, ID, Object};

use crate::company::{Action, Role};
use crate::graphql::caller::{Answer, begin, caller, commit, number, numbers, platform, told};
use crate::graphql::issue::{IssueComment, ScaFinding};
use crate::graphql::issue_input::{
    AssignIssueInput, AssignIssuePayload, ChangeIssueStatusInput, ChangeIssueStatusPayload,
    ChangeIssuesStatusInput, ChangeIssuesStatusPayload, CommentIssueInput, CreateScaFindingInput,
    CreateScaFindingPayload,
};
use crate::issue::{self, Issue, StatusChange};
use crate::{Error, asset, retried};

/// How many issues one call may change.
const MOST: usize = 1_000;

/// The issue, when the caller may do this to it.
async fn find(context: &Context<'_>, id: &ID, action: Action) -> Result<(Issue, Role), Error> {
    let missing = |_| Error::NotFound("issue");
    let (platform, caller) = (platform(context).map_err(missing)?, caller(context).map_err(missing)?);
    let found = issue::by_id(&platform.db, &caller.company_ids(), caller.user(), number(id)).await?;
    let found = found.ok_or(Error::NotFound("issue"))?;
    let role = caller.require(found.company_id, action)?;
    Ok((found, role))
}

/// Changes the status of one issue for the caller. Which statuses the role reaches, the life cycle says.
async fn change(context: &Context<'_>, id: &ID, wanted: &StatusChange) -> Result<Issue, Error> {
    let (found, role) = find(context, id, Action::MoveIssue).await?;
    let missing = |_| Error::NotFound("issue");
    let (platform, actor) = (platform(context).map_err(missing)?, caller(context).map_err(missing)?.actor());
    issue::change_status(platform, found.company_id, found.id, wanted, role, &actor).await
}

#[derive(Default)]
pub(super) struct IssueMutation;

#[Object]
impl IssueMutation {
    /// Moves an issue; the connected scanner is told at once.
    async fn change_issue_status(
        &self,
        context: &Context<'_>,
        input: ChangeIssueStatusInput,
    ) -> Answer<ChangeIssueStatusPayload> {
        let wanted = StatusChange {
            status: input.status.into(),
            reason: input.reason,
            expires_at: input.expires_at.map(|at| at.0),
        };
        let issue = change(context, &input.id, &wanted).await.map_err(told)?;
        Ok(ChangeIssueStatusPayload {
            client_mutation_id: input.client_mutation_id,
            issue: ScaFinding(issue).into(),
        })
    }

    /// Moves many issues, each for itself: what is refused is told beside what was changed.
    async fn change_issues_status(
        &self,
        context: &Context<'_>,
        input: ChangeIssuesStatusInput,
    ) -> Answer<ChangeIssuesStatusPayload> {
        if input.ids.len() > MOST {
            return Err(told(Error::invalid("ids", format!("at most {MOST} issues at a time"))));
        }
        let wanted = StatusChange {
            status: input.status.into(),
            reason: input.reason,
            expires_at: input.expires_at.map(|at| at.0),
        };
        let mut payload = ChangeIssuesStatusPayload { issues: Vec::new(), errors: Vec::new() };
        for id in &input.ids {
            match change(context, id, &wanted).await {
                Ok(issue) => payload.issues.push(ScaFinding(issue).into()),
                Err(error) if error.code() == "INTERNAL" => return Err(told(error)),
                Err(error) => {
                    let mut problem = error.problem();
                    problem.message = format!("issue {}: {}", id.as_str(), problem.message);
                    payload.errors.push(problem.into());
                }
            }
        }
        Ok(payload)
    }

    /// Reports a vulnerable component by hand. The same fingerprint twice is one issue.
    async fn create_sca_finding(
        &self,
        context: &Context<'_>,
        input: CreateScaFindingInput,
    ) -> Answer<CreateScaFindingPayload> {
        let (platform, caller) = (platform(context)?, caller(context)?);
        let found = asset::by_id(&platform.db, &caller.company_ids(), input.asset_id.into()).await;
        let found = found.map_err(told)?.ok_or_else(|| told(Error::NotFound("asset")))?;
        caller.require(found.company_id, Action::CreateIssue).map_err(told)?;
        let client_mutation_id = input.client_mutation_id.clone();
        let finding = input.finding();
        let tx = begin(context).await?;
        let id = issue::create_finding(&tx, &found, &caller.actor(), &finding).await.map_err(told)?;
        let issue = issue::by_id(&tx, &[found.company_id], caller.user(), id).await.map_err(told)?;
        commit(tx).await?;
        Ok(CreateScaFindingPayload { client_mutation_id, issue: issue.map(ScaFinding) })
    }

    /// Assigns an issue to exactly these people; to nobody with an empty list.
    async fn assign_issue(
        &self,
        context: &Context<'_>,
        input: AssignIssueInput,
    ) -> Answer<AssignIssuePayload> {
        let (found, _) = find(context, &input.issue_id, Action::Assign).await.map_err(told)?;
        let (platform, caller) = (platform(context)?, caller(context)?);
        let tx = begin(context).await?;
        let users = numbers(Some(input.user_ids));
        issue::assign(platform, &tx, &found, &caller.actor(), &users).await.map_err(told)?;
        commit(tx).await?;
        let issue = find(context, &input.issue_id, Action::See).await.map_err(told)?.0;
        Ok(AssignIssuePayload { issue: ScaFinding(issue).into() })
    }

    /// Says something about an issue. Sent again with the same clientMutationId, it is said once.
    async fn comment_issue(&self, context: &Context<'_>, input: CommentIssueInput) -> Answer<IssueComment> {
        let (found, _) = find(context, &input.issue_id, Action::Comment).await.map_err(told)?;
        let (platform, caller, sent) =
            (platform(context)?, caller(context)?, input.client_mutation_id.as_deref());
        let tx = begin(context).await?;
        let id = match retried::before(&tx, &caller.key(), "commentIssue", sent).await.map_err(told)? {
            Some(id) => id,
            None => {
                let id = issue::comment(&tx, &found, &caller.actor(), &input.text).await.map_err(told)?;
                retried::remember(&tx, &caller.key(), "commentIssue", sent, id).await.map_err(told)?;
                id
            }
        };
        let comment = issue::comment_by_id(&tx, id).await.map_err(told)?;
        commit(tx).await?;
        let comment = comment.ok_or_else(|| told(Error::NotFound("comment")))?;
        let mut list = IssueComment::load(platform, vec![comment]).await.map_err(told)?;
        list.pop().ok_or_else(|| told(Error::NotFound("comment")))
    }
}
