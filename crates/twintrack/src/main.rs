//! Twintrack: component analysis and issue management in one binary.

mod command;
mod config;
mod error;
mod progress;
mod report;
mod server;

use std::process::ExitCode;

use clap::Parser;

/// Gives memory back after a burst of work, which keeps an idle server small. On Linux SQLite,
/// which is C, takes its memory from it as well.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Usage errors end with 2 (and help with 0) inside `parse`.
    let cli = command::Cli::parse();
    // TLS by rustls needs to know which cryptography to use; there is only one here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    if !cli.is_short() {
        take_small_pages();
    }
    let mut builder = match cli.is_short() {
        true => tokio::runtime::Builder::new_current_thread(),
        false => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: the runtime could not be started: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(command::run(cli));
    // What is still open is closed by the end of the process.
    runtime.shutdown_background();
    match done {
        Ok(status) => status,
        Err(error) => {
            eprintln!("error: {error}");
            if let Some(hint) = error.hint() {
                eprintln!("  hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Has the kernel hand out memory by small pages. A scan gains a tenth from huge ones; in a server each thread
/// would hold megabytes of them that it hardly uses.
fn take_small_pages() {
    #[cfg(target_os = "linux")]
    // Where that cannot be had, more memory is taken and nothing else is different.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
