//! Putting the server together and running it until it is told to stop.

mod health;
mod metrics;
mod request_id;
mod web_ui;

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use analyzer::Analyzer;
use identity::Identity;
use platform::Platform;
use storage::Db;
use storage::worker::Worker;
use tokio_util::sync::CancellationToken;
use utoipa_swagger_ui::{self as swagger, SwaggerUi};

use crate::config::{Config, LogFormat, Role, Spoken};
use crate::error::{Error, Result};

/// Runs the server of this configuration until Ctrl-C or SIGTERM.
pub async fn serve(config: Config) -> Result<()> {
    start_log(&config)?;
    // The port first: when it is taken nothing must have been touched.
    let listener = tokio::net::TcpListener::bind(config.listen).await.map_err(|error| {
        let hint = if error.kind() == std::io::ErrorKind::AddrInUse {
            "another program (or another Twintrack) has the port: choose one with --listen, for instance --listen 127.0.0.1:8090"
        } else {
            "choose another address with --listen"
        };
        Error::with_hint(format!("cannot listen on {}: {error}", config.listen), hint)
    })?;
    let address = listener.local_addr().map_err(|e| Error::told(e.to_string()))?;
    let mut config = config;
    if config.listen.port() == 0 {
        config.public_url = config.public_url.replace(":0", &format!(":{}", address.port()));
    }
    let _lock = lock(&config)?;
    let db = Db::open(&config.database_url).await?;
    let identity = open_identity(&config, &db).await?;
    let analyzer = open_analyzer(&config, &db, &identity)?;
    analyzer.init().await?;
    let platform = open_platform(&config, &db, &identity).await?;
    platform.init().await?;

    let management = health::router(db.clone()).merge(metrics::router(db.clone(), config.metrics));
    let mut app = management.clone();
    if config.has(Role::Analyzer) {
        let explorer = SwaggerUi::new("/api/docs").config(swagger::Config::from("/api/openapi.json"));
        app = app.merge(analyzer.router()).merge(explorer);
    }
    if config.has(Role::Platform) {
        app = app.merge(platform.router());
    }
    let app = app
        .fallback(web_ui::serve)
        .layer(tower_http::catch_panic::CatchPanicLayer::new())
        .layer(axum::middleware::from_fn(request_id::answer));

    let stop = CancellationToken::new();
    let mut background = Vec::new();
    if config.has(Role::Worker) {
        let mut worker = Worker::new(db.clone());
        worker = analyzer.register(worker);
        worker = platform.register(worker);
        if config.database_url.starts_with("sqlite:") {
            // This process alone has the data folder: what a killed one was doing is free.
            worker.take_back().await?;
        }
        let stop = stop.clone();
        background.push(tokio::spawn(async move {
            if let Err(error) = worker.run(stop).await {
                tracing::error!(%error, "the worker ended");
            }
        }));
    }
    background.push(tokio::spawn(write_last_used(identity.clone(), stop.clone())));
    if let Some(address) = config.management_listen {
        let listener = tokio::net::TcpListener::bind(address).await.map_err(|error| {
            Error::with_hint(
                format!("cannot listen on {address} for health and metrics: {error}"),
                "choose another address with --management-listen",
            )
        })?;
        let stop = stop.clone();
        background.push(tokio::spawn(async move {
            let ended = axum::serve(listener, management)
                .with_graceful_shutdown(async move { stop.cancelled().await });
            if let Err(error) = ended.await {
                tracing::error!(%error, "health and metrics are no longer served");
            }
        }));
    }

    tracing::info!(version = env!("CARGO_PKG_VERSION"), url = %config.public_url, %address, "Twintrack is ready");
    let signal = stop.clone();
    tokio::spawn(async move {
        until_told().await;
        tracing::info!("ending");
        signal.cancel();
    });
    let graceful = stop.clone();
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, app).with_graceful_shutdown(async move { graceful.cancelled().await });
    let served = tokio::select! {
        served = async { server.await } => served,
        // Open connections may take a moment, not for ever.
        () = async { stop.cancelled().await; tokio::time::sleep(Duration::from_secs(5)).await } => Ok(()),
    };
    stop.cancel();
    for task in background {
        let _ = task.await;
    }
    db.close().await?;
    served.map_err(|e| Error::told(format!("the server ended: {e}")))
}

/// The users of this configuration, those of a directory and a provider among them.
pub async fn open_identity(config: &Config, db: &Db) -> Result<Identity> {
    let (ldap, oidc) = (config.login.ldap()?, config.login.oidc()?);
    let mut identity = Identity::open(db.clone()).await?;
    if let Some(settings) = ldap {
        identity = identity.with_directory(settings);
    }
    if let Some(settings) = oidc {
        identity = identity.with_provider(settings);
    }
    Ok(identity)
}

/// The analyzer of this configuration.
pub fn open_analyzer(config: &Config, db: &Db, identity: &Identity) -> Result<Analyzer> {
    let options = analyzer::Options {
        work_dir: config.data_dir.join("mirror"),
        mirrors: config.mirrors,
        vault: Some(identity::Vault::open(config.secret_key.as_deref(), &config.data_dir)?),
        repositories: config.repository.clone(),
        spoken: match config.dependency_track_version {
            Spoken::Four => analyzer::Spoken::Four,
            Spoken::Five => analyzer::Spoken::Five,
        },
    };
    Ok(Analyzer::new(db.clone(), identity.clone(), options))
}

/// The platform of this configuration.
pub async fn open_platform(config: &Config, db: &Db, identity: &Identity) -> Result<Platform> {
    let options = platform::Options {
        data_dir: config.data_dir.clone(),
        secret_key: config.secret_key.clone(),
        public_url: config.public_url.clone(),
        limits: platform::Limits {
            requests_per_second: config.requests_per_second,
            runs_per_integration: config.runs_per_integration,
            webhook_quiet_ms: config.webhook_quiet,
        },
    };
    Ok(Platform::open(db.clone(), identity.clone(), options).await?)
}

/// Makes sure that one server at a time uses an embedded database.
pub fn lock(config: &Config) -> Result<Option<File>> {
    let Some(path) = config.database_url.strip_prefix("sqlite:") else { return Ok(None) };
    let folder = Path::new(path).parent().unwrap_or(Path::new("."));
    let told = |e: std::io::Error| {
        Error::with_hint(
            format!("the data folder {} cannot be used: {e}", folder.display()),
            "choose another with --data-dir",
        )
    };
    std::fs::create_dir_all(folder).map_err(told)?;
    let file = File::create(folder.join("server.lock")).map_err(told)?;
    file.try_lock().map_err(|_| {
        Error::with_hint(
            format!("another server uses the data folder {}", folder.display()),
            "stop it first, choose another folder with --data-dir, or use PostgreSQL with --database-url",
        )
    })?;
    Ok(Some(file))
}

fn start_log(config: &Config) -> Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log).map_err(|e| {
        Error::with_hint(
            format!("log: {e}"),
            "use a level (error, warn, info, debug, trace) or a list like info,analyzer=debug",
        )
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match config.log_format {
        LogFormat::Text => builder.with_target(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    started.map_err(|e| Error::told(e.to_string()))
}

async fn write_last_used(identity: Identity, stop: CancellationToken) {
    loop {
        let ending = tokio::select! {
            () = stop.cancelled() => true,
            () = tokio::time::sleep(Duration::from_secs(30)) => false,
        };
        if let Err(error) = identity.flush_last_used().await {
            tracing::warn!(%error, "the last use of API keys could not be written");
        }
        if ending {
            return;
        }
    }
}

async fn until_told() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = interrupt.await;
}
