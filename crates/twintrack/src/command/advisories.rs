//! `twintrack advisories import`: vulnerability data from a file, a folder or a server.

use analyzer::{Options, Source};
use clap::{Args, Subcommand};
use storage::Db;

use crate::config::{Config, DataOptions, ServeOptions};
use crate::error::Result;
use crate::progress::Progress;

#[derive(Subcommand)]
pub enum Verb {
    /// Import vulnerability data; what is there and unchanged is skipped. A server may run on the same data.
    Import(Import),
}

#[derive(Args)]
pub struct Import {
    /// Whose data it is: osv, nvd, github, epss, kev or cwe
    #[arg(long, value_parser = source, value_name = "SOURCE")]
    source: Source,
    /// A file, a folder of files, the address of a file, or (osv) of a bucket with all ecosystems
    #[arg(value_name = "PATH|URL")]
    from: String,
    /// Print the counts as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
}

fn source(name: &str) -> std::result::Result<Source, String> {
    Source::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Source::ALL.into_iter().map(Source::name).collect();
        format!("the sources are {}", names.join(", "))
    })
}

pub async fn run(Verb::Import(options): Verb) -> Result<()> {
    let config = Config::load(&options.data, &ServeOptions::default())?;
    let db = Db::open(&config.database_url).await?;
    analyzer::prepare(&db).await?;
    let progress = Progress::new();
    let own = Options { work_dir: config.data_dir.join("mirror"), ..Options::default() };
    let report = analyzer::import(&db, options.source, &options.from, &own, &|phase, done, total| {
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
