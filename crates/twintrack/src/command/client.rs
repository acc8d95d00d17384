//! The commands that talk to a server: where it is, and with which key.

use clap::Args;

use crate::error::{Error, Result};

/// Which server, and as whom.
#[derive(Args)]
pub struct Server {
    /// Address of the server
    #[arg(long, env = "TWINTRACK_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    pub url: String,
    /// API key (better given by the variable: a command line is visible to others)
    #[arg(long, env = "TWINTRACK_API_KEY", hide_env_values = true, value_name = "KEY")]
    pub api_key: Option<String>,
}

impl Server {
    /// The key, or an error that says how to make one.
    pub fn key(&self, how_to_make: &str) -> Result<&str> {
        self.api_key.as_deref().filter(|key| !key.is_empty()).ok_or_else(|| {
            Error::with_hint(
                "no API key: set TWINTRACK_API_KEY or give --api-key",
                format!("`{how_to_make}` makes one"),
            )
        })
    }
}
