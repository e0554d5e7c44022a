//! The command that runs a server.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Options, config};

/// Debian's jars: `zookeeper.jar` names most of what it needs in its manifest, but for a back end
/// for its log and what Netty needs to serve TLS.
const DEBIAN_JARS: &str = "/usr/share/java/zookeeper.jar:\
    /usr/share/java/slf4j-simple.jar:\
    /usr/share/java/netty-codec.jar:\
    /usr/share/java/netty-resolver.jar:\
    /usr/share/java/netty-transport-native-unix-common.jar";

/// For a quick start of a small program; IPv6 would only add work.
const FLAGS: [&str; 5] = [
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Djava.net.preferIPv4Stack=true",
    "-Dzookeeper.jmx.log4j.disable=true",
];

/// A file for each back end of the log that may be among the jars: each looks for its own on the
/// class path, and all then write to the standard output or error. They leave out what is logged
/// for each four-letter word, which would hide the rest.
const LOGGING: [(&str, &str); 4] = [
    ("log4j.properties", include_str!("logging/log4j.properties")),
    ("log4j2.properties", include_str!("logging/log4j2.properties")),
    ("logback.xml", include_str!("logging/logback.xml")),
    ("simplelogger.properties", include_str!("logging/simplelogger.properties")),
];

/// Writes what the server needs to log into `folder`.
pub(super) fn write_logging(folder: &Path) -> io::Result<()> {
    let logging = logging_folder(folder);
    fs::create_dir(&logging)?;
    LOGGING.iter().try_for_each(|(name, text)| fs::write(logging.join(name), text))
}

/// The command that runs a server whose files are in `folder`, and appends its log there.
pub(super) fn command(folder: &Path, options: &Options) -> io::Result<Command> {
    let log = File::options().create(true).append(true).open(log_file(folder))?;
    let mut command = Command::new(java());
    command
        .args(FLAGS)
        .arg(format!("-Xmx{}m", options.heap_megabytes))
        .args(options.system_properties.iter().map(|(name, value)| format!("-D{name}={value}")))
        .arg("-cp")
        .arg(class_path(folder, options))
        .arg("org.apache.zookeeper.server.quorum.QuorumPeerMain")
        .arg(config::file(folder))
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    Ok(command)
}

/// The file where a server logs whose folder is `folder`.
pub(super) fn log_file(folder: &Path) -> PathBuf {
    folder.join("server.log")
}

/// The last lines of that file, to be shown with an error.
pub(super) fn log_tail(folder: &Path) -> String {
    const LINES: usize = 30;
    let file = log_file(folder);
    let log = fs::read(&file).unwrap_or_default();
    let log = String::from_utf8_lossy(&log);
    let lines: Vec<_> = log.lines().collect();
    let tail = &lines[lines.len().saturating_sub(LINES)..];
    format!("  end of its log:\n    {}", tail.join("\n    "))
}

fn java() -> PathBuf {
    match env::var_os("JAVA_HOME") {
        Some(home) => Path::new(&home).join("bin/java"),
        None => PathBuf::from("java"),
    }
}

fn class_path(folder: &Path, options: &Options) -> OsString {
    let jars = options.class_path.clone().or_else(|| env::var_os("ZOOKEEPER_CLASSPATH"));
    let mut class_path = logging_folder(folder).into_os_string();
    class_path.push(":");
    class_path.push(jars.unwrap_or_else(|| DEBIAN_JARS.into()));
    class_path
}

fn logging_folder(folder: &Path) -> PathBuf {
    folder.join("logging")
}
