//! `twintrack migrate-from-dependency-track`: copies a running Dependency-Track into the data of this
//! machine.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use analyzer::migration::{Error as Ended, Options, Report};
use clap::Args;
use dependency_track as dt;
use identity::Identity;
use storage::Db;

use crate::config::{Config, DataOptions, ServeOptions};
use crate::error::{Error, Result};
use crate::progress::Progress;

#[derive(Args)]
pub struct Migrate {
    /// Address of the Dependency-Track, 4.8 or later, or 5.x
    #[arg(long, env = "DEPENDENCY_TRACK_URL", value_name = "URL")]
    url: String,
    /// API key of a team with every permission (better given by the variable: a command line is visible to others)
    #[arg(long, env = "DEPENDENCY_TRACK_API_KEY", hide_env_values = true, value_name = "KEY")]
    api_key: String,
    /// Trust the authorities in this PEM file, too
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Requests a second to the Dependency-Track; 0 is no limit
    #[arg(long, default_value_t = 20, value_name = "NUMBER")]
    requests_per_second: u32,
    /// Projects that are read at once
    #[arg(long, default_value_t = 4, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=64))]
    parallel: u16,
    /// Only tell what would come
    #[arg(long)]
    dry_run: bool,
    /// Take what is there, also where it was changed here
    #[arg(long)]
    overwrite: bool,
    /// Write the report to this file: JSON when it ends in .json, Markdown otherwise
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Write the first passwords of copied users to this file, which only its owner can read
    #[arg(long, value_name = "FILE")]
    passwords: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
}

/// Copies; whether everything came.
pub async fn run(options: Migrate) -> Result<bool> {
    let url = dt::ApiUrl::parse(&options.url).map_err(there)?;
    let mut builder = dt::Client::builder(url)
        .api_key(options.api_key.trim())
        .requests_per_second(options.requests_per_second);
    if let Some(path) = &options.ca {
        builder = builder.ca_pem(std::fs::read(path).map_err(|e| unusable("--ca", path, &e))?);
    }
    let client = builder.build().map_err(there)?;
    let passwords = options.passwords.as_deref().map(private_file).transpose()?.map(Mutex::new);
    let config = Config::load(&options.data, &ServeOptions::default())?;
    let db = Db::open(&config.database_url).await?;
    let identity = Identity::open(db.clone()).await?;
    let analyzer = crate::server::open_analyzer(&config, &db, &identity)?;
    analyzer.init().await?;
    let progress = Progress::new();
    let keep = |name: &str, password: &str| {
        if let Some(Ok(mut file)) = passwords.as_ref().map(Mutex::lock)
            && let Err(error) = writeln!(file, "{name}\t{password}")
        {
            eprintln!("warning: the password of {name} could not be written: {error}");
        }
    };
    let copy = Options {
        dry_run: options.dry_run,
        overwrite: options.overwrite,
        parallel: usize::from(options.parallel),
        first_password: passwords.is_some().then_some(&keep),
    };
    let told = |phase: &str, done: u64, total: Option<u64>| progress.tell(phase, done, total);
    let report = analyzer.migrate(&client, copy, &told).await;
    progress.end();
    let report = report.map_err(ended)?;
    db.close().await?;
    if let Some(path) = &options.report {
        let text =
            if path.extension().is_some_and(|end| end == "json") { json(&report) } else { report.markdown() };
        std::fs::write(path, text).map_err(|e| unusable("--report", path, &e))?;
    }
    if options.json {
        println!("{}", json(&report));
    } else {
        print!("{}", report.summary());
        match &options.report {
            Some(path) => println!("The report is in {}.", path.display()),
            None => println!("--report FILE writes the whole report."),
        }
    }
    Ok(report.is_complete())
}

fn json(report: &Report) -> String {
    serde_json::to_string_pretty(report).unwrap_or_default()
}

/// A file to append to, which only its owner can read.
fn private_file(path: &Path) -> Result<std::fs::File> {
    let mut open = std::fs::OpenOptions::new();
    open.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut open, 0o600);
    open.open(path).map_err(|e| unusable("--passwords", path, &e))
}

fn unusable(option: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::with_hint(format!("{option}: {}: {error}", path.display()), "name another file")
}

fn there(error: dt::Error) -> Error {
    Error::with_hint(error.to_string(), error.hint())
}

/// A copy that ended early can go on.
fn ended(error: Ended) -> Error {
    let again = "what was copied stays; the same command goes on from there";
    match error.hint() {
        Some(hint) => Error::with_hint(error.to_string(), format!("{hint}; {again}")),
        None => Error::with_hint(error.to_string(), again),
    }
}
