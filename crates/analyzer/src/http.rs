//! The client with which the analyzer calls others.

/// A client whose TLS is rustls with ring; a process that chose another provider keeps it.
pub(crate) fn client() -> reqwest::ClientBuilder {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().user_agent(concat!("Twintrack/", env!("CARGO_PKG_VERSION")))
}
