//! `twintrack advisories import`: vulnerability data from a file, a folder or a server.

use clap::{Args, Subcommand, ValueEnum};
use storage::Db;

use crate::config::{Config, DataOptions, ServeOptions};
use crate::error::Result;
use crate::progress::Progress;

#[derive(Subcommand)]
pub enum Verb {
    /// Import advisories; what is there and unchanged is skipped. A server may run on the same data.
    Import(Import),
}

#[derive(Clone, Copy, ValueEnum)]
enum Source {
    /// Open Source Vulnerabilities (osv.dev)
    Osv,
}

#[derive(Args)]
pub struct Import {
    /// Whose advisories they are
    #[arg(long, value_enum)]
    source: Source,
    /// An all.zip, a folder laid out like the OSV bucket, or the base URL of such a bucket
    #[arg(value_name = "PATH|URL")]
    from: String,
    /// Print the counts as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
}

pub async fn run(Verb::Import(options): Verb) -> Result<()> {
    let Source::Osv = options.source;
    let config = Config::load(&options.data, &ServeOptions::default())?;
    let db = Db::open(&config.database_url).await?;
    let identity = identity::Identity::open(db.clone()).await?;
    analyzer::Analyzer::new(db.clone(), identity).init().await?;
    let progress = Progress::new();
    let source = analyzer::advisory::Source::parse(&options.from);
    let report = analyzer::advisory::import(&db, source, &|phase: &str, done: u64, total: Option<u64>| {
        progress.tell(phase, done, total);
    })
    .await;
    progress.end();
    let report = report?;
    if options.json {
        println!("{}", serde_json::to_string(&report).unwrap_or_default());
    } else {
        println!("{report}");
    }
    db.close().await?;
    Ok(())
}
