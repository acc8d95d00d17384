//! Where OSV records come from: an `all.zip`, a folder laid out like the OSV bucket, or the base
//! URL of such a bucket. Records are read one by one.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use crate::server::{Error, Result};

/// A place that holds OSV records.
#[derive(Debug, Clone)]
pub enum Source {
    /// An archive, a folder, or a single record.
    Path(PathBuf),
    /// The base address of a bucket: `ecosystems.txt` and `<ecosystem>/all.zip` below it.
    Url(String),
}

impl Source {
    /// `http://…` and `https://…` are addresses, everything else is a path.
    pub fn parse(text: &str) -> Source {
        if text.starts_with("http://") || text.starts_with("https://") {
            Source::Url(text.trim_end_matches('/').to_owned())
        } else {
            Source::Path(PathBuf::from(text))
        }
    }

    pub(super) async fn open(self) -> Result<Reader> {
        match self {
            Source::Path(path) => {
                let files = tokio::task::spawn_blocking(move || files(&path))
                    .await
                    .map_err(|e| refuse("the folder", e))??;
                Ok(Reader { files, archive: None, downloads: VecDeque::new(), http: None, count: None })
            }
            Source::Url(base) => {
                let http = crate::http::client()
                    .connect_timeout(std::time::Duration::from_secs(20))
                    .read_timeout(std::time::Duration::from_secs(60))
                    .build()
                    .map_err(|e| refuse(&base, e))?;
                let list = fetch(&http, &format!("{base}/ecosystems.txt")).await?;
                let list = list.text().await.map_err(|e| refuse(&base, e))?;
                // Suffixed ecosystems (`Debian:11`) are inside those without.
                let downloads: VecDeque<String> = list
                    .lines()
                    .map(str::trim)
                    .filter(|name| !name.is_empty() && !name.contains(':'))
                    .map(|name| format!("{base}/{}/all.zip", name.replace(' ', "%20")))
                    .collect();
                Ok(Reader { files: VecDeque::new(), archive: None, downloads, http: Some(http), count: None })
            }
        }
    }
}

fn refuse(place: &str, message: impl std::fmt::Display) -> Error {
    Error::Source { place: place.to_owned(), message: message.to_string() }
}

async fn fetch(http: &reqwest::Client, url: &str) -> Result<reqwest::Response> {
    let answer = http.get(url).send().await.map_err(|e| refuse(url, e.without_url()))?;
    if !answer.status().is_success() {
        return Err(refuse(url, format!("the server answered {}", answer.status())));
    }
    Ok(answer)
}

/// The files of a path: archives and single records, in order.
fn files(path: &Path) -> Result<VecDeque<PathBuf>> {
    let place = path.display().to_string();
    let kind = std::fs::metadata(path).map_err(|e| refuse(&place, e))?;
    if kind.is_file() {
        return Ok(VecDeque::from([path.to_owned()]));
    }
    let mut out = Vec::new();
    let mut folders = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|e| refuse(&folder.display().to_string(), e))? {
            let entry = entry.map_err(|e| refuse(&place, e))?.path();
            if entry.is_dir() && depth < 2 {
                folders.push((entry, depth + 1));
            } else if entry.file_name().is_some_and(|name| name == "all.zip")
                || entry.extension().is_some_and(|e| e == "json")
            {
                out.push(entry);
            }
        }
    }
    // An archive holds what lies beside it as single records.
    let zipped: Vec<PathBuf> = out
        .iter()
        .filter(|f| f.ends_with("all.zip"))
        .filter_map(|f| f.parent().map(Path::to_owned))
        .collect();
    out.retain(|f| f.ends_with("all.zip") || !f.parent().is_some_and(|p| zipped.iter().any(|z| z == p)));
    out.sort();
    if out.is_empty() {
        return Err(refuse(&place, "there is no all.zip and no advisory (<ecosystem>/<ID>.json) in it"));
    }
    Ok(out.into())
}

/// Reads record after record.
pub(super) struct Reader {
    files: VecDeque<PathBuf>,
    archive: Option<Archive>,
    downloads: VecDeque<String>,
    http: Option<reqwest::Client>,
    count: Option<u64>,
}

struct Archive {
    zip: ZipArchive<File>,
    next: usize,
    place: String,
}

impl Reader {
    /// How many records there are, when that is known.
    pub(super) fn total(&self) -> Option<u64> {
        self.count
    }

    /// The next record: its name and its bytes.
    pub(super) async fn next(&mut self) -> Result<Option<(String, Vec<u8>)>> {
        loop {
            if let Some(archive) = &mut self.archive {
                if let Some(record) = archive.next()? {
                    return Ok(Some(record));
                }
                self.archive = None;
            }
            if let Some(path) = self.files.pop_front() {
                let place = path.display().to_string();
                if path.extension().is_some_and(|e| e == "json") {
                    let bytes = std::fs::read(&path).map_err(|e| refuse(&place, e))?;
                    return Ok(Some((place, bytes)));
                }
                let file = File::open(&path).map_err(|e| refuse(&place, e))?;
                self.open(file, place)?;
            } else if let (Some(url), Some(http)) = (self.downloads.pop_front(), self.http.clone()) {
                let mut answer = fetch(&http, &url).await?;
                // A file of its own: archives can be larger than memory should be.
                let mut file = temporary(&url)?;
                while let Some(chunk) = answer.chunk().await.map_err(|e| refuse(&url, e.without_url()))? {
                    file.write_all(&chunk).map_err(|e| refuse(&url, e))?;
                }
                self.open(file, url)?;
            } else {
                return Ok(None);
            }
        }
    }

    fn open(&mut self, file: File, place: String) -> Result<()> {
        let zip = ZipArchive::new(file)
            .map_err(|e| refuse(&place, format!("not a readable archive of advisories: {e}")))?;
        self.count = Some(self.count.unwrap_or_default() + zip.len() as u64);
        self.archive = Some(Archive { zip, next: 0, place });
        Ok(())
    }
}

/// A file without a name, gone when closed.
fn temporary(url: &str) -> Result<File> {
    let path = std::env::temp_dir().join(format!("twintrack-{}.zip", uuid::Uuid::new_v4()));
    let file =
        File::options().read(true).write(true).create_new(true).open(&path).map_err(|e| refuse(url, e))?;
    std::fs::remove_file(&path).map_err(|e| refuse(url, e))?;
    Ok(file)
}

impl Archive {
    fn next(&mut self) -> Result<Option<(String, Vec<u8>)>> {
        while self.next < self.zip.len() {
            let at = self.next;
            self.next += 1;
            let mut entry = self.zip.by_index(at).map_err(|e| refuse(&self.place, e))?;
            if !entry.is_file() || !entry.name().ends_with(".json") {
                continue;
            }
            let mut bytes = Vec::new();
            // No advisory is that large; a longer one is cut and then reported as unreadable.
            entry
                .by_ref()
                .take(64 * 1024 * 1024)
                .read_to_end(&mut bytes)
                .map_err(|e| refuse(&self.place, e))?;
            return Ok(Some((entry.name().to_owned(), bytes)));
        }
        Ok(None)
    }
}
