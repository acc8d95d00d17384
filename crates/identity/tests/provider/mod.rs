//! A small provider of OpenID Connect: its description, its keys, and what it says of people.

use std::sync::{Arc, Mutex, OnceLock};

use argon2::password_hash::rand_core::OsRng;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};
use serde_json::{Value, json};

/// Two keys for all tests of the process: making one takes a moment.
fn key(n: usize) -> &'static RsaPrivateKey {
    static KEYS: [OnceLock<RsaPrivateKey>; 2] = [const { OnceLock::new() }; 2];
    KEYS[n].get_or_init(|| RsaPrivateKey::new(&mut OsRng, 2048).unwrap())
}

#[derive(Clone)]
struct Shared {
    issuer: String,
    keys: Arc<Mutex<Value>>,
    /// What is said of the person with the access token `open sesame`.
    user_info: Arc<Mutex<Value>>,
}

/// A running provider.
pub struct Provider {
    shared: Shared,
}

fn jwk(id: &str, n: usize) -> Value {
    let public = RsaPublicKey::from(key(n));
    let number = |number: &rsa::BigUint| URL_SAFE_NO_PAD.encode(number.to_bytes_be());
    json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": id, "n": number(public.n()), "e": number(public.e()) })
}

impl Provider {
    pub async fn start() -> Provider {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/realm", listener.local_addr().unwrap());
        let odd = json!({ "kty": "unheard of", "kid": "odd" });
        let shared = Shared {
            issuer,
            keys: Arc::new(Mutex::new(json!({ "keys": [odd, jwk("first", 0)] }))),
            user_info: Arc::default(),
        };
        let app = Router::new()
            .route("/realm/.well-known/openid-configuration", get(description))
            .route("/realm/keys", get(keys))
            .route("/realm/userinfo", get(user_info))
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Provider { shared }
    }

    pub fn issuer(&self) -> String {
        self.shared.issuer.clone()
    }

    /// From now on the second key is the only one.
    pub fn rotate(&self) {
        *self.shared.keys.lock().unwrap() = json!({ "keys": [jwk("second", 1)] });
    }

    pub fn say(&self, user_info: Value) {
        *self.shared.user_info.lock().unwrap() = user_info;
    }

    /// Claims of a token that is good, with those of `other`.
    pub fn claims(&self, other: Value) -> Value {
        let mut claims = json!({
            "iss": self.issuer(), "aud": "twintrack", "sub": "1234", "exp": storage::now_ms() / 1_000 + 300,
        });
        claims.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        claims
    }

    /// A token that is signed by the provider.
    pub fn token(&self, other: Value) -> String {
        self.signed("first", 0, other)
    }

    pub fn signed(&self, id: &str, n: usize, other: Value) -> String {
        let header = Header { kid: Some(id.to_owned()), ..Header::new(Algorithm::RS256) };
        let der = key(n).to_pkcs1_der().unwrap();
        jsonwebtoken::encode(&header, &self.claims(other), &EncodingKey::from_rsa_der(der.as_bytes()))
            .unwrap()
    }

    /// The modulus of the public key: what a forger would take for a shared secret.
    pub fn modulus(&self) -> Vec<u8> {
        RsaPublicKey::from(key(0)).n().to_bytes_be()
    }
}

async fn description(State(shared): State<Shared>) -> Json<Value> {
    Json(json!({
        "issuer": shared.issuer,
        "jwks_uri": format!("{}/keys", shared.issuer),
        "userinfo_endpoint": format!("{}/userinfo", shared.issuer),
        "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
    }))
}

async fn keys(State(shared): State<Shared>) -> Json<Value> {
    Json(shared.keys.lock().unwrap().clone())
}

async fn user_info(State(shared): State<Shared>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    match headers.get("authorization").and_then(|value| value.to_str().ok()) {
        Some("Bearer open sesame") => Ok(Json(shared.user_info.lock().unwrap().clone())),
        _ => Err(StatusCode::UNAUTHORIZED),
    }
}
