//! Setting a client up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::redirect::Policy;

use crate::{ApiUrl, Error, Pace, Retry, Secret, tls};

/// A connection to one server with one API key. Cheap to clone; clones share connections and pace.
#[derive(Clone)]
pub struct Client {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub url: ApiUrl,
    pub http: reqwest::Client,
    pub key: Option<Secret>,
    pub key_header: Option<HeaderValue>,
    pub pace: Pace,
    pub retry: Retry,
    pub max_body: usize,
}

impl Client {
    /// Starts setting up a client of this server.
    pub fn builder(url: ApiUrl) -> Builder {
        Builder {
            url,
            key: None,
            ca: Vec::new(),
            timeout: Duration::from_secs(120),
            connect_timeout: Duration::from_secs(10),
            pace: Pace::per_second(10),
            retry: Retry::default(),
            max_body: 512 << 20,
            proxy: true,
        }
    }

    /// The server's address.
    pub fn url(&self) -> &ApiUrl {
        &self.inner.url
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("url", &self.inner.url).finish_non_exhaustive()
    }
}

/// Settings of a [`Client`].
#[derive(Clone, Debug)]
pub struct Builder {
    url: ApiUrl,
    key: Option<Secret>,
    ca: Vec<Vec<u8>>,
    timeout: Duration,
    connect_timeout: Duration,
    pace: Pace,
    retry: Retry,
    max_body: usize,
    proxy: bool,
}

impl Builder {
    /// The API key, sent as `X-Api-Key` to this server only.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<Secret>) -> Self {
        self.key = Some(key.into()).filter(|k: &Secret| !k.is_empty());
        self
    }

    /// Trusts the authorities in this PEM text in addition to the public ones.
    #[must_use]
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca.push(pem.into());
        self
    }

    /// The longest time for one request, connection and transfer included (default 120 s: 4.x answers
    /// all findings of a project at once).
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The longest time for making a connection (default 10 s).
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How many requests a second at most, retries included (default 10; 0 is no limit).
    #[must_use]
    pub fn requests_per_second(self, requests: u32) -> Self {
        self.pace(Pace::per_second(requests))
    }

    /// A budget shared with other clients of the same host.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// When to try again.
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The longest answer that is read, in bytes (default 512 MiB).
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Whether the environment's proxy settings (`HTTPS_PROXY`, `NO_PROXY` …) are used (default yes).
    #[must_use]
    pub fn proxy_from_env(mut self, yes: bool) -> Self {
        self.proxy = yes;
        self
    }

    /// The client. Sends nothing yet: see [`Client::check`].
    ///
    /// # Errors
    /// [`Error::Setup`] for an unreadable certificate or a key that cannot be sent in a header.
    pub fn build(self) -> Result<Client, Error> {
        let key_header = match &self.key {
            None => None,
            Some(key) => {
                let mut value = HeaderValue::from_str(key.reveal()).map_err(|_| Error::Setup {
                    problem: "the API key holds characters that no key has".into(),
                    hint: "paste the key again, on one line".into(),
                })?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls::config(&self.ca)?)
            .redirect(Policy::none())
            .timeout(self.timeout)
            .connect_timeout(self.connect_timeout)
            .user_agent(concat!("dependency-track-client/", env!("CARGO_PKG_VERSION")));
        if !self.proxy {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|e| Error::Setup {
            problem: e.without_url().to_string(),
            hint: "check the proxy settings of the environment".into(),
        })?;
        let Self { url, key, pace, retry, max_body, .. } = self;
        Ok(Client { inner: Arc::new(Inner { url, http, key, key_header, pace, retry, max_body }) })
    }
}
