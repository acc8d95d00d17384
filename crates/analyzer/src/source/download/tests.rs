//! Downloads from a small server that breaks off, refuses, hurries and dawdles as told.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_LENGTH, IF_NONE_MATCH};
use axum::response::IntoResponse;
use futures::StreamExt;

use super::*;

type Calls = Arc<Mutex<Vec<HeaderMap>>>;
type Reply = Arc<dyn Fn(usize, &HeaderMap) -> axum::response::Response + Send + Sync>;

/// A server; `reply` is told how many requests came before, and the headers.
async fn serve(
    reply: impl Fn(usize, &HeaderMap) -> axum::response::Response + Send + Sync + 'static,
) -> (String, Calls) {
    let (calls, reply): (Calls, Reply) = (Arc::default(), Arc::new(reply));
    let handle = |State((calls, reply)): State<(Calls, Reply)>, headers: HeaderMap| async move {
        let before = {
            let mut calls = calls.lock().unwrap();
            calls.push(headers.clone());
            calls.len() - 1
        };
        reply(before, &headers)
    };
    let app = Router::new().fallback(handle).with_state((calls.clone(), reply));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/all.zip", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, calls)
}

fn content() -> Vec<u8> {
    (0..300_000u32).map(|n| (n % 251) as u8).collect()
}

/// The first bytes of an answer that should be longer, and then nothing: the connection ends, or
/// stays silent.
fn partly(total: usize, bytes: &[u8], silent: bool) -> axum::response::Response {
    let first = futures::stream::iter([Ok(Bytes::copy_from_slice(bytes))]);
    let then = futures::stream::once(async move {
        let wait = if silent { Duration::from_secs(20) } else { Duration::from_millis(50) };
        tokio::time::sleep(wait).await;
        Err::<Bytes, _>(io::Error::other("broken"))
    });
    ([(CONTENT_LENGTH, total.to_string()), (ETAG, "\"v1\"".to_owned())], Body::from_stream(first.chain(then)))
        .into_response()
}

/// The rest, when it is asked for as it should be.
fn rest(headers: &HeaderMap) -> axum::response::Response {
    let content = content();
    assert_eq!(headers[IF_RANGE], "\"v1\"");
    let range = headers[RANGE].to_str().unwrap();
    let from: usize = range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap();
    let told = format!("bytes {from}-{}/{}", content.len() - 1, content.len());
    (StatusCode::PARTIAL_CONTENT, [(CONTENT_RANGE, told)], content[from..].to_vec()).into_response()
}

fn whole() -> axum::response::Response {
    ([(ETAG, "\"v1\"")], content()).into_response()
}

fn downloader() -> Downloader {
    let retry = Retry { attempts: 3, first: Duration::from_millis(5), cap: Duration::from_millis(100) };
    Downloader::new(Limits { retry, read: Duration::from_secs(1), ..Limits::default() }).unwrap()
}

fn request<'a>(url: &'a str, to: &'a Path) -> Request<'a> {
    Request { url, to, known: None, limit: 1 << 20, sha256: None }
}

fn silent(_: u64, _: Option<u64>) {}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_file_is_fetched_once_and_then_only_when_it_changed() {
    let (url, calls) = serve(|_, headers| match headers.get(IF_NONE_MATCH) {
        Some(tag) if tag == "\"v1\"" => StatusCode::NOT_MODIFIED.into_response(),
        _ => whole(),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("all.zip");
    let told = Mutex::new(Vec::new());
    let progress = |done, total| told.lock().unwrap().push((done, total));
    let outcome = downloader().fetch(&request(&url, &to), &progress).await.unwrap();
    let Outcome::Fetched { validators, bytes } = outcome else { panic!("{outcome:?}") };
    assert_eq!(bytes, 300_000);
    assert_eq!(std::fs::read(&to).unwrap(), content());
    assert_eq!(names(folder.path()), ["all.zip"]);
    assert_eq!(calls.lock().unwrap()[0][ACCEPT_ENCODING], "identity");
    let told = told.into_inner().unwrap();
    assert_eq!((told.first(), told.last()), (Some(&(0, Some(300_000))), Some(&(300_000, Some(300_000)))));

    let again = Request { known: Some(&validators), ..request(&url, &to) };
    assert_eq!(downloader().fetch(&again, &silent).await.unwrap(), Outcome::NotModified);
    assert_eq!(std::fs::read(&to).unwrap(), content());
}

#[tokio::test]
async fn a_broken_transfer_is_resumed_where_it_broke() {
    for stays_silent in [false, true] {
        let (url, calls) = serve(move |before, headers| match before {
            0 => partly(300_000, &content()[..100_000], stays_silent),
            1 => (StatusCode::BAD_GATEWAY, "later").into_response(),
            _ => rest(headers),
        })
        .await;
        let folder = tempfile::tempdir().unwrap();
        let to = folder.path().join("all.zip");
        let hash: String = Sha256::digest(content()).iter().map(|b| format!("{b:02X}")).collect();
        let request = Request { sha256: Some(&hash), ..request(&url, &to) };
        downloader().fetch(&request, &silent).await.unwrap();
        assert!(std::fs::read(&to).unwrap() == content());
        assert_eq!(calls.lock().unwrap()[2][RANGE], "bytes=100000-");
    }
}

#[tokio::test]
async fn a_server_that_cannot_resume_is_asked_for_everything() {
    let (url, _) = serve(|before, _| match before {
        0 => partly(300_000, &content()[..100_000], false),
        1 => (StatusCode::PARTIAL_CONTENT, [(CONTENT_RANGE, "bytes 7-9/10")], "xyz").into_response(),
        _ => whole(),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("all.zip");
    downloader().fetch(&request(&url, &to), &silent).await.unwrap();
    assert!(std::fs::read(&to).unwrap() == content());
}

#[tokio::test]
async fn a_transfer_that_breaks_at_the_same_place_again_and_again_is_given_up() {
    let (url, calls) = serve(|before, _| match before % 2 {
        0 => partly(300_000, &content()[..100_000], false),
        _ => StatusCode::RANGE_NOT_SATISFIABLE.into_response(),
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("all.zip");
    let error = downloader().fetch(&request(&url, &to), &silent).await.unwrap_err();
    assert!(matches!(error, Error::Broken { .. }), "{error:?}");
    assert_eq!(calls.lock().unwrap().len(), 3);
    assert!(names(folder.path()).is_empty());
}

#[tokio::test]
async fn failures_that_pass_are_waited_for_and_others_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("all.zip");
    std::fs::write(&to, "old").unwrap();

    let (url, calls) = serve(|before, _| match before {
        0 => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        1 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "0")]).into_response(),
        _ => whole(),
    })
    .await;
    downloader().fetch(&request(&url, &to), &silent).await.unwrap();
    assert_eq!(calls.lock().unwrap().len(), 3);
    std::fs::write(&to, "old").unwrap();

    let (url, calls) = serve(|_, _| StatusCode::NOT_FOUND.into_response()).await;
    let secret = url.replace("http://", "http://user:password@") + "?key=hidden";
    let error = downloader().fetch(&request(&secret, &to), &silent).await.unwrap_err();
    assert!(matches!(error, Error::NotFound { .. }), "{error:?}");
    let text = format!("{error} {error:?}");
    assert!(!text.contains("password") && !text.contains("hidden"), "{text}");
    assert_eq!(calls.lock().unwrap().len(), 1);

    let (url, calls) =
        serve(|_, _| (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "900")]).into_response()).await;
    let error = downloader().fetch(&request(&url, &to), &silent).await.unwrap_err();
    let expected = Duration::from_secs(900);
    assert!(matches!(error, Error::Busy { retry_after, .. } if retry_after == expected), "{error:?}");
    assert_eq!(calls.lock().unwrap().len(), 1);

    let (url, calls) = serve(|_, _| partly(300_000, b"", true)).await;
    let error = downloader().fetch(&request(&url, &to), &silent).await.unwrap_err();
    assert!(matches!(error, Error::Broken { .. }), "{error:?}");
    assert_eq!(calls.lock().unwrap().len(), 3);

    let error = downloader().fetch(&request("http://127.0.0.1:1/x", &to), &silent).await.unwrap_err();
    assert!(matches!(error, Error::Broken { .. }), "{error:?}");
    let error = downloader().fetch(&request("no address", &to), &silent).await.unwrap_err();
    assert!(matches!(error, Error::Address { .. }), "{error:?}");
    assert_eq!(std::fs::read(&to).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["all.zip"]);
}

#[tokio::test]
async fn too_large_and_wrong_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("all.zip");
    let chunked =
        || Body::from_stream(futures::stream::iter([Ok::<_, io::Error>(content())])).into_response();
    for reply in [whole, chunked] {
        let (url, calls) = serve(move |_, _| reply()).await;
        let small = Request { limit: 1000, ..request(&url, &to) };
        let error = downloader().fetch(&small, &silent).await.unwrap_err();
        assert!(matches!(error, Error::TooLarge { limit: 1000, .. }), "{error:?}");
        assert_eq!(calls.lock().unwrap().len(), 1);
        let wrong = Request { sha256: Some("00ff"), ..request(&url, &to) };
        let error = downloader().fetch(&wrong, &silent).await.unwrap_err();
        assert!(matches!(error, Error::Checksum { .. }), "{error:?}");
    }
    assert!(names(folder.path()).is_empty());
}

#[tokio::test]
async fn what_cannot_be_written_is_told_with_its_path() {
    let (url, _) = serve(|_, _| whole()).await;
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/all.zip");
    let error = downloader().fetch(&request(&url, &missing), &silent).await.unwrap_err();
    assert!(matches!(error, Error::File { .. }), "{error:?}");
    assert!(error.to_string().contains("missing/all.zip"), "{error}");

    // A folder is in the way of the file.
    let taken = folder.path().join("taken");
    std::fs::create_dir_all(taken.join("in use")).unwrap();
    let error = downloader().fetch(&request(&url, &taken), &silent).await.unwrap_err();
    assert!(matches!(&error, Error::File { path, .. } if *path == taken), "{error:?}");
    assert_eq!(names(folder.path()), ["taken"]);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_told() {
    let file = tokio::fs::File::options().write(true).open("/dev/full").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (hash, validators) = (Sha256::new(), Validators::default());
    let path = folder.path().join("all.zip.part");
    let mut part = Part { path: path.clone(), file, bytes: 0, hash, validators };
    let to = folder.path().join("all.zip");
    std::fs::write(&to, "old").unwrap();
    let written = part.write(&[0; 1000]).await;
    let error = match written {
        Ok(()) => part.complete(&to, None).await.unwrap_err(),
        Err(error) => error,
    };
    assert!(
        matches!(&error, Error::File { source, .. } if source.kind() == io::ErrorKind::StorageFull),
        "{error:?}"
    );
    assert!(error.to_string().contains("all.zip.part"), "{error}");
    assert_eq!(std::fs::read(&to).unwrap(), b"old");
}
