//! Secure connections: whom to trust, and what a refusal says.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod server;

use std::sync::Arc;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A server with a certificate for `name` from its own authority; returns its address and that
/// authority's certificate.
async fn start(name: &str) -> (String, String) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(vec![]).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf =
        rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config =
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![leaf.der().clone()],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let body = r#"{"application":"Dependency-Track","version":"4.14.2"}"#;
                let head =
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
                let _ = stream.shutdown().await;
            });
        }
    });
    (format!("https://localhost:{port}"), pem)
}

#[tokio::test]
async fn an_unknown_authority_is_refused_until_it_is_added() {
    let (url, ca) = start("localhost").await;
    let error = server::builder(&url).build().unwrap().version().await.unwrap_err();
    assert_eq!(error.code(), "DT_TLS", "{error}");
    assert!(!error.is_retryable());
    assert!(error.hint().contains("authority"), "{}", error.hint());
    let version = server::builder(&url).ca_pem(ca).build().unwrap().version().await.unwrap();
    assert_eq!(version.version, "4.14.2");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let (url, ca) = start("other.example").await;
    let error = server::builder(&url).ca_pem(ca).build().unwrap().version().await.unwrap_err();
    assert_eq!(error.code(), "DT_TLS", "{error}");
    assert!(error.hint().contains("name"), "{}", error.hint());
}

#[tokio::test]
async fn a_port_without_tls_is_told_apart() {
    let plain = server::Server::start(|_, _| server::bare(200)).await;
    let url = plain.url.replace("http://", "https://");
    let error = server::builder(&url).build().unwrap().version().await.unwrap_err();
    assert_eq!(error.code(), "DT_TLS", "{error}");
    assert!(error.hint().contains("http://"), "{}", error.hint());
}

#[test]
fn a_ca_file_without_certificate_is_refused() {
    for pem in ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let error = server::builder("https://dt.example.com").ca_pem(pem).build().unwrap_err();
        assert_eq!(error.code(), "DT_BAD_SETUP", "{pem}");
        assert!(error.hint().contains("PEM"));
    }
}
