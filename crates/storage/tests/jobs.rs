//! Jobs and the outbox as their users see them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use storage::jobs::{self, IfWaiting, NewJob, State};
use storage::testing::TestDb;
use storage::worker::{Context, Failure, Worker};
use storage::{Db, Sql, outbox, params, settings};
use tokio_util::sync::CancellationToken;

async fn queue(db: &Db, job: NewJob) -> i64 {
    let tx = db.begin().await.unwrap();
    let id = jobs::enqueue(&tx, job).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn ended(db: &Db, id: i64) -> jobs::Job {
    loop {
        let job = jobs::get(db, id).await.unwrap().unwrap();
        if State::parse(&job.state).is_final() {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn start(worker: Worker) -> (CancellationToken, tokio::task::JoinHandle<()>) {
    let stop = CancellationToken::new();
    let token = stop.clone();
    (stop, tokio::spawn(async move { worker.run(token).await.unwrap() }))
}

#[tokio::test]
async fn a_lane_runs_in_order_and_one_at_a_time() {
    let test = TestDb::new().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let at_once = Arc::new(AtomicUsize::new(0));
    let (log, running) = (seen.clone(), at_once.clone());
    let worker = Worker::new(test.db.clone()).on("step", 8, move |context: Context| {
        let (log, running) = (log.clone(), running.clone());
        async move {
            assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0, "two jobs of one lane ran together");
            tokio::task::yield_now().await;
            log.lock().unwrap().push(context.payload::<usize>()?);
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(())
        }
    });
    let mut last = 0;
    for n in 0..10 {
        let job = NewJob::new("step", n).unwrap().lane("one", IfWaiting::Append);
        last = queue(&test.db, job).await;
    }
    let (stop, handle) = start(worker);
    assert_eq!(ended(&test.db, last).await.state, "DONE");
    stop.cancel();
    handle.await.unwrap();
    assert_eq!(*seen.lock().unwrap(), (0..10).collect::<Vec<_>>());
    test.assert_no_jobs_left().await;
}

#[tokio::test]
async fn a_rolled_back_transaction_queues_nothing() {
    let test = TestDb::new().await;
    let tx = test.db.begin().await.unwrap();
    jobs::enqueue(&tx, NewJob::new("never", ()).unwrap()).await.unwrap();
    tx.rollback().await.unwrap();
    test.assert_no_jobs_left().await;
}

#[tokio::test]
async fn work_that_is_kept_sees_what_it_is_kept_for() {
    let test = TestDb::new().await;
    let keep = || NewJob::new("settle", ()).unwrap().lane("settle", IfWaiting::Keep);
    let first = queue(&test.db, keep()).await;
    let tx = test.db.begin().await.unwrap();
    settings::set(&tx, "marked", "yes").await.unwrap();
    assert_eq!(jobs::enqueue(&tx, keep()).await.unwrap(), first);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let (stop, handle) = start(Worker::new(test.db.clone()).on("settle", 1, move |context: Context| {
        let log = log.clone();
        async move {
            let marked = settings::get(&context.db, "marked").await?;
            log.lock().unwrap().push(marked);
            Ok(())
        }
    }));
    // The worker looks for work while the change is not there yet.
    tokio::time::sleep(Duration::from_millis(300)).await;
    tx.commit().await.unwrap();
    ended(&test.db, first).await;
    stop.cancel();
    handle.await.unwrap();
    assert_eq!(seen.lock().unwrap().last().cloned().flatten().as_deref(), Some("yes"));
}

#[tokio::test]
async fn waiting_work_is_kept_once_or_superseded() {
    let test = TestDb::new().await;
    let keep = || NewJob::new("sync", ()).unwrap().lane("asset:1", IfWaiting::Keep);
    assert_eq!(queue(&test.db, keep()).await, queue(&test.db, keep()).await);
    let put = |text: &'static str| {
        let db = test.db.clone();
        async move {
            let tx = db.begin().await.unwrap();
            let id = outbox::put(&tx, "push", "finding:1", text, true).await.unwrap();
            tx.commit().await.unwrap();
            id
        }
    };
    let (first, second) = (put("first").await, put("second").await);
    assert_eq!(jobs::get(&test.db, first).await.unwrap().unwrap().state, "SUPERSEDED");
    assert_eq!(jobs::get(&test.db, second).await.unwrap().unwrap().state, "READY");
}

#[tokio::test]
async fn failures_are_retried_after_a_pause_and_end_when_final() {
    let test = TestDb::new().await;
    let tries = Arc::new(AtomicUsize::new(0));
    let count = tries.clone();
    let worker = Worker::new(test.db.clone())
        .on("flaky", 1, move |_| {
            let count = count.clone();
            async move {
                if count.fetch_add(1, Ordering::SeqCst) < 2 {
                    let after = Some(Duration::from_millis(1));
                    return Err(Failure::Retry { message: "not yet".to_owned(), after });
                }
                Ok(())
            }
        })
        .on("broken", 1, |_| async { Err(Failure::Final("no such thing".to_owned())) })
        .on("panics", 1, |_| async { panic!("a bug") });
    let flaky = queue(&test.db, NewJob::new("flaky", ()).unwrap()).await;
    let broken = queue(&test.db, NewJob::new("broken", ()).unwrap()).await;
    let panics = queue(&test.db, NewJob::new("panics", ()).unwrap().max_attempts(1)).await;
    let (stop, handle) = start(worker);
    let job = ended(&test.db, flaky).await;
    assert_eq!((job.state.as_str(), job.attempt, job.last_error.as_deref()), ("DONE", 3, Some("not yet")));
    let job = ended(&test.db, broken).await;
    assert_eq!((job.state.as_str(), job.last_error.as_deref()), ("FAILED", Some("no such thing")));
    assert_eq!(ended(&test.db, panics).await.state, "FAILED");
    stop.cancel();
    handle.await.unwrap();
}

#[tokio::test]
async fn what_a_dead_worker_held_is_taken_up_again_once() {
    let test = TestDb::new().await;
    let id = queue(&test.db, NewJob::new("work", ()).unwrap()).await;
    // A worker that died: the row says running, the lease has run out.
    let tx = test.db.begin().await.unwrap();
    tx.execute(
        "UPDATE job SET state = 'RUNNING', worker = 'dead', lease_until = 1, attempt = 1 WHERE id = ?",
        params![id],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let runs = Arc::new(AtomicUsize::new(0));
    let workers: Vec<_> = (0..3)
        .map(|_| {
            let count = runs.clone();
            start(Worker::new(test.db.clone()).on("work", 4, move |_| {
                let count = count.clone();
                async move {
                    count.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                }
            }))
        })
        .collect();
    let job = ended(&test.db, id).await;
    for (stop, handle) in workers {
        stop.cancel();
        handle.await.unwrap();
    }
    assert_eq!((job.state.as_str(), job.attempt, runs.load(Ordering::SeqCst)), ("DONE", 2, 1));
}

#[tokio::test]
async fn a_running_job_can_be_cancelled_and_tells_its_progress() {
    let test = TestDb::new().await;
    let worker = Worker::new(test.db.clone()).on("long", 1, |context: Context| async move {
        context.progress("reading", 3, Some(10), Some("three of ten".to_owned()));
        context.until_cancelled().await;
        Err(Failure::Cancelled)
    });
    let id = queue(&test.db, NewJob::new("long", ()).unwrap()).await;
    let (stop, handle) = start(worker);
    let seen = loop {
        let job = jobs::get(&test.db, id).await.unwrap().unwrap();
        if job.phase.is_some() {
            break job;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!((seen.done, seen.total, seen.message.as_deref()), (3, Some(10), Some("three of ten")));
    let tx = test.db.begin().await.unwrap();
    jobs::cancel(&tx, id).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(ended(&test.db, id).await.state, "CANCELLED");
    stop.cancel();
    handle.await.unwrap();
}

#[tokio::test]
async fn documents_and_bulk_rows_come_back_as_they_were() {
    let test = TestDb::new().await;
    let document: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let tx = test.db.begin().await.unwrap();
    let id = storage::blobs::put(&tx, &document).await.unwrap();
    let rows = (0..5_000).map(|n| params![format!("name ? {n}"), "it's"]).collect();
    let changed =
        tx.insert_many("setting", &["name", "value"], rows, "ON CONFLICT DO NOTHING").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(changed, 5_000);
    assert_eq!(storage::blobs::get(&test.db, id).await.unwrap().unwrap(), document);
    let found = test
        .db
        .count(
            "SELECT count(*) FROM setting WHERE name LIKE ? ESCAPE '\\' AND value <> '?'",
            params!["name ? 49%"],
        )
        .await
        .unwrap();
    assert_eq!(found, 111);
}

#[tokio::test]
async fn many_rows_are_updated_each_by_its_own_values() {
    let test = TestDb::new().await;
    let table = "CREATE TABLE a (id {{id}}, word TEXT, score DOUBLE PRECISION, is_good BOOLEAN NOT NULL);";
    test.db.migrate("room", &[("0001", table)]).await.unwrap();
    let tx = test.db.begin().await.unwrap();
    let columns = ["word", "score", "is_good"];
    // More than one statement takes.
    let rows = (0..2_500).map(|n| params![format!("old {n}"), f64::from(n), false]).collect();
    tx.insert_many("a", &columns, rows, "").await.unwrap();
    let ids: Vec<i64> = tx.column("SELECT id FROM a ORDER BY id", params![]).await.unwrap();
    // The first has nothing, from which no database could tell what the values of the others are.
    let row = |n: i64| match n {
        0 => params![None::<String>, None::<f64>, true],
        n => params![format!("it's ? {n}"), n as f64 / 2.0, n % 2 == 0],
    };
    let rows = (0..).zip(&ids).map(|(n, id)| (*id, row(n))).collect();
    assert_eq!(tx.update_many("a", &columns, rows).await.unwrap(), 2_500);
    assert_eq!(tx.update_many("a", &columns, vec![(-1, row(1))]).await.unwrap(), 0);
    assert_eq!(tx.update_many("a", &columns, Vec::new()).await.unwrap(), 0);
    tx.commit().await.unwrap();
    let text = "SELECT count(*) FROM a WHERE word IS NULL AND score IS NULL AND is_good AND id = ?";
    assert_eq!(test.db.count(text, params![ids[0]]).await.unwrap(), 1);
    let text = "SELECT count(*) FROM a WHERE word = ? AND score = ? AND NOT is_good AND id = ?";
    assert_eq!(test.db.count(text, params!["it's ? 2499", 1249.5, ids[2_499]]).await.unwrap(), 1);
    assert_eq!(test.db.count("SELECT count(*) FROM a WHERE is_good", params![]).await.unwrap(), 1_250);
}

#[tokio::test]
async fn an_edited_or_newer_database_is_refused() {
    let test = TestDb::new().await;
    test.db.migrate("room", &[("0001", "CREATE TABLE a (id {{id}});")]).await.unwrap();
    test.db.migrate("room", &[("0001", "CREATE TABLE a (id {{id}});")]).await.unwrap();
    let edited = test.db.migrate("room", &[("0001", "CREATE TABLE b (id {{id}});")]).await.unwrap_err();
    assert!(matches!(edited, storage::Error::ChangedMigration { .. }), "{edited}");
    let newer = test.db.migrate("room", &[]).await.unwrap_err();
    assert!(matches!(newer, storage::Error::Newer { found: 1, known: 0, .. }), "{newer}");
    let secret = Db::open("mysql://user:secret@host/db").await.unwrap_err().to_string();
    assert!(!secret.contains("secret"), "{secret}");
}
