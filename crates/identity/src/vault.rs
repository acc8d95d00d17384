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

/// The key, and what is done with it; while a key is being replaced, the old one too. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    /// The present key first.
    ciphers: Arc<Vec<Aes256Gcm>>,
    keys: Arc<Vec<[u8; 32]>>,
}

impl Vault {
    /// Opens it with the keys that are given (the present one first, separated by commas), else with
    /// those of the key file in `folder`, which is made when it is missing.
    ///
    /// # Errors
    /// [`Error::SecretKey`] when there is no readable key, or the file cannot be made.
    pub fn open(given: Option<&str>, folder: &Path) -> Result<Vault> {
        let text = match given {
            Some(text) => text.trim().to_owned(),
            None => from_file(&folder.join(FILE))?,
        };
        let keys = text.split([',', '\n', ' ', '\t', '\r']).map(str::trim).filter(|key| !key.is_empty());
        let keys: Vec<[u8; 32]> = keys.map(decode).collect::<Result<_>>()?;
        if keys.is_empty() {
            return Err(Error::SecretKey("it is empty".to_owned()));
        }
        let ciphers = keys.iter().map(|key| Aes256Gcm::new(&Key::<Aes256Gcm>::from(*key))).collect();
        Ok(Vault { ciphers: Arc::new(ciphers), keys: Arc::new(keys) })
    }

    /// `1.<nonce>.<ciphertext>`, base64.
    ///
    /// # Errors
    /// [`Error::SecretKey`] when it cannot be encrypted.
    pub fn seal(&self, text: &str) -> Result<String> {
        let nonce: [u8; 12] = rand::random();
        let sealed = self
            .ciphers
            .first()
            .and_then(|cipher| cipher.encrypt(&Nonce::from(nonce), text.as_bytes()).ok())
            .ok_or_else(|| Error::SecretKey("a credential could not be encrypted".to_owned()))?;
        Ok(format!("1.{}.{}", STANDARD.encode(nonce), STANDARD.encode(sealed)))
    }

    /// The text that was sealed.
    ///
    /// # Errors
    /// [`Error::SecretKey`] when it was sealed with another key.
    pub fn unseal(&self, stored: &str) -> Result<String> {
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
        let plain = self
            .ciphers
            .iter()
            .find_map(|cipher| cipher.decrypt(&Nonce::from(nonce), sealed.as_slice()).ok())
            .ok_or_else(wrong)?;
        String::from_utf8(plain).map_err(|_| wrong())
    }

    /// A keyed hash, by which a token is found without being stored in the open.
    pub fn hash(&self, text: &str) -> String {
        self.hashes(text).into_iter().next().unwrap_or_default()
    }

    /// The hash under each key, the present one first.
    pub fn hashes(&self, text: &str) -> Vec<String> {
        let hash = |key: &[u8; 32]| {
            let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) else { return String::new() };
            mac.update(text.as_bytes());
            STANDARD.encode(mac.finalize().into_bytes())
        };
        self.keys.iter().map(hash).collect()
    }
}

/// The key file in the data folder.
const FILE: &str = "secret.key";

fn decode(text: &str) -> Result<[u8; 32]> {
    let bytes = STANDARD.decode(text).map_err(|_| Error::SecretKey("it is not base64".to_owned()))?;
    bytes.try_into().map_err(|b: Vec<u8>| Error::SecretKey(format!("it has {} bytes, not 32", b.len())))
}

/// A new random key, as it is given and stored.
pub fn new_key() -> String {
    STANDARD.encode(rand::random::<[u8; 32]>())
}

/// Puts `keys` into the key file of a data folder, the present one first. The file changes as a whole:
/// a replacement of a key that dies half-way leaves a file that reads everything.
///
/// # Errors
/// [`Error::SecretKey`] when the file cannot be written.
pub fn rotate_file(folder: &Path, new: Option<&str>) -> Result<()> {
    let path = folder.join(FILE);
    let told = |e: std::io::Error| Error::SecretKey(format!("{}: {e}", path.display()));
    let present = std::fs::read_to_string(&path).map_err(told)?;
    let mut keys: Vec<&str> = present.split_whitespace().collect();
    match new {
        Some(new) => {
            decode(new)?;
            keys.insert(0, new);
        }
        None => keys.truncate(1),
    }
    let next = folder.join("secret.key.new");
    let _ = std::fs::remove_file(&next);
    write_new(&next, &keys.join("\n")).map_err(told)?;
    std::fs::rename(&next, &path).map_err(told)
}

/// Writes a file that only its owner can read, which must not be there yet.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
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
    let text = new_key();
    match write_new(path, &text) {
        Ok(()) => Ok(text),
        // Another process made it in this moment.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            std::fs::read_to_string(path).map_err(told)
        }
        Err(error) => Err(told(error)),
    }
}
