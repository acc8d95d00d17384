//! The command line: one verb, one file.

mod advisories;
mod api_key;
mod bom;
mod client;
mod secret_key;
mod sync;

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
    /// Send SBOMs to a server.
    #[command(subcommand)]
    Bom(bom::Verb),
    /// Import projects of an integration as assets, or synchronize them.
    Sync(sync::Sync),
    /// Make or replace the key under which credentials are stored.
    #[command(subcommand)]
    SecretKey(secret_key::Verb),
    /// Print what the documentation shares with the code, in Markdown.
    #[command(hide = true)]
    Tables,
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Print the GraphQL schema of the platform.
    #[command(hide = true)]
    Schema,
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

/// Runs the verb.
pub async fn run(cli: Cli) -> Result<()> {
    match cli.verb {
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
        Verb::Schema => {
            print!("{}", platform::graphql::sdl());
            Ok(())
        }
    }
}
