//! Data of npm packages for build scripts: what the repository does not keep is pinned beside the
//! crate that needs it (`package.json` and its lock) and installed into the build folder once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// Installs what `pins` (a folder of the crate that is built) pins, and says where: a folder that has
/// `node_modules`. `what` is told when it fails, for instance "the schemas of CycloneDX".
///
/// An installation that is whole is kept as long as the pins are the same.
pub fn install(pins: &str, what: &str) -> PathBuf {
    let source = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join(pins);
    for file in ["package.json", "package-lock.json"] {
        println!("cargo::rerun-if-changed={pins}/{file}");
    }
    let folder = out_dir().join(pins);
    // The lock is copied last, so a broken installation is not taken for a whole one.
    let lock = folder.join("installed-lock.json");
    if fs::read(source.join("package-lock.json")).ok() == fs::read(&lock).ok() {
        return folder;
    }
    fs::create_dir_all(&folder)
        .unwrap_or_else(|error| fail(&format!("cannot create {}: {error}", folder.display())));
    for file in ["package.json", "package-lock.json"] {
        copy(&source.join(file), &folder.join(file));
    }
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let output = Command::new(npm)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&folder)
        .output()
        .unwrap_or_else(|error| {
            fail(&format!(
                "cannot run npm ({error}). {what} come from an npm package while this is built: install \
                 Node.js with npm, and make sure that `npm --version` works"
            ))
        });
    if !output.status.success() {
        fail(&format!(
            "`npm ci` failed in {} ({}). It installs {what}, pinned in {}, and needs a reachable npm \
             registry.\n{}",
            folder.display(),
            output.status,
            source.display(),
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    copy(&source.join("package-lock.json"), &lock);
    folder
}

/// The folder for what the build script makes.
pub fn out_dir() -> PathBuf {
    PathBuf::from(variable("OUT_DIR"))
}

/// Writes a file that the crate includes.
pub fn write(name: &str, text: &str) {
    let path = out_dir().join(name);
    if let Err(error) = fs::write(&path, text) {
        fail(&format!("cannot write {}: {error}", path.display()));
    }
}

/// Ends the build with a message: what a build script has instead of an error value.
pub fn fail(message: &str) -> ! {
    println!("cargo::error={}", message.replace('\n', " | "));
    std::process::exit(1);
}

fn copy(from: &Path, to: &Path) {
    if let Err(error) = fs::copy(from, to) {
        fail(&format!("cannot copy {} to {}: {error}", from.display(), to.display()));
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| fail(&format!("{name} is not set: run this through cargo")))
}
