//! Which servers are trusted, and how a failed handshake reads.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, ClientConfig, Error as Tls, RootCertStore};

use crate::Error;

/// The public roots plus the authorities in `extra` (PEM, any number of certificates).
///
/// The cryptography provider is named here, so nothing process-wide has to be installed first.
pub(crate) fn config(extra: &[Vec<u8>]) -> Result<ClientConfig, Error> {
    let setup = |problem: String| Error::Setup {
        problem,
        hint: "give the certificate of the authority in PEM form (-----BEGIN CERTIFICATE-----)".into(),
    };
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for pem in extra {
        let mut found = 0;
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate =
                certificate.map_err(|e| setup(format!("the CA certificate is not readable: {e}")))?;
            roots.add(certificate).map_err(|e| setup(format!("the CA certificate is not usable: {e}")))?;
            found += 1;
        }
        if found == 0 {
            return Err(setup("the CA file holds no certificate".into()));
        }
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| setup(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// The TLS failure behind an error, if there is one.
pub(crate) fn cause<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Tls> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<Tls>() {
            return Some(tls);
        }
        // `io::Error::source` skips the error it wraps and goes to that one's source.
        if let Some(inner) = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref)
            && let Some(tls) = cause(inner)
        {
            return Some(tls);
        }
        next = error.source();
    }
    None
}

/// What to do about it.
pub(crate) fn hint(tls: &Tls) -> String {
    match tls {
        Tls::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature) => {
            "the server's certificate comes from an authority that is not known here: add that authority's certificate (PEM)"
        }
        Tls::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => {
            "the server's certificate has expired: renew it, and check the clocks"
        }
        Tls::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => {
            "the server's certificate is for another name: use the name that is in it"
        }
        Tls::InvalidCertificate(_) => {
            "the server's certificate is not acceptable: add its authority's certificate (PEM), or renew it"
        }
        Tls::InvalidMessage(_) => "the port may not speak TLS: check the port, or use http://",
        _ => "check that the server speaks TLS 1.2 or newer on this port",
    }
    .to_owned()
}
