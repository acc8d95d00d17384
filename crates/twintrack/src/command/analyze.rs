//! `twintrack analyze`: matching what is stored with the vulnerability data anew.

use clap::Args;
use identity::Identity;
use storage::Db;

use crate::config::{Config, DataOptions, ServeOptions};
use crate::error::{Error, Result};
use crate::progress::Progress;

#[derive(Args)]
pub struct Analyze {
    /// Match every package version again; without a defect this changes nothing
    #[arg(long)]
    all: bool,
    /// Print the counts as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
}

pub async fn run(options: Analyze) -> Result<()> {
    if !options.all {
        return Err(Error::with_hint(
            "nothing to do: changed advisories are followed at once",
            "`twintrack analyze --all` matches every package version again",
        ));
    }
    let config = Config::load(&options.data, &ServeOptions::default())?;
    let db = Db::open(&config.database_url).await?;
    let identity = Identity::open(db.clone()).await?;
    let analyzer = crate::server::open_analyzer(&config, &db, &identity)?;
    analyzer.init().await?;
    let progress = Progress::new();
    let started = std::time::Instant::now();
    let report = analyzer.analyze_all(&|done| progress.tell("package versions", done, None)).await;
    progress.end();
    let report = report?;
    let seconds = started.elapsed().as_secs_f64();
    if options.json {
        println!(
            "{}",
            serde_json::json!({
                "packageVersions": report.matched, "changed": report.changed, "new": report.new, "seconds": seconds
            })
        );
    } else {
        println!(
            "{} package versions matched in {seconds:.1} s: {} with other matches than before, {} new matches",
            report.matched, report.changed, report.new
        );
    }
    db.close().await?;
    Ok(())
}
