//! Sending recorded requests and comparing the answers.

mod compare;
mod conform;
pub mod listed;
pub mod webhooks;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use listed::{Kind, Listed};
use serde_json::Value;

use crate::common::Running;

/// Values of hashes that the documents leave open.
const MD5: &str = "0cc175b9c0f1b6a831c399e269772661";
const SHA1: &str = "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8";
const ADMIN_PASSWORD: &str = "admin-password";

/// One recorded step.
#[derive(serde::Deserialize)]
pub struct Step {
    pub id: String,
    pub order: i64,
    pub request: Recorded,
    pub response: Answer,
    #[serde(default)]
    pub compare: compare::Rules,
    pub poll: Option<Value>,
    #[serde(default)]
    pub captures: HashMap<String, Capture>,
}

#[derive(serde::Deserialize)]
pub struct Recorded {
    pub method: String,
    pub path: String,
    #[serde(default)]
    pub headers: HashMap<String, String>,
    pub body: Option<Value>,
    pub body_text: Option<String>,
    pub form: Option<HashMap<String, String>>,
    pub multipart: Option<Vec<(String, String)>>,
}

#[derive(serde::Deserialize)]
pub struct Answer {
    pub status: u16,
    #[serde(default)]
    pub headers: HashMap<String, String>,
    #[serde(default)]
    pub body: Value,
}

#[derive(serde::Deserialize)]
pub struct Capture {
    pub from: String,
    /// The placeholder; none where the recorded answer had no such thing.
    pub value: Option<String>,
}

/// All steps of a recording, in order.
pub fn steps(folder: &Path) -> Vec<Step> {
    let mut steps: Vec<Step> = std::fs::read_dir(folder)
        .expect("the recording is there")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .filter(|path| !matches!(path.file_stem().unwrap().to_str(), Some("index" | "uuid-names")))
        .map(|path| {
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap_or_else(|e| panic!("{path:?}: {e}"))
        })
        .collect();
    steps.sort_by_key(|step| step.order);
    assert!(!steps.is_empty(), "{folder:?} holds no steps");
    steps
}

/// The analyzer with the advisories that the recorded server had.
pub struct Server(Running);

/// The records that the recorded server had: those of the ecosystems' own databases.
fn extract(zip: &Path, folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let file = std::fs::File::open(zip).unwrap_or_else(|e| panic!("{zip:?}: {e}"));
    let mut archive = zip::ZipArchive::new(file).unwrap();
    for n in 0..archive.len() {
        let mut entry = archive.by_index(n).unwrap();
        let name = entry.name().to_owned();
        if !name.starts_with("GHSA-") {
            std::io::copy(&mut entry, &mut std::fs::File::create(folder.join(name)).unwrap()).unwrap();
        }
    }
}

impl Server {
    pub async fn start(root: &Path) -> Server {
        let options = analyzer::Options::default();
        let running = Running::idle(options.clone()).await;
        let folder = running.test.folder.path().join("osv");
        for ecosystem in ["PyPI", "Go", "crates.io"] {
            let zip = root.join("corpus/advisories").join(ecosystem).join("all.zip");
            extract(&zip, &folder.join(ecosystem));
        }
        let (osv, folder) = (analyzer::Source::Osv, folder.to_str().unwrap());
        analyzer::import(&running.test.db, osv, folder, &options, &|_, _, _| {}).await.unwrap();
        running.identity.change_password("admin", "admin", ADMIN_PASSWORD, ADMIN_PASSWORD).await.unwrap();
        running.identity.principal_of_key(&running.key).await.unwrap();
        running.identity.flush_last_used().await.unwrap();
        running.work();
        Server(running)
    }
}

/// A document of the recording, with the suffix that makes names unique.
fn document(contract: &Path, file: &str) -> Vec<u8> {
    let text = std::fs::read_to_string(contract.join(file)).unwrap();
    text.replace("${run}", "r1").replace("${md5}", MD5).replace("${sha1}", SHA1).into_bytes()
}

/// Plays steps and remembers what placeholders stood for.
pub struct Player {
    server: Server,
    contract: PathBuf,
    known: HashMap<String, String>,
    last_key: String,
    description: conform::Description,
    /// Answers that are not as our own description says.
    pub not_as_described: BTreeSet<String>,
}

impl Player {
    pub fn new(server: Server, contract: PathBuf) -> Player {
        let known = [
            ("<run>", "r1"),
            ("<password-1>", "first-password"),
            ("<password-2>", "second-password"),
            ("<admin-password>", ADMIN_PASSWORD),
            ("<secret:admin>", &server.0.key.clone()),
            ("<jwt:none>", "not.a.token"),
            ("<md5>", MD5),
            ("<sha1>", SHA1),
        ];
        let known = known.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        Player {
            server,
            contract,
            known,
            last_key: String::new(),
            description: conform::Description::new(),
            not_as_described: BTreeSet::new(),
        }
    }

    /// Sends the request and compares the answer; where the step polls, until it fits. What differs and is
    /// not listed, and the lines that excused something.
    pub async fn play(&mut self, step: &Step, listed: &Listed) -> (Vec<String>, Vec<usize>) {
        let deadline =
            tokio::time::Instant::now() + Duration::from_secs(if step.poll.is_some() { 10 } else { 0 });
        // What follows from a step is done before the next one, as it was while recording.
        self.server.0.settled().await;
        loop {
            let result = self.once(step, listed).await;
            if result.0.is_empty() || tokio::time::Instant::now() >= deadline {
                return result;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn once(&mut self, step: &Step, listed: &Listed) -> (Vec<String>, Vec<usize>) {
        let request = self.request(&step.id, &step.request);
        let answer = self.server.0.answer(request).await;
        let (status, body) = (answer.status, answer.value());
        let described = self.description.check(&step.request.method, &step.request.path, status, &body);
        self.not_as_described.extend(described.err());
        // What later steps need is kept even when the answer differs.
        for (name, capture) in &step.captures {
            let value = self.captured(&body, &capture.from);
            if let (Some(value), Some(holder)) = (value.and_then(Value::as_str), &capture.value) {
                self.known.insert(holder.clone(), value.to_owned());
                let short = name.strip_suffix("jwt").filter(|short| !short.is_empty()).unwrap_or(name);
                self.known.insert(format!("<jwt:{short}>"), value.to_owned());
                if name.starts_with("key_") {
                    self.last_key = value.to_owned();
                }
            }
        }
        let (mut different, mut excuses) = (Vec::new(), Vec::new());
        if status != step.response.status {
            match listed.excuse("status", Kind::Other) {
                Some(line) => excuses.push(line),
                None => different.push(format!(
                    "status {status} instead of {}: {}",
                    step.response.status,
                    short(&body)
                )),
            }
            return (different, excuses);
        }
        // An answer without a body has no type worth comparing.
        let headers_matter = !step.response.body.is_null() || !body.is_null();
        for (name, wanted) in &step.response.headers {
            let got = answer.header(name);
            let alike = match name.as_str() {
                "content-type" => !headers_matter || media(got) == media(wanted),
                list if list.starts_with("access-control-") => words(got) == words(wanted),
                _ => compare::text(wanted, got, &mut self.known),
            };
            if alike {
                continue;
            }
            match listed.excuse(&format!("header {name}"), Kind::Other) {
                Some(line) => excuses.push(line),
                None => different.push(format!("header {name} is {got:?} instead of {wanted:?}")),
            }
        }
        let (more, lines) =
            compare::bodies(&step.response.body, &body, &step.compare, &mut self.known, listed);
        different.extend(more);
        excuses.extend(lines);
        (different, excuses)
    }

    /// The value at a path like `$.uuid` or `$[?name==django].uuid`.
    fn captured<'a>(&self, body: &'a Value, path: &str) -> Option<&'a Value> {
        let path = path.strip_prefix('$')?;
        if let Some((condition, member)) = path.strip_prefix("[?").and_then(|rest| rest.split_once("]."))
            && let Some((name, wanted)) = condition.split_once("==")
        {
            // Publishers keep the names of version 4.
            let wanted = self.fill("", if wanted == "Webhook" { "Outbound Webhook" } else { wanted });
            let place = |path: &str| format!("/{}", path.replace('.', "/"));
            let found =
                |entry: &&Value| entry.pointer(&place(name)).is_some_and(|text| text == wanted.as_str());
            return body.as_array()?.iter().find(found)?.pointer(&place(member));
        }
        if path.is_empty() { Some(body) } else { body.pointer(&path.replace('.', "/")) }
    }

    fn request(&self, id: &str, recorded: &Recorded) -> Request<Body> {
        let fill = |text: &str| self.fill(id, text);
        let path = fill(&recorded.path).replace(' ', "%20").replace('<', "%3C").replace('>', "%3E");
        let mut request = Request::builder().method(recorded.method.as_str()).uri(path);
        for (name, value) in &recorded.headers {
            let mut value = fill(value).replace("<boundary>", "frontier");
            if id == "errors.malformed_key" {
                value = "malformed".to_owned();
            }
            request = request.header(name, value);
        }
        let body = if let Some(parts) = &recorded.multipart {
            self.multipart(parts)
        } else if let Some(form) = &recorded.form {
            let mut out = url::form_urlencoded::Serializer::new(String::new());
            form.iter().for_each(|(name, value)| {
                out.append_pair(name, &fill(value));
            });
            out.finish().into_bytes()
        } else if let Some(text) = &recorded.body_text {
            fill(text).into_bytes()
        } else if let Some(body) = &recorded.body {
            let mut body = body.clone();
            if let (true, Some(members)) = (recorded.method == "PATCH", body.as_object_mut()) {
                // The original takes an absent `isLatest` for false; this server leaves it as it is (behaviour
                // reference §3.3). What follows can be compared when the request says it.
                members.entry("isLatest").or_insert(Value::Bool(false));
            }
            fill(&body.to_string()).into_bytes()
        } else {
            Vec::new()
        };
        request.body(Body::from(body)).unwrap()
    }

    fn multipart(&self, parts: &[(String, String)]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, value) in parts {
            let file = value.strip_prefix("<file:").and_then(|v| v.strip_suffix('>'));
            let filename = if file.is_some() { "; filename=\"bom\"" } else { "" };
            out.extend(
                format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"{filename}\r\n\r\n")
                    .bytes(),
            );
            match file {
                Some(file) => out.extend(document(&self.contract, file)),
                None => out.extend(self.fill("", value).bytes()),
            }
            out.extend(b"\r\n");
        }
        out.extend(b"--frontier--\r\n");
        out
    }

    /// The text with its placeholders replaced by what this server said.
    fn fill(&self, id: &str, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            out.push_str(before);
            let Some((name, tail)) = after.split_once('>') else {
                rest = after;
                out.push('<');
                continue;
            };
            let whole = format!("<{name}>");
            if let Some(file) = name.strip_prefix("base64:") {
                let bytes = document(&self.contract, file);
                out.push_str(&base64::engine::general_purpose::STANDARD.encode(bytes));
            } else if let Some(value) = self.known.get(&whole) {
                out.push_str(value);
            } else if name == "secret" && id.starts_with("apikey.") {
                out.push_str(&self.last_key);
            } else if name == "wrong-key" || name == "secret" {
                out.push_str("odt_wrongkey_00000000000000000000000000000000");
            } else if name.starts_with("uuid:") {
                // Something that was never seen.
                out.push_str("00000000-0000-0000-0000-000000000000");
            } else {
                out.push_str(&whole);
            }
            rest = tail;
        }
        out.push_str(rest);
        out
    }
}

/// The members of a list in a header, whatever their order.
fn words(header: &str) -> BTreeSet<&str> {
    header.split(',').map(str::trim).collect()
}

fn media(header: &str) -> &str {
    header.split(';').next().unwrap_or_default().trim()
}

fn short(body: &Value) -> String {
    body.to_string().chars().take(300).collect()
}
