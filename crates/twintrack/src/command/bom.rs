//! `twintrack bom upload`: an SBOM to any Dependency-Track, or to Twintrack.

use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use dependency_track as dt;

use crate::command::client::Server;
use crate::error::{Error, Result};
use crate::progress::Progress;

#[derive(Subcommand)]
pub enum Verb {
    /// Upload a CycloneDX SBOM and wait until it is analysed.
    Upload(Upload),
}

#[derive(Args)]
pub struct Upload {
    /// The SBOM; - reads standard input
    file: PathBuf,
    /// Name of the project; it is made when it does not exist
    #[arg(long, value_name = "NAME")]
    project: String,
    /// Version of the project
    #[arg(long, value_name = "VERSION")]
    version: String,
    /// Do not wait for the analysis
    #[arg(long)]
    no_wait: bool,
    /// Give up waiting after so many seconds
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    timeout: u64,
    /// Print the result as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

pub async fn run(Verb::Upload(options): Verb) -> Result<()> {
    let mut bytes = Vec::new();
    let read = if options.file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(&options.file).map(|read| bytes = read)
    };
    read.map_err(|e| Error::told(format!("{}: {e}", options.file.display())))?;
    let key = options.server.key("twintrack api-key create --team Administrators")?;
    let url = dt::ApiUrl::parse(&options.server.url).map_err(told)?;
    let client = dt::Client::builder(url).api_key(key).build().map_err(told)?;
    let target = dt::BomTarget::Named {
        name: options.project.clone(),
        version: Some(options.version.clone()),
        auto_create: true,
        parent: None,
        is_latest: false,
    };
    let upload = dt::BomUpload { target, document: bytes, tags: Vec::new() };
    let token = client.bom_upload(upload).await.map_err(told)?.token;
    let progress = Progress::new();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(options.timeout);
    let mut waited = 0;
    while !options.no_wait && client.token_processing(&token).await.map_err(told)? {
        if tokio::time::Instant::now() > deadline {
            return Err(Error::with_hint(
                format!("the server is still analysing after {} s (token {token})", options.timeout),
                "wait longer with --timeout, or do not wait with --no-wait",
            ));
        }
        progress.tell("analysing", waited, None);
        waited += 1;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    progress.end();
    if options.json {
        println!("{}", serde_json::json!({ "token": token, "processing": options.no_wait }));
    } else if options.no_wait {
        println!("uploaded; token {token}");
    } else {
        println!("{} {} is uploaded and analysed", options.project, options.version);
    }
    Ok(())
}

fn told(error: dt::Error) -> Error {
    Error::with_hint(error.to_string(), error.hint())
}
