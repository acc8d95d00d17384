//! Repositories: how they are kept, and what they say of packages, in the protocol of each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod common;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use common::exchange::{Server, bom, library};
use common::until;
use serde_json::{Value, json};
use storage::{Sql, params};

/// What a registry was asked: path and credentials.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// A registry on a port of its own.
struct Registry {
    address: String,
    asked: Asked,
}

impl Registry {
    /// Answers these paths with these bodies, everything else with 404. Paths of `down` answer 503.
    async fn start(answers: Vec<(&'static str, Vec<u8>)>) -> Registry {
        let answers: HashMap<&str, Vec<u8>> = answers.into_iter().collect();
        let asked: Asked = Arc::default();
        let noted = asked.clone();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let own = address.clone();
        let app = Router::new().fallback(move |request: Request| {
            let (answers, noted, own) = (answers.clone(), noted.clone(), own.clone());
            async move {
                let path = request.uri().path_and_query().unwrap().to_string();
                let header = |name: &str| {
                    request.headers().get(name).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default()
                };
                noted.lock().unwrap().push((path.clone(), header("authorization")));
                if path.starts_with("/busy/") {
                    let busy = Response::builder().status(429).header("retry-after", "3600");
                    return busy.body(Body::empty()).unwrap();
                }
                if header("if-none-match") == "\"one\"" {
                    return Response::builder().status(304).body(Body::empty()).unwrap();
                }
                match answers.get(path.as_str()) {
                    Some(body) => {
                        let text =
                            String::from_utf8(body.clone()).map(|t| t.replace("OWN", &own).into_bytes());
                        let body = text.unwrap_or_else(|e| e.into_bytes());
                        Response::builder().header("etag", "\"one\"").body(Body::from(body)).unwrap()
                    }
                    None => Response::builder().status(404).body(Body::empty()).unwrap(),
                }
            }
        });
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Registry { address, asked }
    }

    fn paths(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(path, _)| path.clone()).collect()
    }
}

fn text(value: Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

/// Brotli without compression (RFC 7932 §9.2).
fn brotli(plain: &[u8]) -> Vec<u8> {
    let header = (u32::try_from(plain.len() - 1).unwrap() << 4) | 1 << 20;
    let mut out = header.to_le_bytes()[..3].to_vec();
    out.extend_from_slice(plain);
    out.push(3);
    out
}

/// Waits until nobody asks repositories.
async fn quiet(server: &Server) {
    until(async || {
        let waiting =
            "SELECT count(*) FROM job WHERE kind LIKE 'repository.%' AND state IN ('READY', 'RUNNING')";
        server.test.db.count(waiting, params![]).await.unwrap() == 0
    })
    .await;
}

async fn latest(server: &Server, purl: &str) -> Option<Value> {
    let purl = purl
        .replace('%', "%25")
        .replace('@', "%40")
        .replace('/', "%2F")
        .replace('?', "%3F")
        .replace('&', "%26");
    let answer = server.get(&format!("/v1/repository/latest?purl={purl}")).await;
    (answer.status == 200).then(|| answer.json())
}

const SHA1: &str = "0123456789abcdef0123456789abcdef01234567";
const SHA256: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn sha512_base64() -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode([7_u8; 64])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_protocol_is_spoken() {
    let integrity = format!("sha512-{}", sha512_base64());
    let registry = Registry::start(vec![
        (
            "/npm/@scope%2Fleft",
            text(json!({
                "dist-tags": { "latest": "2.0.0", "next": "3.0.0-rc.1" },
                "time": { "1.0.0": "2020-01-01T00:00:00.000Z", "2.0.0": "2021-01-01T00:00:00.000Z" },
                "versions": { "1.0.0": { "dist": { "shasum": SHA1, "integrity": integrity } } },
            })),
        ),
        (
            "/pypi/pypi/requests/json",
            text(json!({
                "info": { "version": "2.31.0" },
                "releases": {
                    "2.30.0": [{ "filename": "requests-2.30.0.tar.gz", "digests": { "sha256": SHA256 },
                        "upload_time_iso_8601": "2023-05-03T00:00:00.000000Z" }],
                    "2.31.0": [{ "filename": "a", "upload_time_iso_8601": "2023-05-22T00:00:00.000000Z" },
                        { "filename": "b" }],
                },
            })),
        ),
        (
            "/cargo/api/v1/crates/serde",
            text(json!({
                "crate": { "max_stable_version": "1.0.200", "newest_version": "2.0.0-alpha" },
                "versions": [{ "num": "1.0.200", "created_at": "2024-04-30T00:00:00.000000Z" },
                    { "num": "1.0.0", "created_at": "2017-04-20T00:00:00Z", "checksum": SHA256 }],
            })),
        ),
        (
            "/maven/org/example/tool/maven-metadata.xml",
            b"<?xml version='1.0'?><metadata><groupId>org.example</groupId><versioning><latest>3.0-SNAPSHOT</latest>\
              <release>2.5</release><versions><version>1.0</version><version>2.5</version></versions>\
              <lastUpdated>20240102030405</lastUpdated></versioning></metadata>"
                .to_vec(),
        ),
        ("/maven/org/example/tool/1.0/tool-1.0.jar.sha1", format!("{SHA1}  tool-1.0.jar\n").into_bytes()),
        ("/maven/org/example/tool/1.0/tool-1.0-sources.jar.sha1", SHA1.replace('0', "f").into_bytes()),
        (
            "/nuget/v3/index.json",
            text(json!({ "version": "3.0.0", "resources": [
                { "@id": "OWN/nuget/content/", "@type": "PackageBaseAddress/3.0.0" },
                { "@id": "OWN/nuget/registration", "@type": "RegistrationsBaseUrl/3.6.0" },
            ] })),
        ),
        ("/nuget/content/some.lib/index.json", text(json!({ "versions": ["1.0.0", "1.10.0", "1.9.0", "2.0.0-beta"] }))),
        ("/nuget/registration/some.lib/1.10.0.json", text(json!({ "published": "2022-02-02T00:00:00+00:00" }))),
        (
            "/nuget/registration/some.lib/1.0.0.json",
            text(json!({ "published": "2020-02-02T00:00:00+00:00", "catalogEntry": "OWN/nuget/catalog/1.json" })),
        ),
        (
            "/nuget/catalog/1.json",
            text(json!({ "version": "1.0.0", "packageHash": sha512_base64(), "packageHashAlgorithm": "SHA512" })),
        ),
        (
            "/go/github.com/!burnt!sushi/toml/@latest",
            text(json!({ "Version": "v1.3.2", "Time": "2023-06-08T06:11:24Z" })),
        ),
        ("/gem/api/v1/versions/rails/latest.json", text(json!({ "version": "7.1.0" }))),
        (
            "/gem/api/v1/versions/rails.json",
            text(json!([{ "number": "7.1.0", "platform": "ruby", "created_at": "2023-10-05T00:00:00.000Z" },
                { "number": "6.0.0", "platform": "ruby", "sha": SHA256 }])),
        ),
        ("/composer/packages.json", text(json!({ "metadata-url": "/composer/p2/%package%.json", "packages": [] }))),
        (
            "/composer/p2/acme/kit.json",
            text(json!({ "packages": { "acme/kit": [
                { "name": "acme/kit", "version": "v3.0.0-RC1", "time": "2024-01-01T00:00:00+00:00" },
                { "version": "v2.1.0", "time": "2023-01-01T00:00:00+00:00", "dist": { "shasum": "" } },
                { "version": "v1.0.0", "dist": { "shasum": SHA1 } },
            ] } })),
        ),
        (
            "/hex/api/packages/phoenix",
            text(json!({ "latest_stable_version": "1.7.0", "releases": [
                { "version": "1.7.0", "inserted_at": "2023-02-25T00:00:00.000000Z" }, { "version": "1.0.0" }] })),
        ),
        ("/hex/api/packages/phoenix/releases/1.0.0", text(json!({ "checksum": SHA256 }))),
        (
            "/cpan/v1/release/DateTime",
            text(json!({ "version": "1.65", "date": "2023-11-04T20:00:00", "checksum_sha256": SHA256 })),
        ),
        (
            "/github/api/v3/repos/actions/checkout/releases/latest",
            text(json!({ "tag_name": "v4.1.0", "published_at": "2023-09-22T00:00:00Z" })),
        ),
        (
            "/github/api/v3/repos/acme/raw/commits?per_page=1",
            text(json!([{ "sha": SHA1, "commit": { "author": { "date": "2024-05-05T00:00:00Z" } } }])),
        ),
        ("/hackage/package/aeson/preferred", text(json!({ "normal-version": ["2.2.1.0", "2.2.0.0"] }))),
        ("/hackage/package/aeson-2.2.1.0/upload-time", b"2023-10-10T10:00:00Z".to_vec()),
        (
            "/nix/packages.json.br",
            brotli(
                json!({ "version": 2, "packages": {
                    "curl": { "pname": "curl", "version": "8.4.0" },
                    "curlOld": { "pname": "curl", "version": "8.1.0" } } })
                .to_string()
                .as_bytes(),
            ),
        ),
    ])
    .await;
    let at = |kind: &str, path: &str| (kind.to_owned(), format!("{}{path}", registry.address));
    let server = Server::with(vec![
        at("npm", "/npm"),
        at("pypi", "/pypi/"),
        at("cargo", "/cargo"),
        at("maven/central", "/maven/"),
        at("nuget", "/nuget"),
        at("go_modules", "/go"),
        at("gem", "/gem"),
        at("composer", "/composer"),
        at("hex", "/hex"),
        at("cpan", "/cpan/v1/"),
        at("github", "/github"),
        at("hackage", "/hackage"),
        at("nixpkgs", "/nix/packages.json.br"),
    ])
    .await;
    let expected: [(&str, &str, Option<&str>); 14] = [
        ("pkg:npm/%40scope/left@1.0.0", "2.0.0", Some("2021-01-01")),
        ("pkg:pypi/requests@2.30.0", "2.31.0", Some("2023-05-22")),
        ("pkg:cargo/serde@1.0.0", "1.0.200", Some("2024-04-30")),
        ("pkg:maven/org.example/tool@1.0", "2.5", Some("2024-01-02")),
        ("pkg:nuget/Some.Lib@1.0.0", "1.10.0", Some("2022-02-02")),
        ("pkg:golang/github.com/BurntSushi/toml@v1.0.0", "v1.3.2", Some("2023-06-08")),
        ("pkg:gem/rails@6.0.0", "7.1.0", Some("2023-10-05")),
        ("pkg:composer/acme/kit@1.0.0", "v2.1.0", Some("2023-01-01")),
        ("pkg:hex/phoenix@1.0.0", "1.7.0", Some("2023-02-25")),
        ("pkg:cpan/DROLSKY/DateTime@1.65", "1.65", Some("2023-11-04")),
        ("pkg:github/actions/checkout@v3", "v4.1.0", Some("2023-09-22")),
        ("pkg:github/acme/raw@0a1b2c3d4e", SHA1, Some("2024-05-05")),
        ("pkg:hackage/aeson@2.0.0.0", "2.2.1.0", Some("2023-10-10")),
        ("pkg:nix/curl@8.0.0", "8.4.0", None),
    ];
    let mut components: Vec<Value> = expected
        .iter()
        .map(|(purl, ..)| {
            // Package URLs of Go are in lower case; the name says how the module is spelled.
            let name = if purl.starts_with("pkg:golang") { "github.com/BurntSushi/toml" } else { "x" };
            library(name, "1", purl)
        })
        .collect();
    components.push(library("x", "1", "pkg:maven/org.example/tool@1.0?classifier=sources"));
    components.push(library("x", "1", "pkg:npm/nowhere@1.0.0"));
    server.upload("all", "1", &bom(&components)).await;
    quiet(&server).await;
    for (purl, version, day) in expected {
        let meta = latest(&server, purl).await;
        let meta = meta.unwrap_or_else(|| panic!("{purl} of {:#?}", registry.paths()));
        assert_eq!(meta["latestVersion"], version, "{purl}");
        let published = meta.get("published").and_then(Value::as_i64);
        let shown = published.and_then(chrono_day);
        assert_eq!(shown.as_deref(), day, "{purl}");
    }
    let hashes = async |purl: &str| -> Value {
        let text = "SELECT hashes FROM package_artifact WHERE purl = ?";
        let found: Option<Option<String>> = server.test.db.scalar(text, params![purl]).await.unwrap();
        found.flatten().map_or(Value::Null, |text| serde_json::from_str(&text).unwrap())
    };
    let seven = "07".repeat(64);
    for (purl, expected) in [
        ("pkg:npm/%40scope/left@1.0.0", json!({ "sha1": SHA1, "sha512": seven })),
        ("pkg:pypi/requests@2.30.0", json!({ "sha256": SHA256 })),
        ("pkg:cargo/serde@1.0.0", json!({ "sha256": SHA256 })),
        ("pkg:maven/org.example/tool@1.0", json!({ "sha1": SHA1 })),
        ("pkg:maven/org.example/tool@1.0?classifier=sources", json!({ "sha1": SHA1.replace('0', "f") })),
        ("pkg:nuget/Some.Lib@1.0.0", json!({ "sha512": seven })),
        ("pkg:gem/rails@6.0.0", json!({ "sha256": SHA256 })),
        ("pkg:composer/acme/kit@1.0.0", json!({ "sha1": SHA1 })),
        ("pkg:hex/phoenix@1.0.0", json!({ "sha256": SHA256 })),
        ("pkg:cpan/DROLSKY/DateTime@1.65", json!({ "sha256": SHA256 })),
    ] {
        assert_eq!(hashes(purl).await, expected, "{purl}");
    }
    // What no repository has is known, too, and not asked for again.
    until(async || registry.paths().iter().any(|path| path == "/npm/nowhere")).await;
    assert_eq!(latest(&server, "pkg:npm/nowhere@1.0.0").await, None);
    let text = "SELECT count(*) FROM package_metadata WHERE name = 'nowhere'";
    until(async || server.test.db.count(text, params![]).await.unwrap() == 1).await;
    server.upload("again", "1", &bom(&components)).await;
    quiet(&server).await;
    let asked = registry.paths();
    for (path, _) in [("/npm/nowhere", 1), ("/npm/@scope%2Fleft", 1), ("/cargo/api/v1/crates/serde", 1)] {
        assert_eq!(asked.iter().filter(|one| *one == path).count(), 1, "{path}: one question a package");
    }
}

/// The day of a time in milliseconds.
fn chrono_day(millis: i64) -> Option<String> {
    let days = millis.div_euclid(86_400_000);
    // Howard Hinnant's civil calendar from days.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn version_1_of_composer_is_spoken() {
    let registry = Registry::start(vec![
        (
            "/packages.json",
            text(json!({ "providers-url": "/p/%package%$%hash%.json",
                "provider-includes": { "p/all$%hash%.json": { "sha256": "abc" } } })),
        ),
        ("/p/all$abc.json", text(json!({ "providers": { "acme/old": { "sha256": "def" } } }))),
        (
            "/p/acme/old$def.json",
            text(json!({ "packages": { "acme/old": {
                "1.0.0": { "version": "1.0.0" }, "1.2.0": { "version": "1.2.0" }, "dev-main": {} } } })),
        ),
    ])
    .await;
    let server = Server::with(vec![("COMPOSER".to_owned(), registry.address.clone())]).await;
    server.upload("old", "1", &bom(&[library("old", "1.0.0", "pkg:composer/acme/old@1.0.0")])).await;
    until(async || latest(&server, "pkg:composer/acme/old").await.is_some()).await;
    assert_eq!(latest(&server, "pkg:composer/acme/old").await.unwrap()["latestVersion"], "1.2.0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_repository_is_asked_with_its_own_credentials_and_a_busy_one_stalls_no_other() {
    let first = Registry::start(vec![]).await;
    let second = Registry::start(vec![("/mine", text(json!({ "dist-tags": { "latest": "9.9.9" } })))]).await;
    let cargo = Registry::start(vec![(
        "/api/v1/crates/serde",
        text(json!({ "crate": { "max_stable_version": "1.2.3" } })),
    )])
    .await;
    let server = Server::with(vec![
        ("npm".to_owned(), first.address.clone()),
        ("pypi".to_owned(), format!("{}/busy/", first.address)),
        ("cargo".to_owned(), cargo.address.clone()),
    ])
    .await;
    let made = server
        .put(
            "/v1/repository",
            &json!({
                "type": "NPM", "identifier": "ours", "url": second.address, "enabled": true,
                "authenticationRequired": true, "username": "ada", "password": "lovelace",
            }),
        )
        .await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(!made.text().contains("lovelace"));
    server
        .upload(
            "mixed",
            "1",
            &bom(&[
                library("mine", "1.0.0", "pkg:npm/mine@1.0.0"),
                library("slow", "1.0.0", "pkg:pypi/slow@1.0.0"),
                library("serde", "1.0.0", "pkg:cargo/serde@1.0.0"),
            ]),
        )
        .await;
    until(async || latest(&server, "pkg:npm/mine").await.is_some()).await;
    until(async || latest(&server, "pkg:cargo/serde").await.is_some()).await;
    assert_eq!(latest(&server, "pkg:npm/mine").await.unwrap()["latestVersion"], "9.9.9");
    let basic = "Basic YWRhOmxvdmVsYWNl";
    assert!(second.asked.lock().unwrap().iter().all(|(_, login)| login == basic));
    assert!(first.asked.lock().unwrap().iter().all(|(_, login)| login.is_empty()));
    // Nothing is known of a package whose repository could not be asked: it will be asked again.
    until(async || first.paths().iter().any(|path| path.starts_with("/busy/"))).await;
    let text = "SELECT count(*) FROM package_metadata WHERE kind = 'PYPI'";
    assert_eq!(server.test.db.count(text, params![]).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_not_changed_is_told_in_one_word_and_internal_packages_stay_inside() {
    let registry = Registry::start(vec![(
        "/api/v1/crates/serde",
        text(json!({ "crate": { "max_stable_version": "1.2.3" } })),
    )])
    .await;
    let server = Server::with(vec![("cargo".to_owned(), registry.address.clone())]).await;
    let serde = library("serde", "1.0.0", "pkg:cargo/serde@1.0.0");
    let secret = library("secret", "1.0.0", "pkg:cargo/secret@1.0.0");
    let uuid = server.upload("one", "1", &bom(&[serde])).await;
    until(async || latest(&server, "pkg:cargo/serde").await.is_some()).await;
    // As if it was long ago.
    let tx = server.test.db.begin().await.unwrap();
    tx.execute("UPDATE package_metadata SET last_check = 1", params![]).await.unwrap();
    tx.execute("UPDATE package_artifact SET hashes = '{}'", params![]).await.unwrap();
    tx.commit().await.unwrap();
    server.post(&format!("/v1/finding/project/{uuid}/analyze"), &json!({})).await;
    until(async || latest(&server, "pkg:cargo/serde").await.unwrap()["lastCheck"].as_i64().unwrap() > 1)
        .await;
    assert_eq!(latest(&server, "pkg:cargo/serde").await.unwrap()["latestVersion"], "1.2.3");
    assert_eq!(registry.paths().len(), 2);

    server.upload("two", "1", &bom(&[secret])).await;
    until(async || registry.paths().iter().any(|path| path.ends_with("/secret"))).await;
    let tx = server.test.db.begin().await.unwrap();
    tx.execute("UPDATE component SET is_internal = ? WHERE name = 'secret'", params![true]).await.unwrap();
    tx.execute("DELETE FROM package_metadata WHERE name = 'secret'", params![]).await.unwrap();
    tx.commit().await.unwrap();
    let before = registry.paths().len();
    let made = server
        .put(
            "/v1/repository",
            &json!({ "type": "CARGO", "identifier": "inside", "url": format!("{}/inside", registry.address),
                "enabled": true, "internal": true }),
        )
        .await;
    assert_eq!(made.status, 201);
    until(async || registry.paths().iter().any(|path| path.starts_with("/inside/"))).await;
    let after: Vec<String> = registry.paths().split_off(before);
    assert!(!after.iter().any(|path| path == "/api/v1/crates/secret"), "{after:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repositories_are_kept_as_the_original_does() {
    let server = Server::start().await;
    let all = server.get("/v1/repository").await;
    assert_eq!(all.header("x-total-count"), "17");
    let all = all.json();
    for repository in all.as_array().unwrap() {
        assert_eq!(repository["url"], "", "no address is built in: {repository}");
        assert_eq!(repository["enabled"], true);
        assert!(repository.get("password").is_none());
    }
    let maven = server.get("/v1/repository/MAVEN?orderBy=resolutionOrder&sort=asc").await;
    assert_eq!(maven.header("x-total-count"), "5");
    assert_eq!(maven.json()[0]["identifier"], "central");
    assert_eq!(server.get("/v1/repository/RPM").await.status, 404);
    assert_eq!(server.get("/v1/repository?sortName=secret").await.json()["title"], "Field not sortable");

    let body = json!({ "type": "MAVEN", "identifier": "ours", "url": "https://repo.example.com/maven",
        "resolutionOrder": 1, "enabled": true, "internal": true, "authenticationRequired": true,
        "username": "ada", "password": "lovelace" });
    let made = server.put("/v1/repository", &body).await;
    assert_eq!(made.status, 201);
    let mut made = made.json();
    assert_eq!(made["resolutionOrder"], 6, "behind the others of its type");
    assert!(made.get("password").is_none());
    let again = server.put("/v1/repository", &body).await;
    assert_eq!(
        (again.status, again.text().as_str()),
        (409, "A repository with the specified identifier already exists.")
    );

    let stored = async || -> Option<String> {
        let text = "SELECT password FROM repository WHERE identifier = 'ours'";
        server.test.db.scalar(text, params![]).await.unwrap().flatten()
    };
    let sealed = stored().await.unwrap();
    assert!(!sealed.contains("lovelace"), "sealed");
    made["enabled"] = json!(false);
    let changed = server.post("/v1/repository", &made).await;
    assert_eq!((changed.status, changed.json()["enabled"].clone()), (200, json!(false)));
    assert_eq!(stored().await.unwrap(), sealed, "a password that is not sent stays");
    made["authenticationRequired"] = json!(false);
    server.post("/v1/repository", &made).await;
    assert_eq!(stored().await, None);

    let unknown = "The UUID of the repository could not be found.";
    made["uuid"] = json!("deadbeef-0000-4000-8000-000000000000");
    let answer = server.post("/v1/repository", &made).await;
    assert_eq!((answer.status, answer.text().as_str()), (404, unknown));
    let answer = server.delete("/v1/repository/deadbeef-0000-4000-8000-000000000000").await;
    assert_eq!((answer.status, answer.text().as_str()), (404, unknown));
    let uuid = all[0]["uuid"].as_str().unwrap();
    assert_eq!(server.delete(&format!("/v1/repository/{uuid}")).await.status, 204);
    assert_eq!(server.get("/v1/repository").await.header("x-total-count"), "17");

    for body in [
        json!({ "type": "RPM", "identifier": "x" }),
        json!({ "type": "NPM" }),
        json!({ "type": "NPM", "identifier": "a\u{0}b" }),
        json!({ "type": "NPM", "identifier": "x", "url": "ftp://example.com" }),
        json!({ "identifier": "x" }),
    ] {
        assert_eq!(server.put("/v1/repository", &body).await.status, 400, "{body}");
    }
    let answer = server.get("/v1/repository/latest?purl=pkg%3Anpm%2Fx%401").await;
    assert_eq!(
        (answer.status, answer.text().as_str()),
        (404, "The repository metadata for the specified component cannot be found.")
    );
    assert_eq!(server.get("/v1/repository/latest?purl=nonsense").await.status, 400);
    assert_eq!(server.get("/v1/repository/latest?purl=pkg%3Arpm%2Fx%401").await.status, 204);
}
