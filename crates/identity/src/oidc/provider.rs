//! What a provider says of itself, and checking the tokens that it signs.

use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Map, Value};
use tokio::sync::RwLock;

use super::OidcSettings;

/// How long a provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer, in bytes.
const LARGEST: usize = 1 << 20;
/// What a provider says of itself is read again after this.
const FRESH: Duration = Duration::from_secs(3_600);
/// Keys are not asked for again and again, whatever tokens are sent.
const PAUSE: Duration = Duration::from_secs(5);

/// The claims of a token, or what the provider says of somebody.
pub(super) type Claims = Map<String, Value>;

/// Why a token or a provider is not believed; for the log.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the provider: {0}")]
    Provider(String),
    #[error("the token: {0}")]
    Token(String),
}

#[derive(Clone, Deserialize)]
struct Description {
    issuer: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    /// RS256 is what everybody must be able to (OpenID Connect Discovery §3).
    #[serde(default = "everybodys")]
    id_token_signing_alg_values_supported: Vec<String>,
}

fn everybodys() -> Vec<String> {
    vec!["RS256".to_owned()]
}

/// The name of an algorithm with a public key; those with a shared secret are never used.
fn name(algorithm: Algorithm) -> Option<&'static str> {
    match algorithm {
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => None,
        Algorithm::ES256 => Some("ES256"),
        Algorithm::ES384 => Some("ES384"),
        Algorithm::RS256 => Some("RS256"),
        Algorithm::RS384 => Some("RS384"),
        Algorithm::RS512 => Some("RS512"),
        Algorithm::PS256 => Some("PS256"),
        Algorithm::PS384 => Some("PS384"),
        Algorithm::PS512 => Some("PS512"),
        Algorithm::EdDSA => Some("EdDSA"),
    }
}

#[derive(Clone)]
struct Known {
    description: Description,
    keys: JwkSet,
    read_at: Instant,
    /// Whether it was read because a token had an unknown key.
    for_a_key: bool,
}

/// A provider, and what is known of it.
pub(crate) struct Provider {
    pub(super) settings: OidcSettings,
    known: RwLock<Option<Known>>,
}

impl Provider {
    pub(crate) fn new(settings: OidcSettings) -> Provider {
        Provider { settings, known: RwLock::new(None) }
    }

    /// What the provider says of itself, not older than an hour; read again for the key with this id,
    /// when it is not there, but not every time.
    async fn known(&self, key: Option<&str>) -> Result<Known, Refusal> {
        let lacks = |known: &Known| key.is_some_and(|id| known.keys.find(id).is_none());
        let is_fresh = |known: &&Known| match lacks(known) {
            true => known.for_a_key && known.read_at.elapsed() < PAUSE,
            false => known.read_at.elapsed() < FRESH,
        };
        if let Some(known) = self.known.read().await.as_ref().filter(is_fresh) {
            return Ok(known.clone());
        }
        let mut place = self.known.write().await;
        // Somebody else may have asked while this one waited.
        if let Some(known) = place.as_ref().filter(is_fresh) {
            return Ok(known.clone());
        }
        let issuer = self.settings.issuer.trim_end_matches('/');
        let description: Description =
            read(&format!("{issuer}/.well-known/openid-configuration"), None).await?;
        if description.issuer.trim_end_matches('/') != issuer {
            return Err(Refusal::Provider(format!("it calls itself {:?}", description.issuer)));
        }
        let keys: Keys = read(&description.jwks_uri, None).await?;
        // A provider may have keys of kinds that are unknown here, for other purposes.
        let keys = keys.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok()).collect();
        let for_a_key = key.is_some() && place.is_some();
        let known = Known { description, keys: JwkSet { keys }, read_at: Instant::now(), for_a_key };
        *place = Some(known.clone());
        Ok(known)
    }

    /// Whether the provider answers.
    pub(super) async fn is_there(&self) -> bool {
        match self.known(None).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "OpenID Connect is not available");
                false
            }
        }
    }

    /// The claims of an ID token, if it is signed by the provider, for this installation, and not over
    /// (OpenID Connect Core §3.1.3.7).
    pub(super) async fn claims(&self, token: &str) -> Result<Claims, Refusal> {
        let refuse = |what: String| Refusal::Token(what);
        let header = jsonwebtoken::decode_header(token).map_err(|e| refuse(e.to_string()))?;
        let known = self.known(header.kid.as_deref()).await?;
        let algorithm = name(header.alg).filter(|name| {
            known.description.id_token_signing_alg_values_supported.iter().any(|known| known == name)
        });
        if algorithm.is_none() {
            return Err(refuse(format!("{:?} is no algorithm of the provider", header.alg)));
        }
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[&self.settings.client_id]);
        validation.set_issuer(&[&known.description.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        let mut refusal = refuse("no key of the provider has signed it".to_owned());
        for key in &known.keys.keys {
            if header.kid.is_some() && key.common.key_id != header.kid {
                continue;
            }
            let Ok(key) = DecodingKey::from_jwk(key) else { continue };
            match jsonwebtoken::decode::<Claims>(token, &key, &validation) {
                Ok(data) => return self.for_this_party(data.claims),
                Err(error) => refusal = refuse(error.to_string()),
            }
        }
        Err(refusal)
    }

    /// A token for several must name the one that it was made for.
    fn for_this_party(&self, claims: Claims) -> Result<Claims, Refusal> {
        let several = claims.get("aud").and_then(Value::as_array).is_some_and(|list| list.len() > 1);
        match claims.get("azp").and_then(Value::as_str) {
            Some(party) if party != self.settings.client_id => {
                Err(Refusal::Token("it was made for another party".to_owned()))
            }
            None if several => Err(Refusal::Token("it does not say for whom it was made".to_owned())),
            _ => Ok(claims),
        }
    }

    /// What the provider says of whom an access token is for.
    pub(super) async fn user_info(&self, access_token: &str) -> Result<Claims, Refusal> {
        let known = self.known(None).await?;
        match known.description.userinfo_endpoint {
            Some(url) => read(&url, Some(access_token)).await,
            None => Err(Refusal::Provider("it has no userinfo endpoint".to_owned())),
        }
    }
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

/// Reads JSON of the provider.
async fn read<T: serde::de::DeserializeOwned>(url: &str, token: Option<&str>) -> Result<T, Refusal> {
    let told = |error: reqwest::Error| Refusal::Provider(error.to_string());
    // TLS is rustls with ring; a process that chose another provider keeps it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(PATIENCE).build().map_err(told)?;
    let mut request = client.get(url).header("accept", "application/json");
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let mut response = request.send().await.and_then(reqwest::Response::error_for_status).map_err(told)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(told)? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST {
            return Err(Refusal::Provider(format!("{url} has more than {LARGEST} bytes")));
        }
    }
    serde_json::from_slice(&body).map_err(|e| Refusal::Provider(format!("{url}: {e}")))
}
