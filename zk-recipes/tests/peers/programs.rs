//! What runs the peers, and whether it is installed.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::rust;

/// In `/usr/share/java`.
const JARS: [&str; 14] = [
    "curator-recipes.jar",
    "curator-framework.jar",
    "curator-client.jar",
    "curator-x-discovery.jar",
    "zookeeper.jar",
    "zookeeper-jute.jar",
    "guava.jar",
    "slf4j-api.jar",
    "slf4j-nop.jar",
    "jackson-annotations.jar",
    "jackson-core.jar",
    "jackson-databind.jar",
    "netty-all.jar",
    "commons-cli.jar",
];

/// For a quick start of a small program; IPv6 would only add work.
const JAVA_FLAGS: [&str; 4] =
    ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx128m", "-Djava.net.preferIPv4Stack=true"];

/// Whose recipes a peer uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// Curator's.
    Java,
    /// kazoo's.
    Python,
    /// Ours.
    Rust,
}

impl Language {
    /// All there are.
    pub(crate) const ALL: [Self; 3] = [Self::Java, Self::Python, Self::Rust];

    /// Those that have a recipe, of those names that peers know.
    pub(crate) fn with(recipe: &str) -> &'static [Self] {
        match recipe {
            "locking" => &[Self::Python, Self::Rust],
            "priority" | "revocable" | "semaphore" | "service" => &[Self::Java, Self::Rust],
            _ => &Self::ALL,
        }
    }

    /// Each that has a recipe with each that has it, and with itself.
    pub(crate) fn pairs(recipe: &str) -> impl Iterator<Item = (Self, Self)> {
        let all = Self::with(recipe);
        all.iter().flat_map(move |first| all.iter().map(move |second| (*first, *second)))
    }
}

/// Programs that are ready to run.
#[derive(Clone, Debug)]
pub(crate) struct Programs {
    /// Where the classes are, and all that they need.
    class_path: String,
    /// The interpreter of an environment that has kazoo.
    python: PathBuf,
}

/// Builds what the peers need; without what they are built with, says loudly what is not tested.
///
/// # Panics
///
/// If it is missing though `ZK_CLIENTS_REQUIRED` wants it.
#[expect(clippy::print_stderr, reason = "tests that are skipped say so")]
pub(crate) fn find() -> Option<Programs> {
    let jars = JARS.map(|jar| format!("/usr/share/java/{jar}"));
    let needed = jars.iter().map(String::as_str).chain(["java", "javac", "python3"]);
    let missing: Vec<_> = needed.filter(|file| !is_installed(file)).collect();
    if !missing.is_empty() {
        eprintln!(
            "!!! SKIPPED: peers. Not installed: {missing:?}; `./test.sh clients` installs them"
        );
        let required = env::var_os("ZK_CLIENTS_REQUIRED").is_some();
        assert!(!required, "peers cannot run without {missing:?}");
        return None;
    }
    let class_path = format!("{}:{}", compile(&jars.join(":")).display(), jars.join(":"));
    Some(Programs { class_path, python: install_kazoo() })
}

impl Programs {
    /// What runs a peer of these servers, with this session timeout.
    pub(crate) fn command(&self, language: Language, servers: &str, session: Duration) -> Command {
        let mut command = match language {
            Language::Java => {
                let mut command = Command::new("java");
                command.args(JAVA_FLAGS).args(["-cp", &self.class_path, "Peer"]);
                command
            }
            Language::Rust => {
                let mut command = Command::new(env::current_exe().unwrap());
                command.env(rust::PEER, "1");
                command
            }
            Language::Python => {
                let mut command = Command::new(&self.python);
                command.arg("-B").arg(here().join("python/peer.py"));
                command
            }
        };
        command.arg(servers).arg(session.as_millis().to_string());
        command
    }
}

/// The folder of this file.
fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers")
}

/// A folder of that name under `target`, for what is built.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// A path, or the name of a program in a folder of `PATH`.
fn is_installed(file: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    Path::new(file).is_absolute() && Path::new(file).exists()
        || env::split_paths(&path).any(|folder| folder.join(file).exists())
}

fn compile(class_path: &str) -> PathBuf {
    let classes = scratch("peers-java");
    let files = here().join("java").read_dir().unwrap().map(|file| file.unwrap().path());
    let mut compiler = Command::new("javac");
    run(compiler.arg("-d").arg(&classes).args(["-cp", class_path]).args(files));
    classes
}

fn install_kazoo() -> PathBuf {
    let environment = scratch("peers-python");
    let python = environment.join("bin/python3");
    if !python.exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&environment));
    }
    let requirements = here().join("python/requirements.txt");
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(requirements));
    python
}

/// To its end, which has to be a good one.
fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {output:?}");
}
