//! Runs a stand-in for Dependency-Track until it is ended: `stand_in 4|5 ADDRESS [RECORDINGS]`. Prints where it
//! answers, its API key, and the uuid of the recorded project.

use std::net::SocketAddr;
use std::path::Path;

use dependency_track::testing::{Generation, KEY, StandIn};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut args = std::env::args().skip(1);
    let generation = match args.next().as_deref() {
        Some("4") => Generation::Four,
        Some("5") => Generation::Five,
        _ => return Err("stand_in 4|5 ADDRESS [FOLDER OF RECORDINGS]".into()),
    };
    let address: SocketAddr = args.next().unwrap_or_else(|| "127.0.0.1:0".to_owned()).parse()?;
    let server = StandIn::listen(generation, address).await?;
    let project = match args.next() {
        Some(folder) => Some(server.load(Path::new(&folder))?),
        None => None,
    };
    println!("{}", serde_json::json!({ "url": server.url, "key": KEY, "project": project }));
    std::future::pending().await
}
