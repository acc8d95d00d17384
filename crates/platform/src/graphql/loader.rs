//! What rows of a list point at, loaded for the whole list at once. The ids come from rows that the caller
//! was shown already, so nothing is asked about companies again.

use std::collections::HashMap;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{Context, Error};

use super::asset::Asset;
use super::caller::{Answer, told};
use super::company::PortalUser;
use super::issue::IssueComment;
use crate::{Platform, issue};

/// Loads by the keys below.
pub(super) struct Batch(Platform);

/// The asset with this id.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct AssetOf(pub i64);

/// The issue with this id.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct IssueOf(pub i64);

/// The people to whom the issue with this id is assigned.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct AssigneesOf(pub i64);

/// The comments on the issue with this id.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct CommentsOf(pub i64);

/// A loader for the schema.
pub(super) fn loader(platform: Platform) -> DataLoader<Batch> {
    DataLoader::new(Batch(platform), tokio::spawn)
}

/// What the key names, if there is such a thing.
pub(super) async fn load<K>(context: &Context<'_>, key: K) -> Answer<Option<<Batch as Loader<K>>::Value>>
where
    K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
    Batch: Loader<K, Error = Error>,
{
    context.data::<DataLoader<Batch>>()?.load_one(key).await
}

impl Loader<AssetOf> for Batch {
    type Value = Asset;
    type Error = Error;

    async fn load(&self, keys: &[AssetOf]) -> Answer<HashMap<AssetOf, Asset>> {
        let found = Asset::many(&self.0, keys.iter().map(|key| key.0).collect()).await.map_err(told)?;
        Ok(found.into_iter().map(|(id, asset)| (AssetOf(id), asset)).collect())
    }
}

impl Loader<IssueOf> for Batch {
    type Value = issue::Issue;
    type Error = Error;

    async fn load(&self, keys: &[IssueOf]) -> Answer<HashMap<IssueOf, issue::Issue>> {
        let ids: Vec<i64> = keys.iter().map(|key| key.0).collect();
        let found = issue::by_ids(&self.0.db, &ids).await.map_err(told)?;
        Ok(found.into_iter().map(|issue| (IssueOf(issue.id), issue)).collect())
    }
}

impl Loader<AssigneesOf> for Batch {
    type Value = Vec<PortalUser>;
    type Error = Error;

    async fn load(&self, keys: &[AssigneesOf]) -> Answer<HashMap<AssigneesOf, Vec<PortalUser>>> {
        let ids: Vec<i64> = keys.iter().map(|key| key.0).collect();
        let assigned = issue::assignees(&self.0.db, &ids).await.map_err(told)?;
        let people: Vec<i64> = assigned.values().flatten().copied().collect();
        let users = PortalUser::many(&self.0, &people).await.map_err(told)?;
        let named = |ids: Vec<i64>| ids.iter().filter_map(|id| users.get(id).cloned()).collect();
        Ok(assigned.into_iter().map(|(issue, ids)| (AssigneesOf(issue), named(ids))).collect())
    }
}

impl Loader<CommentsOf> for Batch {
    type Value = Vec<IssueComment>;
    type Error = Error;

    async fn load(&self, keys: &[CommentsOf]) -> Answer<HashMap<CommentsOf, Vec<IssueComment>>> {
        let ids: Vec<i64> = keys.iter().map(|key| key.0).collect();
        let rows = issue::comments(&self.0.db, &ids).await.map_err(told)?;
        let of: Vec<i64> = rows.iter().map(|row| row.issue_id).collect();
        let comments = IssueComment::load(&self.0, rows).await.map_err(told)?;
        let mut out: HashMap<CommentsOf, Vec<IssueComment>> = HashMap::new();
        for (issue, comment) in of.into_iter().zip(comments) {
            out.entry(CommentsOf(issue)).or_default().push(comment);
        }
        Ok(out)
    }
}
