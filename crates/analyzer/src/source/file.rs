//! Importing a source from files: what the command line reads, and what mirrors have downloaded.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};

use advisories::{kev, nvd};
use storage::Db;

use super::ask;
use super::download::{self, Downloader, Request};
use super::pour::{Give, pour};
use super::unpack::{Entries, Gunzip, Limits};
use super::{Source, epss};
use crate::Options;
use crate::advisory::{self, Origin, Record, Report};
use crate::scan::Sought;
use crate::server::{Error, Result};
use crate::vulnerability::source_of;

/// Tells the phase, what is done of it, and of how much when that is known.
pub type Progress<'a> = &'a (dyn Fn(&str, u64, Option<u64>) + Send + Sync);

/// No file of a source is larger, in bytes.
pub(super) const LARGEST_FILE: u64 = 4 * 1024 * 1024 * 1024;
/// What an archive of records may hold: OSV's largest has some hundred thousand.
pub(super) const ARCHIVE: Limits =
    Limits { entries: 5_000_000, entry: LARGEST_RECORD, total: 64 * 1024 * 1024 * 1024, ratio: 2_000 };
/// What a compressed feed may hold.
const FEED: Limits = Limits { entries: 1, entry: 0, total: 16 * 1024 * 1024 * 1024, ratio: 2_000 };
/// A record is never larger than this, in bytes.
pub(super) const LARGEST_RECORD: u64 = 64 * 1024 * 1024;

/// Imports a source from a file, a folder or an address: an archive or folder of OSV records (OSV,
/// GitHub's advisory database), JSON of the NVD's feeds or API, the CSV of EPSS, the JSON of KEV, the
/// XML of CWE; compressed or not. The address of OSV may be that of a bucket with all ecosystems.
/// What is there and unchanged is skipped, and what follows is done.
///
/// # Errors
/// [`Error::Source`] when a file cannot be read; a record that cannot is reported.
pub async fn import(
    db: &Db,
    source: Source,
    from: &str,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Report> {
    let mut report = Report::default();
    if from.starts_with("http://") || from.starts_with("https://") {
        let base = from.trim_end_matches('/');
        let urls = addresses(source, base).await?;
        for url in &urls {
            let done = match download(source, url, options, progress).await {
                Ok(file) => {
                    let done = some(db, source, vec![file.clone()], &mut report, progress).await;
                    let _ = std::fs::remove_file(&file);
                    // Where it came from says more than where it was for a moment.
                    done.map_err(|error| match error {
                        Error::Source { message, .. } => {
                            Error::Source { place: download::shown_text(url), message }
                        }
                        error => error,
                    })
                }
                Err(error) => Err(error),
            };
            match done {
                // One ecosystem does not keep the others from it.
                Err(Error::Source { place, message }) if urls.len() > 1 => report.fail(&place, message),
                done => done?,
            }
        }
    } else {
        let place = PathBuf::from(from);
        let files = tokio::task::spawn_blocking(move || files(&place, endings(source))).await;
        let files = files.map_err(|e| refuse(Path::new(from), e))??;
        some(db, source, files, &mut report, progress).await?;
    }
    report.analysed = advisory::follow(db, |done| progress("package versions", done, None)).await?;
    Ok(report)
}

fn endings(source: Source) -> &'static [&'static str] {
    match source {
        Source::Osv | Source::Github => &["zip", "json", "gz"],
        Source::Nvd => &["json", "gz"],
        Source::Epss => &["csv", "gz"],
        Source::Kev => &["json", "gz"],
        Source::Cwe => &["xml", "zip", "gz"],
    }
}

/// Imports files. Of several one may be something else: that is reported.
async fn some(
    db: &Db,
    source: Source,
    files: Vec<PathBuf>,
    report: &mut Report,
    progress: Progress<'_>,
) -> Result<()> {
    let told = |done: u64| progress("records", done, None);
    let several = files.len() > 1;
    for file in &files {
        let done = match source {
            Source::Osv => return osv(db, Origin::Osv, files, report, &told).await,
            Source::Github => return osv(db, Origin::Github, files, report, &told).await,
            Source::Nvd => nvd(db, file, report, &told).await,
            Source::Epss => epss::store(db, file, report).await,
            Source::Kev => super::kev::store(db, file, report).await,
            Source::Cwe => super::cwe::store(db, file, report).await,
        };
        match done {
            Err(Error::Source { place, message }) if several => report.fail(&place, message),
            done => done?,
        }
    }
    Ok(())
}

/// The files behind an address: the archives of a bucket, or the file itself.
async fn addresses(source: Source, base: &str) -> Result<Vec<String>> {
    let path = base.split(['?', '#']).next().unwrap_or(base);
    if source != Source::Osv || endings(source).iter().any(|e| path.ends_with(&format!(".{e}"))) {
        return Ok(vec![base.to_owned()]);
    }
    let url = format!("{base}/ecosystems.txt");
    let list = ask::text(&ask::client()?, &url, LARGEST_RECORD).await?;
    // Suffixed ecosystems (`Debian:11`) are inside those without.
    let names = list.lines().map(str::trim).filter(|name| !name.is_empty() && !name.contains(':'));
    Ok(names.map(|name| format!("{base}/{}/all.zip", name.replace(' ', "%20"))).collect())
}

/// Downloads a file; its name keeps the ending, which says how it is read.
async fn download(source: Source, url: &str, options: &Options, progress: Progress<'_>) -> Result<PathBuf> {
    let told = |e: &dyn std::fmt::Display| Error::Source {
        place: source.title().to_owned(),
        message: e.to_string(),
    };
    let last = url.split(['?', '#']).next().unwrap_or(url).rsplit('/').next().unwrap_or_default();
    let folder = options.work_dir.join(source.name());
    tokio::fs::create_dir_all(&folder).await.map_err(|e| refuse(&folder, e))?;
    let place = folder.join(format!("{}-{last}", uuid::Uuid::new_v4()));
    let request = Request { url, to: &place, known: None, limit: LARGEST_FILE, sha256: None };
    let downloader = Downloader::new(download::Limits::default()).map_err(|e| told(&e))?;
    let progress = |done: u64, total: Option<u64>| progress("downloading", done, total);
    downloader.fetch(&request, &progress).await.map_err(|e| told(&e))?;
    Ok(place)
}

/// Imports from a folder laid out as the OSV bucket only what may concern these components.
///
/// # Errors
/// [`Error::Source`] when an archive cannot be read; a record that cannot is left out.
pub async fn import_for(db: &Db, source: Source, folder: &Path, sought: &Sought) -> Result<Report> {
    let mut wanted: Wanted = HashMap::new();
    for (ecosystem, name) in sought.names() {
        wanted.entry(ecosystem).or_default().insert(name);
    }
    let origin = if source == Source::Github { Origin::Github } else { Origin::Osv };
    let place = folder.to_owned();
    let files = tokio::task::spawn_blocking(move || files(&place, &["zip", "json"])).await;
    let mut files = files.map_err(|e| refuse(folder, e))??;
    files.retain(|file| {
        let ecosystem =
            file.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        ecosystem.is_none_or(|name| wanted.contains_key(&name))
    });
    let mut report = Report::default();
    let wanted = std::sync::Arc::new(wanted);
    for file in files {
        let wanted = wanted.clone();
        pour(db, origin, &mut report, &|_| {}, move |give| {
            let entries = Entries::open(&file, ARCHIVE, |name| name.ends_with(".json"));
            for entry in entries.map_err(|e| refuse(&file, e))? {
                let read = match entry {
                    // Most records concern other packages.
                    Ok((_, bytes)) if !names_any(&bytes, &wanted) => continue,
                    Ok((name, bytes)) => osv_record(&name, &bytes),
                    Err(problem) => Err((file.display().to_string(), problem.to_string())),
                };
                if !give(read) {
                    break;
                }
            }
            Ok(())
        })
        .await?;
    }
    Ok(report)
}

/// Names of packages, by ecosystem.
type Wanted = HashMap<String, HashSet<String>>;

/// Whether a record names one of these packages, or cannot be read.
fn names_any(bytes: &[u8], wanted: &Wanted) -> bool {
    let is_wanted = |(ecosystem, name): &(String, String)| {
        wanted.get(ecosystem).is_some_and(|names| names.contains(name))
    };
    advisories::packages(bytes).map_or(true, |names| names.iter().any(is_wanted))
}

pub(super) fn refuse(place: &Path, message: impl std::fmt::Display) -> Error {
    Error::Source { place: place.display().to_string(), message: message.to_string() }
}

/// The files below a path that have one of these endings, in order.
fn files(path: &Path, wanted: &[&str]) -> Result<Vec<PathBuf>> {
    let kind = std::fs::metadata(path).map_err(|e| refuse(path, e))?;
    if kind.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut out = Vec::new();
    let mut folders = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|e| refuse(&folder, e))? {
            let entry = entry.map_err(|e| refuse(&folder, e))?.path();
            if entry.is_dir() {
                // As deep as GitHub's advisory database is.
                if depth < 6 {
                    folders.push((entry, depth + 1));
                }
            } else if entry.extension().and_then(|e| e.to_str()).is_some_and(|e| wanted.contains(&e)) {
                out.push(entry);
            }
        }
    }
    // In a bucket the archives hold what lies beside them as single records.
    if out.iter().any(|file| file.ends_with("all.zip")) {
        out.retain(|file| file.ends_with("all.zip"));
    }
    out.sort();
    if out.is_empty() {
        return Err(refuse(path, format!("there is no file ending in .{} in it", wanted.join(" or ."))));
    }
    Ok(out)
}

/// Understands an OSV record.
pub(super) fn osv_record(name: &str, bytes: &[u8]) -> super::pour::Read {
    let told = |e: String| (name.to_owned(), e);
    let advisory = advisories::parse(bytes).map_err(|e| told(e.to_string()))?;
    let source = source_of(&advisory.id);
    Record::new(source, advisory).map_err(|e| told(e.to_string()))
}

/// Imports archives of OSV records, and single ones.
async fn osv(
    db: &Db,
    origin: Origin,
    files: Vec<PathBuf>,
    report: &mut Report,
    told: &(dyn Fn(u64) + Send + Sync),
) -> Result<()> {
    pour(db, origin, report, told, move |give| {
        for file in &files {
            let place = file.display().to_string();
            let read = if file.extension().is_some_and(|e| e == "zip") {
                osv_zip(file, give).map(|_| true)
            } else {
                read_all(file, LARGEST_RECORD).map(|bytes| give(osv_record(&place, &bytes)))
            };
            let more = match read {
                Err(Error::Source { place, message }) if files.len() > 1 => give(Err((place, message))),
                read => read?,
            };
            if !more {
                break;
            }
        }
        Ok(())
    })
    .await
}

/// What is in an archive of OSV records.
pub(super) struct Held {
    /// The ids, those of records that cannot be read by the names of their files.
    pub ids: Vec<String>,
    /// The time of the newest change (epoch milliseconds).
    pub newest: i64,
    /// What is wrong with the archive as a whole: there may be more in it.
    pub damage: Option<String>,
}

/// Reads an archive of OSV records.
pub(super) fn osv_zip(file: &Path, give: Give<'_>) -> Result<Held> {
    let mut held = Held { ids: Vec::new(), newest: 0, damage: None };
    let id_of = |name: &str| Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let entries =
        Entries::open(file, ARCHIVE, |name| name.ends_with(".json")).map_err(|e| refuse(file, e))?;
    for entry in entries {
        let read = match entry {
            Ok((name, bytes)) => {
                let read = osv_record(&name, &bytes);
                held.ids
                    .extend(read.as_ref().map_or_else(|_| id_of(&name), |record| Some(record.id.clone())));
                held.newest = held.newest.max(read.as_ref().ok().and_then(|r| r.told.updated).unwrap_or(0));
                read
            }
            Err(problem) => {
                match &problem.entry {
                    Some(name) => held.ids.extend(id_of(name)),
                    None => held.damage = Some(problem.to_string()),
                }
                Err((file.display().to_string(), problem.to_string()))
            }
        };
        if !give(read) {
            break;
        }
    }
    Ok(held)
}

/// Imports JSON of the NVD: a feed, a page of the API, or a record a line.
pub(super) async fn nvd(
    db: &Db,
    file: &Path,
    report: &mut Report,
    told: &(dyn Fn(u64) + Send + Sync),
) -> Result<()> {
    let file = file.to_owned();
    pour(db, Origin::Nvd, report, told, move |give| {
        let input = open(&file)?;
        nvd_records(input, give).map(|_| ()).map_err(|e| refuse(&file, e))
    })
    .await
}

/// Reads records of the NVD.
pub(super) fn nvd_records(
    input: impl std::io::Read,
    give: Give<'_>,
) -> std::result::Result<nvd::Page, advisories::Error> {
    nvd::read(input, |one| {
        let one = match one {
            Ok(advisory) => {
                let id = advisory.id.clone();
                Record::new("NVD", advisory).map_err(|e| (id, e.to_string()))
            }
            Err(error) => Err(("NVD".to_owned(), error.to_string())),
        };
        give(one);
    })
}

/// Opens a file that may be compressed by gzip.
pub(super) fn open(path: &Path) -> Result<Box<dyn std::io::Read + Send>> {
    let file = File::open(path).map_err(|e| refuse(path, e))?;
    if path.extension().is_some_and(|e| e == "gz") {
        return Ok(Box::new(Gunzip::new(BufReader::new(file), FEED)));
    }
    Ok(Box::new(BufReader::new(file)))
}

/// Reads a whole file that may be compressed, up to a size.
pub(super) fn read_all(path: &Path, largest: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(largest + 1).read_to_end(&mut bytes).map_err(|e| refuse(path, e))?;
    if bytes.len() as u64 > largest {
        return Err(refuse(path, format!("it is larger than {largest} bytes")));
    }
    Ok(bytes)
}

/// The entries of CISA's catalogue.
pub(super) fn kev_entries(path: &Path) -> Result<Vec<kev::Entry>> {
    let catalogue = kev::parse(&read_all(path, LARGEST_RECORD)?).map_err(|e| refuse(path, e))?;
    Ok(catalogue.entries)
}
