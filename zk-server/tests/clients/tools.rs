//! What has to be installed, and where it is.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The folder of this file, where the programs are that the tests run.
pub(crate) fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients")
}

/// A folder of that name under `target`, for what a test builds.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Whether each of `files` is installed; if not, says loudly what is not tested.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn are_installed(test: &str, files: &[&str]) -> bool {
    let missing: Vec<_> = files.iter().filter(|file| !is_installed(file)).collect();
    if missing.is_empty() {
        return true;
    }
    eprintln!("!!! SKIPPED: {test}. Not installed: {missing:?}; `./test.sh clients` installs them");
    assert!(
        std::env::var_os("ZK_CLIENTS_REQUIRED").is_none(),
        "{test} cannot run without {missing:?}"
    );
    false
}

/// A path, or the name of a program in a folder of `PATH`.
fn is_installed(file: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    Path::new(file).is_absolute() && Path::new(file).exists()
        || std::env::split_paths(&path).any(|folder| folder.join(file).exists())
}

/// The lines that differ, for a message.
pub(crate) fn differences(expected: &str, told: &str) -> String {
    let mut text = String::new();
    let (mut expected, mut told) = (expected.trim().lines(), told.trim().lines());
    let mut line = 0;
    loop {
        line += 1;
        match (expected.next(), told.next()) {
            (None, None) => return text,
            (left, right) if left == right => {}
            (left, right) => {
                let _ = writeln!(text, "line {line}:\n  expected {left:?}\n  told     {right:?}");
            }
        }
    }
}
