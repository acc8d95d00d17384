//! Credentials at rest: AES-256-GCM (NIST SP 800-38D) with a random nonce, under a key from the
//! environment or from a file that only its owner can read.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{Error, Result};

/// The key, and what is done with it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Vault {
    cipher: Arc<Aes256Gcm>,
    key: Arc<[u8; 32]>,
}

impl Vault {
    pub(crate) fn open(given: Option<&str>, folder: &Path) -> Result<Vault> {
        let text = match given {
            Some(text) => text.trim().to_owned(),
            None => from_file(&folder.join("secret.key"))?,
        };
        let bytes =
            STANDARD.decode(text.trim()).map_err(|_| Error::SecretKey("it is not base64".to_owned()))?;
        let key: [u8; 32] = bytes
            .try_into()
            .map_err(|b: Vec<u8>| Error::SecretKey(format!("it has {} bytes, not 32", b.len())))?;
        let cipher = Aes256Gcm::new(&Key::<Aes256Gcm>::from(key));
        Ok(Vault { cipher: Arc::new(cipher), key: Arc::new(key) })
    }

    /// `1.<nonce>.<ciphertext>`, base64.
    pub(crate) fn seal(&self, text: &str) -> Result<String> {
        let nonce: [u8; 12] = rand::random();
        let sealed = self
            .cipher
            .encrypt(&Nonce::from(nonce), text.as_bytes())
            .map_err(|_| Error::SecretKey("a credential could not be encrypted".to_owned()))?;
        Ok(format!("1.{}.{}", STANDARD.encode(nonce), STANDARD.encode(sealed)))
    }

    pub(crate) fn unseal(&self, stored: &str) -> Result<String> {
        let wrong = || Error::SecretKey("a stored credential cannot be read with this key".to_owned());
        let mut parts = stored.split('.');
        let (Some("1"), Some(nonce), Some(sealed), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let nonce: [u8; 12] =
            STANDARD.decode(nonce).ok().and_then(|n| n.try_into().ok()).ok_or_else(wrong)?;
        let sealed = STANDARD.decode(sealed).map_err(|_| wrong())?;
        let plain = self.cipher.decrypt(&Nonce::from(nonce), sealed.as_slice()).map_err(|_| wrong())?;
        String::from_utf8(plain).map_err(|_| wrong())
    }

    /// A keyed hash, by which a token is found without being stored in the open.
    pub(crate) fn hash(&self, text: &str) -> String {
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(self.key.as_slice()) else {
            return String::new();
        };
        mac.update(text.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

/// Reads the key file, or makes it (mode 0600) when there is none.
fn from_file(path: &Path) -> Result<String> {
    let told = |e: std::io::Error| Error::SecretKey(format!("{}: {e}", path.display()));
    match std::fs::read_to_string(path) {
        Ok(text) => return Ok(text),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(told(error)),
        Err(_) => {}
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(told)?;
    }
    let text = STANDARD.encode(rand::random::<[u8; 32]>());
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(told)?,
        // Another process made it in this moment.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return std::fs::read_to_string(path).map_err(told);
        }
        Err(error) => return Err(told(error)),
    }
    Ok(text)
}
