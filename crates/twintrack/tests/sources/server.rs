//! A server that is every source of vulnerability data at once, and the receiver of notifications:
//! it gives the files that were put there, notes who asked for what, and fails when told to.

use std::collections::{HashMap, VecDeque};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

/// A request that came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    pub query: String,
    /// The headers by which sources know who asks.
    pub api_key: Option<String>,
    pub authorization: Option<String>,
    pub body: Value,
    pub status: u16,
}

/// Computes answers: status and JSON.
type Answer = Arc<dyn Fn(&Asked) -> (u16, Value) + Send + Sync>;

#[derive(Clone, Default)]
struct File {
    bytes: Vec<u8>,
    etag: String,
    /// Answered before the file is given.
    failures: VecDeque<u16>,
    delay: Duration,
    /// How often the transfer breaks in the middle.
    cuts: usize,
}

#[derive(Default)]
struct Shelf {
    files: HashMap<String, File>,
    answers: HashMap<String, Answer>,
    log: Vec<Asked>,
    written: usize,
}

#[derive(Clone)]
pub struct Sources {
    pub url: String,
    shelf: Arc<Mutex<Shelf>>,
}

impl Sources {
    pub async fn start() -> Sources {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = axum::Router::new().fallback(answer).with_state(shelf.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Sources { url, shelf }
    }

    /// Puts a file there, with a tag of its own.
    pub fn put(&self, path: &str, bytes: impl Into<Vec<u8>>) {
        let mut shelf = self.shelf.lock().unwrap();
        shelf.written += 1;
        let etag = format!("\"{}\"", shelf.written);
        let file = File { bytes: bytes.into(), etag, ..File::default() };
        shelf.files.insert(path.to_owned(), file);
    }

    fn change(&self, path: &str, change: impl FnOnce(&mut File)) {
        change(self.shelf.lock().unwrap().files.entry(path.to_owned()).or_default());
    }

    /// Answers a file with these statuses before it gives it.
    pub fn fail(&self, path: &str, statuses: &[u16]) {
        self.change(path, |file| file.failures = statuses.iter().copied().collect());
    }

    /// Waits before it gives a file.
    pub fn delay(&self, path: &str, delay: Duration) {
        self.change(path, |file| file.delay = delay);
    }

    /// Breaks the connection so often in the middle of a file.
    pub fn cut(&self, path: &str, times: usize) {
        self.change(path, |file| file.cuts = times);
    }

    /// Computes the answers to a path.
    pub fn on(&self, path: &str, answer: impl Fn(&Asked) -> (u16, Value) + Send + Sync + 'static) {
        self.shelf.lock().unwrap().answers.insert(path.to_owned(), Arc::new(answer));
    }

    /// What was asked since the last time.
    pub fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.shelf.lock().unwrap().log)
    }

    /// The same as `path status`, without notifications.
    pub fn lines(&self) -> Vec<String> {
        let asked = self.asked().into_iter().filter(|asked| asked.path != "/hook");
        asked.map(|asked| format!("{} {}", asked.path, asked.status)).collect()
    }

    /// Titles, levels and contents of the notifications of a group that came until now.
    pub fn told(&self, group: &str) -> Vec<Value> {
        let shelf = self.shelf.lock().unwrap();
        let all =
            shelf.log.iter().filter(|asked| asked.path == "/hook").map(|a| a.body["notification"].clone());
        all.filter(|told| told["group"] == group).collect()
    }

    /// A folder of the OSV bucket: archive, list and single records.
    pub fn bucket(&self, ecosystem: &str, records: &[Value]) {
        self.archive(ecosystem, records);
        self.list(ecosystem, records);
        for record in records {
            self.record(ecosystem, record);
        }
    }

    pub fn archive(&self, ecosystem: &str, records: &[Value]) {
        self.put(&format!("/{ecosystem}/all.zip"), zip_of(records));
    }

    pub fn list(&self, ecosystem: &str, records: &[Value]) {
        let text = |name: &str, record: &Value| record[name].as_str().unwrap().to_owned();
        let mut lines: Vec<String> = records
            .iter()
            .map(|record| format!("{},{}\n", text("modified", record), text("id", record)))
            .collect();
        // The newest first.
        lines.sort();
        lines.reverse();
        self.put(&format!("/{ecosystem}/modified_id.csv"), lines.concat());
    }

    pub fn record(&self, ecosystem: &str, record: &Value) {
        self.put(&format!("/{ecosystem}/{}.json", record["id"].as_str().unwrap()), record.to_string());
    }

    /// A feed of the NVD with its checksum.
    pub fn feed(&self, name: &str, records: &[Value]) {
        let text = nvd_page(records, 0, records.len()).to_string();
        let path = format!("/json/cve/2.0/nvdcve-2.0-{name}");
        // What it is does not matter, only that it changes with the content.
        let checksum = text.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        self.put(&format!("{path}.meta"), format!("size:{}\r\nsha256:{checksum:064X}\r\n", text.len()));
        self.put(&format!("{path}.json.gz"), gzip(text.as_bytes()));
    }
}

async fn answer(State(shelf): State<Arc<Mutex<Shelf>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let header = |name: &str| head.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let mut asked = Asked {
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        api_key: header("apikey"),
        authorization: header("authorization"),
        body: serde_json::from_slice(&body).unwrap_or_default(),
        status: 200,
    };
    let (answer, file) = {
        let mut shelf = shelf.lock().unwrap();
        let answer = shelf.answers.get(&asked.path).cloned();
        let file = shelf.files.get_mut(&asked.path).map(|file| {
            let now = file.clone();
            file.failures.pop_front();
            file.cuts = file.cuts.saturating_sub(1);
            now
        });
        (answer, file)
    };
    let mut response = Response::builder();
    let body = if asked.path == "/hook" {
        Body::empty()
    } else if let Some(answer) = answer {
        let (status, json) = answer(&asked);
        asked.status = status;
        Body::from(json.to_string())
    } else if let Some(file) = file {
        tokio::time::sleep(file.delay).await;
        response = response.header("etag", &file.etag);
        if let Some(status) = file.failures.front() {
            asked.status = *status;
            Body::empty()
        } else if header("if-none-match").as_ref() == Some(&file.etag) {
            asked.status = 304;
            Body::empty()
        } else if file.cuts > 0 {
            response = response.header("content-length", file.bytes.len());
            let half = Bytes::copy_from_slice(&file.bytes[..file.bytes.len() / 2]);
            let broken = futures::stream::iter([Ok(half), Err(std::io::Error::other("cut"))]);
            Body::from_stream(broken)
        } else {
            Body::from(file.bytes)
        }
    } else {
        asked.status = 404;
        Body::empty()
    };
    let response = response.status(asked.status).body(body).unwrap();
    shelf.lock().unwrap().log.push(asked);
    response
}

pub fn zip(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_level(Some(1));
    for (name, bytes) in entries {
        out.start_file(name.as_str(), options).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

pub fn zip_of(records: &[Value]) -> Vec<u8> {
    let entry = |r: &Value| (format!("{}.json", r["id"].as_str().unwrap()), r.to_string().into_bytes());
    zip(&records.iter().map(entry).collect::<Vec<_>>())
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

/// Some of the NVD's records, from one on, as the API gives them.
pub fn nvd_page(records: &[Value], from: usize, at_most: usize) -> Value {
    let page: Vec<Value> =
        records.iter().skip(from).take(at_most).map(|record| json!({ "cve": record })).collect();
    json!({
        "resultsPerPage": page.len(), "startIndex": from, "totalResults": records.len(),
        "format": "NVD_CVE", "version": "2.0", "timestamp": "2026-01-01T00:00:00.000",
        "vulnerabilities": page,
    })
}

/// A record of the NVD about every version of a product (vendor `acme`) below a version.
pub fn cve(id: &str, product: &str, below: &str) -> Value {
    json!({
        "id": id, "published": "2026-01-01T00:00:00.000", "lastModified": "2026-01-02T00:00:00.000",
        "vulnStatus": "Analyzed",
        "descriptions": [{ "lang": "en", "value": format!("A flaw in {product} before {below}") }],
        "metrics": { "cvssMetricV31": [{ "type": "Primary", "cvssData": {
            "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "baseSeverity": "CRITICAL" } }] },
        "weaknesses": [{ "description": [{ "lang": "en", "value": "CWE-9001" }] }],
        "configurations": [{ "nodes": [{ "operator": "OR", "negate": false, "cpeMatch": [{
            "vulnerable": true, "criteria": format!("cpe:2.3:a:acme:{product}:*:*:*:*:*:*:*:*"),
            "versionEndExcluding": below }] }] }],
        "references": [{ "url": format!("https://acme.example/{id}") }],
    })
}
