//! `twintrack scan`: which known vulnerabilities an SBOM has, without a server.

use std::collections::BTreeSet;
use std::io::{IsTerminal, Read, Write};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use advisories::Severity;
use analyzer::{Scan as Found, Sought, Source};
use clap::{Args, ValueEnum};
use sbom::Bom;
use storage::Db;

use crate::error::{Error, Result};
use crate::report;

/// No SBOM is larger, in bytes.
const LARGEST: u64 = 1024 * 1024 * 1024;

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Table,
    /// Everything that is known
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// A CycloneDX document with the vulnerabilities
    Cyclonedx,
    /// For comments and summaries
    Markdown,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    Critical,
    High,
    Medium,
    Low,
    /// Any finding
    Any,
}

#[derive(Args)]
pub struct Scan {
    /// The SBOM: CycloneDX (JSON or XML) or SPDX; - reads standard input
    #[arg(value_name = "BOM")]
    bom: PathBuf,
    /// How the findings are written
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write to this file instead of standard output; the summary still goes to standard error
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// End with status 3 when there is a finding of this severity or a worse one
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<Level>,
    /// Vulnerability data: the data folder of a server, or a folder of advisories laid out as the OSV bucket
    #[arg(long, env = "TWINTRACK_DATA_DIR", default_value = "data", value_name = "DIR")]
    db: PathBuf,
}

/// Runs the verb. Whether a finding is as severe as `--fail-on` says.
pub async fn run(options: Scan) -> Result<bool> {
    let path = options.bom.clone();
    // The data is opened while the SBOM is read.
    let (bom, data) =
        tokio::join!(tokio::task::spawn_blocking(move || parse(&path)), Data::open(&options.db));
    // The process ends with the scan: taking these apart would be for nothing.
    let read = bom.map_err(|e| Error::told(format!("{}: {e}", name_of(&options.bom))))??;
    let read = ManuallyDrop::new(read);
    let (bom, sought) = &*read;
    let data = ManuallyDrop::new(data?);
    let found = ManuallyDrop::new(data.scan(sought).await?);
    let output = options.output.as_deref().filter(|path| path.as_os_str() != "-");
    let text = match options.format {
        Format::Table => report::table(&found, screen(output.is_some())),
        Format::Json => report::json(&found),
        Format::Sarif => report::sarif(&found, &options.bom),
        Format::Cyclonedx => report::cyclonedx(&found, bom),
        Format::Markdown => report::markdown(&found),
    };
    write(output, &text)?;
    // Whoever pipes the report into a tool, or keeps it, is told what was found.
    if output.is_some() || !matches!(options.format, Format::Table | Format::Markdown) {
        for sentence in report::summary(&found) {
            eprintln!("{sentence}");
        }
    }
    Ok(options
        .fail_on
        .is_some_and(|level| found.findings.iter().any(|finding| level.holds(&finding.severity))))
}

impl Level {
    fn holds(self, severity: &str) -> bool {
        let limit = match self {
            Level::Critical => Severity::Critical,
            Level::High => Severity::High,
            Level::Medium => Severity::Medium,
            Level::Low => Severity::Low,
            Level::Any => return true,
        };
        Severity::parse(severity).is_some_and(|severity| severity <= limit)
    }
}

/// What a table on standard output may look like.
fn screen(is_file: bool) -> report::Screen {
    if is_file || !std::io::stdout().is_terminal() {
        return report::Screen::default();
    }
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let size = console::Term::stdout().size_checked();
    report::Screen { colours: !is_plain, width: size.map(|(_, columns)| columns.into()) }
}

fn parse(path: &Path) -> Result<(Bom, Sought)> {
    let bytes = ManuallyDrop::new(read(path)?);
    let bom = sbom::parse_any(&bytes).map_err(|e| Error::told(format!("{}: {e}", name_of(path))))?;
    let sought = Sought::of(&bom);
    Ok((bom, sought))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let told = |e: std::io::Error| Error::told(format!("{}: {e}", name_of(path)));
    if path.is_dir() {
        return Err(Error::with_hint(
            format!("{} is a folder", path.display()),
            "scan takes one SBOM; one of a folder is written by a generator such as syft or cdxgen",
        ));
    }
    let input: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(path).map_err(told)?),
    };
    let expected = std::fs::metadata(path).map_or(0, |file| file.len().min(LARGEST));
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 1);
    input.take(LARGEST + 1).read_to_end(&mut bytes).map_err(told)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::told(format!("{} is larger than {} MiB", name_of(path), LARGEST / (1024 * 1024))));
    }
    if bytes.trim_ascii().is_empty() {
        return Err(Error::told(format!("{} is empty", name_of(path))));
    }
    Ok(bytes)
}

fn name_of(path: &Path) -> String {
    if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() }
}

fn write(output: Option<&Path>, text: &str) -> Result<()> {
    if let Some(path) = output {
        return std::fs::write(path, text).map_err(|e| Error::told(format!("{}: {e}", path.display())));
    }
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // A reader that went away is no failure of ours.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(|e| Error::told(format!("standard output: {e}"))),
    }
}

/// What is known of vulnerabilities.
struct Data<'a> {
    db: Db,
    /// Of which ecosystems.
    ecosystems: BTreeSet<String>,
    /// The folder of the archives of which nothing is in the database yet.
    archives: Option<&'a Path>,
}

impl<'a> Data<'a> {
    async fn open(folder: &'a Path) -> Result<Data<'a>> {
        let database = folder.join("twintrack.db");
        let is_database = database.is_file();
        let (db, ecosystems) = if is_database {
            let told = |e: storage::Error| Error::told(format!("{}: {e}", database.display()));
            let db = Db::open_to_read(&database).await.map_err(told)?;
            if !analyzer::is_prepared(&db).await.unwrap_or(false) {
                return Err(Error::with_hint(
                    format!("{}: the database is of another version of Twintrack", database.display()),
                    "starting the server, or an import into it, brings it up to date",
                ));
            }
            let ecosystems = analyzer::ecosystems(&db).await?;
            (db, ecosystems)
        } else {
            (analyzer::scratch().await?, archives(folder))
        };
        if ecosystems.is_empty() {
            return Err(Error::with_hint(
                format!("--db: there is no vulnerability data in {}", folder.display()),
                format!(
                    "fetch some: twintrack advisories import --data-dir {} --source osv PATH|URL",
                    folder.display()
                ),
            ));
        }
        Ok(Data { db, ecosystems, archives: (!is_database).then_some(folder) })
    }

    async fn scan(&self, sought: &Sought) -> Result<Found> {
        let held;
        let held = if let Some(folder) = self.archives {
            // Only what concerns this SBOM is read.
            let report = analyzer::import_for(&self.db, Source::Osv, folder, sought).await?;
            if report.failures > 0 {
                let (failures, folder) = (report.failures, folder.display());
                eprintln!("warning: {failures} of the advisories in {folder} cannot be read");
            }
            // A record may name packages of other ecosystems than that of its archive.
            held = analyzer::ecosystems(&self.db).await?;
            &held
        } else {
            &self.ecosystems
        };
        Ok(analyzer::scan(&self.db, sought, &self.ecosystems, held).await?)
    }
}

/// The ecosystems that a folder laid out as the OSV bucket has archives of.
fn archives(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.path().join("all.zip").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}
