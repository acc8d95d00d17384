//! Objects of which there are never many: each list is read whole from both sides and brought together.

use std::collections::HashMap;

use async_trait::async_trait;
use serde_json::{Map, Value, json};
use storage::{Sql, now_ms, params};

use super::book::{self, Entry, Outcome, hash, plan};
use super::{Result, Run};
use crate::server::Uuid;

/// A kind of object that is written through our own API.
#[async_trait]
pub(super) trait Kind: Sync {
    /// The noun of the report.
    fn noun(&self) -> &'static str;

    /// Whether progress is shown for each object.
    fn is_told(&self) -> bool {
        true
    }

    /// The table in which an object keeps the uuid that it has there.
    fn table(&self) -> Option<&'static str> {
        None
    }

    /// What tells an object apart; its uuid, where it has one.
    fn id(&self, object: &Value) -> String {
        text(object, "uuid")
    }

    /// By what an object with another id is taken for the same one; nothing is never the same.
    fn key(&self, object: &Value) -> Option<String> {
        Some(text(object, "name"))
    }

    /// What people call it.
    fn name(&self, object: &Value) -> String {
        text(object, "name")
    }

    /// What is copied of it, in a form that is equal on both sides when there is nothing to do.
    fn facts(&self, object: &Value) -> Value;

    /// Whether an object here is a default that nobody changed.
    fn is_untouched(&self, _run: &Run<'_>, _here: &Value) -> bool {
        false
    }

    /// All objects here.
    async fn here(&self, run: &Run<'_>) -> Result<Vec<Value>>;

    /// Writes an object. An error of our own API is noted for it, as is what cannot come of it, which is
    /// answered. An object that is here has the uuid that it has there.
    async fn write(
        &self,
        run: &Run<'_>,
        there: &Value,
        here: Option<&Value>,
    ) -> crate::server::Result<Option<String>>;

    /// What there is to say of an object that is as it should be.
    fn remark(&self, _there: &Value) -> Option<String> {
        None
    }
}

/// A text member, or nothing.
pub(super) fn text(object: &Value, name: &str) -> String {
    object.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A truth value, or no.
pub(super) fn flag(object: &Value, name: &str) -> bool {
    object.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// The objects of a list member.
pub(super) fn items<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    object.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// One text member of every object of a list member, sorted, each once.
pub(super) fn texts(object: &Value, list: &str, name: &str) -> Vec<String> {
    let mut all: Vec<String> = items(object, list).map(|item| text(item, name)).collect();
    all.sort();
    all.dedup();
    all
}

/// The members of an object that are there and not null.
pub(super) fn only(object: &Value, names: &[&str]) -> Value {
    let mut out = Map::new();
    for name in names {
        if let Some(value) = object.get(*name).filter(|value| !value.is_null() && *value != &json!("")) {
            out.insert((*name).to_owned(), value.clone());
        }
    }
    out.into()
}

/// What both sides have that the other lacks: to be added here, and to be taken away.
pub(super) fn difference(there: &[String], here: &[String]) -> (Vec<String>, Vec<String>) {
    let lacks = |all: &[String], other: &[String]| {
        all.iter().filter(|one| !other.contains(one)).cloned().collect::<Vec<_>>()
    };
    (lacks(there, here), lacks(here, there))
}

/// Gives a row here the uuid that it has there, unless another copy gave it its own.
pub(super) async fn keep_uuid(
    run: &Run<'_>,
    table: &str,
    made: &str,
    wanted: &str,
) -> crate::server::Result<bool> {
    if made == wanted || !Uuid::is_valid(wanted) {
        return Ok(false);
    }
    let tx = run.state.db.begin().await?;
    let taken = format!("SELECT count(*) FROM {table} WHERE uuid = ?");
    let free = tx.count(&taken, params![wanted]).await? == 0 && !run.book.is_of_another(&tx, made).await?;
    if free {
        tx.execute(&format!("UPDATE {table} SET uuid = ? WHERE uuid = ?"), params![wanted, made]).await?;
    }
    tx.commit().await?;
    Ok(free)
}

/// The objects here, by id and by key.
struct Here {
    objects: Vec<Value>,
    by_id: HashMap<String, usize>,
    by_key: HashMap<String, usize>,
}

impl Here {
    async fn read<K: Kind>(run: &Run<'_>, kind: &K) -> Result<Here> {
        let objects = kind.here(run).await?;
        let (mut by_id, mut by_key) = (HashMap::new(), HashMap::new());
        for (at, object) in objects.iter().enumerate() {
            by_id.entry(kind.id(object)).or_insert(at);
            if let Some(key) = kind.key(object) {
                by_key.entry(key).or_insert(at);
            }
        }
        Ok(Here { objects, by_id, by_key })
    }

    fn find<K: Kind>(&self, kind: &K, there: &Value) -> Option<&Value> {
        let by_key = || self.by_key.get(&kind.key(there)?);
        self.objects.get(*self.by_id.get(&kind.id(there)).or_else(by_key)?)
    }
}

/// Brings a list here, object by object.
pub(super) async fn sync<K: Kind>(run: &Run<'_>, kind: &K, there: &[Value]) -> Result<()> {
    let noun = kind.noun();
    let here = Here::read(run, kind).await?;
    let ids: Vec<String> = there.iter().map(|object| kind.id(object)).collect();
    let entries = run.book.entries(noun, &ids).await?;
    let mut written: HashMap<String, (Outcome, Option<String>)> = HashMap::new();
    let mut settled = Vec::new();
    for (done, (object, id)) in there.iter().zip(&ids).enumerate() {
        if kind.is_told() {
            run.tell(noun, done as u64, Some(there.len() as u64));
        }
        let mut present = here.find(kind, object).cloned();
        let facts = kind.facts(object);
        let facts_here = present.as_ref().map(|present| kind.facts(present));
        let untouched = present.as_ref().is_some_and(|present| kind.is_untouched(run, present));
        let entry = entries.get(id);
        let outcome = plan(entry, &facts, facts_here.as_ref(), untouched, run.options.overwrite);
        if run.book.is_dry() {
            settled.push(row(kind, object, entry, outcome, &facts, facts_here.as_ref()));
            continue;
        }
        if let (Some(table), Some(present)) = (kind.table(), &mut present)
            && keep_uuid(run, table, &kind.id(present), id).await?
            && let Some(member) = present.get_mut("uuid")
        {
            *member = json!(id);
        }
        if !matches!(outcome, Outcome::New | Outcome::Changed) {
            settled.push(row(kind, object, entry, outcome, &facts, facts_here.as_ref()));
            continue;
        }
        run.book.note(noun, vec![Entry::begun(id, &kind.name(object))]).await?;
        match kind.write(run, object, present.as_ref()).await {
            Ok(note) => written.insert(id.clone(), (outcome, note)),
            Err(error @ crate::server::Error::Storage(_)) => return Err(error.into()),
            Err(error) => written.insert(id.clone(), (Outcome::Failed, Some(error.to_string()))),
        };
    }
    run.book.note(noun, settled).await?;
    if written.is_empty() {
        return Ok(());
    }
    let here = Here::read(run, kind).await?;
    let mut rows = Vec::new();
    for object in there {
        let id = kind.id(object);
        let Some((outcome, note)) = written.remove(&id) else { continue };
        let present = here.find(kind, object).map(|present| hash(&kind.facts(present)));
        let failed = outcome == Outcome::Failed;
        rows.push(Entry {
            uuid: id,
            name: kind.name(object),
            seen: if failed { String::new() } else { hash(&kind.facts(object)) },
            written: present.unwrap_or_default(),
            outcome,
            note: note.or_else(|| kind.remark(object)),
            at: now_ms(),
        });
    }
    Ok(run.book.note(noun, rows).await?)
}

/// The row of an object for which nothing is written.
fn row<K: Kind>(
    kind: &K,
    object: &Value,
    entry: Option<&Entry>,
    outcome: Outcome,
    facts: &Value,
    here: Option<&Value>,
) -> Entry {
    let mut row = book::settled(entry, outcome, facts, here);
    row.uuid = kind.id(object);
    row.name = kind.name(object);
    row.note = row.note.or_else(|| kind.remark(object));
    row
}
