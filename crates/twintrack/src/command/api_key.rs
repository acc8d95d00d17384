//! `twintrack api-key create`: prints just the key, so that a script can keep it.

use clap::{Args, Subcommand};
use identity::Identity;
use storage::Db;

use crate::config::{Config, DataOptions, ServeOptions};
use crate::error::{Error, Result};

#[derive(Subcommand)]
pub enum Verb {
    /// Make a key for a team of the analyzer or for a company of the platform.
    Create(Create),
}

#[derive(Args)]
#[group(id = "owner", required = true, multiple = false)]
struct Owner {
    /// Team of the analyzer whose permissions the key has, for instance Administrators or Automation
    #[arg(long, value_name = "NAME")]
    team: Option<String>,
    /// Company of the platform that the key belongs to, for instance Default
    #[arg(long, value_name = "NAME")]
    company: Option<String>,
}

#[derive(Args)]
pub struct Create {
    #[command(flatten)]
    owner: Owner,
    /// Role of a company's key: ADMIN, MANAGER, DEVELOPER or READER
    #[arg(long, default_value = "ADMIN", value_name = "ROLE", value_parser = ["OWNER", "ADMIN", "MANAGER", "DEVELOPER", "READER"], ignore_case = true)]
    role: String,
    /// What the key is for; shown in its list
    #[arg(long, default_value = "command line", value_name = "TEXT")]
    comment: String,
    /// Print the key and its public id as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataOptions,
}

pub async fn run(Verb::Create(options): Verb) -> Result<()> {
    let config = Config::load(&options.data, &ServeOptions::default())?;
    let db = Db::open(&config.database_url).await?;
    let identity = Identity::open(db.clone()).await?;
    let made = match (&options.owner.team, &options.owner.company) {
        (Some(name), _) => {
            let Some(team) = identity.team_by_name(&db, name).await? else {
                let names: Vec<String> =
                    identity.teams(&db).await?.into_iter().map(|team| team.name).collect();
                return Err(Error::with_hint(
                    format!("--team: there is no team {name:?}"),
                    format!("the teams are {}", names.join(", ")),
                ));
            };
            let tx = db.begin().await?;
            let made = identity.create_team_key(&tx, team.id, Some(&options.comment)).await?;
            tx.commit().await?;
            made
        }
        (None, name) => {
            let name = name.as_deref().unwrap_or_default();
            let platform = crate::server::open_platform(&config, &db, &identity).await?;
            platform.init().await?;
            let Some(company) = platform.company_by_label(name).await? else {
                return Err(Error::with_hint(
                    format!("--company: there is no company {name:?}"),
                    "a fresh installation has the company Default",
                ));
            };
            let tx = db.begin().await?;
            let role = options.role.to_uppercase();
            let made = identity.create_company_key(&tx, company, &role, &options.comment, None).await?;
            tx.commit().await?;
            made
        }
    };
    if options.json {
        println!("{}", serde_json::json!({ "key": made.key, "publicId": made.public_id }));
    } else {
        println!("{}", made.key);
    }
    db.close().await?;
    Ok(())
}
