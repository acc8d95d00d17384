//! Components of one's own, which are told nobody elsewhere (behaviour reference §3.11): those whose
//! group or name matches the patterns of the properties `internal-components/*`.

use axum::extract::State;
use axum::http::{Method, StatusCode};
use identity::Permission;
use regex::Regex;
use sea_orm::FromQueryResult;
use storage::jobs::{IfWaiting, NewJob, enqueue};
use storage::worker::{Context, Failure, Worker};
use storage::{Sql, Tx, marks, params};

use crate::server::{Access, AppState, Result, Route, route};
use crate::{config_property, policy};

const MANAGE: Access = Access::Any(&[Permission::SystemConfiguration]);
const IDENTIFY: &str = "component.internal";
const GROUP: &str = "internal-components";

pub(super) fn routes() -> Vec<Route> {
    vec![
        route(Method::GET, "/v1/component/internal/identify", MANAGE, identify)
            .says("Looks at every component anew, whether it is an internal one.")
            .gives(204, "none"),
    ]
}

/// The patterns.
pub(crate) struct Internal {
    groups: Option<Regex>,
    names: Option<Regex>,
    /// Whether every pattern that is set must match.
    all: bool,
}

impl Internal {
    /// The patterns of the properties. One that is not a pattern matches nothing.
    pub(crate) async fn load(sql: &impl Sql) -> Result<Internal> {
        let pattern = |text: Option<String>| {
            let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())?;
            // The whole text must match.
            match Regex::new(&format!("^(?:{text})$")) {
                Ok(pattern) => Some(pattern),
                Err(error) => {
                    tracing::warn!(%error, "a pattern of internal components cannot be used");
                    None
                }
            }
        };
        Ok(Internal {
            groups: pattern(config_property::get(sql, GROUP, "groups.regex").await?),
            names: pattern(config_property::get(sql, GROUP, "names.regex").await?),
            all: config_property::get(sql, GROUP, "match-mode").await?.as_deref() == Some("AND"),
        })
    }

    /// Whether a component is an internal one.
    pub(crate) fn matches(&self, group: Option<&str>, name: &str) -> bool {
        let group = self.groups.as_ref().map(|pattern| group.is_some_and(|group| pattern.is_match(group)));
        let name = self.names.as_ref().map(|pattern| pattern.is_match(name));
        let mut said = [group, name].into_iter().flatten().peekable();
        if self.all { said.peek().is_some() && said.all(|yes| yes) } else { said.any(|yes| yes) }
    }
}

/// Has every component looked at anew when this transaction commits.
pub(crate) async fn queue(tx: &Tx) -> Result<()> {
    enqueue(tx, NewJob::new(IDENTIFY, ())?.lane(IDENTIFY, IfWaiting::Keep)).await?;
    Ok(())
}

async fn identify(State(state): State<AppState>) -> Result<StatusCode> {
    let tx = state.db.begin().await?;
    queue(&tx).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn register(worker: Worker) -> Worker {
    worker.on(IDENTIFY, 1, |context: Context| async move { run(&context).await.map_err(Failure::retry) })
}

async fn run(context: &Context) -> Result<()> {
    #[derive(FromQueryResult)]
    struct Row {
        id: i64,
        name: String,
        group_name: Option<String>,
        is_internal: bool,
    }
    let rules = Internal::load(&context.db).await?;
    let text = "SELECT id, name, group_name, is_internal FROM component WHERE id > ? ORDER BY id LIMIT 2000";
    let mut after = 0;
    loop {
        let rows: Vec<Row> = context.db.rows(text, params![after]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = last.id;
        for internal in [true, false] {
            let changed: Vec<storage::Value> = rows
                .iter()
                .filter(|row| row.is_internal != internal)
                .filter(|row| rules.matches(row.group_name.as_deref(), &row.name) == internal)
                .map(|row| row.id.into())
                .collect();
            if changed.is_empty() {
                continue;
            }
            let tx = context.db.begin().await?;
            let list = marks(changed.len());
            let text = format!("UPDATE component SET is_internal = ? WHERE id IN ({list})");
            tx.execute(&text, [params![internal], changed.clone()].concat()).await?;
            let projects = format!("id IN (SELECT project_id FROM component WHERE id IN ({list}))");
            policy::mark_where(&tx, &projects, changed).await?;
            tx.commit().await?;
        }
    }
}
