//! Session tokens: JSON Web Tokens (RFC 7519) with the claims of Dependency-Track 4.x, whose
//! frontend reads the permissions out of them.

use base64::Engine;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::{Error, PermissionSet, Result};

/// How long a session lasts: seven days, as in Dependency-Track 4.x.
pub(crate) const LIFETIME_S: i64 = 7 * 24 * 3_600;
const ISSUER: &str = "Dependency-Track";

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    iss: String,
    iat: i64,
    exp: i64,
    permissions: String,
    idp: String,
    jti: String,
}

#[derive(Clone)]
pub(crate) struct Tokens {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

/// A fresh random signing secret.
pub(crate) fn new_secret() -> String {
    base64::engine::general_purpose::STANDARD.encode(rand::random::<[u8; 32]>())
}

impl Tokens {
    pub(crate) fn new(secret: &str) -> Tokens {
        Tokens {
            encoding: EncodingKey::from_secret(secret.as_bytes()),
            decoding: DecodingKey::from_secret(secret.as_bytes()),
        }
    }

    /// A token for a session of the user; `idp` says where the user comes from.
    pub(crate) fn issue(
        &self,
        username: &str,
        permissions: PermissionSet,
        idp: &str,
        session: &str,
    ) -> Result<String> {
        let now = storage::now_ms() / 1_000;
        let names: Vec<&str> = permissions.iter().map(crate::Permission::as_str).collect();
        let claims = Claims {
            sub: username.to_owned(),
            iss: ISSUER.to_owned(),
            iat: now,
            exp: now + LIFETIME_S,
            permissions: names.join(","),
            idp: idp.to_owned(),
            jti: session.to_owned(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding)
            .map_err(|e| Error::Token(e.to_string()))
    }

    /// The session of a valid token.
    pub(crate) fn read(&self, token: &str) -> Option<String> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        Some(jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).ok()?.claims.jti)
    }
}
