//! The address of a server's API, as people paste it.

use std::fmt;
use std::str::FromStr;

use url::Url;

use crate::Error;

/// Where the API of a server lives: scheme, host, port and an optional prefix, without `/api`.
///
/// Equal addresses compare equal whatever form they were pasted in: the host is lower case, default
/// ports are gone, and there is no trailing slash.
///
/// ```
/// use dependency_track::ApiUrl;
/// let url = ApiUrl::parse(" https://DT.example.com:443/track/api/v1/ ").unwrap();
/// assert_eq!(url.to_string(), "https://dt.example.com/track");
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ApiUrl(Url);

/// What may trail a pasted address, longest first.
const ENDS: [&[&str]; 5] =
    [&["api", "v1"], &["api", "v2"], &["api", "version"], &["api", "openapi.json"], &["api"]];

impl ApiUrl {
    /// Reads `http(s)://host[:port][/prefix][/api[/v1]][/]`.
    ///
    /// # Errors
    /// [`Error::Address`] when the scheme is missing or is not http(s), when there is no host, or when
    /// the address carries a user, a password, a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        // The text is not repeated in a message once it may hold a password.
        let refuse = |problem: String, hint: String| Err(Error::Address { problem, hint });
        if text.is_empty() {
            return refuse("it is empty".into(), "write for example https://dt.example.com".into());
        }
        if !text.contains("://") {
            let host = text.split(['/', '?', '#']).next().unwrap_or(text);
            let hint = if host.contains('@') {
                "https://dt.example.com".to_owned()
            } else {
                format!("https://{host}")
            };
            return refuse(
                "it does not start with http:// or https://".into(),
                format!("write for example {hint}"),
            );
        }
        let mut url = match Url::parse(text) {
            Ok(url) => url,
            Err(e) => return refuse(e.to_string(), "write for example https://dt.example.com".into()),
        };
        if !matches!(url.scheme(), "http" | "https") {
            return refuse(
                format!("the scheme {} is not http or https", url.scheme()),
                "use http:// or https://".into(),
            );
        }
        if url.host_str().is_none_or(str::is_empty) {
            return refuse("it has no host".into(), "write for example https://dt.example.com".into());
        }
        if !url.username().is_empty() || url.password().is_some() {
            return refuse(
                "it holds a user name or a password".into(),
                "leave them out: the API key is given on its own".into(),
            );
        }
        if url.query().is_some() || url.fragment().is_some() {
            return refuse(
                "it has a query or a fragment (? or #)".into(),
                "leave away everything from the ? or # on".into(),
            );
        }
        let mut parts: Vec<String> =
            url.path().split('/').filter(|s| !s.is_empty()).map(str::to_owned).collect();
        for end in ENDS {
            if parts.len() >= end.len() && parts.iter().rev().zip(end.iter().rev()).all(|(a, b)| a == b) {
                parts.truncate(parts.len() - end.len());
                break;
            }
        }
        url.set_path(&parts.join("/"));
        Ok(Self(url))
    }

    /// The address of `segments` below the base, each percent-encoded as one path segment.
    pub(crate) fn join(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// The host, without port.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// What to try when the user interface answered instead of the API.
    ///
    /// The usual container set-up serves the interface and the API on neighbouring ports.
    pub(crate) fn interface_hint(&self) -> String {
        let other = match self.0.port() {
            Some(8080) => Some(8081),
            Some(8081) => Some(8080),
            _ => None,
        };
        let mut hint = String::from(
            "this looks like the user interface or another site; the API is usually on port 8081 or 8080 of the same host",
        );
        if let Some(port) = other {
            let mut url = self.0.clone();
            if url.set_port(Some(port)).is_ok() {
                hint.push_str(&format!(": try {}", url.as_str().trim_end_matches('/')));
            }
        }
        hint
    }
}

impl FromStr for ApiUrl {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl fmt::Display for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ApiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiUrl({self})")
    }
}
