//! The configuration files of a server.

use std::fmt::{Display, Write};
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::port::Ports;
use super::{Options, Tls};

/// How long a member may take to find a leader and copy its data.
const INITIAL_SYNC_LIMIT: Duration = Duration::from_secs(20);

/// What a server is told of the ensemble it belongs to.
#[derive(Debug)]
pub(super) enum Membership {
    /// It serves alone.
    None,
    /// It is the member `id` of the ensemble whose `server.N=...` lines are `members`.
    Member { id: usize, members: String },
}

/// Writes all that a server reads when it starts into `folder`.
pub(super) fn write(
    folder: &Path,
    options: &Options,
    ports: &Ports,
    membership: &Membership,
) -> io::Result<()> {
    let data = folder.join("data");
    fs::create_dir(&data)?;
    let mut lines = Lines(String::new());
    lines.add("dataDir", data.display());
    lines.add_times(options);
    match membership {
        Membership::None => lines.add_address("clientPort", ports.plain.address()),
        Membership::Member { id, members } => {
            fs::write(data.join("myid"), id.to_string())?;
            let dynamic = folder.join("zoo.cfg.dynamic");
            fs::write(&dynamic, members)?;
            lines.add("standaloneEnabled", false);
            lines.add("dynamicConfigFile", dynamic.display());
        }
    }
    if let (Some(tls), Some(port)) = (&options.tls, &ports.tls) {
        lines.add_address("secureClientPort", port.address());
        lines.add_tls(tls)?;
    }
    options.settings.iter().for_each(|(key, value)| lines.add(key, value));
    fs::write(file(folder), lines.0)
}

/// The file to start a server with whose folder is `folder`.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join("zoo.cfg")
}

/// The lines of a `zoo.cfg`, a Java properties file.
struct Lines(String);

impl Lines {
    fn add(&mut self, key: &str, value: impl Display) {
        self.0.push_str(key);
        self.0.push('=');
        for character in value.to_string().chars() {
            self.add_character(character);
        }
        self.0.push('\n');
    }

    /// The file is read as Latin-1, with a backslash for what would not survive that.
    fn add_character(&mut self, character: char) {
        match character {
            '\\' => self.0.push_str(r"\\"),
            ' '..='~' => self.0.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(self.0, "\\u{unit:04x}");
                }
            }
        }
    }

    fn add_times(&mut self, options: &Options) {
        let tick = options.tick_time.as_millis().max(1);
        let in_ticks = |time: Duration| time.as_millis().div_ceil(tick).max(1);
        self.add("tickTime", tick);
        self.add("initLimit", in_ticks(INITIAL_SYNC_LIMIT));
        self.add("syncLimit", in_ticks(options.sync_limit));
    }

    fn add_address(&mut self, key: &str, address: SocketAddr) {
        self.add(key, address.port());
        self.add(&format!("{key}Address"), address.ip());
    }

    fn add_tls(&mut self, tls: &Tls) -> io::Result<()> {
        for (key, store) in [("keyStore", &tls.key_store), ("trustStore", &tls.trust_store)] {
            let path = std::path::absolute(&store.path)?;
            self.add(&format!("ssl.{key}.location"), path.display());
            self.add(&format!("ssl.{key}.password"), &store.password);
        }
        self.add("ssl.clientAuth", tls.client_authentication.word());
        Ok(())
    }
}
