//! The configuration: one struct from which the options of the command line, the environment
//! variables, the keys of the file and the reference page come.
//!
//! A flag beats its variable, the variable beats the file, the file beats the default.

mod login;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, ValueEnum};
use serde::{Deserialize, Serialize};

pub use login::LoginOptions;

use crate::error::{Error, Result};

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Serves the Dependency-Track API.
    Analyzer,
    /// Serves the GraphQL API and receives webhooks.
    Platform,
    /// Runs the queued work of both.
    Worker,
}

/// The version of Dependency-Track that the analyzer passes for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
pub enum Spoken {
    /// For the clients of version 4, and its frontend
    #[value(name = "4")]
    #[serde(rename = "4")]
    Four,
    /// For the frontend of version 5
    #[value(name = "5")]
    #[serde(rename = "5")]
    Five,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the data is. Every command that opens the database takes these.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DataOptions {
    /// Folder of the embedded database and the key file [default: ./data]
    #[arg(long, env = "TWINTRACK_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://USER@HOST/NAME [default: SQLite in the data folder]
    #[arg(long, env = "TWINTRACK_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Key for stored credentials: 32 bytes as base64; NEW,OLD while it is replaced [default: the file secret.key in the data folder]
    #[arg(long, env = "TWINTRACK_SECRET_KEY", value_name = "KEY", hide_env_values = true)]
    pub secret_key: Option<String>,
    /// TOML file with the same keys as these options
    #[arg(long, env = "TWINTRACK_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// How the server runs.
#[derive(Debug, Clone, Default, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServeOptions {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "TWINTRACK_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// What this process does, separated by commas [default: analyzer,platform,worker]
    #[arg(long, env = "TWINTRACK_ROLES", value_delimiter = ',', value_name = "ROLES")]
    pub roles: Option<Vec<Role>>,
    /// Address at which people reach the server; links to issues start with it [default: the one listened on]
    #[arg(long, env = "TWINTRACK_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Requests a second to one Dependency-Track host; 0 is no limit [default: 10]
    #[arg(long, env = "TWINTRACK_REQUESTS_PER_SECOND", value_name = "NUMBER")]
    pub requests_per_second: Option<u32>,
    /// Synchronizations of one integration at the same time, on all nodes [default: 2]
    #[arg(long, env = "TWINTRACK_RUNS_PER_INTEGRATION", value_name = "NUMBER", value_parser = clap::value_parser!(i64).range(1..=100))]
    pub runs_per_integration: Option<i64>,
    /// How long a synchronization waits for more webhooks of its project, in milliseconds [default: 2000]
    #[arg(long, env = "TWINTRACK_WEBHOOK_QUIET", value_name = "MILLISECONDS", value_parser = clap::value_parser!(i64).range(0..=600_000))]
    pub webhook_quiet: Option<i64>,
    /// Whether sources of vulnerability data are mirrored by themselves: true or false [default: true]
    #[arg(long, env = "TWINTRACK_MIRRORS", value_name = "BOOLEAN")]
    pub mirrors: Option<bool>,
    /// The version of Dependency-Track that the analyzer passes for: 4, or 5 when the frontend of version 5 is used [default: 4]
    #[arg(long, env = "TWINTRACK_DEPENDENCY_TRACK_VERSION", value_name = "VERSION")]
    pub dependency_track_version: Option<Spoken>,
    /// Address of a registry of packages whose repository has none: TYPE=URL, or TYPE/IDENTIFIER=URL where a type has several; may be repeated
    #[arg(long, env = "TWINTRACK_REPOSITORY", value_delimiter = ',', value_name = "TYPE=URL")]
    pub repository: Option<Vec<String>>,
    /// Address and port where health and metrics are served as well [default: none]
    #[arg(long, env = "TWINTRACK_MANAGEMENT_LISTEN", value_name = "ADDRESS")]
    pub management_listen: Option<SocketAddr>,
    /// Whether /metrics tells numbers for Prometheus: true or false [default: false]
    #[arg(long, env = "TWINTRACK_METRICS", value_name = "BOOLEAN")]
    pub metrics: Option<bool>,
    /// What is logged: error, warn, info, debug, trace, or a list like info,analyzer=debug [default: info]
    #[arg(long, env = "TWINTRACK_LOG", value_name = "LEVELS")]
    pub log: Option<String>,
    /// How log lines look [default: text]
    #[arg(long, env = "TWINTRACK_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Where people log in beside their password here.
    #[command(flatten)]
    #[serde(skip)]
    pub login: LoginOptions,
}

#[derive(Deserialize)]
struct File {
    #[serde(flatten)]
    values: toml::Table,
}

/// Everything decided.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Config {
    /// See [`ServeOptions::listen`].
    pub listen: SocketAddr,
    /// See [`DataOptions::data_dir`].
    pub data_dir: PathBuf,
    /// See [`DataOptions::database_url`].
    pub database_url: String,
    /// See [`ServeOptions::roles`].
    pub roles: Vec<Role>,
    /// See [`ServeOptions::public_url`].
    pub public_url: String,
    /// See [`DataOptions::secret_key`]. Never shown.
    #[serde(skip)]
    pub secret_key: Option<String>,
    /// See [`ServeOptions::requests_per_second`].
    pub requests_per_second: u32,
    /// See [`ServeOptions::runs_per_integration`].
    pub runs_per_integration: i64,
    /// See [`ServeOptions::webhook_quiet`], in milliseconds.
    pub webhook_quiet: i64,
    /// See [`ServeOptions::mirrors`].
    pub mirrors: bool,
    /// See [`ServeOptions::dependency_track_version`].
    pub dependency_track_version: Spoken,
    /// See [`ServeOptions::repository`]: type, or type and identifier, and address.
    pub repository: Vec<(String, String)>,
    /// See [`ServeOptions::management_listen`].
    pub management_listen: Option<SocketAddr>,
    /// See [`ServeOptions::metrics`].
    pub metrics: bool,
    /// See [`ServeOptions::log`].
    pub log: String,
    /// See [`ServeOptions::log_format`].
    pub log_format: LogFormat,
    /// See [`ServeOptions::login`].
    #[serde(flatten)]
    pub login: LoginOptions,
}

impl Config {
    /// Puts flags and variables, the file and the defaults together.
    ///
    /// # Errors
    /// When the file cannot be read or has an unknown key or a wrong value; the message names it.
    pub fn load(data: &DataOptions, serve: &ServeOptions) -> Result<Config> {
        let (file_data, file_serve) = match &data.config {
            Some(path) => read(path)?,
            None => (DataOptions::default(), ServeOptions::default()),
        };
        let data_dir = data.data_dir.clone().or(file_data.data_dir).unwrap_or_else(|| PathBuf::from("data"));
        let database_url = data
            .database_url
            .clone()
            .or(file_data.database_url)
            .unwrap_or_else(|| format!("sqlite:{}", data_dir.join("twintrack.db").display()));
        let listen =
            serve.listen.or(file_serve.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let roles = serve
            .roles
            .clone()
            .or(file_serve.roles)
            .unwrap_or_else(|| vec![Role::Analyzer, Role::Platform, Role::Worker]);
        if roles.is_empty() {
            return Err(Error::with_hint(
                "roles: the list is empty",
                "name at least one of analyzer, platform, worker",
            ));
        }
        let public_url = match serve.public_url.clone().or(file_serve.public_url) {
            Some(text) => public_url(&text)?,
            None => {
                let host = if listen.ip().is_unspecified() {
                    "localhost".to_owned()
                } else {
                    listen.ip().to_string()
                };
                format!("http://{host}:{}", listen.port())
            }
        };
        let of_dependency_track = LoginOptions::of_dependency_track(|name| std::env::var(name).ok())?;
        let login = serve.login.clone().or(file_serve.login).or(of_dependency_track);
        Ok(Config {
            listen,
            data_dir,
            database_url,
            roles,
            public_url,
            secret_key: data.secret_key.clone().or(file_data.secret_key),
            requests_per_second: serve.requests_per_second.or(file_serve.requests_per_second).unwrap_or(10),
            runs_per_integration: serve
                .runs_per_integration
                .or(file_serve.runs_per_integration)
                .unwrap_or(2)
                .max(1),
            webhook_quiet: serve.webhook_quiet.or(file_serve.webhook_quiet).unwrap_or(2_000),
            mirrors: serve.mirrors.or(file_serve.mirrors).unwrap_or(true),
            dependency_track_version: serve
                .dependency_track_version
                .or(file_serve.dependency_track_version)
                .unwrap_or(Spoken::Four),
            repository: repositories(serve.repository.clone().or(file_serve.repository).unwrap_or_default())?,
            management_listen: serve.management_listen.or(file_serve.management_listen),
            metrics: serve.metrics.or(file_serve.metrics).unwrap_or(false),
            log: serve.log.clone().or(file_serve.log).unwrap_or_else(|| "info".to_owned()),
            log_format: serve.log_format.or(file_serve.log_format).unwrap_or(LogFormat::Text),
            login,
        })
    }

    /// Whether this process has the role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// The same with what must not be shown hidden: passwords, and that in a database address.
    #[must_use]
    pub fn without_secrets(mut self) -> Config {
        if let Ok(mut url) = url::Url::parse(&self.database_url)
            && url.password().is_some()
            && url.set_password(Some("hidden")).is_ok()
        {
            self.database_url = url.to_string();
        }
        if let Some(password) = &mut self.login.ldap_bind_password {
            "hidden".clone_into(password);
        }
        self
    }
}

/// Reads `TYPE=URL` or `TYPE/IDENTIFIER=URL`.
fn repositories(list: Vec<String>) -> Result<Vec<(String, String)>> {
    list.iter()
        .map(|text| {
            let (which, address) = text.split_once('=').unwrap_or_default();
            match url::Url::parse(address) {
                Ok(url) if matches!(url.scheme(), "http" | "https") && url.username().is_empty() => {
                    Ok((which.trim().to_owned(), address.trim().to_owned()))
                }
                _ => Err(Error::with_hint(
                    format!("repository: {text:?} is not a type and an http or https address without user"),
                    "give it like npm=https://registry.example.com, or maven/central=https://repo.example.com/maven2",
                )),
            }
        })
        .collect()
}

fn public_url(text: &str) -> Result<String> {
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            Ok(text.trim_end_matches('/').to_owned())
        }
        _ => Err(Error::with_hint(
            format!("public-url: {text:?} is not an http or https address"),
            "give it as people type it, for instance https://twintrack.example.com",
        )),
    }
}

fn read(path: &Path) -> Result<(DataOptions, ServeOptions)> {
    let told = |what: String| {
        Error::with_hint(
            format!("{}: {what}", path.display()),
            "`twintrack serve --help` lists the keys; they are the options without the dashes",
        )
    };
    let text = std::fs::read_to_string(path).map_err(|e| told(e.to_string()))?;
    let file: File = toml::from_str(&text).map_err(|e| told(e.to_string()))?;
    let (mut data, mut serve, mut login) = (toml::Table::new(), toml::Table::new(), toml::Table::new());
    let known_data = keys::<DataOptions>();
    let known_serve = keys::<ServeOptions>();
    let known_login = keys::<LoginOptions>();
    for (key, value) in file.values {
        if known_data.contains(&key) && key != "config" {
            data.insert(key, value);
        } else if known_login.contains(&key) {
            login.insert(key, value);
        } else if known_serve.contains(&key) {
            serve.insert(key, value);
        } else {
            return Err(told(format!("unknown key {key:?}")));
        }
    }
    let data = data.try_into().map_err(|e: toml::de::Error| told(e.message().to_owned()))?;
    let mut serve: ServeOptions =
        serve.try_into().map_err(|e: toml::de::Error| told(e.message().to_owned()))?;
    serve.login = login.try_into().map_err(|e: toml::de::Error| told(e.message().to_owned()))?;
    Ok((data, serve))
}

fn keys<T: Args>() -> Vec<String> {
    T::augment_args(clap::Command::new("keys"))
        .get_arguments()
        .filter_map(|arg| arg.get_long().map(str::to_owned))
        .collect()
}

/// The reference of the configuration in Markdown, made from the options themselves.
pub fn reference() -> String {
    let mut out =
        String::from("| option | variable | key in the file | meaning |\n| --- | --- | --- | --- |\n");
    let command = crate::command::Cli::command();
    let Some(serve) = command.find_subcommand("serve") else { return out };
    for arg in serve.get_arguments() {
        let (Some(long), Some(env)) = (arg.get_long(), arg.get_env()) else { continue };
        let key = if long == "config" { String::new() } else { format!("`{long}`") };
        let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
        out.push_str(&format!("| `--{long}` | `{}` | {key} | {help} |\n", env.to_string_lossy()));
    }
    out
}
