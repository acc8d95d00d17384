//! The command line: one verb, one file.

mod advisories;
mod analyze;
mod api_key;
mod bom;
mod client;
mod migrate;
mod scan;
mod secret_key;
mod sync;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, DataOptions, ServeOptions};
use crate::error::Result;
use crate::server;

/// Component analysis and issue management in one binary.
#[derive(Parser)]
#[command(name = "twintrack", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

impl Cli {
    /// Whether it does one thing after the other, for which starting threads takes too long.
    pub const fn is_short(&self) -> bool {
        matches!(self.verb, Verb::Scan(_))
    }
}

#[derive(Subcommand)]
enum Verb {
    /// Start the server.
    Serve(Serve),
    /// Manage API keys on the data of this machine.
    #[command(subcommand)]
    ApiKey(api_key::Verb),
    /// Manage the vulnerability data.
    #[command(subcommand)]
    Advisories(advisories::Verb),
    /// Match everything that is stored with the vulnerability data again.
    Analyze(analyze::Analyze),
    /// Look an SBOM up, without a server.
    ///
    /// Ends with status 0, or with 3 when --fail-on finds something, 1 when the scan failed and 2 for
    /// wrong arguments.
    Scan(scan::Scan),
    /// Send SBOMs to a server.
    #[command(subcommand)]
    Bom(bom::Verb),
    /// Import projects of an integration as assets, or synchronize them.
    Sync(sync::Sync),
    /// Copy a running Dependency-Track, 4.x or 5.x, into the data of this machine.
    ///
    /// Run again, it goes on where it was interrupted, or brings what has changed since. Ends with
    /// status 0, with 3 when something could not come, 1 when it ended early and 2 for wrong arguments.
    MigrateFromDependencyTrack(migrate::Migrate),
    /// Make or replace the key under which credentials are stored.
    #[command(subcommand)]
    SecretKey(secret_key::Verb),
    /// Print what the documentation shares with the code, in Markdown.
    #[command(hide = true)]
    Tables,
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Print the operations of the analyzer's API, in Markdown.
    #[command(hide = true)]
    Operations,
    /// Print the GraphQL schema of the platform.
    #[command(hide = true)]
    Schema,
    /// Print the analyzer's tables as SQLite has them.
    #[command(hide = true)]
    SqliteTables,
}

/// Options of the server.
#[derive(Args)]
pub struct Serve {
    #[command(flatten)]
    serve: ServeOptions,
    #[command(flatten)]
    data: DataOptions,
}

#[derive(Subcommand)]
#[allow(clippy::large_enum_variant, reason = "made once")]
enum ConfigVerb {
    /// Print the configuration that `serve` would use, as TOML; secrets are left out.
    Show {
        #[command(flatten)]
        options: Serve,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the reference of all options as Markdown.
    Reference,
}

/// The status of a scan that found what it was told to fail on, and of a copy that is not complete.
const FOUND: u8 = 3;

/// Runs the verb; the status that the process ends with.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    match cli.verb {
        Verb::Scan(options) => {
            let found = scan::run(options).await?;
            return Ok(if found { ExitCode::from(FOUND) } else { ExitCode::SUCCESS });
        }
        Verb::MigrateFromDependencyTrack(options) => {
            let complete = migrate::run(options).await?;
            return Ok(if complete { ExitCode::SUCCESS } else { ExitCode::from(FOUND) });
        }
        Verb::Analyze(options) => analyze::run(options).await,
        Verb::Serve(options) => server::serve(Config::load(&options.data, &options.serve)?).await,
        Verb::ApiKey(verb) => api_key::run(verb).await,
        Verb::Advisories(verb) => advisories::run(verb).await,
        Verb::Bom(verb) => bom::run(verb).await,
        Verb::SecretKey(verb) => secret_key::run(verb).await,
        Verb::Tables => {
            println!("{}\n{}", platform::company::table(), platform::issue::life_cycle());
            Ok(())
        }
        Verb::Sync(options) => sync::run(options).await,
        Verb::Config(ConfigVerb::Reference) => {
            print!("{}", crate::config::reference());
            Ok(())
        }
        Verb::Config(ConfigVerb::Show { options, json }) => {
            let config = Config::load(&options.data, &options.serve)?.without_secrets();
            let text = if json {
                serde_json::to_string_pretty(&config).ok()
            } else {
                toml::to_string_pretty(&config).ok()
            };
            println!("{}", text.unwrap_or_default().trim_end());
            Ok(())
        }
        Verb::Operations => {
            print!("{}", analyzer::operations());
            Ok(())
        }
        Verb::Schema => {
            print!("{}", platform::graphql::sdl());
            Ok(())
        }
        Verb::SqliteTables => analyzer::tables().await.map(|tables| print!("{tables}")).map_err(Into::into),
    }
    .map(|()| ExitCode::SUCCESS)
}
