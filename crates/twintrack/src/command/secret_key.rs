//! `twintrack secret-key`: the key under which the credentials of integrations are stored.

use clap::{Args, Subcommand};
use identity::Identity;
use storage::Db;

use crate::config::{Config, DataOptions, ServeOptions};
use crate::error::Result;

#[derive(Subcommand)]
pub enum Verb {
    /// Print a new key, for TWINTRACK_SECRET_KEY.
    New,
    /// Encrypt everything that is stored with another key.
    ///
    /// With the key in the data folder: stop the server and run this; a new key is made, used and kept.
    /// With TWINTRACK_SECRET_KEY: set it to NEW,OLD on every server, run this with the same value, and
    /// then set it to NEW alone. Nothing needs to stop.
    Rotate(Rotate),
}

#[derive(Args)]
pub struct Rotate {
    #[command(flatten)]
    data: DataOptions,
}

pub async fn run(verb: Verb) -> Result<()> {
    match verb {
        Verb::New => {
            println!("{}", identity::new_key());
            Ok(())
        }
        Verb::Rotate(options) => rotate(&options).await,
    }
}

async fn rotate(options: &Rotate) -> Result<()> {
    let config = Config::load(&options.data, &ServeOptions::default())?;
    let in_file = config.secret_key.is_none();
    // A server that has only the old key could read nothing afterwards.
    let _lock = if in_file { crate::server::lock(&config)? } else { None };
    let db = Db::open(&config.database_url).await?;
    let identity = Identity::open(db.clone()).await?;
    if in_file {
        // Makes the key file when there is none yet.
        crate::server::open_platform(&config, &db, &identity).await?;
        identity::rotate_file(&config.data_dir, Some(&identity::new_key()))?;
    }
    let platform = crate::server::open_platform(&config, &db, &identity).await?;
    platform.init().await?;
    let analyzer = crate::server::open_analyzer(&config, &db, &identity)?;
    analyzer.init().await?;
    let sealed = platform.reseal().await? + analyzer.reseal().await?;
    if in_file {
        identity::rotate_file(&config.data_dir, None)?;
    }
    println!(
        "{sealed} stored credentials are encrypted with the {} key",
        if in_file { "new" } else { "first" }
    );
    if !in_file {
        println!("now set TWINTRACK_SECRET_KEY to the first key alone");
    }
    db.close().await?;
    Ok(())
}
