//! What was copied: one row an object, by which a copy goes on after a kill, doubles nothing, and
//! notices what changed on either side.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use sea_orm::FromQueryResult;
use serde_json::Value;
use storage::{Db, Sql, Tx, marks, now_ms, params};

use super::content::FINDINGS;
use crate::server::Result;

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Outcome {
    /// It is new here.
    New,
    /// It changed there and was written again.
    Changed,
    /// There was nothing to do.
    Same,
    /// It is otherwise here, and stays so.
    Kept,
    /// It waits for something that is not here yet.
    Waiting,
    /// It could not be copied.
    Failed,
}

impl Outcome {
    const ALL: [Outcome; 6] =
        [Outcome::New, Outcome::Changed, Outcome::Same, Outcome::Kept, Outcome::Waiting, Outcome::Failed];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Outcome::New => "NEW",
            Outcome::Changed => "CHANGED",
            Outcome::Same => "SAME",
            Outcome::Kept => "KEPT",
            Outcome::Waiting => "WAITING",
            Outcome::Failed => "FAILED",
        }
    }

    fn parse(text: &str) -> Outcome {
        Outcome::ALL.into_iter().find(|one| one.as_str() == text).unwrap_or(Outcome::Failed)
    }
}

/// The hash of an object that somebody began to write: what is here is not a decision of this side.
const BEGUN: &str = "begun";

/// Of an object that is otherwise here.
const KEPT: &str = "it is otherwise here and was left so; --overwrite takes what is there";

/// Of an object that changed there and is gone here.
const REMOVED: &str = "it changed there, but was removed here; --overwrite brings it back";

/// What is remembered of an object.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Its uuid there, or what tells it apart.
    pub uuid: String,
    /// What people call it.
    pub name: String,
    /// The hash of what it was there; empty is not copied yet.
    pub seen: String,
    /// The hash of what it became here.
    pub written: String,
    pub outcome: Outcome,
    pub note: Option<String>,
    pub at: i64,
}

impl Entry {
    /// An object that somebody begins to write.
    pub(super) fn begun(uuid: &str, name: &str) -> Entry {
        Entry {
            uuid: uuid.to_owned(),
            name: name.to_owned(),
            seen: String::new(),
            written: BEGUN.to_owned(),
            outcome: Outcome::Failed,
            note: Some("it was interrupted; run the command again".to_owned()),
            at: now_ms(),
        }
    }
}

/// FNV-1a, 64 bits, of a value whose members are in order.
pub(super) fn hash(value: &Value) -> String {
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// What there is to do about an object, given what is remembered, what it is there and what it is here.
///
/// `untouched` says that nobody changed the object here although nothing is remembered of it: it is
/// a default.
pub(super) fn plan(
    entry: Option<&Entry>,
    there: &Value,
    here: Option<&Value>,
    untouched: bool,
    overwrite: bool,
) -> Outcome {
    if here == Some(there) {
        return Outcome::Same;
    }
    let fresh = if here.is_some() { Outcome::Changed } else { Outcome::New };
    let Some(entry) = entry else {
        return if here.is_none() || untouched || overwrite { fresh } else { Outcome::Kept };
    };
    if overwrite || entry.written == BEGUN {
        return fresh;
    }
    if entry.seen == hash(there) {
        // What differs was changed or removed here.
        return Outcome::Same;
    }
    match here {
        Some(here) if hash(here) == entry.written || untouched => Outcome::Changed,
        None if entry.written.is_empty() => Outcome::New,
        _ => Outcome::Kept,
    }
}

/// The row of an object for which nothing is written, without its uuid and name.
pub(super) fn settled(entry: Option<&Entry>, outcome: Outcome, there: &Value, here: Option<&Value>) -> Entry {
    let before = |of: fn(&Entry) -> &String| entry.map(of).cloned().unwrap_or_default();
    let (seen, written) = match outcome {
        // Told again as long as it differs.
        Outcome::Kept => (before(|entry| &entry.seen), before(|entry| &entry.written)),
        _ if here == Some(there) => (hash(there), hash(there)),
        _ => (hash(there), before(|entry| &entry.written)),
    };
    let note = match outcome {
        Outcome::Kept if here.is_some() => Some(KEPT.to_owned()),
        Outcome::Kept => Some(REMOVED.to_owned()),
        _ => None,
    };
    Entry { uuid: String::new(), name: String::new(), seen, written, outcome, note, at: now_ms() }
}

#[derive(FromQueryResult)]
struct Row {
    uuid: String,
    name: String,
    seen: String,
    written: String,
    outcome: String,
    note: Option<String>,
    at: i64,
}

impl From<Row> for Entry {
    fn from(row: Row) -> Entry {
        let Row { uuid, name, seen, written, outcome, note, at } = row;
        Entry { uuid, name, seen, written, outcome: Outcome::parse(&outcome), note, at }
    }
}

/// Whether nobody has used this server yet.
async fn is_fresh(sql: &impl Sql) -> Result<bool> {
    Ok(sql.count("SELECT count(*) FROM project", params![]).await? == 0)
}

/// The rows of one copy.
pub(super) struct Book {
    db: Db,
    id: i64,
    /// When the copy began; rows since then are its own.
    pub started: i64,
    /// Whether there was nothing here but defaults when the first copy began.
    pub fresh: bool,
    /// With a dry run rows are kept here, and nothing is written.
    dry: Option<Mutex<Vec<(String, Entry)>>>,
}

impl Book {
    /// Opens the book of a server: that of the copy that was interrupted, or of a new one.
    pub(super) async fn open(db: &Db, source: &str, dry: bool) -> Result<Book> {
        #[derive(FromQueryResult)]
        struct Begun {
            id: i64,
            started_at: i64,
            ended_at: Option<i64>,
            fresh: bool,
        }
        let text = "SELECT id, started_at, ended_at, fresh FROM migration WHERE source = ?";
        let now = now_ms();
        if dry {
            let known: Option<Begun> = db.row(text, params![source]).await?;
            let (id, fresh) = match known {
                Some(known) => (known.id, known.fresh),
                None => (0, is_fresh(db).await?),
            };
            return Ok(Book { db: db.clone(), id, started: now, fresh, dry: Some(Mutex::default()) });
        }
        let tx = db.begin().await?;
        tx.lock("migration").await?;
        let known: Option<Begun> = tx.row(text, params![source]).await?;
        let fresh = match &known {
            Some(known) => known.fresh,
            None => is_fresh(&tx).await?,
        };
        let (id, started) = match known {
            Some(known) if known.ended_at.is_none() => (known.id, known.started_at),
            Some(known) => {
                let changes = [("started_at", now.into()), ("ended_at", None::<i64>.into())];
                tx.update("migration", known.id, &changes).await?;
                (known.id, now)
            }
            None => {
                let row = [("source", source.into()), ("started_at", now.into()), ("fresh", fresh.into())];
                (tx.insert("migration", &row).await?, now)
            }
        };
        tx.commit().await?;
        Ok(Book { db: db.clone(), id, started, fresh, dry: None })
    }

    /// Whether the copy of another server gave an object this uuid.
    pub(super) async fn is_of_another(&self, sql: &impl Sql, uuid: &str) -> Result<bool> {
        let text = "SELECT count(*) FROM migrated WHERE uuid = ? AND migration_id <> ?";
        Ok(sql.count(text, params![uuid, self.id]).await? > 0)
    }

    /// Whether nothing is to be written.
    pub(super) fn is_dry(&self) -> bool {
        self.dry.is_some()
    }

    /// What is remembered of these objects, by uuid.
    pub(super) async fn entries(&self, noun: &str, uuids: &[String]) -> Result<HashMap<String, Entry>> {
        let mut out = HashMap::with_capacity(uuids.len());
        for chunk in uuids.chunks(500) {
            let text = format!(
                "SELECT uuid, name, seen, written, outcome, note, at FROM migrated \
                 WHERE migration_id = ? AND noun = ? AND uuid IN ({})",
                marks(chunk.len())
            );
            let mut values = params![self.id, noun];
            values.extend(chunk.iter().map(|uuid| uuid.clone().into()));
            for row in self.db.rows::<Row>(&text, values).await? {
                out.insert(row.uuid.clone(), row.into());
            }
        }
        Ok(out)
    }

    /// Whether an object was dealt with since this copy began.
    pub(super) fn is_done(&self, entry: Option<&Entry>) -> bool {
        entry.is_some_and(|entry| entry.at >= self.started && entry.outcome != Outcome::Failed)
    }

    /// Writes rows in the transaction that writes their objects.
    pub(super) async fn write(&self, tx: &Tx, noun: &str, entries: Vec<Entry>) -> Result<()> {
        let columns = ["migration_id", "noun", "uuid", "name", "seen", "written", "outcome", "note", "at"];
        // A list that moves while it is read can name an object twice: the last row counts.
        let entries: BTreeMap<String, Entry> =
            entries.into_iter().map(|entry| (entry.uuid.clone(), entry)).collect();
        let rows = entries
            .into_values()
            .map(|e| {
                let outcome = e.outcome.as_str();
                params![self.id, noun, e.uuid, e.name, e.seen, e.written, outcome, e.note, e.at]
            })
            .collect();
        let tail = "ON CONFLICT (migration_id, noun, uuid) DO UPDATE SET name = excluded.name, seen = excluded.seen, \
             written = excluded.written, outcome = excluded.outcome, note = excluded.note, at = excluded.at";
        tx.insert_many("migrated", &columns, rows, tail).await?;
        Ok(())
    }

    /// Writes rows alone.
    pub(super) async fn note(&self, noun: &str, entries: Vec<Entry>) -> Result<()> {
        if let Some(dry) = &self.dry {
            if let Ok(mut rows) = dry.lock() {
                rows.extend(entries.into_iter().map(|entry| (noun.to_owned(), entry)));
            }
            return Ok(());
        }
        if entries.is_empty() {
            return Ok(());
        }
        let tx = self.db.begin().await?;
        self.write(&tx, noun, entries).await?;
        tx.commit().await?;
        Ok(())
    }

    /// How many objects of a noun had which outcome in this copy.
    pub(super) async fn counts(&self) -> Result<Vec<(String, Outcome, u64)>> {
        if let Some(dry) = &self.dry {
            let mut counts: HashMap<(String, Outcome), u64> = HashMap::new();
            for (noun, entry) in dry.lock().map(|rows| rows.clone()).unwrap_or_default() {
                *counts.entry((noun, entry.outcome)).or_default() += 1;
            }
            return Ok(counts.into_iter().map(|((noun, outcome), n)| (noun, outcome, n)).collect());
        }
        #[derive(FromQueryResult)]
        struct Count {
            noun: String,
            outcome: String,
            n: i64,
        }
        let text = "SELECT noun, outcome, count(*) AS n FROM migrated WHERE migration_id = ? AND at >= ? \
             GROUP BY noun, outcome";
        let rows: Vec<Count> = self.db.rows(text, params![self.id, self.started]).await?;
        Ok(rows
            .into_iter()
            .map(|row| (row.noun, Outcome::parse(&row.outcome), u64::try_from(row.n).unwrap_or_default()))
            .collect())
    }

    /// What there is to say of single objects of this copy: by noun and name, at most `limit`.
    pub(super) async fn notes(&self, limit: i64) -> Result<Vec<(String, Entry)>> {
        if let Some(dry) = &self.dry {
            let mut rows = dry.lock().map(|rows| rows.clone()).unwrap_or_default();
            rows.retain(|(noun, entry)| {
                entry.note.is_some() && (noun != FINDINGS || entry.outcome == Outcome::Failed)
            });
            return Ok(rows);
        }
        #[derive(FromQueryResult)]
        struct Noted {
            noun: String,
            #[sea_orm(nested)]
            row: Row,
        }
        let text = "SELECT noun, uuid, name, seen, written, outcome, note, at FROM migrated \
             WHERE migration_id = ? AND at >= ? AND note IS NOT NULL AND (noun <> ? OR outcome = ?) \
             ORDER BY noun, name, uuid LIMIT ?";
        let failed = Outcome::Failed.as_str();
        let rows: Vec<Noted> =
            self.db.rows(text, params![self.id, self.started, FINDINGS, failed, limit]).await?;
        Ok(rows.into_iter().map(|noted| (noted.noun, noted.row.into())).collect())
    }

    /// The projects of this copy whose findings were compared, with the counts.
    pub(super) async fn compared(&self) -> Result<Vec<Entry>> {
        if let Some(dry) = &self.dry {
            let mut rows = dry.lock().map(|rows| rows.clone()).unwrap_or_default();
            rows.retain(|(noun, entry)| noun == FINDINGS && entry.outcome != Outcome::Failed);
            return Ok(rows.into_iter().map(|(_, entry)| entry).collect());
        }
        let text = "SELECT uuid, name, seen, written, outcome, note, at FROM migrated \
             WHERE migration_id = ? AND at >= ? AND noun = ? AND outcome <> ? ORDER BY name, uuid";
        let failed = Outcome::Failed.as_str();
        let rows: Vec<Row> = self.db.rows(text, params![self.id, self.started, FINDINGS, failed]).await?;
        Ok(rows.into_iter().map(Entry::from).collect())
    }

    /// The copy is complete: the next one begins anew.
    pub(super) async fn end(&self) -> Result<()> {
        if self.is_dry() {
            return Ok(());
        }
        let tx = self.db.begin().await?;
        tx.update("migration", self.id, &[("ended_at", now_ms().into())]).await?;
        tx.commit().await?;
        Ok(())
    }
}
