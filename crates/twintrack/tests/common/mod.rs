//! A server of this binary in a process of its own, as a user runs it.
#![allow(dead_code, reason = "each test file uses some of it")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub const PASSWORD: &str = "a new password";

/// Runs the binary to its end.
pub fn twintrack(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twintrack"))
        .args(args)
        .env_remove("TWINTRACK_API_KEY")
        .output()
        .expect("the binary runs")
}

/// What a run printed on stdout; it must have ended well.
pub fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned()
}

/// A running server on its own data.
pub struct Server {
    child: Child,
    pub port: u16,
    pub database: String,
    folder: PathBuf,
    keep: Option<tempfile::TempDir>,
    mirrors: bool,
    http: reqwest::Client,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Server {
    /// Starts on fresh data.
    pub async fn start() -> Server {
        Server::start_on(|_| async {}).await
    }

    /// Starts on fresh data a server that mirrors its sources by itself, a minute after its start.
    pub async fn start_mirroring() -> Server {
        Server::start_with(true, |_| async {}).await
    }

    /// Starts on data that were prepared at this address of a database.
    pub async fn start_on<F: Future<Output = ()>>(prepare: impl FnOnce(String) -> F) -> Server {
        Server::start_with(false, prepare).await
    }

    async fn start_with<F: Future<Output = ()>>(mirrors: bool, prepare: impl FnOnce(String) -> F) -> Server {
        // The tests speak plain HTTP, but the client wants to know its cryptography.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let keep = tempfile::tempdir().unwrap();
        let folder = keep.path().join("data");
        std::fs::create_dir_all(&folder).unwrap();
        let database = storage::testing::fresh_address(&folder).await;
        prepare(database.clone()).await;
        let port = free_port();
        let child = spawn(&folder, &database, port, mirrors);
        let http = reqwest::Client::new();
        let server = Server { child, port, database, folder, keep: Some(keep), mirrors, http };
        server.until_ready().await;
        server
    }

    /// Kills the process at once (SIGKILL) and starts it again on the same data and port.
    pub async fn kill_and_restart(&mut self) {
        self.kill();
        self.revive().await;
    }

    /// Kills the process and leaves it dead until [`Server::revive`].
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts a killed server again on the same data and port.
    pub async fn revive(&mut self) {
        self.child = spawn(&self.folder, &self.database, self.port, self.mirrors);
        self.until_ready().await;
    }

    /// Asks it to end as Ctrl-C does and waits for it.
    pub fn interrupt(&mut self) -> std::process::ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
        self.child.wait().unwrap()
    }

    async fn until_ready(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.http.get(self.url("/api/version")).send().await.is_ok_and(|r| r.status().is_success()) {
            assert!(Instant::now() < deadline, "the server does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Runs a command on the server's data.
    pub fn on_data(&self, args: &[&str]) -> Output {
        let folder = self.folder.to_str().unwrap();
        twintrack(&[args, &["--data-dir", folder, "--database-url", &self.database]].concat())
    }

    /// A key of the team Administrators.
    pub fn admin_key(&self) -> String {
        stdout(&self.on_data(&["api-key", "create", "--team", "Administrators"]))
    }

    /// Changes the password of admin and opens a session.
    pub async fn log_in(&self) -> String {
        self.log_in_as("admin", "admin").await
    }

    /// Changes the first password of a user and opens a session.
    pub async fn log_in_as(&self, name: &str, first: &str) -> String {
        let form = [
            ("username", name),
            ("password", first),
            ("newPassword", PASSWORD),
            ("confirmPassword", PASSWORD),
        ];
        let changed =
            self.http.post(self.url("/api/v1/user/forceChangePassword")).form(&form).send().await.unwrap();
        assert_eq!(changed.status(), 200);
        let form = [("username", name), ("password", PASSWORD)];
        let session = self.http.post(self.url("/api/v1/user/login")).form(&form).send().await.unwrap();
        assert_eq!(session.status(), 200);
        session.text().await.unwrap()
    }

    /// A call of the analyzer's API; the status and the JSON body.
    pub async fn rest(&self, method: &str, path: &str, key: &str, body: Option<Value>) -> (u16, Value) {
        let mut request = self.http.request(method.parse().unwrap(), self.url(path)).header("X-Api-Key", key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    /// A call of the platform's API, which must have no errors; its data.
    pub async fn graphql(&self, session: &str, query: &str, variables: Value) -> Value {
        self.graphql_or_error(session, query, variables)
            .await
            .unwrap_or_else(|errors| panic!("{query}: {errors}"))
    }

    /// A call of the platform's API: its data, or its errors.
    pub async fn graphql_or_error(
        &self,
        session: &str,
        query: &str,
        variables: Value,
    ) -> Result<Value, Value> {
        let body = json!({ "query": query, "variables": variables });
        let answer: Value = loop {
            let call = self.http.post(self.url("/graphql")).json(&body);
            // A key of a company comes in a header of its own.
            let call = if session.starts_with("ttk_") {
                call.header("x-api-key", session)
            } else {
                call.bearer_auth(session)
            };
            let answer = call.send().await.unwrap();
            // A test that asks often waits as the server says.
            if answer.status() != 429 {
                break answer.json().await.unwrap();
            }
            let after = answer.headers()["retry-after"].to_str().unwrap().parse().unwrap();
            tokio::time::sleep(Duration::from_secs(after)).await;
        };
        match answer.get("errors") {
            Some(errors) => Err(errors.clone()),
            None => Ok(answer["data"].clone()),
        }
    }

    /// A call as it is; the status and the text.
    pub async fn get(&self, path: &str, session: &str) -> (u16, String) {
        let call = self.http.get(self.url(path));
        let call = if session.starts_with("ttk_") {
            call.header("x-api-key", session)
        } else {
            call.bearer_auth(session)
        };
        let answer = call.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// A subscription over server-sent events: everything that came until it ended.
    pub async fn watch(&self, session: &str, query: &str) -> String {
        let call = self.http.post(self.url("/graphql")).header("accept", "text/event-stream");
        let call = if session.starts_with("ttk_") {
            call.header("x-api-key", session)
        } else {
            call.bearer_auth(session)
        };
        call.json(&json!({ "query": query })).send().await.unwrap().text().await.unwrap()
    }

    /// What Dependency-Track tells of a change; the status of the answer.
    pub async fn webhook(&self, token: &str, body: &Value) -> u16 {
        let call = self.http.post(self.url("/api/webhooks/dependency-track")).header("x-api-key", token);
        call.json(body).send().await.unwrap().status().as_u16()
    }

    /// Uploads an SBOM and gives its token.
    pub async fn upload(&self, key: &str, project: &str, bom: &Value) -> String {
        use base64::Engine;
        let body = json!({
            "projectName": project, "projectVersion": "1", "autoCreate": true,
            "bom": base64::engine::general_purpose::STANDARD.encode(bom.to_string()),
        });
        let (status, answer) = self.rest("PUT", "/api/v1/bom", key, Some(body)).await;
        assert_eq!(status, 200, "{answer}");
        answer["token"].as_str().unwrap().to_owned()
    }

    /// Waits until everything that followed an upload is done.
    pub async fn processed(&self, key: &str, token: &str) {
        let deadline = Instant::now() + Duration::from_secs(120);
        while self.rest("GET", &format!("/api/v1/event/token/{token}"), key, None).await.1["processing"]
            != json!(false)
        {
            assert!(Instant::now() < deadline, "the upload is still being processed");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Puts advisories in the layout of the OSV bucket into the server's data.
    pub fn import(&self, advisories: &[Value]) {
        let folder = self.keep.as_ref().unwrap().path().join("osv");
        write_osv(&folder, advisories);
        stdout(&self.on_data(&["advisories", "import", "--source", "osv", folder.to_str().unwrap()]));
    }
}

fn spawn(folder: &Path, database: &str, port: u16, mirrors: bool) -> Child {
    Command::new(env!("CARGO_BIN_EXE_twintrack"))
        .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--log", "warn"])
        .args(["--data-dir", folder.to_str().unwrap(), "--database-url", database])
        // Tests talk to servers of their own, which need no sparing.
        .args(["--requests-per-second", "0", "--webhook-quiet", "100"])
        // Nor does any of them ask the world for vulnerability data.
        .env("TWINTRACK_MIRRORS", mirrors.to_string())
        .stdin(Stdio::null())
        .spawn()
        .unwrap()
}

/// Writes advisories as the OSV bucket lays them out.
pub fn write_osv(folder: &Path, advisories: &[Value]) {
    for advisory in advisories {
        let ecosystem = advisory["affected"][0]["package"]["ecosystem"].as_str().unwrap();
        std::fs::create_dir_all(folder.join(ecosystem)).unwrap();
        let file = folder.join(ecosystem).join(format!("{}.json", advisory["id"].as_str().unwrap()));
        std::fs::write(file, advisory.to_string()).unwrap();
    }
}

/// An advisory for every version of a package below 2.0.0.
pub fn advisory(id: &str, package: &str) -> Value {
    json!({
        "schema_version": "1.6.0", "id": id,
        "modified": "2026-01-01T00:00:00Z", "published": "2026-01-01T00:00:00Z",
        "summary": format!("A flaw in {package}"),
        "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N" }],
        "affected": [{
            "package": { "ecosystem": "npm", "name": package },
            "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "2.0.0" }] }],
        }],
    })
}

/// A CycloneDX document of these npm packages at version 1.0.0.
pub fn bom<S: AsRef<str>>(packages: &[S]) -> Value {
    let components: Vec<Value> = packages
        .iter()
        .map(|name| {
            let name = name.as_ref();
            let purl = format!("pkg:npm/{name}@1.0.0");
            json!({ "type": "library", "bom-ref": purl, "name": name, "version": "1.0.0", "purl": purl })
        })
        .collect();
    json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": components })
}
